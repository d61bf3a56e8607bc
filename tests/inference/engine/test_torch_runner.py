"""Torch behind the runner port."""

from __future__ import annotations

import pytest
import torch

from inference.engine.runner import Plan
from inference.engine.torch_runner import TorchRunner
from inference.nets.dropout import enable_monte_carlo, sampled_layers
from tests.support.tiny_model import random_network


@pytest.mark.parametrize(("mixed", "precision"), [(False, "float32"), (True, "bfloat16")])
def test_the_network_is_left_as_it_was(mixed: bool, precision: str) -> None:
    network = random_network(dropout=0.3)
    kinds = [type(m) for m in network.modules()]
    before = {k: v.clone() for k, v in network.state_dict().items()}
    runner = TorchRunner(network, Plan((), mixed=mixed, weights_sha256="a" * 64))
    runner.start_sample(1)
    assert runner.forward(torch.rand(1, 4, 16, 16, 16)).dtype == torch.float32
    assert [type(m) for m in network.modules()] == kinds
    assert all(layer.factors is None for layer in sampled_layers(network))
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])
    assert str(runner.info) == f"torch {torch.__version__}, {precision}"
    assert runner.info.weights_sha256 == "a" * 64


def test_a_sample_is_the_networks_own() -> None:
    network, x = random_network(dropout=0.3), torch.rand(1, 4, 16, 16, 16)
    runner = TorchRunner(network, Plan(()))
    runner.start_sample(5)
    enable_monte_carlo(network, 5)
    with torch.inference_mode():
        expected = network(x)
    torch.testing.assert_close(runner.forward(x), expected, atol=1e-5, rtol=0.0)
    runner.start_sample(None)
    assert (runner.forward(x) - expected).abs().max() > 1e-2
