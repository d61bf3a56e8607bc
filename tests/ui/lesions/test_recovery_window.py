"""Partial-volume recovery in the window: asked for by menu, shown beside, taken back, exported."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app.core.kit.jobs import JobContext
from app.core.lesions.lesion import LesionStatus
from app.core.lesions.segmentation import Patch
from tests.support.ui_study import Desk, endless_search
from ui.lesions.model import COLUMNS, STALE_ROLE
from ui.lesions.panel import RECOVERED_SHARE, LesionsPanel
from ui.lesions.recovery import RecoveryController, RecoveryForm
from ui.studies.provenance_page import provenance_html

COLUMN = {column.key: place for place, column in enumerate(COLUMNS)}
RECOVERED = {"suv_max_recovered", "suv_mean_recovered"}


def shown_columns(desk: Desk) -> set[str]:
    table = desk.lesions.table
    return {c.key for n, c in enumerate(COLUMNS) if not table.isColumnHidden(n)}


def form_of(desk: Desk) -> RecoveryForm:
    form = desk.window.findChild(RecoveryForm)
    assert form is not None
    return form


def recover(desk: Desk, fwhm_mm: float | None = None) -> None:
    """Ask for a recovery as a reader does, and wait for it."""
    desk.trigger("recover")
    form = form_of(desk)
    if fwhm_mm is not None:
        form.fwhm.selectAll()
        desk.qtbot.keyClicks(form.fwhm, f"{fwhm_mm:g}")
    desk.qtbot.mouseClick(form.ok, Qt.MouseButton.LeftButton)
    desk.wait_idle()
    wait_for_form_to_go(desk)


def wait_for_form_to_go(desk: Desk) -> None:
    desk.qtbot.waitUntil(lambda: desk.window.findChild(RecoveryForm) is None)


def tip(desk: Desk, row: int, key: str) -> str:
    model = desk.lesions.model
    return str(model.index(row, COLUMN[key]).data(Qt.ItemDataRole.ToolTipRole))


def test_there_must_be_lesions(desk: Desk) -> None:
    action = desk.window.actions_["recover"]
    assert not action.isEnabled()
    desk.open()
    assert not action.isEnabled()
    assert "Find lesions first" in action.toolTip()
    desk.find()
    assert action.isEnabled()
    assert "Ctrl+R" in action.toolTip()
    tools = next(x.menu() for x in desk.window.menuBar().actions() if x.text() == "Tools")
    assert action in tools.actions()


def test_recovered_values_stand_beside_the_measured_ones(desk: Desk) -> None:
    desk.open()
    desk.find()
    before = shown_columns(desk)
    rows = [desk.cells(n) for n in range(3)]
    desk.lesions.select("id2")
    desk.trigger("recover")
    assert form_of(desk).fwhm.value() == 6.0
    assert form_of(desk).fwhm.text().endswith(" mm")
    desk.qtbot.mouseClick(form_of(desk).ok, Qt.MouseButton.LeftButton)
    desk.wait_idle()
    assert shown_columns(desk) - before == RECOVERED
    header = desk.lesions.table.horizontalHeader()
    for key in ("suv_max", "suv_mean"):
        places = [header.visualIndex(COLUMN[x]) for x in (key, f"{key}_recovered")]
        assert places[1] == places[0] + 1, "right beside it"
    analysis = desk.session.analysis
    assert analysis is not None
    for n, row in enumerate(rows):
        now = desk.cells(n)
        kept = [place for key, place in COLUMN.items() if key not in RECOVERED]
        assert [now[x] for x in kept] == [row[x] for x in kept], "nothing measured was replaced"
        assert float(now[COLUMN["suv_mean_recovered"]]) > float(now[COLUMN["suv_mean"]])
    assert desk.lesions.selected_ids() == ("id2",), "the table is not made anew"
    said = tip(desk, 0, "suv_mean_recovered")
    assert "Blur of the scanner 6.0 mm" in said
    assert "Yang" in said
    assert "recovered: blur 6.0 mm" in desk.lesions.footer.text()
    assert "3 of 3 lesions" in desk.window.job_bar.title.text()
    study = desk.session.study
    assert study is not None
    assert "Blur for recovered values" in provenance_html(study, analysis)


def test_undo_and_redo_take_and_bring_the_columns(desk: Desk) -> None:
    desk.open()
    desk.find()
    before = shown_columns(desk)
    recover(desk)
    desk.session.edits.set_status(["id1"], LesionStatus.ACCEPTED)
    desk.trigger("undo")
    assert "Recover partial volume" in desk.window.actions_["undo"].text()
    assert shown_columns(desk) - before == RECOVERED
    desk.trigger("undo")
    assert shown_columns(desk) == before
    assert "recovered" not in desk.lesions.footer.text()
    desk.trigger("redo")
    desk.trigger("redo")
    assert shown_columns(desk) - before == RECOVERED
    assert desk.cells(0)[COLUMN["status"]] == "Accepted"


def test_another_blur_is_remembered_and_may_leave_a_lesion_out(desk: Desk) -> None:
    desk.open()
    desk.find()
    recover(desk, 18.0)
    # The second lesion is a sphere of 16 mm.
    assert desk.cells(1)[COLUMN["suv_mean_recovered"]] == "–"
    assert desk.cells(0)[COLUMN["suv_mean_recovered"]] != "–"
    assert "smaller (sphere of 15.9 mm) than the blur (18 mm)" in tip(desk, 1, "suv_max_recovered")
    assert "2 of 3 lesions" in desk.window.job_bar.title.text()
    desk.trigger("recover")
    assert form_of(desk).fwhm.value() == 18.0
    form_of(desk).reject()
    wait_for_form_to_go(desk)
    recover(desk, 6.0)
    assert desk.cells(1)[COLUMN["suv_mean_recovered"]] != "–"


def test_what_no_scanner_has_cannot_be_typed(desk: Desk) -> None:
    desk.open()
    desk.find()
    desk.trigger("recover")
    form = form_of(desk)
    for typed, taken in (("0", 1.0), ("500", 20.0)):
        form.fwhm.setValue(float(typed))
        assert form.fwhm.value() == taken
    desk.qtbot.keyClick(form, Qt.Key.Key_Escape)
    wait_for_form_to_go(desk)
    assert not desk.session.jobs.reports
    assert not RECOVERED & shown_columns(desk)


def test_it_runs_in_the_background_once_and_can_be_cancelled(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*arguments: Any) -> Any:
        context: JobContext = arguments[-1]
        while True:
            context.progress(0.3, "Correcting for the blur")
            time.sleep(0.005)

    monkeypatch.setattr("app.session.values.recovered_values", endless)
    desk.open()
    desk.find()
    desk.trigger("recover")
    form_of(desk).accept()
    bar, action = desk.window.job_bar, desk.window.actions_["recover"]
    said = "Recover partial volume · Correcting for the blur"
    desk.qtbot.waitUntil(lambda: bar.title.text() == said)
    assert bar.progress.isVisible()
    assert not action.isEnabled()
    assert "runs already" in action.toolTip()
    desk.qtbot.mouseClick(bar.cancel, Qt.MouseButton.LeftButton)
    desk.wait_idle()
    assert action.isEnabled()
    assert not RECOVERED & shown_columns(desk)
    assert not desk.messages()


def test_values_are_stale_once_the_outlines_change(desk: Desk) -> None:
    desk.open()
    desk.find()
    recover(desk)
    analysis = desk.session.analysis
    assert analysis is not None
    table = analysis.segmentation.lesions
    patch = Patch(np.array([0]), np.zeros(1, np.uint16), np.ones(1, np.uint16), table, table)
    desk.session.edits.apply(patch, "Draw")
    model = desk.lesions.model
    for key in RECOVERED:
        assert model.index(0, COLUMN[key]).data(STALE_ROLE) is True
        assert "Stale" in tip(desk, 0, key)
    action = desk.window.actions_["recover"]
    assert not action.isEnabled()
    assert "changed" in action.toolTip()


def test_the_dock_makes_room_where_there_is_some(desk: Desk) -> None:
    window = desk.window
    window.resize(1800, 900)
    desk.open()
    desk.find()
    window.docks.arrange()
    recover(desk)
    desk.qtbot.waitUntil(
        lambda: window.docks["lesions"].width() >= window.panel(LesionsPanel).table_width()
    )
    assert window.docks["lesions"].width() <= RECOVERED_SHARE * window.width()
    assert not window.panel(LesionsPanel).table.horizontalScrollBar().isVisible()


def test_they_are_exported(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.open()
    desk.find()
    recover(desk, 7.5)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    desk.trigger("export")
    desk.wait_idle()
    document = json.loads((tmp_path / "lesions.json").read_text(encoding="utf-8"))
    assert document["provenance"]["recovery_fwhm_mm"] == 7.5
    for row in document["lesions"]:
        assert row["suv_mean_recovered"] > row["suv_mean"]
    assert "suv_max_recovered" in (tmp_path / "lesions.csv").read_text().splitlines()[0]


def test_nothing_is_recovered_of_a_study_that_went(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(endless_search)
    desk.open()
    desk.controller(RecoveryController).recover(6.0)
    assert not desk.session.jobs.reports
