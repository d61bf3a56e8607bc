"""Asking before what was not exported goes."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMessageBox

from ui.frame.capability import Frame, Unsaved


def may_close(frame: Frame) -> bool:
    """Whether the active study may be closed: the reader is asked about what would be lost."""
    controllers = frame.in_use.controllers.values()
    found = [x for x in (controller.unsaved() for controller in controllers) if x is not None]
    if not found:
        return True
    answer = _ask(frame, found)
    if answer == QMessageBox.StandardButton.Save:
        found[0].keep()
        return False
    return answer == QMessageBox.StandardButton.Discard


def may_close_all(frame: Frame) -> bool:
    """Whether every open study may be closed; each that would lose something is shown first."""
    for study in frame.session.studies.unsaved:
        frame.session.studies.activate(study)
        if not may_close(frame):
            return False
    return True


def _ask(frame: Frame, found: list[Unsaved]) -> int:
    box = QMessageBox(frame.window)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(_tr("Unsaved judgements"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText("\n".join(x.said for x in found))
    box.setInformativeText(_tr("Export them first, or go on and lose the changes?"))
    button = QMessageBox.StandardButton
    box.setStandardButtons(button.Save | button.Discard | button.Cancel)
    box.button(button.Save).setText(_tr("Export…"))
    box.button(button.Discard).setText(_tr("Go on without export"))
    box.setDefaultButton(button.Save)
    answer = box.exec()
    box.deleteLater()
    return answer


def _tr(words: str) -> str:
    return QCoreApplication.translate("closing", words)
