"""Exports: what is written, and what others read back."""

from __future__ import annotations

import csv
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import highdicom
import nibabel
import numpy as np
import pytest
from pydicom import dcmread
from scipy import ndimage

from app.core.kit.jobs import JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion
from app.core.lesions.measure import measure
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.study.provenance import Provenance
from app.io.open.study import open_study
from app.io.outlines.masks import read_mask
from app.io.write.dicom.seg import tracking_uid
from app.io.write.documents.lesions import lesion_records
from app.io.write.exporter import export
from app.io.write.lesions import LesionFiles
from app.io.write.names import LESION_FILES
from app.io.write.nifti import nifti_affine_ras_mm
from tests.support.export_case import ASKED, grid_of, labels_array, make, read_json
from tests.support.places import ACRIN


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


def test_the_table_as_csv_holds_the_same_numbers(tmp_path: Path) -> None:
    study, analysis = make(None)
    export(study, [LesionFiles(analysis)], tmp_path)
    with (tmp_path / "lesions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    expected = lesion_records(analysis)
    assert [r["id"] for r in rows] == [r["id"] for r in expected]
    for row, record in zip(rows, expected, strict=True):
        assert None not in row
        assert float(row["suv_mean"]) == record["suv_mean"]
        assert float(row["tlg_low"]) == record["tlg_interval"][0]
        assert float(row["tlg_high"]) == record["tlg_interval"][1]
        assert float(row["hottest_p_mm"]) == record["hottest_lps_mm"][1]
        assert row["pet_series_uid"] == "9.8.7"
        assert (row["model_id"], row["weights_sha256"]) == ("net", "net=ab12")


def test_what_the_score_network_said_is_written_with_the_score(tmp_path: Path) -> None:
    study, analysis = make(None)
    first, second, *others = analysis.segmentation.lesions
    samples = tuple(0.123456789 + n / 20 for n in range(11))
    said = replace(first, score_samples=samples, novelty=1.7, outside_training=True)
    sure = replace(second, score_samples=(0.5,), novelty=0.25, outside_training=False)
    table = replace(analysis.segmentation, lesions=(said, sure, *others))
    export(study, [LesionFiles(replace(analysis, segmentation=table))], tmp_path)
    document = read_json(tmp_path / "lesions.json")
    one, two, three, _ = document["lesions"]
    # The interval is that of the samples as they were, not as they are written.
    assert one["lesion_score_interval"] == pytest.approx(np.percentile(samples, (5, 95)).tolist())
    assert one["score_samples"] == [round(x, 4) for x in samples]
    assert (one["novelty"], one["outside_training"]) == (1.7, True)
    assert two["lesion_score_interval"] is None, "one sample is no distribution"
    assert two["score_samples"] == [0.5]
    assert (two["novelty"], two["outside_training"]) == (0.25, False)
    nothing = ("lesion_score_interval", "score_samples", "novelty", "outside_training")
    assert [three[key] for key in nothing] == [None] * 4
    assert set(nothing) <= set(document["definitions"])
    assert "not be relied on" in document["definitions"]["outside_training"]["definition"]
    with (tmp_path / "lesions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[0]["lesion_score_low"]) == one["lesion_score_interval"][0]
    assert float(rows[0]["lesion_score_high"]) == one["lesion_score_interval"][1]
    assert [r["outside_training"] for r in rows] == ["true", "false", "", ""]
    assert [r["novelty"] for r in rows] == ["1.7", "0.25", "", ""]
    assert [r["lesion_score_low"] for r in rows[1:]] == ["", "", ""]
    assert "score_samples" not in rows[0]


def test_a_name_that_a_spreadsheet_would_run_is_quoted(tmp_path: Path) -> None:
    study, analysis = make(None)
    lesions = list(analysis.segmentation.lesions)
    lesions[0] = replace(lesions[0], name='=HYPERLINK("x"),\n"y"')
    changed = replace(analysis.segmentation, lesions=tuple(lesions))
    export(study, [LesionFiles(replace(analysis, segmentation=changed))], tmp_path)
    with (tmp_path / "lesions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["name"] == "'" + lesions[0].name
    assert len(rows) == 4


@pytest.mark.parametrize("kind", ["plain", "flipped", "oblique"])
def test_nifti_holds_the_chosen_labels_where_they_are(tmp_path: Path, kind: str) -> None:
    study, analysis = make(None, kind)
    export(study, [LesionFiles(analysis)], tmp_path)
    wanted = {"segmentation.nii.gz": (1, 4), "physiological.nii.gz": (3,)}
    for name, labels in wanted.items():
        image = nibabel.load(tmp_path / name)
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
    entropy = nibabel.load(tmp_path / "uncertainty.nii.gz")
    assert analysis.uncertainty is not None
    assert np.asarray(entropy.dataobj).transpose(2, 1, 0) == pytest.approx(
        analysis.uncertainty.array
    )


def test_nifti_affine_of_an_axis_aligned_grid() -> None:
    grid = ImageGrid.from_spacing((2, 3, 4), (5.0, 6.0, 7.0), (10.0, 20.0, 30.0))
    expected = [[-7, 0, 0, -10], [0, -6, 0, -20], [0, 0, 5, 30], [0, 0, 0, 1]]
    assert nifti_affine_ras_mm(grid).tolist() == expected


def seg_labels(path: Path, grid: ImageGrid) -> np.ndarray:
    """Segment numbers on a grid, from frame positions alone."""
    found = np.zeros(grid.shape_kji, np.uint16)
    dataset = dcmread(path)
    frames = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns)
    for frame, group in zip(frames, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        position = [float(x) for x in group.PlanePositionSequence[0].ImagePositionPatient]
        index = grid.nearest_index_kji(position)
        assert index is not None
        assert grid.points_lps_mm(index) == pytest.approx(position, abs=0.01)
        number = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        found[index[0]][frame > 0] = number
    return found


@pytest.mark.parametrize("kind", ["plain", "flipped", "oblique"])
def test_the_seg_holds_the_same_voxels_and_names_its_sources(tmp_path: Path, kind: str) -> None:
    study, analysis = make(tmp_path / "dicom", kind)
    export(study, [LesionFiles(analysis)], tmp_path / "out")
    path = tmp_path / "out/segmentation.seg.dcm"
    found = seg_labels(path, grid_of(kind))
    assert np.array_equal(found == 1, labels_array() == 1)
    assert np.array_equal(found == 2, labels_array() == 4)
    assert found.max() == 2
    seg = highdicom.seg.segread(path)
    assert seg.segmentation_type.value == "BINARY"
    first, second = seg.SegmentSequence
    assert (first.TrackingID, second.TrackingID) == ("lesion-1", "lesion-4")
    assert first.TrackingUID == tracking_uid("lesion-1")
    assert first.SegmentAlgorithmType == "AUTOMATIC"
    algorithm = first.SegmentationAlgorithmIdentificationSequence[0]
    assert (algorithm.AlgorithmName, algorithm.AlgorithmVersion) == ("net", "1.2")
    assert first.SegmentedPropertyTypeCodeSequence[0].CodeMeaning == "Lesion"
    sources = {dcmread(p, stop_before_pixels=True).SOPInstanceUID for p in study.series[0].files}
    frames = seg.PerFrameFunctionalGroupsSequence
    named = {
        image.ReferencedSOPInstanceUID
        for frame in frames
        for derived in frame.DerivationImageSequence
        for image in derived.SourceImageSequence
    }
    assert named
    assert named <= sources
    pet = dcmread(study.series[0].files[0], stop_before_pixels=True)
    assert seg.FrameOfReferenceUID == pet.FrameOfReferenceUID
    assert seg.StudyInstanceUID == pet.StudyInstanceUID


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not installed")
def test_dciodvfy_finds_no_error_in_the_seg(tmp_path: Path) -> None:
    study, analysis = make(tmp_path / "dicom")
    export(study, [LesionFiles(analysis)], tmp_path / "out")
    for path in (tmp_path / "out/segmentation.seg.dcm", tmp_path / "dicom/PT0001.dcm"):
        command = ["dciodvfy", "-new", str(path)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        said = ran.stdout + ran.stderr
        assert "Segmentation" in said or "PETImage" in said
        assert "Error" not in said, said


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not installed")
def test_dciodvfy_finds_no_error_in_a_seg_of_a_real_study(tmp_path: Path) -> None:
    if not ACRIN.is_dir():
        pytest.skip("the real study (../shared/data/acrin-nsclc-042) is not here")
    study = open_study([ACRIN / "pet_ac", ACRIN / "ct"])
    assert study.pet is not None
    labels, count = ndimage.label(study.pet.array > 8)
    table = tuple(Lesion(f"x{n}", n, f"L{n}") for n in range(1, count + 1))
    segmentation = Segmentation("s", study.pet.grid, Labelmap.from_array(labels), table)
    provenance = Provenance({}, {}, study.suv, "net", "1")
    biomarkers = measure(study.pet, segmentation)
    analysis = LesionAnalysis(segmentation, biomarkers, None, None, provenance)
    export(study, [LesionFiles(analysis)], tmp_path)
    path = tmp_path / "segmentation.seg.dcm"
    command = ["dciodvfy", "-new", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Segmentation" in ran.stdout + ran.stderr
    assert "Error" not in ran.stdout + ran.stderr
    assert np.array_equal(read_mask(path, study.pet).labels.dense() > 0, labels > 0)
    frames = dcmread(path).PerFrameFunctionalGroupsSequence
    assert all(len(frame.DerivationImageSequence) == 1 for frame in frames)


@pytest.mark.parametrize("kind", ["plain", "flipped", "oblique"])
@pytest.mark.parametrize("name", ["segmentation.nii.gz", "segmentation.seg.dcm"])
def test_the_programs_own_reader_gets_the_same_outlines(
    tmp_path: Path, kind: str, name: str
) -> None:
    study, analysis = make(tmp_path / "dicom", kind)
    assert study.pet is not None
    export(study, [LesionFiles(analysis)], tmp_path / "out")
    back = read_mask(tmp_path / "out" / name, study.pet)
    again = measure(study.pet, back)
    wanted = [analysis.biomarkers[f"lesion-{n}"] for n in (1, 4)]
    for key in ("mtv_ml", "suv_mean", "suv_peak"):
        read = sorted(b[key] for b in again.values())
        assert read == pytest.approx(sorted(b[key] for b in wanted))
    assert np.array_equal(back.labels.dense() > 0, np.isin(labels_array(), (1, 4)))


def test_half_a_clinical_trial_module_is_not_inherited(tmp_path: Path) -> None:
    study, analysis = make(tmp_path / "dicom")
    for path in study.series[0].files:
        dataset = dcmread(path)
        dataset.ClinicalTrialSponsorName = ""
        dataset.ClinicalTrialProtocolID = "P"
        dataset.save_as(path)
    export(study, [LesionFiles(analysis)], tmp_path / "out")
    assert "ClinicalTrialProtocolID" not in dcmread(tmp_path / "out/segmentation.seg.dcm")


def test_a_missing_slice_still_gives_the_right_seg(tmp_path: Path) -> None:
    study, analysis = make(tmp_path / "dicom")
    series = replace(study.series[0], files=study.series[0].files[:3] + study.series[0].files[4:])
    export(replace(study, series=(series,)), [LesionFiles(analysis)], tmp_path / "out")
    found = seg_labels(tmp_path / "out/segmentation.seg.dcm", grid_of("plain"))
    assert np.array_equal(found == 1, labels_array() == 1)


@pytest.mark.parametrize("source", ["nifti", "broken headers"])
def test_without_usable_dicom_the_seg_is_left_out_and_said(tmp_path: Path, source: str) -> None:
    study, analysis = make(None if source == "nifti" else tmp_path / "dicom")
    for path in study.series[0].files:
        dataset = dcmread(path)
        del dataset.StudyInstanceUID
        dataset.save_as(path)
    files = export(study, [LesionFiles(analysis)], tmp_path / "out")
    assert "segmentation.seg.dcm" not in [p.name for p in files]
    summary = read_json(tmp_path / "out/summary.json")
    assert "segmentation.seg.dcm" not in summary["files"]
    assert any("no DICOM SEG" in x or "do not allow" in x for x in summary["warnings"])
