"""The space bar hides overlays for as long as it is held, wherever the focus is in the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QLineEdit

from ui.frame.capability import Controller
from ui.keys.overlay import ShortcutOverlay

#: There the space bar types, presses, opens or closes; elsewhere it hides overlays.
TAKES_SPACE = (QLineEdit, QAbstractSpinBox, QAbstractButton, QComboBox, ShortcutOverlay)


class HeldSpace(QObject):
    """Listens to the whole application for as long as its controller does.

    Parameters
    ----------
    owner
        The controller.
    """

    def __init__(self, owner: Controller) -> None:
        super().__init__(owner)
        self._frame = owner.frame
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)
            owner.at_close(lambda: application.removeEventFilter(self))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the plain space bar where nothing else needs it."""
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            assert isinstance(event, QKeyEvent)
            if self._is_plain_space(event) and self._frame.window.isActiveWindow():
                if not event.isAutoRepeat():
                    self._hide(event.type() == QEvent.Type.KeyPress)
                return True
        return super().eventFilter(watched, event)

    def _hide(self, pressed: bool) -> None:
        actions = self._frame.actions
        always = "hide_overlays" in actions and actions["hide_overlays"].isChecked()
        self._frame.scene.overlays.hide_overlays(pressed or always)

    def _is_plain_space(self, event: QKeyEvent) -> bool:
        if event.key() != Qt.Key.Key_Space or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return False
        focus = QApplication.focusWidget()
        if focus is not None and focus.window() is not self._frame.window:
            return False
        return not isinstance(focus, TAKES_SPACE)
