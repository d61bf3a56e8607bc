"""One open study in the list: who, when, what, and whether it is active or compared with."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.kit.plain_text import readable
from app.core.study.person_name import readable_name
from app.core.study.study import Study
from ui.kit.elided import ElidedLabel
from ui.kit.plain import tip
from ui.kit.theme import icon
from ui.studies.series_row import THUMBNAIL_PX, modality_chip
from viewers.paint.numbers import short_date

#: So many chips have room beside the buttons.
BESIDE_BUTTONS = 2


class StudyCard(QFrame):
    """A study with its buttons.

    Signals
    -------
    activate_wanted(), close_wanted()
        The reader wants it to be the active study, or closed.
    compare_wanted(bool)
        The reader wants to compare the active study with it, or no longer.
    """

    activate_wanted = Signal()
    compare_wanted = Signal(bool)
    close_wanted = Signal()

    def __init__(self, study: Study, role: str, note: str = "") -> None:
        super().__init__()
        self.setObjectName("studyCard")
        self.setProperty("role", role)
        self.study, self.role = study, role
        name = (
            readable_name(study.patient.name) or study.patient.id or self.tr("Patient not stated")
        )
        when = short_date(study.date) or self.tr("Date unknown")
        self._called = readable(f"{name}, {when}")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 6, 6, 6)
        outer.setSpacing(4)
        top = QHBoxLayout()
        top.setSpacing(8)
        self.picture = QLabel()
        self.picture.setFixedSize(*THUMBNAIL_PX)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        top.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(1)
        title = ElidedLabel(name)
        title.setObjectName("title")
        words.addWidget(title)
        date = ElidedLabel(when)
        words.addWidget(date)
        # What must be known of the patient comes before what was done.
        what = ElidedLabel(note or study.description)
        what.setObjectName("warn" if note else "dim")
        words.addWidget(what)
        # In a row of their own where they would lie under the buttons of a narrow panel.
        alone = len(_modalities(study)) > BESIDE_BUTTONS
        if alone:
            words.addWidget(self._chips())
        top.addLayout(words, 1)
        top.addWidget(self._close_button(), 0, Qt.AlignmentFlag.AlignTop)
        outer.addLayout(top)
        outer.addLayout(self._bottom(with_chips=not alone))
        self.setToolTip(tip("\n".join(x for x in (name, when, study.description, note) if x)))

    def _close_button(self) -> QToolButton:
        close = QToolButton()
        close.setObjectName("flat")
        close.setIcon(icon("close"))
        close.setToolTip(self.tr("Close this study"))
        close.setAccessibleName(self.tr("Close {0}").format(self._called))
        close.clicked.connect(self.close_wanted)
        return close

    def _bottom(self, *, with_chips: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(3)
        if with_chips:
            row.addWidget(self._chips(), 1)
        else:
            row.addStretch(1)
        self.activate_button = QPushButton(
            self.tr("Active") if self.role == "active" else self.tr("Read")
        )
        self.activate_button.setObjectName("small")
        self.activate_button.setCheckable(True)
        self.activate_button.setChecked(self.role == "active")
        self.activate_button.setToolTip(self.tr("Make it the study that tools and search work on"))
        self.activate_button.setAccessibleName(self.tr("Read {0}").format(self._called))
        self.activate_button.clicked.connect(self._on_activate)
        row.addWidget(self.activate_button)
        self.compare_button = QPushButton(self.tr("Compare"))
        self.compare_button.setObjectName("small")
        self.compare_button.setCheckable(True)
        self.compare_button.setChecked(self.role == "comparison")
        self.compare_button.setVisible(self.role != "active")
        self.compare_button.setToolTip(self.tr("Show it below the active study, or take it away"))
        self.compare_button.setAccessibleName(self.tr("Compare with {0}").format(self._called))
        self.compare_button.clicked.connect(self.compare_wanted)
        row.addWidget(self.compare_button)
        return row

    def _chips(self) -> QWidget:
        """Make the chips of the study's modalities; they must not push the buttons away."""
        chips = QWidget()
        chips.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(chips)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for modality in _modalities(self.study):
            row.addWidget(modality_chip(modality, 18, 24))
        row.addStretch(1)
        return chips

    def show_picture(self, picture: QPixmap) -> None:
        """Show the study's thumbnail."""
        self.picture.setPixmap(picture)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Make it the active study."""
        if event.button() is Qt.MouseButton.LeftButton and self.role != "active":
            self.activate_wanted.emit()

    def _on_activate(self) -> None:
        # The active study stays active: a press does not take that away.
        self.activate_button.setChecked(self.role == "active")
        if self.role != "active":
            self.activate_wanted.emit()


def _modalities(study: Study) -> list[str]:
    """Modalities of a study's images, PET first."""
    found = {"PT": study.pet, "CT": study.ct, "MR": study.mr}
    return [name for name, image in found.items() if image is not None]
