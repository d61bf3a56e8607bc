"""The middle of the window: the welcome page, and the reading desk once there is a study."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from ui.actions.actions import Actions
from ui.frame.welcome import WelcomePage
from ui.kit.banner import BannerArea
from viewers.scene.model import SceneModel

if TYPE_CHECKING:
    from viewers.desk.desk import ReadingDesk

MakeDesk = Callable[[SceneModel, QWidget], "ReadingDesk"]


def make_reading_desk(scene: SceneModel, parent: QWidget) -> ReadingDesk:
    """Import and make the real desk."""
    from viewers.desk.desk import ReadingDesk

    return ReadingDesk(scene, parent)


class DeskHolder(QWidget):
    """Makes the desk when the first study comes, so that the window does not wait for it.

    Parameters
    ----------
    actions
        The window's actions; the welcome page shows some.
    scene
        What the desk will draw.
    make_desk
        What makes the desk; tests give quick ones.

    Signals
    -------
    desk_made(object)
        The new desk.
    """

    desk_made = Signal(object)

    def __init__(
        self,
        actions: Actions,
        scene: SceneModel,
        make_desk: MakeDesk = make_reading_desk,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._scene, self._make_desk = scene, make_desk
        self.desk: ReadingDesk | None = None
        self.banners = BannerArea()
        self.welcome = WelcomePage(actions)
        # Else the hidden page would keep the panes as wide as itself.
        ignored = QSizePolicy.Policy.Ignored
        self.welcome.setSizePolicy(ignored, ignored)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.welcome)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banners)
        column.addWidget(self._stack, 1)

    @property
    def middle(self) -> QWidget:
        """What stands in the middle now: the desk, or the welcome page."""
        return self._stack.currentWidget() or self.welcome

    def add_below(self, bar: QWidget) -> None:
        """Put a bar below the panes."""
        self._column.addWidget(bar)

    def add_panel(self, panel: QWidget) -> None:
        """Put a slim panel between the banners and the panes."""
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(1, panel)

    def show_desk(self) -> ReadingDesk:
        """Bring the desk to the front, made if need be."""
        if self.desk is None:
            self.desk = self._make_desk(self._scene, self._stack)
            self._stack.addWidget(self.desk)
            self.desk_made.emit(self.desk)
        self._stack.setCurrentWidget(self.desk)
        return self.desk

    def show_welcome(self) -> None:
        """Bring the welcome page to the front."""
        self._stack.setCurrentWidget(self.welcome)
