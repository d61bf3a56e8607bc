"""Slices at display resolution, taken straight from the native array."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from app.core.space.grid import ImageGrid
from viewers.make.finite import finite_values
from viewers.make.slab import THIN, Slab
from viewers.make.vtk_images import cut
from viewers.space.geometry import PaneView, array_axes

Picture = npt.NDArray[np.float32]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SampledSlice:
    """A slice as a pane shows it.

    Parameters
    ----------
    values
        float32 [rows, columns] in the volume's unit, 0 outside the volume.
    inside
        bool [rows, columns], or ``None`` where every pixel lies inside the volume.
    """

    values: Picture
    inside: npt.NDArray[np.bool_] | None


def sample_slice(
    array: npt.NDArray[Any],
    grid: ImageGrid,
    view: PaneView,
    point_lps_mm: tuple[float, float, float],
    slab: Slab = THIN,
) -> SampledSlice:
    """Sample the plane through a position for every pixel of a pane.

    On a grid along the patient's axes this is the nearest native slice, linear in its plane (with
    a wider triangle where pixels are larger than voxels, so that nothing is skipped). On an oblique
    grid, and on an oblique plane, it is trilinear. Of a slab it is the projection of the native
    slices whose middles lie in it, or of as many oblique cuts.
    """
    axes = array_axes(grid)
    if axes is None or view.turn is not None:
        return _sample_oblique(array, grid, view, point_lps_mm, slab)
    right, down = view.plane.right[0], view.plane.down[0]
    normal = view.plane.normal_axis
    inverse = grid.inverse_affine
    fraction = grid.indices_kji(point_lps_mm)
    shape = (view.height_px, view.width_px)
    index = int(np.floor(fraction[axes[normal]] + 0.5))
    if not 0 <= index < grid.shape_kji[axes[normal]]:
        return SampledSlice(np.zeros(shape, np.float32), np.zeros(shape, np.bool_))
    native = _native_layer(array, axes[normal], index, slab, grid, fraction[axes[normal]])
    if axes[down] > axes[right]:
        native = native.T
    at_rows = fraction[axes[down]] + inverse[axes[down], down] * (
        view.row_positions_mm() - point_lps_mm[down]
    )
    at_columns = fraction[axes[right]] + inverse[axes[right], right] * (
        view.column_positions_mm() - point_lps_mm[right]
    )
    return sample_image(native, at_rows, at_columns)


def _native_layer(
    array: npt.NDArray[Any], axis: int, index: int, slab: Slab, grid: ImageGrid, at: float
) -> npt.NDArray[Any]:
    """Native slice at an index of an axis, or the slab's projection around ``at``."""
    taken: Any = index
    if slab.mode is not None:
        taken = slab.slices(at, grid.spacing_kji_mm[axis], index)
    # A view: sample_image copies it once, as float32.
    seen = array[tuple(taken if a == axis else slice(None) for a in range(3))]
    layer: npt.NDArray[Any] = finite_values(seen)
    return layer if slab.mode is None else slab.project(layer, axis)


def sample_image(
    native: npt.NDArray[Any], at_rows: FloatArray, at_columns: FloatArray
) -> SampledSlice:
    """Sample a native 2D image at fractional rows and columns, linear and separable."""
    rows, rows_inside = _weights(*_line(at_rows), native.shape[0])
    columns, columns_inside = _weights(*_line(at_columns), native.shape[1])
    half: Any = rows @ native.astype(np.float32)
    values: Any = np.ascontiguousarray((columns @ np.ascontiguousarray(half.T)).T)
    if rows_inside.all() and columns_inside.all():
        return SampledSlice(values, None)
    return SampledSlice(values, rows_inside[:, None] & columns_inside[None, :])


def _line(at: FloatArray) -> tuple[float, float, int]:
    """First, step and number of evenly spaced places, to a millionth of a voxel."""
    step = float(at[-1] - at[0]) / (len(at) - 1) if len(at) > 1 else 1.0
    return round(float(at[0]), 6), round(step, 9), len(at)


@lru_cache(maxsize=64)
def _weights(
    first_at: float, step: float, count: int, size: int
) -> tuple[Any, npt.NDArray[np.bool_]]:
    """Sparse interpolation matrix [count, size] with rows summing to 1, and which lie inside.

    Kept, since they stay the same while a reader scrolls: each is a few kilobytes.
    """
    at = first_at + step * np.arange(count)
    inside = (at >= -0.5) & (at <= size - 0.5)
    ratio = max(1.0, abs(step))
    taps = int(np.ceil(2 * ratio)) + (1 if ratio > 1 else 0)
    first = np.floor(at - ratio).astype(np.int64) + 1
    index = first[:, None] + np.arange(taps)
    weight = np.maximum(0.0, 1.0 - np.abs(index - at[:, None]) / ratio)
    weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    weight[~inside] = 0.0
    flat = np.clip(index, 0, size - 1).ravel()
    pointers = np.arange(count + 1) * taps
    matrix = sparse.csr_array(
        (weight.astype(np.float32).ravel(), flat, pointers), shape=(count, size)
    )
    return matrix, inside


def _sample_oblique(
    array: npt.NDArray[Any],
    grid: ImageGrid,
    view: PaneView,
    point_lps_mm: tuple[float, float, float],
    slab: Slab,
) -> SampledSlice:
    corner = view.to_lps_mm(0.5, 0.5, view.depth_mm(point_lps_mm))
    steps = np.stack([view.down_lps, view.right_lps], axis=1) * view.mm_per_px
    normal = np.cross(view.right_lps, view.down_lps)
    values: Picture = cut(
        array,
        grid.inverse_affine[:3, :3] @ steps,
        grid.indices_kji(corner),
        (view.height_px, view.width_px),
        outside=float("nan"),
        thick=slab.cuts(grid, normal, view.mm_per_px),
    )
    outside = ~np.isfinite(values)
    values[outside] = 0.0
    return SampledSlice(values, ~outside if outside.any() else None)


def palette_index(sampled: SampledSlice, lower: float, upper: float) -> npt.NDArray[np.uint8]:
    """Index 0 to 255 of every pixel for a display range; 0 outside the volume.

    Index ``n`` stands for ``lower + n / 255 * (upper - lower)``.
    """
    scale = np.float32(255.0 / max(upper - lower, 1e-9))
    index = sampled.values * scale
    index += np.float32(0.5) - np.float32(lower) * scale
    np.clip(index, 0.0, 255.0, out=index)
    table = index.astype(np.uint8)
    if sampled.inside is not None:
        table *= sampled.inside
    return table
