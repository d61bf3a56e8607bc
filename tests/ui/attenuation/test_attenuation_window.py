"""Attenuation in the window: the map of a CT, and what a synthetic CT would do to the PET."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

import app.io.write.synthetic_report as report_module
from app.compute.attenuation.factors import (
    AttenuationEffect,
    SliceEffect,
    attenuation_effect,
    mu_map,
)
from app.core.kit.jobs import JobContext
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.study import Study
from tests.support.displays import without_notices
from tests.support.hands import choose, press
from tests.support.ui_study import Desk, make_denoised, make_study
from ui.attenuation.controller import AttenuationController
from ui.attenuation.curve import EffectCurve, effect_curve
from ui.attenuation.plot import AttenuationPlot
from ui.charts.panel import ChartsPanel
from ui.panes.controller import PanesController
from viewers.scene.probe import probe_at
from viewers.space.layouts import Content


def with_body(study: Study) -> Study:
    """Put a block of water into the study's CT."""
    assert study.ct is not None
    hu = np.full(study.ct.grid.shape_kji, -1000, np.int16)
    hu[:, 20:76, 20:76] = 0
    return replace(study, ct=replace(study.ct, array=hu))


def make_synthetic(study: Study, more_hu: float = 10.0) -> DerivedImage:
    """Make a synthetic CT: the CT's body, too dense by as many HU."""
    assert study.ct is not None
    hu = np.asarray(study.ct.array, np.float32)
    volume = replace(study.ct, array=hu + np.where(hu > -500, np.float32(more_hu), 0))
    return make_denoised(
        study,
        id=f"s{more_hu}",
        kind=DerivedKind.SYNTHETIC_CT,
        title=f"Synthetic CT {more_hu:g}",
        volume=volume,
        source_uids={"MR": "1.3"},
    )


def add(desk: Desk, image: DerivedImage) -> None:
    desk.session.derived.run(image.title, lambda _context: image)
    desk.qtbot.waitUntil(lambda: image in desk.session.derived.images, timeout=5000)
    desk.wait_idle()


def make_map(desk: Desk) -> DerivedImage:
    before = len(desk.session.derived.images)
    desk.trigger("attenuation_map")
    desk.qtbot.waitUntil(lambda: len(desk.session.derived.images) > before, timeout=5000)
    desk.wait_idle()
    return desk.session.derived.images[-1]


def open_charts(desk: Desk) -> None:
    desk.trigger("charts")
    desk.qtbot.waitUntil(lambda: desk.window.panel(ChartsPanel).plots is not None)


def chart(desk: Desk) -> AttenuationPlot:
    found = desk.controller(AttenuationController).plot
    assert found is not None
    return found


# The map


def test_a_map_is_made_of_the_ct_and_marked(desk: Desk) -> None:
    study = desk.open(with_body(make_study()))
    action = desk.window.actions_["attenuation_map"]
    tools = desk.window.menus["Tools"]
    assert action in tools.actions()
    image = make_map(desk)
    assert image.title == "Mu-map 511 keV (CT, 120 kV)"
    assert image.provenance.series_uids == {"CT": "1.2"}
    assert study.ct is not None
    np.testing.assert_array_equal(image.volume.array, mu_map(study.ct, 120.0).array)
    # A study of memory has no header to look the voltage up in: that is said.
    (banner,) = desk.window.holder.banners.shown
    assert banner.sentence == f"{image.title} is ready."
    assert banner.property("kind") == "warning"
    assert "120 kV was assumed" in banner.next_step
    assert desk.display.derived_note.text().startswith("Carney et al. 2006 (bilinear)")
    panes = desk.window.holder.desk
    assert panes is not None
    assert not panes.scene.made.stands_in
    desk.trigger("derived")
    assert panes.scene.ct_of(Content.CT) is image.volume
    at = study.ct.grid.points_lps_mm((20, 40, 40))
    panes.model.probe_changed.emit(probe_at(panes.scene, Content.CT, tuple(at.tolist())))
    assert "0 HU    derived 0.096 /cm" in desk.controller(PanesController).probe.text()
    assert desk.controller(AttenuationController).plot is None


def test_it_runs_on_the_cpu_pool_while_the_device_is_busy(desk: Desk) -> None:
    desk.open(with_body(make_study()))
    go: list[bool] = []

    def busy(context: JobContext) -> DerivedImage:
        while not go:
            context.check()
            time.sleep(0.005)
        raise AssertionError("it is cancelled")

    job = desk.session.derived.run("Busy", busy)
    desk.trigger("attenuation_map")
    assert not desk.window.actions_["attenuation_map"].isEnabled()
    assert "runs already" in desk.window.actions_["attenuation_map"].toolTip()
    desk.qtbot.waitUntil(lambda: bool(desk.session.derived.images), timeout=5000)
    desk.qtbot.waitUntil(desk.window.actions_["attenuation_map"].isEnabled, timeout=5000)
    desk.session.jobs.cancel(job.id)
    desk.wait_idle()


def test_maps_of_ct_and_synthetic_ct_stand_beside_each_other(desk: Desk) -> None:
    study = desk.open(with_body(make_study()))
    add(desk, make_synthetic(study))
    assert make_map(desk).title == "Mu-map 511 keV (synthetic CT, 140 kV)"
    # Now that map is compared, and the next one is of the CT; made again, it takes its own place.
    for _ in range(2):
        make_map_again(desk)
    titles = [x.title for x in desk.session.derived.images]
    assert titles == [
        "Synthetic CT 10",
        "Mu-map 511 keV (synthetic CT, 140 kV)",
        "Mu-map 511 keV (CT, 120 kV)",
    ]
    while desk.session.derived.images:
        press(desk.display, "Take the derived image away")
    assert desk.window.actions_["attenuation_map"].isEnabled()
    assert not desk.window.actions_["derived"].isEnabled()


def make_map_again(desk: Desk) -> None:
    before = desk.session.derived.images
    desk.trigger("attenuation_map")
    desk.qtbot.waitUntil(lambda: desk.session.derived.images is not before, timeout=5000)
    desk.wait_idle()


def test_without_a_ct_it_says_what_is_lacking(desk: Desk) -> None:
    action = desk.window.actions_["attenuation_map"]
    assert not action.isEnabled()
    assert action.toolTip() == "Open a study first.", "the key map must not hide the reason"
    study = make_study()
    desk.open(make_study(ct=None))
    assert not action.isEnabled()
    assert "no CT" in action.toolTip()
    # A synthetic CT will do, also while another image is compared.
    add(desk, make_synthetic(study))
    add(desk, make_denoised(study))
    assert action.isEnabled()
    assert make_map(desk).title == "Mu-map 511 keV (synthetic CT, 140 kV)"


def test_the_map_is_exported(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.open(with_body(make_study()))
    make_map(desk)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    desk.trigger("export_derived")
    desk.wait_idle()
    assert (tmp_path / "mu_map.nii.gz").is_file()
    assert "Carney" in (tmp_path / "summary.json").read_text(encoding="utf-8")


# The effect


def test_known_maps_give_known_percents_where_the_slices_lie() -> None:
    """A slab that is crossed by lines of one length, denser by a factor that differs by slice."""
    factors = np.array([0.0, 0.01, -0.02, 0.03])
    # k runs towards the feet, so that positions must be turned round.
    affine = ImageGrid.from_spacing((4, 40, 40), (5.0, 4.0, 4.0)).affine_lps_mm.copy()
    affine[2, 0] = -5.0
    grid = ImageGrid((4, 40, 40), affine, "1.2")
    disc = np.hypot(*np.meshgrid(*[np.arange(40) - 19.5] * 2)) < 15
    mu = np.where(disc, 0.096, 0.0)[None] * np.ones((4, 1, 1))
    reference = Volume(grid, mu, Quantity.MU)
    judged = Volume(grid, mu * (1.0 + factors)[:, None, None], Quantity.MU)
    effect = attenuation_effect(judged, reference, angles=8)
    curve = effect_curve(effect, grid)
    assert curve is not None
    assert curve.axis == 2
    assert curve.position_mm.tolist() == [-15.0, -10.0, -5.0, 0.0]
    chord_cm = 2 * np.sqrt(6.0**2 - np.linspace(-6.0, 6.0, 4001) ** 2)
    chord_cm = chord_cm[0.096 * chord_cm > 0.096]
    for n, factor in enumerate(factors[::-1]):
        percent = 100 * np.expm1(factor * 0.096 * chord_cm)
        assert curve.mean_percent[n] == pytest.approx(percent.mean(), rel=0.05, abs=1e-9)
        low, high = np.percentile(percent, (5, 95))
        assert curve.low_percent[n] == pytest.approx(low, rel=0.1, abs=0.05)
        assert curve.high_percent[n] == pytest.approx(high, rel=0.1, abs=0.05)
    assert curve.position_at((0.0, 0.0, -11.0)) == -10.0
    assert curve.position_at((0.0, 0.0, 2.4)) == 0.0
    assert curve.position_at((0.0, 0.0, 2.6)) is None


def test_slices_without_lines_are_gaps_and_nothing_is_no_curve() -> None:
    grid = ImageGrid.from_spacing((5, 4, 4), (5.0, 4.0, 4.0))
    nan = float("nan")
    one = SliceEffect(1, 9, 2.0, 2.0, 1.0, 3.0)
    air = SliceEffect(3, 0, nan, nan, nan, nan)
    curve = effect_curve(AttenuationEffect((one, air), 2.0, 2.0, 1.0, 3.0), grid)
    assert curve is not None
    assert np.isfinite(curve.mean_percent).tolist() == [False, True, False, False, False]
    assert effect_curve(AttenuationEffect((air,), nan, nan, nan, nan), grid) is None


def test_a_synthetic_ct_brings_the_chart_and_takes_it_away(desk: Desk) -> None:
    study = desk.open(with_body(make_study()))
    open_charts(desk)
    panel = desk.window.panel(ChartsPanel)
    plots = panel.plots
    assert plots is not None
    add(desk, make_synthetic(study))
    # Without lesions it stands alone.
    assert chart(desk).isVisible()
    assert not plots.widget.isVisible()
    assert "10 % too high" in chart(desk).meaning.text()
    assert "120 kV assumed" in chart(desk).chart.label.text
    assert "120 kV was assumed" in chart(desk).toolTip()
    curve = chart(desk).curve
    assert curve is not None
    # 10 HU more in water: 0.00096 per cm, over 11.2 cm and more.
    assert np.nanmin(curve.mean_percent) > 0.5
    assert np.nanmax(curve.mean_percent) < 100 * np.expm1(0.00096 * 15.9)
    line = next(x for x in chart(desk).chart.box.addedItems if hasattr(x, "getData"))
    np.testing.assert_array_equal(line.getData()[1], curve.mean_percent)
    note = desk.display.derived_note
    assert "HU in the body" in note.text()
    assert "Attenuation factors: " in note.text()
    assert "mean absolute difference (mean +" in note.text()
    desk.find()
    desk.wait_idle()
    assert plots.widget.isVisible()
    assert chart(desk).isVisible()
    press(desk.display, "Take the derived image away")
    assert not chart(desk).isVisible()
    assert plots.widget.isVisible()
    desk.qtbot.waitUntil(lambda: plots.widget.width() == panel.width(), timeout=5000)
    assert not note.isVisible()


def test_each_synthetic_ct_has_its_own_effect_and_no_other_image_has_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []
    real = report_module.factors_of_synthetic

    def counted(
        study: Study, image: DerivedImage, context: JobContext | None = None
    ) -> tuple[AttenuationEffect, str]:
        runs.append(image.title)
        return real(study, image, context)

    monkeypatch.setattr(report_module, "factors_of_synthetic", counted)
    study = desk.open(with_body(make_study()))
    open_charts(desk)
    found: list[EffectCurve | None] = []
    for more in (10.0, 20.0):
        add(desk, make_synthetic(study, more))
        found.append(chart(desk).curve)
    assert found[0] is not None
    assert found[1] is not None
    assert np.nanmean(found[1].mean_percent) > 1.8 * np.nanmean(found[0].mean_percent)
    add(desk, make_denoised(study))
    assert not chart(desk).isVisible()
    assert desk.display.derived_note.text() == ""
    # What was computed once is known.
    choose(desk.display.derived_choice, 0)
    assert chart(desk).isVisible()
    desk.wait_idle()
    assert runs == ["Synthetic CT 10", "Synthetic CT 20"]
    desk.open(make_study())
    assert not chart(desk).isVisible()


def test_a_result_that_comes_too_late_is_not_shown(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[bool] = []

    def endless(_study: Study, _image: DerivedImage, context: JobContext) -> None:
        begun.append(True)
        while True:
            context.check()
            time.sleep(0.005)

    monkeypatch.setattr(report_module, "factors_of_synthetic", endless)
    study = desk.open(with_body(make_study()))
    open_charts(desk)
    image = make_synthetic(study)
    desk.session.derived.run(image.title, lambda _context: image)
    desk.qtbot.waitUntil(lambda: bool(begun), timeout=5000)
    desk.open(make_study())
    # Its work was cancelled: `open` has waited until no job is left.
    assert desk.controller(AttenuationController).plot is None


def test_a_synthetic_ct_apart_from_the_ct_has_no_effect(desk: Desk) -> None:
    study = desk.open(with_body(make_study()))
    open_charts(desk)
    image = make_synthetic(study)
    grid = ImageGrid(image.volume.grid.shape_kji, image.volume.grid.affine_lps_mm, "9.9")
    add(desk, replace(image, volume=replace(image.volume, grid=grid)))
    assert desk.controller(AttenuationController).plot is None
    assert desk.messages() == ["Synthetic CT 10 is ready."]


def test_the_line_follows_the_slice_in_view(desk: Desk) -> None:
    study = desk.open(with_body(make_study()))
    open_charts(desk)
    add(desk, make_synthetic(study))
    panes, here = desk.window.holder.desk, chart(desk).here
    assert panes is not None
    assert here.value() == pytest.approx(round(panes.model.navigation.cursor_lps_mm[2] / 4.0) * 4.0)
    x, y, _ = panes.model.navigation.cursor_lps_mm
    panes.model.navigation.set_cursor((x, y, 41.0))
    assert (here.isVisible(), here.value()) == (True, 40.0)
    axial = next(
        b
        for b in panes.scene.boxes(1000, 1000)
        if b.spec.content is Content.CT and b.spec.plane.normal_axis == 2
    )
    panes.model.navigation.scroll_pane(axial, 3)
    assert here.value() == pytest.approx(52.0)
    panes.model.navigation.set_cursor((x, y, 900.0))
    assert not here.isVisible()
    ticks = chart(desk).chart.bottom.tickStrings([-50.0, 0.0, 50.0], 1.0, 50.0)
    assert ticks == ["I 50", "S 0", "S 50"]


def test_the_line_follows_a_ct_with_a_position_of_its_own(desk: Desk) -> None:
    study = desk.open(with_body(make_study(aligned=False)))
    open_charts(desk)
    add(desk, make_synthetic(study))
    panes = desk.window.holder.desk
    assert panes is not None
    for z in (60.0, 20.0):
        panes.model.navigation.move("ct", (0.0, 0.0, z))
        assert chart(desk).here.value() == z


def test_the_chart_waits_for_the_dock() -> None:
    code = """
import sys
from ui.window.start import make_application, make_window
application = make_application()
window = make_window()
window.show()
application.processEvents()
assert "ui.attenuation.plot" not in sys.modules
window.actions_["charts"].trigger()
application.processEvents()
assert "ui.attenuation.plot" not in sys.modules
window.close()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, without_notices(done.stderr)) == (0, "")


def test_an_effect_that_came_before_the_dock_is_there_when_it_opens(desk: Desk) -> None:
    study = desk.open(with_body(make_study()))
    add(desk, make_synthetic(study))
    assert desk.controller(AttenuationController).plot is None
    open_charts(desk)
    assert chart(desk).isVisible()
    assert chart(desk).here.isVisible()
