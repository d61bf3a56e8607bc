"""What the charts show, computed without any drawing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.compute.attenuation.factors import AttenuationEffect
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Volume

FloatArray = npt.NDArray[np.float64]

#: How far around a lesion its surroundings reach.
SHELL_MM = 20.0
#: Bars of a histogram.
BINS = 40


@dataclass(frozen=True, eq=False)
class Histogram:
    """Shares of voxels (in percent of each region) by SUV.

    Parameters
    ----------
    edges
        float64 [bins + 1], in the image's unit.
    lesion, surroundings
        float64 [bins], adding up to 100 each (or to 0 where there is no voxel).
    """

    edges: FloatArray
    lesion: FloatArray
    surroundings: FloatArray


def lesion_and_shell(
    pet: Volume, segmentation: Segmentation, label: int, shell_mm: float = SHELL_MM
) -> tuple[FloatArray, FloatArray]:
    """Finite values of a lesion's voxels, and of those around it that belong to no lesion.

    A voxel is around it where its centre lies at most ``shell_mm`` from that of a lesion voxel.

    Parameters
    ----------
    pet
        On the segmentation's grid.
    segmentation
        The outlines.
    label
        The lesion's value in the labelmap.
    shell_mm
        Reach of the surroundings.
    """
    from scipy import ndimage

    box = segmentation.labels.boxes().get(label)
    if box is None:
        return np.zeros(0), np.zeros(0)
    spacing_mm = np.array(segmentation.grid.spacing_kji_mm)
    reach = np.ceil(shell_mm / spacing_mm).astype(int)
    k, j, i = (slice(max(s.start - n, 0), s.stop + n) for s, n in zip(box, reach, strict=True))
    labels, values = segmentation.labels.box((k, j, i)), pet.array[k, j, i].astype(np.float64)
    away = ndimage.distance_transform_edt(labels != label, sampling=spacing_mm)
    finite = np.isfinite(values)
    inside = values[(labels == label) & finite]
    return inside, values[(labels == 0) & (away <= shell_mm) & finite]


def histogram(inside: FloatArray, around: FloatArray) -> Histogram:
    """Shares of both by value, over one set of equal bins from 0 (or the least) to the greatest."""
    values = np.concatenate([inside, around])
    low = min(0.0, float(values.min(initial=0.0)))
    high = max(float(values.max(initial=0.0)), low + 1e-6)
    edges = np.linspace(low, high, BINS + 1)
    shares = []
    for part in (inside, around):
        counts = np.histogram(part, edges)[0].astype(np.float64)
        shares.append(100.0 * counts / max(1.0, counts.sum()))
    return Histogram(edges, shares[0], shares[1])


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
