"""Surfaces of body and lesions, where they lie, and what a hand does on the 3D pane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.core.kit.errors import JobCancelled, KnownError
from app.core.kit.jobs import JobContext
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion, LesionStatus
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.study import Study
from tests.support.hands import box_of, drag, middle, wheel
from tests.support.heard import announced, not_announced
from tests.support.phantoms import (
    make_grid,
    make_study,
    rotation,
    two_lesions,
    voxel_points,
    with_status,
)
from viewers.colour.palettes import lesion_colour
from viewers.desk.desk import ReadingDesk
from viewers.make.meshes import Mesh
from viewers.make.mip_frames import MipFrames
from viewers.make.surface import body_surface, lesion_surfaces
from viewers.paint import surface_render
from viewers.paint.surface_pane import lesion_on_ray, shown_colours
from viewers.scene.scene import PaneBox
from viewers.scene.surface_state import SurfaceState
from viewers.space.layouts import Content

GRIDS = {
    "plain": make_grid((3.0, 3.0, 3.0)),
    "flipped": make_grid((4.0, 3.0, 3.0), flips=(0, 2)),
    "stored coronal": make_grid((3.0, 4.0, 3.0), order=(1, 2, 0)),
    "oblique": make_grid((3.0, 3.0, 4.0), turn=rotation(0, 20) @ rotation(2, 30)),
}
CENTRE = np.array((20.0, -15.0, 10.0))


def volume_ml(mesh: Mesh) -> float:
    """Volume inside of a closed mesh, by the divergence theorem, whichever way it is wound."""
    a, b, c = (mesh.points[mesh.triangles[:, n]].astype(np.float64) for n in range(3))
    return abs(float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6) / 1000


def ball(grid: ImageGrid, radius_mm: float) -> Segmentation:
    inside = np.linalg.norm(voxel_points(grid) - CENTRE, axis=-1) <= radius_mm
    return Segmentation("s", grid, Labelmap.from_array(inside * 3), (Lesion("a", 3, "L1"),))


@pytest.mark.parametrize("name", list(GRIDS))
def test_a_ball_is_where_it_is_and_as_large_on_any_grid(name: str) -> None:
    segmentation = ball(GRIDS[name], 18.0)
    surfaces = lesion_surfaces(segmentation)
    assert list(surfaces.meshes) == [3]
    mesh = surfaces.meshes[3]
    np.testing.assert_allclose(mesh.points.mean(axis=0), CENTRE, atol=0.7)
    away = np.linalg.norm(mesh.points - CENTRE, axis=1)
    assert np.abs(away - 18.0).max() < 3.0
    voxels = segmentation.labels.nonzero()[0].size * segmentation.grid.voxel_volume_ml
    assert volume_ml(mesh) == pytest.approx(voxels, rel=0.06)
    along = np.einsum("ij,ij->i", mesh.normals, (mesh.points - CENTRE) / away[:, None])
    assert np.abs(along).min() > 0.8
    with pytest.raises(ValueError, match="read-only"):
        mesh.points[0] = 0


def test_a_single_voxel_and_a_voxel_at_the_rim_have_closed_surfaces() -> None:
    grid = make_grid((4.0, 4.0, 4.0), half_mm=40)
    labels = np.zeros(grid.shape_kji, np.uint16)
    labels[8, 9, 10], labels[0, 0, 0], labels[-1, -1, -1] = 1, 2, 5
    surfaces = lesion_surfaces(Segmentation("s", grid, Labelmap.from_array(labels), ()))
    assert sorted(surfaces.meshes) == [1, 2, 5]
    for label, mesh in surfaces.meshes.items():
        index = np.argwhere(labels == label)[0]
        np.testing.assert_allclose(mesh.points.mean(axis=0), grid.points_lps_mm(index), atol=0.3)
        assert 0.2 < volume_ml(mesh) / grid.voxel_volume_ml < 1.5


def body_study(*, table: bool = True, arm: bool = True) -> Study:
    """Make an upright cylinder of tissue with lungs, an arm beside it, and a table below it."""
    grid = make_grid((4.0, 2.0, 2.0), half_mm=150)
    p = voxel_points(grid)
    hu = np.full(grid.shape_kji, -1000.0, np.float32)
    inside = np.hypot(p[..., 0] / 80, p[..., 1] / 60) < 1
    hu[inside] = 40
    hu[np.hypot((p[..., 0] - 30) / 20, p[..., 1] / 25) < 1] = -800
    if arm:
        hu[np.hypot(p[..., 0] - 115, p[..., 1]) < 22] = 30
    if table:
        hu[(p[..., 1] > 75) & (p[..., 1] < 80)] = -150
        # Its machinery, as dense as bone and larger than a hand.
        hu[(p[..., 1] > 110) & (np.abs(p[..., 0]) < 60) & (p[..., 2] > 20)] = 60
    return make_study(None, Volume(grid, hu, Quantity.HU, "9.2", "CT"))


def test_the_body_has_arms_and_no_table_and_its_lungs_are_closed() -> None:
    mesh = body_surface(body_study())
    assert mesh is not None
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    np.testing.assert_allclose(low[:2], (-80, -60), atol=4)
    np.testing.assert_allclose(high[:2], (137, 60), atol=4)
    # Skin only: nothing of the lung's wall, 8 mm and more below it.
    radius = np.hypot(mesh.points[:, 0] / 80, mesh.points[:, 1] / 60)
    on_trunk = (mesh.points[:, 0] < 85) & (np.abs(mesh.points[:, 2]) < 120)
    assert radius[on_trunk].min() > 0.9
    without = body_surface(body_study(arm=False))
    assert without is not None
    assert without.points[:, 0].max() < 85


def test_a_thin_chest_wall_has_no_holes() -> None:
    study = body_study(arm=False)
    assert study.ct is not None
    p, hu = voxel_points(study.ct.grid), study.ct.array.copy()
    for side in (-1, 1):
        # The wall is 15 to 20 mm thick: two or three blocks.
        lung = np.hypot((p[..., 0] - side * 35) / 24, p[..., 1] / 35) < 1
        hu[lung & (np.abs(p[..., 2]) < 90)] = -800
    mesh = body_surface(replace(study, ct=replace(study.ct, array=hu)))
    assert mesh is not None
    radius = np.hypot(mesh.points[:, 0] / 80, mesh.points[:, 1] / 60)
    assert radius[np.abs(mesh.points[:, 2]) < 120].min() > 0.9


def test_a_body_from_pet_where_there_is_no_ct(study: Study) -> None:
    mesh = body_surface(replace(study, ct=None))
    assert mesh is not None
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    np.testing.assert_allclose(low, (-70, -45, -75), atol=9)
    np.testing.assert_allclose(high, (70, 45, 91), atol=9)


def test_no_image_no_body_and_air_is_no_body() -> None:
    assert body_surface(make_study(None, None)) is None
    grid = make_grid((4.0, 4.0, 4.0))
    air = Volume(grid, np.full(grid.shape_kji, -1000.0, np.float32), Quantity.HU)
    assert body_surface(make_study(None, air)) is None
    nothing = Volume(grid, np.zeros(grid.shape_kji, np.float32), Quantity.SUV_BW)
    assert body_surface(make_study(nothing, None)) is None


def test_cancel_stops_both() -> None:
    context = JobContext()
    context.cancel()
    with pytest.raises(JobCancelled):
        body_surface(body_study(), context)
    with pytest.raises(JobCancelled):
        lesion_surfaces(ball(GRIDS["plain"], 10.0), context)


def test_the_camera_looks_as_the_mip_does(frames: MipFrames) -> None:
    state = SurfaceState()
    points = np.array([(10.0, -20.0, 30.0), (-40.0, 5.0, -12.0)])
    for number in (0, 5, 9, 22):
        camera = state.camera(frames, number)
        np.testing.assert_allclose(camera.right_lps, frames.right_lps(number), atol=1e-12)
        np.testing.assert_allclose(camera.away_lps, frames.away_lps(number), atol=1e-12)
        at = frames.project(number, points)
        middle_row, middle_column = (n / 2 - 0.5 for n in frames.shape)
        np.testing.assert_allclose(
            camera.project(points),
            np.stack(
                [
                    (at[:, 1] - middle_column) * frames.column_mm,
                    (at[:, 0] - middle_row) * frames.row_mm,
                ],
                axis=1,
            ),
            atol=1e-6,
        )
    state = replace(state, tilt_degrees=90.0)
    np.testing.assert_allclose(state.camera(frames, 0).away_lps, (0, 0, -1), atol=1e-12)
    np.testing.assert_allclose(state.camera(frames, 0).down_lps, (0, -1, 0), atol=1e-12)


# The pane

Ready = Callable[[], ReadingDesk]


@pytest.fixture
def solid(make_desk: Callable[..., ReadingDesk], study: Study, frames: MipFrames) -> ReadingDesk:
    """Return a desk that shows the 3D layout with both lesions."""
    desk = make_desk(study, frames)
    desk.model.layouts.set_layout("three-d")
    segmentation = two_lesions(study)
    desk.model.overlays.set_segmentation(
        segmentation, {"a": lesion_colour(0), "b": lesion_colour(1)}
    )
    desk.model.surface.set_body_surface(body_surface(study))
    desk.model.surface.set_lesion_surfaces(lesion_surfaces(segmentation))
    return desk


def place_of(desk: ReadingDesk, box: PaneBox, point: tuple[float, float, float]) -> QPoint:
    view = desk.scene.pane_view(box.spec, box.width, box.height)
    right, below = desk.scene.camera.project(point).tolist()
    x, y = view.to_px((right, 0.0, -below))
    return QPoint(round(box.x + x), round(box.y + y))


def colour_at(desk: ReadingDesk, at: QPoint) -> tuple[int, int, int]:
    red, green, blue = desk.snapshot()[at.y(), at.x()]
    return int(red), int(green), int(blue)


def is_like(seen: tuple[int, int, int], colour: tuple[int, int, int]) -> bool:
    """Whether a shaded colour has the hue of another."""
    a, b = np.array(seen, float), np.array(colour, float)
    return bool(a.max() > 60 and float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)) > 0.96)


A, B = (-30.0, -10.0, 30.0), (25.0, 12.0, -20.0)


@pytest.mark.parametrize("number", [0, 7, 18, 29])
def test_lesions_are_drawn_in_their_colours_where_they_are(solid: ReadingDesk, number: int) -> None:
    solid.model.navigation.turn_mip(number)
    solid.model.surface.set_moving(False)
    box = box_of(solid, Content.SURFACE)
    for point, colour in ((A, lesion_colour(0)), (B, lesion_colour(1))):
        seen = colour_at(solid, place_of(solid, box, point) + QPoint(3, 3))
        assert is_like(seen, colour), (number, seen, colour)
    # The body lightens what it covers, most at its rim.
    pane = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
    with_body = solid.snapshot()[pane].astype(int).sum(axis=2)
    body = solid.scene.surface.body
    assert body is not None
    solid.model.surface.set_lesion_surfaces(None)
    view = solid.scene.pane_view(box.spec, box.width, box.height)
    solid.model.surface.set_body_surface(replace(body, triangles=body.triangles[:0]))
    lighter = with_body - solid.snapshot()[pane].astype(int).sum(axis=2)
    row = lighter[box.height * 2 // 5]
    right = solid.scene.camera.project(body.points)[:, 0]
    rim = round(float(view.width_px / 2 + right.min() / view.mm_per_px))
    assert row[rim : rim + 5].max() > 120
    assert 5 < np.median(row[rim + 20 : -20]) < 100


def test_status_selection_and_hiding(solid: ReadingDesk) -> None:
    box = box_of(solid, Content.SURFACE)
    at = place_of(solid, box, A) + QPoint(3, 3)
    plain = colour_at(solid, at)
    solid.model.overlays.set_selected("a")
    assert sum(colour_at(solid, at)) > sum(plain)
    solid.model.overlays.set_selected(None)
    solid.model.overlays.hide_overlays(True)
    assert not is_like(colour_at(solid, at), lesion_colour(0))
    solid.model.overlays.hide_overlays(False)
    assert colour_at(solid, at) == plain
    segmentation = solid.scene.overlays.segmentation
    assert segmentation is not None
    rejected = with_status(segmentation, "a", LesionStatus.REJECTED)
    solid.model.overlays.set_segmentation(rejected, solid.scene.overlays.colours)
    assert sorted(shown_colours(solid.scene)) == [2]
    assert not is_like(colour_at(solid, at), lesion_colour(0))
    quiet = with_status(segmentation, "a", LesionStatus.PHYSIOLOGICAL)
    solid.model.overlays.set_segmentation(quiet, solid.scene.overlays.colours)
    assert shown_colours(solid.scene)[1] == (112, 134, 162)
    # Surfaces of other outlines are not shown.
    other = replace(segmentation, labels=Labelmap.from_array(segmentation.labels.dense()))
    solid.model.overlays.set_segmentation(other, solid.scene.overlays.colours)
    assert shown_colours(solid.scene) == {}


def test_a_click_chooses_the_nearer_lesion_and_goes_to_its_hottest_voxel(
    solid: ReadingDesk, qtbot: QtBot, study: Study
) -> None:
    box = box_of(solid, Content.SURFACE)
    with announced(solid.model.lesion_clicked) as told:
        qtbot.mouseClick(solid, Qt.MouseButton.LeftButton, pos=place_of(solid, box, B))
    assert told.args == ("b",)
    segmentation, pet = solid.scene.overlays.segmentation, study.pet
    assert segmentation is not None
    assert pet is not None
    index = pet.grid.nearest_index_kji(solid.model.navigation.cursor_lps_mm)
    assert index is not None
    assert segmentation.labels.voxel(index) == 2
    assert pet.array[index] == pet.array[segmentation.labels.dense() == 2].max()
    # Beside the lesions nothing is chosen, and the crosshair stays.
    before = solid.model.navigation.cursor_lps_mm
    with not_announced(solid.model.lesion_clicked):
        beside = place_of(solid, box, (0.0, 0.0, 70.0))
        qtbot.mouseClick(solid, Qt.MouseButton.LeftButton, pos=beside)
    assert solid.model.navigation.cursor_lps_mm == before
    ray = (np.array(A) * 0.5 + np.array(B) * 0.5, np.array(B) - np.array(A))
    towards = ray[1] / np.linalg.norm(ray[1])
    first = lesion_on_ray(segmentation, ray[0], towards)
    last = lesion_on_ray(segmentation, ray[0], -towards)
    assert first is not None
    assert last is not None
    assert (first.id, last.id) == ("a", "b")
    assert lesion_on_ray(segmentation, (0, 0, 500), (1, 0, 0)) is None


def angle_of(desk: ReadingDesk) -> float:
    return desk.scene.surface.angle_degrees(desk.scene.mip, desk.scene.mip_number)


def test_dragging_turns_freely_and_takes_the_mip_along(solid: ReadingDesk, qtbot: QtBot) -> None:
    box = box_of(solid, Content.SURFACE)
    a = middle(box)
    cursor = solid.model.navigation.cursor_lps_mm
    with not_announced(solid.model.lesion_clicked):
        drag(qtbot, solid, Qt.MouseButton.LeftButton, a, a + QPoint(-46, 30))
    # 46 px to the left: 23 degrees further round, which lie nearest to the MIP's second frame.
    assert solid.scene.mip_number == 2
    assert angle_of(solid) == pytest.approx(23.0)
    assert solid.scene.surface.tilt_degrees == pytest.approx(15.0)
    assert solid.scene.surface.moving
    assert solid.model.navigation.cursor_lps_mm == cursor
    qtbot.waitUntil(lambda: not solid.scene.surface.moving, timeout=3000)
    # Turning the MIP brings both to one angle again.
    wheel(solid, middle(box_of(solid, Content.MIP)), -120)
    assert angle_of(solid) == pytest.approx(30.0)
    drag(qtbot, solid, Qt.MouseButton.LeftButton, a, a + QPoint(0, 900))
    assert solid.scene.surface.tilt_degrees == 90.0
    qtbot.keyClick(solid, Qt.Key.Key_Down)
    assert solid.scene.surface.tilt_degrees == 85.0
    qtbot.keyClick(solid, Qt.Key.Key_Right)
    assert solid.scene.mip_number == 4
    qtbot.waitUntil(lambda: not solid.scene.surface.moving, timeout=3000)


def test_the_wheel_zooms_middle_pans_right_veils(solid: ReadingDesk, qtbot: QtBot) -> None:
    box = box_of(solid, Content.SURFACE)
    at = middle(box) + QPoint(25, -40)
    before = solid.scene.pane_view(box.spec, box.width, box.height)
    held = before.to_lps_mm(at.x() - box.x, at.y() - box.y, 0.0)
    number = solid.scene.mip_number
    wheel(solid, at, 240)
    after = solid.scene.pane_view(box.spec, box.width, box.height)
    assert after.mm_per_px == pytest.approx(before.mm_per_px / 1.15**2)
    assert after.to_lps_mm(at.x() - box.x, at.y() - box.y, 0.0) == pytest.approx(held)
    assert solid.scene.mip_number == number
    drag(qtbot, solid, Qt.MouseButton.MiddleButton, at, at + QPoint(20, 10))
    panned = solid.scene.pane_view(box.spec, box.width, box.height)
    assert panned.to_lps_mm(at.x() - box.x + 20, at.y() - box.y + 10, 0.0) == pytest.approx(held)
    mip = box_of(solid, Content.MIP)
    assert solid.scene.view_state(mip.spec.content, mip.spec.plane).zoom == 1.0
    veil, shown = solid.scene.surface.veil, solid.scene.window.pet_range
    drag(qtbot, solid, Qt.MouseButton.RightButton, at, at + QPoint(0, -50))
    assert solid.scene.surface.veil == pytest.approx(veil + 0.2)
    assert solid.scene.window.pet_range == shown
    qtbot.waitUntil(lambda: not solid.scene.surface.moving, timeout=3000)


def test_a_coarse_picture_is_like_the_fine_one(solid: ReadingDesk) -> None:
    fine = solid.snapshot().astype(int)
    solid.model.surface.set_moving(True)
    coarse = solid.snapshot().astype(int)
    box = box_of(solid, Content.SURFACE)
    pane = np.s_[box.y + 30 : box.y + box.height - 30, box.x + 8 : box.x + box.width - 8]
    difference = np.abs(fine[pane] - coarse[pane])
    assert difference.max() > 0
    assert difference.mean() < 6


def test_it_says_what_it_waits_for_and_what_it_lacks(
    make_desk: Callable[..., ReadingDesk],
    study: Study,
    frames: MipFrames,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = make_desk(study, frames)
    desk.model.layouts.set_layout("three-d")
    waiting = desk.snapshot()
    desk.model.surface.set_body_surface(body_surface(study))
    assert (desk.snapshot() != waiting).any()

    def none_works() -> object:
        raise KnownError("This computer cannot draw in three dimensions.", "Install OpenGL.")

    monkeypatch.setattr(surface_render, "_make_window", none_works)
    blind = make_desk(study, frames)
    blind.model.layouts.set_layout("three-d")
    blind.model.surface.set_body_surface(body_surface(study))
    said = blind.snapshot()
    box = box_of(blind, Content.SURFACE)
    assert len(np.unique(said[box.y : box.y + box.height, box.x : box.x + box.width])) > 20
    # The other panes are as ever.
    other = box_of(blind, Content.MIP)
    at = np.s_[other.y : other.y + other.height, other.x : other.x + other.width]
    np.testing.assert_array_equal(said[at], desk.snapshot()[at])


def test_another_study_starts_without_surfaces(solid: ReadingDesk, study: Study) -> None:
    solid.surface_hand.turn(33.0, 12.0)
    solid.model.set_study(replace(study, date="20260103"))
    state = solid.scene.surface
    assert (state.body, state.lesions, state.ready) == (None, None, False)
    assert (state.turn_degrees, state.tilt_degrees) == (0.0, 0.0)
