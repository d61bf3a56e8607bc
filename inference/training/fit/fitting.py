"""What every training of a network shares: device, optimiser, schedule, average, checkpoints."""

from __future__ import annotations

import copy
import ctypes
import math
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from inference.engine import devices

Progress = Callable[[float, str], None]
Drawn = TypeVar("Drawn")


def device() -> torch.device:
    """Choose a GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(where: torch.device) -> torch.autocast:
    """Compute in bfloat16 where that is faster: on a GPU, and on a CPU that multiplies it.

    A step of the lesion network takes 0.55 s instead of 0.93 s so (AVX-512 BF16, two cores), and
    on a CPU without such instructions 1.5 times as long.
    """
    fast = where.type == "cuda" or devices.has_fast_bf16()
    return torch.autocast(where.type, dtype=torch.bfloat16, enabled=fast)


def use_fast_kernels() -> None:
    """Let glibc keep what is freed, and cuDNN choose its kernels by trial (shapes never change).

    Large activations are otherwise mapped anew at every step: one of the lesion network in float32
    takes 1.0 s instead of 1.5 s (two cores). Elsewhere than on glibc that is left as it is.
    """
    torch.backends.cudnn.benchmark = True
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        trim_threshold, top_pad, mmap_max = -1, -2, -4  # malloc.h
        mallopt(mmap_max, 0)
        mallopt(trim_threshold, 2**31 - 1)
        mallopt(top_pad, 2**28)


def optimiser(network: nn.Module, learning_rate: float, weight_decay: float) -> torch.optim.AdamW:
    """Make AdamW that decays weights, but neither biases nor the scales of norms."""
    return torch.optim.AdamW(
        [{"params": [p for p in network.parameters() if p.dim() > 1],
          "weight_decay": weight_decay},
         {"params": [p for p in network.parameters() if p.dim() <= 1], "weight_decay": 0.0}],
        lr=learning_rate,
    )  # fmt: skip


def drawn(dataset: IterableDataset[Drawn], workers: int, ahead: int) -> Iterator[Drawn]:
    """Draw batches in other processes, up to ``ahead`` of them early; 0 workers: in this one.

    With several, batches come from each in turn, so that the same number draws the same ones.
    """
    return iter(
        DataLoader(
            dataset, batch_size=None, num_workers=workers,
            prefetch_factor=ahead if workers else None,
        )
    )  # fmt: skip


def own_stream(rng: np.random.Generator) -> np.random.Generator:
    """Return the generator that this process draws from: the first worker keeps ``rng`` itself."""
    worker = get_worker_info()
    if worker is None or worker.id == 0:
        return rng
    return rng.spawn(worker.num_workers)[worker.id]


def own_share(count: int) -> int:
    """Return how many of ``count`` this process holds: the workers share them, one or more each."""
    worker = get_worker_info()
    return count if worker is None else max(1, math.ceil(count / worker.num_workers))


class Schedule:
    """Warm-up and cosine, by steps, or by the clock where that would end first."""

    def __init__(
        self, steps: int, learning_rate: float, warmup: int, max_minutes: float | None
    ) -> None:
        self._steps, self._rate, self._warmup = steps, learning_rate, warmup
        self._max_minutes = max_minutes
        self._start = time.monotonic()

    @property
    def minutes(self) -> float:
        """Minutes since the start."""
        return (time.monotonic() - self._start) / 60.0

    def done(self, step: int) -> float:
        """Share of the training that is over; 1 or more: stop."""
        by_clock = self.minutes / self._max_minutes if self._max_minutes else 0.0
        return max(step / self._steps, by_clock)

    def set_rate(self, optimiser: torch.optim.Optimizer, step: int, done: float) -> None:
        """Set the learning rate of a step."""
        warm = min(1.0, (step + 1) / self._warmup)
        rate = self._rate * warm * (0.5 * (1.0 + math.cos(math.pi * min(1.0, done))) + 1e-3)
        for group in optimiser.param_groups:
            group["lr"] = rate


class Average:
    """Exponential moving average of a network's weights."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval()
        self.decay = decay
        self.steps = 0

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Move towards the current weights."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (20 + self.steps))
        for mean, now in zip(
            self.network.state_dict().values(), network.state_dict().values(), strict=True
        ):
            if mean.dtype.is_floating_point:
                mean.lerp_(now, 1.0 - decay)
            else:
                mean.copy_(now)


class Checkpoints:
    """Keeps the weights whose ``choice`` on validation is highest, and what was measured.

    Without anything to validate on, ``choice`` is NaN and the latest weights are kept.
    """

    def __init__(
        self, path: Path, save: Callable[[nn.Module, Path], None], progress: Progress | None
    ) -> None:
        self.history: list[dict[str, float]] = []
        self._path, self._save, self._progress = path, save, progress

    def add(self, network: nn.Module, row: dict[str, float]) -> None:
        """Record a row with its ``choice``, and keep the weights if none was better."""
        self.history.append(row)
        if not row["choice"] < max(h["choice"] for h in self.history):
            self._save(network, self._path)
        if self._progress:
            self._progress(0.0, f"validation {row}")
