"""What is measured as the panes know it: marks, and their sections with a plane.

A section is the true cut of a shape with the plane of a pane. A ruler and an angle lie on a plane,
or leave points on it; a plane less than half a native slice away shows them.

Boxes and ellipsoids have their axes along the patient's; an oblique plane cuts them in a polygon or
in an ellipse that is turned. Only rulers and angles have handles there: an extent along a patient's
axis cannot be dragged on a plane that does not hold that axis. Shapes can be moved everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from app.core.drawn.voi import (
    Angle,
    Box,
    Ellipsoid,
    Isocontour,
    Point,
    Ruler,
    Shape,
    Sphere,
    Voxels,
)
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from viewers.space.geometry import Plane
from viewers.space.turns import Turn

FloatArray = npt.NDArray[np.float64]

#: Points of a drawn ellipse.
_CIRCLE = np.linspace(0.0, 2.0 * np.pi, 73)


@dataclass(frozen=True, eq=False)
class Mark:
    """One measurement to draw.

    Parameters
    ----------
    id, name
        Of the measurement.
    shape
        What was drawn.
    lines
        Numbers to write beside it, most important first.
    space
        ``both``, or ``pet`` or ``ct`` where the images are not aligned.
    region
        What an isocontour grew to, as an outline on a grid of its own box.
    fixed
        Whether its size is not the reader's to change: a reference.
    """

    id: str
    name: str
    shape: Shape
    lines: tuple[str, ...] = ()
    space: str = "both"
    region: Segmentation | None = None
    fixed: bool = False


@dataclass(frozen=True)
class MarkState:
    """All marks, the chosen one, and what is being drawn or moved just now.

    ``held`` is the id of the mark that ``draft`` stands in for while it is moved.
    """

    marks: tuple[Mark, ...] = ()
    selected: str | None = None
    draft: Mark | None = None
    held: str | None = None

    def visible(self) -> list[Mark]:
        """Return the marks to draw, the chosen one and the draft last."""
        kept = [x for x in self.marks if x.id != self.held]
        kept.sort(key=lambda x: x.id == self.selected)
        return kept if self.draft is None else [*kept, self.draft]


def region_outline(voxels: Voxels, grid: ImageGrid) -> Segmentation:
    """Return some voxels of a grid as a segmentation on a grid of just their box."""
    affine = grid.affine_lps_mm.copy()
    affine[:3, 3] = grid.points_lps_mm(voxels.start_kji)
    k, j, i = voxels.mask.shape
    part = ImageGrid((k, j, i), affine, grid.frame_of_reference_uid)
    labels = Labelmap.from_array(voxels.mask)
    return Segmentation("region", part, labels, (Lesion("region", 1, ""),))


def section(shape: Shape, plane: Plane, depth_mm: float, slice_mm: float) -> list[FloatArray]:
    """Return lines ``[points, 3]`` (LPS mm) of a shape on a plane; none where it does not cross it.

    Parameters
    ----------
    depth_mm
        Position of the plane along its normal.
    slice_mm
        Native slice distance, for what has no thickness.
    """
    axis = plane.normal_axis
    if isinstance(shape, Ruler | Angle):
        points = np.array(corners(shape))
        near = np.abs(points[:, axis] - depth_mm) <= max(slice_mm / 2, 0.5)
        return [points] if near.all() else []
    centre, half = np.array(shape.centre_lps_mm), np.array(shape.half_lps_mm)
    if abs(depth_mm - centre[axis]) > half[axis]:
        return []
    right, down = plane.right[0], plane.down[0]
    rest = _rest(shape, plane, depth_mm)
    if isinstance(shape, Box):
        across, along = np.array([-1.0, 1, 1, -1, -1]), np.array([-1.0, -1, 1, 1, -1])
    else:
        across, along = rest * np.cos(_CIRCLE), rest * np.sin(_CIRCLE)
    line = np.empty((len(across), 3))
    line[:, axis] = depth_mm
    line[:, right] = centre[right] + half[right] * across
    line[:, down] = centre[down] + half[down] * along
    return [line]


def handles(shape: Shape, plane: Plane, depth_mm: float, slice_mm: float) -> dict[str, Point]:
    """Places to take hold of a shape on a plane: its points, or the ends of its half axes.

    Only while the plane shows the shape. Names are those of `reshaped`.
    """
    if not section(shape, plane, depth_mm, slice_mm):
        return {}
    if isinstance(shape, Ruler | Angle):
        return {f"point{n}": x for n, x in enumerate(corners(shape))}
    found: dict[str, Point] = {}
    rest = _rest(shape, plane, depth_mm)
    for axis in (plane.right[0], plane.down[0]):
        for sign, word in ((-1.0, "-"), (1.0, "+")):
            place = list(shape.centre_lps_mm)
            place[plane.normal_axis] = depth_mm
            place[axis] += sign * shape.half_lps_mm[axis] * rest
            found[f"{word}{axis}"] = (place[0], place[1], place[2])
    return found


def _rest(shape: Sphere | Ellipsoid | Box | Isocontour, plane: Plane, depth_mm: float) -> float:
    """Extent of a shape on a plane, as a share of that through its middle."""
    if isinstance(shape, Box):
        return 1.0
    axis = plane.normal_axis
    away = (depth_mm - shape.centre_lps_mm[axis]) / max(shape.half_lps_mm[axis], 1e-9)
    return float(np.sqrt(max(1.0 - away**2, 0.0)))


def reshaped(shape: Shape, handle: str, to_lps_mm: Point, plane: Plane) -> Shape:
    """Return the shape after a handle was moved on a plane; its middle stays.

    The rim then passes through the hand. No half axis becomes shorter than 1 mm.
    """
    if isinstance(shape, Ruler | Angle):
        points = corners(shape)
        points[int(handle.removeprefix("point"))] = to_lps_mm
        return Ruler(*points) if isinstance(shape, Ruler) else Angle(*points)
    axis, normal = int(handle[1:]), plane.normal_axis
    along = abs(to_lps_mm[axis] - shape.centre_lps_mm[axis])
    if isinstance(shape, Sphere | Isocontour):
        away = to_lps_mm[normal] - shape.centre_lps_mm[normal]
        return replace(shape, radius_mm=max(float(np.hypot(along, away)), 1.0))
    half = list(shape.half_lps_mm)
    half[axis] = max(along / max(_rest(shape, plane, to_lps_mm[normal]), 0.05), 1.0)
    return replace(shape, half_lps_mm=(half[0], half[1], half[2]))


def middle_of(shape: Shape) -> Point:
    """Middle of a shape: where the panes go when it is chosen."""
    if isinstance(shape, Ruler | Angle):
        x, y, z = (float(v) for v in np.mean(corners(shape), axis=0))
        return x, y, z
    return shape.centre_lps_mm


def is_search_ball(shape: Shape) -> bool:
    """Whether the outline of the shape itself is only where something was looked for."""
    return isinstance(shape, Isocontour)


def corners(shape: Ruler | Angle) -> list[Point]:
    """Return the points that were set, in the order of drawing."""
    if isinstance(shape, Ruler):
        return [shape.start_lps_mm, shape.end_lps_mm]
    return [shape.first_lps_mm, shape.apex_lps_mm, shape.second_lps_mm]


# Oblique planes


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
