"""Novelty: the distance itself, and what it flags."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_model import write_score_package

from app.core.errors import ModelError
from inference import novelty, packages


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
    x, held = rng.standard_normal((80, 40)), rng.standard_normal((400, 40))
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
