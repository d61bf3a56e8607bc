"""Draws measurements over the panes: lines, handles and numbers, sharp at any zoom.

Marks are drawn at every painting, like the crosshair, and are no part of the kept layers: a drag
costs a few lines and no picture.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from app.core.drawn.voi import Angle, Ruler, Shape
from viewers.make.contours import Outliner
from viewers.paint.annotate import draw_text
from viewers.scene.marks import (
    Mark,
    handles,
    is_search_ball,
    oblique_handles,
    oblique_section,
    section,
)
from viewers.scene.scene import PaneBox, Scene
from viewers.space.geometry import PaneView, Plane, nearest_array_axis
from viewers.space.layouts import Content
from viewers.space.turns import Turn

FloatArray = npt.NDArray[np.float64]

#: Line and rim on dark and on light panes: a lime that no palette and no outline has.
ON_DARK_COLOURS = (QColor(176, 255, 64), QColor(0, 0, 0, 150))
ON_LIGHT_COLOURS = (QColor(22, 112, 0), QColor(255, 255, 255, 190))
#: Half the size of a handle.
HANDLE_PX = 3.5
#: Smaller volumes (across their section) have no handles.
LEAST_PX = 22.0
#: Narrower panes write one line.
NUMBERS_FROM_PX = 190
#: Room that writing keeps from the line and from the edge of the pane.
AWAY_PX = 6.0


class MarkPainter:
    """Draws the marks of a scene, and keeps the outlines of isocontours."""

    def __init__(self) -> None:
        self._outliners: dict[int, tuple[Mark, Outliner]] = {}

    def paint(self, painter: QPainter, scene: Scene, box: PaneBox, *, on_light: bool) -> None:
        """Draw what crosses a pane, in logical pixels of the desk; writing in the painter's font.

        Nothing is drawn while overlays are hidden.
        """
        marks = scene.marks.visible()
        if not marks or scene.overlays.hidden:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(box.x, box.y, box.width, box.height)
        painter.translate(box.x, box.y)
        crossing = [(x, lines) for x in marks if (lines := self.lines_px(scene, box, x))]
        for mark, lines in crossing:
            self._draw(painter, scene, box, mark, lines, on_light)
        taken: list[QRectF] = []
        if box.spec.content.is_slice:
            # The chosen one is drawn last, and writes first.
            for mark, lines in reversed(crossing):
                _write(painter, scene, box, mark, lines, taken, on_light)
        painter.restore()
        held = {id(x) for x in marks}
        self._outliners = {k: v for k, v in self._outliners.items() if k in held}

    def lines_px(self, scene: Scene, box: PaneBox, mark: Mark) -> list[FloatArray]:
        """Lines ``[points, 2]`` of a mark in a pane (logical pixels of the pane)."""
        content = box.spec.content
        if content is Content.SURFACE or not belongs(scene, content, mark):
            return []
        view = scene.pane_view(box.spec, box.width, box.height)
        if mark.region is not None:
            return self._region(scene, box, view, mark)
        if not content.is_slice or is_search_ball(mark.shape):
            return []
        return [view.to_px(x) for x in _section(scene, box, view, mark.shape)]

    def _region(self, scene: Scene, box: PaneBox, view: PaneView, mark: Mark) -> list[FloatArray]:
        region, frames = mark.region, scene.mip
        assert region is not None
        held = self._outliners.get(id(mark))
        outliner = held[1] if held is not None and held[0] is mark else Outliner()
        self._outliners[id(mark)] = (mark, outliner)
        outliner.prepare(region, None, frames)
        if box.spec.content.is_slice:
            point = scene.position(box.spec.content)
            found = outliner.on_slice(region, box.spec.plane, point, view.turn)
            return [view.to_px(x) for o in found for x in o.lines]
        if frames is None:
            return []
        lines = []
        for x in (x for o in outliner.on_mip(region, scene.mip_number) for x in o.lines):
            lines.append(view.to_px(frames.on_plane_mm(x)))
        return lines

    def _draw(
        self,
        painter: QPainter,
        scene: Scene,
        box: PaneBox,
        mark: Mark,
        lines: list[FloatArray],
        on_light: bool,
    ) -> None:
        chosen = is_chosen(scene, mark)
        line, rim = ON_LIGHT_COLOURS if on_light else ON_DARK_COLOURS
        width = 2.0 if chosen else 1.4
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (QPen(rim, width + 2.0), QPen(line, width)):
            painter.setPen(pen)
            for points in lines:
                painter.drawPolyline(_polygon(points))
                if isinstance(mark.shape, Ruler):
                    painter.drawLines(_end_ticks(points))
        if not chosen or not box.spec.content.is_slice:
            return
        view = scene.pane_view(box.spec, box.width, box.height)
        if is_search_ball(mark.shape):
            painter.setPen(QPen(line, 1.0, Qt.PenStyle.DashLine))
            for edge in _section(scene, box, view, mark.shape):
                painter.drawPolyline(_polygon(view.to_px(edge)))
        painter.setPen(QPen(rim, 1.0))
        painter.setBrush(line)
        for x, y in handles_px(scene, box, mark).values():
            painter.drawRect(QRectF(x - HANDLE_PX, y - HANDLE_PX, 2 * HANDLE_PX, 2 * HANDLE_PX))


def handles_px(scene: Scene, box: PaneBox, mark: Mark) -> dict[str, tuple[float, float]]:
    """Places of a mark's handles in a pane, by name: none on a reference.

    A volume that is too small on screen has none either: it would vanish under them. Zoom in.
    """
    if mark.fixed:
        return {}
    view = scene.pane_view(box.spec, box.width, box.height)
    if view.turn is None:
        found = handles(mark.shape, *place(scene, box))
    else:
        found = oblique_handles(mark.shape, *oblique_place(scene, box, view.turn))
    px = {name: view.to_px(point) for name, point in found.items()}
    lines = isinstance(mark.shape, Ruler | Angle)
    if not px or (not lines and np.ptp(list(px.values()), axis=0).min() < LEAST_PX):
        return {}
    return {name: (float(x), float(y)) for name, (x, y) in px.items()}


def is_chosen(scene: Scene, mark: Mark) -> bool:
    """Whether a mark is chosen, or being drawn or moved just now."""
    return mark is scene.marks.draft or mark.id == scene.marks.selected


def belongs(scene: Scene, content: Content, mark: Mark) -> bool:
    """Whether a mark's position means something in a pane."""
    return mark.space == "both" or scene.aligned or scene.space(content) == mark.space


def _section(scene: Scene, box: PaneBox, view: PaneView, shape: Shape) -> list[FloatArray]:
    """Lines of a shape on the plane of a pane (LPS mm)."""
    if view.turn is None:
        return section(shape, *place(scene, box))
    return oblique_section(shape, *oblique_place(scene, box, view.turn))


def oblique_place(scene: Scene, box: PaneBox, turn: Turn) -> tuple[Plane, Turn, float, float]:
    """Plane, how it lies, its depth, and the slice distance (mm) of an oblique pane."""
    plane, grid = box.spec.plane, scene.grid_of(box.spec.content)
    depth_mm = float(turn.to_plane(scene.position(box.spec.content))[plane.normal_axis])
    return plane, turn, depth_mm, 1.0 if grid is None else min(grid.spacing_kji_mm)


def place(scene: Scene, box: PaneBox) -> tuple[Plane, float, float]:
    """Plane, depth along its normal and native slice distance (mm) of a pane."""
    plane, content = box.spec.plane, box.spec.content
    depth_mm = scene.position(content)[plane.normal_axis]
    grid = scene.grid_of(content)
    if grid is None:
        return plane, depth_mm, 1.0
    return plane, depth_mm, grid.spacing_kji_mm[nearest_array_axis(grid, plane.normal_axis)]


def _write(
    painter: QPainter,
    scene: Scene,
    box: PaneBox,
    mark: Mark,
    lines: list[FloatArray],
    taken: list[QRectF],
    on_light: bool,
) -> None:
    """Write the name beside a mark, and its numbers in the pane that the hand was in last."""
    here = scene.active in (None, box.number)
    numbers = mark.lines if here and is_chosen(scene, mark) else ()
    words = [x for x in (mark.name, *numbers) if x]
    if box.width < NUMBERS_FROM_PX:
        words = words[:1]
    if not words:
        return
    metrics = QFontMetricsF(painter.font())
    width = max(metrics.horizontalAdvance(x) for x in words)
    size = QSizeF(width, metrics.height() * len(words))
    pane = QRectF(0, 0, box.width, box.height).adjusted(AWAY_PX, AWAY_PX, -AWAY_PX, -AWAY_PX)
    places = _beside(np.vstack(lines), size)
    free = (x for x in places if not any(x.intersects(other) for other in taken))
    room = next((x for x in free if pane.contains(x)), None)
    if room is None:
        # Better no name than one that seems to be another's; numbers of the chosen one are needed.
        if not numbers:
            return
        room = _pushed_into(places[0], pane)
    taken.append(room)
    line, rim = ON_LIGHT_COLOURS if on_light else ON_DARK_COLOURS
    halo = QColor(rim)
    halo.setAlpha(220)
    for n, text in enumerate(words):
        baseline = room.y() + n * metrics.height() + metrics.ascent()
        draw_text(painter, QPointF(room.x(), baseline), text, line, halo)


def _beside(points: FloatArray, size: QSizeF) -> list[QRectF]:
    """Places for writing at the right of a mark, at its left, below and above, in this order."""
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    middle = (left + right - size.width()) / 2
    corners = (
        (right + AWAY_PX, top),
        (left - AWAY_PX - size.width(), top),
        (middle, bottom + AWAY_PX),
        (middle, top - AWAY_PX - size.height()),
    )
    return [QRectF(QPointF(float(x), float(y)), size) for x, y in corners]


def _pushed_into(room: QRectF, pane: QRectF) -> QRectF:
    """Return the room moved so that it lies in the pane."""
    x = max(min(room.x(), pane.right() - room.width()), pane.left())
    y = max(min(room.y(), pane.bottom() - room.height()), pane.top())
    return QRectF(QPointF(x, y), room.size())


def _end_ticks(points: FloatArray) -> list[QPointF]:
    """Short lines across both ends of a ruler, as pairs of points."""
    along = points[1] - points[0]
    length = float(np.hypot(*along))
    if length < 1e-6:
        return []
    across = np.array([-along[1], along[0]]) / length * 4.0
    ends = (x for p in points for x in (p - across, p + across))
    return [QPointF(float(x), float(y)) for x, y in ends]


def _polygon(line: FloatArray) -> QPolygonF:
    return QPolygonF([QPointF(float(x), float(y)) for x, y in line])
