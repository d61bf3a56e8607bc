"""What a hand does on the desk, and what the desk then shows and says."""

from __future__ import annotations

import gc
import threading
import weakref
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.space.volume import Quantity, Volume
from app.core.study.study import Study
from tests.support.drawn import watch_pictures
from tests.support.hands import HOT_B, Maker, box_of, drag, middle, wheel
from tests.support.heard import announced, heard
from tests.support.phantoms import make_grid, make_study, two_lesions
from viewers.colour.palettes import palette
from viewers.desk.desk import ReadingDesk
from viewers.film.offscreen import draw_picture
from viewers.make.fusion import Fusion, FusionMode
from viewers.make.mip_frames import MipFrames
from viewers.paint.pictures import PictureMaker
from viewers.paint.renderer import SceneRenderer
from viewers.scene.model import SceneModel
from viewers.scene.probe import Probe
from viewers.scene.scene import Scene
from viewers.scene.values import Overlays
from viewers.scene.wishes.tools import Tool
from viewers.space.geometry import Plane, slice_number
from viewers.space.layouts import Content, read_layouts


def test_ten_panes_and_the_layouts(desk: ReadingDesk) -> None:
    assert len(desk.scene.boxes(960, 720)) == 10
    assert desk.model.layouts.layout_names()[0] == "default"
    assert desk.model.layouts.layout_title("default") == "3 x 3 and MIP"
    for name in desk.model.layouts.layout_names():
        desk.model.layouts.set_layout(name)
        assert desk.model.layouts.layout_name == name
        boxes = desk.scene.boxes(960, 720)
        covered = sum(b.width * b.height for b in boxes)
        assert 0.98 * 960 * 720 < covered <= 960 * 720
    with pytest.raises(KeyError):
        desk.model.layouts.set_layout("none such")


@pytest.mark.parametrize("content", [Content.CT, Content.PET, Content.FUSED])
@pytest.mark.parametrize("plane", list(Plane))
def test_wheel_scrolls_native_slices(
    desk: ReadingDesk, qtbot: QtBot, content: Content, plane: Plane
) -> None:
    box = box_of(desk, content, plane)
    grid = desk.scene.grid_of(content)
    assert grid is not None
    before, _ = slice_number(grid, plane, desk.model.navigation.cursor_lps_mm)
    with announced(desk.model.navigation.cursor_changed):
        wheel(desk, middle(box), 120)
    after, _ = slice_number(grid, plane, desk.model.navigation.cursor_lps_mm)
    assert after - before == (1 if plane is Plane.AXIAL else -1)
    # Half notches of a fine wheel add up.
    wheel(desk, middle(box), -60)
    wheel(desk, middle(box), -60)
    assert slice_number(grid, plane, desk.model.navigation.cursor_lps_mm)[0] == before


def test_ctrl_wheel_zooms_about_the_mouse(desk: ReadingDesk) -> None:
    box = box_of(desk, Content.CT, Plane.AXIAL)
    at = middle(box) + QPoint(40, -25)
    before = desk.point_at(box, QPointF(at))
    mm = desk.scene.pane_view(box.spec, box.width, box.height).mm_per_px
    wheel(desk, at, 480, ctrl=True)
    assert desk.point_at(box, QPointF(at)) == pytest.approx(before)
    pet = box_of(desk, Content.PET, Plane.AXIAL)
    zoomed = desk.scene.pane_view(pet.spec, pet.width, pet.height).mm_per_px
    assert zoomed == pytest.approx(mm / 1.15**4, rel=0.01)
    desk.model.navigation.reset_views()
    assert desk.scene.pane_view(box.spec, box.width, box.height).mm_per_px == mm


def test_middle_drag_pans(desk: ReadingDesk, qtbot: QtBot) -> None:
    box = box_of(desk, Content.FUSED, Plane.SAGITTAL)
    a, b = middle(box), middle(box) + QPoint(30, 20)
    before = desk.point_at(box, QPointF(a))
    drag(qtbot, desk, Qt.MouseButton.MiddleButton, a, b)
    assert desk.point_at(box, QPointF(b)) == pytest.approx(before)
    cursor = desk.model.navigation.cursor_lps_mm
    assert desk.model.navigation.cursor_lps_mm == cursor


def test_right_drag_sets_window_and_range(desk: ReadingDesk, qtbot: QtBot) -> None:
    ct = box_of(desk, Content.CT, Plane.AXIAL)
    with announced(desk.model.display.ct_window_changed) as told:
        drag(qtbot, desk, Qt.MouseButton.RightButton, middle(ct), middle(ct) + QPoint(20, 10))
    assert told.args == desk.scene.window.ct_window
    assert desk.scene.window.ct_window == (440.0, 50.0)
    pet = box_of(desk, Content.PET, Plane.AXIAL)
    with announced(desk.model.display.pet_range_changed):
        drag(qtbot, desk, Qt.MouseButton.RightButton, middle(pet), middle(pet) + QPoint(40, 0))
    lower, upper = desk.scene.window.pet_range
    assert lower == 0.0
    assert upper == pytest.approx(7 * np.exp(0.2))
    drag(qtbot, desk, Qt.MouseButton.RightButton, middle(pet), middle(pet) + QPoint(-150, 0))
    assert 0.05 < desk.scene.window.pet_range[1] < upper


def test_click_moves_the_linked_crosshair(desk: ReadingDesk, qtbot: QtBot) -> None:
    box = box_of(desk, Content.PET, Plane.CORONAL)
    at = middle(box) + QPoint(33, -21)
    with announced(desk.model.navigation.cursor_changed) as told:
        qtbot.mouseClick(desk, Qt.MouseButton.LeftButton, pos=at)
    assert told.args == (desk.model.navigation.cursor_lps_mm,)
    shown = desk.crosshair_px(box)
    assert shown == pytest.approx((at.x() - box.x, at.y() - box.y))
    # All panes of one plane go through the same place: they are of one size, to a pixel.
    for content in (Content.CT, Content.FUSED):
        other = box_of(desk, content, Plane.CORONAL)
        assert desk.crosshair_px(other) == pytest.approx(shown, abs=1.0)


def test_crosshair_agrees_across_grids(make_desk: Maker) -> None:
    """One hot voxel on each of two grids, at one place: both panes show it at the crosshair."""
    place = (12.0, -18.0, 24.0)
    volumes = []
    for spacing, centre, quantity in (
        ((3.0, 5.0, 5.0), (0.7, 1.1, -0.4), Quantity.SUV_BW),
        ((2.0, 1.0, 1.0), (0.2, -0.3, 0.5), Quantity.HU),
    ):
        grid = make_grid(spacing, half_mm=60, centre_lps_mm=centre, flips=(1,))
        index = grid.nearest_index_kji(place)
        assert index is not None
        array = np.zeros(grid.shape_kji, np.float32)
        array[index] = 1000.0
        volumes.append(Volume(grid, array, quantity, str(quantity)))
    desk = make_desk(make_study(*volumes))
    desk.model.display.set_ct_window(1000, 500)
    desk.model.display.set_pet_range(0, 1000)
    desk.model.navigation.set_cursor(place)
    maker = PictureMaker()
    for content, volume in ((Content.PET, volumes[0]), (Content.CT, volumes[1])):
        for plane in Plane:
            box = box_of(desk, content, plane)
            view = desk.scene.pane_view(box.spec, box.width, box.height)
            picture = maker.slice_picture(desk.scene, content, view) & 0xFF
            weight = (255.0 - picture) if content is Content.PET else picture.astype(float)
            ys, xs = np.indices(picture.shape) + 0.5
            spot = np.array([(xs * weight).sum(), (ys * weight).sum()]) / weight.sum()
            shown = np.array(desk.crosshair_px(box))
            off_mm = np.abs(spot - shown) * view.mm_per_px
            # Half a voxel, along each screen axis.
            axes = (view.plane.right[0], view.plane.down[0])
            sizes = [np.abs(volume.grid.affine_lps_mm[a, :3]).max() for a in axes]
            assert (off_mm <= np.array(sizes) / 2 + 1e-6).all()


def test_mip_click_goes_to_the_hottest_voxel_of_the_ray(
    desk: ReadingDesk, study: Study, frames: MipFrames
) -> None:
    box = box_of(desk, Content.MIP)
    assert study.pet is not None
    hottest = np.unravel_index(np.argmax(study.pet.array), study.pet.array.shape)
    for frame in (0, 4, 13, 27):
        desk.model.navigation.turn_mip(frame - desk.scene.mip_number)
        desk.model.navigation.set_cursor(study.pet.grid.points_lps_mm(hottest))
        at = desk.crosshair_px(box)
        assert at is not None
        point = desk.point_at(box, QPointF(box.x + at[0], box.y + at[1]))
        assert point is not None
        assert study.pet.value_at(point) == study.pet.array.max()


def test_wheel_turns_the_mip(desk: ReadingDesk, qtbot: QtBot) -> None:
    box = box_of(desk, Content.MIP)
    with announced(desk.model.navigation.mip_turned) as told:
        wheel(desk, middle(box), -120)
    assert told.args == (1,)
    wheel(desk, middle(box), 240)
    assert desk.scene.mip_number == 35


def test_keys_scroll_and_turn(desk: ReadingDesk, qtbot: QtBot) -> None:
    grid = desk.scene.grid_of(Content.CT)
    assert grid is not None
    before = slice_number(grid, Plane.AXIAL, desk.model.navigation.cursor_lps_mm)[0]
    for key, moved in ((Qt.Key.Key_Up, 1), (Qt.Key.Key_PageDown, -9), (Qt.Key.Key_Down, -10)):
        qtbot.keyClick(desk, key)
        assert (
            slice_number(grid, Plane.AXIAL, desk.model.navigation.cursor_lps_mm)[0] - before
            == moved
        )
    qtbot.keyClick(desk, Qt.Key.Key_Right)
    assert desk.scene.mip_number == 1
    qtbot.mouseClick(desk, Qt.MouseButton.LeftButton, pos=middle(box_of(desk, Content.MIP)))
    at = desk.model.navigation.cursor_lps_mm
    qtbot.keyClick(desk, Qt.Key.Key_Up)
    assert desk.model.navigation.cursor_lps_mm == at


def test_other_header_values_keep_the_place(desk: ReadingDesk, study: Study) -> None:
    desk.model.navigation.set_cursor(HOT_B)
    desk.model.navigation.zoom(box_of(desk, Content.PET, Plane.AXIAL), 2.0)
    assert study.pet is not None
    changed = replace(study.pet, array=study.pet.array * 3)
    desk.model.set_study(replace(study, pet=changed))
    assert desk.model.navigation.cursor_lps_mm == HOT_B
    assert desk.scene.view_state(Content.PET, Plane.AXIAL).zoom == 2.0
    desk.model.set_study(replace(study, ct=None))
    assert desk.model.navigation.cursor_lps_mm != HOT_B
    assert desk.scene.view_state(Content.PET, Plane.AXIAL).zoom == 1.0


def test_double_click_maximises_and_back(desk: ReadingDesk, qtbot: QtBot) -> None:
    box = box_of(desk, Content.FUSED, Plane.SAGITTAL)
    qtbot.mouseDClick(desk, Qt.MouseButton.LeftButton, pos=middle(box))
    (alone,) = desk.scene.boxes(960, 720)
    assert (alone.number, alone.width, alone.height) == (box.number, 960, 720)
    qtbot.mouseDClick(desk, Qt.MouseButton.LeftButton, pos=QPoint(500, 300))
    assert len(desk.scene.boxes(960, 720)) == 10


def test_probe_reads_native_voxels(desk: ReadingDesk, qtbot: QtBot, study: Study) -> None:
    desk.model.navigation.set_cursor(HOT_B)
    box = box_of(desk, Content.FUSED, Plane.AXIAL)
    at = desk.crosshair_px(box)
    assert at is not None
    place = QPoint(box.x + round(at[0]), box.y + round(at[1]))
    told = heard(desk.model.probe_changed)
    qtbot.mouseMove(desk, place)
    qtbot.waitUntil(partial(bool, told))
    probe = told[0][0]
    assert isinstance(probe, Probe)
    assert probe.suv == 9.0
    assert probe.unit == "SUV"
    assert study.pet is not None
    assert study.ct is not None
    assert probe.hu == study.ct.value_at(probe.point_lps_mm)
    assert probe.pet_index_kji == study.pet.grid.nearest_index_kji(probe.point_lps_mm)
    corner = QPoint(box_of(desk, Content.MIP).x + 5, 5)
    told = heard(desk.model.probe_changed)
    qtbot.mouseMove(desk, corner)
    qtbot.waitUntil(partial(bool, told))
    assert told[0] == (None,)


def test_the_probe_follows_what_is_under_a_mouse_that_rests(
    desk: ReadingDesk, qtbot: QtBot, study: Study
) -> None:
    desk.model.navigation.set_cursor(HOT_B)
    box = box_of(desk, Content.FUSED, Plane.AXIAL)
    at = desk.crosshair_px(box)
    assert at is not None
    place = QPoint(box.x + round(at[0]), box.y + round(at[1]))
    told = heard(desk.model.probe_changed)
    qtbot.mouseMove(desk, place)
    qtbot.waitUntil(partial(bool, told))
    before = told[0][0]
    wheel(desk, place, 120)
    scrolled = told[-1][0]
    assert isinstance(before, Probe)
    assert isinstance(scrolled, Probe)
    assert scrolled.point_lps_mm[2] != before.point_lps_mm[2]
    assert study.pet is not None
    half = replace(study.pet, array=study.pet.array / 2, series_uid="9.9")
    desk.model.set_study(replace(study, pet=half))
    other = told[-1][0]
    assert isinstance(other, Probe)
    assert other.suv == half.value_at(other.point_lps_mm)
    desk.model.set_study(None)
    assert told[-1] == (None,)


def test_click_on_a_lesion_says_which(desk: ReadingDesk, qtbot: QtBot, study: Study) -> None:
    desk.model.overlays.set_segmentation(two_lesions(study), {})
    desk.model.navigation.set_cursor(HOT_B)
    box = box_of(desk, Content.CT, Plane.CORONAL)
    at = desk.crosshair_px(box)
    assert at is not None
    place = QPoint(box.x + round(at[0]), box.y + round(at[1]))
    with announced(desk.model.lesion_clicked) as told:
        qtbot.mouseClick(desk, Qt.MouseButton.LeftButton, pos=place)
    assert told.args == ("b",)


@pytest.mark.parametrize("suv", [0.0, 0.31, 2.5, 6.99, 12.0])
def test_colour_of_a_known_suv(make_desk: Maker, suv: float) -> None:
    grid = make_grid((4.0, 4.0, 4.0))
    pet = Volume(grid, np.full(grid.shape_kji, suv, np.float32), Quantity.SUV_BW, "p")
    ct = Volume(grid, np.full(grid.shape_kji, -160, np.int16), Quantity.HU, "c")
    desk = make_desk(make_study(pet, ct))
    desk.model.display.set_fusion_opacity(1.0)
    picture = desk.snapshot().astype(float)
    position = min(suv / 7.0, 1.0) * 255
    for content, name in ((Content.PET, "inverse-grey"), (Content.FUSED, "hot-iron")):
        box = box_of(desk, content, Plane.AXIAL)
        shown = picture[box.y + box.height // 3, box.x + box.width // 3]
        table = palette(name).astype(float)
        exact = [np.interp(position, np.arange(256), table[:, c]) for c in range(3)]
        # Within one entry of the palette, and within 1/255 where an entry is one step.
        steps = np.abs(np.diff(table, axis=0)).max(axis=0)
        assert (np.abs(shown - exact) <= np.maximum(1.0, steps / 2)).all()
        if content is Content.PET:
            assert np.abs(shown - exact).max() <= 1.0


def test_hidden_desk_does_not_draw(
    desk: ReadingDesk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[object] = []
    monkeypatch.setattr(SceneRenderer, "paint", lambda *a: drawn.append(a))
    desk.hide()
    desk.model.navigation.set_cursor((1.0, 2.0, 3.0))
    desk.model.display.set_pet_range(0, 5)
    QApplication.processEvents()
    assert drawn == []


def test_many_changes_are_one_picture(
    desk: ReadingDesk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first paint after a window is shown may come late, and would count as well.
    qtbot.wait(50)
    real, drawn = SceneRenderer.paint, []

    def count(*arguments: Any) -> None:
        drawn.append(1)
        real(*arguments)

    monkeypatch.setattr(SceneRenderer, "paint", count)
    for n in range(20):
        desk.model.navigation.set_cursor((0.0, 0.0, float(n)))
    assert drawn == []  # nothing is drawn before the event loop comes round
    qtbot.waitUntil(lambda: bool(drawn))  # a busy machine's X server takes its time
    qtbot.wait(50)
    assert len(drawn) == 1


def test_scrolling_one_plane_redraws_three_panes(
    desk: ReadingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.snapshot()
    made = watch_pictures(monkeypatch)
    wheel(desk, middle(box_of(desk, Content.CT, Plane.AXIAL)), 120)
    desk.snapshot()
    assert sorted(made) == [(x, Plane.AXIAL) for x in (Content.CT, Content.FUSED, Content.PET)]


def test_closing_leaves_nothing(study: Study, frames: MipFrames, qtbot: QtBot) -> None:
    threads = threading.active_count()
    seen = []
    for _ in range(5):
        desk = ReadingDesk(SceneModel())
        desk.resize(400, 300)
        desk.model.set_study(study)
        desk.model.navigation.set_mip_frames(frames)
        desk.show()
        desk.snapshot()
        desk.close()
        seen.append((weakref.ref(desk), weakref.ref(desk.model)))
        desk.deleteLater()
        del desk
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    QApplication.processEvents()
    assert threading.active_count() == threads
    assert [ref() for pair in seen for ref in pair] == [None] * 10


@pytest.mark.parametrize("scale", [1.5, 2.0])
def test_fine_screens_get_fine_pictures(
    study: Study, frames: MipFrames, qapp: QApplication, scale: float
) -> None:
    scene = Scene(read_layouts()["default"]).with_study(study)
    scene = replace(scene, mip=frames, overlays=Overlays(segmentation=two_lesions(study)))
    coarse = draw_picture(SceneRenderer(), scene, 480, 360)
    fine = draw_picture(SceneRenderer(), scene, 480, 360, scale)
    assert fine.shape == (360 * scale, 480 * scale, 3)
    # The same picture: averaged over blocks they agree.
    step = 24
    blocks = [
        p.reshape(360 // step, round(step * s), 480 // step, round(step * s), 3).mean(axis=(1, 3))
        for p, s in ((coarse, 1), (fine, scale))
    ]
    assert np.abs(blocks[0] - blocks[1]).max() < 45
    assert np.abs(blocks[0] - blocks[1]).mean() < 3


@pytest.mark.parametrize("button", [Qt.MouseButton.RightButton, Qt.MouseButton.LeftButton])
def test_a_layout_change_ends_a_drag(
    desk: ReadingDesk, qtbot: QtBot, button: Qt.MouseButton
) -> None:
    at = middle(box_of(desk, Content.PET, Plane.AXIAL))
    qtbot.mousePress(desk, button, pos=at)
    qtbot.mouseMove(desk, at + QPoint(6, 6))
    desk.model.layouts.set_layout("single")
    before = desk.scene
    qtbot.mouseMove(desk, at + QPoint(60, 40))
    assert desk.scene == before, "the pane that was held is gone"
    qtbot.mouseRelease(desk, button, pos=at + QPoint(60, 40))
    assert desk.scene == before


def test_a_layout_change_lets_go_of_the_swipes_line(desk: ReadingDesk, qtbot: QtBot) -> None:
    desk.model.display.set_fusion(Fusion(FusionMode.SWIPE))
    box = box_of(desk, Content.FUSED, Plane.AXIAL)
    qtbot.mousePress(desk, Qt.MouseButton.LeftButton, pos=middle(box))
    qtbot.mouseMove(desk, middle(box) + QPoint(20, 0))
    assert desk.scene.fusion.swipe > 0.5
    desk.model.layouts.set_layout("single")
    before = desk.scene.fusion
    qtbot.mouseMove(desk, middle(box) + QPoint(40, 0))
    assert desk.scene.fusion == before


def test_a_layout_change_drops_what_is_being_drawn(desk: ReadingDesk, qtbot: QtBot) -> None:
    at = middle(box_of(desk, Content.PET, Plane.AXIAL))
    drawn: list[object] = []
    desk.model.tools.drawn.connect(lambda *x: drawn.append(x))
    desk.model.tools.choose(Tool.RULER)
    qtbot.mousePress(desk, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseMove(desk, at + QPoint(30, 20))
    assert desk.scene.marks.draft is not None
    desk.model.layouts.set_layout("single")
    assert desk.scene.marks.draft is None
    qtbot.mouseMove(desk, at + QPoint(60, 40))
    qtbot.mouseRelease(desk, Qt.MouseButton.LeftButton, pos=at + QPoint(60, 40))
    assert desk.scene.marks.draft is None
    assert drawn == []
