"""The charts dock: what the numbers of the chosen lesion are made of, and all volumes at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QMainWindow, QWidget

from app.core.kit.jobs import Job, JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion
from app.core.space.volume import Volume
from app.session.session import Session
from ui.actions.actions import Actions
from ui.frame.job_bar import JobBar
from ui.frame.packages import FindPackages, installed_packages
from ui.kit import text
from ui.kit.theme import lesion_colour
from ui.lesions.panel import LesionsPanel
from ui.lesions.saliency import SCORE_TASK

if TYPE_CHECKING:
    from ui.attenuation.plot import AttenuationPlot
    from ui.charts.data import EffectCurve
    from ui.charts.plots import Plots

HEIGHT_PX = 210


class ChartsPanel(QWidget):
    """Holds the charts, which are made when the panel is first seen.

    Signals
    -------
    made()
        The charts are there and want their contents.
    """

    made = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumHeight(150)
        self.plots: Plots | None = None
        #: The chart beside the others, made when there is first something to show in it.
        self.attenuation: AttenuationPlot | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)

    def showEvent(self, event: QShowEvent) -> None:
        """Import pyqtgraph and make the charts, once."""
        super().showEvent(event)
        if self.plots is None:
            from ui.charts.plots import Plots

            self.plots = Plots()
            self._row.insertWidget(0, self.plots.widget, 3)
        self.made.emit()

    def show_attenuation(self, curve: EffectCurve | None, remark: str, *, alone: bool) -> None:
        """Show what attenuation would do beside the other charts (``alone``: in their place).

        Without a curve that chart is away, and the others are as if it had never been. ``remark``
        says that the real CT's tube voltage was assumed, where it was.
        """
        if self.plots is None:
            return
        if curve is not None:
            if self.attenuation is None:
                from ui.attenuation.plot import AttenuationPlot

                self.attenuation = AttenuationPlot()
                self._row.addWidget(self.attenuation, 1)
            self.attenuation.show_curve(curve, remark)
        if self.attenuation is not None:
            self.attenuation.setVisible(curve is not None)
        self.plots.widget.setVisible(curve is None or not alone)


def make_charts_dock(panel: ChartsPanel, window: QMainWindow) -> QDockWidget:
    """Put the charts at the bottom of a window, out of sight until they are asked for."""
    dock = QDockWidget(panel.tr("Charts"), window)
    dock.setObjectName("charts")
    dock.setWidget(panel)
    dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
    window.resizeDocks([dock], [HEIGHT_PX], Qt.Orientation.Vertical)
    dock.hide()
    return dock


class ChartsController(QObject):
    """Fills the charts with what is chosen, while they are in view."""

    def __init__(
        self,
        session: Session,
        actions: Actions,
        panel: ChartsPanel,
        dock: QDockWidget,
        lesions: LesionsPanel,
        jobs: JobBar,
        window: QWidget,
        find_packages: FindPackages = installed_packages,
    ) -> None:
        super().__init__(window)
        self._session, self._panel, self._lesions, self._jobs = session, panel, lesions, jobs
        self._find_packages = find_packages
        self._threshold: float | None = None
        self._job: Job | None = None
        #: Lesion, labels and image of the histogram that is shown or on its way.
        self._wanted: tuple[str, Labelmap, Volume] | None = None
        self._cancel = [
            session.results.changed.connect(lambda _analysis: self.refresh()),
            session.results.lesions_changed.connect(lambda _changed: self.refresh()),
        ]
        panel.made.connect(self._on_made)
        lesions.lesion_chosen.connect(lambda _id: self.refresh())
        lesions.order_changed.connect(self._refresh_volumes)
        # Only a hand opens and closes it: a window that goes out of sight takes its docks along.
        actions["charts"].triggered.connect(lambda on: dock.setVisible(on))
        dock.toggleViewAction().toggled.connect(actions["charts"].setChecked)

    def disconnect_session(self) -> None:
        """Hear nothing more of the session."""
        for cancel in self._cancel:
            cancel()

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
        cards = self._find_packages(SCORE_TASK)
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
            from ui.charts.data import histogram, lesion_and_shell

            context.check()
            return histogram(*lesion_and_shell(pet, segmentation, lesion.label))

        def done(found: Any) -> None:
            plots = self._panel.plots
            if self._wanted is wanted and plots is not None:
                colour = lesion_colour(lesion.label, lesion.status)
                unit = "SUV" if str(pet.quantity) == "SUVbw" else str(pet.quantity)
                plots.show_histogram(found, lesion.name, colour, f"{unit}{derived}", "2")

        self._job = self._session.jobs.run(self.tr("Charts"), work, done)
        self._jobs.keep_quiet(self._job.id)

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
