"""A derived image as DICOM: marked as derived in every file, and naming what it was made from.

PET-like images become PET Image Storage, synthetic CT becomes CT Image Storage; for maps of
attenuation coefficients see `app.io.write.dicom.parametric_map`. Who and where is carried over
from the source; all UIDs of images and series are new.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.tag import Tag
from pydicom.uid import (
    UID,
    CTImageStorage,
    ExplicitVRLittleEndian,
    PositronEmissionTomographyImageStorage,
    generate_uid,
)

from app import __version__
from app.core.kit.jobs import JobContext
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.io.write.dicom.elements import Coded, coded_item, decimal, set_place
from app.io.write.dicom.inherit import PET
from app.io.write.dicom.sources import SeriesBlock, SkippedError, series_number

LABELS = {
    DerivedKind.DENOISED: "Denoised PET",
    DerivedKind.SUPER_RESOLVED: "Super-resolved PET",
    DerivedKind.SYNTHETIC_CT: "Synthetic CT",
    DerivedKind.MU_MAP: "Mu-map 511 keV 1/cm",
}
_SLICES_PER_REPORT = 20
_PATIENT_POSITION = Tag("PatientPosition")
#: Codes of what Patient Position says in letters (CID 20 and 21).
_LYING: dict[str, Coded] = {
    "S": ("40199007", "SCT", "supine"),
    "P": ("1240000", "SCT", "prone"),
    "DR": ("102535000", "SCT", "right lateral decubitus"),
    "DL": ("102536004", "SCT", "left lateral decubitus"),
}
_FIRST: dict[str, Coded] = {
    "HF": ("102540001", "SCT", "headfirst"),
    "FF": ("102541002", "SCT", "feet-first"),
}
#: Who, which study, which space: the same in every derived series.
_SHARED = (
    "SpecificCharacterSet", "TimezoneOffsetFromUTC", "StudyInstanceUID", "StudyDate", "StudyTime",
    "StudyID", "AccessionNumber", "StudyDescription", "ReferringPhysicianName", "PatientName",
    "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex", "PatientAge",
    "PatientSize", "PatientWeight", "PatientIdentityRemoved", "DeidentificationMethod",
    "DeidentificationMethodCodeSequence", "LongitudinalTemporalInformationModified",
    "BodyPartExamined", "Laterality", "PatientPosition", "PositionReferenceIndicator",
)  # fmt: skip
_UNPAIRED = frozenset(
    ("WHOLEBODY", "CHEST", "ABDOMEN", "HEAD", "BRAIN", "NECK", "HEADNECK", "PELVIS", "HEART",
     "CSPINE", "TSPINE", "LSPINE", "SPINE", "LIVER", "PROSTATE", "UTERUS", "BLADDER", "SKULL")
)  # fmt: skip
_PET_UNITS = {
    Quantity.SUV_BW: ("GML", "BW"),
    Quantity.SUV_LBM: ("GML", "LBM"),
    Quantity.SUV_IBW: ("GML", "IBW"),
    Quantity.SUV_BSA: ("CM2ML", "BSA"),
    Quantity.BQML: ("BQML", ""),
}


@dataclass(frozen=True)
class DerivedSeries:
    """One series to write: the image itself, or its standard deviation."""

    image: DerivedImage
    volume: Volume
    deviation: bool
    sources: tuple[Dataset, ...]

    @property
    def description(self) -> str:
        """Series description, at most 64 characters."""
        label = LABELS[self.image.kind] + (" SD" if self.deviation else "")
        stated = self.image.provenance
        maker = f"{stated.model_id} {stated.model_version}" if stated.model_id else None
        return f"DERIVED {label} ({maker or f'Uptake {__version__}'})"[:64]

    @property
    def number(self) -> int:
        """Series number: its own for each kind and for deviations."""
        place = list(DerivedKind).index(self.image.kind)
        block, part = SeriesBlock.DERIVED, int(self.deviation)
        return series_number(block, self.sources[0], kind=place, part=part)

    @property
    def derivation(self) -> str:
        """How it was made, in words."""
        stated = self.image.provenance
        said = f"{self.image.title}, made by {stated.model_id or 'a formula'}"
        said += f" {stated.model_version}" if stated.model_version else ""
        said += f", {stated.samples} Monte Carlo samples" if stated.samples else ""
        said += f"; {stated.method}" if stated.method else ""
        said += "".join(f"; {x.sentence()}" for x in stated.alignments)
        part = "standard deviation of the " if self.deviation else ""
        return f"{part}{said}, with Uptake {__version__}. Research use only."[:1024]


def write_series(series: DerivedSeries, folder: Path, context: JobContext) -> tuple[Path, ...]:
    """Write one derived series into a new folder; returns its files.

    Raises
    ------
    SkippedError
        If its values or its source's headers have no place in DICOM.
    GridError
        If its axes are not orthogonal.
    """
    folder.mkdir()
    pet = series.image.kind.stands_for == "pet"
    if pet and series.volume.quantity not in _PET_UNITS:
        raise SkippedError(f"A PET in {series.volume.quantity} has no unit that others could read")
    common = _common(series, pet)
    nearest = _nearest_sources(series)
    slices = series.volume.grid.shape_kji[0]
    paths = []
    for k in range(slices):
        if k % _SLICES_PER_REPORT == 0:
            context.progress(k / slices, f"Writing {series.description}")
        dataset = _slice(series, common, nearest[k], k, pet)
        path = folder / f"{k + 1:04d}.dcm"
        dataset.save_as(path, enforce_file_format=True)
        paths.append(path)
    return tuple(paths)


def _common(series: DerivedSeries, pet: bool) -> Dataset:
    """Return what all files of the series state."""
    source, now = series.sources[0], datetime.now()
    d = Dataset()
    _carry(d, source, _SHARED)
    complete_side(d)
    d.SOPClassUID = PositronEmissionTomographyImageStorage if pet else CTImageStorage
    d.Modality = "PT" if pet else "CT"
    # A PET image is PRIMARY by definition (C.8.9.4), derived or not.
    d.ImageType = ["DERIVED", "PRIMARY"] if pet else ["DERIVED", "SECONDARY", "AXIAL"]
    d.SeriesInstanceUID = generate_uid()
    d.SeriesNumber = series.number
    d.SeriesDescription = series.description
    d.DerivationDescription = series.derivation
    d.ContentQualification = "RESEARCH"
    d.FrameOfReferenceUID = series.volume.grid.frame_of_reference_uid or generate_uid()
    d.Manufacturer, d.ManufacturerModelName = "Uptake", "Uptake (research use only)"
    d.SoftwareVersions, d.DeviceSerialNumber = __version__, "none"
    d.SeriesDate, d.SeriesTime = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    d.ContentDate, d.ContentTime = d.SeriesDate, d.SeriesTime
    d.ReferencedSeriesSequence = DicomSequence([_referenced_series(series.sources)])
    if pet:
        _pet_series(d, source, series.volume)
    else:
        _ct_series(d)
    return d


def _pet_series(d: Dataset, source: Dataset, volume: Volume) -> None:
    _carry(d, source, PET)
    d.Units, suv_type = _PET_UNITS[volume.quantity]
    if suv_type:
        d.SUVType = suv_type
    d.NumberOfSlices = volume.grid.shape_kji[0]
    for keyword, value in (
        ("SeriesType", ["STATIC", "IMAGE"]),
        ("CountsSource", "EMISSION"),
        ("DecayCorrection", "NONE"),
        ("FrameReferenceTime", "0"),
        ("CollimatorType", ""),
        ("CorrectedImage", ""),
        ("AcquisitionDate", ""),
        ("AcquisitionTime", ""),
        ("ActualFrameDuration", None),
        ("RadiopharmaceuticalInformationSequence", DicomSequence()),
        ("PatientOrientationCodeSequence", DicomSequence()),
        ("PatientGantryRelationshipCodeSequence", DicomSequence()),
    ):
        if keyword not in d:
            setattr(d, keyword, value)
    _orientation_in_codes(d)


def _orientation_in_codes(d: Dataset) -> None:
    """In a PET codes stand in place of Patient Position: say it by them, and by them alone."""
    found = re.fullmatch("(HF|FF)(S|P|DR|DL)", str(d.pop(_PATIENT_POSITION, None) or ""))
    if found is None or d.PatientOrientationCodeSequence:
        return
    lying = coded_item("102538003", "SCT", "recumbent")
    lying.PatientOrientationModifierCodeSequence = DicomSequence([coded_item(*_LYING[found[2]])])
    d.PatientOrientationCodeSequence = DicomSequence([lying])
    d.PatientGantryRelationshipCodeSequence = DicomSequence([coded_item(*_FIRST[found[1]])])


def _ct_series(d: Dataset) -> None:
    if "PatientPosition" not in d:
        d.PatientPosition = ""
    d.KVP, d.AcquisitionNumber = None, None
    d.RescaleType = "HU"
    d.WindowCenter, d.WindowWidth = "40", "400"


def _slice(
    series: DerivedSeries, common: Dataset, source: Dataset, k: int, pet: bool
) -> FileDataset:
    uid = generate_uid()
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(common.SOPClassUID)
    meta.MediaStorageSOPInstanceUID = uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationVersionName = "UPTAKE"
    d = FileDataset("", common, file_meta=meta, preamble=b"\0" * 128)
    d.SOPInstanceUID = uid
    d.InstanceNumber = k + 1
    d.SourceImageSequence = DicomSequence([_reference(source, purpose=True)])
    set_place(d, series.volume.grid, k)
    plane = np.nan_to_num(series.volume.array[k].astype(np.float64))
    if pet:
        timed = ("AcquisitionDate", "AcquisitionTime", "FrameReferenceTime", "DecayFactor",
                 "ActualFrameDuration")  # fmt: skip
        _carry(d, source, timed)
        _complete_decay(d)
        d.ImageIndex = k + 1
        _set_pixels(d, plane, _slope(plane))
    else:
        _set_pixels(d, plane, 0.1 if series.deviation else 1.0)
    return d


def _complete_decay(d: Dataset) -> None:
    """State the decay factor where the source does not: from reference time and half-life."""
    tracers = d.RadiopharmaceuticalInformationSequence
    half_life_s = float(tracers[0].get("RadionuclideHalfLife") or 0.0) if tracers else 0.0
    if d.DecayCorrection != "NONE" and "DecayFactor" not in d and half_life_s > 0:
        elapsed_s = float(d.FrameReferenceTime) / 1000.0
        d.DecayFactor = decimal(2.0 ** (elapsed_s / half_life_s))


def _slope(plane: npt.NDArray[np.float64]) -> float:
    """Return the step of stored values: a slice uses its whole range, as scanners do."""
    return float(f"{max(float(np.abs(plane).max()) / 32767.0, 1e-9):.9g}")


def _set_pixels(d: FileDataset, plane: npt.NDArray[np.float64], slope: float) -> None:
    signed = bool(plane.min() < 0)
    low, high = (-32768, 32767) if signed else (0, 65535)
    stored = np.clip(np.rint(plane / slope), low, high)
    pixels = stored.astype("<i2" if signed else "<u2")
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
    d.Rows, d.Columns = pixels.shape
    d.BitsAllocated, d.BitsStored, d.HighBit = 16, 16, 15
    d.PixelRepresentation = int(signed)
    d.RescaleSlope, d.RescaleIntercept = decimal(slope), "0"
    d.PixelData = np.ascontiguousarray(pixels).tobytes()


def complete_side(d: Dataset) -> None:
    """State that the side is not known, where a body part of a pair may be shown."""
    part = str(d.get("BodyPartExamined", "") or "").upper()
    if part not in _UNPAIRED and "Laterality" not in d:
        d.Laterality = ""


def _carry(d: Dataset, source: Dataset, keywords: Sequence[str]) -> None:
    for keyword in keywords:
        if keyword in source:
            d[keyword] = source[keyword]


def _reference(source: Dataset, *, purpose: bool = False) -> Dataset:
    d = Dataset()
    d.ReferencedSOPClassUID = source.SOPClassUID
    d.ReferencedSOPInstanceUID = source.SOPInstanceUID
    if purpose:
        code = coded_item("121322", "DCM", "Source image for image processing operation")
        d.PurposeOfReferenceCodeSequence = DicomSequence([code])
    return d


def _referenced_series(sources: Sequence[Dataset]) -> Dataset:
    d = Dataset()
    d.SeriesInstanceUID = sources[0].SeriesInstanceUID
    unique = {x.SOPInstanceUID: x for x in sources}
    d.ReferencedInstanceSequence = DicomSequence([_reference(x) for x in unique.values()])
    return d


def _nearest_sources(series: DerivedSeries) -> list[Dataset]:
    """Return for every slice the source image that lies nearest to its plane."""
    grid = series.volume.grid
    normal = grid.directions_lps[:, 0]
    placed = [
        (float(np.array([float(v) for v in x.ImagePositionPatient]) @ normal), x)
        for x in series.sources
        if x.get("ImagePositionPatient") is not None
    ]
    if not placed:
        return [series.sources[0]] * grid.shape_kji[0]
    heights = np.array([h for h, _ in placed])
    centres = [float(grid.points_lps_mm((k, 0, 0)) @ normal) for k in range(grid.shape_kji[0])]
    return [placed[int(np.argmin(np.abs(heights - c)))][1] for c in centres]
