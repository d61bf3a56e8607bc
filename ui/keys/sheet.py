"""All shortcuts as one sheet: the same for the overlay and for the page of the guide."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ui.actions.plan import DISPLAY, LAYOUT
from ui.actions.spec import translated
from ui.frame.capability import Section
from ui.keys.keymap import KeyEntry


def sections(
    keys_of: Callable[[KeyEntry], str], entries: Iterable[KeyEntry], others: Iterable[Section]
) -> tuple[Section, ...]:
    """Return the sheet; actions without a key are not on it.

    Parameters
    ----------
    keys_of
        How the keys of an action are written; an empty text for none.
    entries
        The actions.
    others
        Gestures and keys that nobody can change.
    """
    # "Faster" and "Mean" say something only below the name of their submenu.
    by_title: dict[str, list[tuple[str, str]]] = {}
    for entry in entries:
        rows = by_title.setdefault(entry.submenu or entry.group, [])
        if keys := keys_of(entry):
            rows.append((keys, entry.title))
    found = [*(Section(title, tuple(rows)) for title, rows in by_title.items()), *others]
    return tuple(x for x in found if x.rows)


def reading_first(sheet: Iterable[Section]) -> tuple[Section, ...]:
    """Return the sections with those first that a reader needs all the time, at the panes.

    The files, the menus of models and the help are looked up seldom.
    """
    menus = ("CT window", "Tools", "Maps", "View", LAYOUT, "Panes", DISPLAY, "Measure")
    order = {title: place for place, title in enumerate(map(translated, menus))}

    def place(section: Section) -> tuple[bool, int]:
        return not section.first, order.get(section.title, len(order))

    return tuple(sorted(sheet, key=place))
