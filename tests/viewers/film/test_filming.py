"""Pictures and movies of a scene: what is in them, and what never is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.core.kit.errors import JobCancelled
from app.core.kit.jobs import JobContext
from app.core.study.study import Patient, Study
from tests.support.compare_case import pane, prior_of
from tests.support.hands import Maker
from viewers.desk.desk import ReadingDesk
from viewers.film.filming import (
    Film,
    Motion,
    desk_picture,
    film_frames,
    film_size,
    films_of,
    frame_count,
    frozen,
    pane_picture,
)
from viewers.make.mip_frames import MipFrames
from viewers.scene.followers import comparison_of
from viewers.space.geometry import Plane
from viewers.space.layouts import Content, StudyRole

ACTIVE, COMPARISON = StudyRole.ACTIVE, StudyRole.COMPARISON


def test_a_picture_without_patient_text_has_none_of_the_other_study(
    make_desk: Maker, study: Study, frames: MipFrames
) -> None:
    """The same picture comes of two patients: nothing of either can be in it."""
    pixels = []
    for name, day in (("Roe^Rita", "20250102"), ("Smith^Alexandra", "20231224")):
        desk = make_desk(study, frames)
        prior = replace(prior_of(study), patient=Patient(name, name[:2]), date=day)
        desk.model.beside.set_comparison(prior, f"OTHER PATIENT\n{name}")
        desk.model.layouts.set_layout("compare")
        scene = frozen(desk.scene, patient_text=False)
        kept = comparison_of(scene)
        assert kept is not None
        assert kept.main is scene
        assert kept.patient_mark == "OTHER PATIENT"
        assert kept.study is not None
        assert kept.study.patient == Patient()
        pixels.append(desk_picture(scene, 900, 600, 1.0))
        named = desk_picture(frozen(desk.scene, patient_text=True), 900, 600, 1.0)
        assert not np.array_equal(named, pixels[-1])
    one, other = pixels
    assert np.array_equal(one, other)


def test_a_picture_of_one_pane_shows_its_own_study(compared: ReadingDesk) -> None:
    scene = frozen(compared.scene, patient_text=True)
    above, below = (pane(compared, Content.CT, Plane.AXIAL, x) for x in (ACTIVE, COMPARISON))
    whole = desk_picture(scene, compared.width(), compared.height(), 1.0)
    for box in (above, below):
        alone = pane_picture(scene, box, 1.0)
        part = whole[box.y : box.y + box.height, box.x : box.x + box.width]
        # The middle: writing is as large as on the lowest pane of the desk.
        inner = np.s_[box.height // 3 : -box.height // 3, box.width // 3 : -box.width // 3]
        assert np.abs(alone[inner].astype(int) - part[inner]).mean() < 2.0


def test_what_turns_and_what_scrolls_is_offered_once(desk: ReadingDesk) -> None:
    desk.model.layouts.set_layout("default")
    films = films_of(desk.scene)
    assert len(set(films)) == len(films)
    assert {x.content for x in films if x.motion is Motion.TURN} == {Content.MIP}
    scrolled = {(x.content, x.plane) for x in films if x.motion is Motion.SCROLL}
    shown = {(x.content, x.plane) for x in desk.scene.layout.panes if x.content.is_slice}
    assert scrolled == shown
    desk.model.set_study(None)
    assert films_of(desk.scene) == ()


@pytest.mark.parametrize(
    ("content", "plane", "motion"),
    [
        (Content.PET, Plane.CORONAL, Motion.SCROLL),
        (Content.CT, Plane.AXIAL, Motion.SCROLL),
        (Content.MIP, Plane.CORONAL, Motion.TURN),
    ],
)
def test_a_movie_shows_every_slice_or_frame_once(
    desk: ReadingDesk, frames: MipFrames, content: Content, plane: Plane, motion: Motion
) -> None:
    desk.model.navigation.set_cursor((30.0, 35.0, 60.0))
    scene, before = frozen(desk.scene, patient_text=False), desk.scene
    film = Film(content, plane, motion, 201)
    grid = scene.grid_of(content)
    assert grid is not None
    native = {Plane.CORONAL: 1, Plane.AXIAL: 0}[plane]
    count = frames.count if motion is Motion.TURN else grid.shape_kji[native]
    assert frame_count(scene, film) == count
    width, height = film_size(scene, film)
    # Video codecs wish for even numbers.
    assert height == 200
    assert width % 2 == 0
    pictures = list(film_frames(scene, film, JobContext()))
    assert {x.shape for x in pictures} == {(height, width, 3)}
    # The writing counts the slices, and the body looks different from every side.
    assert len({x.tobytes() for x in pictures}) == len(pictures) == count
    assert desk.scene is before


def test_a_movie_stops_where_its_job_is_cancelled(desk: ReadingDesk) -> None:
    context = JobContext()
    film = Film(Content.CT, Plane.AXIAL, Motion.SCROLL, 100)
    pictures = film_frames(frozen(desk.scene, patient_text=False), film, context)
    next(pictures)
    context.cancel()
    with pytest.raises(JobCancelled):
        next(pictures)
