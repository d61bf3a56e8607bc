"""What a hand knows of the desk on which it works."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF

from viewers.scene.model import SceneModel
from viewers.scene.scene import PaneBox, Scene
from viewers.scene.values import Point


class Desk(Protocol):
    """Panes on the screen, as hands see them. Places are logical pixels from the top left."""

    @property
    def model(self) -> SceneModel:
        """Takes what a hand wishes."""

    @property
    def scene(self) -> Scene:
        """What the panes show now."""

    def boxes(self) -> list[PaneBox]:
        """All panes that are shown."""

    def box_at(self, place: QPointF) -> PaneBox | None:
        """Pane under a place."""

    def point_at(self, box: PaneBox, place: QPointF) -> Point | None:
        """Patient position (LPS mm) under a place, or ``None`` on an empty pane."""

    def crosshair_px(self, box: PaneBox) -> tuple[float, float] | None:
        """Place of the crosshair in a pane, from its top left, or ``None`` where it has none."""


def kept_inside(box: PaneBox, place: QPointF) -> QPointF:
    """Return the place in a pane that is nearest to one beside it."""
    return QPointF(
        min(max(place.x(), box.x), box.x + box.width - 1),
        min(max(place.y(), box.y), box.y + box.height - 1),
    )
