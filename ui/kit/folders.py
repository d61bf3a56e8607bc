"""Asking for folders, each question beginning where it was answered last."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from ui.kit.settings import Settings, settings_of

OPEN_FOLDER, EXPORT_FOLDER = "folders.open", "folders.export"


def ask_folder(part: QWidget, title: str, key: str, *, beside: bool = False) -> Path | None:
    """Ask for a folder, beginning where the last one was; ``None`` if the reader leaves it.

    Parameters
    ----------
    part
        The window or a part of it.
    title
        What is asked for.
    key
        Of the setting that remembers the folder.
    beside
        Whether to begin beside the last folder, not in it: the next study is rarely inside.
    """
    settings = settings_of(part)
    chosen = QFileDialog.getExistingDirectory(part, title, last_folder(settings, key))
    if not chosen:
        return None
    settings.set_value(key, str(Path(chosen).parent if beside else Path(chosen)))
    return Path(chosen)


def last_folder(settings: Settings, key: str) -> str:
    """Return the folder to begin in: the last one if it still exists."""
    last = settings.value(key, "")
    return last if last and Path(last).is_dir() else ""
