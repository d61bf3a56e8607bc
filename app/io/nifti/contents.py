"""The bytes of a NIfTI file: as many as its header says, whole, no more than fit into memory."""

from __future__ import annotations

import gzip
import io
import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import nibabel as nib
import numpy as np
import numpy.typing as npt
from nibabel.volumeutils import apply_read_scaling

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.core.kit.room import require_room

_GZIP = b"\x1f\x8b"
#: Both forms of NIfTI by the length of their header; the larger one's bytes are read for either.
_HEADERS: dict[int, Any] = {348: nib.Nifti1Header, 540: nib.Nifti2Header}
_HEADER_BYTES = 540
_MAGIC = {348: (344, b"n+1\0"), 540: (4, b"n+2\0")}
_CHUNK_BYTES = 4 << 20
#: DEFLATE makes no more of a byte (zlib's technical notes).
_MOST_RATIO = 1032
#: No image of a body packs so well, once it is larger than this; masks do.
_MOST_IMAGE_RATIO, _SMALL_BYTES = 200, 128 << 20
_COPY = "Copy the file again from its source."


@dataclass(frozen=True)
class Contents:
    """A NIfTI file as it is: its header, and its values ``[x, y, z, …]``, scaled."""

    header: Any
    values: npt.NDArray[Any]


def read_contents(path: Path, context: JobContext, *, is_mask: bool) -> Contents:
    """Read a whole file and hold it against its header.

    Parameters
    ----------
    path
        A file, compressed or not (its first bytes tell, not its name).
    context
        Cancel.
    is_mask
        Whether it may be of a few values only, which pack well.

    Raises
    ------
    InputError
        If the file is no NIfTI, is longer or shorter than its header says, does not fit its
        check sum, or needs more memory than is free.
    JobCancelled
        If the context's token is set.
    """
    packed_bytes = path.stat().st_size
    with path.open("rb") as plain:
        packed = plain.read(2) == _GZIP
        plain.seek(0)
        file = cast(BinaryIO, gzip.GzipFile(fileobj=plain)) if packed else plain
        try:
            head = file.read(_HEADER_BYTES)
            header = _header(path, head)
            count, whole_bytes = _sizes(path, header)
            _require_plausible(
                path, header, count, whole_bytes, packed_bytes if packed else None, is_mask
            )
            data = _whole(path, file, head, whole_bytes, context)
        except gzip.BadGzipFile as error:
            raise InputError(
                f"{path.name} is damaged: its content does not fit its check sum, or other bytes "
                "follow it.",
                _COPY,
            ) from error
        except EOFError as error:
            raise InputError(f"{path.name} is cut off.", _COPY) from error
        except zlib.error as error:
            raise InputError(f"{path.name} is damaged and cannot be unpacked.", _COPY) from error
    raw = np.frombuffer(data, header.get_data_dtype(), count, int(header.get_data_offset()))
    values = raw.reshape(header.get_data_shape(), order="F")
    slope, intercept = header.get_slope_inter()
    if slope is not None:
        with np.errstate(over="ignore", invalid="ignore"):
            values = apply_read_scaling(values, np.asanyarray(slope), np.asanyarray(intercept))
    return Contents(header, values)


def _header(path: Path, head: bytes) -> Any:
    """Return the header, of either form and byte order."""
    for length, kind in _HEADERS.items():
        at, magic = _MAGIC[length]
        sizes = {int.from_bytes(head[:4], "little"), int.from_bytes(head[:4], "big")}
        if length in sizes and head[at : at + 4] == magic:
            return kind.from_fileobj(io.BytesIO(head))
    raise InputError(f"{path.name} is not a NIfTI image.", _COPY)


def _sizes(path: Path, header: Any) -> tuple[int, int]:
    """Return how many values the header says there are, and the bytes of the whole file."""
    shape, offset = header.get_data_shape(), int(header.get_data_offset())
    count = math.prod(int(n) for n in shape)
    if not shape or count <= 0 or offset < int(header["sizeof_hdr"]):
        raise InputError(f"{path.name} states a size that no image has.", _COPY)
    return count, offset + count * header.get_data_dtype().itemsize


def _require_plausible(
    path: Path,
    header: Any,
    count: int,
    whole_bytes: int,
    packed_bytes: int | None,
    is_mask: bool,
) -> None:
    """Refuse what cannot be in the file, or in memory, before any of it is taken."""
    if packed_bytes is not None:
        ratio = whole_bytes / packed_bytes
        if ratio > _MOST_RATIO:
            raise InputError(f"{path.name} is cut off.", _COPY)
        if not is_mask and ratio > _MOST_IMAGE_RATIO and whole_bytes > _SMALL_BYTES:
            raise InputError(
                f"{path.name} would unpack from {packed_bytes / 1e6:.1f} MB to "
                f"{whole_bytes / 1e6:.0f} MB, which no image of a body does.",
                "Check where the file comes from.",
            )
    # Scaled values are held as double for a moment; whoever reads on holds them as single.
    scaled = header.get_slope_inter()[0] is not None
    require_room(whole_bytes + count * (12 if scaled else 4), path.name)


def _whole(
    path: Path, file: BinaryIO, head: bytes, whole_bytes: int, context: JobContext
) -> bytearray:
    """Read to the end, which is where a check sum is looked at; it must be where it should be."""
    data = bytearray(whole_bytes)
    data[: len(head)] = head[:whole_bytes]
    view, at = memoryview(data), min(len(head), whole_bytes)
    while at < whole_bytes:
        context.check()
        part = file.read(min(_CHUNK_BYTES, whole_bytes - at))
        if not part:
            raise InputError(
                f"{path.name} is cut off: {at} of {whole_bytes} bytes are there.", _COPY
            )
        view[at : at + len(part)] = part
        at += len(part)
    if len(head) > whole_bytes or file.read(1):
        raise InputError(
            f"{path.name} holds more than the {whole_bytes} bytes that its header says.", _COPY
        )
    return data
