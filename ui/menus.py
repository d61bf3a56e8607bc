"""The menu bar, and the menu of layouts that can be used just now."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu

from ui.actions import MENUS, Actions, translated
from ui.desk_holder import DeskHolder

_BREAKS = {"export", "quit", "uncertainty", "charts", "next_lesion", "recover", "models", "compare"}


class LayoutMenu(QObject):
    """Lists the desk's layouts once there is a desk, and steps through them."""

    def __init__(self, menu: QMenu, holder: DeskHolder, actions: Actions) -> None:
        super().__init__(menu)
        self._menu, self._holder = menu, holder
        self._entries: dict[str, QAction] = {}
        self._group = QActionGroup(self)
        menu.setEnabled(False)
        holder.desk_made.connect(self._on_desk)
        actions["layout_next"].triggered.connect(lambda: self.step(+1))
        actions["layout_previous"].triggered.connect(lambda: self.step(-1))

    def names(self) -> tuple[str, ...]:
        """Names of the layouts that can be used now; none before the first study."""
        return () if self._holder.desk is None else self._holder.desk.layout_names()

    def show(self, name: str) -> None:
        """Show a layout by name."""
        if self._holder.desk is not None:
            self._holder.desk.set_layout(name)

    def step(self, by: int) -> None:
        """Show the layout before or after, round the ends."""
        names = self.names()
        if self._holder.desk is not None and names:
            here = names.index(self._holder.desk.layout_name)
            self.show(names[(here + by) % len(names)])

    def _on_desk(self) -> None:
        desk = self._holder.desk
        if desk is not None:
            desk.layouts_changed.connect(self._fill)
            desk.layout_changed.connect(self._check)
            self._fill()

    def _fill(self) -> None:
        desk = self._holder.desk
        if desk is None:
            return
        for entry in self._entries.values():
            self._menu.removeAction(entry)
            self._group.removeAction(entry)
            entry.deleteLater()
        self._entries = {}
        for name in self.names():
            entry = self._menu.addAction(desk.layout_title(name))
            entry.setCheckable(True)
            entry.setActionGroup(self._group)
            entry.triggered.connect(lambda _=False, name=name: self.show(name))
            self._entries[name] = entry
        self._menu.setEnabled(True)
        self._check(desk.layout_name)

    def _check(self, name: str) -> None:
        if name in self._entries:
            self._entries[name].setChecked(True)


def fill_menu_bar(
    window: QMainWindow, actions: Actions, docks: Iterable[QDockWidget], layouts: QMenu
) -> dict[str, QMenu]:
    """Put every action into its menu, and give the window their shortcuts.

    Returns
    -------
    dict
        The menus, by the names of `ui.actions.MENUS`.
    """
    menus = {}
    for name in MENUS:
        menu = menus[name] = window.menuBar().addMenu(translated(name))
        menu.setToolTipsVisible(True)
        if name == "View":
            menu.addMenu(layouts)
        for action in actions.of_menu(name):
            if action.objectName() in _BREAKS:
                menu.addSeparator()
            menu.addAction(action)
        if name == "View":
            windows = menu.addMenu(translated("CT window"))
            windows.addActions(actions.ct_presets)
            menu.addSeparator()
            for dock in docks:
                menu.addAction(dock.toggleViewAction())
    # Without this, shortcuts would die with a hidden menu bar (full screen).
    for action in (*actions.by_name.values(), *actions.ct_presets):
        window.addAction(action)
    return menus
