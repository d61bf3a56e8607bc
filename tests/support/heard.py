"""What an event said, in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVarTuple

from app.core.kit.events import Event

Args = TypeVarTuple("Args")


def heard(event: Event[*Args]) -> list[tuple[*Args]]:
    """Return a list that grows by the arguments of an event whenever it is announced."""
    said: list[tuple[*Args]] = []
    event.connect(lambda *args: said.append(args))
    return said


class Told(Generic[*Args]):
    """What was announced within `announced`."""

    def __init__(self) -> None:
        self.said: list[tuple[*Args]] = []

    @property
    def args(self) -> tuple[*Args]:
        """Arguments of the first announcement."""
        return self.said[0]


@contextmanager
def announced(event: Event[*Args]) -> Iterator[Told[*Args]]:
    """Fail unless an event is announced within the block."""
    told: Told[*Args] = Told()
    cancel = event.connect(lambda *args: told.said.append(args))
    try:
        yield told
    finally:
        cancel()
    assert told.said, "nothing was announced"


@contextmanager
def not_announced(event: Event[*Args]) -> Iterator[None]:
    """Fail if an event is announced within the block."""
    said: list[tuple[*Args]] = []
    cancel = event.connect(lambda *args: said.append(args))
    try:
        yield
    finally:
        cancel()
    assert said == []
