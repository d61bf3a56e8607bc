"""Scores of candidates, by samples, through the runner port."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from app.core.kit.errors import ModelError
from app.core.kit.jobs import JobContext
from inference.engine.runner import Plan
from inference.engine.torch_runner import TorchRunner
from inference.engine.uncertainty import sample_seeds
from inference.lesions.scoring import feature_network, score_candidates, with_room
from inference.nets.dropout import enable_monte_carlo
from inference.prepare.prepare import score_inputs
from tests.support.tiny_model import random_network, score_network

CHANNELS = np.random.default_rng(0).random((4, 20, 20, 20), dtype=np.float32)
LABELS = np.zeros((20, 20, 20), np.uint16)
LABELS[4:6, 4:6, 4:6], LABELS[10:12, 10:12, 10:11] = 1, 2


def _scores(
    network: nn.Module, samples: int, seed: int = 0, temperature: float = 1.0
) -> np.ndarray:
    runner = TorchRunner(network, Plan(()))
    return score_candidates(
        runner,
        CHANNELS,
        LABELS,
        [1, 2],
        JobContext(),
        samples=samples,
        seed=seed,
        temperature=temperature,
    )


def test_each_row_is_one_sample_of_the_network() -> None:
    torch.manual_seed(2)
    network = score_network()
    found = _scores(network, samples=3, seed=9, temperature=2.0)
    crops = [score_inputs(CHANNELS, LABELS, label) for label in (1, 2)]
    fine, coarse = (torch.from_numpy(np.stack(x)) for x in zip(*crops, strict=True))
    for row, seed in zip(found, sample_seeds(9, 3), strict=True):
        enable_monte_carlo(network, seed)
        with torch.inference_mode():
            expected = torch.sigmoid(network(fine, coarse) / 2.0).numpy()
        np.testing.assert_allclose(row, expected, atol=1e-6)
    assert not np.array_equal(found[0], found[1])


def test_without_samples_the_mean_weights_score_once() -> None:
    network = score_network()
    assert _scores(network, samples=0).shape == (1, 2)


def test_values_that_are_no_numbers_are_refused() -> None:
    network = score_network()
    with torch.no_grad():
        next(network.parameters()).fill_(float("nan"))
    with pytest.raises(ModelError, match="not numbers"):
        _scores(network, samples=0)


def test_without_memory_anywhere_that_is_said() -> None:
    def starve(plan: Plan) -> None:
        raise torch.OutOfMemoryError("out of memory")

    told: list[str] = []
    with pytest.raises(ModelError, match="not enough memory to score"):
        with_room(Plan((), "meta"), starve, told.append)
    assert len(told) == 1


def test_another_network_shows_no_features() -> None:
    with pytest.raises(ModelError, match="does not show its features"):
        feature_network(random_network())
