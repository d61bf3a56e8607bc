"""Pictures and movies of a scene: for files and the clipboard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from app.core.kit.jobs import JobContext
from app.core.space.volume import Volume
from app.core.study.provenance import SuvScale
from app.core.study.study import Patient, Study
from viewers.film.offscreen import draw_picture
from viewers.paint.renderer import SceneRenderer
from viewers.scene.empty import why_empty
from viewers.scene.followers import COMPARISON, FollowerScene
from viewers.scene.scene import PaneBox, Scene
from viewers.space.geometry import Plane, nearest_array_axis, scroll
from viewers.space.layouts import Content, Layout, PaneSpec

Pixels = npt.NDArray[np.uint8]

#: Writing is as large as on a pane of this height; taller movies magnify it.
USUAL_HEIGHT_PX = 720
#: A movie is at least this and at most that many times as wide as high.
NARROWEST, WIDEST = 0.45, 1.8


class Motion(StrEnum):
    """How a movie moves."""

    TURN = "turn"
    SCROLL = "scroll"


@dataclass(frozen=True)
class Film:
    """What a movie shows: one pane that turns once, or is scrolled from end to end.

    Parameters
    ----------
    content, plane
        The pane.
    motion
        A MIP or 3D pane turns, slices scroll.
    height_px
        Height of a picture; the width follows from what the pane shows.
    """

    content: Content
    plane: Plane
    motion: Motion
    height_px: int = USUAL_HEIGHT_PX


def frozen(scene: Scene, *, patient_text: bool) -> Scene:
    """Return a scene as a picture of it is drawn: finely, with no pane marked as active.

    Without ``patient_text`` it does not hold name, id, dates and series descriptions (free
    text, which may repeat them) at all: nothing that draws it could write them.
    """
    study = scene.study if patient_text else without_text(scene.study)
    made = replace(
        scene, study=study, opened=study, surface=replace(scene.surface, moving=False), active=None
    )
    followers = {
        key: _unmarked_follower(x, scene, made, patient_text=patient_text)
        for key, x in scene.followers.items()
        if isinstance(x, FollowerScene)
    }
    return replace(made, followers=followers)


def _unmarked_follower(
    follower: FollowerScene, live: Scene, main: Scene, *, patient_text: bool
) -> FollowerScene:
    """Return the scene of another study that follows the given main one."""
    same = follower.origin is live.study
    origin = follower.origin if patient_text else without_text(follower.origin)
    # The name stands on the second line of the band; what it warns of is said without it too.
    mark = follower.patient_mark if patient_text else follower.patient_mark.partition("\n")[0]
    study = follower.study if patient_text else without_text(follower.study)
    return replace(
        follower,
        study=study,
        opened=study,
        origin=main.study if same else origin,
        patient_mark=mark,
        active=None,
    )


def without_text(study: Study | None) -> Study | None:
    """Return the study without words of a person, with the same images.

    What is in doubt is still marked: it is in no words of a person.
    """
    if study is None:
        return None
    return replace(
        study,
        suv=_with_doubts(study),
        patient=Patient(),
        description="",
        date="",
        series=(),
        warnings=(),
        refused=(),
        source="",
        pet=_unnamed(study.pet),
        ct=_unnamed(study.ct),
        mr=_unnamed(study.mr),
        others=_all_unnamed(study.others),
    )


def _with_doubts(study: Study) -> SuvScale | None:
    """Return the SUV with all that is in doubt: what the series say goes with the series."""
    scale = study.pet_suv
    if scale is None:
        return SuvScale("", warnings=study.suv_doubts) if study.suv_doubts else None
    said = tuple(x for x in study.suv_doubts if x != scale.why)
    return replace(scale, warnings=said)


def _unnamed(volume: Volume | None) -> Volume | None:
    return None if volume is None else replace(volume, description="")


def _all_unnamed(volumes: Mapping[str, Volume]) -> dict[str, Volume]:
    return {key: replace(volume, description="") for key, volume in volumes.items()}


def desk_picture(scene: Scene, width: int, height: int, scale: float) -> Pixels:
    """Draw a whole scene: uint8 [rows, columns, 3]."""
    renderer = SceneRenderer()
    try:
        return draw_picture(renderer, scene, width, height, scale)
    finally:
        renderer.close()


def pane_picture(scene: Scene, box: PaneBox, scale: float) -> Pixels:
    """Draw one pane of a scene as large as it is on the desk."""
    # It is the first pane there; what it shows by its number goes with it.
    own = scene.own_windows.get(box.number)
    alone = replace(
        scene,
        layout=_alone(box.spec),
        maximised=None,
        own_windows={} if own is None else {0: own},
        followers={
            0 if n == box.number else n: x
            for n, x in scene.followers.items()
            if n in (box.number, COMPARISON)
        },
    )
    return desk_picture(alone, box.width, box.height, scale)


def _alone(spec: PaneSpec) -> Layout:
    pane = PaneSpec(spec.content, spec.plane, 0, 0, study=spec.study)
    return Layout("alone", "", 0, (1.0,), (1.0,), (pane,))


def films_of(scene: Scene) -> tuple[Film, ...]:
    """Movies of the active study that can be made now: MIP and 3D, then slices of the layout."""
    found: list[Film] = []
    turning = PaneSpec(Content.MIP, Plane.CORONAL, 0, 0)
    solid = replace(turning, content=Content.SURFACE)
    for spec in (turning, solid, *scene.layout.panes):
        motion = Motion.TURN if spec.content in (turning.content, solid.content) else Motion.SCROLL
        film = Film(spec.content, spec.plane, motion)
        if film not in found and scene.study and why_empty(scene, spec.content) is None:
            found.append(film)
    return tuple(found)


def frame_count(scene: Scene, film: Film) -> int:
    """Count the pictures of a movie: every frame of a turn, every native slice."""
    if film.motion is Motion.TURN:
        return 36 if scene.mip is None else scene.mip.count
    grid = scene.grid_of(film.content)
    if grid is None:
        return 0
    return grid.shape_kji[nearest_array_axis(grid, film.plane.normal_axis)]


def film_size(scene: Scene, film: Film) -> tuple[int, int]:
    """Width and height in pixels, both even (a video codec's wish)."""
    height = film.height_px // 2 * 2
    spec = PaneSpec(film.content, film.plane, 0, 0)
    # Nothing is nearly as fitting as a square of one pixel a side: the view states its size in mm.
    fit = [scene.pane_view(spec, *x).mm_per_px for x in ((1, 10**6), (10**6, 1))]
    ratio = min(max(fit[0] / fit[1], NARROWEST), WIDEST)
    return round(height * ratio / 2) * 2, height


def film_frames(scene: Scene, film: Film, context: JobContext) -> Iterator[Pixels]:
    """Draw the pictures of a movie one by one: uint8 [rows, columns, 3] each.

    It may run on any one thread.
    """
    width, height = film_size(scene, film)
    scale = max(1.0, height / USUAL_HEIGHT_PX)
    spec = PaneSpec(film.content, film.plane, 0, 0)
    scene = replace(scene, layout=_alone(spec), maximised=None, own_windows={}, followers={})
    count = frame_count(scene, film)
    renderer = SceneRenderer(crosshair=False)
    try:
        for n in range(count):
            context.check()
            size = round(width / scale), round(height / scale)
            picture = draw_picture(renderer, _placed(scene, film, n, count), *size, scale)
            yield _exactly(picture, width, height)
    finally:
        renderer.close()


def _placed(scene: Scene, film: Film, number: int, count: int) -> Scene:
    """Return the scene of one picture of a movie."""
    if film.motion is Motion.TURN:
        degrees = 0.0 if scene.mip is not None else 360.0 * number / count
        surface = replace(scene.surface, turn_degrees=degrees)
        return replace(scene, mip_number=number, surface=surface)
    grid = scene.grid_of(film.content)
    assert grid is not None
    point, space = scene.position(film.content), scene.space(film.content)
    # From the feet up, from the front to the back, from right to left: first to the end.
    start = scroll(grid, film.plane, point, -count)
    moved = scroll(grid, film.plane, start, number)
    return replace(scene, crosshair=scene.crosshair.moved(space, moved, aligned=True))


def _exactly(picture: Pixels, width: int, height: int) -> Pixels:
    """Cut or pad what rounding of the scale has left."""
    rows, columns = min(picture.shape[0], height), min(picture.shape[1], width)
    if (rows, columns) == (height, width) == picture.shape[:2]:
        return picture
    exact = np.zeros((height, width, 3), dtype=np.uint8)
    exact[:rows, :columns] = picture[:rows, :columns]
    return exact
