"""Moving a CT or an MR onto the PET: found in the background, never unless it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.core.kit.errors import InputError
from app.core.kit.events import Event
from app.core.kit.jobs import Job, JobContext
from app.core.space.alignment import RigidAlignment
from app.core.study.placement import aligned_placement, pair_of, placement_of, start_alignment
from app.core.study.study import Study
from app.session.changes.change import Applied
from app.session.changes.kinds import PlacementChange
from app.session.jobs import Jobs
from app.session.open_studies import OpenStudy
from app.session.studies import Studies
from app.session.undo import Undo


class Alignments:
    """Alignments of open studies, applied as undoable changes.

    ``placed`` is emitted where an image of the active study lies elsewhere; everything else of it
    stays.
    """

    def __init__(self, studies: Studies, history: Undo, jobs: Jobs) -> None:
        self._studies, self._history, self._jobs = studies, history, jobs
        self.placed: Event[Study] = Event()

    def run(
        self,
        role: str,
        start: RigidAlignment | None = None,
        take: Callable[[RigidAlignment], None] | None = None,
    ) -> Job:
        """Register the CT or the MR to the PET in the background; one undoable change.

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
        self._jobs.require_thread()
        record, study = self._studies.active, self._studies.active.study
        if study is None:
            raise InputError("No study is open.", "Open a study with a PET and a CT or an MR.")
        fixed, moving = pair_of(study, role)
        begin = start or start_alignment(study, role)

        def work(context: JobContext) -> RigidAlignment:
            from app.compute.align.registration import register

            return register(fixed, moving, context, start=begin)

        def done(found: Any) -> None:
            if not self._studies.is_open(record) or record.study is not study:
                self._put_aside("its study has changed")
            elif take is None:
                self._align(record, study, found)
            elif record is self._studies.active:
                take(found)
            else:
                self._put_aside("another study is active")

        return self._jobs.run(f"Align {role} to PET", work, done)

    def apply(self, alignment: RigidAlignment) -> None:
        """Put the moving image where an alignment says; undoable, without resampling.

        Lesions stay where they are: they lie on the PET, which does not move.

        Raises
        ------
        InputError
            If it was made for other series, or the PET is to be moved.
        """
        self._jobs.require_thread()
        record = self._studies.active
        if record.study is not None:
            self._align(record, record.study, alignment)

    def on_applied(self, record: OpenStudy, applied: Applied) -> None:
        """Say that an image of the active study lies elsewhere now: it is another `Study`."""
        if applied.placed and record is self._studies.active and record.study is not None:
            self.placed.emit(record.study)

    def _align(self, record: OpenStudy, study: Study, alignment: RigidAlignment) -> None:
        before = placement_of(study, alignment.moving_role)
        after = aligned_placement(study, alignment)
        if before is after or (before.alignment is None and after.alignment is None):
            return
        title = f"Align {alignment.moving_role} to PET"
        self._history.push(PlacementChange(title, before, after), record)
        about = ""
        if record is not self._studies.active and record.study is not None:
            about = f" This is the study of {record.study.date or 'unknown date'}."
        self._jobs.notice.emit(f"{alignment.sentence()}{about}")

    def _put_aside(self, why: str) -> None:
        self._jobs.notice.emit(f"The alignment was put aside: {why}.")
