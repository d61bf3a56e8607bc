"""The plan of the menus: which there are, and their sections; who stands there says so itself."""

from __future__ import annotations

from collections.abc import Iterable

from ui.actions.spec import ActionSpec

#: Sections of each menu in their order, with a line between groups of them. Within a section
#: actions stand by the order of the capabilities, then of their tables. What names no section
#: stands in ``more``.
MENUS: dict[str, tuple[tuple[str, ...], ...]] = {
    "File": (
        ("open",),
        ("recent", "export"),
        ("pictures",),
        ("more",),
        ("close",),
        ("quit",),
    ),
    "Edit": (("history", "more", "settings"),),
    "View": (
        ("layout",),
        ("maps", "overlays", "range"),
        ("charts", "screen", "frames", "pictures", "more"),
        ("panes", "parts", "go", "studies"),
        ("windows",),
        ("docks", "places"),
    ),
    "Tools": (("judge",), ("step",), ("values",), ("align", "numbers", "more")),
    "Measure": (
        ("crosshair",),
        ("lines",),
        ("shapes",),
        ("uptake",),
        ("references",),
        ("table", "more"),
    ),
    "Models": (("find",), ("derive", "more", "cards")),
    "Help": (("keys", "pages", "more"),),
}
#: Lists of actions that stand in submenus or panels alone; they come last among the keys.
LISTS = dict.fromkeys(("Display", "Recent", "CT window"), (("more",),))

#: Titles of submenus in which several capabilities stand.
LAYOUT, MAPS, DISPLAY, GO_TO = "Layout", "Maps", "Display", "Go to"

_PLACES = {
    (group, section): (row, column)
    for row, (group, lines) in enumerate({**MENUS, **LISTS}.items())
    for column, section in enumerate(x for line in lines for x in line)
}


def check_place(spec: ActionSpec) -> None:
    """Refuse an action that has no place in the plan.

    Raises
    ------
    ValueError
        If there is no such menu, or it has no such section.
    """
    if (spec.group, spec.section) not in _PLACES:
        raise ValueError(f"{spec.name}: no section {spec.section!r} in {spec.group!r}")


def in_order(specs: Iterable[ActionSpec]) -> tuple[ActionSpec, ...]:
    """Sort actions by the plan; those of one section stay in the order in which they came."""
    return tuple(sorted(specs, key=lambda x: _PLACES[x.group, x.section]))
