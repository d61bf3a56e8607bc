"""One region's contours to voxels of a grid, by the voxel-centre rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import InputError
from app.core.space.grid import ImageGrid
from app.io.outlines.polygons import PlaneFill, fill_plane
from app.io.outlines.slabs import MOST_EVEN_MM, Slabs, slabs

Points = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: A contour whose points leave one slice of the grid by more than this is oblique to it; contours
#: that differ by less lie in one plane.
FLAT_WITHIN_SLICES = 0.05
#: Contours whose normals differ by less (cosine of 2 degrees) are planes of one stack.
_ONE_NORMAL = 0.9994
#: Pixels of the planes of one region that are oblique to the grid: memory is bounded.
_MOST_PIXELS = 1 << 30


@dataclass
class Drawn:
    """Voxels of one region (C-order flat indices, ascending), and what was odd about it."""

    flat_index: IntArray
    doubled: int = 0
    joined: int = 0
    compared: bool = True
    orientations: int = 1
    between: bool = False
    planes: list[tuple[Slabs, float]] = field(default_factory=list)
    """Slabs of each orientation, with their spacing in mm."""

    def slices(self, shape_kji: tuple[int, int, int]) -> list[tuple[int, Mask]]:
        """Return the slices k of a grid that it is in, each with its voxels ``[j, i]``."""
        if not self.flat_index.size:
            # Between voxel centres, or outside of the grid.
            return []
        size = shape_kji[1] * shape_kji[2]
        held, starts = np.unique(self.flat_index // size, return_index=True)
        ends = [*starts[1:], self.flat_index.size]
        found = []
        for k, start, end in zip(held.tolist(), starts, ends, strict=True):
            inside = np.zeros(size, np.bool_)
            inside[self.flat_index[start:end] - k * size] = True
            found.append((k, inside.reshape(shape_kji[1:])))
        return found

    def take(self, fill: PlaneFill) -> None:
        """Count what was odd about one plane."""
        self.doubled += fill.doubled
        self.joined += fill.joined
        self.compared &= fill.compared


@dataclass(frozen=True, eq=False)
class _Stack:
    """Parallel contours: of each plane (ascending heights) its polygons, ``[n, 2]`` pixels."""

    heights: npt.NDArray[np.float64]
    polygons: list[list[Points]]


def region_voxels(
    contours: Sequence[Points],
    grid: ImageGrid,
    *,
    image_mm: float | None = None,
    exclusive: bool = False,
) -> Drawn:
    """Voxels of a grid whose centres lie inside one region.

    Each contour stands for a slab about its plane (`app.io.outlines.slabs`), and the contours of
    one plane combine as `fill_plane` says. Contours in planes of several orientations are put
    together.

    Parameters
    ----------
    contours
        Closed contours with an area, ``[n, 3]`` LPS mm.
    grid
        Where to.
    image_mm
        Distance of the slices that the contours were drawn on; the grid's own, if ``None``.
    exclusive
        Combine the contours of one plane by even-odd, repeats too.

    Raises
    ------
    InputError
        If contours oblique to the grid are larger than can be held.
    """
    groups = _by_normal(contours, grid)
    drawn = Drawn(np.empty(0, np.int64), orientations=len(groups))
    found = [drawn.flat_index]
    for group in groups:
        if all(is_flat(c, grid) for c in group):
            found.append(_parallel(group, grid, image_mm, exclusive, drawn))
        else:
            found.append(_oblique(group, grid, image_mm, exclusive, drawn))
    # Slice after slice they are ascending already; only several stacks share voxels.
    drawn.flat_index = np.concatenate(found)
    if len(groups) > 1:
        drawn.flat_index = np.unique(drawn.flat_index)
    return drawn


def slice_mm(grid: ImageGrid, axis: int = 0) -> float:
    """Distance in mm of the grid's planes across an array axis: of its slices, or rows, columns."""
    return float(1.0 / np.linalg.norm(grid.inverse_affine[axis, :3]))


def normal_of(points: Points) -> Points | None:
    """Return the unit normal of a polygon ``[n, 3]`` (Newell), ``None`` where it has no area."""
    around = points - points.mean(axis=0)
    normal = np.cross(around, np.roll(around, -1, axis=0)).sum(axis=0)
    length = float(np.linalg.norm(normal))
    return None if length < 1e-6 else np.asarray(normal / length)


def is_flat(contour: Points, grid: ImageGrid) -> bool:
    """Whether a contour lies in one slice of a grid, or between two, parallel to them."""
    return bool(np.ptp(grid.indices_kji(contour)[:, 0]) <= FLAT_WITHIN_SLICES)


def _by_normal(contours: Sequence[Points], grid: ImageGrid) -> list[list[Points]]:
    """Split contours by the direction of their planes; those in the grid's slices come first."""
    across = np.cross(grid.directions_lps[:, 1], grid.directions_lps[:, 2])
    normals: list[Points] = [across / np.linalg.norm(across)]
    groups: list[list[Points]] = [[]]
    # The longest states its plane most surely.
    for contour in sorted(contours, key=len, reverse=True):
        normal = normals[0] if is_flat(contour, grid) else normal_of(contour)
        if normal is None:
            continue
        at = next((n for n, x in enumerate(normals) if abs(float(x @ normal)) >= _ONE_NORMAL), None)
        if at is None:
            normals.append(normal)
            groups.append([])
        groups[len(groups) - 1 if at is None else at].append(contour)
    return [x for x in groups if x]


def _stack(heights: Sequence[float], polygons: Sequence[Points], within: float) -> _Stack:
    """Put polygons whose heights differ by rounding into one plane."""
    planes: list[float] = []
    members: list[list[Points]] = []
    for n in np.argsort(heights, kind="stable"):
        if not planes or heights[n] - planes[-1] > within:
            planes.append(float(heights[n]))
            members.append([])
        members[-1].append(polygons[n])
    return _Stack(np.array(planes), members)


def _parallel(
    contours: Sequence[Points],
    grid: ImageGrid,
    image_mm: float | None,
    exclusive: bool,
    drawn: Drawn,
) -> IntArray:
    indices = [grid.indices_kji(c) for c in contours]
    heights = [float(x[:, 0].mean()) for x in indices]
    stack = _stack(heights, [x[:, 1:] for x in indices], FLAT_WITHIN_SLICES)
    own_mm = slice_mm(grid)
    step = 1.0 if image_mm is None else image_mm / own_mm
    count, rows, columns = grid.shape_kji
    limits = slabs(stack.heights, step, MOST_EVEN_MM / own_mm)
    plane = limits.plane_of(np.arange(count))
    found = _filled(stack, plane, (rows, columns), exclusive, drawn)
    if not found:
        limits = slabs(stack.heights, step, MOST_EVEN_MM / own_mm, least=1.0)
        plane = limits.plane_of(np.arange(count))
        found = _filled(stack, plane, (rows, columns), exclusive, drawn)
        drawn.between = bool(found)
    drawn.planes.append((limits, limits.step * own_mm))
    return np.concatenate([np.empty(0, np.int64), *found])


def _filled(
    stack: _Stack,
    plane: npt.NDArray[np.intp],
    shape_ji: tuple[int, int],
    exclusive: bool,
    drawn: Drawn,
) -> list[IntArray]:
    found = []
    for p in np.unique(plane[plane >= 0]):
        fill = fill_plane(stack.polygons[p], shape_ji, exclusive=exclusive)
        drawn.take(fill)
        inside = np.flatnonzero(fill.inside)
        if inside.size:
            found += [inside + k * fill.inside.size for k in np.flatnonzero(plane == p)]
    return found


@dataclass(frozen=True, eq=False)
class _Frame:
    """Axes of oblique planes: ``rows_lps`` are height, v and u; pixels are ``fine_mm`` wide."""

    rows_lps: Points
    low_vu_mm: Points
    fine_mm: float

    def heights_mm(self, points: Points) -> Points:
        return np.asarray(points @ self.rows_lps[0])

    def pixels(self, points: Points) -> Points:
        return np.asarray((points @ self.rows_lps[1:].T - self.low_vu_mm) / self.fine_mm)


def _oblique(
    contours: Sequence[Points],
    grid: ImageGrid,
    image_mm: float | None,
    exclusive: bool,
    drawn: Drawn,
) -> IntArray:
    """Fill the planes on fine pixels of their own, and look up where each voxel centre lies."""
    frame = _frame(contours, grid)
    heights = [float(frame.heights_mm(c).mean()) for c in contours]
    polygons = [frame.pixels(c) for c in contours]
    # The grid's planes that lie most nearly as the contours do say how far apart slices are.
    axis = int(np.argmax(np.abs(frame.rows_lps[0] @ grid.directions_lps)))
    own_mm = slice_mm(grid, axis)
    stack = _stack(heights, polygons, FLAT_WITHIN_SLICES * min(grid.spacing_kji_mm))
    limits = slabs(stack.heights, own_mm if image_mm is None else image_mm, MOST_EVEN_MM)
    drawn.planes.append((limits, limits.step))
    windows = list(_windows(stack, frame, grid))
    if sum(int(np.prod(np.maximum(0, high - low))) for low, high in windows) > _MOST_PIXELS:
        raise InputError("Contours that are oblique to the PET are larger than can be held.")
    fills = []
    for polys, (low, high) in zip(stack.polygons, windows, strict=True):
        rows, columns = (int(x) for x in np.maximum(0, high - low))
        fills.append(fill_plane([x - low for x in polys], (rows, columns), exclusive=exclusive))
        drawn.take(fills[-1])
    masks = [x.inside for x in fills]
    lows = np.array([low for low, _ in windows])
    return _looked_up(contours, grid, frame, limits, masks, lows)


def _frame(contours: Sequence[Points], grid: ImageGrid) -> _Frame:
    normal = normal_of(max(contours, key=len))
    assert normal is not None
    u = np.cross(normal, (0.0, 0.0, 1.0) if abs(normal[2]) < 0.9 else (0.0, 1.0, 0.0))
    u /= np.linalg.norm(u)
    v = np.cross(normal, u)
    fine = min(1.0, min(grid.spacing_kji_mm) / 4.0)
    points = np.concatenate(contours)
    low = np.array([(points @ v).min() - fine, (points @ u).min() - fine])
    return _Frame(np.stack([normal, v, u]), low, fine)


def _windows(
    stack: _Stack, frame: _Frame, grid: ImageGrid
) -> Iterator[tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]]:
    """Yield of each plane the pixels (least, beyond the greatest) that the grid may ask for."""
    steps = np.array([[-0.5, n - 0.5] for n in grid.shape_kji])
    corners = np.array(np.meshgrid(*steps, indexing="ij")).reshape(3, -1).T
    seen = frame.pixels(grid.points_lps_mm(corners))
    for polygons in stack.polygons:
        points = np.concatenate(polygons)
        low = np.floor(np.maximum(points.min(axis=0), seen.min(axis=0))).astype(int) - 1
        high = np.ceil(np.minimum(points.max(axis=0), seen.max(axis=0))).astype(int) + 2
        yield low, high


def _looked_up(
    contours: Sequence[Points],
    grid: ImageGrid,
    frame: _Frame,
    limits: Slabs,
    masks: Sequence[npt.NDArray[np.bool_]],
    lows: npt.NDArray[np.int_],
) -> IntArray:
    """Flat indices of the voxels whose centres fall on a pixel that is inside."""
    axes = frame.rows_lps @ grid.affine_lps_mm[:3, :3]
    origin = frame.rows_lps @ grid.affine_lps_mm[:3, 3]
    box = _box(contours, grid, limits)
    j, i = np.ogrid[box[1], box[2]]
    found = [np.empty(0, np.int64)]
    for k in range(box[0].start, box[0].stop):
        height, v, u = (
            axes[a, 0] * k + axes[a, 1] * j + axes[a, 2] * i + origin[a] for a in range(3)
        )
        plane = limits.plane_of(height)
        vu = [
            np.floor((x - low) / frame.fine_mm + 0.5 + 1e-6).astype(np.int64)
            for x, low in zip((v, u), frame.low_vu_mm, strict=True)
        ]
        for p in np.unique(plane[plane >= 0]):
            jj, ii = np.nonzero(plane == p)
            row, column = (x[jj, ii] - low for x, low in zip(vu, lows[p], strict=True))
            mask = masks[p]
            held = (row >= 0) & (column >= 0) & (row < mask.shape[0]) & (column < mask.shape[1])
            held[held] = mask[row[held], column[held]]
            rows, columns = jj[held] + box[1].start, ii[held] + box[2].start
            found.append((k * grid.shape_kji[1] + rows) * grid.shape_kji[2] + columns)
    return np.sort(np.concatenate(found))


def _box(contours: Sequence[Points], grid: ImageGrid, limits: Slabs) -> tuple[slice, slice, slice]:
    """Box of voxels that the slabs of contours may reach."""
    points = grid.indices_kji(np.concatenate(contours))
    # Planes reach half a step, and half-way to neighbours that are no farther than 1.5 steps.
    beyond = limits.step / np.array([slice_mm(grid, a) for a in range(3)]) + 1.0
    low = np.clip(np.floor(points.min(axis=0) - beyond), 0, grid.shape_kji).astype(int)
    high = np.clip(np.ceil(points.max(axis=0) + beyond) + 1, 0, grid.shape_kji).astype(int)
    k, j, i = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return k, j, i
