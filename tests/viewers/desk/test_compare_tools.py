"""What is drawn, turned and swiped stays with the active study's panes; pictures keep their say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.core.study.display_units import PetUnit
from app.core.study.study import Patient, Study
from tests.support.compare_case import follower, pane, prior_of
from tests.support.hands import Maker, middle
from tests.support.heard import heard
from viewers.desk.desk import ReadingDesk
from viewers.film.filming import desk_picture, frozen, pane_picture
from viewers.make.fusion import Fusion, FusionMode
from viewers.make.mip_frames import MipFrames
from viewers.make.slab import SlabMode
from viewers.paint.swipe_line import line_px
from viewers.scene.followers import comparison_of
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


def test_a_pane_of_the_comparison_has_no_window_of_its_own(
    compared: ReadingDesk,
) -> None:
    below = pane(compared, Content.CT, Plane.AXIAL, COMPARISON)
    compared.model.display.unlink_window(below.number, True)
    assert compared.scene.own_windows == {}
    above = pane(compared, Content.CT, Plane.AXIAL, ACTIVE)
    compared.model.display.unlink_window(above.number, True)
    assert list(compared.scene.own_windows) == [above.number]


def test_links_hold_where_an_image_is_moved(compared: ReadingDesk, study: Study) -> None:
    compared.model.beside.link_here()
    link = compared.model.beside.link
    moved = replace(study)
    compared.model.replace_study(moved)
    prior = follower(compared).origin
    assert prior is not None
    compared.model.set_study(moved)
    assert comparison_of(compared.scene) is None
    compared.model.beside.set_comparison(prior)
    assert compared.model.beside.link == link


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
