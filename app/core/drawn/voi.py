"""Shapes that a reader draws, in patient space, and the voxels that lie in them.

Shapes are in LPS mm and know no image. A box and an ellipsoid are parallel to the patient's axes.

The rule for voxels at the rim, for every shape and image: a voxel belongs to a volume of interest
if its centre lies in it or on its surface. No voxel is cut, weighted or interpolated, so that every
statistic is over values that the image holds. The volume of the voxels therefore differs from that
of the shape, the more the larger the voxels are; both are stated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from app.core.space.grid import ImageGrid

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Point = tuple[float, float, float]
Slices = tuple[slice, slice, slice]

#: On the surface is inside: what rounding of positions in mm may take away, relative.
_ON_SURFACE = 1.0 + 1e-9
#: Voxels that are looked at together, to bound memory.
_SLAB_VOXELS = 2_000_000


class ThresholdKind(StrEnum):
    """How the threshold of an isocontour is found."""

    FIXED = "fixed"
    PERCENT_OF_MAX = "percent of max"
    BACKGROUND_ADAPTED = "background adapted"


@dataclass(frozen=True)
class ThresholdRule:
    """Rule for the threshold of an isocontour.

    Parameters
    ----------
    kind
        Which rule; formulas in `app.core.drawn.isocontour`.
    value
        The threshold itself in the PET's unit (fixed), or a share between 0 and 1.

    Raises
    ------
    ValueError
        If the value cannot be one of the rule.
    """

    kind: ThresholdKind
    value: float

    def __post_init__(self) -> None:
        most = math.inf if self.kind is ThresholdKind.FIXED else 1.0
        if not 0.0 < self.value <= most or not math.isfinite(self.value):
            raise ValueError(f"{self.value} is no threshold of the kind {self.kind}.")


@dataclass(frozen=True)
class Ruler:
    """A straight distance between two points."""

    start_lps_mm: Point
    end_lps_mm: Point

    @property
    def length_mm(self) -> float:
        """Distance of the points in mm."""
        return math.dist(self.start_lps_mm, self.end_lps_mm)


@dataclass(frozen=True)
class Angle:
    """The angle at ``apex_lps_mm`` between the directions to the two other points."""

    first_lps_mm: Point
    apex_lps_mm: Point
    second_lps_mm: Point

    @property
    def degrees(self) -> float:
        """Angle from 0 to 180 degrees; NaN where an arm has no length."""
        a = np.subtract(self.first_lps_mm, self.apex_lps_mm)
        b = np.subtract(self.second_lps_mm, self.apex_lps_mm)
        if not a.any() or not b.any():
            return math.nan
        # Exact also near 0 and 180 degrees, where the arc cosine is not.
        return math.degrees(math.atan2(float(np.linalg.norm(np.cross(a, b))), float(a @ b)))


@dataclass(frozen=True)
class Sphere:
    """A ball."""

    centre_lps_mm: Point
    radius_mm: float

    @property
    def half_lps_mm(self) -> Point:
        """Half the extent along L, P and S."""
        return self.radius_mm, self.radius_mm, self.radius_mm


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid with semi-axes along L, P and S."""

    centre_lps_mm: Point
    half_lps_mm: Point


@dataclass(frozen=True)
class Box:
    """A box with faces across L, P and S."""

    centre_lps_mm: Point
    half_lps_mm: Point


@dataclass(frozen=True)
class Isocontour:
    """What grows from the hottest voxel of a ball: see `app.core.drawn.isocontour.grow`."""

    centre_lps_mm: Point
    radius_mm: float
    rule: ThresholdRule

    @property
    def half_lps_mm(self) -> Point:
        """Half the extent of the ball along L, P and S."""
        return self.radius_mm, self.radius_mm, self.radius_mm


Volumetric = Sphere | Ellipsoid | Box
Shape = Ruler | Angle | Sphere | Ellipsoid | Box | Isocontour


@dataclass(frozen=True, eq=False)
class Voxels:
    """Some voxels of a grid: a box of it and which of its voxels.

    Parameters
    ----------
    box
        Slices of k, j and i.
    mask
        bool ``[k, j, i]`` of the box.
    """

    box: Slices
    mask: BoolArray

    @property
    def start_kji(self) -> tuple[int, int, int]:
        """First index of the box."""
        k, j, i = self.box
        return k.start, j.start, i.start

    @property
    def count(self) -> int:
        """Number of voxels."""
        return int(np.count_nonzero(self.mask))


def moved(shape: Shape, by_lps_mm: Point) -> Shape:
    """Return the shape elsewhere: every point shifted by mm."""

    def shifted(point: Point) -> Point:
        x, y, z = (float(p + d) for p, d in zip(point, by_lps_mm, strict=True))
        return x, y, z

    if isinstance(shape, Ruler):
        return Ruler(shifted(shape.start_lps_mm), shifted(shape.end_lps_mm))
    if isinstance(shape, Angle):
        points = (shape.first_lps_mm, shape.apex_lps_mm, shape.second_lps_mm)
        return Angle(*(shifted(x) for x in points))
    return replace(shape, centre_lps_mm=shifted(shape.centre_lps_mm))


def shape_volume_ml(shape: Volumetric) -> float:
    """Volume of the shape itself (not of its voxels) in ml.

    >>> round(shape_volume_ml(Sphere((0, 0, 0), 15.0)), 4)
    14.1372
    """
    a, b, c = shape.half_lps_mm
    factor = 8.0 if isinstance(shape, Box) else 4.0 / 3.0 * math.pi
    return factor * a * b * c / 1000.0


def index_box(
    grid: ImageGrid, centre_lps_mm: Point, half_lps_mm: Point, *, corners: bool = False
) -> Slices | None:
    """Slices of the voxels that an ellipsoid (or with ``corners`` a box) can reach.

    ``None`` where it reaches none.
    """
    scaled = grid.inverse_affine[:3, :3] * np.array(half_lps_mm)
    reach = np.abs(scaled).sum(axis=1) if corners else np.linalg.norm(scaled, axis=1)
    centre = grid.indices_kji(centre_lps_mm)
    low = np.maximum(np.ceil(centre - reach - 1e-6), 0).astype(int)
    high = np.minimum(np.floor(centre + reach + 1e-6), np.array(grid.shape_kji) - 1).astype(int)
    if (low > high).any():
        return None
    k, j, i = (slice(int(a), int(b) + 1) for a, b in zip(low, high, strict=True))
    return k, j, i


def scaled_distance(
    grid: ImageGrid, box: Slices, centre_lps_mm: Point, half_lps_mm: Point, *, corners: bool = False
) -> FloatArray:
    """Distance of voxel centres from a middle, ``[k, j, i]`` of a box of the grid.

    The unit is the half extent, so that 1 is the surface. The distance is squared and Euclidean,
    or with ``corners`` the greatest of the three axes.
    """
    linear = grid.affine_lps_mm[:3, :3] / np.array(half_lps_mm)[:, None]
    centre = grid.indices_kji(centre_lps_mm)
    k, j, i = (np.arange(s.start, s.stop) - c for s, c in zip(box, centre, strict=True))
    total = np.zeros((k.size, j.size, i.size))
    for row in linear:
        along = (row[0] * k)[:, None, None] + (row[1] * j)[:, None] + row[2] * i
        if corners:
            np.maximum(total, np.abs(along, out=along), out=total)
        else:
            total += np.square(along, out=along)
    return total


def voxels_in(shape: Volumetric, grid: ImageGrid) -> Voxels | None:
    """Voxels of a grid whose centres lie in a shape; ``None`` where there is none.

    Exact on any grid: oblique, flipped, anisotropic.
    """
    corners = isinstance(shape, Box)
    box = index_box(grid, shape.centre_lps_mm, shape.half_lps_mm, corners=corners)
    if box is None or min(shape.half_lps_mm) <= 0:
        return None
    mask = np.zeros(tuple(s.stop - s.start for s in box), dtype=np.bool_)
    slabs = max(1, _SLAB_VOXELS // max(1, mask[0].size))
    for first in range(0, mask.shape[0], slabs):
        start = box[0].start + first
        slab = (slice(start, min(start + slabs, box[0].stop)), box[1], box[2])
        away = scaled_distance(grid, slab, shape.centre_lps_mm, shape.half_lps_mm, corners=corners)
        mask[first : first + slabs] = away <= _ON_SURFACE
    return Voxels(box, mask) if mask.any() else None


def voxels_under(voxels: Voxels, grid: ImageGrid, other: ImageGrid) -> Voxels | None:
    """Voxels of another grid whose centres lie in voxels of this one; ``None`` without one.

    Both grids share patient space. A centre on the face between two voxels belongs to the one with
    the higher index, as in `ImageGrid.nearest_index_kji`.
    """
    inside = np.nonzero(voxels.mask)
    low = np.array([x.min() for x in inside]) + voxels.start_kji - 0.5
    high = np.array([x.max() for x in inside]) + voxels.start_kji + 0.5
    centre = grid.points_lps_mm((low + high) / 2)
    half = np.abs(grid.affine_lps_mm[:3, :3]) @ ((high - low) / 2)
    box = index_box(other, _point(centre), _point(half), corners=True)
    if box is None:
        return None
    mask = np.zeros(tuple(s.stop - s.start for s in box), dtype=np.bool_)
    to_grid = grid.inverse_affine @ other.affine_lps_mm
    slabs = max(1, _SLAB_VOXELS // max(1, mask[0].size))
    for first in range(0, mask.shape[0], slabs):
        start = box[0].start + first
        slab = (slice(start, min(start + slabs, box[0].stop)), box[1], box[2])
        mask[first : first + slabs] = _looked_up(voxels, to_grid, slab)
    return Voxels(box, mask) if mask.any() else None


def _looked_up(voxels: Voxels, to_grid: FloatArray, box: Slices) -> BoolArray:
    """Whether each voxel of a box of another grid has its centre in one of ``voxels``."""
    k, j, i = (np.arange(s.start, s.stop, dtype=np.float64) for s in box)
    place: list[npt.NDArray[np.intp]] = []
    fits = np.ones((k.size, j.size, i.size), dtype=np.bool_)
    for row, start, size in zip(to_grid[:3], voxels.start_kji, voxels.mask.shape, strict=True):
        along = (row[0] * k)[:, None, None] + (row[1] * j)[:, None] + (row[2] * i + row[3])
        index = np.floor(along + 0.5).astype(np.intp) - start
        fits &= (index >= 0) & (index < size)
        place.append(index)
    found = np.zeros_like(fits)
    found[fits] = voxels.mask[tuple(x[fits] for x in place)]
    return found


def _point(values: FloatArray) -> Point:
    x, y, z = (float(v) for v in values)
    return x, y, z
