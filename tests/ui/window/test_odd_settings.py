"""The window starts, whatever lies in the user's folders."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.io.open.recent import recent_folders
from tests.support.odd_files import ODD
from tests.support.ui_study import Desk
from ui.frame import crash
from ui.kit.settings import Settings
from viewers.colour.palette_files import read_colour_maps
from viewers.space.layout_store import LayoutStore

NAMES = (
    "settings.json",
    "recent.json",
    "layouts",
    "palettes",
    "layouts/odd.toml",
    "palettes/odd.toml",
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    monkeypatch.setenv("UPTAKE_CONFIG", str(folder))
    monkeypatch.setattr(crash, "log_folder", lambda: tmp_path / "log")
    return folder


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", ODD)
@pytest.mark.timeout(60)
def test_odd_files_hang_and_end_nothing(
    place: Path, name: str, make: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    path = place / name
    path.parent.mkdir(exist_ok=True)
    make(path)
    settings = Settings(place / "settings.json")
    settings.set_value("x", 1)
    assert settings.value("x", 0) == 1
    assert isinstance(recent_folders(), tuple)
    assert "default" in LayoutStore().layouts
    maps, _ = read_colour_maps(place / "palettes")
    assert "hot-iron" in maps


@pytest.mark.parametrize("make", ODD)
@pytest.mark.timeout(60)
def test_the_log_folder_may_be_odd_too(
    place: Path, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    (tmp_path / "log").mkdir()
    make(tmp_path / "log" / "native.txt")
    crash.install_hooks(lambda _error: None)()


VALUES = (
    "NaN", "Infinity", "-Infinity", "1e400", "9" * 400, '"\\ud800"', '"\\u202e\\u0000"', "[]",
    "[[[]]]", "{}", "null", "true", '[{"name": "x", "width": 1e400, "level": NaN}]',
    '[{"name": "x", "width": ' + "9" * 400 + ', "level": 1}]',
    '[{"name": {}, "lower": [], "upper": 1}]',
    '{"find": [1, null, "\\ud800"], "open_folder": 3}', '{"pet": {"x": 1}, "fused": 1e400}',
)  # fmt: skip
KEYS = (
    "window.geometry", "window.state", "folders.open", "folders.export", "colours", "ct_windows",
    "pet_ranges", "shortcuts", "keys",
)  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
def test_any_value_of_json_starts_a_window(
    place: Path, make_desk: Callable[..., Desk], value: str, caplog: pytest.LogCaptureFixture
) -> None:
    words = ", ".join(f'"{key}": {value}' for key in KEYS)
    (place / "settings.json").write_text(f"{{{words}}}", encoding="utf-8")
    with caplog.at_level(logging.ERROR):
        desk = make_desk(settings=Settings(place / "settings.json"))
        desk.open()
    desk.display.isVisible()
    assert not [x for x in caplog.records if x.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    "text",
    [
        "rows = [nan]", "rows = [inf]", "rows = [1e308, 1e308]", "rows = [1e-308, 1]",
        "order = inf", "order = nan", "rows = [1]\ncolumns = [1]\npanes = 3",
    ],
)  # fmt: skip
def test_odd_numbers_of_a_layout_are_a_problem_that_is_told(place: Path, text: str) -> None:
    (place / "layouts").mkdir()
    base = 'title = "x"\nrows = [1, 1]\ncolumns = [1]\n'
    given = {line.split(" ")[0] for line in text.splitlines()}
    kept = "\n".join(x for x in base.splitlines() if x.split(" ")[0] not in given)
    pane = '\n[[panes]]\ncontent = "mip"\nrow = 0\ncolumn = 0\n'
    body = f"{kept}\n{text}\n" + ("" if "panes" in given else pane)
    (place / "layouts" / "my-x.toml").write_text(body)
    store = LayoutStore()
    assert "my-x" not in store.layouts
    assert len(store.problems) == 1


def test_the_list_of_recent_folders_with_odd_paths(
    place: Path, make_desk: Callable[..., Desk], qtbot: QtBot
) -> None:
    paths = ["\u0000", "a\u0000b", "", "\ud800", "x" * 10_000, "/proc/self/mem", "<b>&x</b>"]
    folders = [{"path": x, "opened": "2026-01-01"} for x in paths]
    (place / "recent.json").write_text(json.dumps({"folders": folders}))
    desk = make_desk()
    links = desk.studies.recent_links
    assert len(links) == len(paths)
