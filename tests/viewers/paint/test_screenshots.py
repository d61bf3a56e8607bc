"""Pictures against kept references, tile by tile. Renew them with `make_references.py`."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.support.make_references import PICTURES
from tests.support.offscreen import render_offscreen
from tests.support.phantoms import smooth_study, without_voxels
from tests.support.picture_compare import MOST, assert_same, read_png, worst_tile
from tests.support.places import REFERENCES


@pytest.mark.parametrize("name", list(PICTURES))
def test_picture_is_the_reference(name: str, qtbot: QtBot) -> None:
    assert_same(PICTURES[name](), read_png(REFERENCES / f"{name}.png"))


def test_five_pixels_of_a_lesion_do_not_go_unnoticed(qtbot: QtBot) -> None:
    """A lesion of five display pixels in one pane of ten is missed by no comparison."""
    study = smooth_study()
    assert study.pet is not None
    k, j, i = study.pet.grid.nearest_index_kji((0.0, -20.0, 0.0)) or (0, 0, 0)
    small = without_voxels(study, np.s_[k : k + 1, j : j + 1, i : i + 1], 5.5)
    at = tuple(float(x) for x in study.pet.grid.points_lps_mm((k, j, i)))
    pictures = [
        render_offscreen(s, size=(480, 360), writing=False, cursor_lps_mm=(at[0], at[1], at[2]))
        for s in (study, small)
    ]
    changed = np.abs(pictures[0].astype(int) - pictures[1]).max(axis=2) > 100
    # The premise: in no pane does the lesion darken more than a few pixels.
    axial_pet = changed[:120, 120:240]
    assert 1 <= axial_pet.sum() <= 5
    with pytest.raises(AssertionError, match="tile"):
        assert_same(pictures[1], pictures[0])
    only_pane = [p[:119, 121:239] for p in pictures]
    assert worst_tile(*only_pane)[0] > MOST


def test_equal_pictures_pass_and_sizes_matter(qtbot: QtBot) -> None:
    picture = render_offscreen(smooth_study(), size=(480, 360), writing=False)
    assert_same(picture, picture.copy())
    with pytest.raises(AssertionError):
        assert_same(picture, picture[:, 1:])
