"""What the panes are to the window: layouts, navigation, cine, slabs, planes, and the 3D view."""

from __future__ import annotations

from ui.frame.capability import Capability
from ui.panes.controller import PanesController
from ui.panes.gestures import gestures
from ui.panes.specs import LAYOUT_SPECS, PANE_SPECS
from ui.panes.surface import SurfaceController

PANES = Capability("panes", PanesController, (*LAYOUT_SPECS, *PANE_SPECS), sheet=gestures)
SURFACE = Capability("surface", SurfaceController)
