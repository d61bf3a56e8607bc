"""The session's measurements: what the reader drew on the active study, and what it measures.

Every open study keeps its own (`app.session.content.Drawn`).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core.drawn.measurements import Measurement, Measurements, Role, Space, renamed
from app.core.drawn.percist import PercistThreshold, threshold_of
from app.core.drawn.voi import Shape
from app.core.drawn.voi_statistics import MeasuredShape, measure_shape, voxels_to_look_at
from app.core.kit.errors import InputError
from app.core.kit.events import Event
from app.core.kit.jobs import Job, JobContext
from app.session.changes.change import Applied
from app.session.changes.kinds import MeasurementsChange
from app.session.content import Drawn
from app.session.jobs import Jobs
from app.session.open_studies import OpenStudy
from app.session.studies import Studies
from app.session.undo import Undo

#: Shapes that touch more voxels than this are measured in the background (about 0.1 s).
AT_ONCE_VOXELS = 4_000_000


class Measuring:
    """Measurements of the active study with their values; announces every change.

    ``changed`` is emitted after the table or values changed.
    """

    def __init__(self, studies: Studies, history: Undo, jobs: Jobs) -> None:
        self._studies, self._history, self._jobs = studies, history, jobs
        self.changed: Event[()] = Event()

    @property
    def measurements(self) -> Measurements:
        """What is drawn on the active study."""
        return self._drawn.measurements

    @property
    def _drawn(self) -> Drawn:
        return self._studies.active.content.drawn

    def on_switched(self) -> None:
        """Show what was drawn on the study that is active now, and measure what is not yet."""
        self._measure_missing()

    def on_applied(self, record: OpenStudy, applied: Applied) -> None:
        """Measure what a change drew, or what lies on an image that it moved."""
        if (applied.drawn or applied.placed) and record is self._studies.active:
            self._measure_missing()

    # What the reader does; each is one undoable change

    def add(
        self,
        shape: Shape,
        *,
        role: Role = Role.NONE,
        space: Space = Space.BOTH,
        name: str = "",
    ) -> Measurement:
        """Add a shape; a reference takes the place of an earlier one of its kind.

        Raises
        ------
        InputError
            If no study is open.
        """
        self._jobs.require_thread()
        if self._drawn.study is None:
            raise InputError("There is no image to measure on.", "Open a study first.")
        named = name or self.measurements.free_name(shape, role)
        item = Measurement(uuid.uuid4().hex, named, shape, role, space)
        self._change(f"Draw {named}", self.measurements.added(item))
        return item

    def reshape(self, measurement_id: str, shape: Shape) -> None:
        """Move a measurement, or give it another size or threshold."""
        item = self.measurements.get(measurement_id)
        if item.shape != shape:
            self._change(f"Move {item.name}", self.measurements.changed(replace(item, shape=shape)))

    def rename(self, measurement_id: str, name: str) -> None:
        """Give a measurement another name; an empty one changes nothing."""
        item = self.measurements.get(measurement_id)
        after = renamed(item, name)
        if after != item:
            self._change(f"Rename {item.name}", self.measurements.changed(after))

    def remove(self, ids: Iterable[str]) -> None:
        """Take measurements away."""
        gone = [x for x in self.measurements.items if x.id in set(ids)]
        if gone:
            words = gone[0].name if len(gone) == 1 else f"{len(gone)} measurements"
            self._change(f"Delete {words}", self.measurements.without(x.id for x in gone))

    # Values

    def values_of(self, measurement_id: str) -> MeasuredShape | None:
        """Values of a measurement; ``None`` while they are being measured."""
        return self._drawn.values.get(measurement_id)

    def percist(self) -> PercistThreshold | None:
        """Return the PERCIST threshold: from the liver if it is there, otherwise from the aorta."""
        study = self._drawn.study
        if study is None:
            return None
        measured = [(x.role, self.values_of(x.id)) for x in self.measurements.items]
        return threshold_of(study, [(role, None if v is None else v.pet) for role, v in measured])

    # Files

    @property
    def is_unsaved(self) -> bool:
        """Whether the measurements differ from those exported last."""
        return self._drawn.is_unsaved

    def export(self, folder: Path, done: Callable[[tuple[Path, ...]], None]) -> Job | None:
        """Write CSV and DICOM SR in the background; ``None`` without measurements."""
        self._jobs.require_thread()
        drawn = self._drawn
        study, measurements = drawn.study, drawn.measurements
        if study is None or not measurements.items:
            return None

        def work(context: JobContext) -> tuple[Path, ...]:
            from app.io.write.exporter import export
            from app.io.write.measurements import MeasurementFiles

            return export(study, [MeasurementFiles(measurements)], folder, context)

        def finished(files: Any) -> None:
            drawn.saved = measurements
            done(files)

        return self._jobs.run("Exporting measurements", work, finished)

    # Inside

    def _change(self, text: str, after: Measurements) -> None:
        self._jobs.require_thread()
        self._history.push(MeasurementsChange(text, self.measurements, after))

    def _measure_missing(self) -> None:
        drawn = self._drawn
        held = {x.id: x.shape for x in drawn.measurements.items}
        drawn.values = {k: v for k, v in drawn.values.items() if v.shape == held.get(k)}
        for item in drawn.measurements.items:
            if item.id not in drawn.values:
                self._measure(item)
        self.changed.emit()

    def _measure(self, item: Measurement) -> None:
        drawn, study = self._drawn, self._drawn.study
        if study is None:
            return
        shape, space = item.shape, str(item.space)
        if voxels_to_look_at(study, shape) <= AT_ONCE_VOXELS:
            drawn.values[item.id] = measure_shape(study, shape, space)
            return

        def done(values: Any) -> None:
            held = {x.id: x.shape for x in drawn.measurements.items}
            if drawn.study is study and held.get(item.id) == shape:
                drawn.values[item.id] = values
                if drawn is self._drawn:
                    self.changed.emit()

        self._jobs.run(f"Measuring {item.name}", lambda _: measure_shape(study, shape, space), done)
