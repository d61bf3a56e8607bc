"""Cine: slices that scroll by themselves, and a MIP that turns."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from viewers.scene.followers import scene_of

if TYPE_CHECKING:
    from viewers.desk.desk import ReadingDesk

LEAST_RATE, USUAL_RATE, MOST_RATE = 1.0, 10.0, 60.0


class Cine(QObject):
    """Plays through the slices of the active pane, and turns the MIP, at one rate.

    Slices go from the first to the last and begin again. Everything that shows the study stays
    usable meanwhile: a click or the wheel moves on from where it leads.

    Signals
    -------
    slices_playing(bool), mip_turning(bool)
        Whether slices scroll and the MIP turns by themselves.
    rate_changed(float)
        Pictures per second.
    """

    slices_playing = Signal(bool)
    mip_turning = Signal(bool)
    rate_changed = Signal(float)

    def __init__(self, desk: ReadingDesk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._rate = USUAL_RATE
        self._slices, self._mip = False, False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._step)

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
            self._timer.setInterval(round(1000 / rate))
            self.rate_changed.emit(rate)

    def play_slices(self, on: bool) -> None:
        """Scroll through the slices of the active pane, or stop."""
        on = on and self._desk.scene.study is not None
        if on is not self._slices:
            self._slices = on
            self._run()
        # Also where nothing changed: a wish that cannot be met must show as not met.
        self.slices_playing.emit(on)

    def turn_mip(self, on: bool) -> None:
        """Turn the MIP, or stop."""
        on = on and self._desk.scene.study is not None
        if on is not self._mip:
            self._mip = on
            self._run()
        self.mip_turning.emit(on)

    def stop(self) -> None:
        """Stop both."""
        self.play_slices(False)
        self.turn_mip(False)

    def _run(self) -> None:
        if self._slices or self._mip:
            if not self._timer.isActive():
                self._timer.start(round(1000 / self._rate))
        else:
            self._timer.stop()

    def _step(self) -> None:
        desk = self._desk
        if self._mip:
            desk.turn_mip(1)
        box = desk.active_slices()
        if not self._slices or box is None:
            return
        # On the screen's way down through the stack, as the wheel does towards the reader.
        way = -1 if box.spec.plane.normal_axis == 2 else 1
        content = box.spec.content
        before = scene_of(desk.scene, box).position(content)
        desk.scroll_pane(box, way)
        if math.dist(scene_of(desk.scene, box).position(content), before) < 1e-6:
            desk.to_end(box, -way)
