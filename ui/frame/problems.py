"""Telling the reader what went wrong: known problems as sentences, bugs as a crash report."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.kit.errors import ExportError, InputError, KnownError, describe_problem
from ui.actions.actions import Actions
from ui.frame import crash
from ui.kit.banner import BannerArea, Step
from ui.kit.pages import TextDialog, open_dialog

TOPIC = "problem"


class ProblemTeller(QObject):
    """Shows errors as banners with a next step, never as a traceback."""

    def __init__(self, banners: BannerArea, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._banners = banners
        self._actions = actions
        self._window = parent
        self._telling = False

    def tell(self, error: BaseException) -> None:
        """Show an error; a bug is written to a report first."""
        if self._telling:
            return
        self._telling = True
        try:
            sentence, next_step = describe_problem(error)
            steps: Sequence[Step] = ()
            if isinstance(error, KnownError):
                steps = self._steps(error)
            elif not isinstance(error, MemoryError):
                sentence, next_step, steps = self._report(error, sentence)
            self._banners.show_message(TOPIC, "error", sentence, next_step, steps)
        finally:
            self._telling = False

    def _steps(self, error: KnownError) -> Sequence[Step]:
        names: tuple[str, ...] = ()
        if isinstance(error, ExportError):
            names = ("export",)
        elif isinstance(error, InputError):
            names = ("open_folder",)
        found = (self._actions[x] for x in names if x in self._actions)
        return [(x.text(), x.trigger) for x in found]

    def _report(self, error: BaseException, sentence: str) -> tuple[str, str, Sequence[Step]]:
        path = crash.write_report(error)
        report = crash.report_text(error)
        show = (self.tr("Show the report…"), lambda: self._show(report))
        if path is None:
            said = self.tr("Your work is kept. The report could not be written to the log folder.")
            return sentence, said, [show]
        said = self.tr("Your work is kept. A report without patient data was written to {0}.")
        return sentence, said.format(path.name), [show]

    def _show(self, report: str) -> None:
        dialog = TextDialog(self.tr("Crash report"), "", self._window)
        dialog.page.setPlainText(report)
        open_dialog(dialog)
