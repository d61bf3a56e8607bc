"""Writing a PET and its CT as DICOM series, as a scanner would.

The PET is stored in Bq/ml with a rescale slope per slice (BQML, attenuation corrected, decay
corrected to the start of the scan), so that whoever reads it computes SUV from the headers.
UIDs are derived from the study's seed text: writing twice gives the same files.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import (
    UID,
    CTImageStorage,
    ExplicitVRLittleEndian,
    PositronEmissionTomographyImageStorage,
)

from app import __version__
from app.core.kit.jobs import JobContext
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.io.write.dicom.elements import coded_item, named_uid, set_place

#: Half-life of F-18 in seconds, as scanners write it.
F18_HALF_LIFE_S = 6586.2
_F18_POSITRON_FRACTION = 0.97
_SLICES_PER_REPORT = 20


@dataclass(frozen=True)
class StudyFacts:
    """What the headers say besides the images.

    ``scan_start`` is when the PET began (the reference time of its decay correction), the CT a few
    minutes earlier; ``seed_text`` is what all UIDs are derived from.
    """

    seed_text: str
    patient_name: str
    patient_id: str
    sex: str
    weight_kg: float
    height_m: float
    age_years: int
    injected_bq: float
    injection: datetime
    scan_start: datetime
    study_description: str = "Whole-body FDG PET/CT"
    manufacturer: str = "Uptake"
    model_name: str = "Uptake phantom"

    def uid(self, name: str) -> str:
        """Return the UID of something in the study: a UUID-derived one, always the same."""
        return named_uid(f"uptake:{self.seed_text}:{name}")

    @property
    def suv_per_bqml(self) -> float:
        """SUVbw per Bq/ml: weight in g over the dose decayed to the start of the scan."""
        elapsed_s = (self.scan_start - self.injection).total_seconds()
        left_bq = self.injected_bq * math.exp2(-elapsed_s / F18_HALF_LIFE_S)
        return self.weight_kg * 1000.0 / left_bq


def write_pet(
    pet: Volume, facts: StudyFacts, folder: Path, context: JobContext | None = None
) -> tuple[Path, ...]:
    """Write a PET in SUVbw as Bq/ml, one file per slice.

    Each slice uses its full 15 bits, so the error is at most half of its maximum / 32767.

    Raises
    ------
    QuantityError, GridError
        If the volume is not SUVbw, or its axes are not orthogonal.
    """
    pet.require(Quantity.SUV_BW)
    context = context or JobContext()
    series = _pet_series(facts, pet.grid)
    slices = pet.grid.shape_kji[0]
    paths = []
    for k in range(slices):
        if k % _SLICES_PER_REPORT == 0:
            context.progress(k / slices, "Writing the PET")
        bqml = np.maximum(pet.array[k].astype(np.float64), 0.0) / facts.suv_per_bqml
        slope = max(float(bqml.max()) / 32767.0, 1e-6)
        # What a reader multiplies with is the decimal string, so the pixels use that too.
        slope = float(f"{slope:.9g}")
        pixels = np.clip(np.rint(bqml / slope), 0, 32767).astype(np.uint16)
        dataset = _slice(series, facts, "pt", pet.grid, k, pixels)
        dataset.RescaleSlope, dataset.RescaleIntercept = f"{slope:.9g}", "0"
        dataset.ImageIndex = k + 1
        dataset.SmallestImagePixelValue, dataset.LargestImagePixelValue = 0, int(pixels.max())
        _bed_times(dataset, facts, k, slices)
        paths.append(_save(dataset, folder / f"PT{k + 1:04d}.dcm"))
    context.progress(1.0, "PET written")
    return tuple(paths)


def write_ct(
    ct: Volume, facts: StudyFacts, folder: Path, context: JobContext | None = None
) -> tuple[Path, ...]:
    """Write a CT in HU, one file per slice (intercept -1024, values are rounded).

    Raises
    ------
    QuantityError, GridError
        If the volume is not HU, or its axes are not orthogonal.
    """
    ct.require(Quantity.HU)
    context = context or JobContext()
    series = _ct_series(facts, ct.grid)
    slices = ct.grid.shape_kji[0]
    paths = []
    for k in range(slices):
        if k % _SLICES_PER_REPORT == 0:
            context.progress(k / slices, "Writing the CT")
        pixels = np.clip(np.rint(ct.array[k]) + 1024.0, 0, 4095).astype(np.uint16)
        dataset = _slice(series, facts, "ct", ct.grid, k, pixels)
        dataset.RescaleSlope, dataset.RescaleIntercept = "1", "-1024"
        when = facts.scan_start - timedelta(minutes=4)
        dataset.AcquisitionDate, dataset.AcquisitionTime = _date(when), _time(when)
        dataset.ContentDate, dataset.ContentTime = _date(when), _time(when)
        paths.append(_save(dataset, folder / f"CT{k + 1:04d}.dcm"))
    context.progress(1.0, "CT written")
    return tuple(paths)


def _common(facts: StudyFacts, grid: ImageGrid, sop_class: str, part: str) -> Dataset:
    """Patient, study, equipment, frame of reference: the same in every file of a series."""
    d = Dataset()
    d.SpecificCharacterSet = "ISO_IR 192"
    d.SOPClassUID = sop_class
    start = facts.scan_start - timedelta(minutes=6)
    d.StudyDate, d.StudyTime = _date(start), _time(start)
    d.AccessionNumber = ""
    d.Manufacturer, d.ManufacturerModelName = facts.manufacturer, facts.model_name
    d.SoftwareVersions, d.DeviceSerialNumber = __version__, "0"
    d.InstitutionName = "Uptake"
    d.ReferringPhysicianName = ""
    d.StudyDescription = facts.study_description
    d.PatientName, d.PatientID = facts.patient_name, facts.patient_id
    d.PatientBirthDate = f"{facts.scan_start.year - facts.age_years}0101"
    d.PatientSex = facts.sex
    d.PatientAge = f"{facts.age_years:03d}Y"
    d.PatientSize = f"{facts.height_m:.2f}"
    d.PatientWeight = f"{facts.weight_kg:.1f}"
    d.StudyInstanceUID = facts.uid("study")
    d.SeriesInstanceUID = facts.uid(f"series-{part}")
    d.StudyID = "1"
    d.FrameOfReferenceUID = grid.frame_of_reference_uid or facts.uid("frame")
    d.PositionReferenceIndicator = ""
    return d


def _pet_series(facts: StudyFacts, grid: ImageGrid) -> Dataset:
    d = _common(facts, grid, PositronEmissionTomographyImageStorage, "pt")
    d.ImageType = ["ORIGINAL", "PRIMARY"]
    d.Modality = "PT"
    d.SeriesDescription = "PET WB AC"
    d.SeriesNumber = 3
    d.SeriesDate, d.SeriesTime = _date(facts.scan_start), _time(facts.scan_start)
    d.BodyPartExamined = "WHOLEBODY"
    d.SeriesType = ["WHOLE BODY", "IMAGE"]
    d.Units = "BQML"
    d.CountsSource = "EMISSION"
    d.CollimatorType = "NONE"
    d.NumberOfSlices = grid.shape_kji[0]
    d.CorrectedImage = ["DECY", "ATTN", "SCAT", "DTIM", "RAN", "NORM"]
    d.RandomsCorrectionMethod = "DLYD"
    d.AttenuationCorrectionMethod = "CT, measured"
    d.ScatterCorrectionMethod = "model based"
    d.DecayCorrection = "START"
    d.ReconstructionMethod = "analytic phantom"
    d.RadiopharmaceuticalInformationSequence = DicomSequence([_fdg(facts)])
    # In a PET these codes stand in place of Patient Position.
    d.PatientOrientationCodeSequence = DicomSequence([_supine()])
    d.PatientGantryRelationshipCodeSequence = DicomSequence(
        [coded_item("102540001", "SCT", "headfirst")]
    )
    return d


def _ct_series(facts: StudyFacts, grid: ImageGrid) -> Dataset:
    d = _common(facts, grid, CTImageStorage, "ct")
    when = facts.scan_start - timedelta(minutes=4)
    d.PatientPosition = "HFS"
    d.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    d.Modality = "CT"
    d.SeriesDescription = "CT WB low dose"
    d.SeriesNumber = 2
    d.SeriesDate, d.SeriesTime = _date(when), _time(when)
    d.BodyPartExamined = "WHOLEBODY"
    d.AcquisitionNumber = 1
    d.KVP = "120"
    d.XRayTubeCurrent = 80
    d.ExposureTime = 500
    d.DataCollectionDiameter = "512"
    d.ConvolutionKernel = "STANDARD"
    d.RescaleType = "HU"
    d.WindowCenter, d.WindowWidth = "40", "400"
    return d


def _fdg(facts: StudyFacts) -> Dataset:
    d = Dataset()
    d.Radiopharmaceutical = "Fluorodeoxyglucose F^18^"
    d.RadiopharmaceuticalStartTime = _time(facts.injection)
    d.RadiopharmaceuticalStartDateTime = _date(facts.injection) + _time(facts.injection)
    d.RadionuclideTotalDose = f"{facts.injected_bq:.0f}"
    d.RadionuclideHalfLife = f"{F18_HALF_LIFE_S}"
    d.RadionuclidePositronFraction = f"{_F18_POSITRON_FRACTION}"
    d.RadionuclideCodeSequence = DicomSequence([coded_item("77004003", "SCT", "^18^Fluorine")])
    d.RadiopharmaceuticalCodeSequence = DicomSequence(
        [coded_item("35321007", "SCT", "Fluorodeoxyglucose F^18^")]
    )
    d.AdministrationRouteCodeSequence = DicomSequence(
        [coded_item("47625008", "SCT", "Intravenous route")]
    )
    return d


def _supine() -> Dataset:
    d = coded_item("102538003", "SCT", "recumbent")
    d.PatientOrientationModifierCodeSequence = DicomSequence(
        [coded_item("40199007", "SCT", "supine")]
    )
    return d


def _slice(
    series: Dataset,
    facts: StudyFacts,
    part: str,
    grid: ImageGrid,
    k: int,
    pixels: npt.NDArray[np.uint16],
) -> FileDataset:
    """One image of a series: geometry and pixels."""
    uid = facts.uid(f"{part}-{k}")
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = series.SOPClassUID
    meta.MediaStorageSOPInstanceUID = UID(uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = UID(facts.uid("implementation"))
    meta.ImplementationVersionName = "UPTAKE"
    d = FileDataset("", series, file_meta=meta, preamble=b"\0" * 128)
    d.SOPInstanceUID = uid
    d.InstanceNumber = k + 1
    set_place(d, grid, k)
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
    d.Rows, d.Columns = pixels.shape
    d.BitsAllocated, d.PixelRepresentation = 16, 0
    d.BitsStored, d.HighBit = (16, 15) if part == "pt" else (12, 11)
    d.PixelData = np.ascontiguousarray(pixels, dtype="<u2").tobytes()
    return d


def _bed_times(dataset: Any, facts: StudyFacts, k: int, slices: int) -> None:
    """Bed positions of about 20 cm and 150 s each, from the thighs to the head."""
    spacing = float(dataset.SliceThickness)
    beds = max(int(slices * spacing / 200.0), 1)
    bed = min(int(k * beds / slices), beds - 1)
    start_s = bed * 150.0
    when = facts.scan_start + timedelta(seconds=start_s)
    dataset.AcquisitionDate, dataset.AcquisitionTime = _date(when), _time(when)
    dataset.ContentDate, dataset.ContentTime = _date(when), _time(when)
    dataset.ActualFrameDuration = 150_000
    # Middle of the frame by mean activity, in ms from the series' reference time (C.8.9.4).
    decay = np.log(2.0) / F18_HALF_LIFE_S
    span = decay * 150.0
    mean_s = np.log(span / (1.0 - np.exp(-span))) / decay
    dataset.FrameReferenceTime = f"{1000.0 * (start_s + mean_s):.3f}"
    dataset.DecayFactor = f"{float(np.exp(decay * (start_s + mean_s))):.6f}"
    dataset.DoseCalibrationFactor = "1"
    dataset.ScatterFractionFactor = "0"


def _date(when: datetime) -> str:
    return when.strftime("%Y%m%d")


def _time(when: datetime) -> str:
    return when.strftime("%H%M%S")


def _save(dataset: FileDataset, path: Path) -> Path:
    dataset.save_as(path, enforce_file_format=True)
    return path
