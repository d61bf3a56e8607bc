"""Lesions: asking for them, showing them, judging them, writing them out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from app.core.kit.jobs import JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.lesion import LesionStatus
from app.core.lesions.segmentation import LesionsChanged
from app.core.space.volume import Quantity
from app.core.study.study import Study
from app.io.write.names import LESION_FILES, MEASUREMENT_FILES
from ui.frame.capability import Controller, Frame, Unsaved
from ui.frame.exporting import ask_export_folder
from ui.frame.problems import TOPIC
from ui.kit.folders import last_folder
from ui.kit.theme import lesion_colour
from ui.lesions.panel import LesionsPanel
from ui.lesions.specs import LesionState, can_find

Work = Callable[[JobContext], LesionAnalysis]
RESULT_TOPIC = "result"
#: Warnings of a result that its banner lists.
SHOWN_WARNINGS = 5
OUTLINES_FOLDER = "folders.outlines"


def network_search(study: Study) -> Work:
    """Return the work of the real search on a study; torch is imported by the worker."""

    def work(context: JobContext) -> LesionAnalysis:
        from inference.tasks.find_lesions import find_lesions, request_for

        return find_lesions(request_for(study), context)

    return work


class LesionController(Controller):
    """Wires the session's result to the table, the panes and the actions."""

    def __init__(self, frame: Frame, make_search: Callable[[Study], Work] = network_search) -> None:
        super().__init__(frame)
        self._panel = panel = frame.panel(LesionsPanel)
        self._make_search = make_search
        self._searching = False
        self._had_result = self._had_recovered = False
        session = self._session
        self.listen(session.studies.active_changed, self._on_study)
        self.listen(panel.doubts_wanted, lambda: self._actions.trigger("doubts"))
        self.listen(session.results.changed, self._on_analysis)
        self.listen(session.results.lesions_changed, self._on_lesions)
        self.listen(panel.lesion_chosen, self._on_chosen)
        self.listen(self._scene.lesion_clicked, panel.select)
        for name, status in {
            "accept": LesionStatus.ACCEPTED,
            "reject": LesionStatus.REJECTED,
            "physiological": LesionStatus.PHYSIOLOGICAL,
            "candidate": LesionStatus.CANDIDATE,
        }.items():
            self.on(name, partial(self.judge, status))
        self.on("next_lesion", lambda: panel.step(+1))
        self.on("previous_lesion", lambda: panel.step(-1))
        self.on("look_first", panel.look_first)
        self.on("find", self.find)
        self.on("export", self.ask_export)
        self.on("open_outlines", self.ask_outlines)
        self.on_toggle("uncertainty", self._scene.overlays.show_uncertainty)
        self.at_close(lambda: self.frame.banners.dismiss(RESULT_TOPIC))
        self._show_reason()

    def state(self) -> LesionState:
        """Return which lesions are chosen, and whether a search runs."""
        return LesionState(self._panel.selected_ids(), self._searching)

    def unsaved(self) -> Unsaved | None:
        """Say what would be lost; its export writes the measurements too."""
        if self._session.analysis is None or not self._session.studies.has_unsaved_edits:
            return None
        said = self.tr("The lesions were changed and not exported since.")
        if self._session.measuring.is_unsaved:
            said = self.tr("Measurements or lesions were changed and not exported since.")
        return Unsaved(said, self.ask_export)

    def find(self) -> None:
        """Start the search in the background."""
        study = self._session.study
        if study is None or self._searching:
            return
        self.frame.banners.dismiss(TOPIC)
        job = self._session.results.run(self.tr("Find lesions"), self._make_search(study))
        self.own(job, lambda _report: self._search(False))
        self._search(True)

    def _search(self, runs: bool) -> None:
        self._searching = runs
        self._show_reason()
        self.frame.refresh()

    def judge(self, status: LesionStatus) -> None:
        """Give the chosen lesions a status."""
        self._session.edits.set_status(self._panel.selected_ids(), status)

    def ask_export(self) -> None:
        """Ask for a folder and write everything there."""
        if self._session.analysis is None:
            return
        title = self.tr("Choose a folder for the results")
        measured = bool(self._session.measuring.measurements.items)
        names = (*LESION_FILES, *(MEASUREMENT_FILES if measured else ()))
        folder = ask_export_folder(self._window, title, names)
        if folder is None:
            return
        self.frame.banners.dismiss(TOPIC)
        job = self._session.results.export(folder)
        if job is not None:
            self.own(job)

    def ask_outlines(self) -> None:
        """Ask for a file with outlines and read it onto the PET."""
        settings = self.frame.settings
        title = self.tr("Open outlines")
        file, _ = QFileDialog.getOpenFileName(
            self._window, title, last_folder(settings, OUTLINES_FOLDER)
        )
        if not file:
            return
        settings.set_value(OUTLINES_FOLDER, str(Path(file).parent))
        self.frame.banners.dismiss(TOPIC)
        job = self._session.results.read(title, Path(file))
        if job is not None:
            self.own(job)

    def _on_study(self, study: Study | None) -> None:
        self._panel.show_doubts(() if study is None else study.suv_doubts)
        self._show_reason()

    def _show_reason(self) -> None:
        situation = self.frame.situation()
        self._panel.show_reason(self._reason(situation.study), can_find=can_find(situation))

    def _reason(self, study: Study | None) -> str:
        if study is None:
            return self.tr("Open a study first.")
        if self._searching:
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

    def _on_analysis(self, analysis: LesionAnalysis | None) -> None:
        self._panel.show_analysis(analysis)
        if analysis is None or analysis.uncertainty is None:
            self._actions["uncertainty"].setChecked(False)
        over = self._scene.overlays
        over.set_uncertainty(None if analysis is None else analysis.uncertainty)
        over.set_selected(None)
        self._show_outlines(analysis)
        self._warn(analysis)
        if (analysis is not None) is not self._had_result:
            # The table takes room only when there is one, and gives it back.
            self._had_result = analysis is not None
            self.frame.docks.fit_soon()
        self._had_recovered = analysis is not None and analysis.recovered is not None

    def _warn(self, analysis: LesionAnalysis | None) -> None:
        warnings = () if analysis is None else analysis.provenance.warnings
        if not warnings:
            self.frame.banners.dismiss(RESULT_TOPIC)
            return
        rest = "\n".join(warnings[1:SHOWN_WARNINGS])
        if len(warnings) > SHOWN_WARNINGS:
            more = self.tr("{0} more stand in the provenance and in every export.")
            rest += "\n" + more.format(len(warnings) - SHOWN_WARNINGS)
        self.frame.banners.show_message(RESULT_TOPIC, "warning", warnings[0], rest)

    def _on_lesions(self, changed: LesionsChanged) -> None:
        analysis = self._session.analysis
        if analysis is not None:
            self._panel.update_lesions(analysis, changed.ids)
        self._show_outlines(analysis)
        recovered = analysis is not None and analysis.recovered is not None
        if recovered and not self._had_recovered:
            self.frame.docks.widen("lesions")  # for the columns that came
        self._had_recovered = recovered

    def _show_outlines(self, analysis: LesionAnalysis | None) -> None:
        self._panel.show_totals(self._session.results.totals())
        if analysis is None:
            self._scene.overlays.set_segmentation(None, {})
            return
        segmentation = analysis.segmentation
        colours = {x.id: lesion_colour(x.label, x.status) for x in segmentation.lesions}
        self._scene.overlays.set_segmentation(segmentation, colours)

    # From the reader

    def _on_chosen(self, lesion_id: str) -> None:
        self.frame.refresh()
        analysis = self._session.analysis
        self._scene.overlays.set_selected(lesion_id or None)
        if analysis is not None and lesion_id in analysis.biomarkers:
            self._scene.navigation.set_cursor(analysis.biomarkers[lesion_id].hottest_lps_mm)
