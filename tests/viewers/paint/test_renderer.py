"""The renderer keeps what it drew, and draws anew exactly what is seen otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.core.space.volume import Volume
from app.core.study.display_units import PetUnit
from app.core.study.placement import preview_study, start_alignment
from app.core.study.study import Patient, Study
from tests.support.drawn import watch_pictures
from tests.support.hands import HOT_B, Maker, box_of
from tests.support.phantoms import (
    derived_pet,
    synthetic_ct,
    two_lesions,
    with_deviation,
)
from viewers.colour.palette_files import own_colour_maps
from viewers.desk.desk import ReadingDesk
from viewers.film.offscreen import draw_picture
from viewers.make.difference import difference_of
from viewers.make.fusion import Fusion, FusionMode
from viewers.make.mip_frames import MipFrames
from viewers.make.slab import SlabMode
from viewers.paint.pictures import PictureMaker
from viewers.paint.renderer import SceneRenderer
from viewers.scene.model import SceneModel
from viewers.scene.values import MapKind
from viewers.space.geometry import Plane
from viewers.space.layouts import Content

SIZE = (960, 720)
Wish = Callable[[SceneModel, Study], object]


@pytest.fixture
def whole(study: Study) -> Study:
    """Return the study with a patient of whom every unit is known."""
    return replace(study, patient=Patient("Doe^Jane", "4711", "M", "", 75.0, 1.85))


@pytest.fixture
def model(whole: Study, frames: MipFrames) -> SceneModel:
    made = SceneModel()
    made.set_study(whole)
    made.navigation.set_mip_frames(frames)
    made.overlays.set_segmentation(two_lesions(whole), {"a": (255, 0, 0), "b": (0, 255, 0)})
    made.navigation.set_cursor(HOT_B)
    return made


def _uniform(study: Study, value: float) -> Volume:
    assert study.pet is not None
    return replace(study.pet, array=np.full_like(study.pet.array, value))


def _show_difference(model: SceneModel, study: Study) -> None:
    image = derived_pet(study)
    assert study.pet is not None
    model.overlays.set_derived(image)
    model.overlays.set_difference_map(difference_of(study.pet, image.volume))
    model.overlays.show_map(MapKind.DIFFERENCE)


def _show_deviation(model: SceneModel, study: Study) -> None:
    model.overlays.set_derived(with_deviation(derived_pet(study)))
    model.overlays.show_map(MapKind.DEVIATION)


def _show(model: SceneModel, study: Study, kind: str) -> None:
    image = synthetic_ct(study) if kind == "ct" else derived_pet(study)
    model.overlays.set_derived(image)
    model.overlays.show_derived(True)


def _own_window(model: SceneModel, _study: Study) -> None:
    model.layouts.activate(1)
    model.display.unlink_window(1, True)
    model.display.set_pet_range(1.0, 3.0)


#: One of every kind of thing that is seen on a pane.
WISHES: dict[str, Wish] = {
    "unit": lambda m, _: m.display.set_unit(PetUnit.SUL),
    "PET range": lambda m, _: m.display.set_pet_range(1.0, 3.0),
    "CT window": lambda m, _: m.display.set_ct_window(1500.0, -600.0),
    "window of one pane": _own_window,
    "palettes": lambda m, _: m.display.set_palettes(
        replace(m.scene.palettes, fused=own_colour_maps()["green"], mip=own_colour_maps()["grey"])
    ),
    "fusion": lambda m, _: m.display.set_fusion(Fusion(FusionMode.CHECKERBOARD, 0.7, 1.0)),
    "slab": lambda m, _: m.navigation.set_slab(SlabMode.MAXIMUM),
    "crosshair": lambda m, _: m.navigation.set_cursor((1.0, -9.0, 12.0)),
    "oblique planes": lambda m, _: m.navigation.turn_active(20.0),
    "zoom": lambda m, _: m.navigation.zoom_active(2.0),
    "MIP": lambda m, _: m.navigation.turn_mip(5),
    "no outlines": lambda m, _: m.overlays.set_segmentation(None, {}),
    "colours": lambda m, s: m.overlays.set_segmentation(two_lesions(s), {"a": (0, 0, 255)}),
    "chosen lesion": lambda m, _: m.overlays.set_selected("b"),
    "rims": lambda m, s: m.overlays.set_uncertainty(_uniform(s, 0.9)),
    "hidden": lambda m, _: m.overlays.hide_overlays(True),
    "derived PET": lambda m, s: _show(m, s, "pet"),
    "derived CT": lambda m, s: _show(m, s, "ct"),
    "difference": _show_difference,
    "deviation": _show_deviation,
    "placement": lambda m, s: m.replace_study(_with_ct_elsewhere(s)),
    "header": lambda m, s: m.set_study(replace(s, patient=Patient("Roe^Rita", "12"))),
    "comparison": lambda m, s: m.beside.set_comparison(replace(s, date="20200101")),
}


def _with_ct_elsewhere(study: Study) -> Study:
    matrix = np.eye(4)
    matrix[0, 3] = 12.0
    return preview_study(study, replace(start_alignment(study, "CT"), matrix_lps_mm=matrix))


@pytest.mark.parametrize("name", list(WISHES))
def test_what_was_drawn_before_never_stays_in_sight(
    model: SceneModel, whole: Study, qtbot: QtBot, name: str
) -> None:
    """A renderer that knows the picture before a wish shows what one without a past shows."""
    kept = SceneRenderer()
    before = draw_picture(kept, model.scene, *SIZE)
    WISHES[name](model, whole)
    after = draw_picture(kept, model.scene, *SIZE)
    assert (after != before).any(), "the wish is not seen at all: it tests nothing"
    np.testing.assert_array_equal(after, draw_picture(SceneRenderer(), model.scene, *SIZE))


@pytest.mark.parametrize(
    ("wish", "drawn"),
    [
        ("unit", {Content.PET, Content.FUSED, Content.MIP}),
        ("PET range", {Content.PET, Content.FUSED, Content.MIP}),
        ("CT window", {Content.CT, Content.FUSED}),
        ("fusion", {Content.FUSED}),
        ("slab", {Content.CT, Content.PET, Content.FUSED}),
        ("MIP", {Content.MIP}),
        ("placement", {Content.CT, Content.FUSED}),
        ("derived CT", {Content.CT, Content.FUSED}),
    ],
)
def test_only_what_is_seen_otherwise_is_drawn_anew(
    model: SceneModel,
    whole: Study,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    wish: str,
    drawn: set[Content],
) -> None:
    renderer = SceneRenderer()
    draw_picture(renderer, model.scene, *SIZE)
    made = watch_pictures(monkeypatch)
    WISHES[wish](model, whole)
    draw_picture(renderer, model.scene, *SIZE)
    assert {content for content, _ in made} == drawn
    assert len(made) == len(set(made)), "no pane is drawn twice"
    made.clear()
    draw_picture(renderer, model.scene, *SIZE)
    assert made == []


def test_a_pane_that_failed_to_draw_shows_what_is_so_afterwards(
    make_desk: Maker, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pane with a window of its own once left its scene behind in the renderer."""
    desk: ReadingDesk = make_desk(study)
    pane = box_of(desk, Content.PET, Plane.AXIAL)
    desk.model.layouts.activate(pane.number)
    desk.model.display.unlink_window(pane.number, True)
    desk.model.display.set_pet_range(0.0, 3.0)

    def fail(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(PictureMaker, "pet_index", fail)
        # Only that pane is drawn: the other ones would fail before it.
        desk.model.layouts.maximise(pane.number)
        with pytest.raises(MemoryError):
            desk.snapshot()
    desk.model.layouts.maximise(None)
    desk.model.layouts.activate(None)
    desk.model.display.set_pet_range(0.0, 15.0)
    desk.model.navigation.set_cursor(HOT_B)
    other: ReadingDesk = make_desk(study)
    other.model.layouts.activate(pane.number)
    other.model.display.unlink_window(pane.number, True)
    other.model.display.set_pet_range(0.0, 3.0)
    other.model.layouts.activate(None)
    other.model.display.set_pet_range(0.0, 15.0)
    other.model.navigation.set_cursor(HOT_B)
    np.testing.assert_array_equal(desk.snapshot(), other.snapshot())
