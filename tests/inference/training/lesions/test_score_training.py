"""Training of the score network: candidates as the engine makes them, balanced draws, a run."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from app.core.models.card import read_card
from inference.lesions.novelty import load_novelty
from inference.models.packages import load_network
from inference.prepare import prepare
from inference.training.fit import data
from inference.training.lesions import candidates, score
from inference.training.recipe import run_recipe
from tests.support import tiny_model

SETTINGS = score.ScoreSettings(steps=1, batch=4, workers=0)


def _case(kind: str = "xcat", name: str = "one") -> data.Case:
    rng = np.random.default_rng(5)
    pet = rng.uniform(0.9, 1.1, (40, 44, 48)).astype(np.float32)
    ct = np.full(pet.shape, 40.0, np.float32)
    lesions = np.zeros(pet.shape, np.uint8)
    lesions[16:24, 18:26, 20:28] = 1
    pet[lesions > 0] *= 6.0
    pet[30:36, 30:36, 6:12] *= 12.0
    return data.make_case(name, kind, pet, ct, lesions, np.random.default_rng(0))


def _candidates(kind: str = "xcat", name: str = "one") -> list[candidates.Candidate]:
    return candidates.find_candidates(_case(kind, name), None, np.random.default_rng(0), most=2)


def test_candidates_are_labelled_by_what_they_cover() -> None:
    found = _candidates()
    assert {x.target for x in found} == {0, 1}
    assert {x.source for x in found} == {candidates.UPTAKE, candidates.OUTLINE}
    for one in found:
        hottest = float(one.pet_suvbw[(candidates.STORED // 2,) * 3])
        assert hottest == pytest.approx(6.0 if one.target else 12.0, rel=0.12)
        assert one.organ == (1 if one.target else 2)
        assert one.mask[(candidates.STORED // 2,) * 3]


def test_pieces_between_lesion_and_organ_are_left_out() -> None:
    truth = np.zeros((10, 10, 10), bool)
    truth[2:6, 2:6, 2:6] = True
    labels = np.zeros(truth.shape, np.uint16)
    labels[2:6, 2:6, 2:5] = 1  # all lesion
    labels[2:6, 2:6, 5:9] = 2  # a quarter of it is lesion
    labels[6:8, 2:6, 2:6] = 3  # beside the lesion
    labels[9, 9, 8:] = 4  # a speck
    assert candidates.judge(labels, truth) == {1: 1}
    labels[9, 7:, 7:] = 4
    assert candidates.judge(labels, truth) == {1: 1, 4: 0}


def test_a_candidate_is_cut_out_as_the_engine_does() -> None:
    case = _case()
    labels = np.zeros(case.lesions.shape, np.uint16)
    labels[28:38, 28:38, 4:14] = 7
    channels = prepare.channels_from_arrays(case.pet_suvbw.astype(np.float32), case.ct_hu)
    k, j, i = (int(n) for n in np.argwhere(labels == 7)[channels[1][labels == 7].argmax()])
    one = candidates.cut_out(case, channels, labels, "network", 2, 0, 7, (k, j, i))
    expected = prepare.score_inputs(channels, labels, 7)
    for mine, engine in zip(candidates.plain_inputs(one), expected, strict=True):
        np.testing.assert_allclose(mine, engine, atol=2e-3)


def test_augmentation_keeps_suv_and_the_field_of_view_honest() -> None:
    (one,) = [x for x in _candidates() if x.source == candidates.OUTLINE]
    rng = np.random.default_rng(1)
    cut = 0
    for _ in range(12):
        fine, coarse = candidates.varied_inputs(one, rng, 1.0)
        assert fine.shape == (5, *prepare.FINE_SHAPE)
        assert coarse.shape == (5, *prepare.COARSE_SHAPE)
        suv = np.sinh(fine[1] * 3.0)
        inside = suv[fine[4] > 0.5].max()
        assert 6.0 * 0.9 * 0.8 <= inside <= 6.0 * 1.1 * 1.14
        cut += int((suv == 0.0).any())
        # Behind the field of view there is air for both branches.
        assert np.allclose(coarse[2][suv.shape[0] // 2, 0, 0], -1.0, atol=1e-3)
    assert cut > 6
    seen = candidates.seen_share(np.array([9, 9, 9]), np.array([12, 12, 12]), 32, 3)
    assert seen.sum() == pytest.approx((21 / 3) ** 3)


def test_draws_favour_no_organ_and_no_study() -> None:
    few = _candidates(name="few")
    many = _candidates(name="many") * 30
    brain = [replace(x, study="many", organ=9) for x in few if not x.target] * 300
    draws = score.Draws([*few, *many, *brain], SETTINGS)
    rng = np.random.default_rng(0)
    drawn = [draws.draw(rng) for _ in range(1500)]
    share = Counter((x.study, x.target) for x in drawn)
    assert share["few", 1] / 1500 == pytest.approx(0.25, abs=0.05)
    assert share["many", 0] / 1500 == pytest.approx(0.25, abs=0.05)
    organs = Counter(x.organ for x in drawn if x.study == "many" and not x.target)
    assert organs[9] == pytest.approx(organs[2], rel=0.3)


def test_real_and_proposed_candidates_are_drawn_by_their_shares() -> None:
    proposed = [replace(x, source=candidates.NETWORK) for x in _candidates()]
    real = _candidates("sts", "STS")
    settings = replace(SETTINGS, real_share=0.2, proposed_share=0.6)
    draws = score.Draws([*_candidates(), *proposed, *real], settings)
    rng = np.random.default_rng(0)
    drawn = [draws.draw(rng) for _ in range(1500)]
    assert np.mean([x.kind == "sts" for x in drawn]) == pytest.approx(0.2, abs=0.04)
    simulated = [x for x in drawn if x.kind != "sts"]
    assert np.mean([x.source == candidates.NETWORK for x in simulated]) > 0.6
    only = score.Draws([x for x in real if x.target], settings)
    assert only.draw(rng).target == 1, "what there is none of is not waited for"


def test_training_is_repeatable_and_checks_the_last_step() -> None:
    found = _candidates()
    kept: list[list[torch.Tensor]] = []
    steps: list[int] = []
    for _ in range(2):
        torch.manual_seed(0)
        network = tiny_model.score_network()
        settings = replace(SETTINGS, steps=3, check_every=2)
        score.fit_score(network, found, settings, seed=1, check=lambda _, n: steps.append(n))
        kept.append([p.detach().clone() for p in network.parameters()])
    assert steps == [2, 3, 2, 3]
    assert all(torch.equal(a, b) for a, b in zip(*kept, strict=True))


@pytest.mark.slow
def test_the_smoke_recipe_makes_a_package_that_loads(tmp_path: Path) -> None:
    said: list[str] = []
    metrics = run_recipe(
        "smoke-score", tmp_path, tmp_path, progress=lambda _, text: said.append(text)
    )
    assert metrics["simulated"]
    assert any("validation" in text for text in said)
    package = read_card(tmp_path)
    load_network(package)
    known = load_novelty(package)
    assert known is not None
    assert known.means.shape == (2, 16)
    assert [row["step"] for row in package.training["history"]] == [2.0, 3.0]
    data = (tmp_path / "novelty.safetensors").read_bytes()
    assert package.extra["novelty_sha256"] == hashlib.sha256(data).hexdigest()
