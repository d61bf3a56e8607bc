"""What pictures and movies are to the window: entries of the File menu."""

from __future__ import annotations

from ui.frame.capability import Capability
from ui.pictures.controller import PictureController
from ui.pictures.specs import PICTURE_SPECS

PICTURES = Capability("pictures", PictureController, PICTURE_SPECS)
