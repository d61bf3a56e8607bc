"""Layouts, panes, cine, slabs and oblique planes from menus, keys and the bar beside the menus."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QInputDialog,
    QMenu,
    QMenuBar,
    QMessageBox,
    QToolBar,
    QToolButton,
    QWidget,
)

from tests.support.hands import middle
from tests.support.ui_study import Desk, make_study, written_sheet
from ui.panes.bar import DeskBar
from ui.panes.controller import PanesController
from ui.panes.specs import LAYOUT_SPECS, PANE_SPECS
from ui.window.capabilities import all_actions
from viewers.desk.desk import ReadingDesk
from viewers.make.slab import Slab, SlabMode
from viewers.space.geometry import Plane
from viewers.space.layout_store import LayoutStore
from viewers.space.layouts import Content

DESK_SPECS = (*LAYOUT_SPECS, *PANE_SPECS)


def panes(desk: Desk) -> ReadingDesk:
    assert desk.window.holder.desk is not None
    return desk.window.holder.desk


def dialog(desk: Desk, kind: type[QWidget]) -> QWidget:
    """Wait for a dialog and return it."""

    def found() -> list[QWidget]:
        return [x for x in desk.window.findChildren(kind) if x.isVisible()]

    desk.qtbot.waitUntil(lambda: len(found()) == 1)
    return found()[0]


def save_as(desk: Desk, title: str) -> None:
    desk.trigger("layout_save")
    asked = dialog(desk, QInputDialog)
    assert isinstance(asked, QInputDialog)
    asked.setTextValue(title)
    asked.accept()


def entries(desk: Desk) -> list[str]:
    """Texts of the menu of layouts, with separators as dashes."""
    menu = desk.controller(PanesController).layouts.menu
    return [x.text() if not x.isSeparator() else "-" for x in menu.actions()]


def bar_of(desk: Desk) -> DeskBar:
    bar = desk.window.findChild(DeskBar)
    assert bar is not None
    return bar


def test_every_action_of_the_panes_has_what_a_reader_needs(desk: Desk) -> None:
    for spec in DESK_SPECS:
        action = desk.window.actions_[spec.name]
        assert action.text()
        assert action.toolTip()
        assert spec.name == "layout_remove" or action.shortcuts()
    keys = [key for spec in all_actions() for key in spec.keys]
    assert len(keys) == len(set(keys))
    page = written_sheet()
    for words in (
        "Play slices",
        "Maximum (MIP)",
        "Back to orthogonal",
        "Home, End",
        "Right click",
    ):
        assert words in page


def test_without_a_study_nothing_of_it_can_be_done(desk: Desk) -> None:
    for spec in DESK_SPECS:
        assert not desk.window.actions_[spec.name].isEnabled(), spec.name
    assert not bar_of(desk).layout_button.isEnabled()
    assert bar_of(desk).isVisible()


def test_the_bar_names_the_layout_and_opens_its_menu(desk: Desk) -> None:
    desk.open()
    bar = bar_of(desk)
    assert bar.layout_button.text() == "3 x 3 and MIP"
    assert bar.layout_button.isEnabled()
    desk.set_layout("pet")
    assert bar.layout_button.text() == "PET only"
    assert bar.layout_button.menu() is desk.controller(PanesController).layouts.menu
    for button in bar.findChildren(QToolButton):
        assert button.accessibleName()
        assert button.toolTip()
        assert bar.rect().contains(button.geometry())
    # The panes lose no height to it.
    assert desk.window.menuBar().height() <= 30


def test_a_layout_is_saved_stepped_to_and_removed(desk: Desk, settings_folder: Path) -> None:
    desk.open()
    before = entries(desk)
    assert before[-3:] == ["-", "Save layout as…", "Remove layout…"]
    assert not desk.window.actions_["layout_remove"].isEnabled()
    desk.set_layout("fused-triplet")
    panes(desk).model.layouts.set_pane(0, Content.CT, Plane.CORONAL)
    save_as(desk, "Chest & neck")
    assert (settings_folder / "layouts" / "my-chest-neck.toml").is_file()
    assert desk.scene.layouts.layout_names()[-1] == "my-chest-neck"
    # Below it: the steps, and what saves and removes.
    assert entries(desk)[-8:-5] == ["-", "Chest && neck", "-"]
    menu = desk.controller(PanesController).layouts.menu
    checked = [x.text() for x in menu.actions() if x.isChecked()]
    assert checked == ["Chest && neck"]
    # Round the end of the list and back.
    desk.trigger("layout_next")
    assert panes(desk).model.layouts.layout_name == "default"
    desk.trigger("layout_previous")
    assert panes(desk).scene.layout.panes[0].content is Content.CT
    desk.trigger("layout_remove")
    asked = dialog(desk, QInputDialog)
    assert isinstance(asked, QInputDialog)
    assert asked.textValue() == "Chest & neck"
    asked.accept()
    assert entries(desk) == before
    assert not (settings_folder / "layouts" / "my-chest-neck.toml").exists()
    assert panes(desk).model.layouts.layout_name == "default"


def test_an_old_layout_is_replaced_only_if_wanted(desk: Desk) -> None:
    desk.open()
    desk.set_layout("ct")
    save_as(desk, "Mine")
    desk.set_layout("pet")
    for button, wanted in (
        (QMessageBox.StandardButton.Cancel, 3),
        (QMessageBox.StandardButton.Save, 4),
    ):
        save_as(desk, "mine")
        box = dialog(desk, QMessageBox)
        assert isinstance(box, QMessageBox)
        assert "Mine" in box.text()
        box.button(button).click()
        assert len(LayoutStore().layouts["my-mine"].panes) == wanted


def test_a_layout_without_a_name_is_a_sentence(desk: Desk) -> None:
    desk.open()
    save_as(desk, "   ")
    assert "A layout needs a name." in desk.messages()


def test_a_malformed_layout_file_is_told_and_the_rest_works(
    settings_folder: Path, make_desk: Callable[..., Desk]
) -> None:
    folder = settings_folder / "layouts"
    folder.mkdir(parents=True)
    (folder / "odd.toml").write_text("title = ", encoding="utf-8")
    desk = make_desk()
    desk.open()
    assert any("odd" in x for x in desk.messages())
    assert desk.scene.layouts.layout_names()[0] == "default"


def _pane_menu(desk: Desk, number: int) -> dict[str, QAction]:
    if (before := desk.controller(PanesController).menu) is not None:
        before.close()
    boxes = panes(desk).scene.boxes(panes(desk).width(), panes(desk).height())
    desk.qtbot.mouseClick(panes(desk), Qt.MouseButton.RightButton, pos=middle(boxes[number]))
    menu = desk.controller(PanesController).menu
    assert menu is not None
    desk.qtbot.waitUntil(menu.isVisible)
    return {x.text(): x for x in menu.actions() if x.text()}


def test_the_menu_of_a_pane_sets_content_and_plane(desk: Desk) -> None:
    desk.open()
    entries = _pane_menu(desk, 0)
    assert [t for t, x in entries.items() if x.isChecked()] == ["CT", "Axial"]
    assert not entries["MR"].isEnabled()
    assert "Derived image" not in entries
    entries["PET"].trigger()
    entries = _pane_menu(desk, 0)
    entries["Sagittal"].trigger()
    spec = panes(desk).scene.layout.panes[0]
    assert (spec.content, spec.plane) == (Content.PET, Plane.SAGITTAL)
    entries = _pane_menu(desk, 0)
    entries["Turning MIP"].trigger()
    entries = _pane_menu(desk, 0)
    assert [t for t, x in entries.items() if x.isChecked()] == ["Turning MIP"]
    assert not entries["Axial"].isEnabled()
    menu = desk.controller(PanesController).menu
    assert menu is not None
    menu.close()


def test_the_menu_of_the_active_pane_opens_by_key(desk: Desk) -> None:
    desk.open()
    desk.trigger("next_pane")
    desk.trigger("pane_menu")
    menu = desk.controller(PanesController).menu
    assert menu is not None
    desk.qtbot.waitUntil(menu.isVisible)
    assert [x.text() for x in menu.actions() if x.isChecked()] == ["PET", "Axial"]
    menu.close()


def test_maximise_zoom_and_reset_by_action(desk: Desk) -> None:
    desk.open()
    shown = panes(desk)
    desk.trigger("next_pane")
    desk.trigger("maximise")
    assert [b.number for b in shown.scene.boxes(800, 600)] == [1]
    desk.trigger("zoom_in")
    desk.trigger("zoom_in")
    desk.trigger("zoom_out")
    assert shown.scene.view_state(Content.PET, Plane.AXIAL).zoom == pytest.approx(1.25)
    desk.trigger("reset_view")
    assert shown.scene.view_state(Content.PET, Plane.AXIAL).zoom == 1.0
    desk.trigger("maximise")
    assert len(shown.scene.boxes(800, 600)) == 10


def test_slabs_by_action(desk: Desk) -> None:
    desk.open()
    shown, bar = panes(desk), bar_of(desk)
    desk.trigger("slab_maximum")
    assert shown.scene.slab == Slab(SlabMode.MAXIMUM, 10.0)
    assert bar.slab_button.property("on") is True
    desk.trigger("slab_mean")
    assert shown.scene.slab.mode is SlabMode.MEAN
    ticked = [
        n
        for n in ("slab_maximum", "slab_mean", "slab_minimum")
        if desk.window.actions_[n].isChecked()
    ]
    assert ticked == ["slab_mean"]
    seen = []
    for name in ("slab_thicker", "slab_thinner", "slab_thinner", "slab_thinner", "slab_thicker"):
        desk.trigger(name)
        seen.append(shown.scene.slab.thickness_mm)
    assert seen == [15.0, 10.0, 5.0, 4.0, 5.0]
    desk.trigger("slab_thickness")
    asked = dialog(desk, QInputDialog)
    assert isinstance(asked, QInputDialog)
    asked.setDoubleValue(7.5)
    asked.accept()
    assert shown.scene.slab == Slab(SlabMode.MEAN, 7.5)
    desk.trigger("slab_mean")
    assert shown.scene.slab.mode is None
    assert bar.slab_button.property("on") is False


def test_cine_by_action_and_its_rate(desk: Desk) -> None:
    desk.open()
    shown = panes(desk)
    desk.qtbot.waitUntil(lambda: shown.scene.mip is not None)
    start = shown.model.navigation.cursor_lps_mm
    desk.trigger("cine_rate")
    asked = dialog(desk, QInputDialog)
    assert isinstance(asked, QInputDialog)
    asked.setDoubleValue(40.0)
    asked.accept()
    desk.trigger("cine_faster")
    assert shown.model.cine.rate == 50.0
    desk.trigger("cine_slower")
    desk.trigger("cine")
    desk.trigger("cine_mip")
    assert desk.window.actions_["cine"].isChecked()
    desk.qtbot.waitUntil(
        lambda: shown.model.navigation.cursor_lps_mm != start and shown.scene.mip_number > 0
    )
    desk.trigger("cine")
    assert not shown.model.cine.plays_slices
    assert shown.model.cine.turns_mip
    desk.session.studies.close()
    assert not desk.window.actions_["cine_mip"].isChecked()
    assert not shown.model.cine.turns_mip


def test_planes_turn_by_key_and_back(desk: Desk) -> None:
    desk.open(make_study())
    shown = panes(desk)
    desk.activate()
    shown.setFocus()
    assert not desk.window.actions_["planes_reset"].isEnabled()
    desk.qtbot.keyClick(shown, Qt.Key.Key_O)
    assert shown.scene.show_handles
    for _ in range(3):
        desk.qtbot.keyClick(shown, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert shown.scene.tilt is not None
    assert shown.scene.tilt.degrees(Plane.CORONAL) == pytest.approx(15.0)
    assert shown.scene.mip_number == 0
    desk.qtbot.keyClick(shown, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert shown.scene.tilt.degrees(Plane.SAGITTAL) == pytest.approx(10.0)
    desk.qtbot.keyClick(shown, Qt.Key.Key_O, Qt.KeyboardModifier.ShiftModifier)
    assert shown.scene.tilt is None
    assert not desk.window.actions_["planes_reset"].isEnabled()


def test_a_menu_bar_of_the_system_leaves_the_buttons_a_bar_of_their_own(
    make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QMenuBar, "isNativeMenuBar", lambda _bar: True)
    desk = make_desk()
    bar = bar_of(desk)
    assert bar.isVisible()
    assert isinstance(bar.parent(), QToolBar)
    assert desk.window.menuBar().cornerWidget() is None


def test_no_menu_is_higher_than_a_small_screen(desk: Desk) -> None:
    desk.open()
    for entry in desk.window.menuBar().actions():
        menu = entry.menu()
        assert isinstance(menu, QMenu)
        assert menu.sizeHint().height() < 700, entry.text()


def test_submenus_hold_each_action_of_view_once(desk: Desk) -> None:
    view = desk.window.menus["View"]
    desk.open()
    below = [menu for x in view.actions() if isinstance(menu := x.menu(), QMenu)]
    placed = [x for menu in (view, *below) for x in menu.actions()]
    for spec in (x for x in all_actions() if x.group == "View"):
        assert placed.count(desk.window.actions_[spec.name]) == 1, spec.name
