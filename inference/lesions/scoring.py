"""Scoring candidates: lesion or physiological uptake.

torch is imported at module top: import this module inside functions only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from app.core.kit.errors import ModelError
from app.core.kit.jobs import JobContext
from app.core.models.card import ModelCard
from inference.engine.runner import NETWORK_ERRORS, Plan, Runner
from inference.engine.uncertainty import sample_seeds
from inference.lesions.novelty import Novelty
from inference.nets.networks import CandidateFeatures, CandidateScoreNet
from inference.prepare.prepare import COARSE_SHAPE, FINE_SHAPE, score_inputs

Float32Array = npt.NDArray[np.float32]

T = TypeVar("T")

CROP_CHANNELS = 5
"""Image channels and the candidate's mask."""
BATCH = 16
"""Candidates scored together: a coarse crop takes 2 MB, and 18 MB while it is made."""


def score_plan(card: ModelCard, device: str) -> Plan:
    """Return what a package's score network is to be run on: one candidate's two crops."""
    shapes = tuple((CROP_CHANNELS, *shape) for shape in (FINE_SHAPE, COARSE_SHAPE))
    return Plan.of(card, shapes, device, mixed=False)


def with_room(plan: Plan, attempt: Callable[[Plan], T], warn: Callable[[str], None]) -> T:
    """Call ``attempt`` with a plan; where the device's memory runs out, again on the CPU.

    Parameters
    ----------
    warn
        Told when the CPU took over.

    Raises
    ------
    ModelError
        If there is not enough memory on the CPU either.
    """
    for where in dict.fromkeys((plan.device, "cpu")):
        if where != plan.device:
            warn("There was not enough memory on the GPU; candidates were scored on the CPU.")
        try:
            return attempt(replace(plan, device=where))
        except torch.OutOfMemoryError:
            continue
    raise ModelError(
        "There is not enough memory to score the candidates.",
        "Close other programs and try again.",
    )


def score_candidates(
    runner: Runner,
    channels: Float32Array,
    labels: npt.NDArray[np.uint16],
    candidates: Sequence[int],
    context: JobContext,
    *,
    samples: int = 10,
    seed: int = 0,
    temperature: float = 1.0,
    name: str = "model",
) -> npt.NDArray[np.float64]:
    """Probability that each candidate is a lesion, in every Monte Carlo sample.

    Parameters
    ----------
    runner
        Given the fine and coarse crops of `inference.prepare.prepare.score_inputs`; gives logits
        ``[batch]``.
    channels, labels
        ``[4, k, j, i]`` and ``[k, j, i]`` on the network's grid.
    candidates
        Labels to score; each must be present.
    samples
        Number of Monte Carlo samples; 0 scores once with mean weights.
    seed, temperature, name
        As in `inference.engine.uncertainty.predict`.

    Returns
    -------
    numpy.ndarray
        float64 ``[samples or 1, candidates]``, 0 to 1.

    Raises
    ------
    ModelError
        If the network fails or gives values that are not numbers.
    torch.OutOfMemoryError
        If the device's memory runs out (see `with_room`).
    """
    rows = max(1, samples)
    scores = np.zeros((rows, len(candidates)))
    seeds = sample_seeds(seed, samples)
    runner.start_sample(None)
    try:
        for first in range(0, len(candidates), BATCH):
            part = candidates[first : first + BATCH]
            message = f"Scoring {first + 1} of {len(candidates)}"
            context.progress(first / len(candidates), message)
            crops = [score_inputs(channels, labels, label) for label in part]
            fine, coarse = (
                torch.from_numpy(np.stack(x)).to(runner.device) for x in zip(*crops, strict=True)
            )
            for row in range(rows):
                context.check()
                if samples:
                    runner.start_sample(seeds[row])
                logit = _answer(runner, fine, coarse, name)
                p = torch.sigmoid(logit / temperature).cpu().numpy()
                scores[row, first : first + len(part)] = p
    finally:
        runner.start_sample(None)
    if not np.isfinite(scores).all():
        raise ModelError(
            f"The model {name} answered with values that are not numbers.",
            "The study is unchanged; use another model, or report this one.",
        )
    return scores


def feature_network(network: nn.Module) -> nn.Module:
    """Return a network that answers with what enters the head of a `CandidateScoreNet`.

    Raises
    ------
    ModelError
        If the network is of another kind.
    """
    if not isinstance(network, CandidateScoreNet):
        raise ModelError("This score network does not show its features.")
    return CandidateFeatures(network)


def candidate_features(runner: Runner, fine: torch.Tensor, coarse: torch.Tensor) -> Float32Array:
    """Return what enters the head of a score network, with mean weights.

    Parameters
    ----------
    runner
        Of a `feature_network`.
    fine, coarse
        ``[n, 5, k, j, i]`` of `inference.prepare.prepare.score_inputs`.

    Returns
    -------
    numpy.ndarray
        float32 ``[n, features]``.
    """
    runner.start_sample(None)
    found = runner.forward(fine.to(runner.device), coarse.to(runner.device))
    return np.asarray(found.cpu().numpy(), dtype=np.float32)


def candidate_novelty(
    runner: Runner,
    known: Novelty,
    channels: Float32Array,
    labels: npt.NDArray[np.uint16],
    candidates: Sequence[int],
    context: JobContext,
    *,
    name: str = "model",
) -> npt.NDArray[np.float64]:
    """How far each candidate lies from the network's training, float64 ``[candidates]``.

    Parameters
    ----------
    runner
        Of a `feature_network`.
    known
        From `inference.lesions.novelty.load_novelty`.
    channels, labels, candidates, name
        As in `score_candidates`.

    Raises
    ------
    ModelError
        If the package's features are not those of its network.
    """
    out = np.zeros(len(candidates))
    for first in range(0, len(candidates), BATCH):
        part = candidates[first : first + BATCH]
        context.progress(first / len(candidates), "Comparing with the training")
        crops = [score_inputs(channels, labels, label) for label in part]
        fine, coarse = (torch.from_numpy(np.stack(x)) for x in zip(*crops, strict=True))
        features = candidate_features(runner, fine, coarse)
        if features.shape[1] != known.means.shape[1]:
            raise ModelError(
                f"What the model {name} knows of its training data does not fit its network.",
                "Install the package again.",
            )
        out[first : first + len(part)] = known.of(features)
    return out


def _answer(runner: Runner, fine: torch.Tensor, coarse: torch.Tensor, name: str) -> torch.Tensor:
    try:
        logit = runner.forward(fine, coarse).double()
    except torch.OutOfMemoryError:
        raise
    except NETWORK_ERRORS as error:
        raise ModelError(
            f"The model {name} failed on this study ({type(error).__name__}).",
            "The study is unchanged; use another model, or report this one.",
        ) from error
    if logit.shape != fine.shape[:1]:
        raise ModelError(f"The model {name} does not give one score for each candidate.")
    return logit
