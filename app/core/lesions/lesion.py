"""A lesion: an identity that survives edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from uuid import uuid4

#: Definition of what networks say of a lesion: key of the exports -> (label, unit, definition).
SCORE_DEFINITIONS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "lesion_score": (
            "Score",
            "1",
            "probability by the score network that it is a lesion and not physiological uptake: "
            "mean over the Monte Carlo samples, or from mean weights where none were drawn",
        ),
        "lesion_score_interval": (
            "Score, 90 % interval",
            "1",
            "5th and 95th percentile (linear) of the score over the Monte Carlo samples; not "
            "defined below two samples",
        ),
        "score_samples": (
            "Score samples",
            "1",
            "the score in every Monte Carlo sample, in sample order, to four decimals: its "
            "predictive distribution; not defined where none were drawn",
        ),
        "uncertainty": (
            "Uncertainty",
            "bit",
            "mean predictive entropy of the voxels of the lesion, 0 to 1",
        ),
        "novelty": (
            "Novelty",
            "1",
            "Mahalanobis distance of the candidate's features from the nearer class mean of what "
            "the score network was trained on (Lee 2018), in units of the 99th percentile of "
            "candidates held out of the training; not defined where the model package does not "
            "hold them",
        ),
        "outside_training": (
            "Outside of the training",
            "",
            "whether the novelty lies above the limit of the model's card (1 where it states "
            "none): the score should not be relied on; not defined without a novelty",
        ),
    }
)


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
        Whether that distance says that the score should not be relied on; ``None`` without one.
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
    outside_training: bool | None = None

    def with_status(self, status: LesionStatus) -> Lesion:
        """Return the same lesion with another status."""
        return replace(self, status=status)

    @property
    def counts(self) -> bool:
        """Whether it enters the totals: not rejected and not physiological."""
        return self.status in (LesionStatus.CANDIDATE, LesionStatus.ACCEPTED)
