"""Pictures of the user guide with derived images: denoised PET, MR, synthetic CT."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from app.core.lesions.compare import body_of
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.study import SeriesInfo
from ui.derived.controller import DerivedController, task_text
from ui.panes.controller import PanesController

if TYPE_CHECKING:
    from pictures import Photographer

#: Lowest slices of the sample's CT that show thighs.
THIGH_SLICES = 30


def take_derived(camera: Photographer) -> None:
    """Take the first image that an installed package makes of this study, if there is one."""
    window, session, actions = camera.window, camera.window.session, camera.window.actions_
    window.menus["Models"].aboutToShow.emit()
    usable = [x for x in window.controller(DerivedController).entries if x.isEnabled()]
    if not usable:
        return
    usable[0].trigger()
    camera.wait(lambda: bool(session.derived.images))
    camera.idle()
    for name in ("derived", "difference", "deviation"):
        actions[name].trigger()
        camera.take(name)
    actions["deviation"].trigger()
    window.controller(PanesController).layouts.show("derived")
    camera.take("side-by-side")
    window.controller(PanesController).layouts.show("default")
    if actions["measure_derived"].isEnabled():
        actions["derived"].trigger()
        actions["measure_derived"].trigger()
        camera.take("derived-values")
        session.history.undo()
    session.derived.remove(session.derived.images[0].id)


def take_mr(camera: Photographer) -> None:
    """Take the sample with a T1-weighted look of its CT in the place of an MR.

    Signal by HU: air and cortical bone dark, fat bright, other tissue between.
    """
    session = camera.window.session
    study = session.study
    if study is None or study.ct is None:
        return
    hu = np.asarray(study.ct.array, dtype=np.float32)
    signal = np.interp(hu, (-950, -150, -110, -60, 0, 70, 250), (0, 60, 900, 850, 420, 470, 130))
    # An MR shows no table, and noise in air.
    noise = np.random.default_rng(0).normal(0.0, 12.0, (2, *hu.shape))
    signal = np.hypot(signal * body_of(hu) + noise[0], noise[1])
    uid = "2.25.4"
    mr = Volume(study.ct.grid, signal.astype(np.float32), Quantity.MR, uid, "T1 from CT")
    info = SeriesInfo(uid, study.series[0].study_uid, "MR", mr.description, hu.shape[0], "MR")
    choice = replace(study.choice, mr_uid=uid)
    session.studies.show(replace(study, mr=mr, series=(*study.series, info), choice=choice))
    camera.idle()
    camera.window.controller(PanesController).layouts.show("mr-pet-ct")
    camera.take("layout-mr-pet-ct")
    camera.window.controller(PanesController).layouts.show("default")
    thigh = _thigh(mr)
    series = (*study.series, info)
    session.studies.show(replace(study, mr=thigh, series=series, choice=choice))
    camera.idle()
    _take_synthetic(camera, thigh.grid)
    session.studies.show(study)
    camera.window.controller(PanesController).layouts.show("default")


def _thigh(mr: Volume) -> Volume:
    """Cut out one thigh: the network was trained on crops of limbs, and a whole body takes long."""
    part = np.asarray(mr.array)[:THIGH_SLICES]
    middle = part.shape[2] // 2
    bright = (part[:, :, middle:] > 200.0).any(axis=0)
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0)) + middle
    first = (0, int(rows[0]), int(columns[0]))
    cut = part[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    affine = np.array(mr.grid.affine_lps_mm)
    affine[:3, 3] = mr.grid.points_lps_mm(first)
    k, j, i = cut.shape
    grid = ImageGrid((k, j, i), affine, mr.grid.frame_of_reference_uid)
    return replace(mr, grid=grid, array=np.ascontiguousarray(cut))


def _take_synthetic(camera: Photographer, grid: ImageGrid) -> None:
    """Take a synthetic CT with the map of its errors, and what these would do to the PET."""
    window, session, actions = camera.window, camera.window.session, camera.window.actions_
    window.menus["Models"].aboutToShow.emit()
    title = task_text("synthetic-ct")
    entry = next(
        (x for x in window.controller(DerivedController).entries if x.text() == title), None
    )
    desk = window.holder.desk
    if entry is None or desk is None:
        return
    entry.trigger()
    camera.wait(lambda: bool(session.derived.images))
    camera.idle()
    x, y, z = grid.centre_lps_mm.tolist()
    desk.model.navigation.set_cursor((x, y, z))
    window.controller(PanesController).layouts.show("derived")
    actions["charts"].trigger()
    camera.idle()
    camera.take("synthetic-ct")
    actions["charts"].trigger()
    session.derived.remove(session.derived.images[0].id)
