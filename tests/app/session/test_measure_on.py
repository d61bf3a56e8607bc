"""Lesion values from a denoised PET: only where the reader says so, undoable, and always named."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.kit.errors import InputError
from app.core.lesions.biomarkers import Value
from app.core.lesions.lesion import Lesion, LesionStatus
from app.core.lesions.measure import measure
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.provenance import Provenance
from app.io.write.exporter import export
from app.io.write.lesions import LesionFiles
from tests.support.export_case import read_json
from tests.support.session_desk import BALL_GRID, Desk, ball_analysis, ball_study, grown

BY = "pet-denoise 9.9, weights.safetensors sha256 ab12"


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    study = ball_study()
    analysis = ball_analysis(study)
    # A model drew them: MTV and SUVmax have samples.
    sampled = {
        key: replace(b, values={**b.values, **{
            k: Value(b[k], "", k, (b[k] * 0.9, b[k] * 1.1), (b[k] * 0.9, b[k] * 1.1))
            for k in ("mtv_ml", "suv_max")
        }})
        for key, b in analysis.biomarkers.items()
    }  # fmt: skip
    desk.session.studies.show(study)
    analysis = replace(analysis, biomarkers=sampled)
    desk.session.results.run("Find lesions", lambda context: analysis)
    desk.run_until(lambda: desk.session.analysis is not None)
    yield desk
    assert desk.session.shutdown()


def half(title: str = "Denoised") -> DerivedImage:
    """Return a derived PET of half the uptake."""
    pet = ball_study().pet
    assert pet is not None
    volume = Volume(BALL_GRID, np.asarray(pet.array) * np.float32(0.5), Quantity.SUV_BW)
    source = Provenance(
        {}, {}, model_id="pet-denoise", model_version="9.9",
        weights_sha256={"weights.safetensors": "ab12"},
    )  # fmt: skip
    return DerivedImage(title.lower(), DerivedKind.DENOISED, title, volume, None, {}, source)


def add(desk: Desk, image: DerivedImage) -> DerivedImage:
    desk.session.derived.run(image.title, lambda context: image)
    desk.run_until(
        lambda: image.id in desk.session.derived.values and not desk.session.jobs.reports
    )
    return image


def maxima(desk: Desk) -> list[float]:
    return [b["suv_max"] for b in desk.analysis.biomarkers.values()]


def test_values_stay_those_of_the_original_until_the_reader_says_otherwise(desk: Desk) -> None:
    assert maxima(desk) == [8.0, 5.0]
    image = add(desk, half())
    assert maxima(desk) == [8.0, 5.0]
    assert desk.analysis.provenance.measured_on == "original"
    desk.session.values.measure_on(image.id)
    assert maxima(desk) == [4.0, 2.5]
    assert desk.analysis.provenance.measured_on == "Denoised"
    assert desk.analysis.provenance.measured_by == BY
    assert desk.session.values.measured_pet is image.volume
    assert desk.changed[-1].ids == ("id1", "id2")
    assert not desk.session.studies.has_unsaved_edits, "a choice of image is no judgement"
    totals = desk.session.results.totals()
    assert totals is not None
    expected = sum(b["mtv_ml"] * b["suv_mean"] for b in desk.analysis.biomarkers.values())
    assert totals.tlg == pytest.approx(expected)
    desk.session.values.measure_on(None)
    assert maxima(desk) == [8.0, 5.0]
    assert desk.session.study is not None
    assert desk.session.values.measured_pet is desk.session.study.pet


def test_the_volume_keeps_its_interval_and_uptake_has_none(desk: Desk) -> None:
    """Samples of the outlines were drawn once, and SUV in them measured on the original only."""
    before = desk.analysis.biomarkers["id1"]
    desk.session.values.measure_on(add(desk, half()).id)
    after = desk.analysis.biomarkers["id1"]
    assert after.values["mtv_ml"] == before.values["mtv_ml"]
    assert before.interval("suv_max") is not None
    assert after.interval("suv_max") is None
    desk.session.values.measure_on(None)
    assert desk.analysis.biomarkers["id1"].values == before.values


def test_undo_and_redo_with_a_judgement_between(desk: Desk) -> None:
    session = desk.session
    image = add(desk, half())
    session.values.measure_on(image.id)
    assert session.history.undo_text == "Measure on Denoised"
    session.edits.set_status(["id2"], LesionStatus.REJECTED)
    assert maxima(desk) == [4.0, 2.5]
    assert not desk.analysis.is_stale
    session.history.undo()
    session.history.undo()
    assert maxima(desk) == [8.0, 5.0]
    assert not desk.analysis.is_stale
    assert desk.analysis.original is None
    session.history.redo()
    session.history.redo()
    assert maxima(desk) == [4.0, 2.5]
    assert desk.analysis.segmentation.lesion("id2").status is LesionStatus.REJECTED
    session.values.measure_on(None)
    assert maxima(desk) == [8.0, 5.0]
    assert not desk.analysis.is_stale


def test_an_image_that_goes_takes_its_values_along(desk: Desk) -> None:
    session = desk.session
    image = add(desk, half())
    session.values.measure_on(image.id)
    session.derived.remove(image.id)
    assert maxima(desk) == [8.0, 5.0]
    assert desk.notices[-1] == "Values are those of the original PET again."
    session.history.undo()
    assert maxima(desk) == [8.0, 5.0]
    session.history.redo()
    assert maxima(desk) == [8.0, 5.0], "its values without the image would have no source"
    assert desk.analysis.provenance.measured_on == "original"


def test_a_newer_image_of_the_same_title_does_not_lend_its_name(desk: Desk) -> None:
    session = desk.session
    session.values.measure_on(add(desk, half()).id)
    newer = replace(half(), id="newer")
    add(desk, newer)
    assert session.derived.images == (newer,)
    assert maxima(desk) == [8.0, 5.0]
    assert desk.analysis.measured_image_id == ""


def test_outlines_that_changed_are_measured_first(desk: Desk) -> None:
    session = desk.session
    image = add(desk, half())
    assert session.values.can_measure_on(image.id)
    session.edits.apply(grown(desk.analysis.segmentation), "Grow")
    assert not session.values.can_measure_on(image.id)
    with pytest.raises(InputError, match="not measured on that image"):
        session.values.measure_on(image.id)
    with pytest.raises(InputError, match="not measured on that image"):
        session.values.measure_on("unknown")


def test_recovery_works_on_the_image_that_is_measured(desk: Desk) -> None:
    session = desk.session
    desk.recover(6.0)
    of_original = desk.analysis.biomarkers["id1"]["suv_mean_recovered"]
    session.values.measure_on(add(desk, half()).id)
    assert desk.analysis.recovered is None, "recovered values of another image do not stay"
    desk.recover(6.0)
    found = desk.analysis.biomarkers["id1"]["suv_mean_recovered"]
    assert found == pytest.approx(of_original / 2.0, rel=1e-5)
    session.values.measure_on(None)
    assert desk.analysis.biomarkers["id1"]["suv_mean_recovered"] == of_original
    assert desk.analysis.provenance.recovery_fwhm_mm == 6.0


def test_recovered_values_that_come_late_are_put_aside(desk: Desk) -> None:
    session = desk.session
    image = add(desk, half())
    assert session.values.recover(6.0) is not None
    session.values.measure_on(image.id)
    desk.run_until(lambda: not session.jobs.reports)
    assert desk.analysis.recovered is None
    assert desk.notices[-1].endswith("they are of another image.")


def test_every_export_names_its_source(desk: Desk, tmp_path: Path) -> None:
    study = desk.session.study
    assert study is not None
    assert study.pet is not None
    image = add(desk, half())
    expected = measure(image.volume, desk.analysis.segmentation)
    for chosen, on in ((None, "original"), (image.id, "Denoised")):
        desk.session.values.measure_on(chosen)
        folder = tmp_path / on
        export(study, [LesionFiles(desk.analysis)], folder)
        with (folder / "lesions.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["measured_on"] for row in rows} == {on}
        for name in ("lesions.json", "summary.json"):
            document = read_json(folder / name)
            assert document["provenance"]["measured_on"] == on
            assert document["provenance"]["measured_by"] == (BY if chosen else "")
            said = [x for x in document["warnings"] if x.startswith("DERIVED")]
            assert len(said) == (1 if chosen else 0)
            assert all(BY in x and "“Denoised”" in x for x in said)
    assert float(rows[0]["suv_max"]) == expected["id1"]["suv_max"] == 4.0


def test_recovered_values_of_an_image_never_stand_beside_those_of_another(desk: Desk) -> None:
    session = desk.session
    desk.recover(6.0)
    of_original = desk.analysis.biomarkers["id1"]["suv_mean_recovered"]
    image = add(desk, half())
    session.values.measure_on(image.id)
    desk.recover(6.0)
    desk.recover(7.0)
    session.derived.remove(image.id)
    for step in (
        session.history.undo,
        session.history.undo,
        session.history.redo,
        session.history.redo,
        session.history.undo,
    ):
        step()
        assert desk.analysis.biomarkers["id1"]["suv_mean_recovered"] == of_original
        assert desk.analysis.provenance.recovery_fwhm_mm == 6.0


def test_an_older_result_does_not_bring_back_an_image_that_is_gone(desk: Desk) -> None:
    session = desk.session
    image = add(desk, half())
    session.values.measure_on(image.id)
    study = session.study
    assert study is not None
    session.results.run("Find lesions", lambda context: ball_analysis(study))
    desk.run_until(lambda: not session.jobs.reports)
    assert desk.analysis.measured_image_id == ""
    session.derived.remove(image.id)
    session.history.undo()
    assert maxima(desk) == [8.0, 5.0]
    assert desk.analysis.provenance.measured_on == "original"
    assert session.values.measured_pet is study.pet


def test_going_back_to_the_original_does_not_make_old_values_new(desk: Desk) -> None:
    """An outline changed after all values were measured: they stay stale when the image goes."""
    session = desk.session
    image = add(desk, half())
    session.values.measure_on(image.id)
    session.edits.apply(grown(desk.analysis.segmentation), "Grow")
    session.derived.remove(image.id)
    assert maxima(desk) == [8.0, 5.0]
    assert desk.analysis.is_stale


def test_a_lesion_drawn_just_now_is_measured_before_another_source_is_taken(desk: Desk) -> None:
    image = add(desk, half())
    session, segmentation = desk.session, desk.analysis.segmentation
    table = (*segmentation.lesions, Lesion("new", 3, "L3"))
    patch = segmentation.patch(np.array([0, 1]), np.full(2, 3, np.uint16), table)
    session.edits.apply(patch, "Draw")
    with pytest.raises(InputError, match="not measured on that image yet"):
        session.values.measure_on(image.id)
    desk.finish()
    session.values.measure_on(image.id)
    assert set(desk.analysis.biomarkers) == {"id1", "id2", "new"}


def test_stale_values_of_the_original_do_not_come_back_as_fresh(desk: Desk) -> None:
    """Behind the values of another image the original's are as stale as any."""
    session = desk.session
    session.values.measure_on(add(desk, half()).id)
    original = desk.analysis.original
    assert original is not None
    now = desk.analysis.segmentation.revision
    old = {key: replace(b, revision=now - 1) for key, b in original.biomarkers.items()}
    assert not desk.analysis.is_stale
    assert replace(desk.analysis, original=replace(original, biomarkers=old)).is_stale
