"""What an action is: a row of the tables that capabilities hand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from ui.actions.situation import Situation, always


def translated(text: str) -> str:
    """Translate a text of the tables of actions."""
    return QCoreApplication.translate("actions", text)


def nothing_in_the_way(_situation: Situation) -> str:
    """Say nothing: there is no reason to give."""
    return ""


@dataclass(frozen=True)
class ActionSpec:
    """What an action is called, says and listens to, where it stands, and when it can be used.

    Texts are translated when they are shown; ``values`` are written into text and tip at ``{0}``,
    ``{1}``, ... and are the action's data. ``group`` is a menu or list of `ui.actions.plan`, and
    ``section`` a part of it; actions with a ``submenu`` stand there together. One that is not
    ``listed`` is put into a menu by its controller.

    The action can be used where ``when`` holds and ``why_not`` says nothing; what that says
    stands in the place of the tooltip.
    """

    name: str
    group: str
    text: str
    tip: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    checkable: bool = False
    section: str = "more"
    submenu: str = ""
    listed: bool = True
    values: tuple[float, ...] = ()
    when: Callable[[Situation], bool] = always
    why_not: Callable[[Situation], str] = nothing_in_the_way

    @property
    def shown_text(self) -> str:
        """The text in the reader's language."""
        return self._filled(self.text)

    @property
    def shown_tip(self) -> str:
        """The tooltip in the reader's language, without keys."""
        return self._filled(self.tip)

    @property
    def title(self) -> str:
        """What the action is called in lists, in the reader's language."""
        return " ".join(self.shown_text.replace("…", "").split())

    def _filled(self, text: str) -> str:
        said = translated(text)
        return said.format(*self.values) if self.values else said

    def obstacle(self, situation: Situation) -> str | None:
        """Say what is in the way: ``None`` for nothing, an empty text where no reason is told."""
        reason = self.why_not(situation)
        return reason if reason or not self.when(situation) else None
