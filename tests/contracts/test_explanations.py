"""What every installed score package must do when it is asked why, and how sure it is.

Runs over the score packages in ``resources/models``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest
import torch
from scipy import ndimage, stats
from torch import nn

from app.core.kit.jobs import JobContext
from app.core.lesions.saliency import SaliencyMethod
from inference.engine.runner import Plan
from inference.engine.torch_runner import TorchRunner
from inference.lesions.novelty import load_novelty, novelty_limit
from inference.lesions.saliency import explain_crops
from inference.lesions.scoring import candidate_features, feature_network
from inference.models import packages
from inference.nets.networks import build_network
from inference.prepare import prepare
from inference.tasks.find_lesions import SCORE_TASK
from inference.tasks.lesion_scores import temperature_of
from tests.support import tiny_model  # noqa: F401  (one thread)

SCORERS = [
    x.id
    for x in packages.available_models()
    if x.task == SCORE_TASK and packages.builtin_folder() in x.folder.parents
]
METHODS = (SaliencyMethod.GRAD_CAM, SaliencyMethod.INTEGRATED_GRADIENTS)
SIZE = 64
Change = Callable[[torch.Tensor], torch.Tensor]


@lru_cache
def _crops() -> tuple[np.ndarray, np.ndarray]:
    """Make the crops of a ball of SUV 8 and 12 mm radius in a lung of a simple body."""
    rng = np.random.default_rng(0)
    index = np.indices((SIZE, SIZE, SIZE)) - SIZE // 2
    body = np.hypot(index[1] / 24.0, index[2] / 30.0) < 1.0
    lung = np.hypot(index[1] / 16.0, (index[2] - 4.0) / 12.0) < 1.0
    ball = np.sqrt((index**2).sum(axis=0)) < 3.0
    suv = np.where(body, 0.9, 0.02) * np.where(lung, 0.5, 1.0) + 7.5 * ball
    hu = np.where(body, np.where(lung, -800.0, 40.0), -1000.0)
    hu[ball] = 30.0
    suv = ndimage.gaussian_filter(suv, 0.7) * rng.normal(1.0, 0.05, suv.shape)
    channels = prepare.channels_from_arrays(suv, hu + rng.normal(0.0, 10.0, hu.shape))
    return prepare.score_inputs(channels, ball.astype(np.uint16), 1)


def _explain(network: nn.Module, method: SaliencyMethod) -> np.ndarray:
    found, logit = explain_crops(network, *_crops(), method, JobContext())
    assert np.isfinite(logit)
    return found


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("model_id", SCORERS)
@pytest.mark.slow
def test_saliency_is_finite_and_lost_with_the_weights(
    model_id: str, method: SaliencyMethod
) -> None:
    card = packages.find_model(model_id)
    learnt = _explain(packages.load_network(card), method)
    assert np.isfinite(learnt).all()
    assert learnt.min() >= 0.0
    assert learnt.max() > 0.0
    middle = (slice(32, 64),) * 3
    alike = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        other = build_network(str(card.network["class"]), card.network["args"]).eval()
        other.requires_grad_(False)
        pair = learnt[middle].ravel(), _explain(other, method)[middle].ravel()
        if pair[1].std() > 0.0:
            alike.append(abs(stats.spearmanr(*pair)[0]))
    assert np.mean(alike) < 0.6


def _novelty_of(model_id: str, change: Change) -> tuple[float, float, float]:
    """Novelty of a candidate and of what is made of it, and the card's limit."""
    card = packages.find_model(model_id)
    known = load_novelty(card)
    if known is None:
        pytest.skip(f"the package {model_id} knows nothing of its training")
    runner = TorchRunner(feature_network(packages.load_network(card)), Plan(()))
    crops = [torch.from_numpy(x)[None] for x in _crops()]
    plain = known.of(candidate_features(runner, *crops))[0]
    strange = known.of(candidate_features(runner, *[change(x) for x in crops]))[0]
    return float(plain), float(strange), novelty_limit(card)


@pytest.mark.parametrize("model_id", SCORERS)
def test_novelty_knows_a_ct_upside_down(model_id: str) -> None:
    plain, strange, limit = _novelty_of(model_id, lambda x: _with_ct(x, -x[:, 2:4]))
    assert strange > limit
    assert strange > plain


@pytest.mark.parametrize("model_id", SCORERS)
def test_novelty_knows_noise_from_a_candidate(model_id: str) -> None:
    noise = torch.Generator().manual_seed(0)
    plain, strange, limit = _novelty_of(
        model_id, lambda x: 2.0 * torch.rand(x.shape, generator=noise) - 1.0
    )
    assert strange > plain
    assert strange > limit


def _with_ct(crops: torch.Tensor, ct: torch.Tensor) -> torch.Tensor:
    return torch.cat([crops[:, :2], ct, crops[:, 4:]], dim=1)


@pytest.mark.parametrize("model_id", SCORERS)
def test_the_card_sets_a_temperature(model_id: str) -> None:
    card = packages.find_model(model_id)
    assert "temperature" in card.extra
    assert 0.05 < temperature_of(card) < 20.0
