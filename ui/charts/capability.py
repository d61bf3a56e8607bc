"""What the charts are to the window: a dock at the bottom, out of sight until it is asked for."""

from __future__ import annotations

from ui.charts.controller import ChartsController
from ui.charts.panel import ChartsPanel
from ui.charts.specs import CHART_SPECS
from ui.frame.capability import Capability
from ui.frame.docks import DockSpec, Side

DOCK = DockSpec(
    "charts",
    "Charts",
    Side.BottomDockWidgetArea,
    lambda _actions: ChartsPanel(),
    shown=False,
    listed=False,
    movable=False,
    height_px=210,
    go_to="go_charts",
)
CHARTS = Capability("charts", ChartsController, CHART_SPECS, (DOCK,))
