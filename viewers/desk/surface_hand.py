"""What a hand does on the 3D pane: turn by dragging, zoom by the wheel, choose by a click."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Qt, QTimer

from viewers.desk.listening import Listening
from viewers.desk.port import Desk
from viewers.paint.surface_pane import hottest_of, lesion_on_ray
from viewers.scene.scene import PaneBox
from viewers.space.layouts import Content

#: Turned by a drag of one logical pixel.
DEGREES_PER_PX = 0.5
#: Opacity of the skin changed by a right drag of one logical pixel.
VEIL_PER_PX = 0.004
#: A press that moves less than this is a click.
CLICK_PX = 4.0
#: A picture is drawn finely this long after the last turn.
REST_MS = 180


class SurfaceHand:
    """Turns the 3D view of a desk, and the MIP along with it.

    Parameters
    ----------
    desk
        The panes.
    owner
        The widget with which it goes.
    """

    def __init__(self, desk: Desk, owner: QObject) -> None:
        self._desk = desk
        self._pressed: QPointF | None = None
        self._rest = QTimer(owner)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._settle)
        Listening(owner).to(desk.model.navigation.mip_turned, self._on_mip_turned)

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
        if button is Qt.MouseButton.RightButton:
            veil = self._desk.scene.surface.veil - delta.y() * VEIL_PER_PX
            self._desk.model.surface.set_veil(veil)
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
        self._desk.model.surface.turn(around_degrees, tilt_degrees)
        self._stir()

    def click(self, box: PaneBox, place: QPointF) -> None:
        """Choose the lesion under a place, and go to its hottest voxel."""
        scene = self._desk.scene
        if scene.overlays.segmentation is None or scene.overlays.hidden or not scene.surface.ready:
            return
        view = scene.pane_view(box.spec, box.width, box.height)
        right, _, up = view.to_lps_mm(place.x() - box.x, place.y() - box.y, 0.0)
        lesion = lesion_on_ray(scene.overlays.segmentation, *scene.camera.ray(right, -up))
        if lesion is None:
            return
        point = hottest_of(scene, lesion)
        if point is not None:
            self._desk.model.navigation.set_cursor(point)
        self._desk.model.lesion_clicked.emit(lesion.id)

    def _on_mip_turned(self, _number: int) -> None:
        self._stir()

    def _stir(self) -> None:
        if any(x.spec.content is Content.SURFACE for x in self._desk.boxes()):
            self._desk.model.surface.set_moving(True)
            self._rest.start()

    def _settle(self) -> None:
        self._desk.model.surface.set_moving(False)
