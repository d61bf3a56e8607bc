"""What the studies are to the window: opening, the list of those that are open, comparing."""

from __future__ import annotations

from ui.frame.capability import Capability
from ui.frame.docks import DockSpec, Side
from ui.studies.controller import StudyController
from ui.studies.panel import StudiesPanel
from ui.studies.specs import COMPARE_SPECS, STUDY_SPECS

DOCK = DockSpec(
    "studies",
    "Studies",
    Side.LeftDockWidgetArea,
    StudiesPanel,
    width_px=lambda _window, _panel: 230,
    go_to="go_studies",
)
STUDIES = Capability("studies", StudyController, (*STUDY_SPECS, *COMPARE_SPECS), (DOCK,))
