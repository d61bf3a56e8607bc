"""The reading desk: the widget with all panes, which draws a model and gives every event a hand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.study.study import Study
from viewers.desk.cine import CineClock
from viewers.desk.keyboard_panes import KeyboardPanes
from viewers.desk.listening import Listening
from viewers.desk.pane_hand import PaneHand
from viewers.desk.series_drop import SeriesDrop
from viewers.desk.surface_hand import SurfaceHand
from viewers.desk.swipe_hand import SwipeHand
from viewers.desk.tool_hand import ToolHand
from viewers.film.offscreen import draw_picture
from viewers.make.mip import hottest_on_ray
from viewers.paint.crosshair import crosshair_px
from viewers.paint.renderer import SceneRenderer, painting
from viewers.scene.empty import why_empty
from viewers.scene.followers import scene_of
from viewers.scene.model import SceneModel
from viewers.scene.probe import Probe, probe_at
from viewers.scene.scene import PaneBox, Scene
from viewers.scene.values import Point
from viewers.scene.wishes.tools import Tool
from viewers.space.layouts import Content

#: A wheel's notch, in Qt's eighths of a degree.
NOTCH = 120


class ReadingDesk(QWidget):
    """Linked CT, PET, fused and MIP panes on one surface.

    Everything is composed on the CPU and painted by Qt's raster engine: one look-up a pixel where
    something changed, nothing elsewhere. Workers never touch the desk; it is used on the GUI
    thread only. What it shows is the model's; what is done on it, hands tell the model.
    """

    def __init__(self, model: SceneModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._renderer = SceneRenderer()
        self._wheel_rest = 0
        #: Where the mouse rests; ``None`` while it is elsewhere.
        self._pointer: QPointF | None = None
        self._probed: Probe | None = None
        self.surface_hand = SurfaceHand(self, self)
        self._swipe = SwipeHand(self)
        self._tool_hand = ToolHand(self, self)
        self._pane_hand = PaneHand(self, self.surface_hand)
        self._keys = KeyboardPanes(self, self.surface_hand)
        self._series = SeriesDrop(self)
        CineClock(model.cine, self)
        listening = Listening(self)
        listening.to(model.changed, self._redraw)
        listening.to(model.study_shown, self._on_study)
        listening.to(model.layouts.layout_changed, self._on_layout)
        listening.to(model.tools.tool_changed, self._on_tool)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 240)
        self.setAccessibleName(self.tr("Reading desk"))
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._show_grip(None)

    # What hands know of it

    @property
    def model(self) -> SceneModel:
        """What the panes show, and who takes wishes."""
        return self._model

    @property
    def scene(self) -> Scene:
        """The state of all panes."""
        return self._model.scene

    def boxes(self) -> list[PaneBox]:
        """All panes that are shown."""
        return self.scene.boxes(self.width(), self.height())

    def box_at(self, place: QPointF) -> PaneBox | None:
        """Pane under a place in the desk (logical pixels)."""
        return next((b for b in self.boxes() if b.holds(place.x(), place.y())), None)

    def active_box(self) -> PaneBox:
        """Return the pane that keys act on: the one last clicked, or the first."""
        boxes = self.boxes()
        return next((b for b in boxes if b.number == self.scene.active), boxes[0])

    def point_at(self, box: PaneBox, place: QPointF) -> Point | None:
        """Patient position under a place in the desk, or ``None`` on an empty pane.

        On the MIP it is the hottest voxel along the ray. The 3D pane has no positions.
        """
        scene, spec = scene_of(self.scene, box), box.spec
        if spec.content is Content.SURFACE:
            return None
        if scene.study is None or why_empty(scene, spec.content) is not None:
            return None
        view = scene.pane_view(spec, box.width, box.height)
        x, y = place.x() - box.x, place.y() - box.y
        if spec.content is not Content.MIP:
            return view.to_lps_mm(x, y, view.depth_mm(scene.position(spec.content)))
        assert scene.mip is not None
        assert scene.pet is not None
        along, _, up = view.to_lps_mm(x, y, 0.0)
        ray = scene.mip.ray_lps_mm(scene.mip_number, *scene.mip.place_on(along, up))
        index = hottest_on_ray(scene.pet, *ray)
        if index is None:
            return None
        px, py, pz = scene.pet.grid.points_lps_mm(index)
        return float(px), float(py), float(pz)

    def crosshair_px(self, box: PaneBox) -> tuple[float, float] | None:
        """Place of the crosshair in a pane (logical pixels), or ``None`` where it has none."""
        return crosshair_px(scene_of(self.scene, box), box)

    # What the model announces

    def _redraw(self) -> None:
        self.update()
        # What lies under a mouse that rests is another now, or is gone.
        if self._pointer is not None:
            found = self._under(self._pointer)
            if found != self._probed:
                self._tell_probe(found)

    def _on_study(self, _study: Study | None) -> None:
        self._drop_drags()
        self._renderer.forget()

    def _on_layout(self, _name: str) -> None:
        self._drop_drags()
        self._model.tools.cancel()

    def _drop_drags(self) -> None:
        """End what a hand is doing: the panes are others now."""
        self._pane_hand.drop()
        self._swipe.release()

    def _on_tool(self, _tool: Tool) -> None:
        self._show_grip(None)

    # Mouse

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll slices, turn the MIP; zoom with ctrl."""
        place = event.position()
        box = self.box_at(place)
        self._wheel_rest += event.angleDelta().y()
        notches = int(self._wheel_rest / NOTCH)
        self._wheel_rest -= notches * NOTCH
        if box is None or not notches or self.scene.study is None:
            return
        event.accept()
        ctrl = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if ctrl or box.spec.content is Content.SURFACE:
            self._pane_hand.zoom(box, place, 1.15**notches)
        elif box.spec.content is Content.MIP:
            self._model.navigation.turn_pane(box, -notches)
        else:
            # As on a stack of films: away from the reader goes towards head, front and right.
            way = 1 if box.spec.plane.normal_axis == 2 else -1
            self._model.navigation.scroll_pane(box, way * notches)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin what the button does with the tool that is in the hand."""
        self._keys.use_mouse()
        self.update()
        place = event.position()
        box = self.box_at(place)
        if box is None or self.scene.study is None:
            return
        self._model.layouts.activate(box.number)
        if self._press_doubt(event, box):
            return
        if self._swipe.press(event.button(), box, place):
            return
        left = event.button() is Qt.MouseButton.LeftButton
        if not (left and self._tool_hand.press(box, place)):
            self._pane_hand.press(event.button(), box, place)

    def _press_doubt(self, event: QMouseEvent, box: PaneBox) -> bool:
        """Have it told why the numbers of a pane are in doubt, if that is what is pressed."""
        left = event.button() is Qt.MouseButton.LeftButton
        study = scene_of(self.scene, box).study
        if not left or study is None or not self._over_doubt(box, event.position()):
            return False
        at = event.globalPosition().toPoint()
        self._model.doubt_clicked.emit(study, (at.x(), at.y()))
        return True

    def _over_doubt(self, box: PaneBox, place: QPointF) -> bool:
        return self._renderer.doubt_at(box, place.x(), place.y())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it; without a button, probe."""
        place = self._pointer = event.position()
        if self._swipe.move(place):
            return
        if self._pane_hand.drags:
            under = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._pane_hand.move(place, under=under)
        elif not self._tool_hand.move(place):
            self._show_grip(place)
        self._tell_probe(self._under(place))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; a right click without one opens the pane's menu."""
        self._swipe.release()
        if event.button() is Qt.MouseButton.LeftButton:
            self._tool_hand.release(event.position())
        box = self._pane_hand.release(event.button(), event.position())
        if box is not None:
            self._want_menu(box, event.globalPosition().toPoint())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Maximise a pane, and back."""
        place = event.position()
        box = self.box_at(place)
        if box is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        if self._over_doubt(box, place):
            return
        if self._model.tools.tool is not Tool.CROSSHAIR and self._tool_hand.press(box, place):
            return
        self._pane_hand.drop()
        self._model.layouts.maximise(None if self.scene.maximised is not None else box.number)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the active pane's menu by its key; the mouse's comes with the button's release."""
        event.accept()
        if event.reason() is QContextMenuEvent.Reason.Keyboard and self.scene.study is not None:
            box = self.active_box()
            self._model.layouts.activate(box.number)
            middle = QPoint(box.x + box.width // 2, box.y + box.height // 2)
            self._want_menu(box, self.mapToGlobal(middle))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the mouse any more."""
        self._pointer = None
        self._tell_probe(None)

    def _want_menu(self, box: PaneBox, at: QPoint) -> None:
        self._model.pane_menu_wanted.emit(box.number, (at.x(), at.y()))

    def _show_grip(self, place: QPointF | None) -> None:
        """Show over a handle, or the line of the swipe, that it can be taken; else the tool."""
        box = None if place is None else self.box_at(place)
        draws = self._model.tools.tool is not Tool.CROSSHAIR
        shape = Qt.CursorShape.CrossCursor if draws else Qt.CursorShape.ArrowCursor
        if box is not None and place is not None:
            if self._over_doubt(box, place):
                shape = Qt.CursorShape.PointingHandCursor
            elif self._swipe.over(box, place):
                shape = Qt.CursorShape.SplitHCursor
            elif self._pane_hand.over_handle(box, place):
                shape = Qt.CursorShape.OpenHandCursor
        self.setCursor(shape)

    def _under(self, place: QPointF) -> Probe | None:
        """Return what lies under a place, if that is a slice."""
        box = self.box_at(place)
        if box is None or not box.spec.content.is_slice:
            return None
        point = self.point_at(box, place)
        if point is None:
            return None
        return probe_at(scene_of(self.scene, box), box.spec.content, point)

    def _tell_probe(self, found: Probe | None) -> None:
        self._probed = found
        self._model.probe_changed.emit(found)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what the key means to the chosen pane."""
        if not self._keys.press(event):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Stop at each pane before the keyboard goes on."""
        return self._keys.choose_pane(+1 if forward else -1) or super().focusNextPrevChild(forward)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin at the first pane; coming from behind, at the last."""
        super().focusInEvent(event)
        self._keys.focus_in(event.reason())
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the frame away."""
        super().focusOutEvent(event)
        self.update()

    # Series that are dragged here

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take series of the studies panel; files go to the window."""
        self._series.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Light up the pane under the mouse."""
        self._series.move(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Say which series was dropped on which pane."""
        self._series.drop(event)

    # Drawing

    def snapshot(self) -> npt.NDArray[np.uint8]:
        """Return the desk as it is drawn: uint8 [rows, columns, 3], device pixels."""
        scale = self.devicePixelRatioF()
        return draw_picture(self._renderer, self.scene, self.width(), self.height(), scale)

    def sizeHint(self) -> QSize:
        """Size the desk asks for."""
        return QSize(1200, 800)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all panes; Qt calls this at most once a frame."""
        size, scale = (self.width(), self.height()), self.devicePixelRatioF()
        with painting(self) as painter:
            self._renderer.paint(painter, self.scene, *size, scale)
            if self.hasFocus():
                self._keys.paint(painter)

    def hideEvent(self, event: QHideEvent) -> None:
        """Play nothing that nobody sees."""
        self._model.cine.stop()
        super().hideEvent(event)
