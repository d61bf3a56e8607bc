"""The lesions panel: one button while there is no result, then the table and the totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import (
    QCoreApplication,
    QItemSelectionModel,
    QPoint,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.kit.plain_text import readable
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.biomarkers import Biomarkers, Totals
from app.core.lesions.saliency import SaliencyMethod
from ui.actions.actions import Actions
from ui.frame.docks import NARROW_PX, USUAL_PX
from ui.kit import text
from ui.kit.action_button import ActionButton
from ui.kit.plain import plain_label
from ui.kit.theme import icon
from ui.kit.tips import follow_tip
from ui.lesions.delegate import ROW_HEIGHT, LesionDelegate
from ui.lesions.header import LesionHeader
from ui.lesions.model import COLUMNS, DOUBTFUL, ID_ROLE, OPTIONAL, SORT_ROLE, LesionModel
from ui.lesions.source_line import SourceLine
from ui.lesions.totals import TotalsPanel

#: More of the window for the table where that shows recovered values without scrolling.
RECOVERED_SHARE = 0.46


class LesionsPanel(QWidget):
    """Table of lesions with its empty states.

    Signals
    -------
    lesion_chosen(str)
        The reader went to a row; the lesion's id, or an empty text.
    why_wanted(object)
        The reader asks why the chosen lesion was scored so: a `SaliencyMethod`.
    order_changed()
        The rows stand in another order, or are others.
    original_wanted()
        The reader wants the values of the original PET back.
    doubts_wanted()
        The reader asks why the SUVs are in doubt.
    """

    lesion_chosen = Signal(str)
    why_wanted = Signal(object)
    order_changed = Signal()
    original_wanted = Signal()
    doubts_wanted = Signal()

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._actions = actions
        self._analysis: LesionAnalysis | None = None
        self.model = LesionModel(self)
        self.proxy = QSortFilterProxyModel(self)
        self.proxy.setSourceModel(self.model)
        self.proxy.setSortRole(SORT_ROLE)
        # Rows must not jump while the reader judges them; a click on a header sorts anew.
        self.proxy.setDynamicSortFilter(False)
        self.proxy.layoutChanged.connect(lambda *_: self.order_changed.emit())
        self.proxy.modelReset.connect(self.order_changed)
        self.table = self._make_table()
        self.totals = TotalsPanel()
        self.totals.doubt_clicked.connect(self.doubts_wanted)
        self.stack = QStackedWidget()
        self.find_button = QPushButton(f" {actions['find'].text()}")
        self.reason = plain_label()
        self.why_button = self._make_why()
        self.why = plain_label()
        self.source = SourceLine()
        self.source.original_wanted.connect(self.original_wanted)
        self.stack.addWidget(self._make_empty())
        self.stack.addWidget(self._make_result())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)

    def show_analysis(self, analysis: LesionAnalysis | None) -> None:
        """Show a result, or the button that asks for one."""
        self._analysis = analysis
        self.model.show_analysis(analysis)
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self._show_filled()
        self.stack.setCurrentIndex(0 if analysis is None else 1)
        self._update_footer(analysis)

    def update_lesions(self, analysis: LesionAnalysis, lesion_ids: Sequence[str]) -> None:
        """Update rows in place, by lesion id."""
        self._analysis = analysis
        self.model.update_lesions(analysis, lesion_ids)
        self._show_filled()
        self._update_footer(analysis)

    def show_shifts(self, values: Mapping[str, Biomarkers] | None, title: str) -> None:
        """Show the changes by a derived PET (its lesion values by id), or take them away."""
        self.model.show_derived_values(values, title)
        self._show_filled()

    def show_source(self, title: str) -> None:
        """Say that the values are those of a derived image; an empty title: of the original."""
        self.source.show_title(title)

    def show_doubts(self, sentences: Sequence[str]) -> None:
        """Mark what rests on an SUV that is in doubt, and say why where the mouse rests."""
        self.model.show_doubts(sentences)
        places = (n for n, column in enumerate(COLUMNS) if column.key in DOUBTFUL)
        self.header.mark(places if sentences else ())
        self.totals.show_doubts(sentences)

    def look_first(self) -> None:
        """Put the least certain lesions on top, and go to the first."""
        place = next(n for n, column in enumerate(COLUMNS) if column.key == "uncertainty")
        self.table.sortByColumn(place, Qt.SortOrder.DescendingOrder)
        if self.proxy.rowCount():
            self.select(str(self.proxy.index(0, 0).data(ID_ROLE)))

    def ordered_ids(self) -> tuple[str, ...]:
        """Ids of all lesions in the order of the rows."""
        rows = range(self.proxy.rowCount())
        return tuple(str(self.proxy.index(n, 0).data(ID_ROLE)) for n in rows)

    def show_reason(self, sentence: str, *, can_find: bool) -> None:
        """Say below the button what it will do, or why it cannot."""
        self.reason.setText(sentence)
        self.find_button.setEnabled(can_find)

    def show_totals(self, totals: Totals | None) -> None:
        """Show whole-patient values."""
        self.totals.show_totals(totals)

    def table_width(self) -> int:
        """Width in px at which no column is cut off."""
        bar = self.table.verticalScrollBar().sizeHint().width()
        return self.table.horizontalHeader().length() + bar + 4

    def usual_px(self, window_px: int) -> int:
        """Width that the table needs in a window of this width, in px; less without a result."""
        analysis = self._analysis
        if analysis is None:
            return USUAL_PX
        share = 0.45 if window_px < NARROW_PX else 0.43
        table = self.table_width()
        if analysis.recovered is not None and table <= RECOVERED_SHARE * window_px:
            return table
        return max(USUAL_PX, min(table, round(share * window_px)))

    def selected_ids(self) -> tuple[str, ...]:
        """Ids of the chosen lesions, top first."""
        rows = self.table.selectionModel().selectedRows()
        return tuple(str(x.data(ID_ROLE)) for x in sorted(rows, key=lambda x: x.row()))

    def select(self, lesion_id: str) -> None:
        """Choose a lesion's row and scroll to it."""
        row = self.model.row_of(lesion_id)
        if row < 0:
            self.table.clearSelection()
            return
        index = self.proxy.mapFromSource(self.model.index(row, 0))
        flag = QItemSelectionModel.SelectionFlag
        self.table.selectionModel().setCurrentIndex(index, flag.ClearAndSelect | flag.Rows)
        self.table.scrollTo(index)

    def step(self, by: int) -> None:
        """Go ``by`` rows on, round the ends."""
        rows = self.proxy.rowCount()
        if rows == 0:
            return
        selected = self.table.selectionModel().selectedRows()
        here = selected[0].row() if selected else (-1 if by > 0 else 0)
        self.select(str(self.proxy.index((here + by) % rows, 0).data(ID_ROLE)))

    def _make_table(self) -> QTableView:
        table = QTableView()
        self.header = LesionHeader(table)
        self.header.doubt_clicked.connect(self.doubts_wanted)
        table.setHorizontalHeader(self.header)
        table.setModel(self.proxy)
        table.setItemDelegate(LesionDelegate(table))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setAccessibleName(self.tr("Lesions"))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = table.horizontalHeader()
        header.setSortIndicatorClearable(True)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(18)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for place, column in enumerate(COLUMNS):
            header.resizeSection(place, column.width)
            table.setColumnHidden(place, column.key in OPTIONAL)
        table.setSortingEnabled(True)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._show_menu)
        table.selectionModel().selectionChanged.connect(self._on_selection)
        return table

    def _make_empty(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(12)
        self.find_button.setObjectName("primary")
        self.find_button.setIcon(icon("find"))
        self.find_button.setMinimumHeight(44)
        follow_tip(self.find_button, self._actions["find"])
        self.find_button.clicked.connect(self._actions["find"].trigger)
        self.reason.setObjectName("dim")
        self.reason.setWordWrap(True)
        self.reason.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        column.addStretch(2)
        column.addWidget(self.find_button)
        column.addWidget(self.reason)
        column.addStretch(5)
        return page

    def _make_result(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 6)
        bar.setSpacing(4)
        for name in ("accept", "reject", "physiological", "previous_lesion", "next_lesion"):
            bar.addWidget(ActionButton(self._actions[name]))
            if name == "physiological":
                bar.addSpacing(12)
        bar.addSpacing(12)
        bar.addWidget(ActionButton(self._actions["look_first"]))
        bar.addWidget(self.why_button)
        bar.addStretch(1)
        bar.addWidget(ActionButton(self._actions["uncertainty"]))
        bar.addWidget(ActionButton(self._actions["export"]))
        self.none_found = QLabel(
            self.tr("The model found no lesion in this study. This does not mean there is none.")
        )
        self.none_found.setObjectName("dim")
        self.none_found.setWordWrap(True)
        self.none_found.setContentsMargins(16, 16, 16, 16)
        self.footer = plain_label("", "faint", wrapped=True)
        self.footer.setContentsMargins(10, 2, 10, 8)
        self.why.setObjectName("dim")
        self.why.setWordWrap(True)
        self.why.setContentsMargins(10, 0, 10, 6)
        self.why.hide()
        column.addLayout(bar)
        column.addWidget(self.why)
        column.addWidget(self.source)
        column.addWidget(self.none_found)
        column.addWidget(self.table, 1)
        column.addWidget(self.totals)
        column.addWidget(self.footer)
        return page

    def _make_why(self) -> QToolButton:
        button = QToolButton()
        button.setText(self.tr("Why?"))
        button.setAccessibleName(self.tr("Why this score?"))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(self.tr("Show what moved the score of the chosen lesion"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        # Room for the arrow beside the word.
        button.setStyleSheet("QToolButton { padding-right: 16px; }")
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        for method, tip in (
            (SaliencyMethod.GRAD_CAM, self.tr("Which regions raised it: coarse and quick")),
            (SaliencyMethod.INTEGRATED_GRADIENTS, self.tr("Which voxels raised it: fine")),
            (SaliencyMethod.OCCLUSION, self.tr("What it loses where a part is hidden: slow")),
        ):
            action = menu.addAction(QCoreApplication.translate("saliency", str(method)))
            action.setToolTip(tip)
            action.triggered.connect(lambda _=False, method=method: self.why_wanted.emit(method))
        button.setMenu(menu)
        # Until there is what can answer.
        button.setVisible(False)
        return button

    def _show_filled(self) -> None:
        filled = self.model.filled_columns()
        for place, column in enumerate(COLUMNS):
            if column.key in OPTIONAL:
                self.table.setColumnHidden(place, column.key not in filled)

    def _update_footer(self, analysis: LesionAnalysis | None) -> None:
        empty = analysis is None or not analysis.segmentation.lesions
        self.none_found.setVisible(empty)
        if analysis is None:
            return
        source = analysis.provenance
        words = []
        if source.model_id:
            words.append(f"{source.model_id} {source.model_version or ''}".strip())
        if source.samples:
            words.append(
                self.tr("{0} samples; small numbers: 90 % interval").format(source.samples)
            )
        if source.recovery_fwhm_mm is not None:
            width = text.number(source.recovery_fwhm_mm, 1)
            words.append(self.tr("recovered: blur {0} mm").format(width))
        words.append(self.tr("Research use only"))
        self.footer.setText(readable(" · ".join(words)))

    def _on_selection(self) -> None:
        ids = self.selected_ids()
        self.lesion_chosen.emit(ids[0] if ids else "")

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        for name in ("accept", "reject", "physiological", "candidate"):
            menu.addAction(self._actions[name])
        menu.addSeparator()
        menu.addAction(self._actions["next_lesion"])
        menu.addAction(self._actions["previous_lesion"])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.table.viewport().mapToGlobal(place))
