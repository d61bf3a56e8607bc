"""Submenus of View for windows, ranges, units, fusion and colours; and the menu of a pane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from ui.actions.spec import translated
from ui.display.specs import PRESET_SPECS
from ui.frame.capability import Controller
from ui.kit.plain import menu_text, tip


class ChoiceMenu(QObject):
    """A menu of which one entry at most is on.

    Parameters
    ----------
    menu
        What it fills.
    choose
        Called with the value of an entry that was chosen.
    after
        Actions below the entries.
    """

    def __init__(
        self, menu: QMenu, choose: Callable[[Any], None], after: Sequence[QAction] = ()
    ) -> None:
        super().__init__(menu)
        self.menu, self._choose, self._after = menu, choose, tuple(after)
        menu.setToolTipsVisible(True)
        self._group = QActionGroup(self)
        # None is on where the panes show something that is not listed.
        self._group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
        self._entries: dict[Any, QAction] = {}
        self.fill((), None)

    def fill(self, entries: Sequence[tuple[Any, str, str]], shown: Any) -> None:
        """List entries: value, title, explanation."""
        self.menu.clear()
        for entry in self._entries.values():
            entry.deleteLater()
        self._entries = {}
        for value, title, said in entries:
            entry = QAction(menu_text(title), self._group)
            entry.setCheckable(True)
            entry.setToolTip(tip(said or title))
            entry.triggered.connect(lambda _=False, value=value: self._choose(value))
            self.menu.addAction(entry)
            self._entries[value] = entry
        if entries and self._after:
            self.menu.addSeparator()
        self.menu.addActions(self._after)
        self.show(shown)

    def show(self, value: Any) -> None:
        """Tick an entry, or none."""
        for other, entry in self._entries.items():
            entry.setChecked(other == value)

    def disable(self, values: Sequence[Any]) -> None:
        """Grey entries out that cannot be had; their tooltip says why."""
        for value in values:
            self._entries[value].setEnabled(False)

    @property
    def entries(self) -> dict[Any, QAction]:
        """The entries by their values."""
        return dict(self._entries)


class DisplayMenus(QObject):
    """The submenus, made once and filled by the controller.

    Parameters
    ----------
    owner
        The controller, with actions and menus.
    choose
        Called with what was chosen, by submenu.
    """

    def __init__(self, owner: Controller, choose: dict[str, Callable[[Any], None]]) -> None:
        super().__init__(owner)
        window, actions = owner.frame.window, owner.frame.actions
        self._actions = actions
        ct = QMenu(translated("CT window"), window)
        ct.setToolTipsVisible(True)
        ct.addActions([actions[x.name] for x in PRESET_SPECS])
        saved = QMenu(translated("Saved CT windows"), window)
        ct.addSeparator()
        ct.addMenu(saved)
        ct.addAction(actions["save_ct_window"])
        ct.addAction(actions["remove_saved"])
        self.ct = ct
        self.saved = ChoiceMenu(saved, choose["saved"])
        names = ("suv_lower", "suv_higher", "save_pet_range", "remove_saved")
        after = [actions[name] for name in names]
        self.range = ChoiceMenu(QMenu(translated("PET range"), window), choose["range"], after)
        unit = QMenu(translated("PET unit"), window)
        self.unit = ChoiceMenu(unit, choose["unit"], (actions["next_unit"],))
        steps = [actions[x] for x in ("next_fusion", "swipe_left", "swipe_right")]
        self.fusion = ChoiceMenu(QMenu(translated("Fusion"), window), choose["fusion"], steps)
        colours = QMenu(translated("Colours"), window)
        self.colours = {
            place: ChoiceMenu(colours.addMenu(translated(title)), choose[place])
            for place, title in (("pet", "PET panes"), ("fused", "Fused panes"), ("mip", "MIP"))
        }
        colours.addSeparator()
        colours.addActions([actions["next_colours"], actions["next_fused_colours"]])
        own = actions["own_window"]
        self.windows = QMenu(translated("Windows of panes"), window)
        self.windows.setToolTipsVisible(True)
        self.windows.addAction(own)
        of_view = (
            *(ct, self.range.menu, self.unit.menu),
            *(self.windows, self.fusion.menu, colours),
        )
        for menu in (*of_view, saved):
            owner.at_close(menu.deleteLater)
        owner.put("View", "windows", of_view)

    def fill_pane_menu(self, menu: QMenu, content: str) -> None:
        """Add what sets the display of a pane that shows ``ct``, ``pet``, ``fused`` or ``mip``."""
        menu.setToolTipsVisible(True)
        menu.addAction(self._actions["own_window"])
        menu.addSeparator()
        if content in ("ct", "fused"):
            menu.addMenu(self.ct)
        if content in ("pet", "fused", "mip"):
            menu.addMenu(self.range.menu)
            menu.addMenu(self.unit.menu)
            menu.addSeparator()
            menu.addMenu(self.colours[content].menu)
        if content == "fused":
            menu.addMenu(self.fusion.menu)
