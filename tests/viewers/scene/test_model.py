"""The panes without a widget: wishes are taken, announced, and found again in what they show."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from app.core.study.study import Study
from tests.support.heard import heard
from tests.support.places import ROOT
from viewers.make.fusion import Fusion, FusionMode
from viewers.make.slab import SlabMode
from viewers.scene.followers import comparison_of
from viewers.scene.model import SceneModel
from viewers.scene.wishes.tools import Tool
from viewers.space.geometry import Plane
from viewers.space.layouts import Content

HEAVY = ("vtkmodules", "PySide6", "torch", "pydicom", "scipy.ndimage", "scipy.sparse")


@pytest.fixture
def model(study: Study) -> SceneModel:
    made = SceneModel()
    made.set_study(study)
    return made


def test_it_is_made_without_any_heavy_library() -> None:
    code = (
        "import sys; from viewers.scene.model import SceneModel; SceneModel(); "
        f"print([x for x in {HEAVY!r} if x in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert run.stdout.strip() == "[]"


def test_wishes_before_a_study_are_kept(study: Study) -> None:
    model = SceneModel()
    model.display.set_fusion(Fusion(FusionMode.RISING))
    model.navigation.set_slab(SlabMode.MEAN)
    model.layouts.set_layout("single")
    model.tools.choose(Tool.RULER)
    model.set_study(study)
    assert model.study is study
    assert model.scene.fusion.mode is FusionMode.RISING
    assert model.scene.slab.mode is SlabMode.MEAN
    assert model.layouts.layout_name == "single"
    assert model.tools.tool is Tool.RULER


def test_every_wish_is_announced_once(model: SceneModel) -> None:
    cursor, moved = heard(model.navigation.cursor_changed), heard(model.navigation.moved)
    changed = heard(model.changed)
    model.navigation.set_cursor((1.0, 2.0, 3.0))
    assert (cursor, moved, changed) == ([((1.0, 2.0, 3.0),)], [()], [()])
    model.navigation.set_cursor((1.0, 2.0, 3.0))
    assert len(cursor) == len(changed) == 1
    pet, ct = heard(model.display.pet_range_changed), heard(model.display.ct_window_changed)
    model.display.set_pet_range(1.0, 9.0)
    assert (pet, ct) == ([(1.0, 9.0)], [])
    model.display.set_ct_window(0.0, 30.0)
    assert (pet, ct) == ([(1.0, 9.0)], [(1.0, 30.0)])
    slabs = heard(model.navigation.slab_changed)
    model.navigation.set_slab(SlabMode.MAXIMUM)
    assert [x.mode for (x,) in slabs] == [SlabMode.MAXIMUM]


def test_a_study_comes_back_where_it_was_left(model: SceneModel, study: Study) -> None:
    model.navigation.set_cursor((10.0, -6.0, 4.0))
    model.display.set_pet_range(0.0, 3.0)
    assert study.pet is not None
    other = replace(study, pet=replace(study.pet, series_uid="another"))
    shown = heard(model.study_shown)
    model.set_study(other)
    assert model.navigation.cursor_lps_mm != (10.0, -6.0, 4.0)
    model.set_study(study)
    assert model.navigation.cursor_lps_mm == (10.0, -6.0, 4.0)
    assert model.scene.window.pet_range == (0.0, 3.0)
    assert shown == [(other,), (study,)]


def test_an_unlinked_pane_is_told_when_it_becomes_active(model: SceneModel) -> None:
    model.display.unlink_window(4, True)
    model.layouts.activate(4)
    model.display.set_pet_range(0.0, 20.0)
    told = heard(model.display.pet_range_changed)
    model.layouts.activate_pane(+1)
    assert told == [(0.0, 7.0)]
    model.layouts.activate_pane(-1)
    assert told[1:] == [(0.0, 20.0)]
    assert model.scene.active == 4


def test_a_comparison_and_its_layouts(model: SceneModel, study: Study) -> None:
    offered = heard(model.layouts.layouts_changed)
    model.beside.set_comparison(replace(study))
    assert offered == [()]
    assert "compare" in model.layouts.layout_names()
    assert comparison_of(model.scene) is not None
    model.set_study(None)
    assert comparison_of(model.scene) is None
    assert model.beside.studies_beside() == ()


def test_a_series_that_does_not_fit_is_refused_with_a_reason(
    model: SceneModel, study: Study
) -> None:
    assert study.ct is not None
    mip = [x.content for x in model.scene.layout.panes].index(Content.MIP)
    assert "a CT" in str(model.beside.show_series(mip, study, study.ct))
    assert "no longer there" in str(model.beside.show_series(99, study, study.ct))


def test_cine_steps_through_the_active_pane(model: SceneModel) -> None:
    model.layouts.set_layout("single")
    model.layouts.set_pane(0, Content.CT, Plane.SAGITTAL)
    model.cine.play_slices(True)
    before = model.navigation.cursor_lps_mm
    model.cine.step()
    after = model.navigation.cursor_lps_mm
    assert after[0] > before[0]
    assert after[1:] == before[1:]
