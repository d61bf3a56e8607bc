"""Windows, ranges, units, fusion and colours from the panel, the menus and the keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QMenu

from app.core.space.volume import Quantity
from app.core.study.provenance import SuvScale
from app.core.study.study import Study
from tests.support.hands import choose, middle
from tests.support.ui_study import Desk, make_study, written_sheet
from ui.display.controller import DisplayController
from ui.display.panel import DisplayPanel
from ui.display.rows import DisplayRows
from ui.display.saved_windows import SavedWindows
from ui.kit.settings import Json, Settings
from ui.panes.controller import PanesController
from viewers.desk.desk import ReadingDesk

PALETTE = 'title = "Mine"\ncolours = ["#000000", "#00ff00"]\n'


def with_units(**changes: object) -> Study:
    scale = SuvScale("SUVbw", 0.0002, "rule", {"Units": "BQML"})
    return make_study(suv=scale, **changes)


@pytest.fixture
def opened(desk: Desk) -> Desk:
    desk.open(with_units())
    return desk


def panes(desk: Desk) -> ReadingDesk:
    found = desk.window.holder.desk
    assert found is not None
    return found


def rows(desk: Desk) -> DisplayRows:
    return desk.display.rows


def controller(desk: Desk) -> DisplayController:
    return desk.controller(DisplayController)


def entries(box: QComboBox) -> list[str]:
    return [box.itemText(n) for n in range(box.count()) if box.itemText(n)]


def pick(box: QComboBox, title: str) -> None:
    """Choose an entry as a hand does."""
    at = box.findText(title, Qt.MatchFlag.MatchStartsWith)
    assert at >= 0, f"{title} is not among {entries(box)}"
    choose(box, at)


def enabled(box: QComboBox, at: int) -> bool:
    return bool(box.model().flags(box.model().index(at, 0)) & Qt.ItemFlag.ItemIsEnabled)


# Units


def test_the_unit_changes_numbers_everywhere_and_no_picture(opened: Desk) -> None:
    desk, display = opened, opened.display
    shown = panes(desk)
    display.pet_upper.setValue(6.0)
    pick(rows(desk).unit, "Bq/ml")
    assert display.pet_label.text() == "Bq/ml"
    assert display.pet_upper.value() == 30000
    assert shown.scene.window.pet_range == (0.0, 6.0)
    assert rows(desk).range.itemText(1) == f"FDG  0–{desk_number(35000)}"
    display.pet_upper.setValue(20000)
    assert shown.scene.window.pet_range == pytest.approx((0.0, 4.0))
    desk.trigger("next_unit")
    assert shown.scene.pet_unit == "SUV"
    assert display.pet_label.text() == "SUVbw"
    assert display.pet_upper.value() == 4.0
    desk.trigger("next_unit")
    assert (shown.scene.pet_unit, display.pet_label.text()) == ("SUL", "SUL")
    assert controller(desk).menus.unit.entries["SUL"].isChecked()


def desk_number(value: float) -> str:
    from ui.kit import text

    return text.number(value, 0)


def test_a_bound_that_was_not_typed_stays_exact(opened: Desk) -> None:
    desk, display = opened, opened.display
    panes(desk).model.display.set_pet_range(0.0, 6.4321)
    assert display.pet_upper.value() == 6.4
    display.pet_lower.setValue(0.5)
    assert panes(desk).scene.window.pet_range == (0.5, 6.4321)


def test_what_a_unit_lacks_is_said(desk: Desk) -> None:
    study = with_units()
    desk.open(replace(study, patient=replace(study.patient, height_m=None, sex="")))
    box = rows(desk).unit
    at = box.findText("SUL")
    assert not enabled(box, at)
    assert "height and sex" in box.itemData(at, Qt.ItemDataRole.ToolTipRole)
    entry = controller(desk).menus.unit.entries["SUL"]
    assert not entry.isEnabled()
    assert "height and sex" in entry.toolTip()
    assert enabled(box, box.findText("Bq/ml"))
    desk.trigger("next_unit")
    assert panes(desk).scene.pet_unit == "Bq/ml"


def test_a_unit_that_the_next_study_lacks_is_said_and_comes_back(opened: Desk) -> None:
    desk, study = opened, with_units()
    pick(rows(desk).unit, "SUL")
    desk.open(replace(study, patient=replace(study.patient, height_m=None)))
    assert panes(desk).scene.pet_unit == "SUV"
    assert "This PET is shown in SUV, and not in SUL." in desk.messages()
    desk.open(with_units(description="a third"))
    assert panes(desk).scene.pet_unit == "SUL"
    assert desk.display.pet_label.text() == "SUL"
    assert desk.messages() == []
    desk.trigger("close_study")
    assert desk.messages() == []


def test_activity_alone(desk: Desk) -> None:
    study = with_units()
    assert study.pet is not None
    desk.open(replace(study, pet=replace(study.pet, quantity=Quantity.BQML)))
    display = desk.display
    assert (display.pet_label.text(), rows(desk).unit.currentText()) == ("Bq/ml", "Bq/ml")
    assert entries(rows(desk).range) == ["Own", "Save this range…"]


# Ranges


def test_ranges_by_tracer(opened: Desk) -> None:
    desk, box = opened, rows(opened).range
    assert box.currentText() == "FDG  0–7"
    pick(box, "PSMA")
    assert panes(desk).scene.window.pet_range == (0.0, 10.0)
    assert box.currentText() == "PSMA  0–10"
    menu = controller(desk).menus.range.entries
    assert menu["PSMA  0–10"].isChecked()
    menu["FLT  0–4"].trigger()
    assert panes(desk).scene.window.pet_range == (0.0, 4.0)
    assert box.currentText() == "FLT  0–4"
    # Another tracer's range that is reached by chance is not called by that tracer.
    panes(desk).model.display.set_pet_range(0.0, 10.0)
    assert box.currentText() == "Own"
    assert not any(x.isChecked() for x in controller(desk).menus.range.entries.values())
    panes(desk).model.display.set_pet_range(0.0, 7.0)
    assert box.currentText() == "FDG  0–7"


def test_keys_move_the_upper_bound_of_the_active_pane(opened: Desk) -> None:
    desk = opened
    panes(desk).model.layouts.activate(1)
    desk.trigger("own_window")
    desk.trigger("suv_higher")
    assert panes(desk).scene.own_windows[1].pet_range == (0.0, 8.0)
    assert panes(desk).scene.window.pet_range == (0.0, 7.0)
    assert desk.display.pet_upper.value() == 8.0
    desk.window.actions_["ct_window_2"].trigger()
    assert panes(desk).scene.own_windows[1].ct_window == (1500.0, -600.0)
    panes(desk).model.layouts.activate(2)
    assert not desk.window.actions_["own_window"].isChecked()
    assert desk.display.pet_upper.value() == 7.0
    panes(desk).model.layouts.activate(1)
    assert desk.window.actions_["own_window"].isChecked()
    desk.trigger("own_window")
    assert panes(desk).scene.own_windows == {}


def test_without_an_active_pane_nothing_is_unlinked(opened: Desk) -> None:
    panes(opened).model.layouts.activate(None)
    opened.trigger("own_window")
    assert panes(opened).scene.own_windows == {}
    assert not opened.window.actions_["own_window"].isChecked()


# Saved windows


def test_windows_are_saved_under_a_name(
    make_desk: Callable[..., Desk], settings_folder: Path
) -> None:
    desk = make_desk(settings=Settings(settings_folder / "settings.json"))
    desk.open(with_units())
    controller(desk).saving.ask_name = lambda *_: "Mediastinum"
    panes(desk).model.display.set_ct_window(350.0, 50.0)
    pick(desk.display.preset, "Save this window")
    assert desk.display.preset.currentText() == "Mediastinum"
    controller(desk).saving.ask_name = lambda *_: "Hot"
    panes(desk).model.display.set_pet_range(1.0, 12.0)
    pick(rows(desk).range, "Save this range")
    assert rows(desk).range.currentText() == "Hot  1–12"
    kept = json.loads((settings_folder / "settings.json").read_text(encoding="utf-8"))
    assert kept["ct_windows"] == [
        {"name": "Mediastinum", "unit": "HU", "width": 350.0, "level": 50.0}
    ]
    # Another window finds them.
    other = make_desk(settings=Settings(settings_folder / "settings.json"))
    other.open(with_units())
    pick(other.window.panel(DisplayPanel).preset, "Mediastinum")
    assert panes(other).scene.window.ct_window == (350.0, 50.0)
    pick(rows(other).range, "Hot")
    assert panes(other).scene.window.pet_range == (1.0, 12.0)
    panes(other).model.display.set_ct_window(400.0, 40.0)
    (entry,) = controller(other).menus.saved.entries.values()
    entry.trigger()
    assert panes(other).scene.window.ct_window == (350.0, 50.0)
    controller(other).saving.ask_which = lambda *arguments: arguments[3][0]
    other.trigger("remove_saved")
    other.trigger("remove_saved")
    assert "Mediastinum" not in entries(other.window.panel(DisplayPanel).preset)
    assert not any(x.startswith("Hot") for x in entries(rows(other).range))
    other.trigger("remove_saved")
    assert "You have not saved any window or range." in other.messages()


def test_a_range_of_activity_is_not_offered_for_suv(tmp_path: Path) -> None:
    saved = SavedWindows(Settings(tmp_path / "s.json"))
    saved.save_pet("Hot", "Bq/ml", 0.0, 20000.0)
    saved.save_pet("Hot", "Bq/ml", 0.0, 30000.0)
    assert saved.pet("SUVbw") == ()
    (one,) = saved.pet("Bq/ml")
    assert one.values == (0.0, 30000.0)


def test_a_cancelled_name_saves_nothing(opened: Desk, settings_folder: Path) -> None:
    controller(opened).saving.ask_name = lambda *_: ""
    opened.trigger("save_ct_window")
    opened.trigger("save_pet_range")
    assert not (settings_folder / "settings.json").exists()


@pytest.mark.parametrize("entry", [3, {"name": "x"}, {"name": "x", "width": "a", "level": 1}, None])
def test_entries_of_another_shape_are_left_alone(tmp_path: Path, entry: Json) -> None:
    settings = Settings(tmp_path / "s.json")
    settings.set_value("ct_windows", [entry])
    saved = SavedWindows(settings)
    assert saved.ct() == ()
    saved.save_ct("Mine", 1.0, 2.0)
    assert Settings(tmp_path / "s.json").value("ct_windows", [None])[0] == entry


# Fusion and colours


def test_ways_of_fusion(opened: Desk) -> None:
    desk = opened
    pick(rows(desk).fusion, "Checkerboard")
    assert panes(desk).scene.fusion.mode == "checkerboard"
    assert controller(desk).menus.fusion.entries["checkerboard"].isChecked()
    desk.trigger("next_fusion")
    assert rows(desk).fusion.currentText() == "Swipe"
    before = panes(desk).scene.fusion.swipe
    desk.trigger("swipe_left")
    desk.trigger("swipe_left")
    desk.trigger("swipe_right")
    assert panes(desk).scene.fusion.swipe == pytest.approx(before - 0.05)
    controller(desk).menus.fusion.entries["opacity"].trigger()
    assert rows(desk).fusion.currentText() == "Opacity"
    desk.display.fusion.setValue(30)
    assert panes(desk).scene.fusion.opacity == pytest.approx(0.3)
    assert panes(desk).scene.fusion.mode == "opacity"


def test_the_threshold_is_written_in_the_shown_unit(opened: Desk) -> None:
    desk, field = opened, rows(opened).threshold
    assert field.text() == "all"
    field.setValue(2.5)
    assert panes(desk).scene.fusion.threshold == 2.5
    assert field.text().endswith(" SUV")
    pick(rows(desk).unit, "Bq/ml")
    assert field.value() == 12500
    field.setValue(5000)
    assert panes(desk).scene.fusion.threshold == pytest.approx(1.0)
    desk.open(with_units(description="the same images"))
    assert panes(desk).scene.fusion.threshold == pytest.approx(1.0)
    study = with_units(description="another")
    assert study.pet is not None
    desk.open(replace(study, pet=replace(study.pet, series_uid="1.2.3.4")))
    assert panes(desk).scene.fusion.threshold == 0.0
    assert field.text() == "all"


def test_colours_are_chosen_for_each_kind_of_pane_and_kept(
    make_desk: Callable[..., Desk],
    settings_folder: Path,
) -> None:
    desk = make_desk(settings=Settings(settings_folder / "settings.json"))
    desk.open(with_units())
    pick(rows(desk).colours["fused"], "PET 20 step")
    controller(desk).menus.colours["mip"].entries["viridis"].trigger()
    palettes = panes(desk).scene.palettes
    assert [x.name for x in (palettes.pet, palettes.fused, palettes.mip)] == [
        "inverse-grey", "pet-20-step", "viridis",
    ]  # fmt: skip
    assert rows(desk).colours["mip"].currentText() == "Viridis"
    desk.trigger("next_colours")
    desk.trigger("next_fused_colours")
    palettes = panes(desk).scene.palettes
    assert [x.name for x in (palettes.pet, palettes.fused, palettes.mip)] == [
        "grey", "viridis", "grey",
    ]  # fmt: skip
    other = make_desk(settings=Settings(settings_folder / "settings.json"))
    other.open(with_units())
    assert panes(other).scene.palettes.fused.name == "viridis"
    assert rows(other).colours["pet"].currentText() == "Grey"


def test_own_palettes_and_broken_ones(desk: Desk, settings_folder: Path) -> None:
    folder = settings_folder / "palettes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(PALETTE, encoding="utf-8")
    (folder / "broken.toml").write_text("colours = 3", encoding="utf-8")
    desk.open(with_units())
    assert any("The palette broken cannot be used" in x for x in desk.messages())
    pick(rows(desk).colours["pet"], "Mine")
    assert tuple(panes(desk).scene.palettes.pet.table[255]) == (0, 255, 0)


def test_without_a_ct_there_is_nothing_to_fuse(desk: Desk) -> None:
    study = with_units()
    desk.open(replace(study, ct=None))
    for part in (rows(desk).fusion, rows(desk).threshold, rows(desk).colours["fused"]):
        assert not part.isEnabled()
    assert rows(desk).unit.isEnabled()
    assert study.ct is not None
    desk.open(replace(study, ct=None, mr=replace(study.ct, quantity=Quantity.MR)))
    assert rows(desk).fusion.isEnabled()
    assert desk.display.fusion.isEnabled()


# The pane's menu, the sheet of shortcuts


def texts(menu: QMenu) -> list[str]:
    return [x.text() for x in menu.actions() if x.text()]


@pytest.mark.parametrize(
    ("pane", "wanted"),
    [
        (0, ["Own window for this pane", "CT window"]),
        (1, ["Own window for this pane", "PET range", "PET unit", "PET panes"]),
        (
            2,
            [
                "Own window for this pane", "CT window", "PET range", "PET unit", "Fused panes",
                "Fusion",
            ],
        ),
    ],
)  # fmt: skip
def test_the_menu_of_a_pane(opened: Desk, pane: int, wanted: list[str]) -> None:
    boxes = panes(opened).scene.boxes(panes(opened).width(), panes(opened).height())
    opened.qtbot.mouseClick(panes(opened), Qt.MouseButton.RightButton, pos=middle(boxes[pane]))
    menu = opened.controller(PanesController).menu
    assert menu is not None
    shown = texts(menu)
    at = shown.index(wanted[0])
    assert shown[at : at + len(wanted)] == wanted
    assert shown[at + len(wanted)] == "Maximise pane"
    next(x for x in menu.actions() if x.text() == wanted[0]).trigger()
    assert list(panes(opened).scene.own_windows) == [pane]
    menu.close()


def test_view_has_the_menus_and_the_sheet_the_keys(opened: Desk) -> None:
    view = opened.window.menus["View"]
    names = ["CT window", "PET range", "PET unit", "Windows of panes", "Fusion", "Colours"]
    assert [x for x in texts(view) if x in names] == names
    page = written_sheet()
    for word in ("Display", "Next PET unit", "Own window for this pane", "Shift+F"):
        assert word in page
    for part in (rows(opened).unit, rows(opened).range, rows(opened).threshold):
        assert part.accessibleName()
        assert part.toolTip()
