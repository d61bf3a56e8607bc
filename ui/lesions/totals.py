"""Whole-patient values below the lesion table."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.lesions.biomarkers import Totals
from ui.kit import text
from ui.kit.theme import icon
from ui.lesions.model import with_doubts

#: Totals that rest on the SUV.
DOUBTFUL_TOTALS = ("tlg", "suv_max")
SIGN_PX = 14


class TotalsPanel(QWidget):
    """TMTV and total TLG with their intervals; below, the number of lesions, Dmax and SUVmax.

    Signals
    -------
    doubt_clicked()
        The reader asks why the SUV is in doubt.
    """

    doubt_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: dict[str, QLabel] = {}
        self.intervals: dict[str, QLabel] = {}
        self.signs: dict[str, QToolButton] = {}
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        line = QFrame()
        line.setObjectName("line")
        outer.addWidget(line)
        grid = QGridLayout()
        grid.setContentsMargins(10, 6, 10, 2)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(0)
        outer.addLayout(grid)
        for place, (key, title, tip) in enumerate(
            (
                ("tmtv_ml", self.tr("TMTV"), self.tr("Sum of MTV over lesions that count, ml")),
                ("tlg", self.tr("Total TLG"), self.tr("Sum of TLG over lesions that count")),
            )
        ):
            self.values[key] = _label("total", tip)
            self.intervals[key] = _label("dim", tip)
            name = _label("dim", tip)
            name.setText(title)
            value = QHBoxLayout()
            value.addWidget(self.values[key])
            if key in DOUBTFUL_TOTALS:
                value.addWidget(self._make_sign(key))
            value.addStretch(1)
            grid.addWidget(name, 0, place)
            grid.addLayout(value, 1, place)
            grid.addWidget(self.intervals[key], 2, place)
            grid.setColumnStretch(place, 1)
        small = QHBoxLayout()
        small.setContentsMargins(10, 0, 10, 4)
        small.setSpacing(4)
        outer.addLayout(small)
        for key, title, tip in (
            ("count", self.tr("Lesions"), self.tr("Lesions that count: candidates and accepted")),
            ("dmax_mm", self.tr("Dmax"), self.tr("Largest distance between lesion centroids")),
            ("suv_max", self.tr("SUVmax"), self.tr("Greatest SUV over lesions that count")),
        ):
            name = _label("dim", tip)
            name.setText(title)
            self.values[key] = _label("title", tip)
            small.addWidget(name)
            small.addWidget(self.values[key])
            if key in DOUBTFUL_TOTALS:
                small.addWidget(self._make_sign(key))
            small.addStretch(1)

    def _make_sign(self, key: str) -> QToolButton:
        sign = self.signs[key] = QToolButton()
        sign.setObjectName("flat")
        sign.setIcon(icon("warning"))
        sign.setIconSize(QSize(SIGN_PX, SIGN_PX))
        sign.setAccessibleName(self.tr("Why this number is in doubt"))
        sign.clicked.connect(lambda _checked=False: self.doubt_clicked.emit())
        sign.hide()
        return sign

    def show_doubts(self, sentences: Sequence[str]) -> None:
        """Put a sign beside what rests on an SUV that is in doubt; none takes them away."""
        for sign in self.signs.values():
            sign.setVisible(bool(sentences))
            sign.setToolTip(with_doubts(self.tr("This number rests on the SUV."), sentences))

    def show_totals(self, totals: Totals | None) -> None:
        """Show these totals, or dashes."""
        if totals is None:
            for label in (*self.values.values(), *self.intervals.values()):
                label.setText("")
            return
        few = totals.count < 2
        self.values["tmtv_ml"].setText(f"{text.significant(totals.tmtv_ml)} ml")
        self.values["tlg"].setText(text.significant(totals.tlg))
        self.values["count"].setText(str(totals.count))
        self.values["dmax_mm"].setText(
            text.NOT_KNOWN if few else self.tr("{0} cm").format(text.number(totals.dmax_mm / 10, 1))
        )
        self.values["suv_max"].setText(
            text.significant(totals.suv_max) if totals.count else text.NOT_KNOWN
        )
        self.intervals["tmtv_ml"].setText(text.interval(totals.tmtv_ml_interval))
        self.intervals["tlg"].setText(text.interval(totals.tlg_interval))


def _label(name: str, tip: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setToolTip(tip)
    return label
