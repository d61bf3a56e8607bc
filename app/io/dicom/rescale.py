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

from pydicom.tag import Tag

from app.io.dicom.header import Header, Instance, raw_bytes

SLOPE, INTERCEPT = 0x00281053, 0x00281052
_NAMES = {SLOPE: "Rescale Slope", INTERCEPT: "Rescale Intercept"}
#: A decimal string (PS3.5 6.2); Python's own reading takes more (``1_000``, ``infinity``).
_DECIMAL = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
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
    slope, wrong = _decimal(header, SLOPE)
    if not wrong and not slope > 0:
        wrong = "is zero" if slope == 0 else "is negative"
    if wrong:
        return Rescale(1.0, 0.0, f"{_NAMES[SLOPE]} {wrong}")
    intercept, wrong = _decimal(header, INTERCEPT)
    if wrong:
        return Rescale(slope, 0.0, f"{_NAMES[INTERCEPT]} {wrong}")
    return Rescale(slope, intercept)


def refusal_of(modality: str, rescale: Rescale) -> str:
    """Say why an image is not read for its rescale, or return an empty string.

    A PET is kept, without SUV: a slice that is left out would change its numbers. An MR or a
    SPECT states no slope where its values are stored as they are.
    """
    if modality not in ("CT", "MR", "NM") or not rescale.doubt or rescale.doubt in ABSENT:
        return ""
    if modality == "MR" and rescale.doubt.endswith("is negative"):
        return ""
    return f"its {rescale.doubt}, so that its values are not known"


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
    shifted = sum(x.intercept != 0 for x in images)
    if shifted:
        said.append(
            f"Rescale Intercept is not zero in {_of(shifted, len(images))}, as DICOM requires of "
            "a PET; it is used as it is stated."
        )
    return tuple(said)


def _of(count: int, total: int) -> str:
    if count == total:
        return "all images" if total > 1 else "the image"
    return f"{count} of {total} images"


def _decimal(header: Header, tag: int) -> tuple[float, str]:
    """Return a number, or 0 and what is wrong with it."""
    raw = raw_bytes(header, tag).strip(b" \0")
    if not raw:
        there = tag in header if isinstance(header, dict) else Tag(tag) in header
        return 0.0, "is empty" if there else "is absent"
    if b"\\" in raw:
        return 0.0, "holds several values"
    if not _DECIMAL.fullmatch(raw):
        return 0.0, "is not a number"
    value = float(raw)
    return (value, "") if math.isfinite(value) else (0.0, "is not finite")
