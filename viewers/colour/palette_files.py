"""Colour maps as data: read from ``resources/palettes/*.toml`` and from the reader's own folder.

A file holds a ``title``, 2 to 256 ``colours`` (``"#rrggbb"``) at equal distances, linear between
them, or with ``steps = true`` one band for each. ``order`` is its place in lists, ``source`` says
where it comes from, ``use`` what it is offered for: ``uptake`` (the default), ``difference`` or
``overlay``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import KnownError
from app.core.kit.small_files import read_text

#: 256 x 3 red, green, blue, from the least value to the greatest.
Palette = npt.NDArray[np.uint8]

_KEYS = {"title", "order", "source", "use", "steps", "colours"}
#: A palette file of 256 entries takes 3 kB; what is much larger is something else.
LARGEST_BYTES = 100_000
#: Where the reader's own palettes stand in lists unless they say otherwise.
OWN_ORDER = 1000


class PaletteError(KnownError):
    """A palette file is malformed."""


class PaletteUse(StrEnum):
    """What a colour map is offered for."""

    UPTAKE = "uptake"
    DIFFERENCE = "difference"
    OVERLAY = "overlay"


@dataclass(frozen=True, eq=False)
class ColourMap:
    """A named palette.

    Parameters
    ----------
    name
        Name of its file, without the ending.
    title
        What people call it.
    table
        uint8 [256, 3], write-locked.
    use
        What it is offered for.
    order
        Place in lists.
    """

    name: str
    title: str
    table: Palette
    use: PaletteUse = PaletteUse.UPTAKE
    order: int = OWN_ORDER

    @property
    def light_ground(self) -> bool:
        """Whether the least value is light, so that dark writing is read on it."""
        return bool(self.table[0] @ np.array([0.2126, 0.7152, 0.0722]) > 128)


def parse_colour_map(name: str, text: str) -> ColourMap:
    """Read a colour map from TOML.

    Raises
    ------
    PaletteError
        If the text is no TOML, or a key is missing, unknown or of the wrong kind.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PaletteError(
            f"The palette {name} is not valid TOML: {error}.", "Correct the file or remove it."
        ) from error
    try:
        return _colour_map(name, data)
    except (KeyError, TypeError, ValueError) as error:
        detail = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise PaletteError(
            f"The palette {name} cannot be used: {detail}.",
            "Compare it with the palettes in resources/palettes.",
        ) from error


def _colour_map(name: str, data: Mapping[str, Any]) -> ColourMap:
    if unknown := set(data) - _KEYS:
        raise ValueError(f"the key {sorted(unknown)[0]} is unknown")
    title, order, steps = data["title"], data.get("order", OWN_ORDER), data.get("steps", False)
    if not isinstance(title, str) or not title.strip():
        raise ValueError("title must be a text")
    if not isinstance(order, int) or isinstance(order, bool):
        raise ValueError("order must be a whole number")
    if not isinstance(steps, bool):
        raise ValueError("steps must be true or false")
    use = data.get("use", PaletteUse.UPTAKE)
    if use not in tuple(PaletteUse):
        raise ValueError(f"use must be one of {', '.join(PaletteUse)}")
    table = _table(_colours(data["colours"]), steps=steps)
    return ColourMap(name, title.strip(), table, PaletteUse(use), order)


def _colours(entries: Any) -> npt.NDArray[np.float64]:
    if not isinstance(entries, list) or not 2 <= len(entries) <= 256:
        raise ValueError("colours must be a list of 2 to 256 colours")
    for entry in entries:
        if not isinstance(entry, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", entry):
            raise ValueError(f"{str(entry)[:20]!r} is not a colour such as '#ff8000'")
    return np.array([list(bytes.fromhex(entry[1:])) for entry in entries], dtype=np.float64)


def _table(colours: npt.NDArray[np.float64], *, steps: bool) -> Palette:
    ramp, count = np.arange(256), len(colours)
    if steps:
        table = colours[np.minimum(ramp * count // 255, count - 1)]
    else:
        at = np.linspace(0, 255, count)
        table = np.stack([np.interp(ramp, at, colours[:, c]) for c in range(3)], axis=1)
    locked = np.ascontiguousarray(np.rint(table), dtype=np.uint8)
    locked.flags.writeable = False
    return locked


@cache
def own_colour_maps() -> Mapping[str, ColourMap]:
    """Return the program's own colour maps by name, in their order."""
    source = files("resources").joinpath("palettes")
    found = [
        parse_colour_map(entry.name.removesuffix(".toml"), entry.read_text(encoding="utf-8"))
        for entry in source.iterdir()
        if entry.name.endswith(".toml")
    ]
    return _by_name(found)


def read_colour_maps(folder: Path | None) -> tuple[Mapping[str, ColourMap], list[PaletteError]]:
    """Read the program's own colour maps and those of a reader's folder.

    Parameters
    ----------
    folder
        The reader's palettes; it need not exist.

    Returns
    -------
    colour_maps
        By name, in their order. The program's own cannot be replaced.
    problems
        One for each file that cannot be used; the others are there all the same.
    """
    known = dict(own_colour_maps())
    problems: list[PaletteError] = []
    for path in _files(folder):
        try:
            if path.stem in own_colour_maps():
                raise PaletteError(
                    f"The palette {path.stem} has the name of one of the program's own.",
                    "Give its file another name.",
                )
            known[path.stem] = parse_colour_map(path.stem, _read(path))
        except PaletteError as error:
            problems.append(error)
    return _by_name(known.values()), problems


def _files(folder: Path | None) -> list[Path]:
    """Files of a folder; none where it is not there or may not be looked into."""
    try:
        there = folder is not None and folder.is_dir()
        return sorted(folder.glob("*.toml")) if folder is not None and there else []
    except OSError:
        return []


def _read(path: Path) -> str:
    try:
        return read_text(path, LARGEST_BYTES)
    except (OSError, ValueError) as error:
        raise PaletteError(
            f"The palette {path.stem} cannot be read, or is larger than a palette can be.",
            "Correct the file or remove it.",
        ) from error


def _by_name(found: Any) -> Mapping[str, ColourMap]:
    return {x.name: x for x in sorted(found, key=lambda x: (x.order, x.title))}
