"""The window in small and large: nothing is cut off, nothing is too small to read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget

from tests.support.ui_study import Desk
from ui.keys.editor import ShortcutEditor
from ui.kit.elided import ElidedLabel

#: Smallest writing, px at a scale of 1: what pane texts have in low panes.
LEAST_PX = 11


def cut_off(window: QWidget) -> list[str]:
    """Return the texts that do not fit their controls and have no way of their own to shrink."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        if isinstance(widget, QLabel) and widget.text() and widget.wordWrap():
            fits = widget.heightForWidth(widget.width()) <= widget.height()
        elif isinstance(widget, ElidedLabel):
            fits = bool(widget.toolTip()) or not widget.text()
        elif isinstance(widget, (QLabel, QComboBox)) or (
            isinstance(widget, QAbstractButton) and widget.text()
        ):
            fits = widget.minimumSizeHint().width() <= widget.width()
        else:
            continue
        if not fits:
            words = widget.currentText() if isinstance(widget, QComboBox) else widget.text()
            found.append(f"{type(widget).__name__}: {words}")
    return found


def test_what_is_cut_off_is_found(desk: Desk) -> None:
    desk.window.job_bar.cancel.show()
    desk.window.job_bar.cancel.setFixedWidth(20)
    assert cut_off(desk.window) == ["QPushButton: Cancel"]
    note = QLabel("Many words that take several lines where there is little room", desk.window)
    note.setWordWrap(True)
    note.setFixedSize(80, 20)
    note.show()
    assert f"QLabel: {note.text()}" in cut_off(desk.window)


@pytest.mark.parametrize("size", [(1000, 650), (1280, 800), (1920, 1080)])
def test_no_text_is_cut_off(desk: Desk, size: tuple[int, int]) -> None:
    window = desk.window
    window.resize(*size)
    window.docks.arrange()
    assert (window.width(), window.height()) == size
    assert cut_off(window) == []
    desk.open()
    desk.qtbot.wait(50)
    assert cut_off(window) == []
    desk.find()
    window.docks.arrange()
    desk.qtbot.wait(50)
    assert cut_off(window) == []
    for dock in window.docks.listed:
        dock.raise_()
        desk.qtbot.wait(20)
        assert cut_off(dock) == []


def test_the_table_shows_all_its_columns_at_1280_x_800(desk: Desk) -> None:
    desk.window.resize(1280, 800)
    desk.window.docks.arrange()
    desk.open()
    desk.find()
    desk.qtbot.waitUntil(lambda: desk.lesions.table.horizontalScrollBar().maximum() <= 0)


def test_no_writing_is_too_small(desk: Desk) -> None:
    desk.open()
    desk.find()
    for widget in desk.window.findChildren(QWidget):
        if widget.isVisible():
            pixels = QFontInfo(widget.font()).pixelSize()
            assert pixels >= LEAST_PX, f"{type(widget).__name__} {widget.objectName()}"


def test_the_key_dialog_fits_a_small_screen(desk: Desk) -> None:
    desk.trigger("edit_shortcuts")
    editor = desk.window.findChild(ShortcutEditor)
    assert editor is not None
    assert editor.width() <= 1280
    assert editor.height() <= 720
    assert cut_off(editor) == []
    editor.reject()


def test_a_screen_of_twice_the_density_is_used_to_the_pixel(tmp_path: Path) -> None:
    code = """
import json, sys
sys.path.insert(0, sys.argv[1])
from tests.support.ui_study import make_study
from ui.window.start import make_application, make_window
application = make_application()
window = make_window()
window.resize(1280, 800)
window.show()
window.docks.arrange()
window.session.studies.show(make_study())
while window.session.jobs.reports:
    application.processEvents()
desk = window.holder.desk
picture = window.grab()
print(json.dumps([desk.devicePixelRatioF(), desk.width(), desk.snapshot().shape[1],
                  picture.width(), window.width()]))
window.session.studies.show(None)
window.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "QT_SCALE_FACTOR": "2", "XDG_STATE_HOME": str(tmp_path)},
    )
    ratio, desk_px, snapshot_px, picture_px, window_px = json.loads(done.stdout)
    assert ratio == 2.0
    assert snapshot_px == 2 * desk_px
    assert picture_px == 2 * window_px
