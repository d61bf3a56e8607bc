"""The panes without a widget: wishes are taken, announced, and found again in what they show."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from app.core.study.study import Study
from tests.support.heard import heard
from tests.support.places import ROOT
from viewers.make.fusion import Fusion, FusionMode
from viewers.make.slab import SlabMode
from viewers.scene.model import SceneModel
from viewers.scene.wishes.tools import Tool

HEAVY = ("vtkmodules", "PySide6", "torch", "pydicom", "scipy.ndimage", "scipy.sparse")


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
