"""Novelty: the distance itself, and what it flags."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from app.core.kit.errors import ModelError
from inference.engine.runner import Plan
from inference.engine.torch_runner import TorchRunner
from inference.lesions import novelty
from inference.lesions.scoring import candidate_features, feature_network
from inference.models import packages
from inference.training.fit import data
from inference.training.lesions import candidates, score
from tests.support.tiny_model import score_network, write_score_package


def test_the_distance_is_mahalanobis_to_the_nearer_class() -> None:
    rng = np.random.default_rng(0)
    turn = np.array([[2.0, 0.0, 0.0], [1.0, 0.5, 0.0], [0.0, 0.3, 3.0]])
    means = np.array([[0.0, 0.0, 0.0], [40.0, -10.0, 5.0]])
    classes = rng.integers(0, 2, 40_000)
    x = rng.standard_normal((classes.size, 3)) @ turn.T + means[classes]
    known = novelty.fit_novelty(x[:30_000], classes[:30_000], x[30_000:])
    inverse = np.linalg.inv(turn @ turn.T)
    for point in ([1.0, 2.0, 3.0], [42.0, -9.0, 0.0], [500.0, 0.0, 0.0]):
        exact = min(np.sqrt((point - m) @ inverse @ (point - m)) for m in means)
        assert known.of([point])[0] * known.scale == pytest.approx(exact, rel=0.02, abs=0.02)
    # Chi with three degrees of freedom: its 99th percentile is 3.368.
    assert known.scale == pytest.approx(3.368, rel=0.02)
    assert np.mean(known.of(x[30_000:]) > 1.0) == pytest.approx(0.01, abs=0.001)


def test_shrinkage_needs_no_more_samples_than_features() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((20, 50)) * 3.0
    found = novelty.shrunk_covariance(x)
    values = np.linalg.eigvalsh(found)
    assert values.min() > 1.0
    # The truth is 9 times the identity: shrunk is nearer to it than the sample covariance.
    truth = 9.0 * np.eye(50)
    assert np.linalg.norm(found - truth) < 0.5 * np.linalg.norm(x.T @ x / 20 - truth)
    many = rng.standard_normal((50_000, 4)) * [1.0, 2.0, 3.0, 4.0]
    np.testing.assert_allclose(
        np.diag(novelty.shrunk_covariance(many)), [1.0, 4.0, 9.0, 16.0], rtol=0.03
    )


def test_the_scale_comes_from_held_out_studies() -> None:
    rng = np.random.default_rng(2)
    mixed = rng.standard_normal((40, 40)) * np.exp(-0.2 * np.arange(40))[:, None]
    x, held = rng.standard_normal((80, 40)) @ mixed, rng.standard_normal((400, 40)) @ mixed
    known = novelty.fit_novelty(x, np.zeros(80, int), held)
    by_training = novelty.fit_novelty(x, np.zeros(80, int), x)
    assert known.scale > 1.1 * by_training.scale
    assert np.mean(known.of(held) > 1.0) == pytest.approx(0.01, abs=0.003)


def test_a_feature_that_never_moves_does_not_break_it() -> None:
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.standard_normal((200, 3)), np.zeros((200, 1))], axis=1)
    known = novelty.fit_novelty(x, np.zeros(200, int), x)
    assert known.of([[0.0, 0.0, 0.0, 0.0]])[0] < 0.5
    assert known.of([[0.0, 0.0, 0.0, 1.0]])[0] > 10.0


def _studies(seed: int, count: int) -> list[candidates.Candidate]:
    """Make candidates of simple studies: a body with lung, a lesion and a hot organ somewhere."""
    rng = np.random.default_rng(seed)
    found = []
    for n in range(count):
        pet = rng.uniform(0.7, 1.3, (36, 36, 36)).astype(np.float32)
        ct = rng.normal(40.0, 10.0, pet.shape).astype(np.float32)
        ct[:, :, :10] -= 800.0
        lesions = np.zeros(pet.shape, np.uint8)
        k, j, i = rng.integers(8, 24, 3)
        lesions[k : k + 5, j : j + 5, i : i + 5] = 1
        pet[lesions > 0] *= rng.uniform(4.0, 8.0)
        k, j = rng.integers(2, 26, 2)
        organ = np.zeros(pet.shape, bool)
        organ[k : k + 8, j : j + 8, 28:34] = True
        pet[organ & (lesions == 0)] *= rng.uniform(5.0, 12.0)
        case = data.make_case(f"{seed}-{n}", "xcat", pet, ct, lesions, rng)
        found += candidates.find_candidates(case, None, rng, most=2)
    return found


@pytest.mark.slow
def test_what_is_unlike_the_training_is_flagged_and_what_is_like_it_is_not() -> None:
    torch.manual_seed(0)
    network = score_network()
    settings = score.ScoreSettings(
        steps=25, batch=8, workers=0, warmup=1, learning_rate=3e-3, novelty_draws=400
    )
    train, held, fresh = _studies(0, 10), _studies(1, 6), _studies(2, 6)
    score.fit_score(network, train, settings, seed=0, check=lambda *_: None)
    network.eval()
    known = score.learn_novelty(network, train, held, settings, seed=0)
    fine, coarse, _ = score.Draws(fresh, settings).batch(np.random.default_rng(0), 60)

    runner = TorchRunner(feature_network(network), Plan(()))

    def flagged(a: torch.Tensor, b: torch.Tensor) -> float:
        return float((known.of(candidate_features(runner, a, b)) > 1.0).mean())

    assert flagged(fine, coarse) <= 0.1
    assert flagged(*(_with_ct(x, -x[:, 2:4]) for x in (fine, coarse))) >= 0.9, "inverted CT"
    noise = torch.Generator().manual_seed(0)
    assert flagged(*(torch.rand(x.shape, generator=noise) for x in (fine, coarse))) == 1.0
    assert flagged(fine * 0.0, coarse * 0.0 + 5.0) == 1.0


def _with_ct(crops: torch.Tensor, ct: torch.Tensor) -> torch.Tensor:
    return torch.cat([crops[:, :2], ct, crops[:, 4:]], dim=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    package = write_score_package(tmp_path)
    known = novelty.Novelty(np.zeros((2, 3), np.float32), np.eye(3, dtype=np.float32), 2.0)
    novelty.save_novelty(known, package / novelty.FILE)
    return package


def _name_it(package: Path, **changes: object) -> None:
    import hashlib

    data = (package / novelty.FILE).read_bytes()
    extra = {"novelty_file": novelty.FILE, "novelty_sha256": hashlib.sha256(data).hexdigest()}
    with (package / "model.toml").open("a", encoding="utf-8") as card:
        for key, value in {**extra, **changes}.items():
            card.write(f'{key} = "{value}"\n')


def test_what_is_saved_is_loaded(folder: Path) -> None:
    card = packages.find_model("petct-lesion-score", [folder])
    assert novelty.load_novelty(card) is None, "the card does not name it yet"
    _name_it(folder)
    known = novelty.load_novelty(packages.find_model("petct-lesion-score", [folder]))
    assert known is not None
    assert known.of([[3.0, 0.0, 4.0]])[0] == pytest.approx(2.5)


def test_a_file_that_is_not_the_cards_is_refused(folder: Path) -> None:
    _name_it(folder)
    card = packages.find_model("petct-lesion-score", [folder])
    whole = (folder / novelty.FILE).read_bytes()
    (folder / novelty.FILE).write_bytes(whole[:-1] + b"\x01")
    with pytest.raises(ModelError, match="not the one its card describes"):
        novelty.load_novelty(card)
    (folder / novelty.FILE).unlink()
    with pytest.raises(ModelError, match=r"novelty file .* is missing"):
        novelty.load_novelty(card)
    outside = replace(card, extra={"novelty_file": "../other.safetensors"})
    with pytest.raises(ModelError, match="not in the package"):
        novelty.load_novelty(outside)


@pytest.mark.parametrize(
    "known",
    [
        novelty.Novelty(np.zeros((2, 3), np.float32), np.eye(4, dtype=np.float32), 1.0),
        novelty.Novelty(np.zeros((2, 3), np.float32), np.eye(3, dtype=np.float32), 0.0),
        novelty.Novelty(np.full((2, 3), np.nan, np.float32), np.eye(3, dtype=np.float32), 1.0),
    ],
)
def test_numbers_that_make_no_sense_are_refused(folder: Path, known: novelty.Novelty) -> None:
    novelty.save_novelty(known, folder / novelty.FILE)
    _name_it(folder)
    with pytest.raises(ModelError, match="cannot be used"):
        novelty.load_novelty(packages.find_model("petct-lesion-score", [folder]))
    (folder / novelty.FILE).write_bytes(b"not tensors")


def test_the_limit_is_the_cards(folder: Path) -> None:
    card = packages.find_model("petct-lesion-score", [folder])
    assert novelty.novelty_limit(card) == 1.0
    assert novelty.novelty_limit(replace(card, extra={"novelty_limit": 1.5})) == 1.5
    with pytest.raises(ModelError, match="cannot be used"):
        novelty.novelty_limit(replace(card, extra={"novelty_limit": "far"}))
