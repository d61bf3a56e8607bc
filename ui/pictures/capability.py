"""What pictures are to the window: saving and copying them, looking at those of a study."""

from __future__ import annotations

from ui.frame.capability import Capability
from ui.pictures.controller import PictureController
from ui.pictures.screens import ScreenController
from ui.pictures.specs import PICTURE_SPECS, SCREEN_SPECS

PICTURES = Capability("pictures", PictureController, PICTURE_SPECS)
SCREENS = Capability("screens", ScreenController, SCREEN_SPECS)
