"""A window ends when the terminal says so, and whatever its work does meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
#: A machine that is busy starts slowly; what is tested is that it ends at all.
LONGEST_START_S, LONGEST_END_S = 120.0, 60.0

BEGIN = """
import sys, threading, time
from PySide6.QtCore import QTimer
from ui.window import start
from ui.window.main_window import MainWindow
shown = MainWindow.showEvent
def show(window, event):
    shown(window, event)
    QTimer.singleShot(300, window, lambda: print("ready", flush=True))
    then(window)
MainWindow.showEvent = show
start.WARM_UP_AFTER_MS = 10**8
def then(window):
"""
END = """
code = start.run([])
print("ended", code, flush=True)
sys.exit(code)
"""
NOTHING = "    pass\n"
#: Work that hears no cancel, in threads for which Python waits at its end.
DEAF = """
    from concurrent.futures import ThreadPoolExecutor
    def work(_context):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(time.sleep, 10**6).result()
    window.session.jobs.run("Never ends", work, lambda _: None)
"""
DIALOG = """
    from PySide6.QtWidgets import QMessageBox
    QTimer.singleShot(100, window, lambda: QMessageBox.question(window, "Well?", "Well?"))
"""
#: As where judgements were not exported: the window asks, and nobody answers.
UNSAVED = """
    import ui.window.main_window as home
    from PySide6.QtWidgets import QMessageBox
    def ask(_frame):
        print("asks", flush=True)
        return QMessageBox.question(window, "Lose it?", "Lose it?") == QMessageBox.Yes
    home.may_close_all = ask
"""


@contextmanager
def window(then: str, place: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a window in a process of its own, and wait until it is there."""
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "UPTAKE_CONFIG": str(place),
        "PYTHONPATH": str(ROOT),
        "XDG_STATE_HOME": str(place / "state"),
        "XDG_CACHE_HOME": str(place / "cache"),
    }
    with subprocess.Popen(
        [sys.executable, "-c", BEGIN + then + END],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=place,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", process.stderr
            yield process
        finally:
            process.kill()


def ends(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, error = process.communicate(timeout=LONGEST_END_S)
    return process.returncode, out, error


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("then", [NOTHING, DIALOG], ids=["idle", "behind a dialog"])
def test_a_signal_closes_the_window(tmp_path: Path, number: str, then: str) -> None:
    with window(then, tmp_path) as process:
        process.send_signal(getattr(signal, number))
        code, out, error = ends(process)
    assert (code, out) == (0, "ended 0\n")
    assert "Traceback" not in error
    # Where the window was is remembered: it was closed, not killed.
    assert (tmp_path / "settings.json").exists()


def test_a_second_time_asks_nothing(tmp_path: Path) -> None:
    with window(UNSAVED, tmp_path) as process:
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        assert process.stdout.readline() == "asks\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.0)
        process.send_signal(signal.SIGINT)
        code, out, _ = ends(process)
    assert (code, out) == (0, "ended 0\n")


def test_the_system_is_not_asked_back(tmp_path: Path) -> None:
    with window(UNSAVED, tmp_path) as process:
        process.send_signal(signal.SIGTERM)
        code, out, _ = ends(process)
    assert (code, out) == (0, "ended 0\n")


def test_work_that_hears_no_cancel_does_not_keep_the_process(tmp_path: Path) -> None:
    with window(DEAF, tmp_path) as process:
        process.send_signal(signal.SIGINT)
        code, _, error = ends(process)
    assert code == 0
    assert "Traceback" not in error
