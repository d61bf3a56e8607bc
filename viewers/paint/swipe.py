"""The line of the swipe: where it lies, how it is drawn, and how a hand takes it."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from viewers.make.fusion import FusionMode
from viewers.scene.scene import PaneBox, Scene
from viewers.space.layouts import Content

#: How near the line a press takes it, in logical pixels.
REACH_PX = 6.0
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


class SwipeHand:
    """Follows a hand that drags the line; all fused panes share its place."""

    def __init__(self) -> None:
        self._box: PaneBox | None = None

    @staticmethod
    def over(scene: Scene, box: PaneBox | None, place: QPointF) -> bool:
        """Whether a place in the desk is on the line."""
        x = None if box is None else line_px(scene, box)
        return box is not None and x is not None and abs(place.x() - box.x - x) <= REACH_PX

    def press(self, button: Qt.MouseButton, scene: Scene, box: PaneBox, place: QPointF) -> bool:
        """Take the line if the left button went down on it; return whether it did."""
        taken = button is Qt.MouseButton.LeftButton and self.over(scene, box, place)
        self._box = box if taken else None
        return taken

    def moved(self, place: QPointF) -> float | None:
        """Return the line's new place (share of the width) while it is held, else ``None``."""
        if self._box is None:
            return None
        return min(max((place.x() - self._box.x) / self._box.width, 0.0), 1.0)

    def release(self) -> None:
        """Let the line go."""
        self._box = None
