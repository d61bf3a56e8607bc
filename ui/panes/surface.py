"""The 3D view: its surfaces are made in the background once a layout shows them."""

from __future__ import annotations

from typing import Any

from app.core.kit.jobs import Job, JobContext
from app.core.lesions.segmentation import Segmentation
from app.core.study.study import Study
from ui.frame.capability import Controller, Frame
from viewers.scene.scene import Scene


class SurfaceController(Controller):
    """Keeps the surfaces of the 3D pane in line with study and outlines.

    The body is made once for a study, the lesions once for every state of the labels: a judgement
    moves no voxel and costs nothing. Without a 3D pane in the layout nothing is made.
    """

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self._study: Study | None = None
        self._outlines: Segmentation | None = None
        self._body_job: Job | None = None
        self._lesion_job: Job | None = None
        self.listen(self._session.studies.active_changed, lambda _study: self.refresh())
        self.listen(self._session.results.changed, lambda _analysis: self.refresh())
        self.listen(self._session.results.lesions_changed, lambda _ids: self.refresh())
        self.listen(self._scene.layouts.layout_changed, lambda _name: self.refresh())

    def refresh(self) -> None:
        """Start what is missing, and stop what is no longer wanted."""
        study = self._session.study
        if study is not self._study:
            self._study = self._outlines = None
            for job in (self._body_job, self._lesion_job):
                if job is not None:
                    job.cancel()
        if study is None or not _has_surface(self._scene.scene):
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
        study = self._session.study
        if study is None or not _has_surface(self._scene.scene):
            return
        from viewers.make.surface import body_surface, lesion_surfaces

        self._scene.surface.set_body_surface(body_surface(study))
        analysis = self._session.analysis
        if analysis is not None:
            made = lesion_surfaces(analysis.segmentation)
            self._scene.surface.set_lesion_surfaces(made)

    def _start_body(self, study: Study) -> Job:
        def work(context: JobContext) -> Any:
            from viewers.make.surface import body_surface

            return body_surface(study, context)

        def done(body: Any) -> None:
            if self._study is study:
                self._scene.surface.set_body_surface(body)

        return self.run(self.tr("Preparing the 3D view"), work, done, quiet=True)

    def _start_lesions(self, outlines: Segmentation | None) -> None:
        if self._lesion_job is not None:
            self._lesion_job.cancel()
        if outlines is None:
            self._scene.surface.set_lesion_surfaces(None)
            return

        def work(context: JobContext) -> Any:
            from viewers.make.surface import lesion_surfaces

            return lesion_surfaces(outlines, context)

        def done(lesions: Any) -> None:
            if self._outlines is outlines:
                self._scene.surface.set_lesion_surfaces(lesions)

        title = self.tr("Surfaces of the lesions")
        self._lesion_job = self.run(title, work, done, quiet=True)


def _has_surface(scene: Scene) -> bool:
    return any(pane.content == "surface" for pane in scene.layout.panes)


def _same(one: Segmentation | None, other: Segmentation | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.same_outlines(other)
