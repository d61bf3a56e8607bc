"""Pixels of a series into one array: each file read once, decoded by a few threads in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.core.kit.room import require_room
from app.core.study.study import RefusedFile
from app.io.decode.decoders import THREADS, Decoders
from app.io.decode.streams import UndecodableError
from app.io.dicom.geometry import Stack, build_stack
from app.io.dicom.header import DAMAGED, Instance, PixelLayout
from app.io.pixels.padding import AIR_HU, NOTHING, Mask, blank, padding_note
from app.io.pixels.stored import StoredValues

Pixels = npt.NDArray[Any]


@dataclass(frozen=True)
class ReadSeries:
    """A series in memory.

    ``array`` is ``[k, j, i]``: int16 where every image has slope 1 and a whole intercept (CT),
    float32 otherwise. ``stack`` says where it is, how it was laid, and in its warnings how many
    voxels hold no measurement; ``unmeasured`` is True at these, or ``None`` where there are none.
    """

    stack: Stack
    array: Pixels
    refused: tuple[RefusedFile, ...]
    unmeasured: Mask | None = None


@dataclass(frozen=True)
class _Wanted:
    """What is to be made of a series' values."""

    keep_int16: bool
    scales: npt.NDArray[np.float64] | None
    is_hu: bool
    thickness_mm: float | None


@dataclass
class _Target:
    """Where images go: slices of the volume, or planes between which others are interpolated."""

    array: Pixels
    slices: dict[int, int]
    spare: dict[int, Pixels] = field(default_factory=dict)
    blanked: dict[int, Mask] = field(default_factory=dict)

    def plane(self, image: int) -> Pixels:
        """Return the plane of an image, made anew where it is no slice of the volume."""
        if image in self.slices:
            return np.asarray(self.array[self.slices[image]])
        return self.spare.setdefault(image, np.zeros(self.array.shape[1:], self.array.dtype))


def read_series(
    stack: Stack,
    context: JobContext | None = None,
    *,
    keep_int16: bool,
    is_hu: bool,
    scales: npt.NDArray[np.float64] | None = None,
    thickness_mm: float | None = None,
) -> ReadSeries:
    """Read and rescale all images of a stack.

    Images that cannot be read, or of which cannot be told what they hold, are left out with a
    reason: a stream that damages or stops its decoder (each runs in a process of its own), another
    length or depth than the header's, values that use more bits than are stored.

    Voxels that hold no measurement (Pixel Padding Value and its Range Limit, NaN, infinity) become
    air in a CT: -1000 HU, or what the file has where that is less. Everywhere else they become 0.
    They are never interpolated: a slice between two images holds none where one of the two holds
    none. Their number is said in the stack's warnings, but for those that were air or 0 already.

    Parameters
    ----------
    stack
        From `build_stack`.
    context
        Progress and cancel.
    keep_int16
        Hold whole numbers with slope 1 as int16 (CT); otherwise float32.
    is_hu
        Whether the rescaled values are HU.
    scales
        A further factor per image of the stack (SUV per rescaled unit), applied in one pass.
    thickness_mm
        For laying the stack again, should images turn out to be unreadable.

    Raises
    ------
    InputError
        If no image can be read, the series does not fit into memory, or too many of its images
        break their decoder.
    JobCancelled
        If the context's token is set.
    """
    context = context or JobContext()
    return _read(stack, context, _Wanted(keep_int16, scales, is_hu, thickness_mm))


def _read(stack: Stack, context: JobContext, wanted: _Wanted) -> ReadSeries:
    whole = wanted.keep_int16 and wanted.scales is None and _fits_int16(stack)
    shape = (len(stack.slices), *stack.grid.shape_kji[1:])
    dtype = np.dtype(np.int16 if whole else np.float32)
    require_room(int(np.prod(shape, dtype=np.int64)) * dtype.itemsize, "The series")
    target = _Target(
        np.zeros(shape, dtype), {s.first: k for k, s in enumerate(stack.slices) if s.second is None}
    )
    failed: dict[int, str] = {}

    def work(n: int) -> None:
        context.check()
        factor = 1.0 if wanted.scales is None else float(wanted.scales[n])
        image, out = stack.images[n], target.plane(n)

        def take(stored: Pixels, mask: Mask | None) -> None:
            _rescale(stored, image, factor, out)
            if mask is not None:
                mask = blank(out, mask, is_hu=wanted.is_hu)
                if mask.any():
                    target.blanked[n] = mask
            if stored.dtype.kind == "f" and not np.isfinite(out).all():
                raise UndecodableError("its rescaled values are larger than numbers can be")

        try:
            values.read(image, take)
        except UndecodableError as reason:
            failed[n] = str(reason)
        except (*DAMAGED, RuntimeError) as error:
            failed[n] = f"its pixel data cannot be read ({type(error).__name__})"

    total = len(stack.images)
    with Decoders(context) as decoders, _threads() as pool:
        values = StoredValues(decoders, _usual(stack))
        for done, _ in enumerate(pool.map(work, range(total))):
            if done % 16 == 0:
                context.progress(done / total, f"Reading images: {done} of {total}")
    if failed:
        return _without(stack, failed, context, wanted)
    unmeasured = _finished(stack, target, is_hu=wanted.is_hu)
    context.progress(1.0)
    if unmeasured is not None:
        note = padding_note(int(unmeasured.sum()), is_hu=wanted.is_hu)
        stack = replace(stack, warnings=(*stack.warnings, note))
    return ReadSeries(stack, target.array, (), unmeasured)


@contextmanager
def _threads() -> Iterator[ThreadPoolExecutor]:
    """Lend threads; where the work ends early, what waits is not begun."""
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="uptake-decode")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _usual(stack: Stack) -> PixelLayout:
    """Return how most images of a series are stored."""
    counted = Counter(
        (x.pixels.bits_stored, x.pixels.signed) for x in stack.images if x.pixels is not None
    )
    (bits_stored, signed), _ = counted.most_common(1)[0]
    first = stack.images[0].pixels
    assert first is not None
    return replace(first, bits_stored=bits_stored, signed=signed)


def _without(
    stack: Stack, failed: dict[int, str], context: JobContext, wanted: _Wanted
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
    again = build_stack(images, stack.grid.frame_of_reference_uid, wanted.thickness_mm)
    scales = wanted.scales
    if scales is not None:
        by_image = {id(stack.images[n]): scales[n] for n in left}
        scales = np.array([by_image[id(x)] for x in again.images])
    read = _read(again, context, replace(wanted, scales=scales))
    return replace(read, refused=(*refused, *read.refused))


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


def _finished(stack: Stack, target: _Target, *, is_hu: bool) -> Mask | None:
    """Interpolate the slices that lie between images, and return where nothing was measured."""
    array = target.array
    unmeasured = np.zeros(array.shape, np.bool_) if target.blanked else None
    for k, s in enumerate(stack.slices):
        second = s.first if s.second is None else s.second
        if s.second is not None:
            mixed = (1.0 - s.weight_second) * target.plane(s.first)
            mixed = mixed + s.weight_second * target.plane(second)
            array[k] = np.rint(mixed) if array.dtype == np.int16 else mixed
        for mask in (target.blanked.get(s.first), target.blanked.get(second)):
            if mask is not None and unmeasured is not None:
                array[k][mask] = AIR_HU if is_hu else NOTHING
                unmeasured[k] |= mask
    return unmeasured


def _rescale(stored: Pixels, image: Instance, factor: float, out: Pixels) -> None:
    if stored.shape != out.shape:
        raise UndecodableError(f"its image has size {stored.shape}, not {out.shape}")
    if out.dtype == np.int16:
        if image.intercept == 0 and stored.dtype.kind == "i" and stored.dtype.itemsize <= 2:
            out[...] = stored
        else:
            shifted = stored.astype(np.int32) + np.int32(image.intercept)
            np.clip(shifted, -32768, 32767, out=shifted)
            out[...] = shifted
        return
    with np.errstate(over="ignore", invalid="ignore"):
        # In double, then rounded once to single: no bias from a slope rounded to float32.
        np.multiply(stored, image.slope * factor, out=out, casting="unsafe", dtype=np.float64)
        if image.intercept:
            out += np.float32(image.intercept * factor)
