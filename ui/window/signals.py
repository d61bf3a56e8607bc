"""Ctrl+C in the terminal, and a request to end from the system, close the window.

Qt's loop runs no Python while it waits, so a handler alone is called when the mouse moves next. The
interpreter writes the number of every signal into a socket at once; the loop watches that.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier

#: What ends a program: Ctrl+C, the system at the end of a session, a terminal that is closed.
ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class EndingSignals(QObject):
    """Listens to the signals that end a program, until `stop`.

    Parameters
    ----------
    ask, end
        What the first Ctrl+C does (the reader may be asked about unsaved work), and what another
        one or any other signal does: nobody may be there to answer.
    """

    def __init__(self, ask: Callable[[], object], end: Callable[[], object]) -> None:
        super().__init__()
        self._ask, self._end = ask, end
        self._asked = False
        self._before: dict[int, object] = {}
        self._reader, self._writer = socket.socketpair()
        for end_of_pair in (self._reader, self._writer):
            end_of_pair.setblocking(False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_written)
        self._before_fd = -1
        # Elsewhere Python takes no handlers: a window in another thread ends by its button alone.
        if threading.current_thread() is threading.main_thread():
            self._before_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
            self._before = {number: signal.signal(number, _noted) for number in ENDING}

    def stop(self) -> None:
        """Leave the signals to whom they belonged before."""
        self._notifier.setEnabled(False)
        if self._before:
            signal.set_wakeup_fd(self._before_fd)
            for number, handler in self._before.items():
                signal.signal(number, handler)  # type: ignore[arg-type]
        self._before = {}
        self._reader.close()
        self._writer.close()

    def _on_written(self) -> None:
        numbers = b""
        with contextlib.suppress(BlockingIOError):
            numbers = self._reader.recv(4096)
        for number in numbers:
            if number not in ENDING:
                continue
            if number == signal.SIGINT and not self._asked:
                self._asked = True
                self._ask()
            else:
                self._end()
                return


def _noted(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the loop was told. Without a handler Python would raise or end here."""
