"""What a series is taken for: PET with or without attenuation correction, CT, picture, projection.

Judged by what its images state (`Stated`), which is kept of every one: so the images of one series
can be told apart by the same rules (`app.io.series.grouping`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.io.dicom.header import Instance
from app.io.dicom.stated import Stated

_NAC_WORDS = re.compile(
    r"(?<![a-z])(nac|no[ _-]?ac|non[ _-]?ac|non[ _-]?attenuation|uncorrected|not corrected)"
    r"(?![a-z])",
    re.IGNORECASE,
)
_AC_WORDS = re.compile(r"(?<![a-z])(ac|ctac|mrac|attenuation corrected)(?![a-z])", re.IGNORECASE)
_NO_METHOD = re.compile(r"none|no|off|nac|uncorrected|not (applied|corrected|done)", re.IGNORECASE)
_SCOUT_WORDS = re.compile(r"scout|topogram|localizer|surview|scanogram", re.IGNORECASE)
_MIP_WORDS = re.compile(r"(?<![a-z])mip(?![a-z])|projection|fused|fusion|screen", re.IGNORECASE)
_SECONDARY = "1.2.840.10008.5.1.4.1.1.7"
_OTHER_ROLES = {"RTSTRUCT": "RTSTRUCT", "SEG": "SEG", "RWV": "RWV", "MR": "MR", "NM": "NM"}


@dataclass(frozen=True)
class Attenuation:
    """Whether a PET is attenuation corrected, by which sign, and a doubt to report, if any."""

    corrected: bool
    sign: str = ""
    doubt: str = ""


def attenuation_of(stated: Stated) -> Attenuation:
    """Judge attenuation correction; any sign that it is missing counts.

    Corrected Image (0028,0051) alone is not enough: real scanners list ATTN on uncorrected
    images, which then are PROPCNTS, named NAC, or say so in a private element. Signs that disagree
    are named together in one sentence.
    """
    against, speaking = _against(stated), _speaking(stated)
    if against:
        return Attenuation(False, f"{against}, though {speaking}" if speaking else against)
    if stated.corrected or stated.attenuation or stated.attenuation_corrected.upper() == "YES":
        return Attenuation(True)
    if speaking:
        doubt = "The header lists no corrections; the description says attenuation corrected."
        return Attenuation(True, "", doubt)
    doubt = (
        "The header does not say whether the PET is attenuation corrected; check before relying "
        "on SUV."
    )
    return Attenuation(True, "", doubt)


def _against(stated: Stated) -> str:
    """Return the first sign that no attenuation correction was made."""
    corrected = stated.words(stated.corrected)
    if corrected and "ATTN" not in corrected:
        return "Corrected Image does not list ATTN"
    if stated.attenuation_corrected.upper() == "NO":
        return "Attenuation Corrected is NO"
    if _NO_METHOD.fullmatch(stated.attenuation):
        return "the attenuation correction method is none"
    if stated.no_attenuation:
        return "GE (0009,108C) says that no attenuation correction was made"
    if stated.units.upper() in ("PROPCNTS", "PROPCPS") and not stated.attenuation:
        return "Units are proportional counts and no correction method is named"
    return "the series description says so" if _NAC_WORDS.search(stated.description) else ""


def _speaking(stated: Stated) -> str:
    """Return the first sign that attenuation correction was made."""
    if "ATTN" in stated.words(stated.corrected):
        return "Corrected Image lists ATTN"
    if stated.attenuation and not _NO_METHOD.fullmatch(stated.attenuation):
        return "a correction method is named"
    named = _AC_WORDS.search(stated.description) and not _NAC_WORDS.search(stated.description)
    return "the description says attenuation corrected" if named else ""


def corrected_or_unknown(stated: Stated) -> bool | None:
    """Whether a PET image is attenuation corrected; ``None`` where the header does not say."""
    found = attenuation_of(stated)
    return None if found.doubt else found.corrected


def view_of(stated: Stated) -> str:
    """Return what an image is: ``picture``, ``projection``, ``localizer``; empty for slices.

    A projection of a PET is a picture of it, not a measurement (Series Type, PS3.3 C.8.9.1.1.4).
    """
    kind, types = stated.sop_class, stated.words(stated.image_type)
    if kind == _SECONDARY or kind.startswith(_SECONDARY + ".") or "SCREEN SAVE" in types:
        return "picture"
    modality = stated.modality.upper()
    if modality == "CT" and ("LOCALIZER" in types or _SCOUT_WORDS.search(stated.description)):
        return "localizer"
    if modality not in ("PT", "CT"):
        return ""
    if "REPROJECTION" in stated.words(stated.series_type):
        return "projection"
    # MAX_IP and MIN_IP are what enhanced objects call them (PS3.3 C.8.16.1.4).
    if any("MIP" in w or "PROJECTION" in w or w in ("MAX_IP", "MIN_IP") for w in types):
        return "projection"
    derived = types[:1] != ("ORIGINAL",)
    named = modality == "PT" and derived and _MIP_WORDS.search(stated.description)
    return "projection" if named else ""


def role_of(stated: Stated, instances: Sequence[Instance]) -> str:
    """Return what a series is taken for; see `SeriesInfo.role`.

    Parameters
    ----------
    stated
        By the image whose header speaks for the series.
    instances
        All of its images.
    """
    modality, view = stated.modality.upper(), view_of(stated)
    if view == "picture":
        return "secondary capture"
    if modality in _OTHER_ROLES:
        return _OTHER_ROLES[modality]
    if modality not in ("PT", "CT") or not any(x.pixels for x in instances):
        return "other"
    if mostly_colour(instances):
        return "secondary capture"
    if modality == "CT" and (view == "localizer" or (len(instances) <= 3 and not_axial(instances))):
        return "CT scout"
    if view:
        return "other"
    if modality == "CT":
        return "CT"
    return "PET AC" if attenuation_of(stated).corrected else "PET NAC"


def mostly_colour(instances: Sequence[Instance]) -> bool:
    """Whether more images are colour pictures than measured ones (one alone spoils no series)."""
    samples = [x.pixels.samples for x in instances if x.pixels]
    return sum(n != 1 for n in samples) > len(samples) / 2


def not_axial(instances: Sequence[Instance]) -> bool:
    """Whether the image planes stand closer to upright than to axial (or are unknown)."""
    orientation = instances[0].orientation
    if orientation is None:
        return True
    normal = np.cross(orientation[:3], orientation[3:6])
    return bool(abs(normal[2]) < 0.5)
