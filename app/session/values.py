"""The lesions' values: from which image, recovered from blur, measured anew after an edit."""

from __future__ import annotations

from typing import Any

from app.core.kit.errors import InputError
from app.core.kit.jobs import Job, JobContext
from app.core.lesions.biomarkers import Biomarkers, RecoveredValues
from app.core.lesions.measure import measure, recovered_values
from app.core.space.volume import Volume
from app.session.changes.change import Applied
from app.session.changes.kinds import RecoveryChange, SourceChange
from app.session.jobs import Jobs
from app.session.open_studies import OpenStudy
from app.session.results import Results
from app.session.studies import Studies
from app.session.undo import Undo


class Values:
    """Which values stand beside the outlines of the active study."""

    def __init__(self, studies: Studies, history: Undo, results: Results, jobs: Jobs) -> None:
        self._studies, self._history = studies, history
        self._results, self._jobs = results, jobs

    @property
    def measured_pet(self) -> Volume | None:
        """The PET that the lesions' values are taken from: the original or a derived one."""
        return self._studies.active.content.measured_pet()

    def can_measure_on(self, image_id: str) -> bool:
        """Whether every lesion is measured on a derived image, with its present outline."""
        return self._studies.active.content.values_on(image_id) is not None

    def measure_on(self, image_id: str | None) -> None:
        """Take the lesions' values from a derived image, or from the original; undoable.

        Table, totals and exports then hold these values and name their source. SUV of a derived
        image has no intervals: the samples' outlines were measured on the original only.

        Raises
        ------
        InputError
            If the lesions are not measured on that image, or their outlines changed since.
        """
        self._jobs.require_thread()
        content = self._studies.active.content
        analysis = content.analysis
        if analysis is None or (image_id or "") == analysis.measured_image_id:
            return
        values = analysis.original if image_id is None else content.values_on(image_id)
        if values is None or analysis.is_stale or analysis.stale_lesions():
            raise InputError(
                "The lesions are not measured on that image yet.",
                "Wait until they are measured, then choose it again.",
            )
        self._history.push(SourceChange(f"Measure on {values.on}", analysis.measured, values))

    def measure_original_instead(self, record: OpenStudy, image_id: str) -> None:
        """Go back to the original's values where those of an image are shown that goes away."""
        analysis = record.content.analysis
        if analysis is None or analysis.measured_image_id != image_id:
            return
        record.content.measure_original()
        ids = tuple(analysis.biomarkers)
        self._results.tell(record, analysis.segmentation.values_changed(ids))
        whose = self._studies.whose(record)
        self._jobs.notice.emit(f"Values are those of the original PET again{whose}.")

    def recover(self, fwhm_mm: float) -> Job | None:
        """Recover SUVmean and SUVmax from the scanner's blur in the background; undoable.

        The values stand beside the measured ones, in the place of earlier recovered ones. A newer
        call wins. ``None`` without a result.

        Raises
        ------
        InputError
            If the outlines changed after their values were measured.
        """
        self._jobs.require_thread()
        record = self._studies.active
        study, analysis = record.study, record.content.analysis
        if study is None or study.pet is None or analysis is None:
            return None
        if analysis.is_stale:
            raise InputError(
                "The outlines changed after their values were measured.",
                "Wait until the values are measured again, then recover them.",
            )
        if record.recovering is not None:
            record.recovering.cancel()
        segmentation, source = analysis.segmentation, analysis.measured_image_id
        pet = record.content.measured_pet() or study.pet

        def work(context: JobContext) -> RecoveredValues:
            return recovered_values(pet, segmentation, fwhm_mm, context)

        def done(found: Any) -> None:
            now = record.content.analysis if self._studies.is_open(record) else None
            # A judgement meanwhile moves no voxel, and the values hold.
            if now is None or not now.segmentation.same_outlines(segmentation):
                self._put_aside("their outlines changed")
            elif now.measured_image_id != source:
                self._put_aside("they are of another image")
            else:
                self._take_recovered(record, found)

        job = record.recovering = self._jobs.run(_RECOVER, work, done)
        return job

    def _put_aside(self, why: str) -> None:
        self._jobs.notice.emit(f"The recovered values were put aside: {why}.")

    def _take_recovered(self, record: OpenStudy, found: RecoveredValues) -> None:
        now = record.content.analysis
        if now is None:
            return
        change = RecoveryChange(_RECOVER, now.recovered, found, now.measured_image_id)
        self._history.push(change, record)
        self._jobs.notice.emit(
            f"Recovered the uptake of {found.defined} of {len(found.values)} lesions "
            f"for a blur of {found.fwhm_mm:g} mm{self._studies.whose(record)}."
        )

    # After an edit

    def on_applied(self, record: OpenStudy, applied: Applied) -> None:
        """Measure anew what an edit redrew; values that nobody redrew hold on meanwhile."""
        analysis = record.content.analysis
        if analysis is None or not (applied.whole or applied.lesions is not None):
            return
        redrawn = applied.lesions is not None and applied.lesions.box is not None
        # A result or a source that comes back may be from before its values were measured.
        if redrawn or analysis.is_stale or analysis.stale_lesions():
            self._measure_stale(record)

    def _measure_stale(self, record: OpenStudy) -> None:
        analysis, study = record.content.analysis, record.study
        if record.measuring is not None:
            record.measuring.cancel()
        if analysis is None or study is None or study.pet is None:
            return
        if not analysis.is_stale and not analysis.stale_lesions():
            return
        segmentation, source = analysis.segmentation, analysis.measured_image_id
        shown, original = record.content.measured_pet() or study.pet, study.pet
        ids = analysis.stale_lesions()

        def work(context: JobContext) -> tuple[dict[str, Biomarkers], dict[str, Biomarkers]]:
            found = measure(shown, segmentation, only=ids)
            context.check()
            return found, found if shown is original else measure(original, segmentation, only=ids)

        def done(found: Any) -> None:
            now = record.content.analysis if self._studies.is_open(record) else None
            # An edit or another source meanwhile: what follows it is measured then.
            if now is None or not now.segmentation.same_outlines(segmentation):
                return
            if now.measured_image_id != source:
                self._measure_stale(record)
                return
            fresh = now.with_redrawn(*found).without_empty()
            record.content.analysis = fresh
            changed = tuple(x for x in {**now.biomarkers, **fresh.biomarkers}
                            if now.biomarkers.get(x) is not fresh.biomarkers.get(x))  # fmt: skip
            self._results.tell(record, fresh.segmentation.values_changed(changed))

        record.measuring = self._jobs.run("Measuring lesions", work, done)


_RECOVER = "Recover partial volume"
