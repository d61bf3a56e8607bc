"""A quick walk over a DICOM header for the second and later images of a series.

pydicom reads the first image of every series; for the hundreds that follow, only a few elements
are needed, and walking past the others is three times faster here. Whatever looks unusual makes
the walk give up, and pydicom reads that file instead.
"""

from __future__ import annotations

import struct
from collections.abc import Collection

from app.io.dicom.encoding import LONG_VRS, PIXELS, UNDEFINED, VRS, PixelElement, pixel_element

_SHORT = struct.Struct("<HH2sH")
_LONG = struct.Struct("<I")
_IMPLICIT = struct.Struct("<HHI")
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_PER_FRAME = 0x52009230
_IMPLICIT_SYNTAX = "1.2.840.10008.1.2"
_EXPLICIT_SYNTAX = "1.2.840.10008.1.2.1"
_NOT_HERE = frozenset(("1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", ""))
#: Sequences that lie deeper in one another are left to pydicom.
_DEEPEST = 16


class _GiveUpError(Exception):
    """The header is not as plain as this walk needs it."""


def quick_elements(
    head: bytes, wanted: Collection[int]
) -> tuple[dict[int, bytes], PixelElement | None] | None:
    """Return wanted top-level elements as raw little-endian bytes, and where Pixel Data lies.

    Parameters
    ----------
    head
        The first bytes of a file, its preamble included.
    wanted
        Tags; a set.

    Returns
    -------
    tuple or None
        Elements by tag and the Pixel Data element (``None`` where the file ends without one);
        ``None`` where the walk gives up: no preamble, data that is not written as the meta header
        says, another byte order, deflated, tags out of order, multi-frame functional groups, or a
        header longer than ``head``.
    """
    if head[128:132] != b"DICM":
        return None
    try:
        found, position = _meta(head)
        syntax = found.get(0x00020010, b"").decode("latin-1").strip(" \0")
        if syntax in _NOT_HERE:
            return None
        implicit = syntax == _IMPLICIT_SYNTAX
        if implicit == (head[position + 4 : position + 6] in VRS):
            return None
        walk = _walk_implicit if implicit else _walk_explicit
        end = walk(head, position, wanted, found)
        if end is None:
            return found, None
        pixels = pixel_element(head, end, implicit=implicit, little=True)
    except (_GiveUpError, struct.error):
        return None
    if pixels is None or not _as_stated(syntax, pixels, head):
        return None
    return found, pixels


def _as_stated(syntax: str, pixels: PixelElement, head: bytes) -> bool:
    """Whether the pixels are native or in fragments as the transfer syntax says they are."""
    native = syntax in (_IMPLICIT_SYNTAX, _EXPLICIT_SYNTAX)
    return pixels.offset + 4 <= len(head) and native != pixels.fragments


def _meta(head: bytes) -> tuple[dict[int, bytes], int]:
    """Read group 0002, always explicit little endian."""
    found: dict[int, bytes] = {}
    position = 132
    while position + 8 <= len(head):
        group, element, vr, length = _SHORT.unpack_from(head, position)
        if group != 0x0002:
            break
        start = position + 8
        if vr in LONG_VRS:
            (length,) = _LONG.unpack_from(head, start)
            start += 4
        position = start + length
        found[0x00020000 | element] = head[start:position]
    return found, position


def _walk_explicit(
    head: bytes, position: int, wanted: Collection[int], found: dict[int, bytes]
) -> int | None:
    size, last = len(head), 0x0007FFFF
    unpack, long_vrs = _SHORT.unpack_from, LONG_VRS
    while position < size:
        group, element, vr, length = unpack(head, position)
        tag = group << 16 | element
        if tag <= last:
            raise _GiveUpError
        last = tag
        if tag in PIXELS:
            return position
        if tag == _PER_FRAME:
            raise _GiveUpError
        start = position + 8
        if vr in long_vrs:
            (length,) = _LONG.unpack_from(head, start)
            start += 4
            if length == UNDEFINED:
                if vr != b"SQ":
                    raise _GiveUpError
                position = _skip_sequence(head, start, explicit=True)
                if tag in wanted:
                    found[tag] = head[start:position]
                continue
        elif vr not in VRS:
            raise _GiveUpError
        position = start + length
        if tag in wanted:
            found[tag] = head[start:position]
    if position != size:
        raise _GiveUpError
    return None


def _walk_implicit(
    head: bytes, position: int, wanted: Collection[int], found: dict[int, bytes]
) -> int | None:
    size, last = len(head), 0x0007FFFF
    while position < size:
        group, element, length = _IMPLICIT.unpack_from(head, position)
        tag = group << 16 | element
        if tag <= last:
            raise _GiveUpError
        last = tag
        if tag in PIXELS:
            return position
        if tag == _PER_FRAME:
            raise _GiveUpError
        start = position + 8
        if length == UNDEFINED:
            position = _skip_sequence(head, start, explicit=False)
            if tag in wanted:
                found[tag] = head[start:position]
            continue
        position = start + length
        if tag in wanted:
            found[tag] = head[start:position]
    if position != size:
        raise _GiveUpError
    return None


def _skip_sequence(head: bytes, position: int, *, explicit: bool, depth: int = 0) -> int:
    """Return the position behind a sequence of undefined length."""
    if depth > _DEEPEST:
        raise _GiveUpError
    while True:
        group, element, length = _IMPLICIT.unpack_from(head, position)
        tag = group << 16 | element
        position += 8
        if tag == _SEQUENCE_END:
            return position
        if tag != _ITEM:
            raise _GiveUpError
        if length != UNDEFINED:
            position += length
        else:
            position = _skip_item(head, position, explicit, depth)


def _skip_item(head: bytes, position: int, explicit: bool, depth: int) -> int:
    """Return the position behind an item of undefined length."""
    while True:
        group, element, length = _IMPLICIT.unpack_from(head, position)
        tag = group << 16 | element
        position += 8
        if tag == _ITEM_END:
            return position
        if explicit:
            vr = head[position - 4 : position - 2]
            if vr in LONG_VRS:
                (length,) = _LONG.unpack_from(head, position)
                position += 4
                if length == UNDEFINED and vr != b"SQ":
                    raise _GiveUpError
            elif vr in VRS:
                length >>= 16
            else:
                raise _GiveUpError
        if length == UNDEFINED:
            position = _skip_sequence(head, position, explicit=explicit, depth=depth + 1)
        else:
            position += length
