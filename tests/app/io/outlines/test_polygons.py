"""Contours of one plane against a slow oracle: holes, repeats, crossings, keyholes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from app.io.outlines import polygons
from app.io.outlines.polygons import fill_plane

Points = np.ndarray
SHAPE = (24, 26)


def _rectangle(low: Sequence[float], high: Sequence[float]) -> Points:
    return np.array([(low[0], low[1]), (low[0], high[1]), (high[0], high[1]), (high[0], low[1])])


OUTER = _rectangle((2.5, 3.5), (20.5, 22.5))
INNER = _rectangle((6.5, 8.5), (12.5, 16.5))
ISLAND = _rectangle((8.5, 10.5), (10.5, 13.5))


def _inside(polygon: Points, y: float, x: float) -> bool:
    """Whether a point is inside, by counting edges crossed on the way right, one after another."""
    odd = False
    for n in range(len(polygon)):
        (y0, x0), (y1, x1) = polygon[n], polygon[(n + 1) % len(polygon)]
        if (y0 <= y) != (y1 <= y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            odd = not odd
    return bool(odd)


def _slow(polygon: Points) -> Points:
    rows = [[_inside(polygon, y, x) for x in range(SHAPE[1])] for y in range(SHAPE[0])]
    return np.array(rows, dtype=np.bool_)


def _edges_cross(a: Points, b: Points) -> bool:
    def side(p: Points, q: Points, r: Points) -> float:
        return float((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    for n in range(len(a)):
        for m in range(len(b)):
            p, q, r, s = a[n], a[(n + 1) % len(a)], b[m], b[(m + 1) % len(b)]
            if side(p, q, r) * side(p, q, s) < 0 and side(r, s, p) * side(r, s, q) < 0:
                return True
    return False


def _star(rng: np.random.Generator, centre: Points, radius: float) -> Points:
    angles = np.sort(rng.uniform(0, 2 * np.pi, 11))
    radii = radius * rng.uniform(0.7, 1.0, 11)
    round_it = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    return np.asarray(centre + radii[:, None] * round_it)


@pytest.mark.parametrize("seed", range(40))
def test_random_polygons_against_the_slow_oracle(seed: int) -> None:
    """Crossing ones are joined, one within the other is a hole, others are added."""
    rng = np.random.default_rng(seed)
    a = _star(rng, np.array([11.3, 12.1]), rng.uniform(5, 10))
    b = _star(rng, np.array([11.3, 12.1]) + rng.uniform(-9, 9, 2), rng.uniform(2, 5))
    one, two = _slow(a), _slow(b)
    # Only where the oracle's question is one: their common part may hold no pixel.
    crossing = _edges_cross(a, b) and (one & two).any()
    wanted = one | two if crossing else one ^ two
    found = fill_plane([a, b], SHAPE)
    out = polygons.contains(a, b)
    if crossing and out.all() and not (two & ~one).any():
        pytest.skip("they touch by less than a tenth of a pixel")
    np.testing.assert_array_equal(found.inside, wanted)
    assert found.joined == (2 if crossing else 0)


def _area(found: polygons.PlaneFill) -> int:
    return int(found.inside.sum())


WHOLE, HOLE, ISLE = 18 * 19, 6 * 8, 2 * 3


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("order", [1, -1])
def test_rings_and_islands_whatever_the_direction(flip: bool, order: int) -> None:
    inner = INNER[::-1] if flip else INNER
    contours = [OUTER, inner][::order]
    assert _area(fill_plane(contours, SHAPE)) == WHOLE - HOLE
    contours = [ISLAND, OUTER, inner][::order]
    found = fill_plane(contours, SHAPE)
    assert _area(found) == WHOLE - HOLE + ISLE
    assert (found.doubled, found.joined) == (0, 0)


REPEATS = {
    "same": lambda p: p,
    "reversed": lambda p: p[::-1],
    "another start": lambda p: np.roll(p, 2, axis=0),
    "closed": lambda p: np.vstack([p, p[:1]]),
    "rounded": lambda p: p + 0.004 * np.array([[1, -1], [-1, 1], [1, 1], [-1, -1]]),
    "more points": lambda p: np.stack([p, (p + np.roll(p, -1, axis=0)) / 2.0], 1).reshape(-1, 2),
}


@pytest.mark.parametrize("repeat", REPEATS.values(), ids=REPEATS)
def test_a_contour_written_twice_counts_once(repeat: Callable[[Points], Points]) -> None:
    found = fill_plane([OUTER, repeat(OUTER)], SHAPE)
    assert (_area(found), found.doubled) == (WHOLE, 1)
    assert _area(fill_plane([OUTER, repeat(OUTER), repeat(OUTER)], SHAPE)) == WHOLE
    assert _area(fill_plane([OUTER, INNER, repeat(INNER)], SHAPE)) == WHOLE - HOLE
    assert _area(fill_plane([OUTER, repeat(OUTER), INNER, repeat(INNER)], SHAPE)) == WHOLE - HOLE


@pytest.mark.parametrize("times", [2, 4])
@pytest.mark.parametrize("closed", [False, True])
def test_a_contour_that_runs_round_twice_counts_once(times: int, closed: bool) -> None:
    once = np.vstack([OUTER, OUTER[:1]]) if closed else OUTER
    assert _area(fill_plane([np.vstack([once] * times)], SHAPE)) == WHOLE


def test_a_ring_is_no_repeat_however_thin() -> None:
    thin = _rectangle((3.5, 4.5), (19.5, 21.5))
    found = fill_plane([OUTER, thin], SHAPE)
    assert (_area(found), found.doubled) == (WHOLE - 16 * 17, 0)


@pytest.mark.parametrize("flip", [1, -1])
def test_keyholes_are_holes(flip: int) -> None:
    """Outer boundary, a channel in, the hole, the channel back (DICOM PS3.3 C.8.8.6.3)."""
    inner = np.vstack([INNER, INNER[:1]])[::flip]
    keyhole = np.vstack([OUTER, OUTER[:1], inner, OUTER[:1]])
    assert _area(fill_plane([keyhole], SHAPE)) == WHOLE - HOLE


def test_exclusive_contours_cancel() -> None:
    crossing = _rectangle((10.5, 10.5), (22.5, 24.5))
    one = fill_plane([OUTER, crossing], SHAPE, exclusive=True)
    assert _area(one) == WHOLE + 12 * 14 - 2 * (10 * 12)
    assert _area(fill_plane([OUTER, OUTER], SHAPE, exclusive=True)) == 0


def test_crossing_contours_are_joined_and_keep_their_hole() -> None:
    crossing = _rectangle((14.5, 18.5), (22.5, 24.5))
    found = fill_plane([OUTER, crossing, INNER], SHAPE)
    assert _area(found) == WHOLE - HOLE + 8 * 6 - 6 * 4
    assert found.joined == 2


def test_a_contour_that_sticks_out_between_pixels_is_no_hole() -> None:
    small = _rectangle((18.6, 10.5), (20.9, 14.5))
    assert _area(fill_plane([OUTER, small], SHAPE)) == WHOLE


def test_a_bar_across_the_mouth_of_another_contour_crosses_it() -> None:
    """All points of the bar lie inside, and yet it is no hole."""
    mouth = np.array([(2, 2), (2, 22), (8, 22), (8, 8), (14, 8), (14, 22), (20, 22), (20, 2)])
    bar = _rectangle((4.5, 16.5), (17.5, 19.5))
    found = fill_plane([mouth + 0.5, bar], SHAPE)
    assert (_area(found), found.joined) == (18 * 20 - 6 * 14 + 6 * 3, 2)


def test_a_hole_that_touches_the_border_is_a_hole() -> None:
    notch = _rectangle((14.5, 10.5), (20.5, 14.5))
    assert _area(fill_plane([OUTER, notch], SHAPE)) == WHOLE - 6 * 4


def test_too_many_contours_to_compare_are_even_odd_and_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(polygons, "_MOST_PAIRS", 2)
    many = [OUTER, *(_rectangle((n, 5.0), (n + 0.5, 6.0)) for n in range(4, 14))]
    assert not fill_plane(many, SHAPE).compared
    assert fill_plane(many[:2], SHAPE).compared
