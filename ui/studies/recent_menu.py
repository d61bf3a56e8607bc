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
from ui.actions.actions import Actions, translated
from ui.studies.panel import StudiesPanel


class RecentStudies(QObject):
    """Remembers the folders that the reader opened, and opens them again.

    Parameters
    ----------
    open_paths
        Opens folders.
    tell
        Says an error to the reader.
    """

    def __init__(
        self,
        actions: Actions,
        panel: StudiesPanel,
        open_paths: Callable[[list[Path]], object],
        tell: Callable[[BaseException], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._actions, self._panel = actions, panel
        self._open_paths, self._tell = open_paths, tell
        self._asked: set[Path] = set()
        self.menu: QMenu | None = None
        actions["clear_recent"].triggered.connect(self.clear)
        panel.recent_wanted.connect(lambda path: self.open(Path(path)))
        self._show()

    def install(self, menu: QMenu) -> None:
        """Put the list into a menu, before the entry for exports."""
        self.menu = QMenu(translated("Recent studies"), menu)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill)
        menu.insertMenu(self._actions["export"], self.menu)
        self._fill()

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
        self._tell(
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
        if self.menu is not None:
            self._fill()

    def _fill(self) -> None:
        if self.menu is None:
            return
        self.menu.clear()
        folders = recent_folders()
        for folder in folders:
            # An ampersand would be taken for a mnemonic.
            entry = self.menu.addAction(_called(folder).replace("&", "&&"))
            entry.setToolTip(str(folder.path))
            entry.triggered.connect(lambda _=False, path=folder.path: self.open(path))
        if folders:
            self.menu.addSeparator()
        self.menu.addAction(self._actions["clear_recent"])
        self._actions["clear_recent"].setEnabled(bool(folders))


def _called(folder: RecentFolder) -> str:
    """Last two parts of the path: folders of one name are told apart."""
    return "/".join(folder.path.parts[-2:]).replace("//", "/")
