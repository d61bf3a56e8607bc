"""Folders and files that are dropped on the window are opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QDropEvent

from ui.frame.capability import Controller


class Drops(QObject):
    """Takes what is dragged over the window, for as long as its controller is there.

    Parameters
    ----------
    owner
        The controller.
    open_paths
        Opens what was dropped.
    """

    def __init__(self, owner: Controller, open_paths: Callable[[list[Path]], object]) -> None:
        super().__init__(owner)
        self._window, self._welcome = owner.frame.window, owner.frame.holder.welcome
        self._open_paths = open_paths
        self._window.setAcceptDrops(True)
        self._window.installEventFilter(self)
        owner.at_close(lambda: self._window.removeEventFilter(self))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take folders and files of this computer."""
        kind = event.type()
        if kind == QEvent.Type.DragLeave:
            self._welcome.set_drag_over(False)
        elif kind in (QEvent.Type.DragEnter, QEvent.Type.Drop):
            assert isinstance(event, QDropEvent)
            paths = _local_paths(event)
            self._welcome.set_drag_over(bool(paths) and kind == QEvent.Type.DragEnter)
            if paths:
                event.acceptProposedAction()
            if paths and kind == QEvent.Type.Drop:
                # After the drop is over: the other program waits for this to return.
                QTimer.singleShot(0, self, lambda: self._open_paths(paths))
            return True
        return super().eventFilter(watched, event)


def _local_paths(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
