"""Tooltips that say an action's keys, and go on doing so when it gets others."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget


class _Follower(QObject):
    """Dies with the widget, and the connection with it."""

    def __init__(self, widget: QWidget, action: QAction) -> None:
        super().__init__(widget)
        self._widget, self._action = widget, action
        action.changed.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        self._widget.setToolTip(self._action.toolTip())


def follow_tip(widget: QWidget, action: QAction) -> None:
    """Give a widget the tooltip of the action it stands for, now and after every change."""
    _Follower(widget, action)
