"""Sliding-window inference for the job engine.

A volume is answered window by window. Windows lie where MONAI's `sliding_window_inference` puts
them and are weighted as it weights them, so results can be compared; beyond that

- windows without uptake are not computed: there the answer is background;
- sums stay on the device, in place;
- every window reports progress and obeys cancel;
- without enough memory, smaller windows and then the CPU are tried (`with_less_memory`).

Arrays are ``[C, k, j, i]`` or ``[k, j, i]``. torch is imported at module top: import this module
inside functions only.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt
import torch

from app.core.kit.errors import ModelError
from app.core.kit.jobs import JobContext
from app.core.models.card import ModelCard
from inference.engine.devices import has_fast_bf16
from inference.engine.runner import NETWORK_ERRORS, Plan

Float32Array = npt.NDArray[np.float32]
Shape = tuple[int, int, int]
Forward = Callable[[torch.Tensor], torch.Tensor]
T = TypeVar("T")

LEAST_WINDOW = 32


@dataclass(frozen=True)
class SlidingSettings:
    """How a volume is cut into windows and where these are computed.

    Parameters
    ----------
    window_kji
        Size of a window in voxels.
    overlap
        Share of a window that the next one covers again, in [0, 1).
    mode
        Weight of a window's voxels: ``gaussian`` (less at its faces) or ``constant``.
    batch
        Windows that are computed together.
    device
        A torch device name.
    mixed
        Compute convolutions in bfloat16 (CPU) or float16 (CUDA).
    """

    window_kji: Shape
    overlap: float = 0.25
    mode: Literal["gaussian", "constant"] = "gaussian"
    batch: int = 1
    device: str = "cpu"
    mixed: bool = False

    def __post_init__(self) -> None:
        if min(self.window_kji) < 1 or not 0.0 <= self.overlap < 1.0 or self.batch < 1:
            raise ValueError(f"These window settings make no sense: {self}.")

    def plan(self, card: ModelCard, channels: int) -> Plan:
        """Return what a package's network of so many channels is to be run on."""
        shape = (channels, *self.window_kji)
        return Plan.of(card, (shape,), self.device, mixed=self.mixed)


def settings_for(device: str, window_kji: Shape, overlap: float = 0.25) -> SlidingSettings:
    """Return the fastest settings of a device.

    One window at a time keeps a CPU's caches warm; a GPU wants more. Measured on two cores with
    AMX: bfloat16 takes 0.3 times the time of float32, and two windows at once take longer than
    one after the other. Without AMX tiles the CPU stays at float32.
    """
    on_gpu = device.startswith("cuda")
    return SlidingSettings(
        window_kji,
        overlap,
        batch=4 if on_gpu else 1,
        device=device,
        mixed=on_gpu or has_fast_bf16(),
    )


def window_starts(shape_kji: Sequence[int], window_kji: Shape, overlap: float) -> list[Shape]:
    """First voxel of every window, the last ones pulled back so that they end at the border.

    Parameters
    ----------
    shape_kji
        Size of the volume, at least the window's along each axis (pad first).
    window_kji, overlap
        See `SlidingSettings`.
    """
    starts = []
    for size, window in zip(shape_kji, window_kji, strict=True):
        if size < window:
            raise ValueError(f"A volume of {size} voxels is smaller than its window of {window}.")
        step = max(1, int(window * (1.0 - overlap))) if size > window else window
        count = 1 + max(0, -(-(size - window) // step))
        starts.append([min(n * step, size - window) for n in range(count)])
    return [(k, j, i) for k, j, i in itertools.product(*starts)]


def importance(window_kji: Shape, mode: Literal["gaussian", "constant"]) -> torch.Tensor:
    """Weight of each voxel of a window, float32 ``[k, j, i]``.

    ``gaussian`` has a standard deviation of an eighth of the window along each axis, and never
    less than 0.001, as MONAI's `compute_importance_map`.
    """
    weight = torch.ones(window_kji)
    if mode == "gaussian":
        for axis, size in enumerate(window_kji):
            x = torch.arange(size, dtype=torch.float32) - (size - 1) / 2.0
            line = torch.exp(-(x**2) / (2.0 * (0.125 * size) ** 2))
            weight = weight * line.reshape([-1 if n == axis else 1 for n in range(3)])
        weight.clamp_(min=max(float(weight.min()), 1e-3))
    return weight


class SlidingWindow:
    """One volume on its device, cut into windows; can be answered several times.

    Parameters
    ----------
    channels
        float32 ``[C, k, j, i]``.
    settings
        Windows and device.
    outside
        Value of each channel outside the image: what small volumes are padded with.
    worth
        bool ``[k, j, i]``: windows that hold no such voxel are not computed and count as
        background. ``None`` computes all.
    name
        The model's name, for messages.
    """

    def __init__(
        self,
        channels: Float32Array,
        settings: SlidingSettings,
        outside: Sequence[float],
        worth: npt.NDArray[np.bool_] | None = None,
        name: str = "model",
    ) -> None:
        self.settings = settings
        self.name = name
        self.shape_kji: Shape = (channels.shape[1], channels.shape[2], channels.shape[3])
        window = settings.window_kji
        lack = [max(0, w - n) for w, n in zip(window, self.shape_kji, strict=True)]
        before = [n // 2 for n in lack]
        self._inside = tuple(slice(b, b + n) for b, n in zip(before, self.shape_kji, strict=True))
        padded = [n + x for n, x in zip(self.shape_kji, lack, strict=True)]
        device = torch.device(settings.device)
        image = torch.from_numpy(np.ascontiguousarray(channels, dtype=np.float32))
        if any(lack):
            whole = torch.tensor(outside, dtype=torch.float32)[:, None, None, None]
            whole = whole.expand(-1, *padded).clone()
            whole[(slice(None), *self._inside)] = image
            image = whole
        self._image = image.to(device)
        self._weight = importance(window, settings.mode).to(device)
        self.starts = window_starts(padded, window, settings.overlap)
        self._total = torch.zeros(padded, device=device)
        for start in self.starts:
            self._total[_box(start, window)] += self._weight
        self.chosen = list(range(len(self.starts)))
        if worth is not None:
            mask = np.zeros(padded, dtype=bool)
            mask[self._inside] = worth
            self.chosen = [n for n in self.chosen if mask[_box(self.starts[n], window)].any()]

    def run(
        self,
        forward: Forward,
        context: JobContext,
        message: str,
        windows: Sequence[int] | None = None,
        quiet: float = -1.0,
    ) -> WindowedAnswer:
        """Compute windows and add them up.

        Parameters
        ----------
        forward
            From ``[batch, C, k, j, i]`` to probabilities ``[batch, 1, k, j, i]`` in float32.
        context
            Asked at every batch of windows; reports ``message`` with the number of the window.
        message
            With ``{n}`` and ``{of}`` for the window's number and their count.
        windows
            Which of `starts`; default `chosen`.
        quiet
            Windows that nowhere exceed this probability are also added up apart.

        Raises
        ------
        ModelError
            If the network fails or answers with something else than probabilities.
        JobCancelled
            At the next window after a cancel.
        """
        todo = self.chosen if windows is None else list(windows)
        size = self.settings.window_kji
        total = torch.zeros_like(self._total)
        apart = torch.zeros_like(self._total) if quiet >= 0.0 else None
        highest: dict[int, float] = {}
        with torch.inference_mode():
            for first in range(0, len(todo), self.settings.batch):
                batch = todo[first : first + self.settings.batch]
                context.progress(first / len(todo), message.format(n=first + 1, of=len(todo)))
                boxes = [_box(self.starts[n], size) for n in batch]
                x = torch.stack([self._image[(slice(None), *box)] for box in boxes])
                p = self._answer(forward, x)
                for n, box, one in zip(batch, boxes, p, strict=True):
                    total[box].addcmul_(one, self._weight)
                    highest[n] = float(one.amax())
                    if apart is not None and highest[n] <= quiet:
                        apart[box].addcmul_(one, self._weight)
        context.check()
        if not all(np.isfinite(x) for x in highest.values()):
            raise ModelError(
                f"The model {self.name} answered with values that are not numbers.",
                "The study is unchanged; use another model, or report this one.",
            )
        return WindowedAnswer(self, total, highest, apart)

    def _answer(self, forward: Forward, x: torch.Tensor) -> torch.Tensor:
        """Probabilities ``[batch, k, j, i]`` in float32."""
        try:
            p = forward(x)
        except torch.OutOfMemoryError:
            raise
        except NETWORK_ERRORS as error:
            raise ModelError(
                f"The model {self.name} failed on this study ({type(error).__name__}).",
                "The study is unchanged; use another model, or report this one.",
            ) from error
        if p.shape != (x.shape[0], 1, *x.shape[2:]):
            raise ModelError(
                f"The model {self.name} answered with an image of another size.",
                "The study is unchanged; use another model, or report this one.",
            )
        return p[:, 0].float()

    def box_of(self, windows: Sequence[int]) -> tuple[slice, slice, slice]:
        """Return the part of the volume that some windows cover together, without the padding."""
        if not windows:
            return slice(0, 0), slice(0, 0), slice(0, 0)
        starts = np.array([self.starts[n] for n in windows])
        offset = np.array([part.start for part in self._inside])
        low = np.maximum(starts.min(axis=0) - offset, 0)
        high = starts.max(axis=0) + np.array(self.settings.window_kji) - offset
        high = np.minimum(high, self.shape_kji)
        k, j, i = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
        return k, j, i

    def normalised(self, total: torch.Tensor) -> torch.Tensor:
        """Weighted mean from a weighted sum, without the padding."""
        inside: torch.Tensor = (total / self._total)[self._inside]
        return inside


@dataclass(frozen=True, eq=False)
class WindowedAnswer:
    """The weighted sum over windows, still on the device.

    Parameters
    ----------
    total
        Weighted sum of probabilities ``[k, j, i]``, with padding.
    highest
        Greatest probability in each computed window, by window number.
    quiet_total
        The sum over quiet windows alone, where asked for.
    """

    volume: SlidingWindow
    total: torch.Tensor
    highest: dict[int, float]
    quiet_total: torch.Tensor | None = None

    def probability(self) -> torch.Tensor:
        """Mean probability ``[k, j, i]``, float32 on the device; 0 where nothing was computed."""
        return self.volume.normalised(self.total)


def _box(start: Shape, size: Shape) -> tuple[slice, slice, slice]:
    k, j, i = (slice(a, a + n) for a, n in zip(start, size, strict=True))
    return k, j, i


def smaller(settings: SlidingSettings, divisor: int = 16) -> Iterator[SlidingSettings]:
    """Yield settings that need less memory each: one window, half windows, then the CPU."""
    if settings.batch > 1:
        settings = replace(settings, batch=1)
        yield settings
    halved = _halved(settings, divisor)
    if halved is not None:
        yield halved
    if settings.device != "cpu":
        on_cpu = replace(settings, device="cpu", mixed=has_fast_bf16())
        yield on_cpu
        halved = _halved(on_cpu, divisor)
        if halved is not None:
            yield halved


def _halved(settings: SlidingSettings, divisor: int) -> SlidingSettings | None:
    k, j, i = (
        min(n, max(LEAST_WINDOW, -(-n // 2 // divisor) * divisor)) for n in settings.window_kji
    )
    half = replace(settings, window_kji=(k, j, i))
    return None if half == settings else half


def with_less_memory(
    settings: SlidingSettings,
    attempt: Callable[[SlidingSettings], T],
    warn: Callable[[str], None],
    divisor: int = 16,
) -> T:
    """Call ``attempt``; when memory runs out, again with settings that need less.

    Only torch's own out-of-memory error and Python's `MemoryError` count. Each step down is told
    to ``warn`` in a sentence.

    Raises
    ------
    ModelError
        If memory runs out with the smallest settings too.
    """
    cause: BaseException | None = None
    for current in itertools.chain([settings], smaller(settings, divisor)):
        if cause is not None:
            size = " x ".join(str(n) for n in current.window_kji)
            warn(
                "There was not enough memory; the work was done again with "
                f"{current.batch} window(s) of {size} voxels on {current.device}."
            )
        try:
            return attempt(current)
        except (torch.OutOfMemoryError, MemoryError) as error:
            # Without its traceback, which would keep the tensors of the failed attempt alive.
            cause = error.with_traceback(None)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    raise ModelError(
        "There is not enough memory for this study.", "Close other programs and try again."
    ) from cause
