"""What the corners say of a series: its phase, slices that were not measured, a SPECT."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.core.space.volume import Quantity, Volume
from app.core.study.study import Phases, SeriesInfo, Study
from tests.support.offscreen import render_offscreen
from tests.support.phantoms import make_grid, make_study
from viewers.colour.display import PaneWindow
from viewers.film.offscreen import draw_picture
from viewers.paint.renderer import SceneRenderer
from viewers.paint.texts import pane_corners
from viewers.scene.scene import PaneBox, Scene
from viewers.scene.shown import shown_in
from viewers.scene.values import Crosshair
from viewers.space.geometry import Plane
from viewers.space.layouts import Content, read_layouts


def study_of(modality: str = "PT", **changes: Any) -> Study:
    """PET (or NM) and CT of one grid; the changes are those of the PET's series."""
    grid = make_grid((4.0, 4.0, 4.0), half_mm=40)
    array = np.ones(grid.shape_kji, np.float32)
    quantity = Quantity.COUNTS if modality == "NM" else Quantity.SUV_BW
    pet = Volume(grid, array, quantity, "1")
    ct = Volume(grid, np.zeros(grid.shape_kji, np.int16), Quantity.HU, "2")
    series = (
        replace(SeriesInfo("1", "9", modality, "Tracer", 21, "PET AC"), **changes),
        SeriesInfo("2", "9", "CT", "CT", 21, "CT"),
    )
    return replace(make_study(pet, ct), series=series)


def scene_of(study: Study) -> Scene:
    return Scene(read_layouts()["default"]).with_study(study)


def pane(scene: Scene, content: Content, plane: Plane) -> PaneBox:
    boxes = scene.boxes(1200, 900)
    return next(b for b in boxes if b.spec.content is content and b.spec.plane is plane)


def lines(scene: Scene, content: Content, plane: Plane) -> list[str]:
    corners = pane_corners(shown_in(scene, pane(scene, content, plane)))
    everything = (
        corners.top_left, corners.top_right, corners.bottom_left, corners.bottom_right,
    )  # fmt: skip
    return [x.text for corner in everything for x in corner if x.text]


@pytest.mark.parametrize(
    ("shown", "said"), [(2, "Time frame 3 of 3 (4–9 s)"), (Phases.MEAN, "Mean of 3 time frames")]
)
def test_the_phase_is_named_where_its_image_is_seen(shown: int, said: str) -> None:
    phases = Phases("1", "time frame", ("0–1 s", "1–4 s", "4–9 s"), shown)
    scene = scene_of(study_of(phases=phases))
    for content in (Content.PET, Content.FUSED, Content.MIP):
        plane = Plane.CORONAL if content is Content.MIP else Plane.AXIAL
        assert said in lines(scene, content, plane), content
    assert said not in lines(scene, Content.CT, Plane.AXIAL)


def test_interpolated_slices_are_marked_on_themselves_and_across() -> None:
    scene = scene_of(study_of(interpolated=(10, 12)))
    # The middle of 21 slices is number 10.
    assert "interpolated slice" in lines(scene, Content.PET, Plane.AXIAL)
    assert "interpolated slice" in lines(scene, Content.FUSED, Plane.AXIAL)
    assert "2 slices interpolated" in lines(scene, Content.PET, Plane.CORONAL)
    assert not any("interpolated" in x for x in lines(scene, Content.CT, Plane.AXIAL))
    x, y, z = scene.crosshair.pet
    scene = replace(scene, crosshair=replace(scene.crosshair, pet=(x, y, z + 4.0)))
    assert not any("interpolated" in x for x in lines(scene, Content.PET, Plane.AXIAL))
    assert "2 slices interpolated" in lines(scene, Content.PET, Plane.SAGITTAL)


def test_the_mark_is_in_the_picture_of_a_small_pane(qtbot: QtBot) -> None:
    """Nothing else differs between the two studies: the mark is what differs in the pictures."""
    plain, marked = study_of(), study_of(interpolated=(10,))
    pictures = [render_offscreen(s, size=(960, 600)) for s in (plain, marked)]
    different = np.abs(pictures[0].astype(int) - pictures[1]).max(axis=2) > 60
    scene = scene_of(marked)
    for content in (Content.PET, Content.FUSED):
        boxes = scene.boxes(960, 600)
        for box in (b for b in boxes if b.spec.content is content):
            part = different[box.y : box.y + box.height, box.x : box.x + box.width]
            assert part.any(), box.spec
            # In the lower left, beside the slice number.
            ys, xs = np.nonzero(part)
            assert ys.min() > box.height * 0.6
            assert xs.min() < box.width * 0.2


def test_a_spect_is_called_nm(qtbot: QtBot) -> None:
    scene = scene_of(study_of("NM"))
    assert "NM axial" in lines(scene, Content.PET, Plane.AXIAL)
    assert "Fused axial" in lines(scene, Content.FUSED, Plane.AXIAL)
    assert scene.pet_unit == "counts"
    assert draw_picture(SceneRenderer(), scene, 800, 600).shape == (600, 800, 3)


def test_another_phase_keeps_place_and_range_and_other_units_do_not() -> None:
    phases = Phases("1", "gate", ("", ""), 0)
    first = study_of(phases=phases)
    scene = scene_of(first)
    window = PaneWindow((0.0, 3.0), (1500.0, -600.0), scene.window.mr_range)
    place = Crosshair((4.0, 8.0, 4.0), (4.0, 8.0, 4.0))
    scene = replace(scene, window=window, crosshair=place)
    assert first.pet is not None
    other = replace(first, pet=replace(first.pet, array=first.pet.array * 2))
    assert scene.stays_with(other)
    scene = scene.with_study(other)
    assert (scene.window, scene.crosshair) == (window, place)
    assert other.pet is not None
    bqml = replace(other, pet=replace(other.pet, quantity=Quantity.BQML))
    assert scene.stays_with(bqml)
    scene = scene.with_study(bqml)
    assert scene.window.pet_range != (0.0, 3.0)
    assert scene.crosshair == place
    assert not scene.stays_with(replace(bqml, pet=replace(other.pet, series_uid="7")))
