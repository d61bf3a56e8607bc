"""Actions of windows, colours, fusion and units."""

from __future__ import annotations

from ui.actions.plan import DISPLAY, GO_TO
from ui.actions.situation import with_ct, with_pet, with_study
from ui.actions.spec import ActionSpec

#: CT windows by key: name, width and level in HU (`LOOK.md`).
CT_PRESETS: tuple[tuple[str, float, float], ...] = (
    ("Soft tissue", 400.0, 40.0),
    ("Lung", 1500.0, -600.0),
    ("Bone", 2000.0, 500.0),
    ("Brain", 80.0, 40.0),
    ("Liver", 150.0, 90.0),
)

DISPLAY_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "suv_lower",
        "View",
        "Lower upper PET bound",
        "Lower the upper end of the PET range: fainter uptake grows darker",
        keys=("[",),
        section="range",
        submenu=DISPLAY,
        listed=False,
        when=with_pet,
    ),
    ActionSpec(
        "suv_higher",
        "View",
        "Raise upper PET bound",
        "Raise the upper end of the PET range: only strong uptake stays dark",
        keys=("]",),
        section="range",
        submenu=DISPLAY,
        listed=False,
        when=with_pet,
    ),
    ActionSpec(
        "go_display",
        "View",
        "Go to the display settings",
        "Give the keyboard to the display settings; they are shown if they are hidden",
        keys=("Ctrl+3",),
        section="go",
        submenu=GO_TO,
    ),
    ActionSpec(
        "own_window",
        "Display",
        "Own window for this pane",
        "Unlink the windows of the active pane from those of the others, or link them again",
        keys=("Shift+W",),
        checkable=True,
        when=with_study,
    ),
    ActionSpec(
        "save_ct_window",
        "Display",
        "Save CT window…",
        "Keep the present CT window under a name, for all studies to come",
        keys=("Ctrl+Shift+W",),
        when=with_ct,
    ),
    ActionSpec(
        "save_pet_range",
        "Display",
        "Save PET range…",
        "Keep the present PET range under a name, for all studies to come",
        keys=("Ctrl+Alt+P",),
        when=with_pet,
    ),
    ActionSpec(
        "remove_saved",
        "Display",
        "Remove saved windows…",
        "Choose a window or range that you saved and do not need any more",
        when=with_study,
    ),
    ActionSpec(
        "next_unit",
        "Display",
        "Next PET unit",
        "Write the PET's numbers in SUVbw, SUL, SUVbsa or Bq/ml; the picture stays the same",
        keys=("Shift+Q",),
        when=with_pet,
    ),
    ActionSpec(
        "next_colours",
        "Display",
        "Next PET colours",
        "Show the PET panes and the MIP in the next colour map",
        keys=("Shift+C",),
        when=with_pet,
    ),
    ActionSpec(
        "next_fused_colours",
        "Display",
        "Next fused colours",
        "Show the PET over the CT in the next colour map",
        keys=("Ctrl+Shift+C",),
        when=with_pet,
    ),
    ActionSpec(
        "next_fusion",
        "Display",
        "Next way of fusion",
        "Lay PET over CT by opacity, by opacity that rises, as a checkerboard, or up to a line",
        keys=("Shift+F",),
        when=with_pet,
    ),
    ActionSpec(
        "swipe_left",
        "Display",
        "Swipe to the left",
        "Move the line between CT and PET to the left",
        keys=("Shift+Left",),
        when=with_pet,
    ),
    ActionSpec(
        "swipe_right",
        "Display",
        "Swipe to the right",
        "Move the line between CT and PET to the right",
        keys=("Shift+Right",),
        when=with_pet,
    ),
)


PRESET_SPECS: tuple[ActionSpec, ...] = tuple(
    ActionSpec(
        f"ct_window_{place}",
        "CT window",
        f"{name}  {{0:.0f}} / {{1:.0f}}",
        f"CT window {name}: width {{0:.0f}}, level {{1:.0f}} HU",
        keys=(str(place),),
        values=(width, level),
        when=with_ct,
    )
    for place, (name, width, level) in enumerate(CT_PRESETS, start=1)
)
