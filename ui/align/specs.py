"""The action that opens the alignment."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.core.study.placement import movable_roles
from ui.actions.situation import Situation
from ui.actions.spec import ActionSpec


def why_not_align(situation: Situation) -> str:
    """Say why nothing can be aligned, or return an empty text."""
    if movable_roles(situation.study):
        return ""
    return QCoreApplication.translate(
        "alignment", "This needs a study with a PET and a CT or an MR."
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
)
