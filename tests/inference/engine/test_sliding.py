"""The sliding window: exact where it can be, MONAI's where it must be, and always stoppable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
import torch
from monai.data.utils import compute_importance_map, dense_patch_slices
from monai.inferers.utils import sliding_window_inference
from torch import nn

from app.core.kit.errors import JobCancelled, ModelError
from app.core.kit.jobs import JobContext
from inference.engine.quicken import SplitConv3d, quicken
from inference.engine.runner import Plan
from inference.engine.sliding import (
    SlidingSettings,
    SlidingWindow,
    importance,
    settings_for,
    smaller,
    window_starts,
    with_less_memory,
)
from inference.engine.torch_runner import TorchRunner
from tests.support.tiny_model import random_network

Mode = Literal["gaussian", "constant"]
AIR = (0.0, 0.0, -1.0, -1.0)
SETTINGS = SlidingSettings((16, 24, 20), 0.5)


def _channels(shape: tuple[int, int, int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((4, *shape), dtype=np.float32)


def _pointwise(x: torch.Tensor) -> torch.Tensor:
    return torch.sigmoid(4.0 * x[:, :1] - 2.0 * x[:, 2:3])


def _run(
    channels: np.ndarray,
    settings: SlidingSettings,
    forward: Callable[[torch.Tensor], torch.Tensor],
    worth: np.ndarray | None = None,
    name: str = "model",
) -> np.ndarray:
    volume = SlidingWindow(channels, settings, AIR, worth, name)
    return volume.run(forward, JobContext(), "window {n} of {of}").probability().numpy()


@pytest.mark.parametrize("mode", ["gaussian", "constant"])
@pytest.mark.parametrize("shape", [(30, 40, 50), (16, 24, 20), (7, 60, 11), (1, 1, 1)])
def test_a_pointwise_network_gives_the_full_volume_answer(
    shape: tuple[int, int, int], mode: Mode
) -> None:
    channels = _channels(shape)
    found = _run(channels, replace(SETTINGS, mode=mode, batch=3), _pointwise)
    whole = _pointwise(torch.from_numpy(channels)[None])[0, 0].numpy()
    np.testing.assert_allclose(found, whole, atol=2e-6)
    assert found.shape == shape


@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5, 0.7])
@pytest.mark.parametrize("shape", [(16, 24, 20), (17, 25, 21), (40, 51, 90)])
def test_windows_lie_where_monai_puts_them(shape: tuple[int, int, int], overlap: float) -> None:
    size = (16, 24, 20)
    step = tuple(
        n if n == w else max(1, int(w * (1 - overlap))) for n, w in zip(shape, size, strict=True)
    )
    theirs = [tuple(s.start for s in x) for x in dense_patch_slices(shape, size, step)]
    assert window_starts(shape, size, overlap) == theirs
    covered = np.zeros(shape, dtype=int)
    for k, j, i in theirs:
        covered[k : k + 16, j : j + 24, i : i + 20] += 1
    assert covered.min() >= 1


@pytest.mark.parametrize("mode", ["gaussian", "constant"])
@pytest.mark.parametrize("size", [(16, 24, 20), (5, 64, 1)])
def test_weights_are_monais(size: tuple[int, int, int], mode: Mode) -> None:
    theirs = compute_importance_map(size, mode=mode)
    torch.testing.assert_close(importance(size, mode), theirs)


@pytest.mark.parametrize("mode", ["gaussian", "constant"])
def test_a_convolution_network_gives_monais_answer(mode: Mode) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv3d(4, 6, 3, padding=1),
        nn.InstanceNorm3d(6),
        nn.ReLU(),
        nn.Conv3d(6, 1, 3, padding=1),
        nn.Sigmoid(),
    ).eval()
    channels = _channels((12, 50, 43))  # smaller than the window along k: padded
    settings = replace(SETTINGS, mode=mode, overlap=0.4)
    ours = SlidingWindow(channels, settings, (0.0, 0.0, 0.0, 0.0))
    found = ours.run(network, JobContext(), "").probability().numpy()
    with torch.inference_mode():
        theirs = sliding_window_inference(
            torch.from_numpy(channels)[None], (16, 24, 20), 1, network, 0.4, mode
        )
    assert isinstance(theirs, torch.Tensor)
    np.testing.assert_allclose(found, theirs[0, 0].numpy(), atol=1e-5)


def test_mixed_precision_stays_close() -> None:
    torch.manual_seed(1)
    network = nn.Sequential(nn.Conv3d(4, 1, 3, padding=1), nn.Sigmoid())
    channels = _channels((20, 30, 30))
    exact, mixed = (
        _run(channels, SETTINGS, TorchRunner(network, Plan((), mixed=mixed)).forward)
        for mixed in (False, True)
    )
    assert 0.0 < np.abs(mixed - exact).max() < 0.01


def test_windows_without_uptake_are_background_and_the_rest_is_unchanged() -> None:
    channels = np.zeros((4, 16, 24, 120), dtype=np.float32)
    channels[0, :, :, :18] = 1.0
    settings = replace(SETTINGS, overlap=0.0)
    calls: list[int] = []

    def forward(x: torch.Tensor) -> torch.Tensor:
        calls.append(len(x))
        return _pointwise(x)

    found = _run(channels, settings, forward, worth=channels[0] > 0.5)
    assert sum(calls) == 1, "five of six windows hold nothing"
    np.testing.assert_allclose(
        found[:, :, :20], _pointwise(torch.from_numpy(channels)[None])[0, 0, :, :, :20], atol=1e-6
    )
    assert not found[:, :, 20:].any()
    assert not _run(channels, settings, forward, worth=np.zeros((16, 24, 120), bool)).any()


def test_the_image_outside_a_small_volume_is_air() -> None:
    seen: list[torch.Tensor] = []

    def forward(x: torch.Tensor) -> torch.Tensor:
        seen.append(x.clone())
        return _pointwise(x)

    _run(_channels((3, 3, 3)), SETTINGS, forward)
    assert seen[0].shape == (1, 4, 16, 24, 20)
    assert seen[0][0, :, 0, 0, 0].tolist() == list(AIR)


def test_cancel_ends_within_one_window() -> None:
    context = JobContext()
    calls = 0

    def forward(x: torch.Tensor) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls == 3:
            context.cancel()
        return _pointwise(x)

    with pytest.raises(JobCancelled):
        SlidingWindow(_channels((40, 60, 60)), SETTINGS, AIR).run(forward, context, "")
    assert calls == 3


def test_progress_is_told_at_every_window() -> None:
    told: list[tuple[float, str]] = []
    volume = SlidingWindow(_channels((40, 60, 60)), SETTINGS, AIR)
    volume.run(_pointwise, JobContext(lambda f, m: told.append((f, m))), "window {n} of {of}")
    assert len(told) == len(volume.starts)
    assert told[1][1] == f"window 2 of {len(told)}"
    assert [f for f, _ in told] == sorted(f for f, _ in told)


@pytest.mark.parametrize(
    "error", [RuntimeError("shape"), ValueError("x"), KeyError("y"), ZeroDivisionError()]
)
def test_a_network_that_raises_is_a_sentence_with_its_cause(error: Exception) -> None:
    def forward(x: torch.Tensor) -> torch.Tensor:
        raise error

    with pytest.raises(ModelError, match="tiny-net failed") as caught:
        _run(_channels((20, 30, 30)), SETTINGS, forward, name="tiny-net")
    assert caught.value.__cause__ is error


def test_an_answer_that_is_no_probability_map_is_refused() -> None:
    with pytest.raises(ModelError, match="another size"):
        _run(_channels((20, 30, 30)), SETTINGS, lambda x: x)
    with pytest.raises(ModelError, match="not numbers"):
        _run(_channels((20, 30, 30)), SETTINGS, lambda x: x[:, :1] * np.nan)


def test_out_of_memory_goes_down_step_by_step() -> None:
    start = SlidingSettings((96, 96, 40), 0.5, batch=4, device="cuda:0", mixed=True)
    steps = [(s.device, s.batch, s.window_kji) for s in smaller(start)]
    assert steps == [
        ("cuda:0", 1, (96, 96, 40)),
        ("cuda:0", 1, (48, 48, 32)),
        ("cpu", 1, (96, 96, 40)),
        ("cpu", 1, (48, 48, 32)),
    ]
    assert list(smaller(SlidingSettings((32, 32, 16)))) == []


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, MemoryError])
def test_smaller_windows_are_tried_and_told(error: type[Exception]) -> None:
    channels = _channels((50, 70, 70))
    told: list[str] = []

    def forward(x: torch.Tensor) -> torch.Tensor:
        if x[0, 0].numel() > 40**3:
            raise error("out of memory")
        return _pointwise(x)

    found = with_less_memory(
        SlidingSettings((64, 64, 64), 0.5), lambda s: _run(channels, s, forward), told.append
    )
    whole = _pointwise(torch.from_numpy(channels)[None])[0, 0].numpy()
    np.testing.assert_allclose(found, whole, atol=2e-6)
    assert len(told) == 1
    assert "32 x 32 x 32" in told[0]


def test_no_memory_at_all_is_a_sentence_and_other_errors_are_not_memory() -> None:
    def starve(settings: SlidingSettings) -> None:
        raise torch.OutOfMemoryError("out of memory")

    def fail(settings: SlidingSettings) -> None:
        raise RuntimeError("out of memory")  # by its class, not its words

    with pytest.raises(ModelError, match="not enough memory") as caught:
        with_less_memory(SETTINGS, starve, lambda _: None)
    assert isinstance(caught.value.__cause__, torch.OutOfMemoryError)
    with pytest.raises(RuntimeError, match="out of memory"):
        with_less_memory(SETTINGS, fail, lambda _: None)


@pytest.mark.parametrize("mixed", [False, True])
def test_a_quickened_network_gives_the_same_answer(mixed: bool) -> None:
    network = random_network(features=8)
    with torch.no_grad():
        for value in network.parameters():
            value.add_(0.05 * torch.randn_like(value))
    x = torch.randn(2, 4, 16, 16, 16)
    with torch.inference_mode():
        before = network(x)
        quick = quicken(network, "cpu", mixed=mixed)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mixed):
            after = quick(x).float()
    assert not any(isinstance(m, nn.InstanceNorm3d) for m in quick.modules())
    # The worst voxel hangs on how a processor rounds bfloat16: 0.052 where it has none of its own.
    tolerance = 0.1 * float(before.std()) if mixed else 1e-4
    torch.testing.assert_close(before, after, atol=tolerance, rtol=0.0)


def test_images_are_not_rounded_in_bfloat16() -> None:
    torch.manual_seed(3)
    conv = nn.Conv3d(4, 6, 3, padding=1, bias=False)
    x = torch.rand(1, 4, 12, 12, 12) + 20.0  # an offset far above the contrast
    norm = nn.functional.instance_norm
    with torch.inference_mode():
        exact = norm(conv(x))
        split = norm(SplitConv3d(conv, before_norm=True)(x).float())
        plain = norm(conv.bfloat16()(x.bfloat16()).float())
    inner = (..., slice(2, -2), slice(2, -2), slice(2, -2))
    ours, theirs = (float((y - exact)[inner].abs().max()) for y in (split, plain))
    assert ours < 0.05 * theirs


def test_settings_make_sense() -> None:
    assert settings_for("cuda:0", (64, 64, 64)).mixed
    assert settings_for("cpu", (64, 64, 64)).batch == 1
    for wrong in ({"overlap": 1.0}, {"batch": 0}, {"window_kji": (0, 4, 4)}):
        with pytest.raises(ValueError, match="no sense"):
            replace(SETTINGS, **wrong)
    with pytest.raises(ValueError, match="smaller than its window"):
        window_starts((3, 3, 3), (4, 3, 3), 0.5)


@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_quickened_networks_answer_as_before(norm: str) -> None:
    """A batch norm after the first convolution must see the constant part of its input."""
    from inference.nets.networks import build_network

    torch.manual_seed(0)
    args = {"in_channels": 4, "features": [8, 16], "dropout": [0.0, 0.0], "norm": norm}
    network = build_network("LesionUNet", args).eval()
    x = torch.rand(1, 4, 16, 16, 16) + 3.0
    with torch.no_grad():
        plain = network(x)
        quick = quicken(network, "cpu", mixed=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            moved = quick(x.to(memory_format=torch.channels_last_3d)).float()
    assert (moved - plain).abs().max() < 0.05 * plain.abs().max()
