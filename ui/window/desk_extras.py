"""What goes with the desk besides reading: the 3D view, pictures and movies."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.session.session import Session
from ui.actions.actions import Actions
from ui.frame.desk_holder import DeskHolder
from ui.frame.job_bar import JobBar
from ui.panes.surface import SurfaceController
from ui.pictures.controller import PictureController


class DeskExtras(QObject):
    """Holds the controllers of the 3D view and of pictures."""

    def __init__(
        self,
        session: Session,
        actions: Actions,
        holder: DeskHolder,
        jobs: JobBar,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self.surfaces = SurfaceController(session, holder, jobs, self)
        self.pictures = PictureController(session, actions, holder, jobs, window)

    def disconnect_session(self) -> None:
        """Hear nothing more of the session."""
        self.surfaces.disconnect_session()
