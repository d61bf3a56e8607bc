"""Outlines as labelmaps: as few as hold every voxel of each, and from any grid to the PET's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import InputError
from app.core.space.grid import ImageGrid

LabelArray = npt.NDArray[np.uint16]
Mask = npt.NDArray[np.bool_]

#: Memory of the layers while they are filled.
_MOST_BYTES = 4 << 30
_MOST_VOXELS = 1 << 30
#: Part of the outlined voxels that may lie beyond the PET without a word: rounding at its faces.
_BEYOND_UNSAID = 0.001


@dataclass(eq=False)
class Layers:
    """uint16 labelmaps ``[k, j, i]`` of one shape; an outline lies in one of them, whole.

    Parameters
    ----------
    shape_kji
        Of every layer.
    arrays
        The layers, the fullest first.
    shared
        By label: voxels that an earlier outline holds too.

    Raises
    ------
    InputError
        If a layer of this shape is larger than can be held.
    """

    shape_kji: tuple[int, int, int]
    arrays: list[LabelArray] = field(default_factory=list)
    shared: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        voxels = 1
        for n in self.shape_kji:
            voxels *= int(n)
        if voxels > _MOST_VOXELS:
            raise InputError(
                f"The outlines span a grid of {voxels / 1e9:.1f} thousand million voxels, more "
                "than can be held.",
                "Check that their positions are those of the study.",
            )
        if not self.arrays:
            self.arrays.append(np.zeros(self.shape_kji, np.uint16))

    def add(self, label: int, planes: Sequence[tuple[int, Mask]]) -> None:
        """Put an outline into the first layer where no other holds a voxel of it.

        Parameters
        ----------
        label
            Of the outline, 1 or more.
        planes
            Slices k, each with whether its voxels ``[j, i]`` belong to the outline.

        Raises
        ------
        InputError
            If so many outlines overlap that their layers cannot be held.
        """
        held = [np.zeros(x.shape, np.bool_) for _, x in planes]
        free = None
        for layer in self.arrays:
            empty = True
            for (k, inside), known in zip(planes, held, strict=True):
                taken = inside & (layer[k] > 0)
                empty = empty and not taken.any()
                known |= taken
            if free is None and empty:
                free = layer
        shared = sum(int(np.count_nonzero(x)) for x in held)
        if shared:
            self.shared[label] = shared
        if free is None:
            free = self._another()
        for k, inside in planes:
            free[k][inside] = label

    def _another(self) -> LabelArray:
        if (len(self.arrays) + 1) * self.arrays[0].nbytes > _MOST_BYTES:
            raise InputError(
                f"More than {len(self.arrays)} outlines overlap one another; they cannot be held.",
                "Measure them from several files.",
            )
        self.arrays.append(np.zeros(self.shape_kji, np.uint16))
        return self.arrays[-1]


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
