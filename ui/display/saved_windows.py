"""CT windows and PET ranges that a reader saved under a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ui.kit.settings import Json, Settings

_CT, _PET = "ct_windows", "pet_ranges"
LONGEST_NAME = 40
#: Beyond this is no image's value: counts have ten digits at most.
GREATEST = 1e12


@dataclass(frozen=True)
class SavedWindow:
    """A CT window (width, level in HU) or a PET range (lower, upper in ``unit``)."""

    name: str
    values: tuple[float, float]
    unit: str = "HU"


class SavedWindows:
    """The reader's windows, in the settings; entries of another shape are left alone."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def ct(self) -> tuple[SavedWindow, ...]:
        """Return CT windows, in the order they were saved."""
        return _windows(self._settings.value(_CT, list[Json]()), ("width", "level"))

    def pet(self, unit: str) -> tuple[SavedWindow, ...]:
        """Return PET ranges for images in a unit (of `app.core.space.volume.Quantity`)."""
        found = _windows(self._settings.value(_PET, list[Json]()), ("lower", "upper"))
        return tuple(x for x in found if x.unit == unit and x.values[1] > x.values[0])

    def every(self) -> tuple[tuple[str, SavedWindow], ...]:
        """Return all of them, with ``CT`` or ``PET``."""
        ranges = _windows(self._settings.value(_PET, list[Json]()), ("lower", "upper"))
        return (*(("CT", x) for x in self.ct()), *(("PET", x) for x in ranges))

    def save_ct(self, name: str, width: float, level: float) -> None:
        """Keep a CT window; one of the same name is replaced."""
        entry = {"name": name, "unit": "HU", "width": width, "level": level}
        self._keep(_CT, entry)

    def save_pet(self, name: str, unit: str, lower: float, upper: float) -> None:
        """Keep a PET range; one of the same name is replaced."""
        self._keep(_PET, {"name": name, "unit": unit, "lower": lower, "upper": upper})

    def remove(self, kind: str, name: str) -> None:
        """Forget a window of a kind (``CT`` or ``PET``)."""
        key = _CT if kind == "CT" else _PET
        self._settings.set_value(key, [x for x in self._entries(key) if _name(x) != name])

    def _keep(self, key: str, entry: Mapping[str, Any]) -> None:
        others = [x for x in self._entries(key) if _name(x) != entry["name"]]
        self._settings.set_value(key, [*others, dict(entry)])

    def _entries(self, key: str) -> list[Json]:
        return list(self._settings.value(key, list[Json]()))


def _name(entry: Any) -> str:
    return str(entry.get("name", "")) if isinstance(entry, dict) else ""


def _is_number(value: Any) -> bool:
    """Whether a value is a number that a window can have: no text, infinity or switch."""
    return type(value) in (int, float) and abs(value) <= GREATEST


def _windows(entries: Any, keys: Sequence[str]) -> tuple[SavedWindow, ...]:
    found = []
    for entry in entries if isinstance(entries, list) else []:
        name = _name(entry).strip()[:LONGEST_NAME]
        values = [entry.get(key) for key in keys] if name else []
        numbers = [float(x) for x in values if _is_number(x)]
        if len(numbers) == 2:
            pair = (numbers[0], numbers[1])
            found.append(SavedWindow(name, pair, str(entry.get("unit", "HU"))))
    return tuple(found)
