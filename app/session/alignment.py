"""The part of the session that moves a CT or an MR onto the PET; never unless it is asked to."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import Any

from app.core.kit.errors import InputError
from app.core.kit.events import Event
from app.core.kit.jobs import Job, JobContext, JobQueue
from app.core.space.alignment import RigidAlignment
from app.core.study.placement import (
    MOVABLE,
    PlacementChange,
    aligned_placement,
    image_of,
    pair_of,
    placement_of,
    start_alignment,
)
from app.core.study.study import Study
from app.session.history import Step
from app.session.jobs import Post
from app.session.record import OpenStudy
from app.session.studies import SessionStudies


class AlignmentPart(SessionStudies):
    """Alignments of open studies: found in the background, applied as undoable steps."""

    def __init__(self, cpu: JobQueue, device: JobQueue, post: Post) -> None:
        super().__init__(cpu, device, post)
        #: An image of the active study lies elsewhere now; everything else of it stays.
        self.placement_changed: Event[Study] = Event()

    def run_alignment(
        self,
        role: str,
        start: RigidAlignment | None = None,
        take: Callable[[RigidAlignment], None] | None = None,
    ) -> Job:
        """Register the CT or the MR to the PET in the background; one undoable step.

        Parameters
        ----------
        role
            ``CT`` or ``MR``: the image that moves.
        start
            Where to begin; what was applied so far, if ``None``.
        take
            Gets the result in place of the study (a preview, which may apply it later).

        Raises
        ------
        InputError
            If the PET is to be moved, or one of the two images is not there.
        """
        self._require_thread()
        record, study = self._active, self.study
        if study is None:
            raise InputError("No study is open.", "Open a study with a PET and a CT or an MR.")
        fixed, moving = pair_of(study, role)
        begin = start or start_alignment(study, role)

        def work(context: JobContext) -> RigidAlignment:
            from app.compute.align.registration import register

            return register(fixed, moving, context, start=begin)

        def done(found: Any) -> None:
            if not self._is_open(record) or record.study is not study:
                self.notice.emit("The alignment was put aside: its study has changed.")
            elif take is None:
                self._align(record, study, found)
            elif record is self._active:
                take(found)
            else:
                self.notice.emit("The alignment was put aside: another study is active.")

        return self._submit(self._cpu, f"Align {role} to PET", work, done)

    def apply_alignment(self, alignment: RigidAlignment) -> None:
        """Put the moving image where an alignment says; one undoable step, without resampling.

        Lesions stay where they are: they lie on the PET, which does not move.

        Raises
        ------
        InputError
            If it was made for other series, or the PET is to be moved.
        """
        self._require_thread()
        if self.study is not None:
            self._align(self._active, self.study, alignment)

    def _align(self, record: OpenStudy, study: Study, alignment: RigidAlignment) -> None:
        before = placement_of(study, alignment.moving_role)
        after = aligned_placement(study, alignment)
        if before is after or (before.alignment is None and after.alignment is None):
            return
        title = f"Align {alignment.moving_role} to PET"
        self._push(Step(title, placement=PlacementChange(before, after)), record)
        self.notice.emit(f"{alignment.sentence()}{self._about(record)}")

    def _tell_placed(self, record: OpenStudy) -> None:
        """Say that an image of an open study lies elsewhere now: it is another `Study`."""
        if record is self._active and record.study is not None:
            self.placement_changed.emit(record.study)
            if record.derived:
                self.derived_changed.emit(record.derived)
            self.measuring.start(record.drawn)
        self.studies_changed.emit(self.studies)

    def _put_aside(
        self, record: OpenStudy, study: Study | None, source_uids: Iterable[str] = ()
    ) -> bool:
        """Say so and return true where a result does not belong to its record any more.

        A result that only knows an earlier place of an image is kept: its provenance says which.
        One that lies on a moved image (``source_uids``) is not. ``study`` is what it was made from.
        """
        why = "its study is no longer open"
        if self._is_open(record):
            now = record.study
            if study is None or now is None or now is study:
                return False
            pairs = [(image_of(study, x), image_of(now, x)) for x in MOVABLE]
            moved = {a.series_uid for a, b in pairs if a is not None and a is not b}
            if not moved & set(source_uids):
                return False
            why = "the image it was made from was moved meanwhile"
        self.notice.emit(f"The result was put aside: {why}.")
        return True

    def _about(self, record: OpenStudy) -> str:
        """Return a sentence that names a study which is not the active one."""
        if record is self._active or record.study is None:
            return ""
        return f" This is the study of {record.study.date or 'unknown date'}."

    @abstractmethod
    def _push(self, step: Step, record: OpenStudy) -> None: ...
