"""Derived images as files: marked as derived, in place, with their source named."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import UID

from app.core.kit.errors import JobCancelled
from app.core.kit.jobs import JobContext
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.provenance import Provenance
from app.core.study.study import Study
from app.io.open.study import open_study
from app.io.write.derived import DerivedFiles
from app.io.write.exporter import Part, export
from app.io.write.lesions import LesionFiles
from app.io.write.names import LESION_FILES, already_there, derived_files
from tests.support.dicom_files import Elements, affine_of, phantom, write_series
from tests.support.export_case import make, read_json
from tests.support.nifti import load_nifti

MR = UID("1.2.840.10008.5.1.4.1.1.4")
PROVENANCE = Provenance(
    {"uptake": "0.1"}, {"pet": "9.8.7"}, model_id="pet-denoise", model_version="1.0", samples=8
)
VALIDATOR = pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not there")


def half_voxels(grid: ImageGrid) -> ImageGrid:
    affine = grid.affine_lps_mm.copy()
    affine[:3, :3] /= 2
    affine[:3, 3] -= affine[:3, :3].sum(axis=1) / 2
    k, j, i = (2 * n for n in grid.shape_kji)
    return ImageGrid((k, j, i), affine, grid.frame_of_reference_uid)


def derived(
    kind: DerivedKind, grid: ImageGrid, quantity: Quantity, uids: dict[str, str], **changes: Any
) -> DerivedImage:
    rng = np.random.default_rng(4)
    array = rng.uniform(0, 9, grid.shape_kji).astype(np.float32)
    if quantity is Quantity.HU:
        array = np.rint(array * 200 - 1000).astype(np.float32)
    if quantity is Quantity.MU:
        array *= 0.02
    deviation = Volume(grid, rng.uniform(0, 0.5, grid.shape_kji).astype(np.float32), quantity)
    volume = Volume(grid, array, quantity)
    image = DerivedImage("d1", kind, "Denoised (dose / 4)", volume, deviation, uids, PROVENANCE)
    return replace(image, **changes)


def denoised(study: Study, **changes: Any) -> DerivedImage:
    assert study.pet is not None
    uids = {"PET": "9.8.7"}
    return derived(DerivedKind.DENOISED, study.pet.grid, Quantity.SUV_BW, uids, **changes)


def mr_study(folder: Path) -> tuple[Study, DerivedImage]:
    elements: Elements = {"SOPClassUID": MR, "SeriesDescription": "T1 SE", "PatientPosition": "HFS"}
    affine = affine_of((5.0, 1.5, 1.5))
    uid = write_series(folder / "mr", phantom((5, 8, 9)), affine, "MR", **elements)
    study = open_study([folder])
    assert study.mr is not None
    kind = DerivedKind.SYNTHETIC_CT
    return study, derived(kind, study.mr.grid, Quantity.HU, {"MR": uid})


@pytest.mark.parametrize("kind", ["plain", "flipped", "oblique"])
def test_a_denoised_pet_reads_back_the_same(tmp_path: Path, kind: str) -> None:
    study, _ = make(tmp_path / "dicom", kind)
    image = denoised(study)
    files = export(study, [DerivedFiles(image)], tmp_path / "out")
    assert files[-1] == tmp_path / "out/summary.json"
    assert all(x.is_file() for x in files)
    for name, volume in (
        ("denoised_pet", image.volume),
        ("denoised_pet_deviation", image.deviation),
    ):
        assert volume is not None
        nifti = load_nifti(tmp_path / f"out/{name}.nii.gz")
        assert np.array_equal(np.asarray(nifti.dataobj).transpose(2, 1, 0), volume.array)
        back = open_study([tmp_path / f"out/{name}_dicom"]).pet
        assert back is not None
        assert back.quantity is Quantity.SUV_BW
        # A reader orders slices its own way; the same place holds the same value.
        for index in ((0, 0, 0), (2, 5, 7), (6, 11, 9)):
            point = volume.grid.points_lps_mm(index)
            assert back.value_at(point) == pytest.approx(volume.array[index], abs=1e-3)
        assert back.grid.same_space(volume.grid)


def test_every_file_says_derived_and_names_its_source(tmp_path: Path) -> None:
    study, _ = make(tmp_path / "dicom")
    export(study, [DerivedFiles(denoised(study))], tmp_path / "out")
    sources = [dcmread(x, stop_before_pixels=True) for x in study.series[0].files]
    originals = {x.SOPInstanceUID for x in sources}
    seen, series = set(), set()
    for name in ("denoised_pet", "denoised_pet_deviation"):
        for path in sorted((tmp_path / f"out/{name}_dicom").iterdir()):
            d = dcmread(path)
            assert d.ImageType[0] == "DERIVED"
            assert d.SeriesDescription.startswith("DERIVED Denoised PET")
            assert "(pet-denoise 1.0)" in d.SeriesDescription
            assert ("SD" in d.SeriesDescription) == ("deviation" in name)
            assert "pet-denoise 1.0" in d.DerivationDescription
            assert "8 Monte Carlo samples" in d.DerivationDescription
            assert d.ContentQualification == "RESEARCH"
            assert (d.PatientID, d.StudyInstanceUID) == ("SECRET-7", sources[0].StudyInstanceUID)
            assert d.FrameOfReferenceUID == sources[0].FrameOfReferenceUID
            assert d.SourceImageSequence[0].ReferencedSOPInstanceUID in originals
            nearest = next(
                x
                for x in sources
                if x.SOPInstanceUID == d.SourceImageSequence[0].ReferencedSOPInstanceUID
            )
            assert nearest.ImagePositionPatient == d.ImagePositionPatient
            listed = d.ReferencedSeriesSequence[0]
            assert listed.SeriesInstanceUID == sources[0].SeriesInstanceUID
            assert len(listed.ReferencedInstanceSequence) == 7
            assert (d.Units, d.SUVType) == ("GML", "BW")
            seen.add(d.SOPInstanceUID)
            series.add(d.SeriesInstanceUID)
    assert len(seen) == 14
    assert len(series) == 2
    assert not seen & originals
    assert sources[0].SeriesInstanceUID not in series


def test_super_resolution_refers_to_the_nearest_slice(tmp_path: Path) -> None:
    study, _ = make(tmp_path / "dicom")
    assert study.pet is not None
    grid = half_voxels(study.pet.grid)
    kind = DerivedKind.SUPER_RESOLVED
    image = derived(kind, grid, Quantity.SUV_BW, {"PET": "9.8.7"}, deviation=None)
    export(study, [DerivedFiles(image)], tmp_path / "out")
    folder = tmp_path / "out/super_resolved_pet_dicom"
    files = [dcmread(x) for x in sorted(folder.iterdir())]
    assert len(files) == 14
    named = [x.SourceImageSequence[0].ReferencedSOPInstanceUID for x in files]
    assert named[0::2] == named[1::2]
    assert len(set(named)) == 7
    assert not (tmp_path / "out/super_resolved_pet_deviation.nii.gz").exists()
    back = open_study([folder]).pet
    assert back is not None
    assert back.grid.spacing_kji_mm == pytest.approx(grid.spacing_kji_mm, abs=1e-4)


def test_a_synthetic_ct_is_a_ct_in_hu(tmp_path: Path) -> None:
    study, image = mr_study(tmp_path)
    export(study, [DerivedFiles(image)], tmp_path / "out")
    files = sorted((tmp_path / "out/synthetic_ct_dicom").iterdir())
    d = dcmread(files[2])
    assert (d.Modality, d.RescaleType, d.ImageType[:2]) == ("CT", "HU", ["DERIVED", "SECONDARY"])
    assert np.array_equal(d.pixel_array * float(d.RescaleSlope), image.volume.array[2])
    back = open_study([tmp_path / "mr", tmp_path / "out/synthetic_ct_dicom"])
    assert back.ct is not None
    assert back.ct.quantity is Quantity.HU
    assert np.array_equal(back.ct.array, image.volume.array)
    assert back.ct.grid.same_grid(image.volume.grid)


def test_an_attenuation_map_is_never_taken_for_hu(tmp_path: Path) -> None:
    study, image = mr_study(tmp_path)
    grid, uids = image.volume.grid, image.source_uids
    mu = derived(DerivedKind.MU_MAP, grid, Quantity.MU, uids, deviation=None)
    export(study, [DerivedFiles(mu)], tmp_path / "out")
    assert read_json(tmp_path / "out/summary.json")["warnings"] == list(study.warnings)
    path = tmp_path / "out/mu_map_dicom/0001.dcm"
    d = dcmread(path)
    assert d.SOPClassUID.name == "Parametric Map Storage"
    assert d.ContentQualification == "RESEARCH"
    frames = np.frombuffer(d.FloatPixelData, np.float32).reshape(grid.shape_kji)
    places = [
        x.PlanePositionSequence[0].ImagePositionPatient for x in d.PerFrameFunctionalGroupsSequence
    ]
    for frame, place in zip(frames, places, strict=True):
        index = grid.nearest_index_kji([float(v) for v in place])
        assert index is not None
        assert np.array_equal(frame, mu.volume.array[index[0]])
    group = d.SharedFunctionalGroupsSequence[0]
    mapping = group.RealWorldValueMappingSequence[0]
    assert mapping.MeasurementUnitsCodeSequence[0].CodeValue == "/cm"
    assert d.ReferencedSeriesSequence[0].SeriesInstanceUID == uids["MR"]
    # Beside the MR it is no CT.
    assert open_study([tmp_path / "mr", path]).ct is None


def test_a_synthetic_ct_comes_with_its_map_and_a_comparison(tmp_path: Path) -> None:
    study, image = mr_study(tmp_path)
    export(study, [DerivedFiles(image)], tmp_path / "out")
    summary = read_json(tmp_path / "out/summary.json")
    assert "no CT" in summary["comparison"]["note"]
    assert "Carney" in summary["comparison"]["mu_model"]
    mu = np.asarray(load_nifti(tmp_path / "out/mu_map.nii.gz").dataobj).transpose(2, 1, 0)
    expected = 9.6e-5 * (image.volume.array + 1000.0)
    low = image.volume.array < 0
    assert mu[low] == pytest.approx(np.maximum(expected, 0)[low], abs=1e-6)
    assert (tmp_path / "out/mu_map_dicom/0001.dcm").is_file()
    # A CT that is the synthetic one and 50 HU: known errors, the wrong way round.
    real = Volume(image.volume.grid, image.volume.array - 50.0, Quantity.HU, "7.7")
    export(replace(study, ct=real), [DerivedFiles(image)], tmp_path / "out")
    comparison = read_json(tmp_path / "out/summary.json")["comparison"]
    assert comparison["hu_error"]["body"]["mean_hu"] == pytest.approx(50.0)
    assert comparison["ct_kvp"] == 120
    effect = comparison["attenuation_factors"]
    assert effect["mean_percent"] != 0.0
    assert len(effect["slices"]) == 5
    error = load_nifti(tmp_path / "out/synthetic_ct_error.nii.gz")
    assert np.asarray(error.dataobj) == pytest.approx(50.0)


@VALIDATOR
def test_dciodvfy_finds_no_error(tmp_path: Path) -> None:
    study, _ = make(tmp_path / "dicom")
    export(study, [DerivedFiles(denoised(study))], tmp_path / "out")
    (tmp_path / "m").mkdir()
    mr, image = mr_study(tmp_path / "m")
    export(mr, [DerivedFiles(image)], tmp_path / "out")
    grid, uids = image.volume.grid, image.source_uids
    mu = derived(DerivedKind.MU_MAP, grid, Quantity.MU, uids, deviation=None)
    export(mr, [DerivedFiles(mu)], tmp_path / "out")
    wanted = {
        "denoised_pet_dicom/0003.dcm": "PETImage",
        "denoised_pet_deviation_dicom/0001.dcm": "PETImage",
        "synthetic_ct_dicom/0002.dcm": "CTImage",
        "synthetic_ct_deviation_dicom/0002.dcm": "CTImage",
        "mu_map_dicom/0001.dcm": "ParametricMap",
    }
    for name, kind in wanted.items():
        command = ["dciodvfy", "-new", str(tmp_path / "out" / name)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        said = ran.stdout + ran.stderr
        assert kind in said
        assert "Error" not in said, f"{name}: {said}"


def test_the_summary_holds_the_provenance_and_no_patient(tmp_path: Path) -> None:
    study, _ = make(tmp_path / "dicom")
    files = export(study, [DerivedFiles(denoised(study))], tmp_path / "out")
    summary = read_json(tmp_path / "out/summary.json")
    assert summary["derived"]["kind"] == "denoised PET"
    assert summary["derived"]["quantity"] == "SUVbw"
    assert summary["derived"]["source_series_uids"] == {"PET": "9.8.7"}
    assert summary["provenance"]["model_id"] == "pet-denoise"
    written = {str(x.relative_to(tmp_path / "out")) for x in files}
    own = read_json(tmp_path / "out/denoised_pet.summary.json")
    assert set(summary["files"]) == written - {"denoised_pet.summary.json"}
    assert set(own["files"]) == written - {"summary.json"}
    assert {**own, "files": []} == {**summary, "files": []}
    text = (tmp_path / "out/summary.json").read_text(encoding="utf-8")
    assert "SECRET" not in text
    assert "Solo" not in text


def test_without_dicom_the_nifti_is_written_and_it_is_said(tmp_path: Path) -> None:
    study, _ = make(None)
    files = export(study, [DerivedFiles(denoised(study))], tmp_path / "out")
    assert {x.name for x in files} == {
        "denoised_pet.nii.gz",
        "denoised_pet_deviation.nii.gz",
        "denoised_pet.summary.json",
        "summary.json",
    }
    summary = read_json(tmp_path / "out/summary.json")
    assert any("no DICOM was written" in x for x in summary["warnings"])


def test_a_second_export_replaces_the_first_and_a_cancel_leaves_it(tmp_path: Path) -> None:
    study, _ = make(tmp_path / "dicom")
    out = tmp_path / "out"
    export(study, [DerivedFiles(denoised(study))], out)
    (out / "other.txt").write_text("mine", encoding="utf-8")
    first = dcmread(out / "denoised_pet_dicom/0001.dcm").SeriesInstanceUID

    def stop(fraction: float, _: str) -> None:
        if fraction >= 0.5:
            context.cancel()

    context = JobContext(stop)
    with pytest.raises(JobCancelled):
        export(study, [DerivedFiles(denoised(study))], out, context)
    assert dcmread(out / "denoised_pet_dicom/0001.dcm").SeriesInstanceUID == first
    export(study, [DerivedFiles(denoised(study, deviation=None))], out)
    assert dcmread(out / "denoised_pet_dicom/0001.dcm").SeriesInstanceUID != first
    assert not (out / "denoised_pet_deviation_dicom").exists()
    assert (out / "other.txt").exists()
    assert sorted(x.name for x in out.iterdir()) == [
        "denoised_pet.nii.gz",
        "denoised_pet.summary.json",
        "denoised_pet_dicom",
        "other.txt",
        "summary.json",
    ]


@pytest.mark.parametrize("first", ["lesions", "images"])
def test_a_search_and_images_in_one_folder_keep_their_summaries(tmp_path: Path, first: str) -> None:
    study, analysis = make(tmp_path / "dicom")
    out = tmp_path / "out"
    assert study.pet is not None
    kind, grid = DerivedKind.SUPER_RESOLVED, study.pet.grid
    super_resolved = derived(kind, grid, Quantity.SUV_BW, {"PET": "9.8.7"})
    parts: list[Part] = [DerivedFiles(denoised(study)), DerivedFiles(super_resolved)]
    parts.insert(0 if first == "lesions" else 2, LesionFiles(analysis))
    for part in parts:
        written = export(study, [part], out)
        assert all(x.is_file() for x in written)
    assert "totals" in read_json(out / "summary.json")
    for stem, said in (("denoised_pet", "denoised"), ("super_resolved_pet", "super-resolved")):
        own = read_json(out / f"{stem}.summary.json")
        assert own["derived"]["kind"] == f"{said} PET"
    names = derived_files(DerivedKind.DENOISED)
    assert "summary.json" not in already_there(out, names)
    assert "denoised_pet.summary.json" in already_there(out, names)
    assert "summary.json" in already_there(out, LESION_FILES)
