"""The status area: what runs, how far it is, how long it will take, and Cancel."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from app.core.kit.jobs import JobReport, JobState
from ui.frame.bridge import Throttle
from ui.kit import text
from ui.kit.elided import ElidedLabel
from ui.kit.plain import tip

REPAINT_MS = 50


class JobBar(QWidget):
    """Shows the newest running job; says what came of it without taking the focus.

    Signals
    -------
    cancel_wanted(int)
        The reader pressed Cancel for this job id.
    """

    cancel_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._active: dict[int, JobReport] = {}
        self._quiet: set[int] = set()
        self._throttle = Throttle(REPAINT_MS, lambda _: self._paint(), self)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 3, 6, 3)
        row.setSpacing(10)
        self.title = ElidedLabel()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.progress.setFixedWidth(180)
        self.percent = QLabel()
        self.percent.setMinimumWidth(44)
        self.left = QLabel()
        self.left.setObjectName("dim")
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.clicked.connect(self._on_cancel)
        row.addWidget(self.title, 1)
        for part in (self.progress, self.percent, self.left, self.cancel):
            row.addWidget(part)
        self._paint()

    @property
    def active(self) -> tuple[JobReport, ...]:
        """Reports of the jobs that have not ended and are not quiet, oldest first."""
        return tuple(self._active.values())

    def keep_quiet(self, job_id: int) -> None:
        """Do not show this job: housekeeping that nobody asked for."""
        self._quiet.add(job_id)

    def show_report(self, report: JobReport) -> None:
        """Take a job's news."""
        if report.job_id in self._quiet:
            if report.state.ended:
                self._quiet.discard(report.job_id)
            return
        if report.state.ended:
            self._active.pop(report.job_id, None)
            if not self._active:
                self._say_end(report)
            self._throttle.flush(report)
        else:
            fresh = report.job_id not in self._active
            changed = not fresh and self._active[report.job_id].state is not report.state
            self._active[report.job_id] = report
            if fresh or changed:
                self._throttle.flush(report)
            else:
                self._throttle.offer(report)

    def say(self, sentence: str) -> None:
        """Show a sentence, unless a running job needs the place."""
        if not self._active:
            self.title.set_text(sentence)

    def _say_end(self, report: JobReport) -> None:
        endings = {
            JobState.DONE: self.tr("{0}: done"),
            JobState.CANCELLED: self.tr("{0}: cancelled"),
            JobState.FAILED: self.tr("{0}: did not work"),
        }
        self.say(endings[report.state].format(report.title))

    def _paint(self) -> None:
        running = bool(self._active)
        for part in (self.progress, self.percent, self.left, self.cancel):
            part.setVisible(running)
        if not running:
            return
        report = list(self._active.values())[-1]
        more = len(self._active) - 1
        words = report.title + (f" · {report.message}" if report.message else "")
        if report.state is JobState.QUEUED:
            words = self.tr("{0} · waiting for its turn").format(report.title)
        self.title.set_text(words + (self.tr(" (and {0} more)").format(more) if more else ""))
        self.progress.setValue(round(1000 * report.fraction))
        self.percent.setText(text.percent(report.fraction))
        self.left.setText(text.remaining(report.remaining_s))
        cancelling = report.state is JobState.CANCELLING
        self.cancel.setEnabled(not cancelling)
        self.cancel.setText(self.tr("Cancelling…") if cancelling else self.tr("Cancel"))
        self.cancel.setToolTip(tip(self.tr("Stop “{0}”").format(report.title)))

    def _on_cancel(self) -> None:
        if self._active:
            self.cancel_wanted.emit(next(reversed(self._active)))
