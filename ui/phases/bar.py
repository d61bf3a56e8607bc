"""The bar below the panes of a 4D study: which time frame or gate is shown, and a slider."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.study.study import Phases, Study
from ui.kit.elided import ElidedLabel
from ui.kit.plain import plain_label


class PhaseRow(QWidget):
    """One 4D image: its name, a slider over its phases, what is shown, and their mean.

    Signals
    -------
    wanted(str, int)
        Series UID, and the number of a phase from 0 or `Phases.MEAN`.
    """

    wanted = Signal(str, int)

    def __init__(self, name: str, phases: Phases) -> None:
        super().__init__()
        self.phases = phases
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        title = plain_label(name, "title")
        title.setMinimumWidth(28)
        row.addWidget(title)
        arrow = Qt.ArrowType
        self.previous = self._button(arrow.LeftArrow, self.tr("Time frame or gate before  (<)"), -1)
        self.next = self._button(arrow.RightArrow, self.tr("Time frame or gate after  (>)"), +1)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, len(phases.labels) - 1)
        self.slider.setPageStep(max(1, len(phases.labels) // 10))
        self.slider.setToolTip(self.tr("Which time frame or gate is shown"))
        self.slider.setAccessibleName(self.tr("{0}: time frame or gate").format(name))
        self.slider.valueChanged.connect(self._wish)
        self.words = ElidedLabel("")
        self.words.setObjectName("dim")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.mean = QToolButton()
        self.mean.setObjectName("flat")
        self.mean.setText(self.tr("Mean"))
        self.mean.setCheckable(True)
        self.mean.setToolTip(
            self.tr("Show the mean of all, weighted by their durations  (Ctrl+Alt+M)")
        )
        self.mean.setAccessibleName(self.tr("{0}: mean of all").format(name))
        self.mean.clicked.connect(self.toggle_mean)
        row.addWidget(self.previous)
        row.addWidget(self.slider, 3)
        row.addWidget(self.next)
        row.addWidget(self.words, 2)
        row.addWidget(self.mean)
        self.show_phases(phases)

    def show_phases(self, phases: Phases) -> None:
        """Show which phase the study now holds."""
        self.phases = phases
        mean = phases.shown == Phases.MEAN
        if not mean:
            with QSignalBlocker(self.slider):
                self.slider.setValue(phases.shown)
        self.mean.setChecked(mean)
        self.words.setText(phases.sentence)

    def step(self, by: int) -> None:
        """Wish for the phase before or after, round the ends."""
        count = self.slider.maximum() + 1
        wanted = (self.slider.value() + by) % count
        if wanted == self.slider.value():
            self._wish(wanted)
        self.slider.setValue(wanted)

    def toggle_mean(self) -> None:
        """Wish for the mean of all, or for the phase of the slider again."""
        mean = self.phases.shown != Phases.MEAN
        number = Phases.MEAN if mean else self.slider.value()
        self._wish(number)

    def _wish(self, number: int) -> None:
        # Until it is read the dots say that it is on its way.
        self.words.setText(f"{replace(self.phases, shown=number).sentence} …")
        self.wanted.emit(self.phases.series_uid, number)

    def _button(self, arrow: Qt.ArrowType, tip: str, by: int) -> QToolButton:
        button = QToolButton()
        button.setObjectName("flat")
        button.setArrowType(arrow)
        button.setToolTip(tip)
        button.setAccessibleName(tip.split("  ")[0])
        button.clicked.connect(lambda: self.step(by))
        return button


class PhaseBar(QFrame):
    """A row for each 4D image of the study; hidden where there is none.

    Signals
    -------
    wanted(str, int)
        As of `PhaseRow`.
    """

    wanted = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.rows: dict[str, PhaseRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(10, 4, 8, 4)
        self._column.setSpacing(2)
        self.hide()

    def show_study(self, study: Study | None) -> None:
        """Show the phases of a study; rows of the same series stay, so that a drag goes on."""
        phases = () if study is None else study.phases
        if [p.series_uid for p in phases] != list(self.rows):
            for row in self.rows.values():
                self._column.removeWidget(row)
                row.deleteLater()
            self.rows = {}
            for p in phases:
                assert study is not None
                row = PhaseRow(_name(study, p.series_uid), p)
                row.wanted.connect(self.wanted)
                self._column.addWidget(row)
                self.rows[p.series_uid] = row
        for p in phases:
            self.rows[p.series_uid].show_phases(p)
        self.setVisible(bool(phases))


def _name(study: Study, uid: str) -> str:
    images = (("PET", study.pet), ("CT", study.ct), ("MR", study.mr))
    return next((n for n, x in images if x is not None and x.series_uid == uid), "")
