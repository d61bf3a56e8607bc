"""What a reader wants to find again: one JSON file in the user's folder of settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSaveFile

from app.config import config_folder
from app.core.errors import KnownError


class SettingsError(KnownError):
    """The settings cannot be read or kept."""


class Settings:
    """Values by name, kept in a file that is written whole at every change.

    Parameters
    ----------
    path
        The file; the platform's usual place by default.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = config_folder() / "settings.json" if path is None else path
        self._values: dict[str, Any] | None = None
        #: What was wrong with the file when it was read, if anything.
        self.problem: SettingsError | None = None

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value of JSON's kinds, or the default where there is none."""
        return self._read().get(name, default)

    def set(self, name: str, value: Any) -> None:
        """Keep a value.

        Raises
        ------
        SettingsError
            If the file cannot be written; the value holds until the program ends.
        """
        values = self._read()
        if values.get(name) == value:
            return
        values[name] = value
        text = json.dumps(values, indent=2, ensure_ascii=False, sort_keys=True)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.problem is not None and self.path.is_file():
                # What a person wrote by hand and mistyped is not thrown away.
                self.path.replace(self.path.with_suffix(".broken.json"))
                self.problem = None
        except OSError as error:
            raise self._not_written() from error
        file = QSaveFile(str(self.path))
        if not file.open(QSaveFile.OpenModeFlag.WriteOnly):
            raise self._not_written()
        file.write(text.encode("utf-8"))
        if not file.commit():
            raise self._not_written()

    def _not_written(self) -> SettingsError:
        return SettingsError(
            "Your settings could not be written.",
            f"Make the folder {self.path.parent.name} of your settings writable.",
        )

    def _read(self) -> dict[str, Any]:
        if self._values is None:
            self._values = {}
            try:
                found = json.loads(self.path.read_text(encoding="utf-8"))
                if not isinstance(found, dict):
                    raise ValueError("no table of names and values")
                self._values = found
            except FileNotFoundError:
                pass
            except (OSError, ValueError):
                self.problem = SettingsError(
                    f"Your settings in {self.path.name} cannot be read; the usual ones are used.",
                    "Correct the file, or go on: it is kept aside at the next change.",
                )
        return self._values
