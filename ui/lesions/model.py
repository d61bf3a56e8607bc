"""The lesion table's model: rows are lesions, kept and updated by lesion id."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QColor

from app.core.kit.plain_text import readable
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.biomarkers import DEFINITIONS, ON_REQUEST, Biomarkers, interval90
from app.core.lesions.lesion import Lesion, LesionStatus
from ui.kit import text
from ui.kit.plain import tip
from ui.kit.theme import lesion_colour

Index = QModelIndex | QPersistentModelIndex

INTERVAL_ROLE = int(Qt.ItemDataRole.UserRole) + 1
SORT_ROLE = INTERVAL_ROLE + 1
ID_ROLE = INTERVAL_ROLE + 2
STALE_ROLE = INTERVAL_ROLE + 3
COUNTS_ROLE = INTERVAL_ROLE + 4
STATUS_ROLE = INTERVAL_ROLE + 5
OUTSIDE_ROLE = INTERVAL_ROLE + 6


@dataclass(frozen=True)
class Column:
    """One column: ``key`` is a biomarker key or a name of its own."""

    key: str
    title: str
    tip: str
    width: int


#: Columns of what a derived PET changes: key -> the value that it changes.
SHIFTS = {
    "shift_suv_max": "suv_max",
    "shift_suv_mean": "suv_mean",
    "shift_suv_peak": "suv_peak",
    "shift_mtv_41": "mtv_41_ml",
}
#: Columns that are there only while there is something in them.
OPTIONAL = (*ON_REQUEST, *SHIFTS)

#: Order follows what is looked at first; widths in px hold three figures and an interval.
COLUMNS: tuple[Column, ...] = (
    Column("colour", "", "Colour of the outline", 20),
    Column("name", "Lesion", "Name of the lesion", 46),
    Column("status", "Status", "What the reader, or before the reader the model, says", 74),
    Column("score", "Score", "Model's probability that this is a lesion, not physiological", 42),
    Column("suv_max", "SUV\nmax", "", 60),
    Column("suv_max_recovered", "max\nrecov.", "", 48),
    Column("suv_mean", "SUV\nmean", "", 64),
    Column("suv_mean_recovered", "mean\nrecov.", "", 48),
    Column("suv_peak", "SUV\npeak", "", 52),
    Column("shift_suv_max", "Δ SUV\nmax", "", 56),
    Column("shift_suv_mean", "Δ SUV\nmean", "", 56),
    Column("shift_suv_peak", "Δ SUV\npeak", "", 56),
    Column("mtv_ml", "MTV\nml", "", 64),
    Column("shift_mtv_41", "Δ MTV\n41 %", "", 56),
    Column("tlg", "TLG", "", 66),
    Column("uncertainty", "Uncer-\ntainty", "Mean voxel entropy over the lesion, 0 to 1 bit", 48),
)

#: Columns of values that are SUVs, or made of them.
DOUBTFUL = ("suv_max", "suv_max_recovered", "suv_mean", "suv_mean_recovered", "suv_peak", "tlg")

_ORDER = {
    LesionStatus.ACCEPTED: 0,
    LesionStatus.CANDIDATE: 1,
    LesionStatus.PHYSIOLOGICAL: 2,
    LesionStatus.REJECTED: 3,
}


def _volume_text() -> str:
    return QCoreApplication.translate(
        "columns",
        "MTV is the outline's own and cannot move: this is the volume at 41 % of SUVmax, "
        "thresholded on each image by itself.",
    )


def status_text(status: LesionStatus) -> str:
    """Word for a status."""
    words = {
        LesionStatus.CANDIDATE: QCoreApplication.translate("status", "Candidate"),
        LesionStatus.ACCEPTED: QCoreApplication.translate("status", "Accepted"),
        LesionStatus.REJECTED: QCoreApplication.translate("status", "Rejected"),
        LesionStatus.PHYSIOLOGICAL: QCoreApplication.translate("status", "Physiolog."),
    }
    return words[status]


def outside_text(lesion: Lesion) -> str:
    """Say that the score network was not trained on the like, or return an empty text."""
    if not lesion.outside_training:
        return ""
    words = QCoreApplication.translate(
        "columns", "Unlike what the score network was trained on: do not rely on its score."
    )
    if lesion.novelty is None:
        return words
    far = QCoreApplication.translate("columns", "Distance from the training set {0} (1 is its rim)")
    return f"{words}\n{far.format(text.number(lesion.novelty, 1))}"


def score_tip(lesion: Lesion) -> str:
    """Score with the 90 % interval of its predictive distribution."""
    lines = [
        QCoreApplication.translate("columns", "Score {0}").format(text.percent(lesion.lesion_score))
    ]
    bounds = interval90(lesion.score_samples)
    if bounds is not None:
        said = QCoreApplication.translate("columns", "90 % interval {0} to {1}, {2} samples")
        low, high = (text.percent(x) for x in bounds)
        lines.append(said.format(low, high, len(lesion.score_samples)))
    return "\n".join(x for x in (*lines, outside_text(lesion)) if x)


def with_doubts(definition: str, sentences: Sequence[str]) -> str:
    """Return a tooltip with what the value rests on."""
    if not sentences:
        return definition
    head = QCoreApplication.translate("columns", "In doubt:")
    return tip("\n".join((definition, head, *sentences)))


class LesionModel(QAbstractTableModel):
    """Lesions that count first, the largest on top; the order stays while statuses change."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._analysis: LesionAnalysis | None = None
        self._lesions: list[Lesion] = []
        self._derived: Mapping[str, Biomarkers] = {}
        self._derived_title = ""
        self._doubts: tuple[str, ...] = ()

    def show_doubts(self, sentences: Sequence[str]) -> None:
        """Say at the SUV columns what their values rest on."""
        self._doubts = tuple(sentences)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def show_derived_values(self, values: Mapping[str, Biomarkers] | None, title: str) -> None:
        """Show by how much a derived PET moves the values; ``None`` takes the columns away."""
        self._derived, self._derived_title = values or {}, title
        if self._lesions:
            last = self.index(len(self._lesions) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def filled_columns(self) -> tuple[str, ...]:
        """Keys of the optional columns that have something to show."""
        if self._analysis is None:
            return ()
        ids = {x.id for x in self._lesions}
        held = [b.values for key, b in self._analysis.biomarkers.items() if key in ids]
        filled = [k for k in OPTIONAL if k not in SHIFTS and any(k in values for values in held)]
        return (*filled, *(SHIFTS if ids & set(self._derived) else ()))

    def show_analysis(self, analysis: LesionAnalysis | None) -> None:
        """Show another result (or none): all rows are new."""
        self.beginResetModel()
        self._analysis = analysis
        lesions = () if analysis is None else analysis.segmentation.lesions
        self._lesions = sorted(lesions, key=self._first_order)
        self.endResetModel()

    def update_lesions(self, analysis: LesionAnalysis, lesion_ids: Sequence[str]) -> None:
        """Take over changed lesions; rows that came or went renew the table."""
        now = {lesion.id: lesion for lesion in analysis.segmentation.lesions}
        if set(now) != {lesion.id for lesion in self._lesions}:
            self.show_analysis(analysis)
            return
        self._analysis = analysis
        for row, lesion in enumerate(self._lesions):
            self._lesions[row] = now[lesion.id]
            if lesion.id in lesion_ids:
                last = self.index(row, len(COLUMNS) - 1)
                self.dataChanged.emit(self.index(row, 0), last)

    def row_of(self, lesion_id: str) -> int:
        """Row of a lesion, or -1."""
        return next((n for n, x in enumerate(self._lesions) if x.id == lesion_id), -1)

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of lesions."""
        return 0 if parent is not None and parent.isValid() else len(self._lesions)

    def columnCount(self, parent: Index | None = None) -> int:
        """Return the number of columns."""
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles with the definition of the value as tooltip."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return QCoreApplication.translate("columns", column.title)
        if role == Qt.ItemDataRole.ToolTipRole:
            if column.key in SHIFTS:
                label = DEFINITIONS[SHIFTS[column.key]][0]
                said = QCoreApplication.translate("columns", "Change of {0} by “{1}”, in %")
                said = said.format(label, self._derived_title)
                return tip(f"{said}\n{_volume_text()}" if column.key == "shift_mtv_41" else said)
            definition = DEFINITIONS.get(column.key, ("", "", column.tip))[2]
            said = QCoreApplication.translate("columns", definition)
            return with_doubts(said, self._doubts) if column.key in DOUBTFUL else said
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section < 3 else Qt.AlignmentFlag.AlignRight
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return text, interval, sort value and state of a cell."""
        if not index.isValid() or self._analysis is None:
            return None
        lesion, key = self._lesions[index.row()], COLUMNS[index.column()].key
        values = self._analysis.biomarkers.get(lesion.id)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return readable(self._words(lesion, values, key))
            case Qt.ItemDataRole.DecorationRole if key == "colour":
                return QColor(*lesion_colour(lesion.label, lesion.status))
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return tip(self._tip(lesion, values, key))
            case _:
                return self._own_role(lesion, values, key, role)

    def _own_role(self, lesion: Lesion, values: Biomarkers | None, key: str, role: int) -> Any:
        if role == ID_ROLE:
            return lesion.id
        if role == STATUS_ROLE:
            return lesion.status
        if role == OUTSIDE_ROLE:
            return key == "name" and bool(lesion.outside_training)
        if role == COUNTS_ROLE:
            return lesion.counts
        if role == STALE_ROLE:
            return key in DEFINITIONS and self._stale(values)
        if role == INTERVAL_ROLE:
            return self._interval(values, key)
        if role == SORT_ROLE:
            return self._sort_value(lesion, values, key)
        return None

    def _interval(self, values: Biomarkers | None, key: str) -> str:
        bounds = None if values is None else values.interval(key)
        if values is None or bounds is None:
            return ""
        # An interval that is the value itself at the shown precision says nothing in a table.
        shown = {text.significant(x) for x in (*bounds, values[key])}
        return text.interval(bounds) if len(shown) > 1 else ""

    def _stale(self, values: Biomarkers | None) -> bool:
        assert self._analysis is not None
        return values is not None and values.revision != self._analysis.segmentation.revision

    def _words(self, lesion: Lesion, values: Biomarkers | None, key: str) -> str:
        if key == "name":
            return lesion.name
        if key == "status":
            return status_text(lesion.status)
        if key == "score":
            return text.percent(lesion.lesion_score)
        if key == "uncertainty":
            return text.number(lesion.uncertainty, 2)
        if key == "colour":
            return ""
        if key in SHIFTS:
            return text.shift(self._shift(lesion, values, key))
        if values is None or key not in values.values:
            return text.NOT_KNOWN
        return text.significant(values[key])

    def _shift(self, lesion: Lesion, values: Biomarkers | None, key: str) -> float | None:
        """Change in % of a value on the derived PET, or ``None`` where it was not measured."""
        derived, name = self._derived.get(lesion.id), SHIFTS[key]
        values = self._original(lesion, values)
        if derived is None or values is None or derived.voxels != values.voxels:
            return None
        # It needs scipy, which the start of the program does without.
        from app.core.lesions.compare import shift_percent

        return shift_percent(values, derived)[name]

    def _original(self, lesion: Lesion, values: Biomarkers | None) -> Biomarkers | None:
        """Values of the original PET, whichever are shown."""
        kept = None if self._analysis is None else self._analysis.original
        return values if kept is None else kept.biomarkers.get(lesion.id)

    def _tip(self, lesion: Lesion, values: Biomarkers | None, key: str) -> str:
        if key == "score" and lesion.lesion_score is not None:
            return score_tip(lesion)
        original = self._original(lesion, values)
        if key in SHIFTS and original is not None and lesion.id in self._derived:
            pair = original[SHIFTS[key]], self._derived[lesion.id][SHIFTS[key]]
            said = QCoreApplication.translate("columns", "{0}: original {1}, “{2}” {3}")
            label = DEFINITIONS[SHIFTS[key]][0]
            first, second = (text.significant(x) for x in pair)
            return said.format(label, first, self._derived_title, second)
        if key not in DEFINITIONS or values is None or key not in values.values:
            said = f"{lesion.name}, {status_text(lesion.status)}. {lesion.source}".strip()
            return "\n".join(x for x in (said, outside_text(lesion)) if x)
        label, unit, definition = DEFINITIONS[key]
        definition = QCoreApplication.translate("columns", definition)
        lines = [f"{label} {text.significant(values[key])} {unit}", definition]
        if interval := text.interval(values.interval(key)):
            said = QCoreApplication.translate("columns", "90 % interval {0} {1}")
            lines.insert(1, said.format(interval, unit))
        if key in ON_REQUEST:
            lines.insert(1, values.values[key].reason or self._blur())
        if self._stale(values):
            lines.append(
                QCoreApplication.translate(
                    "columns", "Stale: the outline changed after this was computed."
                )
            )
        return "\n".join(lines)

    def _blur(self) -> str:
        """Say which blur the recovered values assume."""
        assert self._analysis is not None
        width = text.number(self._analysis.provenance.recovery_fwhm_mm, 1)
        return QCoreApplication.translate("columns", "Blur of the scanner {0} mm").format(width)

    def _sort_value(self, lesion: Lesion, values: Biomarkers | None, key: str) -> Any:
        if key == "colour":
            return lesion.label
        if key == "name":
            # "L10" after "L9": digits count as a number.
            digits = "".join(c for c in lesion.name if c.isdigit())
            return f"{lesion.name.rstrip('0123456789')}{int(digits or 0):09d}"
        if key == "status":
            return _ORDER[lesion.status]
        own = {"score": lesion.lesion_score, "uncertainty": lesion.uncertainty}
        value = own.get(key)
        if key in SHIFTS:
            value = self._shift(lesion, values, key)
        if key not in own and values is not None and key in values.values:
            value = values[key]
        return -math.inf if value is None or not math.isfinite(value) else float(value)

    def _first_order(self, lesion: Lesion) -> tuple[bool, float]:
        assert self._analysis is not None
        values = self._analysis.biomarkers.get(lesion.id)
        return (not lesion.counts, -(values["mtv_ml"] if values is not None else 0.0))
