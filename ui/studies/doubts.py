"""Why numbers are in doubt: told beside the mark that was clicked, with what to do about it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QAction, QCursor
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from app.core.study.study import Study
from ui.frame.capability import Controller
from ui.kit.elided import WrappedLabel
from ui.kit.link import LinkLabel
from ui.studies.header_form import can_be_typed
from viewers.paint.numbers import short_date

WIDTH_PX = 380


class DoubtsPopup(QDialog):
    """Sentences on what a study's numbers rest on; a click elsewhere or Escape puts it away.

    Parameters
    ----------
    study
        Whose numbers they are.
    steps
        Actions that may help.
    parent
        The window.
    """

    def __init__(self, study: Study, steps: list[QAction], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("doubts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(WIDTH_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        scale = study.pet_suv
        if scale is not None and scale.type is None:
            title = _tr("There is no SUV")
        else:
            title = _tr("What these numbers rest on")
        heading = QLabel(title)
        heading.setObjectName("title")
        column.addWidget(heading)
        self.sentences = study.suv_doubts
        for sentence in self.sentences:
            label = WrappedLabel(sentence)
            label.setObjectName("warn")
            column.addWidget(label)
        if not steps:
            said = _tr("They are of the study of {0}: make it the active one to type in values.")
            note = WrappedLabel(said.format(short_date(study.date) or _tr("unknown date")))
            note.setObjectName("dim")
            column.addWidget(note)
        for step in steps:
            column.addWidget(LinkLabel(step.text(), partial(self._go, step)))
        column.addStretch()

    def _go(self, step: QAction) -> None:
        """Make room first: what a step does may open a dialog."""
        self.close()
        step.trigger()

    def show_at(self, place: QPoint) -> None:
        """Show it beside a place on the screen, wholly on that screen."""
        self.ensurePolished()
        layout = self.layout()
        if layout is not None:
            # As high as the wrapped sentences are at this width: `adjustSize` takes more.
            layout.activate()
            self.resize(WIDTH_PX, layout.totalHeightForWidth(WIDTH_PX))
        room = self.screen().availableGeometry()
        x = min(place.x(), room.right() - self.width())
        y = min(place.y() + 12, room.bottom() - self.height())
        self.move(max(room.left(), x), max(room.top(), y))
        self.show()


class Doubts:
    """Tells what is in doubt, from a mark in a pane, the head of a table, or the menu.

    Parameters
    ----------
    owner
        The controller of the studies.
    """

    def __init__(self, owner: Controller) -> None:
        self._frame = owner.frame
        owner.on("doubts", self.show_active)
        owner.listen(owner.frame.scene.doubt_clicked, self.show)

    def show_active(self) -> None:
        """Tell of the active study, where the mouse is."""
        study = self._frame.session.study
        if study is not None:
            at = QCursor.pos()
            self.show(study, (at.x(), at.y()))

    def show(self, study: Study, place: tuple[int, int]) -> None:
        """Tell of a study, beside a place on the screen (pixels)."""
        active, actions = self._frame.session.study, self._frame.actions
        names: tuple[str, ...] = ()
        if study is active:
            names = ("headers", "provenance") if _typing_helps(study) else ("provenance",)
        elif active is not None and study.series is active.series:
            # Another series of the active study in a pane: values are typed in for its PET.
            names = ("provenance",)
        steps = [actions[x] for x in names]
        popup = DoubtsPopup(study, steps, self._frame.window)
        popup.show_at(QPoint(*place))


def _typing_helps(study: Study) -> bool:
    """Whether a value that the form takes may end a doubt: none of the series' own is."""
    suv = study.suv
    if suv is None:
        return False
    return bool(suv.warnings) if suv.type is not None else can_be_typed(suv.missing)


def _tr(words: str) -> str:
    return QCoreApplication.translate("doubts", words)
