"""What a new object takes over from its source: elements by name, never private ones.

A source header may hold anything. Only what patient, study, frame of reference and image need is
looked at, each element by itself, and copied as the standard allows it; a damaged one is as one
that is not there. All text becomes UTF-8, which can write every name.
"""

from __future__ import annotations

import copy
import struct
from collections.abc import Sequence

from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.tag import Tag

from app.core.space.grid import ImageGrid
from app.io.dicom.header import DAMAGED, raw_bytes
from app.io.write.dicom.elements import decimal
from app.io.write.dicom.values import decoded, valid_values

_PATIENT = (
    "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex",
    "PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence",
    "LongitudinalTemporalInformationModified",
)  # fmt: skip
_STUDY = (
    "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "AccessionNumber",
    "ReferringPhysicianName", "StudyDescription", "PatientAge", "PatientSize", "PatientWeight",
    "TimezoneOffsetFromUTC",
)  # fmt: skip
_TRIAL = (
    "ClinicalTrialSponsorName", "ClinicalTrialProtocolID", "ClinicalTrialProtocolName",
    "ClinicalTrialSiteID", "ClinicalTrialSiteName", "ClinicalTrialSubjectID",
    "ClinicalTrialSubjectReadingID", "ClinicalTrialTimePointID",
    "ClinicalTrialTimePointDescription",
)  # fmt: skip
_IMAGE = (
    "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "SeriesNumber", "Modality", "ImageType",
    "FrameOfReferenceUID", "PositionReferenceIndicator", "Rows", "Columns", "NumberOfFrames",
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness",
    "SpacingBetweenSlices", "PatientPosition", "BodyPartExamined", "Laterality", "Manufacturer",
    "ManufacturerModelName", "LossyImageCompression", "LossyImageCompressionRatio",
    "LossyImageCompressionMethod",
)  # fmt: skip
#: How a PET was taken and corrected: still true of an image made from it.
PET = (
    "SeriesDate", "SeriesTime", "AcquisitionDate", "AcquisitionTime", "SeriesType",
    "CountsSource", "CollimatorType", "CorrectedImage", "RandomsCorrectionMethod",
    "AttenuationCorrectionMethod", "ScatterCorrectionMethod", "DecayCorrection",
    "ReconstructionMethod", "ActualFrameDuration", "FrameReferenceTime", "DecayFactor",
    "DoseCalibrationFactor", "ScatterFractionFactor", "RadiopharmaceuticalInformationSequence",
    "PatientOrientationCodeSequence", "PatientGantryRelationshipCodeSequence",
)  # fmt: skip
_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
#: What is taken over of a frame: its place.
_OF_GROUPS = frozenset(
    ("PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence")
)
INHERITED = (*_PATIENT, *_STUDY, *_TRIAL, *_IMAGE, *PET, *_GROUPS)
TAGS = [Tag(x) for x in (0x00080005, *INHERITED)]
#: Elements that must be there, empty where the source does not know them (type 2).
_EMPTY = (
    "StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName",
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PositionReferenceIndicator",
)  # fmt: skip
_SEXES = ("M", "F", "O")
_CHARACTER_SET = Tag(0x00080005)
#: Numbers of values that geometry needs; another number is none.
_COUNTS = {"ImagePositionPatient": 3, "ImageOrientationPatient": 6, "PixelSpacing": 2}
#: So deep do the sequences go that are copied (a code of a modifier of a code).
_DEEPEST = 4
_TEXTS = frozenset(("PN", "LO", "SH", "ST", "LT", "UT", "UC"))
_SHORTS = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "FD": "d", "FL": "f"}


def inherited(source: Dataset) -> Dataset:
    """Return what objects made from a source take over, valid and in UTF-8.

    Parameters
    ----------
    source
        Header of one image, as it was read, not yet converted.
    """
    made = Dataset()
    made.SpecificCharacterSet = "ISO_IR 192"
    declared = _character_set(source, ())
    for keyword in INHERITED:
        _copy(source, made, keyword, declared, _DEEPEST)
    if made.get("PatientSex") not in _SEXES:
        made.PatientSex = ""
    subject = made.get("ClinicalTrialSubjectID") or made.get("ClinicalTrialSubjectReadingID")
    if not made.get("ClinicalTrialSponsorName") or not subject:
        # De-identified collections leave a half-filled clinical trial module behind: it is
        # optional as a whole, but invalid in part.
        for keyword in _TRIAL:
            made.pop(Tag(keyword), None)
    elif "ClinicalTrialProtocolID" not in made:
        made.ClinicalTrialProtocolID = ""
    for keyword in _EMPTY:
        if keyword not in made:
            setattr(made, keyword, "")
    return made


def with_place(source: Dataset, grid: ImageGrid) -> Dataset:
    """Return a header that says where its image lies, from a grid where it does not by itself."""
    k, j, i = grid.spacing_kji_mm
    directions = grid.directions_lps
    known = {
        "SliceThickness": decimal(k),
        "PixelSpacing": [decimal(j), decimal(i)],
        "ImagePositionPatient": [decimal(x) for x in grid.points_lps_mm((0, 0, 0))],
        "ImageOrientationPatient": [decimal(x) for x in (*directions[:, 2], *directions[:, 1])],
        "FrameOfReferenceUID": grid.frame_of_reference_uid,
        "Rows": grid.shape_kji[1],
        "Columns": grid.shape_kji[2],
    }
    made = copy.copy(source)
    for keyword, value in known.items():
        if keyword not in made and value is not None:
            setattr(made, keyword, value)
    return made


def _copy(source: Dataset, made: Dataset, keyword: str, declared: Sequence[str], deep: int) -> None:
    """Copy one element if it is there and can be read."""
    tag = tag_for_keyword(keyword)
    if tag is None or Tag(tag) not in source:
        return
    vr = dictionary_VR(tag)
    if vr == "SQ":
        wanted = _OF_GROUPS if keyword in _GROUPS else None
        items = _items(source, tag, declared, deep, wanted)
        if items is not None:
            setattr(made, keyword, DicomSequence(items))
        return
    values = _numbers(source, tag, vr) if vr in _SHORTS else _words(source, tag, vr, declared)
    if values and len(values) == _COUNTS.get(keyword, len(values)):
        setattr(made, keyword, values[0] if len(values) == 1 else values)


def _items(
    source: Dataset, tag: int, declared: Sequence[str], deep: int, wanted: frozenset[str] | None
) -> list[Dataset] | None:
    """Return the items of a sequence, with what they hold (or is wanted) but private elements."""
    if not deep:
        return None
    try:
        items = list(source[tag].value or ())
    except DAMAGED:
        return None
    made = []
    for item in items:
        if not isinstance(item, Dataset):
            continue
        held = Dataset()
        own = _character_set(item, declared)
        for inner in list(item.keys()):
            keyword = "" if inner.is_private else keyword_for_tag(inner)
            if keyword and inner != _CHARACTER_SET and (wanted is None or keyword in wanted):
                _copy(item, held, keyword, own, deep - 1)
        made.append(held)
    return made


def _character_set(source: Dataset, otherwise: Sequence[str]) -> tuple[str, ...]:
    if _CHARACTER_SET not in source:
        return tuple(otherwise)
    raw = raw_bytes(source, int(_CHARACTER_SET)).decode("latin-1")
    return tuple(x.strip(" \0") for x in raw.split("\\"))


def _words(source: Dataset, tag: int, vr: str, declared: Sequence[str]) -> list[str]:
    text = _text(source, tag, vr, declared if vr in _TEXTS else ())
    return valid_values(text, vr)


def _text(source: Dataset, tag: int, vr: str, declared: Sequence[str]) -> str:
    try:
        element = source.get_item(Tag(tag))
    except DAMAGED:
        return ""
    if isinstance(element, RawDataElement):
        value = element.value
        return decoded(value, declared, vr) if isinstance(value, bytes) else ""
    value = element.value if isinstance(element, DataElement) else None
    if isinstance(value, bytes):
        return decoded(value, declared, vr)
    if value is None:
        return ""
    many = isinstance(value, list | tuple) or type(value).__name__ == "MultiValue"
    return "\\".join(str(x) for x in value) if many else str(value)


def _numbers(source: Dataset, tag: int, vr: str) -> list[int | float]:
    try:
        element = source.get_item(Tag(tag))
    except DAMAGED:
        return []
    value = element.value if isinstance(element, RawDataElement | DataElement) else None
    if not isinstance(element, RawDataElement):
        return [value] if isinstance(value, int | float) else []
    size = struct.calcsize(f"<{_SHORTS[vr]}")
    if not isinstance(value, bytes) or not value or len(value) % size:
        return []
    order = "<" if element.is_little_endian else ">"
    return list(struct.unpack(f"{order}{len(value) // size}{_SHORTS[vr]}", value))
