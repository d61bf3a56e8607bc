"""The actions that open the alignment, or take the reader's word for it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.core.study.placement import apart_roles, movable_roles
from ui.actions.situation import Situation
from ui.actions.spec import ActionSpec


def why_not_align(situation: Situation) -> str:
    """Say why nothing can be aligned, or return an empty text."""
    if movable_roles(situation.study):
        return ""
    return QCoreApplication.translate(
        "alignment", "This needs a study with a PET and a CT or an MR."
    )


def why_not_fuse(situation: Situation) -> str:
    """Say why there is nothing to fuse as it lies, or return an empty text."""
    if why := why_not_align(situation):
        return why
    if apart_roles(situation.study):
        return ""
    return QCoreApplication.translate(
        "alignment", "All images of this study lie in the PET's frame of reference."
    )


ALIGN_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "align",
        "Tools",
        "Align CT or MR to PET…",
        "Move the CT or the MR onto the PET: by the program, by hand, or both; undoable",
        keys=("Ctrl+Shift+A",),
        section="align",
        why_not=why_not_align,
    ),
    ActionSpec(
        "fuse_as_read",
        "Tools",
        "Fuse as They Lie…",
        "Lay a CT or an MR of another frame of reference over the PET without moving it, on your "
        "word; undoable",
        section="align",
        why_not=why_not_fuse,
    ),
)
