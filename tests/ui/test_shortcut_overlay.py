"""The sheet over the window: all present shortcuts, closed by anything."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtTest import QTest
from ui_study import Desk

from ui.shortcut_overlay import ShortcutOverlay, arrange
from ui.shortcut_sheet import Section


def sheet_of(desk: Desk) -> ShortcutOverlay:
    found = [x for x in desk.window.findChildren(ShortcutOverlay) if x.isVisible()]
    assert len(found) == 1
    return found[0]


def closed(desk: Desk) -> bool:
    return not any(x.isVisible() for x in desk.window.findChildren(ShortcutOverlay))


@pytest.fixture
def overlay(desk: Desk) -> ShortcutOverlay:
    desk.activate()
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_Question)
    return sheet_of(desk)


def test_it_covers_the_window_and_fits_1280_x_800(desk: Desk, overlay: ShortcutOverlay) -> None:
    assert overlay.geometry() == desk.window.rect()
    assert (desk.window.width(), desk.window.height()) == (1280, 800)
    how = overlay.arrangement()
    assert how.fits
    assert how.size_pt >= 8.0
    room = overlay._room()
    assert all(len(lines) * how.line_px <= room.height() for lines in how.columns)


def test_every_shortcut_stands_on_it(desk: Desk, overlay: ShortcutOverlay) -> None:
    lines = [x for column in overlay.arrangement().columns for x in column if x.keys]
    titles = {x.title for x in lines}
    for action in desk.window.actions_.with_keys.values():
        if action.shortcuts() and action.objectName() in desk.window.actions_.by_name:
            assert desk.window.actions_.title(action) in titles
    assert {"Zoom", "Hide overlays for as long as it is held"} <= titles
    assert "F: Find lesions" in overlay.accessibleDescription()


def test_it_shows_present_keys(desk: Desk) -> None:
    desk.window.user_desk.keymap.set_keys("find", ["Ctrl+J"])
    desk.window.user_desk.keymap.set_keys("charts", [])
    desk.trigger("shortcuts")
    lines = [x for column in sheet_of(desk).arrangement().columns for x in column]
    assert next(x.keys for x in lines if x.title == "Find lesions") == "Ctrl+J"
    assert not any(x.title == "Charts" for x in lines)
    sheet_of(desk).put_away()


@pytest.mark.parametrize(
    "key", [Qt.Key.Key_G, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Question, Qt.Key.Key_Space]
)
def test_any_key_closes_it_and_does_nothing_else(
    desk: Desk, overlay: ShortcutOverlay, key: Qt.Key
) -> None:
    before = desk.window.charts_dock.isVisible()
    desk.qtbot.keyClick(overlay, key)
    assert closed(desk)
    assert desk.window.charts_dock.isVisible() is before


def test_a_modifier_alone_does_not_close_it(desk: Desk, overlay: ShortcutOverlay) -> None:
    desk.qtbot.keyClick(overlay, Qt.Key.Key_Control)
    assert not closed(desk)


def test_a_click_closes_it(desk: Desk, overlay: ShortcutOverlay) -> None:
    QTest.mouseClick(overlay, Qt.MouseButton.LeftButton)
    assert closed(desk)


def test_the_keyboard_goes_back_to_where_it_was(desk: Desk) -> None:
    desk.open()
    desk.activate()
    desk.window.display.pet_upper.setFocus()
    desk.trigger("shortcuts")
    desk.qtbot.keyClick(sheet_of(desk), Qt.Key.Key_Escape)
    assert desk.window.display.pet_upper.hasFocus()


def test_it_stays_as_large_as_the_window(desk: Desk, overlay: ShortcutOverlay) -> None:
    desk.window.resize(1000, 700)
    desk.qtbot.waitUntil(lambda: overlay.size() == desk.window.size())


def test_three_times_as_many_shortcuts_are_all_seen() -> None:
    sheet = [
        Section(f"Menu {n}", tuple((f"Ctrl+{m}", f"Do the thing {m}") for m in range(22)))
        for n in range(8)
    ]
    how = arrange(sheet, QFont(), 1224, 690)
    lines = [x for column in how.columns for x in column if x.keys]
    assert len(lines) == 8 * 22
    assert how.fits
    for column in how.columns:
        assert column[-1].keys or not column[-1].title, "a heading at the foot of a column"
        assert column[0].title


def test_what_does_not_fit_is_reached_by_the_wheel() -> None:
    sheet = [
        Section("Menu", tuple(("Ctrl+A", "A long title of an action " * 3) for _ in range(99)))
    ]
    how = arrange(sheet, QFont(), 600, 300)
    assert not how.fits
    assert sum(bool(x.keys) for column in how.columns for x in column) == 99
