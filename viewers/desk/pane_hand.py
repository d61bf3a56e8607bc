"""What a hand does on panes with any tool: move the crosshair, pan, zoom, window, turn planes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt

from viewers.desk.port import Desk, kept_inside
from viewers.desk.surface_hand import SurfaceHand
from viewers.paint.crosshair import cross_of, grabs_handle
from viewers.scene.followers import scene_of
from viewers.scene.scene import PaneBox
from viewers.scene.values import Point
from viewers.space.layouts import Content

#: A press that moved less is a click: the right one opens the pane's menu.
CLICK_PX = 4


@dataclass
class _Drag:
    """A button that is held: which, on which pane, and where the hand was last."""

    button: Qt.MouseButton
    box: PaneBox
    at: QPointF
    start: QPointF
    #: Whether it turns the planes by a handle of the crosshair.
    turns: bool = False
    #: Whether the hand has moved from where the button went down, once and for all.
    has_left: bool = False


class PaneHand:
    """Goes from press to release; the 3D pane has a hand of its own (`surface`)."""

    def __init__(self, desk: Desk, surface: SurfaceHand) -> None:
        self._desk, self._surface = desk, surface
        self._drag: _Drag | None = None

    def drop(self) -> None:
        """End a drag that is on its way: the panes are others now."""
        self._drag = None

    @property
    def drags(self) -> bool:
        """Whether a button is held."""
        return self._drag is not None

    def press(self, button: Qt.MouseButton, box: PaneBox, place: QPointF) -> None:
        """Begin what the button does: crosshair, pan, window."""
        left = button is Qt.MouseButton.LeftButton
        drag = self._drag = _Drag(button, box, place, place)
        drag.turns = left and self.over_handle(box, place)
        if box.spec.content is Content.SURFACE:
            self._surface.press(place)
        elif left and not drag.turns:
            self._take_point(box, place, clicked=True)

    def move(self, place: QPointF, *, under: bool) -> None:
        """Go on with it; ``under`` changes the window of the CT or MR of a fused pane."""
        drag = self._drag
        if drag is None:
            return
        drag.has_left = drag.has_left or (place - drag.start).manhattanLength() >= CLICK_PX
        if not drag.has_left and drag.button is Qt.MouseButton.RightButton:
            return
        box, before, drag.at = drag.box, drag.at, place
        delta = place - before
        model = self._desk.model
        if box.spec.content is Content.SURFACE and drag.button is not Qt.MouseButton.MiddleButton:
            self._surface.drag(drag.button, place, before)
        elif drag.turns:
            self._turn(box, before, place)
        elif drag.button is Qt.MouseButton.LeftButton:
            self._take_point(box, place, clicked=False)
        elif drag.button is Qt.MouseButton.MiddleButton:
            view = scene_of(self._desk.scene, box).pane_view(box.spec, box.width, box.height)
            model.navigation.pan(box, view.pan_mm(-delta.x(), -delta.y()))
        elif drag.button is Qt.MouseButton.RightButton:
            model.display.drag_window(box, delta.x(), delta.y(), under=under)

    def release(self, button: Qt.MouseButton, place: QPointF) -> PaneBox | None:
        """End a drag; return the pane of which a right click without one opens the menu."""
        drag, self._drag = self._drag, None
        if drag is None or button is not drag.button:
            return None
        if button is Qt.MouseButton.LeftButton and drag.box.spec.content is Content.SURFACE:
            self._surface.release(drag.box, place)
        left = drag.has_left or (place - drag.start).manhattanLength() >= CLICK_PX
        return drag.box if button is Qt.MouseButton.RightButton and not left else None

    def zoom(self, box: PaneBox, place: QPointF, factor: float) -> None:
        """Zoom a pane; what lies under the hand stays there."""
        scene, spec = scene_of(self._desk.scene, box), box.spec
        # Away from the middle of the pane, in pixels.
        x, y = place.x() - box.x - box.width / 2, place.y() - box.y - box.height / 2
        before = scene.pane_view(spec, box.width, box.height).pan_mm(x, y)
        self._desk.model.navigation.zoom(box, factor)
        scene = scene_of(self._desk.scene, box)
        after = scene.pane_view(spec, box.width, box.height).pan_mm(x, y)
        by_mm = tuple(b - a for a, b in zip(after, before, strict=True))
        self._desk.model.navigation.pan(box, by_mm)

    def over_handle(self, box: PaneBox, place: QPointF) -> bool:
        """Whether a place is on a handle of the crosshair that turns the planes."""
        scene = self._desk.scene
        at = self._desk.crosshair_px(box)
        turns = scene.show_handles and scene_of(scene, box) is scene
        if not turns or not box.spec.content.is_slice or at is None:
            return False
        cross = cross_of(scene, box, at)
        return grabs_handle(box, cross, place.x() - box.x, place.y() - box.y)

    def _turn(self, box: PaneBox, before: QPointF, place: QPointF) -> None:
        at = self._desk.crosshair_px(box)
        if at is None:
            return
        old, new = (
            math.atan2(p.y() - box.y - at[1], p.x() - box.x - at[0]) for p in (before, place)
        )
        self._desk.model.navigation.turn_planes(box, math.remainder(new - old, math.tau))

    def _take_point(self, box: PaneBox, place: QPointF, *, clicked: bool) -> None:
        point = self._desk.point_at(box, kept_inside(box, place))
        if point is None:
            return
        self._desk.model.navigation.move_in(box, point)
        if clicked and (lesion := self._lesion_at(box, point)):
            self._desk.model.lesion_clicked.emit(lesion)

    def _lesion_at(self, box: PaneBox, point: Point) -> str | None:
        main, scene = self._desk.scene, scene_of(self._desk.scene, box)
        segmentation = main.overlays.segmentation
        # Outlines of the comparison study are not in the table of lesions.
        if segmentation is None or segmentation is not scene.overlays.segmentation:
            return None
        if scene.space(box.spec.content) != "pet":
            return None
        index = segmentation.grid.nearest_index_kji(point)
        label = segmentation.labels.voxel(index) if index else 0
        return next((x.id for x in segmentation.lesions if x.label == label), None)
