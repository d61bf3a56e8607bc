"""Training of the lesion segmentation network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import IterableDataset

from inference.nets.networks import LesionUNet
from inference.training.bodies.anatomy import NO_CLASS
from inference.training.fit import fitting
from inference.training.fit.data import Case, Patch, PatchSettings, Simulator, draw_patch
from inference.training.fit.fitting import Average, Progress, Schedule, device


@dataclass(frozen=True)
class FitSettings:
    """Optimisation settings (the recipe's ``[fit]``)."""

    steps: int
    batch: int = 2
    learning_rate: float = 1e-3
    weight_decay: float = 1e-3
    warmup: int = 100
    ema: float = 0.998
    pool: int = 40
    renew_every: int = 6
    real_share: float = 0.45
    check_every: int = 600
    organ_weight: float = 1.0
    batch_dice: float = 0.5
    """Weight of the Dice over the batch, beside half of the Dice by sample."""
    dice_by_source: bool = True
    """Take the Dice over the batch of real and of simulated patches apart."""
    least_share: float = 0.0
    """Share of a patch's cross-entropy that a lesion counts for at least, however small."""
    workers: int = 1
    """Processes that draw patches (0: this one; 1: beside it). Their number is part of a recipe:
    each draws from a stream of its own, so that others would draw other patches."""


Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]


def to_batch(patches: Sequence[Patch], where: torch.device) -> Batch:
    """Stack patches: ``[n, 4, k, j, i]``, mask and weight ``[n, 1, k, j, i]``, classes, source."""
    x = torch.from_numpy(np.stack([p.channels for p in patches]))
    y = torch.from_numpy(np.stack([p.mask[None] for p in patches]))
    w = torch.from_numpy(np.stack([p.weight[None] for p in patches]))
    o = torch.from_numpy(np.stack([p.classes for p in patches]).astype(np.int64))
    x = x.to(where, memory_format=torch.channels_last_3d)
    simulated = torch.tensor([p.simulated for p in patches])
    return x, y.to(where), w.to(where), o.to(where), simulated.to(where)


def class_loss(outputs: Sequence[torch.Tensor], classes: torch.Tensor) -> torch.Tensor:
    """Cross-entropy over lesion and organs at each resolution, where the class is known.

    Real patients have no organ labels: for them `loss` on the lesion's logit is the marginal
    likelihood (Shi et al. 2021, partially labelled data).
    """
    total = outputs[0].new_zeros((), dtype=torch.float32)
    for level, output in enumerate(outputs):
        step = 2**level
        here = classes[:, ::step, ::step, ::step]
        known = (here != NO_CLASS).sum().clamp(min=1)
        wrong = functional.cross_entropy(
            output.float(), here, ignore_index=NO_CLASS, reduction="sum"
        )
        total = total + 0.5**level * wrong / known
    return total


def dice_losses(p: torch.Tensor, truth: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return soft Dice losses, 0 to 1: mean over the samples with a lesion, and over the batch.

    Over the batch alone a large tumour would hide a small one; by sample alone, uptake outlined in
    a patch without a lesion would cost nothing.
    """
    space = (1, 2, 3, 4)
    both, overlap = p.sum(dim=space) + truth.sum(dim=space), (p * truth).sum(dim=space)
    by_sample = 1.0 - (2.0 * overlap + 1.0) / (both + 1.0)
    with_lesion = (truth.sum(dim=space) > 0).float()
    mean = (by_sample * with_lesion).sum() / with_lesion.sum().clamp(min=1.0)
    return mean, 1.0 - (2.0 * overlap.sum() + 1.0) / (both.sum() + 1.0)


def lesion_weights(truth: torch.Tensor, least_share: float) -> torch.Tensor:
    """Weight of each voxel: a lesion counts as ``least_share`` of its patch, or more if larger."""
    size = truth.sum(dim=(1, 2, 3, 4), keepdim=True)
    wanted = least_share * truth[0].numel()
    return 1.0 + truth * ((wanted / size.clamp(min=1.0)).clamp(min=1.0) - 1.0)


def loss(
    outputs: Sequence[torch.Tensor],
    truth: torch.Tensor,
    weight: torch.Tensor,
    simulated: torch.Tensor,
    settings: FitSettings,
) -> torch.Tensor:
    """Cross-entropy, half the soft Dice by sample, and ``batch_dice`` times that over the batch.

    Summed over the supervised resolutions, each coarser one with half the weight. ``simulated``
    tells for each sample where it comes from: with ``dice_by_source`` the Dice over the batch is
    taken of each source apart, since large real tumours would otherwise fill it.
    """
    total = truth.new_zeros(())
    groups = [simulated, ~simulated] if settings.dice_by_source else [simulated | True]
    groups = [group for group in groups if bool(group.any())]
    for level, output in enumerate(outputs):
        target = truth if level == 0 else functional.avg_pool3d(truth, 2**level)
        w = weight if level == 0 else functional.avg_pool3d(weight, 2**level)
        logit = output.float()
        per_voxel = functional.binary_cross_entropy_with_logits(logit, target, reduction="none") * w
        # The hardest voxels count more: air and quiet tissue are most of a patch.
        most = max(1, per_voxel[0].numel() // 100)
        hard = per_voxel.flatten(1).topk(most, dim=1).values.mean()
        weighed = (per_voxel * lesion_weights(target, settings.least_share)).mean()
        p = torch.sigmoid(logit) * w
        by_sample, _ = dice_losses(p, target)
        by_batch = [dice_losses(p[group], target[group])[1] for group in groups]
        dice = 0.5 * by_sample + settings.batch_dice * torch.stack(by_batch).mean()
        total = total + 0.5**level * (weighed + 0.3 * hard + dice)
    return total


class Batches(IterableDataset[Batch]):
    """Patches of real patients and of a pool of simulated ones that is renewed, without end."""

    def __init__(
        self,
        real: Sequence[Case],
        simulator: Simulator,
        patches: PatchSettings,
        settings: FitSettings,
        seed: int,
    ) -> None:
        self.real, self.simulator = real, simulator
        self.patches, self.settings, self.seed = patches, settings, seed

    def __iter__(self) -> Iterator[Batch]:
        rng = fitting.own_stream(np.random.default_rng(self.seed))
        settings, cpu = self.settings, torch.device("cpu")
        pool = [self.simulator.case() for _ in range(fitting.own_share(settings.pool))]
        step = 0
        while True:
            if step % settings.renew_every == settings.renew_every - 1:
                pool[(step // settings.renew_every) % len(pool)] = self.simulator.case()
            # As many real patches in every batch: what both have in common then cancels, and what
            # tells them apart is left to learn from.
            real = round(settings.real_share * settings.batch) if self.real else 0
            yield to_batch(
                [
                    draw_patch(cases[int(rng.integers(len(cases)))], self.patches, rng)
                    for cases in [self.real] * real + [pool] * (settings.batch - real)
                ],
                cpu,
            )
            step += 1


def fit(
    network: LesionUNet,
    real: Sequence[Case],
    simulator: Simulator,
    patches: PatchSettings,
    settings: FitSettings,
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
    network = network.to(where, memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    optimiser = fitting.optimiser(network, settings.learning_rate, settings.weight_decay)
    average = Average(network, settings.ema)
    batches = fitting.drawn(
        Batches(real, simulator, patches, settings, seed), settings.workers, ahead=4
    )
    schedule = Schedule(settings.steps, settings.learning_rate, settings.warmup, max_minutes)
    recent: list[float] = []
    checked = -1
    recent_organs: list[float] = []
    for step in range(settings.steps):
        done = schedule.done(step)
        if done >= 1.0:
            break
        schedule.set_rate(optimiser, step, done)
        x, y, w, classes, simulated = (part.to(where) for part in next(batches))
        network.train()
        with fitting.autocast(where):
            outputs = network.forward_classes(x)
        logits = [network.lesion_logit(z) for z in outputs]
        value = loss(logits, y, w, simulated, settings)
        recent.append(float(value.detach()))
        if network.organs:
            extra = class_loss(outputs, classes)
            recent_organs.append(float(extra.detach()))
            value = value + settings.organ_weight * extra
        optimiser.zero_grad(set_to_none=True)
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        average.update(network)
        if progress and step % 50 == 49:
            told = f"step {step + 1}, loss {np.mean(recent[-50:]):.3f}"
            if recent_organs:
                told += f", organs {np.mean(recent_organs[-50:]):.3f}"
            progress(done, f"{told}, {schedule.minutes:.1f} min")
        if step % settings.check_every == settings.check_every - 1:
            check(average.network, step + 1)
            checked = step
    if checked < len(recent) - 1:
        check(average.network, len(recent))


def settings_from(table: Mapping[str, Any]) -> FitSettings:
    """Read the recipe's ``[fit]`` table."""
    return FitSettings(**dict(table))
