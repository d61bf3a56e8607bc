"""How PET is laid over CT: opacity, opacity that rises with uptake, checkerboard, swipe."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FusionMode(StrEnum):
    """Where, and with which weight, a fused pane shows the PET."""

    OPACITY = "opacity"
    RISING = "rising"
    CHECKERBOARD = "checkerboard"
    SWIPE = "swipe"


@dataclass(frozen=True)
class Fusion:
    """How fused panes are drawn.

    Parameters
    ----------
    mode
        ``OPACITY``: one weight everywhere. ``RISING``: see `viewers.make.fuser.opacities`.
        ``CHECKERBOARD``: PET in every other square. ``SWIPE``: PET to the right of a line.
    opacity
        Weight of the PET, 0 to 1.
    threshold
        In the PET's own unit: lower values are not shown at all. 0 shows all.
    swipe
        Place of the line, as a share of the pane's width from the left.
    """

    mode: FusionMode = FusionMode.OPACITY
    opacity: float = 0.5
    threshold: float = 0.0
    swipe: float = 0.5
