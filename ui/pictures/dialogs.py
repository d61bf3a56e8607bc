"""What is asked before a picture or a movie is written."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.io.write.movies import MovieFormat

#: Heights of movies, in px.
HEIGHTS_PX = (480, 720, 1080)
USUAL_HEIGHT_PX = 720
#: Pictures a second.
LEAST_HZ, MOST_HZ, USUAL_HZ = 1, 30, 10
#: Width that explaining sentences are broken to, in px.
NOTE_PX = 360


def _tr(words: str) -> str:
    return QCoreApplication.translate("pictures", words)


class _AskDialog(QDialog):
    """A form of choices, the patient's text, and what to do."""

    def __init__(self, title: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(14)
        self.form.setVerticalSpacing(8)
        self.what = QComboBox()
        self._add(self.tr("What"), self.what, self.tr("What the picture shows"))
        self.patient_text = QCheckBox(self.tr("With patient text"))
        tip = self.tr("Name, id, dates and series descriptions; otherwise none of them is written")
        self.patient_text.setToolTip(tip)
        self.patient_text.setAccessibleName(self.tr("With patient text"))
        self.note = QLabel()
        self.note.setObjectName("dim")
        self.note.setWordWrap(True)
        self.note.setMinimumWidth(NOTE_PX)
        kind = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kind.Save | kind.Cancel)
        self.buttons.button(kind.Save).setText(_tr("Save…"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(12)
        column.addLayout(self.form)
        column.addWidget(self.note)
        column.addWidget(self.buttons)

    def _add(self, label: str, field: QWidget, tip: str) -> None:
        field.setToolTip(tip)
        field.setAccessibleName(label)
        self.form.addRow(label, field)


class PictureDialog(_AskDialog):
    """Asks what of the desk to write, and how large.

    Parameters
    ----------
    panes
        Titles of the panes that can be written alone.
    chosen
        Number of the pane that is chosen at first, or ``None`` for the whole desk.
    """

    def __init__(
        self, panes: Sequence[str], chosen: int | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(_tr("Save picture"), parent)
        self.what.addItem(self.tr("All panes"))
        self.what.addItems(list(panes))
        self.what.setCurrentIndex(0 if chosen is None else chosen + 1)
        self.scale = QComboBox()
        for scale in (1, 2):
            self.scale.addItem(self.tr("{0}× the screen").format(scale), scale)
        self._add(self.tr("Size"), self.scale, self.tr("Pixels of the picture against the screen"))
        self.form.addRow("", self.patient_text)
        self.note.setText(
            self.tr("Overlays are drawn as they are shown now. A derived image stays marked.")
        )

    @property
    def pane(self) -> int | None:
        """Number of the chosen pane in the list, or ``None`` for all panes."""
        chosen = self.what.currentIndex() - 1
        return chosen if chosen >= 0 else None


class MovieDialog(_AskDialog):
    """Asks what moves, and how it is written."""

    def __init__(self, movies: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(_tr("Save movie"), parent)
        self.what.addItems(list(movies))
        self.format = QComboBox()
        for kind, title in (
            (MovieFormat.MP4, self.tr("MP4 video")),
            (MovieFormat.GIF, self.tr("Animated GIF")),
            (MovieFormat.WEBP, self.tr("Animated WebP")),
            (MovieFormat.PNG, self.tr("Folder of PNG pictures")),
        ):
            self.format.addItem(title, kind)
        self.height_px = QComboBox()
        for height in HEIGHTS_PX:
            self.height_px.addItem(self.tr("{0} px high").format(height), height)
        self.height_px.setCurrentIndex(HEIGHTS_PX.index(USUAL_HEIGHT_PX))
        self.rate_hz = QSpinBox()
        self.rate_hz.setRange(LEAST_HZ, MOST_HZ)
        self.rate_hz.setValue(USUAL_HZ)
        self.rate_hz.setSuffix(self.tr(" pictures a second"))
        self._add(self.tr("Format"), self.format, self.tr("What the movie is written as"))
        self._add(self.tr("Size"), self.height_px, self.tr("Height of the movie"))
        self._add(self.tr("Speed"), self.rate_hz, self.tr("Pictures a second"))
        self.form.addRow("", self.patient_text)
        self.format.currentIndexChanged.connect(lambda _n: self._explain())
        self._explain()

    @property
    def movie_format(self) -> MovieFormat:
        """What to write."""
        return MovieFormat(self.format.currentData())

    def _explain(self) -> None:
        self.rate_hz.setEnabled(self.movie_format is not MovieFormat.PNG)
        self.note.setText(
            {
                MovieFormat.MP4: self.tr("AV1 video, for browsers, players and slides."),
                MovieFormat.GIF: self.tr("Runs everywhere; 256 colours, larger files."),
                MovieFormat.WEBP: self.tr("For web pages: all colours, small files."),
                MovieFormat.PNG: self.tr("Every picture without loss, in a folder of its own."),
            }[self.movie_format]
        )
