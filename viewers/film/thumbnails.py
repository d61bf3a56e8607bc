"""Small pictures of an image for lists: a coronal projection of a PET, a middle slice otherwise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.core.space.volume import Quantity, Volume
from viewers.colour.display import SUV_QUANTITIES, default_pet_range, robust_range
from viewers.make.finite import finite_values
from viewers.make.slices import SampledSlice, palette_index, sample_image, sample_slice
from viewers.scene.scene import MU_RANGE
from viewers.space.geometry import PaneView, Plane, array_axes

_PET = (*SUV_QUANTITIES, Quantity.BQML, Quantity.COUNTS)
#: CT window of a thumbnail, HU: skin, lungs and bones are told apart.
_CT_BOUNDS = (-700.0, 700.0)


def thumbnail(image: Volume, width_px: int, height_px: int) -> npt.NDArray[np.uint8]:
    """Draw an image as grey values, coronal, in its true proportions: uint8 [rows, columns].

    A PET is projected from the front (greatest value, inverse grey); anything else, and an oblique
    PET, is the slice through its middle.
    """
    is_pet = image.quantity in _PET
    view = _fitting(image, width_px, height_px)
    middle = tuple(float(v) for v in image.grid.bounds_lps_mm.mean(axis=0))
    axes = array_axes(image.grid)
    if is_pet and axes is not None:
        sampled = _projected(image, axes, view)
    else:
        sampled = sample_slice(image.array, image.grid, view, (middle[0], middle[1], middle[2]))
    index = palette_index(sampled, *_bounds(image))
    return np.ascontiguousarray(255 - index if is_pet else index)


def _bounds(image: Volume) -> tuple[float, float]:
    if image.quantity in _PET:
        return default_pet_range(image)
    if image.quantity is Quantity.HU:
        return _CT_BOUNDS
    return MU_RANGE if image.quantity is Quantity.MU else robust_range(image)


def _fitting(image: Volume, width_px: int, height_px: int) -> PaneView:
    bounds = image.grid.bounds_lps_mm
    size, middle = bounds[1] - bounds[0], bounds.mean(axis=0)
    mm_per_px = max(float(size[0]) / width_px, float(size[2]) / height_px)
    centre = (float(middle[0]), float(middle[1]), float(middle[2]))
    return PaneView(Plane.CORONAL, centre, mm_per_px, width_px, height_px)


def _projected(image: Volume, axes: tuple[int, int, int], view: PaneView) -> SampledSlice:
    """Greatest value along P for every pixel; ``axes`` are the array's along L, P and S."""
    grid, inverse = image.grid, image.grid.inverse_affine
    flat = finite_values(image.array).max(axis=axes[1])
    # What is left of the array's axes is in their order: rows must run along S.
    if axes[2] > axes[0]:
        flat = flat.T
    start = grid.indices_kji(view.centre_lps_mm)
    along_s = view.row_positions_mm() - view.centre_lps_mm[2]
    along_l = view.column_positions_mm() - view.centre_lps_mm[0]
    rows = start[axes[2]] + inverse[axes[2], 2] * along_s
    columns = start[axes[0]] + inverse[axes[0], 0] * along_l
    return sample_image(flat, rows, columns)
