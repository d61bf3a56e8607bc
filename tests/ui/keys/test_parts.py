"""Bridge, throttle, texts, actions, and a start without torch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QTimer
from PySide6.QtGui import QAction, QImage
from pytestqt.qtbot import QtBot

from app.core.kit.jobs import JobReport, JobState
from tests.support.displays import without_notices
from tests.support.ui_study import Desk
from ui.frame.bridge import Bridge, Throttle
from ui.frame.job_bar import JobBar
from ui.help import dialogs
from ui.kit import text
from ui.kit.action_button import ActionButton
from ui.kit.pages import TextDialog
from ui.kit.theme import resource
from ui.window.capabilities import all_actions
from viewers.paint import numbers as panes


def test_the_window_is_up_before_torch_is_imported() -> None:
    code = """
import json, sys
from ui.window.start import make_application, make_window
application = make_application()
window = make_window()
window.show()
application.processEvents()
heavy = ("torch", "monai", "pydicom", "highdicom", "vtkmodules", "pyqtgraph", "nibabel")
print(json.dumps([window.isVisible(), [x for x in heavy if x in sys.modules]]))
window.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert json.loads(done.stdout) == [True, []]


def test_a_window_closed_at_once_ends_the_program(tmp_path: Path) -> None:
    # Files are being read and torch is being imported while the window goes away.
    code = f"""
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
import ui.window.start as start
made = start.make_window
def make_window(settings):
    window = made(settings)
    QTimer.singleShot(600, window, window.close)
    return window
start.make_window = make_window
sys.exit(start.run([Path({str(tmp_path)!r})]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
    )
    assert (done.returncode, done.stdout, without_notices(done.stderr)) == (0, "", "")
    # The window's place was remembered: not in the configuration of who runs the tests.
    if sys.platform == "linux":
        kept = list(Path(os.environ["UPTAKE_CONFIG"]).rglob("settings.json"))
        assert len(kept) == 1
        assert "window.geometry" in kept[0].read_text(encoding="utf-8")


def test_a_snapshot_needs_no_display(tmp_path: Path, shared_data: Path) -> None:
    out = tmp_path / "picture.png"
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment.pop("QT_QPA_PLATFORM", None)
    arguments = [str(shared_data / "acrin-nsclc-042"), "--out", str(out), "--size", "1280x800"]
    done = subprocess.run(
        [sys.executable, "-m", "app", "snapshot", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert (done.returncode, without_notices(done.stderr)) == (0, "")
    image = QImage(str(out))
    assert (image.width(), image.height()) == (1280, 800)
    colours = {image.pixel(x, y) for x in range(240, 980, 7) for y in range(60, 760, 7)}
    assert len(colours) > 100, "no images in the picture"


def test_qt_keeps_the_references_it_is_lent(qtbot: QtBot) -> None:
    # PySide6 6.12.0 on Python 3.11 loses a reference of None or True at every call that returns
    # it, and the interpreter aborts after some thousand calls.
    bar = JobBar()
    qtbot.addWidget(bar)

    def references() -> int:
        return min(sys.getrefcount(None), sys.getrefcount(True))

    before = references()
    for _ in range(400):
        bar.say("x")
        bar.cancel_wanted.emit(1)
    assert references() > before - 200


def test_the_bridge_runs_calls_on_its_own_thread_in_order(qtbot: QtBot) -> None:
    bridge = Bridge()
    seen: list[tuple[int, int]] = []

    def note(n: int) -> None:
        seen.append((n, threading.get_ident()))

    def worker() -> None:
        for n in range(200):
            bridge.post(partial(note, n))

    thread = threading.Thread(target=worker)
    thread.start()
    thread.join()
    assert seen == []
    qtbot.waitUntil(lambda: len(seen) == 200)
    assert [n for n, _ in seen] == list(range(200))
    assert {ident for _, ident in seen} == {threading.get_ident()}


def test_an_error_in_one_call_does_not_strand_the_next(qtbot: QtBot) -> None:
    bridge = Bridge()
    seen: list[int] = []
    with qtbot.captureExceptions() as errors:
        bridge.post(lambda: seen.append(1 // 0))
        bridge.post(lambda: seen.append(2))
        qtbot.waitUntil(lambda: seen == [2])
    assert [kind for kind, _, _ in errors] == [ZeroDivisionError]


def test_slow_calls_leave_room_between(qtbot: QtBot) -> None:
    bridge = Bridge()
    done: list[float] = []
    turns: list[int] = []

    def slow() -> None:
        time.sleep(0.02)
        done.append(time.monotonic())

    for _ in range(10):
        bridge.post(slow)
    timer = QTimer()
    timer.timeout.connect(lambda: turns.append(len(done)))
    timer.start(1)
    qtbot.waitUntil(lambda: len(done) == 10)
    timer.stop()
    # The event loop turned while calls were still waiting.
    assert any(0 < n < 10 for n in turns)


def test_throttle_passes_the_first_and_the_last(qtbot: QtBot) -> None:
    seen: list[object] = []
    throttle = Throttle(30, seen.append)
    for n in range(10):
        throttle.offer(n)
    assert seen == [0]
    qtbot.waitUntil(lambda: seen == [0, 9])
    throttle.offer(10)
    throttle.flush(11)
    assert seen[-1] == 11
    qtbot.wait(60)
    assert seen[-1] == 11


def test_the_job_bar_shows_and_forgets_jobs(qtbot: QtBot) -> None:
    bar = JobBar()
    qtbot.addWidget(bar)
    bar.show()
    bar.show_report(JobReport(1, "Find lesions", JobState.RUNNING, 0.42, "Predicting", 10.0, 63.0))
    assert bar.title.text() == "Find lesions · Predicting"
    assert bar.percent.text() == text.percent(0.42)
    assert bar.left.text() == "about 65 s left"
    with qtbot.waitSignal(bar.cancel_wanted) as heard:
        bar.cancel.click()
    assert heard.args == [1]
    bar.show_report(JobReport(1, "Find lesions", JobState.CANCELLING, 0.42))
    assert not bar.cancel.isEnabled()
    bar.keep_quiet(2)
    bar.show_report(JobReport(2, "Warm-up", JobState.RUNNING, 0.1))
    assert len(bar.active) == 1
    bar.show_report(JobReport(1, "Find lesions", JobState.CANCELLED, 0.42))
    assert bar.title.text() == "Find lesions: cancelled"
    assert not bar.progress.isVisible()
    # The throttle's timer ends by itself.
    qtbot.wait(120)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.4249, "0.42"),
        (9.994, "9.99"),
        (27.44, "27.4"),
        (318.2, "318"),
        (9.996, "10.0"),
        (float("nan"), "–"),
    ],
)
def test_numbers_have_three_figures(value: float, shown: str) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale.c())
    try:
        assert text.significant(value) == shown
    finally:
        QLocale.setDefault(before)


def test_numbers_follow_the_readers_locale() -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    try:
        assert text.significant(3.14159) == "3,14"
        assert text.interval((24.13, 30.24)) == "24,1–30,2"
    finally:
        QLocale.setDefault(before)


def test_docks_write_numbers_as_panes_do() -> None:
    assert text.number(-1.25, 2) == panes.number(-1.25, 2) == "\u22121.25"
    assert text.number(-0.3, 0) == panes.number(-0.3, 0) == "0"
    assert text.number(float("nan"), 1) == text.number(None, 1) == text.NOT_KNOWN


def test_times_are_readable() -> None:
    assert text.remaining(3) == "a few seconds left"
    assert text.remaining(240) == "about 4 min left"
    assert text.remaining(None) == ""


def test_every_action_has_a_tooltip_and_every_icon_a_file() -> None:
    keys = [key for spec in all_actions() for key in spec.keys]
    assert len(keys) == len(set(keys)), "one key, two actions"
    for spec in all_actions():
        assert spec.tip
        if spec.icon:
            assert resource("icons", f"{spec.icon}.svg").is_file()


def test_a_button_follows_its_action(qtbot: QtBot) -> None:
    action = QAction("Mark && &measure")
    action.setCheckable(True)
    button = ActionButton(action)
    qtbot.addWidget(button)
    assert button.accessibleName() == "Mark && &measure"
    action.setEnabled(False)
    action.setChecked(True)
    assert (button.isEnabled(), button.isChecked()) == (False, True)
    action.setEnabled(True)
    action.setText("Cut && &paste")
    action.setToolTip("Cut it")
    assert (button.text(), button.toolTip()) == ("Cut && paste", "Cut it")
    button.click()
    assert (action.isChecked(), button.isChecked()) == (False, False)


def test_no_button_listens_once_more_at_each_study(desk: Desk) -> None:
    # As a QToolButton does at each change of its default action.
    def listeners() -> dict[str, int]:
        return {spec.name: actions[spec.name].receivers("2changed()") for spec in all_actions()}

    actions = desk.window.actions_
    desk.open()
    desk.session.studies.close()
    before = listeners()
    for _ in range(3):
        desk.open()
        desk.session.studies.close()
    assert listeners() == before
    assert sum(before.values()) > 20, "buttons do listen"


def test_dialogs_open_and_close(desk: Desk) -> None:
    desk.open()
    for name in ("about", "guide", "provenance", "models"):
        desk.trigger(name)
        dialog = desk.window.findChild(TextDialog)
        assert dialog is not None
        assert dialog.page.toPlainText()
        dialog.reject()
        desk.qtbot.waitUntil(lambda: desk.window.findChild(TextDialog) is None)


def test_the_program_says_research_use_only() -> None:
    assert "Research use only. Not for diagnosis." in dialogs.about_html()
