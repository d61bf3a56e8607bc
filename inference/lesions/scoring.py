"""Scoring candidates: lesion or physiological uptake.

torch is imported at module top: import this module inside functions only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from app.core.kit.errors import ModelError
from app.core.kit.jobs import JobContext
from inference.engine.sliding import NETWORK_ERRORS
from inference.engine.uncertainty import sample_seeds
from inference.lesions.novelty import Novelty
from inference.nets.networks import CandidateScoreNet, disable_monte_carlo, enable_monte_carlo
from inference.prepare.prepare import score_inputs

Float32Array = npt.NDArray[np.float32]

BATCH = 16
"""Candidates scored together: a coarse crop takes 2 MB, and 18 MB while it is made."""


def score_candidates(
    network: nn.Module,
    channels: Float32Array,
    labels: npt.NDArray[np.uint16],
    candidates: Sequence[int],
    context: JobContext,
    *,
    device: str = "cpu",
    samples: int = 10,
    seed: int = 0,
    temperature: float = 1.0,
    name: str = "model",
    warn: Callable[[str], None] | None = None,
) -> npt.NDArray[np.float64]:
    """Probability that each candidate is a lesion, in every Monte Carlo sample.

    Parameters
    ----------
    network
        Called with the fine and coarse crops of `inference.prepare.prepare.score_inputs`; gives
        logits.
    channels, labels
        ``[4, k, j, i]`` and ``[k, j, i]`` on the network's grid.
    candidates
        Labels to score; each must be present.
    samples
        Number of Monte Carlo samples; 0 scores once with mean weights.
    seed, temperature, name, device
        As in `inference.engine.uncertainty.predict`.
    warn
        Told when the device's memory ran out and the CPU took over.

    Returns
    -------
    numpy.ndarray
        float64 ``[samples or 1, candidates]``, 0 to 1.

    Raises
    ------
    ModelError
        If the network fails or gives values that are not numbers.
    """
    for where in dict.fromkeys((device, "cpu")):
        if where != device and warn is not None:
            warn("There was not enough memory on the GPU; candidates were scored on the CPU.")
        try:
            scores = _score_all(
                network.to(where).eval(), channels, labels, candidates, context,
                where, samples, seed, temperature, name,
            )  # fmt: skip
        except torch.OutOfMemoryError:
            continue
        if not np.isfinite(scores).all():
            raise ModelError(
                f"The model {name} answered with values that are not numbers.",
                "The study is unchanged; use another model, or report this one.",
            )
        return scores
    raise ModelError(
        "There is not enough memory to score the candidates.",
        "Close other programs and try again.",
    )


@torch.no_grad()
def candidate_features(
    network: nn.Module, fine: torch.Tensor, coarse: torch.Tensor
) -> Float32Array:
    """Return what enters the head of a `CandidateScoreNet`, with mean weights.

    Parameters
    ----------
    network
        Moved nowhere: the crops go to where it is.
    fine, coarse
        ``[n, 5, k, j, i]`` of `inference.prepare.prepare.score_inputs`.

    Returns
    -------
    numpy.ndarray
        float32 ``[n, features]``.

    Raises
    ------
    ModelError
        If the network is of another kind.
    """
    if not isinstance(network, CandidateScoreNet):
        raise ModelError("This score network does not show its features.")
    disable_monte_carlo(network)
    where = next(network.parameters()).device
    found = [network.fine(fine.to(where)), network.coarse(coarse.to(where))]
    return np.asarray(torch.cat(found, dim=1).float().cpu().numpy(), dtype=np.float32)


def candidate_novelty(
    network: nn.Module,
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
    network
        Used where it is: `score_candidates` leaves it on a device with room.
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
        features = candidate_features(network, fine, coarse)
        if features.shape[1] != known.means.shape[1]:
            raise ModelError(
                f"What the model {name} knows of its training data does not fit its network.",
                "Install the package again.",
            )
        out[first : first + len(part)] = known.of(features)
    return out


def _score_all(
    network: nn.Module,
    channels: Float32Array,
    labels: npt.NDArray[np.uint16],
    candidates: Sequence[int],
    context: JobContext,
    device: str,
    samples: int,
    seed: int,
    temperature: float,
    name: str,
) -> npt.NDArray[np.float64]:
    rows = max(1, samples)
    scores = np.zeros((rows, len(candidates)))
    seeds = sample_seeds(seed, samples)
    disable_monte_carlo(network)
    try:
        for first in range(0, len(candidates), BATCH):
            part = candidates[first : first + BATCH]
            message = f"Scoring {first + 1} of {len(candidates)}"
            context.progress(first / len(candidates), message)
            crops = [score_inputs(channels, labels, label) for label in part]
            fine, coarse = (
                torch.from_numpy(np.stack(x)).to(device) for x in zip(*crops, strict=True)
            )
            for row in range(rows):
                context.check()
                if samples:
                    enable_monte_carlo(network, seeds[row])
                logit = _answer(network, fine, coarse, name)
                p = torch.sigmoid(logit / temperature).cpu().numpy()
                scores[row, first : first + len(part)] = p
    finally:
        disable_monte_carlo(network)
    return scores


def _answer(
    network: nn.Module, fine: torch.Tensor, coarse: torch.Tensor, name: str
) -> torch.Tensor:
    try:
        with torch.inference_mode():
            logit: torch.Tensor = network(fine, coarse).double()
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
