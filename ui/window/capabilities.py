"""What the window consists of: one line for each capability, in the order of making."""

from __future__ import annotations

from ui.actions.plan import in_order
from ui.actions.spec import ActionSpec
from ui.align.capability import ALIGN
from ui.attenuation.capability import ATTENUATION
from ui.charts.capability import CHARTS
from ui.derived.capability import DERIVED, SOURCE
from ui.display.capability import DISPLAY
from ui.frame.capability import Capability, Section
from ui.help.capability import HELP
from ui.keys.capability import KEYS
from ui.lesions.capability import LESIONS, RECOVERY, SALIENCY
from ui.measure.capability import MEASURE
from ui.panes.capability import PANES, SURFACE
from ui.phases.capability import PHASES
from ui.pictures.capability import PICTURES, SCREENS
from ui.studies.capability import STUDIES
from ui.window.own import WINDOW

#: Behind the window itself studies come first: they bring the panes to the front before others fill
#: them. What asks for another's controller stands behind it.
CAPABILITIES: tuple[Capability, ...] = (
    WINDOW,
    STUDIES,
    PHASES,
    DISPLAY,
    LESIONS,
    SALIENCY,
    RECOVERY,
    DERIVED,
    SOURCE,
    MEASURE,
    ALIGN,
    PANES,
    SURFACE,
    PICTURES,
    SCREENS,
    CHARTS,
    ATTENUATION,
    HELP,
    KEYS,
)


def all_actions() -> tuple[ActionSpec, ...]:
    """Return the rows of all actions, in the order of the menus."""
    return in_order(x for capability in CAPABILITIES for x in capability.actions)


def whole_sheet() -> tuple[Section, ...]:
    """Return what the sheet of shortcuts lists beside the actions, in the reader's language."""
    return tuple(x for capability in CAPABILITIES for x in capability.sheet())
