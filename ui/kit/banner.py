"""Sentences above the images: what is wrong or worth knowing, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ui.kit.plain import menu_text, plain_label
from ui.kit.theme import icon

Kind = Literal["info", "warning", "error"]
Step = tuple[str, Callable[[], object]]


class Banner(QFrame):
    """One message with its next steps and a button that puts it away."""

    def __init__(
        self,
        kind: Kind,
        sentence: str,
        next_step: str,
        steps: Sequence[Step],
        dismiss: Callable[[], object],
    ) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setProperty("kind", kind)
        self.sentence, self.next_step = sentence, next_step
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(10)
        sign = QLabel()
        sign.setPixmap(icon(kind).pixmap(QSize(20, 20)))
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(_words(sentence, "title" if next_step else ""))
        if next_step:
            words.addWidget(_words(next_step, "dim"))
        row.addLayout(words, 1)
        self.buttons = [_button(text, act) for text, act in steps]
        for button in self.buttons:
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        close = QToolButton()
        close.setObjectName("flat")
        close.setIcon(icon("close"))
        close.setToolTip(self.tr("Put this message away"))
        close.setAccessibleName(self.tr("Dismiss"))
        close.clicked.connect(dismiss)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)


class BannerArea(QWidget):
    """A stack of banners; a newer one of the same topic replaces the older."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(4, 4, 4, 4)
        self._column.setSpacing(4)
        self._banners: dict[str, Banner] = {}
        self.hide()

    @property
    def shown(self) -> tuple[Banner, ...]:
        """The banners in view, oldest first."""
        return tuple(self._banners.values())

    def show_message(
        self,
        topic: str,
        kind: Kind,
        sentence: str,
        next_step: str = "",
        steps: Sequence[Step] = (),
    ) -> None:
        """Show a message until it is put away or its topic has a newer one."""
        self.dismiss(topic)
        banner = Banner(kind, sentence, next_step, steps, lambda: self.dismiss(topic))
        self._banners[topic] = banner
        self._column.addWidget(banner)
        self.show()

    def dismiss(self, topic: str) -> None:
        """Put the message of a topic away, if there is one."""
        banner = self._banners.pop(topic, None)
        if banner is not None:
            self._column.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
        self.setVisible(bool(self._banners))

    def clear(self) -> None:
        """Put everything away."""
        for topic in tuple(self._banners):
            self.dismiss(topic)


def _words(text: str, name: str) -> QLabel:
    label = plain_label(text, name, wrapped=True)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _button(text: str, act: Callable[[], object]) -> QPushButton:
    button = QPushButton(menu_text(text))
    button.clicked.connect(lambda _checked=False: act())
    return button
