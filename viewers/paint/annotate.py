"""Texts, letters and bars on a pane, as on a workstation."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from viewers.colour.palette_files import Palette
from viewers.colour.palettes import packed
from viewers.paint.numbers import amount
from viewers.paint.words import pane_word

MARGIN_PX = 6.0
HALO_ALPHA = 210


@dataclass(frozen=True)
class Style:
    """Colours of the writing on a pane: dark on an inverse grey PET, light elsewhere."""

    text: tuple[int, int, int]
    quiet: tuple[int, int, int]
    halo: tuple[int, int, int]
    letter: tuple[int, int, int]


ON_DARK = Style((226, 233, 240), (178, 190, 203), (0, 0, 0), (255, 196, 84))
ON_LIGHT = Style((24, 34, 46), (84, 98, 114), (255, 255, 255), (176, 96, 0))


@dataclass(frozen=True)
class Line:
    """One line of a corner.

    Lines of a high ``rank`` go first where there is no room. In a narrow pane ``short`` stands for
    the text, in a very narrow one ``shortest``. A ``whole`` line is left out rather than cut: a
    number must not lose digits.
    """

    text: str
    rank: int = 0
    whole: bool = True
    short: str = ""
    shortest: str = ""


@dataclass(frozen=True)
class Corners:
    """Lines of the four corners, from top to bottom each."""

    top_left: tuple[Line, ...] = ()
    top_right: tuple[Line, ...] = ()
    bottom_left: tuple[Line, ...] = ()
    bottom_right: tuple[Line, ...] = ()


def pane_font(height_px: int) -> QFont:
    """Font for panes of this height: 11 to 13 pixels."""
    font = QFont()
    font.setPixelSize(11 if height_px < 300 else 12 if height_px < 700 else 13)
    return font


def draw_text(painter: QPainter, at: QPointF, text: str, colour: QColor, halo: QColor) -> None:
    """Draw text with a thin rim so that it can be read on any picture; ``at`` is its baseline.

    It is drawn from a kept image, on whole pixels of the device: five times the glyphs of every
    text of every pane would be a quarter of a scroll step.
    """
    if not text:
        return
    scale = painter.device().devicePixelRatio()
    font = painter.font()
    key = (text, font.key(), colour.rgba(), halo.rgba(), scale)
    kept = _rimmed.get(key)
    if kept is None:
        if len(_rimmed) >= MOST_TEXTS:
            _rimmed.clear()
        kept = _rimmed[key] = _rim(text, font, colour, halo, scale)
    image, baseline = kept
    x, y = (round(v * scale) / scale for v in (at.x() - RIM_PX, at.y() - baseline))
    painter.drawImage(QPointF(x, y), image)


#: Texts as `draw_text` draws them, and where their baseline is. Workers that film use it as well:
#: what two of them make at once is equal.
_rimmed: dict[tuple[object, ...], tuple[QImage, float]] = {}
MOST_TEXTS = 600
RIM_PX = 2


def _rim(
    text: str, font: QFont, colour: QColor, halo: QColor, scale: float
) -> tuple[QImage, float]:
    """Draw a text and its rim into an image, with its baseline's distance from the top."""
    metrics = QFontMetricsF(font)
    bounds = metrics.boundingRect(text)
    baseline = math.ceil(max(metrics.ascent(), -bounds.top())) + RIM_PX
    right = max(metrics.horizontalAdvance(text), bounds.right())
    width = math.ceil(right) + 2 * RIM_PX
    height = baseline + math.ceil(max(metrics.descent(), bounds.bottom())) + RIM_PX
    image = QImage(
        math.ceil(width * scale), math.ceil(height * scale),
        QImage.Format.Format_ARGB32_Premultiplied,
    )  # fmt: skip
    image.setDevicePixelRatio(scale)
    image.fill(0)
    painter = QPainter(image)
    painter.setFont(font)
    at = QPointF(RIM_PX, baseline)
    painter.setPen(halo)
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(at + QPointF(dx, dy), text)
    painter.setPen(colour)
    painter.drawText(at, text)
    painter.end()
    return image, baseline


def draw_corners(
    painter: QPainter, width: int, height: int, corners: Corners, s: Style, kept_px: float = 0.0
) -> None:
    """Write the corner texts in the painter's font.

    Without room lines go by rank, and names lose their middle (ids differ at the end). Texts take
    less than a fifth of the height at either edge, so that the anatomy is seen. ``kept_px`` at the
    right edge stay free below the second row, for the colour bar.
    """
    metrics = QFontMetricsF(painter.font())
    room = corner_rows(painter, height)
    pairs = ((corners.top_left, corners.top_right), (corners.bottom_left, corners.bottom_right))
    for bottom, (left, right) in enumerate(pairs):
        kept = fit_lines(left, room), fit_lines(right, room)
        longest = max(len(kept[0]), len(kept[1]))
        # Rows count from the edge of the pane, whose first row also holds the letter.
        for row in range(longest):
            pair = [x[-1 - row] if bottom else x[row] for x in kept if row < len(x)]
            sides = [side for side, x in enumerate(kept) if row < len(x)]
            y = (
                height - MARGIN_PX - row * metrics.height() - metrics.descent()
                if bottom
                else MARGIN_PX + row * metrics.height() + metrics.ascent()
            )
            free = width if bottom or row < 2 else width - kept_px
            _draw_row(painter, (width, free), y, list(zip(sides, pair, strict=True)), row == 0, s)


def _draw_row(
    painter: QPainter,
    widths: tuple[int, float],
    baseline: float,
    entries: list[tuple[int, Line]],
    with_letter: bool,
    s: Style,
) -> None:
    """Write the left (0) and right (1) line of one row, beside the letter in the middle.

    ``widths`` are those of the pane and of its free part, from the left.
    """
    width, free = widths
    metrics = QFontMetricsF(painter.font())
    advance = {side: metrics.horizontalAdvance(line.text) for side, line in entries}
    for side, line in entries:
        space = free - 2 * MARGIN_PX
        if with_letter:
            space = width / 2 - MARGIN_PX - 12
        elif len(entries) == 2:
            space -= min(advance[1 - side], width / 2) + MARGIN_PX
        texts = [x for x in (line.text, line.short, line.shortest) if x] or [""]
        text = next((x for x in texts if metrics.horizontalAdvance(x) <= space), texts[-1])
        if metrics.horizontalAdvance(text) > space:
            if line.whole:
                continue
            text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, space)
        x = width - MARGIN_PX - metrics.horizontalAdvance(text) if side else MARGIN_PX
        colour = QColor(*(s.text if line.rank == 0 else s.quiet))
        draw_text(painter, QPointF(x, baseline), text, colour, QColor(*s.halo, HALO_ALPHA))


def corner_rows(painter: QPainter, height: int) -> int:
    """Most lines of a corner in a pane of this height."""
    return max(1, int(0.19 * height / QFontMetricsF(painter.font()).height()))


def fit_lines(lines: tuple[Line, ...], room: int) -> list[Line]:
    """Keep the lines of least rank, in their order, and no empty ones."""
    written = [x for x in lines if x.text]
    ranked = sorted(range(len(written)), key=lambda n: (written[n].rank, n))
    return [written[n] for n in sorted(ranked[:room])]


def draw_letters(
    painter: QPainter, width: int, height: int, letters: tuple[str, str, str, str], s: Style
) -> None:
    """Write the orientation letters at the left, right, top and bottom edge, bold."""
    painter.save()
    font = painter.font()
    font.setBold(True)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    halo, colour = QColor(*s.halo, HALO_ALPHA), QColor(*s.letter)
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
    painter.restore()


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
    """Draw an upright bar of a round length at the right edge, with its length.

    It stands between the letter in the middle and the corner's texts: the crosshair of a centred
    picture does not cross it.
    """
    metrics = QFontMetricsF(painter.font())
    top = height / 2 + metrics.height()
    bottom = height - MARGIN_PX - 2.4 * metrics.height()
    if width < 150 or bottom - top < 30:
        return
    length_mm = scale_length_mm(mm_per_px, min(bottom - top, height / 4, 120.0))
    length_px = length_mm / mm_per_px
    text = f"{amount(length_mm / 10)} cm" if length_mm >= 10 else f"{amount(length_mm)} mm"
    x, y = width - MARGIN_PX - 2, bottom - length_px
    for colour, grow in ((QColor(*s.halo, HALO_ALPHA), 1.0), (QColor(*s.text), 0.0)):
        painter.fillRect(QRectF(x - grow, y - grow, 2 + 2 * grow, length_px + 2 * grow), colour)
        for end in (y, y + length_px - 1):
            painter.fillRect(QRectF(x - 3 - grow, end - grow, 5 + 2 * grow, 1 + 2 * grow), colour)
    left = x - 6 - metrics.horizontalAdvance(text)
    at = QPointF(left, y + length_px / 2 + metrics.ascent() / 2 - 1)
    draw_text(painter, at, text, QColor(*s.quiet), QColor(*s.halo, HALO_ALPHA))


def draw_colour_bar(
    painter: QPainter,
    size_px: tuple[int, int],
    colours: Palette,
    bounds: tuple[float, float],
    unit: str,
    s: Style,
) -> float:
    """Draw a PET palette with its bounds and unit at the right edge, between date and letter.

    Returns the width it takes, 0 where there is no room for it.
    """
    width, height = size_px
    metrics = QFontMetricsF(painter.font())
    # Date and name are the first rows, the unit the third; a number rises above the bar.
    top = MARGIN_PX + 3.7 * metrics.height()
    bar_h, bar_w = min(140.0, height / 2 - 1.6 * metrics.height() - top), 8.0
    if width < 160 or bar_h < 3 * metrics.height():
        return 0.0
    x = width - MARGIN_PX - bar_w
    column = packed(colours[::-1])
    image = QImage(column.data, 1, 256, 4, QImage.Format.Format_RGB32)
    painter.fillRect(QRectF(x - 1, top - 1, bar_w + 2, bar_h + 2), QColor(*s.quiet))
    painter.drawImage(QRectF(x, top, bar_w, bar_h), image)
    halo = QColor(*s.halo, HALO_ALPHA)
    lower, upper = bounds
    widest = metrics.horizontalAdvance(unit)
    for value, at in ((upper, 0.0), ((lower + upper) / 2, 0.5), (lower, 1.0)):
        text = amount(value)
        taken = metrics.horizontalAdvance(text)
        baseline = top + at * bar_h + metrics.ascent() / 2 - 1
        draw_text(painter, QPointF(x - 4 - taken, baseline), text, QColor(*s.text), halo)
        widest = max(widest, taken + 4 + bar_w)
    left = x + bar_w - metrics.horizontalAdvance(unit)
    baseline = MARGIN_PX + 2 * metrics.height() + metrics.ascent()
    draw_text(painter, QPointF(left, baseline), unit, QColor(*s.quiet), halo)
    return widest + MARGIN_PX


def draw_legend(
    painter: QPainter, size_px: tuple[int, int], colours: Palette, words: str, rows: int, s: Style
) -> None:
    """Draw a small bar from 0 to 1 with what it means, above ``rows`` lines at the bottom left."""
    width, height = size_px
    metrics = QFontMetricsF(painter.font())
    baseline = height - MARGIN_PX - rows * metrics.height() - metrics.descent() - 2
    if width < 100 or baseline < height / 2:
        return
    bar = QRectF(MARGIN_PX, baseline - 0.75 * metrics.ascent(), 36, 0.75 * metrics.ascent())
    row = packed(colours)
    image = QImage(row.data, 256, 1, 1024, QImage.Format.Format_RGB32)
    painter.fillRect(bar.adjusted(-1, -1, 1, 1), QColor(*s.quiet))
    painter.drawImage(bar, image)
    # The scale bar ends above, at the right edge.
    room = width - 2 * MARGIN_PX - bar.width() - 18
    shown = words if metrics.horizontalAdvance(words) <= room else words.split(",")[0]
    at = QPointF(bar.right() + 6, baseline)
    draw_text(painter, at, shown, QColor(*s.text), QColor(*s.halo, HALO_ALPHA))


def draw_message(painter: QPainter, width: int, height: int, title: str, detail: str) -> None:
    """Write an empty state into the middle of a pane or of the desk."""
    title, detail = pane_word(title), pane_word(detail)
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
