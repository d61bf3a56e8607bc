"""The session's derived images: made, kept beside the original, measured, taken away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.core.kit.events import Event
from app.core.kit.jobs import Job, JobContext
from app.core.lesions.biomarkers import Biomarkers
from app.core.lesions.measure import measure
from app.core.study.derived import DerivedImage
from app.session.changes.change import Applied
from app.session.jobs import Jobs
from app.session.open_studies import OpenStudy
from app.session.studies import Studies
from app.session.values import Values


class Derived:
    """Images that a network or a formula made of the active study's; never in their place.

    ``changed`` is emitted where there are others, ``values_changed`` where lesions are measured
    on them.
    """

    def __init__(self, studies: Studies, values: Values, jobs: Jobs) -> None:
        self._studies, self._values, self._jobs = studies, values, jobs
        self.changed: Event[tuple[DerivedImage, ...]] = Event()
        self.values_changed: Event[()] = Event()

    @property
    def images(self) -> tuple[DerivedImage, ...]:
        """Derived images of the active study."""
        return self._studies.active.content.derived

    @property
    def values(self) -> Mapping[str, Mapping[str, Biomarkers]]:
        """Lesions measured on derived images of the active study, by image id and lesion id."""
        return self._studies.active.content.derived_values

    def run(
        self, title: str, work: Callable[[JobContext], DerivedImage], *, on_device: bool = True
    ) -> Job:
        """Make a derived image; it replaces an earlier one of its kind and title.

        On the device thread, or with ``on_device=False`` on the CPU pool: what needs no network.
        """
        study = self._studies.active.study

        def done(record: OpenStudy, image: DerivedImage) -> None:
            if self._studies.puts_aside(record, study, image.source_uids.values()):
                return
            for older in record.content.replaced_by(image):
                self._values.measure_original_instead(record, older.id)
            record.content.add_derived(image)
            if record is self._studies.active:
                self.changed.emit(record.content.derived)
            self._measure(record)
            self._jobs.notice.emit(f"{image.title} is ready{self._studies.whose(record)}.")

        return self._studies.run(title, work, done, on_device=on_device)

    def remove(self, image_id: str) -> None:
        """Take a derived image away; nothing happens if it is not there."""
        self._jobs.require_thread()
        record = self._studies.active
        self._values.measure_original_instead(record, image_id)
        record.content.remove_derived(image_id)
        self.changed.emit(self.images)

    def on_applied(self, record: OpenStudy, applied: Applied) -> None:
        """Say that images moved along, and measure other outlines on them."""
        if applied.placed and record is self._studies.active and record.content.derived:
            self.changed.emit(record.content.derived)
        redrawn = applied.lesions is not None and applied.lesions.box is not None
        if applied.whole or redrawn:
            self._measure(record)

    def on_switched(self) -> None:
        """Announce the derived images of another study."""
        self.changed.emit(self.images)

    def _measure(self, record: OpenStudy) -> None:
        """Measure the lesions on derived PETs of the same grid, in the background."""
        missing, analysis = record.content.unmeasured(), record.content.analysis
        if analysis is None or not missing:
            return
        segmentation = analysis.segmentation

        def work(context: JobContext) -> dict[str, Mapping[str, Biomarkers]]:
            found: dict[str, Mapping[str, Biomarkers]] = {}
            for image in missing:
                context.check()
                found[image.id] = measure(image.volume, segmentation)
            return found

        def done(found: Any) -> None:
            now = record.content.analysis
            if now is not None and now.segmentation.same_outlines(segmentation):
                record.content.keep_values(found)
                if record is self._studies.active:
                    self.values_changed.emit()

        self._jobs.run("Measuring the derived image", work, done)
