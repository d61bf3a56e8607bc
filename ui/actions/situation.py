"""What is open, shown, running and chosen at one moment, as one value for every action to judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from app.core.lesions.analysis import LesionAnalysis
from app.core.space.volume import Quantity
from app.core.study.derived import DerivedImage
from app.core.study.study import Study
from app.session.session import Session

Part = TypeVar("Part")


@dataclass(frozen=True)
class Situation:
    """What the session holds, and what each capability adds to it.

    Parameters
    ----------
    study, studies, comparison
        The active study, all that are open, and the one that is compared.
    analysis, derived
        Lesions and derived images of the active study.
    undo, redo
        What would be undone or done again; ``None`` where there is nothing.
    parts
        A frozen value of each capability that has one, by its type.
    """

    study: Study | None = None
    studies: tuple[Study, ...] = ()
    comparison: Study | None = None
    analysis: LesionAnalysis | None = None
    derived: tuple[DerivedImage, ...] = ()
    undo: str | None = None
    redo: str | None = None
    parts: Mapping[type, object] = field(default_factory=dict)

    @classmethod
    def of_session(cls, session: Session, parts: Iterable[object] = ()) -> Situation:
        """Return the situation of a session now."""
        history = session.history
        return cls(
            session.study,
            session.studies.all,
            session.studies.comparison,
            session.analysis,
            session.derived.images,
            history.undo_text if history.can_undo else None,
            history.redo_text if history.can_redo else None,
            {type(x): x for x in parts},
        )

    def of(self, kind: type[Part]) -> Part:
        """Return a capability's part; as it begins where the capability is not there."""
        found = self.parts.get(kind)
        return found if isinstance(found, kind) else kind()

    @property
    def has_ct(self) -> bool:
        """Whether there is a CT to set a window for: the study's own, or one made from an MR."""
        made = any(x.volume.quantity is Quantity.HU for x in self.derived)
        return self.study is not None and (self.study.ct is not None or made)

    @property
    def has_suv(self) -> bool:
        """Whether the study's PET holds SUV by body weight."""
        pet = None if self.study is None else self.study.pet
        return pet is not None and pet.quantity is Quantity.SUV_BW


def always(_situation: Situation) -> bool:
    """Whether an action can be used that needs nothing."""
    return True


def with_study(situation: Situation) -> bool:
    """Whether a study is open."""
    return situation.study is not None


def with_pet(situation: Situation) -> bool:
    """Whether the study has a PET."""
    return situation.study is not None and situation.study.pet is not None


def with_ct(situation: Situation) -> bool:
    """Whether there is a CT to set a window for."""
    return situation.has_ct


def with_result(situation: Situation) -> bool:
    """Whether there are lesions, or a search that found none."""
    return situation.analysis is not None
