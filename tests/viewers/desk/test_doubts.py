"""Doubt stands at the number: the mark in a pane's corner, in every picture, and what it opens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.core.kit.jobs import JobContext
from app.core.space.volume import Quantity
from app.core.study.provenance import SuvScale
from app.core.study.study import SeriesInfo, Study
from tests.support.compare_case import prior_of
from tests.support.hands import hover, middle
from tests.support.heard import heard
from tests.support.phantoms import derived_pet
from viewers.desk.desk import ReadingDesk
from viewers.film.filming import (
    Film,
    Motion,
    desk_picture,
    film_frames,
    frozen,
    without_text,
)
from viewers.film.offscreen import draw_picture
from viewers.make.mip import compute_mip_frames
from viewers.make.mip_frames import MipFrames
from viewers.paint.bands import DOUBT_GROUND, doubt_mark
from viewers.paint.renderer import SceneRenderer
from viewers.scene.empty import why_empty
from viewers.scene.followers import scene_of
from viewers.scene.scene import PaneBox, Scene
from viewers.scene.shown import shown_in
from viewers.scene.values import MapKind
from viewers.space.geometry import Plane
from viewers.space.layouts import Content, read_layouts

Picture = npt.NDArray[np.uint8]
SAID = "RadionuclideTotalDose 370 is taken as MBq."
SHOWS_PET = (Content.PET, Content.FUSED, Content.MIP)


def doubtful(study: Study, *said: str, series: tuple[str, ...] = ()) -> Study:
    assert study.pet is not None
    scale, uid = SuvScale("SUVbw", 1.0, warnings=said), study.pet.series_uid
    info = SeriesInfo(uid, "1", "PT", "PET", 40, "PET AC", suv=scale, warnings=series)
    return replace(study, suv=scale, series=(info,))


def ground(picture: Picture) -> npt.NDArray[np.bool_]:
    close: npt.NDArray[np.bool_] = np.abs(picture.astype(int) - DOUBT_GROUND).max(axis=2) <= 2
    return close


def tile(picture: Picture, box: PaneBox, scale: float = 1.0) -> Picture:
    x, y, w, h = (round(v * scale) for v in (box.x, box.y, box.width, box.height))
    return picture[y : y + h, x : x + w]


def drawn(scene: Scene, size: tuple[int, int], scale: float = 1.0) -> dict[Content, int]:
    """Draw a scene; count the pixels of the mark's ground in the worst pane of each content."""
    picture = desk_picture(scene, *size, scale)
    found: dict[Content, int] = {}
    for box in scene.boxes(*size):
        if why_empty(scene_of(scene, box), box.spec.content) is not None:
            continue
        count = int(ground(tile(picture, box, scale)).sum())
        found[box.spec.content] = min(count, found.get(box.spec.content, count))
    return found


@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize("size", [(640, 480), (1280, 800), (1920, 1080)])
def test_every_pane_of_the_pet_has_the_mark_and_no_other(
    study: Study, frames: MipFrames, qtbot: QtBot, size: tuple[int, int], scale: float
) -> None:
    scene = replace(Scene(read_layouts()["default"]).with_study(doubtful(study, SAID)), mip=frames)
    for content, count in drawn(scene, size, scale).items():
        assert (count > 150 * scale**2) is (content in SHOWS_PET), (content, count)
    sure = replace(Scene(read_layouts()["default"]).with_study(doubtful(study)), mip=frames)
    assert not any(drawn(sure, size, scale).values())


@pytest.mark.parametrize("layout", sorted(read_layouts()))
def test_no_layout_is_without_it(
    study: Study, frames: MipFrames, qtbot: QtBot, layout: str
) -> None:
    scene = replace(Scene(read_layouts()[layout]).with_study(doubtful(study, SAID)), mip=frames)
    for content, count in drawn(scene, (900, 600)).items():
        if content in SHOWS_PET:
            assert count > 150, content


def test_the_picture_of_a_pane_is_another_when_a_doubt_comes(study: Study, qtbot: QtBot) -> None:
    sure = Scene(read_layouts()["default"]).with_study(doubtful(study))
    doubts = Scene(read_layouts()["default"]).with_study(doubtful(study, SAID))
    box = next(b for b in sure.boxes(900, 600) if b.spec.content is Content.PET)
    assert shown_in(sure, box) != shown_in(doubts, box)
    renderer = SceneRenderer()
    assert not ground(draw_picture(renderer, sure, 900, 600)).any()
    assert ground(draw_picture(renderer, doubts, 900, 600)).any()
    assert not ground(draw_picture(renderer, sure, 900, 600)).any()
    assert not renderer.doubt_at(box, box.x + 12, box.y + 40)


def test_what_is_said_of_the_series_counts_and_what_is_said_of_phases_does_not(
    study: Study,
) -> None:
    assert doubtful(study, series=("One image is missing.",)).suv_doubts
    assert not doubtful(study).suv_doubts
    both = doubtful(study, SAID, series=("One image is missing.", SAID))
    assert both.suv_doubts == (SAID, "One image is missing.")


@pytest.mark.parametrize("quantity", [Quantity.BQML, Quantity.COUNTS])
def test_without_suv_the_unit_is_in_the_mark(study: Study, quantity: Quantity) -> None:
    assert study.pet is not None
    pet = replace(study.pet, quantity=quantity)
    scale = SuvScale(None, why="The dose is missing.", missing=("RadionuclideTotalDose",))
    scene = Scene(read_layouts()["default"]).with_study(replace(study, pet=pet, suv=scale))
    mark = doubt_mark(scene, Content.PET)
    assert mark is not None
    assert (mark.word, mark.title) == ("No SUV", str(quantity))
    assert doubt_mark(scene, Content.CT) is None


def test_a_derived_pet_and_its_maps_have_it(study: Study) -> None:
    scene = Scene(read_layouts()["default"]).with_study(doubtful(study, SAID))
    made = replace(scene.made.with_image(derived_pet(study)), stands_in=True)
    for state in (made, replace(made, shown_map=MapKind.DIFFERENCE)):
        assert doubt_mark(replace(scene, made=state), Content.PET) is not None
    for content in (Content.DERIVED, Content.ORIGINAL, Content.DIFFERENCE):
        assert doubt_mark(replace(scene, made=made), content) is not None


def test_it_stays_in_pictures_and_movies_without_words_of_a_person(
    study: Study, frames: MipFrames, qtbot: QtBot
) -> None:
    for doubted in (doubtful(study, SAID), doubtful(study, series=("One image is missing.",))):
        unnamed = without_text(doubted)
        assert unnamed is not None
        assert unnamed.suv_doubts == doubted.suv_doubts
        scene = replace(Scene(read_layouts()["default"]).with_study(doubted), mip=frames)
        plain = frozen(scene, patient_text=False)
        assert drawn(plain, (900, 600))[Content.PET] > 150
        film = Film(Content.MIP, Plane.CORONAL, Motion.TURN, 200)
        assert ground(next(film_frames(plain, film, JobContext()))).sum() > 150


def at_the_mark(desk: ReadingDesk, box: PaneBox) -> QPoint:
    rows, columns = np.nonzero(ground(tile(desk.snapshot(), box)))
    return QPoint(box.x + int(np.median(columns)), box.y + int(np.median(rows)))


@pytest.mark.parametrize("content", SHOWS_PET)
def test_a_click_on_it_tells_and_does_nothing_else(
    make_desk: Any, study: Study, frames: MipFrames, qtbot: QtBot, content: Content
) -> None:
    doubted = doubtful(study, SAID)
    desk = make_desk(doubted, frames)
    box = next(b for b in desk.boxes() if b.spec.content is content)
    place, clicks = at_the_mark(desk, box), heard(desk.model.doubt_clicked)
    before = desk.scene.crosshair
    hover(desk, place)
    assert desk.cursor().shape() is Qt.CursorShape.PointingHandCursor
    qtbot.mouseClick(desk, Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(desk, Qt.MouseButton.LeftButton, pos=place)
    assert clicks
    assert clicks[0][0] is doubted
    assert desk.scene.crosshair == before
    assert desk.scene.maximised is None
    clicks.clear()
    hover(desk, middle(box))
    assert desk.cursor().shape() is not Qt.CursorShape.PointingHandCursor
    qtbot.mouseClick(desk, Qt.MouseButton.LeftButton, pos=middle(box))
    assert not clicks


def test_a_comparison_has_its_own(
    make_desk: Any, study: Study, frames: MipFrames, qtbot: QtBot
) -> None:
    prior = doubtful(prior_of(study), SAID)
    desk = make_desk(doubtful(study), frames)
    desk.model.beside.set_comparison(prior, "OTHER PATIENT\nDoe")
    assert prior.pet is not None
    desk.model.beside.set_comparison_mip(compute_mip_frames(prior.pet))
    desk.model.layouts.set_layout("compare")
    picture = desk.snapshot()
    marked = [b for b in desk.boxes() if ground(tile(picture, b)).sum() > 150]
    assert marked
    assert all(str(b.spec.study) == "comparison" for b in marked)
    clicks = heard(desk.model.doubt_clicked)
    qtbot.mouseClick(desk, Qt.MouseButton.LeftButton, pos=at_the_mark(desk, marked[0]))
    assert clicks[0][0] is prior


def test_no_line_crosses_the_mark_out(study: Study, frames: MipFrames, qtbot: QtBot) -> None:
    scene = replace(Scene(read_layouts()["default"]).with_study(doubtful(study, SAID)), mip=frames)
    crossed, plain = (
        draw_picture(SceneRenderer(crosshair=x), scene, 640, 480) for x in (True, False)
    )
    assert (crossed != plain).any()
    for box in scene.boxes(640, 480):
        mark = ground(tile(plain, box))
        rows, columns = np.nonzero(mark)
        if not len(rows):
            continue
        within = (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
        assert (tile(crossed, box)[within] == tile(plain, box)[within]).all()
