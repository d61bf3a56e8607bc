"""What an event said, in order."""

from __future__ import annotations

from typing import TypeVarTuple

from app.core.kit.events import Event

Args = TypeVarTuple("Args")


def heard(event: Event[*Args]) -> list[tuple[*Args]]:
    """Return a list that grows by the arguments of an event whenever it is announced."""
    said: list[tuple[*Args]] = []
    event.connect(lambda *args: said.append(args))
    return said
