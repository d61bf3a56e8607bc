"""The panes by keyboard: Tab goes from pane to pane, and the chosen one has a frame.

The frame shows only while the keyboard is what the reader uses: a click hides it.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPen

from viewers.desk.port import Desk
from viewers.desk.surface_hand import SurfaceHand
from viewers.paint.renderer import ACTIVE_COLOUR
from viewers.scene.followers import scene_of
from viewers.scene.scene import PaneBox
from viewers.scene.wishes.navigation import TO_THE_END
from viewers.space.layouts import Content

_BY_KEY = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
FRAME_PX = 2.0
#: Turned up or down by a key in a 3D pane.
TILT_DEGREES = 5.0
_SCROLLS = {
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_PageUp: 10,
    Qt.Key.Key_PageDown: -10,
    Qt.Key.Key_Home: TO_THE_END,
    Qt.Key.Key_End: -TO_THE_END,
}
_TURNS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class KeyboardPanes:
    """Chooses panes by Tab, fills the desk by Enter, and scrolls and turns the chosen one."""

    def __init__(self, desk: Desk, surface: SurfaceHand) -> None:
        self._desk, self._surface = desk, surface
        self._by_key = False

    def chosen_box(self) -> PaneBox | None:
        """Return the pane that keys speak to: the active one, else the first."""
        boxes = self._desk.boxes()
        active = next((b for b in boxes if b.number == self._desk.scene.active), None)
        return active if active is not None else next(iter(boxes), None)

    def choose_pane(self, by: int) -> bool:
        """Go to the next pane or the one before; false at the end, where others follow."""
        numbers = [b.number for b in self._desk.boxes()]
        box = self.chosen_box()
        at = numbers.index(box.number) + by if box is not None else -1
        if self._desk.scene.study is None or not 0 <= at < len(numbers):
            return False
        self._desk.model.layouts.activate(numbers[at])
        self._by_key = True
        return True

    def focus_in(self, reason: Qt.FocusReason) -> None:
        """Begin at the first pane; coming from behind, at the last."""
        self._by_key = reason in _BY_KEY
        boxes = self._desk.boxes()
        ends = {Qt.FocusReason.TabFocusReason: 0, Qt.FocusReason.BacktabFocusReason: -1}
        if boxes and reason in ends:
            self._desk.model.layouts.activate(boxes[ends[reason]].number)

    def use_mouse(self) -> None:
        """Take the frame away: the reader uses the mouse."""
        self._by_key = False

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key means to the chosen pane; return whether it means anything.

        Up, down, page keys, home and end scroll; left and right turn the MIP. Home turns an active
        MIP to the front. Enter fills the desk with the pane, or shows all again.
        """
        model, box = self._desk.model, self.chosen_box()
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if box is not None and self._desk.scene.study is not None:
                alone = self._desk.scene.maximised is not None
                model.layouts.maximise(None if alone else box.number)
                model.layouts.activate(box.number)
            return True
        if box is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        steps, content = _SCROLLS.get(key, 0), box.spec.content
        if key in _TURNS:
            model.navigation.turn_pane(box, _TURNS[key])
        elif steps == TO_THE_END and content is Content.MIP:
            model.navigation.turn_pane(box, -scene_of(self._desk.scene, box).mip_number)
        elif steps and content is Content.SURFACE:
            self._surface.turn(0.0, TILT_DEGREES if steps > 0 else -TILT_DEGREES)
        elif steps and content.is_slice:
            way = 1 if box.spec.plane.normal_axis == 2 else -1
            model.navigation.scroll_pane(box, way * steps)
        else:
            return False
        return True

    def paint(self, painter: QPainter) -> None:
        """Draw a frame round the chosen pane while keys are used."""
        box = self.chosen_box()
        if not self._by_key or box is None or self._desk.scene.study is None:
            return
        painter.setPen(QPen(ACTIVE_COLOUR, FRAME_PX))
        inset = FRAME_PX / 2
        frame = QRectF(box.x, box.y, box.width, box.height)
        painter.drawRect(frame.adjusted(inset, inset, -inset, -inset))
