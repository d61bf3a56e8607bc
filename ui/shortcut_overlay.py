"""All present shortcuts laid over the window; any key or click puts them away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from ui.shortcut_sheet import Section
from ui.theme import colour

MARGIN_PX, GUTTER_PX, KEY_GAP_PX, CAP_PX = 28, 26, 8, 5
#: From a size that is read with ease to the smallest that is read at all.
SIZES_PT = (12.0, 11.0, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5)
_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)
_GROUND = QColor(12, 13, 15, 250)


@dataclass(frozen=True)
class _Line:
    """A line of a column: a heading has no keys."""

    title: str
    keys: str = ""


@dataclass(frozen=True)
class Arrangement:
    """The sheet cut into columns at one size of writing; sizes in px."""

    size_pt: float
    columns: tuple[tuple[_Line, ...], ...]
    keys_px: tuple[int, ...]
    column_px: tuple[int, ...]
    line_px: int
    fits: bool


def arrange(sheet: Sequence[Section], font: QFont, width_px: int, height_px: int) -> Arrangement:
    """Cut the sheet into columns at the largest size at which all of it is seen.

    Parameters
    ----------
    sheet
        The sections, in their order; none is cut in two where there is room to keep it whole.
    font
        The font, whose size is not used.
    width_px, height_px
        Room for the columns.

    Returns
    -------
    Arrangement
        At the smallest size if none fits; then ``fits`` is false.
    """
    found = None
    for size in SIZES_PT:
        for whole in (True, False):
            found = _arrange_at(sheet, _sized(font, size), whole, width_px, height_px)
            if found.fits:
                return found
    assert found is not None
    return found


def _arrange_at(
    sheet: Sequence[Section], font: QFont, whole: bool, width_px: int, height_px: int
) -> Arrangement:
    measure = QFontMetrics(font)
    line_px = measure.height() + 4
    most = max(4, height_px // line_px)
    columns = _cut(sheet, most, whole)
    # As low as that many columns can be, so that the last is not half empty.
    while most > 4 and len(_cut(sheet, most - 1, whole)) == len(columns):
        most -= 1
    columns = _cut(sheet, most, whole)
    keys_px = tuple(_widest(measure, (x.keys for x in lines)) + 2 * CAP_PX for lines in columns)
    titles_px = (_widest(measure, (x.title for x in lines)) for lines in columns)
    column_px = tuple(k + KEY_GAP_PX + t for k, t in zip(keys_px, titles_px, strict=True))
    needed_px = sum(column_px) + (len(columns) - 1) * GUTTER_PX
    highest_px = max(map(len, columns)) * line_px
    fits = needed_px <= width_px and highest_px <= height_px
    return Arrangement(font.pointSizeF(), columns, keys_px, column_px, line_px, fits)


def _widest(measure: QFontMetrics, texts: Iterable[str]) -> int:
    return max((measure.horizontalAdvance(x) for x in texts), default=0)


def _cut(sheet: Sequence[Section], most: int, whole: bool) -> tuple[tuple[_Line, ...], ...]:
    """Fill columns of at most ``most`` lines; no heading stands alone at the foot of one.

    ``whole`` keeps each section in one column if it is no longer than one.
    """
    columns: list[list[_Line]] = [[]]
    for section in sheet:
        # A gap, the heading, and a row or all of them.
        needed = 2 + (len(section.rows) if whole else 1)
        if columns[-1] and len(columns[-1]) + needed > most:
            columns.append([])
        if columns[-1]:
            columns[-1].append(_Line(""))
        columns[-1].append(_Line(section.title))
        for keys, title in section.rows:
            if len(columns[-1]) >= most:
                columns.append([_Line(section.title)])
            columns[-1].append(_Line(title, keys))
    return tuple(tuple(x) for x in columns)


def _sized(font: QFont, size_pt: float, *, bold: bool = False) -> QFont:
    sized = QFont(font)
    sized.setPointSizeF(size_pt)
    sized.setBold(bold)
    return sized


class ShortcutOverlay(QWidget):
    """A sheet over the whole window.

    Parameters
    ----------
    sheet
        What stands on it.
    hint
        The line below: how it is closed, and where keys are changed.
    window
        What it covers; the keyboard goes back to where it was there.
    """

    def __init__(self, sheet: Sequence[Section], hint: str, window: QWidget) -> None:
        super().__init__(window)
        self._sheet, self._hint = tuple(sheet), hint
        self._first_column = 0
        self._window = window
        self._before = window.focusWidget()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("All keyboard shortcuts"))
        rows = [f"{keys}: {title}" for section in sheet for keys, title in section.rows]
        self.setAccessibleDescription("\n".join((hint, *rows)))
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def arrangement(self) -> Arrangement:
        """Return how the sheet is cut into columns at this size of the window."""
        room = self._room()
        return arrange(self._sheet, self.font(), room.width(), room.height())

    def put_away(self) -> None:
        """Close, and give the keyboard back to where it was."""
        if self.isHidden():
            return
        had_focus = self.hasFocus()
        self.hide()
        self._window.removeEventFilter(self)
        if had_focus and self._before is not None:
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        self.deleteLater()

    def _room(self) -> QRect:
        top = MARGIN_PX + QFontMetrics(_sized(self.font(), 15.0)).height() + 14
        foot = MARGIN_PX + QFontMetrics(_sized(self.font(), 9.0)).height() + 10
        return self.rect().adjusted(MARGIN_PX, top, -MARGIN_PX, -foot)

    # Events

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the window."""
        if event.type() == QEvent.Type.Resize and watched is self._window:
            self.setGeometry(self._window.rect())
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """Take keys that would otherwise be shortcuts: here any key only closes."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            # Before Qt moves the focus by Tab.
            self.keyPressEvent(event)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close; a modifier alone may be on its way to a screenshot."""
        event.accept()
        if event.key() not in _MODIFIERS and not event.isAutoRepeat():
            self.put_away()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Close; the click does nothing else."""
        event.accept()
        self.put_away()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Show the columns that did not fit."""
        event.accept()
        arrangement = self.arrangement()
        if not arrangement.fits:
            last = len(arrangement.columns) - 1
            step = -1 if event.angleDelta().y() > 0 else 1
            self._first_column = min(max(self._first_column + step, 0), last)
            self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Close where the keyboard goes elsewhere in the window."""
        super().focusOutEvent(event)
        if event.reason() not in (
            Qt.FocusReason.ActiveWindowFocusReason,
            Qt.FocusReason.PopupFocusReason,
        ):
            self.put_away()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the sheet in columns."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), _GROUND)
        painter.setFont(_sized(self.font(), 15.0, bold=True))
        painter.setPen(colour("text"))
        self._write(painter, QPoint(MARGIN_PX, MARGIN_PX), self.tr("Keyboard shortcuts"))
        arrangement, room = self.arrangement(), self._room()
        painter.setFont(_sized(self.font(), 9.0))
        painter.setPen(colour("dim"))
        hint = self._hint
        if not arrangement.fits:
            hint = f"{hint} · {self.tr('Turn the wheel to see the rest')}"
        self._write(painter, QPoint(MARGIN_PX, room.bottom() + 10), hint)
        # What is left of the width goes between the columns, but not without end.
        spare = room.width() - sum(arrangement.column_px)
        gutter = min(max(spare // max(1, len(arrangement.columns) - 1), GUTTER_PX), 4 * GUTTER_PX)
        left = room.left()
        for place in range(0 if arrangement.fits else self._first_column, len(arrangement.columns)):
            self._draw_column(painter, arrangement, place, QPoint(left, room.top()))
            left += arrangement.column_px[place] + gutter
        painter.end()

    def _draw_column(
        self, painter: QPainter, how: Arrangement, column: int, corner: QPoint
    ) -> None:
        plain, bold = (_sized(self.font(), how.size_pt, bold=x) for x in (False, True))
        for number, line in enumerate(how.columns[column]):
            place = corner + QPoint(0, number * how.line_px)
            painter.setFont(plain if line.keys else bold)
            painter.setPen(colour("text"))
            if not line.keys:
                self._write(painter, place, line.title)
                continue
            self._write(painter, place + QPoint(how.keys_px[column] + KEY_GAP_PX, 0), line.title)
            # On a cap, as on the keyboard: a comma alone would not be seen.
            width = painter.fontMetrics().horizontalAdvance(line.keys) + 2 * CAP_PX
            painter.setPen(colour("line"))
            painter.setBrush(colour("raised"))
            painter.drawRoundedRect(QRect(place, QSize(width, how.line_px - 3)), 3, 3)
            painter.setPen(colour("text"))
            self._write(painter, place + QPoint(CAP_PX, 0), line.keys)

    def _write(self, painter: QPainter, top_left: QPoint, words: str) -> None:
        painter.drawText(top_left + QPoint(0, painter.fontMetrics().ascent()), words)


def toggle_overlay(window: QWidget, make: Callable[[], ShortcutOverlay]) -> None:
    """Show the sheet, or put it away if it is there."""
    there = window.findChild(ShortcutOverlay)
    if there is not None and not there.isHidden():
        there.put_away()
    else:
        make()
