"""The one owner of what changes: the open study, its outlines, and their history.

Only `Session` mutates, and only on the thread that made it. Work runs in job queues on frozen
inputs; a result comes back through ``post`` and is accepted only if the study it was made from
is still open.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core.analysis import LesionAnalysis
from app.core.biomarkers import Biomarkers, RecoveredValues, Totals
from app.core.derived import DerivedImage, DerivedKind
from app.core.errors import InputError
from app.core.events import Event
from app.core.history import History, RecoveryChange, Step
from app.core.jobs import Job, JobContext, JobQueue, JobReport, JobState
from app.core.lesion import LesionStatus
from app.core.saliency import SaliencyMap
from app.core.segmentation import Patch
from app.core.study import Study
from app.measuring import Measuring
from app.session_alignment import AlignmentPart

Post = Callable[[Callable[[], None]], None]


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
        super().__init__()
        self._thread = threading.get_ident()
        self._cpu = cpu
        self._device = device
        self._post = post
        self._jobs: dict[int, Job] = {}
        self._opening: Job | None = None
        self._recovering: Job | None = None
        self.history = History()
        self.measuring = Measuring(self._push, self.run_in_background, self._require_thread)
        self._closed = False
        self._saved_revision: tuple[str, int] | None = None
        self.study: Study | None = None
        self.analysis: LesionAnalysis | None = None
        self.derived: tuple[DerivedImage, ...] = ()
        self.derived_values: dict[str, Mapping[str, Biomarkers]] = {}
        self.saliency: SaliencyMap | None = None
        self.study_changed: Event[Study | None] = Event()
        self.analysis_changed: Event[LesionAnalysis | None] = Event()
        self.lesions_changed: Event[tuple[str, ...]] = Event()
        self.derived_changed: Event[tuple[DerivedImage, ...]] = Event()
        self.derived_values_changed: Event[()] = Event()
        self.saliency_changed: Event[SaliencyMap | None] = Event()
        self.history_changed: Event[()] = Event()
        self.job_changed: Event[JobReport] = Event()
        self.problem: Event[BaseException] = Event()
        self.notice: Event[str] = Event()

    # Studies

    def open_paths(self, paths: Sequence[Path]) -> Job:
        """Read a study in the background; ``study_changed`` follows. A newer call wins."""

        def work(context: JobContext) -> Study:
            # Here and below: readers and writers are imported when first used, so that the
            # window is up before pydicom and highdicom are.
            from app.io.open_study import open_study

            return open_study(paths, context)

        return self._open("Opening the study", work)

    def open_pair(self, pet: Path | None, ct: Path | None, mr: Path | None = None) -> Job:
        """Read a NIfTI PET with or without its CT, a T1-weighted MR or both in the background."""

        def work(context: JobContext) -> Study:
            from app.io.open_study import open_files

            return open_files(pet, ct, context, mr=mr)

        return self._open("Opening the images", work)

    def open_sample(self) -> Job:
        """Make the sample study in the cache if it is not there, and open it."""

        def work(context: JobContext) -> Study:
            from app.io.open_study import open_study
            from app.io.sample import sample_study_folder

            folder = sample_study_folder(context.part(0.0, 0.7))
            return open_study([folder], context.part(0.7, 1.0))

        return self._open("Opening the sample study", work)

    def show_study(self, study: Study | None) -> None:
        """Make a study that is already in memory the open one; its history starts empty."""
        self._require_thread()
        if self._recovering is not None:
            self._recovering.cancel()
        self.study = study
        self.analysis = None
        self.history.clear()
        self._saved_revision = None
        self.derived, self.derived_values, self.saliency = (), {}, None
        self.study_changed.emit(study)
        self.measuring.start(study)
        self.derived_changed.emit(())
        self.saliency_changed.emit(None)
        self.analysis_changed.emit(None)
        self.history_changed.emit()

    def close_study(self) -> None:
        """Close the study; work that was made from it is cancelled."""
        self._device.cancel_all()
        self.show_study(None)

    def override_headers(self, values: Mapping[str, float]) -> None:
        """Use typed-in header values (DICOM keywords) and compute SUV anew.

        Raises
        ------
        KnownError
            If the values do not make sense; the open study stays as it is.
        """
        self._require_thread()
        if self.study is None:
            return
        from app.io.open_study import with_overrides

        self.show_study(with_overrides(self.study, values))

    # Results

    def run_analysis(self, title: str, work: Callable[[JobContext], LesionAnalysis]) -> Job:
        """Run a lesion search on the device thread; its result is one undoable step."""
        self._require_thread()
        study = self.study

        def done(result: Any) -> None:
            if self._put_aside(study):
                return
            self._push(Step(title, None, self.analysis, result))
            found = len(result.segmentation.lesions)
            self.notice.emit(f"{title}: {found} candidate{'' if found == 1 else 's'} found.")

        return self._submit(self._device, title, work, done)

    def run_derived(self, title: str, work: Callable[[JobContext], DerivedImage]) -> Job:
        """Make a derived image on the device thread; it replaces an earlier one of its title."""
        self._require_thread()
        study = self.study

        def done(image: Any) -> None:
            if self._put_aside(study, image.source_uids.values()):
                return
            kept = (x for x in self.derived if (x.kind, x.title) != (image.kind, image.title))
            self.derived = (*kept, image)
            self.derived_changed.emit(self.derived)
            self._measure_derived()
            self.notice.emit(f"{image.title} is ready.")

        return self._submit(self._device, title, work, done)

    def remove_derived(self, image_id: str) -> None:
        """Take a derived image away; nothing happens if it is not there."""
        self._require_thread()
        self.derived = tuple(x for x in self.derived if x.id != image_id)
        self.derived_values.pop(image_id, None)
        self.derived_changed.emit(self.derived)

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
        study, analysis = self.study, self.analysis
        if study is None or study.pet is None or analysis is None:
            return None
        if analysis.is_stale:
            raise InputError(
                "The outlines changed after their values were measured.",
                "Wait until the values are measured again, then recover them.",
            )
        if self._recovering is not None:
            self._recovering.cancel()
        title, pet, segmentation = "Recover partial volume", study.pet, analysis.segmentation

        def work(context: JobContext) -> RecoveredValues:
            from app.core.measure import recovered_values

            return recovered_values(pet, segmentation, fwhm_mm, context)

        def done(found: Any) -> None:
            now = self.analysis
            # A judgement meanwhile moves no voxel, and the values hold.
            if now is None or not now.segmentation.same_outlines(segmentation):
                self.notice.emit("The recovered values were put aside: their outlines changed.")
                return
            self._push(Step(title, recovery=RecoveryChange(now.recovered, found)))
            self.notice.emit(
                f"Recovered the uptake of {found.defined} of {len(found.values)} lesions "
                f"for a blur of {found.fwhm_mm:g} mm."
            )

        job = self._recovering = self._submit(self._cpu, title, work, done)
        return job

    def run_saliency(self, title: str, work: Callable[[JobContext], SaliencyMap]) -> Job:
        """Explain a lesion's score on the device thread; ``saliency_changed`` follows."""
        self._require_thread()
        study = self.study

        def done(found: Any) -> None:
            if self.study is study:
                self.saliency = found
                self.saliency_changed.emit(found)

        return self._submit(self._device, title, work, done)

    def clear_saliency(self) -> None:
        """Take the saliency map away."""
        self._require_thread()
        self.saliency = None
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
        self._push(Step(f"Mark as {status}", patch, None, None))

    def totals(self) -> Totals | None:
        """Whole-patient values over the lesions that count, or ``None`` without a result."""
        return None if self.analysis is None else self.analysis.totals()

    def export(self, folder: Path) -> Job | None:
        """Write every result file in the background; ``None`` without a result."""
        self._require_thread()
        study, analysis, drawn = self.study, self.analysis, self.measuring.measurements
        if study is None or analysis is None:
            return None

        def work(context: JobContext) -> tuple[Path, ...]:
            from app.io.export import export_analysis
            from app.io.export_measurements import with_measurements

            files = export_analysis(study, analysis, folder, context)
            return with_measurements(files, study, drawn, folder)

        def done(files: Any) -> None:
            self.measuring.mark_saved(drawn)
            segmentation = analysis.segmentation
            self._saved_revision = (segmentation.id, segmentation.revision)
            self.notice.emit(f"Exported {len(files)} files to {folder.name}.")

        return self._submit(self._cpu, "Exporting", work, done)

    @property
    def has_unsaved_edits(self) -> bool:
        """Whether a person changed outlines, their status or measurements since the last export."""
        if self.measuring.is_unsaved:
            return True
        if self.analysis is None:
            return False
        segmentation = self.analysis.segmentation
        if self._saved_revision == (segmentation.id, segmentation.revision):
            return False
        return self.history.holds_edits

    # History

    def undo(self) -> None:
        """Take the last step back."""
        self._require_thread()
        step = self.history.take_back()
        if step is not None:
            self._apply(step, backwards=True)

    def redo(self) -> None:
        """Do the last undone step again."""
        self._require_thread()
        step = self.history.take_again()
        if step is not None:
            self._apply(step, backwards=False)

    # Jobs

    @property
    def jobs(self) -> tuple[JobReport, ...]:
        """Reports of the jobs that have not ended."""
        return tuple(job.report for job in self._jobs.values())

    def cancel_job(self, job_id: int) -> None:
        """Ask a job to stop; nothing happens if it has ended."""
        if job_id in self._jobs:
            self._jobs[job_id].cancel()

    def run_in_background(
        self,
        title: str,
        work: Callable[[JobContext], Any],
        done: Callable[[Any], None],
        *,
        on_device: bool = False,
    ) -> Job:
        """Run any other work (MIP frames, warm-up) and hand its result to ``done`` here."""
        return self._submit(self._device if on_device else self._cpu, title, work, done)

    def shutdown(self, timeout_s: float = 10.0) -> bool:
        """Cancel everything and join the threads; return whether all of them ended."""
        self._closed = True
        self._cpu.cancel_all()
        self._device.cancel_all()
        ended = self._cpu.close(timeout_s)
        return self._device.close(timeout_s) and ended

    # Inside

    def _open(self, title: str, work: Callable[[JobContext], Study]) -> Job:
        if self._opening is not None:
            self._opening.cancel()

        def done(study: Any) -> None:
            if self._opening is job:
                self._opening = None
                self.show_study(study)

        job = self._opening = self._submit(self._cpu, title, work, done)
        return job

    def _queue_for_alignment(self) -> JobQueue:
        return self._cpu

    def _submit(
        self,
        jobs: JobQueue,
        title: str,
        work: Callable[[JobContext], Any],
        done: Callable[[Any], None],
    ) -> Job:
        self._require_thread()
        job = jobs.submit(
            title, work, lambda report: self._post(lambda: self._on_report(report, done))
        )
        if not job.report.state.ended:
            self._jobs[job.id] = job
        return job

    def _on_report(self, report: JobReport, done: Callable[[Any], None]) -> None:
        if self._closed:
            return
        if report.state.ended:
            self._jobs.pop(report.job_id, None)
        # Listeners get no result: it enters the window only through the session.
        self.job_changed.emit(replace(report, result=None))
        if report.state is JobState.DONE:
            done(report.result)
        elif report.state is JobState.FAILED and report.error is not None:
            self.problem.emit(report.error)

    def _measure_derived(self) -> None:
        """Measure the lesions on derived PETs of the same grid, in the background."""
        analysis = self.analysis
        images = [x for x in self.derived if x.kind is DerivedKind.DENOISED]
        if analysis is None or not images or not analysis.segmentation.lesions:
            return
        segmentation = analysis.segmentation
        missing = [x for x in images if not self._is_measured(x.id)]
        if not missing:
            return

        def work(context: JobContext) -> dict[str, Mapping[str, Biomarkers]]:
            from app.core.measure import measure

            found: dict[str, Mapping[str, Biomarkers]] = {}
            for image in missing:
                context.check()
                found[image.id] = measure(image.volume, segmentation)
            return found

        def done(found: Any) -> None:
            if self.analysis is not None and self.analysis.segmentation.id == segmentation.id:
                there = {x.id for x in self.derived}
                self.derived_values.update({k: v for k, v in found.items() if k in there})
                self.derived_values_changed.emit()

        self._submit(self._cpu, "Measuring the derived image", work, done)

    def _is_measured(self, image_id: str) -> bool:
        if self.analysis is None or image_id not in self.derived_values:
            return False
        held = self.derived_values[image_id]
        return {x.id for x in self.analysis.segmentation.lesions} <= set(held)

    def _push(self, step: Step) -> None:
        self.history.push(step)
        self._apply(step, backwards=False)

    def _apply(self, step: Step, *, backwards: bool) -> None:
        if step.measurements is not None:
            drawn = step.measurements
            self.measuring.show(drawn.before if backwards else drawn.after)
        elif step.recovery is not None:
            self._show_recovered(step.recovery.before if backwards else step.recovery.after)
        elif (change := step.placement) is not None:
            ends = (change.after, change.before) if backwards else (change.before, change.after)
            self._place(*ends)
            self.measuring.measure_again(self.study)
        elif step.patch is None:
            self.analysis = step.before if backwards else step.after
            self.analysis_changed.emit(self.analysis)
            self._measure_derived()
        elif self.analysis is not None:
            patch = step.patch.inverted() if backwards else step.patch
            self._apply_patch(self.analysis, patch)
        self.history_changed.emit()

    def _show_recovered(self, recovered: RecoveredValues | None) -> None:
        if self.analysis is not None:
            self.analysis = self.analysis.with_recovered(recovered)
            self.lesions_changed.emit(tuple(self.analysis.biomarkers))

    def _apply_patch(self, analysis: LesionAnalysis, patch: Patch) -> None:
        segmentation = analysis.segmentation.apply(patch)
        biomarkers = analysis.biomarkers
        if not patch.flat_index.size:
            # No voxel changed, so the numbers are those of the new revision too.
            biomarkers = {
                key: replace(value, revision=segmentation.revision)
                for key, value in biomarkers.items()
            }
        self.analysis = replace(analysis, segmentation=segmentation, biomarkers=biomarkers)
        before = {x.id: x for x in patch.lesions_before}
        after = {x.id: x for x in patch.lesions_after}
        changed = tuple(x for x in {**before, **after} if before.get(x) != after.get(x))
        self.lesions_changed.emit(changed)

    def _require_thread(self) -> None:
        if threading.get_ident() != self._thread:
            raise RuntimeError("Session was called from a thread that does not own it.")
