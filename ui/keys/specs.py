"""Actions for reading by keyboard alone: ways to the parts of the window, and the key editor."""

from __future__ import annotations

from ui.actions.plan import GO_TO
from ui.actions.spec import ActionSpec

KEY_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "edit_shortcuts",
        "Edit",
        "Keyboard shortcuts…",
        "Give any action other keys; they are kept for you",
        keys=("Ctrl+Shift+K",),
        section="settings",
    ),
    ActionSpec(
        "shortcuts",
        "Help",
        "Sheet of shortcuts",
        "Show every shortcut",
        keys=("?",),
        section="keys",
    ),
    ActionSpec(
        "next_part",
        "View",
        "Next part of the window",
        "Give the keyboard to the next part",
        keys=("F6",),
        section="parts",
        submenu=GO_TO,
    ),
    ActionSpec(
        "previous_part",
        "View",
        "Previous part of the window",
        "Give the keyboard to the part before",
        keys=("Shift+F6",),
        section="parts",
        submenu=GO_TO,
    ),
    ActionSpec(
        "menu_bar",
        "View",
        "Menu bar",
        "Give the keyboard to the menus above the images",
        keys=("F10",),
        section="parts",
        submenu=GO_TO,
    ),
    ActionSpec(
        "go_images",
        "View",
        "Go to the images",
        "Give the keyboard to the panes",
        keys=("Ctrl+1",),
        section="parts",
        submenu=GO_TO,
    ),
)
