"""A small typed signal: who changes something announces it, and knows nobody who listens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVarTuple

Args = TypeVarTuple("Args")


class Event(Generic[*Args]):
    """A list of listeners, called in order of connection on the emitting thread."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[*Args], object]] = []

    def connect(self, listener: Callable[[*Args], object]) -> Callable[[], None]:
        """Add a listener and return a function that removes it again."""
        self._listeners.append(listener)

        def disconnect() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return disconnect

    def emit(self, *args: *Args) -> None:
        """Call every listener with these arguments."""
        for listener in tuple(self._listeners):
            listener(*args)
