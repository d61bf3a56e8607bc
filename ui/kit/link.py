"""A sentence to click on, or to press Enter on."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.core.kit.plain_text import readable


class LinkLabel(QLabel):
    """A link as wide as there is room, over several lines where it must; a button does not wrap.

    Parameters
    ----------
    words
        What it says.
    act
        What it does.
    """

    def __init__(
        self, words: str, act: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        words = readable(words)
        link = f'<a href="#" style="text-decoration: none">{escape(words)}</a>'
        super().__init__(link, parent)
        self.setWordWrap(True)
        self.setAccessibleName(words)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.linkActivated.connect(lambda _href: act())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Choose the link at once: Qt would first stop at the label, where Enter does nothing."""
        super().focusInEvent(event)
        if event.reason() is not Qt.FocusReason.MouseFocusReason:
            self.focusNextPrevChild(event.reason() is not Qt.FocusReason.BacktabFocusReason)
