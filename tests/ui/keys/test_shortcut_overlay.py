"""The sheet over the window: all present shortcuts on pages, closed by anything else."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFont, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.ui_study import Desk
from ui.frame.capability import Section
from ui.keys.controller import KeysController
from ui.keys.overlay import GUTTER_PX, Arrangement, ShortcutOverlay, arrange


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
    # Letters of 12 px at 96 dpi.
    assert how.size_pt >= 9.0
    assert len(how.pages) <= 2
    assert_pages_hold(how, overlay._room().width(), overlay._room().height())


def assert_pages_hold(how: Arrangement, width_px: int, height_px: int) -> None:
    """Every column stands on one page, and no page is wider or higher than its room."""
    assert [x for page in how.pages for x in range(*page)] == list(range(len(how.columns)))
    assert all(len(lines) * how.line_px <= height_px for lines in how.columns)
    for first, last in how.pages:
        assert first < last
        assert sum(how.column_px[first:last]) + GUTTER_PX * (last - first - 1) <= width_px


def test_arrows_and_wheel_turn_the_page_and_nothing_else(
    desk: Desk, overlay: ShortcutOverlay
) -> None:
    assert overlay.page() == (0, 2)
    first = overlay.grab().toImage()
    for forth, back in (
        (Qt.Key.Key_Right, Qt.Key.Key_Left),
        (Qt.Key.Key_Down, Qt.Key.Key_Up),
        (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp),
        (Qt.Key.Key_End, Qt.Key.Key_Home),
    ):
        for _ in range(2):
            desk.qtbot.keyClick(overlay, forth)
            assert overlay.page() == (1, 2)
        assert overlay.grab().toImage() != first
        for _ in range(2):
            desk.qtbot.keyClick(overlay, back)
            assert overlay.page() == (0, 2)
        assert overlay.grab().toImage() == first
    for turned, page in ((-120, 1), (-120, 1), (120, 0), (120, 0)):
        wheel(overlay, turned)
        assert overlay.page() == (page, 2)
    assert not closed(desk)


def wheel(overlay: ShortcutOverlay, turned: int) -> None:
    place = QPointF(overlay.rect().center())
    event = QWheelEvent(
        place,
        overlay.mapToGlobal(place),
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(overlay, event)


def test_arrows_close_a_sheet_of_one_page(desk: Desk) -> None:
    desk.activate()
    sheet = ShortcutOverlay((Section("Menu", (("A", "Do"),)),), "", desk.window)
    assert sheet.page() == (0, 1)
    desk.qtbot.keyClick(sheet, Qt.Key.Key_Right)
    assert closed(desk)


def test_what_a_reader_needs_at_the_panes_stands_on_the_first_page(
    overlay: ShortcutOverlay,
) -> None:
    how = overlay.arrangement()
    titles = {x.title for lines in how.columns[slice(*how.pages[0])] for x in lines}
    assert {"Zoom", "Maximise the chosen pane, and back", "Soft tissue 400 / 40"} <= titles


def test_every_shortcut_stands_on_it(desk: Desk, overlay: ShortcutOverlay) -> None:
    lines = [x for column in overlay.arrangement().columns for x in column if x.keys]
    titles = {x.title for x in lines}
    for action in desk.window.actions_.by_name.values():
        if action.shortcuts() and action.objectName() in desk.window.actions_.by_name:
            assert desk.window.actions_.title(action) in titles
    assert {"Zoom", "Hide overlays for as long as it is held"} <= titles
    assert "F: Find lesions" in overlay.accessibleDescription()


def test_it_shows_present_keys(desk: Desk) -> None:
    desk.controller(KeysController).keymap.set_keys("find", ["Ctrl+J"])
    desk.controller(KeysController).keymap.set_keys("charts", [])
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
    before = desk.window.docks["charts"].isVisible()
    desk.qtbot.keyClick(overlay, key)
    assert closed(desk)
    assert desk.window.docks["charts"].isVisible() is before


def test_a_modifier_alone_does_not_close_it(desk: Desk, overlay: ShortcutOverlay) -> None:
    desk.qtbot.keyClick(overlay, Qt.Key.Key_Control)
    assert not closed(desk)


def test_a_click_closes_it(desk: Desk, overlay: ShortcutOverlay) -> None:
    QTest.mouseClick(overlay, Qt.MouseButton.LeftButton)
    assert closed(desk)


def test_the_keyboard_goes_back_to_where_it_was(desk: Desk) -> None:
    desk.open()
    desk.activate()
    desk.display.pet_upper.setFocus()
    desk.trigger("shortcuts")
    desk.qtbot.keyClick(sheet_of(desk), Qt.Key.Key_Escape)
    assert desk.display.pet_upper.hasFocus()


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
    assert len(how.pages) == 1
    for column in how.columns:
        assert column[-1].keys or not column[-1].title, "a heading at the foot of a column"
        assert column[0].title


def test_what_does_not_fit_goes_on_further_pages() -> None:
    sheet = [
        Section("Menu", tuple(("Ctrl+A", "A long title of an action " * 3) for _ in range(99)))
    ]
    how = arrange(sheet, QFont(), 600, 300)
    assert len(how.pages) > 1
    assert_pages_hold(how, 600, 300)
    assert sum(bool(x.keys) for column in how.columns for x in column) == 99
