"""What a hand does on the 3D pane: turn by dragging, zoom by the wheel, choose by a click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt, QTimer

from viewers.paint.surface_pane import camera_of, hottest_of, lesion_on_ray
from viewers.scene.scene import PaneBox
from viewers.space.layouts import Content

if TYPE_CHECKING:
    from viewers.desk.desk import ReadingDesk

#: Turned by a drag of one logical pixel.
DEGREES_PER_PX = 0.5
#: Opacity of the skin changed by a right drag of one logical pixel.
VEIL_PER_PX = 0.004
MOST_VEIL = 0.9
#: A press that moves less than this is a click.
CLICK_PX = 4.0
#: A picture is drawn finely this long after the last turn.
REST_MS = 180


class SurfaceHand(QObject):
    """Turns the 3D view of a desk, and the MIP along with it."""

    def __init__(self, desk: ReadingDesk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._pressed: QPointF | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._settle)
        desk.mip_turned.connect(self._on_mip_turned)

    def press(self, place: QPointF) -> None:
        """Begin a drag, or a click."""
        self._pressed = place

    def drag(self, button: Qt.MouseButton, place: QPointF, before: QPointF) -> None:
        """Turn with the left button; veil with the right one."""
        if self._pressed is not None:
            if (place - self._pressed).manhattanLength() < CLICK_PX:
                return
            before, self._pressed = self._pressed, None
        delta = place - before
        state = self._desk.scene.surface
        if button is Qt.MouseButton.RightButton:
            veil = state.veil - delta.y() * VEIL_PER_PX
            state.veil = min(max(veil, 0.0), MOST_VEIL)
            self._stir()
        else:
            # What is grabbed follows the hand: to the right turns the patient's right side here.
            self.turn(-delta.x() * DEGREES_PER_PX, delta.y() * DEGREES_PER_PX)

    def release(self, box: PaneBox, place: QPointF) -> None:
        """End a drag; without one, choose what is under the mouse."""
        if self._pressed is not None:
            self._pressed = None
            self.click(box, place)

    def turn(self, around_degrees: float, tilt_degrees: float = 0.0) -> None:
        """Turn around the body's axis, the MIP along with it, and tilt as far as from the top."""
        scene = self._desk.scene
        state = scene.surface
        state.tilt_degrees = min(max(state.tilt_degrees + tilt_degrees, -90.0), 90.0)
        moved = state.turn(around_degrees, scene.mip, scene.mip_number)
        rest = state.turn_degrees
        self._desk.turn_mip(moved)
        # Turning the MIP brings both to one angle; a hand may hold them between two frames.
        state.turn_degrees = rest
        self._stir()

    def click(self, box: PaneBox, place: QPointF) -> None:
        """Choose the lesion under a place, and go to its hottest voxel."""
        scene = self._desk.scene
        if scene.segmentation is None or scene.overlays_hidden or not scene.surface.ready:
            return
        view = scene.pane_view(box.spec, box.width, box.height)
        right, _, up = view.to_lps_mm(place.x() - box.x, place.y() - box.y, 0.0)
        lesion = lesion_on_ray(scene.segmentation, *camera_of(scene).ray(right, -up))
        if lesion is None:
            return
        point = hottest_of(scene, lesion)
        if point is not None:
            self._desk.set_cursor(point)
        self._desk.lesion_clicked.emit(lesion.id)

    def _on_mip_turned(self, _number: int) -> None:
        self._desk.scene.surface.turn_degrees = 0.0
        self._stir()

    def _stir(self) -> None:
        panes = self._desk.scene.boxes(self._desk.width(), self._desk.height())
        if any(x.spec.content is Content.SURFACE for x in panes):
            self._desk.scene.surface.moving = True
            self._rest.start()
            self._desk.update()

    def _settle(self) -> None:
        self._desk.scene.surface.moving = False
        self._desk.update()
