"""Analytic solids and the canvas that they are painted on.

A shape answers with its signed distance (mm, negative inside; near the surface to first order,
and with an exact zero level) for coordinate arrays that broadcast to ``[k, j, i]``. The canvas
turns distance into coverage, so that edges are as soft as a voxel and nothing is stair-stepped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

FloatArray = npt.NDArray[np.float32]
Point = tuple[float, float, float]
Bounds = tuple[Point, Point]
#: Stands for "nowhere near" in unions.
_FAR_MM = np.float32(1e3)

Distance = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]


class Shape(Protocol):
    """A solid: least and greatest x, y, z (LPS mm), and its signed distance."""

    @property
    def bounds(self) -> Bounds: ...  # noqa: D102

    def distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray: ...  # noqa: D102


def rotation(yaw_deg: float = 0.0, pitch_deg: float = 0.0, roll_deg: float = 0.0) -> FloatArray:
    """Return the 3 x 3 rotation about z (yaw), then x (pitch), then y (roll)."""
    a, b, c = np.deg2rad((yaw_deg, pitch_deg, roll_deg))
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    about_y = np.array([[np.cos(c), 0, np.sin(c)], [0, 1, 0], [-np.sin(c), 0, np.cos(c)]])
    turned: FloatArray = (about_y @ about_x @ about_z).astype(np.float32)
    return turned


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid; ``turn`` rotates its axes about the centre."""

    centre: Point
    radii: Point
    turn: FloatArray | None = None

    @property
    def bounds(self) -> Bounds:
        """Axis-aligned box around it."""
        radii = np.array(self.radii)
        if self.turn is not None:
            radii = np.linalg.norm(self.turn * radii, axis=1)
        return _box(np.array(self.centre) - radii, np.array(self.centre) + radii)

    def distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        """Signed distance to first order: f (f - 1) / |grad f| of the scaled radius f."""
        p: tuple[FloatArray, ...] = tuple(
            v - np.float32(c) for v, c in zip((x, y, z), self.centre, strict=True)
        )
        if self.turn is not None:
            t = self.turn.T
            p = tuple(t[n, 0] * p[0] + t[n, 1] * p[1] + t[n, 2] * p[2] for n in range(3))
        f = np.float32(0)
        g = np.float32(0)
        for v, r in zip(p, self.radii, strict=True):
            f = f + np.square(v / np.float32(r))
            g = g + np.square(v / np.float32(r * r))
        root = np.sqrt(f)
        found: FloatArray = root * (root - 1) / np.maximum(np.sqrt(g), np.float32(1e-6))
        return found


@dataclass(frozen=True)
class Capsule:
    """A rod with round ends from ``start`` to ``end``, its radius changing linearly."""

    start: Point
    end: Point
    radius: float
    end_radius: float | None = None

    @property
    def bounds(self) -> Bounds:
        """Axis-aligned box around it."""
        last = self.radius if self.end_radius is None else self.end_radius
        a, b = np.array(self.start), np.array(self.end)
        return _box(np.minimum(a - self.radius, b - last), np.maximum(a + self.radius, b + last))

    def distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        """Distance to the axis less the radius there."""
        a = np.array(self.start, dtype=np.float32)
        d = np.array(self.end, dtype=np.float32) - a
        length = max(float(d @ d), 1e-6)
        u, v, w = x - a[0], y - a[1], z - a[2]
        t = np.clip((u * d[0] + v * d[1] + w * d[2]) / np.float32(length), 0, 1)
        away = np.sqrt((u - t * d[0]) ** 2 + (v - t * d[1]) ** 2 + (w - t * d[2]) ** 2)
        last = self.radius if self.end_radius is None else self.end_radius
        found: FloatArray = away - (self.radius + t * np.float32(last - self.radius))
        return found


@dataclass(frozen=True)
class Profile:
    """A stack of superellipses along z, smooth between ``rows`` of (z, half x, half y, y)."""

    rows: tuple[tuple[float, float, float, float], ...]
    power: float = 2.4
    inset: float = 0.0
    x_centre: float = 0.0

    @property
    def bounds(self) -> Bounds:
        """Axis-aligned box around it."""
        table = np.array(self.rows)
        wide = table[:, 1].max() - self.inset
        low = (table[:, 3] - table[:, 2]).min() + self.inset
        high = (table[:, 3] + table[:, 2]).max() - self.inset
        x = self.x_centre
        return _box((x - wide, low, table[:, 0].min()), (x + wide, high, table[:, 0].max()))

    def at(self, z: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Half x, half y and centre y at heights z."""
        table = np.array(sorted(self.rows))
        curve = PchipInterpolator(table[:, 0], table[:, 1:], axis=0)
        values = curve(np.clip(z, table[0, 0], table[-1, 0])).astype(np.float32)
        return values[..., 0], values[..., 1], values[..., 2]

    def distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        """Distance in the slice along the ray from the centre, and to the two end planes."""
        a, b, c = self.at(z)
        a = np.maximum(a - np.float32(self.inset), 1)
        b = np.maximum(b - np.float32(self.inset), 1)
        u, v = np.abs(x - np.float32(self.x_centre)), np.abs(y - c)
        n = np.float32(self.power)
        f = ((u / a) ** n + (v / b) ** n) ** (1 / n)
        rho = np.sqrt(u * u + v * v)
        radial = np.where(f > 1e-3, rho * (1 - 1 / np.maximum(f, 1e-3)), -np.minimum(a, b))
        ends = np.maximum(self.bounds[0][2] - z, z - self.bounds[1][2])
        found: FloatArray = np.maximum(radial, ends).astype(np.float32)
        return found


@dataclass(frozen=True)
class Solid:
    """A shape from a function of x, y, z."""

    bounds: Bounds
    function: Distance

    def distance(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        """Ask the function."""
        return self.function(x, y, z)


def shell(shape: Shape, thickness: float) -> Solid:
    """Return the outer layer of a shape."""
    half = np.float32(thickness / 2)
    return Solid(shape.bounds, lambda x, y, z: np.abs(shape.distance(x, y, z) + half) - half)


def grown(shape: Shape, margin: float) -> Solid:
    """Return the shape with its surface moved outwards (inwards if negative)."""
    low, high = np.array(shape.bounds)
    grown_bounds = _box(low - margin, high + margin)
    return Solid(grown_bounds, lambda x, y, z: shape.distance(x, y, z) - np.float32(margin))


def both(first: Shape, *others: Shape) -> Solid:
    """Return the intersection; its box is the first shape's."""
    low, high = np.array(first.bounds)
    for other in others:
        low, high = np.maximum(low, other.bounds[0]), np.minimum(high, other.bounds[1])

    def distance(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        found = first.distance(x, y, z)
        for other in others:
            found = np.maximum(found, other.distance(x, y, z))
        return found

    return Solid(_box(low, high), distance)


def without(shape: Shape, *others: Shape) -> Solid:
    """Return the shape less the others."""

    def distance(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        found = shape.distance(x, y, z)
        for other in others:
            found = np.maximum(found, -other.distance(x, y, z))
        return found

    return Solid(shape.bounds, distance)


def union(*shapes: Shape, smooth_mm: float = 0.0) -> Solid:
    """Return the union, with joints rounded over ``smooth_mm``.

    Far from every part the distance is only known to be large.
    """
    low = np.min([s.bounds[0] for s in shapes], axis=0) - smooth_mm / 4
    high = np.max([s.bounds[1] for s in shapes], axis=0) + smooth_mm / 4
    margin = np.float32(smooth_mm + 12.0)

    def distance(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        shape = np.broadcast_shapes(x.shape, y.shape, z.shape)
        found = np.full(shape, _FAR_MM, dtype=np.float32)
        for part in shapes:
            # Each part is only looked at near itself: bodies have many small ones.
            near = [
                slice(*np.searchsorted(v.reshape(-1), (a - margin, b + margin)).tolist())
                for v, a, b in zip((x, y, z), *part.bounds, strict=True)
            ]
            box = found[near[2], near[1], near[0]]
            if not box.size:
                continue
            second = part.distance(x[..., near[0]], y[:, near[1], :], z[near[2]])
            if smooth_mm:
                # Polynomial smooth minimum: a fillet where both surfaces are near.
                h = np.maximum(np.float32(smooth_mm) - np.abs(box - second), 0)
                second = np.minimum(box, second) - h * h / np.float32(4 * smooth_mm)
            np.minimum(box, second, out=box)
        return found

    return Solid(_box(low, high), distance)


def tube(points: Sequence[Point], radius: float, end_radius: float | None = None) -> list[Capsule]:
    """Return rods through points, the radius changing from the first to the last."""
    last = radius if end_radius is None else end_radius
    radii = np.linspace(radius, last, len(points)).tolist()
    return [
        Capsule(points[n], points[n + 1], radii[n], radii[n + 1]) for n in range(len(points) - 1)
    ]


@dataclass(frozen=True)
class Paint:
    """A shape with what it holds; ``None`` leaves the image below as it is.

    ``over`` limits it to the inside of another shape.
    """

    shape: Shape
    hu: float | None = None
    suv: float | None = None
    over: Shape | None = None
    name: str = ""


class Canvas:
    """An image on an axis-aligned grid that shapes are painted on.

    Parameters
    ----------
    x_mm, y_mm, z_mm
        LPS coordinates of columns, rows and slices.
    background
        Value everywhere at the start.
    edge_mm
        Width over which an edge goes from outside to inside; 0 for hard edges.
    """

    def __init__(
        self,
        x_mm: npt.ArrayLike,
        y_mm: npt.ArrayLike,
        z_mm: npt.ArrayLike,
        background: float,
        edge_mm: float,
    ) -> None:
        self._axes = tuple(np.asarray(v, dtype=np.float32) for v in (x_mm, y_mm, z_mm))
        x, y, z = self._axes
        self.image = np.full((z.size, y.size, x.size), background, dtype=np.float32)
        self._edge = np.float32(edge_mm)

    def paint(self, shape: Shape, value: float, over: Shape | None = None) -> None:
        """Blend a value into the image where the shape is."""
        found = self.coverage(shape)
        if found is None:
            return
        part, cover = found
        if over is not None:
            x, y, z = self._crop_axes(part)
            cover = np.minimum(cover, self._soft(over.distance(x, y, z)))
        target = self.image[part]
        target += cover * (np.float32(value) - target)

    def coverage(self, shape: Shape) -> tuple[tuple[slice, slice, slice], FloatArray] | None:
        """Return where the shape is and how much of each voxel it covers (0 to 1)."""
        low, high = shape.bounds
        slices = []
        for axis, a, b in zip(self._axes, low, high, strict=True):
            start = int(np.searchsorted(axis, a - self._edge))
            stop = int(np.searchsorted(axis, b + self._edge, side="right"))
            if start >= stop:
                return None
            slices.append(slice(start, stop))
        part = (slices[2], slices[1], slices[0])
        x, y, z = self._crop_axes(part)
        return part, self._soft(shape.distance(x, y, z))

    def _crop_axes(
        self, part: tuple[slice, slice, slice]
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        x, y, z = self._axes
        return x[part[2]][None, None, :], y[part[1]][None, :, None], z[part[0]][:, None, None]

    def _soft(self, distance: FloatArray) -> FloatArray:
        if self._edge == 0:
            return (distance <= 0).astype(np.float32)
        cover: FloatArray = np.clip(np.float32(0.5) - distance / self._edge, 0, 1)
        return cover


def _box(low: npt.ArrayLike, high: npt.ArrayLike) -> Bounds:
    a, b = np.asarray(low, dtype=float).tolist(), np.asarray(high, dtype=float).tolist()
    return (a[0], a[1], a[2]), (b[0], b[1], b[2])
