"""Showing reading matter: the guide, the model cards, what the program is."""

from __future__ import annotations

from inference.models.packages import BrokenPackage, list_packages
from ui.frame.capability import Controller, Frame
from ui.help import dialogs
from ui.kit.pages import TextDialog, open_dialog


class HelpController(Controller):
    """Opens a page for each action."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self.on("guide", lambda: open_dialog(dialogs.guide_dialog(self._window)))
        self.on("models", self.show_models)
        self.on("about", self.show_about)

    def show_models(self) -> None:
        """Show every model card."""
        # Read when asked for: cards are small, and no network is loaded.

        found = list_packages()
        broken = [x for x in found if isinstance(x, BrokenPackage)]
        cards = [x for x in found if not isinstance(x, BrokenPackage)]
        title, page = self.tr("Model cards"), dialogs.cards_html(cards, broken)
        open_dialog(TextDialog(title, page, self._window, (760, 680)))

    def show_about(self) -> None:
        """Say what the program is."""
        title, page = self.tr("About Uptake"), dialogs.about_html()
        open_dialog(TextDialog(title, page, self._window, (520, 300)))
