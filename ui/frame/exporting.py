"""Where an export goes: one remembered folder, one question before anything is overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.io.write.names import already_there
from ui.kit.folders import EXPORT_FOLDER, ask_folder
from ui.kit.plain import ask

#: So many names are listed in the question, the rest is counted.
LISTED = 4


def ask_export_folder(part: QWidget, title: str, names: Sequence[str]) -> Path | None:
    """Ask for the folder of an export; ``None`` if the reader leaves it or keeps what is there.

    Parameters
    ----------
    part
        The window or a part of it.
    title
        What is asked for.
    names
        Files and folders that the export may write or take away (`app.io.write.names`).
    """
    folder = ask_folder(part, title, EXPORT_FOLDER)
    if folder is None:
        return None
    there = already_there(folder, names)
    return folder if not there or _may_replace(part, folder, there) else None


def _may_replace(part: QWidget, folder: Path, there: Sequence[str]) -> bool:
    translate = QCoreApplication.translate
    listed = ", ".join(there[:LISTED])
    if len(there) > LISTED:
        more = translate("export", "{0} and {1} more")
        listed = more.format(listed, len(there) - LISTED)
    words = translate("export", "The folder {0} already holds results: {1}. Replace them?")
    title = translate("export", "Replace results?")
    return ask(part, title, words.format(folder.name, listed))
