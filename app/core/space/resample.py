"""Bringing an image onto another grid: always an explicit call."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from app.core.kit.errors import GridError
from app.core.space.grid import ImageGrid
from app.core.space.volume import Volume


def resample(
    volume: Volume,
    grid: ImageGrid,
    *,
    order: Literal[0, 1, 3] = 1,
    fill: float = 0.0,
    any_space: bool = False,
) -> Volume:
    """Interpolate a volume onto another grid.

    Parameters
    ----------
    volume
        The source, on its own grid.
    grid
        The target.
    order
        Spline order of `scipy.ndimage.affine_transform`: 0 nearest, 1 linear, 3 cubic.
    fill
        Value outside the source, in the volume's unit.
    any_space
        Allow different frames of reference (the caller has shown the warning).

    Raises
    ------
    GridError
        If the frames of reference differ and ``any_space`` is false.
    """
    if not any_space and not volume.grid.same_space(grid):
        raise GridError(
            "The two images have different frames of reference and are not aligned.",
            "Register them first, or use an image of the same frame.",
        )
    if volume.grid.same_grid(grid):
        return Volume(grid, volume.array, volume.quantity, volume.series_uid, volume.description)
    matrix = volume.grid.inverse_affine @ grid.affine_lps_mm
    array = _affine(volume.array, matrix, grid.shape_kji, order, fill)
    return Volume(grid, array, volume.quantity, volume.series_uid, volume.description)


def _affine(
    array: npt.NDArray[Any],
    matrix: npt.NDArray[np.float64],
    shape: tuple[int, int, int],
    order: Literal[0, 1, 3],
    fill: float,
) -> npt.NDArray[Any]:
    source: npt.NDArray[Any] = array if order == 0 else array.astype(np.float32, copy=False)
    linear, offset = matrix[:3, :3], matrix[:3, 3]
    # A diagonal map takes scipy's separable zoom-shift path, several times faster.
    diagonal = np.diag(linear)
    plain = np.abs(linear - np.diag(diagonal)).max() < 1e-9
    moved: npt.NDArray[Any] = ndimage.affine_transform(
        source,
        diagonal if plain else linear,
        offset,
        shape,
        order=order,
        # Nearest: the outer half of a border voxel is still that voxel.
        mode="grid-constant" if order == 0 else "constant",
        cval=fill,
        output=source.dtype,
        prefilter=order > 1,
    )
    return moved
