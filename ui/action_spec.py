"""What an action is, before it is made: the shape of every table of actions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ActionSpec:
    """What an action is called, says and listens to; texts are translated when it is made."""

    name: str
    group: str
    text: str
    tip: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    checkable: bool = False
    needs: str = ""
