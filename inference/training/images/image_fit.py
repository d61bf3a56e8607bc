"""Training of the networks that answer with an image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from inference.training.fit import fitting
from inference.training.fit.fitting import Average, Progress, Schedule, device
from inference.training.images.image_data import PairBatches

_MOST_HOT = 10.0
"""Most that one voxel counts in `loss`, in means."""


@dataclass(frozen=True)
class ImageFitSettings:
    """Optimisation settings (the recipe's ``[fit]``)."""

    steps: int
    batch: int = 2
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    warmup: int = 100
    ema: float = 0.998
    pool: int = 24
    renew_every: int = 3
    check_every: int = 500
    workers: int = 1
    softness: float = 1.0
    """Charbonnier's epsilon, in units of the answer: errors below count as squares (the mean is
    learnt), errors above as they are (misregistered voxels pull less)."""
    hot_weight: float = 0.0
    """Power of the scale that voxels are weighed by: 0 counts errors in noise standard deviations,
    2 in the image's own unit, as PSNR does."""
    mean_weight: float = 0.5
    """Weight of the error of local means (4 x 4 x 4 voxels), which keeps uptake unbiased."""


def loss(answer: torch.Tensor, wanted: torch.Tensor, settings: ImageFitSettings) -> torch.Tensor:
    """Charbonnier loss of each voxel plus that of the local means of the image's own values.

    Parameters
    ----------
    answer
        ``[n, 1, k, j, i]`` of the network.
    wanted
        ``[n, 3, k, j, i]``: right answer, scale and weight.
    settings
        Softness and weight of the means.
    """
    right, scale, weight = wanted[:, 0:1], wanted[:, 1:2], wanted[:, 2:3]
    error = answer.float() - right
    if settings.hot_weight:
        hot = scale**settings.hot_weight
        usual = (hot * weight).sum() / weight.sum().clamp(min=1e-6)
        weight = weight * (hot / usual.clamp(min=1e-6)).clamp(max=_MOST_HOT)
    soft = settings.softness
    voxel = soft * (torch.sqrt((error / soft) ** 2 + 1.0) - 1.0)
    total = (voxel * weight).sum() / weight.sum().clamp(min=1.0)
    if settings.mean_weight:
        # In the image's own values: what a mean over a region would be wrong by.
        own = functional.avg_pool3d(error * scale * weight, 4)
        by = functional.avg_pool3d(scale * weight, 4)
        known = functional.avg_pool3d(weight, 4)
        local = own / by.clamp(min=1e-6)
        mean = soft * (torch.sqrt((local / soft) ** 2 + 1.0) - 1.0)
        total = total + settings.mean_weight * (mean * known).sum() / known.sum().clamp(min=1.0)
    return total


def fit(
    network: nn.Module,
    batches: PairBatches,
    settings: ImageFitSettings,
    *,
    seed: int,
    check: Callable[[nn.Module, int], None],
    progress: Progress | None = None,
    max_minutes: float | None = None,
) -> None:
    """Train; ``check`` is called with the averaged network now and then, and at the end.

    The schedule follows the steps, or the clock where ``max_minutes`` would end first.
    """
    torch.manual_seed(seed)
    where = device()
    fitting.use_fast_kernels()
    layout = torch.channels_last_3d
    network = network.to(where, memory_format=layout)  # type: ignore[call-overload]
    optimiser = fitting.optimiser(network, settings.learning_rate, settings.weight_decay)
    average = Average(network, settings.ema)
    drawn = fitting.drawn(batches, settings.workers, ahead=6)
    schedule = Schedule(settings.steps, settings.learning_rate, settings.warmup, max_minutes)
    recent: list[float] = []
    checked = -1
    for step in range(settings.steps):
        done = schedule.done(step)
        if done >= 1.0:
            break
        schedule.set_rate(optimiser, step, done)
        x, wanted = next(drawn)
        network.train()
        with fitting.autocast(where):
            answer = network(x.to(where, memory_format=layout))
        value = loss(answer, wanted.to(where), settings)
        optimiser.zero_grad(set_to_none=True)
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        average.update(network)
        recent.append(float(value.detach()))
        if progress and step % 50 == 49:
            mean, minutes = np.mean(recent[-50:]), schedule.minutes
            progress(done, f"step {step + 1}, loss {mean:.4f}, {minutes:.1f} min")
        if step % settings.check_every == settings.check_every - 1:
            check(average.network, step + 1)
            checked = step
    if checked < len(recent) - 1:
        check(average.network, len(recent))
