"""A body on two days, and which pane of a desk shows which of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.study import Study
from tests.support.phantoms import make_grid
from viewers.desk.desk import ReadingDesk
from viewers.scene.followers import FollowerScene, comparison_of
from viewers.scene.model import SceneModel
from viewers.scene.scene import PaneBox
from viewers.space.geometry import Plane
from viewers.space.layouts import Content, StudyRole

#: The prior lies this much higher and to the left, in another frame of reference.
MOVED_MM = (12.0, -7.0, 40.0)


def moved(image: Volume | None, by_mm: tuple[float, float, float], frame: str) -> Volume:
    """Return an image at another place in another frame of reference."""
    assert image is not None
    affine = np.array(image.grid.affine_lps_mm)
    affine[:3, 3] += by_mm
    grid = ImageGrid(image.grid.shape_kji, affine, frame)
    return replace(image, grid=grid, series_uid=f"{image.series_uid}.p")


def prior_of(study: Study, by_mm: tuple[float, float, float] = MOVED_MM, frame: str = "8") -> Study:
    """Return the same body on another day, on a table that stands elsewhere."""
    pet, ct = (moved(x, by_mm, frame) for x in (study.pet, study.ct))
    return replace(study, date="20250102", pet=pet, ct=ct)


def pane(desk: ReadingDesk, content: Content, plane: Plane, role: StudyRole) -> PaneBox:
    boxes = desk.scene.boxes(desk.width(), desk.height())
    wanted = (content, plane, role)
    return next(b for b in boxes if (b.spec.content, b.spec.plane, b.spec.study) == wanted)


def follower(shown: ReadingDesk | SceneModel) -> FollowerScene:
    found = comparison_of(shown.scene)
    assert found is not None
    return found


def lung(study: Study, frame: str | None = "7") -> Volume:
    """Return a further CT series of a study."""
    assert study.ct is not None
    grid = make_grid((4.0, 2.0, 2.0), half_mm=60, uid=frame)
    array = np.full(grid.shape_kji, 700, np.int16)
    return Volume(grid, array, Quantity.HU, "9.5", "Lung kernel")
