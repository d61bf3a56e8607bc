"""What a synthetic CT would do to the PET slice by slice, computed without any drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from app.core.space.grid import ImageGrid

if TYPE_CHECKING:
    from app.compute.attenuation.factors import AttenuationEffect

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class EffectCurve:
    """By how much attenuation factors differ, slice by slice.

    Parameters
    ----------
    grid
        The grid whose slices were compared.
    position_mm
        float64 [slices], rising: where a slice lies along the patient's axis that is nearest to
        its normal (LPS mm).
    mean_percent, low_percent, high_percent
        float64 [slices]: mean, 5th and 95th percentile over lines, in % of the real CT's factors;
        NaN where a slice was not compared, or no line crosses tissue.
    """

    grid: ImageGrid
    position_mm: FloatArray
    mean_percent: FloatArray
    low_percent: FloatArray
    high_percent: FloatArray

    @property
    def axis(self) -> int:
        """The patient's axis along which slices follow one another: 0 L, 1 P, 2 S."""
        return slice_axis(self.grid)

    def position_at(self, point_lps_mm: npt.ArrayLike) -> float | None:
        """Position of the slice that holds a point, or ``None`` outside of all slices."""
        k = int(np.floor(self.grid.indices_kji(point_lps_mm)[0] + 0.5))
        inside = 0 <= k < self.grid.shape_kji[0]
        return float(_positions(self.grid)[k]) if inside else None


def effect_curve(effect: AttenuationEffect, grid: ImageGrid) -> EffectCurve | None:
    """Lay the slices of an effect along the patient; ``None`` where no line was compared.

    Parameters
    ----------
    effect
        The comparison.
    grid
        The grid of the slices that its ``index_k`` counts.
    """
    rows = np.full((3, grid.shape_kji[0]), np.nan)
    for one in effect.slices:
        rows[:, one.index_k] = one.mean_percent, one.p5_percent, one.p95_percent
    if not np.isfinite(rows).any():
        return None
    order = np.argsort(_positions(grid))
    return EffectCurve(grid, _positions(grid)[order], *rows[:, order])


def slice_axis(grid: ImageGrid) -> int:
    """Return the patient's axis (0 L, 1 P, 2 S) nearest to the normal of a grid's slices."""
    return int(np.argmax(np.abs(grid.directions_lps[:, 0])))


def _positions(grid: ImageGrid) -> FloatArray:
    """Where the middles of all slices lie along `slice_axis`, in LPS mm."""
    count, rows, columns = grid.shape_kji
    index = [(k, (rows - 1) / 2, (columns - 1) / 2) for k in range(count)]
    return np.asarray(grid.points_lps_mm(index)[:, slice_axis(grid)])
