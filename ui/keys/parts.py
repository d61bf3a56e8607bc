"""Ways between the parts of the window by keyboard: images, docks, messages, menus."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QWidget,
)
from shiboken6 import isValid

from ui.frame.capability import Controller

_REASON = Qt.FocusReason.ShortcutFocusReason


class Parts(QObject):
    """Gives the keyboard to a part: to what had it there last, else to its first control.

    Docks are looked up when they are needed, so that a dock made later counts.

    Parameters
    ----------
    owner
        The controller, with window, actions, docks, and what stands in the middle.
    """

    def __init__(self, owner: Controller) -> None:
        super().__init__(owner)
        frame = owner.frame
        self._window, self._holder, self._actions = frame.window, frame.holder, frame.actions
        self._last: dict[QWidget, QWidget] = {}
        owner.on("next_part", lambda: self.step(+1))
        owner.on("previous_part", lambda: self.step(-1))
        owner.on("go_images", lambda: self.go(self.images()))
        owner.on("menu_bar", self.go_to_menus)
        owner.listen(frame.docks.wanted, self.go_to_dock)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            owner.listen(application.focusChanged, self._remember)

    def images(self) -> QWidget:
        """Return what stands in the middle now: the panes, or the welcome page."""
        return self._holder.middle

    def parts(self) -> list[QWidget]:
        """Return the parts that can be seen and can take the keyboard, by their place."""
        seen = [x for x in self._places() if not x.visibleRegion().isEmpty()]

        def place(part: QWidget) -> tuple[int, int]:
            corner = part.mapTo(self._window, part.rect().topLeft())
            return corner.x(), corner.y()

        return sorted((x for x in seen if self._first_control(x) is not None), key=place)

    def _places(self) -> list[QWidget]:
        docks = [d for d in self._window.findChildren(QDockWidget) if not d.isFloating()]
        return [self.images(), self._holder.banners, self._window.statusBar(), *docks]

    def step(self, by: int) -> None:
        """Go to the next part (or the one before), round the ends."""
        parts = self.parts()
        if parts:
            here = self._part_with_keyboard(parts)
            at = parts.index(here) + by if here is not None else (0 if by > 0 else -1)
            self.go(parts[at % len(parts)])

    def go_to_dock(self, name: str) -> None:
        """Show a dock, bring it before its neighbours in the same place, and go there."""
        dock = self._window.findChild(QDockWidget, name)
        if dock is None:
            return
        if dock.isHidden():
            # Its menu entry may do more than to show it.
            own = self._actions.by_name.get(name)
            (own if own is not None and own.isCheckable() else dock.toggleViewAction()).trigger()
        dock.raise_()
        self.go(dock)

    def go(self, part: QWidget) -> None:
        """Give the keyboard to a part."""
        last = self._last.get(part)
        usable = last is not None and isValid(last) and last.isVisible() and last.isEnabled()
        target = last if usable else self._first_control(part)
        if target is not None:
            target.setFocus(_REASON)

    def go_to_menus(self) -> None:
        """Give the keyboard to the menu bar; Escape gives it back."""
        bar = self._window.menuBar()
        first = next((x for x in bar.actions() if x.isVisible() and x.isEnabled()), None)
        if first is not None:
            bar.setFocus(Qt.FocusReason.MenuBarFocusReason)
            bar.setActiveAction(first)

    def _remember(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is None or new.window() is not self._window:
            return
        self._last = {x: y for x, y in self._last.items() if isValid(x) and isValid(y)}
        part = self._part_with_keyboard(self._places())
        if part is not None and new is not part:
            self._last[part] = new

    def _part_with_keyboard(self, parts: list[QWidget]) -> QWidget | None:
        focus = self._window.focusWidget()
        return next(
            (x for x in parts if focus is not None and (x is focus or x.isAncestorOf(focus))), None
        )

    def _first_control(self, part: QWidget) -> QWidget | None:
        """Return the first control of a part by the order of Tab that can take the keyboard."""
        if _takes_keyboard(part):
            return part
        inside = [x for x in part.findChildren(QWidget) if _takes_keyboard(x)]
        # The title bar's buttons of a dock come last: nobody goes there to close it.
        own = [x for x in inside if x.parentWidget() is not part]
        return next(iter(own or inside), None)


def _takes_keyboard(widget: QWidget) -> bool:
    tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return tab and widget.isEnabled() and widget.isVisible() and widget.focusProxy() is None
