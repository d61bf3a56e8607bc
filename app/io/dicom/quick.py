"""A quick walk over a DICOM header for the second and later images of a series.

pydicom reads the first image of every series; for the hundreds that follow, only a few elements
are needed, and walking past the others is three times faster here. Whatever looks unusual makes
the walk give up, and pydicom reads that file instead.
"""

from __future__ import annotations

import struct
from collections.abc import Collection

_SHORT = struct.Struct("<HH2sH")
_LONG = struct.Struct("<I")
_IMPLICIT = struct.Struct("<HHI")
_LONG_VRS = frozenset(
    (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
)
_VRS = _LONG_VRS | frozenset(
    (b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN",
     b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US")
)  # fmt: skip
_UNDEFINED = 0xFFFFFFFF
_PIXELS = frozenset((0x7FE00010, 0x7FE00008, 0x7FE00009))
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_PER_FRAME = 0x52009230
_IMPLICIT_SYNTAX = "1.2.840.10008.1.2"
_NOT_HERE = frozenset(("1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", ""))


class _GiveUpError(Exception):
    """The header is not as plain as this walk needs it."""


def quick_elements(
    head: bytes, wanted: Collection[int]
) -> tuple[dict[int, bytes], int | None] | None:
    """Return wanted top-level elements as raw little-endian bytes, and Pixel Data's offset.

    Parameters
    ----------
    head
        The first bytes of a file, its preamble included.
    wanted
        Tags; a set.

    Returns
    -------
    tuple or None
        Elements by tag and the offset of the Pixel Data element (``None`` where the file ends
        without one); ``None`` where the walk gives up: no preamble, another byte order, deflated,
        multi-frame functional groups, or a header longer than ``head``.
    """
    if head[128:132] != b"DICM":
        return None
    try:
        found, position = _meta(head)
        syntax = found.get(0x00020010, b"").decode("latin-1").strip(" \0")
        if syntax in _NOT_HERE:
            return None
        walk = _walk_implicit if syntax == _IMPLICIT_SYNTAX else _walk_explicit
        end = walk(head, position, wanted, found)
    except (_GiveUpError, struct.error):
        return None
    return found, end


def _meta(head: bytes) -> tuple[dict[int, bytes], int]:
    """Read group 0002, always explicit little endian."""
    found: dict[int, bytes] = {}
    position = 132
    while position + 8 <= len(head):
        group, element, vr, length = _SHORT.unpack_from(head, position)
        if group != 0x0002:
            break
        start = position + 8
        if vr in _LONG_VRS:
            (length,) = _LONG.unpack_from(head, start)
            start += 4
        position = start + length
        found[0x00020000 | element] = head[start:position]
    return found, position


def _walk_explicit(
    head: bytes, position: int, wanted: Collection[int], found: dict[int, bytes]
) -> int | None:
    size = len(head)
    unpack, long_vrs = _SHORT.unpack_from, _LONG_VRS
    while position < size:
        group, element, vr, length = unpack(head, position)
        tag = group << 16 | element
        if tag in _PIXELS:
            return position
        if tag == _PER_FRAME:
            raise _GiveUpError
        start = position + 8
        if vr in long_vrs:
            (length,) = _LONG.unpack_from(head, start)
            start += 4
            if length == _UNDEFINED:
                if vr != b"SQ":
                    raise _GiveUpError
                position = _skip_sequence(head, start, explicit=True)
                continue
        elif vr not in _VRS:
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
    size = len(head)
    while position < size:
        group, element, length = _IMPLICIT.unpack_from(head, position)
        tag = group << 16 | element
        if tag in _PIXELS:
            return position
        if tag == _PER_FRAME:
            raise _GiveUpError
        start = position + 8
        if length == _UNDEFINED:
            position = _skip_sequence(head, start, explicit=False)
            continue
        position = start + length
        if tag in wanted:
            found[tag] = head[start:position]
    if position != size:
        raise _GiveUpError
    return None


def _skip_sequence(head: bytes, position: int, *, explicit: bool) -> int:
    """Return the position behind a sequence of undefined length."""
    while True:
        group, element, length = _IMPLICIT.unpack_from(head, position)
        tag = group << 16 | element
        position += 8
        if tag == _SEQUENCE_END:
            return position
        if tag != _ITEM:
            raise _GiveUpError
        if length != _UNDEFINED:
            position += length
        else:
            position = _skip_item(head, position, explicit)


def _skip_item(head: bytes, position: int, explicit: bool) -> int:
    """Return the position behind an item of undefined length."""
    while True:
        group, element, length = _IMPLICIT.unpack_from(head, position)
        tag = group << 16 | element
        position += 8
        if tag == _ITEM_END:
            return position
        if explicit:
            vr = head[position - 4 : position - 2]
            if vr in _LONG_VRS:
                (length,) = _LONG.unpack_from(head, position)
                position += 4
                if length == _UNDEFINED and vr != b"SQ":
                    raise _GiveUpError
            elif vr in _VRS:
                length >>= 16
            else:
                raise _GiveUpError
        if length == _UNDEFINED:
            position = _skip_sequence(head, position, explicit=explicit)
        else:
            position += length
