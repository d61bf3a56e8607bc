"""Streams held against what a header says, before any native code sees them."""

from __future__ import annotations

import contextlib
import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.io.decode.streams import CODECS, Codec, EncodedFrame, UndecodableError, check_stream
from tests.support.compressed import ENCODERS, HTJ2K, JPEG, JPEG_2000, JPEG_LS, LOSSLESS_JPEG, RLE

#: Not square, and not even.
ROWS, COLUMNS = 21, 34
PLANE = np.add.outer(np.arange(ROWS) * 9, np.arange(COLUMNS) * 3).astype(np.uint16) % 256
MARKED = (JPEG, LOSSLESS_JPEG, JPEG_LS, JPEG_2000, HTJ2K)


def frame(syntax: str, bits: int = 16) -> EncodedFrame:
    plane = PLANE.astype(np.uint8) if syntax == JPEG else PLANE
    data = ENCODERS[syntax](plane)
    return EncodedFrame(CODECS[syntax], data, ROWS, COLUMNS, 1, bits)


@pytest.mark.parametrize("syntax", ENCODERS)
def test_a_whole_stream_passes_with_the_padding_that_dicom_allows(syntax: str) -> None:
    if syntax == JPEG:
        check_stream(frame(syntax, 8))
    whole = frame(syntax)
    check_stream(whole)
    check_stream(replace(whole, data=bytes(whole.data) + b"\0"))


@pytest.mark.parametrize("syntax", MARKED)
@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"rows": ROWS - 1}, f"{ROWS} x {COLUMNS} pixels, its header says {ROWS - 1} x {COLUMNS}"),
        ({"columns": COLUMNS * 2}, f"its header says {ROWS} x {COLUMNS * 2}"),
        ({"rows": COLUMNS, "columns": ROWS}, f"its header says {COLUMNS} x {ROWS}"),
        ({"samples": 3}, "has 1 components, its header says 3"),
    ],
)
def test_another_size_than_the_headers_is_refused(
    syntax: str, stated: dict[str, Any], said: str
) -> None:
    with pytest.raises(UndecodableError, match=said):
        check_stream(replace(frame(syntax), **stated))


@pytest.mark.parametrize("syntax", [LOSSLESS_JPEG, JPEG_LS, JPEG_2000, HTJ2K])
def test_more_bits_than_are_allocated_are_refused(syntax: str) -> None:
    wide = (PLANE * 200).astype(np.uint16)
    data = ENCODERS[syntax](wide)
    with pytest.raises(UndecodableError, match="16 bits, its header allows 8"):
        check_stream(EncodedFrame(CODECS[syntax], data, ROWS, COLUMNS, 1, 8))


@pytest.mark.parametrize("syntax", MARKED)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95, 0.999])
def test_a_stream_without_its_end_is_refused(syntax: str, part: float) -> None:
    whole = frame(syntax)
    cut = replace(whole, data=whole.data[: int(len(whole.data) * part)])
    with pytest.raises(UndecodableError, match=r"truncated|damaged"):
        check_stream(cut)


@pytest.mark.parametrize("syntax", [JPEG_2000, HTJ2K])
def test_tiles_that_were_cut_out_are_missed_though_the_end_is_there(syntax: str) -> None:
    whole = frame(syntax)
    for part in (0.5, 0.8, 0.95):
        data = bytes(whole.data[: int(len(whole.data) * part)]) + b"\xff\xd9"
        with pytest.raises(UndecodableError, match=r"truncated|damaged"):
            check_stream(replace(whole, data=data))


@pytest.mark.parametrize(
    ("syntax", "taken_for"),
    [(JPEG, Codec.JPEG_LS), (JPEG_LS, Codec.JPEG), (LOSSLESS_JPEG, Codec.JPEG),
     (JPEG_2000, Codec.JPEG), (JPEG, Codec.HTJ2K)],
)  # fmt: skip
def test_a_stream_of_another_kind_is_refused(syntax: str, taken_for: Codec) -> None:
    with pytest.raises(UndecodableError):
        check_stream(replace(frame(syntax), codec=taken_for))


def test_a_second_frame_header_is_refused() -> None:
    """A decoder may take the second, whatever the first says."""
    whole = frame(JPEG_LS)
    data = bytes(whole.data)
    at = data.index(b"\xff\xf7")
    header = data[at : at + 2 + struct.unpack_from(">H", data, at + 2)[0]]
    twice = data[:at] + header + header + data[at + len(header) :]
    with pytest.raises(UndecodableError, match="damaged"):
        check_stream(replace(whole, data=twice))


@pytest.mark.parametrize(
    "offsets",
    [(63, 200), (64, 64), (200, 64), (64, 0), (64, 10**6), (64, 2**31), (0, 0), (64, 2**32 - 1)],
)  # fmt: skip
def test_segments_of_rle_lie_in_order_within_the_stream(offsets: tuple[int, int]) -> None:
    whole = frame(RLE)
    data = struct.pack("<3I", 2, *offsets) + bytes(whole.data[12:])
    with pytest.raises(UndecodableError, match="damaged"):
        check_stream(replace(whole, data=data))


@pytest.mark.parametrize("count", [0, 1, 3, 16, 2**32 - 1])
def test_as_many_segments_of_rle_as_a_sample_has_bytes(count: int) -> None:
    whole = frame(RLE)
    data = struct.pack("<I", count) + bytes(whole.data[4:])
    with pytest.raises(UndecodableError, match=f"has {count} segments, its header says 2"):
        check_stream(replace(whole, data=data))


@pytest.mark.parametrize("syntax", ENCODERS)
def test_any_damage_passes_or_is_refused(syntax: str) -> None:
    """No other error, and no walk without an end, whatever stands in a stream."""
    random = np.random.default_rng(14)
    whole = bytes(frame(syntax).data)
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(random.integers(1, 6)):
            data[random.integers(min(len(data), 120))] = random.integers(256)
        if random.random() < 0.3:
            data = data[: random.integers(len(data) + 1)]
        with contextlib.suppress(UndecodableError):
            check_stream(EncodedFrame(CODECS[syntax], bytes(data), ROWS, COLUMNS, 1, 16))
