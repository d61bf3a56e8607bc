"""Stored values of one image: found in its file, decoded, held against its header."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from app.io.decode.decoders import Decoders
from app.io.decode.fragments import Fragment, frame_data, frames_of
from app.io.decode.streams import CODECS, EncodedFrame, UndecodableError
from app.io.dicom.file import inflate
from app.io.dicom.header import Instance, PixelLayout
from app.io.pixels.padding import Mask, padded

T = TypeVar("T")
Pixels = npt.NDArray[Any]
#: Gets the stored values ``[rows, columns]`` of an image and where they stand for nothing.
Take = Callable[[Pixels, Mask | None], T]

_DEPTHS = (8, 16, 32, 64)


class StoredValues:
    """Reads stored values of a series' images; threads may share it.

    Parameters
    ----------
    decoders
        For compressed images.
    usual
        How most images of the series are stored.
    """

    def __init__(self, decoders: Decoders, usual: PixelLayout) -> None:
        self._decoders = decoders
        self._usual = usual
        self._lock = threading.Lock()
        self._frames: dict[Path, tuple[tuple[Fragment, ...], ...]] = {}

    def read(self, image: Instance, take: Take[T]) -> T:
        """Return what ``take`` makes of an image's stored values, which it may not keep.

        Raises
        ------
        UndecodableError
            If the image's pixels cannot be had, or cannot be told for sure.
        OSError
            If the file cannot be read.
        """
        layout = image.pixels
        assert layout is not None
        _require_possible(layout)

        def judge(stored: Pixels) -> T:
            meant, mask = self._meant(stored, layout)
            return take(meant, mask)

        if layout.encapsulated and not layout.deflated:
            return self._decoders.decode(self._frame(image, layout), judge)
        return judge(_native(image, layout))

    def _frame(self, image: Instance, layout: PixelLayout) -> EncodedFrame:
        codec = CODECS.get(layout.transfer_syntax)
        if codec is None:
            raise UndecodableError("it is compressed in a way that is not read here")
        with image.path.open("rb", buffering=0) as file:
            size = image.path.stat().st_size - layout.offset

            def read_at(offset: int, length: int) -> bytes:
                file.seek(layout.offset + offset)
                return file.read(length) or b""

            if layout.frames == 1:
                whole = read_at(0, size)
                size = len(whole)

                def read_at(offset: int, length: int) -> bytes:
                    return whole[offset : offset + length]

                frames = frames_of(read_at, size, 1, codec)
            else:
                # Walked once for all frames of the file.
                with self._lock:
                    frames = self._frames.get(image.path) or frames_of(
                        read_at, size, layout.frames, codec
                    )
                    self._frames[image.path] = frames
            data = frame_data(read_at, frames[image.frame])
        return EncodedFrame(
            codec, data, layout.rows, layout.columns, layout.samples, layout.bits_allocated
        )

    def _meant(self, stored: Pixels, layout: PixelLayout) -> tuple[Pixels, Mask | None]:
        """Return the values within Bits Stored, and where they are padding.

        Raises
        ------
        UndecodableError
            If bits above Bits Stored are in use, or the image says otherwise than its series and
            it matters.
        """
        stored = _as_signed(stored, layout)
        if layout.is_float:
            return stored, padded(stored, stored, layout)
        meant = _within_bits(stored, layout.bits_stored)
        mask = padded(stored, meant, layout)
        if meant is not stored and not layout.has_overlay:
            _require_unused(stored, layout, mask)
        usual = self._usual
        if (usual.bits_stored, usual.signed) != (layout.bits_stored, layout.signed):
            other = replace(layout, bits_stored=usual.bits_stored, signed=usual.signed)
            as_usual = _within_bits(_as_signed(stored, other), other.bits_stored)
            if not np.array_equal(meant, as_usual):
                raise UndecodableError(
                    f"its values are stored in {_depth(layout)}, those of the series in "
                    f"{_depth(usual)}"
                )
        return meant, mask


def _depth(layout: PixelLayout) -> str:
    return f"{layout.bits_stored} bits {'with' if layout.signed else 'without'} sign"


def _require_possible(layout: PixelLayout) -> None:
    if layout.samples != 1:
        raise UndecodableError("it is a colour picture, not a measured image")
    allocated, stored = layout.bits_allocated, layout.bits_stored
    if allocated not in (_DEPTHS[2:] if layout.is_float else _DEPTHS):
        raise UndecodableError(f"its pixels of {allocated} bits are not read here")
    if layout.is_float:
        return
    if not 1 <= stored <= allocated:
        raise UndecodableError(f"its header states {stored} bits stored of {allocated} allocated")
    if layout.high_bit not in (None, stored - 1):
        raise UndecodableError(
            f"its header states {stored} bits stored with the highest bit {layout.high_bit}"
        )


def _native(image: Instance, layout: PixelLayout) -> Pixels:
    count = layout.rows * layout.columns
    size = count * layout.bits_allocated // 8
    if layout.length is not None:
        _require_length(layout.length, size * layout.frames)
    start = layout.offset + image.frame * size
    if layout.deflated:
        data = inflate(image.path, start + size)[start:]
    else:
        data = _read_at(image.path, start, size)
    if len(data) < size:
        raise UndecodableError(
            f"it is truncated: {len(data)} of {size} bytes of pixel data are there"
        )
    order = ">" if layout.big_endian else "<"
    kind = "f" if layout.is_float else "u"
    stored = np.frombuffer(data, f"{order}{kind}{layout.bits_allocated // 8}", count)
    return stored.reshape(layout.rows, layout.columns)


def _require_length(length: int, wanted: int) -> None:
    """Let pixel data be exactly as long as the header says, but for one byte that makes it even."""
    if length not in (wanted, wanted + wanted % 2):
        raise UndecodableError(
            f"its pixel data has {length} bytes, its header says {wanted} (Rows, Columns, Bits "
            "Allocated, Number of Frames)"
        )


def _read_at(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb", buffering=0) as file:
        file.seek(offset)
        return file.read(size) or b""


def _as_signed(stored: Pixels, layout: PixelLayout) -> Pixels:
    """Return integers of the machine's byte order, with the sign that the header says."""
    native = stored if stored.dtype.isnative else stored.astype(stored.dtype.newbyteorder("="))
    if layout.is_float or native.dtype.kind not in "iu":
        return native
    kind = "i" if layout.signed else "u"
    if native.dtype.itemsize * 8 < layout.bits_stored:
        # A decoder may hold fewer bits than are stored: then there is no sign to take from them.
        return native
    return native.view(f"{kind}{native.dtype.itemsize}")


def _within_bits(stored: Pixels, bits_stored: int) -> Pixels:
    """Return values without the bits above the stored ones, their sign extended."""
    spare = stored.dtype.itemsize * 8 - bits_stored
    return (stored << spare) >> spare if spare > 0 else stored


def _require_unused(stored: Pixels, layout: PixelLayout, mask: Mask | None) -> None:
    """Refuse values that use more bits than are stored; a sign or zeros may stand there."""
    above = stored.view(f"u{stored.dtype.itemsize}") >> layout.bits_stored
    used = above != 0
    if layout.signed:
        used &= _within_bits(stored, layout.bits_stored) != stored
    if mask is not None:
        used &= ~mask
    if used.any():
        raise UndecodableError(
            f"its values use more than the {layout.bits_stored} bits that its header says are "
            "stored"
        )
