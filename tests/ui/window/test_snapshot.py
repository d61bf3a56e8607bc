"""`uptake snapshot`: what of a person the window holds while it is pictured, and the file."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel

from app.core.kit.errors import ExportError
from app.core.study.study import Study
from app.io.open.study import open_study
from tests.support.canary import BIRTH, WORD, write_study
from ui.window.main_window import MainWindow
from ui.window.start import snapshot


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return open_study([write_study(tmp_path / "study")])


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text in the window at the moment it is pictured, and what its panes are drawn from."""
    found: list[str] = []
    grab: Callable[[MainWindow], QPixmap] = MainWindow.grab

    def listening(window: MainWindow) -> QPixmap:
        found.extend(x.text() for x in window.findChildren(QLabel))
        found.extend(x.toolTip() for x in window.findChildren(QLabel))
        found.append(window.windowTitle())
        found.append(repr(window.frame.scene.scene.study))
        return grab(window)

    monkeypatch.setattr(MainWindow, "grab", listening)
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("asked", [False, True])
def test_words_of_a_person_are_in_the_window_only_where_they_are_asked_for(
    qapp: object, study: Study, seen: list[str], tmp_path: Path, asked: bool
) -> None:
    out = tmp_path / "a.png"
    snapshot(study, out, size=(1000, 700), patient_text=asked)
    held = " ".join(seen)
    assert (WORD in held) is asked
    assert ("1937" in held or BIRTH in held) is asked
    with Image.open(out) as picture:
        assert picture.size == (1000, 700)
        assert not picture.info
    assert "12 images" in held


@pytest.mark.filterwarnings("ignore")
def test_a_full_disk_leaves_the_old_picture(
    qapp: object, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "a.png"
    out.write_text("old", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ExportError, match="The disk is full"):
        snapshot(study, out, size=(600, 400))
    assert out.read_text(encoding="utf-8") == "old"
