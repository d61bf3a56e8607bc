"""Where a study holds uptake at all: the part that networks look at. No torch here."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

BoolArray = npt.NDArray[np.bool_]
Box = tuple[slice, slice, slice]

QUIET_SUV = 0.2
"""Air, bed and the noise around a body stay below this; no lesion does."""
MARGIN_VOXELS = 4


def has_uptake(channels: npt.NDArray[np.float32]) -> BoolArray:
    """Return where the PET exceeds `QUIET_SUV`, without specks of noise, as bool ``[k, j, i]``.

    Parameters
    ----------
    channels
        ``[4, k, j, i]`` of `inference.prepare.prepare.segmentation_channels`; the first is SUV /
        10.
    """
    uptake: BoolArray = channels[0] > QUIET_SUV / 10.0
    if min(uptake.shape) < 3:
        return uptake
    # What no cube of three voxels fits into is noise; what touches such a cube is kept.
    core = ndimage.binary_erosion(uptake, np.ones((3, 3, 3), dtype=bool), border_value=1)
    return np.asarray(
        uptake & ndimage.binary_dilation(core, np.ones((5, 5, 5), dtype=bool)), dtype=np.bool_
    )


def body_box(uptake: BoolArray, window_kji: tuple[int, int, int]) -> Box:
    """Return the part of the volume around the uptake, at least a window wide where there is room.

    Windows over mostly empty air cost time, and a network with instance norm is less sure there
    than in windows that the body fills. Everything without any uptake.
    """
    found = ndimage.find_objects(uptake.astype(np.uint8))
    if not found:
        k, j, i = (slice(0, n) for n in uptake.shape)
        return k, j, i
    sides = []
    for part, size, window in zip(found[0], uptake.shape, window_kji, strict=True):
        low, high = max(0, part.start - MARGIN_VOXELS), min(size, part.stop + MARGIN_VOXELS)
        lack = max(0, min(size, window) - (high - low))
        low = max(0, low - lack // 2)
        high = min(size, max(high, low + min(size, window)))
        low = max(0, min(low, high - min(size, window)))
        sides.append(slice(low, high))
    return sides[0], sides[1], sides[2]
