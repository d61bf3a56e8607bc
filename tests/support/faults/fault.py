"""A fault: what is done to a made study, and which answers are then right."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataset import Dataset

from tests.support.made.files import File, MadeStudy
from tests.support.trials.verdict import Expected, Told, Values, Verdict

ANY = frozenset({Verdict.RIGHT, Verdict.REFUSED, Verdict.NOTED})
RIGHT = frozenset({Verdict.RIGHT})
REFUSED = frozenset({Verdict.REFUSED})
SAID = frozenset({Verdict.REFUSED, Verdict.NOTED})
RIGHT_OR_REFUSED = frozenset({Verdict.RIGHT, Verdict.REFUSED})
#: A pattern that no sentence matches: the fault allows no other values than the true ones.
NOTHING = r".^"

Apply = Callable[[MadeStudy], None]


@dataclass(frozen=True)
class Fault:
    """One fault of a kind of the issue, applied to a study in place.

    Attributes
    ----------
    says
        In plain words what is wrong, for people: one phrase.
    note
        What a note must name (a regular expression) where values differ from the truth.
    known
        Whether the true values can be known from the files.
    accepted, always, never, reason, check, bound
        As in `Expected`.
    recipe
        What the PET must be for the fault to matter: fields of `Recipe`.
    truth
        The true values where they are not the box's.
    path, encoding
        What is given to the program, below the folder; how it writes its text.
    command
        ``measure``, ``info``, or ``ct`` for the values of the CT within the box.
    """

    name: str
    kind: str
    says: str
    apply: Apply
    note: str = NOTHING
    known: bool = True
    accepted: frozenset[Verdict] = ANY
    always: str = ""
    never: str = ""
    reason: str = ""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    truth: Callable[[MadeStudy], Mapping[str, Values]] | None = None
    command: str = "measure"
    check: Callable[[Told], str] | None = None
    bound: Callable[[Told], str] | None = None
    path: str = "study"
    encoding: str = "utf-8"

    def expected(self, study: MadeStudy) -> Expected:
        """Return what is right for a study with this fault alone."""
        truth: Mapping[str, Values] | None = {"L1": study.made.truth}
        if self.truth is not None:
            truth = self.truth(study)
        return Expected(
            truth=truth if self.known else None,
            note=self.note,
            accepted=self.accepted,
            reason=self.reason,
            always=self.always,
            never=self.never,
            check=self.check,
            bound=self.bound,
        )


def slices(where: str) -> Callable[[MadeStudy], list[File]]:
    """Return what picks files of the PET: all, the hottest, the first, the last, or half."""

    def pick(study: MadeStudy) -> list[File]:
        pet, hot = study.pet, study.hot()
        if study.made.recipe.layout == "enhanced":
            return pet
        one = {"all": pet, "hot": [pet[hot]], "first": [study.pet[0]], "last": [study.pet[-1]]}
        return one[where] if where in one else pet[::2]

    return pick


def each(where: str, change: Callable[[Dataset], None], *, ct: bool = False) -> Apply:
    """Change the data sets of some slices of the PET (or of the CT)."""

    def apply(study: MadeStudy) -> None:
        files = slices(where)(study)
        if ct:
            files = study.ct if where == "all" else [study.ct[study.hot()]]
        for file in files:
            change(file.dataset)

    return apply


def together(*steps: Apply) -> Apply:
    """Return a fault of several steps."""

    def apply(study: MadeStudy) -> None:
        for step in steps:
            step(study)

    return apply


def shuffled(study: MadeStudy, seed: int) -> None:
    """Give the files names in another order than their places."""
    names = [f.name for f in study.pet]
    random.Random(seed).shuffle(names)
    for file, name in zip(study.pet, names, strict=True):
        file.name = name
