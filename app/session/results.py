"""The session's results: searches, explanations of a score, totals, export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.core.kit.events import Event
from app.core.kit.jobs import Job, JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.biomarkers import Totals
from app.core.lesions.saliency import SaliencyMap
from app.core.lesions.segmentation import LesionsChanged
from app.session.changes.change import Applied
from app.session.changes.kinds import ResultChange
from app.session.jobs import Jobs
from app.session.open_studies import OpenStudy
from app.session.outlines_file import analysis_of_file
from app.session.studies import Studies
from app.session.undo import Undo


class Results:
    """Lesions of the active study, and what a network said of them.

    ``changed`` is emitted where the result is another one, ``lesions_changed`` where lesions of
    it are.
    """

    def __init__(self, studies: Studies, history: Undo, jobs: Jobs) -> None:
        self._studies, self._history, self._jobs = studies, history, jobs
        self.changed: Event[LesionAnalysis | None] = Event()
        self.lesions_changed: Event[LesionsChanged] = Event()
        self.saliency_changed: Event[SaliencyMap | None] = Event()

    @property
    def saliency(self) -> SaliencyMap | None:
        """The saliency map of the active study."""
        return self._studies.active.content.saliency

    def run(self, title: str, work: Callable[[JobContext], LesionAnalysis]) -> Job:
        """Run a lesion search on the device thread; its result is one undoable change."""

        def done(record: OpenStudy, result: LesionAnalysis) -> None:
            self._history.push(ResultChange(title, record.content.analysis, result), record)
            found = len(result.segmentation.lesions)
            said = f"{title}: {found} candidate{'' if found == 1 else 's'} found"
            self._jobs.notice.emit(f"{said}{self._studies.whose(record)}.")

        return self._studies.run(title, work, done)

    def read(self, title: str, path: Path) -> Job | None:
        """Read outlines from a file on the CPU pool; they become the result, undoably.

        ``None`` without a study.
        """
        self._jobs.require_thread()
        study = self._studies.active.study
        if study is None:
            return None

        def work(context: JobContext) -> LesionAnalysis:
            return analysis_of_file(study, path, context)

        def done(record: OpenStudy, result: LesionAnalysis) -> None:
            self._history.push(ResultChange(title, record.content.analysis, result), record)
            found = len(result.segmentation.lesions)
            said = f"{title}: {found} outline{'' if found == 1 else 's'} read"
            self._jobs.notice.emit(f"{said}{self._studies.whose(record)}.")

        return self._studies.run(title, work, done, on_device=False)

    def explain(self, title: str, work: Callable[[JobContext], SaliencyMap]) -> Job:
        """Explain a lesion's score on the device thread; ``saliency_changed`` follows."""

        def done(record: OpenStudy, found: SaliencyMap) -> None:
            record.content.saliency = found
            if record is self._studies.active:
                self.saliency_changed.emit(found)

        return self._studies.run(title, work, done)

    def clear_saliency(self) -> None:
        """Take the saliency map away."""
        self._jobs.require_thread()
        self._studies.active.content.saliency = None
        self.saliency_changed.emit(None)

    def totals(self) -> Totals | None:
        """Whole-patient values over the lesions that count, or ``None`` without a result."""
        analysis = self._studies.active.content.analysis
        return None if analysis is None else analysis.totals()

    def export(self, folder: Path) -> Job | None:
        """Write every result file in the background; ``None`` without a result."""
        self._jobs.require_thread()
        record = self._studies.active
        study, analysis, drawn = record.study, record.content.analysis, record.content.drawn
        measurements = drawn.measurements
        if study is None or analysis is None:
            return None

        def work(context: JobContext) -> tuple[Path, ...]:
            from app.io.write.exporter import Part, export
            from app.io.write.lesions import LesionFiles
            from app.io.write.measurements import MeasurementFiles

            parts: list[Part] = [LesionFiles(analysis)]
            parts += [MeasurementFiles(measurements)] if measurements.items else []
            return export(study, parts, folder, context)

        def done(files: Any) -> None:
            drawn.saved = measurements
            record.saved = analysis.segmentation
            self._jobs.notice.emit(f"Exported {len(files)} files to {folder.name}.")

        return self._jobs.run("Exporting", work, done)

    def tell(self, record: OpenStudy, changed: LesionsChanged) -> None:
        """Announce that lesions of a study changed, if it is the active one."""
        if record is self._studies.active:
            self.lesions_changed.emit(changed)

    def on_applied(self, record: OpenStudy, applied: Applied) -> None:
        """Announce what a change did to the result."""
        if applied.whole and record is self._studies.active:
            self.changed.emit(record.content.analysis)
        elif applied.lesions is not None:
            self.tell(record, applied.lesions)

    def on_switched(self) -> None:
        """Announce the result of another study."""
        self.saliency_changed.emit(self.saliency)
        self.changed.emit(self._studies.active.content.analysis)
