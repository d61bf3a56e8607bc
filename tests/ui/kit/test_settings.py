"""What is remembered per user: the file, and what of the window comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel

from app.core.kit.errors import KnownError
from tests.support.ui_study import Desk
from ui.keys.controller import KeysController
from ui.kit.folders import EXPORT_FOLDER, OPEN_FOLDER, ask_folder
from ui.kit.settings import Settings, settings_of, settings_path
from ui.studies.controller import StudyController
from ui.window.place import restore_window, save_window


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.json"


def test_values_come_back(path: Path) -> None:
    settings = Settings(path)
    settings.set_value("pet.upper", 5.5)
    settings.set_value("names", ["a", "b"])
    settings.set_value("shown", True)
    again = Settings(path)
    assert again.value("pet.upper", 7.0) == 5.5
    assert again.value("names", [""]) == ["a", "b"]
    assert again.value("shown", False) is True
    assert again.value("missing", "usual") == "usual"
    again.set_value("shown", None)
    assert Settings(path).value("shown", False) is False


def test_a_value_of_another_kind_is_no_value(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"upper": "seven", "count": true, "whole": 5, "null": null}')
    settings = Settings(path)
    assert settings.value("upper", 7.0) == 7.0
    assert settings.value("count", 3) == 3
    assert settings.value("whole", 1.0) == 5.0
    assert settings.value("null", "usual") == "usual"
    assert settings.trouble is None


@pytest.mark.parametrize("text", ["{broken", "[1, 2]", "", "\x00\xff", '"text"'])
def test_a_damaged_file_is_kept_aside_and_said(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text, encoding="latin-1")
    settings = Settings(path)
    assert settings.trouble is not None
    assert "damaged" in settings.trouble.sentence
    assert "settings.damaged-1.json" in settings.trouble.next_step
    assert settings.value("x", 1) == 1
    settings.set_value("x", 2)
    assert json.loads(path.read_text()) == {"x": 2}
    path.write_text(text, encoding="latin-1")
    Settings(path)
    kept = sorted(x.name for x in path.parent.glob("*damaged*"))
    assert kept == ["settings.damaged-1.json", "settings.damaged-2.json"]
    assert (path.parent / kept[0]).read_text(encoding="latin-1") == text


def test_two_windows_do_not_undo_each_other(path: Path) -> None:
    one, two = Settings(path), Settings(path)
    one.set_value("a", 1)
    two.set_value("b", 2)
    one.set_value("c", 3)
    assert json.loads(path.read_text()) == {"a": 1, "b": 2, "c": 3}


def test_a_file_that_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.mkdir()
    settings = Settings(path)
    assert settings.trouble is not None
    assert "could not be read" in settings.trouble.sentence
    settings.set_value("a", 1)
    assert settings.value("a", 0) == 1
    assert path.is_dir()
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_never_half_written_and_that_is_said_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(path)
    settings.set_value("a", 1)
    before = path.read_text()
    heard: list[KnownError] = []
    settings.problem.connect(heard.append)

    def fail(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ui.kit.settings.os.fsync", fail)
    settings.set_value("b", "x" * 1000)
    settings.set_value("c", 3)
    assert path.read_text() == before
    assert [x.name for x in path.parent.iterdir()] == ["settings.json"]
    assert settings.value("c", 0) == 3
    assert [x.sentence for x in heard] == [
        "Your settings could not be saved: No space left on device."
    ]


def test_the_place_is_in_the_folder_of_the_reader(settings_folder: Path) -> None:
    assert settings_path() == settings_folder / "settings.json"


def test_parts_find_the_settings_of_their_window(desk: Desk) -> None:
    assert settings_of(desk.lesions.table) is desk.window.settings
    assert settings_of(desk.controller(StudyController)) is desk.window.settings
    alone = settings_of(None)
    alone.set_value("a", 1)
    assert alone.value("a", 0) == 1


def test_a_window_of_a_test_or_picture_writes_nothing(
    make_desk: Callable[..., Desk], settings_folder: Path
) -> None:
    def use(desk: Desk) -> None:
        save_window(desk.window, desk.window.settings)
        desk.controller(KeysController).keymap.set_keys("find", ["Ctrl+J"])

    use(make_desk())
    assert list(settings_folder.rglob("*")) == []
    # With settings of its own the same writes there, so that nothing above is no accident.
    use(make_desk(settings=Settings(settings_path())))
    assert [x.name for x in settings_folder.rglob("*")] == ["settings.json"]


def test_geometry_and_docks_come_back(make_desk: Callable[..., Desk], path: Path) -> None:
    settings = Settings(path)
    first = make_desk().window
    first.docks.arrange()
    first.docks["studies"].hide()
    first.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, first.docks["display"])
    first.resize(1111, 777)
    save_window(first, settings)
    second = make_desk().window
    assert not restore_window(second, Settings())
    assert restore_window(second, Settings(path))
    assert (second.width(), second.height()) == (1111, 777)
    assert second.docks["studies"].isHidden()
    right = Qt.DockWidgetArea.RightDockWidgetArea
    assert second.dockWidgetArea(second.docks["display"]) == right


def test_a_window_never_begins_full_screen(make_desk: Callable[..., Desk]) -> None:
    settings = Settings()
    first = make_desk().window
    first.docks.arrange()
    first.actions_["full_screen"].setChecked(True)
    assert first.isFullScreen()
    save_window(first, settings)
    second = make_desk().window
    assert restore_window(second, settings)
    assert not second.isFullScreen()
    assert not second.actions_["full_screen"].isChecked()


def test_closing_remembers_the_window(make_desk: Callable[..., Desk]) -> None:
    window = make_desk().window
    settings = window.settings
    assert settings.value("window.state", "") == ""
    window.close()
    assert settings.value("window.state", "")


@pytest.mark.parametrize("stored", ["", "not base64 !", "AAAA", "é"])
def test_a_stored_place_that_is_none_is_not_used(desk: Desk, stored: str) -> None:
    settings = Settings()
    settings.set_value("window.geometry", stored)
    settings.set_value("window.state", stored)
    size = desk.window.size()
    assert not restore_window(desk.window, settings)
    assert desk.window.size() == size


def test_the_trouble_is_said_in_the_window(
    make_desk: Callable[..., Desk], path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.parent.mkdir()
    path.write_text("{broken")
    desk = make_desk(settings=Settings(path))
    assert desk.messages() == ["Your settings file is damaged; the usual settings are used."]


def test_the_next_question_begins_where_the_last_was_answered(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    study = tmp_path / "studies" / "one"
    study.mkdir(parents=True)

    def choose(_parent: object, _title: str, begin: str = "") -> str:
        begun.append(begin)
        return str(study)

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", choose)
    for _ in range(2):
        assert ask_folder(desk.window, "Open", OPEN_FOLDER, beside=True) == study
        assert ask_folder(desk.lesions, "Export", EXPORT_FOLDER) == study
    assert begun == ["", "", str(study.parent), str(study)]
    desk.window.settings.set_value(EXPORT_FOLDER, str(tmp_path / "gone"))
    ask_folder(desk.window, "Export", EXPORT_FOLDER)
    assert begun[-1] == ""
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    assert ask_folder(desk.window, "Export", EXPORT_FOLDER) is None
    assert desk.window.settings.value(EXPORT_FOLDER, "") == str(study)


def test_a_part_outside_a_window_asks_as_well(qtbot: object) -> None:
    label = QLabel()
    assert settings_of(label).value("a", 1) == 1
    label.deleteLater()
