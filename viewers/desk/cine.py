"""The clock of the cine: it steps while something plays."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer

from viewers.desk.listening import Listening
from viewers.scene.wishes.cine import Cine


class CineClock(QObject):
    """Steps a `Cine` at its rate, as long as its parent lives."""

    def __init__(self, cine: Cine, parent: QObject) -> None:
        super().__init__(parent)
        self._cine = cine
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._step)
        listening = Listening(self)
        listening.to(cine.slices_playing, self._run)
        listening.to(cine.mip_turning, self._run)
        listening.to(cine.rate_changed, self._run)

    def _step(self) -> None:
        self._cine.step()

    def _run(self, _: float) -> None:
        interval_ms = round(1000 / self._cine.rate)
        if not (self._cine.plays_slices or self._cine.turns_mip):
            self._timer.stop()
        elif not self._timer.isActive() or self._timer.interval() != interval_ms:
            self._timer.start(interval_ms)
