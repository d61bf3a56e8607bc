"""The controls beside the menu bar: layout, cine, slab, oblique planes, reset."""

from __future__ import annotations

from string import Template

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QMenuBar, QToolButton, QWidget

from ui.actions import Actions
from ui.desk_controller import SLAB_ACTIONS
from ui.desk_holder import DeskHolder
from ui.theme import COLOURS, icon

ICON_PX = 16
#: Room for the longest title of the program's own layouts; longer ones lose their end.
LAYOUT_PX = 172
#: As high as the menus beside it, with the arrow at the side.
_STYLE = Template("""
QToolButton { padding: 2px 3px; }
QToolButton:checked, QToolButton#menu[on="true"] { background: $select; }
QToolButton#menu { padding-right: 15px; background: transparent; border: 1px solid transparent; }
QToolButton#menu:hover { background: $raised; }
QToolButton#menu::menu-indicator {
    subcontrol-origin: padding; subcontrol-position: right center; right: 3px;
}
""")


class DeskBar(QWidget):
    """Buttons for what a reader changes most often on the panes.

    Parameters
    ----------
    actions
        The window's actions.
    holder
        Where the desk will be; the layout's name comes from it.
    layouts
        The menu of layouts, which the first button opens.
    bar
        The menu bar, at whose end it stands.
    """

    def __init__(self, actions: Actions, holder: DeskHolder, layouts: QMenu, bar: QMenuBar) -> None:
        super().__init__(bar)
        bar.setCornerWidget(self)
        self.setStyleSheet(_STYLE.substitute(COLOURS))
        self._holder = holder
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 6, 0)
        row.setSpacing(2)
        self.layout_button = self._menu_button(layouts, "layout", self.tr("Layout"))
        self.layout_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.layout_button.setText(self.tr("Layout"))
        self.layout_button.setToolTip(self.tr("Layout of the panes  (, and . step through them)"))
        # The menu bar does not lay it out again when another name comes.
        self.layout_button.setFixedWidth(LAYOUT_PX)
        row.addWidget(self.layout_button)
        for name in ("cine", "cine_mip"):
            row.addWidget(self._button(actions[name]))
        slabs = QMenu(self.tr("Slab"), self)
        slabs.addActions([actions[name] for name in SLAB_ACTIONS])
        slabs.addSeparator()
        thickness = ("slab_thicker", "slab_thinner", "slab_thickness")
        slabs.addActions([actions[name] for name in thickness])
        self.slab_button = self._menu_button(slabs, "slab", self.tr("Slab"))
        self.slab_button.setToolTip(
            self.tr("Show slabs: maximum, mean or minimum of a thick layer")
        )
        for name in SLAB_ACTIONS:
            actions[name].toggled.connect(self._show_slab)
        self._slabs = [actions[name] for name in SLAB_ACTIONS]
        row.addWidget(self.slab_button)
        for name in ("oblique", "reset_view"):
            row.addWidget(self._button(actions[name]))
        self._study = actions["layout_next"]
        self._study.enabledChanged.connect(self._enable)
        self._enable(self._study.isEnabled())
        holder.desk_made.connect(self._connect)

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setObjectName("flat")
        button.setDefaultAction(action)
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        button.setAccessibleName(action.text())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _menu_button(self, menu: QMenu, picture: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("menu")
        button.setIcon(icon(picture))
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
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

    def _connect(self) -> None:
        desk = self._holder.desk
        if desk is not None:
            desk.layout_changed.connect(self._name_layout)
            self._name_layout(desk.layout_name)

    def _name_layout(self, name: str) -> None:
        desk = self._holder.desk
        if desk is None:
            return
        metrics = self.layout_button.fontMetrics()
        title = desk.layout_title(name)
        room = LAYOUT_PX - ICON_PX - 30
        shown = metrics.elidedText(title, Qt.TextElideMode.ElideRight, room)
        # An ampersand would be taken for a mnemonic.
        self.layout_button.setText(shown.replace("&", "&&"))
        self.layout_button.setAccessibleDescription(title)
