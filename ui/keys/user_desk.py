"""What makes the window one's own: keys, the sheet of keys, parts by key, its place."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QObject, Qt
from PySide6.QtWidgets import QMainWindow

from ui.actions.actions import Actions
from ui.frame.desk_holder import DeskHolder
from ui.keys.editor import ShortcutEditor
from ui.keys.keymap import KeyEntry, Keymap, shown
from ui.keys.overlay import ShortcutOverlay, toggle_overlay
from ui.keys.parts import Parts
from ui.keys.sheet import reading_first, sections
from ui.kit.banner import Step
from ui.kit.settings import Settings

#: Rises when docks are renamed or moved for good: what was stored before is then not restored.
STATE_VERSION = 1
GEOMETRY, STATE = "window.geometry", "window.state"


class UserDesk(QObject):
    """Wires keymap, sheet and parts to a window, and says what was wrong with the settings.

    Parameters
    ----------
    window, actions, holder
        The window, its actions, and what stands in its middle.
    settings
        Where the user's choices are kept.
    """

    def __init__(
        self, window: QMainWindow, actions: Actions, holder: DeskHolder, settings: Settings
    ) -> None:
        super().__init__(window)
        self._window, self._actions, self._holder = window, actions, holder
        # Its parts find them by their window.
        settings.setParent(window)
        self.keymap = Keymap(actions, settings, self)
        self.parts = Parts(window, actions, holder)
        actions["shortcuts"].triggered.connect(self.show_sheet)
        actions["edit_shortcuts"].triggered.connect(self.edit_keys)
        settings.problem.connect(lambda e: self._warn(e.sentence, e.next_step))
        if settings.trouble is not None:
            self._warn(settings.trouble.sentence, settings.trouble.next_step)
        elif self.keymap.not_understood:
            words = self.tr("{0} of your keyboard shortcuts could not be understood.")
            step = (self.tr("Keyboard shortcuts…"), self.edit_keys)
            told = words.format(self.keymap.not_understood)
            self._warn(told, self.tr("Look through them and give the keys anew."), (step,))

    def show_sheet(self) -> None:
        """Lay all present shortcuts over the window, or put them away."""
        toggle_overlay(self._window, self._make_sheet)

    def edit_keys(self) -> None:
        """Open the dialog in which actions get other keys."""
        dialog = ShortcutEditor(self.keymap, self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _make_sheet(self) -> ShortcutOverlay:
        def keys(entry: KeyEntry) -> str:
            return shown(self.keymap.keys(entry.name))

        change, own = self._actions["edit_shortcuts"], shown(self.keymap.keys("edit_shortcuts"))
        sheet = reading_first(sections(keys, self.keymap.entries))
        return ShortcutOverlay(sheet, f"{change.text()} {own}".strip(), self._window)

    def _warn(self, sentence: str, next_step: str, steps: tuple[Step, ...] = ()) -> None:
        self._holder.banners.show_message("settings", "warning", sentence, next_step, steps)


def save_window(window: QMainWindow, settings: Settings) -> None:
    """Remember where the window is and how its docks lie."""
    settings.set_value(GEOMETRY, _written(window.saveGeometry()))
    settings.set_value(STATE, _written(window.saveState(STATE_VERSION)))


def restore_window(window: QMainWindow, settings: Settings) -> bool:
    """Put the window and its docks where they were; false if that is not known or not possible.

    Called before the window is shown. Qt brings a window whose screen is gone back to one that
    is there.
    """
    geometry, state = (settings.value(key, "") for key in (GEOMETRY, STATE))
    if not geometry or not state or not window.restoreGeometry(_read(geometry)):
        return False
    # A window that fills the screen has no visible way back; its action begins unchecked.
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowFullScreen)
    return window.restoreState(_read(state), STATE_VERSION)


def _written(state: QByteArray) -> str:
    return bytes(state.toBase64().data()).decode("ascii")


def _read(state: str) -> QByteArray:
    return QByteArray.fromBase64(state.encode("ascii", "replace"))
