"""One series in the studies panel: what it is, where it is shown, how it gets to a pane."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPixmap,
)
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QMenu, QVBoxLayout

from app.core.kit.plain_text import readable
from app.core.study.series_drag import SERIES_MIME, packed_series
from app.core.study.study import SeriesInfo
from ui.kit import text
from ui.kit.elided import ElidedLabel
from ui.kit.plain import plain_label, tip
from ui.kit.theme import icon

#: Chip colours by modality: quiet, but told apart at a glance.
_CHIPS = {
    "PT": ("#5a3a1c", "#f0c48f"),
    "NM": ("#5a3a1c", "#f0c48f"),
    "CT": ("#2c3b4a", "#b9d3ea"),
    "MR": ("#2d4536", "#b5dcc3"),
}
_OTHER_CHIP = ("#34383e", "#b8bfc7")
THUMBNAIL_PX = (32, 44)


def modality_chip(modality: str, height: int = 20, least_width: int = 32) -> QLabel:
    """Make the coloured chip of a modality."""
    chip = plain_label(readable(modality, 8) or "?")
    ground, ink = _CHIPS.get(modality, _OTHER_CHIP)
    chip.setAlignment(Qt.AlignmentFlag.AlignCenter)
    width = max(least_width, QFontMetrics(chip.font()).horizontalAdvance(chip.text()) + 10)
    chip.setFixedSize(width, height)
    chip.setStyleSheet(f"background: {ground}; color: {ink}; border-radius: 3px; font-weight: 600;")
    return chip


class SeriesRow(QFrame):
    """Modality chip, thumbnail, description, role, number of images, and where it is shown.

    Signals
    -------
    pane_wanted(str)
        The series (its UID) is to be shown in the active pane: Enter, or the row's menu.
    """

    pane_wanted = Signal(str)

    def __init__(self, series: SeriesInfo, *, shown: bool, study_key: str = "") -> None:
        super().__init__()
        self.setObjectName("series")
        self.series, self._key = series, study_key
        self._pressed: QPoint | None = None
        self._shown = shown
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(2, 4, 2, 4)
        outer.setSpacing(8)
        left = QVBoxLayout()
        left.setSpacing(3)
        self._chip = modality_chip(series.modality)
        left.addWidget(self._chip, 0, Qt.AlignmentFlag.AlignHCenter)
        self.picture = QLabel()
        self.picture.hide()
        left.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignHCenter)
        left.addStretch(1)
        outer.addLayout(left)
        outer.addLayout(self._words(), 1)
        if series.warnings:
            sign = QLabel()
            sign.setPixmap(icon("warning").pixmap(16, 16))
            sign.setToolTip(tip("\n".join(series.warnings)))
            outer.addWidget(sign)
        self._eye = QLabel()
        self._eye.setPixmap(icon("eye").pixmap(16, 16))
        outer.addWidget(self._eye)
        self.show_places(())

    def _words(self) -> QVBoxLayout:
        series = self.series
        words = QVBoxLayout()
        words.setSpacing(0)
        self._title = ElidedLabel(series.description or self.tr("Series without a description"))
        words.addWidget(self._title)
        images = (
            self.tr("1 image")
            if series.images == 1
            else self.tr("{0} images").format(text.number(series.images, 0))
        )
        role = series.role if series.role not in ("", series.modality, "other") else ""
        self.detail = ElidedLabel(" · ".join(x for x in (role, images) if x))
        self.detail.setObjectName("dim")
        words.addWidget(self.detail)
        self.where = ElidedLabel()
        self.where.setObjectName("faint")
        self.where.hide()
        words.addWidget(self.where)
        words.addStretch(1)
        return words

    def show_picture(self, picture: QPixmap) -> None:
        """Show the series' thumbnail."""
        self.picture.setPixmap(picture)
        self.picture.show()

    def show_places(self, panes: tuple[str, ...]) -> None:
        """Say in which panes the series is shown; none: only that it belongs to the usual ones."""
        shown = bool(panes) or self._shown
        self._eye.setVisible(shown)
        said = self.tr("Shown in {0}").format(", ".join(panes)) if panes else ""
        self._eye.setToolTip(tip(said or self.tr("Shown in the panes")))
        # Short here, by kind of pane; the tooltip names every pane.
        kinds = dict.fromkeys(x.split()[0] for x in panes)
        self.where.setText(self.tr("in {0}").format(", ".join(kinds)) if panes else "")
        self.where.setToolTip(tip(said))
        self.where.setVisible(bool(panes))
        for label in (self._title, self._chip):
            label.setEnabled(shown)
        told = (self.series.description, *self.series.warnings, said, self._hint())
        self.setToolTip(tip("\n".join(x for x in told if x)))
        name = readable(self.series.description or self.series.modality)
        self.setAccessibleName(self.tr("Series {0}").format(name))
        self.setAccessibleDescription(said or self._hint())

    def _hint(self) -> str:
        return self.tr("Drag it to a pane, or press Enter to show it in the active pane.")

    # The hand

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a drag may begin."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin a drag once the mouse has moved a little."""
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        away = (event.position().toPoint() - self._pressed).manhattanLength()
        if away >= QApplication.startDragDistance():
            self._pressed = None
            drag = QDrag(self)
            drag.setMimeData(self.mime())
            drag.setPixmap(self._chip.grab())
            drag.exec(Qt.DropAction.CopyAction)

    def mime(self) -> QMimeData:
        """Return what a drag carries: the study's key and the series UID."""
        data = QMimeData()
        data.setData(SERIES_MIME, packed_series(self._key, self.series.uid))
        return data

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the series in the active pane with Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.pane_wanted.emit(self.series.uid)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the same by a menu."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        uid = self.series.uid
        menu.addAction(self.tr("Show in the active pane"), lambda: self.pane_wanted.emit(uid))
        menu.popup(event.globalPos())
