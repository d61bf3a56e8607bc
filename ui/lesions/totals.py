"""Whole-patient values below the lesion table."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.core.lesions.biomarkers import Totals
from ui.kit import text


class TotalsPanel(QWidget):
    """TMTV and total TLG with their intervals; below, the number of lesions, Dmax and SUVmax."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: dict[str, QLabel] = {}
        self.intervals: dict[str, QLabel] = {}
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
            for row, label in enumerate((name, self.values[key], self.intervals[key])):
                grid.addWidget(label, row, place)
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
            small.addStretch(1)

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
