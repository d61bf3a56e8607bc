"""A new part of the program is one value: it appears whole, and goes away without a trace."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import ref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtWidgets import QDockWidget, QLabel, QMenu, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from app.core.kit.jobs import JobContext
from tests.support.imports import HEAVY, graph_of
from tests.support.places import ROOT
from tests.support.ui_study import (
    Desk,
    add_derived,
    make_denoised,
    make_study,
    quick_search,
    with_search,
)
from ui.actions.plan import in_order
from ui.actions.situation import Situation, with_study
from ui.actions.spec import ActionSpec
from ui.frame.capability import Capability, Controller, Frame, Section, Unsaved
from ui.frame.docks import DockSpec, Side
from ui.keys.controller import KeysController
from ui.keys.overlay import ShortcutOverlay
from ui.panes.controller import PanesController
from ui.window.capabilities import CAPABILITIES, all_actions
from viewers.scene.wishes.tools import Tool


@dataclass(frozen=True)
class CountState:
    """What the example adds to the situation."""

    counted: int = 0


def why_not_count(situation: Situation) -> str:
    if situation.study is None:
        return "Open a study to count."
    return "Three are enough." if situation.of(CountState).counted >= 3 else ""


class CountController(Controller):
    """Counts how often the reader asked, and how often another study came."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self.counted, self.heard, self.ended = 0, 0, 0
        self.label = frame.panel(QLabel)
        self.listen(self._session.studies.active_changed, lambda _study: self._hear())
        self.on("count", self._count)
        self.on("count_long", self._begin)

    def state(self) -> CountState:
        return CountState(self.counted)

    def unsaved(self) -> Unsaved | None:
        return Unsaved("The count is not kept.", self._begin) if self.counted else None

    def fill_pane_menu(self, menu: QMenu, pane: int) -> None:
        menu.addAction(self._actions["count"])

    def _hear(self) -> None:
        self.heard += 1

    def _count(self) -> None:
        self.counted += 1
        self.label.setText(str(self.counted))
        self.frame.refresh()

    def _begin(self) -> None:
        def work(context: JobContext) -> None:
            while True:
                context.progress(0.5)

        self.run("Count for ever", work, lambda _none: None, ended=lambda _report: self._end())

    def _end(self) -> None:
        self.ended += 1


def make_panel(_actions: object) -> QWidget:
    label = QLabel("0")
    label.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return label


COUNT = Capability(
    "count",
    CountController,
    actions=(
        ActionSpec(
            "count", "Tools", "Count…", "Count one more", ("Ctrl+Alt+9",), why_not=why_not_count
        ),
        ActionSpec("count_long", "Tools", "Count on", "Count", submenu="Counting", when=with_study),
        ActionSpec("go_count", "View", "Go to the count", "Give it the keyboard", section="go"),
    ),
    docks=(DockSpec("count", "Count", Side.RightDockWidgetArea, make_panel, go_to="go_count"),),
    sheet=lambda: (Section("While counting", (("Shake", "Begin anew"),)),),
)


def written_menus(desk: Desk) -> list[str]:
    """Every entry of the menu bar, with those of submenus."""

    def entries(menu: QMenu) -> list[str]:
        found = []
        for action in menu.actions():
            found.append("-" if action.isSeparator() else action.text())
            below = action.menu()
            if isinstance(below, QMenu):
                found += [f"> {x}" for x in entries(below)]
        return found

    tops = [x.menu() for x in desk.window.menuBar().actions()]
    return [x for menu in tops if isinstance(menu, QMenu) for x in (menu.title(), *entries(menu))]


def sheet_of(desk: Desk) -> str:
    desk.trigger("shortcuts")
    sheet = desk.window.findChild(ShortcutOverlay)
    assert sheet is not None
    said = sheet.accessibleDescription()
    sheet.put_away()
    delete_later()
    return said


def delete_later() -> None:
    for _ in range(2):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


def test_it_appears_with_menu_dock_key_and_row_of_the_sheet(desk: Desk) -> None:
    before = written_menus(desk)
    desk.window.capabilities.add(COUNT)
    after = written_menus(desk)
    assert [x for x in after if x not in before] == [
        *("Go to the count", "Count", "Count…", "Counting", "> Count on")
    ]
    # At the end of the last section of Tools; its dock is listed with the others.
    tools = after[after.index("Tools") : after.index("Measure")]
    assert tools[-3:] == ["Count…", "Counting", "> Count on"]
    listed = after[after.index("Count") - 3 : after.index("Count") + 2]
    assert listed == ["Studies", "Display", "Lesions", "Count", "Usual places"]
    dock = desk.window.docks["count"]
    assert dock.windowTitle() == "Count"
    assert dock.isVisible()
    said = sheet_of(desk)
    assert "Ctrl+Alt+9" in said
    assert "Shake" in said
    desk.trigger("go_count")
    assert desk.window.focusWidget() is dock.widget()


def test_its_actions_are_judged_by_the_situation_and_say_why_not(desk: Desk) -> None:
    desk.window.capabilities.add(COUNT)
    count, long = desk.window.actions_["count"], desk.window.actions_["count_long"]
    assert not count.isEnabled()
    assert count.toolTip() == "Open a study to count."
    # Without a sentence of its own the tooltip stays.
    assert not long.isEnabled()
    assert long.toolTip() == "Count"
    desk.open()
    assert count.isEnabled()
    assert long.isEnabled()
    assert count.toolTip() == "Count one more  (Ctrl+Alt+9)"
    desk.activate()
    for _ in range(4):
        desk.qtbot.keyClick(
            desk.window,
            Qt.Key.Key_9,
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier,
        )
    assert desk.window.panel(QLabel).text() == "3", "the fourth was refused"
    assert count.toolTip() == "Three are enough."


def test_it_adds_to_the_menu_of_a_pane_and_to_the_question_at_closing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.window.capabilities.add(COUNT)
    desk.open()
    desk.trigger("pane_menu")
    menu = desk.controller(PanesController).menu
    assert menu is not None
    assert "Count…" in [x.text() for x in menu.actions()]
    menu.close()
    desk.trigger("count")
    asked: list[str] = []

    def answer(box: QMessageBox) -> QMessageBox.StandardButton:
        asked.append(box.text())
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr("ui.frame.closing.QMessageBox.exec", answer)
    desk.trigger("close_study")
    assert asked == ["The count is not kept."]
    assert desk.session.study is not None


def test_it_goes_away_without_a_trace(desk: Desk) -> None:
    study = desk.open()
    menus, sheet = written_menus(desk), sheet_of(desk)
    actions, names = len(desk.window.actions()), set(desk.window.actions_.by_name)
    docks = len(desk.window.findChildren(QDockWidget))
    desk.window.capabilities.add(COUNT)
    controller = desk.controller(CountController)
    desk.trigger("count_long")
    desk.qtbot.waitUntil(lambda: len(desk.session.jobs.reports) == 1)
    gone: list[ref[QObject]] = [
        ref(controller),
        ref(desk.window.docks["count"]),
        ref(desk.window.actions_["count"]),
    ]
    destroyed: list[str] = []
    controller.destroyed.connect(lambda: destroyed.append("controller"))
    desk.window.docks["count"].destroyed.connect(lambda: destroyed.append("dock"))
    desk.window.actions_["count"].destroyed.connect(lambda: destroyed.append("action"))
    heard = controller.heard

    desk.window.capabilities.remove("count")
    desk.wait_idle()
    desk.session.studies.show(make_study(description="Another"))
    assert controller.heard == heard, "it hears the session no more"
    assert controller.ended == 0, "its job is nobody's, and was cancelled"
    desk.session.studies.close()
    desk.session.studies.show(study)
    desk.wait_idle()
    del controller
    delete_later()
    assert sorted(destroyed) == ["action", "controller", "dock"]
    assert [x() for x in gone] == [None, None, None]
    assert written_menus(desk) == menus
    assert sheet_of(desk) == sheet
    assert len(desk.window.actions()) == actions
    assert set(desk.window.actions_.by_name) == names
    assert len(desk.window.findChildren(QDockWidget)) == docks
    with pytest.raises(LookupError, match="CountController"):
        desk.controller(CountController)
    # Its name and key are free again.
    assert "count" not in {x.name for x in desk.controller(KeysController).keymap.entries}
    desk.window.capabilities.add(COUNT)
    assert desk.window.actions_["count"].isEnabled()


def trace_of(desk: Desk) -> dict[str, Any]:
    """All that can be seen of the capabilities there are, and how many objects serve them."""
    window = desk.window
    return {
        # What can be undone is the session's, and named behind a colon.
        "menus": [x.partition(":")[0] for x in written_menus(desk)],
        "actions": set(window.actions_.by_name),
        "docks": {x.objectName() for x in window.findChildren(QDockWidget)},
        "messages": desk.messages(),
        "objects": Counter(type(x).__name__ for x in window.findChildren(QObject)),
    }


def use(desk: Desk, name: str) -> None:
    """Do something with a capability that was added just now."""
    if name == "studies":
        desk.open()
    elif name == "lesions":
        desk.find()
        desk.trigger("next_lesion")
    elif name == "derived":
        study = desk.session.study
        assert study is not None
        add_derived(desk, make_denoised(study))
    elif name == "measure":
        desk.trigger("tool_ruler")
    elif name == "align":
        desk.trigger("align")
    elif name == "panes":
        desk.trigger("pane_menu")
    elif name == "charts":
        desk.trigger("charts")
    desk.wait_idle()


def test_every_capability_of_the_window_goes_without_a_trace(
    make_desk: Callable[..., Desk],
) -> None:
    """They are added one by one, used, and taken away in reverse: each time all is as before."""
    desk = make_desk(capabilities=())
    before: list[dict[str, Any]] = []
    for capability in with_search(quick_search):
        delete_later()
        before.append(trace_of(desk))
        desk.window.capabilities.add(capability)
        use(desk, capability.name)
    for capability in reversed(CAPABILITIES):
        controller = desk.window.frame.in_use.controllers[capability.name]
        panels = [desk.window.docks[x.name].widget() for x in capability.docks]
        gone = [ref(x) for x in (controller, *controller.children(), *panels)]
        del controller, panels
        if capability.name == "studies":
            # The panes stay: they are the window's own.
            desk.session.studies.show(None)
        desk.window.capabilities.remove(capability.name)
        desk.wait_idle()
        delete_later()
        held = [x() for x in gone if x() is not None]
        assert not held, f"{capability.name}: still held"
        was, now = before.pop(), trace_of(desk)
        if not before[1:]:
            # Before the first study there was no desk, which the window keeps.
            was, now = ({**x, "objects": x["objects"]["QMenu"]} for x in (was, now))
        assert now == was, capability.name
    assert desk.scene.tools.tool is Tool.CROSSHAIR, "no tool stays in the hand"


def test_each_capability_of_the_window_can_be_done_without(
    make_desk: Callable[..., Desk], qtbot: QtBot
) -> None:
    """A name that one room borrows from another by its action is looked for, never relied on."""
    from app.core.kit.jobs import JobQueue
    from app.session.session import Session
    from ui.frame.bridge import Bridge
    from ui.window.main_window import MainWindow

    needed = {"studies", "display", "lesions", "charts", "derived"}  # others have their panels
    for left_out in {x.name for x in CAPABILITIES} - needed:
        bridge = Bridge()
        session = Session(JobQueue("cpu", 2), JobQueue("device"), bridge.post)
        kept = [x for x in CAPABILITIES if x.name != left_out]
        window = MainWindow(session, capabilities=kept)
        bridge.setParent(window)
        desk = Desk(window, session, qtbot)
        desk.open()
        assert window.holder.desk is not None, left_out
        window.close()
        window.deleteLater()
        delete_later()


def test_an_action_has_a_place_and_a_name_of_its_own(desk: Desk) -> None:
    actions = desk.window.actions_
    with pytest.raises(ValueError, match="no section 'nowhere' in 'Tools'"):
        actions.add([ActionSpec("new", "Tools", "New", "New", section="nowhere")])
    with pytest.raises(ValueError, match="there is an action find already"):
        actions.add([ActionSpec("find", "Tools", "New", "New")])
    with pytest.raises(ValueError, match="there is a capability keys already"):
        desk.window.capabilities.add(Capability("keys", Controller))


def test_actions_stand_by_the_plan_and_otherwise_as_they_came() -> None:
    def row(name: str, section: str) -> ActionSpec:
        return ActionSpec(name, "File", name, name, section=section)

    rows = [row("q", "quit"), row("b", "open"), row("e", "export"), row("a", "open")]
    assert [x.name for x in in_order(rows)] == ["b", "a", "e", "q"]


def test_every_action_is_as_its_row_says(desk: Desk) -> None:
    """Nobody but `Actions` enables one: in each situation all are what their rows make of it."""

    def check(where: str) -> None:
        situation = desk.window.frame.situation()
        for spec in all_actions():
            action, obstacle = desk.window.actions_[spec.name], spec.obstacle(situation)
            assert action.isEnabled() is (obstacle is None), f"{where}: {spec.name}"
            assert not obstacle or action.toolTip() == obstacle, f"{where}: {spec.name}"

    check("empty")
    desk.open()
    check("study")
    desk.find()
    desk.trigger("next_lesion")
    check("lesion")
    desk.trigger("accept")
    check("judged")
    desk.session.studies.add([make_study(description="Second")], activate=False)
    desk.session.studies.compare_with(desk.session.studies.all[1])
    check("two")
    desk.scene.navigation.turn_active(5.0)
    check("turned")
    desk.session.studies.close()
    check("one closed")
    desk.session.studies.close()
    check("all closed")


def test_the_window_starts_without_a_heavy_library() -> None:
    """Qt is what a window is made of; all else waits for the first study or a worker."""
    loaded = graph_of().heavy_with("ui.window.start")
    assert loaded == {"PySide6"}
    code = (
        "import sys, ui.window.start\n"
        f"print([x for x in {sorted(HEAVY - loaded)!r} if x in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


def test_a_controller_undoes_the_last_first(desk: Desk) -> None:
    undone: list[int] = []
    controller = Controller(desk.window.frame)
    emitter = QObject()
    named: list[str] = []
    controller.listen(emitter.objectNameChanged, named.append)
    for n in range(3):
        controller.at_close(partial(undone.append, n))
    emitter.setObjectName("one")
    controller.close()
    controller.close()
    emitter.setObjectName("two")
    assert undone == [2, 1, 0]
    assert named == ["one"]
