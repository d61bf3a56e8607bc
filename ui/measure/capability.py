"""What measuring is to the window: the Measure menu, a bar of tools and a dock."""

from __future__ import annotations

from ui.frame.capability import Capability
from ui.measure.controller import MeasurementController
from ui.measure.specs import MEASURE_SPECS

MEASURE = Capability("measure", MeasurementController, MEASURE_SPECS)
