"""The changes of one study, kept up to a number of bytes; the oldest go first.

`app.session.undo` makes, undoes and redoes them for the session.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from app.core.kit.memory import memory_of
from app.session.changes.change import Change

#: Undo keeps changes up to this many bytes, beside what is on the screen anyway.
UNDO_BUDGET_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, eq=False)
class _Kept:
    change: Change
    memory: dict[int, int]


class History:
    """Changes that can be undone and redone. It applies nothing itself: its owner does."""

    def __init__(self) -> None:
        self._undo: list[_Kept] = []
        self._redo: list[_Kept] = []
        self._held: dict[int, int] = {}
        self._uses: dict[int, int] = {}

    def push(self, change: Change, *present: object) -> None:
        """Add a change that was just made; what was undone before it is gone.

        ``present`` is what is held without the history too: it counts for nothing.
        """
        while self._redo:
            self._release(self._redo.pop())
        kept = _Kept(change, memory_of(change))
        self._undo.append(kept)
        self._held.update(kept.memory)
        for key in kept.memory:
            self._uses[key] = self._uses.get(key, 0) + 1
        # Looked at closely only where it may be too much: most changes are small.
        if sum(self._held.values()) > UNDO_BUDGET_BYTES:
            here = memory_of(*present)
            while len(self._undo) > 1 and self.nbytes_beside(here) > UNDO_BUDGET_BYTES:
                self._release(self._undo.pop(0))

    def nbytes_beside(self, here: Container[int]) -> int:
        """Memory of all changes without what is among ``here`` (keys of `memory_of`)."""
        return sum(n for key, n in self._held.items() if key not in here)

    def take_back(self) -> Change | None:
        """Return the change that undoes the last one, which can then be redone; or ``None``."""
        if not self._undo:
            return None
        self._redo.append(self._undo.pop())
        return self._redo[-1].change.inverse()

    def take_again(self) -> Change | None:
        """Return the change to redo; ``None`` if there is none."""
        if not self._redo:
            return None
        self._undo.append(self._redo.pop())
        return self._undo[-1].change

    @property
    def undo_text(self) -> str:
        """What undo would take back, or an empty text."""
        return self._undo[-1].change.text if self._undo else ""

    @property
    def redo_text(self) -> str:
        """What redo would do again, or an empty text."""
        return self._redo[-1].change.text if self._redo else ""

    @property
    def holds_edits(self) -> bool:
        """Whether a person's edit could still be undone."""
        return any(x.change.is_edit for x in self._undo)

    def _release(self, kept: _Kept) -> None:
        for key in kept.memory:
            self._uses[key] -= 1
            if not self._uses[key]:
                del self._uses[key], self._held[key]
