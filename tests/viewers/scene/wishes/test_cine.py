"""Slices that scroll by themselves: which pane's, which way, and what comes after the last."""

from __future__ import annotations

import itertools

from tests.support.heard import heard
from viewers.scene.model import SceneModel
from viewers.space.geometry import Plane, slice_number
from viewers.space.layouts import Content


def test_cine_steps_through_the_active_pane(model: SceneModel) -> None:
    model.layouts.set_layout("single")
    model.layouts.set_pane(0, Content.CT, Plane.SAGITTAL)
    model.cine.play_slices(True)
    before = model.navigation.cursor_lps_mm
    model.cine.step()
    after = model.navigation.cursor_lps_mm
    assert after[0] > before[0]
    assert after[1:] == before[1:]


def test_cine_begins_again_after_the_last_slice(model: SceneModel) -> None:
    grid = model.scene.grid_of(Content.CT)
    assert grid is not None
    model.cine.play_slices(True)
    count = slice_number(grid, Plane.AXIAL, model.navigation.cursor_lps_mm)[1]
    seen = []
    for _ in range(count + 1):
        model.cine.step()
        seen.append(slice_number(grid, Plane.AXIAL, model.navigation.cursor_lps_mm)[0])
    model.cine.stop()
    assert sorted(set(seen)) == list(range(count))
    jumps = [b - a for a, b in itertools.pairwise(seen) if b - a != -1]
    assert jumps == [count - 1]


def test_nothing_plays_without_a_study() -> None:
    model = SceneModel()
    told = heard(model.cine.slices_playing)
    model.cine.play_slices(True)
    assert told == [(False,)]
    assert not model.cine.plays_slices
