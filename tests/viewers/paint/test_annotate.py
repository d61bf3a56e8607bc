"""Bars, letters and texts keep out of each other's way."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter
from pytestqt.qtbot import QtBot

from viewers.colour.palettes import palette
from viewers.paint import annotate
from viewers.paint.annotate import (
    ON_DARK,
    Corners,
    Line,
    fit_lines,
    scale_length_mm,
)
from viewers.paint.numbers import number, short_date

SIZES = [(187, 247), (235, 312), (400, 300), (900, 900)]


class Pad:
    """A black picture to draw on."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        self.image = QImage(width, height, QImage.Format.Format_RGB32)
        self.image.fill(QColor(0, 0, 0))
        self.painter = QPainter(self.image)
        self.painter.setFont(annotate.pane_font(height))

    def drawn(self) -> npt.NDArray[np.bool_]:
        """Return the pixels drawn on so far: [rows, columns]."""
        self.painter.end()
        raw = np.frombuffer(self.image.constBits(), np.uint8)
        pixels = raw.reshape(self.image.height(), self.image.bytesPerLine() // 4, 4)
        return np.asarray(pixels[:, : self.image.width(), :3].max(axis=2) > 60)


def letters(size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    pad = Pad(*size)
    annotate.draw_letters(pad.painter, *size, ("R", "LP", "S", "I"), ON_DARK)
    return pad.drawn()


@pytest.mark.parametrize("size", SIZES)
def test_bars_touch_neither_letters_nor_the_middle(size: tuple[int, int], qtbot: QtBot) -> None:
    bar, scale = Pad(*size), Pad(*size)
    bounds = (0.0, 7.0)
    kept = annotate.draw_colour_bar(bar.painter, size, palette("hot-iron"), bounds, "SUV", ON_DARK)
    annotate.draw_scale_bar(scale.painter, *size, 2.2, ON_DARK)
    colours, ruler, edge = bar.drawn(), scale.drawn(), letters(size)
    assert kept > 20
    assert colours.sum() > 300
    assert ruler.sum() > 60
    assert not (colours & edge).any()
    assert not (ruler & edge).any()
    middle = size[1] // 2
    assert not colours[middle - 4 :].any()
    assert not ruler[: middle + 5].any()
    assert not colours[:, : size[0] - int(kept) - 2].any()


def test_a_bar_without_room_is_left_out(qtbot: QtBot) -> None:
    pad = Pad(176, 150)
    colours = palette("hot-iron")
    assert annotate.draw_colour_bar(pad.painter, pad.size, colours, (0, 7), "SUV", ON_DARK) == 0
    assert not pad.drawn().any()


@pytest.mark.parametrize("size", SIZES)
def test_corner_texts_leave_the_bar_alone(size: tuple[int, int], qtbot: QtBot) -> None:
    long = "an endless description of a series " * 9
    lines = (Line("PET axial"), Line(long, 1, whole=False), Line(long, 1, whole=False))
    pads = [Pad(*size), Pad(*size)]
    corners = Corners(top_left=lines, top_right=(Line("1960-01-16", 2),))
    bounds = (0.0, 7.0)
    painter = pads[1].painter
    kept = annotate.draw_colour_bar(painter, size, palette("hot-iron"), bounds, "SUV", ON_DARK)
    annotate.draw_corners(pads[0].painter, *size, corners, ON_DARK, kept)
    texts, bar = pads[0].drawn(), pads[1].drawn()
    assert texts.sum() > 200
    assert not (texts & bar).any()
    # A fifth of the height, and the margin.
    assert not texts[int(size[1] * 0.2 + annotate.MARGIN_PX) :].any()


def test_narrow_panes_take_the_short_title(qtbot: QtBot) -> None:
    def width(text: str, short: str) -> int:
        pad = Pad(150, 200)
        top = (Line(text, whole=False, short=short),)
        annotate.draw_corners(pad.painter, *pad.size, Corners(top_left=top), ON_DARK)
        return int(np.flatnonzero(pad.drawn().any(axis=0)).max())

    room = QFontMetricsF(annotate.pane_font(200))
    assert room.horizontalAdvance("Fused sagittal") > 150 / 2 - 18
    assert width("Fused sagittal", "Fused sag") == width("Fused sag", "")


def test_numbers_follow_the_locale() -> None:
    before = QLocale()
    try:
        QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
        assert number(1.25, 2) == "1,25"
        assert short_date("20260102") == "02.01.26"
        QLocale.setDefault(QLocale.c())
        assert number(-1.25, 2) == "\u22121.25"
        assert number(-0.001, 1) == "0.0"
        assert short_date("20260102") == "2026-01-02"
        assert short_date("unknown") == "unknown"
    finally:
        QLocale.setDefault(before)


def test_lines_of_high_rank_go_first() -> None:
    lines = (Line("a", 2), Line("b"), Line("", 0), Line("c", 1))
    assert [x.text for x in fit_lines(lines, 2)] == ["b", "c"]
    assert [x.text for x in fit_lines(lines, 9)] == ["a", "b", "c"]


def test_scale_bars_are_round() -> None:
    assert scale_length_mm(1.0, 80) == 50
    assert scale_length_mm(0.3, 80) == 20
    assert scale_length_mm(2.0, 55) == 100
