"""The reading desk: the widget with all panes, and what a hand does on it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QHideEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.core.study.study import Study
from viewers.desk.arranged_widget import MAX_ZOOM, MIN_ZOOM
from viewers.desk.cine import Cine
from viewers.desk.keyboard_panes import KeyboardPanes
from viewers.desk.surface_hand import SurfaceHand
from viewers.desk.tools import Tool, ToolHand
from viewers.film.offscreen import draw_picture, render_offscreen
from viewers.make.mip import hottest_on_ray
from viewers.paint.crosshair import cross_of, grabs_handle
from viewers.paint.renderer import px_to_mip
from viewers.paint.swipe import SwipeHand
from viewers.scene.empty import why_empty
from viewers.scene.followers import FollowerScene, scene_of
from viewers.scene.probe import Probe, probe_at
from viewers.scene.scene import PaneBox, Point
from viewers.scene.windowing import PER_PX, dragged
from viewers.space.geometry import scroll
from viewers.space.layouts import Content

#: A wheel's notch, in Qt's eighths of a degree.
NOTCH = 120
#: A press that moved less is a click: the right one opens the pane's menu.
CLICK_PX = 4
#: More slices than any image has along a line: to the first or the last one.
TO_THE_END = 100_000


class ReadingDesk(KeyboardPanes):
    """Linked CT, PET, fused and MIP panes on one surface.

    Everything is composed on the CPU and painted by Qt's raster engine: one look-up a pixel where
    something changed, nothing elsewhere. Workers never touch the desk; it is used on the GUI
    thread only.

    Signals
    -------
    probe_changed(object)
        A `Probe`, or ``None`` when the mouse leaves the images.
    lesion_clicked(str)
        The id of the lesion under a click.
    pane_menu_wanted(int, object)
        A right click in a pane, or the menu key: its number and the place on the screen (QPoint).
    """

    probe_changed = Signal(object)
    lesion_clicked = Signal(str)
    pane_menu_wanted = Signal(int, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drag: tuple[Qt.MouseButton, PaneBox, QPointF] | None = None
        self._swipe = SwipeHand()
        self._wheel_rest = 0
        self.hand = ToolHand(self)
        #: Where a button went down, until the mouse has left that place.
        self._pressed_at: QPointF | None = None
        self._turning = False
        self.cine = Cine(self)
        self.surface_hand = SurfaceHand(self)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_study(self, study: Study | None) -> None:
        """Show a study (or none); a drag that is on its way ends."""
        self._drag = None
        self.hand.cancel()
        self.hand.set_marks((), None)
        self.cine.stop()
        super().set_study(study)

    def set_layout(self, name: str) -> None:
        """Show another layout; a drag that is on its way ends."""
        self._drag = None
        self.hand.cancel()
        super().set_layout(name)

    # The hand

    def box_at(self, x: float, y: float) -> PaneBox | None:
        """Pane under a place in the desk (logical pixels)."""
        return self.pane_at(x, y)

    def point_at(self, box: PaneBox, x: float, y: float) -> Point | None:
        """Patient position under a place in the desk, or ``None`` on an empty pane.

        On the MIP it is the hottest voxel along the ray. The 3D pane has no positions.
        """
        scene, spec = scene_of(self.scene, box), box.spec
        if spec.content is Content.SURFACE:
            return None
        if scene.study is None or why_empty(scene, spec.content) is not None:
            return None
        view = scene.pane_view(spec, box.width, box.height)
        if spec.content is not Content.MIP:
            depth_mm = view.depth_mm(scene.position(spec.content))
            return view.to_lps_mm(x - box.x, y - box.y, depth_mm)
        assert scene.mip is not None
        assert scene.pet is not None
        row, column = px_to_mip(scene, view, x - box.x, y - box.y)
        ray = scene.mip.ray_lps_mm(scene.mip_number, row, column)
        index = hottest_on_ray(scene.pet, *ray)
        if index is None:
            return None
        px, py, pz = scene.pet.grid.points_lps_mm(index)
        return float(px), float(py), float(pz)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll slices, turn the MIP; zoom with ctrl."""
        place = event.position()
        box = self.box_at(place.x(), place.y())
        self._wheel_rest += event.angleDelta().y()
        notches = int(self._wheel_rest / NOTCH)
        self._wheel_rest -= notches * NOTCH
        if box is None or not notches or self.scene.study is None:
            return
        event.accept()
        ctrl = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if ctrl or box.spec.content is Content.SURFACE:
            self._zoom(box, place, 1.15**notches)
        elif box.spec.content is Content.MIP:
            self.turn_pane(box, -notches)
        else:
            # As on a stack of films: away from the reader goes towards head, front and right.
            self.scroll_pane(box, notches if box.spec.plane.normal_axis == 2 else -notches)

    def scroll_pane(self, box: PaneBox, steps: int) -> None:
        """Move the crosshair by native slices of a pane; positive towards S, P or L."""
        scene, content = scene_of(self.scene, box), box.spec.content
        grid = scene.grid_of(content)
        view = scene.pane_view(box.spec, box.width, box.height)
        if grid is None:
            return
        if view.turn is not None:
            self._scroll_turned(box, view, steps)
            return
        moved = scroll(grid, box.spec.plane, scene.position(content), steps)
        self._move_in(scene, scene.space(content), moved)

    def to_end(self, box: PaneBox, way: int) -> None:
        """Go to a pane's first or last slice: the last towards S, P or L for a positive way."""
        self.scroll_pane(box, TO_THE_END if way > 0 else -TO_THE_END)

    def _zoom(self, box: PaneBox, place: QPointF, factor: float) -> None:
        scene, spec = scene_of(self.scene, box), box.spec
        state = scene.view_state(spec.content, spec.plane)
        # Away from the middle of the pane, in pixels.
        x, y = place.x() - box.x - box.width / 2, place.y() - box.y - box.height / 2
        before = scene.pane_view(spec, box.width, box.height).pan_mm(x, y)
        state.zoom = min(max(state.zoom * factor, MIN_ZOOM), MAX_ZOOM)
        after = scene.pane_view(spec, box.width, box.height).pan_mm(x, y)
        # What lies under the mouse stays there.
        self._pan(box, tuple(b - a for a, b in zip(after, before, strict=True)))

    def _pan(self, box: PaneBox, by_mm: tuple[float, ...]) -> None:
        state = scene_of(self.scene, box).view_state(box.spec.content, box.spec.plane)
        x, y, z = (p + d for p, d in zip(state.pan_mm, by_mm, strict=True))
        state.pan_mm = (x, y, z)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin what the button does: crosshair, pan, window."""
        self.use_mouse()
        place = event.position()
        box = self.box_at(place.x(), place.y())
        if box is None or self.scene.study is None:
            return
        self.activate(box.number)
        left = event.button() is Qt.MouseButton.LeftButton
        swipes = self._swipe.press(event.button(), scene_of(self.scene, box), box, place)
        if swipes or (left and self.hand.press(box, place)):
            self.update()
            return
        self._drag = (event.button(), box, place)
        self._pressed_at = place
        self._turning = left and self._on_handle(box, place)
        if box.spec.content is Content.SURFACE:
            self.surface_hand.press(place)
        elif left and not self._turning:
            self._take_point(box, place, clicked=True)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it; without a button, probe."""
        place = event.position()
        if (at := self._swipe.moved(place)) is not None:
            self.set_fusion(replace(self.scene.fusion, swipe=at))
            return
        if self._drag is None:
            if not self.hand.move(place):
                self._show_grip(place)
            self._probe(place)
            return
        button, box, before = self._drag
        if not self._has_left(place) and button is Qt.MouseButton.RightButton:
            return
        self._drag = (button, box, place)
        delta = place - before
        turns = box.spec.content is Content.SURFACE
        if turns and button is not Qt.MouseButton.MiddleButton:
            self.surface_hand.drag(button, place, before)
        elif self._turning:
            self._turn_by_hand(box, before, place)
        elif button is Qt.MouseButton.LeftButton:
            self._take_point(box, place, clicked=False)
        elif button is Qt.MouseButton.MiddleButton:
            view = scene_of(self.scene, box).pane_view(box.spec, box.width, box.height)
            self._pan(box, view.pan_mm(-delta.x(), -delta.y()))
        elif button is Qt.MouseButton.RightButton:
            under = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._drag_window(box, delta, under=under)
        self._probe(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; a right click without one opens the pane's menu."""
        self._swipe.release()
        if event.button() is Qt.MouseButton.LeftButton:
            self.hand.release(event.position())
        drag, self._drag, self._turning = self._drag, None, False
        if drag is None or event.button() is not drag[0]:
            return
        if drag[0] is Qt.MouseButton.LeftButton and drag[1].spec.content is Content.SURFACE:
            self.surface_hand.release(drag[1], event.position())
        clicked = not self._has_left(event.position())
        if clicked and drag[0] is Qt.MouseButton.RightButton:
            self.pane_menu_wanted.emit(drag[1].number, event.globalPosition().toPoint())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the active pane's menu by its key; the mouse's comes with the button's release."""
        event.accept()
        if event.reason() is QContextMenuEvent.Reason.Keyboard and self.scene.study is not None:
            box = self.active_box()
            self.activate(box.number)
            middle = QPoint(box.x + box.width // 2, box.y + box.height // 2)
            self.pane_menu_wanted.emit(box.number, self.mapToGlobal(middle))

    def _has_left(self, place: QPointF) -> bool:
        """Whether the mouse has moved from where its button went down, once and for all."""
        start = self._pressed_at
        if start is not None and (place - start).manhattanLength() >= CLICK_PX:
            self._pressed_at = None
        return self._pressed_at is None

    def _on_handle(self, box: PaneBox, place: QPointF) -> bool:
        at = self._renderer.crosshair_px(box)
        turns = self.scene.show_handles and scene_of(self.scene, box) is self.scene
        if not turns or not box.spec.content.is_slice or at is None:
            return False
        return grabs_handle(
            box, cross_of(self.scene, box, at), place.x() - box.x, place.y() - box.y
        )

    def _show_grip(self, place: QPointF) -> None:
        """Show over a handle, or the line of the swipe, that it can be taken."""
        box = self.box_at(place.x(), place.y())
        if box is not None and SwipeHand.over(scene_of(self.scene, box), box, place):
            self.setCursor(Qt.CursorShape.SplitHCursor)
        elif box is not None and self._on_handle(box, place):
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.unsetCursor()

    def _turn_by_hand(self, box: PaneBox, before: QPointF, place: QPointF) -> None:
        at = self._renderer.crosshair_px(box)
        if at is None:
            return
        old, new = (
            math.atan2(p.y() - box.y - at[1], p.x() - box.x - at[0]) for p in (before, place)
        )
        self._turn(box, math.remainder(new - old, math.tau))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Maximise a pane, and back."""
        place = event.position()
        box = self.box_at(place.x(), place.y())
        if box is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        if self.hand.tool is not Tool.CROSSHAIR and self.hand.press(box, place):
            return
        self._drag = None
        self.maximise(None if self.scene.maximised is not None else box.number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll the active pane with up, down, page keys, home and end; turn the MIP sideways.

        Home turns an active MIP to the front.
        """
        box = self.active_box()
        steps = {
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_PageUp: 10,
            Qt.Key.Key_PageDown: -10,
            Qt.Key.Key_Home: TO_THE_END,
            Qt.Key.Key_End: -TO_THE_END,
        }.get(Qt.Key(event.key()), 0)
        turns = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif turns:
            self.turn_pane(box, turns)
        elif steps == TO_THE_END and box.spec.content is Content.MIP:
            self.turn_pane(box, -scene_of(self.scene, box).mip_number)
        elif steps and box.spec.content is Content.SURFACE:
            self.surface_hand.turn(0.0, 5.0 * np.sign(steps))
        elif steps and box.spec.content.is_slice:
            self.scroll_pane(box, steps if box.spec.plane.normal_axis == 2 else -steps)
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Play nothing that nobody sees."""
        self.cine.stop()
        super().hideEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the mouse any more."""
        self.probe_changed.emit(None)

    def _take_point(self, box: PaneBox, place: QPointF, *, clicked: bool) -> None:
        inside = QPointF(
            min(max(place.x(), box.x), box.x + box.width - 1),
            min(max(place.y(), box.y), box.y + box.height - 1),
        )
        point = self.point_at(box, inside.x(), inside.y())
        if point is None:
            return
        scene = scene_of(self.scene, box)
        self._move_in(scene, scene.space(box.spec.content), point)
        if clicked and (lesion := self._lesion_at(box, point)):
            self.lesion_clicked.emit(lesion)

    def _lesion_at(self, box: PaneBox, point: Point) -> str | None:
        scene = scene_of(self.scene, box)
        segmentation = self.scene.segmentation
        # Outlines of the comparison study are not in the table of lesions.
        if segmentation is None or segmentation is not scene.segmentation:
            return None
        if scene.space(box.spec.content) != "pet":
            return None
        index = segmentation.grid.nearest_index_kji(point)
        label = segmentation.labels.voxel(index) if index else 0
        return next((x.id for x in segmentation.lesions if x.label == label), None)

    def _drag_window(self, box: PaneBox, delta: QPointF, *, under: bool) -> None:
        scene = scene_of(self.scene, box)
        kind = scene.map_kind(box.spec.content)
        if kind is not None:
            scene.map_limits[kind] *= float(np.exp((delta.x() - delta.y()) * PER_PX))
            self.update()
            return
        if isinstance(scene, FollowerScene):
            self._drag_follower(scene, box, delta, under=under)
        else:
            self.set_window(dragged(scene, box, delta.x(), delta.y(), under=under))

    def _probe(self, place: QPointF) -> None:
        box = self.box_at(place.x(), place.y())
        point = None
        if box is not None and box.spec.content.is_slice:
            point = self.point_at(box, place.x(), place.y())
        if box is None or point is None:
            self.probe_changed.emit(None)
            return
        self.probe_changed.emit(probe_at(scene_of(self.scene, box), box.spec.content, point))


__all__ = ["Probe", "ReadingDesk", "draw_picture", "render_offscreen"]
