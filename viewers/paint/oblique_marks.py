"""Sections of measured shapes with an oblique plane.

Boxes and ellipsoids have their axes along the patient's; an oblique plane cuts them in a polygon or
in an ellipse that is turned. Only rulers and angles have handles there: an extent along a patient's
axis cannot be dragged on a plane that does not hold that axis. Shapes can be moved everywhere.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.core.drawn.voi import Angle, Box, Point, Ruler, Shape
from viewers.scene.marks import corners
from viewers.space.geometry import Plane
from viewers.space.turns import Turn

FloatArray = npt.NDArray[np.float64]

_CIRCLE = np.linspace(0.0, 2.0 * np.pi, 73)


def oblique_section(
    shape: Shape, plane: Plane, turn: Turn, depth_mm: float, slice_mm: float
) -> list[FloatArray]:
    """Return lines ``[points, 3]`` (LPS mm) of a shape on an oblique plane; none where it has none.

    Parameters
    ----------
    plane, turn
        The plane and how it lies.
    depth_mm
        Position of the plane along its normal, in the plane's own space.
    slice_mm
        Slice distance, for what has no thickness.
    """
    axis = plane.normal_axis
    if isinstance(shape, Ruler | Angle):
        points = np.array(corners(shape))
        away = np.abs(turn.to_plane(points)[:, axis] - depth_mm)
        return [points] if (away <= max(slice_mm / 2, 0.5)).all() else []
    foot = turn.to_plane(np.array(shape.centre_lps_mm))
    foot[axis] = depth_mm
    origin = turn.to_lps(foot)
    axes = np.eye(3)[[plane.right[0], plane.down[0]]]
    right, down = (turn.vector_lps(x) for x in axes)
    centre, half = np.array(shape.centre_lps_mm), np.array(shape.half_lps_mm)
    if isinstance(shape, Box):
        return _box(origin - centre, right, down, half, origin)
    return _ellipse((origin - centre) / half, right / half, down / half, origin, (right, down))


def _ellipse(
    a: FloatArray, b: FloatArray, c: FloatArray, origin: FloatArray, along: tuple[FloatArray, ...]
) -> list[FloatArray]:
    """Points of ``|a + u b + v c| = 1``, which is the ellipsoid's surface on the plane."""
    quadratic = np.array([[b @ b, b @ c], [b @ c, c @ c]])
    linear = np.array([a @ b, a @ c])
    middle = -np.linalg.solve(quadratic, linear)
    rest = 1.0 - a @ a - linear @ middle
    if rest <= 0.0:
        return []
    root = np.linalg.inv(np.linalg.cholesky(quadratic)).T
    circle = np.stack([np.cos(_CIRCLE), np.sin(_CIRCLE)])
    u, v = middle[:, None] + np.sqrt(rest) * (root @ circle)
    return [origin + u[:, None] * along[0] + v[:, None] * along[1]]


def _box(
    offset: FloatArray, right: FloatArray, down: FloatArray, half: FloatArray, origin: FloatArray
) -> list[FloatArray]:
    """Clip a large square of the plane by the six faces (Sutherland and Hodgman 1974)."""
    far = 2.0 * float(np.linalg.norm(half)) + 1.0
    polygon = [np.array(p) for p in ((-far, -far), (far, -far), (far, far), (-far, far))]
    for axis in range(3):
        slope = np.array([right[axis], down[axis]])
        for sign in (1.0, -1.0):
            polygon = _clipped(polygon, sign * slope, half[axis] - sign * offset[axis])
            if len(polygon) < 3:
                return []
    line = np.array([*polygon, polygon[0]])
    return [origin + line[:, :1] * right + line[:, 1:] * down]


def _clipped(polygon: list[FloatArray], slope: FloatArray, most: float) -> list[FloatArray]:
    """Part of a polygon where ``slope @ p <= most``."""
    kept: list[FloatArray] = []
    for n, end in enumerate(polygon):
        start = polygon[n - 1]
        before, after = float(slope @ start) - most, float(slope @ end) - most
        if before * after < 0.0:
            kept.append(start + (end - start) * (before / (before - after)))
        if after <= 0.0:
            kept.append(end)
    return kept


def oblique_handles(
    shape: Shape, plane: Plane, turn: Turn, depth_mm: float, slice_mm: float
) -> dict[str, Point]:
    """Places to take hold of a shape on an oblique plane: the points of rulers and angles."""
    if not isinstance(shape, Ruler | Angle):
        return {}
    if not oblique_section(shape, plane, turn, depth_mm, slice_mm):
        return {}
    return {f"point{n}": x for n, x in enumerate(corners(shape))}
