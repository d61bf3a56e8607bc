"""What the help is to the window: entries of the Help and Models menus."""

from __future__ import annotations

from ui.frame.capability import Capability
from ui.help.controller import HelpController
from ui.help.specs import HELP_SPECS

HELP = Capability("help", HelpController, HELP_SPECS)
