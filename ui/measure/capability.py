"""What measuring is to the window: the Measure menu, a bar of tools and a dock."""

from __future__ import annotations

from ui.frame.capability import Capability
from ui.frame.docks import DockSpec, Side
from ui.measure.controller import MeasurementController
from ui.measure.dock import MeasurementsPanel
from ui.measure.specs import MEASURE_SPECS

#: Out of sight until something is measured, or it is asked for.
DOCK = DockSpec(
    "measurements",
    "Measurements",
    Side.RightDockWidgetArea,
    MeasurementsPanel,
    shown=False,
    listed=False,
)
MEASURE = Capability("measure", MeasurementController, MEASURE_SPECS, (DOCK,))
