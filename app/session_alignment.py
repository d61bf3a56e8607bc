"""The part of the session that moves a CT or an MR onto the PET; never unless it is asked to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any

from app.core.alignment import RigidAlignment
from app.core.analysis import LesionAnalysis
from app.core.derived import DerivedImage
from app.core.errors import InputError
from app.core.events import Event
from app.core.history import Step
from app.core.jobs import Job, JobContext
from app.core.placement import (
    MOVABLE,
    Placement,
    PlacementChange,
    aligned_placement,
    derived_follow,
    image_of,
    pair_of,
    placed,
    placement_of,
    start_alignment,
)
from app.core.study import Study

Work = Callable[[JobContext], Any]
Done = Callable[[Any], None]


class AlignmentPart(ABC):
    """Alignments of the open study: found in the background, applied as undoable steps."""

    study: Study | None
    analysis: LesionAnalysis | None
    derived: tuple[DerivedImage, ...]
    derived_changed: Event[tuple[DerivedImage, ...]]
    notice: Event[str]

    def __init__(self) -> None:
        #: An image of the open study lies elsewhere now; everything else of it stays.
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
        study = self.study
        if study is None:
            raise InputError("No study is open.", "Open a study with a PET and a CT or an MR.")
        fixed, moving = pair_of(study, role)
        begin = start or start_alignment(study, role)

        def work(context: JobContext) -> RigidAlignment:
            from app.io.registration import register

            return register(fixed, moving, context, start=begin)

        def done(found: Any) -> None:
            if self.study is not study:
                self.notice.emit("The alignment was put aside: its study has changed.")
            elif take is not None:
                take(found)
            else:
                self.apply_alignment(found)

        return self._submit(self._queue_for_alignment(), f"Align {role} to PET", work, done)

    def apply_alignment(self, alignment: RigidAlignment) -> None:
        """Put the moving image where an alignment says; one undoable step, without resampling.

        Lesions stay where they are: they lie on the PET, which does not move.

        Raises
        ------
        InputError
            If it was made for other series, or the PET is to be moved.
        """
        self._require_thread()
        study = self.study
        if study is None:
            return
        before = placement_of(study, alignment.moving_role)
        after = aligned_placement(study, alignment)
        if before is after or (before.alignment is None and after.alignment is None):
            return
        title = f"Align {alignment.moving_role} to PET"
        self._push(Step(title, placement=PlacementChange(before, after)))
        self.notice.emit(alignment.sentence())

    def _place(self, before: Placement, after: Placement) -> None:
        """Move an image of the open study from one place to another, and what was made of it."""
        study = self.study
        if study is None:
            return
        image = image_of(study, after.role)
        assert image is not None
        self.study = placed(study, after)
        self.derived = derived_follow(self.derived, before, after, image.series_uid)
        self.placement_changed.emit(self.study)
        if self.derived:
            self.derived_changed.emit(self.derived)

    def _put_aside(self, study: Study | None, source_uids: Iterable[str] = ()) -> bool:
        """Say so and return true where a result does not belong to what is open now.

        A result that only knows an earlier place of an image is kept: its provenance says which.
        One that lies on a moved image (``source_uids``) is not.
        """
        now = self.study
        if now is study:
            return False
        why = "its study is no longer open"
        if study is not None and now is not None and now.pet is study.pet is not None:
            pairs = [(image_of(study, x), image_of(now, x)) for x in MOVABLE]
            moved = {a.series_uid for a, b in pairs if a is not None and a is not b}
            if not moved & set(source_uids):
                return False
            why = "the image it was made from was moved meanwhile"
        self.notice.emit(f"The result was put aside: {why}.")
        return True

    @abstractmethod
    def _require_thread(self) -> None: ...

    @abstractmethod
    def _push(self, step: Step) -> None: ...

    @abstractmethod
    def _queue_for_alignment(self) -> Any: ...

    @abstractmethod
    def _submit(self, jobs: Any, title: str, work: Work, done: Done) -> Job: ...
