"""Networks: shapes, and dropout that is one sample for a whole volume."""

from __future__ import annotations

import pytest
import torch

from inference.nets.dropout import (
    ChannelDropout,
    disable_monte_carlo,
    draw_factors,
    enable_monte_carlo,
    sampled_layers,
    set_factors,
)
from inference.nets.networks import LesionUNet, build_network

UNET = {"in_channels": 4, "features": [4, 8, 8], "dropout": [0.0, 0.3, 0.3]}
SCORE = {
    "in_channels": 5,
    "fine_features": [4, 8],
    "coarse_features": [4, 8],
    "hidden": 8,
    "dropout": 0.3,
}


def _unet() -> tuple[LesionUNet, torch.Tensor]:
    torch.manual_seed(0)
    network = build_network("LesionUNet", UNET).eval()
    assert isinstance(network, LesionUNet)
    return network, torch.randn(2, 4, 8, 12, 16)


def test_unet_answers_with_one_logit_per_voxel() -> None:
    network, x = _unet()
    assert network(x).shape == (2, 1, 8, 12, 16)


def test_deep_supervision_halves_the_resolution_level_by_level() -> None:
    network, x = _unet()
    shapes = [tuple(y.shape[2:]) for y in network.forward_deep(x, 2)]
    assert shapes == [(8, 12, 16), (4, 6, 8)]


def test_score_network_answers_with_one_logit_per_candidate() -> None:
    network = build_network("CandidateScoreNet", SCORE).eval()
    assert network(torch.randn(3, 5, 16, 16, 16), torch.randn(3, 5, 16, 16, 16)).shape == (3,)


@pytest.mark.parametrize("name", ["LesionUNet", "CandidateScoreNet"])
def test_dropout_is_off_without_sampling_and_one_network_within_a_sample(name: str) -> None:
    torch.manual_seed(0)
    network = build_network(name, UNET if name == "LesionUNet" else SCORE).eval()
    if name == "LesionUNet":
        inputs = [torch.randn(1, 4, 8, 8, 8)]
    else:
        inputs = [torch.randn(1, 5, 8, 8, 8), torch.randn(1, 5, 8, 8, 8)]
    mean = network(*inputs)
    assert torch.equal(mean, network(*inputs))
    enable_monte_carlo(network, 1)
    first = network(*inputs)
    assert torch.equal(first, network(*inputs))
    assert not torch.allclose(first, mean)
    enable_monte_carlo(network, 2)
    assert not torch.allclose(first, network(*inputs))
    enable_monte_carlo(network, 1)
    assert torch.equal(first, network(*inputs))
    disable_monte_carlo(network)
    assert torch.equal(mean, network(*inputs))


def test_dropout_is_active_in_training() -> None:
    network, x = _unet()
    network.train()
    assert not torch.allclose(network(x), network(x))


def test_a_mean_over_many_masks_keeps_the_expected_value() -> None:
    layer = ChannelDropout(0.4, 64)
    layer.train()
    torch.manual_seed(0)
    mean = torch.stack([layer(torch.ones(1, 64, 1, 1, 1)).mean() for _ in range(400)]).mean()
    assert float(mean) == pytest.approx(1.0, abs=0.02)


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(KeyError, match="LesionUNet"):
        build_network("os.system", {})


def test_batch_norm_leaves_a_voxel_alone_when_far_voxels_change() -> None:
    """Instance norm shifts the whole window with its content; batch norm must not."""
    moved = {}
    for norm in ("instance", "batch"):
        torch.manual_seed(0)
        network = build_network("LesionUNet", {**UNET, "norm": norm}).eval()
        x = torch.randn(1, 4, 8, 8, 96)
        other = x.clone()
        other[..., 80:] = 20.0
        with torch.no_grad():
            moved[norm] = (network(x) - network(other))[..., :8].abs().max().item()
    assert moved["batch"] < 1e-6 < 1e-3 < moved["instance"]
    with pytest.raises(ValueError, match="norm"):
        build_network("LesionUNet", {**UNET, "norm": "group"})


def test_organ_evidence_counts_against_a_lesion() -> None:
    network = LesionUNet(4, (4, 8), (0.0, 0.0), norm="batch", organs=3).eval()
    x = torch.zeros(1, 4, 8, 8, 8)
    with torch.no_grad():
        classes = network.forward_classes(x)[0]
        assert classes.shape == (1, 4, 8, 8, 8)
        share = torch.softmax(classes, dim=1)[:, :1]
        assert torch.sigmoid(network(x)) == pytest.approx(share, abs=1e-5)
    with pytest.raises(ValueError, match="one lesion channel"):
        LesionUNet(4, (4, 8), (0.0, 0.0), out_channels=2, organs=3)


@pytest.mark.parametrize("name", ["LesionUNet", "CandidateScoreNet"])
def test_drawn_factors_are_those_of_the_sample(name: str) -> None:
    torch.manual_seed(0)
    network = build_network(name, UNET if name == "LesionUNet" else SCORE).eval()
    layers = sampled_layers(network)
    assert 0.0 not in {layer.probability for layer in layers}
    drawn = draw_factors(network, 7)
    assert all(layer.factors is None for layer in layers), "drawing changes nothing"
    enable_monte_carlo(network, 7)
    for layer, factors in zip(layers, drawn, strict=True):
        assert layer.factors is not None
        assert torch.equal(layer.factors, factors)
        kept = factors[factors > 0.0]
        assert torch.allclose(kept, torch.full_like(kept, 1.0 / (1.0 - layer.probability)))
    other = draw_factors(network, 8)
    assert any(not torch.equal(a, b) for a, b in zip(drawn, other, strict=True))
    means = draw_factors(network, None)
    assert all(torch.equal(x, torch.ones(n.channels)) for x, n in zip(means, layers, strict=True))


def test_a_sample_with_factors_of_one_is_the_mean() -> None:
    network, x = _unet()
    mean = network(x)
    set_factors(network, draw_factors(network, None))
    assert torch.equal(network(x), mean)
    set_factors(network, None)
    with pytest.raises(ValueError, match="argument"):
        set_factors(network, [torch.ones(4)])
