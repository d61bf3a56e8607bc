"""Small DICOM series for tests, written by pydicom alone, so that reading is tested by a stranger.

The writer shares no code with the reader: stored values, slopes and geometry are set here from
the affine's own columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

STUDY, FRAME, PATIENT = generate_uid(), generate_uid(), "TEST-1"
PET_CLASS = "1.2.840.10008.5.1.4.1.1.128"
CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"
NM_CLASS = "1.2.840.10008.5.1.4.1.1.20"
#: 70 kg, 370 MBq F-18 an hour before the scan.
WEIGHT_KG, DOSE_BQ, HALF_LIFE_S, WAIT_S = 70.0, 370.0e6, 6586.2, 3600.0
FACTOR = WEIGHT_KG * 1000.0 / (DOSE_BQ * 2.0 ** (-WAIT_S / HALF_LIFE_S))


class Elements(TypedDict, total=False):
    """Elements of an image's header that several series of a test share."""

    SOPClassUID: str
    PatientID: str
    PatientPosition: str
    StudyInstanceUID: str
    StudyDate: str
    StudyDescription: str
    SeriesDate: str
    SeriesDescription: str
    FrameOfReferenceUID: str
    CorrectedImage: Sequence[str]
    AttenuationCorrectionMethod: str
    Units: str


def affine_of(
    spacing_kji_mm: Sequence[float] = (4.0, 3.0, 2.0),
    origin_lps_mm: Sequence[float] = (-10.0, -20.0, 30.0),
    rotation: np.ndarray | None = None,
) -> np.ndarray:
    """4 x 4 matrix [k, j, i, 1] to LPS mm; columns of ``rotation`` are directions of k, j, i."""
    directions = np.eye(3)[:, ::-1] if rotation is None else rotation
    affine = np.eye(4)
    affine[:3, :3] = directions * np.asarray(spacing_kji_mm)
    affine[:3, 3] = origin_lps_mm
    return affine


def base(modality: str, series_uid: str, **elements: Any) -> Dataset:
    """Header that PET and CT share."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = UID(PET_CLASS if modality == "PT" else CT_CLASS)
    dataset.SOPInstanceUID = generate_uid()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.PatientName, dataset.PatientID, dataset.PatientSex = "Test^One", PATIENT, "F"
    dataset.PatientWeight, dataset.PatientSize = WEIGHT_KG, 1.75
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = STUDY, series_uid
    dataset.FrameOfReferenceUID = FRAME
    dataset.Modality, dataset.SeriesDescription = modality, f"{modality} series"
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = "20240102"
    dataset.StudyTime = dataset.SeriesTime = dataset.AcquisitionTime = "110000"
    if modality == "PT":
        _pet(dataset)
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


def _pet(dataset: Dataset) -> None:
    dataset.Units, dataset.DecayCorrection = "BQML", "START"
    dataset.CorrectedImage = ["DECY", "ATTN", "SCAT"]
    dataset.FrameReferenceTime, dataset.ActualFrameDuration = 149605.0, "300000"
    item = Dataset()
    item.RadiopharmaceuticalStartTime = "100000"
    item.RadiopharmaceuticalStartDateTime = "20240102100000"
    item.RadionuclideTotalDose, item.RadionuclideHalfLife = DOSE_BQ, HALF_LIFE_S
    item.Radiopharmaceutical = "FDG"
    dataset.RadiopharmaceuticalInformationSequence = [item]


def write_series(
    folder: Path,
    stored: np.ndarray,
    affine: np.ndarray,
    modality: str = "PT",
    *,
    slopes: Sequence[float] | None = None,
    intercept: float = 0.0,
    skip: Sequence[int] = (),
    shift_mm: Mapping[int, float] | None = None,
    tracer: Mapping[str, Any] | None = None,
    series_uid: str | None = None,
    **elements: Any,
) -> str:
    """Write int16 ``stored`` [k, j, i] as one file a slice, in a scrambled order of names.

    ``skip`` leaves slices out, ``shift_mm`` moves some along k, ``tracer`` sets (or with ``None``
    removes) elements of the radiopharmaceutical, ``elements`` those of the image. Returns the
    series UID.
    """
    folder.mkdir(parents=True, exist_ok=True)
    uid = series_uid or generate_uid()
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    directions = affine[:3, :3] / spacing
    order = np.random.default_rng(5).permutation(len(stored))
    for name, k in zip(order, range(len(stored)), strict=True):
        if k in skip:
            continue
        dataset = base(modality, uid, **elements)
        for keyword, value in (tracer or {}).items():
            item = dataset.RadiopharmaceuticalInformationSequence[0]
            if value is None:
                delattr(item, keyword)
            else:
                setattr(item, keyword, value)
        position = affine[:3, 3] + affine[:3, 0] * k
        position = position + directions[:, 0] * (shift_mm or {}).get(k, 0.0)
        dataset.ImagePositionPatient = [round(float(x), 6) for x in position]
        dataset.ImageOrientationPatient = [
            round(float(x), 9) for x in (*directions[:, 2], *directions[:, 1])
        ]
        dataset.PixelSpacing = [float(spacing[1]), float(spacing[2])]
        dataset.SliceThickness = float(spacing[0])
        dataset.InstanceNumber = k + 1
        dataset.RescaleSlope = 1.0 if slopes is None else slopes[k]
        dataset.RescaleIntercept = intercept
        add_pixels(dataset, stored[k])
        dataset.save_as(folder / f"{name:04d}.dcm", enforce_file_format=True)
    return uid


def add_pixels(dataset: Dataset, plane: np.ndarray) -> None:
    """Set one native int16 plane."""
    dataset.Rows, dataset.Columns = plane.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 1
    dataset.PixelData = np.ascontiguousarray(plane, dtype="<i2").tobytes()


def write_spect(
    path: Path, stored: np.ndarray, affine: np.ndarray, kind: str = "RECON TOMO", **elements: Any
) -> str:
    """Write uint16 frames [n, j, i] as one NM file; returns the series UID."""
    path.parent.mkdir(parents=True, exist_ok=True)
    uid = "1.2.3.77"
    dataset = base("NM", uid, SeriesDescription="SPECT recon", **elements)
    dataset.SOPClassUID = UID(NM_CLASS)
    dataset.ImageType = ["ORIGINAL", "PRIMARY", kind, "EMISSION"]
    detector = Dataset()
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    directions = affine[:3, :3] / spacing
    detector.ImagePositionPatient = [float(x) for x in affine[:3, 3]]
    detector.ImageOrientationPatient = [float(x) for x in (*directions[:, 2], *directions[:, 1])]
    dataset.DetectorInformationSequence = [detector]
    dataset.PixelSpacing = [float(spacing[1]), float(spacing[2])]
    dataset.SpacingBetweenSlices = dataset.SliceThickness = float(spacing[0])
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = stored.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 0
    dataset.PixelData = stored.astype("<u2").tobytes()
    dataset.save_as(path, enforce_file_format=True)
    return uid


def phantom(shape: tuple[int, int, int] = (6, 7, 9), seed: int = 1) -> np.ndarray:
    """Asymmetric int16 values, all different enough to see any flip or swap."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 30000, shape).astype(np.int16)
