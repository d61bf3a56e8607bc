"""Closed polygons of one plane to pixels: holes, contours written twice, contours that overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: What two drawings of one line may differ by (rounding, another start), in pixels.
_SAME_WITHIN = 0.1
#: Pairs of points of two contours beyond which only their pixels are compared.
_MOST_POINT_PAIRS = 4_000_000
#: Pairs of contours of one plane beyond which none is looked at: time is bounded.
_MOST_PAIRS = 20_000


@dataclass(frozen=True)
class PlaneFill:
    """Pixels ``[j, i]`` inside the contours of one plane, and what was odd about them.

    ``doubled`` counts contours that repeat another, ``joined`` those that cross another; where
    there were too many to look for such, ``compared`` is false.
    """

    inside: Mask
    doubled: int = 0
    joined: int = 0
    compared: bool = True


def fill_plane(
    polygons: Sequence[Points], shape_ji: tuple[int, int], *, exclusive: bool = False
) -> PlaneFill:
    """Pixels whose centres lie inside the contours of one ROI on one plane.

    A contour within another is a hole, and one within that an island, whatever their directions.
    A contour that is written twice counts once. Contours that cross are put together: even-odd
    would cut their common part out.

    Parameters
    ----------
    polygons
        Closed polygons, ``[n, 2]`` points (j, i) in pixel units, integers are pixel centres.
    shape_ji
        Rows and columns of the result.
    exclusive
        Combine all by even-odd, repeats too (CLOSEDPLANAR_XOR, PS3.3 C.8.8.6.3).
    """
    if exclusive:
        return PlaneFill(fill_even_odd(polygons, shape_ji))
    # Repeats to the last bit are left out first: there may be too many to be compared.
    different = {x.tobytes(): x for x in polygons}
    copies = len(polygons) - len(different)
    polygons = [run_once(x) for x in different.values()]
    meeting = _meeting(polygons)
    if not meeting:
        inside = fill_even_odd(polygons, shape_ji)
        return PlaneFill(inside, copies, compared=meeting is not None)
    repeats = {b for a, b in meeting if _same(polygons[a], polygons[b])}
    masks = {
        n: fill_even_odd([polygons[n]], shape_ji)
        for n in {x for pair in meeting for x in pair} - repeats
    }
    group = list(range(len(polygons)))
    for a, b in meeting:
        if a in masks and b in masks and _cross(polygons[a], polygons[b], masks[a], masks[b]):
            old, new = group[b], group[a]
            group = [new if x == old else x for x in group]
    crossing = {n for n in masks if group.count(group[n]) > 1}
    alone = [x for n, x in enumerate(polygons) if n not in repeats and n not in crossing]
    inside = fill_even_odd(alone, shape_ji)
    for number in {group[n] for n in crossing}:
        inside ^= np.logical_or.reduce([masks[n] for n in crossing if group[n] == number])
    return PlaneFill(inside, copies + len(repeats), len(crossing))


def fill_even_odd(polygons: Sequence[Points], shape_ji: tuple[int, int]) -> Mask:
    """Pixels whose centres lie inside polygons by the even-odd rule.

    Parameters
    ----------
    polygons
        Closed polygons, ``[n, 2]`` points (j, i) in pixel units, integers are pixel centres.
    shape_ji
        Rows and columns of the result.

    Notes
    -----
    A centre on an edge counts as inside at lesser and outside at greater coordinates, so that
    neighbouring polygons share no pixel and leave none out.
    """
    rows, columns = shape_ji
    # Parity changes at the first centre right of each crossing; a running sum gives the rest.
    flips = np.zeros((rows, columns + 1), dtype=np.int32)
    for polygon in polygons:
        j0, i0 = polygon[:, 0], polygon[:, 1]
        j1, i1 = np.roll(j0, -1), np.roll(i0, -1)
        low = np.ceil(np.minimum(j0, j1) - 1e-9).astype(int)
        high = np.ceil(np.maximum(j0, j1) - 1e-9).astype(int)
        low, high = np.clip(low, 0, rows), np.clip(high, 0, rows)
        count = np.maximum(0, high - low)
        edge = np.repeat(np.arange(count.size), count)
        start = np.cumsum(count) - count
        row = low[edge] + np.arange(edge.size) - start[edge]
        slope = (i1 - i0)[edge] / (j1 - j0)[edge]
        at = i0[edge] + (row - j0[edge]) * slope
        column = np.clip(np.ceil(at - 1e-9).astype(int), 0, columns)
        np.add.at(flips, (row, column), 1)
    inside = np.cumsum(flips, axis=1)[:, :columns] & 1
    return inside.astype(np.bool_)


def run_once(polygon: Points) -> Points:
    """Return a polygon without the points that repeat it: even-odd would empty it otherwise."""
    kept = polygon[np.any(polygon != np.roll(polygon, -1, axis=0), axis=1)]
    while len(kept) >= 6 and len(kept) % 2 == 0:
        half = len(kept) // 2
        first, second = kept[:half], kept[half:]
        if not (np.array_equal(first, second) or np.array_equal(first, second[::-1])):
            break
        kept = first
    return kept if len(kept) >= 3 else polygon


def area(polygon: Points) -> float:
    """Signed area of a polygon ``[n, 2]``, in the square of its unit."""
    turned = np.roll(polygon, -1, axis=0)
    return float(polygon[:, 0] @ turned[:, 1] - polygon[:, 1] @ turned[:, 0]) / 2.0


def contains(polygon: Points, points: Points) -> Mask:
    """Whether points ``[n, 2]`` lie inside a polygon by the even-odd rule."""
    y, x = points[:, 0, None], points[:, 1, None]
    y0, x0 = polygon[:, 0], polygon[:, 1]
    y1, x1 = np.roll(y0, -1), np.roll(x0, -1)
    spans = (y0 <= y) != (y1 <= y)
    with np.errstate(divide="ignore", invalid="ignore"):
        right = x < x0 + (y - y0) * ((x1 - x0) / (y1 - y0))
    return np.asarray(np.count_nonzero(spans & right, axis=1) % 2 == 1)


def distance(polygon: Points, points: Points) -> Points:
    """Distance ``[n]`` of points ``[n, 2]`` to a polygon's line."""
    edges = np.roll(polygon, -1, axis=0) - polygon
    squares = np.maximum((edges**2).sum(axis=1), 1e-18)
    away = points[:, None] - polygon[None]
    along = np.clip((away * edges).sum(axis=2) / squares, 0.0, 1.0)
    off = away - along[..., None] * edges
    return np.asarray(np.sqrt((off**2).sum(axis=2).min(axis=1)))


def _meeting(polygons: Sequence[Points]) -> list[tuple[int, int]] | None:
    """Pairs of polygons whose boxes meet, the lesser number first; ``None`` if too many."""
    low = np.array([x.min(axis=0) for x in polygons])
    high = np.array([x.max(axis=0) for x in polygons])
    found: list[tuple[int, int]] = []
    for n in range(len(polygons) - 1):
        if len(found) > _MOST_PAIRS:
            return None
        meets = np.all((low[n + 1 :] <= high[n]) & (low[n] <= high[n + 1 :]), axis=1)
        found += [(n, n + 1 + int(m)) for m in np.flatnonzero(meets)]
    return found


def _same(a: Points, b: Points) -> bool:
    """Whether two polygons are one drawn twice, from any start and in any direction."""
    box_a, box_b = (np.stack([x.min(axis=0), x.max(axis=0)]) for x in (a, b))
    if np.abs(box_a - box_b).max() > _SAME_WITHIN or len(a) * len(b) > _MOST_POINT_PAIRS:
        return len(a) == len(b) and np.array_equal(a, b)
    around = float(np.linalg.norm(np.roll(a, -1, axis=0) - a, axis=1).sum())
    if abs(abs(area(a)) - abs(area(b))) > _SAME_WITHIN * around:
        return False
    apart = max(distance(a, b).max(), distance(b, a).max())
    return bool(apart <= _SAME_WITHIN)


def _cross(a: Points, b: Points, mask_a: Mask, mask_b: Mask) -> bool:
    """Whether two polygons share pixels and neither lies within the other."""
    if not (mask_a & mask_b).any():
        return False
    inner, outer = (a, b) if abs(area(a)) <= abs(area(b)) else (b, a)
    masks = (mask_a, mask_b) if inner is a else (mask_b, mask_a)
    if (masks[0] & ~masks[1]).any():
        return True
    if len(a) * len(b) > _MOST_POINT_PAIRS:
        return False
    beyond = inner[~contains(outer, inner)]
    return bool(beyond.size) and bool(distance(outer, beyond).max() > _SAME_WITHIN)
