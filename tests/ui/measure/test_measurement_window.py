"""Measuring in the window: tools drawn with the mouse, the dock, undo, names, export."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QMessageBox

from app.core.drawn.measurements import Role
from app.core.drawn.voi import Isocontour, Ruler, Shape, Sphere, ThresholdKind
from app.core.study.study import Patient
from tests.support.ui_study import SPOTS, Desk, make_study
from ui.kit.action_button import ActionButton
from ui.measure.controller import MeasurementController
from ui.measure.specs import MEASURE_SPECS, TOOLS
from viewers.desk.desk import ReadingDesk
from viewers.scene.scene import PaneBox
from viewers.scene.wishes.tools import Tool
from viewers.space.geometry import Plane
from viewers.space.layouts import Content

LEFT = Qt.MouseButton.LeftButton
Point = tuple[float, float, float]


def spot(number: int) -> Point:
    """Middle of a hot spot in LPS mm."""
    grid = make_study().pet
    assert grid is not None
    x, y, z = grid.grid.points_lps_mm(SPOTS[number][0])
    return float(x), float(y), float(z)


def panes(desk: Desk) -> ReadingDesk:
    assert desk.window.holder.desk is not None
    return desk.window.holder.desk


def box_of(desk: Desk, content: Content, plane: Plane) -> PaneBox:
    reading = panes(desk)
    boxes = reading.scene.boxes(reading.width(), reading.height())
    return next(b for b in boxes if b.spec.content is content and b.spec.plane is plane)


def pixel(desk: Desk, point: Point, content: Content, plane: Plane) -> QPoint:
    box = box_of(desk, content, plane)
    x, y = panes(desk).scene.pane_view(box.spec, box.width, box.height).to_px(point)
    return QPoint(box.x + int(x), box.y + int(y))


def tool_in_hand(desk: Desk) -> Tool:
    return panes(desk).model.tools.tool


def draw(
    desk: Desk,
    tool: str,
    start: Point,
    by_mm: tuple[float, float] = (0.0, 0.0),
    content: Content = Content.FUSED,
) -> Shape:
    """Draw on an axial pane through a point; return the new measurement's shape."""
    before = len(desk.session.measuring.measurements.items)
    panes(desk).model.navigation.set_cursor(start)
    desk.trigger(tool)
    end = (start[0] + by_mm[0], start[1] + by_mm[1], start[2])
    a, b = (pixel(desk, x, content, Plane.AXIAL) for x in (start, end))
    desk.qtbot.mousePress(panes(desk), LEFT, pos=a)
    if by_mm != (0.0, 0.0):
        desk.qtbot.mouseMove(panes(desk), b)
    desk.qtbot.mouseRelease(panes(desk), LEFT, pos=b)
    items = desk.session.measuring.measurements.items
    assert len(items) >= before
    return items[-1].shape


def table(desk: Desk) -> list[list[str]]:
    """Texts of the dock's table."""
    view = desk.controller(MeasurementController).panel.table
    rows = range(view.rowCount())
    cells = view.model()
    return [[str(cells.index(r, c).data() or "") for c in range(view.columnCount())] for r in rows]


def detail(desk: Desk) -> dict[str, tuple[str, str]]:
    """Rows of the dock's details: name -> PET and CT."""
    grid = desk.controller(MeasurementController).panel.details
    items = (grid.itemAt(n) for n in range(grid.count()))
    labels = (x.widget() for x in items if x is not None)
    cells = [x.text() for x in labels if isinstance(x, QLabel)]
    return {cells[n]: (cells[n + 1], cells[n + 2]) for n in range(0, len(cells), 3)}


def test_tools_wait_for_a_study(desk: Desk) -> None:
    actions = desk.window.actions_
    assert not any(actions[x].isEnabled() for x in TOOLS)
    assert not desk.controller(MeasurementController).bar.isVisible()
    desk.open()
    assert all(actions[x].isEnabled() for x in TOOLS)
    assert desk.controller(MeasurementController).bar.isVisible()
    assert desk.controller(MeasurementController).dock.isHidden(), "nothing is measured yet"
    desk.open(make_study(pet=None))
    assert not actions["tool_isocontour"].isEnabled()
    assert actions["tool_ruler"].isEnabled()


def test_every_tool_has_keys_and_a_place_in_the_bar(desk: Desk) -> None:
    actions = desk.window.actions_
    shown = desk.controller(MeasurementController).bar.findChildren(ActionButton)
    buttons = {name: x for x in shown for name in TOOLS if x.defaultAction() is actions[name]}
    for spec in MEASURE_SPECS:
        assert spec.keys, spec.name
        if spec.name in TOOLS:
            assert buttons[spec.name].accessibleName() == spec.text
    assert set(TOOLS.values()) == {str(x) for x in Tool}


def test_an_isocontour_fills_table_and_details(desk: Desk) -> None:
    study = desk.open()
    assert study.pet is not None
    shape = draw(desk, "tool_isocontour", spot(0), (20.0, 0.0))
    assert isinstance(shape, Isocontour)
    assert shape.rule.kind is ThresholdKind.PERCENT_OF_MAX
    assert not desk.controller(MeasurementController).dock.isHidden(), (
        "the dock comes with the first measurement"
    )
    hot = study.pet.array == 9.0
    ml = f"{hot.sum() * study.pet.grid.voxel_volume_ml:.2f} ml"
    assert table(desk) == [["Isocontour 1", ml, "9.00", "9.00", "0"]]
    found = detail(desk)
    assert found["Mean"] == ("9.00", "0")
    assert found["Voxels"] == (str(hot.sum()), str(hot.sum() * 4))
    assert found["Threshold"][0] == "3.69"
    assert found["TLG, ml"][0] == f"{hot.sum() * 0.064 * 9:.1f}"


def test_each_volume_reports_suv_and_hu_together(desk: Desk) -> None:
    study = make_study()
    assert study.ct is not None
    hu = np.full(study.ct.grid.shape_kji, 55, np.int16)
    study = make_study(ct=type(study.ct)(study.ct.grid, hu, study.ct.quantity, "1.2"))
    desk.open(study)
    for tool, by_mm in (
        ("tool_sphere", (15.0, 0.0)),
        ("tool_sphere_1cm", (0.0, 0.0)),
        ("tool_sphere_3cm", (0.0, 0.0)),
        ("tool_box", (30.0, 24.0)),
        ("tool_ellipsoid", (30.0, 24.0)),
    ):
        # In a corner without uptake, each apart from the last.
        panes(desk).model.tools.set_marks((), None)
        draw(desk, tool, (-60.0, -60.0, 40.0), by_mm)
    rows = table(desk)
    assert [r[0] for r in rows] == ["Sphere 1", "Sphere 2", "Sphere 3", "Box 1", "Ellipsoid 1"]
    assert all(r[2:] == ["1.00", "1.00", "55"] for r in rows)
    assert [r[1] for r in rows[1:3]] == ["⌀ 1.0 cm", "⌀ 3.0 cm"]
    assert "cm" in rows[3][1]


def test_rulers_and_angles_stand_in_the_table(desk: Desk) -> None:
    desk.open()
    start = (-40.0, -40.0, 80.0)
    ruler = draw(desk, "tool_ruler", start, (50.0, 0.0), Content.CT)
    assert isinstance(ruler, Ruler)
    assert ruler.length_mm == pytest.approx(50.0, abs=3.0)
    desk.trigger("tool_angle")
    at = [pixel(desk, x, Content.CT, Plane.AXIAL) for x in ((0.0, -50.0, 80.0), (0.0, 0.0, 80.0))]
    reading = panes(desk)
    desk.qtbot.mousePress(reading, LEFT, pos=at[0])
    desk.qtbot.mouseMove(reading, at[1])
    desk.qtbot.mouseRelease(reading, LEFT, pos=at[1])
    desk.qtbot.mouseClick(reading, LEFT, pos=at[1] + QPoint(30, 0))
    assert [r[0] for r in table(desk)] == ["Ruler 1", "Angle 1"]
    assert table(desk)[0][1] == f"{ruler.length_mm:.1f} mm"
    assert table(desk)[1][1] == "90.0°"


def test_references_give_the_percist_threshold(desk: Desk) -> None:
    desk.open(make_study(patient=Patient(sex="F", weight_kg=70.0, height_m=1.7)))
    panel = desk.controller(MeasurementController).panel
    assert "liver" in panel.percist_basis.text()
    draw(desk, "tool_aorta", (-60.0, -60.0, 40.0))
    assert tool_in_hand(desk) is Tool.CROSSHAIR
    assert desk.window.actions_["tool_crosshair"].isChecked()
    assert "2.0 × mean + 2 × SD of the blood pool: 2.0 × 1.00" in panel.percist_basis.text()
    assert "SUV 2.00" in panel.percist_value.text()
    draw(desk, "tool_liver", (60.0, -60.0, 40.0))
    draw(desk, "tool_liver", (60.0, -50.0, 60.0))
    assert [x.role for x in desk.session.measuring.measurements.items] == [
        Role.BLOOD_POOL,
        Role.LIVER,
    ]
    found = desk.session.measuring.percist()
    assert found is not None
    assert found.value == pytest.approx(1.5)
    assert found.sul is not None
    assert f"SUL {found.sul:.2f}" in panel.percist_value.text()
    assert "Janmahasatian" in panel.percist_basis.text()
    desk.trigger("undo")
    desk.trigger("undo")
    assert "blood pool" in panel.percist_basis.text()


def test_moving_renaming_deleting_and_undo(desk: Desk) -> None:
    desk.open()
    draw(desk, "tool_sphere_3cm", (-60.0, -60.0, 40.0))
    desk.trigger("tool_crosshair")
    item = desk.session.measuring.measurements.items[0]
    shape = item.shape
    assert isinstance(shape, Sphere)
    x, y, z = shape.centre_lps_mm
    turned = np.radians(45.0)
    rim = (x + 15.0 * float(np.cos(turned)), y + 15.0 * float(np.sin(turned)), z)
    at = pixel(desk, rim, Content.PET, Plane.AXIAL)
    reading = panes(desk)
    desk.qtbot.mousePress(reading, LEFT, pos=at)
    desk.qtbot.mouseMove(reading, at + QPoint(15, 0))
    desk.qtbot.mouseRelease(reading, LEFT, pos=at + QPoint(15, 0))
    after = desk.session.measuring.measurements.items[0].shape
    assert isinstance(after, Sphere)
    assert after.centre_lps_mm[0] > x + 10
    assert after.centre_lps_mm[1:] == pytest.approx((y, z))
    desk.trigger("measurement_rename")
    editor = desk.controller(MeasurementController).panel.table.findChild(QLineEdit)
    assert editor is not None
    editor.setText("Muscle")
    desk.qtbot.keyClick(editor, Qt.Key.Key_Return)
    desk.qtbot.waitUntil(lambda: table(desk)[0][0] == "Muscle")
    desk.trigger("measurement_delete")
    assert table(desk) == []
    assert not desk.window.actions_["measurement_delete"].isEnabled()
    for _ in range(3):
        desk.trigger("undo")
    assert desk.session.measuring.measurements.items == (item,)
    assert table(desk)[0][0] == "Sphere 1"
    desk.trigger("redo")
    assert desk.session.measuring.measurements.items[0].shape == after


def test_keys_take_tools_and_escape_goes_back(desk: Desk) -> None:
    desk.open()
    desk.activate()
    reading = panes(desk)
    reading.setFocus()
    desk.qtbot.keyClick(reading, Qt.Key.Key_R, Qt.KeyboardModifier.AltModifier)
    assert tool_in_hand(desk) is Tool.RULER
    assert desk.window.actions_["tool_ruler"].isChecked()
    desk.qtbot.keyClick(reading, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert tool_in_hand(desk) is Tool.SPHERE_3CM
    desk.qtbot.keyClick(reading, Qt.Key.Key_Escape)
    assert tool_in_hand(desk) is Tool.CROSSHAIR
    draw(desk, "tool_sphere_1cm", (-60.0, -60.0, 40.0))
    desk.qtbot.keyClick(reading, Qt.Key.Key_Delete)
    assert desk.session.measuring.measurements.items == ()


def test_a_row_leads_to_the_measurement_and_a_mark_to_its_row(desk: Desk) -> None:
    desk.open()
    first = draw(desk, "tool_sphere_3cm", (-60.0, -60.0, 40.0))
    draw(desk, "tool_sphere_3cm", (40.0, 40.0, 100.0))
    desk.trigger("tool_crosshair")
    panel = desk.controller(MeasurementController).panel
    panel.table.selectRow(0)
    assert isinstance(first, Sphere)
    assert panes(desk).model.navigation.cursor_lps_mm == first.centre_lps_mm
    ids = [x.id for x in desk.session.measuring.measurements.items]
    assert panes(desk).scene.marks.selected == ids[0]
    panes(desk).model.navigation.set_cursor((40.0, 40.0, 100.0))
    second = desk.session.measuring.measurements.items[1].shape
    assert isinstance(second, Sphere)
    x, y, z = second.centre_lps_mm
    desk.qtbot.mouseClick(
        panes(desk), LEFT, pos=pixel(desk, (x + 15.0, y, z), Content.CT, Plane.AXIAL)
    )
    assert panel.selected_ids() == (ids[1],)
    assert panel.details_title.text() == "Sphere 2"


def test_another_threshold_measures_the_chosen_isocontour_anew(desk: Desk) -> None:
    desk.open()
    draw(desk, "tool_isocontour", spot(2), (28.0, 0.0))
    panel = desk.controller(MeasurementController).panel
    panel.rule.setCurrentIndex(panel.rule.findData(str(ThresholdKind.FIXED)))
    assert detail(desk)["Threshold"][0] == "4.00"
    panel.rule_value.setValue(13.0)
    assert "reaches the threshold" in panel.details_notes.text()
    assert table(desk)[0][1] == "0.00 ml"
    panel.rule.setCurrentIndex(panel.rule.findData(str(ThresholdKind.BACKGROUND_ADAPTED)))
    # Background 1, peak 12: 1 + 0.5 (12 - 1).
    assert detail(desk)["Threshold"][0] == "6.50"
    assert "Background 1.00, SUVpeak 12.0" in panel.details_notes.text()
    desk.trigger("undo")
    assert "reaches the threshold" in panel.details_notes.text()


def test_the_diameter_of_a_clicked_sphere_is_set_in_the_dock(desk: Desk) -> None:
    desk.open()
    desk.controller(MeasurementController).panel.diameter.setValue(24.0)
    shape = draw(desk, "tool_sphere", (-60.0, -60.0, 40.0))
    assert isinstance(shape, Sphere)
    assert shape.radius_mm == 12.0
    desk.controller(MeasurementController).panel.diameter.setValue(32.0)
    assert table(desk)[0][1] == "⌀ 3.2 cm", "the chosen sphere takes what is typed"
    desk.trigger("undo")
    assert desk.controller(MeasurementController).panel.diameter.value() == 24.0
    assert panes(desk).model.tools.radius_mm == 12.0


def test_measurements_go_with_the_study(desk: Desk) -> None:
    desk.open()
    draw(desk, "tool_sphere_3cm", (-60.0, -60.0, 40.0))
    other = make_study()
    assert other.pet is not None
    desk.open(make_study(pet=type(other.pet)(other.pet.grid, other.pet.array, other.pet.quantity)))
    assert table(desk) == []
    assert panes(desk).scene.marks.marks == ()


def test_export_asks_for_a_folder_and_writes(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open()
    assert not desk.window.actions_["measurement_export"].isEnabled()
    draw(desk, "tool_sphere_3cm", (-60.0, -60.0, 40.0))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    desk.trigger("measurement_export")
    desk.qtbot.waitUntil(lambda: (tmp_path / "measurements.csv").is_file(), timeout=20000)
    desk.wait_idle()
    assert not desk.session.studies.has_unsaved_edits
    with (tmp_path / "measurements.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["name"], float(row["pet_mean"]), float(row["ct_mean"])) == ("Sphere 1", 1.0, 0.0)
    asked: list[str] = []

    def refuse(*words: Any) -> QMessageBox.StandardButton:
        asked.append(words[2])
        return QMessageBox.StandardButton.No

    monkeypatch.setattr(QMessageBox, "question", refuse)
    (tmp_path / "measurements.csv").write_text("old")
    desk.trigger("measurement_export")
    desk.wait_idle()
    assert len(asked) == 1
    assert "measurements.csv, measurements.json" in asked[0]
    assert (tmp_path / "measurements.csv").read_text() == "old"


def test_measurements_that_were_not_exported_ask_before_closing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open()
    draw(desk, "tool_sphere_3cm", (-60.0, -60.0, 40.0))
    asked: list[str] = []

    def answer(box: QMessageBox) -> Any:
        asked.append(box.text())
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "exec", answer)
    assert not desk.window.close()
    assert asked == ["Measurements or lesions were changed and not exported since."]
    desk.trigger("undo")
    assert desk.window.close()
