"""OpenVINO behind the runner port: the same networks and samples as in torch, float32."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from app.core.kit.jobs import JobContext
from inference.engine import openvino_runner
from inference.engine.choose_runner import choose_runner
from inference.engine.image_predict import predict_image
from inference.engine.runner import Plan, RunnerError
from inference.engine.sliding import SlidingSettings
from inference.engine.torch_runner import TorchRunner
from inference.engine.uncertainty import predict
from inference.nets.dropout import ChannelDropout, sampled_layers
from inference.nets.image_networks import ImageUNet
from inference.nets.networks import CandidateFeatures, CandidateScoreNet, build_network
from inference.prepare import image_prepare
from tests.support.tiny_model import random_network, score_network, threshold_network

pytest.importorskip(
    "openvino", reason="OpenVINO is an extra: pip install 'uptake[openvino]' to test it"
)

AIR = (0.0, 0.0, -1.0, -1.0)
WINDOW = (16, 16, 16)
PLAN = Plan(((4, *WINDOW),), weights_sha256="a" * 64)
CLOSE = 2e-5
"""Difference of a probability in float32 from torch's."""


def _loud(network: nn.Module, seed: int = 1) -> nn.Module:
    """Shift all weights, so that norms and biases speak too."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in network.parameters():
            value.add_(0.1 * torch.randn(value.shape, generator=generator))
    return network.eval()


def _networks() -> dict[str, nn.Module]:
    torch.manual_seed(0)
    organs = {
        "in_channels": 4, "features": [4, 8, 8], "dropout": [0.0, 0.2, 0.3], "norm": "batch",
        "organs": 3,
    }  # fmt: skip
    return {
        "instance norm": _loud(random_network(dropout=0.3)),
        "batch norm and organs": _loud(build_network("LesionUNet", organs)),
        "image": _loud(ImageUNet(4, [4, 8], [0.1, 0.3], 2)),
    }


@pytest.mark.parametrize("kind", ["instance norm", "batch norm and organs", "image"])
def test_every_sample_is_torchs(kind: str) -> None:
    network = _networks()[kind]
    ours, theirs = openvino_runner.load(network, PLAN), TorchRunner(network, PLAN)
    x = torch.rand(2, 4, *WINDOW, generator=torch.Generator().manual_seed(3))
    answers = []
    for seed in (None, 1, 2, None, 1):
        for runner in (ours, theirs):
            runner.start_sample(seed)
        a, b = torch.sigmoid(ours.forward(x)), torch.sigmoid(theirs.forward(x))
        assert a.dtype == torch.float32
        torch.testing.assert_close(a, b, atol=CLOSE, rtol=0.0)
        answers.append(a)
    assert (answers[0] - answers[1]).abs().max() > 100 * CLOSE, "a sample is not the mean"
    assert (answers[1] - answers[2]).abs().max() > 100 * CLOSE, "nor another sample"
    assert torch.equal(answers[0], answers[3])
    assert torch.equal(answers[1], answers[4])


def test_a_score_network_takes_two_crops_and_any_number_of_candidates() -> None:
    network = score_network()
    assert isinstance(network, CandidateScoreNet)
    plan = Plan(((5, *WINDOW), (5, *WINDOW)), weights_sha256="a" * 64)
    crops = [torch.rand(3, 5, *WINDOW) for _ in range(2)]
    for each in (network, CandidateFeatures(network).eval()):
        ours, theirs = openvino_runner.load(each, plan), TorchRunner(each, plan)
        for seed in (None, 5):
            for runner in (ours, theirs):
                runner.start_sample(seed)
            a, b = ours.forward(*crops), theirs.forward(*crops)
            assert a.shape == b.shape
            torch.testing.assert_close(a, b, atol=CLOSE, rtol=1e-5)


def test_a_volume_with_samples_is_torchs() -> None:
    network = threshold_network(dropout=0.3)
    channels = np.zeros((4, 20, 24, 40), dtype=np.float32)
    channels[0] = 0.05
    channels[0, 4:9, 4:10, 4:9] = 0.28
    ours, theirs = (
        predict(
            runner, channels, SlidingSettings(WINDOW, 0.5), JobContext(), outside=AIR, samples=3,
            quiet=0.0,
        )
        for runner in (openvino_runner.load(network, PLAN), TorchRunner(network, PLAN))
    )  # fmt: skip
    np.testing.assert_allclose(ours.probability, theirs.probability, atol=CLOSE)
    for a, b in zip(ours.samples, theirs.samples, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3)  # kept as float16
    mine, other = ours.probability >= 0.5, theirs.probability >= 0.5
    assert mine.any()
    assert 2.0 * (mine & other).sum() / (mine.sum() + other.sum()) >= 0.999


def test_an_image_and_its_deviation_are_torchs() -> None:
    pet = np.random.default_rng(0).gamma(3.0, 0.6, (16, 16, 16)).astype(np.float32)
    network = _loud(ImageUNet(3, [4, 8], [0.1, 0.3]))
    plan = Plan(((3, *WINDOW),), weights_sha256="a" * 64)
    prepared = image_prepare.denoise_images(pet, 0.3)
    ours, theirs = (
        predict_image(runner, prepared, SlidingSettings(WINDOW), JobContext(), samples=3)
        for runner in (openvino_runner.load(network, plan), TorchRunner(network, plan))
    )
    assert ours.deviation is not None
    assert theirs.deviation is not None
    np.testing.assert_allclose(ours.image, theirs.image, atol=1e-4)
    np.testing.assert_allclose(ours.deviation, theirs.deviation, atol=1e-4)


def test_what_was_compiled_is_taken_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    network, x = threshold_network(dropout=0.3), torch.rand(1, 4, *WINDOW)
    traces = _counted(monkeypatch)
    first = openvino_runner.load(network, PLAN)
    first.start_sample(4)
    again = openvino_runner.load(network, PLAN)
    again.start_sample(4)
    assert torch.equal(first.forward(x), again.forward(x))
    assert len(traces) == 1
    (path,) = (tmp_path / "cache").rglob("*.compiled")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(bytes(data))
    mended = openvino_runner.load(network, PLAN)
    mended.start_sample(4)
    assert torch.equal(first.forward(x), mended.forward(x))
    assert len(traces) == 2, "a damaged entry is made anew"
    openvino_runner.load(network, PLAN)
    assert len(traces) == 2
    openvino_runner.load(network, Plan(PLAN.shapes, weights_sha256="b" * 64))
    assert len(traces) == 3, "other weights are another network"


def test_an_entry_that_openvino_cannot_read_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from inference.engine import runner_cache

    network = threshold_network()
    openvino_runner.load(network, PLAN)
    (path,) = (tmp_path / "cache").rglob("*.compiled")
    runner_cache.write(path.name, b"of another version")
    traces = _counted(monkeypatch)
    openvino_runner.load(network, PLAN)
    assert len(traces) == 1


def test_nothing_is_kept_of_a_network_without_a_hash(tmp_path: Path) -> None:
    openvino_runner.load(threshold_network(), Plan(PLAN.shapes))
    assert list((tmp_path / "cache").rglob("*.compiled")) == []


def _counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often a network is traced."""
    traces: list[int] = []
    trace = torch.jit.trace

    def counted(*given: object, **more: object) -> object:
        traces.append(1)
        return trace(*given, **more)

    monkeypatch.setattr(torch.jit, "trace", counted)
    return traces


def test_the_network_is_left_as_it_was() -> None:
    network = random_network(dropout=0.3)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    runner = openvino_runner.load(network, PLAN)
    runner.start_sample(1)
    assert all(layer.factors is None for layer in sampled_layers(network))
    assert not network.training
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])


def test_a_patch_of_another_shape_is_refused() -> None:
    runner = openvino_runner.load(threshold_network(), PLAN)
    with pytest.raises(ValueError, match="was compiled as"):
        runner.forward(torch.zeros(1, 4, 16, 16, 8))


class Strange(nn.Module):
    """Computes what OpenVINO has no operation for."""

    def __init__(self) -> None:
        super().__init__()
        self.dropout = ChannelDropout(0.5, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = torch.special.bessel_j0(self.dropout(x))
        return answer[:, :1]


def test_a_network_that_cannot_be_converted_runs_in_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunnerError, match="cannot convert Strange"):
        openvino_runner.load(Strange().eval(), PLAN)
    for forced in ("", "openvino"):
        monkeypatch.setenv("UPTAKE_RUNNER", forced)
        assert choose_runner(Strange().eval(), PLAN).info.name == "torch"


def test_nothing_is_told_to_openvinos_makers(monkeypatch: pytest.MonkeyPatch) -> None:
    """`openvino.convert_model` sends usage data wherever `openvino_telemetry` is installed."""
    import openvino
    from openvino.tools.ovc import convert_impl

    def told(*_: object, **__: object) -> None:
        raise AssertionError("usage data would be sent")

    monkeypatch.setattr(convert_impl, "init_ovc_telemetry", told)
    with pytest.raises(AssertionError, match="would be sent"):
        openvino.convert_model(threshold_network(), example_input=torch.zeros(1, 4, *WINDOW))
    runner = openvino_runner.load(threshold_network(), PLAN)
    assert runner.forward(torch.zeros(1, 4, *WINDOW)).shape == (1, 1, *WINDOW)


def test_it_is_chosen_where_it_is_faster_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPTAKE_RUNNER", "openvino")
    info = choose_runner(threshold_network(), PLAN).info
    assert str(info) == f"openvino {openvino_runner.version()}, float32"
    assert info.weights_sha256 == PLAN.weights_sha256
    on_gpu = Plan(PLAN.shapes, "meta", weights_sha256="a" * 64)
    assert choose_runner(threshold_network(), on_gpu).info.name == "torch"
