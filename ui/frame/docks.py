"""The docks of a window: made from rows, and put in their usual places at any width."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from ui.actions.actions import Actions

#: Below this width two columns of docks leave too little for the images.
NARROW_PX = 1150
USUAL_PX = 280
Side = Qt.DockWidgetArea
_LEFT, _RIGHT = Side.LeftDockWidgetArea, Side.RightDockWidgetArea


def usual_width(_window: QMainWindow, _panel: QWidget) -> int:
    """Width of a dock that needs no other, in px."""
    return USUAL_PX


@dataclass(frozen=True)
class DockSpec:
    """A dock of a capability.

    Parameters
    ----------
    name
        Object name, by which the place of the dock is kept from day to day.
    title
        In English; translated when it is made.
    side
        Where it stands at first.
    make_panel
        Makes what stands in it.
    shown
        Whether it is there from the first and at its usual place; else the reader asks for it.
    listed
        Whether the View menu lists it; one that is not has an action of its own.
    movable
        Whether it can be put elsewhere.
    tall
        Whether it takes the height that others of its column do not need.
    width_px
        Usual width, asked of the window and the panel.
    height_px
        Height at first of one above or below the panes.
    go_to
        Name of the action that gives it the keyboard.
    """

    name: str
    title: str
    side: Qt.DockWidgetArea
    make_panel: Callable[[Actions], QWidget]
    shown: bool = True
    listed: bool = True
    movable: bool = True
    tall: bool = True
    width_px: Callable[[QMainWindow, Any], int] = usual_width
    height_px: int = 0
    go_to: str = ""


class Docks(QObject):
    """Holds the docks of a window by name.

    Signals
    -------
    wanted(str)
        The reader wants to go to the dock of this name.
    """

    wanted = Signal(str)

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._specs: dict[str, DockSpec] = {}
        self._docks: dict[str, QDockWidget] = {}

    def __getitem__(self, name: str) -> QDockWidget:
        return self._docks[name]

    def __contains__(self, name: object) -> bool:
        return name in self._docks

    @property
    def panels(self) -> list[QWidget]:
        """What stands in the docks."""
        return [x.widget() for x in self._docks.values()]

    @property
    def listed(self) -> list[QDockWidget]:
        """The docks that the View menu lists."""
        return [self._docks[x.name] for x in self._specs.values() if x.listed]

    def add(self, spec: DockSpec, panel: QWidget) -> QDockWidget:
        """Put a panel into a dock."""
        dock = QDockWidget(QCoreApplication.translate("docks", spec.title), self._window)
        dock.setObjectName(spec.name)
        dock.setWidget(panel)
        feature = QDockWidget.DockWidgetFeature
        closable = feature.DockWidgetClosable
        dock.setFeatures(closable | feature.DockWidgetMovable if spec.movable else closable)
        self._specs[spec.name], self._docks[spec.name] = spec, dock
        self._window.addDockWidget(spec.side, dock)
        if spec.height_px:
            self._window.resizeDocks([dock], [spec.height_px], Qt.Orientation.Vertical)
        if not spec.shown:
            dock.hide()
        elif self._window.isVisible():
            dock.show()
        return dock

    def remove(self, name: str) -> None:
        """Take a dock away with its panel."""
        dock = self._docks.pop(name)
        del self._specs[name]
        self._window.removeDockWidget(dock)
        dock.setParent(None)
        dock.deleteLater()

    # Places

    def arrange(self) -> None:
        """Put the docks where they belong at this width: in a narrow window all on one side."""
        left, right = self._usual(_LEFT), self._usual(_RIGHT)
        if self._window.width() < NARROW_PX:
            row = [*right, *left]
            for one, other in pairwise(row):
                self._window.tabifyDockWidget(one, other)
        else:
            for dock in left:
                self._window.addDockWidget(_LEFT, dock)
            for upper, lower in pairwise(left):
                self._window.splitDockWidget(upper, lower, Qt.Orientation.Vertical)
        for dock in (*left, *right):
            dock.show()
        for dock in right[:1]:
            dock.raise_()
        self.fit()

    def fit(self) -> None:
        """Give the docks their usual sizes: the images get what the docks do not need."""
        left, right = self._usual(_LEFT), self._usual(_RIGHT)
        widths = [self.usual_px(x.objectName()) for x in right]
        self._window.resizeDocks(right, widths, Qt.Orientation.Horizontal)
        if left and self._window.dockWidgetArea(left[0]) == _LEFT:
            both = [*left[:1], *right]
            widths = [self.usual_px(x.objectName()) for x in both]
            self._window.resizeDocks(both, widths, Qt.Orientation.Horizontal)
            tall = (self._specs[x.objectName()].tall for x in left)
            heights = [self._window.height() if x else 10 for x in tall]
            self._window.resizeDocks(left, heights, Qt.Orientation.Vertical)

    def fit_soon(self) -> None:
        """Give the docks their usual sizes once every part has shown what changed just now."""
        QTimer.singleShot(0, self, self.fit)

    def usual_px(self, name: str) -> int:
        """Usual width of a dock at the present width of the window."""
        return self._specs[name].width_px(self._window, self._docks[name].widget())

    def widen(self, name: str) -> None:
        """Make room for a dock that needs more now; one that is wider already stays."""
        dock, wanted = self._docks[name], self.usual_px(name)
        if dock.width() < wanted:
            self._window.resizeDocks([dock], [wanted], Qt.Orientation.Horizontal)

    def _usual(self, side: Qt.DockWidgetArea) -> list[QDockWidget]:
        found = (x for x in self._specs.values() if x.shown and x.side == side)
        return [self._docks[x.name] for x in found]
