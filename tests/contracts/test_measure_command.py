"""`uptake measure`: what the reader of outlines had to say reaches terminal and document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.cli import main
from app.io.open.study import open_study
from tests.support.dicom_files import FRAME, affine_of, write_series
from tests.support.outline_files import SHAPE, SPACING, box, saved, structure_set, with_raw_data

VOXEL_ML = float(np.prod(SPACING)) / 1000.0
LOW, HIGH = (3.5, 4.5), (9.5, 14.5)


@pytest.fixture
def pet(tmp_path: Path) -> Path:
    """Write a PET whose value is its slice, 100 to 1,200."""
    stored = np.broadcast_to(100 * np.arange(1, SHAPE[0] + 1)[:, None, None], SHAPE)
    write_series(tmp_path / "pet", stored.astype(np.int16), affine_of(SPACING))
    return tmp_path / "pet"


def _contours(pet: Path, *slices: int) -> list[np.ndarray]:
    volume = open_study([pet]).pet
    assert volume is not None
    return [box(volume.grid, k, LOW, HIGH) for k in slices]


def _measured(
    pet: Path, mask: Path, capsys: pytest.CaptureFixture[str], *more: str
) -> tuple[dict[str, Any], str]:
    assert main(["measure", str(pet), "--mask", str(mask), "--json", *more]) == 0
    out, err = capsys.readouterr()
    return json.loads(out), err


def test_overlapping_outlines_are_each_measured_whole(
    pet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    regions = {"A": _contours(pet, 2, 3), "B": _contours(pet, 3, 4, 5), "C": _contours(pet, 8)}
    mask = saved(structure_set(regions, FRAME), tmp_path / "rs.dcm")
    document, err = _measured(pet, mask, capsys)
    rows = document["lesions"]
    assert [x["name"] for x in rows] == ["A", "B", "C"]
    assert [x["voxels"] for x in rows] == [120, 180, 60]
    assert rows[1]["suv_mean"] / rows[0]["suv_mean"] == pytest.approx(5.0 / 3.5, rel=1e-6)
    shares = "rs.dcm, ROI 5. Shares 60 voxels with earlier outlines"
    assert [x["source"] for x in rows] == ["rs.dcm, ROI 4", shares, "rs.dcm, ROI 6"]
    # Slices 2 to 5 and 8, each once.
    assert document["totals"]["count"] == 3
    assert document["totals"]["tmtv_ml"] == pytest.approx(300 * VOXEL_ML)
    each = rows[0]["suv_mean"] / 3.5
    assert document["totals"]["tlg"] == pytest.approx(60 * VOXEL_ML * each * (3 + 4 + 5 + 6 + 9))
    said = next(x for x in document["warnings"] if "overlap" in x)
    assert f"uptake: note: {said}" in err


def test_every_notice_of_the_reader_is_said(
    pet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    regions = {"Secret": _contours(pet, 2, 3, 4, 5), "Far": _contours(pet, 11, 14)}
    dataset = structure_set(regions, FRAME)
    with_raw_data(dataset.ROIContourSequence[0].ContourSequence[1], b"1\\2\\3x")
    document, err = _measured(pet, saved(dataset, tmp_path / "rs.dcm"), capsys)
    for said in (
        "1 of 4 contours of ROI 4 left out",
        "ROI 4 has no contour on 1 slice between",
        "contours of ROI 5 lie apart",
        "1 of 2 contours of ROI 5 beyond the PET",
    ):
        assert any(said in x for x in document["warnings"]), said
        assert said in err
    assert "Secret" not in err
    assert not any("Secret" in x for x in document["warnings"])


def test_recovered_values_of_overlapping_outlines_are_doubted(
    pet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    regions = {"A": _contours(pet, 2, 3), "B": _contours(pet, 3, 4)}
    mask = saved(structure_set(regions, FRAME), tmp_path / "rs.dcm")
    document, err = _measured(pet, mask, capsys, "--recovery-fwhm", "6")
    assert "do not know of outlines that overlap" in err
    assert any("do not know" in x for x in document["warnings"])


def test_healthy_outlines_say_nothing(
    pet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mask = saved(structure_set({"A": _contours(pet, 2, 3, 4)}, FRAME), tmp_path / "rs.dcm")
    document, err = _measured(pet, mask, capsys)
    assert document["warnings"] == []
    assert [x for x in err.splitlines() if "CT" not in x] == []


@pytest.mark.parametrize("mask", ["absent.nii.gz", "."])
def test_a_missing_mask_is_noticed_before_the_study_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mask: str
) -> None:
    # There is no study either: what is said first shows what was looked at first.
    code = main(["measure", str(tmp_path / "no study"), "--mask", str(tmp_path / mask)])
    out, err = capsys.readouterr()
    assert (code, out) == (1, "")
    assert "mask" in err


REPORTS = {
    "13-b_two_single_slices_far_apart.dcm": ("T", 1.4606, 1.4606, 2.880),
    "13-c2_one_slice_doubled.dcm": ("T", 17.5276, 11.7460, 5.760),
    "13-r_overlapping_rois.dcm": ("B", 17.5276, 6.6337, 5.760),
    "14-c2_sparse_no_spacing_no_thickness.dcm": ("S1", 11.6851, 11.6851, 2.880),
    "14-e_overlapping_segments.dcm": ("S2", 17.5276, 6.6337, 5.760),
}


@pytest.mark.parametrize("file", REPORTS)
def test_other_people_s_troubles_are_measured_right(
    shared_data: Path, capsys: pytest.CaptureFixture[str], file: str
) -> None:
    reports = shared_data / "reports"
    document, _ = _measured(reports / "13-pet", reports / file, capsys)
    name, greatest, mean, volume = REPORTS[file]
    (row,) = [x for x in document["lesions"] if x["name"] == name]
    assert row["suv_max"] == pytest.approx(greatest, abs=1e-4)
    assert row["suv_mean"] == pytest.approx(mean, abs=1e-4)
    assert row["mtv_ml"] == pytest.approx(volume, abs=1e-3)


@pytest.mark.parametrize("case", ["seg_columns", "seg_frame_lost"])
def test_damaged_segmentations_are_refused(
    shared_data: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    hostile = shared_data / "reports" / "hostile"
    mask = hostile / case / "seg.dcm"
    assert main(["measure", str(hostile / "reference"), "--mask", str(mask)]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_damaged_contours_leave_the_others_as_they_were(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = shared_data / "reports" / "hostile"
    found = {}
    for case in ("mask_notes_lost", "rt_contour_lost", "rt_far_3000"):
        mask = hostile / case / "rt.dcm"
        document, err = _measured(hostile / "reference", mask, capsys)
        rows = {x["name"]: x for x in document["lesions"]}
        found[case] = rows["roi1"]["mtv_ml"], rows["roi2"]["mtv_ml"], rows["roi2"]["suv_mean"]
        assert "overlap" in err
        assert ("1 of 4 contours of ROI 1 left out" in err) == (case != "mask_notes_lost")
    whole = found["mask_notes_lost"]
    for case in ("rt_contour_lost", "rt_far_3000"):
        assert found[case][1:] == whole[1:]
        # One of the two slices that the PET has is lost, and nothing else takes its place.
        assert found[case][0] == pytest.approx(whole[0] / 2.0)
