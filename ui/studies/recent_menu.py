"""Recent studies: folders that were opened lately, in the File menu and on the empty panel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from app.core.kit.errors import InputError
from app.io.open.recent import (
    RecentFolder,
    clear_recent,
    forget_folder,
    recent_folders,
    remember_folder,
)
from ui.actions.spec import translated
from ui.frame.capability import Controller
from ui.kit.plain import menu_text, tip
from ui.studies.panel import StudiesPanel


class RecentStudies(QObject):
    """Remembers the folders that the reader opened, and opens them again.

    Parameters
    ----------
    owner
        The controller, with panel, actions and menus.
    open_paths
        Opens folders.
    """

    def __init__(self, owner: Controller, open_paths: Callable[[list[Path]], object]) -> None:
        super().__init__(owner)
        self._frame, self._panel = owner.frame, owner.frame.panel(StudiesPanel)
        self._open_paths = open_paths
        self._asked: set[Path] = set()
        self.any = False
        self.menu = QMenu(translated("Recent studies"), self._frame.window)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill)
        owner.at_close(self.menu.deleteLater)
        owner.put("File", "recent", [self.menu])
        owner.on("clear_recent", self.clear)
        owner.listen(self._panel.recent_wanted, lambda path: self.open(Path(path)))
        self._show()

    def asked(self, paths: list[Path]) -> None:
        """Take note of what the reader asked for; it is remembered once it could be opened."""
        if len(paths) == 1:
            self._asked.add(paths[0])

    def opened(self, source: str) -> None:
        """Remember a folder that was asked for, now that a study of it is open."""
        path = Path(source)
        if path in self._asked and path.is_dir():
            self._asked.discard(path)
            remember_folder(path)
            self._show()

    def open(self, path: Path) -> None:
        """Open a folder again; one that is gone is said and taken from the list."""
        if path.is_dir():
            self._open_paths([path])
            return
        forget_folder(path)
        self._show()
        self._frame.problems.tell(
            InputError(
                self.tr("The folder {0} is no longer there.").format(path.name),
                self.tr("It was moved, renamed or is on a drive that is away: open its new place."),
            )
        )

    def clear(self) -> None:
        """Forget all folders."""
        clear_recent()
        self._asked.clear()
        self._show()

    def _show(self) -> None:
        self._panel.show_recent([(str(x.path), _called(x)) for x in recent_folders()])
        self._fill()

    def _fill(self) -> None:
        self.menu.clear()
        folders = recent_folders()
        for folder in folders:
            entry = self.menu.addAction(menu_text(_called(folder)))
            entry.setToolTip(tip(str(folder.path)))
            entry.triggered.connect(lambda _=False, path=folder.path: self.open(path))
        if folders:
            self.menu.addSeparator()
        self.menu.addAction(self._frame.actions["clear_recent"])
        if self.any is not bool(folders):
            self.any = bool(folders)
            self._frame.refresh()


def _called(folder: RecentFolder) -> str:
    """Last two parts of the path: folders of one name are told apart."""
    return "/".join(folder.path.parts[-2:]).replace("//", "/")
