"""Actions of windows, colours, fusion and units."""

from __future__ import annotations

from ui.actions.spec import ActionSpec

#: Listed in the submenus of View, and under this name in the sheet of shortcuts.
GROUP = "Display"

DISPLAY_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "own_window",
        GROUP,
        "Own window for this pane",
        "Unlink the windows of the active pane from those of the others, or link them again",
        ("Shift+W",),
        checkable=True,
        needs="study",
    ),
    ActionSpec(
        "save_ct_window",
        GROUP,
        "Save CT window…",
        "Keep the present CT window under a name, for all studies to come",
        ("Ctrl+Shift+W",),
        needs="ct",
    ),
    ActionSpec(
        "save_pet_range",
        GROUP,
        "Save PET range…",
        "Keep the present PET range under a name, for all studies to come",
        ("Ctrl+Alt+P",),
        needs="pet",
    ),
    ActionSpec(
        "remove_saved",
        GROUP,
        "Remove saved windows…",
        "Choose a window or range that you saved and do not need any more",
        needs="study",
    ),
    ActionSpec(
        "next_unit",
        GROUP,
        "Next PET unit",
        "Write the PET's numbers in SUVbw, SUL, SUVbsa or Bq/ml; the picture stays the same",
        ("Shift+Q",),
        needs="pet",
    ),
    ActionSpec(
        "next_colours",
        GROUP,
        "Next PET colours",
        "Show the PET panes and the MIP in the next colour map",
        ("Shift+C",),
        needs="pet",
    ),
    ActionSpec(
        "next_fused_colours",
        GROUP,
        "Next fused colours",
        "Show the PET over the CT in the next colour map",
        ("Ctrl+Shift+C",),
        needs="pet",
    ),
    ActionSpec(
        "next_fusion",
        GROUP,
        "Next way of fusion",
        "Lay PET over CT by opacity, by opacity that rises, as a checkerboard, or up to a line",
        ("Shift+F",),
        needs="pet",
    ),
    ActionSpec(
        "swipe_left",
        GROUP,
        "Swipe to the left",
        "Move the line between CT and PET to the left",
        ("Shift+Left",),
        needs="pet",
    ),
    ActionSpec(
        "swipe_right",
        GROUP,
        "Swipe to the right",
        "Move the line between CT and PET to the right",
        ("Shift+Right",),
        needs="pet",
    ),
)
