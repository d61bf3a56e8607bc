"""The menu of layouts that can be used just now."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from ui.actions.actions import Actions
from ui.frame.desk_holder import DeskHolder


class LayoutMenu(QObject):
    """Lists the desk's layouts once there is a desk, and steps through them."""

    def __init__(self, menu: QMenu, holder: DeskHolder, actions: Actions) -> None:
        super().__init__(menu)
        self._menu, self._holder = menu, holder
        self._entries: dict[str, QAction] = {}
        self._steps = [actions[x] for x in ("layout_previous", "layout_next")]
        self._fixed = [actions[x] for x in ("layout_save", "layout_remove")]
        self._group = QActionGroup(self)
        menu.setEnabled(False)
        holder.desk_made.connect(self._on_desk)

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
            present = self._holder.desk.layout_name
            # One that was asked for by name need not be listed.
            here = names.index(present) if present in names else 0
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
        # Its own entries go; the window's actions stay and come again at the end.
        for entry in self._entries.values():
            self._group.removeAction(entry)
        self._menu.clear()
        self._entries = {}
        saved = False
        for name in self.names():
            if desk.is_saved_layout(name) and not saved:
                saved = True
                self._menu.addSeparator()
            title = desk.layout_title(name)
            if not desk.is_saved_layout(name):
                title = QCoreApplication.translate("layouts", title)
            entry = self._menu.addAction(title.replace("&", "&&"))
            entry.setCheckable(True)
            entry.setActionGroup(self._group)
            entry.triggered.connect(lambda _=False, name=name: self.show(name))
            self._entries[name] = entry
        for group in (self._steps, self._fixed):
            self._menu.addSeparator()
            self._menu.addActions(group)
        self._menu.setEnabled(True)
        self._check(desk.layout_name)

    def _check(self, name: str) -> None:
        if name in self._entries:
            self._entries[name].setChecked(True)
