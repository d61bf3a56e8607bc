"""Real-world value maps beside a PET: silent where they agree, said with both numbers otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid

from app.io.open.info import describe
from app.io.open.study import open_study
from tests.support.dicom_files import (
    DOSE_BQ,
    FACTOR,
    HALF_LIFE_S,
    PATIENT,
    STUDY,
    WEIGHT_KG,
    affine_of,
    phantom,
    write_series,
)
from tests.support.enhanced_files import real_world

MAPS = "1.2.840.10008.5.1.4.1.1.67"
SLOPE = 0.5


def write_map(
    path: Path, images: Sequence[str], mappings: Sequence[Dataset], *, implicit: bool = False
) -> None:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = (
        ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    )
    dataset.SOPClassUID, dataset.SOPInstanceUID = UID(MAPS), generate_uid()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.PatientName, dataset.PatientID, dataset.Modality = "Test^One", PATIENT, "RWV"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = STUDY, generate_uid()
    item = Dataset()
    item.ReferencedImageSequence = []
    for uid in images:
        reference = Dataset()
        reference.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.128"
        reference.ReferencedSOPInstanceUID = uid
        item.ReferencedImageSequence.append(reference)
    item.RealWorldValueMappingSequence = list(mappings)
    dataset.ReferencedImageRealWorldValueMappingSequence = [item]
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)


def study_in(folder: Path, **elements: Any) -> list[str]:
    """Write a PET and return the UIDs of its images."""
    write_series(folder / "pet", phantom(), affine_of(), slopes=[SLOPE] * 6, **elements)
    return [str(dcmread(p).SOPInstanceUID) for p in (folder / "pet").iterdir()]


def said(folder: Path) -> list[str]:
    study = open_study([folder])
    assert study.suv is not None
    # The map changes no number.
    assert study.suv.factor == pytest.approx(FACTOR)
    assert study.pet is not None
    assert study.pet.array == pytest.approx(phantom() * SLOPE * FACTOR, rel=1e-6)
    found = [w for w in study.suv.warnings if "real-world value map" in w]
    described = [s for s in describe([folder])["series"] if s["role"] == "PET AC"]
    assert [w for w in described[0]["suv"]["warnings"] if "real-world" in w] == found
    return found


@pytest.mark.parametrize(
    ("code", "implicit"), [("{SUVbw}g/ml", False), ("g/ml{SUVbw}", True), ("Bq/ml", False)]
)
@pytest.mark.parametrize("of_stored", [True, False])
@pytest.mark.parametrize(
    ("off", "agrees"), [(1.0, True), (1.005, True), (0.97, False), (1.25, False), (1e-3, False)]
)
def test_a_map_is_compared_with_the_header(
    tmp_path: Path, off: float, agrees: bool, of_stored: bool, code: str, implicit: bool
) -> None:
    """By the standard of stored values; some tools write it of rescaled ones."""
    uids = study_in(tmp_path)
    slope = (1.0 if code == "Bq/ml" else FACTOR) * off * (SLOPE if of_stored else 1.0)
    write_map(tmp_path / "map.dcm", uids, [real_world(code, slope)], implicit=implicit)
    found = said(tmp_path)
    assert len(found) == (not agrees)
    if found:
        assert f"{slope:.5g}" in found[0]


def test_maps_of_other_images_units_and_broken_ones_are_left_alone(tmp_path: Path) -> None:
    uids = study_in(tmp_path)
    write_map(tmp_path / "other.dcm", [generate_uid()], [real_world("{SUVbw}g/ml", 1.0)])
    write_map(tmp_path / "lbm.dcm", uids, [real_world("{SUVlbm}g/ml", 1.0)])
    bare = real_world("{SUVbw}g/ml", 1.0)
    del bare.RealWorldValueSlope
    write_map(tmp_path / "lut.dcm", uids, [bare])
    write_map(tmp_path / "nan.dcm", uids, [real_world("{SUVbw}g/ml", np.nan)])
    broken = tmp_path / "broken.dcm"
    write_map(broken, uids, [real_world("{SUVbw}g/ml", 1.0)])
    broken.write_bytes(broken.read_bytes()[:-40])
    assert said(tmp_path) == []


def test_a_map_in_a_single_image_is_compared_too(tmp_path: Path) -> None:
    for off, agrees in ((1.0, True), (1.3, False)):
        folder = tmp_path / str(off)
        study_in(folder)
        for path in (folder / "pet").iterdir():
            dataset = dcmread(path)
            dataset.RealWorldValueMappingSequence = [
                real_world("{SUVbw}g/ml", FACTOR * SLOPE * off)
            ]
            dataset.save_as(path)
        assert len(said(folder)) == (not agrees)


def test_a_map_of_slices_that_differ_in_decay_is_compared_with_their_range(tmp_path: Path) -> None:
    uids = study_in(tmp_path, DecayCorrection="NONE")
    study = open_study([tmp_path])
    assert study.suv is not None
    assert study.suv.factor is not None or study.suv.frame_factors is not None
    true = WEIGHT_KG * 1000.0 / (DOSE_BQ * 2.0 ** (-3600.0 / HALF_LIFE_S))
    write_map(tmp_path / "map.dcm", uids, [real_world("{SUVbw}g/ml", 3.0 * true)])
    again = open_study([tmp_path]).suv
    assert again is not None
    assert any("real-world value map" in w for w in again.warnings)


def test_the_maps_of_a_real_study_agree(shared_data: Path) -> None:
    study = open_study([shared_data / "acrin-nsclc-042"])
    assert study.suv is not None
    assert not any("real-world" in w for w in study.suv.warnings)
    roles = [s.role for s in study.series]
    assert roles.count("RWV") == 3
