"""What an action is: a row of the tables of actions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ActionSpec:
    """What an action is called, says and listens to; texts are translated when it is made.

    ``needs`` is what must be there for it to be enabled (study, suv, result, lesion). Actions with
    a ``submenu`` stand there together, in the menu named by ``group``.
    """

    name: str
    group: str
    text: str
    tip: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    checkable: bool = False
    needs: str = ""
    submenu: str = ""
