"""Rescale Slope and Intercept as an image states them, and what is wrong with them.

A number that cannot be read for sure is none: a decimal comma is not guessed at, since whoever
wrote one wrote the other numbers of the header alike (``1,234`` is one number or another).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pydicom.tag import Tag

from app.io.dicom.header import Header, Instance, raw_bytes

SLOPE, INTERCEPT = 0x00281053, 0x00281052
#: A decimal string (PS3.5 6.2); Python's own reading takes more (``1_000``, ``infinity``).
_DECIMAL = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
#: What a scanner can write: of any image, and of a CT in Hounsfield units.
_SLOPES, _CT_SLOPES, _CT_INTERCEPT = (1e-12, 1e12), (1e-4, 1e4), 1e5
#: Slopes of a PET that differ by more are said: an empty slice's may be small.
_UNEVEN = 1e4
#: What may be absent without making the number unknown.
ABSENT = (
    "Rescale Slope is absent", "Rescale Slope is empty", "Rescale Intercept is absent",
    "Rescale Intercept is empty",
)  # fmt: skip
_NO_INTERCEPT = ABSENT[2:]


@dataclass(frozen=True, slots=True)
class Rescale:
    """Slope and intercept; where a doubt is stated, what stands here is not the header's."""

    slope: float
    intercept: float
    doubt: str = ""


def rescale_of(header: Header) -> Rescale:
    """Return slope and intercept of a header or of an item of its sequences.

    ``doubt`` says what is wrong without the value itself, ``Rescale Slope is not a number``; the
    slope is then 1 and the intercept 0.
    """
    return _rescale_of(_raw(header, SLOPE), _raw(header, INTERCEPT))


@lru_cache(maxsize=1024)
def _rescale_of(slope_raw: bytes | None, intercept_raw: bytes | None) -> Rescale:
    slope, wrong = _decimal(slope_raw)
    if not wrong and not slope > 0:
        wrong = "is zero" if slope == 0 else "is negative"
    elif not wrong and not _SLOPES[0] <= slope <= _SLOPES[1]:
        wrong = "is out of range"
    if wrong:
        return Rescale(1.0, 0.0, f"Rescale Slope {wrong}")
    intercept, wrong = _decimal(intercept_raw)
    if wrong:
        return Rescale(slope, 0.0, f"Rescale Intercept {wrong}")
    return Rescale(slope, intercept)


def _raw(header: Header, tag: int) -> bytes | None:
    """Bytes of an element, ``None`` where it is absent."""
    if isinstance(header, dict):
        return header.get(tag)
    return raw_bytes(header, tag) if Tag(tag) in header else None


def refusal_of(modality: str, rescale: Rescale) -> str:
    """Say why an image is not read for its rescale, or return an empty string.

    A PET is kept, without SUV: a slice that is left out would change its numbers. An MR or a
    SPECT states no slope where its values are stored as they are.
    """
    doubt = rescale.doubt
    if modality == "CT" and not doubt:
        fits = _CT_SLOPES[0] <= rescale.slope <= _CT_SLOPES[1]
        sound = fits and abs(rescale.intercept) <= _CT_INTERCEPT
        doubt = "" if sound else "Rescale Slope or Intercept is out of range"
    if modality not in ("CT", "MR", "NM") or not doubt or doubt in ABSENT:
        return ""
    if modality == "MR" and doubt.endswith("is negative"):
        return ""
    return f"its {doubt}, so that its values are not known"


def remark_of(modality: str, rescale: Rescale) -> str:
    """Say what has to be known of an image that is read nevertheless, or return an empty string."""
    if modality == "CT" and rescale.doubt in ABSENT:
        return f"{rescale.doubt}: stored values are taken as Hounsfield units"
    return ""


def why_no_activity(images: Sequence[Instance]) -> str:
    """Say why the values of a PET are not known by its images' rescale, or return "".

    Absent in every image is no reason, see `activity_doubts`; absent in some is.
    """
    found = Counter(x.rescale_doubt for x in images)
    for doubt, count in found.items():
        if not doubt or doubt in _NO_INTERCEPT or (doubt == ABSENT[0] and count == len(images)):
            continue
        return f"{doubt} in {_of(count, len(images))}"
    return ""


def activity_doubts(images: Sequence[Instance]) -> tuple[str, ...]:
    """Sentences on a PET whose values are taken as they are stored, or whose intercept is odd."""
    found = Counter(x.rescale_doubt for x in images)
    said = []
    if images and found[ABSENT[0]] == len(images):
        said.append(
            "Rescale Slope is absent in all images: the stored values are taken as they are "
            "(slope 1); check that they are Bq/ml."
        )
    for doubt in _NO_INTERCEPT:
        if found[doubt]:
            said.append(f"{doubt} in {_of(found[doubt], len(images))}: 0 is taken.")
    slopes = [x.slope for x in images if not x.rescale_doubt]
    if slopes and max(slopes) > _UNEVEN * min(slopes):
        ratio = max(slopes) / min(slopes)
        said.append(
            f"Rescale Slope differs between the images by a factor of {ratio:.2g}: check that no "
            "slice is far too bright or dark."
        )
    shifted = sum(x.intercept != 0 for x in images)
    if shifted:
        said.append(
            f"Rescale Intercept is not zero in {_of(shifted, len(images))}, as DICOM requires of "
            "a PET; it is used as it is stated."
        )
    return tuple(said)


def uneven_hounsfield(images: Sequence[Instance]) -> list[str]:
    """Say that some images of a CT are rescaled in another way than the others."""
    stated = [x for x in images if x.stated.modality == "CT" and not x.rescale_doubt]
    found = Counter((x.slope, x.intercept) for x in stated)
    if len(found) < 2:
        return []
    others = len(stated) - max(found.values())
    return [
        f"{_of(others, len(images))} state{'s' if others == 1 else ''} another Rescale Slope or "
        "Intercept than the others; each is used as its image states it."
    ]


def _of(count: int, total: int) -> str:
    if count == total:
        return "all images" if total > 1 else "the image"
    return f"{count} of {total} images"


def _decimal(raw: bytes | None) -> tuple[float, str]:
    """Return a number, or 0 and what is wrong with it."""
    if raw is None:
        return 0.0, "is absent"
    stated = raw.strip(b" \0")
    if not stated:
        return 0.0, "is empty"
    if b"\\" in stated:
        return 0.0, "holds several values"
    if not _DECIMAL.fullmatch(stated):
        return 0.0, "is not a number"
    value = float(stated)
    return (value, "") if math.isfinite(value) else (0.0, "is not finite")
