"""Cine: slices that scroll by themselves, and a MIP that turns."""

from __future__ import annotations

import math

from app.core.kit.events import Event
from viewers.scene.followers import scene_of
from viewers.scene.wishes.layouts import Layouts
from viewers.scene.wishes.navigation import Navigation
from viewers.scene.wishes.stage import Stage

LEAST_RATE, USUAL_RATE, MOST_RATE = 1.0, 10.0, 60.0


class Cine:
    """What plays, and what the next picture is; the desk's clock calls `step` at the rate.

    Slices go from the first to the last and begin again. Everything that shows the study stays
    usable meanwhile: a click or the wheel moves on from where it leads.

    Attributes
    ----------
    slices_playing, mip_turning
        Whether slices scroll and the MIP turns by themselves.
    rate_changed
        Pictures per second.
    """

    def __init__(self, stage: Stage, layouts: Layouts, navigation: Navigation) -> None:
        self._stage, self._layouts, self._navigation = stage, layouts, navigation
        self._rate = USUAL_RATE
        self._slices, self._mip = False, False
        self.slices_playing: Event[bool] = Event()
        self.mip_turning: Event[bool] = Event()
        self.rate_changed: Event[float] = Event()

    @property
    def rate(self) -> float:
        """Pictures per second."""
        return self._rate

    @property
    def plays_slices(self) -> bool:
        """Whether slices scroll by themselves."""
        return self._slices

    @property
    def turns_mip(self) -> bool:
        """Whether the MIP turns by itself."""
        return self._mip

    def set_rate(self, per_second: float) -> None:
        """Set the pictures per second, 1 to 60."""
        rate = min(max(float(per_second), LEAST_RATE), MOST_RATE)
        if rate != self._rate:
            self._rate = rate
            self.rate_changed.emit(rate)

    def play_slices(self, on: bool) -> None:
        """Scroll through the slices of the active pane, or stop."""
        self._slices = on and self._stage.scene.study is not None
        # Also where nothing changed: a wish that cannot be met must show as not met.
        self.slices_playing.emit(self._slices)

    def turn_mip(self, on: bool) -> None:
        """Turn the MIP, or stop."""
        self._mip = on and self._stage.scene.study is not None
        self.mip_turning.emit(self._mip)

    def stop(self) -> None:
        """Stop both."""
        self.play_slices(False)
        self.turn_mip(False)

    def step(self) -> None:
        """Show the next picture of what plays."""
        if self._mip:
            self._navigation.turn_mip(1)
        box = self._layouts.active_slices()
        if not self._slices or box is None:
            return
        # On the screen's way down through the stack, as the wheel does towards the reader.
        way = -1 if box.spec.plane.normal_axis == 2 else 1
        content = box.spec.content
        before = scene_of(self._stage.scene, box).position(content)
        self._navigation.scroll_pane(box, way)
        if math.dist(scene_of(self._stage.scene, box).position(content), before) < 1e-6:
            self._navigation.to_end(box, -way)
