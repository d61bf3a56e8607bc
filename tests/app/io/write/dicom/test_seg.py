"""The DICOM SEG of an export: the same voxels, valid, and left out with a reason."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import highdicom
import numpy as np
import pytest
from pydicom import dcmread
from scipy import ndimage

from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion
from app.core.lesions.measure import measure
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.study.provenance import Provenance
from app.io.open.study import open_study
from app.io.outlines.masks import read_outlines
from app.io.write.dicom.seg import tracking_uid
from app.io.write.exporter import export
from app.io.write.lesions import LesionFiles
from tests.support.export_case import grid_of, labels_array, make, read_json
from tests.support.places import ACRIN


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
    assert np.array_equal(read_outlines(path, study.pet).layers[0].labels.dense() > 0, labels > 0)
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
    back = read_outlines(tmp_path / "out" / name, study.pet).layers[0]
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
