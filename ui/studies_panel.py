"""The studies panel: who, which series, what each is taken for, and where its SUV comes from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QDate, QLocale, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.core.study import SeriesInfo, Study
from ui.actions import Actions
from ui.elided import ElidedLabel
from ui.link import LinkLabel
from ui.theme import icon

#: Chip colours by modality: quiet, but told apart at a glance.
_CHIPS = {
    "PT": ("#5a3a1c", "#f0c48f"),
    "NM": ("#5a3a1c", "#f0c48f"),
    "CT": ("#2c3b4a", "#b9d3ea"),
    "MR": ("#2d4536", "#b5dcc3"),
}
_OTHER_CHIP = ("#34383e", "#b8bfc7")


class StudiesPanel(QWidget):
    """Patient, series and warnings of the open study."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._actions = actions
        self.rows: dict[str, SeriesRow] = {}
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
        """Show a study, or that none is open."""
        self.rows = {}
        page = QWidget()
        page.setObjectName("panel")
        column = QVBoxLayout(page)
        column.setContentsMargins(10, 8, 8, 8)
        column.setSpacing(3)
        if study is None:
            column.addWidget(_wrapped(self.tr("No study is open."), "dim"))
        else:
            self._fill(column, study)
        column.addStretch(1)
        self._scroll.setWidget(page)

    def _fill(self, column: QVBoxLayout, study: Study) -> None:
        patient = study.patient
        name = ElidedLabel(person_name(patient.name) or self.tr("Patient without a name"))
        name.setObjectName("title")
        column.addWidget(name)
        born = date_text(patient.birth_date)
        facts = [patient.id, patient.sex, self.tr("born {0}").format(born) if born else ""]
        column.addWidget(_wrapped(" · ".join(x for x in facts if x), "dim"))
        what = (date_text(study.date), study.description)
        column.addWidget(_wrapped(" · ".join(x for x in what if x), "dim"))
        column.addSpacing(8)
        # An MR is seen in the place of the CT that is not there.
        under = study.choice.mr_uid if study.ct is None else study.choice.ct_uid
        shown = (study.choice.pet_uid, under)
        self._fill_series(column, [x for x in study.series if x.uid in shown], shown=True)
        self._fill_suv(column, study)
        others = [x for x in study.series if x.uid not in shown]
        if others:
            column.addSpacing(8)
            column.addWidget(_wrapped(self.tr("Also in the folder"), "faint"))
            self._fill_series(column, others, shown=False)
        if study.refused:
            count = len(study.refused)
            column.addWidget(
                LinkLabel(
                    self.tr("{0} files were not taken…").format(count),
                    self._actions["provenance"].trigger,
                )
            )

    def _fill_series(
        self, column: QVBoxLayout, found: Sequence[SeriesInfo], *, shown: bool
    ) -> None:
        for series in found:
            row = SeriesRow(series, shown=shown)
            self.rows[series.uid] = row
            column.addWidget(row)

    def _fill_suv(self, column: QVBoxLayout, study: Study) -> None:
        suv = study.suv
        if suv is None:
            return
        if suv.type is None:
            column.addWidget(_wrapped(suv.why, "warn"))
            if suv.missing:
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


class SeriesRow(QFrame):
    """One series: modality chip, description, role, number of images, whether it is shown."""

    def __init__(self, series: SeriesInfo, *, shown: bool) -> None:
        super().__init__()
        self.setObjectName("series")
        outer = QHBoxLayout(self)
        outer.setContentsMargins(2, 4, 2, 4)
        outer.setSpacing(8)
        chip = QLabel(series.modality or "?")
        ground, ink = _CHIPS.get(series.modality, _OTHER_CHIP)
        chip.setAlignment(Qt.AlignmentFlag.AlignCenter)
        width = max(32, QFontMetrics(chip.font()).horizontalAdvance(chip.text()) + 10)
        chip.setFixedSize(width, 20)
        chip.setStyleSheet(
            f"background: {ground}; color: {ink}; border-radius: 3px; font-weight: 600;"
        )
        outer.addWidget(chip, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        title = ElidedLabel(series.description or self.tr("Series without a description"))
        words.addWidget(title)
        images = (
            self.tr("1 image")
            if series.images == 1
            else self.tr("{0} images").format(QLocale().toString(series.images))
        )
        role = series.role if series.role not in ("", series.modality, "other") else ""
        self.detail = _dim(" · ".join(x for x in (role, images) if x))
        words.addWidget(self.detail)
        outer.addLayout(words, 1)
        if series.warnings:
            sign = QLabel()
            sign.setPixmap(icon("warning").pixmap(16, 16))
            sign.setToolTip("\n".join(series.warnings))
            outer.addWidget(sign)
        if shown:
            eye = QLabel()
            eye.setPixmap(icon("eye").pixmap(16, 16))
            eye.setToolTip(self.tr("Shown in the panes"))
            outer.addWidget(eye)
        else:
            for label in (title, chip):
                label.setEnabled(False)
        self.setToolTip("\n".join((series.description, *series.warnings)).strip())


def person_name(dicom_name: str) -> str:
    """Write a DICOM person name (``Family^Given``) as ``Family, Given``."""
    family, *given = dicom_name.split("=")[0].split("^")
    return ", ".join(x for x in (family.strip(), " ".join(given).strip()) if x)


def date_text(dicom_date: str) -> str:
    """Write a DICOM date (``YYYYMMDD``) as the reader writes dates; other texts stay as is."""
    parsed = QDate.fromString(dicom_date[:8], "yyyyMMdd")
    if not parsed.isValid():
        return dicom_date
    locale = QLocale()
    if locale.language() == QLocale.Language.C:
        return parsed.toString(Qt.DateFormat.ISODate)
    return locale.toString(parsed, QLocale.FormatType.ShortFormat)


def _dim(words: str) -> ElidedLabel:
    label = ElidedLabel(words)
    label.setObjectName("dim")
    return label


def _wrapped(words: str, name: str) -> QLabel:
    label = QLabel(words)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
