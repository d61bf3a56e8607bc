"""The measurements panel: what was measured, the chosen one in full, and the references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QItemSelectionModel, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.drawn.voi import ThresholdKind, ThresholdRule
from app.core.kit.plain_text import readable
from ui.actions.actions import Actions
from ui.kit.action_button import ActionButton
from ui.kit.plain import plain_label, tip
from ui.kit.theme import icon
from ui.measure.texts import Details

_ID_ROLE = int(Qt.ItemDataRole.UserRole)
_ROW_HEIGHT = 24
#: Columns with values of the PET.
PET_COLUMNS = (2, 3)
#: Usual, least and greatest value and step of each rule, in the unit of its box.
_RULES = {
    ThresholdKind.PERCENT_OF_MAX: (41.0, 5.0, 95.0, 1.0),
    ThresholdKind.FIXED: (4.0, 0.1, 100000.0, 0.5),
    ThresholdKind.BACKGROUND_ADAPTED: (50.0, 5.0, 95.0, 1.0),
}


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    id: str
    name: str
    size: str
    pet: str
    pet_max: str
    under: str


class MeasurementsPanel(QWidget):
    """Table, details and references, with the settings of the tools that have some.

    Signals
    -------
    chosen(str)
        The reader went to a row; its id, or an empty text.
    renamed(str, str)
        Id and the new name.
    rule_changed(object), diameter_changed(float)
        Threshold of isocontours (`ThresholdRule`), and diameter in mm of spheres that are clicked.
    doubts_wanted()
        The reader asks why the numbers of the PET are in doubt.
    """

    chosen = Signal(str)
    renamed = Signal(str, str)
    rule_changed = Signal(object)
    diameter_changed = Signal(float)
    doubts_wanted = Signal()

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._doubts: tuple[str, ...] = ()
        self._values = {kind: usual for kind, (usual, *_) in _RULES.items()}
        self.table = self._make_table()
        self.rule = self._make_rule()
        self.rule_value = _spin(self.tr("Threshold of the isocontour"))
        self.diameter = _spin(self.tr("Diameter of the chosen sphere, and of one that is clicked"))
        self.empty = _label("dim")
        self.empty.setText(
            self.tr("Nothing is measured yet. Choose a tool in the bar or in the Measure menu.")
        )
        self.details_title, self.details_notes = _label("title"), _label("dim")
        self.details = QGridLayout()
        self.percist_value, self.percist_basis = _label("title"), _label("dim")
        self._fill(actions)
        self._show_rule()
        self.rule.currentIndexChanged.connect(self._on_kind)
        self.rule_value.valueChanged.connect(self._on_value)
        self.diameter.valueChanged.connect(self.diameter_changed)
        self.show_rows((), ("SUV", "HU"), None)
        self.show_details(None)

    # Showing

    def show_doubts(self, sentences: Sequence[str]) -> None:
        """Mark the columns of the PET where its numbers are in doubt, and say why on hover."""
        self._doubts = tuple(sentences)
        self._mark_heads()

    def _mark_heads(self) -> None:
        for column in PET_COLUMNS:
            head = self.table.horizontalHeaderItem(column)
            if head is not None:
                head.setIcon(icon("warning") if self._doubts else QIcon())
                head.setToolTip(tip("\n".join(self._doubts)))

    def _on_head(self, column: int) -> None:
        if column in PET_COLUMNS and self._doubts:
            self.doubts_wanted.emit()

    def show_rows(self, rows: Sequence[Row], units: tuple[str, str], chosen: str | None) -> None:
        """Show the table; units are those of PET and CT."""
        blocked = QSignalBlocker(self.table)
        pet, under = units
        mean, most = self.tr("{0}\nmean"), self.tr("{0}\nmax")
        values = (mean.format(pet), most.format(pet), mean.format(under))
        heads = (self.tr("Name"), self.tr("Size"), *values)
        self.table.setHorizontalHeaderLabels(list(heads))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for column in range(self.table.columnCount()):
            head = self.table.horizontalHeaderItem(column)
            if head is not None:
                head.setTextAlignment(right if column else left)
        self._mark_heads()
        self.table.setRowCount(len(rows))
        for place, row in enumerate(rows):
            for column, words in enumerate((row.name, row.size, row.pet, row.pet_max, row.under)):
                self.table.setItem(place, column, _item(row.id, words, column))
        blocked.unblock()
        self.table.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        self.select(chosen)

    def select(self, measurement_id: str | None) -> None:
        """Choose a row without telling it."""
        blocked = QSignalBlocker(self.table.selectionModel())
        self.table.clearSelection()
        for place in range(self.table.rowCount()):
            if self._id(place) == measurement_id:
                index = self.table.model().index(place, 0)
                flag = QItemSelectionModel.SelectionFlag
                model = self.table.selectionModel()
                model.setCurrentIndex(index, flag.ClearAndSelect | flag.Rows)
                self.table.scrollTo(index)
        blocked.unblock()
        self.table.viewport().update()

    def selected_ids(self) -> tuple[str, ...]:
        """Ids of the chosen rows, top first."""
        rows = sorted(x.row() for x in self.table.selectionModel().selectedRows())
        return tuple(self._id(x) for x in rows)

    def show_details(self, found: Details | None) -> None:
        """Show one measurement in full, or nothing."""
        while (item := self.details.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.setParent(None)
                widget.deleteLater()
        self.details_title.setVisible(found is not None)
        self.details_notes.setVisible(found is not None and bool(found.notes))
        if found is None:
            return
        self.details_title.setText(readable(found.title))
        self.details_notes.setText("\n".join(found.notes))
        rows = [("", *found.heads), *found.rows] if found.rows else []
        for place, cells in enumerate(rows):
            for column, words in enumerate(cells):
                label = plain_label(words, "dim" if column == 0 or place == 0 else "")
                if column:
                    label.setAlignment(Qt.AlignmentFlag.AlignRight)
                label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                self.details.addWidget(label, place, column)

    def show_percist(self, shown: str, basis: str) -> None:
        """Show the threshold that follows from the references, and from what."""
        self.percist_value.setText(self.tr("PERCIST threshold  {0}").format(shown))
        self.percist_value.setVisible(bool(shown))
        self.percist_basis.setText(basis)

    def show_rule(self, rule: ThresholdRule) -> None:
        """Show the threshold of the chosen isocontour without telling it."""
        blocked = [QSignalBlocker(x) for x in (self.rule, self.rule_value)]
        share = rule.kind is not ThresholdKind.FIXED
        self._values[rule.kind] = rule.value * 100.0 if share else rule.value
        self.rule.setCurrentIndex(self.rule.findData(str(rule.kind)))
        self._show_rule()
        for x in blocked:
            x.unblock()

    def show_diameter(self, diameter_mm: float) -> None:
        """Show the diameter of the chosen sphere without telling it."""
        blocked = QSignalBlocker(self.diameter)
        self.diameter.setValue(diameter_mm)
        blocked.unblock()

    def present_rule(self) -> ThresholdRule:
        """Return the threshold as it is set."""
        kind = ThresholdKind(self.rule.currentData())
        number = self.rule_value.value()
        return ThresholdRule(kind, number if kind is ThresholdKind.FIXED else number / 100.0)

    def edit_name(self) -> None:
        """Let the reader type another name for the chosen measurement."""
        rows = self.table.selectionModel().selectedRows()
        item = self.table.item(rows[0].row(), 0) if rows else None
        if item is not None:
            self.table.setFocus()
            self.table.editItem(item)

    # Inside

    def _id(self, row: int) -> str:
        item = self.table.item(row, 0)
        return "" if item is None else str(item.data(_ID_ROLE))

    def _on_selection(self) -> None:
        ids = self.selected_ids()
        self.chosen.emit(ids[0] if ids else "")

    def _on_item(self, item: QTableWidgetItem) -> None:
        if item.column() == 0:
            self.renamed.emit(str(item.data(_ID_ROLE)), item.text())

    def _on_kind(self) -> None:
        blocked = QSignalBlocker(self.rule_value)
        self._show_rule()
        blocked.unblock()
        self.rule_changed.emit(self.present_rule())

    def _on_value(self, number: float) -> None:
        self._values[ThresholdKind(self.rule.currentData())] = number
        self.rule_changed.emit(self.present_rule())

    def _show_rule(self) -> None:
        kind = ThresholdKind(self.rule.currentData())
        _, least, most, step = _RULES[kind]
        share = kind is not ThresholdKind.FIXED
        value = self._values[kind]
        self.rule_value.setDecimals(0 if share else 2)
        self.rule_value.setRange(least, most)
        self.rule_value.setSingleStep(step)
        self.rule_value.setSuffix(self.tr(" %") if share else "")
        self.rule_value.setValue(value)

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, 5)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        triggers = QAbstractItemView.EditTrigger
        table.setEditTriggers(triggers.DoubleClicked)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setAccessibleName(self.tr("Measurements"))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        table.setMinimumHeight(3 * _ROW_HEIGHT + 12)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(30)
        header.sectionClicked.connect(self._on_head)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, 5):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.selectionModel().selectionChanged.connect(self._on_selection)
        table.itemChanged.connect(self._on_item)
        return table

    def _make_rule(self) -> QComboBox:
        box = QComboBox()
        for kind, words in (
            (ThresholdKind.PERCENT_OF_MAX, self.tr("% of maximum")),
            (ThresholdKind.FIXED, self.tr("Fixed value")),
            (ThresholdKind.BACKGROUND_ADAPTED, self.tr("Background-adapted")),
        ):
            box.addItem(words, str(kind))
        box.setAccessibleName(self.tr("Kind of threshold of the isocontour"))
        box.setToolTip(
            self.tr(
                "Threshold of the isocontour: a share of the maximum, a fixed value in the PET's "
                "unit, or background + a share of (SUVpeak − background)"
            )
        )
        return box

    def _fill(self, actions: Actions) -> None:
        self.diameter.setRange(2.0, 300.0)
        self.diameter.setDecimals(0)
        self.diameter.setSuffix(self.tr(" mm"))
        self.diameter.setValue(20.0)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 8)
        column.setSpacing(6)
        bar = QHBoxLayout()
        bar.setSpacing(4)
        for name in ("measurement_delete", "measurement_export"):
            bar.addWidget(ActionButton(actions[name]))
        bar.addStretch(1)
        bar.addWidget(QLabel(self.tr("Sphere ⌀")))
        bar.addWidget(self.diameter)
        column.addLayout(bar)
        threshold = QHBoxLayout()
        threshold.setSpacing(4)
        threshold.addWidget(QLabel(self.tr("Isocontour")))
        threshold.addWidget(self.rule, 1)
        threshold.addWidget(self.rule_value)
        column.addLayout(threshold)
        column.addWidget(self.empty)
        column.addWidget(self.table, 1)
        column.addWidget(self._make_below(), 2)

    def _make_below(self) -> QScrollArea:
        """Make what stands below the table; in a low window it is scrolled."""
        self.details.setHorizontalSpacing(14)
        self.details.setVerticalSpacing(1)
        self.details.setColumnStretch(0, 1)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(6)
        column.addWidget(self.details_title)
        column.addLayout(self.details)
        column.addWidget(self.details_notes)
        column.addStretch(1)
        column.addWidget(self.percist_value)
        column.addWidget(self.percist_basis)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumHeight(3 * _ROW_HEIGHT)
        area.setAccessibleName(self.tr("Values of the chosen measurement"))
        # The ground of the panel, not that of a text field.
        inside.setObjectName("panel")
        return area


def _item(measurement_id: str, words: str, column: int) -> QTableWidgetItem:
    item = QTableWidgetItem(words)
    item.setData(_ID_ROLE, measurement_id)
    flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
    item.setFlags(flags | Qt.ItemFlag.ItemIsEditable if column == 0 else flags)
    if column == 0:
        item.setToolTip(tip(words))
    else:
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item


def _label(name: str) -> QLabel:
    return plain_label("", name, wrapped=True)


def _spin(name: str) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setAccessibleName(name)
    spin.setToolTip(name)
    spin.setKeyboardTracking(False)
    return spin
