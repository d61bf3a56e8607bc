"""Exports: what is written, and what others read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.core.kit.jobs import JobContext
from app.core.space.grid import ImageGrid
from app.io.write.exporter import export
from app.io.write.lesions import LesionFiles
from app.io.write.names import LESION_FILES
from app.io.write.nifti import nifti_affine_ras_mm
from tests.support.export_case import ASKED, grid_of, labels_array, make, read_json
from tests.support.nifti import load_nifti


def test_all_files_are_written_and_say_the_same(tmp_path: Path) -> None:
    study, analysis = make(tmp_path / "dicom")
    reports: list[float] = []
    context = JobContext(lambda fraction, _: reports.append(fraction))
    files = export(study, [LesionFiles(analysis)], tmp_path / "new/out", context)
    assert sorted(p.name for p in files) == sorted(LESION_FILES)
    assert sorted(p.name for p in (tmp_path / "new/out").iterdir()) == sorted(LESION_FILES)
    assert reports == sorted(reports)
    assert reports[-1] == 1.0
    summary = read_json(tmp_path / "new/out/summary.json")
    assert sorted(summary["files"]) == sorted(LESION_FILES)
    assert summary["counts"] == {
        "candidate": 1,
        "accepted": 1,
        "rejected": 1,
        "physiological": 1,
    }
    assert summary["warnings"] == ["A warning of the study."]
    document = read_json(tmp_path / "new/out/lesions.json")
    assert summary["totals"] == document["totals"]
    assert document["totals"]["count"] == 2
    counted = [x for x in document["lesions"] if x["status"] in ("candidate", "accepted")]
    assert document["totals"]["tmtv_ml"] == pytest.approx(sum(x["mtv_ml"] for x in counted))
    assert document["provenance"]["weights_sha256"] == {"net": "ab12"}
    assert document["definitions"]["tlg"]["unit"] == "ml"
    for row in document["lesions"]:
        assert set(ASKED) <= set(row)
        low, high = row["mtv_ml_interval"]
        assert low <= high
        assert len(row["hottest_lps_mm"]) == 3


def test_no_file_but_the_seg_names_the_patient(tmp_path: Path) -> None:
    study, analysis = make(tmp_path / "dicom")
    for path in export(study, [LesionFiles(analysis)], tmp_path / "out"):
        if path.suffix in (".json", ".csv"):
            text = path.read_text(encoding="utf-8")
            assert "SECRET" not in text
            assert "Solo" not in text


@pytest.mark.parametrize("kind", ["plain", "flipped", "oblique"])
def test_nifti_holds_the_chosen_labels_where_they_are(tmp_path: Path, kind: str) -> None:
    study, analysis = make(None, kind)
    export(study, [LesionFiles(analysis)], tmp_path)
    wanted = {"segmentation.nii.gz": (1, 4), "physiological.nii.gz": (3,)}
    for name, labels in wanted.items():
        image = load_nifti(tmp_path / name)
        array = np.asarray(image.dataobj)
        assert array.dtype == np.uint16
        expected = np.where(np.isin(labels_array(), labels), labels_array(), 0)
        assert np.array_equal(array.transpose(2, 1, 0), expected)
        # The same voxel lies at the same place: RAS is LPS with two signs turned.
        ras = image.affine @ (7, 1, 4, 1)
        lps = grid_of(kind).points_lps_mm((4, 1, 7))
        assert ras[:3] * (-1, -1, 1) == pytest.approx(lps, abs=1e-4)
        assert image.get_qform() == pytest.approx(image.affine, abs=1e-3)
        assert image.header.get_xyzt_units()[0] == "mm"
    entropy = load_nifti(tmp_path / "uncertainty.nii.gz")
    assert analysis.uncertainty is not None
    assert np.asarray(entropy.dataobj).transpose(2, 1, 0) == pytest.approx(
        analysis.uncertainty.array
    )


def test_nifti_affine_of_an_axis_aligned_grid() -> None:
    grid = ImageGrid.from_spacing((2, 3, 4), (5.0, 6.0, 7.0), (10.0, 20.0, 30.0))
    expected = [[-7, 0, 0, -10], [0, -6, 0, -20], [0, 0, 5, 30], [0, 0, 0, 1]]
    assert nifti_affine_ras_mm(grid).tolist() == expected
