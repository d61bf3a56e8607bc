"""Enhanced PET objects for tests, written by pydicom alone: one file, frames with their groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

from tests.support.dicom_files import DOSE_BQ, HALF_LIFE_S, WEIGHT_KG

ENHANCED_PET = "1.2.840.10008.5.1.4.1.1.130"
INJECTED, SCANNED = "20240102100000", "20240102110000"
FRAME_S = 120.0


def real_world(code: str, slope: float, intercept: float = 0.0) -> Dataset:
    """Return one item of a Real World Value Mapping Sequence."""
    item, unit = Dataset(), Dataset()
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = code, "UCUM", code
    item.MeasurementUnitsCodeSequence = [unit]
    item.RealWorldValueSlope, item.RealWorldValueIntercept = slope, intercept
    item.RealWorldValueFirstValueMapped, item.RealWorldValueLastValueMapped = 0, 32767
    item.LUTLabel, item.LUTExplanation = "PET", "PET"
    return item


def group_of(**elements: Any) -> list[Dataset]:
    """Return a functional group: a sequence with one item."""
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return [item]


def frame_of(
    k: int, *, slope: float | None, mappings: Sequence[Dataset], step_mm: float, acquired: str
) -> Dataset:
    """Return the functional groups of frame ``k``, at ``k`` steps along z."""
    frame = Dataset()
    frame.FrameContentSequence = group_of(
        FrameAcquisitionDateTime=acquired,
        FrameAcquisitionDuration=FRAME_S * 1000.0,
        StackID="1",
        InStackPositionNumber=k + 1,
        TemporalPositionIndex=1,
    )
    frame.PlanePositionSequence = group_of(ImagePositionPatient=[-10.0, -20.0, 30.0 + step_mm * k])
    if slope is not None:
        frame.PixelValueTransformationSequence = group_of(
            RescaleSlope=slope, RescaleIntercept=0.0, RescaleType="US"
        )
    if mappings:
        frame.RealWorldValueMappingSequence = list(mappings)
    return frame


def write_enhanced(
    path: Path,
    stored: np.ndarray,
    *,
    slopes: Sequence[float | None] | None = None,
    mappings: Callable[[int], Sequence[Dataset]] = lambda _: [real_world("Bq/ml", 1.0)],
    order: Sequence[int] | None = None,
    tracer: Mapping[str, Any] | None = None,
    change: Callable[[Dataset], None] | None = None,
    **elements: Any,
) -> None:
    """Write int16 ``stored`` [k, j, i] as frames, in the file's ``order`` of k.

    ``slopes`` are those of the rescale of each slice (``None``: it has none), ``mappings`` gives
    the real-world value mappings of slice k, ``change`` gets the finished object.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = UID(ENHANCED_PET), generate_uid()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.PatientName, dataset.PatientID, dataset.PatientSex = "Test^One", "TEST-1", "F"
    dataset.PatientWeight, dataset.PatientSize = WEIGHT_KG, 1.75
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
    dataset.FrameOfReferenceUID = generate_uid()
    dataset.Modality, dataset.SeriesDescription = "PT", "PET series"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    dataset.StudyDate = dataset.SeriesDate = SCANNED[:8]
    dataset.StudyTime = dataset.SeriesTime = SCANNED[8:]
    dataset.AcquisitionDateTime = SCANNED
    dataset.DecayCorrected, dataset.DecayCorrectionDateTime = "YES", SCANNED
    dataset.AttenuationCorrected = "YES"
    item = Dataset()
    item.RadionuclideTotalDose, item.RadionuclideHalfLife = DOSE_BQ, HALF_LIFE_S
    item.RadiopharmaceuticalStartDateTime = INJECTED
    for keyword, value in (tracer or {}).items():
        setattr(item, keyword, value)
    dataset.RadiopharmaceuticalInformationSequence = [item]
    shared = Dataset()
    shared.PlaneOrientationSequence = group_of(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    shared.PixelMeasuresSequence = group_of(PixelSpacing=[3.0, 2.0], SliceThickness=4.0)
    shared.PETFrameTypeSequence = group_of(FrameType=list(dataset.ImageType))
    dataset.SharedFunctionalGroupsSequence = [shared]
    places = list(range(len(stored))) if order is None else list(order)
    dataset.PerFrameFunctionalGroupsSequence = [
        frame_of(
            k,
            slope=1.0 if slopes is None else slopes[k],
            mappings=mappings(k),
            step_mm=4.0,
            acquired=SCANNED,
        )
        for k in places
    ]
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = stored.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 1
    dataset.PixelData = np.ascontiguousarray(stored[places], dtype="<i2").tobytes()
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    if change is not None:
        change(dataset)
    dataset.save_as(path, enforce_file_format=True)
