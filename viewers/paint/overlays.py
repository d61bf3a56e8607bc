"""Draws outlines: one colour per lesion, solid where certain, faded and hatched where not."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF

from app.core.lesions.lesion import Lesion, LesionStatus
from viewers.colour.palettes import PHYSIOLOGICAL_COLOUR, lesion_colour
from viewers.make.contours import Outline, Outliner
from viewers.scene.scene import Scene
from viewers.space.geometry import PaneView
from viewers.space.layouts import Content

FloatArray = npt.NDArray[np.float64]

#: Mean entropy (bits) around a rim from which it is faded, and from which it is hatched.
FADED_FROM, HATCHED_FROM = 0.35, 0.6


class OverlayPainter:
    """Draws the outlines of a scene over the picture of a pane."""

    def __init__(self) -> None:
        self._outliner = Outliner()

    def paint(
        self, painter: QPainter, scene: Scene, content: Content, view: PaneView, scale: float
    ) -> None:
        """Draw what crosses a pane, in device pixels; the selected lesion comes last.

        ``scale`` is device pixels per logical pixel: lines stay as wide on any screen.
        """
        segmentation = scene.overlays.segmentation
        if segmentation is None or scene.space(content) != "pet":
            return
        self._outliner.prepare(segmentation, scene.overlays.uncertainty, scene.mip)
        if content is Content.MIP:
            outlines = self._outliner.on_mip(segmentation, scene.mip_number)
        else:
            outlines = self._outliner.on_slice(
                segmentation, view.plane, scene.crosshair.pet, view.turn
            )
        table = {x.label: (n, x) for n, x in enumerate(segmentation.lesions)}
        entries = [(*table[x.label], x) for x in outlines if x.label in table]
        for number, lesion, outline in sorted(
            entries, key=lambda x: x[1].id == scene.overlays.selected
        ):
            if lesion.status is not LesionStatus.REJECTED:
                lines = [_to_px(scene, content, view, line) for line in outline.lines]
                self._draw(painter, scene, (number, lesion), outline, lines, scale)

    def _draw(
        self,
        painter: QPainter,
        scene: Scene,
        entry: tuple[int, Lesion],
        outline: Outline,
        lines: list[FloatArray],
        scale: float,
    ) -> None:
        number, lesion = entry
        selected = lesion.id == scene.overlays.selected
        if lesion.status is LesionStatus.PHYSIOLOGICAL:
            pen = QPen(QColor(*PHYSIOLOGICAL_COLOUR, 255 if selected else 190))
            pen.setWidthF((2.0 if selected else 1.2) * scale)
            pen.setDashPattern([4.0, 3.0])
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for line in lines:
                painter.drawPolyline(_polygon(line))
            return
        colour = QColor(*scene.overlays.colours.get(lesion.id, lesion_colour(number)))
        if selected:
            colour = colour.lighter(120)
        self._fill(painter, lines, colour, selected)
        for n, line in enumerate(lines):
            rim = np.zeros(len(line)) if outline.uncertainty is None else outline.uncertainty[n]
            width = (2.6 if selected else 1.6) * scale
            # The hatched band must leave something of a small lesion to be seen.
            band = min(7.0 * scale, 0.35 * float(np.ptp(line, axis=0).min()))
            for kind, run in certainty_runs(rim):
                _stroke(painter, line[run], colour, kind, width, band)

    def _fill(
        self, painter: QPainter, lines: list[FloatArray], colour: QColor, selected: bool
    ) -> None:
        path = QPainterPath()
        for line in lines:
            path.addPolygon(_polygon(line))
        shade = QColor(colour)
        shade.setAlpha(40 if selected else 20)
        painter.fillPath(path, shade)


def certainty_runs(entropy: FloatArray) -> list[tuple[int, slice]]:
    """Split a line into runs of one kind: 0 certain, 1 faded, 2 hatched.

    Neighbouring runs share a point, so that the drawn line has no gaps.
    """
    kinds = (entropy >= FADED_FROM).astype(int) + (entropy >= HATCHED_FROM)
    if len(kinds) < 2:
        return []
    # A segment takes the kind of its first point.
    starts = [0, *(np.flatnonzero(np.diff(kinds[:-1])) + 1).tolist(), len(kinds) - 1]
    return [(int(kinds[a]), slice(a, b + 1)) for a, b in itertools.pairwise(starts)]


def _stroke(
    painter: QPainter, line: FloatArray, colour: QColor, kind: int, width: float, band: float
) -> None:
    polygon = _polygon(line)
    if kind == 2:
        veil = QColor(colour)
        veil.setAlpha(150)
        pen = QPen(QBrush(veil, Qt.BrushStyle.BDiagPattern), max(width, band))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawPolyline(polygon)
    else:
        # A dark rim keeps light colours visible on an inverse grey PET.
        pen = QPen(QColor(0, 0, 0, 110 if kind == 0 else 50), width * 1.8)
        painter.setPen(pen)
        painter.drawPolyline(polygon)
    shade = QColor(colour)
    shade.setAlpha((255, 180, 140)[kind])
    pen = QPen(shade, width)
    if kind:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern([3.0, 1.5] if kind == 1 else [1.5, 2.0])
    painter.setPen(pen)
    painter.drawPolyline(polygon)


def _to_px(scene: Scene, content: Content, view: PaneView, line: FloatArray) -> FloatArray:
    if content is not Content.MIP:
        return view.to_px(line)
    assert scene.mip is not None
    return view.to_px(scene.mip.on_plane_mm(line))


def _polygon(line: FloatArray) -> QPolygonF:
    return QPolygonF([QPointF(float(x), float(y)) for x, y in line])
