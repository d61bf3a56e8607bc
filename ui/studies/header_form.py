"""The form for header values that the SUV needs and the file lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.core.study.study import Study
from ui.kit.plain import plain_label


@dataclass(frozen=True)
class Field:
    """One header value: the DICOM keyword, what a person calls it, and the unit it is typed in."""

    keyword: str
    name: str
    unit: str
    to_header: float
    least: float
    most: float


#: ``to_header`` turns what is typed (MBq, cm, min) into the header's unit (Bq, m, s).
FIELDS: tuple[Field, ...] = (
    Field("PatientWeight", "Patient's weight", "kg", 1.0, 0.5, 500.0),
    Field("RadionuclideTotalDose", "Injected dose", "MBq", 1e6, 0.1, 5000.0),
    Field("PatientSize", "Patient's height", "cm", 0.01, 20.0, 260.0),
    Field("RadionuclideHalfLife", "Half-life", "min", 60.0, 0.5, 1e5),
)
#: Asked for even where the header has them: a wrong weight is as common as a missing one.
ALWAYS = ("PatientWeight", "RadionuclideTotalDose")


#: What else may be missing, as a person calls it: nothing of it can be typed in.
OTHER_NAMES = {
    "SeriesTime": "Time of the scan",
    "AcquisitionTime": "Time of the scan",
    "RadiopharmaceuticalStartTime": "Time of the injection",
    "RadiopharmaceuticalStartDateTime": "Time of the injection",
    "RescaleSlope": "Rescale Slope",
    "Units": "Unit of the values",
}


def can_be_typed(keywords: Iterable[str]) -> bool:
    """Whether the form asks for every missing header value: with fewer there is no SUV."""
    asked = list(keywords)
    return bool(asked) and not not_typed(asked)


def not_typed(keywords: Iterable[str]) -> list[str]:
    """Return what the form does not ask for."""
    typed = {field.keyword for field in FIELDS}
    return [x for x in keywords if x not in typed]


def missing_names(keywords: Iterable[str]) -> str:
    """Name missing header values as a person calls them; others by their keyword."""
    names = OTHER_NAMES | {field.keyword: field.name for field in FIELDS}
    found = (QCoreApplication.translate("headers", names.get(x, x)) for x in keywords)
    return ", ".join(dict.fromkeys(found))


class HeaderForm(QDialog):
    """Asks for the missing values; values that the header has are shown and may be corrected."""

    def __init__(self, study: Study, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Values for the SUV"))
        self.setMinimumWidth(420)
        suv = study.suv
        missing = suv.missing if suv is not None else ()
        known = dict(suv.headers) if suv is not None else {}
        known.setdefault("PatientWeight", study.patient.weight_kg)
        known.setdefault("PatientSize", study.patient.height_m)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        words = suv.why if suv is not None and suv.why else self.tr("The headers give the SUV.")
        why = plain_label(words, wrapped=True)
        column.addWidget(why)
        note = QLabel(
            self.tr(
                "What you type is used for this session, written into every export as "
                "typed in, and does not change the files."
            )
        )
        note.setObjectName("dim")
        note.setWordWrap(True)
        column.addWidget(note)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        self.edits: dict[str, QLineEdit] = {}
        self._shown: dict[str, str] = {}
        for field in FIELDS:
            if field.keyword in missing or field.keyword in ALWAYS:
                form.addRow(self._label(field), self._edit(field, known.get(field.keyword)))
        column.addLayout(form)
        self.problem = plain_label("", "warn", wrapped=True)
        column.addWidget(self.problem)
        other = not_typed(missing)
        if other:
            self.problem.setText(
                self.tr("Also missing, and not to be typed in here: {0}.").format(
                    missing_names(other)
                )
            )
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText(self.tr("Compute SUV"))
        self.ok.setObjectName("primary")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column.addWidget(self.buttons)
        self.problem.setVisible(bool(self.problem.text()))
        self._check()

    def values(self) -> Mapping[str, float]:
        """Typed values by DICOM keyword, in the header's unit; unchanged ones are left out."""
        typed = {}
        for field in FIELDS:
            edit = self.edits.get(field.keyword)
            if edit is None or edit.text() in ("", self._shown[field.keyword]):
                continue
            number, good = QLocale().toDouble(edit.text())
            if good:
                typed[field.keyword] = number * field.to_header
        return typed

    def _label(self, field: Field) -> str:
        name = QCoreApplication.translate("headers", field.name)
        return f"{name} ({field.unit})"

    def _edit(self, field: Field, known: object) -> QLineEdit:
        edit = QLineEdit()
        validator = QDoubleValidator(field.least, field.most, 4, edit)
        validator.setNotation(QDoubleValidator.Notation.StandardNotation)
        edit.setValidator(validator)
        edit.setPlaceholderText(self.tr("missing in the header"))
        shown = ""
        if isinstance(known, (int, float)) and known > 0:
            shown = QLocale().toString(known / field.to_header, "g", 6)
            edit.setText(shown)
        self._shown[field.keyword] = shown
        edit.setAccessibleName(self._label(field))
        edit.textChanged.connect(self._check)
        self.edits[field.keyword] = edit
        return edit

    def _check(self) -> None:
        filled = all(edit.hasAcceptableInput() for edit in self.edits.values())
        self.ok.setEnabled(filled and bool(self.values()))
        for field in FIELDS:
            edit = self.edits.get(field.keyword)
            if edit is not None and edit.text() and not edit.hasAcceptableInput():
                self.ok.setToolTip(
                    self.tr("{0} lies between {1} and {2}.").format(
                        self._label(field), field.least, field.most
                    )
                )
