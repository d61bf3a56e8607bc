"""A 4D study in the window: the slider shows another time frame, and only that changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from app.core.study.study import Phases
from tests.support.dicom_files import FACTOR, affine_of, write_series
from tests.support.ui_study import Desk, make_analysis, make_study
from ui.phases.controller import PhaseController
from viewers.paint.texts import pane_corners
from viewers.scene.shown import shown_in

FRAMES = 4


@pytest.fixture
def dynamic(tmp_path: Path) -> Path:
    """Four frames, each of one value, which tells the frames apart; a CT."""
    uid = None
    for n in range(FRAMES):
        uid = write_series(
            tmp_path / f"frame{n}",
            np.full((6, 8, 9), 1000 * (n + 1), np.int16),
            affine_of(),
            series_uid=uid,
            AcquisitionTime=f"110{n}00",
            ActualFrameDuration="60000",
        )
    write_series(tmp_path / "ct", np.zeros((6, 8, 9), np.int16), affine_of(), "CT")
    return tmp_path


def opened(desk: Desk, folder: Path) -> None:
    desk.session.studies.open_paths([folder])
    desk.qtbot.waitUntil(lambda: desk.session.study is not None, timeout=20000)
    desk.wait_idle()


def level(desk: Desk) -> float:
    """Mean of the PET on screen, in that of the first frame."""
    study = desk.session.study
    assert study is not None
    assert study.pet is not None
    assert desk.window.holder.desk is not None
    assert desk.window.holder.desk.scene.pet is study.pet
    # 70 kg and 370 MBq: the factor is that of the header, whatever the frame.
    wanted: float = 1000.0 * FACTOR
    return float(study.pet.array.mean()) / wanted


def waits(desk: Desk, wanted: float) -> None:
    desk.qtbot.waitUntil(lambda: level(desk) == pytest.approx(wanted, rel=1e-5), timeout=10000)
    desk.wait_idle()


def test_slider_keys_and_mean_show_frames(desk: Desk, dynamic: Path) -> None:
    bar = desk.controller(PhaseController).bar
    assert not bar.isVisible()
    assert not desk.window.actions_["phase_next"].isEnabled()
    opened(desk, dynamic)
    assert bar.isVisible()
    (row,) = bar.rows.values()
    assert level(desk) == pytest.approx(1.0)
    row.slider.setFocus()
    desk.qtbot.keyClick(row.slider, Qt.Key.Key_Right)
    waits(desk, 2.0)
    assert row.words.text() == "Time frame 2 of 4 (60–120 s)"
    desk.trigger("phase_previous")
    waits(desk, 1.0)
    # Round the end.
    desk.trigger("phase_previous")
    waits(desk, 4.0)
    desk.qtbot.mouseClick(row.mean, Qt.MouseButton.LeftButton)
    waits(desk, 2.5)
    assert row.words.text() == "Mean of 4 time frames"
    assert desk.window.actions_["phase_mean"].isChecked()
    desk.trigger("phase_mean")
    waits(desk, 4.0)
    assert not row.mean.isChecked()


def test_only_the_last_wish_of_a_drag_is_read_at_the_end(desk: Desk, dynamic: Path) -> None:
    opened(desk, dynamic)
    (row,) = desk.controller(PhaseController).bar.rows.values()
    for n in (1, 2, 3, 1, 2):
        row.slider.setValue(n)
    desk.wait_idle()
    desk.qtbot.waitUntil(lambda: row.phases.shown == 2, timeout=10000)
    assert row.slider.value() == 2
    assert row.words.text() == "Time frame 3 of 4 (120–180 s)"
    # While it is read the bar says what comes.
    row.slider.setValue(0)
    assert row.words.text() == "Time frame 1 of 4 (0–60 s) …"
    desk.wait_idle()
    desk.qtbot.waitUntil(lambda: row.words.text() == "Time frame 1 of 4 (0–60 s)", timeout=10000)
    # What is shown already is not read again.
    row.wanted.emit(row.phases.series_uid, 0)
    assert not desk.session.jobs.reports


def test_place_window_and_dismissed_banner_stay(desk: Desk, dynamic: Path) -> None:
    opened(desk, dynamic)
    holder = desk.window.holder
    assert holder.desk is not None
    assert any("time frame" in b for b in desk.messages())
    holder.banners.clear()
    holder.desk.model.navigation.set_cursor((-4.0, -11.0, 42.0))
    holder.desk.model.display.set_pet_range(0.0, 3.0)
    holder.desk.model.layouts.maximise(1)
    (row,) = desk.controller(PhaseController).bar.rows.values()
    row.slider.setValue(3)
    desk.qtbot.waitUntil(lambda: row.phases.shown == 3, timeout=10000)
    desk.wait_idle()
    scene = holder.desk.scene
    assert scene.crosshair.pet == (-4.0, -11.0, 42.0)
    assert scene.window.pet_range == (0.0, 3.0)
    assert scene.maximised == 1
    assert not desk.messages()
    holder.desk.model.layouts.maximise(None)
    scene = holder.desk.scene
    boxes = scene.boxes(1200, 900)
    pet = next(b for b in boxes if b.spec.content == "pet")
    said = [x.text for x in pane_corners(shown_in(scene, pet)).top_right]
    assert "Time frame 4 of 4 (180–240 s)" in said
    ct = next(b for b in boxes if b.spec.content == "ct")
    assert not any("frame" in x.text for x in pane_corners(shown_in(scene, ct)).top_right)


def test_outlines_are_not_lost_unasked(
    desk: Desk, dynamic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(desk, dynamic)
    analysis = make_analysis(make_study())
    desk.session.results.run("Find", lambda _context: analysis)
    desk.qtbot.waitUntil(lambda: desk.session.analysis is not None)
    desk.wait_idle()
    answers = [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Yes]
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: answers.pop(0))
    (row,) = desk.controller(PhaseController).bar.rows.values()
    row.slider.setValue(1)
    assert desk.session.analysis is analysis
    assert row.slider.value() == 0
    row.slider.setValue(1)
    desk.qtbot.waitUntil(lambda: row.phases.shown == 1, timeout=10000)
    assert desk.session.analysis is None
    desk.wait_idle()


def test_a_frame_that_cannot_be_read_is_told_and_the_slider_goes_back(
    desk: Desk, dynamic: Path
) -> None:
    opened(desk, dynamic)
    for path in (dynamic / "frame2").iterdir():
        path.unlink()
    (row,) = desk.controller(PhaseController).bar.rows.values()
    row.slider.setValue(2)
    desk.wait_idle()
    desk.qtbot.waitUntil(lambda: row.slider.value() == 0, timeout=10000)
    assert any("cannot be read" in m or "can be read" in m for m in desk.messages())
    desk.session.studies.close()
    assert not desk.controller(PhaseController).bar.isVisible()


def test_a_static_study_has_no_bar(desk: Desk) -> None:
    desk.open()
    assert desk.session.study is not None
    assert desk.session.study.phases == ()
    assert not desk.controller(PhaseController).bar.isVisible()
    assert not desk.window.actions_["phase_mean"].isEnabled()
    assert Phases("1", "gate", ("0 %", "50 %"), 1).sentence == "Gate 2 of 2 (50 %)"
