"""Planes that are turned: where they cut, what stays, and what a hand and keys do to them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from app.core.space.volume import Quantity, Volume
from app.core.study.study import Study
from tests.support.drawn import watch_pictures
from tests.support.hands import HOT_B, Maker, box_of, drag, middle, wheel
from tests.support.heard import announced
from tests.support.phantoms import make_grid, make_study, rotation, two_lesions, voxel_points
from viewers.desk.desk import ReadingDesk
from viewers.make.contours import Outliner
from viewers.make.slices import sample_slice
from viewers.paint.crosshair import cross_of, handles
from viewers.paint.pictures import PictureMaker
from viewers.paint.texts import pane_corners
from viewers.scene.shown import shown_in
from viewers.space.geometry import PaneView, Plane
from viewers.space.layouts import Content
from viewers.space.oblique import Tilt, plane_normal, turned

Z = np.array([0.0, 0.0, 1.0])
PIVOT = (10.0, -5.0, 12.0)


def _tilt(*turns: tuple[np.ndarray, float], pivot: tuple[float, float, float] = PIVOT) -> Tilt:
    tilt = None
    for axis, degrees in turns:
        tilt = turned(tilt, axis, math.radians(degrees), pivot)
    assert tilt is not None
    return tilt


def _view(tilt: Tilt, plane: Plane) -> PaneView:
    return PaneView(plane, (0.0, 0.0, 0.0), 2.0, 40, 30, tilt.turns.get(plane))


def test_planes_stay_at_right_angles() -> None:
    tilt = _tilt((Z, 20.0), (np.array([1.0, 0.0, 0.0]), -15.0), (np.array([0.6, 0.8, 0.0]), 40.0))
    normals = np.stack([tilt.normal(plane) for plane in Plane])
    np.testing.assert_allclose(normals @ normals.T, np.eye(3), atol=1e-12)
    for plane in Plane:
        view = _view(tilt, plane)
        np.testing.assert_allclose(np.cross(view.right_lps, view.down_lps), tilt.normal(plane))


def test_turning_about_the_axial_normal_leaves_the_axial_plane() -> None:
    tilt = _tilt((Z, 30.0))
    assert set(tilt.turns) == {Plane.CORONAL, Plane.SAGITTAL}
    assert tilt.degrees(Plane.AXIAL) == 0.0
    assert tilt.degrees(Plane.CORONAL) == pytest.approx(30.0)


def test_turned_back_is_orthogonal_again() -> None:
    tilt = _tilt((Z, 30.0))
    assert turned(tilt, Z, math.radians(-30.0), PIVOT) is None


def test_half_a_turn_is_a_plane_too() -> None:
    tilt = _tilt((np.array([1.0, 0.0, 0.0]), 180.0))
    for plane in Plane:
        view = _view(tilt, plane)
        np.testing.assert_allclose(
            np.cross(view.right_lps, view.down_lps), tilt.normal(plane), atol=1e-9
        )


@pytest.mark.parametrize("plane", list(Plane))
def test_places_go_to_the_screen_and_back(plane: Plane) -> None:
    tilt = _tilt((Z, 20.0), (np.array([1.0, 0.0, 0.0]), -15.0))
    view = _view(tilt, plane)
    point = view.to_lps_mm(7.25, 11.5, view.depth_mm(PIVOT))
    assert tuple(view.to_px(point)) == pytest.approx((7.25, 11.5))
    # It lies in the plane through the crosshair.
    assert float((np.array(point) - PIVOT) @ tilt.normal(plane)) == pytest.approx(0.0, abs=1e-9)
    # The crosshair is seen where it was before the planes were turned.
    straight = PaneView(plane, (0.0, 0.0, 0.0), 2.0, 40, 30)
    assert tuple(view.to_px(PIVOT)) == pytest.approx(tuple(straight.to_px(PIVOT)))


@pytest.mark.parametrize("plane", list(Plane))
@pytest.mark.parametrize("turn", [None, rotation(0, 12.0)])
def test_a_linear_image_is_cut_exactly(plane: Plane, turn: np.ndarray | None) -> None:
    """Of values linear in space, the value at each pixel is that of its place."""
    grid = make_grid((4.0, 3.0, 3.0), turn=turn)
    slope = np.array([0.7, -1.3, 2.1])
    array = (voxel_points(grid) @ slope).astype(np.float32)
    view = _view(_tilt((Z, 25.0), (np.array([0.0, 1.0, 0.0]), 35.0)), plane)
    sampled = sample_slice(array, grid, view, PIVOT)
    rows, columns = np.mgrid[0:30, 0:40] + 0.5
    depth = view.depth_mm(PIVOT)
    points = np.array(
        [view.to_lps_mm(x, y, depth) for x, y in zip(columns.flat, rows.flat, strict=True)]
    )
    wanted = (points @ slope).reshape(30, 40)
    index = grid.indices_kji(points).reshape(30, 40, 3)
    # Half a voxel at the rim is not interpolated.
    well = np.all((index >= 0) & (index <= np.array(grid.shape_kji) - 1), axis=-1)
    assert well.sum() > 300
    np.testing.assert_allclose(sampled.values[well], wanted[well], atol=2e-3)


def test_outlines_lie_on_the_turned_plane(study: Study) -> None:
    """The outline of a ball is a ring around it, in the plane, of the ball's radius."""
    segmentation = two_lesions(study)
    tilt = _tilt((Z, 30.0), (np.array([1.0, 0.0, 0.0]), 20.0), pivot=HOT_B)
    outliner = Outliner()
    outliner.prepare(segmentation, None, None)
    for plane in Plane:
        found = outliner.on_slice(segmentation, plane, HOT_B, tilt.turns.get(plane))
        ring = np.concatenate([x for o in found if o.label == 2 for x in o.lines]) - HOT_B
        assert np.abs(ring @ tilt.normal(plane)).max() < 1e-6
        radii = np.linalg.norm(ring, axis=1)
        assert radii.min() > 4.0
        assert radii.max() < 14.0


def test_panes_meet_at_the_crosshair(make_desk: Maker) -> None:
    """A small hot ball at the crosshair is seen there in all turned planes of both images."""
    place = (12.0, -18.0, 24.0)
    volumes = []
    for spacing, quantity in (((3.0, 4.0, 4.0), Quantity.SUV_BW), ((2.0, 1.5, 1.5), Quantity.HU)):
        grid = make_grid(spacing, half_mm=60)
        away = np.linalg.norm(voxel_points(grid) - np.array(place), axis=-1)
        array = 1000.0 * np.exp(-((away / 6.0) ** 2))
        volumes.append(Volume(grid, array.astype(np.float32), quantity, str(quantity)))
    desk = make_desk(make_study(*volumes))
    desk.model.display.set_ct_window(1000, 500)
    desk.model.display.set_pet_range(0, 1000)
    desk.model.navigation.set_cursor(place)
    desk.model.layouts.activate(0)
    desk.model.navigation.turn_active(25.0)
    desk.model.layouts.activate(3)
    desk.model.navigation.turn_active(-20.0)
    assert desk.scene.tilt is not None
    assert set(desk.scene.tilt.turns) == set(Plane)
    for content in (Content.PET, Content.CT):
        for plane in Plane:
            box = box_of(desk, content, plane)
            view = desk.scene.pane_view(box.spec, box.width, box.height)
            picture = PictureMaker().slice_picture(desk.scene, content, view) & 0xFF
            weight = (255.0 - picture) if content is Content.PET else picture.astype(float)
            ys, xs = np.indices(picture.shape) + 0.5
            spot = np.array([(xs * weight).sum(), (ys * weight).sum()]) / weight.sum()
            assert spot * view.mm_per_px == pytest.approx(
                np.array(desk.crosshair_px(box)) * view.mm_per_px, abs=0.75
            )
            assert box.width > 0


def test_dragging_a_handle_turns_the_other_planes(desk: ReadingDesk, qtbot: QtBot) -> None:
    desk.model.navigation.set_cursor(HOT_B)
    box = box_of(desk, Content.FUSED, Plane.AXIAL)
    before = desk.crosshair_px(box)
    assert before is not None
    desk.model.navigation.show_handles(True)
    places = handles(box, cross_of(desk.scene, box, before))
    assert places
    # The handle to the right goes down by 30 degrees.
    right = max(places, key=lambda p: p.x())
    away = right.x() - before[0]
    start = QPoint(box.x + round(right.x()), box.y + round(right.y()))
    turn = math.radians(30.0)
    end = QPoint(
        box.x + round(before[0] + away * math.cos(turn)),
        box.y + round(before[1] + away * math.sin(turn)),
    )
    with announced(desk.model.navigation.planes_turned) as told:
        drag(qtbot, desk, Qt.MouseButton.LeftButton, start, end)
    assert told.args == (True,)
    tilt = desk.scene.tilt
    assert tilt is not None
    assert set(tilt.turns) == {Plane.CORONAL, Plane.SAGITTAL}
    assert tilt.degrees(Plane.CORONAL) == pytest.approx(30.0, abs=1.5)
    # The coronal plane now runs along the line that was dragged: towards L and P.
    view = desk.scene.pane_view(box_of(desk, Content.CT, Plane.CORONAL).spec, box.width, box.height)
    assert view.right_lps == pytest.approx((math.cos(turn), math.sin(turn), 0.0), abs=0.03)
    assert desk.model.navigation.cursor_lps_mm == HOT_B
    assert desk.crosshair_px(box) == pytest.approx(before)
    lines = cross_of(desk.scene, box, before).directions
    angles = sorted(math.degrees(math.atan2(y, x)) % 180 for x, y in lines)
    assert angles == pytest.approx([30.0, 120.0], abs=1.5)


def test_without_handles_a_press_there_moves_the_crosshair(desk: ReadingDesk, qtbot: QtBot) -> None:
    box = box_of(desk, Content.FUSED, Plane.AXIAL)
    at = desk.crosshair_px(box)
    assert at is not None
    place = handles(box, cross_of(desk.scene, box, at))[0]
    spot = QPoint(box.x + round(place.x()), box.y + round(place.y()))
    with announced(desk.model.navigation.cursor_changed):
        qtbot.mouseClick(desk, Qt.MouseButton.LeftButton, pos=spot)
    assert desk.scene.tilt is None


def test_click_wheel_zoom_and_pan_on_turned_planes(desk: ReadingDesk, qtbot: QtBot) -> None:
    desk.model.navigation.set_cursor(HOT_B)
    desk.model.layouts.activate(box_of(desk, Content.CT, Plane.AXIAL).number)
    desk.model.navigation.turn_active(30.0)
    tilt = desk.scene.tilt
    assert tilt is not None
    normal = tilt.normal(Plane.CORONAL)
    box = box_of(desk, Content.PET, Plane.CORONAL)
    at = middle(box) + QPoint(21, -14)
    qtbot.mouseClick(desk, Qt.MouseButton.LeftButton, pos=at)
    moved = np.array(desk.model.navigation.cursor_lps_mm) - np.array(HOT_B)
    assert float(moved @ normal) == pytest.approx(0.0, abs=1e-9)
    assert desk.crosshair_px(box) == pytest.approx((at.x() - box.x, at.y() - box.y))
    here = np.array(desk.model.navigation.cursor_lps_mm)
    wheel(desk, at, -120)
    step = np.array(desk.model.navigation.cursor_lps_mm) - here
    # A PET slice of 5 mm towards P along the turned normal.
    assert step == pytest.approx(5.0 * normal * math.copysign(1.0, normal[1]))
    before = desk.point_at(box, QPointF(at))
    wheel(desk, at, 360, ctrl=True)
    assert desk.point_at(box, QPointF(at)) == pytest.approx(before)
    drag(qtbot, desk, Qt.MouseButton.MiddleButton, at, at + QPoint(30, 20))
    assert desk.point_at(box, QPointF(at) + QPointF(30, 20)) == pytest.approx(before)


def test_scrolling_turned_planes_stays_in_the_volume(desk: ReadingDesk) -> None:
    desk.model.navigation.turn_active(30.0)
    box = box_of(desk, Content.PET, Plane.CORONAL)
    grid = desk.scene.grid_of(Content.PET)
    assert grid is not None
    for way in (1, -1):
        desk.model.navigation.to_end(box, way)
        end = desk.model.navigation.cursor_lps_mm
        assert grid.nearest_index_kji(end) is not None
        desk.model.navigation.scroll_pane(box, way)
        assert desk.model.navigation.cursor_lps_mm == end
        assert abs(end[1]) > 60


def test_corners_letters_and_reset(desk: ReadingDesk, qtbot: QtBot) -> None:
    straight = desk.snapshot()
    desk.model.navigation.turn_active(20.0)
    box = box_of(desk, Content.CT, Plane.CORONAL)
    assert "Oblique 20°" in [x.text for x in pane_corners(shown_in(desk.scene, box)).bottom_left]
    axial = box_of(desk, Content.CT, Plane.AXIAL)
    said = [x.text for x in pane_corners(shown_in(desk.scene, axial)).bottom_left]
    assert not any("Oblique" in x for x in said)
    assert not np.array_equal(desk.snapshot(), straight)
    with announced(desk.model.navigation.planes_turned) as told:
        desk.model.navigation.reset_planes()
    assert told.args == (False,)
    assert np.array_equal(desk.snapshot(), straight)


def test_another_study_has_the_patients_planes(desk: ReadingDesk, study: Study) -> None:
    desk.model.navigation.turn_active(20.0)
    desk.model.set_study(make_study(None, study.ct))
    assert desk.scene.tilt is None


def test_turning_redraws_only_what_moved(
    desk: ReadingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.snapshot()
    made = watch_pictures(monkeypatch)
    desk.model.layouts.activate(0)
    desk.model.navigation.turn_active(10.0)
    desk.snapshot()
    assert sorted(plane for _, plane in made) == [Plane.CORONAL] * 3 + [Plane.SAGITTAL] * 3


def test_normals_are_those_of_right_and_down() -> None:
    assert [tuple(plane_normal(x)) for x in Plane] == [(0, 0, 1), (0, 1, 0), (-1, 0, 0)]
