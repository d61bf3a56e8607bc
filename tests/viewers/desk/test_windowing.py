"""Windows of linked panes and of a pane alone; units that change no picture; tracers; probe."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.kit.errors import QuantityError
from app.core.space.volume import Quantity, Volume
from app.core.study.display_units import PetUnit, unit_factor, unit_obstacle
from app.core.study.provenance import SuvScale
from app.core.study.study import Patient, SeriesInfo, Study
from app.core.study.tracers import range_of_study, range_of_tracer, tracer_ranges
from tests.support.hands import HOT_B, Maker, box_of, drag, middle
from tests.support.heard import announced, heard, not_announced
from tests.support.phantoms import derived_pet, with_deviation
from viewers.desk.desk import ReadingDesk
from viewers.film.offscreen import draw_picture
from viewers.paint.renderer import SceneRenderer
from viewers.paint.texts import colour_bar, pane_corners
from viewers.scene.probe import Probe, probe_at
from viewers.scene.shown import shown_in
from viewers.scene.values import MapKind
from viewers.scene.windowing import stepped_upper
from viewers.space.geometry import Plane
from viewers.space.layouts import Content

RIGHT = Qt.MouseButton.RightButton


def tile(desk: ReadingDesk, content: Content, plane: Plane = Plane.AXIAL) -> np.ndarray:
    box = box_of(desk, content, plane)
    return desk.snapshot()[box.y : box.y + box.height, box.x : box.x + box.width]


# Windows


def test_a_pane_can_have_its_own_window(desk: ReadingDesk, qtbot: QtBot) -> None:
    pet = box_of(desk, Content.PET, Plane.AXIAL)
    before = {p: tile(desk, Content.PET, p) for p in Plane}
    desk.model.layouts.activate(pet.number)
    desk.model.display.unlink_window(pet.number, True)
    with announced(desk.model.display.pet_range_changed) as told:
        desk.model.display.set_pet_range(0.0, 3.0)
    assert told.args == (
        0.0,
        3.0,
    )
    assert desk.scene.window.pet_range == (0.0, 7.0)
    after = {p: tile(desk, Content.PET, p) for p in Plane}
    changed = [p for p in Plane if (after[p][40:-40] != before[p][40:-40]).any()]
    assert changed == [Plane.AXIAL]
    corner = [x.text for x in pane_corners(shown_in(desk.scene, pet)).bottom_right]
    assert "own window" in corner
    # What the linked panes use is told when one of them is made the active one.
    coronal = box_of(desk, Content.PET, Plane.CORONAL)
    with announced(desk.model.display.pet_range_changed) as told:
        qtbot.mouseClick(desk, Qt.MouseButton.MiddleButton, pos=middle(coronal))
    assert told.args == (
        0.0,
        7.0,
    )
    desk.model.display.set_pet_range(0.0, 5.0)
    assert desk.scene.own_windows[pet.number].pet_range == (0.0, 3.0)
    desk.model.display.unlink_window(pet.number, False)
    assert desk.scene.own_windows == {}


def test_right_drag_changes_an_own_window_alone(desk: ReadingDesk, qtbot: QtBot) -> None:
    ct = box_of(desk, Content.CT, Plane.AXIAL)
    desk.model.display.unlink_window(ct.number, True)
    drag(qtbot, desk, RIGHT, middle(ct), middle(ct) + QPoint(20, 10))
    assert desk.scene.own_windows[ct.number].ct_window == (440.0, 50.0)
    assert desk.scene.window.ct_window == (400.0, 40.0)


def test_shift_right_drag_sets_the_ct_of_a_fused_pane(desk: ReadingDesk, qtbot: QtBot) -> None:
    box = box_of(desk, Content.FUSED, Plane.AXIAL)
    qtbot.mousePress(desk, RIGHT, pos=middle(box))
    event_at = middle(box) + QPoint(20, 10)
    shift = Qt.KeyboardModifier.ShiftModifier
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent

    at = QPointF(event_at)
    no = Qt.MouseButton.NoButton
    move = QMouseEvent(QEvent.Type.MouseMove, at, desk.mapToGlobal(at), no, RIGHT, shift)
    QApplication.sendEvent(desk, move)
    qtbot.mouseRelease(desk, RIGHT, pos=event_at)
    assert desk.scene.window.ct_window == (440.0, 50.0)
    assert desk.scene.window.pet_range == (0.0, 7.0)


def test_right_drag_sets_the_range_of_an_mr(make_desk: Maker, study: Study, qtbot: QtBot) -> None:
    assert study.ct is not None
    mr = replace(study.ct, array=(study.ct.array + 1000) * 3, quantity=Quantity.MR)
    desk = make_desk(replace(study, ct=None, mr=mr))
    box, before = box_of(desk, Content.CT, Plane.AXIAL), desk.scene.window.mr_range
    picture = tile(desk, Content.CT)
    drag(qtbot, desk, RIGHT, middle(box), middle(box) + QPoint(60, 0))
    assert desk.scene.window.mr_range == pytest.approx((before[0], before[1] * np.exp(0.3)))
    assert desk.scene.window.ct_window == (400.0, 40.0)
    assert (tile(desk, Content.CT) != picture).any()


def test_a_right_click_asks_for_the_menu_and_a_drag_does_not(
    desk: ReadingDesk, qtbot: QtBot
) -> None:
    box = box_of(desk, Content.PET, Plane.SAGITTAL)
    with announced(desk.model.pane_menu_wanted) as told:
        qtbot.mouseClick(desk, RIGHT, pos=middle(box))
    at = desk.mapToGlobal(middle(box))
    assert told.args == (box.number, (at.x(), at.y()))
    with not_announced(desk.model.pane_menu_wanted):
        drag(qtbot, desk, RIGHT, middle(box), middle(box) + QPoint(9, 9))
    with announced(desk.model.pane_menu_wanted) as told:
        event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(1, 1), QPoint(1, 1))
        QApplication.sendEvent(desk, event)
    assert told.args[0] == box.number


def test_another_layout_links_all_panes(desk: ReadingDesk) -> None:
    desk.model.display.unlink_window(1, True)
    desk.model.layouts.set_layout("single")
    assert desk.scene.own_windows == {}


@pytest.mark.parametrize(
    ("upper", "factor", "direction", "wanted"),
    [(7.0, 1.0, 1, 8.0), (2.0, 1.0, -1, 1.8), (1.5, 1.0, -1, 1.35), (7.0, 0.5, 1, 9.0)],
)
def test_steps_of_the_upper_bound(
    desk: ReadingDesk, upper: float, factor: float, direction: int, wanted: float
) -> None:
    scene = replace(desk.scene, unit=replace(desk.scene.unit, factor=factor))
    assert stepped_upper(scene, (0.0, upper), direction) == pytest.approx(wanted)


# Units


def with_body(study: Study, **changes: Any) -> Study:
    patient = replace(Patient("Doe^Jane", "4711", "M", "", 75.0, 1.85), **changes)
    scale = SuvScale("SUVbw", 0.0002, "rule", {"Units": "BQML"})
    return replace(study, patient=patient, suv=scale)


def test_factors_are_those_of_the_definitions(study: Study) -> None:
    whole = with_body(study)
    assert unit_factor(whole, PetUnit.SUV_BW) == 1.0
    # DEFINITIONS: Janmahasatian 60915.3359 g, Du Bois 19813.7584 cm² at 75 kg and 1.85 m.
    assert unit_factor(whole, PetUnit.SUL) == pytest.approx(60915.3359 / 75000, rel=1e-8)
    assert unit_factor(whole, PetUnit.SUV_BSA) == pytest.approx(19813.7584 / 75000, rel=1e-8)
    assert unit_factor(whole, PetUnit.BQML) == pytest.approx(5000.0)
    woman = with_body(study, sex="F")
    assert unit_factor(woman, PetUnit.SUL) == pytest.approx(49214.38 / 75000, rel=1e-8)


@pytest.mark.parametrize(
    ("changes", "unit", "said"),
    [
        ({"height_m": None}, PetUnit.SUL, "needs the patient's height"),
        ({"height_m": None}, PetUnit.SUV_BSA, "Type it in"),
        ({"weight_kg": None, "height_m": None}, PetUnit.SUL, "weight and height"),
        ({"sex": ""}, PetUnit.SUL, "needs the patient's sex"),
        ({"sex": ""}, PetUnit.SUV_BSA, ""),
    ],
)
def test_what_is_missing_is_said(
    study: Study, changes: dict[str, Any], unit: PetUnit, said: str
) -> None:
    found = unit_obstacle(with_body(study, **changes), unit)
    assert said in found
    assert bool(found) == bool(said)


def test_activity_is_not_made_up(study: Study) -> None:
    whole = with_body(study)
    assert whole.suv is not None
    of_suv = replace(whole, suv=SuvScale("SUVbw", 1.0, "GML", {"Units": "GML"}))
    assert "Bq/ml is not known" in unit_obstacle(of_suv, PetUnit.BQML)
    per_frame = replace(whole, suv=replace(whole.suv, factor=None, frame_factors=(1.0, 2.0)))
    assert "Each slice has its own factor" in unit_obstacle(per_frame, PetUnit.BQML)
    assert whole.pet is not None
    without = SuvScale(None, None, "", {"Units": "BQML"}, "No SUV: the weight is missing.")
    activity = replace(whole, pet=replace(whole.pet, quantity=Quantity.BQML), suv=without)
    assert unit_obstacle(activity, PetUnit.BQML) == ""
    assert "the weight is missing" in unit_obstacle(activity, PetUnit.SUL)
    with pytest.raises(QuantityError, match="no PET"):
        unit_factor(replace(whole, pet=None), PetUnit.SUL)


@pytest.mark.parametrize("unit", [PetUnit.SUL, PetUnit.SUV_BSA, PetUnit.BQML])
def test_another_unit_changes_the_numbers_and_not_the_picture(
    make_desk: Maker, study: Study, unit: PetUnit
) -> None:
    whole = with_body(study)
    desk = make_desk(whole)
    desk.model.navigation.set_cursor(HOT_B)
    desk.model.display.set_pet_range(1.0, 6.0)
    before = draw_picture(SceneRenderer(writing=False), desk.scene, 960, 720)
    desk.model.display.set_unit(unit)
    factor = unit_factor(whole, unit)
    after = draw_picture(SceneRenderer(writing=False), desk.scene, 960, 720)
    np.testing.assert_array_equal(after, before)
    assert desk.scene.window.pet_range == (1.0, 6.0)
    bar = colour_bar(desk.scene, Content.PET)
    assert bar is not None
    assert bar[1] == pytest.approx((factor, 6 * factor))
    assert bar[2] == str(unit)
    box = box_of(desk, Content.PET, Plane.AXIAL)
    assert pane_corners(shown_in(desk.scene, box)).bottom_right[-1].text.startswith(str(unit))
    probe = probe_at(desk.scene, Content.PET, HOT_B)
    assert probe.suv == pytest.approx(9.0 * factor)
    assert probe.unit == str(unit)
    # It stays for the next study, unless that one cannot have it.
    desk.model.set_study(with_body(study, name="x"))
    assert desk.scene.pet_unit == str(unit)
    desk.model.set_study(replace(study, suv=None))
    assert (desk.scene.pet_unit, desk.scene.unit.factor) == ("SUV", 1.0)


def test_a_derived_pet_follows_the_unit(make_desk: Maker, study: Study) -> None:
    desk = make_desk(with_body(study))
    image = with_deviation(derived_pet(study))
    desk.model.overlays.set_derived(image)
    desk.model.overlays.show_map(MapKind.DEVIATION)
    limit = desk.scene.made.limits[MapKind.DEVIATION]
    desk.model.display.set_unit(PetUnit.BQML)
    bar = colour_bar(desk.scene, Content.PET)
    assert bar is not None
    assert bar[1] == pytest.approx((0.0, 5000 * limit))
    assert bar[2] == "Bq/ml"
    probe = probe_at(desk.scene, Content.PET, HOT_B)
    value = image.volume.value_at(HOT_B)
    assert value is not None
    assert probe.derived == pytest.approx(5000 * value)
    assert probe.derived_unit == "Bq/ml"


# Tracers


@pytest.mark.parametrize(
    ("code", "name", "upper"),
    [
        ("35321007", "", 7.0),
        ("C-B1031", "", 7.0),
        ("C-B1036", "", 4.0),
        ("724025002", "something", 15.0),
        ("", "FDG -- fluorodeoxyglucose", 7.0),
        ("", "F-18 PSMA-1007", 10.0),
        ("", "Ga-68 PSMA-11", 10.0),
        ("", "68Ga-DOTATOC", 15.0),
        ("", "[18F]FET", 4.0),
        ("", "Fluciclovine F^18^", 7.0),
        ("", "Sodium fluoride F^18^", 15.0),
        ("", "18F-Florbetapir", 2.5),
        ("99999", "F18FLT", 4.0),
    ],
)
def test_ranges_by_tracer(code: str, name: str, upper: float) -> None:
    found = range_of_tracer(code, name)
    assert found is not None
    assert found.upper == upper
    assert found.source


@pytest.mark.parametrize("name", ["", "Solution", "Metformin", "Fetch", "Napht"])
def test_no_tracer_is_made_up(name: str) -> None:
    assert range_of_tracer("", name) is None


def test_no_code_or_name_means_two_tracers() -> None:
    for part in ("codes", "names"):
        every = [x for tracer in tracer_ranges() for x in getattr(tracer, part)]
        assert len(every) == len(set(every))


def test_a_study_opens_with_the_range_of_its_tracer(make_desk: Maker, study: Study) -> None:
    series = SeriesInfo("9.1", "1", "PT", "PET", 10, "PET AC", tracer="68Ga-DOTATATE")
    seen = replace(study, series=(series,))
    assert make_desk(seen).scene.window.pet_range == (0.0, 15.0)
    coded = replace(series, tracer="", headers={"RadiopharmaceuticalCode": "C-B1036"})
    found = range_of_study(replace(study, series=(coded,)))
    assert found is not None
    assert found.title == "FLT"


# Probe


def test_the_probe_reads_an_mr(make_desk: Maker, study: Study, qtbot: QtBot) -> None:
    assert study.pet is not None
    assert study.ct is not None
    mr = replace(study.ct, array=(study.ct.array + 1000) * 3, quantity=Quantity.MR)
    desk = make_desk(replace(study, ct=None, mr=mr))
    for content in (Content.CT, Content.PET, Content.FUSED):
        box = box_of(desk, content, Plane.AXIAL)
        told = heard(desk.model.probe_changed)
        qtbot.mouseMove(desk, QPoint(box.x + 101, box.y + 99))
        qtbot.waitUntil(partial(bool, told))
        probe = told[0][0]
        assert isinstance(probe, Probe)
        assert probe.mr == mr.value_at(probe.point_lps_mm)
        assert probe.mr_index_kji == mr.grid.nearest_index_kji(probe.point_lps_mm)
        assert probe.suv == study.pet.value_at(probe.point_lps_mm)
        assert probe.hu is None


def test_an_mr_elsewhere_is_read_in_its_own_panes_only(make_desk: Maker, study: Study) -> None:
    assert study.ct is not None
    grid = replace(study.ct.grid, frame_of_reference_uid="other")
    mr = Volume(grid, study.ct.array, Quantity.MR, "9.9")
    desk = make_desk(replace(study, ct=None, mr=mr))
    at = HOT_B
    assert probe_at(desk.scene, Content.PET, at).mr is None
    assert probe_at(desk.scene, Content.CT, at).mr == mr.value_at(at)
    assert probe_at(desk.scene, Content.CT, at).suv is None
    # Beside a CT it is read where both state one frame of reference.
    beside = make_desk(replace(study, mr=replace(mr, grid=study.ct.grid)))
    assert probe_at(beside.scene, Content.CT, at).mr == mr.value_at(at)
    apart = make_desk(replace(study, mr=mr))
    assert probe_at(apart.scene, Content.CT, at).mr is None
