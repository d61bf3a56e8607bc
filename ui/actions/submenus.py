"""Which actions stand in a submenu: without them View would be higher than a small screen."""

from __future__ import annotations

from ui.actions.spec import ActionSpec
from ui.display.specs import GROUP as DISPLAY
from ui.keys.specs import PART_SPECS
from ui.phases.specs import PHASE_SPECS
from ui.studies.compare_specs import COMPARE_ACTIONS

LAYOUT, MAPS, FRAMES, GO_TO = "Layout", "Maps", "Time frames and gates", "Go to"
STUDIES = "Several studies"

#: By name of the action. Submenus that other parts of the window fill: `LAYOUT`, and those of
#: `DISPLAY`. Actions of further tables name their submenu themselves (`ActionSpec.submenu`).
SUBMENUS: dict[str, str] = {
    "layout_previous": LAYOUT,
    "layout_next": LAYOUT,
    **dict.fromkeys(("uncertainty", "saliency", "derived", "difference", "deviation"), MAPS),
    **dict.fromkeys(("suv_lower", "suv_higher"), DISPLAY),
    **{row[0]: FRAMES for row in PHASE_SPECS if row[0].startswith("phase_")},
    **{row[0]: STUDIES for row in COMPARE_ACTIONS if row[1] == "View"},
    **{spec.name: GO_TO for spec in PART_SPECS},
}
#: They are filled elsewhere.
FILLED_ELSEWHERE = (LAYOUT, DISPLAY)
#: A line before these.
SUBMENU_BREAKS = (MAPS, "Panes")


def submenu_of(spec: ActionSpec) -> str:
    """Return the title of the submenu in which an action stands, not translated; or nothing."""
    return spec.submenu or SUBMENUS.get(spec.name, "")
