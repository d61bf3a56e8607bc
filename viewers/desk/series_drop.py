"""Series of the studies panel that are dragged over the panes, and dropped on one."""

from __future__ import annotations

from PySide6.QtGui import QDragMoveEvent, QDropEvent

from app.core.study.series_drag import SERIES_MIME, unpacked_series
from viewers.desk.port import Desk
from viewers.scene.scene import PaneBox


class SeriesDrop:
    """Takes series and nothing else: files go to the window."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def enter(self, event: QDropEvent) -> None:
        """Take a series; leave the rest to others."""
        if event.mimeData().hasFormat(SERIES_MIME):
            event.acceptProposedAction()
        else:
            event.ignore()

    def move(self, event: QDragMoveEvent) -> None:
        """Light up the pane under the mouse."""
        box = self._box(event)
        if box is None:
            event.ignore()
            return
        if self._desk.scene.active != box.number:
            self._desk.model.layouts.activate(box.number)
        event.acceptProposedAction()

    def drop(self, event: QDropEvent) -> None:
        """Say which series was dropped on which pane."""
        box = self._box(event)
        if box is None:
            event.ignore()
            return
        event.acceptProposedAction()
        key, uid = unpacked_series(bytes(event.mimeData().data(SERIES_MIME).data()))
        self._desk.model.beside.series_dropped.emit(box.number, key, uid)

    def _box(self, event: QDropEvent) -> PaneBox | None:
        """Pane under a series that is dragged."""
        if not event.mimeData().hasFormat(SERIES_MIME):
            return None
        return self._desk.box_at(event.position())
