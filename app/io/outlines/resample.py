"""Labels from a grid of their own onto the PET's, by the nearest voxel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import InputError
from app.core.space.grid import ImageGrid

LabelArray = npt.NDArray[np.uint16]

#: Part of the outlined voxels that may lie beyond the PET without a word: rounding at its faces.
_BEYOND_UNSAID = 0.001


def onto_pet(
    layers: Sequence[LabelArray], grid: ImageGrid, pet: ImageGrid, notes: list[str], name: str
) -> list[LabelArray]:
    """Bring labelmaps onto the PET's grid (nearest voxel) and note it where the grids differ.

    Raises
    ------
    InputError
        If the two do not overlap.
    """
    if grid.same_grid(pet, tolerance_mm=0.01):
        return list(layers)
    if not grid.overlaps(pet):
        raise InputError(
            f"The outlines in {name} lie outside the PET.",
            "Check that they were drawn on this study.",
        )
    if _apart_mm(grid, pet) > 0.1:
        notes.append("Resampled to the nearest voxel of the PET from another grid.")
    beyond = _beyond(layers, grid, pet)
    if beyond > _BEYOND_UNSAID:
        notes.append(
            f"{100 * beyond:.1f} % of the outlined volume lies outside of the PET and is not "
            "measured."
        )
    return [nearest(x, grid, pet).astype(np.uint16) for x in layers]


def nearest(labels: npt.NDArray[Any], grid: ImageGrid, target: ImageGrid) -> npt.NDArray[Any]:
    """Value of the voxel of ``grid`` that holds each voxel centre of ``target``; 0 outside.

    Unlike a spline of order 0, the outer half voxel counts as inside: labels reach the voxels'
    faces, and a grid that differs by rounding loses no border.
    """
    out = np.zeros(target.shape_kji, dtype=labels.dtype)
    matrix = grid.inverse_affine @ target.affine_lps_mm
    k, j, i = np.ogrid[tuple(slice(n) for n in target.shape_kji)]
    shape = np.array(grid.shape_kji)
    # By slices: three float indices of a whole volume would take far more than the volume.
    for slice_k in range(target.shape_kji[0]):
        index = [
            np.floor(
                matrix[a, 0] * k[slice_k] + matrix[a, 1] * j[0] + matrix[a, 2] * i[0]
                + matrix[a, 3] + 0.5 + 1e-6
            ).astype(np.intp)
            for a in range(3)
        ]  # fmt: skip
        inside = np.ones(target.shape_kji[1:], dtype=np.bool_)
        for axis in range(3):
            inside &= (index[axis] >= 0) & (index[axis] < shape[axis])
        where = tuple(np.broadcast_to(x, inside.shape)[inside] for x in index)
        out[slice_k][inside] = labels[where]
    return out


def _beyond(layers: Sequence[LabelArray], grid: ImageGrid, pet: ImageGrid) -> float:
    """Part of the outlined voxels whose centres lie outside of the PET's voxels."""
    own, whole = grid.bounds_lps_mm, pet.bounds_lps_mm
    if (own[0] >= whole[0]).all() and (own[1] <= whole[1]).all() and _is_upright(pet):
        return 0.0
    outside = held = 0
    most = np.array(pet.shape_kji) - 0.5
    for k in range(grid.shape_kji[0]):
        for layer in layers:
            j, i = np.nonzero(layer[k])
            index = pet.indices_kji(
                grid.points_lps_mm(np.stack([np.full(j.size, k), j, i], axis=1))
            )
            within = ((index >= -0.5 - 1e-3) & (index <= most + 1e-3)).all(axis=1)
            held += j.size
            outside += j.size - int(np.count_nonzero(within))
    return outside / held if held else 0.0


def _is_upright(grid: ImageGrid) -> bool:
    """Whether a grid's axes are the patient's, so that it fills its bounding box."""
    return bool(np.count_nonzero(np.abs(grid.directions_lps) > 1e-6) == 3)


def _apart_mm(a: ImageGrid, b: ImageGrid) -> float:
    """Largest distance of a's voxel centres (at its corners) from the lattice of b, in mm."""
    steps = [[0.0, n - 1.0] for n in a.shape_kji]
    corners = np.array(np.meshgrid(*steps, indexing="ij")).reshape(3, -1).T
    index = b.indices_kji(a.points_lps_mm(corners))
    off = (index - np.rint(index)) * np.array(b.spacing_kji_mm)
    return float(np.abs(off).max())
