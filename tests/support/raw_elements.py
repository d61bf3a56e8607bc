"""Elements of a header as bytes that no writer would let through."""

from __future__ import annotations

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag


def set_raw(dataset: Dataset, keyword: str, value: str | bytes | None, vr: str = "DS") -> None:
    """Put a text into an element as it stands, or take the element away."""
    tag = BaseTag(Tag(keyword))
    if value is None:
        del dataset[tag]
        return
    raw = value.encode() if isinstance(value, str) else value
    raw += b" " * (len(raw) % 2)
    dataset._dict[tag] = RawDataElement(tag, vr, len(raw), raw, 0, False, True)
