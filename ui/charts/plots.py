"""The three charts as pyqtgraph draws them. Imported when the charts are first opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor

from ui.charts.data import Histogram
from ui.kit import text
from ui.kit.theme import COLOURS

Colour = tuple[int, int, int]

#: Surroundings are grey: the lesion's own colour is what is looked for.
GREY: Colour = (150, 158, 168)
SCORE_BINS = 20
#: More lesions than this have only every second, third ... name written.
MOST_NAMES = 9
#: Volumes that span more than this are drawn on a logarithmic axis.
LINEAR_SPAN = 20.0
LEAST_ML = 0.01
#: Ticks of a logarithmic axis: decades with their number, and steps between without.
_DECADES = [
    [(n, f"{10.0**n:g}") for n in range(-2, 6)],
    [(n + float(np.log10(m)), "") for n in range(-2, 6) for m in range(2, 10)],
]


@dataclass(frozen=True)
class IntervalRow:
    """One lesion of the interval chart: its value with a 90 % interval, or without one."""

    name: str
    value: float
    interval: tuple[float, float] | None
    colour: Colour
    chosen: bool = False


def chart_surface() -> pg.GraphicsLayoutWidget:
    """Return an empty surface for charts."""
    widget = pg.GraphicsLayoutWidget()
    widget.setBackground(COLOURS["panel"])
    # The window's own keys are not the charts': they take no focus.
    widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    widget.ci.setContentsMargins(8, 4, 12, 4)
    widget.ci.setSpacing(4)
    return widget


class Chart:
    """A titled plot with two axes, or a sentence in its place.

    Made of a view box and axes: a `PlotItem` would bring menus of its own, which outlive it.
    """

    def __init__(self, layout: pg.GraphicsLayout, column: int, title: str) -> None:
        self.title = title
        first = 2 * column
        self.label = layout.addLabel("", row=0, col=first, colspan=2, justify="left")
        self.left = _axis("left")
        layout.addItem(self.left, row=1, col=first)
        self.box: pg.ViewBox = layout.addViewBox(
            row=1, col=first + 1, enableMenu=False, enableMouse=False
        )
        self.bottom = _axis("bottom")
        layout.addItem(self.bottom, row=2, col=first + 1)
        self.left.linkToView(self.box)
        self.bottom.linkToView(self.box)
        self.sentence = ""

    def clear(self, title: str = "", bottom: str = "", left: str = "") -> None:
        """Take everything away and name what comes."""
        self.box.clear()
        self.box.invertY(False)
        self.sentence = ""
        for axis, words in ((self.bottom, bottom), (self.left, left)):
            axis.setVisible(True)
            axis.setTicks(None)
            axis.setLabel(words or None)
        self.label.setText(title or self.title, color=COLOURS["text"], size="9pt", bold=True)

    def say(self, sentence: str) -> None:
        """Show a sentence in the place of a chart."""
        self.clear()
        self.sentence = sentence
        for axis in (self.bottom, self.left):
            axis.setVisible(False)
        note = pg.TextItem(
            html=f'<div style="text-align: center; color: {COLOURS["dim"]}">{sentence}</div>',
            anchor=(0.5, 0.5),
        )
        note.setTextWidth(230)
        note.setPos(0.5, 0.5)
        self.box.addItem(note)
        self.box.setRange(xRange=(0.0, 1.0), yRange=(0.0, 1.0), padding=0)

    def bars(self, edges: np.ndarray, heights: np.ndarray, colour: Colour) -> None:
        """Draw a histogram's outline, filled lightly."""
        ink, fill = QColor(*colour), QColor(*colour, 70)
        self.box.addItem(
            pg.PlotCurveItem(
                x=edges, y=heights, stepMode="center", fillLevel=0.0, brush=fill, pen=line_pen(ink)
            )
        )


class Plots:
    """SUV histogram, score distribution and volumes, side by side in one widget."""

    def __init__(self) -> None:
        self.widget = chart_surface()
        grid = self.widget.ci
        titles = (_tr("SUV"), _tr("Score"), _tr("MTV by lesion"))
        self.charts = [Chart(grid, n, title) for n, title in enumerate(titles)]
        self.histogram, self.score, self.volumes = self.charts
        for n in range(3):
            grid.layout.setColumnStretchFactor(2 * n + 1, 1)

    def show_histogram(
        self, found: Histogram, name: str, colour: Colour, unit: str, shell_cm: str
    ) -> None:
        """Show a lesion's values against those of its surroundings."""
        lesion = f'<span style="color: {QColor(*colour).name()}">{name}</span>'
        around = _tr("surroundings ({0} cm)").format(shell_cm)
        grey = f'<span style="color: {QColor(*GREY).name()}">{around}</span>'
        title = _tr("{0} of {1} and its {2}").format(unit, lesion, grey)
        self.histogram.clear(title, unit, _tr("voxels, %"))
        self.histogram.bars(found.edges, found.surroundings, GREY)
        self.histogram.bars(found.edges, found.lesion, colour)
        # A tall bar of background must not press the lesion flat.
        top = max(float(found.lesion.max()) * 1.6, float(found.surroundings.max()) * 0.4, 1.0)
        ends = (float(found.edges[0]), float(found.edges[-1]))
        self.histogram.box.setRange(xRange=ends, yRange=(0.0, top), padding=0.02)

    def show_score(
        self, samples: Sequence[float], name: str, colour: Colour, threshold: float | None
    ) -> None:
        """Show the predictive distribution of a lesion's score."""
        title = _tr("Score of {0}").format(
            f'<span style="color: {QColor(*colour).name()}">{name}</span>'
        )
        edges = np.linspace(0.0, 1.0, SCORE_BINS + 1)
        counts = np.histogram(np.asarray(samples), edges)[0].astype(np.float64)
        bottom = _tr("score") if threshold is None else _tr("score; dashed: threshold")
        self.score.clear(title, bottom, _tr("samples"))
        self.score.bars(edges, counts, colour)
        if threshold is not None:
            pen = line_pen(QColor(COLOURS["text"]), style=Qt.PenStyle.DashLine)
            self.score.box.addItem(pg.InfiniteLine(threshold, angle=90, pen=pen))
        self.score.bottom.setTicks([[(n / 5, text.number(n / 5, 1)) for n in range(6)]])
        self.score.box.setRange(
            xRange=(0.0, 1.0), yRange=(0.0, float(counts.max()) * 1.1), padding=0.04
        )

    def show_volumes(self, rows: Sequence[IntervalRow]) -> None:
        """Show each lesion's volume with its interval, the first row on top."""
        least = min(max(min(_ends(row)), LEAST_ML) for row in rows)
        most = max(max(_ends(row)) for row in rows)
        logarithmic = most / least > LINEAR_SPAN
        axis = _tr("ml, logarithmic; bars: 90 % interval")
        if not logarithmic:
            axis = _tr("ml; bars: 90 % interval")
        chart = self.volumes
        chart.clear("", axis)
        if logarithmic:
            chart.bottom.setTicks(_DECADES)
        chart.box.invertY(True)
        step = -(-len(rows) // MOST_NAMES)
        chart.left.setTicks([[(n, row.name) for n, row in enumerate(rows) if n % step == 0]])
        for n, row in enumerate(rows):
            for item in _interval_items(n, row, logarithmic=logarithmic):
                chart.box.addItem(item)
        ends = (_place(least, logarithmic), _place(most, logarithmic))
        if not logarithmic:
            ends = (0.0, ends[1])
        chart.box.setRange(xRange=ends, yRange=(-0.6, len(rows) - 0.4), padding=0.04)


def _interval_items(
    place: int, row: IntervalRow, *, logarithmic: bool
) -> tuple[pg.GraphicsObject, ...]:
    low, high = _ends(row)
    x, x_low, x_high = (_place(v, logarithmic) for v in (row.value, low, high))
    ink = QColor(*row.colour)
    at = np.array([float(place)])
    bar = pg.ErrorBarItem(
        x=np.array([x]),
        y=at,
        left=np.array([x - x_low]),
        right=np.array([x_high - x]),
        beam=0.35,
        pen=line_pen(ink, width=3.0 if row.chosen else 1.5),
    )
    size = 10 if row.chosen else 7
    dot = pg.ScatterPlotItem(x=[x], y=at, size=size, brush=ink, pen=None)
    return bar, dot


def _ends(row: IntervalRow) -> tuple[float, float]:
    low, high = row.interval or (row.value, row.value)
    return min(low, row.value), max(high, row.value)


def _place(value: float, logarithmic: bool) -> float:
    return float(np.log10(max(value, LEAST_ML))) if logarithmic else value


def _axis(side: str) -> pg.AxisItem:
    axis = pg.AxisItem(side, pen=line_pen(QColor(COLOURS["line"])), textPen=COLOURS["dim"])
    axis.enableAutoSIPrefix(False)
    return axis


def line_pen(ink: QColor, width: float = 1.5, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> object:
    """Return the pen of a line in a chart."""
    return pg.mkPen(ink, width=width, style=style)


def _tr(words: str) -> str:
    return QCoreApplication.translate("plots", words)
