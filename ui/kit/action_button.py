"""A tool button of an action that may change as often as it likes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QActionEvent
from PySide6.QtWidgets import QToolButton


class ActionButton(QToolButton):
    """Shows an action and triggers it, as `QToolButton.setDefaultAction` would.

    At every change of its default action Qt (6.11) sets it as default anew, and connects the button
    to it once more each time: memory grows with every study that enables its actions. Here a change
    only brings the button in line.
    """

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self.setDefaultAction(action)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(action.text())

    def actionEvent(self, event: QActionEvent) -> None:
        """Follow the action."""
        action = self.defaultAction()
        if event.type() is not QEvent.Type.ActionChanged or event.action() is not action:
            super().actionEvent(event)
            return
        # Its own ampersands are no mnemonics.
        self.setText(action.iconText().replace("&", "&&"))
        self.setIcon(action.icon())
        self.setToolTip(action.toolTip())
        self.setStatusTip(action.statusTip())
        self.setCheckable(action.isCheckable())
        self.setChecked(action.isChecked())
        self.setEnabled(action.isEnabled())
