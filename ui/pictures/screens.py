"""Pictures of screens that came with a study: looked at as pictures, one at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeySequence, QPixmap, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.kit.errors import KnownError
from app.core.kit.jobs import JobContext
from app.core.study.study import Study
from ui.frame.capability import Controller, Frame

ROLE = "secondary capture"


def pictures_of(study: Study | None) -> list[tuple[Path, str]]:
    """Return the files of a study's secondary captures, with their series' descriptions."""
    series = () if study is None else study.series
    return [(path, x.description) for x in series if x.role == ROLE for path in x.files]


class ScreenDialog(QDialog):
    """One picture, as large as the dialog, with its name and the way to the others.

    Signals
    -------
    wanted()
        The picture at ``place`` is to be read.
    """

    wanted = Signal()

    def __init__(self, pictures: list[tuple[Path, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Pictures of screens"))
        self.resize(900, 700)
        self.pictures = pictures
        self.place = 0
        self._pixmap = QPixmap()
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        ignored = QSizePolicy.Policy.Ignored
        self.picture.setSizePolicy(ignored, ignored)
        self.picture.setMinimumSize(QSize(200, 150))
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        note = QLabel(self.tr("A picture of a screen: nothing can be measured on it."))
        note.setObjectName("warn")
        arrow = Qt.ArrowType
        self.previous = self._button(arrow.LeftArrow, self.tr("Picture before"), -1, "Left")
        self.next = self._button(arrow.RightArrow, self.tr("Picture after"), +1, "Right")
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 0)
        for part in (self.previous, self.words, self.next):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(note)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        buttons.setContentsMargins(12, 0, 12, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 10)
        column.addWidget(self.picture, 1)
        column.addLayout(row)
        column.addWidget(buttons)
        self._say()

    def show_picture(self, place: int, pixels: npt.NDArray[np.uint8] | None, why: str = "") -> None:
        """Show what was read of a picture (uint8 [rows, columns, 3]), or why it was not."""
        if place != self.place:
            return
        if pixels is None:
            self._pixmap = QPixmap()
            self.picture.setText(why)
            return
        rows, columns = pixels.shape[:2]
        kind = QImage.Format.Format_RGB888
        self._pixmap = QPixmap.fromImage(
            QImage(pixels.tobytes(), columns, rows, columns * 3, kind).copy()
        )
        self._fit()

    def step(self, by: int) -> None:
        """Go to the picture before or after, round the ends."""
        self.place = (self.place + by) % len(self.pictures)
        self._pixmap = QPixmap()
        self.picture.clear()
        self._say()
        self.wanted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the picture to the new size."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if not self._pixmap.isNull():
            self.picture.setPixmap(
                self._pixmap.scaled(
                    self.picture.size(),
                    Qt.AspectRatioMode.KeepAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            )

    def _say(self) -> None:
        description = self.pictures[self.place][1] or self.tr("Series without a description")
        of = self.tr("{0} of {1}").format(self.place + 1, len(self.pictures))
        self.words.setText(f"{description}  ·  {of}")
        self.picture.setAccessibleName(description)
        for button in (self.previous, self.next):
            button.setEnabled(len(self.pictures) > 1)

    def _button(self, arrow: Qt.ArrowType, tip: str, by: int, key: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("flat")
        button.setArrowType(arrow)
        button.setToolTip(f"{tip}  ({key})")
        button.setAccessibleName(tip)
        button.clicked.connect(lambda: self.step(by))
        QShortcut(QKeySequence(key), self).activated.connect(button.click)
        return button


class ScreenController(Controller):
    """Offers the pictures of the open study and reads the one that is looked at."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self.dialog: ScreenDialog | None = None
        self.on("pictures", self.show)
        self.listen(self._session.studies.active_changed, lambda _study: self._put_away())
        self.at_close(self._put_away)

    def show(self) -> None:
        """Open the dialog on the first picture."""
        pictures = pictures_of(self._session.study)
        if not pictures:
            return
        dialog = self.dialog = ScreenDialog(pictures, self._window)
        dialog.wanted.connect(lambda: self._read(dialog))
        dialog.finished.connect(self._on_finished)
        dialog.open()
        self._read(dialog)

    def _read(self, dialog: ScreenDialog) -> None:
        place = dialog.place
        path = dialog.pictures[place][0]

        def work(context: JobContext) -> Any:
            from app.io.pixels.plain_picture import read_picture

            context.check()
            try:
                return read_picture(path), ""
            except KnownError as error:
                return None, str(error)

        def done(found: Any) -> None:
            if self.dialog is dialog:
                dialog.show_picture(place, *found)

        self.run(self.tr("Reading a picture"), work, done, quiet=True)

    def _on_finished(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def _put_away(self) -> None:
        if self.dialog is not None:
            self.dialog.close()
