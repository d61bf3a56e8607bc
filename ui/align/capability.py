"""What the alignment is to the window: an entry of the Tools menu, and keys while it is open."""

from __future__ import annotations

from ui.align.controller import AlignmentController
from ui.align.keys import alignment_sheet
from ui.align.specs import ALIGN_SPECS
from ui.frame.capability import Capability

ALIGN = Capability("align", AlignmentController, ALIGN_SPECS, sheet=alignment_sheet)
