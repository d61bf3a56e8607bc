"""The line of the swipe: where it lies in a fused pane, and how it is drawn."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QColor, QPainter, QPen

from viewers.make.fusion import FusionMode
from viewers.scene.scene import PaneBox, Scene
from viewers.space.layouts import Content

LINE_COLOUR, HALO_COLOUR = QColor(255, 255, 255, 220), QColor(0, 0, 0, 160)
GRIP_PX = 5.0


def line_px(scene: Scene, box: PaneBox) -> float | None:
    """Place of the line from the pane's left edge, or ``None`` where it has none."""
    content = box.spec.content
    if scene.fusion.mode is not FusionMode.SWIPE or scene.base(content) is not Content.FUSED:
        return None
    return scene.fusion.swipe * box.width


def draw_line(painter: QPainter, scene: Scene, box: PaneBox) -> None:
    """Draw the line of a fused pane with a grip in its middle."""
    x = line_px(scene, box)
    if x is None:
        return
    painter.save()
    for colour, width in ((HALO_COLOUR, 3.0), (LINE_COLOUR, 1.0)):
        painter.setPen(QPen(colour, width))
        painter.drawLine(QLineF(x, 0, x, box.height))
    painter.setPen(QPen(HALO_COLOUR, 1))
    painter.setBrush(LINE_COLOUR)
    # Beside the middle: there the crosshair of a centred picture is.
    painter.drawEllipse(QPointF(x, 0.75 * box.height), GRIP_PX, GRIP_PX)
    painter.restore()
