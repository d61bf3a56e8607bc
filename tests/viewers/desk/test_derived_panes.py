"""Derived images on the panes: what stands where, what is written, and what is compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QPainter
from pytestqt.qtbot import QtBot

from app.core.kit.errors import GridError, QuantityError
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.study import Study
from tests.support.drawn import watch_pictures
from tests.support.heard import heard
from tests.support.offscreen import render_offscreen
from tests.support.phantoms import (
    derived_pet,
    make_grid,
    make_study,
    synthetic_ct,
    voxel_points,
    with_deviation,
)
from viewers.colour.display import default_limit, deviation_limit, round_up
from viewers.desk.desk import ReadingDesk
from viewers.make.difference import difference_of
from viewers.make.mip_frames import MipFrames
from viewers.paint import annotate
from viewers.paint.bands import MARK_GROUND
from viewers.paint.numbers import amount
from viewers.paint.texts import pane_corners
from viewers.scene.empty import why_empty
from viewers.scene.probe import Probe
from viewers.scene.scene import PaneBox
from viewers.scene.shown import shown_in
from viewers.scene.values import MapKind
from viewers.space.geometry import Plane, slice_number
from viewers.space.layouts import Content

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
    desk.model.navigation.set_cursor(AT)
    before = desk.snapshot()
    image = derived_pet(study)
    desk.model.overlays.set_derived(image)
    desk.model.layouts.set_layout("default")
    assert not marked(desk.snapshot())
    desk.model.overlays.show_derived(True)
    shown = desk.snapshot()
    for box in desk.scene.boxes(960, 720):
        of_pet = box.spec.content in (Content.PET, Content.FUSED)
        assert marked(tile(shown, box)) == of_pet, box.spec
        same = (tile(shown, box) == tile(before, box)).all()
        assert same == (not of_pet), box.spec
    written = pane_corners(shown_in(desk.scene, box_of(desk, Content.PET)))
    assert "4711" in [x.text for x in written.top_left]
    desk.model.overlays.show_derived(False)
    assert (desk.snapshot() == before).all()


def test_a_synthetic_ct_stands_in_for_the_ct_on_its_own_grid(
    desk: ReadingDesk, study: Study
) -> None:
    image = synthetic_ct(study)
    assert study.pet is not None
    desk.model.overlays.set_derived(image)
    desk.model.overlays.show_derived(True)
    assert desk.scene.grid_of(Content.CT) is image.volume.grid
    assert desk.scene.grid_of(Content.PET) is study.pet.grid
    shown = desk.snapshot()
    of_ct = (Content.CT, Content.FUSED)
    for box in desk.scene.boxes(960, 720):
        assert marked(tile(shown, box)) == (box.spec.content in of_ct), box.spec
    _, count = slice_number(image.volume.grid, Plane.AXIAL, desk.model.navigation.cursor_lps_mm)
    corners = pane_corners(shown_in(desk.scene, box_of(desk, Content.CT)))
    assert corners.bottom_left[-1].text.endswith(f"/ {count}")


def test_flicker_draws_nothing_anew_and_moves_nothing(
    desk: ReadingDesk, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.model.overlays.set_derived(derived_pet(study))
    first = desk.snapshot()
    desk.model.overlays.show_derived(True)
    second = desk.snapshot()
    made = watch_pictures(monkeypatch)
    view = desk.scene.pane_view(box_of(desk, Content.PET).spec, 200, 200)
    for picture, derived in ((first, False), (second, True)) * 2:
        desk.model.overlays.show_derived(derived)
        assert (desk.snapshot() == picture).all()
    assert made == []
    assert desk.scene.pane_view(box_of(desk, Content.PET).spec, 200, 200) == view


def test_the_mark_is_in_pictures_without_writing(study: Study, qtbot: QtBot) -> None:
    draw = partial(render_offscreen, study, size=(480, 360), writing=False, cursor_lps_mm=AT)
    plain = draw()
    derived = draw(derived=derived_pet(study))
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
    assert study.pet is not None
    desk.model.overlays.set_derived(image)
    desk.model.overlays.show_map(MapKind.DIFFERENCE)
    box = box_of(desk, Content.PET)
    said = why_empty(desk.scene, Content.PET)
    assert said is not None
    assert said[0] == "Difference"
    desk.model.overlays.set_difference_map(difference_of(study.pet, image.volume))
    assert why_empty(desk.scene, Content.PET) is None
    desk.model.navigation.set_cursor((0.0, 0.0, 0.0))
    more = tile(desk.snapshot(), box).astype(int)[box.height // 2 + 12, box.width // 2 + 12]
    assert more[0] > more[2] + 60, "more uptake is orange"
    corners = pane_corners(shown_in(desk.scene, box))
    assert corners.top_left[0].text == "Difference axial"
    assert (
        corners.bottom_right[-1].text
        == f"±{amount(desk.scene.made.limits[MapKind.DIFFERENCE])} SUV"
    )
    less = derived_pet(study, shift=-0.5)
    desk.model.overlays.set_derived(less)
    desk.model.overlays.set_difference_map(difference_of(study.pet, less.volume))
    fewer = tile(desk.snapshot(), box).astype(int)[box.height // 2 + 12, box.width // 2 + 12]
    assert fewer[2] > fewer[0] + 60, "less uptake is blue"
    # CT stays as it is.
    assert not marked(tile(desk.snapshot(), box_of(desk, Content.CT)))


def test_right_drag_scales_the_difference(desk: ReadingDesk, study: Study, qtbot: QtBot) -> None:
    image = derived_pet(study, shift=0.5)
    assert study.pet is not None
    desk.model.overlays.set_derived(image)
    desk.model.overlays.set_difference_map(difference_of(study.pet, image.volume))
    desk.model.overlays.show_map(MapKind.DIFFERENCE)
    box, before, window = (
        box_of(desk, Content.PET),
        desk.scene.made.limits[MapKind.DIFFERENCE],
        desk.scene.window.pet_range,
    )
    at = QPoint(box.x + 60, box.y + 60)
    qtbot.mousePress(desk, Qt.MouseButton.RightButton, pos=at)
    qtbot.mouseMove(desk, at + QPoint(40, 0))
    qtbot.mouseRelease(desk, Qt.MouseButton.RightButton, pos=at + QPoint(40, 0))
    assert desk.scene.made.limits[MapKind.DIFFERENCE] == pytest.approx(before * np.exp(0.2))
    assert desk.scene.window.pet_range == window


def test_side_by_side_is_there_while_a_derived_image_is(desk: ReadingDesk, study: Study) -> None:
    assert "derived" not in desk.model.layouts.layout_names()
    image = synthetic_ct(study)
    assert study.ct is not None
    desk.model.overlays.set_derived(image)
    assert "derived" in desk.model.layouts.layout_names()
    desk.model.layouts.set_layout("derived")
    desk.model.overlays.set_difference_map(difference_of(study.ct, image.volume))
    picture = desk.snapshot()
    marks = [marked(tile(picture, box)) for box in desk.scene.boxes(960, 720)]
    assert marks == [False, True, True] * 2
    titles = [
        pane_corners(shown_in(desk.scene, box)).top_left[0].text
        for box in desk.scene.boxes(960, 720)[:3]
    ]
    assert titles == ["Original CT axial", "CT axial", "Difference axial"]
    assert desk.scene.map_unit == "HU"
    desk.model.overlays.set_derived(None)
    assert desk.model.layouts.layout_name == "default"
    assert "derived" not in desk.model.layouts.layout_names()


def test_an_image_of_another_frame_is_not_shown(desk: ReadingDesk, study: Study) -> None:
    image = derived_pet(study)
    grid = replace(image.volume.grid, frame_of_reference_uid="other")
    desk.model.overlays.set_derived(replace(image, volume=replace(image.volume, grid=grid)))
    desk.model.overlays.show_derived(True)
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
    desk.model.overlays.set_derived(replace(ct, kind=DerivedKind.MU_MAP, volume=mu))
    desk.model.overlays.show_derived(True)
    corners = pane_corners(shown_in(desk.scene, box_of(desk, Content.CT)))
    assert corners.bottom_right[-1].text == f"0–{amount(0.2)} /cm"
    desk.model.overlays.show_map(MapKind.DIFFERENCE)
    said = why_empty(desk.scene, Content.CT)
    assert said is not None
    assert "different units" in said[1]


def test_an_mr_is_shown_where_there_is_no_ct(make_desk: Maker, study: Study) -> None:
    assert study.ct is not None
    mr = replace(study.ct, array=(study.ct.array + 1000) * 3, quantity=Quantity.MR)
    desk = make_desk(replace(make_study(None, None), mr=mr))
    assert why_empty(desk.scene, Content.CT) is None
    assert (
        pane_corners(shown_in(desk.scene, box_of(desk, Content.CT))).top_left[0].text == "MR axial"
    )
    picture = tile(desk.snapshot(), box_of(desk, Content.CT))
    assert np.ptp(picture) > 150
    image = synthetic_ct(study)
    desk.model.overlays.set_derived(image)
    desk.model.overlays.show_derived(True)
    assert marked(tile(desk.snapshot(), box_of(desk, Content.CT)))
    desk.model.layouts.set_layout("derived")
    said = why_empty(desk.scene, Content.DIFFERENCE)
    assert said is not None
    assert "no CT to compare" in said[1]
    assert why_empty(desk.scene, Content.ORIGINAL) is None


def test_the_deviation_has_its_own_colours_and_scale(desk: ReadingDesk, study: Study) -> None:
    image = with_deviation(derived_pet(study))
    desk.model.overlays.set_derived(image)
    desk.model.layouts.set_layout("default")
    desk.model.navigation.set_cursor((0.0, 0.0, 0.0))
    plain, box = desk.snapshot(), box_of(desk, Content.PET)
    assert not marked(plain), "it is not shown unasked"
    desk.model.overlays.show_map(MapKind.DEVIATION)
    shown = desk.snapshot()
    for other in desk.scene.boxes(960, 720):
        of_pet = other.spec.content is Content.PET
        assert marked(tile(shown, other)) == of_pet, other.spec
        assert (tile(shown, other) == tile(plain, other)).all() == (not of_pet), other.spec
    picture, middle = tile(shown, box).astype(int), box.height // 2 + 12
    right, left = (picture[middle, x].sum() for x in (box.width // 4, 3 * box.width // 4))
    assert left > right + 100, "the greater, the brighter"
    corners = pane_corners(shown_in(desk.scene, box))
    assert corners.top_left[0].text == "Deviation axial"
    assert corners.bottom_right[-1].text == f"SD 0–{amount(0.5)} SUV"
    assert corners.bottom_right[-1].short == f"0–{amount(0.5)} SUV"
    desk.model.overlays.show_map(None)
    assert (desk.snapshot() == plain).all()


def test_a_deviation_bar_says_where_a_quarter_is(desk: ReadingDesk, study: Study) -> None:
    """Bar and unit of the pane stand where those of the PET do, with the map's own numbers."""
    desk.model.overlays.set_derived(with_deviation(derived_pet(study)))
    desk.model.overlays.show_map(MapKind.DEVIATION)
    written: list[str] = []
    draw = annotate.draw_text

    def watch(painter: QPainter, at: QPointF, text: str, *colours: QColor) -> None:
        written.append(text)
        draw(painter, at, text, *colours)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(annotate, "draw_text", watch)
        desk.model.layouts.maximise(box_of(desk, Content.PET).number)
        desk.snapshot()
    assert [amount(x) for x in (0.5, 0.25, 0.0)] == [x for x in written if x[0] == "0"][:3]
    assert "SUV" in written


def test_the_deviation_of_a_synthetic_ct_is_in_hu_on_its_own_grid(
    desk: ReadingDesk, study: Study
) -> None:
    image = with_deviation(synthetic_ct(study))
    desk.model.overlays.set_derived(image)
    desk.model.overlays.show_map(MapKind.DEVIATION)
    box = box_of(desk, Content.CT)
    assert desk.scene.grid_of(Content.CT) is image.volume.grid
    corners = pane_corners(shown_in(desk.scene, box))
    assert corners.bottom_right[-1].text == "SD 0–50 HU"
    assert corners.bottom_left[-1].text.endswith(f" / {image.volume.grid.shape_kji[0]}")
    picture = tile(desk.snapshot(), box)
    edge = picture[box.height // 2 + 20, 3]
    assert (edge == (14, 16, 20)).all(), "where it does not reach there is nothing"
    assert why_empty(desk.scene, Content.PET) is None
    assert not marked(tile(desk.snapshot(), box_of(desk, Content.PET)))


def test_an_image_made_without_samples_has_no_deviation(desk: ReadingDesk, study: Study) -> None:
    desk.model.overlays.set_derived(derived_pet(study))
    desk.model.overlays.show_map(MapKind.DEVIATION)
    said = why_empty(desk.scene, Content.PET)
    assert said is not None
    assert said[0] == "No deviation"
    assert why_empty(desk.scene, Content.CT) is None


def test_the_deviation_takes_the_place_of_the_difference_side_by_side(
    desk: ReadingDesk, study: Study
) -> None:
    image = with_deviation(synthetic_ct(study))
    assert study.ct is not None
    desk.model.overlays.set_derived(image)
    desk.model.overlays.set_difference_map(difference_of(study.ct, image.volume))
    desk.model.layouts.set_layout("derived")
    titles = []
    for kind in (None, MapKind.DEVIATION, MapKind.DIFFERENCE):
        desk.model.overlays.show_map(kind)
        corners = [pane_corners(shown_in(desk.scene, b)) for b in desk.scene.boxes(960, 720)[:3]]
        titles.append([x.top_left[0].text for x in corners])
    names = ("Difference", "Deviation", "Difference")
    assert titles == [["Original CT axial", "CT axial", f"{name} axial"] for name in names]


def test_without_a_ct_the_deviation_stands_beside_a_synthetic_one(
    make_desk: Maker, study: Study
) -> None:
    assert study.ct is not None
    mr = replace(study.ct, quantity=Quantity.MR)
    desk = make_desk(replace(study, ct=None, mr=mr))
    desk.model.overlays.set_derived(with_deviation(synthetic_ct(study)))
    desk.model.layouts.set_layout("derived")
    assert why_empty(desk.scene, Content.DIFFERENCE) is None
    box = box_of(desk, Content.DIFFERENCE)
    assert pane_corners(shown_in(desk.scene, box)).top_left[0].text == "Deviation axial"
    desk.model.overlays.show_map(MapKind.DIFFERENCE)
    said = why_empty(desk.scene, Content.DIFFERENCE)
    assert said is not None
    assert "no CT to compare" in said[1]


def test_right_drag_scales_the_deviation_alone(
    desk: ReadingDesk, study: Study, qtbot: QtBot
) -> None:
    desk.model.overlays.set_derived(with_deviation(derived_pet(study)))
    desk.model.overlays.show_map(MapKind.DEVIATION)
    before, box = dict(desk.scene.made.limits), box_of(desk, Content.PET)
    at = QPoint(box.x + 60, box.y + 60)
    picture = desk.snapshot()
    qtbot.mousePress(desk, Qt.MouseButton.RightButton, pos=at)
    qtbot.mouseMove(desk, at + QPoint(40, 0))
    qtbot.mouseRelease(desk, Qt.MouseButton.RightButton, pos=at + QPoint(40, 0))
    after = desk.scene.made.limits
    assert after[MapKind.DEVIATION] == pytest.approx(before[MapKind.DEVIATION] * np.exp(0.2))
    assert after[MapKind.DIFFERENCE] == before[MapKind.DIFFERENCE]
    assert (tile(desk.snapshot(), box) != tile(picture, box)).any()


def test_the_uncertainty_of_lesions_is_not_laid_over_the_deviation(
    desk: ReadingDesk, study: Study
) -> None:
    assert study.pet is not None
    entropy = np.full(study.pet.grid.shape_kji, 0.8, np.float32)
    desk.model.overlays.set_derived(with_deviation(derived_pet(study)))
    desk.model.overlays.show_map(MapKind.DEVIATION)
    before = desk.snapshot()
    desk.model.overlays.set_uncertainty(Volume(study.pet.grid, entropy, Quantity.ENTROPY))
    desk.model.overlays.show_uncertainty(True)
    after = desk.snapshot()
    for content, same in ((Content.PET, True), (Content.FUSED, False)):
        box = box_of(desk, content)
        assert (tile(after, box) == tile(before, box)).all() == same


def test_deviations_of_a_ct_are_scaled_for_the_body() -> None:
    """Skin is ten times less certain than the rest: 7 % of all voxels, then one in a hundred."""
    grid = make_grid((4.0, 4.0, 4.0), half_mm=58)
    array = np.full(grid.shape_kji, 20.0, np.float32)
    array[:, :, :2] = 300.0
    array[0, 0, 2] = np.nan
    assert deviation_limit(Volume(grid, array, Quantity.HU)) == 500.0
    array[:, 6:, :2] = 20.0
    assert deviation_limit(Volume(grid, array, Quantity.HU)) == 20.0
    assert deviation_limit(Volume(grid, array, Quantity.SUV_BW)) == 500.0
    assert deviation_limit(Volume(grid, array * 0, Quantity.SUV_BW)) == 1.0


def test_an_mr_that_lies_elsewhere_is_seen_in_its_own_place(make_desk: Maker, study: Study) -> None:
    assert study.ct is not None
    far = make_grid((4.0, 2.0, 2.0), half_mm=80, centre_lps_mm=(0.0, 0.0, 900.0), uid="7")
    signal = np.array(study.ct.array + 1000, np.float32)
    mr = Volume(far, signal, Quantity.MR, "9.9", "MR")
    desk = make_desk(replace(study, ct=None, mr=mr))
    assert np.ptp(tile(desk.snapshot(), box_of(desk, Content.CT))) > 150
    image = synthetic_ct(study)
    grid = make_grid((5.0, 5.0, 5.0), half_mm=70, centre_lps_mm=(0.0, 0.0, 900.0), uid="7")
    desk.model.overlays.set_derived(replace(image, volume=replace(image.volume, grid=grid)))
    desk.model.overlays.show_derived(True)
    said = why_empty(desk.scene, Content.FUSED)
    assert said is not None
    assert "do not overlap" in said[1]
    assert np.ptp(tile(desk.snapshot(), box_of(desk, Content.CT))) > 150


@pytest.mark.parametrize("make", [derived_pet, synthetic_ct])
def test_the_probe_reads_both(
    desk: ReadingDesk, study: Study, qtbot: QtBot, make: Callable[[Study], DerivedImage]
) -> None:
    image = with_deviation(make(study))
    assert image.deviation is not None
    assert study.pet is not None
    assert study.ct is not None
    desk.model.overlays.set_derived(image)
    box = box_of(desk, Content.FUSED)
    for shown in (False, True):
        desk.model.overlays.show_derived(shown)
        told = heard(desk.model.probe_changed)
        qtbot.mouseMove(desk, QPoint(box.x + 100 + shown, box.y + 100))
        qtbot.waitUntil(partial(bool, told))
        probe = told[0][0]
        assert isinstance(probe, Probe)
        assert probe.suv == study.pet.value_at(probe.point_lps_mm)
        assert probe.hu == study.ct.value_at(probe.point_lps_mm)
        assert probe.derived == image.volume.value_at(probe.point_lps_mm)
        assert probe.deviation == image.deviation.value_at(probe.point_lps_mm)
        assert probe.derived_for == image.kind.stands_for
        assert probe.derived_unit == ("SUV" if probe.derived_for == "pet" else "HU")


def test_another_study_takes_the_derived_image_away(
    desk: ReadingDesk, study: Study, frames: MipFrames
) -> None:
    desk.model.overlays.set_derived(derived_pet(study))
    desk.model.overlays.show_derived(True)
    desk.model.overlays.show_map(MapKind.DIFFERENCE)
    desk.model.set_study(study)
    assert desk.scene.derived is None
    assert not desk.scene.made.stands_in
    assert desk.scene.made.shown_map is None
    assert not marked(desk.snapshot())
