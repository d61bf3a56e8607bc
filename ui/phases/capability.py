"""What time frames and gates are to the window: sliders below the panes, and keys."""

from __future__ import annotations

from ui.frame.capability import Capability
from ui.phases.controller import PhaseController
from ui.phases.specs import PHASE_SPECS

PHASES = Capability("phases", PhaseController, PHASE_SPECS)
