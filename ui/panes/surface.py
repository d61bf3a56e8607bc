"""The 3D view: its surfaces are made in the background once a layout shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from app.core.kit.jobs import Job, JobContext
from app.core.lesions.segmentation import Segmentation
from app.core.study.study import Study
from app.session.session import Session
from ui.frame.desk_holder import DeskHolder
from ui.frame.job_bar import JobBar

if TYPE_CHECKING:
    from viewers.desk.desk import ReadingDesk


class SurfaceController(QObject):
    """Keeps the surfaces of the 3D pane in line with study and outlines.

    The body is made once for a study, the lesions once for every state of the labels: a judgement
    moves no voxel and costs nothing. Without a 3D pane in the layout nothing is made.
    """

    def __init__(self, session: Session, holder: DeskHolder, jobs: JobBar, window: QObject) -> None:
        super().__init__(window)
        self._session, self._holder, self._bar = session, holder, jobs
        self._study: Study | None = None
        self._outlines: Segmentation | None = None
        self._body_job: Job | None = None
        self._lesion_job: Job | None = None
        self._cancel = [
            session.studies.active_changed.connect(lambda _study: self.refresh()),
            session.results.changed.connect(lambda _analysis: self.refresh()),
            session.results.lesions_changed.connect(lambda _changed: self.refresh()),
        ]
        holder.desk_made.connect(self._connect_desk)

    def disconnect_session(self) -> None:
        """Hear nothing more of the session."""
        for cancel in self._cancel:
            cancel()

    def refresh(self) -> None:
        """Start what is missing, and stop what is no longer wanted."""
        desk, study = self._holder.desk, self._session.study
        if study is not self._study:
            self._study = self._outlines = None
            for job in (self._body_job, self._lesion_job):
                if job is not None:
                    job.cancel()
        if desk is None or study is None or not _has_surface(desk):
            return
        if self._study is None:
            self._study = study
            self._body_job = self._start_body(study)
        analysis = self._session.analysis
        outlines = None if analysis is None else analysis.segmentation
        if not _same(outlines, self._outlines):
            self._outlines = outlines
            self._start_lesions(outlines)

    def make_now(self) -> None:
        """Make what is missing before this returns: for a picture without a reader."""
        desk, study = self._holder.desk, self._session.study
        if desk is None or study is None or not _has_surface(desk):
            return
        from viewers.make.surface import body_surface, lesion_surfaces

        desk.set_body_surface(body_surface(study))
        analysis = self._session.analysis
        if analysis is not None:
            desk.set_lesion_surfaces(lesion_surfaces(analysis.segmentation))

    def _start_body(self, study: Study) -> Job:
        def work(context: JobContext) -> Any:
            from viewers.make.surface import body_surface

            return body_surface(study, context)

        def done(body: Any) -> None:
            if self._study is study and self._holder.desk is not None:
                self._holder.desk.set_body_surface(body)

        return self._run(self.tr("Preparing the 3D view"), work, done)

    def _start_lesions(self, outlines: Segmentation | None) -> None:
        if self._lesion_job is not None:
            self._lesion_job.cancel()
        if outlines is None:
            if self._holder.desk is not None:
                self._holder.desk.set_lesion_surfaces(None)
            return

        def work(context: JobContext) -> Any:
            from viewers.make.surface import lesion_surfaces

            return lesion_surfaces(outlines, context)

        def done(lesions: Any) -> None:
            if self._outlines is outlines and self._holder.desk is not None:
                self._holder.desk.set_lesion_surfaces(lesions)

        self._lesion_job = self._run(self.tr("Surfaces of the lesions"), work, done)

    def _run(
        self, title: str, work: Callable[[JobContext], Any], done: Callable[[Any], None]
    ) -> Job:
        job = self._session.jobs.run(title, work, done)
        self._bar.keep_quiet(job.id)
        return job

    def _connect_desk(self, desk: ReadingDesk) -> None:
        desk.layout_changed.connect(lambda _name: self.refresh())


def _has_surface(desk: ReadingDesk) -> bool:
    return any(pane.content == "surface" for pane in desk.scene.layout.panes)


def _same(one: Segmentation | None, other: Segmentation | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.same_outlines(other)
