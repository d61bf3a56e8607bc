"""The reader takes lesion values from the denoised PET: said above the table, undone, exported."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app.core.study.derived import DerivedKind
from tests.support.hands import press
from tests.support.ui_study import COLUMN, Desk, make_denoised
from tests.support.ui_study import add_derived as add
from ui.charts.panel import ChartsPanel
from ui.lesions.model import INTERVAL_ROLE, SHIFTS
from ui.studies.provenance_page import provenance_html


def open_denoised(desk: Desk) -> None:
    """Open, find, and denoise to a tenth less."""
    study = desk.open()
    desk.find()
    add(desk, make_denoised(study))
    desk.qtbot.waitUntil(lambda: bool(desk.session.derived.values), timeout=5000)


def test_the_reasons_why_it_cannot_be(desk: Desk) -> None:
    action = desk.window.actions_["measure_derived"]
    assert not action.isEnabled()
    study = desk.open()
    assert "Find lesions first" in action.toolTip()
    desk.find()
    assert not action.isEnabled()
    assert "No denoised PET" in action.toolTip()
    add(desk, make_denoised(study, 0.8, kind=DerivedKind.SUPER_RESOLVED))
    assert not action.isEnabled()
    add(desk, make_denoised(study))
    desk.qtbot.waitUntil(action.isEnabled, timeout=5000)
    assert "every export say so" in action.toolTip()


def test_values_change_and_the_line_above_the_table_says_so(desk: Desk) -> None:
    open_denoised(desk)
    lesions, action = desk.lesions, desk.window.actions_["measure_derived"]
    before = desk.cells(0)
    assert before[COLUMN["suv_max"]] == "9.00"
    assert not lesions.source.isVisible()
    desk.trigger("measure_derived")
    after = desk.cells(0)
    assert after[COLUMN["suv_max"]] == "8.10"
    assert lesions.source.isVisible()
    assert lesions.source.words.text().startswith("DERIVED")
    assert "Denoised (x 0.9)" in lesions.source.words.text()
    assert action.isChecked()
    # Shifts are still those from the original to the derived image.
    keys = set(SHIFTS) - {"shift_mtv_41"}
    assert {after[COLUMN[key]] for key in keys} == {"−10 %"}
    tip = lesions.model.index(0, COLUMN["shift_suv_max"]).data(Qt.ItemDataRole.ToolTipRole)
    assert "original 9.00" in tip
    assert lesions.model.index(0, COLUMN["suv_max"]).data(INTERVAL_ROLE) == ""
    study, analysis = desk.session.study, desk.session.analysis
    assert study is not None
    assert "Denoised (x 0.9)" in provenance_html(study, analysis)
    desk.qtbot.mouseClick(lesions.source.back, Qt.MouseButton.LeftButton)
    assert desk.cells(0) == before
    assert not lesions.source.isVisible()
    assert not action.isChecked()


def test_undo_and_removal_bring_the_original_back(desk: Desk) -> None:
    open_denoised(desk)
    lesions, action = desk.lesions, desk.window.actions_["measure_derived"]
    desk.trigger("measure_derived")
    desk.trigger("undo")
    assert not lesions.source.isVisible()
    assert not action.isChecked()
    assert desk.cells(0)[COLUMN["suv_max"]] == "9.00"
    desk.trigger("redo")
    assert lesions.source.isVisible()
    press(desk.display, "Take the derived image away")
    assert not lesions.source.isVisible()
    assert desk.cells(0)[COLUMN["suv_max"]] == "9.00"
    assert not action.isEnabled()


def test_a_new_search_is_measured_on_the_original(desk: Desk) -> None:
    open_denoised(desk)
    desk.trigger("measure_derived")
    desk.find()
    desk.wait_idle()
    assert not desk.lesions.source.isVisible()
    assert desk.cells(0)[COLUMN["suv_max"]] == "9.00"


def test_the_histogram_is_of_the_image_that_is_measured(desk: Desk) -> None:
    open_denoised(desk)
    desk.trigger("charts")
    desk.lesions.select("id1")
    desk.wait_idle()
    plots = desk.window.panel(ChartsPanel).plots
    assert plots is not None
    assert "(derived)" not in plots.histogram.label.text
    desk.trigger("measure_derived")
    desk.wait_idle()
    assert "(derived)" in plots.histogram.label.text


def test_the_export_of_the_window_names_its_source(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_denoised(desk)
    desk.trigger("measure_derived")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a, **_k: str(tmp_path))
    desk.trigger("export")
    desk.wait_idle()
    with (tmp_path / "lesions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["measured_on"] for row in rows} == {"Denoised (x 0.9)"}
    assert any(float(row["suv_max"]) == pytest.approx(8.1) for row in rows)
