"""All present shortcuts laid over the window, page by page; other keys and clicks end it."""

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

from ui.frame.capability import Section
from ui.kit.theme import colour

MARGIN_PX, GUTTER_PX, KEY_GAP_PX, CAP_PX = 28, 26, 8, 5
#: From a size that is read with ease to the smallest: letters of 12 px at 96 dpi. What does not fit
#: at that goes on further pages.
SIZES_PT = (12.0, 11.0, 10.0, 9.5, 9.0)
_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)
#: Keys that turn the page where there are several, and by how many pages.
_TURNS = {
    **dict.fromkeys((Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_PageDown), 1),
    **dict.fromkeys((Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_PageUp), -1),
    Qt.Key.Key_Home: -99,
    Qt.Key.Key_End: 99,
}
_GROUND = QColor(12, 13, 15, 250)


@dataclass(frozen=True)
class _Line:
    """A line of a column: a heading has no keys."""

    title: str
    keys: str = ""


@dataclass(frozen=True)
class Arrangement:
    """The sheet cut into columns and pages at one size of writing; sizes in px.

    ``pages`` holds the first column of each page and the one after its last.
    """

    size_pt: float
    columns: tuple[tuple[_Line, ...], ...]
    keys_px: tuple[int, ...]
    column_px: tuple[int, ...]
    line_px: int
    pages: tuple[tuple[int, int], ...]


def arrange(sheet: Sequence[Section], font: QFont, width_px: int, height_px: int) -> Arrangement:
    """Cut the sheet into as few pages as can be, at the largest size at which it needs no more.

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
        Of at least one page. Titles wider than the room of a page lose their end.
    """

    def at(size_pt: float, whole: bool) -> Arrangement:
        return _arrange_at(sheet, _sized(font, size_pt), whole, width_px, height_px)

    smallest = at(SIZES_PT[-1], False)
    # Each by itself: the first that is no longer is the largest.
    tried = (at(size, whole) for size in SIZES_PT for whole in (True, False))
    return next((x for x in tried if len(x.pages) <= len(smallest.pages)), smallest)


def _arrange_at(
    sheet: Sequence[Section], font: QFont, whole: bool, width_px: int, height_px: int
) -> Arrangement:
    measure = QFontMetrics(font)
    line_px = measure.height() + 4
    most = max(4, height_px // line_px)
    columns = _cut(sheet, most, whole)
    keys_px, column_px = _widths(columns, measure, width_px)
    pages = _paged(column_px, width_px)
    # As low as that many columns can be, so that the last is not half empty.
    while len(pages) == 1 and most > 4 and len(_cut(sheet, most - 1, whole)) == len(columns):
        lower = _cut(sheet, most - 1, whole)
        widths = _widths(lower, measure, width_px)
        if len(_paged(widths[1], width_px)) > 1:
            break
        most, columns, (keys_px, column_px) = most - 1, lower, widths
    pages = _paged(column_px, width_px)
    return Arrangement(font.pointSizeF(), columns, keys_px, column_px, line_px, pages)


def _widths(
    columns: Sequence[Sequence[_Line]], measure: QFontMetrics, most_px: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the widths of the columns' keys, and of the whole columns; none is wider than a page.

    A heading has the keys' width as well.
    """
    keys_px, column_px = [], []
    for lines in columns:
        keys = _widest(measure, (x.keys for x in lines)) + 2 * CAP_PX
        titles = _widest(measure, (x.title for x in lines if x.keys))
        # Headings are bold.
        heads = int(1.15 * _widest(measure, (x.title for x in lines if not x.keys)))
        keys_px.append(keys)
        column_px.append(min(max(keys + KEY_GAP_PX + titles, heads), most_px))
    return tuple(keys_px), tuple(column_px)


def _paged(column_px: Sequence[int], width_px: int) -> tuple[tuple[int, int], ...]:
    """Fill pages with columns, in their order."""
    pages: list[tuple[int, int]] = []
    first, used = 0, 0
    for place, width in enumerate(column_px):
        if place > first and used + GUTTER_PX + width > width_px:
            pages.append((first, place))
            first, used = place, 0
        used += width + (GUTTER_PX if place > first else 0)
    return (*pages, (first, len(column_px)))


def _widest(measure: QFontMetrics, texts: Iterable[str]) -> int:
    return max((measure.horizontalAdvance(x) for x in texts), default=0)


def _cut(sheet: Sequence[Section], most: int, whole: bool) -> tuple[tuple[_Line, ...], ...]:
    """Fill columns of at most ``most`` lines; no heading stands alone at the foot of one.

    ``whole`` keeps each section in one column if it is no longer than one.
    """
    columns: list[list[_Line]] = [[]]
    for section in sheet:
        # A gap, the heading, and a row or all of them.
        needed = 2 + (len(section.rows) if whole and len(section.rows) < most else 1)
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
    """A sheet over the whole window; arrows, page keys and the wheel turn its pages.

    Parameters
    ----------
    sheet
        What stands on it.
    hint
        The end of the line below: where keys are changed.
    window
        What it covers; the keyboard goes back to where it was there.
    """

    def __init__(self, sheet: Sequence[Section], hint: str, window: QWidget) -> None:
        super().__init__(window)
        self._sheet, self._hint = tuple(sheet), hint
        self._page = 0
        self._window = window
        self._before = window.focusWidget()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("All keyboard shortcuts"))
        rows = [f"{keys}: {title}" for section in sheet for keys, title in section.rows]
        closes = self.tr("Any other key or click closes this")
        self._closes = closes
        self.setAccessibleDescription("\n".join((f"{closes} · {hint}", *rows)))
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def arrangement(self) -> Arrangement:
        """Return how the sheet is cut into columns at this size of the window."""
        room = self._room()
        return arrange(self._sheet, self.font(), room.width(), room.height())

    def page(self) -> tuple[int, int]:
        """Return the number of the page that is shown, from 0, and how many there are."""
        pages = len(self.arrangement().pages)
        return min(self._page, pages - 1), pages

    def turn(self, by: int) -> None:
        """Show another page; there is none before the first and none after the last."""
        here, pages = self.page()
        self._page = min(max(here + by, 0), pages - 1)
        self.update()

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
        """Turn the page or close; a modifier alone may be on its way to a screenshot."""
        event.accept()
        by = _TURNS.get(Qt.Key(event.key()))
        if by is not None and self.page()[1] > 1:
            self.turn(by)
        elif event.key() not in _MODIFIERS and not event.isAutoRepeat():
            self.put_away()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Close; the click does nothing else."""
        event.accept()
        self.put_away()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn the page."""
        event.accept()
        if turned := event.angleDelta().y():
            self.turn(-1 if turned > 0 else 1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Close where the keyboard goes elsewhere in the window."""
        super().focusOutEvent(event)
        if event.reason() not in (
            Qt.FocusReason.ActiveWindowFocusReason,
            Qt.FocusReason.PopupFocusReason,
        ):
            self.put_away()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the page in columns."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), _GROUND)
        painter.setFont(_sized(self.font(), 15.0, bold=True))
        painter.setPen(colour("text"))
        self._write(painter, QPoint(MARGIN_PX, MARGIN_PX), self.tr("Keyboard shortcuts"))
        arrangement, room = self.arrangement(), self._room()
        here, pages = self.page()
        self._write_foot(painter, here, pages)
        columns = range(*arrangement.pages[here])
        # What is left of the width goes between the columns, but not without end.
        spare = room.width() - sum(arrangement.column_px[x] for x in columns)
        gutter = min(max(spare // max(1, len(columns) - 1), GUTTER_PX), 4 * GUTTER_PX)
        left = room.left()
        for place in columns:
            self._draw_column(painter, arrangement, place, QPoint(left, room.top()))
            left += arrangement.column_px[place] + gutter
        painter.end()

    def _write_foot(self, painter: QPainter, here: int, pages: int) -> None:
        """Write how the sheet is used; where there are several pages, also at its head which."""
        said = [self._closes, self._hint]
        if pages > 1:
            number = self.tr("Page {0} of {1}").format(here + 1, pages)
            painter.setFont(_sized(self.font(), 11.0))
            painter.setPen(colour("accent_high"))
            width = painter.fontMetrics().horizontalAdvance(number)
            self._write(painter, QPoint(self.width() - MARGIN_PX - width, MARGIN_PX + 3), number)
            said.insert(0, self.tr("Arrow keys or the wheel turn the page"))
        painter.setFont(_sized(self.font(), 9.0))
        painter.setPen(colour("dim"))
        foot = QPoint(MARGIN_PX, self._room().bottom() + 10)
        self._write(painter, foot, " · ".join(x for x in said if x))

    def _draw_column(
        self, painter: QPainter, how: Arrangement, column: int, corner: QPoint
    ) -> None:
        plain, bold = (_sized(self.font(), how.size_pt, bold=x) for x in (False, True))
        for number, line in enumerate(how.columns[column]):
            place = corner + QPoint(0, number * how.line_px)
            painter.setFont(plain if line.keys else bold)
            painter.setPen(colour("text"))
            indent = how.keys_px[column] + KEY_GAP_PX if line.keys else 0
            title = painter.fontMetrics().elidedText(
                line.title, Qt.TextElideMode.ElideRight, self._room().width() - indent
            )
            self._write(painter, place + QPoint(indent, 0), title)
            if not line.keys:
                continue
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
