"""What is shown while no study is open: how to begin."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ui.actions.actions import Actions
from ui.kit.theme import icon
from ui.kit.tips import follow_tip


class WelcomePage(QWidget):
    """Open a folder, drop one, or look at the sample study."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 24, 24, 24)
        self.hint = QFrame()
        self.hint.setObjectName("dropHint")
        self.hint.setMaximumWidth(560)
        outer.addStretch(1)
        outer.addWidget(self.hint, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(1)
        note = _line(self.tr("Research use only. Not for diagnosis."), "faint")
        outer.addWidget(note)
        column = QVBoxLayout(self.hint)
        column.setContentsMargins(48, 36, 48, 36)
        column.setSpacing(10)
        sign = QLabel()
        sign.setPixmap(icon("uptake").pixmap(QSize(64, 64)))
        sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(sign)
        column.addWidget(_line(self.tr("Open a PET/CT study"), "heading"))
        self.detail = _line(
            self.tr(
                "Drop a folder here, or choose one. It is searched deep;\n"
                "PET and CT are found and paired for you."
            ),
            "dim",
        )
        column.addWidget(self.detail)
        column.addSpacing(12)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch(1)
        ways = (("open_folder", "primary"), ("sample", ""))
        for action, style in ((actions[x], style) for x, style in ways if x in actions):
            # The style sheet knows no gap between icon and text.
            button = QPushButton(action.icon(), f" {action.text()}")
            button.setObjectName(style)
            button.setMinimumHeight(38)
            follow_tip(button, action)
            button.clicked.connect(action.trigger)
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addLayout(buttons)

    def set_drag_over(self, over: bool) -> None:
        """Light the drop area up while something is dragged over the window."""
        self.hint.setProperty("over", over)
        self.hint.style().unpolish(self.hint)
        self.hint.style().polish(self.hint)


def _line(words: str, name: str) -> QLabel:
    label = QLabel(words)
    label.setObjectName(name)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return label
