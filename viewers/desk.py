"""The reading desk: the widget with all panes, and what a hand does on it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.segmentation import Segmentation
from app.core.study import Study
from app.core.volume import Volume
from viewers.geometry import scroll
from viewers.layouts import Content, Layout, read_layouts
from viewers.mip import MipFrames, hottest_on_ray
from viewers.offscreen import DEFAULT_LAYOUT, draw_picture, render_offscreen
from viewers.probe import Probe, probe_at
from viewers.renderer import SceneRenderer, px_to_mip, why_empty
from viewers.scene import Colour, PaneBox, Point, Scene, default_pet_range

MAX_ZOOM = 32.0
MIN_ZOOM = 0.2
#: A wheel's notch, in Qt's eighths of a degree.
NOTCH = 120


class ReadingDesk(QWidget):
    """Linked CT, PET, fused and MIP panes on one surface.

    Everything is composed on the CPU and painted by Qt's raster engine: one look-up a pixel where
    something changed, nothing elsewhere. Workers never touch the desk; it is used on the GUI
    thread only.
    """

    #: The crosshair moved: LPS mm as a tuple of three.
    cursor_changed = Signal(object)
    #: A `Probe`, or ``None`` when the mouse leaves the images.
    probe_changed = Signal(object)
    pet_range_changed = Signal(float, float)
    ct_window_changed = Signal(float, float)
    lesion_clicked = Signal(str)
    mip_turned = Signal(int)
    layout_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layouts: dict[str, Layout] = read_layouts()
        self.scene = Scene(self._layouts[DEFAULT_LAYOUT])
        self._renderer = SceneRenderer(self.scene)
        self._drag: tuple[Qt.MouseButton, PaneBox, QPointF] | None = None
        self._wheel_rest = 0
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 240)
        self.setAccessibleName(self.tr("Reading desk"))

    # What is shown

    def set_study(self, study: Study | None) -> None:
        """Show a study (or none) from its middle; outlines, uncertainty and MIP are dropped."""
        self.scene.set_study(study)
        self.scene.maximised = None
        self._drag = None
        self.update()
        if study is not None:
            self.cursor_changed.emit(self.scene.cursor)
        self.pet_range_changed.emit(*self.scene.pet_range)
        self.ct_window_changed.emit(*self.scene.ct_window)

    def layout_names(self) -> tuple[str, ...]:
        """Names of the layouts, in the order of their menu."""
        return tuple(self._layouts)

    def layout_title(self, name: str) -> str:
        """Title of a layout for menus."""
        return self._layouts[name].title

    @property
    def layout_name(self) -> str:
        """Name of the present layout."""
        return self.scene.layout.name

    def set_layout(self, name: str) -> None:
        """Show another layout.

        Raises
        ------
        KeyError
            If there is no such layout.
        """
        self.scene.layout = self._layouts[name]
        self.scene.maximised = None
        self.scene.active = None
        self._drag = None
        self.update()
        self.layout_changed.emit(name)

    def set_segmentation(
        self, segmentation: Segmentation | None, colours: Mapping[str, Colour]
    ) -> None:
        """Show outlines, one colour per lesion id; rejected lesions are not drawn."""
        self.scene.segmentation = segmentation
        self.scene.colours = dict(colours)
        self._overlays_changed()

    def set_selected(self, lesion_id: str | None) -> None:
        """Draw one lesion brighter."""
        if lesion_id != self.scene.selected:
            self.scene.selected = lesion_id
            self._overlays_changed()

    def set_uncertainty(self, uncertainty: Volume | None) -> None:
        """Give the voxel entropy (bits, 0 to 1): rims and the uncertainty map come from it."""
        self.scene.uncertainty = uncertainty
        self._overlays_changed()

    def show_uncertainty(self, shown: bool) -> None:
        """Lay the uncertainty map over the slices, or take it away."""
        self.scene.show_uncertainty = shown
        self._overlays_changed()

    def hide_overlays(self, hidden: bool) -> None:
        """Hide outlines and the uncertainty map while true."""
        self.scene.overlays_hidden = hidden
        self._overlays_changed()

    def set_mip_frames(self, frames: MipFrames | None) -> None:
        """Give the MIP pane its frames (computed on a worker by `compute_mip_frames`)."""
        self.scene.mip = frames
        self.update()

    def turn_mip(self, steps: int) -> None:
        """Turn the MIP by frames; positive towards the patient's left side."""
        if self.scene.mip is not None and steps:
            self.scene.mip_number = (self.scene.mip_number + steps) % self.scene.mip.count
            self.update()
            self.mip_turned.emit(self.scene.mip_number)

    def _overlays_changed(self) -> None:
        self.scene.overlay_version += 1
        self.update()

    # Where and how

    @property
    def cursor_lps_mm(self) -> Point:
        """Position of the linked crosshair."""
        return self.scene.cursor

    def set_cursor(self, point_lps_mm: npt.ArrayLike) -> None:
        """Move the linked crosshair; all panes follow."""
        x, y, z = (float(v) for v in np.asarray(point_lps_mm, dtype=np.float64))
        self._move("pet", (x, y, z))

    def _move(self, space: str, point: Point) -> None:
        if space == "ct":
            self.scene.ct_cursor = point
            self.update()
        elif point != self.scene.cursor:
            self.scene.cursor = point
            if self.scene.aligned:
                self.scene.ct_cursor = point
            self.update()
            self.cursor_changed.emit(point)

    def set_pet_range(self, lower: float, upper: float) -> None:
        """Set the PET's display range in its unit; the upper bound stays above the lower."""
        bounds = (float(lower), max(float(upper), float(lower) + 1e-6))
        if bounds != self.scene.pet_range:
            self.scene.pet_range = bounds
            self.update()
            self.pet_range_changed.emit(*bounds)

    def set_ct_window(self, width: float, level: float) -> None:
        """Set the CT window in HU; the width is at least 1."""
        window = (max(1.0, float(width)), float(level))
        if window != self.scene.ct_window:
            self.scene.ct_window = window
            self.update()
            self.ct_window_changed.emit(*window)

    def set_fusion_opacity(self, opacity: float) -> None:
        """Set the weight of PET in fused panes, 0 to 1."""
        self.scene.fusion_opacity = min(max(float(opacity), 0.0), 1.0)
        self.update()

    def reset_views(self) -> None:
        """Fit all panes again."""
        self.scene.views.clear()
        self.update()

    # Pictures

    def snapshot(self) -> npt.NDArray[np.uint8]:
        """Return the desk as it is drawn: uint8 [rows, columns, 3], device pixels."""
        scale = self.devicePixelRatioF()
        return draw_picture(self._renderer, self.width(), self.height(), scale)

    def sizeHint(self) -> QSize:
        """Size the desk asks for."""
        return QSize(1200, 800)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all panes; Qt calls this at most once a frame."""
        painter = QPainter(self)
        self._renderer.paint(painter, self.width(), self.height(), self.devicePixelRatioF())
        painter.end()

    # The hand

    def box_at(self, x: float, y: float) -> PaneBox | None:
        """Pane under a place in the desk (logical pixels)."""
        boxes = self.scene.boxes(self.width(), self.height())
        return next((b for b in boxes if b.holds(x, y)), None)

    def point_at(self, box: PaneBox, x: float, y: float) -> Point | None:
        """Patient position under a place in the desk, or ``None`` on an empty pane.

        On the MIP it is the hottest voxel along the ray.
        """
        scene, spec = self.scene, box.spec
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
            self.turn_mip(-notches)
        else:
            # As on a stack of films: away from the reader goes towards head, front and right.
            self.scroll_pane(box, notches if box.spec.plane.normal_axis == 2 else -notches)

    def scroll_pane(self, box: PaneBox, steps: int) -> None:
        """Move the crosshair by native slices of a pane; positive towards S, P or L."""
        grid = self.scene.grid_of(box.spec.content)
        if grid is None:
            return
        content = box.spec.content
        moved = scroll(grid, box.spec.plane, self.scene.position(content), steps)
        self._move(self.scene.space(content), moved)

    def _zoom(self, box: PaneBox, place: QPointF, factor: float) -> None:
        scene, spec = self.scene, box.spec
        state = scene.view_state(spec.content, spec.plane)
        x, y = place.x() - box.x, place.y() - box.y
        before = scene.pane_view(spec, box.width, box.height).to_lps_mm(x, y, 0.0)
        state.zoom = min(max(state.zoom * factor, MIN_ZOOM), MAX_ZOOM)
        after = scene.pane_view(spec, box.width, box.height).to_lps_mm(x, y, 0.0)
        # What lies under the mouse stays there.
        self._pan(box, tuple(b - a for a, b in zip(after, before, strict=True)))

    def _pan(self, box: PaneBox, by_mm: tuple[float, ...]) -> None:
        state = self.scene.view_state(box.spec.content, box.spec.plane)
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
            view = self.scene.pane_view(box.spec, box.width, box.height)
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
            self.turn_mip(turns)
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
        self._move(self.scene.space(box.spec.content), point)
        if clicked and (lesion := self._lesion_at(box, point)):
            self.lesion_clicked.emit(lesion)

    def _lesion_at(self, box: PaneBox, point: Point) -> str | None:
        segmentation = self.scene.segmentation
        if segmentation is None or self.scene.space(box.spec.content) == "ct":
            return None
        index = segmentation.grid.nearest_index_kji(point)
        label = int(segmentation.labels[index]) if index else 0
        return next((x.id for x in segmentation.lesions if x.label == label), None)

    def _drag_window(self, box: PaneBox, delta: QPointF) -> None:
        if box.spec.content is Content.CT:
            width, level = self.scene.ct_window
            speed = max(0.5, width / 400)
            self.set_ct_window(width + delta.x() * speed * 2, level + delta.y() * speed)
            return
        lower, upper = self.scene.pet_range
        factor = float(np.exp((delta.x() - delta.y()) * 0.005))
        least = default_pet_range(self.scene.pet)[1] / 100
        self.set_pet_range(lower, max(lower + (upper - lower) * factor, lower + least))

    def _probe(self, place: QPointF) -> None:
        scene = self.scene
        box = self.box_at(place.x(), place.y())
        point = None
        if box is not None and box.spec.content is not Content.MIP:
            point = self.point_at(box, place.x(), place.y())
        if box is None or point is None:
            self.probe_changed.emit(None)
            return
        self.probe_changed.emit(probe_at(scene, box.spec.content, point))


__all__ = ["Probe", "ReadingDesk", "draw_picture", "render_offscreen"]
