"""What derived images are to the window: making and comparing them, and measuring on one."""

from __future__ import annotations

from ui.derived.controller import DerivedController
from ui.derived.source import SourceController
from ui.derived.specs import DERIVED_SPECS, SOURCE_SPECS
from ui.frame.capability import Capability

DERIVED = Capability("derived", DerivedController, DERIVED_SPECS)
SOURCE = Capability("source", SourceController, SOURCE_SPECS)
