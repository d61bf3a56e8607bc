"""Pixels of a series into one array: each file read once, decoded by a few threads in place."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt
from pydicom import dcmread
from pydicom.encaps import generate_frames
from pydicom.pixels.utils import pixel_array

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.core.study.study import RefusedFile
from app.io.dicom.geometry import Stack, build_stack
from app.io.dicom.header import Instance, PixelLayout

Pixels = npt.NDArray[Any]

#: By transfer syntax; every other compressed one goes through pydicom.
_DECODERS: dict[str, Callable[..., Pixels]] = {
    "1.2.840.10008.1.2.4.50": imagecodecs.jpeg_decode,
    "1.2.840.10008.1.2.4.51": imagecodecs.jpeg_decode,
    "1.2.840.10008.1.2.4.57": imagecodecs.ljpeg_decode,
    "1.2.840.10008.1.2.4.70": imagecodecs.ljpeg_decode,
    "1.2.840.10008.1.2.4.80": imagecodecs.jpegls_decode,
    "1.2.840.10008.1.2.4.81": imagecodecs.jpegls_decode,
    "1.2.840.10008.1.2.4.90": imagecodecs.jpeg2k_decode,
    "1.2.840.10008.1.2.4.91": imagecodecs.jpeg2k_decode,
    "1.2.840.10008.1.2.4.201": imagecodecs.htj2k_decode,
    "1.2.840.10008.1.2.4.202": imagecodecs.htj2k_decode,
    "1.2.840.10008.1.2.4.203": imagecodecs.htj2k_decode,
}
_RLE = "1.2.840.10008.1.2.5"
THREADS = max(1, min(8, os.cpu_count() or 1))


class _UnreadableError(Exception):
    """Why one image's pixels cannot be had."""


@dataclass(frozen=True)
class ReadSeries:
    """A series in memory.

    ``array`` is ``[k, j, i]``: int16 where every image has slope 1 and a whole intercept (CT),
    float32 otherwise. ``stack`` says where it is and how it was laid.
    """

    stack: Stack
    array: Pixels
    refused: tuple[RefusedFile, ...]


def read_series(
    stack: Stack,
    context: JobContext | None = None,
    *,
    keep_int16: bool,
    scales: npt.NDArray[np.float64] | None = None,
    thickness_mm: float | None = None,
) -> ReadSeries:
    """Read and rescale all images of a stack.

    Parameters
    ----------
    stack
        From `build_stack`.
    context
        Progress and cancel.
    keep_int16
        Hold whole numbers with slope 1 as int16 (CT); otherwise float32.
    scales
        A further factor per image of the stack (SUV per rescaled unit), applied in one pass.
    thickness_mm
        For laying the stack again, should images turn out to be unreadable.

    Raises
    ------
    InputError
        If no image can be read.
    """
    context = context or JobContext()
    whole = keep_int16 and scales is None and _fits_int16(stack)
    shape = (len(stack.slices), *stack.grid.shape_kji[1:])
    array = np.zeros(shape, dtype=np.int16 if whole else np.float32)
    target = {s.first: k for k, s in enumerate(stack.slices) if s.second is None}
    spare: dict[int, Pixels] = {}
    failed: dict[int, str] = {}

    def work(n: int) -> None:
        context.check()
        factor = 1.0 if scales is None else float(scales[n])
        out = array[target[n]] if n in target else np.zeros(shape[1:], array.dtype)
        try:
            image = stack.images[n]
            stored = _decode(image, out)
            if not np.may_share_memory(stored, out) or image.intercept:
                _rescale(stored, image, factor, out)
        except _UnreadableError as reason:
            failed[n] = str(reason)
        if n not in target:
            spare[n] = out

    total = len(stack.images)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="uptake-decode") as pool:
        for done, _ in enumerate(pool.map(work, range(total))):
            if done % 16 == 0:
                context.progress(done / total, f"Reading images: {done} of {total}")
    if failed:
        return _without(stack, failed, context, keep_int16, scales, thickness_mm)
    _interpolate(stack, array, target, spare)
    context.progress(1.0)
    return ReadSeries(stack, array, ())


def _without(
    stack: Stack,
    failed: dict[int, str],
    context: JobContext,
    keep_int16: bool,
    scales: npt.NDArray[np.float64] | None,
    thickness_mm: float | None,
) -> ReadSeries:
    """Lay and read the series again without its unreadable images (rare, so simply again)."""
    refused = tuple(RefusedFile(stack.images[n].path, why) for n, why in sorted(failed.items()))
    left = [n for n in range(len(stack.images)) if n not in failed]
    if not left:
        raise InputError(
            f"No image of the series can be read: {refused[0].reason}.",
            "Copy the series again from its source.",
        )
    images = [stack.images[n] for n in left]
    again = build_stack(images, stack.grid.frame_of_reference_uid, thickness_mm)
    kept = None
    if scales is not None:
        by_image = {id(stack.images[n]): scales[n] for n in left}
        kept = np.array([by_image[id(x)] for x in again.images])
    read = read_series(again, context, keep_int16=keep_int16, scales=kept)
    return ReadSeries(read.stack, read.array, (*refused, *read.refused))


def _fits_int16(stack: Stack) -> bool:
    for x in stack.images:
        layout = x.pixels
        assert layout is not None
        if x.slope != 1.0 or x.intercept != round(x.intercept) or layout.is_float:
            return False
        low = -(1 << (layout.bits_stored - 1)) if layout.signed else 0
        high = low + (1 << layout.bits_stored) - 1
        # Unsigned 16 bit with a negative intercept may not fit, signed 16 bit with one neither;
        # the value range is then decided by saturating, which no HU value reaches.
        if layout.bits_stored > 16 or (layout.bits_stored < 16 and high + x.intercept > 32767):
            return False
        if not -32768 <= x.intercept <= 32767 or low < -32768:
            return False
    return True


def _interpolate(
    stack: Stack, array: Pixels, target: dict[int, int], spare: dict[int, Pixels]
) -> None:
    for k, s in enumerate(stack.slices):
        if s.second is not None:
            first = array[target[s.first]] if s.first in target else spare[s.first]
            second = array[target[s.second]] if s.second in target else spare[s.second]
            mixed = (1.0 - s.weight_second) * first + s.weight_second * second
            array[k] = np.rint(mixed) if array.dtype == np.int16 else mixed


def _rescale(stored: Pixels, image: Instance, factor: float, out: Pixels) -> None:
    if stored.shape != out.shape:
        raise _UnreadableError(f"its image has size {stored.shape}, not {out.shape}")
    if out.dtype == np.int16:
        if image.intercept == 0 and stored.dtype.kind == "i":
            out[...] = stored
        else:
            shifted = stored.astype(np.int32) + np.int32(image.intercept)
            np.clip(shifted, -32768, 32767, out=shifted)
            out[...] = shifted
    else:
        # In double, then rounded once to single: no bias from a slope rounded to float32.
        np.multiply(stored, image.slope * factor, out=out, casting="unsafe", dtype=np.float64)
        if image.intercept:
            out += np.float32(image.intercept * factor)


def _decode(image: Instance, out: Pixels) -> Pixels:
    """Return the stored values of one image as ``[rows, columns]`` integers.

    They lie in ``out`` itself where it holds int16 as the file does, which saves a copy.
    """
    layout = image.pixels
    assert layout is not None
    if layout.samples != 1:
        raise _UnreadableError("it is a colour picture, not a measured image")
    try:
        if layout.deflated:
            stored = _by_pydicom(image)
        elif layout.encapsulated:
            stored = _compressed(image, layout, out)
        else:
            stored = _native(image, layout)
    except _FAILURES as error:
        raise _UnreadableError(
            f"its pixel data cannot be decoded ({type(error).__name__})"
        ) from error
    return stored


#: What the decoders raise on damaged data; imagecodecs' own errors derive from RuntimeError.
_FAILURES = (
    ValueError, OSError, RuntimeError, EOFError, KeyError, IndexError, TypeError, AttributeError,
    NotImplementedError, struct.error,
)  # fmt: skip


def _native(image: Instance, layout: PixelLayout) -> Pixels:
    if layout.bits_allocated not in (8, 16, 32, 64):
        return _by_pydicom(image)
    count = layout.rows * layout.columns
    size = count * layout.bits_allocated // 8
    data = _read_at(image.path, layout.offset + image.frame * size, size)
    order = ">" if layout.big_endian else "<"
    kind = "f" if layout.is_float else "i" if layout.signed else "u"
    stored = np.frombuffer(data, f"{order}{kind}{layout.bits_allocated // 8}", count)
    return _sign(stored.reshape(layout.rows, layout.columns), layout)


def _read_at(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb", buffering=0) as file:
        file.seek(offset)
        data = file.read(size) or b""
    if len(data) < size:
        raise _UnreadableError(
            f"it is truncated: {len(data)} of {size} bytes of pixel data are there"
        )
    return data


def _sign(stored: Pixels, layout: PixelLayout) -> Pixels:
    """Drop overlay bits above the stored ones, extending the sign."""
    spare = layout.bits_allocated - layout.bits_stored
    if spare <= 0 or layout.is_float or stored.dtype.kind not in "iu":
        return stored
    bits = stored.astype(stored.dtype.newbyteorder("="))
    if bits.dtype.itemsize * 8 != layout.bits_allocated:
        return bits
    return (bits << spare) >> spare


def _compressed(image: Instance, layout: PixelLayout, out: Pixels) -> Pixels:
    decode = _DECODERS.get(layout.transfer_syntax)
    if decode is None and layout.transfer_syntax != _RLE:
        return _by_pydicom(image)
    size = image.path.stat().st_size - layout.offset
    data = _fragment(_read_at(image.path, layout.offset, size), image.frame, layout.frames)
    if decode is None:
        kind = f"<u{layout.bits_allocated // 8}"
        flat = np.frombuffer(imagecodecs.dicomrle_decode(bytes(data), kind), kind)
        stored: Pixels = flat.reshape(layout.rows, layout.columns)
    elif decode is imagecodecs.jpegls_decode and out.dtype == np.int16 and layout.signed:
        stored = decode(data, out=out.view(np.uint16))
    else:
        stored = decode(data)
    if stored.ndim == 3 and stored.shape[2] == 1:
        stored = stored[:, :, 0]
    if layout.signed and stored.dtype.kind == "u":
        stored = stored.view(stored.dtype.str.replace("u", "i"))
        spare = stored.dtype.itemsize * 8 - layout.bits_stored
        stored = (stored << spare) >> spare if spare > 0 else stored
    return stored


def _fragment(data: bytes, frame: int, frames: int) -> bytes | memoryview:
    """Bytes of one frame in encapsulated pixel data that begins with its offset table item."""
    view = memoryview(data)
    parts: list[memoryview] = []
    offset = 0
    while offset + 8 <= len(data):
        tag, length = struct.unpack_from("<4sI", data, offset)
        if tag != b"\xfe\xff\x00\xe0":
            break
        parts.append(view[offset + 8 : offset + 8 + length])
        offset += 8 + length
    if len(parts) == frames + 1:
        return parts[frame + 1]
    for number, found in enumerate(generate_frames(data, number_of_frames=frames)):
        if number == frame:
            return found
    raise _UnreadableError(f"frame {frame + 1} is not in it")


def _by_pydicom(image: Instance) -> Pixels:
    dataset = dcmread(image.path)
    return np.asarray(pixel_array(dataset, index=image.frame, raw=True))
