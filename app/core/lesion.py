"""A lesion: an identity that survives edits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import uuid4


class LesionStatus(StrEnum):
    """What the reader (or the score network, before the reader) says of a lesion."""

    CANDIDATE = "candidate"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PHYSIOLOGICAL = "physiological"


def new_lesion_id() -> str:
    """Return a new id, unique across sessions."""
    return uuid4().hex[:12]


@dataclass(frozen=True)
class Lesion:
    """One entry of a segmentation's table.

    Parameters
    ----------
    id
        Survives edits, merges of tables and exports.
    label
        Value in the labelmap, 1 or more.
    name
        What the reader sees: "L1", or a site.
    status
        Candidate, accepted, rejected or physiological.
    source
        Which model (``petct-lesion 1.0``), which file, or which person drew it.
    lesion_score
        Probability (0 to 1) that it is a lesion and not physiological uptake, or ``None``.
    uncertainty
        Mean voxel entropy over the lesion, in bits (0 to 1), or ``None``.
    score_samples
        The score in every Monte Carlo sample (its predictive distribution), or empty.
    novelty
        Distance of the candidate's features from those the score network was trained on, in
        units of the training set's own 99th percentile; ``None`` where the package holds none.
    outside_training
        Whether that distance says that the score should not be relied on.
    """

    id: str
    label: int
    name: str
    status: LesionStatus = LesionStatus.CANDIDATE
    source: str = ""
    lesion_score: float | None = None
    uncertainty: float | None = None
    score_samples: tuple[float, ...] = ()
    novelty: float | None = None
    outside_training: bool = False

    def with_status(self, status: LesionStatus) -> Lesion:
        """Return the same lesion with another status."""
        return replace(self, status=status)

    @property
    def counts(self) -> bool:
        """Whether it enters the totals: not rejected and not physiological."""
        return self.status in (LesionStatus.CANDIDATE, LesionStatus.ACCEPTED)
