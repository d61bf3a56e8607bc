"""One image's header as plain values, and quick access to raw header elements."""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.tag import Tag

from app.io.dicom.stated import NOTHING_STATED, Stated

_GROUPS: dict[int, tuple[int, ...]] = {
    0x0008: (0x0005, 0x0008, 0x0016, 0x0018, 0x0020, 0x0021, 0x0022, 0x0023, 0x002A, 0x0030,
             0x0031, 0x0032, 0x0033, 0x0060, 0x0064, 0x0070, 0x0201, 0x1030, 0x103E, 0x1090),
    0x0010: (0x0010, 0x0020, 0x0030, 0x0040, 0x1010, 0x1020, 0x1030),
    0x0018: (0x0031, 0x0050, 0x0088, 0x1060, 0x1063, 0x1120, 0x1210, 0x1242, 0x5100,
             0x9701, 0x9758, 0x9759, 0x9760),
    0x0020: (0x000D, 0x000E, 0x0011, 0x0012, 0x0013, 0x0032, 0x0037, 0x0052, 0x0100, 0x1041),
    0x0028: (0x0002, 0x0004, 0x0006, 0x0008, 0x0010, 0x0011, 0x0030, 0x0051, 0x0100, 0x0101,
             0x0102, 0x0103, 0x0120, 0x0121, 0x0122, 0x0123, 0x0124, 0x0125, 0x0301, 0x1052,
             0x1053, 0x1054),
    0x0054: (0x0016, 0x0022, 0x0070, 0x0080, 0x0081, 0x0101, 0x0410, 0x1000, 0x1001, 0x1002,
             0x1006, 0x1101, 0x1102, 0x1103, 0x1300, 0x1321, 0x1330),
    0x0040: (0x9096,),
    0x5200: (0x9229, 0x9230),
    0x6000: (0x0102,),
}  # fmt: skip
#: Private blocks of interest: group, element within the block (GE, Siemens, Philips).
_PRIVATE = ((0x0009, 0x0D), (0x0009, 0x8C), (0x0071, 0x22), (0x7053, 0x00), (0x7053, 0x09))
_BLOCKS = range(0x10, 0x18)

HEADER_TAGS: list[int] = [
    *((group << 16) | element for group, elements in _GROUPS.items() for element in elements),
    *(group << 16 | block for group in (0x0009, 0x0071, 0x7053) for block in _BLOCKS),
    *(group << 16 | block << 8 | element for group, element in _PRIVATE for block in _BLOCKS),
]


#: What reading a damaged header or file raises, from pydicom, numpy and struct alike.
DAMAGED = (
    InvalidDicomError,
    BytesLengthException,
    UnicodeError,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    NotImplementedError,
    ArithmeticError,
    MemoryError,
    RecursionError,
    struct.error,
    zlib.error,
)
#: A header is pydicom's data set, or raw little-endian bytes by tag (`dicom_quick`).
Header = Dataset | dict[int, bytes]
#: Unsigned shorts among the elements read here; in implicit VR files only the tag tells.
_SHORTS = frozenset(
    (0x00280002, 0x00280006, 0x00280010, 0x00280011, 0x00280100, 0x00280101, 0x00280102,
     0x00280103, 0x00280120, 0x00280121, 0x00280301, 0x00540081, 0x00540101, 0x00541330,
     0x60000102)
)  # fmt: skip


def raw_bytes(header: Header, tag: int) -> bytes:
    """Value of an element as its bytes, unconverted where pydicom has not converted it."""
    if isinstance(header, dict):
        return header.get(tag, b"")
    source = getattr(header, "file_meta", None) if tag >> 16 == 0x0002 else header
    key = Tag(tag)
    if source is None or key not in source:
        return b""
    try:
        element = source.get_item(key)
        value = element.value if isinstance(element, RawDataElement | DataElement) else None
    except DAMAGED:
        # A damaged element counts as missing; what needs it says so.
        return b""
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    if isinstance(value, list | tuple) or type(value).__name__ == "MultiValue":
        return "\\".join(str(v) for v in value).encode("utf-8", "replace")
    return str(value).encode("utf-8", "replace")


def text(header: Header, tag: int) -> str:
    """Value of a text element (code string, UID, date, number string), stripped."""
    return raw_bytes(header, tag).decode("latin-1").strip(" \0")


def words(header: Header, tag: int) -> tuple[str, ...]:
    """Values of a multi-valued text element."""
    joined = text(header, tag)
    return tuple(w.strip(" \0") for w in joined.split("\\")) if joined else ()


def floats(header: Header, tag: int) -> tuple[float, ...]:
    """Values of a number string (DS, IS) element; empty where any is not a finite number."""
    return _floats_of(raw_bytes(header, tag))


@lru_cache(maxsize=4096)
def _floats_of(raw: bytes) -> tuple[float, ...]:
    """Read numbers from bytes; most of a series' images state the same."""
    if b"_" in raw:
        # Python reads 1_000 as a number.
        return ()
    try:
        found = tuple(float(w) for w in raw.split(b"\\") if w.strip(b" \0"))
    except ValueError:
        return ()
    return found if all(map(math.isfinite, found)) else ()


def number(header: Header, tag: int) -> float | None:
    """First value of a number string or unsigned short element, or ``None``."""
    if tag not in _SHORTS:
        values = floats(header, tag)
        return values[0] if values else None
    little, value = True, b""
    if isinstance(header, dict):
        value = header.get(tag, b"")
    elif Tag(tag) in header:
        element = header.get_item(Tag(tag))
        if not isinstance(element, RawDataElement):
            return float(header[Tag(tag)].value)
        little, value = element.is_little_endian, element.value or b""
    return float(struct.unpack("<H" if little else ">H", value[:2])[0]) if len(value) > 1 else None


def real(header: Header, tag: int) -> float | None:
    """Value of a floating point element (FL, FD), or ``None``."""
    little, value = True, b""
    if isinstance(header, dict):
        value = header.get(tag, b"")
    elif Tag(tag) in header:
        element = header.get_item(Tag(tag))
        if not isinstance(element, RawDataElement):
            return float(header[Tag(tag)].value)
        little, value = element.is_little_endian, element.value or b""
    kind = {4: "f", 8: "d"}.get(len(value))
    return (
        None if kind is None else float(struct.unpack(f"{'<' if little else '>'}{kind}", value)[0])
    )


def slice_step_mm(header: Header) -> float | None:
    """Distance from slice to slice that a header states, or ``None``; positions come before it.

    Spacing Between Slices, and where there is none Slice Thickness. The sign is the header's: only
    a reconstructed SPECT gives it a meaning (PS3.3 C.8.4.15).
    """
    return number(header, 0x00180088) or number(header, 0x00180050)


def three(values: tuple[float, ...]) -> tuple[float, float, float] | None:
    """Return three numbers as a place, or ``None`` where there are not three."""
    return (values[0], values[1], values[2]) if len(values) == 3 else None


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """Where an image's pixels lie in its file and how they are stored.

    ``offset`` and ``length`` (bytes, ``None`` where undefined) are those of the Pixel Data element
    itself; of a deflated file they lie in the inflated data set. ``transfer_syntax`` is that of
    the data, whatever the meta header says. ``padding`` are the least and the greatest stored
    value that stand for no measurement, as 16 bits without sign, ``float_padding`` those of
    floating point pixels. ``has_overlay`` says that bits above the stored ones are another thing
    than the value.
    """

    offset: int
    transfer_syntax: str
    rows: int
    columns: int
    samples: int
    bits_allocated: int
    bits_stored: int
    signed: bool
    encapsulated: bool
    deflated: bool
    big_endian: bool
    is_float: bool = False
    frames: int = 1
    length: int | None = None
    high_bit: int | None = None
    padding: tuple[int, int] | None = None
    float_padding: tuple[float, float] | None = None
    has_overlay: bool = False


@dataclass(frozen=True, slots=True)
class PhaseTags:
    """What tells the time frames or gates of a 4D series apart, where a header states it.

    ``position`` is the temporal position, ``percent`` that of the cardiac or respiratory cycle,
    ``gate`` the time slot of a gated SPECT, ``index`` the time slice of a PET by its image index
    (PS3.3 C.8.9.4.1.9).
    """

    position: float | None = None
    percent: float | None = None
    gate: float | None = None
    trigger_ms: float | None = None
    index: float | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """One image (or one frame of a multi-frame object), without its pixels.

    ``rescale_doubt`` says why slope and intercept are not the header's (`app.io.dicom.rescale`),
    ``remark`` what is to be said of the series for this image's sake.
    """

    path: Path
    sop_uid: str
    frame: int
    number: int
    position_lps_mm: tuple[float, float, float] | None
    orientation: tuple[float, ...] | None
    spacing_ji_mm: tuple[float, float] | None
    slope: float
    intercept: float
    pixels: PixelLayout | None
    image_type: tuple[str, ...]
    acquisition: str
    frame_reference_ms: float | None
    duration_ms: float | None
    time_key: tuple[str, float, float]
    units: str = ""
    phase: PhaseTags = PhaseTags()
    stated: Stated = NOTHING_STATED
    rescale_doubt: str = ""
    remark: str = ""
    slice_location_mm: float | None = None
