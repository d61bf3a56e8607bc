"""How a cell of the lesion table is painted: the value, and its interval small beneath it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.core.lesions.lesion import LesionStatus
from ui.kit.theme import COLOURS, colour, icon
from ui.lesions.model import COUNTS_ROLE, INTERVAL_ROLE, OUTSIDE_ROLE, STALE_ROLE, STATUS_ROLE

ROW_HEIGHT = 38
_PAD = 4
#: Size of the sign of a lesion unlike the training data.
_SIGN_PX = 13
_STATUS_COLOURS = {
    LesionStatus.CANDIDATE: "text",
    LesionStatus.ACCEPTED: "good",
    LesionStatus.REJECTED: "bad",
    LesionStatus.PHYSIOLOGICAL: "dim",
}


class LesionDelegate(QStyledItemDelegate):
    """Paints value over interval; lesions that do not count, and stale values, are dimmed."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Two lines, whatever the cell holds."""
        return QSize(super().sizeHint(option, index).width(), ROW_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint one cell."""
        rect: QRect = option.rect
        state = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, colour("select"))
        elif index.row() % 2:
            painter.fillRect(rect, QColor("#1d2126"))
        swatch = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(swatch, QColor):
            self._paint_swatch(painter, rect, swatch, bool(index.data(COUNTS_ROLE)))
        else:
            self._paint_words(painter, rect, index)
        painter.restore()

    def _paint_swatch(self, painter: QPainter, rect: QRect, swatch: QColor, counts: bool) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRect(0, 0, 10, 10)
        box.moveCenter(rect.center())
        painter.setPen(swatch)
        painter.setBrush(swatch if counts else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 2, 2)

    def _paint_words(
        self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        words = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        interval = str(index.data(INTERVAL_ROLE) or "")
        stale = bool(index.data(STALE_ROLE))
        status = index.data(STATUS_ROLE)
        side = Qt.AlignmentFlag.AlignLeft if index.column() < 3 else Qt.AlignmentFlag.AlignRight
        ink = "text" if index.data(COUNTS_ROLE) else "dim"
        if index.column() == 2 and isinstance(status, LesionStatus):
            ink = _STATUS_COLOURS[status]
        if stale:
            ink = "faint"
        inner = rect.adjusted(_PAD, 2, -_PAD, -2)
        if index.data(OUTSIDE_ROLE):
            sign = QRect(0, 0, _SIGN_PX, _SIGN_PX)
            sign.moveCenter(QPoint(inner.right() - _SIGN_PX // 2 + 2, inner.center().y()))
            icon("warning").paint(painter, sign)
            inner.setRight(sign.left() - 1)
        font = QFont(painter.font())
        font.setItalic(stale)
        painter.setFont(font)
        painter.setPen(QColor(COLOURS[ink]))
        if not interval:
            shown = self._fit(font, words, inner)
            painter.drawText(inner, int(side | Qt.AlignmentFlag.AlignVCenter), shown)
            return
        half = inner.height() // 2
        upper = QRect(inner.left(), inner.top(), inner.width(), half + 2)
        painter.drawText(upper, int(side | Qt.AlignmentFlag.AlignVCenter), words)
        small = QFont(font)
        small.setPointSizeF(max(6.5, font.pointSizeF() * 0.8))
        painter.setFont(small)
        painter.setPen(QColor(COLOURS["faint" if stale else "dim"]))
        lower = QRect(inner.left(), inner.top() + half, inner.width(), half)
        shown = self._fit(small, interval, lower)
        painter.drawText(lower, int(side | Qt.AlignmentFlag.AlignVCenter), shown)

    def _fit(self, font: QFont, words: str, rect: QRect) -> str:
        metrics = QFontMetrics(font)
        return metrics.elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
