"""The window: a frame for the capabilities of its list; what they do is in their rooms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QCloseEvent
from PySide6.QtWidgets import QLabel, QMainWindow

from app.session.session import Session
from ui.actions.actions import Actions
from ui.actions.menu_bar import MenuBar
from ui.frame.capabilities import Capabilities
from ui.frame.capability import Capability, Frame
from ui.frame.closing import may_close_all
from ui.frame.desk_holder import DeskHolder, MakeDesk, make_reading_desk
from ui.frame.docks import Docks
from ui.frame.job_bar import JobBar
from ui.frame.problems import ProblemTeller
from ui.kit.settings import Settings
from ui.window.capabilities import CAPABILITIES
from ui.window.place import save_window
from viewers.scene.model import SceneModel

#: Longest wait for the workers; what hangs longer dies with the process.
CLOSE_WITHIN_S = 5.0

Found = TypeVar("Found")


class MainWindow(QMainWindow):
    """The reading window of one session.

    Parameters
    ----------
    session
        Owner of study, result and history; the window shows it and states wishes to it. Closing
        the window shuts it down.
    make_desk
        What makes the panes; tests give quick ones.
    settings
        What is remembered per user; by default nothing outlives the window.
    capabilities
        What the window can do.
    """

    def __init__(
        self,
        session: Session,
        make_desk: MakeDesk = make_reading_desk,
        settings: Settings | None = None,
        capabilities: Sequence[Capability] = CAPABILITIES,
    ) -> None:
        super().__init__()
        self.session = session
        self.settings = Settings() if settings is None else settings
        self.settings.setParent(self)  # parts find it through their window
        self.setWindowTitle("Uptake")
        self.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowNestedDocks
        )
        self.actions_ = Actions(self, (x for part in capabilities for x in part.actions))
        self.menus = MenuBar(self, self.actions_)
        self.docks = Docks(self)
        scene = SceneModel()
        self.holder = DeskHolder(self.actions_, scene, make_desk)
        self.setCentralWidget(self.holder)
        self.job_bar = JobBar()
        self.device = QLabel()
        self._make_status()
        self.problems = ProblemTeller(self.holder.banners, self.actions_, self)
        self.frame = Frame(
            session,
            scene,
            self.actions_,
            self.menus,
            self.docks,
            self.holder,
            self.job_bar,
            self.problems,
            self.settings,
            self,
        )
        self.capabilities = Capabilities(self.frame, capabilities)
        self._cancel = [
            session.jobs.changed.connect(self.job_bar.show_report),
            session.jobs.problem.connect(self.problems.tell),
            session.jobs.notice.connect(self.job_bar.say),
        ]
        self.job_bar.cancel_wanted.connect(session.jobs.cancel)
        self._asks = True
        self._make_usual_places()
        self.job_bar.say(self.tr("Ready"))

    def controller(self, kind: type[Found]) -> Found:
        """Return the controller of a capability, by its type."""
        return self.frame.controller(kind)

    def panel(self, kind: type[Found]) -> Found:
        """Return the panel of a dock, by its type."""
        return self.frame.panel(kind)

    def _make_status(self) -> None:
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.addWidget(self.job_bar, 1)
        self.device.setObjectName("dim")
        self.device.setContentsMargins(0, 0, 8, 0)
        bar.addPermanentWidget(self.device)

    def _make_usual_places(self) -> None:
        action = QAction(self.tr("Usual places"), self)
        action.triggered.connect(self.docks.arrange)
        self.menus.put("View", "places", [action])

    def close_now(self) -> None:
        """Close without a question, whatever dialog is open: nobody may be there to answer."""
        self._asks = False
        self.close()
        # A dialog that waits for an answer has a loop of its own.
        QCoreApplication.exit(0)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved judgements, then stop all work and go."""
        if self._asks and not may_close_all(self.frame):
            event.ignore()
            return
        save_window(self, self.settings)
        for cancel in self._cancel:
            cancel()
        self.capabilities.close()
        # Out of sight first: a window of a running search need not wait there for its last step.
        self.hide()
        self.session.shutdown(CLOSE_WITHIN_S)
        event.accept()
