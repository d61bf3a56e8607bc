"""Edits through the session: announced with what they cross, undone, and measured anew."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from app.core.lesions.biomarkers import Value
from app.core.lesions.lesion import Lesion, LesionStatus
from app.core.lesions.measure import measure
from app.core.lesions.segmentation import LesionsChanged, Patch
from app.core.study.derived import DerivedKind
from tests.support.session_desk import Desk, ball_analysis, ball_study, grown, make_derived

BOX = (slice(9, 12), slice(7, 10), slice(7, 10))


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    study = ball_study()
    desk.session.studies.show(study)
    analysis = ball_analysis(study)
    # A model drew them: SUVmax has samples, which only the search can make.
    sampled = {
        key: replace(b, values={**b.values, "suv_max": Value(b["suv_max"], "", "suv_max",
                                                             (1.0, 2.0), (1.0, 2.0))})
        for key, b in analysis.biomarkers.items()
    }  # fmt: skip
    analysis = replace(analysis, biomarkers=sampled)
    desk.session.results.run("Find lesions", lambda context: analysis)
    desk.run_until(lambda: desk.session.analysis is not None)
    yield desk
    assert desk.session.shutdown()


def erased(desk: Desk) -> Patch:
    """Return an edit that takes the middle out of the first lesion."""
    return desk.analysis.segmentation.patch_in_box((9, 7, 7), np.zeros((3, 3, 3), np.uint16))


def test_it_says_what_changed_and_where(desk: Desk) -> None:
    session = desk.session
    before = desk.analysis.segmentation
    told = session.edits.apply(erased(desk), "Erase")
    now = desk.analysis.segmentation
    assert told == LesionsChanged(("id1",), "s", now.revision, (1,), BOX)
    assert desk.changed == [told]
    assert now.labels.changed_box(before.labels) == BOX
    assert not now.labels.box(BOX).any()
    assert session.history.undo_text == "Erase"
    assert session.studies.has_unsaved_edits
    session.history.undo()
    assert desk.changed[-1] == replace(told, revision=now.revision + 1)
    np.testing.assert_array_equal(desk.analysis.segmentation.labels.dense(), before.labels.dense())
    assert not session.studies.has_unsaved_edits


def test_values_are_stale_until_they_are_measured_anew(desk: Desk) -> None:
    session = desk.session
    untouched = desk.analysis.biomarkers["id2"]
    session.edits.apply(erased(desk), "Erase")
    now = desk.analysis
    assert now.is_stale
    assert now.biomarkers["id1"].revision == 0
    assert now.biomarkers["id2"] == replace(untouched, revision=1), "nobody redrew it"
    session.edits.set_status(["id2"], LesionStatus.ACCEPTED)
    assert desk.analysis.is_stale, "a judgement does not make old values new"
    desk.finish()
    assert not desk.analysis.is_stale
    study = session.study
    assert study is not None
    assert study.pet is not None
    fresh = measure(study.pet, desk.analysis.segmentation)
    assert desk.analysis.biomarkers["id1"] == fresh["id1"]
    assert desk.analysis.biomarkers["id2"].interval("suv_max") == (1.0, 2.0)
    assert desk.changed[-1].ids == ("id1",)
    assert desk.changed[-1].box is None


def test_undo_brings_the_values_back_as_they_were(desk: Desk) -> None:
    session = desk.session
    before = desk.analysis.biomarkers
    session.edits.apply(erased(desk), "Erase")
    desk.finish()
    assert desk.analysis.biomarkers["id1"].interval("suv_max") is None
    session.history.undo()
    assert not desk.analysis.is_stale, "without waiting"
    assert desk.analysis.biomarkers["id1"].values == before["id1"].values
    session.history.redo()
    assert desk.analysis.is_stale
    desk.finish()
    assert not desk.analysis.is_stale
    assert desk.analysis.biomarkers["id1"].voxels == before["id1"].voxels - 27


def test_a_lesion_comes_and_goes_with_its_values(desk: Desk) -> None:
    session = desk.session
    segmentation = desk.analysis.segmentation
    table = (*segmentation.lesions, Lesion("new", 7, "L3", LesionStatus.ACCEPTED, "reader"))
    drawn = segmentation.patch_in_box((0, 0, 0), np.full((2, 2, 2), 7, np.uint16), table)
    told = session.edits.apply(drawn, "Draw L3")
    assert told is not None
    assert told.ids == ("new",)
    desk.finish()
    assert list(desk.analysis.biomarkers) == ["id1", "id2", "new"]
    assert desk.analysis.biomarkers["new"].voxels == 8
    gone = desk.analysis.segmentation.patch_in_box((0, 0, 0), np.zeros((2, 2, 2), np.uint16))
    session.edits.apply(gone, "Erase")
    desk.finish()
    assert "new" not in desk.analysis.biomarkers, "nothing is left to measure"
    assert not desk.analysis.is_stale
    session.history.undo()
    session.history.undo()
    desk.finish()
    assert list(desk.analysis.biomarkers) == ["id1", "id2"]
    assert desk.analysis.segmentation.lesions == segmentation.lesions


def test_of_several_edits_the_last_one_is_measured(desk: Desk) -> None:
    session = desk.session
    session.edits.apply(erased(desk), "Erase")
    session.edits.apply(grown(desk.analysis.segmentation), "Grow")
    desk.finish()
    assert not desk.analysis.is_stale
    study = session.study
    assert study is not None
    assert study.pet is not None
    fresh = measure(study.pet, desk.analysis.segmentation)
    assert desk.analysis.biomarkers["id1"] == fresh["id1"]


def test_undo_of_one_of_two_quick_edits_brings_back_no_older_values(desk: Desk) -> None:
    """Nothing was measured between them: what undo goes back to has to be measured."""
    session = desk.session
    session.edits.apply(erased(desk), "Erase")
    session.edits.apply(grown(desk.analysis.segmentation), "Grow")
    session.history.undo()
    assert desk.analysis.is_stale
    desk.finish()
    assert not desk.analysis.is_stale
    study = session.study
    assert study is not None
    assert study.pet is not None
    expected = measure(study.pet, desk.analysis.segmentation)
    assert desk.analysis.biomarkers["id1"] == expected["id1"]
    session.history.undo()
    assert desk.analysis.biomarkers["id1"].interval("suv_max") == (1.0, 2.0)


def test_values_of_two_images_stay_of_one_outline(desk: Desk) -> None:
    """Where a denoised image is measured, the original's values are measured anew too."""
    session = desk.session
    study = session.study
    assert study is not None
    assert study.pet is not None
    volume = replace(study.pet, array=np.asarray(study.pet.array) * np.float32(0.5))
    image = replace(make_derived("Denoised", 1.0), volume=volume)
    assert image.kind is DerivedKind.DENOISED
    session.derived.run("Denoised", lambda context: image)
    desk.finish()
    session.values.measure_on(image.id)
    session.edits.apply(erased(desk), "Erase")
    assert not session.values.can_measure_on(image.id)
    desk.finish()
    expected = measure(study.pet, desk.analysis.segmentation)
    assert desk.analysis.biomarkers["id1"]["tlg"] == pytest.approx(expected["id1"]["tlg"] / 2)
    assert session.derived.values[image.id]["id1"].voxels == expected["id1"].voxels
    session.values.measure_on(None)
    assert not desk.analysis.is_stale
    assert desk.analysis.biomarkers["id1"] == expected["id1"]
    assert desk.analysis.biomarkers["id2"].interval("suv_max") == (1.0, 2.0), "nobody redrew it"
    session.history.undo()
    session.history.undo()
    assert not desk.analysis.is_stale
    assert desk.analysis.original is not None
    assert desk.analysis.original.biomarkers["id1"].voxels == expected["id1"].voxels + 27


def test_an_edit_of_other_outlines_is_refused(desk: Desk) -> None:
    session = desk.session
    old = erased(desk)
    session.edits.apply(old, "Erase")
    with pytest.raises(ValueError, match="other outlines"):
        session.edits.apply(old, "Erase again")
    unknown = desk.analysis.segmentation.patch(np.array([0]), np.array([99], np.uint16))
    with pytest.raises(ValueError, match="no lesion"):
        session.edits.apply(unknown, "Draw nobody")
    same = desk.analysis.segmentation.patch_in_box((9, 7, 7), np.zeros((3, 3, 3), np.uint16))
    assert session.edits.apply(same, "Nothing") is None
    assert session.history.undo_text == "Erase"
    session.studies.show(None)
    assert session.edits.apply(same, "Nothing is open") is None


def test_values_of_an_image_that_went_away_do_not_come_back_by_undo(desk: Desk) -> None:
    session = desk.session
    study = session.study
    assert study is not None
    assert study.pet is not None
    volume = replace(study.pet, array=np.asarray(study.pet.array) * np.float32(0.5))
    image = replace(make_derived("Denoised", 1.0), volume=volume)
    session.derived.run("Denoised", lambda context: image)
    desk.finish()
    session.values.measure_on(image.id)
    session.edits.apply(erased(desk), "Erase")
    desk.finish()
    session.derived.remove(image.id)
    session.history.undo()
    desk.finish()
    expected = measure(study.pet, desk.analysis.segmentation)
    assert desk.analysis.biomarkers["id1"]["suv_max"] == expected["id1"]["suv_max"] == 8.0
    assert not desk.analysis.is_stale


def test_an_image_that_goes_while_lesions_are_measured_on_it(desk: Desk) -> None:
    session = desk.session
    study = session.study
    assert study is not None
    assert study.pet is not None
    volume = replace(study.pet, array=np.asarray(study.pet.array) * np.float32(0.5))
    image = replace(make_derived("Denoised", 1.0), volume=volume)
    session.derived.run("Denoised", lambda context: image)
    desk.finish()
    session.values.measure_on(image.id)
    session.edits.apply(erased(desk), "Erase")
    session.derived.remove(image.id)
    desk.finish()
    assert not desk.analysis.is_stale
    expected = measure(study.pet, desk.analysis.segmentation)
    assert desk.analysis.biomarkers["id1"] == expected["id1"]


def test_values_that_come_after_the_next_edit_are_not_taken(desk: Desk) -> None:
    session = desk.session
    session.edits.apply(erased(desk), "Erase")
    first = session.studies.active.measuring
    assert first is not None
    first.wait(30)
    session.edits.apply(grown(desk.analysis.segmentation), "Grow")
    desk.finish()
    values = [x for x in desk.changed if x.box is None]
    assert [x.revision for x in values] == [2]


def test_values_on_a_derived_image_are_of_the_present_outlines(desk: Desk) -> None:
    session = desk.session
    study = session.study
    assert study is not None
    assert study.pet is not None
    image = replace(make_derived("Denoised", 1.0), volume=study.pet)
    session.derived.run("Denoised", lambda context: image)
    desk.run_until(lambda: bool(session.derived.images))
    heard: list[int] = []
    session.derived.values_changed.connect(
        lambda: heard.append(session.derived.values[image.id]["id1"].voxels)
    )
    while not all(x.state.ended for x in session.jobs.reports):
        time.sleep(0.005)  # measured, and not heard of yet
    before = desk.analysis.biomarkers["id1"].voxels
    session.edits.apply(erased(desk), "Erase")
    desk.finish()
    assert heard == [before - 27]


def test_a_result_that_comes_back_unmeasured_is_measured(desk: Desk) -> None:
    """A search ended between an edit and its values, which were put aside; then it was undone."""
    session = desk.session
    other = replace(desk.analysis, segmentation=replace(desk.analysis.segmentation, id="other"))
    session.results.run("Find again", lambda context: other)
    session.edits.apply(erased(desk), "Erase")
    desk.run_until(lambda: desk.analysis.segmentation.id == "other")
    desk.finish()
    session.history.undo()
    desk.finish()
    assert not desk.analysis.is_stale
    assert not desk.analysis.stale_lesions()
