"""The one owner of what changes: the open studies, their outlines, and their history.

Only `Session` mutates, and only on the thread that made it. Work runs in job queues on frozen
inputs; a result comes back through ``post`` and is accepted only if the study it was made from
is still open. Several studies can be open: one of them is active (tools, search and exports work
on it), and one may be the comparison. What belongs to one study is in `app.session.record`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.core.kit.errors import InputError
from app.core.kit.events import Event
from app.core.kit.jobs import Job, JobContext, JobQueue
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.biomarkers import Biomarkers, RecoveredValues, Totals
from app.core.lesions.lesion import LesionStatus
from app.core.lesions.saliency import SaliencyMap
from app.core.lesions.segmentation import Patch
from app.core.space.volume import Volume
from app.core.study.derived import DerivedImage
from app.session.alignment import AlignmentPart
from app.session.history import RecoveryChange, SourceChange, Step
from app.session.jobs import Post
from app.session.record import OpenStudy


class Session(AlignmentPart):
    """Open studies, results and history; announces every change.

    Parameters
    ----------
    cpu
        Pool for reading and writing files.
    device
        The single device thread for networks.
    post
        Hands a callable to the thread that owns the session; called from workers. In the
        window this is a Qt bridge, in tests and the command line a plain queue.
    """

    def __init__(self, cpu: JobQueue, device: JobQueue, post: Post) -> None:
        super().__init__(cpu, device, post)
        self.lesions_changed: Event[tuple[str, ...]] = Event()
        self.derived_values_changed: Event[()] = Event()

    # Results

    def run_analysis(self, title: str, work: Callable[[JobContext], LesionAnalysis]) -> Job:
        """Run a lesion search on the device thread; its result is one undoable step."""

        def done(record: OpenStudy, result: LesionAnalysis) -> None:
            self._push(Step(title, None, record.analysis, result), record)
            found = len(result.segmentation.lesions)
            said = f"{title}: {found} candidate{'' if found == 1 else 's'} found"
            self.notice.emit(f"{said}{self._whose(record)}.")

        return self._run_on_device(title, work, done)

    def run_derived(
        self, title: str, work: Callable[[JobContext], DerivedImage], *, on_device: bool = True
    ) -> Job:
        """Make a derived image; it replaces an earlier one of its kind and title.

        On the device thread, or with ``on_device=False`` on the CPU pool: what needs no network.
        """
        study = self.study

        def done(record: OpenStudy, image: DerivedImage) -> None:
            if self._put_aside(record, study, image.source_uids.values()):
                return
            for older in record.replaced_by(image):
                self._measure_original_instead(record, older.id)
            record.add_derived(image)
            if record is self._active:
                self.derived_changed.emit(record.derived)
            self._measure_derived(record)
            self.notice.emit(f"{image.title} is ready{self._whose(record)}.")

        return self._run_on_device(title, work, done, queue=None if on_device else self._cpu)

    def remove_derived(self, image_id: str) -> None:
        """Take a derived image away; nothing happens if it is not there."""
        self._require_thread()
        self._measure_original_instead(self._active, image_id)
        self._active.remove_derived(image_id)
        self.derived_changed.emit(self.derived)

    def measure_on(self, image_id: str | None) -> None:
        """Take the lesions' values from a derived image, or from the original; one undoable step.

        Table, totals and exports then hold these values and name their source. SUV of a derived
        image has no intervals: the samples' outlines were measured on the original only.

        Raises
        ------
        InputError
            If the lesions are not measured on that image, or their outlines changed since.
        """
        self._require_thread()
        record, analysis = self._active, self.analysis
        if analysis is None or (image_id or "") == analysis.measured_image_id:
            return
        values = analysis.original if image_id is None else record.values_on(image_id)
        if values is None or analysis.is_stale:
            raise InputError(
                "The lesions are not measured on that image yet.",
                "Wait until they are measured, then choose it again.",
            )
        title = f"Measure on {values.on}"
        self._push(Step(title, source=SourceChange(analysis.measured, values)), record)

    def can_measure_on(self, image_id: str) -> bool:
        """Whether every lesion is measured on a derived image, with its present outline."""
        return self._active.values_on(image_id) is not None

    @property
    def measured_pet(self) -> Volume | None:
        """The PET that the lesions' values are taken from: the original or a derived one."""
        return self._active.measured_pet()

    def run_recovery(self, fwhm_mm: float) -> Job | None:
        """Recover SUVmean and SUVmax from the scanner's blur in the background; one undoable step.

        The values stand beside the measured ones, in the place of earlier recovered ones. A newer
        call wins. ``None`` without a result.

        Raises
        ------
        InputError
            If the outlines changed after their values were measured.
        """
        self._require_thread()
        record, study, analysis = self._active, self.study, self.analysis
        if study is None or study.pet is None or analysis is None:
            return None
        if analysis.is_stale:
            raise InputError(
                "The outlines changed after their values were measured.",
                "Wait until the values are measured again, then recover them.",
            )
        record.cancel_recovery()
        title, segmentation = "Recover partial volume", analysis.segmentation
        pet, source = record.measured_pet() or study.pet, analysis.measured_image_id

        def work(context: JobContext) -> RecoveredValues:
            from app.core.lesions.measure import recovered_values

            return recovered_values(pet, segmentation, fwhm_mm, context)

        def done(found: Any) -> None:
            now = record.analysis if self._is_open(record) else None
            # A judgement meanwhile moves no voxel, and the values hold.
            if now is None or not now.segmentation.same_outlines(segmentation):
                self.notice.emit("The recovered values were put aside: their outlines changed.")
                return
            if now.measured_image_id != source:
                self.notice.emit("The recovered values were put aside: they are of another image.")
                return
            change = RecoveryChange(now.recovered, found, source)
            self._push(Step(title, recovery=change), record)
            self.notice.emit(
                f"Recovered the uptake of {found.defined} of {len(found.values)} lesions "
                f"for a blur of {found.fwhm_mm:g} mm{self._whose(record)}."
            )

        job = record.recovering = self._submit(self._cpu, title, work, done)
        return job

    def run_saliency(self, title: str, work: Callable[[JobContext], SaliencyMap]) -> Job:
        """Explain a lesion's score on the device thread; ``saliency_changed`` follows."""

        def done(record: OpenStudy, found: SaliencyMap) -> None:
            record.saliency = found
            if record is self._active:
                self.saliency_changed.emit(found)

        return self._run_on_device(title, work, done)

    def clear_saliency(self) -> None:
        """Take the saliency map away."""
        self._require_thread()
        self._active.saliency = None
        self.saliency_changed.emit(None)

    def set_status(self, lesion_ids: Sequence[str], status: LesionStatus) -> None:
        """Accept, reject or mark lesions; one undoable step. Unknown ids are an error."""
        self._require_thread()
        if self.analysis is None or not lesion_ids:
            return
        segmentation = self.analysis.segmentation
        ids = tuple(segmentation.lesion(x).id for x in lesion_ids)
        if all(segmentation.lesion(x).status is status for x in ids):
            return
        patch = segmentation.status_patch(ids, status)
        self._push(Step(f"Mark as {status}", patch, None, None), self._active)

    def totals(self) -> Totals | None:
        """Whole-patient values over the lesions that count, or ``None`` without a result."""
        return None if self.analysis is None else self.analysis.totals()

    def export(self, folder: Path) -> Job | None:
        """Write every result file in the background; ``None`` without a result."""
        self._require_thread()
        record, study, analysis = self._active, self.study, self.analysis
        drawn = record.drawn.measurements
        if study is None or analysis is None:
            return None

        def work(context: JobContext) -> tuple[Path, ...]:
            from app.io.write.exporter import Part, export
            from app.io.write.lesions import LesionFiles
            from app.io.write.measurements import MeasurementFiles

            parts: list[Part] = [LesionFiles(analysis)]
            parts += [MeasurementFiles(drawn)] if drawn.items else []
            return export(study, parts, folder, context)

        def done(files: Any) -> None:
            record.drawn.saved = drawn
            segmentation = analysis.segmentation
            record.saved_revision = (segmentation.id, segmentation.revision)
            self.notice.emit(f"Exported {len(files)} files to {folder.name}.")

        return self._submit(self._cpu, "Exporting", work, done)

    @property
    def has_unsaved_edits(self) -> bool:
        """Whether the active study has edits or measurements that were not exported yet."""
        return self._active.has_unsaved_edits

    # History

    def undo(self) -> None:
        """Take the last step back."""
        self._require_thread()
        step = self.history.take_back()
        if step is not None:
            self._apply(step, self._active, backwards=True)

    def redo(self) -> None:
        """Do the last undone step again."""
        self._require_thread()
        step = self.history.take_again()
        if step is not None:
            self._apply(step, self._active, backwards=False)

    # Inside

    def _run_on_device(
        self,
        title: str,
        work: Callable[[JobContext], Any],
        done: Callable[[OpenStudy, Any], None],
        *,
        queue: JobQueue | None = None,
    ) -> Job:
        """Run work on the active study; its result goes to that study, active or not.

        On the device thread, unless another queue is given.
        """
        self._require_thread()
        record, study = self._active, self.study

        def arrived(result: Any) -> None:
            record.device_jobs.discard(job)
            if not self._put_aside(record, study):
                done(record, result)

        job = self._submit(queue or self._device, title, work, arrived)
        record.device_jobs = {x for x in record.device_jobs if not x.report.state.ended} | {job}
        return job

    def _whose(self, record: OpenStudy) -> str:
        """Return what a notice adds where it is about a study that is not the active one."""
        if record is self._active or record.study is None:
            return ""
        return f", in the study of {record.study.date or 'unknown date'}"

    def _measure_original_instead(self, record: OpenStudy, image_id: str) -> None:
        """Go back to the original's values where those of an image are shown that goes away."""
        if record.analysis is None or record.analysis.measured_image_id != image_id:
            return
        record.measure_original()
        if record is self._active:
            self.lesions_changed.emit(tuple(record.analysis.biomarkers))
        self.notice.emit(f"Values are those of the original PET again{self._whose(record)}.")

    def _measure_derived(self, record: OpenStudy) -> None:
        """Measure the lesions on derived PETs of the same grid, in the background."""
        missing, analysis = record.unmeasured(), record.analysis
        if analysis is None or not missing:
            return
        segmentation = analysis.segmentation

        def work(context: JobContext) -> dict[str, Mapping[str, Biomarkers]]:
            from app.core.lesions.measure import measure

            found: dict[str, Mapping[str, Biomarkers]] = {}
            for image in missing:
                context.check()
                found[image.id] = measure(image.volume, segmentation)
            return found

        def done(found: Any) -> None:
            now = record.analysis
            if now is not None and now.segmentation.id == segmentation.id:
                record.keep_values(found)
                if record is self._active:
                    self.derived_values_changed.emit()

        self._submit(self._cpu, "Measuring the derived image", work, done)

    def _push(self, step: Step, record: OpenStudy) -> None:
        record.history.push(step)
        self._apply(step, record, backwards=False)

    def _push_active(self, step: Step) -> None:
        self._push(step, self._active)

    def _apply(self, step: Step, record: OpenStudy, *, backwards: bool) -> None:
        if step.measurements is not None:
            # Drawn by hand, undone by hand: always on the active study.
            self.measuring.show(step.measurements.before if backwards else step.measurements.after)
            self.history_changed.emit()
            return
        changed = record.apply(step, backwards=backwards)
        if changed.placed:
            self._tell_placed(record)
        if record is self._active:
            if changed.whole:
                self.analysis_changed.emit(record.analysis)
            elif changed.lesions is not None:
                self.lesions_changed.emit(changed.lesions)
            self.history_changed.emit()
        elif record is self._open_studies.comparison:
            self.comparison_changed.emit(record.study)
        if changed.whole:
            self._measure_derived(record)

    def _apply_patch(self, _analysis: LesionAnalysis, patch: Patch) -> None:
        """Change outlines of the active study; no step of the history."""
        self.lesions_changed.emit(self._active.apply_patch(patch))
