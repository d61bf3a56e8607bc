"""Series of which the reader said what they are: taken as that, or refused with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.kit.errors import InputError
from app.core.study.patients import SamePatient
from app.io.series.partner import is_sure, persons
from app.io.series.series import Candidate


@dataclass(frozen=True)
class Named:
    """Series by what the reader named them; ``None`` where nothing was said."""

    pet: tuple[Candidate, ...] | None = None
    ct: tuple[Candidate, ...] | None = None
    mr: tuple[Candidate, ...] | None = None


NOTHING_NAMED = Named()


def not_there(role: str, named: Sequence[Candidate]) -> InputError:
    """Say that what was named as PET, CT or MR is something else."""
    found = ", ".join(sorted({c.info.role for c in named})) or "nothing"
    article = "an" if role == "MR" else "a"
    return InputError(
        f"What was named as {role} holds no {role} that can be read (found: {found}).",
        f"Name the folder or the files of {article} {role} series.",
    )


_RULES = {
    "PET": "quantity, originality, plane and length",
    "CT": "frame of reference, overlap with the PET, kernel and slice thickness",
    "MR": "frame of reference, weighting and contrast agent",
}


def several_named(role: str, found: int) -> list[str]:
    """Say by which rule one of several series was taken that were named together."""
    if found < 2:
        return []
    return [f"What was named as {role} holds {found} {role} series; one is taken by "
            f"{_RULES[role]}."]  # fmt: skip


def certain_of_named(role: str, anchor: Candidate, named: Candidate) -> list[str]:
    """Say where it is not certain that what was named is of the same patient.

    Raises
    ------
    InputError
        If it is of another patient for certain.
    """
    if is_sure(anchor, named):
        return []
    if persons(anchor, named) is SamePatient.NO:
        raise InputError(
            f"The {role} that was named is of another patient than the {anchor.info.modality}, by "
            "their headers; patients are never mixed.",
            f"Name the {role} of the same patient.",
        )
    return [f"The {role} was named by the reader; its header does not say that it is of the same "
            "patient."]  # fmt: skip
