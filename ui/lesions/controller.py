"""Lesions: asking for them, showing them, judging them, writing them out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QMessageBox, QWidget

from app.core.kit.jobs import JobContext, JobReport
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.lesion import LesionStatus
from app.core.lesions.segmentation import LesionsChanged
from app.core.space.volume import Quantity
from app.core.study.study import Study
from app.session.session import Session
from ui.actions.actions import Actions, shows_ct
from ui.frame.desk_holder import DeskHolder
from ui.frame.job_bar import JobBar
from ui.frame.problems import TOPIC
from ui.kit.folders import EXPORT_FOLDER, ask_folder
from ui.kit.theme import lesion_colour
from ui.lesions.panel import LesionsPanel

if TYPE_CHECKING:
    from viewers.desk.desk import ReadingDesk

Work = Callable[[JobContext], LesionAnalysis]


def network_search(study: Study) -> Work:
    """Return the work of the real search on a study; torch is imported by the worker."""

    def work(context: JobContext) -> LesionAnalysis:
        from inference.tasks.find_lesions import find_lesions, request_for

        return find_lesions(request_for(study), context)

    return work


class LesionController(QObject):
    """Wires the session's result to the table, the panes and the actions."""

    def __init__(
        self,
        session: Session,
        actions: Actions,
        holder: DeskHolder,
        panel: LesionsPanel,
        jobs: JobBar,
        window: QWidget,
        make_search: Callable[[Study], Work] = network_search,
    ) -> None:
        super().__init__(window)
        self._session, self._actions, self._window = session, actions, window
        self._holder, self._panel, self._jobs = holder, panel, jobs
        self._make_search = make_search
        self._searching: int | None = None
        self._cancel = [
            session.results.changed.connect(self._on_analysis),
            session.results.lesions_changed.connect(self._on_lesions),
            session.history.changed.connect(self.refresh),
            session.derived.changed.connect(lambda _images: self.refresh()),
            session.jobs.changed.connect(self._on_job),
        ]
        panel.lesion_chosen.connect(self._on_chosen)
        holder.desk_made.connect(self._connect_desk)
        for name, status in {
            "accept": LesionStatus.ACCEPTED,
            "reject": LesionStatus.REJECTED,
            "physiological": LesionStatus.PHYSIOLOGICAL,
            "candidate": LesionStatus.CANDIDATE,
        }.items():
            actions[name].triggered.connect(lambda _=False, status=status: self.judge(status))
        actions["next_lesion"].triggered.connect(lambda: panel.step(+1))
        actions["previous_lesion"].triggered.connect(lambda: panel.step(-1))
        actions["look_first"].triggered.connect(panel.look_first)
        actions["find"].triggered.connect(self.find)
        actions["export"].triggered.connect(self.ask_export)
        actions["undo"].triggered.connect(session.history.undo)
        actions["redo"].triggered.connect(session.history.redo)
        self.refresh()

    def disconnect_session(self) -> None:
        """Hear nothing more of the session."""
        for cancel in self._cancel:
            cancel()

    def find(self) -> None:
        """Start the search in the background."""
        study = self._session.study
        if study is None or self._searching is not None:
            return
        self._holder.banners.dismiss(TOPIC)
        job = self._session.results.run(self.tr("Find lesions"), self._make_search(study))
        self._searching = job.id
        self._jobs.show_report(job.report)
        self.refresh()

    def judge(self, status: LesionStatus) -> None:
        """Give the chosen lesions a status."""
        self._session.edits.set_status(self._panel.selected_ids(), status)

    def ask_export(self) -> None:
        """Ask for a folder and write everything there."""
        if self._session.analysis is None:
            return
        title = self.tr("Choose a folder for the results")
        folder = ask_folder(self._window, title, EXPORT_FOLDER)
        if folder is None or not may_write(folder, self._window):
            return
        self._holder.banners.dismiss(TOPIC)
        job = self._session.results.export(folder)
        if job is not None:
            self._jobs.show_report(job.report)

    def refresh(self) -> None:
        """Bring actions and empty states in line with what there is."""
        session = self._session
        study, analysis = session.study, session.analysis
        present = set()
        if study is not None:
            present.add("study")
            present |= {"pet"} if study.pet is not None else set()
            present |= {"ct"} if shows_ct(study, session.derived.images) else set()
            present |= {"suv"} if self._can_find(study) else set()
        if analysis is not None:
            present.add("result")
            present |= {"uncertainty"} if analysis.uncertainty is not None else set()
            present |= {"lesion"} if self._panel.selected_ids() else set()
        self._actions.enable(present)
        for name, text, can in (
            ("undo", session.history.undo_text, session.history.can_undo),
            ("redo", session.history.redo_text, session.history.can_redo),
        ):
            word = self.tr("Undo") if name == "undo" else self.tr("Redo")
            self._actions[name].setEnabled(can)
            self._actions[name].setText(f"{word}: {text}" if text else word)
        self._panel.show_reason(self._reason(study), can_find="suv" in present)

    def _can_find(self, study: Study) -> bool:
        suv = study.pet is not None and study.pet.quantity is Quantity.SUV_BW
        return suv and self._searching is None

    def _reason(self, study: Study | None) -> str:
        if study is None:
            return self.tr("Open a study first.")
        if self._searching is not None:
            return self.tr("The search runs in the background; read on meanwhile.")
        if study.pet is None:
            return self.tr("There is no attenuation-corrected PET in this study.")
        if study.pet.quantity is not Quantity.SUV_BW:
            return self.tr("The search needs SUV. See the note above the images.")
        return self.tr(
            "A network looks through PET and CT for lesions, outlines them and measures each. "
            "It runs in the background on this computer."
        )

    # From the session

    def _on_job(self, report: JobReport) -> None:
        if report.job_id == self._searching and report.state.ended:
            self._searching = None
            self.refresh()

    def _on_analysis(self, analysis: LesionAnalysis | None) -> None:
        self._panel.show_analysis(analysis)
        if analysis is None or analysis.uncertainty is None:
            self._actions["uncertainty"].setChecked(False)
        desk = self._holder.desk
        if desk is not None:
            desk.set_uncertainty(None if analysis is None else analysis.uncertainty)
            desk.set_selected(None)
        self._show_outlines(analysis)
        self._warn(analysis)

    def _warn(self, analysis: LesionAnalysis | None) -> None:
        warnings = () if analysis is None else analysis.provenance.warnings
        if not warnings:
            self._holder.banners.dismiss("result")
            return
        self._holder.banners.show_message(
            "result", "warning", warnings[0], "\n".join(warnings[1:4])
        )

    def _on_lesions(self, changed: LesionsChanged) -> None:
        analysis = self._session.analysis
        if analysis is not None:
            self._panel.update_lesions(analysis, changed.ids)
        self._show_outlines(analysis)

    def _show_outlines(self, analysis: LesionAnalysis | None) -> None:
        self._panel.show_totals(self._session.results.totals())
        desk = self._holder.desk
        if desk is None:
            return
        if analysis is None:
            desk.set_segmentation(None, {})
            return
        segmentation = analysis.segmentation
        colours = {x.id: lesion_colour(x.label, x.status) for x in segmentation.lesions}
        desk.set_segmentation(segmentation, colours)

    # From the reader

    def _on_chosen(self, lesion_id: str) -> None:
        self.refresh()
        desk, analysis = self._holder.desk, self._session.analysis
        if desk is None:
            return
        desk.set_selected(lesion_id or None)
        if analysis is not None and lesion_id in analysis.biomarkers:
            desk.set_cursor(analysis.biomarkers[lesion_id].hottest_lps_mm)

    def _connect_desk(self, desk: ReadingDesk) -> None:
        desk.lesion_clicked.connect(self._panel.select)


def may_write(folder: Path, window: QWidget) -> bool:
    """Ask before an earlier export in a folder is replaced."""
    if not (folder / "summary.json").exists():
        return True
    words = QCoreApplication.translate(
        "export", "The folder {0} already holds results. Replace them?"
    )
    title = QCoreApplication.translate("export", "Replace results?")
    answer = QMessageBox.question(window, title, words.format(folder.name))
    return answer == QMessageBox.StandardButton.Yes
