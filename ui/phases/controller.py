"""Time frames and gates: the slider's wish is read in the background, then shown."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox

from app.core.kit.jobs import Job, JobContext, JobReport, JobState
from app.core.study.study import Study
from ui.frame.capability import Controller, Frame
from ui.phases.bar import PhaseBar


def same_but_phase(before: Study | None, after: Study | None) -> bool:
    """Whether two studies are one, with another time frame or gate of it."""
    if before is None or after is None or before.choice != after.choice:
        return False
    shown = [[p.shown for p in x.phases] for x in (before, after)]
    images = [[p.series_uid for p in x.phases] for x in (before, after)]
    return images[0] == images[1] and shown[0] != shown[1] and before.source == after.source


class PhaseController(Controller):
    """Reads the phase that the reader wishes for; while one is read, only the last wish waits."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self._job: Job | None = None
        self._waiting: tuple[str, int] | None = None
        self.bar = PhaseBar()
        self._holder.add_below(self.bar)
        self.at_close(self.bar.deleteLater)
        self.bar.wanted.connect(self.show_phase)
        self.on("phase_previous", lambda: self._step(-1))
        self.on("phase_next", lambda: self._step(+1))
        self.on("phase_mean", self._toggle_mean)
        self.listen(self._session.studies.active_changed, self._on_study)
        self._on_study(self._session.study)

    def show_phase(self, series_uid: str, number: int) -> None:
        """Read a phase of the open study and show it; outlines on the present one are asked for."""
        study = self._session.study
        if study is None or self._is_shown(study, series_uid, number):
            self._waiting = None
            self.bar.show_study(study)
            return
        if self._job is not None:
            self._waiting = (series_uid, number)
            return
        if not self._may_lose_result():
            self.bar.show_study(study)
            return

        def work(context: JobContext) -> Study:
            from app.io.open.phases import with_phase

            return with_phase(study, series_uid, number, context)

        def done(changed: Study) -> None:
            self._job = None
            # Read for a study that need not be the active one any more.
            if study in self._session.studies.all:
                self._session.studies.exchange(study, changed)
            self._go_on()

        title = self.tr("Reading another time frame or gate")
        self._job = self.run(title, work, done, ended=self._on_end, quiet=True)

    def _go_on(self) -> None:
        wish, self._waiting = self._waiting, None
        if wish is not None:
            self.show_phase(*wish)

    def _is_shown(self, study: Study, series_uid: str, number: int) -> bool:
        return self._job is None and any(
            p.series_uid == series_uid and p.shown == number for p in study.phases
        )

    def _on_end(self, report: JobReport) -> None:
        if report.state is not JobState.DONE:
            # The session tells why; the slider goes back to what is shown.
            self._job, self._waiting = None, None
            self.bar.show_study(self._session.study)
            self._check()

    def _on_study(self, study: Study | None) -> None:
        self.bar.show_study(study)
        if self._waiting is not None and (study is None or self._waiting[0] not in self.bar.rows):
            self._waiting = None
        self._check()

    def _check(self) -> None:
        study = self._session.study
        phases = () if study is None else study.phases
        mean = bool(phases) and phases[0].shown == phases[0].MEAN
        self._actions["phase_mean"].setChecked(mean)

    def _step(self, by: int) -> None:
        for row in list(self.bar.rows.values())[:1]:
            row.step(by)

    def _toggle_mean(self) -> None:
        for row in list(self.bar.rows.values())[:1]:
            row.toggle_mean()
        self._check()

    def _may_lose_result(self) -> bool:
        """Ask before outlines go: they were drawn on the values that are shown now."""
        if self._session.analysis is None:
            return True
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Another time frame or gate"))
        box.setText(
            self.tr("The outlines belong to the time frame or gate on which they were found.")
        )
        box.setInformativeText(self.tr("Show another one and take the outlines away?"))
        button = QMessageBox.StandardButton
        box.setStandardButtons(button.Yes | button.Cancel)
        box.button(button.Yes).setText(self.tr("Show it without outlines"))
        box.setDefaultButton(button.Cancel)
        answer = box.exec()
        box.deleteLater()
        return bool(answer == button.Yes)
