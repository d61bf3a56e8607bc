"""Frames found among the items of encapsulated pixel data."""

from __future__ import annotations

import struct

import pytest

from app.io.decode.fragments import frame_data, frames_of
from app.io.decode.streams import Codec, UndecodableError

STREAMS = [b"\xff\xd8one\xff\xd9", b"\xff\xd8second\xff\xd9\0", b"\xff\xd8three!\xff\xd9\0"]


def item(data: bytes) -> bytes:
    return struct.pack("<4sI", b"\xfe\xff\x00\xe0", len(data)) + data


def pixel_data(fragments: list[bytes], table: tuple[int, ...] = (), end: bool = True) -> bytes:
    offsets = struct.pack(f"<{len(table)}I", *table)
    data = b"".join(map(item, (offsets, *fragments)))
    return data + (struct.pack("<4sI", b"\xfe\xff\xdd\xe0", 0) if end else b"")


def found(data: bytes, frames: int, codec: Codec = Codec.JPEG_LS) -> list[bytes]:
    def read_at(offset: int, length: int) -> bytes:
        return data[offset : offset + length]

    return [frame_data(read_at, x) for x in frames_of(read_at, len(data), frames, codec)]


TABLE = (0, 8 + len(STREAMS[0]), 16 + len(STREAMS[0]) + len(STREAMS[1]))


@pytest.mark.parametrize("table", [(), TABLE])
@pytest.mark.parametrize("end", [True, False])
def test_a_fragment_for_each_frame(table: tuple[int, ...], end: bool) -> None:
    assert found(pixel_data(STREAMS, table, end), 3) == STREAMS
    assert found(pixel_data([b"a", b"bc", b"d"], (), end), 3, Codec.RLE) == [b"a", b"bc", b"d"]


def test_a_frame_of_several_fragments_ends_where_its_stream_does() -> None:
    cut = [x for s in STREAMS for x in (s[:3], s[3:5], s[5:])]
    assert found(pixel_data(cut), 3) == STREAMS
    starts, at = [], 0
    for n, x in enumerate(cut):
        starts.extend([at] if n % 3 == 0 else [])
        at += 8 + len(x)
    assert found(pixel_data(cut, tuple(starts)), 3) == STREAMS
    assert found(pixel_data([STREAMS[0][:4], STREAMS[0][4:]]), 1) == STREAMS[:1]


@pytest.mark.parametrize(
    ("data", "frames", "said"),
    [
        (pixel_data(STREAMS[:2]), 3, "holds 2 frames, its header says 3"),
        (pixel_data(STREAMS), 2, "holds 3 frames, its header says 2"),
        (pixel_data(STREAMS), 1, "holds 3 frames, its header says 1"),
        (pixel_data(STREAMS, TABLE[::-1]), 3, "offset table"),
        (pixel_data(STREAMS, TABLE[:2]), 3, "offset table"),
        (pixel_data(STREAMS, (0, 9, 17)), 3, "offset table"),
        (pixel_data([]), 1, "truncated"),
        (b"", 1, "truncated"),
        (pixel_data(STREAMS)[:-20], 3, "truncated"),
        (pixel_data(STREAMS)[:8] + b"oops" + pixel_data(STREAMS)[12:], 3, "truncated"),
    ],
)
def test_what_does_not_fit_is_refused(data: bytes, frames: int, said: str) -> None:
    with pytest.raises(UndecodableError, match=said):
        found(data, frames)


def test_items_are_walked_once_and_read_no_further_than_their_ends() -> None:
    """Not every frame's bytes for every frame."""
    frame = b"\xff\xd8" + bytes(5000) + b"\xff\xd9"
    data = pixel_data([frame] * 200)
    read = []

    def read_at(offset: int, length: int) -> bytes:
        read.append(length)
        return data[offset : offset + length]

    assert len(frames_of(read_at, len(data), 200, Codec.JPEG_LS)) == 200
    assert sum(read) < 100 * 202
