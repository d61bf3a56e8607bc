"""Keys, cine, panes and their menu, and layouts that fit the open study."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.space.volume import Quantity, Volume
from app.core.study.study import Study
from tests.support.hands import HOT_B, Maker, box_of, drag, middle
from tests.support.heard import announced, heard
from tests.support.phantoms import letter_volume, make_grid, make_study
from viewers.desk.desk import ReadingDesk
from viewers.make.mip_frames import MipFrames
from viewers.paint.pictures import PictureMaker
from viewers.paint.texts import pane_corners
from viewers.scene.empty import why_empty
from viewers.scene.model import SceneModel
from viewers.scene.probe import probe_at
from viewers.scene.scene import PaneBox
from viewers.scene.shown import shown_in
from viewers.scene.values import Point
from viewers.space.geometry import Plane, slice_number
from viewers.space.layouts import Content


def even(desk: ReadingDesk) -> list[PaneBox]:
    """Make all panes of the default rows and columns equally large, and return them."""
    desk.resize(958, 718)
    return desk.scene.boxes(958, 718)


def moved_from(desk: ReadingDesk, before: Point) -> bool:
    return desk.model.navigation.cursor_lps_mm != before


def mr_of(study: Study, uid: str = "7") -> Volume:
    """Make an MR of 3 mm voxels whose values rise towards the left."""
    grid = make_grid((3.0, 3.0, 3.0), half_mm=60, uid=uid)
    i = np.arange(grid.shape_kji[2], dtype=np.float32)
    return Volume(grid, np.broadcast_to(i, grid.shape_kji).copy(), Quantity.MR, "9.3", "T1")


# Keys


@pytest.mark.parametrize("plane", list(Plane))
def test_home_and_end_go_to_the_first_and_last_slice(
    desk: ReadingDesk, qtbot: QtBot, plane: Plane
) -> None:
    box = box_of(desk, Content.PET, plane)
    desk.model.layouts.activate(box.number)
    grid = desk.scene.grid_of(Content.PET)
    assert grid is not None
    seen = []
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Up, Qt.Key.Key_End, Qt.Key.Key_Down):
        qtbot.keyClick(desk, key)
        seen.append(slice_number(grid, plane, desk.model.navigation.cursor_lps_mm)[0])
    last = slice_number(grid, plane, desk.model.navigation.cursor_lps_mm)[1] - 1
    # Up and home lead to the head, the front and the right.
    ends = [last, last, 0, 0] if plane is Plane.AXIAL else [0, 0, last, last]
    assert seen == ends


def test_home_turns_an_active_mip_to_the_front(desk: ReadingDesk, qtbot: QtBot) -> None:
    desk.model.navigation.turn_mip(7)
    desk.model.layouts.activate(box_of(desk, Content.MIP).number)
    qtbot.keyClick(desk, Qt.Key.Key_Home)
    assert desk.scene.mip_number == 0


def test_the_mip_begins_at_the_front_and_has_36_frames(frames: MipFrames) -> None:
    assert frames.count == 36
    # From the front the patient's left is at the right, and the rays go to the back.
    np.testing.assert_allclose(frames.right_lps(0), (1, 0, 0))
    np.testing.assert_allclose(frames.away_lps(0), (0, 1, 0))


def test_zoom_of_the_active_pane_goes_back(desk: ReadingDesk) -> None:
    box = box_of(desk, Content.CT, Plane.CORONAL)
    desk.model.layouts.activate(box.number)
    fitted = desk.scene.pane_view(box.spec, box.width, box.height)
    desk.model.navigation.zoom_active(2.0)
    zoomed = desk.scene.pane_view(box.spec, box.width, box.height)
    assert zoomed.mm_per_px == pytest.approx(fitted.mm_per_px / 2)
    # Linked: the PET of the plane goes along, the other planes and the MIP do not.
    pet, other = box_of(desk, Content.PET, Plane.CORONAL), box_of(desk, Content.CT, Plane.AXIAL)
    assert desk.scene.view_state(pet.spec.content, pet.spec.plane).zoom == 2.0
    assert desk.scene.view_state(other.spec.content, other.spec.plane).zoom == 1.0
    desk.model.navigation.reset_views()
    assert desk.scene.pane_view(box.spec, box.width, box.height) == fitted


# Panes


def test_a_maximised_fused_pane_keeps_its_suv_window(desk: ReadingDesk, qtbot: QtBot) -> None:
    desk.model.navigation.set_cursor(HOT_B)
    desk.model.display.set_pet_range(1.0, 5.0)
    box = box_of(desk, Content.FUSED, Plane.AXIAL)

    def colour() -> tuple[int, ...]:
        (alone,) = [b for b in desk.scene.boxes(960, 720) if b.number == box.number]
        at = desk.crosshair_px(alone)
        assert at is not None
        picture = desk.snapshot()
        red, green, blue = picture[alone.y + int(at[1]) + 3, alone.x + int(at[0]) + 3]
        return int(red), int(green), int(blue)

    small = colour()
    qtbot.mouseDClick(desk, Qt.MouseButton.LeftButton, pos=middle(box))
    desk.model.navigation.set_cursor(HOT_B)
    (alone,) = desk.scene.boxes(960, 720)
    assert desk.scene.window.pet_range == (1.0, 5.0)
    said = [x.text for x in pane_corners(shown_in(desk.scene, alone)).bottom_right]
    assert said == ["W 400 L 40", "SUV 1–5"]
    # SUV 9 is above the window: the last colour, large as small.
    assert colour() == small
    drag(qtbot, desk, Qt.MouseButton.RightButton, QPoint(300, 300), QPoint(340, 300))
    assert desk.scene.window.pet_range[1] > 5.0


def test_panes_are_gone_through_by_key(desk: ReadingDesk) -> None:
    desk.model.layouts.activate_pane(1)
    assert desk.scene.active == 1
    desk.model.layouts.activate_pane(-2)
    assert desk.scene.active == 9
    desk.model.layouts.maximise(9)
    desk.model.layouts.activate_pane(1)
    assert [b.number for b in desk.scene.boxes(960, 720)] == [0]
    desk.model.layouts.maximise(None)
    assert len(desk.scene.boxes(960, 720)) == 10


def test_a_right_click_asks_for_the_panes_menu(desk: ReadingDesk, qtbot: QtBot) -> None:
    box = box_of(desk, Content.PET, Plane.SAGITTAL)
    window = desk.scene.window.pet_range
    with announced(desk.model.pane_menu_wanted) as told:
        # A hand is never quite still.
        drag(qtbot, desk, Qt.MouseButton.RightButton, middle(box), middle(box) + QPoint(1, 1))
    at = desk.mapToGlobal(middle(box) + QPoint(1, 1))
    assert told.args == (box.number, (at.x(), at.y()))
    assert desk.scene.window.pet_range == window
    asked = []
    desk.model.pane_menu_wanted.connect(lambda *x: asked.append(x))
    drag(qtbot, desk, Qt.MouseButton.RightButton, middle(box), middle(box) + QPoint(30, 0))
    assert asked == []
    assert desk.scene.window.pet_range != window


def test_the_menu_key_asks_for_the_active_panes_menu(desk: ReadingDesk, qtbot: QtBot) -> None:
    desk.model.layouts.activate(4)
    place = desk.mapToGlobal(QPoint(0, 0))
    reason = QContextMenuEvent.Reason.Keyboard
    with announced(desk.model.pane_menu_wanted) as told:
        QApplication.sendEvent(desk, QContextMenuEvent(reason, QPoint(0, 0), place))
    assert told.args[0] == 4


def test_a_pane_shows_what_is_chosen_for_it(desk: ReadingDesk) -> None:
    even(desk)
    before = desk.snapshot()
    desk.model.layouts.set_pane(0, Content.PET, Plane.SAGITTAL)
    boxes = even(desk)
    # The last row has the PET's sagittal pane in its middle.
    same = boxes[7]
    after = desk.snapshot()
    one, other = (
        after[b.y + 60 : b.y + 180, b.x + 40 : b.x + 180].astype(int) for b in (boxes[0], same)
    )
    assert np.abs(one - other).max() == 0
    desk.model.layouts.set_layout("default")
    assert np.array_equal(desk.snapshot(), before)


# Layouts


def test_an_arrangement_is_kept_and_shown_again(desk: ReadingDesk, qtbot: QtBot) -> None:
    desk.model.layouts.set_layout("fused-triplet")
    desk.model.layouts.set_pane(1, Content.MIP, Plane.AXIAL)
    listed = heard(desk.model.layouts.layouts_changed)
    shown = heard(desk.model.layouts.layout_changed)
    name = desk.model.layouts.save_layout("My triplet")
    assert (listed, shown) == ([()], [(name,)])
    assert desk.model.layouts.layout_name == name
    assert desk.model.layouts.is_saved_layout(name)
    assert desk.model.layouts.layout_title(name) == "My triplet"
    assert desk.model.layouts.saved_title("my TRIPLET") == "My triplet"
    desk.model.layouts.set_layout("default")
    desk.model.layouts.set_layout(name)
    assert [p.content for p in desk.scene.layout.panes] == [
        Content.FUSED,
        Content.MIP,
        Content.FUSED,
    ]
    # The next desk knows it; removed, the default one is shown.
    again = ReadingDesk(SceneModel())
    qtbot.addWidget(again)
    assert name in again.model.layouts.layout_names()
    with announced(desk.model.layouts.layouts_changed):
        desk.model.layouts.remove_layout(name)
    assert desk.model.layouts.layout_name == "default"
    assert name not in desk.model.layouts.layout_names()


def test_layouts_that_fit_the_study_are_offered(make_desk: Maker, study: Study) -> None:
    desk = make_desk(study)
    usual = ("default", "fused-row", "fused-triplet", "pet", "three-d", "ct", "single")
    assert desk.model.layouts.layout_names() == usual
    desk.model.set_study(replace(study, mr=mr_of(study)))
    assert desk.model.layouts.layout_names() == (*usual[:-1], "mr-pet-ct", usual[-1])
    desk.model.layouts.set_layout("mr-pet-ct")
    desk.model.set_study(replace(study, ct=None))
    assert desk.model.layouts.layout_names() == ("default", "pet")
    # What is of no use any more gives way.
    assert desk.model.layouts.layout_name == "default"
    desk.model.set_study(replace(study, pet=None))
    assert desk.model.layouts.layout_names() == ("default", "ct")


def test_a_saved_layout_that_names_an_absent_series_says_so(make_desk: Maker, study: Study) -> None:
    desk = make_desk(replace(study, mr=mr_of(study)))
    desk.model.layouts.set_layout("mr-pet-ct")
    name = desk.model.layouts.save_layout("Mine")
    desk.model.set_study(study)
    assert name in desk.model.layouts.layout_names()
    assert desk.model.layouts.layout_name == name
    message = why_empty(desk.scene, Content.MR)
    assert message is not None
    assert "no" in message[1]
    desk.snapshot()


# The MR


def test_an_mr_pane_shows_the_mr_beside_the_ct(make_desk: Maker, study: Study) -> None:
    desk = make_desk(replace(study, mr=mr_of(study)))
    desk.model.layouts.set_layout("mr-pet-ct")
    even(desk)
    box = box_of(desk, Content.MR, Plane.AXIAL)
    assert "MR axial" in [x.text for x in pane_corners(shown_in(desk.scene, box)).top_left]
    view = desk.scene.pane_view(box.spec, box.width, box.height)
    picture = PictureMaker().slice_picture(desk.scene, Content.MR, view) & 0xFF
    row = picture[picture.shape[0] // 2 + 3].astype(int)
    lit = np.flatnonzero(row)
    assert (np.diff(row[lit]) >= 0).all()
    assert row.max() > 240
    # One position for all three.
    desk.model.navigation.set_cursor((12.0, -9.0, 20.0))
    assert desk.scene.position(Content.MR) == desk.scene.position(Content.CT)
    ct = box_of(desk, Content.CT, Plane.AXIAL)
    assert desk.crosshair_px(box) == pytest.approx(desk.crosshair_px(ct))


def test_an_mr_of_another_frame_keeps_its_own_position(
    make_desk: Maker, study: Study, qtbot: QtBot
) -> None:
    desk = make_desk(replace(study, mr=mr_of(study, uid="another")))
    desk.model.layouts.set_layout("mr-pet-ct")
    before = desk.model.navigation.cursor_lps_mm
    box = box_of(desk, Content.MR, Plane.AXIAL)
    qtbot.mouseClick(desk, Qt.MouseButton.LeftButton, pos=middle(box) + QPoint(25, 10))
    assert desk.model.navigation.cursor_lps_mm == before
    assert desk.scene.crosshair.mr != before
    at = desk.crosshair_px(box)
    assert at == pytest.approx((box.width // 2 + 25, box.height // 2 + 10))
    # A place in it says nothing about PET and CT.
    probe = probe_at(desk.scene, Content.MR, desk.scene.crosshair.mr)
    assert (probe.hu, probe.suv) == (None, None)
    beside = probe_at(desk.scene, Content.CT, desk.model.navigation.cursor_lps_mm)
    assert None not in (beside.hu, beside.suv)
    desk.model.navigation.scroll_pane(box, 2)
    assert desk.model.navigation.cursor_lps_mm == before


def test_an_mr_pane_of_a_study_without_ct_is_the_cts(make_desk: Maker) -> None:
    grid = make_grid((3.0, 3.0, 3.0))
    mr = letter_volume(grid, Plane.AXIAL, Quantity.MR, 100.0)
    desk = make_desk(replace(make_study(None, None), mr=mr))
    desk.model.layouts.set_pane(0, Content.MR, Plane.AXIAL)
    desk.model.layouts.set_pane(1, Content.CT, Plane.AXIAL)
    a, b = even(desk)[:2]
    picture = desk.snapshot()
    one, other = (picture[x.y + 60 : x.y + 170, x.x + 20 : x.x + 200].astype(int) for x in (a, b))
    assert one.max() > 200
    assert np.array_equal(one, other)


# Cine


def test_cine_plays_the_slices_of_the_active_pane(desk: ReadingDesk, qtbot: QtBot) -> None:
    grid = desk.scene.grid_of(Content.CT)
    assert grid is not None
    desk.model.cine.set_rate(50.0)
    start = slice_number(grid, Plane.AXIAL, desk.model.navigation.cursor_lps_mm)[0]
    told = heard(desk.model.cine.slices_playing)
    desk.model.cine.play_slices(True)
    assert told == [(True,)]
    at = desk.model.navigation
    qtbot.waitUntil(lambda: slice_number(grid, Plane.AXIAL, at.cursor_lps_mm)[0] < start - 2)
    desk.model.cine.play_slices(False)
    stopped = desk.model.navigation.cursor_lps_mm
    qtbot.wait(80)
    assert desk.model.navigation.cursor_lps_mm == stopped
    assert desk.scene.mip_number == 0


def test_the_mip_turns_by_itself(desk: ReadingDesk, qtbot: QtBot) -> None:
    place = desk.model.navigation.cursor_lps_mm
    desk.model.cine.set_rate(60.0)
    desk.model.cine.turn_mip(True)
    qtbot.waitUntil(lambda: desk.scene.mip_number >= 3)
    desk.model.cine.turn_mip(False)
    assert desk.model.navigation.cursor_lps_mm == place


def test_cine_stops_with_the_study_and_out_of_sight(
    desk: ReadingDesk, study: Study, qtbot: QtBot
) -> None:
    desk.model.cine.set_rate(60.0)
    for stop in (desk.hide, lambda: desk.model.set_study(replace(study, ct=None))):
        desk.show()
        before = desk.model.navigation.cursor_lps_mm
        desk.model.cine.play_slices(True)
        desk.model.cine.turn_mip(True)
        qtbot.waitUntil(partial(moved_from, desk, before))
        stop()
        assert [desk.model.cine.plays_slices, desk.model.cine.turns_mip] == [False, False]
        stopped = desk.model.navigation.cursor_lps_mm
        qtbot.wait(80)
        assert desk.model.navigation.cursor_lps_mm == stopped


def test_the_rate_has_bounds_and_acts_at_once(desk: ReadingDesk, qtbot: QtBot) -> None:
    cine = desk.model.cine
    cine.set_rate(1.0)
    cine.turn_mip(True)
    told, turned = heard(cine.rate_changed), heard(desk.model.navigation.mip_turned)
    cine.set_rate(60.0)
    assert told == [(60.0,)]
    # At the former rate the first frame would come after a second.
    qtbot.waitUntil(lambda: len(turned) > 2, timeout=900)
    cine.set_rate(1000.0)
    assert cine.rate == 60.0
    cine.set_rate(0.0)
    assert cine.rate == 1.0
