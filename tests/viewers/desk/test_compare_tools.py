"""What is drawn, turned and swiped stays with the active study's panes; pictures keep their say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.core.study.display_units import PetUnit
from app.core.study.study import Patient, Study
from tests.support.compare_case import follower, pane, prior_of
from tests.support.hands import middle
from tests.support.heard import heard
from viewers.desk.desk import ReadingDesk
from viewers.make.fusion import Fusion, FusionMode
from viewers.make.slab import SlabMode
from viewers.paint.swipe_line import line_px
from viewers.scene.wishes.tools import Tool
from viewers.space.geometry import Plane
from viewers.space.layout_store import LayoutStore, layout_toml, with_pane
from viewers.space.layouts import Content, StudyRole, parse_layout, read_layouts

ACTIVE, COMPARISON = StudyRole.ACTIVE, StudyRole.COMPARISON


def test_only_the_active_study_is_drawn_on(compared: ReadingDesk, qtbot: QtBot) -> None:
    compared.model.tools.choose(Tool.SPHERE)
    drawn = heard(compared.model.tools.drawn)
    for role, shapes in ((COMPARISON, 0), (ACTIVE, 1)):
        box = pane(compared, Content.CT, Plane.AXIAL, role)
        qtbot.mouseClick(compared, Qt.MouseButton.LeftButton, pos=middle(box))
        assert len(drawn) == shapes


def test_slabs_and_colours_are_shared_but_swipe_and_planes_are_not(
    compared: ReadingDesk,
) -> None:
    compared.model.navigation.set_slab(SlabMode.MAXIMUM)
    compared.model.display.set_fusion(Fusion(FusionMode.SWIPE, opacity=0.3))
    compared.model.navigation.turn_active(20.0)
    other = follower(compared)
    assert other.slab == compared.scene.slab
    assert other.palettes is compared.scene.palettes
    assert other.fusion.mode is FusionMode.OPACITY
    assert other.fusion.opacity == 0.3
    below = pane(compared, Content.FUSED, Plane.AXIAL, COMPARISON)
    above = pane(compared, Content.FUSED, Plane.AXIAL, ACTIVE)
    assert line_px(compared.scene, above) is not None
    assert line_px(other, below) is None
    turned = [
        s.pane_view(pane(compared, Content.FUSED, p, r).spec, 200, 200).turn is not None
        for s, r in ((compared.scene, ACTIVE), (other, COMPARISON))
        for p in (Plane.AXIAL, Plane.CORONAL)
    ]
    assert any(turned[:2])
    assert not any(turned[2:])


def test_a_saved_layout_keeps_whose_panes_they_are(tmp_path: Path) -> None:
    layout = with_pane(read_layouts()["compare"], 4, Content.PET, Plane.CORONAL)
    assert layout.panes[4].study is COMPARISON
    again = parse_layout("compare", layout_toml(layout))
    assert again.panes == layout.panes
    kept = LayoutStore(tmp_path).save(layout, "Two dates")
    assert LayoutStore(tmp_path).layouts[kept.name].needs_comparison


@pytest.mark.usefixtures("settings_folder")
def test_a_saved_layout_of_two_studies_is_offered_with_two(
    compared: ReadingDesk,
) -> None:
    name = compared.model.layouts.save_layout("Two dates")
    assert compared.model.layouts.layout_name == name
    assert name in compared.model.layouts.layout_names()
    compared.model.beside.set_comparison(None)
    assert compared.model.layouts.layout_name == "default"
    assert name not in compared.model.layouts.layout_names()


def test_unit_and_range_come_back_with_their_study(desk: ReadingDesk, study: Study) -> None:
    jane = Patient("Doe^Jane", "4711", "F", "19700131", 70.0, 1.7)
    one = replace(study, patient=jane)
    # Nothing is known that another unit needs.
    other = replace(prior_of(study), patient=Patient("Roe^Rita", "1"))
    desk.model.set_study(one)
    desk.model.display.set_unit(PetUnit.SUL)
    desk.model.display.set_fusion(replace(desk.scene.fusion, threshold=2.5))
    desk.model.display.set_pet_range(1.0, 4.0)
    desk.model.set_study(other)
    assert desk.scene.unit.unit is None
    assert desk.scene.fusion.threshold == 0.0
    desk.model.set_study(one)
    assert desk.scene.unit.unit is PetUnit.SUL
    assert desk.scene.fusion.threshold == 2.5
    assert desk.scene.window.pet_range == (1.0, 4.0)
