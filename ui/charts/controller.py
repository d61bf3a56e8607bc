"""The charts: what the numbers of the chosen lesion are made of, and all volumes at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from app.core.kit.jobs import Job, JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion
from app.core.space.volume import Volume
from ui.charts.data import histogram, lesion_and_shell
from ui.charts.panel import ChartsPanel
from ui.frame.capability import Controller, Frame
from ui.frame.packages import FindPackages, installed_packages
from ui.kit import text
from ui.kit.theme import lesion_colour
from ui.lesions.panel import LesionsPanel
from ui.lesions.saliency import SCORE_TASK

if TYPE_CHECKING:
    from ui.charts.plots import Plots


class ChartsController(Controller):
    """Fills the charts with what is chosen, while they are in view."""

    def __init__(self, frame: Frame, find_packages: FindPackages = installed_packages) -> None:
        super().__init__(frame)
        self._panel, self._lesions = frame.panel(ChartsPanel), frame.panel(LesionsPanel)
        self.find_packages = find_packages
        self._threshold: float | None = None
        self._job: Job | None = None
        #: Lesion, labels and image of the histogram that is shown or on its way.
        self._wanted: tuple[str, Labelmap, Volume] | None = None
        self.listen(self._session.results.changed, lambda _analysis: self.refresh())
        self.listen(self._session.results.lesions_changed, lambda _ids: self.refresh())
        self.listen(self._panel.made, self._on_made)
        self.listen(self._lesions.lesion_chosen, lambda _id: self.refresh())
        self.listen(self._lesions.order_changed, self._refresh_volumes)
        # Only a hand opens and closes it: a window that goes out of sight takes its docks along.
        action, dock = self._actions["charts"], frame.docks["charts"]
        self.on("charts", lambda: dock.setVisible(action.isChecked()))
        self.listen(dock.toggleViewAction().toggled, action.setChecked)

    def refresh(self) -> None:
        """Draw all charts anew, if anyone sees them."""
        plots = self._panel.plots
        if plots is None or not self._panel.isVisible():
            return
        analysis, lesion = self._session.analysis, self._chosen()
        if lesion is None:
            self._wanted = None
        if analysis is None:
            sentence = self.tr(
                "Open a study and find lesions (F): uptake, scores and volumes are drawn here."
            )
            for chart in plots.charts:
                chart.say(sentence)
                sentence = ""
            return
        if lesion is None:
            plots.histogram.say(self.tr("Choose a lesion (N) to see its uptake."))
            plots.score.say(self.tr("Choose a lesion (N) to see how sure its score is."))
        else:
            self._start_histogram(analysis, lesion)
            self._show_score(plots, lesion)
        self._refresh_volumes()

    def _on_made(self) -> None:
        cards = self.find_packages(SCORE_TASK)
        self._threshold = cards[0].threshold if cards else None
        self.refresh()

    def _chosen(self) -> Lesion | None:
        analysis, ids = self._session.analysis, self._lesions.selected_ids()
        if analysis is None or not ids:
            return None
        return next((x for x in analysis.segmentation.lesions if x.id == ids[0]), None)

    # Histogram

    def _start_histogram(self, analysis: LesionAnalysis, lesion: Lesion) -> None:
        segmentation = analysis.segmentation
        # Of the image that the table's values are of.
        pet = self._session.values.measured_pet
        shown = self._wanted
        if pet is None:
            return
        wanted = (lesion.id, segmentation.labels, pet)
        # A judgement keeps the labelmap; an edit does not.
        same = shown is not None and shown[1] is wanted[1] and shown[2] is pet
        if shown is not None and same and shown[0] == lesion.id:
            return
        self._wanted = wanted
        if self._job is not None:
            self._job.cancel()
        derived = self.tr(" (derived)") if analysis.measured_image_id else ""

        def work(context: JobContext) -> Any:
            context.check()
            return histogram(*lesion_and_shell(pet, segmentation, lesion.label))

        def done(found: Any) -> None:
            plots = self._panel.plots
            if self._wanted is wanted and plots is not None:
                colour = lesion_colour(lesion.label, lesion.status)
                unit = "SUV" if str(pet.quantity) == "SUVbw" else str(pet.quantity)
                plots.show_histogram(found, lesion.name, colour, f"{unit}{derived}", "2")

        self._job = self.run(self.tr("Charts"), work, done, quiet=True)

    # Score and volumes

    def _show_score(self, plots: Plots, lesion: Lesion) -> None:
        if lesion.lesion_score is None:
            plots.score.say(self.tr("No network scored this lesion."))
            return
        if len(lesion.score_samples) < 2:
            score = text.percent(lesion.lesion_score)
            plots.score.say(
                self.tr("One score ({0}): this search drew no samples of it.").format(score)
            )
            return
        colour = lesion_colour(lesion.label, lesion.status)
        plots.show_score(lesion.score_samples, lesion.name, colour, self._threshold)

    def _refresh_volumes(self) -> None:
        plots, analysis = self._panel.plots, self._session.analysis
        if plots is None or analysis is None or not self._panel.isVisible():
            return
        from ui.charts.plots import IntervalRow

        lesions = {x.id: x for x in analysis.segmentation.lesions}
        chosen = self._lesions.selected_ids()
        rows = []
        for key in self._lesions.ordered_ids():
            values, lesion = analysis.biomarkers.get(key), lesions.get(key)
            if values is None or lesion is None or not math.isfinite(values["mtv_ml"]):
                continue
            colour = lesion_colour(lesion.label, lesion.status)
            bounds = values.interval("mtv_ml")
            rows.append(
                IntervalRow(lesion.name, values["mtv_ml"], bounds, colour, key in chosen[:1])
            )
        if rows:
            plots.show_volumes(rows)
        else:
            plots.volumes.say(self.tr("No lesion has a volume."))
