"""Planes, panes and pixels: where a pane's picture lies in patient space.

All positions are LPS mm. A pane shows one of the three patient planes. Its picture is looked at as
on a light box: axial from the feet, coronal from the front, sagittal from the left side.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from app.core.space.grid import ImageGrid
from viewers.space.turns import Turn

FloatArray = npt.NDArray[np.float64]


class Plane(StrEnum):
    """One of the patient's planes."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"

    @property
    def right(self) -> tuple[int, int]:
        """Patient axis (0 L, 1 P, 2 S) and sign towards the right of the screen."""
        return (1, 1) if self is Plane.SAGITTAL else (0, 1)

    @property
    def down(self) -> tuple[int, int]:
        """Patient axis and sign towards the bottom of the screen."""
        return (1, 1) if self is Plane.AXIAL else (2, -1)

    @property
    def normal_axis(self) -> int:
        """Patient axis along which the plane is scrolled."""
        return {Plane.AXIAL: 2, Plane.CORONAL: 1, Plane.SAGITTAL: 0}[self]


def unit_vector(axis_sign: tuple[int, int]) -> FloatArray:
    """Return the LPS unit vector of a patient axis and sign."""
    vector = np.zeros(3)
    vector[axis_sign[0]] = axis_sign[1]
    return vector


def direction_letters(direction_lps: npt.ArrayLike) -> str:
    """Name a direction: L, R, P, A, S, I; further letters where it is oblique.

    Letters come in the order of their share, and only shares above a tenth are named.

    Examples
    --------
    >>> direction_letters((0, 0, -1)), direction_letters((0.9, 0.4, 0))
    ('I', 'LP')
    """
    direction = np.asarray(direction_lps, dtype=np.float64)
    length = float(np.linalg.norm(direction))
    if length == 0:
        return ""
    parts = direction / length
    order = np.argsort(-np.abs(parts), kind="stable")
    names = (("L", "R"), ("P", "A"), ("S", "I"))
    return "".join(names[a][int(parts[a] < 0)] for a in order if abs(parts[a]) > 0.1)


@dataclass(frozen=True)
class PaneView:
    """What part of a plane a pane shows, and how large.

    Parameters
    ----------
    plane
        The plane.
    centre_lps_mm
        Position in the middle of the pane; its component along the normal is not used. Of a
        turned plane: in its own space (`Turn`).
    mm_per_px
        Size of a pixel (the same both ways).
    width_px, height_px
        Size of the picture in pixels.
    turn
        How the plane lies where it is oblique; ``None`` for one of the patient's planes.
    """

    plane: Plane
    centre_lps_mm: tuple[float, float, float]
    mm_per_px: float
    width_px: int
    height_px: int
    turn: Turn | None = None

    @property
    def right_lps(self) -> FloatArray:
        """LPS unit vector towards the right of the screen."""
        right = unit_vector(self.plane.right)
        return right if self.turn is None else self.turn.vector_lps(right)

    @property
    def down_lps(self) -> FloatArray:
        """LPS unit vector towards the bottom of the screen."""
        down = unit_vector(self.plane.down)
        return down if self.turn is None else self.turn.vector_lps(down)

    def depth_mm(self, point_lps_mm: tuple[float, float, float]) -> float:
        """Where a position lies along the plane's normal: the depth that `to_lps_mm` takes."""
        point = point_lps_mm if self.turn is None else self.turn.to_plane(point_lps_mm)
        return float(point[self.plane.normal_axis])

    def to_px(self, points_lps_mm: npt.ArrayLike) -> FloatArray:
        """Map positions (``[..., 3]``) to x, y on the screen (``[..., 2]``, pixel edges = 0, 1)."""
        points = np.asarray(points_lps_mm, dtype=np.float64)
        if self.turn is not None:
            points = self.turn.to_plane(points)
        (ra, rs), (da, ds) = self.plane.right, self.plane.down
        x = (points[..., ra] - self.centre_lps_mm[ra]) * rs / self.mm_per_px + self.width_px / 2
        y = (points[..., da] - self.centre_lps_mm[da]) * ds / self.mm_per_px + self.height_px / 2
        return np.stack([x, y], axis=-1)

    def to_lps_mm(self, x_px: float, y_px: float, depth_mm: float) -> tuple[float, float, float]:
        """Map a place on the screen to patient space; ``depth_mm`` lies along the normal."""
        (ra, rs), (da, ds) = self.plane.right, self.plane.down
        point = [0.0, 0.0, 0.0]
        point[ra] = self.centre_lps_mm[ra] + (x_px - self.width_px / 2) * self.mm_per_px * rs
        point[da] = self.centre_lps_mm[da] + (y_px - self.height_px / 2) * self.mm_per_px * ds
        point[self.plane.normal_axis] = depth_mm
        if self.turn is not None:
            point = self.turn.to_lps(point).tolist()
        return point[0], point[1], point[2]

    def pan_mm(self, dx_px: float, dy_px: float) -> tuple[float, float, float]:
        """Return a way on the screen as a shift of `centre_lps_mm`."""
        (ra, rs), (da, ds) = self.plane.right, self.plane.down
        shift = [0.0, 0.0, 0.0]
        shift[ra], shift[da] = dx_px * self.mm_per_px * rs, dy_px * self.mm_per_px * ds
        return shift[0], shift[1], shift[2]

    def column_positions_mm(self) -> FloatArray:
        """Coordinate (mm, along the right axis) of the centre of every pixel column."""
        axis, sign = self.plane.right
        offset = (np.arange(self.width_px, dtype=np.float64) + 0.5) * self.mm_per_px
        offset -= self.width_px / 2 * self.mm_per_px
        return np.asarray(self.centre_lps_mm[axis] + sign * offset, dtype=np.float64)

    def row_positions_mm(self) -> FloatArray:
        """Coordinate (mm, along the down axis) of the centre of every pixel row."""
        axis, sign = self.plane.down
        offset = (np.arange(self.height_px, dtype=np.float64) + 0.5) * self.mm_per_px
        offset -= self.height_px / 2 * self.mm_per_px
        return np.asarray(self.centre_lps_mm[axis] + sign * offset, dtype=np.float64)


def array_axes(grid: ImageGrid, tolerance: float = 2e-4) -> tuple[int, int, int] | None:
    """Array axis (0 k, 1 j, 2 i) that runs along each patient axis L, P, S.

    Returns ``None`` for an oblique grid. The tolerance is on direction cosines: 0.1 mm over half a
    metre, below what a header can state.
    """
    directions = np.abs(grid.directions_lps)
    axes = tuple(int(np.argmax(directions[axis])) for axis in range(3))
    if len(set(axes)) != 3:
        return None
    aligned = np.zeros((3, 3))
    aligned[(0, 1, 2), axes] = 1.0
    return (axes[0], axes[1], axes[2]) if np.abs(directions - aligned).max() < tolerance else None


def nearest_array_axis(grid: ImageGrid, patient_axis: int) -> int:
    """Array axis that runs most nearly along a patient axis, also on oblique grids."""
    return int(np.argmax(np.abs(grid.directions_lps[patient_axis])))


def slice_number(grid: ImageGrid, plane: Plane, point_lps_mm: npt.ArrayLike) -> tuple[int, int]:
    """Index (from 0, clipped) and count of the native slices nearest to a plane and a position."""
    axis = nearest_array_axis(grid, plane.normal_axis)
    index = int(np.floor(grid.indices_kji(point_lps_mm)[axis] + 0.5))
    count = grid.shape_kji[axis]
    return min(max(index, 0), count - 1), count


def scroll(
    grid: ImageGrid, plane: Plane, point_lps_mm: tuple[float, float, float], steps: int
) -> tuple[float, float, float]:
    """Move a position by native slices along a plane's normal, onto the middle of a slice.

    A positive step goes towards L, P or S. The position stays inside the grid. On an oblique grid
    a step is the slice distance along the normal.
    """
    axis = nearest_array_axis(grid, plane.normal_axis)
    normal = plane.normal_axis
    per_index = float(grid.affine_lps_mm[normal, axis])
    index, count = slice_number(grid, plane, point_lps_mm)
    wanted = min(max(index + (steps if per_index > 0 else -steps), 0), count - 1)
    fraction = float(grid.indices_kji(point_lps_mm)[axis])
    moved = list(point_lps_mm)
    # Along the patient's normal the fractional index changes by the inverse's entry, which equals
    # 1 / per_index on an aligned grid.
    rate = float(grid.inverse_affine[axis, normal])
    moved[normal] += (wanted - fraction) / rate
    return moved[0], moved[1], moved[2]
