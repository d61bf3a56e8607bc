"""Attenuation at 511 keV: the map of a CT, and what a synthetic CT would do to the PET."""

from __future__ import annotations

import math
from typing import Any
from weakref import WeakKeyDictionary, ref

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QWidget

from app.compute.attenuation.factors import AttenuationEffect
from app.core.kit.jobs import Job, JobContext, JobReport
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.study import Study
from app.session.session import Session
from ui.actions.actions import Actions
from ui.charts.data import EffectCurve, effect_curve
from ui.charts.panel import ChartsPanel
from ui.derived.controller import DerivedController
from ui.frame.desk_holder import DeskHolder
from ui.kit import text

#: An effect, and what is to be said of the real CT's tube voltage.
Found = tuple[AttenuationEffect, str]


def effect_text(effect: AttenuationEffect) -> str:
    """Say by how much attenuation factors differ; nothing where no line was compared."""
    if not any(x.lines for x in effect.slices):
        return ""
    words = QCoreApplication.translate(
        "attenuation", "Attenuation factors: {0} % mean absolute difference (mean {1})"
    )
    absolute, mean = effect.mean_absolute_percent, effect.mean_percent
    said = words.format(text.number(absolute, 1), text.shift(mean))
    inside = effect.in_body_mean_absolute_percent
    if not math.isfinite(inside):
        return said
    words = QCoreApplication.translate("attenuation", "{0}; inside the CT's body {1} %")
    return words.format(said, text.number(inside, 1))


class AttenuationController(QObject):
    """Wires attenuation maps to the Tools menu, and their effect to the panel and the charts."""

    def __init__(
        self,
        session: Session,
        actions: Actions,
        holder: DeskHolder,
        derived: DerivedController,
        panel: ChartsPanel,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._holder = session, holder
        self._derived, self._panel = derived, panel
        self._actions = actions
        self._making: int | None = None
        self._job: Job | None = None
        #: Which comparison is wanted: the last one asked for.
        self._wanted: object = None
        self._curve: EffectCurve | None = None
        self._remark = ""
        #: Effects by synthetic CT, with the real CT in the place that they are true for.
        self._known: WeakKeyDictionary[DerivedImage, tuple[ref[Volume], Found]] = (
            WeakKeyDictionary()
        )
        self._cancel = [
            session.studies.active_changed.connect(lambda _study: self._refresh()),
            session.derived.changed.connect(lambda _images: self._refresh()),
            session.alignment.placed.connect(lambda _study: self._refresh()),
            session.jobs.changed.connect(self._on_job),
            session.results.changed.connect(lambda _analysis: self._draw()),
        ]
        actions["attenuation_map"].triggered.connect(self.make)
        derived.compared.connect(self._on_compared)
        panel.made.connect(self._draw)
        holder.desk_made.connect(self._on_desk)
        self._refresh()

    def disconnect_session(self) -> None:
        """Hear nothing more of the session."""
        for cancel in self._cancel:
            cancel()

    # The map

    def make(self) -> None:
        """Make the attenuation map of what `_source` names, in the background."""
        study = self._session.study
        if study is None or self._obstacle():
            return
        synthetic = self._synthetic()

        def work(context: JobContext) -> DerivedImage:
            # Readers are imported by the worker, so that the window is up before pydicom is.
            from app.io.write.synthetic_report import mu_of_ct, mu_of_synthetic

            if synthetic is not None:
                return mu_of_synthetic(synthetic, context)
            return mu_of_ct(study, context=context)

        job = self._derived.start(self.tr("Attenuation map"), work, on_device=False)
        self._making = job.id
        self._refresh()

    def _synthetic(self) -> DerivedImage | None:
        """Return the synthetic CT to make a map of; ``None`` where it is to be of the CT.

        The one that is compared; without a CT the newest.
        """
        current = self._derived.current
        if current is not None and current.kind is DerivedKind.SYNTHETIC_CT:
            return current
        if _ct(self._session.study) is not None:
            return None
        made = (
            x for x in reversed(self._session.derived.images) if x.kind is DerivedKind.SYNTHETIC_CT
        )
        return next(made, None)

    def _obstacle(self) -> str:
        """Say why no map can be made now, or return an empty text."""
        study = self._session.study
        if study is None:
            return self.tr("Open a study first.")
        if self._making is not None:
            return self.tr("It runs already; the bar below shows how far it is.")
        if _ct(study) is None and self._synthetic() is None:
            return self.tr("This study has no CT. Open one with it, or make a CT from an MR first.")
        return ""

    def _refresh(self) -> None:
        self._actions.refuse("attenuation_map", self._obstacle())

    def _on_job(self, report: JobReport) -> None:
        if report.job_id == self._making and report.state.ended:
            self._making = None
            self._refresh()

    # What a synthetic CT would do to the PET

    def _on_compared(self, image: DerivedImage | None) -> None:
        self._refresh()
        wanted = self._wanted = object()
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._curve = None
        self._draw()
        study = self._session.study
        ct = _ct(study)
        if image is None or study is None or ct is None:
            return
        grid = image.volume.grid
        apart = not ct.grid.same_space(grid) or not ct.grid.overlaps(grid)
        if image.kind is not DerivedKind.SYNTHETIC_CT or apart:
            return
        known = self._known.get(image)
        if known is not None and known[0]() is ct:
            self._show(image, known[1])
            return

        def work(context: JobContext) -> Found:
            from app.io.write.synthetic_report import factors_of_synthetic

            return factors_of_synthetic(study, image, context)

        def done(found: Any) -> None:
            self._known[image] = (ref(ct), found)
            if self._wanted is wanted and self._session.study is study:
                self._show(image, found)

        self._job = self._derived.compare_quietly(work, done)

    def _show(self, image: DerivedImage, found: Found) -> None:
        effect, assumed = found
        self._derived.note("attenuation", effect_text(effect))
        self._curve, self._remark = effect_curve(effect, image.volume.grid), assumed
        self._draw()

    def _draw(self) -> None:
        """Show the chart if there is an effect and anyone sees the charts."""
        if self._panel.isVisible():
            alone = self._session.analysis is None
            self._panel.show_attenuation(self._curve, self._remark, alone=alone)
            self._follow()

    def _on_desk(self, _desk: QObject) -> None:
        if self._holder.desk is not None:
            self._holder.desk.moved.connect(self._follow)

    def _follow(self) -> None:
        """Move the upright line to the slice that the CT panes show."""
        desk, curve, plot = self._holder.desk, self._curve, self._panel.attenuation
        if desk is None or curve is None or plot is None or not plot.isVisible():
            return
        from viewers.space.layouts import Content

        plot.show_position(curve.position_at(desk.scene.position(Content.CT)))


def _ct(study: Study | None) -> Volume | None:
    """Return a study's CT if it holds HU."""
    if study is None or study.ct is None or study.ct.quantity is not Quantity.HU:
        return None
    return study.ct
