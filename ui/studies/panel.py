"""The studies panel: which studies are open, whose series they hold, where the SUV comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.core.study.patients import SamePatient, same_patient
from app.core.study.person_name import readable_name
from app.core.study.study import SeriesInfo, Study
from ui.actions.actions import Actions
from ui.kit.elided import ElidedLabel
from ui.kit.link import LinkLabel
from ui.kit.plain import plain_label, tip
from ui.studies.card import StudyCard
from ui.studies.header_form import can_be_typed
from ui.studies.series_row import SeriesRow
from viewers.paint.numbers import short_date

#: Which panes show a series: by `study_key` and series UID.
Places = Mapping[tuple[str, str], tuple[str, ...]]


class StudiesPanel(QWidget):
    """Open studies, with series and warnings of the active one and of its comparison.

    Signals
    -------
    activate_wanted(object), close_wanted(object)
        A `Study` is to become active, or to be closed.
    compare_wanted(object)
        A `Study` is to be compared with the active one; ``None`` ends the comparison.
    pane_wanted(object, str)
        A series (study and UID) is to be shown in the active pane.
    recent_wanted(str)
        A folder that was opened lately is to be opened again.
    """

    activate_wanted = Signal(object)
    close_wanted = Signal(object)
    compare_wanted = Signal(object)
    pane_wanted = Signal(object, str)
    recent_wanted = Signal(str)

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._actions = actions
        self.rows: dict[str, SeriesRow] = {}
        self.comparison_rows: dict[str, SeriesRow] = {}
        self.cards: list[StudyCard] = []
        self.recent_links: list[QLabel] = []
        self._study: Study | None = None
        self._studies: tuple[Study, ...] = ()
        self._comparison: Study | None = None
        self._recent: tuple[tuple[str, str], ...] = ()
        self._pictures: Mapping[str, QPixmap] = {}
        self._places: Places = {}
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll = scroll
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self.show_study(None)

    def show_study(self, study: Study | None) -> None:
        """Show a study as the active one, or that none is open."""
        self._study = study
        self._rebuild()

    def show_list(self, studies: Sequence[Study], comparison: Study | None) -> None:
        """Show which studies are open, and with which the active one is compared."""
        self._studies, self._comparison = tuple(studies), comparison
        self._rebuild()

    def show_recent(self, folders: Sequence[tuple[str, str]]) -> None:
        """Offer folders (path and what it is called here) while no study is open."""
        self._recent = tuple(folders)
        if self._study is None:
            self._rebuild()

    def show_pictures(self, pictures: Mapping[str, QPixmap]) -> None:
        """Show thumbnails, by series UID."""
        self._pictures = pictures
        for rows in (self.rows, self.comparison_rows):
            for uid, row in rows.items():
                if uid in pictures:
                    row.show_picture(pictures[uid])
        for card in self.cards:
            uid = _main_series(card.study)
            if uid in pictures:
                card.show_picture(pictures[uid])

    def show_places(self, places: Places) -> None:
        """Say of each series in which panes it is shown."""
        self._places = places
        for study, rows in ((self._study, self.rows), (self._comparison, self.comparison_rows)):
            for uid, row in rows.items():
                row.show_places(places.get((study_key(study), uid), ()))

    def _rebuild(self) -> None:
        self.rows, self.comparison_rows = {}, {}
        self.cards, self.recent_links = [], []
        page = QWidget()
        page.setObjectName("panel")
        column = QVBoxLayout(page)
        column.setContentsMargins(10, 8, 8, 8)
        column.setSpacing(3)
        if self._study is None:
            column.addWidget(_wrapped(self.tr("No study is open."), "dim"))
            self._fill_recent(column)
        else:
            self._fill_cards(column)
            self._fill(column, self._study)
            if self._comparison is not None:
                self._fill_comparison(column, self._comparison)
        column.addStretch(1)
        # A click on something of the old page may have led here: it goes when that is over.
        old = self._scroll.takeWidget()
        self._scroll.setWidget(page)
        if old is not None:
            old.hide()
            old.deleteLater()
        self.show_pictures(self._pictures)
        self.show_places(self._places)

    def _fill_cards(self, column: QVBoxLayout) -> None:
        """List the open studies, where there is more than one."""
        if len(self._studies) < 2:
            return
        said = self.tr("{0} studies are open").format(len(self._studies))
        column.addWidget(_wrapped(said, "faint"))
        for study in self._studies:
            role = "active" if study is self._study else ""
            role = "comparison" if study is self._comparison else role
            card = StudyCard(study, role, self._note(study))
            card.activate_wanted.connect(lambda x=study: self.activate_wanted.emit(x))
            card.close_wanted.connect(lambda x=study: self.close_wanted.emit(x))
            card.compare_wanted.connect(self._compare(study))
            self.cards.append(card)
            column.addWidget(card)
        column.addSpacing(8)

    def _note(self, study: Study) -> str:
        """Say of a study whether it is of another patient than the active one."""
        if self._study is None or study is self._study:
            return ""
        notes = {
            SamePatient.NO: self.tr("Other patient"),
            SamePatient.UNKNOWN: self.tr("Patient not confirmed"),
        }
        return notes.get(same_patient(self._study.patient, study.patient), "")

    def _compare(self, study: Study) -> Callable[[bool], None]:
        return lambda on: self.compare_wanted.emit(study if on else None)

    def _fill_recent(self, column: QVBoxLayout) -> None:
        if not self._recent:
            return
        column.addSpacing(8)
        column.addWidget(_wrapped(self.tr("Opened lately"), "faint"))
        for path, name in self._recent:
            link = LinkLabel(name, partial(self.recent_wanted.emit, path))
            link.setToolTip(tip(path))
            self.recent_links.append(link)
            column.addWidget(link)

    def _fill_comparison(self, column: QVBoxLayout, study: Study) -> None:
        column.addSpacing(10)
        when = short_date(study.date) or self.tr("date unknown")
        column.addWidget(_wrapped(self.tr("Compared with: {0}").format(when), "title"))
        for series in study.series:
            shown = series.uid in _shown_series(study)
            row = self._row(study, series, shown=shown)
            self.comparison_rows[series.uid] = row
            column.addWidget(row)

    def _row(self, study: Study, series: SeriesInfo, *, shown: bool) -> SeriesRow:
        row = SeriesRow(series, shown=shown, study_key=study_key(study))
        row.pane_wanted.connect(lambda uid: self.pane_wanted.emit(study, uid))
        return row

    def _fill(self, column: QVBoxLayout, study: Study) -> None:
        patient = study.patient
        name = ElidedLabel(readable_name(patient.name) or self.tr("Patient without a name"))
        name.setObjectName("title")
        column.addWidget(name)
        born = short_date(patient.birth_date)
        facts = [patient.id, patient.sex, self.tr("born {0}").format(born) if born else ""]
        column.addWidget(_wrapped(" · ".join(x for x in facts if x), "dim"))
        what = (short_date(study.date), study.description)
        column.addWidget(_wrapped(" · ".join(x for x in what if x), "dim"))
        column.addSpacing(8)
        shown = _shown_series(study)
        inside = [x for x in study.series if x.uid in shown]
        self._fill_series(column, study, inside, shown=True)
        self._fill_suv(column, study)
        others = [x for x in study.series if x.uid not in shown]
        if others:
            column.addSpacing(8)
            column.addWidget(_wrapped(self.tr("Also in the folder"), "faint"))
            self._fill_series(column, study, others, shown=False)
        if study.refused:
            count = len(study.refused)
            column.addWidget(
                LinkLabel(
                    self.tr("{0} files were not taken…").format(count),
                    self._actions["provenance"].trigger,
                )
            )

    def _fill_series(
        self, column: QVBoxLayout, study: Study, found: Sequence[SeriesInfo], *, shown: bool
    ) -> None:
        for series in found:
            row = self._row(study, series, shown=shown)
            self.rows[series.uid] = row
            column.addWidget(row)

    def _fill_suv(self, column: QVBoxLayout, study: Study) -> None:
        suv = study.suv
        if suv is None:
            return
        if suv.type is None:
            column.addWidget(_wrapped(suv.why, "warn"))
            if can_be_typed(suv.missing):
                column.addWidget(
                    LinkLabel(self.tr("Type in weight and dose…"), self._actions["headers"].trigger)
                )
        else:
            column.addWidget(_wrapped(suv.type, "title"))
            column.addWidget(_wrapped(suv.rule, "dim"))
        for warning in suv.warnings:
            column.addWidget(_wrapped(warning, "warn"))
        column.addWidget(
            LinkLabel(self.tr("Where the numbers come from…"), self._actions["provenance"].trigger)
        )


def study_key(study: Study | None) -> str:
    """Return what a drag calls a study: nothing of the patient, good for this session only."""
    return "" if study is None else f"{id(study):x}"


def _shown_series(study: Study) -> tuple[str | None, ...]:
    """Series that the usual panes show: an MR in the place of a CT that is not there."""
    under = study.choice.mr_uid if study.ct is None else study.choice.ct_uid
    return study.choice.pet_uid, under


def _main_series(study: Study) -> str:
    """Series whose picture stands for a study."""
    image = study.pet or study.ct or study.mr
    return "" if image is None else image.series_uid


def _wrapped(words: str, name: str) -> QLabel:
    return plain_label(words, name, wrapped=True)
