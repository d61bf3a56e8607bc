"""What attenuation is to the window: a map in the Tools menu, and a chart beside the charts."""

from __future__ import annotations

from ui.attenuation.controller import AttenuationController
from ui.attenuation.specs import ATTENUATION_SPECS
from ui.frame.capability import Capability

ATTENUATION = Capability("attenuation", AttenuationController, ATTENUATION_SPECS)
