"""The main job in the window: open, find, read the table, judge, take back, export."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from app.core.kit.jobs import Job, JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.lesion import LesionStatus
from app.core.space.volume import Quantity, Volume
from app.core.study.study import Study
from tests.support.hands import box_of
from tests.support.ui_study import Desk, endless_search, make_analysis, make_study
from ui.kit import text
from ui.lesions.model import COLUMNS, ID_ROLE, STALE_ROLE
from ui.studies.controller import StudyController
from viewers.space.geometry import Plane
from viewers.space.layouts import Content

COLUMN = {column.key: place for place, column in enumerate(COLUMNS)}


def test_the_window_teaches_while_nothing_is_open(desk: Desk) -> None:
    assert desk.window.holder.welcome.isVisible()
    assert not desk.lesions.find_button.isEnabled()
    assert not desk.window.actions_["export"].isEnabled()
    assert "Open a study" in desk.lesions.reason.text()


def test_an_opened_study_is_shown_with_its_series(desk: Desk) -> None:
    desk.open()
    assert desk.window.holder.desk is not None
    assert desk.window.holder.desk.isVisible()
    assert set(desk.studies.rows) == {"1.1", "1.2", "1.3"}
    assert desk.lesions.find_button.isEnabled()
    assert desk.messages() == []


def test_found_lesions_fill_the_table(desk: Desk) -> None:
    study = desk.open()
    desk.find()
    analysis = desk.session.analysis
    assert analysis is not None
    # Lesions that count come first, the largest on top.
    names = [desk.cells(row)[COLUMN["name"]] for row in range(3)]
    assert names == ["L1", "L2", "L3"]
    values = analysis.biomarkers["id1"]
    row = desk.cells(0)
    assert row[COLUMN["suv_max"]] == text.significant(9.0)
    assert row[COLUMN["mtv_ml"]] == text.significant(values["mtv_ml"])
    assert row[COLUMN["score"]] == text.percent(0.7)
    assert desk.cells(2)[COLUMN["status"]] == "Physiolog."
    assert desk.window.holder.desk is not None
    assert study.pet is not None
    assert desk.window.holder.desk.scene.overlays.segmentation is analysis.segmentation


def test_totals_follow_the_judgement_and_undo(desk: Desk) -> None:
    desk.open()
    desk.find()
    totals = desk.lesions.totals
    assert totals.values["count"].text() == "2"
    before = totals.values["tmtv_ml"].text()
    assert totals.intervals["tmtv_ml"].text() != ""
    desk.lesions.select("id1")
    desk.trigger("physiological")
    assert totals.values["count"].text() == "1"
    assert totals.values["tmtv_ml"].text() != before
    assert desk.cells(0)[COLUMN["status"]] == "Physiolog."
    desk.trigger("undo")
    assert totals.values["count"].text() == "2"
    assert totals.values["tmtv_ml"].text() == before
    desk.trigger("redo")
    assert totals.values["count"].text() == "1"


@pytest.mark.parametrize(
    ("key", "status"),
    [
        (Qt.Key.Key_A, LesionStatus.ACCEPTED),
        (Qt.Key.Key_R, LesionStatus.REJECTED),
        (Qt.Key.Key_Y, LesionStatus.PHYSIOLOGICAL),
        (Qt.Key.Key_H, LesionStatus.PHYSIOLOGICAL),
    ],
)
def test_one_key_judges_a_lesion(desk: Desk, key: Qt.Key, status: LesionStatus) -> None:
    desk.open()
    desk.find()
    desk.activate()
    desk.lesions.select("id2")
    desk.qtbot.keyClick(desk.lesions.table, key)
    assert desk.session.analysis is not None
    assert desk.session.analysis.segmentation.lesion("id2").status is status
    # The row stays where it is, so that the eye does.
    assert desk.cells(1)[COLUMN["name"]] == "L2"


def test_a_row_leads_to_the_hottest_point(desk: Desk) -> None:
    desk.open()
    desk.find()
    panes = desk.window.holder.desk
    assert panes is not None
    assert desk.session.analysis is not None
    table = desk.lesions.table
    rect = table.visualRect(desk.lesions.proxy.index(1, COLUMN["suv_max"]))
    desk.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    hottest = desk.session.analysis.biomarkers["id2"].hottest_lps_mm
    assert panes.model.navigation.cursor_lps_mm == pytest.approx(hottest)
    desk.trigger("next_lesion")
    hottest = desk.session.analysis.biomarkers["id3"].hottest_lps_mm
    assert panes.model.navigation.cursor_lps_mm == pytest.approx(hottest)
    desk.trigger("next_lesion")
    assert desk.lesions.selected_ids() == ("id1",)
    desk.trigger("previous_lesion")
    assert desk.lesions.selected_ids() == ("id3",)


def test_a_click_in_a_pane_chooses_the_row(desk: Desk) -> None:
    desk.open()
    desk.find()
    panes = desk.window.holder.desk
    assert panes is not None
    box = box_of(panes, Content.PET, Plane.AXIAL)
    assert desk.session.analysis is not None
    point = desk.session.analysis.biomarkers["id3"].hottest_lps_mm
    panes.model.navigation.set_cursor(point)
    x, y = panes.scene.pane_view(box.spec, box.width, box.height).to_px(point)
    desk.qtbot.mouseClick(
        panes, Qt.MouseButton.LeftButton, pos=QPoint(box.x + round(x), box.y + round(y))
    )
    assert desk.lesions.selected_ids() == ("id3",)


def test_columns_sort_by_number(desk: Desk) -> None:
    desk.open()
    desk.find()
    table, proxy = desk.lesions.table, desk.lesions.proxy
    table.sortByColumn(COLUMN["suv_max"], Qt.SortOrder.AscendingOrder)
    assert [proxy.index(n, 0).data(ID_ROLE) for n in range(3)] == ["id2", "id1", "id3"]
    table.sortByColumn(COLUMN["suv_max"], Qt.SortOrder.DescendingOrder)
    assert [proxy.index(n, 0).data(ID_ROLE) for n in range(3)] == ["id3", "id1", "id2"]


def test_values_of_another_revision_are_stale(desk: Desk) -> None:
    study = desk.open()
    analysis = make_analysis(study)
    newer = replace(analysis, segmentation=replace(analysis.segmentation, revision=5))
    desk.lesions.show_analysis(newer)
    model = desk.lesions.model
    assert model.index(0, COLUMN["mtv_ml"]).data(STALE_ROLE) is True
    assert model.index(0, COLUMN["name"]).data(STALE_ROLE) is False
    tip = model.index(0, COLUMN["mtv_ml"]).data(Qt.ItemDataRole.ToolTipRole)
    assert "Stale" in tip


def test_uncertainty_is_laid_over_the_panes(desk: Desk) -> None:
    desk.open()
    assert not desk.window.actions_["uncertainty"].isEnabled()
    desk.find()
    panes = desk.window.holder.desk
    assert panes is not None
    desk.trigger("uncertainty")
    assert panes.scene.overlays.show_uncertainty
    desk.trigger("uncertainty")
    assert not panes.scene.overlays.show_uncertainty


def test_space_hides_overlays_while_held(desk: Desk) -> None:
    desk.open()
    desk.find()
    panes = desk.window.holder.desk
    assert panes is not None
    desk.activate()
    panes.setFocus()
    desk.qtbot.keyPress(panes, Qt.Key.Key_Space)
    assert panes.scene.overlays.hidden
    desk.qtbot.keyRelease(panes, Qt.Key.Key_Space)
    assert not panes.scene.overlays.hidden


def test_display_settings_reach_the_panes(desk: Desk) -> None:
    desk.open()
    panes = desk.window.holder.desk
    assert panes is not None
    desk.window.actions_["ct_window_2"].trigger()
    assert panes.scene.window.ct_window == (1500.0, -600.0)
    assert desk.display.preset.currentText().startswith("Lung")
    desk.display.pet_upper.setValue(12.5)
    assert panes.scene.window.pet_range == (0.0, 12.5)
    desk.trigger("suv_lower")
    assert panes.scene.window.pet_range == (0.0, 11.5)
    panes.model.display.set_pet_range(0.0, 5.0)
    assert desk.display.pet_upper.value() == 5.0
    desk.display.fusion.setValue(80)
    assert panes.scene.fusion.opacity == pytest.approx(0.8)


def test_layouts_step_and_stay_in_the_menu(desk: Desk) -> None:
    desk.open()
    panes = desk.window.holder.desk
    assert panes is not None
    names = desk.scene.layouts.layout_names()
    desk.trigger("layout_next")
    assert panes.model.layouts.layout_name == names[1]
    desk.trigger("layout_previous")
    desk.trigger("layout_previous")
    assert panes.model.layouts.layout_name == names[-1]


def test_cancel_stops_the_search(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(endless_search)
    desk.open()
    desk.trigger("find")
    bar = desk.window.job_bar
    desk.qtbot.waitUntil(lambda: bar.progress.value() == 300, timeout=5000)
    assert bar.cancel.isVisible()
    assert not desk.lesions.find_button.isEnabled()
    desk.qtbot.mouseClick(bar.cancel, Qt.MouseButton.LeftButton)
    desk.wait_idle()
    assert not bar.cancel.isVisible()
    assert bar.title.text() == "Find lesions: cancelled"
    assert desk.session.analysis is None
    assert desk.lesions.find_button.isEnabled()
    assert desk.messages() == []


def test_closing_during_a_search_ends_it(make_desk: Callable[..., Desk]) -> None:
    # That no thread is left is checked for every test in conftest.
    desk = make_desk(endless_search)
    desk.open()
    desk.trigger("find")
    bar = desk.window.job_bar
    desk.qtbot.waitUntil(lambda: bar.progress.value() == 300, timeout=5000)
    assert desk.window.close()
    assert not desk.window.isVisible()


def test_a_result_of_a_closed_study_is_put_aside(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(endless_search)
    desk.open()
    desk.trigger("find")
    desk.trigger("close_study")
    desk.wait_idle()
    assert desk.session.analysis is None
    assert desk.window.holder.welcome.isVisible()
    assert desk.lesions.stack.currentIndex() == 0


def test_unsaved_judgements_ask_before_closing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.open()
    desk.find()
    desk.lesions.select("id1")
    desk.trigger("accept")
    asked: list[str] = []

    def answer(box: QMessageBox) -> Any:
        asked.append(box.text())
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "exec", answer)
    assert not desk.window.close()
    assert desk.window.isVisible()
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: QMessageBox.StandardButton.Discard)
    assert desk.window.close()
    assert asked == ["The lesions were changed and not exported since."]


def test_unsaved_judgements_ask_before_their_study_closes(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = desk.open()
    desk.find()
    desk.lesions.select("id1")
    desk.trigger("accept")
    asked: list[str] = []

    def cancel(box: QMessageBox) -> Any:
        asked.append(box.text())
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "exec", cancel)
    # A further opening takes nothing away: the study stays open beside the new one.
    desk.controller(StudyController).open_paths([tmp_path])
    desk.wait_idle()
    assert not asked
    desk.trigger("close_study")
    assert len(asked) == 1
    assert desk.session.study is study
    assert desk.session.studies.has_unsaved_edits


def test_warnings_of_a_search_are_shown(make_desk: Callable[..., Desk]) -> None:
    warning = "The model was not trained on this tracer."

    def warned(study: Study) -> Callable[[JobContext], LesionAnalysis]:
        analysis = make_analysis(study)
        provenance = replace(analysis.provenance, warnings=(warning,))
        return lambda _context: replace(analysis, provenance=provenance)

    desk = make_desk(warned)
    desk.open()
    desk.find()
    assert desk.messages() == [warning]
    desk.trigger("undo")
    assert desk.messages() == []


def drag_enter(data: QMimeData) -> QDragEnterEvent:
    none, button = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    with warnings.catch_warnings():
        # Qt 6.12 calls the QPoint of this event deprecated; 6.11 has nothing else.
        warnings.simplefilter("ignore", DeprecationWarning)
        return QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, button, none)


def test_dropped_folders_are_opened(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[list[Path]] = []

    def take(paths: list[Path]) -> Job:
        opened.append(paths)
        return desk.session.jobs.run("Nothing", lambda _context: None, lambda _none: None)

    monkeypatch.setattr(desk.session.studies, "open_paths", take)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    none, button = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    enter = drag_enter(data)
    QApplication.sendEvent(desk.window, enter)
    assert enter.isAccepted()
    assert desk.window.holder.welcome.hint.property("over") is True
    drop = QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, button, none)
    QApplication.sendEvent(desk.window, drop)
    desk.qtbot.waitUntil(lambda: opened == [[tmp_path]])
    assert desk.window.holder.welcome.hint.property("over") is False


def test_dropped_text_is_not_taken(desk: Desk) -> None:
    data = QMimeData()
    data.setText("hello")
    enter = drag_enter(data)
    enter.ignore()
    QApplication.sendEvent(desk.window, enter)
    assert not enter.isAccepted()


def test_export_asks_for_a_folder_and_writes(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open()
    desk.find()
    desk.lesions.select("id1")
    desk.trigger("accept")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    written: list[Path] = []

    def export(study: object, parts: object, folder: Path, context: object) -> tuple[Path, ...]:
        (folder / "lesions.csv").write_text("written")
        written.append(folder)
        return (folder / "lesions.csv",)

    monkeypatch.setattr("app.io.write.exporter.export", export)
    desk.trigger("export")
    desk.wait_idle()
    assert written == [tmp_path]
    assert not desk.session.studies.has_unsaved_edits
    assert tmp_path.name in desk.window.job_bar.title.text()


def test_a_folder_with_results_is_not_overwritten_unasked(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open()
    desk.find()
    (tmp_path / "summary.json").write_text("{}")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    started: list[Path] = []
    monkeypatch.setattr(desk.session.results, "export", started.append)
    desk.trigger("export")
    assert started == []


def test_a_pet_without_suv_offers_no_search(desk: Desk) -> None:
    study = make_study()
    assert study.pet is not None
    bqml = Volume(study.pet.grid, np.asarray(study.pet.array), Quantity.BQML, "1.1")
    desk.open(make_study(pet=bqml))
    assert not desk.lesions.find_button.isEnabled()
    assert "SUV" in desk.lesions.reason.text()
