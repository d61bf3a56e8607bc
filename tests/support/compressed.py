"""Compressed frames and files for tests, encoded by imagecodecs and wrapped by pydicom alone."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import UID

Plane = np.ndarray[Any, np.dtype[Any]]

JPEG, LOSSLESS_JPEG = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.70"
JPEG_12_BIT = "1.2.840.10008.1.2.4.51"
JPEG_LS, JPEG_2000 = "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"
HTJ2K, RLE = "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.5"


def rle(plane: Plane) -> bytes:
    """Encode integers as DICOM's RLE: a segment for each byte, the most significant first."""
    width = plane.dtype.itemsize
    split = np.ascontiguousarray(plane).astype(plane.dtype.newbyteorder(">")).view(np.uint8)
    split = split.reshape(*plane.shape, width)
    segments = []
    for n in range(width):
        # Each row ends its runs (PS3.5 G.3.1).
        rows = (bytes(imagecodecs.packbits_encode(row.tobytes())) for row in split[..., n])
        segment = b"".join(rows)
        segments.append(segment + b"\0" * (len(segment) % 2))
    offsets = [64 + sum(map(len, segments[:n])) for n in range(width)]
    head = struct.pack("<16I", width, *offsets, *[0] * (15 - width))
    return head + b"".join(segments)


#: By transfer syntax; unsigned integers ``[rows, columns]`` in, a stream out.
ENCODERS: dict[str, Callable[[Plane], bytes]] = {
    JPEG: lambda x: bytes(imagecodecs.jpeg8_encode(x, level=95)),
    JPEG_12_BIT: lambda x: bytes(imagecodecs.jpeg8_encode(x, level=95, bitspersample=12)),
    LOSSLESS_JPEG: lambda x: bytes(imagecodecs.ljpeg_encode(x, bitspersample=16)),
    JPEG_LS: lambda x: bytes(imagecodecs.jpegls_encode(x)),
    JPEG_2000: lambda x: bytes(imagecodecs.jpeg2k_encode(x, level=0, codecformat="j2k")),
    HTJ2K: lambda x: bytes(imagecodecs.htj2k_encode(x)),
    RLE: rle,
}
#: Those that give back what they were given.
LOSSLESS = (LOSSLESS_JPEG, JPEG_LS, JPEG_2000, HTJ2K, RLE)


def compress(
    path: Path, syntax: str, change: Callable[[bytes], bytes] = bytes, fragments: int = 1
) -> None:
    """Compress a native file of one or more frames in its place.

    ``change`` damages each stream; ``fragments`` cuts each into so many.
    """
    dataset = dcmread(path)
    planes = dataset.pixel_array
    planes = planes.reshape(-1, dataset.Rows, dataset.Columns)
    streams = [change(ENCODERS[syntax](x.view(f"u{x.dtype.itemsize}"))) for x in planes]
    wrap(path, syntax, streams, fragments)


def wrap(path: Path, syntax: str, streams: Sequence[bytes], fragments: int = 1) -> None:
    """Put streams, one a frame, in the place of a file's pixel data."""
    dataset = dcmread(path)
    dataset.PixelData = encapsulate(list(streams), fragments_per_frame=fragments)
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.save_as(path)
