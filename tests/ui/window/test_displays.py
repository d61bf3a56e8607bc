"""A window without a screen: a sentence that names the display, and no guess of Qt's."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.kit.errors import KnownError
from tests.support.places import ROOT
from ui.window import displays

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have one screen")
#: A display that no X server of a test machine has.
DEAD = ":7531"


def started(**environment: str) -> subprocess.CompletedProcess[str]:
    unset = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    kept = {k: v for k, v in os.environ.items() if k not in unset}
    return subprocess.run(
        [sys.executable, "-m", "app", "demo"],
        cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_dead_display_is_named() -> None:
    done = started(DISPLAY=DEAD)
    assert done.returncode == 1
    assert f"The display {DEAD} does not answer" in done.stderr
    assert "xcb" not in done.stderr
    assert "Traceback" not in done.stderr


def test_no_display_is_said() -> None:
    done = started()
    assert done.returncode == 1
    assert "There is no display" in done.stderr
    assert "xcb" not in done.stderr


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_a_server_of_this_machine_answers(tmp_path: Path, bare: pytest.MonkeyPatch) -> None:
    bare.setattr(displays, "SOCKETS", str(tmp_path / "X"))
    bare.setenv("DISPLAY", ":5.0")
    with pytest.raises(KnownError, match=r":5\.0"):
        displays.require_display()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "X5"))
        server.listen()
        displays.require_display()


def test_a_server_of_another_machine_answers(bare: pytest.MonkeyPatch) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        bare.setattr(displays, "FIRST_PORT", server.getsockname()[1] - 3)
        assert displays.answers("127.0.0.1:3")
        assert not displays.answers("127.0.0.1")
        assert not displays.answers("")


@pytest.mark.parametrize(
    ("name", "value"), [("QT_QPA_PLATFORM", "offscreen"), ("WAYLAND_DISPLAY", "w")]
)
def test_other_screens_are_qts_affair(name: str, value: str, bare: pytest.MonkeyPatch) -> None:
    bare.setenv("DISPLAY", DEAD)
    bare.setenv(name, value)
    displays.require_display()
