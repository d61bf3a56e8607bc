"""What a synthetic CT would do to the PET, as pyqtgraph draws it; imported when first shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.attenuation.curve import EffectCurve
from ui.charts.plots import Chart, chart_surface, line_pen
from ui.kit import text
from ui.kit.elided import WrappedLabel
from ui.kit.theme import COLOURS

#: Towards + and - along each patient axis, as the panes' corner texts name slices.
_LETTERS = (("L", "R"), ("P", "A"), ("S", "I"))
_INK = QColor(COLOURS["accent_high"])
_BAND = QColor(79, 149, 200, 70)
_HERE = QColor(COLOURS["warn"])


class AttenuationPlot(QWidget):
    """Relative difference of attenuation factors by slice, and what it means in one sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(290)  # the title in one line
        self.widget = chart_surface()
        grid = self.widget.ci
        self.chart = Chart(grid, 0, _tr("Attenuation factors"))
        self._letters = _LETTERS[2]
        self.chart.bottom.tickStrings = self._ticks
        grid.layout.setColumnStretchFactor(1, 1)
        self.meaning = WrappedLabel()
        self.meaning.setObjectName("dim")
        self.meaning.setContentsMargins(12, 0, 12, 4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.widget, 1)
        column.addWidget(self.meaning)
        self.curve: EffectCurve | None = None
        self.here = pg.InfiniteLine(0.0, angle=90, pen=line_pen(_HERE))

    def show_curve(self, curve: EffectCurve, remark: str = "") -> None:
        """Draw the mean with its band; a curve that is drawn already stays.

        ``remark`` says that the real CT's tube voltage was assumed, where it was.
        """
        if curve is self.curve:
            return
        self.curve = curve
        # One sentence in the place of an axis's label: the chart is low.
        self.meaning.set_text(
            _tr("Slices in mm; band: 90 % of lines. +10 %: PET there 10 % too high.")
        )
        explained = _tr(
            "By how much the attenuation correction of a PET would be wrong with the synthetic CT "
            "in the place of the real one, over the lines through each slice. Line: mean; band: "
            "5th to 95th percentile; upright: the slice in view."
        )
        self.setToolTip(f"{explained} {remark}".strip())
        self._letters = _LETTERS[curve.axis]
        chart, x = self.chart, curve.position_mm
        # The items of before go with the box's contents; this one is used again.
        title = _tr("Attenuation factors")
        if remark:
            grey = f'<span style="color: {COLOURS["dim"]}">{_tr("(120 kV assumed)")}</span>'
            title = f"{title} {grey}"
        chart.clear(title, "", "%")
        for part in _runs(np.isfinite(curve.mean_percent)):
            low, high = (
                pg.PlotCurveItem(x[part], y[part], pen=None)
                for y in (curve.low_percent, curve.high_percent)
            )
            chart.box.addItem(pg.FillBetweenItem(low, high, brush=_BAND))
        zero = line_pen(QColor(COLOURS["dim"]), 1.0, Qt.PenStyle.DashLine)
        chart.box.addItem(pg.InfiniteLine(0.0, angle=0, pen=zero))
        chart.box.addItem(
            pg.PlotCurveItem(x, curve.mean_percent, pen=line_pen(_INK, 2.0), connect="finite")
        )
        self.here = pg.InfiniteLine(float(x[0]), angle=90, pen=line_pen(_HERE))
        self.here.setVisible(False)
        chart.box.addItem(self.here)
        bounds = np.concatenate([curve.low_percent, curve.high_percent, [0.0]])
        chart.box.setRange(
            xRange=(float(x[0]), float(x[-1])),
            yRange=(float(np.nanmin(bounds)), float(np.nanmax(bounds))),
            padding=0.03,
        )

    def _ticks(self, values: Sequence[float], _scale: float, spacing: float) -> list[str]:
        """Write positions as the panes do: ``S 80``."""
        decimals = 0 if spacing >= 1.0 else 1
        return [f"{self._letters[int(v < 0)]} {text.number(abs(v), decimals)}" for v in values]

    def show_position(self, position_mm: float | None) -> None:
        """Move the upright line to a slice; ``None`` where none of the chart's is in view."""
        self.here.setVisible(position_mm is not None)
        if position_mm is not None:
            self.here.setValue(position_mm)


def _runs(there: np.ndarray) -> Iterator[slice]:
    """Ranges of neighbouring slices that were compared: nothing is drawn across a gap."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(np.int8)))
    for first, end in edges.reshape(-1, 2).tolist():
        yield slice(first, end)


def _tr(words: str) -> str:
    return QCoreApplication.translate("plots", words)
