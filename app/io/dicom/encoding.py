"""How a DICOM file is written, told by its bytes: preamble, meta header, VRs, byte order, deflate.

The meta header is asked last: gateways rewrite data sets and leave it as it was.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

LONG_VRS = frozenset(
    (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
)
VRS = LONG_VRS | frozenset(
    (b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN",
     b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US")
)  # fmt: skip
UNDEFINED = 0xFFFFFFFF
#: Pixel Data, Float Pixel Data and Double Float Pixel Data.
PIXELS = frozenset((0x7FE00010, 0x7FE00008, 0x7FE00009))
FLOAT_PIXELS = frozenset((0x7FE00008, 0x7FE00009))
_ITEM = b"\xfe\xff\x00\xe0"
#: So many elements must follow one another sensibly before an encoding is believed.
_ENOUGH = 6
#: A data set begins with a low group, never with one that two swapped bytes make.
_HIGHEST_FIRST_GROUP = 0x00FF
_NATIVE = (
    ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Encoding:
    """Where a file's data set begins and how it is written; ``meta`` is group 0002 as bytes."""

    start: int
    implicit: bool
    little: bool
    deflated: bool
    meta: dict[int, bytes]

    @property
    def stated(self) -> UID:
        """Transfer syntax of the meta header, empty where it names none."""
        return UID(self.meta.get(0x00020010, b"").decode("latin-1").strip(" \0"))

    @property
    def stated_compressed(self) -> bool:
        """Whether the meta header names a codec."""
        return bool(self.stated) and self.stated not in _NATIVE

    @property
    def native(self) -> UID:
        """Transfer syntax of uncompressed pixels in a data set that is written like this."""
        if self.deflated:
            return DeflatedExplicitVRLittleEndian
        if not self.little:
            return ExplicitVRBigEndian
        return ImplicitVRLittleEndian if self.implicit else ExplicitVRLittleEndian

    def syntax(self, *, fragments: bool) -> UID:
        """Transfer syntax of the pixels: the data's own, or the codec that the meta header names.

        Parameters
        ----------
        fragments
            Whether the pixel data is a sequence of items.
        """
        if not fragments:
            # A private syntax may do anything to its pixels; it is kept, and not read.
            private = bool(self.stated) and self.stated.is_private
            return self.stated if private else self.native
        return self.stated if self.stated_compressed else UID("")


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Pixel Data as its element states it.

    Parameters
    ----------
    offset
        Of the value: in the file, or in the inflated data set of a deflated one.
    length
        Of the value in bytes, ``None`` where it is undefined.
    tag
        One of `PIXELS`.
    fragments
        Whether the value is a sequence of items (compressed).
    """

    offset: int
    length: int | None
    tag: int
    fragments: bool


def encoding_of(head: bytes, size: int) -> Encoding | None:
    """Return how a file is written, ``None`` where nothing in it looks like DICOM.

    Parameters
    ----------
    head
        The first bytes of the file.
    size
        Of the whole file, in bytes.
    """
    for at in _beginnings(head):
        meta, start = _meta(head, at)
        start = _behind_commands(head, start)
        found = _plain(head, start, size)
        if found is not None:
            return Encoding(start, found[0], found[1], False, meta)
        if meta and _fits(inflated(head[start:], 4096), 0, False, "<", 1 << 40):
            return Encoding(start, False, True, True, meta)
        if meta or at == 132:
            # Nothing is recognised: the meta header is all there is to go by.
            said = UID(meta.get(0x00020010, b"").decode("latin-1").strip(" \0"))
            implicit = said in ("", ImplicitVRLittleEndian)
            return Encoding(start, implicit, said != ExplicitVRBigEndian, False, meta)
    return None


def pixel_element(data: bytes, at: int, *, implicit: bool, little: bool) -> PixelElement | None:
    """Read the head of the Pixel Data element at a place, ``None`` where another element lies.

    Parameters
    ----------
    data
        Bytes that reach at least 16 bytes behind that place (fewer at the end of a file).
    at
        Where the element's tag begins; offsets are counted from the beginning of ``data``.
    implicit, little
        How the data set is written.
    """
    order = "<" if little else ">"
    if len(data) < at + 8:
        return None
    group, element = struct.unpack_from(f"{order}HH", data, at)
    tag = group << 16 | element
    if tag not in PIXELS:
        return None
    vr = data[at + 4 : at + 6]
    if implicit or vr not in VRS:
        offset, (length,) = at + 8, struct.unpack_from(f"{order}I", data, at + 4)
    elif vr in LONG_VRS:
        if len(data) < at + 12:
            return None
        offset, (length,) = at + 12, struct.unpack_from(f"{order}I", data, at + 8)
    else:
        offset, (length,) = at + 8, struct.unpack_from(f"{order}H", data, at + 6)
    undefined = length == UNDEFINED
    items = data[offset : offset + 4] == _ITEM
    return PixelElement(offset, None if undefined else length, tag, undefined or items)


def inflated(data: bytes, most: int, *, raw: bool = False) -> bytes:
    """Return at most so many bytes of a deflated data set, with or without a header of zlib."""
    for window in (-zlib.MAX_WBITS,) if raw else (-zlib.MAX_WBITS, zlib.MAX_WBITS):
        try:
            found = zlib.decompressobj(window).decompress(data, most)
        except zlib.error:
            continue
        if found:
            return found
    return b""


def _beginnings(head: bytes) -> list[int]:
    """Return where the meta header or the data set may begin, the likeliest first."""
    if head[128:132] == b"DICM":
        return [132]
    found = [0] if _low_group(head, 0) else []
    # A preamble cut short; behind it the mark is that of a file within an archive.
    mark = head.find(b"DICM", 0, 128)
    if mark >= 0:
        found.append(mark + 4)
    # A preamble alone, without the mark.
    return [*found, *([128] if _low_group(head, 128) else [])]


def _low_group(head: bytes, at: int) -> bool:
    """Whether an element of group 0002 or 0008 may begin here, in either byte order."""
    return head[at : at + 2] in (b"\x02\0", b"\x08\0", b"\0\x02", b"\0\x08")


def _meta(head: bytes, position: int) -> tuple[dict[int, bytes], int]:
    """Read group 0002, whatever its group length says; return it and where it ends.

    It is explicit little endian; some writers use the data set's own encoding.
    """
    for implicit, order in ((False, "<"), (True, "<"), (False, ">")):
        found: dict[int, bytes] = {}
        at = position
        while (element := _element(head, at, implicit, order)) is not None:
            tag, value, length = element
            if tag >> 16 != 0x0002 or length == UNDEFINED or value + length > len(head):
                break
            at = value + length
            found[tag] = head[value:at]
        if found:
            return found, at
    return {}, position


def _behind_commands(head: bytes, position: int) -> int:
    """Return where group 0000 ends, which some systems store before the data set."""
    at = position
    while (element := _element(head, at, True, "<")) is not None:
        tag, value, length = element
        if tag >> 16 != 0 or value + length > len(head) or head[at : at + 8] == b"\0" * 8:
            break
        at = value + length
    return at


def _plain(head: bytes, start: int, size: int) -> tuple[bool, bool] | None:
    """Return (implicit, little endian) of the data set by its first elements."""
    for implicit, order in ((False, "<"), (True, "<"), (False, ">"), (True, ">")):
        if _fits(head, start, implicit, order, size):
            return implicit, order == "<"
    return None


def _fits(data: bytes, position: int, implicit: bool, order: str, size: int) -> bool:
    """Whether the first elements make sense when they are read like this."""
    last = -1
    for count in range(_ENOUGH):
        element = _element(data, position, implicit, order)
        if element is None:
            return count > 0 and position >= len(data) - 12
        tag, value, length = element
        first_is_low = count > 0 or tag >> 16 <= _HIGHEST_FIRST_GROUP
        if tag <= last or not first_is_low:
            return False
        if length == UNDEFINED:
            # A sequence: its items need not be walked.
            return data[value : value + 4] in (_ITEM, b"\xff\xfe\xe0\x00", b"\xfe\xff\xdd\xe0")
        if value + length > size:
            return False
        last, position = tag, value + length
        if position >= len(data):
            return True
    return True


def _element(data: bytes, position: int, implicit: bool, order: str) -> tuple[int, int, int] | None:
    """Return tag, offset of the value and length of an element; ``None`` where none is."""
    if position + 8 > len(data):
        return None
    group, element = struct.unpack_from(f"{order}HH", data, position)
    tag = group << 16 | element
    if implicit:
        return tag, position + 8, struct.unpack_from(f"{order}I", data, position + 4)[0]
    vr = data[position + 4 : position + 6]
    if vr not in VRS:
        return None
    if vr not in LONG_VRS:
        return tag, position + 8, struct.unpack_from(f"{order}H", data, position + 6)[0]
    if position + 12 > len(data):
        return None
    return tag, position + 12, struct.unpack_from(f"{order}I", data, position + 8)[0]
