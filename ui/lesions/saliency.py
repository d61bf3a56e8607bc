"""Why a lesion was scored as it was: asking for a map, and showing it while it holds."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from app.core.kit.jobs import JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.saliency import SaliencyMap, SaliencyMethod
from app.core.study.study import Study
from ui.frame.capability import Controller, Frame
from ui.frame.packages import FindPackages, installed_packages
from ui.kit import text
from ui.lesions.panel import LesionsPanel
from ui.lesions.specs import SaliencyState

ExplainWork = Callable[[JobContext], SaliencyMap]
SCORE_TASK = "score-candidates"


def network_explain(
    study: Study, analysis: LesionAnalysis, lesion_id: str, method: SaliencyMethod
) -> ExplainWork:
    """Return the work of explaining a score; torch is imported by the worker."""

    def work(context: JobContext) -> SaliencyMap:
        from inference.tasks.explain import explain, explain_request

        return explain(explain_request(study, analysis, lesion_id, method), context)

    return work


def can_explain(find_packages: FindPackages = installed_packages) -> bool:
    """Whether there is what explains scores, and a package that gives them."""
    return find_spec("inference.tasks.explain") is not None and bool(find_packages(SCORE_TASK))


class SaliencyController(Controller):
    """Wires the session's saliency map to the lesions panel and the panes."""

    def __init__(
        self,
        frame: Frame,
        make_explain: Callable[
            [Study, LesionAnalysis, str, SaliencyMethod], ExplainWork
        ] = network_explain,
        is_possible: Callable[[], bool] = can_explain,
    ) -> None:
        super().__init__(frame)
        self._panel = panel = frame.panel(LesionsPanel)
        self.make_explain, self.is_possible = make_explain, is_possible
        self._explaining = False
        self._asked: Labelmap | None = None
        self._labels: Labelmap | None = None
        session = self._session
        self.listen(session.results.saliency_changed, self._on_saliency)
        self.listen(session.results.changed, self._on_analysis)
        self.listen(session.results.lesions_changed, lambda _changed: self._refresh())
        self.listen(panel.why_wanted, self.explain)
        self.listen(panel.lesion_chosen, lambda _id: self._refresh_button())
        self.on_toggle("saliency", self._scene.overlays.show_saliency)
        self._refresh()

    def state(self) -> SaliencyState:
        """Return whether there is a map that holds."""
        return SaliencyState(self.is_current)

    @property
    def is_current(self) -> bool:
        """Whether the map explains an outline that is still as it was.

        A judgement is a new revision of the table, but it moves no voxel: the map holds on.
        """
        saliency, analysis = self._session.results.saliency, self._session.analysis
        if saliency is None or analysis is None:
            return False
        segmentation = analysis.segmentation
        if segmentation.id != saliency.segmentation_id:
            return False
        # Revisions that moved no voxel have one labelmap; their numbers come again where a whole
        # result is undone and made again.
        return segmentation.labels is self._labels

    def explain(self, method: SaliencyMethod) -> None:
        """Explain the score of the chosen lesion, in the background."""
        study, analysis = self._session.study, self._session.analysis
        ids = self._panel.selected_ids()
        if study is None or analysis is None or not ids or self._explaining:
            return
        lesion = analysis.segmentation.lesion(ids[0])
        title = self.tr("Why {0}? {1}").format(lesion.name, method)
        work = self.make_explain(study, analysis, lesion.id, method)
        job = self._session.results.explain(title, work)
        self.own(job, lambda _report: self._run(False))
        self._asked = analysis.segmentation.labels
        self._run(True)

    def _run(self, runs: bool) -> None:
        self._explaining = runs
        self._refresh_button()

    # From the session

    def _on_analysis(self, analysis: LesionAnalysis | None) -> None:
        # Packages are looked for only once there is something to explain.
        self._panel.why_button.setVisible(analysis is not None and self.is_possible())
        self._refresh()

    def _on_saliency(self, saliency: SaliencyMap | None) -> None:
        analysis = self._session.analysis
        self._labels, self._asked = self._asked, None
        if self._labels is None and saliency is not None and analysis is not None:
            same = analysis.segmentation.revision == saliency.revision
            self._labels = analysis.segmentation.labels if same else None
        self._refresh()
        self._actions["saliency"].setChecked(self.is_current)

    def _refresh(self) -> None:
        saliency = self._session.results.saliency
        current = self.is_current
        if not current:
            self._actions["saliency"].setChecked(False)
        volume = saliency.volume if saliency is not None and current else None
        title = self.tr("Saliency, {0}").format(saliency.method) if saliency else ""
        self._scene.overlays.set_saliency(volume, title)
        self._panel.why.setText(self._sentence(saliency, current))
        self._panel.why.setVisible(saliency is not None and self._session.analysis is not None)
        self._refresh_button()

    def _refresh_button(self) -> None:
        analysis, ids = self._session.analysis, self._panel.selected_ids()
        scored = False
        if analysis is not None and ids:
            scored = analysis.segmentation.lesion(ids[0]).lesion_score is not None
        self._panel.why_button.setEnabled(scored and not self._explaining)

    def _sentence(self, saliency: SaliencyMap | None, current: bool) -> str:
        analysis = self._session.analysis
        if saliency is None or analysis is None:
            return ""
        lesions = {x.id: x.name for x in analysis.segmentation.lesions}
        name = lesions.get(saliency.lesion_id, "")
        if not current:
            return self.tr(
                "The saliency map was made for an earlier outline and is not shown. Ask again."
            )
        return self.tr("Why {0}: {1} of the score {2}. {3} shows or hides the map.").format(
            name,
            saliency.method,
            text.percent(saliency.score),
            self._actions["saliency"].shortcut().toString(),
        )
