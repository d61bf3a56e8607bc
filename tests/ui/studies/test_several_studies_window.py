"""Several studies in the window: the list, comparing, patients that differ, series, recents."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import ref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMessageBox, QToolButton

from app.core.space.volume import Volume
from app.core.study.series_drag import SERIES_MIME
from app.core.study.study import Patient, Study
from app.io.open.recent import recent_folders, remember_folder
from tests.support.hands import drop, middle, press
from tests.support.ui_study import Desk, make_denoised, make_study
from ui.studies.controller import StudyController
from ui.studies.panel import study_key
from viewers.desk.desk import ReadingDesk
from viewers.space.layouts import Content

RITA = Patient("Roe^Rita", "B-2", "F", "19510722")
LEFT = Qt.MouseButton.LeftButton


def open_two(desk: Desk, **second: object) -> tuple[Study, Study]:
    """Open a study and its prior; the first is active."""
    first = make_study(date="20260110")
    prior = make_study(**{"date": "20250704", **second})
    desk.session.studies.add([first, prior])
    desk.wait_idle()
    return first, prior


def panes(desk: Desk) -> ReadingDesk:
    found = desk.window.holder.desk
    assert found is not None
    return found


def middle_of(desk: Desk, number: int) -> QPoint:
    return middle(panes(desk).scene.boxes(panes(desk).width(), panes(desk).height())[number])


def close(desk: Desk, study: Study) -> None:
    """Close a study by the button of its card."""
    (card,) = (x for x in desk.studies.cards if x.study is study)
    names = (x.accessibleName() for x in card.findChildren(QToolButton))
    press(card, next(x for x in names if x.startswith("Close")))


def pane_of(desk: Desk, content: Content) -> int:
    boxes = panes(desk).scene.boxes(panes(desk).width(), panes(desk).height())
    return next(b.number for b in boxes if b.spec.content is content)


def test_open_studies_are_listed_with_role_and_picture(desk: Desk) -> None:
    desk.open()
    assert desk.studies.cards == []
    first, prior = open_two(desk)
    cards = desk.studies.cards
    assert [c.role for c in cards] == ["", "active", ""]
    assert [c.study for c in cards[1:]] == [first, prior]
    assert not cards[1].picture.pixmap().isNull()
    assert not desk.studies.rows["1.1"].picture.pixmap().isNull()
    assert "2025" in cards[2].compare_button.accessibleName()
    pixels = cards[1].picture.pixmap().cacheKey()
    desk.qtbot.mouseClick(cards[2].activate_button, LEFT)
    assert desk.studies.cards[1] is not cards[1]
    # Qt keeps what it draws of each pixmap: the same picture must stay the same pixmap.
    assert desk.studies.cards[1].picture.pixmap().cacheKey() == pixels
    assert desk.session.study is prior
    assert panes(desk).scene.study is prior
    assert [c.role for c in desk.studies.cards] == ["", "", "active"]
    desk.wait_idle()


def test_compare_shows_both_and_goes_back(desk: Desk) -> None:
    desk.open()
    assert not desk.window.actions_["compare"].isEnabled()
    desk.session.studies.close()
    first, prior = open_two(desk)
    desk.trigger("compare")
    desk.wait_idle()
    assert desk.session.studies.comparison is prior
    assert panes(desk).model.layouts.layout_name == "compare"
    assert [c.role for c in desk.studies.cards] == ["active", "comparison"]
    assert set(desk.studies.comparison_rows) == {"1.1", "1.2", "1.3"}
    assert "CT" in desk.studies.comparison_rows["1.2"].where.text()
    assert desk.messages() == []
    # Both state one frame of reference.
    assert "frame of reference" in desk.window.job_bar.title.text()
    desk.trigger("swap_studies")
    assert (desk.session.study, desk.session.studies.comparison) == (prior, first)
    assert panes(desk).model.layouts.layout_name == "compare"
    assert panes(desk).scene.followers
    desk.trigger("compare")
    assert panes(desk).model.layouts.layout_name == "default"
    desk.trigger("compare")
    card = next(c for c in desk.studies.cards if c.role == "comparison")
    desk.qtbot.mouseClick(card.compare_button, LEFT)
    assert desk.session.studies.comparison is None
    assert panes(desk).model.layouts.layout_name == "default"
    desk.wait_idle()


def test_a_snapshot_with_a_second_study_compares_them(tmp_path: Path) -> None:
    # In a process of its own, as the command line takes it: its window lives as long as that.
    code = f"""
from pathlib import Path
from tests.support.ui_study import make_study
from ui.window.start import snapshot
study, prior = make_study(), make_study(date="20250704")
for layout in ("", "compare", "default"):
    out = Path({str(tmp_path)!r}) / f"{{layout or 'usual'}}.png"
    snapshot(study, out, layout, (1280, 800), prior)
"""
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    usual, compare, default = (
        QImage(str(tmp_path / f"{x}.png")) for x in ("usual", "compare", "default")
    )
    assert not usual.isNull()
    assert usual == compare
    assert usual != default


def test_two_patients_are_marked_and_said(desk: Desk) -> None:
    open_two(desk, patient=RITA)
    note = desk.studies.cards[1].toolTip()
    assert "Other patient" in note
    desk.qtbot.mouseClick(desk.studies.cards[1].compare_button, LEFT)
    desk.wait_idle()
    (said,) = desk.messages()
    assert "Two patients" in said
    assert "Doe, Jane" in said
    assert "Roe, Rita" in said
    marks = {x.patient_mark for x in panes(desk).scene.followers.values()}
    assert marks == {"OTHER PATIENT\nRoe, Rita"}
    banner = desk.window.holder.banners.shown[0]
    desk.qtbot.mouseClick(banner.buttons[0], LEFT)
    assert desk.messages() == []
    assert desk.session.studies.comparison is None


def test_a_patient_that_is_not_stated_is_marked_too(desk: Desk) -> None:
    open_two(desk, patient=Patient())
    desk.trigger("compare")
    desk.wait_idle()
    assert "do not say" in desk.messages()[0]
    marks = {x.patient_mark for x in panes(desk).scene.followers.values()}
    assert marks == {"PATIENT NOT CONFIRMED\nname not stated"}
    panes(desk).snapshot()


def test_results_of_each_study_come_back(desk: Desk) -> None:
    first, prior = open_two(desk)
    desk.find()
    desk.session.derived.run("Denoised", lambda context: make_denoised(first))
    desk.qtbot.waitUntil(lambda: bool(desk.session.derived.images))
    desk.wait_idle()
    desk.window.holder.banners.clear()
    desk.trigger("next_study")
    desk.wait_idle()
    assert desk.session.study is prior
    assert desk.lesions.model.rowCount() == 0
    assert panes(desk).scene.overlays.segmentation is None
    desk.trigger("previous_study")
    desk.wait_idle()
    assert desk.lesions.model.rowCount() == 3
    assert desk.session.analysis is not None
    assert panes(desk).scene.overlays.segmentation is desk.session.analysis.segmentation
    assert panes(desk).scene.derived is desk.session.derived.images[0]
    # That it is ready is no news any more.
    assert desk.messages() == []


def test_outlines_of_the_prior_are_shown_beside(desk: Desk) -> None:
    first, _prior = open_two(desk)
    desk.find()
    desk.trigger("next_study")
    desk.trigger("compare")
    desk.wait_idle()
    assert desk.session.studies.comparison is first
    (follower,) = panes(desk).scene.followers.values()
    analysis = desk.session.studies.content_of(first).analysis
    assert analysis is not None
    assert follower.overlays.segmentation is analysis.segmentation
    assert panes(desk).scene.overlays.segmentation is None
    assert follower.mip is not None


def test_the_link_is_shown_and_set(desk: Desk) -> None:
    open_two(desk)
    desk.trigger("compare")
    action = desk.window.actions_["link_studies"]
    assert action.isChecked()
    desk.trigger("link_studies")
    assert panes(desk).model.beside.link is None
    assert "not linked" in desk.window.job_bar.title.text()
    panes(desk).model.navigation.set_cursor((0.0, 0.0, 60.0))
    desk.trigger("link_here")
    assert action.isChecked()
    link = panes(desk).model.beside.link
    assert link is not None
    assert link.offset_mm[2] != 0
    assert "where you set it" in desk.window.job_bar.title.text()
    desk.wait_idle()


def test_unsaved_judgements_of_every_study_ask(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first, prior = open_two(desk)
    desk.find()
    desk.lesions.select("id1")
    desk.trigger("accept")
    desk.trigger("next_study")
    asked: list[Study | None] = []

    def answer(_box: QMessageBox) -> Any:
        asked.append(desk.session.study)
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "exec", answer)
    close(desk, prior)
    assert asked == []
    assert desk.session.studies.all == (first,)
    desk.trigger("close_study")
    assert asked == [first]
    assert desk.session.studies.all == (first,)
    assert not desk.window.close()
    assert desk.window.isVisible()
    desk.wait_idle()


# Series in panes


def with_lung(study: Study) -> Volume:
    assert study.ct is not None
    return replace(study.ct, series_uid="1.9", array=study.ct.array + 500)


def test_a_series_that_is_in_memory_goes_to_a_pane(desk: Desk) -> None:
    first, _prior = open_two(desk)
    dragged = desk.studies.rows["1.2"].mime()
    words = bytes(dragged.data(SERIES_MIME).data()).decode()
    assert words == f"{study_key(first)}\n1.2"
    number = pane_of(desk, Content.CT)
    assert drop(panes(desk), middle_of(desk, number), dragged)
    assert number in panes(desk).scene.followers
    assert desk.messages() == []
    assert drop(panes(desk), middle_of(desk, pane_of(desk, Content.MIP)), dragged)
    assert "does not fit a MIP pane" in desk.messages()[0]
    desk.trigger("usual_series")
    assert not panes(desk).scene.followers
    gone = QMimeData()
    gone.setData(SERIES_MIME, b"gone\n1.2")
    assert drop(panes(desk), middle_of(desk, number), gone)
    assert "no longer open" in desk.messages()[0]


def test_a_series_of_another_patient_in_a_pane_is_marked(desk: Desk) -> None:
    _first, other = open_two(desk, patient=RITA)
    number = pane_of(desk, Content.CT)
    desk.controller(StudyController).several.show_series(number, other, "1.2")
    assert "Two patients" in desk.messages()[0]
    (follower,) = panes(desk).scene.followers.values()
    assert follower.patient_mark.endswith("Roe, Rita")
    desk.session.studies.close(other)
    assert desk.messages() == []
    assert not panes(desk).scene.followers


def test_a_further_series_is_read_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _prior = open_two(desk)
    volume = with_lung(first)
    monkeypatch.setattr("app.io.open.studies.read_further", lambda *_: volume)
    number = pane_of(desk, Content.CT)
    panes(desk).model.layouts.activate(number)
    row = desk.studies.rows["1.3"]
    desk.activate()
    row.setFocus()
    desk.qtbot.keyClick(row, Qt.Key.Key_Return)
    desk.qtbot.waitUntil(lambda: number in panes(desk).scene.followers)
    desk.wait_idle()
    assert desk.session.studies.content_of(first).image("1.3") is volume
    panes(desk).model.layouts.activate(None)
    desk.qtbot.keyClick(row, Qt.Key.Key_Return)
    assert "No pane is active" in desk.messages()[0]


def test_a_series_without_files_is_said(desk: Desk) -> None:
    first, _prior = open_two(desk)
    desk.controller(StudyController).several.show_series(0, first, "1.3")
    desk.wait_idle()
    assert "not known" in desk.messages()[0]


# Recent studies


def test_opened_folders_are_remembered_and_opened_again(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "Doe & Partner"
    folder.mkdir()
    study = make_study(source=str(folder))
    monkeypatch.setattr("app.io.open.studies.open_studies", lambda *_: (study,))
    controller = desk.controller(StudyController)
    controller.open_paths([folder])
    desk.wait_idle()
    assert [x.path for x in recent_folders()] == [folder]
    recent = controller.recent
    assert recent.menu is not None
    assert "&&" in recent.menu.actions()[0].text()
    desk.session.studies.close()
    (link,) = desk.studies.recent_links
    assert str(folder) == link.toolTip()
    desk.activate()
    link.setFocus(Qt.FocusReason.TabFocusReason)
    desk.qtbot.keyClick(link, Qt.Key.Key_Return)
    desk.wait_idle()
    assert desk.session.study is study
    desk.trigger("clear_recent")
    assert recent_folders() == ()
    assert not desk.window.actions_["clear_recent"].isEnabled()


def test_a_study_shown_from_memory_is_not_remembered(desk: Desk, tmp_path: Path) -> None:
    desk.open(make_study(source=str(tmp_path)))
    assert recent_folders() == ()


def test_a_recent_folder_that_is_gone_is_a_sentence(desk: Desk, tmp_path: Path) -> None:
    remember_folder(tmp_path / "gone")
    desk.controller(StudyController).recent.open(tmp_path / "gone")
    assert desk.messages() == ["The folder gone is no longer there."]
    assert recent_folders() == ()


def test_nothing_holds_a_closed_study_in_memory(desk: Desk) -> None:
    first, prior = open_two(desk)
    desk.trigger("compare")
    desk.wait_idle()
    desk.find()
    desk.trigger("swap_studies")
    panes(desk).model.beside.link_here()
    panes(desk).model.beside.show_series(pane_of(desk, Content.CT), prior, with_lung(prior))
    panes(desk).snapshot()
    desk.wait_idle()
    held = [ref(x) for x in (first, prior, first.ct, prior.pet) if x is not None]
    del first, prior
    desk.session.studies.close()
    desk.session.studies.close()
    desk.wait_idle()
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()
    gc.collect()
    assert [x() for x in held] == [None] * 4
