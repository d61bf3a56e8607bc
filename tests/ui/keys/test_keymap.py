"""Keys of the actions: defaults, the reader's own, and the dialog that changes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTreeWidgetItem

from tests.support.hands import focused
from tests.support.ui_study import Desk
from ui.keys.controller import KeysController
from ui.keys.editor import ShortcutEditor
from ui.keys.keymap import RESERVED, Keymap, clash, effective_keys, key_entries, written
from ui.kit.settings import Settings
from ui.window.capabilities import all_actions

LETTERS = st.sampled_from(["A", "B", "C", "Ctrl+A", "Ctrl+A, Ctrl+B", "Ctrl+A, Ctrl+C", "?"])
TABLES = st.dictionaries(st.sampled_from("pqrst"), st.lists(LETTERS, max_size=3).map(tuple))


@given(TABLES, TABLES)
def test_no_two_actions_ever_share_a_key(
    defaults: dict[str, tuple[str, ...]], own: dict[str, tuple[str, ...]]
) -> None:
    own = {k: v for k, v in own.items() if k in defaults}
    found = effective_keys(defaults, own)
    assert list(found) == list(defaults)
    keys = [key for held in found.values() for key in held]
    assert not any(clash(a, b) for a, b in combinations(keys, 2))
    # What is lost was lost to something that is there.
    for name, held in found.items():
        for key in own.get(name, defaults[name]):
            assert key in held or any(clash(key, x) for x in keys)


def test_the_readers_own_keys_come_before_usual_ones() -> None:
    defaults = {"one": ("A",), "two": ("B", "C")}
    assert effective_keys(defaults, {"two": ("A", "B")}) == {"one": (), "two": ("A", "B")}


def test_the_tables_hold_no_clash_and_only_keys_that_qt_knows() -> None:
    found = [(x.name, key) for x in key_entries(all_actions()) for key in x.defaults]
    clashes = [(a, b) for a, b in combinations(found, 2) if clash(a[1], b[1])]
    assert clashes == []
    for spec in all_actions():
        assert all(written(key) for key in spec.keys), spec.name


@pytest.fixture
def keymap(desk: Desk) -> Keymap:
    return desk.controller(KeysController).keymap


def test_every_action_of_the_window_can_be_given_keys(desk: Desk, keymap: Keymap) -> None:
    names = {x.name for x in keymap.entries}
    assert {spec.name for spec in all_actions()} <= names
    assert {f"ct_window_{n}" for n in range(1, 6)} <= names


def test_a_new_key_works_and_the_old_does_not(desk: Desk, keymap: Keymap) -> None:
    keymap.set_keys("charts", ["Ctrl+J"])
    desk.activate()
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_G)
    assert not desk.window.docks["charts"].isVisible()
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert desk.window.docks["charts"].isVisible()


def test_tooltips_say_the_new_key_wherever_they_stand(desk: Desk, keymap: Keymap) -> None:
    keymap.set_keys("find", ["Ctrl+J"])
    keymap.set_keys("open_folder", [])
    keymap.set_keys("ct_window_2", ["Ctrl+L"])
    assert "(Ctrl+J)" in desk.window.actions_["find"].toolTip()
    assert "(Ctrl+J)" in desk.lesions.find_button.toolTip()
    assert "Ctrl+O" not in desk.window.actions_["open_folder"].toolTip()
    presets = [desk.display.preset.itemText(n) for n in range(1, 4)]
    assert presets == ["Soft tissue  (1)", "Lung  (Ctrl+L)", "Bone  (3)"]


def test_a_refused_action_says_why_and_then_its_new_key(desk: Desk, keymap: Keymap) -> None:
    tip = desk.window.actions_["recover"].toolTip
    assert tip() == "There are no lesions yet. Find lesions first."
    keymap.set_keys("recover", ("Ctrl+Alt+F12",))
    assert tip() == "There are no lesions yet. Find lesions first."
    desk.open()
    desk.find()
    assert tip().endswith("(Ctrl+Alt+F12)")
    assert tip().startswith("Estimate SUVmean")


def test_keys_are_kept_and_only_what_was_changed(
    make_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    path = tmp_path / "settings.json"
    keymap = make_desk(settings=Settings(path)).window.controller(KeysController).keymap
    keymap.set_keys("find", ["Ctrl+J", "R"])
    assert keymap.keys("reject") == ()
    assert Settings(path).value("shortcuts", {}) == {"find": ["Ctrl+J", "R"], "reject": []}
    again = make_desk(settings=Settings(path)).window
    assert again.controller(KeysController).keymap.keys("find") == ("Ctrl+J", "R")
    assert again.actions_["reject"].shortcuts() == []
    again.controller(KeysController).keymap.reset("reject")
    assert again.controller(KeysController).keymap.keys("find") == ("Ctrl+J",)
    again.controller(KeysController).keymap.reset_all()
    assert Settings(path).value("shortcuts", {}) == {}
    assert again.controller(KeysController).keymap.keys("find") == ("F",)


def test_keys_of_another_version_stay_and_nonsense_is_said(
    make_desk: Callable[..., Desk],
) -> None:
    settings = Settings()
    settings.set_value(
        "shortcuts", {"later": ["X"], "find": ["Foo", "Ctrl+J"], "reject": 5, "accept": [None]}
    )
    desk = make_desk(settings=settings)
    keymap = desk.controller(KeysController).keymap
    assert keymap.keys("find") == ("Ctrl+J",)
    assert keymap.keys("reject") == keymap.keys("accept") == ()
    assert desk.messages() == ["3 of your keyboard shortcuts could not be understood."]
    keymap.reset_all()
    assert settings.value("shortcuts", {}) == {"later": ["X"]}


def test_keys_that_move_the_focus_are_refused(keymap: Keymap) -> None:
    for key in RESERVED:
        assert "cannot be given away" in keymap.refusal(key)
        with pytest.raises(ValueError, match="cannot be given"):
            keymap.set_keys("find", [key])
    assert keymap.refusal("Foo") == "This key cannot be used."
    assert keymap.refusal("Ctrl+J") == ""


@pytest.fixture
def editor(desk: Desk) -> Iterator[ShortcutEditor]:
    desk.trigger("edit_shortcuts")
    editor = desk.window.findChild(ShortcutEditor)
    assert isinstance(editor, ShortcutEditor)
    desk.qtbot.waitUntil(editor.isActiveWindow)
    yield editor
    editor.reject()


def press(editor: ShortcutEditor, key: Qt.Key, ctrl: bool = False, field: int = 0) -> None:
    modifiers = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
    editor.fields[field].setFocus()
    QTest.keyClick(editor.fields[field], key, modifiers)


def test_the_dialog_gives_a_free_key_at_once(
    desk: Desk, editor: ShortcutEditor, keymap: Keymap
) -> None:
    editor.choose("find")
    assert editor.fields[0].keySequence().toString() == "F"
    press(editor, Qt.Key.Key_J, ctrl=True)
    desk.qtbot.waitUntil(lambda: keymap.keys("find") == ("Ctrl+J",))
    press(editor, Qt.Key.Key_G, ctrl=True, field=1)
    desk.qtbot.waitUntil(lambda: keymap.keys("find") == ("Ctrl+J", "Ctrl+G"))
    assert not editor.move_key.isVisible()
    editor.reset.click()
    assert keymap.keys("find") == ("F",)
    assert editor.fields[0].keySequence().toString() == "F"


def test_the_dialog_says_whose_key_it_is_and_moves_it(
    desk: Desk, editor: ShortcutEditor, keymap: Keymap
) -> None:
    editor.choose("find")
    press(editor, Qt.Key.Key_R)
    desk.qtbot.waitUntil(editor.move_key.isVisible)
    assert editor.said.text() == "R belongs to “Reject lesion”. Move it to “Find lesions”?"
    assert keymap.keys("reject") == ("R",)
    editor.keep.click()
    assert keymap.keys("find") == ("F",)
    assert editor.fields[0].keySequence().toString() == "F"
    assert not editor.move_key.isVisible()
    press(editor, Qt.Key.Key_R)
    desk.qtbot.waitUntil(editor.move_key.isVisible)
    editor.move_key.click()
    assert keymap.keys("find") == ("R",)
    assert keymap.keys("reject") == ()
    # Its usual key has gone elsewhere: that is asked as well.
    editor.choose("reject")
    editor.reset.click()
    assert editor.said.text() == "R belongs to “Find lesions”. Move it to “Reject lesion”?"
    editor.move_key.click()
    assert keymap.keys("find") == ()
    editor.reset_all.click()
    assert keymap.keys("find") == ("F",)


def test_the_dialog_refuses_keys_that_are_needed(
    desk: Desk, editor: ShortcutEditor, keymap: Keymap
) -> None:
    editor.choose("find")
    press(editor, Qt.Key.Key_Space)
    desk.qtbot.waitUntil(lambda: "cannot be given away" in editor.said.text())
    assert keymap.keys("find") == ("F",)
    assert editor.fields[0].keySequence().toString() == "F"


def test_clearing_a_key_takes_it_away(editor: ShortcutEditor, keymap: Keymap) -> None:
    editor.choose("physiological")
    assert [x.keySequence().toString() for x in editor.fields] == ["Y", "H"]
    editor.fields[0].clear()
    assert keymap.keys("physiological") == ("H",)
    assert [x.keySequence().toString() for x in editor.fields] == ["H", ""]


def groups(editor: ShortcutEditor) -> list[QTreeWidgetItem]:
    return children(editor.tree.invisibleRootItem())


def children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = [item.child(n) for n in range(item.childCount())]
    return [x for x in found if x is not None]


def test_the_search_finds_actions_and_keys(editor: ShortcutEditor) -> None:
    rows = [row for group in groups(editor) for row in children(group)]

    def found() -> list[str]:
        return [x.text(0) for x in rows if not x.isHidden()]

    editor.search.setText("lesion acc")
    assert "Accept lesion" in found()
    assert "Find lesions" not in found()
    editor.search.setText("ctrl+shift+z")
    assert found() == ["Redo"]
    assert editor.name == "redo"
    editor.search.setText("nothing is called this")
    assert found() == []
    editor.search.clear()
    assert len(found()) == len(rows)


def test_gestures_are_listed_and_cannot_be_changed(editor: ShortcutEditor) -> None:
    group = next(x for x in groups(editor) if x.text(0) == "Mouse")
    editor.tree.setCurrentItem(children(group)[0])
    assert editor.chosen.text() == "What mouse and focus keys do cannot be changed."
    assert not any(field.isEnabled() for field in editor.fields)
    assert not editor.reset.isEnabled()


def test_escape_closes_the_dialog_from_a_key_field(desk: Desk, editor: ShortcutEditor) -> None:
    editor.choose("find")
    press(editor, Qt.Key.Key_Escape)
    desk.qtbot.waitUntil(lambda: not editor.isVisible())
    assert desk.controller(KeysController).keymap.keys("find") == ("F",)


def test_tab_goes_through_the_dialog(desk: Desk, editor: ShortcutEditor) -> None:
    editor.choose("find")
    editor.search.setFocus()
    seen = []
    for _ in range(6):
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
        seen.append(focused())
    assert seen[:3] == [editor.tree, editor.fields[0], editor.fields[1]]
    assert desk.controller(KeysController).keymap.keys("find") == ("F",)
