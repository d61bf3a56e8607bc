"""What the display is to the window: a dock of settings, submenus of View, and keys."""

from __future__ import annotations

from ui.display.controller import DisplayController
from ui.display.panel import DisplayPanel
from ui.display.specs import DISPLAY_SPECS, PRESET_SPECS
from ui.frame.capability import Capability
from ui.frame.docks import DockSpec, Side

DOCK = DockSpec(
    "display",
    "Display",
    Side.LeftDockWidgetArea,
    DisplayPanel,
    tall=False,
    go_to="go_display",
)
DISPLAY = Capability("display", DisplayController, (*DISPLAY_SPECS, *PRESET_SPECS), (DOCK,))
