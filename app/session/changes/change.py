"""What a change is: something done to an open study that can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.core.lesions.segmentation import LesionsChanged
from app.session.content import Content


@dataclass(frozen=True)
class Applied:
    """What a change did; the parts of the session announce it.

    Parameters
    ----------
    whole
        The result is another one.
    lesions
        Lesions, their values or outlines changed; ``None`` if none did.
    placed
        An image lies elsewhere now.
    drawn
        The reader's measurements changed.
    """

    whole: bool = False
    lesions: LesionsChanged | None = None
    placed: bool = False
    drawn: bool = False


class Change(Protocol):
    """One undoable change: frozen, made of plain values and of arrays that nobody writes to.

    A new kind is a dataclass in `app.session.changes.kinds`; its memory is counted by
    `app.core.kit.memory`, and `app.session.changes.journal` writes and reads it.
    """

    @property
    def text(self) -> str:
        """What undo and redo call it."""
        ...

    @property
    def is_edit(self) -> bool:
        """Whether a person judged or drew; unsaved edits are asked about before they go."""
        ...

    def apply(self, content: Content) -> Applied:
        """Do it."""
        ...

    def inverse(self) -> Change:
        """Return the change that takes it back."""
        ...
