"""A hand that drags the line between CT and PET in fused panes; all of them share its place."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, Qt

from viewers.desk.port import Desk
from viewers.paint.swipe_line import line_px
from viewers.scene.followers import scene_of
from viewers.scene.scene import PaneBox

#: How near the line a press takes it, in logical pixels.
REACH_PX = 6.0


class SwipeHand:
    """Holds the line from press to release."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._box: PaneBox | None = None

    def over(self, box: PaneBox, place: QPointF) -> bool:
        """Whether a place in the desk is on the line."""
        x = line_px(scene_of(self._desk.scene, box), box)
        return x is not None and abs(place.x() - box.x - x) <= REACH_PX

    def press(self, button: Qt.MouseButton, box: PaneBox, place: QPointF) -> bool:
        """Take the line if the left button went down on it; return whether it did."""
        taken = button is Qt.MouseButton.LeftButton and self.over(box, place)
        self._box = box if taken else None
        return taken

    def move(self, place: QPointF) -> bool:
        """Move the line along while it is held; return whether it is."""
        if self._box is None:
            return False
        at = min(max((place.x() - self._box.x) / self._box.width, 0.0), 1.0)
        self._desk.model.display.set_fusion(replace(self._desk.scene.fusion, swipe=at))
        return True

    def release(self) -> None:
        """Let the line go."""
        self._box = None
