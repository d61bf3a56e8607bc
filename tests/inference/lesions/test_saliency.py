"""Saliency: it falls on a planted signal, and it is lost when the weights are (Adebayo 2018)."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage, stats

from app.core.kit.errors import JobCancelled, ModelError
from app.core.kit.jobs import JobContext
from app.core.lesions.saliency import SaliencyMethod
from inference.lesions import saliency
from inference.nets.networks import CandidateScoreNet
from tests.support import tiny_model  # noqa: F401  (one thread)

METHODS = list(SaliencyMethod)
FINE, COARSE = 24, 16


def _blob(spot: np.ndarray, radius: float, size: int, voxel: int) -> np.ndarray:
    """Share of each voxel (``voxel`` network voxels wide) in a ball around an offset."""
    axes = [(np.arange(size) - size // 2) * voxel + (voxel - 1) / 2 - s for s in spot]
    distance = np.linalg.norm(np.meshgrid(*axes, indexing="ij"), axis=0)
    share: np.ndarray = np.clip(0.5 + (radius - distance) / voxel, 0.0, 1.0)
    return share.astype(np.float32)


def _crops(rng: np.random.Generator, signal: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make a candidate in noise, with or without a hot ball beside it; and where that is."""
    spot = rng.choice([-1, 1], 3) * rng.uniform(4.0, 6.0, 3)
    out = []
    for size, voxel in ((FINE, 1), (COARSE, 3)):
        crop = 0.1 + 0.02 * rng.standard_normal((5, size, size, size)).astype(np.float32)
        crop[4] = _blob(np.zeros(3), 2.0, size, voxel) > 0.4
        crop[0] += 0.3 * crop[4]
        if signal:
            crop[1] += 0.8 * _blob(spot, 3.5, size, voxel)
        out.append(crop)
    return out[0], out[1], spot


def _network(seed: int) -> CandidateScoreNet:
    torch.manual_seed(seed)
    return CandidateScoreNet(
        in_channels=5, fine_features=(6, 8), coarse_features=(6, 8), hidden=8, dropout=0.1
    ).eval()


@pytest.fixture(scope="module")
def trained() -> CandidateScoreNet:
    """Make a network that has learnt to tell the ball."""
    network, rng = _network(0), np.random.default_rng(0)
    network.train()
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(60):
        target = rng.random(8) < 0.5
        pairs = [_crops(rng, bool(t))[:2] for t in target]
        fine, coarse = (torch.from_numpy(np.stack(x)) for x in zip(*pairs, strict=True))
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            network(fine, coarse), torch.from_numpy(target.astype(np.float32))
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    network.requires_grad_(False)
    return network.eval()


def _explain(
    network: torch.nn.Module, crops: tuple[np.ndarray, ...], method: SaliencyMethod
) -> np.ndarray:
    return saliency.explain_crops(network, crops[0], crops[1], method, JobContext())[0]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.slow
def test_most_saliency_falls_on_a_planted_signal(
    trained: CandidateScoreNet, method: SaliencyMethod
) -> None:
    rng = np.random.default_rng(9)
    for _ in range(3):
        crops = _crops(rng, True)
        found, logit = saliency.explain_crops(trained, *crops[:2], method, JobContext())
        assert logit > 1.0
        assert found.min() >= 0.0
        near = _blob(crops[2], 3.5 + 3.0, COARSE * 3, 1) > 0.5
        share = found[near].sum() / found.sum()
        assert near.mean() < 0.02
        assert share > 0.5
        middle = np.array(ndimage.center_of_mass(found)) - COARSE * 3 // 2
        assert np.linalg.norm(middle - crops[2]) < 4.0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.slow
def test_saliency_changes_when_the_weights_are_randomised(
    trained: CandidateScoreNet, method: SaliencyMethod
) -> None:
    crops = _crops(np.random.default_rng(11), True)
    learnt = _explain(trained, crops, method)
    same = _explain(trained, crops, method)
    np.testing.assert_allclose(learnt, same, rtol=1e-4, atol=1e-6 * learnt.max())
    middle = (slice(COARSE * 3 // 2 - FINE // 2, COARSE * 3 // 2 + FINE // 2),) * 3
    found = []
    for seed in (1, 2, 3):
        other = _network(seed).requires_grad_(False)
        found.append(
            stats.spearmanr(learnt[middle].ravel(), _explain(other, crops, method)[middle].ravel())[
                0
            ]
        )
    assert np.abs(found).mean() < 0.5


def test_integrated_gradients_add_up_to_the_change_of_the_logit(
    trained: CandidateScoreNet,
) -> None:
    fine, coarse, _ = _crops(np.random.default_rng(12), True)
    told = saliency.Told(trained, JobContext())
    maps = saliency.integrated_gradients(told, fine, coarse, 1.0)
    blank = saliency.baselines(fine, coarse)
    change = told.logit(fine, coarse) - told.logit(*blank)
    assert maps[0].sum() + maps[1].sum() == pytest.approx(change, rel=0.05)


def test_the_baseline_holds_neither_candidate_nor_detail() -> None:
    rng = np.random.default_rng(3)
    crop = 0.2 + 0.05 * rng.standard_normal((5, 24, 24, 24)).astype(np.float32)
    crop[4] = 0.0
    crop[4, 8:14, 8:14, 8:14] = 1.0
    crop[0][crop[4] > 0] = 5.0
    blank = saliency.baseline(crop, 4.0)
    assert np.array_equal(blank[4], crop[4])
    assert blank[0].max() < 0.3
    assert blank[0].std() < 0.2 * 0.05
    crop[4] = 1.0
    assert np.all(saliency.baseline(crop, 4.0)[0] == 0.0), "nothing around it: air"
    assert np.all(saliency.baseline(crop, 4.0)[2] == -1.0)


def test_maps_are_joined_without_loss_and_in_place() -> None:
    fine, coarse = np.zeros((8, 8, 8), np.float32), np.zeros((8, 8, 8), np.float32)
    fine[4, 4, 5] = 2.0
    coarse[0, 4, 4] = 27.0
    out = saliency.joined(fine, coarse)
    assert out.shape == (24, 24, 24)
    assert out.sum() == pytest.approx(29.0)
    assert out[12, 12, 13] == pytest.approx(2.0)
    assert np.all(out[0:3, 12:15, 12:15] == 1.0)


def test_a_strided_map_lies_where_its_voxels_look() -> None:
    small = np.zeros((4, 4, 4), np.float32)
    small[1, 2, 3] = 1.0
    big = saliency.spread_over(small, (16, 16, 16))
    assert [int(n) for n in np.unravel_index(big.argmax(), big.shape)] == [4, 8, 12]
    assert big[6, 8, 12] == pytest.approx(0.5)


def test_blocks_cover_everything_and_are_whole_in_the_coarse_crop() -> None:
    blocks = saliency.blocks_of([96, 96, 96])
    assert blocks.min() == 0
    assert len(np.unique(blocks)) == blocks.max() + 1
    thin = blocks[1::3, 1::3, 1::3]
    assert np.array_equal(np.repeat(np.repeat(np.repeat(thin, 3, 0), 3, 1), 3, 2), blocks)
    assert len(np.unique(thin)) == blocks.max() + 1
    sizes = np.bincount(blocks.ravel())
    assert set(sizes.tolist()) == {6**3, 12**3}
    assert sizes[blocks[48, 48, 48]] == 6**3
    assert sizes[blocks[0, 0, 0]] == 12**3


@pytest.mark.parametrize("method", METHODS)
def test_a_cancel_is_obeyed_and_other_networks_are_refused(
    trained: CandidateScoreNet, method: SaliencyMethod
) -> None:
    crops = _crops(np.random.default_rng(1), True)
    context = JobContext()
    context.cancel()
    with pytest.raises(JobCancelled):
        saliency.explain_crops(trained, *crops[:2], method, context)
    with pytest.raises(ModelError, match="cannot be explained"):
        saliency.explain_crops(torch.nn.Identity(), *crops[:2], method, JobContext())
