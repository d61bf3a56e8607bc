"""The reading desk: the widget with all panes, and what a hand does on it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.core.study import Study
from viewers.followers import FollowerScene, scene_of
from viewers.following_widget import FollowingWidget
from viewers.geometry import scroll
from viewers.layouts import Content
from viewers.mip import hottest_on_ray
from viewers.offscreen import draw_picture, render_offscreen
from viewers.probe import Probe, probe_at
from viewers.renderer import px_to_mip, why_empty
from viewers.scene import PaneBox, Point, default_pet_range

MAX_ZOOM = 32.0
MIN_ZOOM = 0.2
#: A wheel's notch, in Qt's eighths of a degree.
NOTCH = 120


class ReadingDesk(FollowingWidget):
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
    """

    probe_changed = Signal(object)
    lesion_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drag: tuple[Qt.MouseButton, PaneBox, QPointF] | None = None
        self._wheel_rest = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_study(self, study: Study | None) -> None:
        """Show a study (or none); a drag that is on its way ends."""
        self._drag = None
        super().set_study(study)

    def set_layout(self, name: str) -> None:
        """Show another layout; a drag that is on its way ends."""
        self._drag = None
        super().set_layout(name)

    # The hand

    def box_at(self, x: float, y: float) -> PaneBox | None:
        """Pane under a place in the desk (logical pixels)."""
        return self.pane_at(x, y)

    def point_at(self, box: PaneBox, x: float, y: float) -> Point | None:
        """Patient position under a place in the desk, or ``None`` on an empty pane.

        On the MIP it is the hottest voxel along the ray.
        """
        scene, spec = scene_of(self.scene, box), box.spec
        if scene.study is None or why_empty(scene, spec.content) is not None:
            return None
        view = scene.pane_view(spec, box.width, box.height)
        if spec.content is not Content.MIP:
            depth_mm = scene.position(spec.content)[spec.plane.normal_axis]
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
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
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
        if grid is None:
            return
        moved = scroll(grid, box.spec.plane, scene.position(content), steps)
        self._move_in(scene, scene.space(content), moved)

    def _zoom(self, box: PaneBox, place: QPointF, factor: float) -> None:
        scene, spec = scene_of(self.scene, box), box.spec
        state = scene.view_state(spec.content, spec.plane)
        x, y = place.x() - box.x, place.y() - box.y
        before = scene.pane_view(spec, box.width, box.height).to_lps_mm(x, y, 0.0)
        state.zoom = min(max(state.zoom * factor, MIN_ZOOM), MAX_ZOOM)
        after = scene.pane_view(spec, box.width, box.height).to_lps_mm(x, y, 0.0)
        # What lies under the mouse stays there.
        self._pan(box, tuple(b - a for a, b in zip(after, before, strict=True)))

    def _pan(self, box: PaneBox, by_mm: tuple[float, ...]) -> None:
        state = scene_of(self.scene, box).view_state(box.spec.content, box.spec.plane)
        x, y, z = (p + d for p, d in zip(state.pan_mm, by_mm, strict=True))
        state.pan_mm = (x, y, z)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin what the button does: crosshair, pan, window."""
        place = event.position()
        box = self.box_at(place.x(), place.y())
        if box is None or self.scene.study is None:
            return
        self.scene.active = box.number
        self._drag = (event.button(), box, place)
        if event.button() is Qt.MouseButton.LeftButton:
            self._take_point(box, place, clicked=True)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it; without a button, probe."""
        place = event.position()
        if self._drag is None:
            self._probe(place)
            return
        button, box, before = self._drag
        self._drag = (button, box, place)
        delta = place - before
        if button is Qt.MouseButton.LeftButton:
            self._take_point(box, place, clicked=False)
        elif button is Qt.MouseButton.MiddleButton:
            view = scene_of(self.scene, box).pane_view(box.spec, box.width, box.height)
            here = view.to_lps_mm(place.x(), place.y(), 0.0)
            there = view.to_lps_mm(before.x(), before.y(), 0.0)
            self._pan(box, tuple(b - a for a, b in zip(here, there, strict=True)))
        elif button is Qt.MouseButton.RightButton:
            self._drag_window(box, delta)
        self._probe(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        self._drag = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Maximise a pane, and back."""
        place = event.position()
        box = self.box_at(place.x(), place.y())
        if box is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        self._drag = None
        self.scene.maximised = None if self.scene.maximised is not None else box.number
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll the active pane with up, down and page keys; turn the MIP with left, right."""
        boxes = self.scene.boxes(self.width(), self.height())
        box = next((b for b in boxes if b.number == self.scene.active), boxes[0])
        steps = {
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_PageUp: 10,
            Qt.Key.Key_PageDown: -10,
        }.get(Qt.Key(event.key()), 0)
        turns = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if turns:
            self.turn_pane(box, turns)
        elif steps and box.spec.content is not Content.MIP:
            self.scroll_pane(box, steps if box.spec.plane.normal_axis == 2 else -steps)
        else:
            super().keyPressEvent(event)

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
        if segmentation is not scene.segmentation or scene.space(box.spec.content) == "ct":
            return None
        if segmentation is None:
            return None
        index = segmentation.grid.nearest_index_kji(point)
        label = int(segmentation.labels[index]) if index else 0
        return next((x.id for x in segmentation.lesions if x.label == label), None)

    def _drag_window(self, box: PaneBox, delta: QPointF) -> None:
        content, scene = box.spec.content, scene_of(self.scene, box)
        factor = float(np.exp((delta.x() - delta.y()) * 0.005))
        kind = self.scene.map_kind(content)
        if kind is not None:
            self.scene.map_limits[kind] *= factor
            self.update()
            return
        if self.scene.base(content) is Content.CT:
            width, level = self.scene.ct_window
            speed = max(0.5, width / 400)
            self.set_ct_window(width + delta.x() * speed * 2, level + delta.y() * speed)
            return
        lower, upper = scene.pet_range
        least = default_pet_range(scene.pet)[1] / 100
        bounds = lower, max(lower + (upper - lower) * factor, lower + least)
        if isinstance(scene, FollowerScene) and not scene.shares_pet_range:
            scene.pet_range = bounds
            self.update()
            return
        self.set_pet_range(*bounds)

    def _probe(self, place: QPointF) -> None:
        box = self.box_at(place.x(), place.y())
        point = None
        if box is not None and box.spec.content is not Content.MIP:
            point = self.point_at(box, place.x(), place.y())
        if box is None or point is None:
            self.probe_changed.emit(None)
            return
        self.probe_changed.emit(probe_at(scene_of(self.scene, box), box.spec.content, point))


__all__ = ["Probe", "ReadingDesk", "draw_picture", "render_offscreen"]
