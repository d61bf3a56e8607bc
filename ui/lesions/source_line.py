"""The line above the lesion table that says when its values are not those of the original PET."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from ui.kit.elided import WrappedLabel


class SourceLine(QFrame):
    """Names the derived image that is measured, with the way back; hidden for the original.

    Signals
    -------
    original_wanted()
        The reader wants the values of the original PET back.
    """

    original_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("source")
        self.words = WrappedLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.back = QPushButton(self.tr("Original"))
        self.back.setToolTip(self.tr("Show the values of the original PET again"))
        self.back.setAccessibleName(self.tr("Measure on the original PET"))
        self.back.clicked.connect(self.original_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(self.words, 1)
        row.addWidget(self.back)
        self.hide()

    def show_title(self, title: str) -> None:
        """Name the derived image; an empty title hides the line."""
        said = self.tr("DERIVED  Values are of “{0}”, not of the original PET.")
        self.words.set_text(said.format(title) if title else "")
        self.setVisible(bool(title))
