"""What the lesions are to the window: search and table, explanations, recovery."""

from __future__ import annotations

from collections.abc import Callable

from app.core.study.study import Study
from ui.frame.capability import Capability
from ui.frame.docks import DockSpec, Side
from ui.lesions.controller import LesionController, Work, network_search
from ui.lesions.panel import LesionsPanel
from ui.lesions.recovery import RecoveryController
from ui.lesions.saliency import SaliencyController
from ui.lesions.specs import LESION_SPECS, RECOVERY_SPECS, SALIENCY_SPECS

DOCK = DockSpec(
    "lesions",
    "Lesions",
    Side.RightDockWidgetArea,
    LesionsPanel,
    width_px=lambda window, panel: panel.usual_px(window.width()),
    go_to="go_lesions",
)


def lesions(make_search: Callable[[Study], Work] = network_search) -> Capability:
    """Return the lesions with another search than the network's."""
    return Capability(
        "lesions", lambda frame: LesionController(frame, make_search), LESION_SPECS, (DOCK,)
    )


LESIONS = lesions()
SALIENCY = Capability("saliency", SaliencyController, SALIENCY_SPECS)
RECOVERY = Capability("recovery", RecoveryController, RECOVERY_SPECS)
