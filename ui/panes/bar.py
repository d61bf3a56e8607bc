"""The controls beside the menu bar: layout, cine, slab, oblique planes, reset."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from string import Template

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QMenuBar,
    QToolBar,
    QToolButton,
    QWidget,
)

from ui.actions.actions import Actions
from ui.frame.capability import Controller
from ui.kit.action_button import ActionButton
from ui.kit.roving import Roving
from ui.kit.theme import COLOURS, icon

#: What `viewers.make.slab.SlabMode` calls the kinds, by action.
SLAB_ACTIONS = {
    "slab_maximum": "maximum",
    "slab_mean": "mean",
    "slab_minimum": "minimum",
}
ICON_PX = 16
#: Room for the longest title of the program's own layouts; longer ones lose their end.
LAYOUT_PX = 172
#: As high as the menus beside it, with the arrow at the side.
_STYLE = Template("""
QToolButton { padding: 2px 3px; }
QToolButton:checked, QToolButton#menu[on="true"] { background: $select; }
QToolButton#menu { padding-right: 15px; background: transparent; border: 1px solid transparent; }
QToolButton#menu:hover { background: $raised; }
QToolButton#flat:focus, QToolButton#menu:focus { border-color: $accent_high; }
QToolButton#flat:checked:focus, QToolButton#menu[on="true"]:focus { border-color: $text; }
QToolButton#menu::menu-indicator {
    subcontrol-origin: padding; subcontrol-position: right center; right: 3px;
}
""")


class DeskBar(QWidget):
    """Buttons for what a reader changes most often on the panes.

    Parameters
    ----------
    owner
        The controller, with scene and actions. It stands at the end of the window's menu bar; below
        it where the menu bar is the system's.
    layouts
        The menu of layouts, which the first button opens.
    """

    def __init__(self, owner: Controller, layouts: QMenu) -> None:
        bar = owner.frame.window.menuBar()
        super().__init__(bar)
        actions = owner.frame.actions
        self._layouts = owner.frame.scene.layouts
        owner.at_close(self._place(bar))
        self.setStyleSheet(_STYLE.substitute(COLOURS))
        self.layout_button = self._make_layout_button(layouts)
        self._slabs = [actions[name] for name in SLAB_ACTIONS]
        self.slab_button = self._make_slab_button(actions)
        cine, rest = (
            [self._button(actions[name]) for name in names]
            for names in (("cine", "cine_mip"), ("oblique", "reset_view"))
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 6, 0)
        row.setSpacing(2)
        buttons = (self.layout_button, *cine, self.slab_button, *rest)
        for button in buttons:
            row.addWidget(button)
        Roving(self, buttons)
        self._study = actions["layout_next"]
        self._study.enabledChanged.connect(self._enable)
        self._enable(self._study.isEnabled())
        owner.listen(self._layouts.layout_changed, self._name_layout)
        owner.on_desk(lambda _desk: self._name_layout(self._layouts.layout_name))

    def _place(self, bar: QMenuBar) -> Callable[[], None]:
        """Put it where it stands; return what takes it away."""
        window = bar.window()
        if bar.isNativeMenuBar() and isinstance(window, QMainWindow):
            # The system's menu bar has no room for buttons.
            tools = window.addToolBar(self.tr("Panes"))
            tools.setObjectName("panes")
            tools.setMovable(False)
            tools.addWidget(self)
            return partial(_remove_bar, window, tools)
        bar.setCornerWidget(self)
        return partial(_remove_corner, bar, self)

    def _make_layout_button(self, layouts: QMenu) -> QToolButton:
        button = self._menu_button(layouts, "layout", self.tr("Layout"))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setText(self.tr("Layout"))
        button.setToolTip(self.tr("Layout of the panes  (, and . step through them)"))
        # The menu bar does not lay it out again when another name comes.
        button.setFixedWidth(LAYOUT_PX)
        return button

    def _make_slab_button(self, actions: Actions) -> QToolButton:
        slabs = QMenu(self.tr("Slab"), self)
        slabs.addActions(self._slabs)
        slabs.addSeparator()
        thickness = ("slab_thicker", "slab_thinner", "slab_thickness")
        slabs.addActions([actions[name] for name in thickness])
        button = self._menu_button(slabs, "slab", self.tr("Slab"))
        button.setToolTip(self.tr("Show slabs: maximum, mean or minimum of a thick layer"))
        for action in self._slabs:
            action.toggled.connect(self._show_slab)
        return button

    def _button(self, action: QAction) -> QToolButton:
        button = ActionButton(action)
        button.setObjectName("flat")
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        return button

    def _menu_button(self, menu: QMenu, picture: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("menu")
        button.setIcon(icon(picture))
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setAccessibleName(name)
        return button

    def _enable(self, on: bool) -> None:
        self.layout_button.setEnabled(on)
        self.slab_button.setEnabled(on)

    def _show_slab(self) -> None:
        """Mark the button while slabs are shown."""
        self.slab_button.setProperty("on", any(x.isChecked() for x in self._slabs))
        style = self.slab_button.style()
        style.unpolish(self.slab_button)
        style.polish(self.slab_button)

    def _name_layout(self, name: str) -> None:
        metrics = self.layout_button.fontMetrics()
        title = self._layouts.layout_title(name)
        if not self._layouts.is_saved_layout(name):
            title = QCoreApplication.translate("layouts", title)
        room = LAYOUT_PX - ICON_PX - 30
        shown = metrics.elidedText(title, Qt.TextElideMode.ElideRight, room)
        # An ampersand would be taken for a mnemonic.
        self.layout_button.setText(shown.replace("&", "&&"))
        self.layout_button.setAccessibleDescription(title)


def _remove_bar(window: QMainWindow, bar: QToolBar) -> None:
    window.removeToolBar(bar)
    bar.deleteLater()


def _remove_corner(bar: QMenuBar, widget: QWidget) -> None:
    # Qt knows no other way to leave a corner empty.
    bar.setCornerWidget(None)  # type: ignore[arg-type]
    widget.hide()
    widget.deleteLater()
