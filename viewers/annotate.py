"""Texts, letters and bars on a pane, as on a workstation."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QDate, QLocale, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from viewers.palettes import Palette, packed

MARGIN_PX = 6.0


@dataclass(frozen=True)
class Style:
    """Colours of the writing on a pane: dark on an inverse grey PET, light elsewhere."""

    text: tuple[int, int, int]
    quiet: tuple[int, int, int]
    halo: tuple[int, int, int]
    letter: tuple[int, int, int]


ON_DARK = Style((222, 230, 238), (160, 174, 188), (0, 0, 0), (255, 196, 84))
ON_LIGHT = Style((24, 34, 46), (84, 98, 114), (255, 255, 255), (176, 96, 0))


@dataclass(frozen=True)
class Line:
    """One line of a corner; lines of a high ``rank`` go first where there is no room."""

    text: str
    rank: int = 0


@dataclass(frozen=True)
class Corners:
    """Lines of the four corners, from top to bottom each."""

    top_left: tuple[Line, ...] = ()
    top_right: tuple[Line, ...] = ()
    bottom_left: tuple[Line, ...] = ()
    bottom_right: tuple[Line, ...] = ()


def number(value: float, decimals: int = 1) -> str:
    """Write a number in the reader's locale, without a minus before zero."""
    rounded = round(value, decimals) + 0.0
    return QLocale().toString(float(rounded), "f", decimals).replace("-", "\u2212")


def amount(value: float) -> str:
    """Write a bound of a display range: as many digits as it needs."""
    if abs(value) >= 100:
        return number(value, 0)
    return number(value, 0 if float(value).is_integer() else 1)


def person_name(dicom_name: str) -> str:
    """Write a DICOM person name (``Family^Given^Middle``) as people read it."""
    parts = [p.strip() for p in dicom_name.split("=")[0].split("^")]
    given = " ".join(p for p in parts[1:3] if p)
    return f"{parts[0]}, {given}" if given and parts[0] else parts[0] or given


def short_date(dicom_date: str) -> str:
    """Write a DICOM date (``YYYYMMDD``) in the reader's locale; other texts stay as they are."""
    date = QDate.fromString(dicom_date[:8], "yyyyMMdd")
    if not date.isValid():
        return dicom_date
    return QLocale().toString(date, QLocale.FormatType.ShortFormat)


def pane_font(height_px: int, *, bold: bool = False) -> QFont:
    """Font for a pane of this height: 11 to 13 pixels."""
    font = QFont()
    font.setPixelSize(11 if height_px < 300 else 12 if height_px < 700 else 13)
    font.setBold(bold)
    return font


def draw_text(painter: QPainter, at: QPointF, text: str, colour: QColor, halo: QColor) -> None:
    """Draw text with a thin rim so that it can be read on any picture."""
    painter.setPen(halo)
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(at + QPointF(dx, dy), text)
    painter.setPen(colour)
    painter.drawText(at, text)


def draw_corners(painter: QPainter, width: int, height: int, corners: Corners, s: Style) -> None:
    """Write the corner texts; without room they go by rank or end in an ellipsis."""
    font = pane_font(height)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    line_px = metrics.height()
    room = max(0, int((height / 2 - MARGIN_PX - 1.2 * line_px) / line_px))
    halo = QColor(*s.halo, 150)
    for lines, right, bottom in (
        (corners.top_left, False, False),
        (corners.top_right, True, False),
        (corners.bottom_left, False, True),
        (corners.bottom_right, True, True),
    ):
        kept = fit_lines(lines, min(room, 1 if height < 110 else room))
        other = (
            (corners.bottom_right if not right else corners.bottom_left)
            if bottom
            else (corners.top_right if not right else corners.top_left)
        )
        others = fit_lines(other, room)
        top = height - MARGIN_PX - line_px * len(kept) if bottom else MARGIN_PX
        for n, line in enumerate(kept):
            # The line across may need less than half of the width.
            m = n - len(kept) + len(others) if bottom else n
            across = metrics.horizontalAdvance(others[m].text) if 0 <= m < len(others) else 0.0
            half = width / 2 - 1.5 * MARGIN_PX
            space = max(half, width - 3.5 * MARGIN_PX - across)
            text = metrics.elidedText(line.text, Qt.TextElideMode.ElideRight, space)
            x = width - MARGIN_PX - metrics.horizontalAdvance(text) if right else MARGIN_PX
            y = top + n * line_px + metrics.ascent()
            colour = QColor(*(s.text if line.rank == 0 else s.quiet))
            draw_text(painter, QPointF(x, y), text, colour, halo)


def fit_lines(lines: tuple[Line, ...], room: int) -> list[Line]:
    """Keep the lines of least rank, in their order, and no empty ones."""
    written = [x for x in lines if x.text]
    ranked = sorted(range(len(written)), key=lambda n: (written[n].rank, n))
    return [written[n] for n in sorted(ranked[:room])]


def draw_letters(
    painter: QPainter, width: int, height: int, letters: tuple[str, str, str, str], s: Style
) -> None:
    """Write the orientation letters at the left, right, top and bottom edge."""
    font = pane_font(height, bold=True)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    halo, colour = QColor(*s.halo, 150), QColor(*s.letter)
    middle_y = height / 2 + metrics.ascent() / 2 - metrics.descent() / 2
    left, right, top, bottom = letters
    places = (
        (left, MARGIN_PX, middle_y),
        (right, width - MARGIN_PX - metrics.horizontalAdvance(right), middle_y),
        (top, (width - metrics.horizontalAdvance(top)) / 2, MARGIN_PX + metrics.ascent()),
        (
            bottom,
            (width - metrics.horizontalAdvance(bottom)) / 2,
            height - MARGIN_PX - metrics.descent(),
        ),
    )
    for text, x, y in places:
        draw_text(painter, QPointF(x, y), text, colour, halo)


def scale_length_mm(mm_per_px: float, room_px: float) -> float:
    """Longest of 1, 2, 5 x 10^n mm that fits into the room."""
    longest = max(mm_per_px * room_px, 1e-6)
    best = 1e-6
    for power in range(-3, 5):
        for step in (1, 2, 5):
            length = step * 10.0**power
            if length <= longest:
                best = length
    return best


def draw_scale_bar(painter: QPainter, width: int, height: int, mm_per_px: float, s: Style) -> None:
    """Draw a bar of a round length above the bottom edge, with its length."""
    if width < 180 or height < 150:
        return
    length_mm = scale_length_mm(mm_per_px, width * 0.25)
    length_px = length_mm / mm_per_px
    font = pane_font(height)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    text = f"{amount(length_mm / 10)} cm" if length_mm >= 10 else f"{amount(length_mm)} mm"
    y = height - MARGIN_PX - metrics.height() - 8
    x = (width - length_px) / 2
    for colour, grow in ((QColor(*s.halo, 150), 1.0), (QColor(*s.text), 0.0)):
        painter.fillRect(QRectF(x - grow, y - grow, length_px + 2 * grow, 2 + 2 * grow), colour)
        for end in (x, x + length_px - 1):
            painter.fillRect(QRectF(end - grow, y - 3 - grow, 1 + 2 * grow, 5 + 2 * grow), colour)
    at = QPointF((width - metrics.horizontalAdvance(text)) / 2, y - 5)
    draw_text(painter, at, text, QColor(*s.quiet), QColor(*s.halo, 150))


def draw_colour_bar(
    painter: QPainter,
    size_px: tuple[int, int],
    colours: Palette,
    bounds: tuple[float, float],
    unit: str,
    s: Style,
) -> None:
    """Draw a PET palette with its bounds and unit, left of the right edge's letter."""
    width, height = size_px
    if width < 200 or height < 190:
        return
    bar_h, bar_w = min(180.0, height * 0.36), 8.0
    font = pane_font(height)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    x = width - MARGIN_PX - bar_w - metrics.horizontalAdvance("M") - 6
    y = (height - bar_h) / 2
    column = packed(colours[::-1])
    image = QImage(column.data, 1, 256, 4, QImage.Format.Format_RGB32)
    painter.fillRect(QRectF(x - 1, y - 1, bar_w + 2, bar_h + 2), QColor(*s.quiet))
    painter.drawImage(QRectF(x, y, bar_w, bar_h), image)
    halo = QColor(*s.halo, 150)
    lower, upper = bounds
    middle = (lower + upper) / 2
    for value, at in ((upper, y), (middle, y + bar_h / 2), (lower, y + bar_h)):
        text = amount(value)
        left = x - 4 - metrics.horizontalAdvance(text)
        baseline = at + metrics.ascent() / 2 - 1
        draw_text(painter, QPointF(left, baseline), text, QColor(*s.text), halo)
    left = x + bar_w - metrics.horizontalAdvance(unit)
    draw_text(painter, QPointF(left, y - 7), unit, QColor(*s.quiet), halo)


def draw_message(painter: QPainter, width: int, height: int, title: str, detail: str) -> None:
    """Write an empty state into the middle of a pane or of the desk."""
    room = QRectF(12, 0, max(1, width - 24), height)
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    title_font, detail_font = pane_font(height), pane_font(height)
    title_font.setPixelSize(title_font.pixelSize() + 2)
    painter.setFont(title_font)
    bounds = painter.boundingRect(room, flags, title)
    painter.setFont(detail_font)
    below = painter.boundingRect(room, flags, detail) if detail else QRectF()
    top = (height - bounds.height() - below.height() - 6) / 2
    painter.setFont(title_font)
    painter.setPen(QColor(200, 210, 220))
    painter.drawText(QRectF(12, top, room.width(), bounds.height() + 2), flags, title)
    painter.setFont(detail_font)
    painter.setPen(QColor(138, 152, 168))
    at = QRectF(12, top + bounds.height() + 6, room.width(), below.height() + 2)
    painter.drawText(at, flags, detail)
