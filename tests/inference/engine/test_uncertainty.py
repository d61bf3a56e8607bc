"""Monte Carlo dropout: one sample is one network for the whole volume."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from app.core.kit.jobs import JobContext
from inference.engine.runner import Plan
from inference.engine.sliding import SlidingSettings, window_starts
from inference.engine.torch_runner import TorchRunner
from inference.engine.uncertainty import Prediction, predict, sample_seeds
from inference.lesions.instances import entropy_bits
from inference.nets.dropout import enable_monte_carlo
from tests.support.tiny_model import random_network, threshold_network

AIR = (0.0, 0.0, -1.0, -1.0)
SETTINGS = SlidingSettings((16, 16, 16), 0.5)


def _channels() -> np.ndarray:
    """Uptake in one corner, and a little everywhere."""
    channels = np.zeros((4, 16, 24, 40), dtype=np.float32)
    channels[0] = 0.05
    channels[0, 4:9, 4:10, 4:9] = 0.28
    return channels


class Counting(TorchRunner):
    """Counts the windows of each pass: those of the mean weights, then of each sample."""

    def __init__(self, network: torch.nn.Module) -> None:
        self.windows: list[int] = [0]
        super().__init__(network, Plan(()))

    def start_sample(self, seed: int | None) -> None:
        self.windows.append(0)
        super().start_sample(seed)

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        self.windows[-1] += len(inputs[0])
        return super().forward(*inputs)


def _predict(
    network: torch.nn.Module | Counting,
    channels: np.ndarray,
    *,
    samples: int = 3,
    seed: int = 3,
    quiet: float = 0.0,
    temperature: float = 1.0,
) -> Prediction:
    runner = network if isinstance(network, Counting) else TorchRunner(network, Plan(()))
    return predict(
        runner,
        channels,
        SETTINGS,
        JobContext(),
        outside=AIR,
        samples=samples,
        seed=seed,
        temperature=temperature,
        quiet=quiet,
    )


def test_each_sample_is_one_network_for_the_whole_volume() -> None:
    network, channels = threshold_network(dropout=0.3), _channels()
    found = _predict(network, channels)
    assert found.box == (slice(0, 16), slice(0, 24), slice(0, 40))
    for sample, seed in zip(found.samples, sample_seeds(3, 3), strict=True):
        enable_monte_carlo(network, seed)
        with torch.inference_mode():
            whole = torch.sigmoid(network(torch.from_numpy(channels)[None]))[0, 0].numpy()
        np.testing.assert_allclose(sample, whole, atol=1e-3)  # kept as float16
    mean = np.mean([s.astype(np.float32) for s in found.samples], axis=0)
    np.testing.assert_allclose(found.probability, mean, atol=1e-3)
    assert np.std([float(s[5, 5, 5]) for s in found.samples]) > 0.01, "samples differ"


def test_a_seed_fixes_everything_and_another_changes_it() -> None:
    network, channels = random_network(dropout=0.3), _channels()
    first, again = _predict(network, channels), _predict(network, channels)
    np.testing.assert_array_equal(first.probability, again.probability)
    for a, b in zip(first.samples, again.samples, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first.probability, _predict(network, channels, seed=4).probability)
    more = _predict(network, channels, samples=4)
    np.testing.assert_array_equal(more.samples[0], first.samples[0])


def test_without_samples_the_answer_is_the_mean_weights_one() -> None:
    network, channels = threshold_network(), _channels()
    found = _predict(network, channels, samples=0)
    with torch.inference_mode():
        whole = torch.sigmoid(network(torch.from_numpy(channels)[None]))[0, 0].numpy()
    np.testing.assert_allclose(found.probability, whole, atol=1e-5)
    assert found.samples == ()


def test_quiet_windows_are_not_sampled_and_hardly_change_the_result() -> None:
    network, channels = threshold_network(dropout=0.3), _channels()
    all_windows, busy, none = Counting(network), Counting(network), Counting(network)
    every, some = _predict(all_windows, channels), _predict(busy, channels, quiet=0.02)
    count = len(window_starts(channels.shape[1:], SETTINGS.window_kji, SETTINGS.overlap))
    assert all_windows.windows == [0, count, count, count, count, 0]
    assert busy.windows[1] == count
    assert 0 < busy.windows[2] < count
    assert len(set(busy.windows[2:5])) == 1
    assert np.abs(every.probability - some.probability).max() < 0.02
    inside = np.abs(
        every.samples[0][some.box].astype(np.float32) - some.samples[0].astype(np.float32)
    )
    assert inside.max() < 0.02
    nothing = _predict(none, np.zeros_like(channels), quiet=0.02)
    assert none.windows == [0, count]
    assert len(nothing.samples) == 3
    assert nothing.samples[0].size == 0


def test_the_runner_is_left_without_dropout_even_after_an_error() -> None:
    runner = TorchRunner(threshold_network(), Plan(()))
    window = torch.rand(1, 4, 16, 16, 16)
    before = runner.forward(window)

    def stop(fraction: float, message: str) -> None:
        if message.startswith("Sampling 2"):
            context.cancel()

    context = JobContext(stop)
    with pytest.raises(BaseException):  # noqa: B017, PT011 - JobCancelled is no Exception
        predict(runner, _channels(), SETTINGS, context, outside=AIR, samples=3, quiet=0.0)
    assert torch.equal(runner.forward(window), before)


def test_temperature_softens_the_probability() -> None:
    network, channels = threshold_network(), _channels()
    plain = _predict(network, channels, samples=0).probability
    soft = _predict(network, channels, samples=0, temperature=2.0).probability
    logit = np.log(plain / (1.0 - plain))
    np.testing.assert_allclose(np.log(soft / (1.0 - soft)), logit / 2.0, atol=1e-3)


def test_entropy_is_in_bits() -> None:
    p = np.array([0.0, 1.0, 0.5, 0.25, 0.75, 1e-30, 1.0 + 1e-7], dtype=np.float32)
    expected = [0.0, 0.0, 1.0, 0.8112781, 0.8112781, 0.0, 0.0]
    np.testing.assert_allclose(entropy_bits(p), expected, atol=1e-6)
    assert entropy_bits(p).dtype == np.float32
