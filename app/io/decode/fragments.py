"""Which bytes of encapsulated pixel data belong to which frame (DICOM PS3.5 A.4)."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable

from app.io.decode.streams import Codec, UndecodableError, ends_a_stream

#: Reads bytes of the pixel data: (offset from its first item, how many).
ReadAt = Callable[[int, int], bytes]
#: Offset and length of one fragment.
Fragment = tuple[int, int]

_ITEM, _DELIMITER = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
_HEAD = struct.Struct("<4sI")
_CUT = "it is truncated: its compressed pixel data ends early"
#: Enough to see how a fragment ends, its padding with it.
_TAIL_BYTES = 64


def frames_of(
    read_at: ReadAt, size: int, frames: int, codec: Codec
) -> tuple[tuple[Fragment, ...], ...]:
    """Walk the items once, and return the fragments of every frame.

    Parameters
    ----------
    read_at
        Reads from the pixel data, which begins with the item of its basic offset table.
    size
        Bytes from there to the end of the file.
    frames
        How many the header states.
    codec
        Frames of JPEG and JPEG 2000 end with a marker, those of RLE have one fragment each.

    Raises
    ------
    UndecodableError
        If an item reaches beyond the file, or fragments and offset table do not make that many
        frames.
    """
    table, fragments = _items(read_at, size)
    if not fragments:
        raise UndecodableError(_CUT)
    groups = _groups(read_at, fragments, codec)
    if len(groups) != frames:
        raise UndecodableError(
            f"its compressed pixel data holds {len(groups)} frames, its header says {frames}"
        )
    if frames > 1 and table:
        # Offsets count from the first fragment's item on.
        first = fragments[0][0] - _HEAD.size
        starts = [group[0][0] - _HEAD.size - first for group in groups]
        if list(table) != starts:
            raise UndecodableError("the offset table of its frames does not fit them")
    return groups


def _items(read_at: ReadAt, size: int) -> tuple[tuple[int, ...], list[Fragment]]:
    """Return the basic offset table and the fragments."""
    found: list[Fragment] = []
    offset = 0
    while offset + _HEAD.size <= size:
        tag, length = _HEAD.unpack(read_at(offset, _HEAD.size))
        if tag == _DELIMITER:
            break
        offset += _HEAD.size
        if tag != _ITEM or offset + length > size:
            raise UndecodableError(_CUT)
        found.append((offset, length))
        offset += length
    if not found:
        raise UndecodableError(_CUT)
    at, length = found[0]
    table = read_at(at, length // 4 * 4)
    return struct.unpack(f"<{len(table) // 4}I", table), found[1:]


def _groups(
    read_at: ReadAt, fragments: list[Fragment], codec: Codec
) -> tuple[tuple[Fragment, ...], ...]:
    """Return the fragments by frame: a frame ends where its stream does."""
    if codec is Codec.RLE:
        return tuple((x,) for x in fragments)
    ended = 0
    numbers = []
    for at, length in fragments:
        numbers.append(ended)
        tail = min(length, _TAIL_BYTES)
        ended += ends_a_stream(read_at(at + length - tail, tail))
    by_frame = itertools.groupby(zip(numbers, fragments, strict=True), key=lambda x: x[0])
    return tuple(tuple(fragment for _, fragment in group) for _, group in by_frame)


def frame_data(read_at: ReadAt, fragments: tuple[Fragment, ...]) -> bytes:
    """Return the stream of one frame."""
    return b"".join(read_at(at, length) for at, length in fragments)
