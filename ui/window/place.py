"""Where the window is and how its docks lie: kept from day to day."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QMainWindow

from ui.kit.settings import Settings

#: Rises when docks are renamed or moved for good: what was stored before is then not restored.
STATE_VERSION = 1
GEOMETRY, STATE = "window.geometry", "window.state"


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
