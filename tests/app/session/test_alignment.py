"""Alignments as numbers, as moved grids, as steps of a session, and in what is exported."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread

from app.core.kit.errors import GridError, InputError
from app.core.space.alignment import (
    AlignmentSource,
    RigidAlignment,
    RigidMotion,
    angles_of,
    as_read,
    motion_matrix,
    moved_grid,
    rotation_lps,
)
from app.core.space.grid import ImageGrid
from app.core.space.resample import resample
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.placement import (
    aligned_placement,
    movable_roles,
    pair_of,
    placed,
    resting_grid,
    seen_otherwise,
    start_alignment,
    wants_alignment,
)
from app.core.study.provenance import Provenance
from app.io.write.documents.study import study_provenance
from app.io.write.exporter import export
from app.io.write.lesions import LesionFiles
from tests.support.export_case import grid_of, make, read_json
from tests.support.session_desk import MOVED, Desk, by_hand, ct_of, study_with_ct

DEGREES = st.floats(-80.0, 80.0)
MM = st.floats(-300.0, 300.0)


# Numbers


@given(st.tuples(DEGREES, DEGREES, DEGREES), st.tuples(MM, MM, MM), st.tuples(MM, MM, MM))
def test_angles_and_shift_come_back(
    angles: tuple[float, float, float],
    shift: tuple[float, float, float],
    pivot: tuple[float, float, float],
) -> None:
    matrix = motion_matrix(RigidMotion(angles, shift), pivot)
    found = RigidAlignment(matrix, AlignmentSource.MANUAL, pivot_lps_mm=pivot)
    motion = found.decompose()
    assert motion.angles_deg == pytest.approx(angles, abs=1e-6)
    assert motion.shift_lps_mm == pytest.approx(shift, abs=1e-6)
    points = np.array([(1.0, 2.0, 3.0), (-40.0, 7.0, 90.0)])
    back = found.inverse().points_lps_mm(found.points_lps_mm(points))
    assert back == pytest.approx(points, abs=1e-6)


def test_turns_follow_the_right_hand_and_their_order() -> None:
    about_s = rotation_lps((0.0, 0.0, 90.0))
    assert about_s @ (1, 0, 0) == pytest.approx((0, 1, 0))
    assert rotation_lps((0.0, 90.0, 0.0)) @ (0, 0, 1) == pytest.approx((1, 0, 0))
    assert rotation_lps((90.0, 0.0, 0.0)) @ (0, 1, 0) == pytest.approx((0, 0, 1))
    both = rotation_lps((90.0, 0.0, 90.0))
    assert both @ (0, 1, 0) == pytest.approx((0, 0, 1)), "about L first, then about S"
    steep = rotation_lps((20.0, 90.0, 0.0))
    assert rotation_lps(angles_of(steep)) == pytest.approx(steep)
    assert RigidMotion((0.0, 0.0, 30.0), (3.0, 4.0, 0.0)).turn_deg == pytest.approx(30.0)
    assert RigidMotion((0.0, 0.0, 30.0), (3.0, 4.0, 0.0)).distance_mm == 5.0


def test_the_way_back_undoes_a_movement() -> None:
    study, _ = study_with_ct("2.25.1")
    there = by_hand(study)
    back = there.inverse()
    point = (10.0, 20.0, -30.0)
    assert back.points_lps_mm(there.points_lps_mm(point)) == pytest.approx(point)
    assert (back.moving_frame_uid, back.fixed_frame_uid) == (there.fixed_frame_uid, "2.25.1")


@pytest.mark.parametrize(
    "matrix",
    [
        np.diag((1.0, 1.0, -1.0, 1.0)),
        np.diag((1.1, 1.0, 1.0, 1.0)),
        np.eye(3),
        np.full((4, 4), np.nan),
    ],
)
def test_what_is_not_rigid_is_refused(matrix: Any) -> None:
    with pytest.raises(GridError):
        RigidAlignment(matrix, AlignmentSource.MANUAL)


@pytest.mark.parametrize("kind", ["plain", "flipped", "oblique"])
def test_only_the_grid_moves(kind: str) -> None:
    grid = grid_of(kind)
    array = np.random.default_rng(1).normal(size=grid.shape_kji).astype(np.float32)
    volume = Volume(grid, array, Quantity.HU, "1.1")
    fixed = Volume(ImageGrid.from_spacing((4, 4, 4), (9, 9, 9), (0, 0, 0), "7.7"), *_zeros())
    plain = as_read(volume, fixed, "CT")
    alignment = replace(plain, matrix_lps_mm=motion_matrix(MOVED, plain.pivot_lps_mm))
    moved = replace(volume, grid=moved_grid(volume.grid, alignment))
    assert moved.array is volume.array
    assert moved.grid.frame_of_reference_uid == "7.7"
    assert moved.grid.spacing_kji_mm == pytest.approx(grid.spacing_kji_mm)
    index = (2, 5, 3)
    where = alignment.points_lps_mm(grid.points_lps_mm(index))
    assert moved.value_at(where) == volume.array[index]
    with pytest.raises(GridError, match="another frame"):
        moved_grid(moved.grid, alignment)


def _zeros() -> tuple[Any, Quantity]:
    return np.zeros((4, 4, 4), np.float32), Quantity.SUV_BW


# Studies


def test_placed_and_back() -> None:
    study, _ = study_with_ct()
    assert movable_roles(study) == ("CT",)
    assert movable_roles(replace(study, pet=None)) == ()
    assert study.ct is not None
    now = placed(study, aligned_placement(study, by_hand(study)))
    assert now.alignments[0].sentence() in now.warnings
    assert now.pet is study.pet
    fixed, moving = pair_of(now, "CT")
    assert moving.grid.same_grid(study.ct.grid)
    assert moving.grid.same_space(study.ct.grid)
    resting = resting_grid(now)
    assert resting is not None
    assert resting.same_grid(study.ct.grid), "the view does not move along"
    # A second one replaces the first: both begin where the image was read.
    again = placed(now, aligned_placement(now, by_hand(now, RigidMotion())))
    assert again.alignments == ()
    assert again.warnings == study.warnings
    assert again.ct is not None
    assert again.ct.grid.same_grid(study.ct.grid)
    assert fixed is study.pet


def test_frames_are_joined_and_what_was_said_of_them_goes() -> None:
    study, _ = study_with_ct("2.25.1")
    assert wants_alignment(study)
    assert study.pet is not None
    assert study.ct is not None
    with pytest.raises(GridError, match="not aligned"):
        resample(study.ct, study.pet.grid)
    now = placed(study, aligned_placement(study, by_hand(study, RigidMotion())))
    assert now.aligned
    assert not wants_alignment(now)
    assert now.warnings == (now.alignments[0].sentence(), "A warning of the study.")
    assert "Frames of reference differed" in now.warnings[0]
    assert now.ct is not None
    assert resample(now.ct, study.pet.grid).array.any()
    assert resting_grid(now) is study.pet.grid


def test_the_pet_stays_and_other_series_are_refused() -> None:
    study, _ = study_with_ct()
    with pytest.raises(InputError, match="PET keeps its place"):
        pair_of(study, "PET")
    with pytest.raises(InputError, match="has no MR"):
        start_alignment(study, "MR")
    stranger = replace(by_hand(study), moving_uid="1.1.1")
    with pytest.raises(InputError, match="other series"):
        aligned_placement(study, stranger)


# The session


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    assert desk.session.shutdown()


def test_an_alignment_is_one_step_and_lesions_stay(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = desk.session
    study, analysis = study_with_ct("2.25.1")
    found = replace(by_hand(study), source=AlignmentSource.AUTOMATIC, metric=0.5)
    monkeypatch.setattr("app.compute.align.registration.register", lambda *_, **__: found)
    session.studies.show(study)
    session.results.run("Find lesions", lambda _context: analysis)
    desk.run_until(lambda: session.analysis is not None)
    session.alignment.run("CT")
    desk.run_until(lambda: session.study is not study)
    now = session.study
    assert now is not None
    assert now.alignments == (found,)
    assert desk.placements == [now]
    assert session.analysis is analysis
    assert session.history.undo_text == "Align CT to PET"
    assert desk.notices[-1] == found.sentence()
    assert not session.studies.has_unsaved_edits, "no judgement was changed"
    session.history.undo()
    assert session.study is not None
    assert list(session.study.alignments) == []
    assert not session.study.aligned
    assert session.study.warnings == study.warnings
    assert session.study.ct is not None
    assert study.ct is not None
    assert session.study.ct.grid == study.ct.grid
    session.history.redo()
    assert list(session.study.alignments) == [found]
    assert seen_otherwise(session.study, (), ("CT",))
    assert not seen_otherwise(session.study, (found,), ("CT",))


def test_the_session_moves_no_pet_and_nothing_without_a_study(desk: Desk) -> None:
    with pytest.raises(InputError, match="No study"):
        desk.session.alignment.run("CT")
    study, _ = study_with_ct()
    desk.session.studies.show(study)
    with pytest.raises(InputError, match="Align the CT"):
        desk.session.alignment.run("PET")
    desk.session.alignment.apply(by_hand(study, RigidMotion()))
    assert desk.session.study is study
    assert not desk.session.history.can_undo


def test_an_alignment_of_a_study_that_changed_is_put_aside(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, _ = study_with_ct()
    monkeypatch.setattr("app.compute.align.registration.register", lambda *_, **__: by_hand(study))
    desk.session.studies.show(study)
    desk.session.alignment.run("CT")
    other, _ = study_with_ct()
    desk.session.studies.show(other)
    desk.run_until(lambda: bool(desk.notices))
    assert "put aside" in desk.notices[0]
    assert desk.session.study is other


def derived_of(uid: str, role: str, grid: ImageGrid, kind: DerivedKind) -> DerivedImage:
    volume = Volume(grid, np.ones(grid.shape_kji, np.float32), Quantity.HU, uid)
    return DerivedImage("d", kind, "Made", volume, volume, {role: uid}, Provenance({}, {}))


def test_what_was_made_of_a_moved_image_moves_along(desk: Desk) -> None:
    study, _ = study_with_ct()
    assert study.ct is not None
    mr = replace(study.ct, quantity=Quantity.MR, series_uid="9.8.9")
    study = replace(study, mr=mr)
    session = desk.session
    session.studies.show(study)
    made = derived_of("9.8.9", "MR", mr.grid, DerivedKind.SYNTHETIC_CT)
    session.derived.run("sCT", lambda _context: made)
    desk.run_until(lambda: bool(session.derived.images))
    alignment = by_hand(study, role="MR")
    session.alignment.apply(alignment)
    assert session.study is not None
    assert session.study.mr is not None
    (moved,) = session.derived.images
    assert moved.id == made.id
    assert moved.volume.grid.same_grid(session.study.mr.grid)
    assert moved.deviation is not None
    assert moved.deviation.grid.same_grid(session.study.mr.grid)
    assert moved.provenance.alignments == (alignment,)
    session.history.undo()
    assert session.derived.images[0].volume.grid.same_grid(mr.grid)
    assert session.derived.images[0].provenance.alignments == ()


def test_results_that_arrive_after_a_move(desk: Desk) -> None:
    """A search of the PET and the CT as it lay is kept; an image on the moved MR is not."""
    study, analysis = study_with_ct()
    assert study.ct is not None
    mr = replace(study.ct, quantity=Quantity.MR, series_uid="9.8.9")
    study = replace(study, mr=mr)
    session = desk.session
    session.studies.show(study)
    made = derived_of("9.8.9", "MR", mr.grid, DerivedKind.SYNTHETIC_CT)
    session.derived.run("sCT", lambda _context: made)
    session.results.run("Find lesions", lambda _context: analysis)
    session.alignment.apply(by_hand(study, role="MR"))
    desk.run_until(lambda: not session.jobs.reports)
    assert session.analysis is analysis
    assert session.derived.images == ()
    assert any("moved meanwhile" in x for x in desk.notices)


# Exports


def test_every_export_says_it_with_its_numbers(tmp_path: Path) -> None:
    study, analysis = study_with_ct("2.25.1")
    now = placed(study, aligned_placement(study, by_hand(study)))
    seen = replace(
        analysis.provenance, alignments=now.alignments, series_uids={"PET": "9.8.7", "CT": "9.8.8"}
    )
    export(now, [LesionFiles(replace(analysis, provenance=seen))], tmp_path)
    lesions, summary = (read_json(tmp_path / x) for x in ("lesions.json", "summary.json"))
    for stated in (
        lesions["alignments"],
        lesions["provenance"]["alignments"],
        summary["study"]["alignments"],
        summary["provenance"]["alignments"],
    ):
        (one,) = stated
        assert one["source"] == "manual"
        assert one["shift_lps_mm"] == pytest.approx(MOVED.shift_lps_mm)
        assert one["angles_lps_deg"] == pytest.approx(MOVED.angles_deg)
        assert one["moving_series_uid"] == "9.8.8"
        matrix = np.array(one["matrix_moving_to_fixed_lps_mm"])
        assert matrix == pytest.approx(now.alignments[0].matrix_lps_mm)
    assert now.alignments[0].sentence() in summary["warnings"]
    assert not any("moved after" in x for x in summary["warnings"])
    with (tmp_path / "lesions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {x["alignment"] for x in rows} == {now.alignments[0].sentence()}
    assert study_provenance(now).alignments == now.alignments


def test_the_dicom_seg_says_it(tmp_path: Path) -> None:
    study, analysis = make(tmp_path / "pet")
    study = replace(study, ct=ct_of(study, "1.2.3.4"))
    now = placed(study, aligned_placement(study, by_hand(study)))
    for alignments in ((), now.alignments):
        stated = replace(analysis.provenance, alignments=alignments)
        export(now, [LesionFiles(replace(analysis, provenance=stated))], tmp_path / "out")
        seg = dcmread(tmp_path / "out" / "segmentation.seg.dcm")
        assert seg.get("ImageComments", "") == " ".join(x.sentence() for x in alignments)


def test_an_image_that_was_moved_after_the_search_is_said(tmp_path: Path) -> None:
    study, analysis = study_with_ct()
    used = replace(analysis.provenance, series_uids={"PET": "9.8.7", "CT": "9.8.8"})
    now = placed(study, aligned_placement(study, by_hand(study)))
    export(now, [LesionFiles(replace(analysis, provenance=used))], tmp_path)
    summary = read_json(tmp_path / "summary.json")
    assert summary["provenance"]["alignments"] == []
    assert any("moved after the lesions were found" in x for x in summary["warnings"])
    assert read_json(tmp_path / "lesions.json")["warnings"]


def test_nothing_is_said_where_nothing_was_moved(tmp_path: Path) -> None:
    study, analysis = study_with_ct()
    export(study, [LesionFiles(analysis)], tmp_path)
    summary = read_json(tmp_path / "summary.json")
    assert summary["study"]["alignments"] == []
    assert summary["provenance"]["alignments"] == []
    assert not any("aligned" in x for x in summary["warnings"])
