"""What is remembered per user between two runs: one small JSON file, read tolerantly."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QWidget

from app.config import config_folder
from app.core.kit.errors import KnownError
from app.core.kit.small_files import read_json

#: What JSON can hold; parts store nothing else.
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
T = TypeVar("T")

FILE_NAME = "settings.json"
LARGEST_BYTES = 4 << 20
#: Greatest number that is taken from the file: Qt counts with 32 bits.
MOST_NUMBER = (1 << 31) - 1


def _tr(words: str) -> str:
    return QCoreApplication.translate("settings", words)


def settings_path() -> Path:
    """Return where the user's settings lie."""
    return config_folder() / FILE_NAME


class Settings(QObject):
    """Values by dotted key, such as ``folders.open``; every change is written at once.

    Parameters
    ----------
    path
        The file; without one nothing outlives this object (tests, pictures).
    parent
        Owner. The window owns its settings, which is how `settings_of` finds them.

    Signals
    -------
    problem(object)
        A `KnownError`: the file could not be written. It is said once.
    """

    problem = Signal(object)

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._changed: dict[str, Json] = {}
        self._told = False
        #: What was wrong with the file when it was read; the window says it.
        self.trouble: KnownError | None = None
        self._values: dict[str, Json] = {} if path is None else self._read_first(path)

    def value(self, key: str, default: T) -> T:
        """Return the value of a key, or the default where there is none of the default's kind.

        A file can be edited by hand or come from another version: a value of another kind than
        the default's is no value. A whole number is taken where a decimal one is expected.
        """
        found = self._values.get(key)
        if isinstance(default, float) and type(found) is int and abs(found) <= MOST_NUMBER:
            found = float(found)
        if type(found) is not type(default):
            return default
        # JSON as Python reads it has infinities, and numbers that no widget can take.
        sane = not isinstance(found, int | float) or abs(found) <= MOST_NUMBER
        return found if sane else default

    def set_value(self, key: str, value: Json) -> None:
        """Remember a value (of JSON's kinds only); ``None`` forgets the key."""
        if key in self._values and self._values[key] == value:
            return
        if value is None and key not in self._values:
            return
        self._changed[key] = value
        self._values = _overlaid(self._values, {key: value})
        if self._path is not None:
            self._write(self._path)

    def _read_first(self, path: Path) -> dict[str, Json]:
        try:
            return _read(path)
        except FileNotFoundError:
            return {}
        except OSError:
            # It may be readable another time: it stays where it is, and is not written over.
            self._path = None
            self.trouble = KnownError(
                _tr(
                    "Your settings could not be read; the usual ones are used, and changes last "
                    "until the program is closed."
                ),
                _tr("Check that you may read and write {0}.").format(path),
            )
        except ValueError:
            self.trouble = KnownError(
                _tr("Your settings file is damaged; the usual settings are used."),
                _tr("The damaged file was kept as {0}.").format(_put_aside(path)),
            )
        return {}

    def _write(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                # A second window may have written since: only what changed here is laid over it.
                there = _read(path)
            except (FileNotFoundError, ValueError):
                there = {}
            _replace(path, json.dumps(_overlaid(there, self._changed), indent=1, sort_keys=True))
        except OSError as error:
            if not self._told:
                self._told = True
                self.problem.emit(
                    KnownError(
                        _tr("Your settings could not be saved: {0}.").format(error.strerror),
                        _tr("They last until the program is closed. Check {0}.").format(
                            path.parent
                        ),
                    )
                )


def settings_of(part: QObject | None) -> Settings:
    """Return the settings of the window that a widget or controller belongs to.

    A part outside any window gets settings that are forgotten: it need not know.
    """
    while part is not None:
        own = next((x for x in part.children() if isinstance(x, Settings)), None)
        if own is not None:
            return own
        part = part.parentWidget() if isinstance(part, QWidget) else part.parent()
    return Settings()


def _overlaid(below: dict[str, Json], above: dict[str, Json]) -> dict[str, Json]:
    return {k: v for k, v in {**below, **above}.items() if v is not None}


def _read(path: Path) -> dict[str, Json]:
    """Read the file.

    Raises
    ------
    ValueError
        If it holds no JSON object, or is far larger than settings are.
    """
    document = read_json(path, LARGEST_BYTES)
    if not isinstance(document, dict):
        raise ValueError("the settings are no JSON object")
    return document


def _replace(path: Path, text: str) -> None:
    """Write so that the file is whole at any time, even if the power fails."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _put_aside(path: Path) -> str:
    """Rename a damaged file, none before it lost, and return its new name (or the old)."""
    number = 1
    while (aside := path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")).exists():
        number += 1
    try:
        path.rename(aside)
    except OSError:
        return path.name
    return aside.name
