"""Actions of the panes: layouts, navigation, cine, slabs, oblique planes."""

from __future__ import annotations

from dataclasses import dataclass

from ui.actions.plan import LAYOUT
from ui.actions.situation import Situation, with_study
from ui.actions.spec import ActionSpec

_PANES, _CINE, _SLAB, _OBLIQUE = "Panes", "Cine", "Slab", "Oblique planes"


@dataclass(frozen=True)
class PanesState:
    """Whether the reader saved a layout, and whether the planes are turned."""

    saved_layout: bool = False
    turned: bool = False


def with_saved_layout(situation: Situation) -> bool:
    """Whether there is a layout that can be removed."""
    return with_study(situation) and situation.of(PanesState).saved_layout


def with_turned_planes(situation: Situation) -> bool:
    """Whether the planes are not those of the patient."""
    return situation.of(PanesState).turned


LAYOUT_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "layout_previous",
        "View",
        "Previous layout",
        "Show the layout before",
        keys=(",",),
        section="layout",
        submenu=LAYOUT,
        listed=False,
        when=with_study,
    ),
    ActionSpec(
        "layout_next",
        "View",
        "Next layout",
        "Show the layout after",
        keys=(".",),
        section="layout",
        submenu=LAYOUT,
        listed=False,
        when=with_study,
    ),
    ActionSpec(
        "layout_save",
        "View",
        "Save layout as…",
        "Keep the present arrangement of panes under a name of your own",
        keys=("Ctrl+Shift+L",),
        section="layout",
        submenu=LAYOUT,
        listed=False,
        when=with_study,
    ),
    ActionSpec(
        "layout_remove",
        "View",
        "Remove layout…",
        "Forget a layout that you saved",
        section="layout",
        submenu=LAYOUT,
        listed=False,
        when=with_saved_layout,
    ),
)

PANE_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "hide_overlays",
        "View",
        "Hide overlays",
        "Hide outlines and maps; holding the space bar hides them for as long",
        keys=("Shift+Space",),
        icon="hide",
        checkable=True,
        section="overlays",
        when=with_study,
    ),
    ActionSpec(
        "reset_view",
        "View",
        "Reset view",
        "Fit all panes again: zoom and pan go back",
        keys=("Ctrl+0",),
        icon="fit",
        section="panes",
        submenu=_PANES,
        when=with_study,
    ),
    ActionSpec(
        "zoom_in",
        "View",
        "Zoom in",
        "Enlarge the active pane",
        keys=(
            "Ctrl++",
            "Ctrl+=",
        ),
        section="panes",
        submenu=_PANES,
        when=with_study,
    ),
    ActionSpec(
        "zoom_out",
        "View",
        "Zoom out",
        "Show more around in the active pane",
        keys=("Ctrl+-",),
        section="panes",
        submenu=_PANES,
        when=with_study,
    ),
    ActionSpec(
        "maximise",
        "View",
        "Maximise pane",
        "Let the active pane fill the desk, or show all panes again",
        keys=("M",),
        section="panes",
        submenu=_PANES,
        when=with_study,
    ),
    ActionSpec(
        "next_pane",
        "View",
        "Next pane",
        "Go on to the next pane",
        keys=("Alt+.",),
        section="panes",
        submenu=_PANES,
        when=with_study,
    ),
    ActionSpec(
        "previous_pane",
        "View",
        "Previous pane",
        "Go back to the pane before",
        keys=("Alt+,",),
        section="panes",
        submenu=_PANES,
        when=with_study,
    ),
    ActionSpec(
        "pane_menu",
        "View",
        "What the pane shows…",
        "Choose content and plane of the active pane",
        keys=("Alt+Return",),
        section="panes",
        submenu=_PANES,
        when=with_study,
    ),
    ActionSpec(
        "cine",
        "View",
        "Play slices",
        "Scroll through the slices of the active pane, again and again",
        keys=("V",),
        icon="play",
        checkable=True,
        section="panes",
        submenu=_CINE,
        when=with_study,
    ),
    ActionSpec(
        "cine_mip",
        "View",
        "Turn the MIP",
        "Let the MIP turn by itself",
        keys=("Shift+V",),
        icon="turn",
        checkable=True,
        section="panes",
        submenu=_CINE,
        when=with_study,
    ),
    ActionSpec(
        "cine_faster",
        "View",
        "Faster",
        "Play more pictures per second",
        keys=("Alt+Right",),
        section="panes",
        submenu=_CINE,
        when=with_study,
    ),
    ActionSpec(
        "cine_slower",
        "View",
        "Slower",
        "Play fewer pictures per second",
        keys=("Alt+Left",),
        section="panes",
        submenu=_CINE,
        when=with_study,
    ),
    ActionSpec(
        "cine_rate",
        "View",
        "Rate…",
        "Type the pictures per second",
        keys=("Alt+V",),
        section="panes",
        submenu=_CINE,
        when=with_study,
    ),
    ActionSpec(
        "slab_maximum",
        "View",
        "Maximum (MIP)",
        "Show the greatest value of a slab in each slice pane, or single slices again",
        keys=("K",),
        checkable=True,
        section="panes",
        submenu=_SLAB,
        when=with_study,
    ),
    ActionSpec(
        "slab_mean",
        "View",
        "Mean",
        "Show the mean of a slab in each slice pane, or single slices again",
        keys=("Shift+K",),
        checkable=True,
        section="panes",
        submenu=_SLAB,
        when=with_study,
    ),
    ActionSpec(
        "slab_minimum",
        "View",
        "Minimum (MinIP)",
        "Show the least value of a slab in each slice pane, or single slices again",
        keys=("Ctrl+K",),
        checkable=True,
        section="panes",
        submenu=_SLAB,
        when=with_study,
    ),
    ActionSpec(
        "slab_thicker",
        "View",
        "Thicker",
        "Make slabs thicker",
        keys=("Alt+Up",),
        section="panes",
        submenu=_SLAB,
        when=with_study,
    ),
    ActionSpec(
        "slab_thinner",
        "View",
        "Thinner",
        "Make slabs thinner",
        keys=("Alt+Down",),
        section="panes",
        submenu=_SLAB,
        when=with_study,
    ),
    ActionSpec(
        "slab_thickness",
        "View",
        "Thickness…",
        "Type the thickness of slabs in mm",
        keys=("Alt+K",),
        section="panes",
        submenu=_SLAB,
        when=with_study,
    ),
    ActionSpec(
        "oblique",
        "View",
        "Turn by hand",
        "Show handles on the crosshair; dragging one turns the other two planes",
        keys=("O",),
        icon="oblique",
        checkable=True,
        section="panes",
        submenu=_OBLIQUE,
        when=with_study,
    ),
    ActionSpec(
        "turn_left",
        "View",
        "Turn anticlockwise",
        "Turn the other planes by 5° about the active pane's crosshair",
        keys=("Ctrl+Left",),
        section="panes",
        submenu=_OBLIQUE,
        when=with_study,
    ),
    ActionSpec(
        "turn_right",
        "View",
        "Turn clockwise",
        "Turn the other planes by 5° about the active pane's crosshair",
        keys=("Ctrl+Right",),
        section="panes",
        submenu=_OBLIQUE,
        when=with_study,
    ),
    ActionSpec(
        "planes_reset",
        "View",
        "Back to orthogonal",
        "Show the axial, coronal and sagittal planes of the patient again",
        keys=("Shift+O",),
        section="panes",
        submenu=_OBLIQUE,
        when=with_turned_planes,
    ),
)
