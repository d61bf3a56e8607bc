"""The menu of layouts that can be used just now."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from ui.actions.plan import LAYOUT
from ui.actions.spec import translated
from ui.frame.capability import Controller
from ui.kit.plain import menu_text, tip


class LayoutMenu(QObject):
    """Lists the layouts once there is something to lay out, and steps through them.

    Parameters
    ----------
    owner
        The controller, with scene, actions and menus.
    """

    def __init__(self, owner: Controller) -> None:
        super().__init__(owner)
        frame = owner.frame
        self._layouts = frame.scene.layouts
        self.menu = QMenu(translated(LAYOUT), frame.window)
        owner.at_close(self.menu.deleteLater)
        self._entries: dict[str, QAction] = {}
        self._steps = [frame.actions[x] for x in ("layout_previous", "layout_next")]
        self._fixed = [frame.actions[x] for x in ("layout_save", "layout_remove")]
        self._group = QActionGroup(self)
        self.menu.setEnabled(False)
        owner.put("View", "layout", [self.menu])
        owner.listen(self._layouts.layouts_changed, self._fill)
        owner.listen(self._layouts.layout_changed, self._check)
        owner.on_desk(lambda _desk: self._fill())

    def show(self, name: str) -> None:
        """Show a layout by name."""
        self._layouts.set_layout(name)

    def step(self, by: int) -> None:
        """Show the layout before or after, round the ends."""
        names = self._layouts.layout_names()
        present = self._layouts.layout_name
        # One that was asked for by name need not be listed.
        here = names.index(present) if present in names else 0
        self.show(names[(here + by) % len(names)])

    def _fill(self) -> None:
        # Its own entries go; the window's actions stay and come again at the end.
        for entry in self._entries.values():
            self._group.removeAction(entry)
        self.menu.clear()
        self._entries = {}
        saved = False
        for name in self._layouts.layout_names():
            own = self._layouts.is_saved_layout(name)
            if own and not saved:
                saved = True
                self.menu.addSeparator()
            title = self._layouts.layout_title(name)
            if not own:
                title = QCoreApplication.translate("layouts", title)
            entry = self.menu.addAction(menu_text(title))
            entry.setToolTip(tip(title))
            entry.setCheckable(True)
            entry.setActionGroup(self._group)
            entry.triggered.connect(lambda _=False, name=name: self.show(name))
            self._entries[name] = entry
        for group in (self._steps, self._fixed):
            self.menu.addSeparator()
            self.menu.addActions(group)
        self.menu.setEnabled(True)
        self._check(self._layouts.layout_name)

    def _check(self, name: str) -> None:
        if name in self._entries:
            self._entries[name].setChecked(True)
