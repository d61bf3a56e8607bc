"""Oblique planes: the three linked planes turned together about the crosshair."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.core.space.grid import ImageGrid
from viewers.space.geometry import PaneView, Plane, unit_vector
from viewers.space.turns import Turn

FloatArray = npt.NDArray[np.float64]
Point = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Tilt:
    """Where the three planes lie; they stay at right angles to each other.

    Every plane is turned by the shortest way from where it was, so that a picture turns on the
    screen as little as can be: turning within the axial picture moves the other two planes and
    leaves that picture alone.

    Parameters
    ----------
    rotation
        3 x 3: turns the normals of the patient's planes into those of the present ones.
    turns
        The planes that are oblique.
    """

    rotation: FloatArray
    turns: Mapping[Plane, Turn]

    def normal(self, plane: Plane) -> FloatArray:
        """LPS unit vector through a plane, away from the reader as the patient's planes have it."""
        turned: FloatArray = self.rotation @ plane_normal(plane)
        return turned

    def degrees(self, plane: Plane) -> float:
        """Angle between a plane and the patient's plane of its name."""
        cosine = float(self.normal(plane) @ plane_normal(plane))
        return math.degrees(math.acos(min(1.0, max(-1.0, cosine))))


def plane_normal(plane: Plane) -> FloatArray:
    """LPS unit vector of right x down of a patient's plane."""
    return np.cross(unit_vector(plane.right), unit_vector(plane.down))


def turned(tilt: Tilt | None, axis_lps: FloatArray, radians: float, pivot: Point) -> Tilt | None:
    """Turn all planes about an axis through a position; ``None`` once they are orthogonal again.

    Parameters
    ----------
    tilt
        Where they lie now; ``None`` for the patient's planes.
    axis_lps
        Unit vector of the axis; positive angles turn right-handed about it.
    radians
        By how much.
    pivot
        The crosshair (LPS mm), which stays where it is in every picture.
    """
    before = np.eye(3) if tilt is None else tilt.rotation
    rotation = _about(axis_lps, radians) @ before
    # Rounding must not shear the planes after a long drag.
    left, _, right = np.linalg.svd(rotation)
    rotation = left @ right
    if np.abs(rotation - np.eye(3)).max() < 1e-6:
        return None
    turns = {}
    for plane in Plane:
        normal = plane_normal(plane)
        matrix = _shortest(normal, rotation @ normal, unit_vector(plane.down))
        if np.abs(matrix - np.eye(3)).max() < 1e-6:
            continue
        old = None if tilt is None else tilt.turns.get(plane)
        place = pivot if old is None else _point(old.to_plane(pivot))
        rows = (_point(matrix[0]), _point(matrix[1]), _point(matrix[2]))
        turns[plane] = Turn(rows, pivot, place)
    return Tilt(rotation, turns)


def _about(axis: FloatArray, radians: float) -> FloatArray:
    """Rotation matrix about a unit vector (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turn: FloatArray = np.eye(3) + math.sin(radians) * cross
    turn += (1.0 - math.cos(radians)) * cross @ cross
    return turn


def _shortest(start: FloatArray, end: FloatArray, spare: FloatArray) -> FloatArray:
    """Rotation that takes one unit vector into another by the shortest way.

    Half a turn has no shortest way: it goes about the spare axis.
    """
    axis = np.cross(start, end)
    length = float(np.linalg.norm(axis))
    if length < 1e-9:
        return np.eye(3) if float(start @ end) > 0 else _about(spare, math.pi)
    return _about(axis / length, math.atan2(length, float(start @ end)))


def scroll_oblique(grid: ImageGrid, view: PaneView, point: Point, steps: int) -> Point:
    """Move a position by slices of an oblique plane.

    A step is the distance of the native slices that lie nearest to the plane; a positive step goes
    towards L, P or S. The position stays where it is rather than leave the grid.
    """
    assert view.turn is not None
    towards = view.turn.vector_lps(unit_vector((view.plane.normal_axis, 1)))
    axis = int(np.argmax(np.abs(grid.directions_lps.T @ towards)))
    step = towards * grid.spacing_kji_mm[axis]
    # No further than through the whole grid, from one corner to the other.
    length = float(np.linalg.norm(grid.bounds_lps_mm[1] - grid.bounds_lps_mm[0]))
    most = min(abs(steps), int(length / grid.spacing_kji_mm[axis]) + 1)
    for count in range(most, 0, -1):
        moved = np.array(point) + math.copysign(count, steps) * step
        if grid.nearest_index_kji(moved) is not None:
            return _point(moved)
    return point


def crossing_px(tilt: Tilt, view: PaneView, other: Plane) -> tuple[float, float]:
    """Direction on the screen (unit vector) of the line in which another plane cuts a pane's."""
    line = np.cross(tilt.normal(view.plane), tilt.normal(other))
    x, y = float(line @ view.right_lps), float(line @ view.down_lps)
    length = math.hypot(x, y)
    # The planes are at right angles: the line always lies in the pane.
    return x / length, y / length


def _point(values: npt.ArrayLike) -> Point:
    x, y, z = np.asarray(values, dtype=np.float64).tolist()
    return float(x), float(y), float(z)
