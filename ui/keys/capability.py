"""What the keyboard is to the window: keys of one's own, their sheet, ways between the parts."""

from __future__ import annotations

from ui.frame.capability import Capability
from ui.keys.controller import KeysController
from ui.keys.gestures import fixed_keys
from ui.keys.specs import KEY_SPECS

KEYS = Capability("keys", KeysController, KEY_SPECS, sheet=fixed_keys)
