"""The head of the lesion table: columns whose values are in doubt have a sign to click on."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QHeaderView, QWidget

from ui.kit.theme import icon

SIGN_PX = 12
#: Between sign and title, and between title and edge.
AIR_PX = 5


class LesionHeader(QHeaderView):
    """Sorts as usual; a click on a sign asks why instead.

    Signals
    -------
    doubt_clicked()
        The reader asks why the values of a column are in doubt.
    """

    doubt_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._marked: frozenset[int] = frozenset()
        self.setSectionsClickable(True)
        self.setMouseTracking(True)

    def mark(self, sections: Iterable[int]) -> None:
        """Put the sign on these columns, and on no others."""
        self._marked = frozenset(sections)
        self.viewport().update()

    def sign_rect(self, section: int) -> QRect:
        """Return where the sign of a column is, in the viewport."""
        left, width = self.sectionViewportPosition(section), self.sectionSize(section)
        return self._sign_in(QRect(left, 0, width, self.height()), section)

    def _sign_in(self, rect: QRect, section: int) -> QRect:
        """Return the place left of the title, which stands at the right edge."""
        words = str(self.model().headerData(section, self.orientation()) or "")
        metrics = self.fontMetrics()
        taken = max(metrics.horizontalAdvance(line) for line in words.split("\n"))
        left = max(rect.left() + 1, rect.right() - taken - SIGN_PX - AIR_PX)
        return QRect(left, rect.top() + (rect.height() - SIGN_PX) // 2, SIGN_PX, SIGN_PX)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:  # noqa: N803
        """Paint a title as usual, and the sign."""
        painter.save()
        super().paintSection(painter, rect, logicalIndex)
        painter.restore()
        if logicalIndex in self._marked:
            icon("warning").paint(painter, self._sign_in(rect, logicalIndex))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask why, or sort."""
        if event.button() is Qt.MouseButton.LeftButton and self._on_sign(
            event.position().toPoint()
        ):
            event.accept()
            self.doubt_clicked.emit()
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show that a sign can be clicked; else the way Qt shows what can be resized."""
        super().mouseMoveEvent(event)
        if not event.buttons() and self._on_sign(event.position().toPoint()):
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        elif self.cursor().shape() is Qt.CursorShape.PointingHandCursor:
            self.unsetCursor()

    def _on_sign(self, place: QPoint) -> bool:
        section = self.logicalIndexAt(place)
        return section in self._marked and self.sign_rect(section).contains(place)
