"""Means over a small sphere around voxels: IBSI's local and global intensity peak.

A sphere on a regular grid is a set of index offsets; along the last axis those of one row are
neighbours, so a sphere sum is a handful of differences of running sums. That keeps the cost per
voxel at the sphere's cross section instead of its volume.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.core.space.grid import ImageGrid

#: Radius of a sphere of 1 ml: (3 / (4 pi) * 1000 mm^3)^(1/3), as IBSI defines the peaks.
PEAK_RADIUS_MM = 6.2035049089940001

#: Voxels of the box that is held in float64 at once.
_BOX_VOXELS = 8_000_000

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class SphereRows:
    """The voxels of a sphere as rows along i: offsets ``[n]`` of k and j, first and last of i."""

    k: IntArray
    j: IntArray
    first_i: IntArray
    last_i: IntArray

    @property
    def reach_kji(self) -> tuple[int, int, int]:
        """Greatest absolute offset along each axis."""
        reach_i = max(abs(int(self.first_i.min())), abs(int(self.last_i.max())))
        return int(np.abs(self.k).max()), int(np.abs(self.j).max()), reach_i

    @property
    def voxels(self) -> int:
        """Number of voxels whose centres the sphere holds."""
        return int((self.last_i - self.first_i + 1).sum())


def sphere_rows(grid: ImageGrid, radius_mm: float = PEAK_RADIUS_MM) -> SphereRows:
    """Return the index offsets whose distance to 0 is at most the radius, for any affine.

    Oblique and anisotropic grids are exact: distances are taken in patient space. Offsets that
    no voxel of the grid can reach are left out.
    """
    linear = grid.affine_lps_mm[:3, :3]
    # The farthest index an ellipsoid reaches along an axis is the norm of that inverse row.
    reach = np.floor(radius_mm * np.linalg.norm(grid.inverse_affine[:3, :3], axis=1) + 1e-6)
    reach = np.minimum(reach, np.array(grid.shape_kji) - 1)
    axes = [np.arange(-int(n), int(n) + 1) for n in reach]
    offsets = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    distance_mm = np.linalg.norm(offsets @ linear.T, axis=-1)
    inside = distance_mm <= radius_mm * (1.0 + 1e-9)
    # A sphere is convex, so each row is one run.
    some = inside.any(axis=2)
    k_at, j_at = np.nonzero(some)
    rows = inside[k_at, j_at]
    first = rows.argmax(axis=1)
    last = rows.shape[1] - 1 - rows[:, ::-1].argmax(axis=1)
    return SphereRows(axes[0][k_at], axes[1][j_at], axes[2][first], axes[2][last])


def sphere_means(
    array: npt.NDArray[np.number], index_kji: tuple[IntArray, IntArray, IntArray], rows: SphereRows
) -> FloatArray:
    """Mean over a sphere around each of n voxels of an image ``[k, j, i]``.

    Only voxels that exist and are finite take part, so that a sphere at the border of the image
    is the mean of what is there. NaN where none is.

    Parameters
    ----------
    array
        The whole image, any real dtype.
    index_kji
        Three arrays ``[n]``, sorted by k (as C-order flat indices give them).
    rows
        From `sphere_rows` of the image's grid.

    Returns
    -------
    float64 ``[n]``
    """
    k, j, i = index_kji
    means = np.full(k.size, np.nan)
    start = 0
    while start < k.size:
        stop = _chunk_end(index_kji, start, rows.reach_kji)
        part = slice(start, stop)
        means[part] = _means_in_box(array, (k[part], j[part], i[part]), rows)
        start = stop
    return means


def _chunk_end(
    index: tuple[IntArray, IntArray, IntArray], start: int, reach: tuple[int, ...]
) -> int:
    """Where the box of the voxels from ``start`` on would grow beyond what is held at once."""
    k, j, i = index
    plane = (np.ptp(j[start:]) + 2 * reach[1] + 1) * (np.ptp(i[start:]) + 2 * reach[2] + 2)
    planes = max(int(_BOX_VOXELS // plane) - 2 * reach[0], 1)
    return int(np.searchsorted(k, k[start] + planes, side="left"))


def _means_in_box(
    array: npt.NDArray[np.number], index: tuple[IntArray, IntArray, IntArray], rows: SphereRows
) -> FloatArray:
    low = [int(x.min()) - r for x, r in zip(index, rows.reach_kji, strict=True)]
    high = [int(x.max()) + r + 1 for x, r in zip(index, rows.reach_kji, strict=True)]
    inner = tuple(
        slice(max(a, 0), min(b, n)) for a, b, n in zip(low, high, array.shape, strict=True)
    )
    crop = np.asarray(array[inner], dtype=np.float64)
    # One column of zeros before the rest: running sums then give any run as a difference.
    padding = [
        (s.start - a + (axis == 2), b - s.stop)
        for axis, (s, a, b) in enumerate(zip(inner, low, high, strict=True))
    ]
    finite = np.isfinite(crop)
    whole = bool(finite.all()) and not any(before + after for before, after in padding[:2])
    whole = whole and padding[2] == (1, 0)
    sums = np.cumsum(np.pad(np.where(finite, crop, 0.0), padding), axis=2)
    place = [x - a for x, a in zip(index, low, strict=True)]
    total = _run_sums(sums, place, rows)
    if whole:
        return total / rows.voxels
    count = _run_sums(np.cumsum(np.pad(finite.astype(np.float64), padding), axis=2), place, rows)
    means: FloatArray = np.full(total.shape, np.nan)
    np.divide(total, count, out=means, where=count > 0.5)
    return means


def _run_sums(sums: FloatArray, place: list[IntArray], rows: SphereRows) -> FloatArray:
    """Add up the runs of the sphere around each voxel; ``sums`` are running sums along i."""
    _, size_j, size_i = sums.shape
    flat = sums.reshape(-1)
    base = (place[0] * size_j + place[1]) * size_i + place[2]
    total = np.zeros(base.size)
    steps = (rows.k * size_j + rows.j) * size_i
    # sums[i + 1] holds everything up to and including column i.
    for step, first, last in zip(steps, rows.first_i, rows.last_i, strict=True):
        total += flat[base + (step + last + 1)]
        total -= flat[base + (step + first)]
    return total
