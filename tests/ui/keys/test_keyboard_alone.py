"""The window without a mouse: ways between its parts, focus that is seen, names for all."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTextEdit,
    QToolBar,
    QToolButton,
    QWidget,
)

from tests.support.hands import focused
from tests.support.ui_study import Desk
from ui.keys.editor import ShortcutEditor
from ui.kit.link import LinkLabel
from ui.kit.roving import Roving
from ui.panes.bar import DeskBar
from ui.studies.header_form import HeaderForm
from viewers.desk.desk import ReadingDesk
from viewers.paint.renderer import ACTIVE_COLOUR
from viewers.space.layouts import Content

INTERACTIVE = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    ReadingDesk,
)


def name_of(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text


def nameless(window: QWidget) -> list[str]:
    """Return the controls that a screen reader could not call by a name."""
    found = []
    for widget in window.findChildren(QWidget):
        if isinstance(widget, INTERACTIVE) and not of_control(widget) and not name_of(widget):
            kinds = (f"{type(x).__name__} {x.objectName()}" for x in (widget, widget.parent()) if x)
            found.append(" in ".join(kinds))
    return found


def of_control(widget: QWidget) -> bool:
    """Whether a widget is a piece of a control, which has the name: editor, list, header, bar."""
    if isinstance(widget, (QScrollBar, QHeaderView)) or widget.objectName().startswith("qt_"):
        return True
    above = widget.parentWidget()
    while above is not None and not above.isWindow():
        if isinstance(above, (QAbstractSpinBox, QComboBox, QLineEdit, QKeySequenceEdit)):
            return True
        above = above.parentWidget()
    # The list of a combo box is a window of its own.
    return above is not None and isinstance(above.parentWidget(), QComboBox)


def test_every_control_has_a_name(desk: Desk) -> None:
    assert nameless(desk.window) == []
    desk.open()
    desk.find()
    desk.trigger("charts")
    assert nameless(desk.window) == []


def test_every_control_of_the_dialogs_has_a_name(desk: Desk) -> None:
    study = desk.open()
    desk.trigger("edit_shortcuts")
    editor = desk.window.findChild(ShortcutEditor)
    assert editor is not None
    assert nameless(editor) == []
    editor.reject()
    form = HeaderForm(study, desk.window)
    assert nameless(form) == []
    form.deleteLater()
    for name in ("about", "guide", "provenance", "models"):
        desk.trigger(name)
    assert nameless(desk.window) == []
    for dialog in desk.window.findChildren(QWidget):
        if dialog.isWindow() and dialog is not desk.window:
            dialog.close()


def test_messages_have_named_buttons(desk: Desk) -> None:
    desk.window.holder.banners.show_message("a", "error", "Something.", "Do it.", [("Do", print)])
    assert nameless(desk.window) == []


@pytest.fixture
def opened(desk: Desk) -> Desk:
    desk.open()
    desk.find()
    desk.window.docks.arrange()
    desk.activate()
    return desk


def key(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(focused(), key, modifiers)


def part_with_keyboard(desk: Desk) -> str:
    focus = QApplication.focusWidget()
    while focus is not None and not isinstance(focus, (QDockWidget, ReadingDesk)):
        focus = focus.parentWidget()
    if isinstance(focus, ReadingDesk):
        return "images"
    return focus.objectName() if focus is not None else ""


CTRL = Qt.KeyboardModifier.ControlModifier


def test_each_part_has_its_key(opened: Desk) -> None:
    opened.window.setFocus()
    for number, part in enumerate(("images", "studies", "display", "lesions"), start=1):
        QTest.keyClick(
            QApplication.focusWidget() or opened.window, Qt.Key(Qt.Key.Key_0.value + number), CTRL
        )
        assert part_with_keyboard(opened) == part
    # There is nothing to do in the charts; they are shown.
    key(Qt.Key.Key_5, CTRL)
    assert opened.window.docks["charts"].isVisible()
    assert opened.window.actions_["charts"].isChecked()


def test_a_hidden_part_is_shown_by_its_key(opened: Desk) -> None:
    opened.window.docks["display"].hide()
    opened.trigger("go_display")
    assert opened.window.docks["display"].isVisible()
    assert part_with_keyboard(opened) == "display"


def test_a_part_behind_another_is_brought_to_the_front(opened: Desk) -> None:
    opened.window.resize(1000, 700)
    opened.window.docks.arrange()
    opened.trigger("go_lesions")
    opened.trigger("go_display")
    assert part_with_keyboard(opened) == "display"
    assert not opened.window.docks["display"].visibleRegion().isEmpty()


def test_f6_goes_round_all_parts_and_back(opened: Desk) -> None:
    opened.trigger("go_images")
    seen = [part_with_keyboard(opened)]
    for _ in range(4):
        key(Qt.Key.Key_F6)
        seen.append(part_with_keyboard(opened))
    assert seen[0] == seen[4] == "images"
    assert set(seen) == {"images", "studies", "display", "lesions"}
    back = []
    for _ in range(4):
        key(Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
        back.append(part_with_keyboard(opened))
    assert back == seen[3::-1]


def test_a_part_remembers_what_had_the_keyboard(opened: Desk) -> None:
    opened.display.ct_level.setFocus()
    opened.trigger("go_images")
    opened.trigger("go_display")
    assert QApplication.focusWidget() is opened.display.ct_level


def test_f6_reaches_a_message(opened: Desk) -> None:
    banners = opened.window.holder.banners
    banners.show_message("a", "error", "Something.", "Do it.", [("Do", lambda: None)])
    opened.qtbot.waitUntil(banners.isVisible)
    opened.trigger("go_images")
    for _ in range(5):
        key(Qt.Key.Key_F6)
        if banners.isAncestorOf(focused()):
            break
    assert banners.isAncestorOf(focused())


def test_without_a_study_the_images_key_goes_to_the_welcome_page(desk: Desk) -> None:
    desk.activate()
    desk.trigger("go_images")
    focus = QApplication.focusWidget()
    assert isinstance(focus, QAbstractButton)
    assert "Open folder" in focus.text()


def test_f10_goes_to_the_menus(opened: Desk) -> None:
    opened.trigger("go_images")
    key(Qt.Key.Key_F10)
    bar = opened.window.menuBar()
    assert bar.hasFocus()
    assert bar.activeAction() is bar.actions()[0]


def test_tab_goes_from_pane_to_pane_and_on(opened: Desk) -> None:
    desk = opened.window.holder.desk
    assert desk is not None
    numbers = [b.number for b in desk.scene.boxes(desk.width(), desk.height())]
    opened.trigger("go_images")
    seen = [desk.active_box().number]
    while QApplication.focusWidget() is desk and len(seen) <= len(numbers):
        key(Qt.Key.Key_Tab)
        if QApplication.focusWidget() is desk:
            seen.append(desk.active_box().number)
    assert seen == numbers
    assert QApplication.focusWidget() is not desk
    key(Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() is desk
    assert desk.scene.active == numbers[-1]


def test_arrows_scroll_the_chosen_pane_and_enter_fills_the_desk(opened: Desk) -> None:
    desk = opened.window.holder.desk
    assert desk is not None
    opened.trigger("go_images")
    for axis, moves in ((2, 4), (1, 4)):
        while (box := desk.active_box()) is not None and (
            box.spec.content is not Content.PET or box.spec.plane.normal_axis != axis
        ):
            key(Qt.Key.Key_Tab)
        before = desk.model.navigation.cursor_lps_mm
        key(Qt.Key.Key_Up)
        after = desk.model.navigation.cursor_lps_mm
        assert abs(after[axis] - before[axis]) == pytest.approx(moves)
        assert [x for n, x in enumerate(after) if n != axis] == [
            x for n, x in enumerate(before) if n != axis
        ]
    key(Qt.Key.Key_Return)
    assert desk.scene.maximised == desk.scene.active
    key(Qt.Key.Key_Return)
    assert desk.scene.maximised is None


def frame_colour(desk: ReadingDesk) -> QColor:
    image: QImage = desk.grab().toImage()
    box = desk.active_box()
    assert box is not None
    # The second pixel from the edge: the first may be the border of the pane that is active.
    return image.pixelColor(QPoint(box.x + 1, box.y + box.height // 2))


def test_the_chosen_pane_has_a_frame_while_keys_are_used(opened: Desk) -> None:
    desk = opened.window.holder.desk
    assert desk is not None
    opened.trigger("go_images")
    assert frame_colour(desk) == ACTIVE_COLOUR
    opened.trigger("go_lesions")
    assert frame_colour(desk) != ACTIVE_COLOUR
    QTest.mouseClick(desk, Qt.MouseButton.LeftButton, pos=QPoint(20, 120))
    assert frame_colour(desk) != ACTIVE_COLOUR


def test_arrows_step_through_the_lesions(opened: Desk) -> None:
    opened.trigger("go_lesions")
    table = opened.lesions.table
    while QApplication.focusWidget() is not table:
        key(Qt.Key.Key_Tab)
    key(Qt.Key.Key_Down)
    first = opened.lesions.selected_ids()
    key(Qt.Key.Key_Down)
    assert len(first) == len(opened.lesions.selected_ids()) == 1
    assert first != opened.lesions.selected_ids()
    key(Qt.Key.Key_R)
    analysis = opened.session.analysis
    assert analysis is not None
    chosen = opened.lesions.selected_ids()[0]
    assert str(analysis.segmentation.lesion(chosen).status) == "rejected"


def stops(opened: Desk) -> list[QWidget]:
    """Everything that Tab reaches from the first pane on, once round."""
    opened.trigger("go_images")
    found: list[QWidget] = []
    for _ in range(200):
        key(Qt.Key.Key_Tab)
        focus = focused()
        if focus in found and not isinstance(focus, ReadingDesk):
            break
        if focus not in found:
            found.append(focus)
            found += along_a_bar(focus)
    return found


def along_a_bar(first: QWidget) -> list[QWidget]:
    """Where Right goes from a button of a bar, until it is back at the first."""
    found: list[QWidget] = []
    if isinstance(first.parentWidget(), (QToolBar, DeskBar)):
        key(Qt.Key.Key_Right)
        while (focus := focused()) is not first:
            assert focus not in found
            found.append(focus)
            key(Qt.Key.Key_Right)
    return found


def test_a_bar_is_one_stop_and_remembers_its_button(opened: Desk) -> None:
    bar = opened.window.findChild(QToolBar, "measuring-tools")
    tools = [x for x in stops(opened) if x.parentWidget() is bar]
    assert bar is not None
    assert len(tools) >= 10
    tools[0].setFocus(Qt.FocusReason.TabFocusReason)
    key(Qt.Key.Key_Right)
    assert QApplication.focusWidget() is tools[1]
    key(Qt.Key.Key_Tab)
    assert not bar.isAncestorOf(focused())
    key(Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() is tools[1]
    key(Qt.Key.Key_End)
    assert QApplication.focusWidget() is tools[-1]
    key(Qt.Key.Key_Home)
    key(Qt.Key.Key_Left)
    assert QApplication.focusWidget() is tools[-1]
    key(Qt.Key.Key_Up)
    assert QApplication.focusWidget() is tools[-1]


def test_space_takes_a_tool_of_the_bar(opened: Desk) -> None:
    bar = opened.window.findChild(QToolBar, "measuring-tools")
    tools = [x for x in stops(opened) if x.parentWidget() is bar]
    tools[1].setFocus(Qt.FocusReason.TabFocusReason)
    key(Qt.Key.Key_Space)
    checked = [x.defaultAction().isChecked() for x in tools if isinstance(x, QToolButton)]
    assert checked[:2] == [False, True]


def test_a_stop_that_cannot_be_used_gives_way(desk: Desk) -> None:
    desk.activate()
    window = QWidget()
    desk.qtbot.addWidget(window)
    row = QHBoxLayout(window)
    buttons = [QToolButton() for _ in range(3)]
    for button in buttons:
        row.addWidget(button)
    Roving(window, buttons)
    window.show()

    def tab_stops() -> list[bool]:
        return [bool(x.focusPolicy() & Qt.FocusPolicy.TabFocus) for x in buttons]

    assert tab_stops() == [True, False, False]
    buttons[0].setEnabled(False)
    assert tab_stops() == [False, True, False]
    buttons[1].hide()
    buttons[0].setEnabled(True)
    assert tab_stops() == [True, False, False]


def test_tab_reaches_every_control_in_sight(opened: Desk) -> None:
    reached = stops(opened)
    for widget in opened.window.findChildren(QWidget):
        seen = widget.isVisible() and not widget.visibleRegion().isEmpty()
        ours = isinstance(widget, INTERACTIVE) and not of_control(widget)
        if ours and seen and widget.isEnabled() and not isinstance(widget.parent(), QDockWidget):
            assert widget in reached, f"{type(widget).__name__} {name_of(widget)}"


def test_enter_follows_a_link_at_the_first_stop(opened: Desk) -> None:
    acted: list[int] = []
    link = LinkLabel("Where from…", lambda: acted.append(1), opened.window)
    link.show()
    for reason in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
        opened.window.setFocus()
        link.setFocus(reason)
        QTest.keyClick(link, Qt.Key.Key_Return)
    assert acted == [1, 1]


def test_the_focus_is_seen_on_every_stop(opened: Desk) -> None:
    for widget in stops(opened):
        if isinstance(widget, ReadingDesk):
            continue
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        with_focus = widget.grab().toImage()
        widget.clearFocus()
        without = widget.grab().toImage()
        assert with_focus != without, f"{type(widget).__name__} {name_of(widget)}"
