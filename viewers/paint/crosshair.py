"""The crosshair of a pane: where the other two planes cut it, and the handles that turn them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from viewers.scene.empty import why_empty
from viewers.scene.scene import PaneBox, Scene
from viewers.space.geometry import Plane
from viewers.space.layouts import Content
from viewers.space.oblique import crossing_px

GAP_PX = 14.0
#: A handle: its size, how far the mouse may miss it, and where it sits from the crosshair.
HANDLE_PX, REACH_PX, AWAY_PX = 5.0, 11.0, 90.0
ON_DARK, ON_LIGHT = QColor(86, 190, 255, 170), QColor(0, 120, 190, 170)
HANDLE_COLOUR = QColor(255, 196, 84)


@dataclass(frozen=True)
class Cross:
    """A pane's crosshair: its place and the directions of its two lines, in the pane's pixels."""

    x: float
    y: float
    directions: tuple[tuple[float, float], ...]


def crosshair_px(scene: Scene, box: PaneBox) -> tuple[float, float] | None:
    """Place of the crosshair in a pane (logical pixels), or ``None`` where it has none."""
    content = box.spec.content
    if why_empty(scene, content) is not None:
        return None
    view = scene.pane_view(box.spec, box.width, box.height)
    point: npt.ArrayLike = scene.position(content)
    if content is Content.MIP and scene.mip is not None:
        point = scene.mip.on_plane_mm(scene.mip.project(scene.mip_number, point))
    elif content is Content.SURFACE:
        along, below = scene.camera.project(point).tolist()
        point = (along, 0.0, -below)
    x, y = view.to_px(point).tolist()
    return float(x), float(y)


def cross_of(scene: Scene, box: PaneBox, at: tuple[float, float]) -> Cross:
    """Return the crosshair of a slice pane: across and upright unless the planes are turned."""
    x, y = (float(int(v)) + 0.5 for v in at)
    if scene.tilt is None or not box.spec.content.is_slice:
        return Cross(x, y, ((1.0, 0.0), (0.0, 1.0)))
    view = scene.pane_view(box.spec, box.width, box.height)
    others = [plane for plane in Plane if plane is not box.spec.plane]
    return Cross(x, y, tuple(crossing_px(scene.tilt, view, plane) for plane in others))


def draw_cross(
    painter: QPainter,
    box: PaneBox,
    cross: Cross,
    rim_px: float,
    band_px: float = 0.0,
    *,
    on_light: bool,
) -> None:
    """Draw the lines, with a gap around the crosshair and free of the letters at the edges.

    The painter's origin is the pane's; ``band_px`` at its top stay free as well.
    """
    painter.setPen(QPen(ON_LIGHT if on_light else ON_DARK, 1))
    gap = min(GAP_PX, box.width / 8)
    height = box.height - 2 * rim_px - band_px
    inner = QRectF(rim_px, rim_px + band_px, box.width - 2 * rim_px, height)
    lines = []
    for dx, dy in cross.directions:
        for sign in (-1.0, 1.0):
            ends = _inside(inner, (cross.x, cross.y), (dx * sign, dy * sign), gap)
            if ends is not None:
                lines.append(ends)
    painter.drawLines(lines)


def _inside(
    inner: QRectF, at: tuple[float, float], way: tuple[float, float], gap: float
) -> QLineF | None:
    """Part of a ray from the gap on that lies in a rectangle."""
    first, last = gap, math.inf
    for place, step, low, high in (
        (at[0], way[0], inner.left(), inner.right()),
        (at[1], way[1], inner.top(), inner.bottom()),
    ):
        if abs(step) < 1e-9:
            # A line along an edge is drawn only strictly inside.
            if not low < place < high:
                return None
            continue
        near, far = sorted(((low - place) / step, (high - place) / step))
        first, last = max(first, near), min(last, far)
    if first >= last:
        return None
    (x, y), (dx, dy) = at, way
    return QLineF(x + first * dx, y + first * dy, x + last * dx, y + last * dy)


def handles(box: PaneBox, cross: Cross) -> list[QPointF]:
    """Places of the handles in the pane: one on either side of the crosshair on each line.

    One that would fall outside the pane is left out.
    """
    away = min(AWAY_PX, 0.3 * min(box.width, box.height))
    places = [
        QPointF(cross.x + sign * away * dx, cross.y + sign * away * dy)
        for dx, dy in cross.directions
        for sign in (-1.0, 1.0)
    ]
    inner = QRectF(HANDLE_PX, HANDLE_PX, box.width - 2 * HANDLE_PX, box.height - 2 * HANDLE_PX)
    return [place for place in places if inner.contains(place)]


def draw_handles(painter: QPainter, box: PaneBox, cross: Cross) -> None:
    """Draw the handles as rings that are seen on any picture."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(0, 0, 0, 60))
    for place in handles(box, cross):
        for colour, width in ((QColor(0, 0, 0, 150), 3.6), (HANDLE_COLOUR, 1.8)):
            painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine))
            painter.drawEllipse(place, HANDLE_PX, HANDLE_PX)
    painter.restore()


def grabs_handle(box: PaneBox, cross: Cross, x: float, y: float) -> bool:
    """Whether a place in the pane is on one of its handles."""
    return any(math.hypot(p.x() - x, p.y() - y) <= REACH_PX for p in handles(box, cross))
