"""Reading by keyboard alone: the keys and their sheet, parts by key, the held space bar."""

from __future__ import annotations

from ui.frame.capability import Controller, Frame
from ui.keys.editor import ShortcutEditor
from ui.keys.held_space import HeldSpace
from ui.keys.keymap import KeyEntry, Keymap, shown
from ui.keys.overlay import ShortcutOverlay, toggle_overlay
from ui.keys.parts import Parts
from ui.keys.sheet import reading_first, sections
from ui.kit.banner import Step
from ui.kit.pages import open_dialog


class KeysController(Controller):
    """Wires keymap, sheet and parts to a window, and says what was wrong with the settings."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        settings = frame.settings
        self.keymap = Keymap(self._actions, settings, self)
        self.parts = Parts(self)
        self.space = HeldSpace(self)
        self.on("shortcuts", self.show_sheet)
        self.on("edit_shortcuts", self.edit_keys)
        self.listen(settings.problem, lambda e: self._warn(e.sentence, e.next_step))
        if settings.trouble is not None:
            self._warn(settings.trouble.sentence, settings.trouble.next_step)
        elif self.keymap.not_understood:
            words = self.tr("{0} of your keyboard shortcuts could not be understood.")
            step = (self.tr("Keyboard shortcuts…"), self.edit_keys)
            told = words.format(self.keymap.not_understood)
            self._warn(told, self.tr("Look through them and give the keys anew."), (step,))

    def show_sheet(self) -> None:
        """Lay all present shortcuts over the window, or put them away."""
        toggle_overlay(self._window, self._make_sheet)

    def edit_keys(self) -> None:
        """Open the dialog in which actions get other keys."""
        fixed = (x for x in self.frame.in_use.sheet() if x.first)
        open_dialog(ShortcutEditor(self.keymap, fixed, self._window))

    def _make_sheet(self) -> ShortcutOverlay:
        def keys(entry: KeyEntry) -> str:
            return shown(self.keymap.keys(entry.name))

        change, own = self._actions["edit_shortcuts"], shown(self.keymap.keys("edit_shortcuts"))
        sheet = sections(keys, self.keymap.entries, self.frame.in_use.sheet())
        return ShortcutOverlay(reading_first(sheet), f"{change.text()} {own}".strip(), self._window)

    def _warn(self, sentence: str, next_step: str, steps: tuple[Step, ...] = ()) -> None:
        self.frame.banners.show_message("settings", "warning", sentence, next_step, steps)
