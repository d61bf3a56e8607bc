"""The session's measurements: what the reader drew on the active study, and what it measures.

Part of `app.session.session.Session`, which owns it and its thread: changes are steps of its
history. Every open study keeps its own (`Drawn`, in its record).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.core.drawn.measurements import Measurement, Measurements, Role, Space, renamed
from app.core.drawn.percist import FACTORS, PercistThreshold, percist_threshold
from app.core.drawn.voi import Shape
from app.core.drawn.voi_statistics import MeasuredShape, measure_shape, voxels_to_look_at
from app.core.kit.errors import InputError
from app.core.kit.events import Event
from app.core.kit.jobs import Job, JobContext
from app.core.study.study import Study, same_images
from app.session.history import MeasurementsChange, Step

#: Shapes that touch more voxels than this are measured in the background (about 0.1 s).
AT_ONCE_VOXELS = 4_000_000

RunInBackground = Callable[[str, Callable[[JobContext], Any], Callable[[Any], None]], Job]


@dataclass(eq=False)
class Drawn:
    """What the reader drew on one open study, with its values as far as they are measured.

    ``saved`` is what was exported last.
    """

    study: Study | None = None
    measurements: Measurements = field(default_factory=Measurements)
    saved: Measurements = field(default_factory=Measurements)
    values: dict[str, MeasuredShape] = field(default_factory=dict)

    @property
    def is_unsaved(self) -> bool:
        """Whether the measurements differ from those exported last."""
        return self.measurements != self.saved

    def take(self, study: Study) -> None:
        """Take the same study in another state: values have to be measured anew."""
        self.study = study
        self.values.clear()

    def for_study(self, study: Study) -> Drawn:
        """Return what stays for a study in the place of this one: all, if its images are the same.

        They are when a header value was typed in; the values are then measured anew.
        """
        if not same_images(self.study, study):
            return Drawn(study)
        return Drawn(study, self.measurements, self.saved)


class Measuring:
    """Measurements of the active study with their values; announces every change.

    ``changed`` is emitted after the table or values changed.
    """

    def __init__(
        self,
        push: Callable[[Step], None],
        run_in_background: RunInBackground,
        require_thread: Callable[[], None],
    ) -> None:
        self._push, self._run, self._require_thread = push, run_in_background, require_thread
        self._drawn = Drawn()
        self.changed: Event[()] = Event()

    @property
    def measurements(self) -> Measurements:
        """What is drawn on the active study."""
        return self._drawn.measurements

    def start(self, drawn: Drawn) -> None:
        """Show what was drawn on the study that is active now, and measure what is not yet."""
        self._drawn = drawn
        self.show(drawn.measurements)

    def show(self, measurements: Measurements) -> None:
        """Make a state the present one (a step, its undo or redo) and measure what is new in it."""
        drawn = self._drawn
        drawn.measurements = measurements
        held = {x.id: x.shape for x in measurements.items}
        drawn.values = {k: v for k, v in drawn.values.items() if v.shape == held.get(k)}
        for item in measurements.items:
            if item.id not in drawn.values:
                self._measure(item)
        self.changed.emit()

    # What the reader does; each is one undoable step

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
        self._require_thread()
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
        for role in FACTORS:
            item = self.measurements.of_role(role)
            values = None if item is None else self.values_of(item.id)
            study = self._drawn.study
            if study is not None and values is not None and values.pet is not None:
                found = percist_threshold(study, role, values.pet)
                if found is not None:
                    return found
        return None

    # Files

    @property
    def is_unsaved(self) -> bool:
        """Whether the measurements differ from those exported last."""
        return self._drawn.is_unsaved

    def export(self, folder: Path, done: Callable[[tuple[Path, ...]], None]) -> Job | None:
        """Write CSV and DICOM SR in the background; ``None`` without measurements."""
        self._require_thread()
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

        return self._run("Exporting measurements", work, finished)

    # Inside

    def _change(self, text: str, after: Measurements) -> None:
        self._require_thread()
        self._push(Step(text, measurements=MeasurementsChange(self.measurements, after)))

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

        self._run(f"Measuring {item.name}", lambda _: measure_shape(study, shape, space), done)
