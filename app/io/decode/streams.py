"""What the head and the end of a compressed stream say, held against what a header says.

Native decoders take the stream's own sizes: one that disagrees with the header is refused here,
before it can allocate gigabytes or write past an array. Sources: JPEG is ITU-T T.81 (B.2),
JPEG-LS ITU-T T.87 (C.2.2), JPEG 2000 ITU-T T.800 (A.4 to A.5), the latter's high-throughput form
ITU-T T.814, and RLE DICOM PS3.5 G.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum


class UndecodableError(Exception):
    """Why one image's pixels cannot be had; the words follow the name of its file."""


class Codec(IntEnum):
    """How a frame is compressed."""

    JPEG = 0
    LOSSLESS_JPEG = 1
    JPEG_LS = 2
    JPEG_2000 = 3
    HTJ2K = 4
    RLE = 5
    #: No frame but the path of a picture, which pydicom reads.
    PICTURE = 6


#: By transfer syntax; others are not read.
CODECS: dict[str, Codec] = {
    "1.2.840.10008.1.2.4.50": Codec.JPEG,
    "1.2.840.10008.1.2.4.51": Codec.JPEG,
    "1.2.840.10008.1.2.4.57": Codec.LOSSLESS_JPEG,
    "1.2.840.10008.1.2.4.70": Codec.LOSSLESS_JPEG,
    "1.2.840.10008.1.2.4.80": Codec.JPEG_LS,
    "1.2.840.10008.1.2.4.81": Codec.JPEG_LS,
    "1.2.840.10008.1.2.4.90": Codec.JPEG_2000,
    "1.2.840.10008.1.2.4.91": Codec.JPEG_2000,
    "1.2.840.10008.1.2.4.201": Codec.HTJ2K,
    "1.2.840.10008.1.2.4.202": Codec.HTJ2K,
    "1.2.840.10008.1.2.4.203": Codec.HTJ2K,
    "1.2.840.10008.1.2.5": Codec.RLE,
}


@dataclass(frozen=True)
class EncodedFrame:
    """One compressed frame, and what its header says of it."""

    codec: Codec
    data: bytes | memoryview
    rows: int
    columns: int
    samples: int
    bits_allocated: int

    @property
    def decoded_bytes(self) -> int:
        """Bytes of the frame once it is decoded."""
        return self.rows * self.columns * self.samples * max(1, self.bits_allocated // 8)


#: Markers of JPEG: start, end, the frame headers of each kind, start of a scan.
_SOI, _EOI, _SOS = b"\xff\xd8", b"\xff\xd9", 0xDA
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_WANTED_HEADERS: dict[Codec, frozenset[int]] = {
    Codec.JPEG: frozenset((0xC0, 0xC1)),
    Codec.LOSSLESS_JPEG: frozenset((0xC3,)),
    Codec.JPEG_LS: frozenset((0xF7,)),
}
#: Markers of JPEG 2000: start and size, start of a tile-part, end.
_SOC_SIZ, _SOT, _EOC = b"\xff\x4f\xff\x51", 0xFF90, b"\xff\xd9"
_DAMAGED = "its compressed pixel data is damaged"
_CUT = "it is truncated: its compressed pixel data ends early"


def check_stream(frame: EncodedFrame) -> None:
    """Hold a frame's stream against its header.

    Raises
    ------
    UndecodableError
        If its size, components or depth are not what the header says, it is compressed in another
        way, or it does not end as it must.
    """
    check: Callable[[EncodedFrame], None] = _check_jpeg
    if frame.codec in (Codec.JPEG_2000, Codec.HTJ2K):
        check = _check_jpeg_2000
    elif frame.codec is Codec.RLE:
        check = _check_rle
    try:
        check(frame)
    except (struct.error, IndexError) as error:
        raise UndecodableError(_DAMAGED) from error


def ends_a_stream(data: bytes | memoryview) -> bool:
    """Whether bytes end as a frame of JPEG or JPEG 2000 does, padding left aside."""
    return bytes(data[-64:]).rstrip(b"\0").endswith(_EOI)


def _require_size(
    frame: EncodedFrame, rows: int, columns: int, components: int, precision: int
) -> None:
    if (rows, columns) != (frame.rows, frame.columns):
        raise UndecodableError(
            f"its compressed picture has {rows} x {columns} pixels, its header says "
            f"{frame.rows} x {frame.columns}"
        )
    if components != frame.samples:
        raise UndecodableError(
            f"its compressed picture has {components} components, its header says {frame.samples}"
        )
    if not 2 <= precision <= frame.bits_allocated:
        raise UndecodableError(
            f"its compressed picture has {precision} bits, its header allows {frame.bits_allocated}"
        )


def _check_jpeg(frame: EncodedFrame) -> None:
    data = frame.data
    if data[:2] != _SOI:
        raise UndecodableError(_DAMAGED)
    if not ends_a_stream(data):
        raise UndecodableError(_CUT)
    headers = _jpeg_frame_headers(data)
    if len(headers) != 1:
        raise UndecodableError(_DAMAGED)
    marker, at = headers[0]
    if marker not in _WANTED_HEADERS[frame.codec]:
        raise UndecodableError("its pixel data is compressed in another way than its header says")
    precision, rows, columns, components = struct.unpack_from(">BHHB", data, at)
    _require_size(frame, rows, columns, components, precision)


def jpeg_precision(data: bytes | memoryview) -> int:
    """Return the bits of a sample, of a stream that `check_stream` has passed."""
    _, at = _jpeg_frame_headers(data)[0]
    return data[at]


def _jpeg_frame_headers(data: bytes | memoryview) -> list[tuple[int, int]]:
    """Return marker and place of every frame header before the first scan."""
    found: list[tuple[int, int]] = []
    at = 2
    while True:
        if data[at] != 0xFF:
            raise UndecodableError(_DAMAGED)
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == _SOS:
            return found
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in _FRAME_HEADERS:
            found.append((marker, at + 4))
        at += 2 + max(2, length)


def _check_jpeg_2000(frame: EncodedFrame) -> None:
    data = bytes(frame.data)
    # Some writers keep the boxes of a JP2 file around the stream.
    start = 0 if data.startswith(_SOC_SIZ) else data.find(_SOC_SIZ)
    if start < 0:
        raise UndecodableError(_DAMAGED)
    if not ends_a_stream(data):
        raise UndecodableError(_CUT)
    length, _, right, bottom, left, top = struct.unpack_from(">HHIIII", data, start + 4)
    wide, high, tile_left, tile_top, components = struct.unpack_from(">IIIIH", data, start + 24)
    precisions = {(data[start + 42 + 3 * n] & 0x7F) + 1 for n in range(min(components, 4))}
    whole = right > left and bottom > top and wide > 0 and high > 0
    if length != 38 + 3 * components or len(precisions) != 1 or not whole:
        raise UndecodableError(_DAMAGED)
    _require_size(frame, bottom - top, right - left, components, precisions.pop())
    across = -(-(right - tile_left) // wide)
    down = -(-(bottom - tile_top) // high)
    _check_tiles(data, start + 4 + length, across * down)


def _check_tiles(data: bytes, at: int, tiles: int) -> None:
    """Walk the tile-parts by their stated lengths; every tile must be there, and then the end."""
    marker, length = struct.unpack_from(">HH", data, at)
    while marker != _SOT:
        at += 2 + max(2, length)
        marker, length = struct.unpack_from(">HH", data, at)
    seen: set[int] = set()
    end = data.rfind(_EOC)
    while at < end:
        marker, length, tile, part_bytes = struct.unpack_from(">HHHI", data, at)
        if marker != _SOT or length != 10:
            raise UndecodableError(_DAMAGED)
        seen.add(tile)
        # The last tile-part may leave its length open: it reaches to the end.
        at = end if part_bytes == 0 else at + max(14, part_bytes)
    if at != end:
        raise UndecodableError(_CUT)
    if len(seen) != tiles:
        raise UndecodableError(f"{len(seen)} of {tiles} tiles of its compressed picture are there")


def _check_rle(frame: EncodedFrame) -> None:
    rle_segments(frame)


def rle_segments(frame: EncodedFrame) -> list[bytes | memoryview]:
    """Return the segments of an RLE frame, the most significant byte's first (PS3.5 G.5).

    Raises
    ------
    UndecodableError
        If their number or places do not fit the frame.
    """
    wanted = frame.samples * frame.bits_allocated // 8
    if len(frame.data) < 64:
        raise UndecodableError(_CUT)
    count, *offsets = struct.unpack_from("<16I", frame.data)
    if count != wanted or not 1 <= count <= 15:
        raise UndecodableError(
            f"its compressed picture has {count} segments, its header says {wanted}"
        )
    places = [*offsets[:count], len(frame.data)]
    if places[0] < 64 or any(a >= b for a, b in itertools.pairwise(places)):
        raise UndecodableError(_DAMAGED)
    return [frame.data[a:b] for a, b in itertools.pairwise(places)]
