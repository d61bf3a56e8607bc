"""Attenuation at 511 keV: the map of a CT, and what a synthetic CT would do to the PET."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from PySide6.QtCore import QCoreApplication

from app.core.kit.jobs import Job, JobContext
from app.core.space.volume import Volume
from app.core.study.derived import DerivedImage, DerivedKind
from ui.attenuation.curve import EffectCurve, effect_curve
from ui.attenuation.specs import AttenuationState, ct_of, why_no_map
from ui.charts.panel import ChartsPanel
from ui.derived.controller import DerivedController
from ui.frame.capability import Controller, Frame
from ui.kit import text
from viewers.space.layouts import Content

if TYPE_CHECKING:
    from app.compute.attenuation.factors import AttenuationEffect
    from ui.attenuation.plot import AttenuationPlot

#: An effect, and what is to be said of the real CT's tube voltage.
Found = tuple["AttenuationEffect", str]


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


class AttenuationController(Controller):
    """Wires attenuation maps to the Tools menu, and their effect to the panel and the charts."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self._derived, self._panel = frame.controller(DerivedController), frame.panel(ChartsPanel)
        self._making = False
        self._job: Job | None = None
        #: Which comparison is wanted: the last one asked for.
        self._wanted: object = None
        self._curve: EffectCurve | None = None
        self._remark = ""
        #: Made when there is first something to show in it.
        self.plot: AttenuationPlot | None = None
        #: Effects by synthetic CT, with the real CT in the place that they are true for.
        self._known: WeakKeyDictionary[DerivedImage, tuple[ref[Volume], Found]] = (
            WeakKeyDictionary()
        )
        self.listen(self._session.results.changed, lambda _analysis: self._draw())
        self.on("attenuation_map", self.make)
        self.listen(self._derived.compared, self._on_compared)
        self.listen(self._panel.made, self._draw)
        self.listen(self._scene.navigation.moved, self._follow)
        self.at_close(self._take_away)

    def state(self) -> AttenuationState:
        """Return whether a map is made, and whether there is a synthetic CT to make one of."""
        return AttenuationState(self._making, self._synthetic() is not None)

    def _take_away(self) -> None:
        self._panel.remove_beside()
        self._derived.note("attenuation", "")

    # The map

    def make(self) -> None:
        """Make the attenuation map of what `_source` names, in the background."""
        study = self._session.study
        if study is None or why_no_map(self.frame.situation()):
            return
        synthetic = self._synthetic()

        def work(context: JobContext) -> DerivedImage:
            # Readers are imported by the worker, so that the window is up before pydicom is.
            from app.io.write.synthetic_report import mu_of_ct, mu_of_synthetic

            if synthetic is not None:
                return mu_of_synthetic(synthetic, context)
            return mu_of_ct(study, context=context)

        title = self.tr("Attenuation map")
        self._derived.start(title, work, lambda _report: self._make(False), on_device=False)
        self._make(True)

    def _make(self, runs: bool) -> None:
        self._making = runs
        self.frame.refresh()

    def _synthetic(self) -> DerivedImage | None:
        """Return the synthetic CT to make a map of; ``None`` where it is to be of the CT.

        The one that is compared; without a CT the newest.
        """
        current = self._derived.current
        if current is not None and current.kind is DerivedKind.SYNTHETIC_CT:
            return current
        if ct_of(self._session.study) is not None:
            return None
        made = (
            x for x in reversed(self._session.derived.images) if x.kind is DerivedKind.SYNTHETIC_CT
        )
        return next(made, None)

    # What a synthetic CT would do to the PET

    def _on_compared(self, image: DerivedImage | None) -> None:
        wanted = self._wanted = object()
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._curve = None
        self._draw()
        study = self._session.study
        ct = ct_of(study)
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
        if not self._panel.isVisible():
            return
        alone = self._session.analysis is None
        self._panel.show_beside(self._plot_of(self._curve), alone=alone)
        self._follow()

    def _plot_of(self, curve: EffectCurve | None) -> AttenuationPlot | None:
        """Return the chart with a curve in it; without one, none."""
        if curve is None:
            return None
        if self.plot is None:
            from ui.attenuation.plot import AttenuationPlot

            self.plot = AttenuationPlot()
        self.plot.show_curve(curve, self._remark)
        return self.plot

    def _follow(self) -> None:
        """Move the upright line to the slice that the CT panes show."""
        curve, plot = self._curve, self.plot
        if curve is not None and plot is not None and plot.isVisible():
            plot.show_position(curve.position_at(self._scene.scene.position(Content.CT)))
