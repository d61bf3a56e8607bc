"""Events of a model that a widget listens to only as long as it lives."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVarTuple
from weakref import WeakMethod

from PySide6.QtCore import QObject

from app.core.kit.events import Event

Args = TypeVarTuple("Args")


class Listening:
    """Connects methods to events, and disconnects them when a widget is destroyed.

    A model outlives its widgets: what it calls must not keep them, nor reach them once Qt has
    destroyed them.
    """

    def __init__(self, owner: QObject) -> None:
        self._cancel: list[Callable[[], None]] = []
        owner.destroyed.connect(partial(_undo, self._cancel))

    def to(self, event: Event[*Args], method: Callable[[*Args], object]) -> None:
        """Call a method of the widget, or of a part of it, whenever something is announced."""
        kept = WeakMethod(method)

        def call(*args: *Args) -> None:
            found = kept()
            if found is not None:
                found(*args)

        self._cancel.append(event.connect(call))


def _undo(cancel: list[Callable[[], None]], _destroyed: object = None) -> None:
    for undo in cancel:
        undo()
    cancel.clear()
