"""The session's open studies: opening, choosing, comparing and closing them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.core.kit.errors import InputError
from app.core.kit.events import Event
from app.core.kit.jobs import Job, JobContext, JobQueue
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.biomarkers import Biomarkers
from app.core.lesions.saliency import SaliencyMap
from app.core.space.volume import Volume
from app.core.study.derived import DerivedImage
from app.core.study.study import Study
from app.session.history import History, Step
from app.session.jobs import Post, SessionJobs
from app.session.measuring import Measuring
from app.session.open_studies import OpenStudies
from app.session.record import OpenStudy, sharing


class SessionStudies(SessionJobs, ABC):
    """The part of `app.session.session.Session` that keeps the list of open studies."""

    def __init__(self, cpu: JobQueue, device: JobQueue, post: Post) -> None:
        super().__init__(cpu, device, post)
        self._opening: Job | None = None
        self._open_studies = OpenStudies()
        self.measuring = Measuring(self._push_active, self.run_in_background, self._require_thread)
        self.studies_changed: Event[tuple[Study, ...]] = Event()
        self.comparison_changed: Event[Study | None] = Event()
        self.study_changed: Event[Study | None] = Event()
        self.analysis_changed: Event[LesionAnalysis | None] = Event()
        self.derived_changed: Event[tuple[DerivedImage, ...]] = Event()
        self.saliency_changed: Event[SaliencyMap | None] = Event()
        self.history_changed: Event[()] = Event()

    # The active study

    @property
    def study(self) -> Study | None:
        """The active study: what tools, search and exports work on."""
        return self._active.study

    @property
    def analysis(self) -> LesionAnalysis | None:
        """Lesions of the active study."""
        return self._active.analysis

    @analysis.setter
    def analysis(self, value: LesionAnalysis | None) -> None:
        self._active.analysis = value

    @property
    def history(self) -> History:
        """Steps on the active study."""
        return self._active.history

    @property
    def derived(self) -> tuple[DerivedImage, ...]:
        """Derived images of the active study."""
        return self._active.derived

    @derived.setter
    def derived(self, value: tuple[DerivedImage, ...]) -> None:
        self._active.derived = value

    @property
    def derived_values(self) -> Mapping[str, Mapping[str, Biomarkers]]:
        """Lesions measured on derived images of the active study, by image id and lesion id."""
        return self._active.derived_values

    @property
    def saliency(self) -> SaliencyMap | None:
        """The saliency map of the active study."""
        return self._active.saliency

    @saliency.setter
    def saliency(self, value: SaliencyMap | None) -> None:
        self._active.saliency = value

    @property
    def _active(self) -> OpenStudy:
        return self._open_studies.active

    # Open studies

    @property
    def studies(self) -> tuple[Study, ...]:
        """All open studies, oldest opening first."""
        return self._open_studies.studies

    @property
    def comparison(self) -> Study | None:
        """The study that the active one is compared with, if one was chosen."""
        record = self._open_studies.comparison
        return None if record is None else record.study

    @property
    def unsaved_studies(self) -> tuple[Study, ...]:
        """Open studies whose lesions or measurements a person changed since their last export."""
        found = (x for x in self._open_studies.records if x.has_unsaved_edits)
        return tuple(x.study for x in found if x.study is not None)

    def state_of(self, study: Study) -> OpenStudy:
        """Return what belongs to an open study, to be read only.

        Raises
        ------
        InputError
            If the study is not open.
        """
        return self._open_studies.record_of(study)

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

    def open_pair(self, pet: Path | None, ct: Path | None, mr: Path | None = None) -> Job:
        """Read a NIfTI PET with or without its CT, a T1-weighted MR or both in the background."""

        def work(context: JobContext) -> Sequence[Study]:
            from app.io.open.study import open_files

            return (open_files(pet, ct, context, mr=mr),)

        return self._open("Opening the images", work)

    def open_sample(self) -> Job:
        """Make the sample study in the cache if it is not there, and open it."""

        def work(context: JobContext) -> Sequence[Study]:
            from app.io.open.study import open_study
            from app.io.sample.folder import sample_study_folder

            folder = sample_study_folder(context.part(0.0, 0.7))
            return (open_study([folder], context.part(0.7, 1.0)),)

        return self._open("Opening the sample study", work)

    def add_studies(self, studies: Sequence[Study], *, activate: bool = True) -> None:
        """Add studies that are in memory; the first becomes active. Open ones are not added."""
        self._require_thread()
        first = self._open_studies.add(studies)
        if first is not None and (activate or self.study is None):
            self._open_studies.activate(self.state_of(first))
            self._announce_all()
        self.studies_changed.emit(self.studies)

    def activate(self, study: Study) -> None:
        """Make an open study the active one; the result and history of each are kept.

        Raises
        ------
        InputError
            If the study is not open.
        """
        self._require_thread()
        record = self.state_of(study)
        if record is not self._active:
            self._open_studies.activate(record)
            self._announce_all()

    def compare_with(self, study: Study | None) -> None:
        """Choose the study to compare the active one with, or none.

        Raises
        ------
        InputError
            If the study is not open, or is the active one.
        """
        self._require_thread()
        record = None if study is None else self.state_of(study)
        if record is self._active:
            raise InputError("A study cannot be compared with itself.", "Choose another one.")
        self._open_studies.comparison = record
        self.comparison_changed.emit(study)

    def show_study(self, study: Study | None) -> None:
        """Put a study that is in memory in the place of the active one; its history starts empty.

        Without a study all are closed.
        """
        self._require_thread()
        if study is None:
            self._open_studies.clear()
        else:
            self._open_studies.replace(self._active, study)
        self._announce_all()
        self.studies_changed.emit(self.studies)

    def exchange(self, study: Study, changed: Study) -> None:
        """Put a study (another time frame of it) in the place of an open one, active or not.

        Raises
        ------
        InputError
            If the study is not open.
        """
        self._require_thread()
        record = self.state_of(study)
        if record is self._active:
            self.show_study(changed)
            return
        compared = record is self._open_studies.comparison
        self._open_studies.replace(record, changed)
        if compared:
            self.comparison_changed.emit(changed)
        self.studies_changed.emit(self.studies)

    def close_study(self, study: Study | None = None) -> None:
        """Close a study, by default the active one; work that was made from it is cancelled.

        Another open study becomes active then. Nothing happens where none is open.
        """
        self._require_thread()
        record = self._active if study is None else self.state_of(study)
        if record.study is None:
            return
        before = (self._active, self._open_studies.comparison)
        record.cancel_work()
        self._open_studies.close(record)
        if before[0] is not self._active:
            self._announce_all()
        elif before[1] is not self._open_studies.comparison:
            self.comparison_changed.emit(self.comparison)
        self.studies_changed.emit(self.studies)

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
        from app.io.open.study import with_overrides

        self.show_study(with_overrides(self.study, values))

    def load_series(self, study: Study, uid: str, done: Callable[[Volume], None]) -> Job:
        """Read a further series of an open study in the background and hand it to ``done``.

        Raises
        ------
        InputError
            If the study is not open.
        """
        record = self.state_of(study)

        def work(context: JobContext) -> Volume:
            from app.io.open.studies import read_further

            return read_further(study, uid, context)

        def keep(found: Any) -> None:
            if self._is_open(record):
                record.images[uid] = found
                done(found)

        return self._submit(self._cpu, "Reading the series", work, keep)

    # Inside

    def _open(self, title: str, read: Callable[[JobContext], Sequence[Study]]) -> Job:
        held = self.studies

        def work(context: JobContext) -> tuple[Study, ...]:
            # Here, not on arrival: comparing large arrays is not for the window's thread.
            return tuple(sharing(x, held) for x in read(context))

        def done(found: Any) -> None:
            # Of several openings the last one decides what is shown.
            newest = self._opening is job
            self._opening = None if newest else self._opening
            self.add_studies(found, activate=newest)

        job = self._opening = self._submit(self._cpu, title, work, done)
        return job

    @abstractmethod
    def _push_active(self, step: Step) -> None: ...

    def _is_open(self, record: OpenStudy) -> bool:
        return record in self._open_studies.records

    def _announce_all(self) -> None:
        """Say everything about the active study, which is another one than before."""
        self.study_changed.emit(self.study)
        self.measuring.start(self._active.drawn)
        self.derived_changed.emit(self.derived)
        self.saliency_changed.emit(self.saliency)
        self.analysis_changed.emit(self.analysis)
        self.history_changed.emit()
        self.comparison_changed.emit(self.comparison)
