"""A bar of buttons as one stop of Tab, with arrows from button to button.

The way of tool bars in the ARIA Authoring Practices: a bar of twelve tools between two parts of the
window must not cost twelve presses of Tab.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QToolButton, QWidget

_STEPS = {Qt.Key.Key_Right: +1, Qt.Key.Key_Left: -1}
_ENDS = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: -1}
_ACROSS = (Qt.Key.Key_Up, Qt.Key.Key_Down)
_REASON = Qt.FocusReason.TabFocusReason


class Roving(QObject):
    """Lets Tab stop once at a bar: at the button that had the keyboard there last.

    Left and Right go to the next button that can be used, round the ends; Home and End to the first
    and the last; Down opens the menu of a button that has one.

    Parameters
    ----------
    bar
        Owns this.
    buttons
        In their order on the bar; at least one.
    """

    def __init__(self, bar: QWidget, buttons: Sequence[QToolButton]) -> None:
        super().__init__(bar)
        self._buttons = tuple(buttons)
        self._stop = self._buttons[0]
        for button in self._buttons:
            button.installEventFilter(self)
        self._settle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the arrows of the buttons, and follow what can be used."""
        kind = event.type()
        button = next((x for x in self._buttons if x is watched), None)
        if button is None:
            return False
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._press(button, event)
        if kind == QEvent.Type.FocusIn:
            self._stop = button
            self._settle()
        elif kind == QEvent.Type.EnabledChange:
            self._settle()
        return False

    def _press(self, button: QToolButton, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if not plain or key not in (*_STEPS, *_ENDS, *_ACROSS):
            return False
        usable = self._usable()
        if key in _ACROSS:
            # Left to itself, a button would go on to the next control.
            if key == Qt.Key.Key_Down and button.menu() is not None:
                button.showMenu()
        elif usable:
            at = usable.index(button) if button in usable else 0
            to = _ENDS[key] if key in _ENDS else (at + _STEPS[key]) % len(usable)
            usable[to].setFocus(_REASON)
        return True

    def _usable(self) -> list[QToolButton]:
        return [x for x in self._buttons if x.isEnabled() and not x.isHidden()]

    def _settle(self) -> None:
        """Let Tab stop at one button that can be used."""
        usable = self._usable()
        if usable and self._stop not in usable:
            self._stop = usable[0]
        for button in self._buttons:
            stops = button is self._stop
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus if stops else Qt.FocusPolicy.NoFocus)
