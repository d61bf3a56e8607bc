"""Data sets that are deflated as a whole: never unpacked further than their header says."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset

from app.io.decode.streams import UndecodableError

#: A header with all of its sequences is smaller than this.
MOST_HEADER_BYTES = 16 << 20


def deflated_header(path: Path, tags: list[int]) -> Dataset:
    """Read wanted elements up to the pixel data of a deflated file, and no more than that.

    Raises
    ------
    zlib.error, struct.error, ValueError, OSError, and what pydicom raises
        If the file is damaged, or its header is larger than any is.
    """
    unpacked = _unpacked(path, MOST_HEADER_BYTES)
    header = dcmread(
        io.BytesIO(unpacked), stop_before_pixels=True, force=True, specific_tags=tags
    )
    header.file_meta = dcmread(path, stop_before_pixels=True, specific_tags=[]).file_meta
    return header


def deflated_pixels(path: Path, wanted_bytes: int) -> bytes:
    """Return the value of Pixel Data of a deflated file.

    Parameters
    ----------
    path
        The file.
    wanted_bytes
        As many as its header says.

    Raises
    ------
    UndecodableError
        If the stream is damaged, ends early, or holds more than its header says.
    """
    most = MOST_HEADER_BYTES + wanted_bytes
    try:
        unpacked = _unpacked(path, most + 1)
        if len(unpacked) > most:
            raise UndecodableError("it unpacks to more than its header says")
        dataset = dcmread(io.BytesIO(unpacked), force=True)
    except (zlib.error, struct.error, ValueError, TypeError, KeyError, EOFError) as error:
        raise UndecodableError("its deflated data is damaged") from error
    for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"):
        if keyword in dataset:
            value = dataset[keyword].value
            return value if isinstance(value, bytes) else b""
    return b""


def _unpacked(path: Path, most_bytes: int) -> bytes:
    """Return up to so many bytes of the deflated data set behind the file meta information."""
    raw = path.read_bytes()
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(raw[_dataset_start(raw) :], most_bytes)


def _dataset_start(raw: bytes) -> int:
    """Return where the data set begins: behind the group of length (0002,0000)."""
    tag, vr, size, length = struct.unpack_from("<4s2sHI", raw, 132)
    if raw[128:132] != b"DICM" or tag != b"\x02\x00\x00\x00" or vr != b"UL" or size != 4:
        raise ValueError("no group length of the file meta information")
    return int(132 + 12 + length)
