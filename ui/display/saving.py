"""Windows and ranges under names of the reader's own: saved, listed, forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog, QWidget

from app.core.kit.errors import KnownError
from ui.display.menus import ChoiceMenu
from ui.display.panel import DisplayPanel
from ui.display.saved_windows import LONGEST_NAME, SavedWindows
from ui.frame.capability import Controller
from viewers.scene.windowing import target, window_of

Ask = Callable[[QWidget, str, str, Sequence[str]], str]


def ask_for_name(window: QWidget, title: str, label: str, names: Sequence[str]) -> str:
    """Ask for a new name or one of these; an empty text means that the reader does not want to."""
    name, agreed = QInputDialog.getItem(window, title, label, list(names), 0, True)
    return name.strip()[:LONGEST_NAME] if agreed else ""


def ask_which(window: QWidget, title: str, label: str, names: Sequence[str]) -> str:
    """Ask for one of these names."""
    name, agreed = QInputDialog.getItem(window, title, label, list(names), 0, False)
    return name if agreed else ""


class Saving(QObject):
    """Asks the reader for names, and keeps what the panes use under them.

    Parameters
    ----------
    owner
        The controller, with scene, panel and messages.
    saved
        Where it is kept.
    menu
        Lists the CT windows.
    changed
        Called when other ranges can be chosen than before.
    """

    def __init__(
        self,
        owner: Controller,
        saved: SavedWindows,
        menu: ChoiceMenu,
        changed: Callable[[], object],
    ) -> None:
        super().__init__(owner)
        self._frame, self._saved, self._menu, self._changed = owner.frame, saved, menu, changed
        self.ask_name: Ask = ask_for_name
        self.ask_which: Ask = ask_which

    def save_ct_window(self) -> None:
        """Ask for a name and keep the CT window under it."""
        scene, window = self._frame.scene.scene, self._frame.window
        width, level = window_of(scene, target(scene)).ct_window
        names = [x.name for x in self._saved.ct()]
        name = self.ask_name(window, self.tr("Save CT window"), self.tr("Name"), names)
        if name:
            self._saved.save_ct(name, width, level)
            self.fill()

    def save_pet_range(self) -> None:
        """Ask for a name and keep the PET range under it, in the PET's own unit."""
        scene, window = self._frame.scene.scene, self._frame.window
        if scene.pet is None:
            return
        unit, bounds = str(scene.pet.quantity), window_of(scene, target(scene)).pet_range
        names = [x.name for x in self._saved.pet(unit)]
        name = self.ask_name(window, self.tr("Save PET range"), self.tr("Name"), names)
        if name:
            self._saved.save_pet(name, unit, *bounds)
        self._changed()

    def remove(self) -> None:
        """Ask for a saved window or range and forget it."""
        every = {f"{kind}: {x.name}": (kind, x.name) for kind, x in self._saved.every()}
        title = self.tr("Remove saved windows")
        if not every:
            step = self.tr("Save one in the Display panel.")
            self.tell(KnownError(self.tr("You have not saved any window or range."), step))
            return
        chosen = self.ask_which(self._frame.window, title, self.tr("Remove"), list(every))
        if chosen in every:
            self._saved.remove(*every[chosen])
            self.fill()
            self._changed()

    def fill(self) -> None:
        """List the CT windows in panel and menu."""
        saved = self._saved.ct()
        panel = self._frame.panel(DisplayPanel)
        panel.show_ct_presets([(x.name, x.values) for x in saved])
        entries = [
            (x.values, f"{x.name}  {x.values[0]:.0f} / {x.values[1]:.0f}", "") for x in saved
        ]
        self._menu.fill(entries, None)
        self._menu.menu.setEnabled(bool(entries))

    def tell(self, problem: KnownError) -> None:
        """Say what is wrong with the reader's own windows or colours."""
        # Beside what is told of the study that opens just now, which clears the other topics.
        self._frame.banners.show_message("display", "warning", problem.sentence, problem.next_step)
