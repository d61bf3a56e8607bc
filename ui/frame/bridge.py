"""The way from worker threads to the window: callables cross by one queued signal."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

#: Longest stretch of one event-loop turn spent on deliveries; input and painting come between.
TURN_BUDGET_S = 0.008


class Bridge(QObject):
    """Hands callables to the thread that made this object (the GUI thread), in order.

    A plain method connected to a signal would run on the emitting worker; a slot of a QObject
    that lives on the GUI thread, connected as queued, runs there.
    """

    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], None]] = deque()
        self._awake = False
        self._woken.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def post(self, call: Callable[[], None]) -> None:
        """Queue a callable for the GUI thread; may be called from any thread."""
        with self._lock:
            self._waiting.append(call)
            wake, self._awake = not self._awake, True
        if wake:
            self._woken.emit()

    @Slot()
    def _deliver(self) -> None:
        end_s = time.monotonic() + TURN_BUDGET_S
        while (call := self._next()) is not None:
            try:
                call()
            except BaseException:
                # The rest must not be stranded behind an error in one of them.
                self._woken.emit()
                raise
            if time.monotonic() >= end_s:
                self._woken.emit()
                return

    def _next(self) -> Callable[[], None] | None:
        with self._lock:
            if not self._waiting:
                self._awake = False
                return None
            return self._waiting.popleft()


class Throttle(QObject):
    """Passes a value on at once, then at most once per interval; the last one always arrives.

    Parameters
    ----------
    interval_ms
        Least time between two deliveries.
    receive
        Called on the thread of this object.
    """

    def __init__(
        self, interval_ms: int, receive: Callable[[object], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._receive = receive
        self._held: list[object] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self._pass_held)

    def offer(self, value: object) -> None:
        """Take a value; it replaces one that still waits."""
        if self._timer.isActive():
            self._held = [value]
            return
        self._timer.start()
        self._receive(value)

    def flush(self, value: object) -> None:
        """Pass a value on now; what waits is dropped."""
        self._held.clear()
        self._timer.stop()
        self._receive(value)

    @Slot()
    def _pass_held(self) -> None:
        if self._held:
            value = self._held.pop()
            self._timer.start()
            self._receive(value)
