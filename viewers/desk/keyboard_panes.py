"""The panes by keyboard: Tab goes from pane to pane, Enter fills the desk with one."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from viewers.desk.following_widget import FollowingWidget
from viewers.paint.renderer import ACTIVE_COLOUR
from viewers.scene.scene import PaneBox

_BY_KEY = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
FRAME_PX = 2.0


class KeyboardPanes(FollowingWidget):
    """A scene whose panes are stops of the Tab key; the chosen one has a frame.

    The frame shows only while the keyboard is what the reader uses: a click hides it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._by_key = False

    def chosen_box(self) -> PaneBox | None:
        """Return the pane that keys speak to: the active one, else the first."""
        boxes = self.scene.boxes(self.width(), self.height())
        active = next((b for b in boxes if b.number == self.scene.active), None)
        return active if active is not None else next(iter(boxes), None)

    def choose_pane(self, by: int) -> bool:
        """Go to the next pane or the one before; false at the end, where others follow."""
        numbers = [b.number for b in self.scene.boxes(self.width(), self.height())]
        box = self.chosen_box()
        at = numbers.index(box.number) + by if box is not None else -1
        if self.scene.study is None or not 0 <= at < len(numbers):
            return False
        self.activate(numbers[at])
        self._by_key = True
        self.update()
        return True

    def toggle_maximised(self) -> None:
        """Fill the desk with the chosen pane, or show all again."""
        box = self.chosen_box()
        if box is not None and self.scene.study is not None:
            self.maximise(None if self.scene.maximised is not None else box.number)
            self.activate(box.number)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Stop at each pane before the keyboard goes on."""
        return self.choose_pane(+1 if forward else -1) or super().focusNextPrevChild(forward)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin at the first pane; coming from behind, at the last."""
        super().focusInEvent(event)
        self._by_key = event.reason() in _BY_KEY
        boxes = self.scene.boxes(self.width(), self.height())
        ends = {Qt.FocusReason.TabFocusReason: 0, Qt.FocusReason.BacktabFocusReason: -1}
        if boxes and event.reason() in ends:
            self.scene.active = boxes[ends[event.reason()]].number
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the frame away."""
        super().focusOutEvent(event)
        self.update()

    def use_mouse(self) -> None:
        """Take the frame away: the reader uses the mouse."""
        self._by_key = False
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Fill the desk with the chosen pane by Enter, and back."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.toggle_maximised()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all panes, and a frame round the chosen one while keys are used."""
        super().paintEvent(event)
        box = self.chosen_box()
        if not (self._by_key and self.hasFocus()) or box is None or self.scene.study is None:
            return
        painter = QPainter(self)
        painter.setPen(QPen(ACTIVE_COLOUR, FRAME_PX))
        inset = FRAME_PX / 2
        frame = QRectF(box.x, box.y, box.width, box.height)
        painter.drawRect(frame.adjusted(inset, inset, -inset, -inset))
        painter.end()
