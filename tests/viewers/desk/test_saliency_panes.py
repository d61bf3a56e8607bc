"""The saliency overlay: on slices and MIP, in its own colours, over the right place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from pytestqt.qtbot import QtBot

from app.core.study.study import Study
from tests.support.phantoms import saliency_ball
from viewers.colour.palettes import palette, saliency_table
from viewers.desk.desk import ReadingDesk
from viewers.make.mip import compute_mip_frames
from viewers.make.mip_frames import MipFrames
from viewers.make.saliency import SaliencyProjector
from viewers.space.geometry import Plane
from viewers.space.layouts import Content

HOT_A = (-30.0, -10.0, 30.0)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
Picture = npt.NDArray[np.uint8]


def test_saliency_is_clear_at_zero_and_rises() -> None:
    alpha = (saliency_table() >> 24).astype(int)
    assert alpha[0] == 0
    assert (np.diff(alpha) >= 0).all()
    assert 150 < alpha[-1] < 200
    assert (np.diff(palette("green") @ LUMINANCE) >= 0).all()


def test_difference_colours_are_alike_on_both_sides_of_zero() -> None:
    light = palette("blue-orange") @ LUMINANCE
    assert np.argmin(light) in (127, 128)
    assert (np.diff(light[:127]) <= 0.5).all()
    assert (np.diff(light[128:]) >= -0.5).all()
    # No side stands out: equal sizes are equally bright.
    assert np.abs(light - light[::-1]).max() < 30


@pytest.mark.parametrize("number", [0, 5, 11, 20, 33])
def test_the_projection_is_the_mips_own(study: Study, frames: MipFrames, number: int) -> None:
    """Projected by itself, a ball lands where a MIP of the same ball has it."""
    ball = saliency_ball(study, HOT_A, 15.0)
    found = SaliencyProjector().frame(ball, frames, number)
    alone = compute_mip_frames(ball)
    rows, columns = np.nonzero(found > 0.5)
    place = frames.project(number, HOT_A)
    assert abs(rows.mean() - place[0]) < 0.6
    assert abs(columns.mean() - place[1]) < 0.6
    assert found.max() == ball.array.max()
    # As many pixels as the real projection covers; its rim falls otherwise between pixels.
    wanted = np.count_nonzero(alone.values(number) > 0.5)
    assert np.count_nonzero(found > 0.5) == pytest.approx(wanted, rel=0.25)


def changed(picture: Picture, plain: Picture) -> npt.NDArray[np.bool_]:
    other: npt.NDArray[np.bool_] = np.abs(picture.astype(int) - plain).max(axis=2) > 25
    return other


def test_saliency_lies_over_its_place_on_slices_and_mip(
    desk: ReadingDesk, study: Study, qtbot: QtBot
) -> None:
    desk.model.navigation.set_cursor(HOT_A)
    plain = desk.snapshot()
    desk.model.overlays.set_saliency(saliency_ball(study, HOT_A, 18.0), "Saliency, Grad-CAM")
    assert (desk.snapshot() == plain).all()
    desk.model.overlays.show_saliency(True)
    picture = desk.snapshot()
    for box in desk.scene.boxes(960, 720):
        where = np.s_[box.y : box.y + box.height - 60, box.x : box.x + box.width]
        found = changed(picture[where], plain[where])
        assert found.sum() > 60, box.spec
        at = desk.crosshair_px(box)
        assert at is not None
        ys, xs = np.nonzero(found)
        assert abs(xs.mean() - at[0]) < 8, box.spec
        assert abs(ys.mean() - at[1]) < 8, box.spec
    desk.model.overlays.hide_overlays(True)
    assert (desk.snapshot() == plain).all()
    desk.model.overlays.hide_overlays(False)
    desk.model.navigation.set_cursor((60.0, 60.0, -80.0))
    away = desk.snapshot()
    box = next(
        b
        for b in desk.scene.boxes(960, 720)
        if b.spec.content is Content.CT and b.spec.plane is Plane.AXIAL
    )
    desk.model.overlays.show_saliency(False)
    without = desk.snapshot()
    upper = np.s_[box.y : box.y + box.height - 60, box.x : box.x + box.width]
    assert (away[upper] == without[upper]).all(), "a plane that the map does not cross"


def test_the_legend_is_written_while_the_map_is_shown(
    desk: ReadingDesk, study: Study, make_desk: Callable[..., ReadingDesk]
) -> None:
    desk.model.overlays.set_saliency(
        saliency_ball(study, (60.0, 40.0, 60.0), 5.0), "Saliency, Grad-CAM"
    )
    plain = desk.snapshot()
    desk.model.overlays.show_saliency(True)
    picture = desk.snapshot()
    for box in desk.scene.boxes(960, 720):
        low = np.s_[box.y + box.height - 75 : box.y + box.height, box.x : box.x + 60]
        assert (picture[low] != plain[low]).any(), box.spec
