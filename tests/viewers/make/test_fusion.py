"""How PET is laid over CT or MR, and when it is not."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.core.space.volume import Quantity, Volume
from app.core.study.fusion import fusion_obstacle
from app.core.study.study import Study
from tests.support.hands import HOT_B, Maker, box_of, drag, middle
from tests.support.heard import announced
from tests.support.phantoms import make_grid, make_study
from viewers.colour.palettes import palette
from viewers.desk.desk import ReadingDesk
from viewers.make.fuser import bar_palette, opacities
from viewers.make.fusion import Fusion, FusionMode
from viewers.make.mip_frames import MipFrames
from viewers.paint.pictures import PictureMaker
from viewers.paint.texts import colour_bar, pane_corners
from viewers.scene.empty import why_empty
from viewers.scene.shown import shown_in
from viewers.space.geometry import Plane
from viewers.space.layouts import Content


def fused(desk: ReadingDesk) -> np.ndarray:
    """Draw the bare picture of the axial fused pane: [rows, columns, 3]."""
    box = box_of(desk, Content.FUSED, Plane.AXIAL)
    view = desk.scene.pane_view(box.spec, box.width, box.height)
    colours = PictureMaker().slice_picture(desk.scene, Content.FUSED, view)
    return np.stack([(colours >> s) & 0xFF for s in (16, 8, 0)], axis=-1).astype(int)


def plain(desk: ReadingDesk, content: Content) -> np.ndarray:
    """Draw an image alone where the axial fused pane is."""
    box = box_of(desk, Content.FUSED, Plane.AXIAL)
    view = desk.scene.pane_view(box.spec, box.width, box.height)
    colours = PictureMaker().slice_picture(desk.scene, content, view)
    return np.stack([(colours >> s) & 0xFF for s in (16, 8, 0)], axis=-1).astype(int)


def has_cursor(desk: ReadingDesk, shape: Qt.CursorShape) -> bool:
    return desk.cursor().shape() is shape


@pytest.fixture
def uniform(make_desk: Maker) -> ReadingDesk:
    """Make a PET that rises from right to left, 0 to 7, over a CT that is black everywhere."""
    grid = make_grid((4.0, 4.0, 4.0))
    ramp = np.linspace(0.0, 7.0, grid.shape_kji[2], dtype=np.float32)
    pet = Volume(grid, np.broadcast_to(ramp, grid.shape_kji).copy(), Quantity.SUV_BW, "p")
    ct = Volume(grid, np.full(grid.shape_kji, -160, np.int16), Quantity.HU, "c")
    return make_desk(make_study(pet, ct))


def test_opacity_rises_with_uptake(uniform: ReadingDesk) -> None:
    uniform.model.display.set_fusion(Fusion(FusionMode.RISING, 0.5))
    row = fused(uniform)[100]
    weights = opacities(uniform.scene.fusion)
    np.testing.assert_allclose(weights, np.arange(256) / 255, atol=1e-6)
    pet = PictureMaker().pet_index(
        uniform.scene,
        Content.FUSED,
        uniform.scene.pane_view(
            box_of(uniform, Content.FUSED, Plane.AXIAL).spec,
            box_of(uniform, Content.FUSED, Plane.AXIAL).width,
            box_of(uniform, Content.FUSED, Plane.AXIAL).height,
        ),
        uniform.model.navigation.cursor_lps_mm,
    )[100]
    wanted = np.rint(palette("hot-iron")[pet] * weights[pet][:, None])
    assert np.abs(row - wanted).max() <= 1


@pytest.mark.parametrize(("opacity", "first", "last"), [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0)])
def test_the_ends_of_a_rising_opacity(opacity: float, first: float, last: float) -> None:
    weights = opacities(Fusion(FusionMode.RISING, opacity))
    assert (weights[0], weights[255]) == (first, last)
    assert opacities(Fusion(FusionMode.RISING, 0.25))[128] < 0.3 * 128 / 255
    assert np.isfinite(weights).all()


def test_nothing_below_the_threshold(desk: ReadingDesk, study: Study) -> None:
    desk.model.navigation.set_cursor(HOT_B)
    before = fused(desk)
    desk.model.display.set_fusion(replace(desk.scene.fusion, threshold=4.0))
    after, ct = fused(desk), plain(desk, Content.CT)
    changed = (after != before).any(axis=2)
    assert changed.mean() > 0.2
    assert (after[changed] == ct[changed]).all()
    kept = (after == before).all(axis=2) & (after != ct).any(axis=2)
    assert kept.any()
    assert (after[kept][:, 0] >= after[kept][:, 2]).all(), "only hot pixels are coloured"
    # Above the range's upper end as well: what is saturated is not all alike.
    desk.model.display.set_fusion(replace(desk.scene.fusion, threshold=8.5))
    assert 0 < (fused(desk) != ct).any(axis=2).sum() < kept.sum()
    box = box_of(desk, Content.FUSED, Plane.AXIAL)
    assert "SUV 0–7 ≥ 8.5" in [x.text for x in pane_corners(shown_in(desk.scene, box)).bottom_right]


def test_the_colour_bar_leaves_out_what_is_not_shown() -> None:
    table = bar_palette(palette("hot-iron"), Fusion(threshold=3.5), (0.0, 7.0))
    assert (table[:127] == (14, 16, 20)).all()
    np.testing.assert_array_equal(table[128:], palette("hot-iron")[128:])


def test_checkerboard_shows_ct_and_pet_in_turn(uniform: ReadingDesk) -> None:
    uniform.model.display.set_fusion(Fusion(FusionMode.CHECKERBOARD, 1.0))
    picture = fused(uniform)
    rows, columns = picture.shape[:2]
    side = min(rows, columns) // 8
    assert side > 20
    lit = np.zeros((5, 3), bool)
    for r, c in np.ndindex(lit.shape):
        # In the hot part, away from the rim of the images.
        row, column = (r + 1) * side, (c + columns // side - 4) * side
        square = picture[row + 2 : row + side - 2, column + 2 : column + side - 2].max(axis=2)
        assert (square > 60).all() or (square == 0).all()
        lit[r, c] = (square > 60).all()
    assert (lit[1:] != lit[:-1]).all()
    assert (lit[:, 1:] != lit[:, :-1]).all()


def test_swipe_is_dragged(uniform: ReadingDesk, qtbot: QtBot) -> None:
    desk = uniform
    desk.model.display.set_fusion(Fusion(FusionMode.SWIPE, 1.0, swipe=0.5))
    box = box_of(desk, Content.FUSED, Plane.AXIAL)
    picture = fused(desk)
    half = picture.shape[1] // 2
    assert picture[:, : half - 1].max() == 0
    assert picture[100, half + 2].max() > 100
    cursor = desk.model.navigation.cursor_lps_mm
    on_line = QPoint(box.x + round(0.5 * box.width), box.y + 30)
    with announced(desk.model.display.display_changed):
        drag(qtbot, desk, Qt.MouseButton.LeftButton, on_line, on_line + QPoint(40, 9))
    assert desk.scene.fusion.swipe == pytest.approx(0.5 + 40 / box.width, abs=0.01)
    assert desk.model.navigation.cursor_lps_mm == cursor
    # Elsewhere the left button goes on to move the crosshair; on other panes everywhere.
    qtbot.mouseClick(desk, Qt.MouseButton.LeftButton, pos=middle(box) + QPoint(-50, 20))
    assert desk.model.navigation.cursor_lps_mm != cursor
    # A busy machine's X server takes its time to move the mouse.
    for at, shape in (
        (on_line + QPoint(40, 0), Qt.CursorShape.SplitHCursor),
        (on_line, Qt.CursorShape.ArrowCursor),
    ):
        qtbot.mouseMove(desk, at)
        qtbot.waitUntil(partial(has_cursor, desk, shape))


def test_the_line_stays_in_the_pane(uniform: ReadingDesk, qtbot: QtBot) -> None:
    desk = uniform
    desk.model.display.set_fusion(Fusion(FusionMode.SWIPE, 1.0, swipe=0.1))
    box = box_of(desk, Content.FUSED, Plane.AXIAL)
    at = QPoint(box.x + round(0.1 * box.width), box.y + 60)
    drag(qtbot, desk, Qt.MouseButton.LeftButton, at, at - QPoint(200, 0))
    assert desk.scene.fusion.swipe == 0.0


def test_an_mr_takes_the_place_of_the_ct(make_desk: Maker, study: Study) -> None:
    assert study.ct is not None
    mr = replace(study.ct, array=(study.ct.array + 1000) * 3, quantity=Quantity.MR)
    desk = make_desk(replace(study, ct=None, mr=mr))
    assert why_empty(desk.scene, Content.FUSED) is None
    desk.model.display.set_fusion_opacity(0.0)
    np.testing.assert_array_equal(fused(desk), plain(desk, Content.CT))
    desk.model.display.set_fusion_opacity(1.0)
    assert (fused(desk) != plain(desk, Content.CT)).any()


def volume(quantity: Quantity, uid: str | None, x_mm: float = 0.0) -> Volume:
    grid = make_grid((10.0, 10.0, 10.0), centre_lps_mm=(x_mm, 0.0, 0.0), uid=uid)
    return Volume(grid, np.zeros(grid.shape_kji, np.float32), quantity)


@pytest.mark.parametrize(
    ("over", "under", "said"),
    [
        (volume(Quantity.SUV_BW, "1"), volume(Quantity.HU, "1"), ""),
        (volume(Quantity.COUNTS, "1"), volume(Quantity.MR, "1"), ""),
        (volume(Quantity.BQML, None), volume(Quantity.HU, None), ""),
        (volume(Quantity.SUV_BW, "1"), volume(Quantity.MU, "1"), ""),
        (volume(Quantity.OTHER, None), volume(Quantity.HU, None), ""),
        (volume(Quantity.SUV_BW, "1"), volume(Quantity.HU, "2"), "different frames of reference"),
        (volume(Quantity.SUV_BW, "1"), volume(Quantity.MR, "2"), "PET and MR have different"),
        (volume(Quantity.SUV_BW, None), volume(Quantity.HU, "1"), "PET states no frame"),
        (volume(Quantity.SUV_BW, "1"), volume(Quantity.HU, None), "CT states no frame"),
        (volume(Quantity.SUV_BW, "1"), volume(Quantity.HU, "1", 900.0), "do not overlap"),
        (volume(Quantity.HU, "1"), volume(Quantity.HU, "1"), "only PET or NM"),
        (volume(Quantity.SUV_BW, "1"), volume(Quantity.SUV_BW, "1"), "only PET or NM"),
    ],
)
def test_what_may_be_fused(over: Volume, under: Volume, said: str) -> None:
    found = fusion_obstacle(over, under)
    assert said in found
    assert bool(said) == bool(found)


def test_images_that_do_not_overlap_are_refused(make_desk: Maker, study: Study) -> None:
    assert study.ct is not None
    far = make_grid((4.0, 2.0, 2.0), half_mm=80, centre_lps_mm=(0.0, 0.0, 900.0), uid="7")
    desk = make_desk(replace(study, ct=Volume(far, study.ct.array, Quantity.HU, "9.2", "CT")))
    said = why_empty(desk.scene, Content.FUSED)
    assert said == ("Not fused", "PET and CT do not overlap in space: not fused.")


@pytest.mark.parametrize("name", ["pet", "hot-metal-blue", "pet-20-step", "viridis", "grey"])
def test_colour_of_a_known_suv_in_every_palette(
    make_desk: Maker, study: Study, frames: MipFrames, name: str
) -> None:
    """Each pane has the palette chosen for it, and a SUV the colour of its entry."""
    from viewers.colour.display import PaneColours
    from viewers.colour.palette_files import own_colour_maps
    from viewers.make.mip import compute_mip_frames

    chosen, other = own_colour_maps()[name], own_colour_maps()["hot-iron"]
    grid = make_grid((4.0, 4.0, 4.0))
    for entry in (0, 77, 128, 201, 255):
        suv = entry / 255 * 7.0
        pet = Volume(grid, np.full(grid.shape_kji, suv, np.float32), Quantity.SUV_BW, "p")
        ct = Volume(grid, np.full(grid.shape_kji, -160, np.int16), Quantity.HU, "c")
        desk = make_desk(make_study(pet, ct), compute_mip_frames(pet) if suv else None)
        for place, content in (
            ("pet", Content.PET),
            ("fused", Content.FUSED),
            ("mip", Content.MIP),
        ):
            desk.model.display.set_fusion_opacity(1.0)
            colours = PaneColours(other, other, other)
            desk.model.display.set_palettes(replace(colours, **{place: chosen}))
            if content is Content.MIP and not suv:
                continue
            picture = desk.snapshot().astype(int)
            plane = Plane.CORONAL if content is Content.MIP else Plane.AXIAL
            box = box_of(desk, content, plane)
            y, x = box.y + 2 * box.height // 5, box.x + 2 * box.width // 5
            wanted = chosen.table[entry].astype(int)
            assert np.abs(picture[y, x] - wanted).max() <= 1, (content, entry)
            bar = colour_bar(desk.scene, content)
            assert bar is not None
            np.testing.assert_array_equal(bar[0], chosen.table)
