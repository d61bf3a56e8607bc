"""The open studies: opening, choosing, comparing and closing them, and work on the active one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.core.kit.errors import InputError
from app.core.kit.events import Event
from app.core.kit.jobs import Job, JobContext
from app.core.space.volume import Volume
from app.core.study.placement import MOVABLE, image_of
from app.core.study.study import Study
from app.session.changes.change import Applied
from app.session.content import Content
from app.session.jobs import Jobs
from app.session.open_studies import OpenStudies, OpenStudy, sharing


class Studies:
    """Keeps the list of open studies. One is active: what tools, search and exports work on.

    ``active_changed`` is emitted first where another study is active, or none; then ``switched``,
    on which the other parts of the session say what is theirs now.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._opening: Job | None = None
        self._list = OpenStudies()
        self.list_changed: Event[tuple[Study, ...]] = Event()
        self.comparison_changed: Event[Study | None] = Event()
        self.active_changed: Event[Study | None] = Event()
        self.switched: Event[()] = Event()

    # The records, for the parts of the session

    @property
    def active(self) -> OpenStudy:
        """The record of the active study; one without a study while none is open."""
        return self._list.active

    def is_open(self, record: OpenStudy) -> bool:
        """Whether the record's study is still open."""
        return record in self._list.records

    # What is open

    @property
    def all(self) -> tuple[Study, ...]:
        """All open studies, oldest opening first."""
        return self._list.studies

    @property
    def comparison(self) -> Study | None:
        """The study that the active one is compared with, if one was chosen."""
        record = self._list.comparison
        return None if record is None else record.study

    @property
    def unsaved(self) -> tuple[Study, ...]:
        """Open studies whose lesions or measurements a person changed since their last export."""
        found = (x for x in self._list.records if x.has_unsaved_edits)
        return tuple(x.study for x in found if x.study is not None)

    @property
    def has_unsaved_edits(self) -> bool:
        """Whether the active study has edits or measurements that were not exported yet."""
        return self.active.has_unsaved_edits

    def content_of(self, study: Study) -> Content:
        """Return what belongs to an open study, to be read only.

        Raises
        ------
        InputError
            If the study is not open.
        """
        return self._list.record_of(study).content

    # Opening

    def open_paths(self, paths: Sequence[Path]) -> Job:
        """Read the studies below paths in the background and add them to the open ones.

        The first becomes active, unless another opening was begun meanwhile.
        """

        def work(context: JobContext) -> Sequence[Study]:
            # Here and below: readers and writers are imported when first used, so that the
            # window is up before pydicom and highdicom are.
            from app.io.open.studies import open_studies

            return open_studies(paths, context)

        return self._open("Opening the study", work)

    def open_pair(
        self,
        pet: Path | None,
        ct: Path | None,
        mr: Path | None = None,
        paths: Sequence[Path] = (),
    ) -> Job:
        """Read images that were named PET, CT and MR in the background.

        What was not named of a DICOM study is looked for below ``paths``.
        """

        def work(context: JobContext) -> Sequence[Study]:
            from app.io.open.named import open_files

            return (open_files(pet, ct, context, mr=mr, paths=paths),)

        return self._open("Opening the images", work)

    def open_sample(self) -> Job:
        """Make the sample study in the cache if it is not there, and open it."""

        def work(context: JobContext) -> Sequence[Study]:
            from app.io.open.study import open_study
            from app.io.sample.folder import sample_study_folder

            folder = sample_study_folder(context.part(0.0, 0.7))
            return (open_study([folder], context.part(0.7, 1.0)),)

        return self._open("Opening the sample study", work)

    def load_series(self, study: Study, uid: str, done: Callable[[Volume], None]) -> Job:
        """Read a further series of an open study in the background and hand it to ``done``.

        Raises
        ------
        InputError
            If the study is not open.
        """
        record = self._list.record_of(study)

        def work(context: JobContext) -> Volume:
            from app.io.open.studies import read_further

            return read_further(study, uid, context)

        def keep(found: Any) -> None:
            if self.is_open(record):
                record.content.images[uid] = found
                done(found)

        return self._jobs.run("Reading the series", work, keep)

    # Choosing and closing

    def add(self, studies: Sequence[Study], *, activate: bool = True) -> None:
        """Add studies that are in memory; the first becomes active. Open ones are not added."""
        self._jobs.require_thread()
        first = self._list.add(studies)
        if first is not None and (activate or self.active.study is None):
            self._list.activate(self._list.record_of(first))
            self._announce_all()
        self.list_changed.emit(self.all)

    def activate(self, study: Study) -> None:
        """Make an open study the active one; the result and history of each are kept.

        Raises
        ------
        InputError
            If the study is not open.
        """
        self._jobs.require_thread()
        record = self._list.record_of(study)
        if record is not self.active:
            self._list.activate(record)
            self._announce_all()

    def compare_with(self, study: Study | None) -> None:
        """Choose the study to compare the active one with, or none.

        Raises
        ------
        InputError
            If the study is not open, or is the active one.
        """
        self._jobs.require_thread()
        record = None if study is None else self._list.record_of(study)
        if record is self.active:
            raise InputError("A study cannot be compared with itself.", "Choose another one.")
        self._list.comparison = record
        self.comparison_changed.emit(study)

    def show(self, study: Study | None) -> None:
        """Put a study that is in memory in the place of the active one; its history starts empty.

        Without a study all are closed.
        """
        self._jobs.require_thread()
        if study is None:
            self._list.clear()
        else:
            self._list.replace(self.active, study)
        self._announce_all()
        self.list_changed.emit(self.all)

    def exchange(self, study: Study, changed: Study) -> None:
        """Put a study (another time frame of it) in the place of an open one, active or not.

        Raises
        ------
        InputError
            If the study is not open.
        """
        self._jobs.require_thread()
        record = self._list.record_of(study)
        if record is self.active:
            self.show(changed)
            return
        compared = record is self._list.comparison
        self._list.replace(record, changed)
        if compared:
            self.comparison_changed.emit(changed)
        self.list_changed.emit(self.all)

    def close(self, study: Study | None = None) -> None:
        """Close a study, by default the active one; work that was made from it is cancelled.

        Another open study becomes active then. Nothing happens where none is open.
        """
        self._jobs.require_thread()
        record = self.active if study is None else self._list.record_of(study)
        if record.study is None:
            return
        before = (self.active, self._list.comparison)
        record.cancel_work()
        self._list.close(record)
        if before[0] is not self.active:
            self._announce_all()
        elif before[1] is not self._list.comparison:
            self.comparison_changed.emit(self.comparison)
        self.list_changed.emit(self.all)

    def override_headers(self, values: Mapping[str, float]) -> None:
        """Use typed-in header values (DICOM keywords) and compute SUV anew.

        Raises
        ------
        KnownError
            If the values do not make sense; the open study stays as it is.
        """
        self._jobs.require_thread()
        if self.active.study is None:
            return
        from app.io.open.study import with_overrides

        self.show(with_overrides(self.active.study, values))

    # Work on the active study

    def run(
        self,
        title: str,
        work: Callable[[JobContext], Any],
        done: Callable[[OpenStudy, Any], None],
        *,
        on_device: bool = True,
    ) -> Job:
        """Run work on the active study; its result goes to that study, active or not.

        It is put aside where the study is no longer open, and cancelled when it is closed.
        """
        self._jobs.require_thread()
        record, study = self.active, self.active.study

        def arrived(result: Any) -> None:
            record.device_jobs.discard(job)
            if not self.puts_aside(record, study):
                done(record, result)

        job = self._jobs.run(title, work, arrived, on_device=on_device)
        record.device_jobs = {x for x in record.device_jobs if not x.report.state.ended} | {job}
        return job

    def puts_aside(
        self, record: OpenStudy, study: Study | None, source_uids: Iterable[str] = ()
    ) -> bool:
        """Say so and return true where a result does not belong to its record any more.

        A result that only knows an earlier place of an image is kept: its provenance says which.
        One that lies on a moved image (``source_uids``) is not. ``study`` is what it was made from.
        """
        why = "its study is no longer open"
        if self.is_open(record):
            now = record.study
            if study is None or now is None or now is study:
                return False
            pairs = [(image_of(study, x), image_of(now, x)) for x in MOVABLE]
            moved = {a.series_uid for a, b in pairs if a is not None and a is not b}
            if not moved & set(source_uids):
                return False
            why = "the image it was made from was moved meanwhile"
        self._jobs.notice.emit(f"The result was put aside: {why}.")
        return True

    def whose(self, record: OpenStudy) -> str:
        """Return what a notice adds where it is about a study that is not the active one."""
        if record is self.active or record.study is None:
            return ""
        return f", in the study of {record.study.date or 'unknown date'}"

    def on_applied(self, record: OpenStudy, applied: Applied) -> None:
        """Say that a study is another now, or what it is compared with."""
        if applied.placed:
            self.list_changed.emit(self.all)
        if record is self._list.comparison and not applied.drawn:
            self.comparison_changed.emit(record.study)

    # Inside

    def _open(self, title: str, read: Callable[[JobContext], Sequence[Study]]) -> Job:
        held = self.all

        def work(context: JobContext) -> tuple[Study, ...]:
            # Here, not on arrival: comparing large arrays is not for the window's thread.
            return tuple(sharing(x, held) for x in read(context))

        def done(found: Any) -> None:
            # Of several openings the last one decides what is shown.
            newest = self._opening is job
            self._opening = None if newest else self._opening
            self.add(found, activate=newest)

        job = self._opening = self._jobs.run(title, work, done)
        return job

    def _announce_all(self) -> None:
        """Say everything about the active study, which is another one than before."""
        self.active_changed.emit(self.active.study)
        self.switched.emit()
        self.comparison_changed.emit(self.comparison)
