"""Voxels that hold no measurement: padding, and values that are not numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from app.io.dicom.header import PixelLayout

#: What stands in a CT where nothing was measured, and how much is air already (HU).
AIR_HU = -1000.0
#: What stands there in a PET and everywhere else.
NOTHING = 0.0

Mask = npt.NDArray[np.bool_]


def padded(stored: npt.NDArray[Any], meant: npt.NDArray[Any], layout: PixelLayout) -> Mask | None:
    """Return which stored values stand for no measurement, or ``None`` where none does.

    Pixel Padding Value and its Range Limit (PS3.3 C.7.5.1.1.2) are stored values, before rescale;
    some writers put them outside of Bits Stored.

    Parameters
    ----------
    stored
        ``[rows, columns]`` as in the file, with all bits.
    meant
        The same within Bits Stored.
    layout
        Of the image.
    """
    if stored.dtype.kind == "f":
        found = ~np.isfinite(stored)
        if layout.float_padding is not None:
            low, high = layout.float_padding
            found |= (stored >= low) & (stored <= high)
        return found if found.any() else None
    if layout.padding is None:
        return None
    low, high = sorted(_signed(x) if layout.signed else x for x in layout.padding)
    found = _within(meant, low, high)
    if stored is not meant:
        found |= _within(stored, low, high)
    return found if found.any() else None


def _signed(bits: int) -> int:
    return bits - 0x10000 if bits & 0x8000 else bits


def _within(values: npt.NDArray[Any], low: int, high: int) -> Mask:
    if low == high:
        return np.asarray(values == low)
    return np.asarray((values >= low) & (values <= high))


def blank(values: npt.NDArray[Any], mask: Mask, *, is_hu: bool) -> Mask:
    """Write what stands for nothing where a mask is set, and return where that changed a value.

    In HU, values that are air or less already stay as the file has them.
    """
    changed = mask & ~(values <= AIR_HU) if is_hu else mask & (values != NOTHING)
    values[changed] = AIR_HU if is_hu else NOTHING
    return np.asarray(changed)


def padding_note(voxels: int, *, is_hu: bool) -> str:
    """Return the sentence on voxels that hold no measurement."""
    noun, verb = ("voxel", "holds") if voxels == 1 else ("voxels", "hold")
    taken = f"air ({AIR_HU:g} HU)" if is_hu else "nothing (0)"
    return (
        f"{voxels} {noun} {verb} no measured value (padding, or not a number) and "
        f"{'is' if voxels == 1 else 'are'} taken as {taken}."
    )
