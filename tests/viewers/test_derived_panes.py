"""Derived images on the panes: what stands where, what is written, and what is compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from phantoms import derived_pet, make_grid, make_study, synthetic_ct, voxel_points
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.core.derived import DerivedImage, DerivedKind
from app.core.errors import GridError, QuantityError
from app.core.study import Study
from app.core.volume import Quantity, Volume
from viewers.annotate import MARK_GROUND, amount
from viewers.desk import Probe, ReadingDesk, render_offscreen
from viewers.difference import default_limit, difference_of, round_up
from viewers.geometry import Plane, slice_number
from viewers.layouts import Content
from viewers.mip import MipFrames
from viewers.renderer import why_empty
from viewers.scene import PaneBox
from viewers.texts import pane_corners

Maker = Callable[..., ReadingDesk]
Picture = npt.NDArray[np.uint8]
AT = (-30.0, -10.0, 30.0)


def box_of(desk: ReadingDesk, content: Content, plane: Plane = Plane.AXIAL) -> PaneBox:
    boxes = desk.scene.boxes(desk.width(), desk.height())
    return next(b for b in boxes if b.spec.content is content and b.spec.plane is plane)


def tile(picture: Picture, box: PaneBox) -> Picture:
    return picture[box.y : box.y + box.height, box.x : box.x + box.width]


def marked(picture: Picture) -> bool:
    """Whether the ground of the mark is seen; nothing else on a desk has its colour."""
    return bool((np.abs(picture.astype(int) - MARK_GROUND).max(axis=2) <= 2).sum() > 150)


def test_difference_is_derived_minus_original() -> None:
    grid = make_grid((4.0, 4.0, 4.0), half_mm=20)
    original = Volume(grid, np.full(grid.shape_kji, 2.0, np.float32), Quantity.SUV_BW)
    other = np.full(grid.shape_kji, 2.5, np.float32)
    other[0, 0, 0] = np.nan
    found = difference_of(original, Volume(grid, other, Quantity.SUV_BW))
    assert found.grid is original.grid
    assert found.array[0, 0, 0] == 0.0
    assert (found.array.ravel()[1:] == 0.5).all()
    assert default_limit(found) == 0.5


def test_difference_of_another_grid_is_taken_at_the_originals_voxels() -> None:
    """A ramp is linear: on a finer grid, interpolation gives exactly the shift between both."""
    grid = make_grid((4.0, 4.0, 4.0), half_mm=30)
    fine = make_grid((2.0, 2.0, 2.0), half_mm=20)
    ramps = [
        g.points_lps_mm(np.moveaxis(np.indices(g.shape_kji), 0, -1))[..., 0] for g in (grid, fine)
    ]
    original = Volume(grid, ramps[0].astype(np.float32), Quantity.HU)
    derived = Volume(fine, (ramps[1] + 7.0).astype(np.float32), Quantity.HU)
    found = difference_of(original, derived)
    points = voxel_points(grid)
    inside = (np.abs(points) <= 19.5).all(axis=-1)
    np.testing.assert_allclose(found.array[inside], 7.0, atol=1e-4)
    # What the derived image does not reach is not compared.
    assert (found.array[(np.abs(points) > 21).any(axis=-1)] == 0).all()


def test_difference_refuses_other_units_and_frames() -> None:
    grid, elsewhere = make_grid(half_mm=10), make_grid(half_mm=10, uid="other")
    ct = Volume(grid, np.zeros(grid.shape_kji, np.float32), Quantity.HU)
    with pytest.raises(QuantityError):
        difference_of(ct, replace(ct, quantity=Quantity.MU))
    with pytest.raises(GridError):
        difference_of(ct, replace(ct, grid=elsewhere))


@pytest.mark.parametrize(("value", "bound"), [(0.013, 0.02), (0.5, 0.5), (51.0, 100.0), (3.0, 5.0)])
def test_round_bounds(value: float, bound: float) -> None:
    assert round_up(value) == pytest.approx(bound)
    assert float(amount(bound)) == pytest.approx(bound)


def test_a_derived_pet_stands_in_for_the_pet_and_says_so(desk: ReadingDesk, study: Study) -> None:
    desk.set_cursor(AT)
    before = desk.snapshot()
    image = derived_pet(study)
    desk.set_derived(image)
    desk.set_layout("default")
    assert not marked(desk.snapshot())
    desk.show_derived(True)
    shown = desk.snapshot()
    for box in desk.scene.boxes(960, 720):
        of_pet = box.spec.content in (Content.PET, Content.FUSED)
        assert marked(tile(shown, box)) == of_pet, box.spec
        same = (tile(shown, box) == tile(before, box)).all()
        assert same == (not of_pet), box.spec
    written = pane_corners(desk.scene, box_of(desk, Content.PET))
    assert "4711" in [x.text for x in written.top_left]
    desk.show_derived(False)
    assert (desk.snapshot() == before).all()


def test_a_synthetic_ct_stands_in_for_the_ct_on_its_own_grid(
    desk: ReadingDesk, study: Study
) -> None:
    image = synthetic_ct(study)
    desk.set_derived(image)
    desk.show_derived(True)
    assert desk.scene.grid_of(Content.CT) is image.volume.grid
    assert desk.scene.grid_of(Content.PET) is study.pet.grid
    shown = desk.snapshot()
    of_ct = (Content.CT, Content.FUSED)
    for box in desk.scene.boxes(960, 720):
        assert marked(tile(shown, box)) == (box.spec.content in of_ct), box.spec
    _, count = slice_number(image.volume.grid, Plane.AXIAL, desk.cursor_lps_mm)
    corners = pane_corners(desk.scene, box_of(desk, Content.CT))
    assert corners.bottom_left[-1].text.endswith(f"/ {count}")


def test_flicker_draws_nothing_anew_and_moves_nothing(desk: ReadingDesk, study: Study) -> None:
    desk.set_derived(derived_pet(study))
    first = desk.snapshot()
    desk.show_derived(True)
    second = desk.snapshot()
    layers = {n: x.image for n, x in desk._renderer._layers.items()}
    behind = {n: x.image for n, x in desk._renderer._behind.items()}
    view = desk.scene.pane_view(box_of(desk, Content.PET).spec, 200, 200)
    desk._renderer._draw_layer = lambda *_: pytest.fail("a layer was drawn again")
    for picture, derived in ((first, False), (second, True)) * 2:
        desk.show_derived(derived)
        assert (desk.snapshot() == picture).all()
    assert {n: x.image for n, x in desk._renderer._layers.items()} == layers
    assert {n: x.image for n, x in desk._renderer._behind.items()} == behind
    assert desk.scene.pane_view(box_of(desk, Content.PET).spec, 200, 200) == view
    del desk._renderer._draw_layer


def test_the_mark_is_in_pictures_without_writing(study: Study, qtbot: QtBot) -> None:
    options = {"size": (480, 360), "writing": False, "cursor_lps_mm": AT}
    plain = render_offscreen(study, **options)
    derived = render_offscreen(study, derived=derived_pet(study), **options)
    assert not marked(plain)
    assert marked(derived)


@pytest.mark.parametrize("width", [110, 200, 700])
def test_a_long_title_is_cut_and_the_word_is_not(study: Study, qtbot: QtBot, width: int) -> None:
    """In any pane the mark is as wide as its word at least, and never leaves the pane."""
    image = replace(derived_pet(study), title="A title that nobody would give " * 4)
    picture = render_offscreen(
        study, layout="single", size=(width, 300), writing=False, derived=image, cursor_lps_mm=AT
    )
    ground = np.abs(picture.astype(int) - MARK_GROUND).max(axis=2) <= 2
    columns = np.flatnonzero(ground.any(axis=0))
    assert 45 < np.ptp(columns) + 1 <= width - 8
    if width == 700:
        assert np.ptp(columns) > 300


def test_difference_map_has_its_own_colours_and_scale(desk: ReadingDesk, study: Study) -> None:
    image = derived_pet(study, shift=0.5)
    desk.set_derived(image)
    desk.set_difference(True)
    box = box_of(desk, Content.PET)
    said = why_empty(desk.scene, Content.PET)
    assert said is not None
    assert said[0] == "Difference"
    desk.set_difference_map(difference_of(study.pet, image.volume))
    assert why_empty(desk.scene, Content.PET) is None
    desk.set_cursor((0.0, 0.0, 0.0))
    more = tile(desk.snapshot(), box).astype(int)[box.height // 2 + 12, box.width // 2 + 12]
    assert more[0] > more[2] + 60, "more uptake is orange"
    corners = pane_corners(desk.scene, box)
    assert corners.top_left[0].text == "Difference axial"
    assert corners.bottom_right[-1].text == f"±{amount(desk.scene.difference_limit)} SUV"
    less = derived_pet(study, shift=-0.5)
    desk.set_derived(less)
    desk.set_difference_map(difference_of(study.pet, less.volume))
    fewer = tile(desk.snapshot(), box).astype(int)[box.height // 2 + 12, box.width // 2 + 12]
    assert fewer[2] > fewer[0] + 60, "less uptake is blue"
    # CT stays as it is.
    assert not marked(tile(desk.snapshot(), box_of(desk, Content.CT)))


def test_right_drag_scales_the_difference(desk: ReadingDesk, study: Study, qtbot: QtBot) -> None:
    desk.set_derived(derived_pet(study, shift=0.5))
    desk.set_difference_map(difference_of(study.pet, desk.scene.derived.volume))
    desk.set_difference(True)
    box, before, window = (
        box_of(desk, Content.PET),
        desk.scene.difference_limit,
        desk.scene.pet_range,
    )
    at = QPoint(box.x + 60, box.y + 60)
    qtbot.mousePress(desk, Qt.MouseButton.RightButton, pos=at)
    qtbot.mouseMove(desk, at + QPoint(40, 0))
    qtbot.mouseRelease(desk, Qt.MouseButton.RightButton, pos=at + QPoint(40, 0))
    assert desk.scene.difference_limit == pytest.approx(before * np.exp(0.2))
    assert desk.scene.pet_range == window


def test_side_by_side_is_there_while_a_derived_image_is(desk: ReadingDesk, study: Study) -> None:
    assert "derived" not in desk.layout_names()
    image = synthetic_ct(study)
    desk.set_derived(image)
    assert "derived" in desk.layout_names()
    desk.set_layout("derived")
    desk.set_difference_map(difference_of(study.ct, image.volume))
    picture = desk.snapshot()
    marks = [marked(tile(picture, box)) for box in desk.scene.boxes(960, 720)]
    assert marks == [False, True, True] * 2
    titles = [
        pane_corners(desk.scene, box).top_left[0].text for box in desk.scene.boxes(960, 720)[:3]
    ]
    assert titles == ["Original CT axial", "CT axial", "Difference axial"]
    assert desk.scene.difference_unit == "HU"
    desk.set_derived(None)
    assert desk.layout_name == "default"
    assert "derived" not in desk.layout_names()


def test_an_image_of_another_frame_is_not_shown(desk: ReadingDesk, study: Study) -> None:
    image = derived_pet(study)
    grid = replace(image.volume.grid, frame_of_reference_uid="other")
    desk.set_derived(replace(image, volume=replace(image.volume, grid=grid)))
    desk.show_derived(True)
    for content in (Content.PET, Content.FUSED):
        said = why_empty(desk.scene, content)
        assert said is not None
        assert "frame of reference" in said[1]
    assert why_empty(desk.scene, Content.CT) is None


def test_an_attenuation_map_has_its_own_range_and_no_difference(
    desk: ReadingDesk, study: Study
) -> None:
    ct = synthetic_ct(study)
    mu = replace(ct.volume, array=(ct.volume.array + 1000) * 1e-4, quantity=Quantity.MU)
    desk.set_derived(replace(ct, kind=DerivedKind.MU_MAP, volume=mu))
    desk.show_derived(True)
    corners = pane_corners(desk.scene, box_of(desk, Content.CT))
    assert corners.bottom_right[-1].text == f"0–{amount(0.2)} /cm"
    desk.set_difference(True)
    said = why_empty(desk.scene, Content.CT)
    assert said is not None
    assert "different units" in said[1]


def test_an_mr_is_shown_where_there_is_no_ct(make_desk: Maker, study: Study) -> None:
    assert study.ct is not None
    mr = replace(study.ct, array=(study.ct.array + 1000) * 3, quantity=Quantity.MR)
    desk = make_desk(replace(make_study(None, None), mr=mr))
    assert why_empty(desk.scene, Content.CT) is None
    assert pane_corners(desk.scene, box_of(desk, Content.CT)).top_left[0].text == "MR axial"
    picture = tile(desk.snapshot(), box_of(desk, Content.CT))
    assert np.ptp(picture) > 150
    image = synthetic_ct(study)
    desk.set_derived(image)
    desk.show_derived(True)
    assert marked(tile(desk.snapshot(), box_of(desk, Content.CT)))
    desk.set_layout("derived")
    said = why_empty(desk.scene, Content.DIFFERENCE)
    assert said is not None
    assert "no CT to compare" in said[1]
    assert why_empty(desk.scene, Content.ORIGINAL) is None


@pytest.mark.parametrize("make", [derived_pet, synthetic_ct])
def test_the_probe_reads_both(
    desk: ReadingDesk, study: Study, qtbot: QtBot, make: Callable[[Study], DerivedImage]
) -> None:
    image = make(study)
    desk.set_derived(image)
    box = box_of(desk, Content.FUSED)
    for shown in (False, True):
        desk.show_derived(shown)
        with qtbot.waitSignal(desk.probe_changed) as told:
            qtbot.mouseMove(desk, QPoint(box.x + 100 + shown, box.y + 100))
        probe = told.args[0]
        assert isinstance(probe, Probe)
        assert probe.suv == study.pet.value_at(probe.point_lps_mm)
        assert probe.hu == study.ct.value_at(probe.point_lps_mm)
        assert probe.derived == image.volume.value_at(probe.point_lps_mm)
        assert probe.derived_for == image.kind.stands_for
        assert probe.derived_unit == ("SUV" if probe.derived_for == "pet" else "HU")


def test_another_study_takes_the_derived_image_away(
    desk: ReadingDesk, study: Study, frames: MipFrames
) -> None:
    desk.set_derived(derived_pet(study))
    desk.show_derived(True)
    desk.set_difference(True)
    desk.set_study(study)
    assert desk.scene.derived is None
    assert not desk.scene.show_derived
    assert not desk.scene.show_difference
    assert not marked(desk.snapshot())
