"""Small pictures of an image for lists."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.core.study.study import Study
from tests.support.phantoms import make_grid
from viewers.film.thumbnails import thumbnail


def test_thumbnails_are_upright_and_in_proportion(study: Study) -> None:
    assert study.pet is not None
    assert study.ct is not None
    picture = thumbnail(study.pet, 40, 60)
    assert picture.shape == (60, 40)
    darkest = np.unravel_index(picture.argmin(), picture.shape)
    # The hottest ball (SUV 9) lies left of the middle and low: right and below in the picture.
    assert darkest[1] > 20
    assert darkest[0] > 30
    flipped = replace(
        study.pet,
        grid=make_grid((4.0, 5.0, 5.0), half_mm=90, flips=(0, 2), uid="7"),
        array=study.pet.array[::-1, :, ::-1],
    )
    assert np.abs(thumbnail(flipped, 40, 60).astype(int) - picture).max() <= 1
    ct = thumbnail(study.ct, 40, 60)
    assert ct[30, 20] > 100 > ct[30, 0]
