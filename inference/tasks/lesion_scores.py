"""Scores of the candidates of a search: lesion or physiological, how sure, how unusual.

No torch at module top: it is imported when candidates are scored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import ModelError
from app.core.kit.jobs import JobContext
from app.core.lesions.lesion import Lesion, LesionStatus, new_lesion_id
from app.core.models.card import ModelCard
from inference.lesions.novelty import load_novelty, novelty_limit
from inference.models import packages

if TYPE_CHECKING:
    from inference.engine.runner import Plan, Runner

LabelArray = npt.NDArray[np.uint16]
Float32Array = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Scores:
    """What the score network says of candidates 1 to n.

    Parameters
    ----------
    card
        Its package.
    samples
        float64 ``[samples, n]``: the score in each Monte Carlo sample; one row with mean weights
        where none were drawn.
    drawn
        Whether the rows are Monte Carlo samples.
    novelty
        float64 ``[n]``, or ``None`` where the package does not know its training.
    runner
        What computed the scores.
    """

    card: ModelCard
    samples: npt.NDArray[np.float64]
    drawn: bool
    novelty: npt.NDArray[np.float64] | None = None
    runner: str = ""

    @property
    def mean(self) -> npt.NDArray[np.float64]:
        """Mean score of each candidate over the samples, ``[n]``."""
        return np.asarray(self.samples.mean(axis=0))

    @property
    def outside_training(self) -> npt.NDArray[np.bool_] | None:
        """Whether each candidate lies beyond the card's limit of novelty, ``[n]``, if known."""
        if self.novelty is None:
            return None
        return np.asarray(self.novelty > novelty_limit(self.card), dtype=np.bool_)

    def in_order(self, order: npt.NDArray[np.integer]) -> Scores:
        """Return the candidates in another order."""
        novelty = None if self.novelty is None else self.novelty[order]
        return replace(self, samples=self.samples[:, order], novelty=novelty)


def temperature_of(card: ModelCard) -> float:
    """Temperature that a card sets in ``[extra]``; 1 where it sets none.

    Raises
    ------
    ModelError
        If it is no positive number.
    """
    value = card.extra.get("temperature", 1.0)
    if not isinstance(value, int | float) or not value > 0.0:
        raise ModelError(f"The card of the model {card.id} gives a temperature that is no number.")
    return float(value)


def score_labels(
    card: ModelCard,
    channels: Float32Array,
    labels: LabelArray,
    context: JobContext,
    *,
    device: str,
    samples: int,
    seed: int,
    warn: Callable[[str], None],
) -> Scores:
    """Score all labels of a labelmap on the network's grid.

    Parameters
    ----------
    card
        A package with the task score-candidates.
    channels, labels
        ``[4, k, j, i]`` and ``[k, j, i]``; labels 1 to n are all present.
    samples
        Monte Carlo samples; 0 scores once with mean weights.
    warn
        Told of what a reader should know.

    Raises
    ------
    ModelError
        If the package is broken, or its network fails.
    """
    from inference.engine.choose_runner import with_runner
    from inference.lesions import scoring

    network = packages.load_network(card)
    known = load_novelty(card)
    wanted = range(1, int(labels.max()) + 1)

    def score(plan: Plan) -> tuple[npt.NDArray[np.float64], Plan, str]:
        def answer(runner: Runner) -> tuple[npt.NDArray[np.float64], Plan, str]:
            found = scoring.score_candidates(
                runner, channels, labels, wanted, context.part(0.0, 0.9), samples=samples,
                seed=seed, temperature=temperature_of(card), name=card.id,
            )  # fmt: skip
            return found, plan, str(runner.info)

        return with_runner(network, plan, answer)

    found, plan, ran = scoring.with_room(scoring.score_plan(card, device), score, warn)
    novelty = None
    if known is not None:

        def compare(runner: Runner) -> npt.NDArray[np.float64]:
            return scoring.candidate_novelty(
                runner, known, channels, labels, wanted, context.part(0.9, 1.0), name=card.id
            )

        novelty = with_runner(scoring.feature_network(network), plan, compare)
    scores = Scores(card, found, samples > 0, novelty, ran)
    outside = scores.outside_training
    strange = 0 if outside is None else int(outside.sum())
    if strange:
        warn(
            f"{strange} of {len(wanted)} candidates look unlike what the score network was "
            "trained on; do not rely on their scores."
        )
    return scores


def physiological_last(
    labels: LabelArray, scores: Scores | None
) -> tuple[LabelArray, Scores | None]:
    """Renumber so that lesions come first; each group keeps its order (falling TLG)."""
    if scores is None:
        return labels, scores
    mean = scores.mean
    order = np.argsort(mean < scores.card.threshold, kind="stable")
    rank = np.zeros(len(mean) + 1, dtype=np.uint16)
    rank[order + 1] = np.arange(1, len(mean) + 1)
    return rank[labels], scores.in_order(order)


def make_lesions(
    count: int, scores: Scores | None, uncertainty: npt.NDArray[np.float64], source: str
) -> tuple[Lesion, ...]:
    """Make the table of a search: labels 1 to ``count``, their mean entropy and their scores."""
    lesions = []
    outside = None if scores is None else scores.outside_training
    for n in range(count):
        lesion = Lesion(
            id=new_lesion_id(),
            label=n + 1,
            name=f"L{n + 1}",
            status=LesionStatus.CANDIDATE,
            source=source,
            uncertainty=float(uncertainty[n]),
        )
        if scores is not None:
            score = float(scores.mean[n])
            physiological = score < scores.card.threshold
            lesion = replace(
                lesion,
                status=LesionStatus.PHYSIOLOGICAL if physiological else LesionStatus.CANDIDATE,
                lesion_score=score,
                score_samples=tuple(scores.samples[:, n].tolist()) if scores.drawn else (),
                novelty=None if scores.novelty is None else float(scores.novelty[n]),
                outside_training=None if outside is None else bool(outside[n]),
            )
        lesions.append(lesion)
    return tuple(lesions)
