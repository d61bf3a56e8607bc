"""What the window does itself: undo, full screen, quit."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt

from ui.actions.situation import Situation
from ui.actions.spec import ActionSpec
from ui.frame.capability import Capability, Controller, Frame


def can_undo(situation: Situation) -> bool:
    """Whether there is something to undo."""
    return situation.undo is not None


def can_redo(situation: Situation) -> bool:
    """Whether there is something to do again."""
    return situation.redo is not None


WINDOW_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "quit",
        "File",
        "Quit",
        "Close the window and stop what still runs",
        keys=("Ctrl+Q",),
        section="quit",
    ),
    ActionSpec(
        "undo",
        "Edit",
        "Undo",
        "Take the last change back",
        keys=("Ctrl+Z",),
        icon="undo",
        section="history",
        when=can_undo,
    ),
    ActionSpec(
        "redo",
        "Edit",
        "Redo",
        "Do the change that was taken back again",
        keys=(
            "Ctrl+Shift+Z",
            "Ctrl+Y",
        ),
        icon="redo",
        section="history",
        when=can_redo,
    ),
    ActionSpec(
        "full_screen",
        "View",
        "Full screen",
        "Fill the whole screen",
        keys=("F11",),
        checkable=True,
        section="screen",
    ),
)


class WindowController(Controller):
    """Wires undo to the session, and the rest to the window."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self.on("undo", self._session.history.undo)
        self.on("redo", self._session.history.redo)
        self.on("quit", self._window.close)
        self.on_toggle("full_screen", self._set_full_screen)
        self.listen(self._session.history.changed, self._name_steps)

    def _name_steps(self) -> None:
        """Say in the menu what would be undone or done again."""
        history = self._session.history
        for name, word, text in (
            ("undo", _tr("Undo"), history.undo_text),
            ("redo", _tr("Redo"), history.redo_text),
        ):
            self._actions[name].setText(f"{word}: {text}" if text else word)

    def _set_full_screen(self, on: bool) -> None:
        state = Qt.WindowState.WindowFullScreen
        now = self._window.windowState()
        self._window.setWindowState(now | state if on else now & ~state)


def _tr(words: str) -> str:
    return QCoreApplication.translate("actions", words)


WINDOW = Capability("window", WindowController, WINDOW_SPECS)
