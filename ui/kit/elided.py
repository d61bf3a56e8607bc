"""Texts of unknown length: they end in an ellipsis, or take the lines that they need."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from app.core.kit.plain_text import readable
from ui.kit.plain import LONGEST_TIP, tip


class ElidedLabel(QLabel):
    """One line that shrinks instead of pushing its neighbours away."""

    def __init__(self, words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.set_text(words)

    def set_text(self, words: str) -> None:
        """Show another text."""
        self.setText(readable(words))
        self.setToolTip(tip(words))

    def minimumSizeHint(self) -> QSize:
        """Any width will do."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the text, shortened to the width there is."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        shown = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width()
        )
        painter.drawText(self.contentsRect(), self.alignment(), shown)
        painter.end()


class WrappedLabel(QLabel):
    """Several lines, as many as the width makes; no layout may cut them off."""

    def __init__(self, words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setText(readable(words, LONGEST_TIP, lines=True))

    def set_text(self, words: str) -> None:
        """Show another text."""
        self.setText(readable(words, LONGEST_TIP, lines=True))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the height that the text takes at this width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setMinimumHeight(max(0, self.heightForWidth(self.width())))


class ElidedComboBox(QComboBox):
    """A list whose present entry ends in an ellipsis where it does not fit."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the box with its text shortened to the width there is."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            self,
        )
        # The style draws a picture before the text, with a little air.
        picture = 0 if option.currentIcon.isNull() else self.iconSize().width() + 4
        option.currentText = self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, field.width() - picture - 4
        )
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
