"""Answers of the image networks for a whole volume, with Monte Carlo dropout.

torch is imported at module top: import this module inside functions only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.core.kit.jobs import JobContext
from inference.engine.runner import Runner
from inference.engine.sliding import SlidingSettings, SlidingWindow
from inference.engine.uncertainty import sample_seeds
from inference.prepare.image_prepare import FloatArray, Prepared


@dataclass(frozen=True, eq=False)
class ImageAnswer:
    """A derived image on the prepared grid.

    Parameters
    ----------
    image
        float32 ``[k, j, i]`` with mean weights.
    deviation
        Standard deviation over the Monte Carlo samples (n - 1), in the same unit, or ``None``
        with fewer than two samples.
    """

    image: FloatArray
    deviation: FloatArray | None


def fitted(prepared: Prepared, settings: SlidingSettings, factor: int) -> SlidingSettings:
    """Return windows no larger than the image needs, in steps that the network can take.

    A window larger than the image costs time and is filled with padding.
    """
    sizes = [
        min(window, max(factor, -(-n // factor) * factor))
        for window, n in zip(settings.window_kji, prepared.base.shape, strict=True)
    ]
    return replace(settings, window_kji=(sizes[0], sizes[1], sizes[2]))


def predict_image(
    runner: Runner,
    prepared: Prepared,
    settings: SlidingSettings,
    context: JobContext,
    *,
    samples: int = 0,
    seed: int = 0,
    share: float = 1.0,
    name: str = "model",
) -> ImageAnswer:
    """Answer a volume with mean weights, then with samples for the deviation.

    Parameters
    ----------
    runner
        Answers corrections ``[batch, 1, k, j, i]``, on the settings' device.
    prepared
        From `inference.prepare.image_prepare`.
    settings, context, name
        See `inference.engine.sliding.SlidingWindow`; windows are `fitted` to the image: a larger
        one is filled with padding, near which the answer is worse.
    samples, seed
        Monte Carlo samples, and what fixes them.
    share
        Share of the correction that is applied.

    Raises
    ------
    ModelError, JobCancelled
        As `inference.engine.sliding.SlidingWindow.run`.
    """
    channels, inside = _padded(prepared, settings)
    worth = np.zeros(channels.shape[1:], dtype=bool)
    worth[inside] = prepared.worth
    volume = SlidingWindow(channels, settings, prepared.outside, worth, name)
    runner.start_sample(None)
    part = 1.0 / (1.0 + samples)
    message = "Computing the image, window {n} of {of}"
    mean = _answer(volume, runner, context.part(0.0, part), message)[inside]
    scale = np.float32(share) * prepared.scale
    if prepared.limit is not None:
        scale = scale * (prepared.limit | (prepared.base + scale * mean >= prepared.least))
    image = prepared.base + scale * mean
    if samples < 2:
        return ImageAnswer(image, None)
    total, squares = np.zeros_like(mean), np.zeros_like(mean)
    try:
        for n, own in enumerate(sample_seeds(seed, samples)):
            runner.start_sample(own)
            own_part = context.part((n + 1) * part, (n + 2) * part)
            message = f"Sampling {n + 1} of {samples}"
            one = _answer(volume, runner, own_part, message)[inside] - mean
            total += one
            squares += one**2
    finally:
        runner.start_sample(None)
    variance = (squares - total**2 / samples) / (samples - 1)
    return ImageAnswer(image, scale * np.sqrt(np.maximum(variance, 0.0)))


def _answer(volume: SlidingWindow, runner: Runner, context: JobContext, message: str) -> FloatArray:
    answer: FloatArray = volume.run(runner.forward, context, message).probability().cpu().numpy()
    return answer


def _padded(
    prepared: Prepared, settings: SlidingSettings
) -> tuple[FloatArray, tuple[slice, slice, slice]]:
    """Fill up to a whole window at the far faces with the border's values.

    All windows then start at even voxels, as a network needs that folds voxels into channels.
    """
    shape = prepared.base.shape
    lack = [max(0, w - n) for w, n in zip(settings.window_kji, shape, strict=True)]
    lack = [x + (n + x) % 2 for n, x in zip(shape, lack, strict=True)]
    k, j, i = (slice(0, n) for n in shape)
    if not any(lack):
        return prepared.channels, (k, j, i)
    pad = [(0, 0), *((0, x) for x in lack)]
    return np.pad(prepared.channels, pad, mode="edge"), (k, j, i)
