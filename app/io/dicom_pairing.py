"""What each series is, and which PET and CT are read together, with the reason as a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import UID

from app.core.errors import InputError
from app.core.provenance import SuvScale
from app.core.study import Choice, SeriesInfo
from app.io.dicom_geometry import Stack, build_stack
from app.io.dicom_header import Instance, number, text, words
from app.io.dicom_private import read_private
from app.io.dicom_scan import ScannedSeries
from app.io.dicom_suv import SuvFrame, SuvHeader, suv_scale

_NAC_WORDS = re.compile(
    r"(?<![a-z])(nac|no[ _-]?ac|non[ _-]?ac|non[ _-]?attenuation|uncorrected|not corrected)"
    r"(?![a-z])",
    re.IGNORECASE,
)
_AC_WORDS = re.compile(r"(?<![a-z])(ac|ctac|mrac|attenuation corrected)(?![a-z])", re.IGNORECASE)
_SCOUT_WORDS = re.compile(r"scout|topogram|localizer|surview|scanogram", re.IGNORECASE)
_MIP_WORDS = re.compile(r"(?<![a-z])mip(?![a-z])|projection|fused|fusion|screen", re.IGNORECASE)
_HARD_KERNEL = re.compile(r"lung|bone|sharp|edge|yb|b[67]\d|br[67]\d|bl[567]\d", re.IGNORECASE)
_SECONDARY = "1.2.840.10008.5.1.4.1.1.7"
_OTHER_ROLES = {"RTSTRUCT": "RTSTRUCT", "SEG": "SEG", "RWV": "RWV", "MR": "MR", "NM": "NM"}


@dataclass(frozen=True)
class Candidate:
    """A series with what choosing needs: its role, its place and, for PET, its SUV."""

    scanned: ScannedSeries
    info: SeriesInfo
    stack: Stack | None
    suv_header: SuvHeader | None = None
    doubt: str = ""


@dataclass(frozen=True)
class Attenuation:
    """Whether a PET is attenuation corrected, by which sign, and a doubt to report, if any."""

    corrected: bool
    sign: str = ""
    doubt: str = ""


def attenuation_of(header: Dataset) -> Attenuation:
    """Judge attenuation correction; any sign that it is missing counts.

    Corrected Image (0028,0051) alone is not enough: real scanners list ATTN on uncorrected
    images, which then are PROPCNTS, named NAC, or say so in a private element.
    """
    corrected = [w.upper() for w in words(header, 0x00280051)]
    method = text(header, 0x00541101)
    none_said = method.upper() in ("NONE", "NO")
    described = text(header, 0x0008103E)
    if corrected and "ATTN" not in corrected:
        return Attenuation(False, "Corrected Image does not list ATTN")
    if none_said:
        return Attenuation(False, "the attenuation correction method is none")
    if read_private(header).uncorrected:
        return Attenuation(False, "GE (0009,108C) says that no attenuation correction was made")
    if text(header, 0x00541001).upper() in ("PROPCNTS", "PROPCPS") and not method:
        return Attenuation(False, "Units are proportional counts and no correction method is named")
    if _NAC_WORDS.search(described):
        return Attenuation(False, "the series description says so")
    if corrected or method:
        return Attenuation(True)
    if _AC_WORDS.search(described):
        doubt = "The header lists no corrections; the description says attenuation corrected."
        return Attenuation(True, "", doubt)
    doubt = (
        "The header does not say whether the PET is attenuation corrected; check before relying "
        "on SUV."
    )
    return Attenuation(True, "", doubt)


def role_of(header: Dataset, instances: Sequence[Instance]) -> str:
    """Return what a series is taken for; see `SeriesInfo.role`."""
    modality = text(header, 0x00080060).upper()
    kind = text(header, 0x00080016)
    image_type = [w.upper() for w in words(header, 0x00080008)]
    described = text(header, 0x0008103E)
    if kind.startswith(_SECONDARY) and (kind == _SECONDARY or kind.startswith(_SECONDARY + ".")):
        return "secondary capture"
    if modality in _OTHER_ROLES:
        return _OTHER_ROLES[modality]
    if modality not in ("PT", "CT") or not any(x.pixels for x in instances):
        return "other"
    if (number(header, 0x00280002) or 1) != 1:
        return "secondary capture"
    if modality == "CT":
        few = len(instances) <= 3 and _not_axial(instances)
        scout = "LOCALIZER" in image_type or bool(_SCOUT_WORDS.search(described)) or few
        return "CT scout" if scout else "CT"
    # A projection of a PET is a picture of it, not a measurement.
    if any("MIP" in w or "PROJECTION" in w for w in image_type) or _MIP_WORDS.search(described):
        return "other"
    return "PET AC" if attenuation_of(header).corrected else "PET NAC"


def _not_axial(instances: Sequence[Instance]) -> bool:
    orientation = instances[0].orientation
    if orientation is None:
        return True
    normal = np.cross(orientation[:3], orientation[3:6])
    return bool(abs(normal[2]) < 0.5)


def candidate_of(scanned: ScannedSeries) -> Candidate:
    """Judge one series: role, geometry, SUV. Never raises for what a header holds."""
    header, instances = scanned.header, scanned.instances
    role = role_of(header, instances)
    stack: Stack | None = None
    notes: list[str] = []
    if role.startswith(("PET", "CT", "MR", "NM")):
        thickness = number(header, 0x00180088) or number(header, 0x00180050)
        try:
            stack = build_stack(instances, text(header, 0x00200052) or None, thickness)
            notes.extend(stack.warnings)
        except InputError as error:
            notes.append(error.sentence)
    suv_header, scale, doubt = None, None, ""
    if role.startswith("PET"):
        suv_header = suv_header_of(header, stack.images if stack else instances)
        scale = suv_scale(suv_header)
        doubt = attenuation_of(header).doubt
    info = _info(scanned, role, scale, (*notes, doubt) if doubt else tuple(notes))
    return Candidate(scanned, info, stack, suv_header, doubt)


def _info(
    scanned: ScannedSeries, role: str, scale: SuvScale | None, notes: tuple[str, ...]
) -> SeriesInfo:
    header = scanned.header
    series_number = number(header, 0x00200011)
    orientation = next((x.orientation for x in scanned.instances if x.orientation), None)
    return SeriesInfo(
        uid=scanned.uid,
        study_uid=scanned.study_uid,
        modality=text(header, 0x00080060),
        description=_shown(header, "SeriesDescription"),
        images=len(scanned.instances),
        role=role,
        files=tuple(dict.fromkeys(x.path for x in scanned.instances)),
        number=None if series_number is None else int(series_number),
        date=text(header, 0x00080021) or text(header, 0x00080022) or text(header, 0x00080020),
        time=text(header, 0x00080031) or text(header, 0x00080032) or text(header, 0x00080030),
        frame_of_reference_uid=text(header, 0x00200052) or None,
        tracer=tracer_of(header),
        suv=scale,
        warnings=notes,
        headers={
            "PatientID": text(header, 0x00100020),
            "StudyDescription": _shown(header, "StudyDescription"),
            "StudyDate": text(header, 0x00080020),
            "StudyTime": text(header, 0x00080030),
            "Manufacturer": _shown(header, "Manufacturer"),
            "ManufacturerModelName": _shown(header, "ManufacturerModelName"),
            "ImageType": list(words(header, 0x00080008)),
            "ImageOrientationPatient": None if orientation is None else list(orientation),
            "PatientPosition": text(header, 0x00185100),
            "SOPClass": UID(text(header, 0x00080016)).name,
        },
    )


def _shown(header: Dataset, keyword: str) -> str:
    """Text for people, decoded by the file's character set."""
    return str(header.get(keyword, "") or "").strip()


def tracer_of(header: Dataset) -> str:
    """Return the radiopharmaceutical as the header names it, or an empty string."""
    item = _radiopharmaceutical(header)
    if item is None:
        return ""
    named = str(item.get("Radiopharmaceutical", "") or "")
    for code in item.get("RadiopharmaceuticalCodeSequence", None) or []:
        named = named or str(code.get("CodeMeaning", "") or "")
    return named.strip()


def _radiopharmaceutical(header: Dataset) -> Dataset | None:
    sequence = header.get("RadiopharmaceuticalInformationSequence", None)
    return sequence[0] if sequence else None


def _nuclide(item: Dataset) -> str:
    for code in item.get("RadionuclideCodeSequence", None) or []:
        said = re.sub(r"[^A-Z0-9]", "", str(code.get("CodeMeaning", "")).upper())
        for name, mark in (
            ("FLUORINE", "F"), ("GALLIUM", "GA"), ("CARBON", "C"), ("NITROGEN", "N"),
            ("OXYGEN", "O"), ("RUBIDIUM", "RB"), ("COPPER", "CU"), ("ZIRCONIUM", "ZR"),
            ("IODINE", "I"), ("SCANDIUM", "SC"),
        ):  # fmt: skip
            said = said.replace(name, mark)
        if match := re.fullmatch(r"([A-Z]{1,2})(\d{1,3})|(\d{1,3})([A-Z]{1,2})", said):
            return (match[1] or match[4]) + (match[2] or match[3])
    return ""


def suv_header_of(header: Dataset, images: Sequence[Instance]) -> SuvHeader:
    """Collect what an SUV needs from a PET header and its images (in the stack's order)."""
    item = _radiopharmaceutical(header)
    private = read_private(header)
    empty = Dataset() if item is None else item
    corrected = words(header, 0x00280051)
    return SuvHeader(
        units=text(header, 0x00541001) or next((x.units for x in images if x.units), ""),
        suv_type=text(header, 0x00541006),
        decay_correction=text(header, 0x00541102),
        corrected_image=corrected or None,
        uncorrected_sign=attenuation_of(header).sign,
        sex=text(header, 0x00100040),
        weight_kg=number(header, 0x00101030),
        height_m=number(header, 0x00101020),
        dose_bq=number(empty, 0x00181074),
        half_life_s=number(empty, 0x00181075),
        nuclide=_nuclide(empty),
        injection_datetime=text(empty, 0x00181078),
        injection_time=text(empty, 0x00181072),
        series_date=text(header, 0x00080021) or text(header, 0x00080022),
        series_time=text(header, 0x00080031),
        frames=tuple(
            SuvFrame(
                x.acquisition,
                None if x.frame_reference_ms is None else x.frame_reference_ms / 1000.0,
                None if x.duration_ms is None else x.duration_ms / 1000.0,
            )
            for x in images
        ),
        private_scan_start=private.scan_start,
        private_source=private.source,
        philips_suv=private.philips_suv,
        philips_bqml=private.philips_bqml,
        timezone=text(header, 0x00080201),
        dynamic="DYNAMIC" in [w.upper() for w in words(header, 0x00541000)],
    )


@dataclass(frozen=True)
class Pair:
    """The series to read."""

    pet: Candidate
    ct: Candidate | None
    choice: Choice


def choose(candidates: Sequence[Candidate]) -> Pair:
    """Choose the PET and the CT that are read together.

    Raises
    ------
    InputError
        If there is no PET, or only one that is not attenuation corrected.
    """
    usable = [c for c in candidates if c.info.role == "PET AC" and c.stack is not None]
    if not usable:
        raise _no_pet(candidates)
    notes: list[str] = []
    study = _study_of(candidates, usable, notes)
    inside = [c for c in usable if c.info.study_uid == study]
    pet = max(inside, key=_pet_rank)
    why = [_pet_reason(pet, inside, candidates)]
    patient = pet.info.headers.get("PatientID")
    cts = [
        c
        for c in candidates
        if c.info.role == "CT" and c.stack is not None and c.info.study_uid == study
        and c.info.headers.get("PatientID") == patient
    ]  # fmt: skip
    if not cts:
        notes.append("There is no CT in this study; the PET is shown alone.")
        return Pair(pet, None, Choice(pet.info.uid, None, " ".join(why), tuple(notes)))
    ct = max(cts, key=lambda c: _ct_rank(c, pet))
    why.append(_ct_reason(ct, pet, cts))
    return Pair(pet, ct, Choice(pet.info.uid, ct.info.uid, " ".join(why), tuple(notes)))


def _no_pet(candidates: Sequence[Candidate]) -> InputError:
    roles = {c.info.role for c in candidates}
    if "PET AC" in roles:
        return InputError(
            "The PET images state no usable position or orientation.",
            "Open the original series as it came from the scanner.",
        )
    if "PET NAC" in roles:
        return InputError(
            "Only a PET without attenuation correction was found; no SUV can be measured on it.",
            "Open the attenuation-corrected PET series of this study (often named AC or CTAC).",
        )
    if not candidates:
        return InputError(
            "No DICOM images were found here.",
            "Open the folder that holds the PET/CT study, or name a NIfTI pair with --pet and "
            "--ct.",
        )
    found = ", ".join(sorted({c.info.modality or "unknown" for c in candidates}))
    return InputError(
        f"There is no PET series among the images found ({found}).",
        "Open a folder that holds an attenuation-corrected PET series.",
    )


def _study_of(
    candidates: Sequence[Candidate], usable: Sequence[Candidate], notes: list[str]
) -> str:
    studies = {c.info.study_uid for c in usable}
    with_ct = {c.info.study_uid for c in candidates if c.info.role == "CT"} & studies
    newest = max(
        (c for c in usable if not with_ct or c.info.study_uid in with_ct),
        key=lambda c: (c.info.headers.get("StudyDate") or c.info.date, c.info.time),
    ).info
    patients = {c.info.headers.get("PatientID") for c in usable}
    if len(patients) > 1:
        notes.append(
            f"The folder holds PET of {len(patients)} patients; only the most recent study with "
            "PET and CT is opened, and patients are never mixed."
        )
    elif len(studies) > 1:
        notes.append(
            f"The folder holds {len(studies)} PET studies; the most recent one with PET and CT "
            "is opened."
        )
    return newest.study_uid


def _original(c: Candidate) -> bool:
    image_type = [w.upper() for w in c.info.headers.get("ImageType", [])]
    reformatted = {"REFORMATTED", "MPR", "RESAMPLED"} & set(image_type)
    return (not image_type or image_type[0] != "DERIVED") and not reformatted


def _extent_mm(c: Candidate) -> float:
    assert c.stack is not None
    grid = c.stack.grid
    return grid.shape_kji[0] * grid.spacing_kji_mm[0]


def _pet_rank(c: Candidate) -> tuple[float, ...]:
    assert c.stack is not None
    suv = c.info.suv
    quantified = 2 if suv and suv.type else 1 if suv and suv.headers.get("Units") == "BQML" else 0
    return (
        quantified,
        _original(c),
        not _not_axial(c.stack.images),
        c.stack.frames == 1,
        round(_extent_mm(c) / 20.0),
        len(c.stack.slices),
        not c.doubt,
        -(c.info.number or 0),
    )


def _pet_reason(
    pet: Candidate, inside: Sequence[Candidate], candidates: Sequence[Candidate]
) -> str:
    suv = pet.info.suv
    said = "with SUV" if suv and suv.type else "without SUV"
    reason = f"PET “{pet.info.description}”: attenuation corrected, {pet.info.images} images, "
    reason += said
    if len(inside) > 1:
        reason += f", best of {len(inside)} such series"
    nac = sum(
        c.info.role == "PET NAC" and c.info.study_uid == pet.info.study_uid for c in candidates
    )
    if nac:
        reason += f"; {nac} series without attenuation correction left aside"
    return reason + "."


def overlap_fraction(pet: Stack, ct: Stack) -> float:
    """Part of the PET's extent along z (LPS) that the CT covers, 0 to 1."""
    a, b = pet.grid.bounds_lps_mm[:, 2], ct.grid.bounds_lps_mm[:, 2]
    common = min(a[1], b[1]) - max(a[0], b[0])
    return float(max(0.0, common) / max(1e-6, a[1] - a[0]))


def _ct_rank(c: Candidate, pet: Candidate) -> tuple[float, ...]:
    assert c.stack is not None and pet.stack is not None
    same = c.info.frame_of_reference_uid == pet.info.frame_of_reference_uid
    kernel = str(c.scanned.header.get("ConvolutionKernel", "") or "")
    hard = bool(_HARD_KERNEL.search(kernel) or re.search("lung|bone", c.info.description, re.I))
    return (
        bool(same and pet.info.frame_of_reference_uid),
        round(10 * overlap_fraction(pet.stack, c.stack)),
        _original(c),
        not _not_axial(c.stack.images),
        not hard,
        -round(c.stack.grid.spacing_kji_mm[0], 1),
        len(c.stack.slices),
        -(c.info.number or 0),
    )


def _ct_reason(ct: Candidate, pet: Candidate, cts: Sequence[Candidate]) -> str:
    assert ct.stack is not None and pet.stack is not None
    same = ct.info.frame_of_reference_uid == pet.info.frame_of_reference_uid
    frame = "same frame of reference" if same else "another frame of reference"
    covered = round(100 * overlap_fraction(pet.stack, ct.stack))
    reason = f"CT “{ct.info.description}”: {frame}, covers {covered} % of the PET"
    if len(cts) > 1:
        reason += f", best of {len(cts)} CT series"
    return reason + "."
