"""Actions of the panes: layouts, navigation, cine, slabs, oblique planes."""

from __future__ import annotations

from ui.actions.spec import ActionSpec

_PANES, _CINE, _SLAB, _OBLIQUE = "Panes", "Cine", "Slab", "Oblique planes"


def _spec(
    name: str,
    submenu: str,
    text: str,
    tip: str,
    *keys: str,
    icon: str = "",
    checkable: bool = False,
) -> ActionSpec:
    return ActionSpec(name, "View", text, tip, keys, icon, checkable, "study", submenu)


DESK_SPECS: tuple[ActionSpec, ...] = (
    _spec(
        "layout_save",
        "Layout",
        "Save layout as…",
        "Keep the present arrangement of panes under a name of your own",
        "Ctrl+Shift+L",
    ),
    ActionSpec(
        "layout_remove",
        "View",
        "Remove layout…",
        "Forget a layout that you saved",
        needs="saved layout",
        submenu="Layout",
    ),
    _spec(
        "reset_view",
        _PANES,
        "Reset view",
        "Fit all panes again: zoom and pan go back",
        "Ctrl+0",
        icon="fit",
    ),
    _spec("zoom_in", _PANES, "Zoom in", "Enlarge the active pane", "Ctrl++", "Ctrl+="),
    _spec("zoom_out", _PANES, "Zoom out", "Show more around in the active pane", "Ctrl+-"),
    _spec(
        "maximise",
        _PANES,
        "Maximise pane",
        "Let the active pane fill the desk, or show all panes again",
        "M",
    ),
    _spec("next_pane", _PANES, "Next pane", "Go on to the next pane", "Alt+."),
    _spec("previous_pane", _PANES, "Previous pane", "Go back to the pane before", "Alt+,"),
    _spec(
        "pane_menu",
        _PANES,
        "What the pane shows…",
        "Choose content and plane of the active pane",
        "Alt+Return",
    ),
    _spec(
        "cine",
        _CINE,
        "Play slices",
        "Scroll through the slices of the active pane, again and again",
        "V",
        icon="play",
        checkable=True,
    ),
    _spec(
        "cine_mip",
        _CINE,
        "Turn the MIP",
        "Let the MIP turn by itself",
        "Shift+V",
        icon="turn",
        checkable=True,
    ),
    _spec("cine_faster", _CINE, "Faster", "Play more pictures per second", "Alt+Right"),
    _spec("cine_slower", _CINE, "Slower", "Play fewer pictures per second", "Alt+Left"),
    _spec("cine_rate", _CINE, "Rate…", "Type the pictures per second", "Alt+V"),
    _spec(
        "slab_maximum",
        _SLAB,
        "Maximum (MIP)",
        "Show the greatest value of a slab in each slice pane, or single slices again",
        "K",
        checkable=True,
    ),
    _spec(
        "slab_mean",
        _SLAB,
        "Mean",
        "Show the mean of a slab in each slice pane, or single slices again",
        "Shift+K",
        checkable=True,
    ),
    _spec(
        "slab_minimum",
        _SLAB,
        "Minimum (MinIP)",
        "Show the least value of a slab in each slice pane, or single slices again",
        "Ctrl+K",
        checkable=True,
    ),
    _spec("slab_thicker", _SLAB, "Thicker", "Make slabs thicker", "Alt+Up"),
    _spec("slab_thinner", _SLAB, "Thinner", "Make slabs thinner", "Alt+Down"),
    _spec("slab_thickness", _SLAB, "Thickness…", "Type the thickness of slabs in mm", "Alt+K"),
    _spec(
        "oblique",
        _OBLIQUE,
        "Turn by hand",
        "Show handles on the crosshair; dragging one turns the other two planes",
        "O",
        icon="oblique",
        checkable=True,
    ),
    _spec(
        "turn_left",
        _OBLIQUE,
        "Turn anticlockwise",
        "Turn the other planes by 5° about the active pane's crosshair",
        "Ctrl+Left",
    ),
    _spec(
        "turn_right",
        _OBLIQUE,
        "Turn clockwise",
        "Turn the other planes by 5° about the active pane's crosshair",
        "Ctrl+Right",
    ),
    ActionSpec(
        "planes_reset",
        "View",
        "Back to orthogonal",
        "Show the axial, coronal and sagittal planes of the patient again",
        ("Shift+O",),
        needs="oblique planes",
        submenu=_OBLIQUE,
    ),
)
