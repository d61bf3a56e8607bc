"""All shortcuts as one sheet: the same for the overlay and for the page of the guide."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from ui.actions.actions import translated
from ui.actions.submenus import LAYOUT
from ui.align.keys import alignment_keys
from ui.display.specs import GROUP as DISPLAY
from ui.keys.gestures import gestures
from ui.keys.keymap import KeyEntry, key_entries

Row = tuple[str, str]


@dataclass(frozen=True)
class Section:
    """Rows of one menu or kind: keys (or a gesture), and what they do."""

    title: str
    rows: tuple[Row, ...]


def sections(
    keys_of: Callable[[KeyEntry], str], entries: Iterable[KeyEntry] | None = None
) -> tuple[Section, ...]:
    """Return the sheet; actions without a key are not on it.

    Parameters
    ----------
    keys_of
        How the keys of an action are written; an empty text for none.
    entries
        The actions, all by default.
    """
    # "Faster" and "Mean" say something only below the name of their submenu.
    by_title: dict[str, list[Row]] = {}
    for entry in entries or key_entries():
        rows = by_title.setdefault(entry.submenu or entry.group, [])
        if keys := keys_of(entry):
            rows.append((keys, entry.title))
    found = [Section(title, tuple(rows)) for title, rows in by_title.items()]
    aligning = tuple((key, str(does)) for key, does in alignment_keys())
    title = QCoreApplication.translate("gestures", "While an image is aligned")
    found.append(Section(title, aligning))
    found += [Section(title, rows) for title, rows in gestures()]
    return tuple(x for x in found if x.rows)


def reading_first(sheet: Iterable[Section]) -> tuple[Section, ...]:
    """Return the sections with those first that a reader needs all the time, at the panes.

    The files, the menus of models and the help are looked up seldom.
    """
    menus = ("CT window", "Tools", "Maps", "View", LAYOUT, "Panes", DISPLAY, "Measure")
    wanted = (*(title for title, _ in gestures()), *map(translated, menus))
    order = {title: place for place, title in enumerate(wanted)}
    return tuple(sorted(sheet, key=lambda x: order.get(x.title, len(order))))
