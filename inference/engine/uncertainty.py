"""Monte Carlo dropout: what a network answers when its weights could have been others.

Each sample is one network with fixed channel masks for the whole volume (Gal and Ghahramani 2016,
"Dropout as a Bayesian approximation"; see `inference.nets.dropout`). The mean
over the samples is the predictive probability; its entropy in bits is the uncertainty shown.

torch is imported at module top: import this module inside functions only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from app.core.kit.jobs import JobContext
from inference.engine.runner import Runner
from inference.engine.sliding import SlidingSettings, SlidingWindow

Float32Array = npt.NDArray[np.float32]
Box = tuple[slice, slice, slice]

QUIET_PROBABILITY = 0.02
"""Windows whose mean-weight answer stays below this everywhere are not sampled.

Their answer is then the mean-weight one, whose entropy is below 0.15 bits."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a network says of one volume, on the network's grid.

    Parameters
    ----------
    probability
        float32 ``[k, j, i]``: mean over the samples, or the mean-weight answer without samples.
    box
        Part of the volume that holds everything sampled.
    samples
        float16 arrays of the box's shape, one per sample.
    """

    probability: Float32Array
    box: Box
    samples: tuple[npt.NDArray[np.float16], ...]


def sample_seeds(seed: int, samples: int) -> list[int]:
    """Return one seed per sample; the first n do not depend on how many follow."""
    return [int(np.random.SeedSequence((seed, n)).generate_state(1)[0]) for n in range(samples)]


def predict(
    runner: Runner,
    channels: Float32Array,
    settings: SlidingSettings,
    context: JobContext,
    *,
    outside: tuple[float, ...],
    worth: npt.NDArray[np.bool_] | None = None,
    samples: int = 10,
    seed: int = 0,
    temperature: float = 1.0,
    quiet: float = QUIET_PROBABILITY,
    name: str = "model",
) -> Prediction:
    """Answer a volume with mean weights, then with Monte Carlo samples.

    Parameters
    ----------
    runner
        Gives logits ``[batch, 1, k, j, i]``, on the settings' device.
    channels, settings, outside, worth, name
        See `inference.engine.sliding.SlidingWindow`.
    samples
        Number of Monte Carlo samples; 0 gives the mean-weight answer alone.
    seed
        Fixes all masks.
    temperature
        Logits are divided by it (calibration, from the model's card).
    quiet
        Windows that nowhere exceed this probability are not sampled; 0 samples all of them.

    Raises
    ------
    ModelError, JobCancelled
        As `inference.engine.sliding.SlidingWindow.run`.
    """
    volume = SlidingWindow(channels, settings, outside, worth, name)

    def forward(x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(runner.forward(x) / temperature)

    runner.start_sample(None)
    # A sample costs about what the first pass does, or less.
    share = 1.0 / (1.0 + 0.6 * samples)
    message = "Finding lesions, window {n} of {of}"
    first = volume.run(forward, context.part(0.0, share), message, quiet=quiet)
    plain = _numpy(first.probability())
    busy = [n for n in volume.chosen if first.highest[n] > quiet]
    box = volume.box_of(busy)
    if samples == 0 or not busy:
        nothing = np.zeros([part.stop - part.start for part in box], dtype=np.float16)
        drawn = (nothing,) * samples
        return Prediction(plain, box, drawn)
    drawn_list: list[npt.NDArray[np.float16]] = []
    mean = torch.zeros_like(first.total)
    try:
        for n, own in enumerate(sample_seeds(seed, samples)):
            runner.start_sample(own)
            part = context.part(_between(share, n, samples), _between(share, n + 1, samples))
            one = volume.run(forward, part, f"Sampling {n + 1} of {samples}", busy).total
            if first.quiet_total is not None:
                # What quiet windows add, with mean weights, to those that overlap them.
                one += first.quiet_total
            mean += one
            drawn_list.append(_numpy(volume.normalised(one)[box].half()))
    finally:
        runner.start_sample(None)
    probability = _numpy(volume.normalised(mean / samples))
    return Prediction(probability, box, tuple(drawn_list))


def _between(share: float, n: int, samples: int) -> float:
    return share + (1.0 - share) * n / samples


def _numpy(x: torch.Tensor) -> npt.NDArray[Any]:
    return np.ascontiguousarray(x.cpu().numpy())
