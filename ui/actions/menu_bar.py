"""The menu bar: filled by the plan from the actions there are, and what controllers put beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu

from ui.actions.actions import Actions
from ui.actions.plan import MENUS
from ui.actions.spec import ActionSpec, translated

#: An action, or a menu that its owner fills.
Entry = QAction | QMenu


class MenuBar(QObject):
    """Shows every listed action in its menu, and gives the window the shortcuts of all.

    Parameters
    ----------
    window
        Whose menu bar it fills.
    actions
        The window's actions; the menus follow when there are others.
    """

    def __init__(self, window: QMainWindow, actions: Actions) -> None:
        super().__init__(window)
        self._window, self._actions = window, actions
        self._put: dict[tuple[str, str], list[Entry]] = {}
        self._submenus: dict[str, list[QMenu]] = {}
        self._menus = {name: window.menuBar().addMenu(translated(name)) for name in MENUS}
        for menu in self._menus.values():
            menu.setToolTipsVisible(True)
        actions.changed.connect(self.fill)
        self.fill()

    def __getitem__(self, name: str) -> QMenu:
        return self._menus[name]

    def put(self, menu: str, section: str, entries: Sequence[Entry]) -> Callable[[], None]:
        """Put further entries at the head of a section; return what takes them away again.

        The entries stay their owner's.
        """
        held = self._put.setdefault((menu, section), [])
        held += entries
        self._fill(menu)

        def take_away() -> None:
            for entry in entries:
                if entry in held:
                    held.remove(entry)
            self._fill(menu)

        return take_away

    def fill(self) -> None:
        """Bring all menus and the window's shortcuts in line with the actions."""
        for name in MENUS:
            self._fill(name)
        # Without this, shortcuts would die with a hidden menu bar (full screen).
        held = {x.objectName() for x in self._window.actions()}
        for name, action in self._actions.by_name.items():
            if name not in held:
                self._window.addAction(action)

    def _fill(self, name: str) -> None:
        menu = self._menus[name]
        self._empty(name)
        made: dict[str, QMenu] = {}
        rows = [x for x in self._actions.specs if x.group == name and x.listed]
        for line in MENUS[name]:
            begun = False
            for section in line:
                put = self._put.get((name, section), ())
                here = [x for x in rows if x.section == section]
                if (put or here) and not begun and not menu.isEmpty():
                    menu.addSeparator()
                begun = begun or bool(put or here)
                for entry in put:
                    menu.addMenu(entry) if isinstance(entry, QMenu) else menu.addAction(entry)
                for spec in here:
                    self._place(spec, menu, made)
        self._submenus[name] = list(made.values())

    def _empty(self, name: str) -> None:
        """Take everything out of a menu. `QMenu.clear` would invalidate what others still hold."""
        menu = self._menus[name]
        for action in menu.actions():
            menu.removeAction(action)
            if action.isSeparator():
                action.deleteLater()
        for submenu in self._submenus.pop(name, ()):
            submenu.deleteLater()

    def _place(self, spec: ActionSpec, menu: QMenu, made: dict[str, QMenu]) -> None:
        """Put an action into its menu, or into the submenu that stands where its first would."""
        if spec.submenu and spec.submenu not in made:
            made[spec.submenu] = menu.addMenu(translated(spec.submenu))
            made[spec.submenu].setToolTipsVisible(True)
        made.get(spec.submenu, menu).addAction(self._actions[spec.name])
