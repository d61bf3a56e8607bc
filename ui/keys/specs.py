"""Actions for reading by keyboard alone: ways to the parts of the window, and the key editor."""

from __future__ import annotations

from ui.actions.spec import ActionSpec

#: Ways between the parts of the window, and to each.
PART_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "next_part",
        "View",
        "Next part of the window",
        "Give the keyboard to the next part",
        ("F6",),
    ),
    ActionSpec(
        "previous_part",
        "View",
        "Previous part of the window",
        "Give the keyboard to the part before",
        ("Shift+F6",),
    ),
    ActionSpec(
        "menu_bar", "View", "Menu bar", "Give the keyboard to the menus above the images", ("F10",)
    ),
    ActionSpec(
        "go_images", "View", "Go to the images", "Give the keyboard to the panes", ("Ctrl+1",)
    ),
    ActionSpec(
        "go_studies",
        "View",
        "Go to the studies",
        "Give the keyboard to the studies; they are shown if they are hidden",
        ("Ctrl+2",),
    ),
    ActionSpec(
        "go_display",
        "View",
        "Go to the display settings",
        "Give the keyboard to the display settings; they are shown if they are hidden",
        ("Ctrl+3",),
    ),
    ActionSpec(
        "go_lesions",
        "View",
        "Go to the lesions",
        "Give the keyboard to the lesions; they are shown if they are hidden",
        ("Ctrl+4",),
    ),
    ActionSpec(
        "go_charts",
        "View",
        "Go to the charts",
        "Give the keyboard to the charts; they are shown if they are hidden",
        ("Ctrl+5",),
    ),
)

EDITOR_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "edit_shortcuts",
        "Edit",
        "Keyboard shortcuts…",
        "Give any action other keys; they are kept for you",
        ("Ctrl+Shift+K",),
    ),
)

KEY_SPECS = (*EDITOR_SPECS, *PART_SPECS)
