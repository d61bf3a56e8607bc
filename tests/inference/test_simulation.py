"""Statistics of the simulated studies."""

from __future__ import annotations

import numpy as np
import pytest

from inference.training import anatomy, simulate


@pytest.fixture(scope="module")
def study() -> simulate.SimulatedStudy:
    rng = np.random.default_rng(5)
    body = anatomy.analytic_fractions(rng)
    return simulate.simulate(body, rng, k_range=(560.0, 760.0), max_lesions=30)


def test_tissue_fractions_sum_to_one() -> None:
    fractions = anatomy.analytic_fractions(np.random.default_rng(1))
    assert fractions.sum(axis=0) == pytest.approx(1.0, abs=1e-4)
    assert fractions.min() >= 0.0


def test_noise_has_zero_mean_and_grows_with_uptake() -> None:
    rng = np.random.default_rng(0)
    truth = np.full((48, 48, 48), 2.0, np.float32)
    truth[24:] = 8.0
    noisy = np.stack([simulate.add_noise(truth, rng, liver_cov=0.2, fwhm_mm=6.0) for _ in range(6)])
    cold, hot = noisy[:, :20] - 2.0, noisy[:, 28:] - 8.0
    assert abs(cold.mean()) < 0.01
    assert abs(hot.mean()) < 0.03
    assert cold.std() == pytest.approx(0.4, rel=0.05)
    assert hot.std() / cold.std() == pytest.approx(4**0.75, rel=0.05)


def test_noise_is_correlated_as_stated() -> None:
    rng = np.random.default_rng(0)
    field = simulate.add_noise(
        np.full((64, 64, 64), 2.0, np.float32), rng, liver_cov=0.1, fwhm_mm=8.0
    )
    field -= field.mean()
    sigma_voxels = 8.0 / simulate.FWHM_PER_SIGMA / simulate.SPACING_MM
    neighbours = float((field[1:] * field[:-1]).mean() / field.var())
    assert neighbours == pytest.approx(np.exp(-1.0 / (4.0 * sigma_voxels**2)), abs=0.03)


def test_uptake_and_density_are_in_range(study: simulate.SimulatedStudy) -> None:
    body = study.ct_hu > -400
    assert study.pet_suvbw.min() >= 0.0
    assert study.pet_suvbw.max() < 80.0
    assert 0.3 < np.median(study.pet_suvbw[body]) < 2.0
    assert study.ct_hu.min() >= -1024
    assert study.ct_hu.max() <= 2000
    assert np.median(study.pet_suvbw[study.ct_hu < -950]) < 0.3


def test_lesions_are_there_and_hotter_than_quiet_tissue(study: simulate.SimulatedStudy) -> None:
    labels = set(np.unique(study.lesions).tolist()) - {0}
    assert 1 <= len(labels) <= 30
    assert labels == set(study.lesion_suv) == set(study.lesion_site)
    assert min(study.lesion_suv.values()) > 0.4
    assert max(study.lesion_suv.values()) <= 130.0
    assert np.median(list(study.lesion_suv.values())) > 2.0


def test_blur_and_noise_keep_the_total_activity(study: simulate.SimulatedStudy) -> None:
    inner = np.s_[8:-8, 8:-8, 8:-8]
    assert study.pet_suvbw[inner].sum() == pytest.approx(study.true_suv[inner].sum(), rel=0.04)


def test_the_same_seed_gives_the_same_study() -> None:
    pictures = []
    for _ in range(2):
        rng = np.random.default_rng(11)
        body = anatomy.analytic_fractions(rng)
        pictures.append(simulate.simulate(body, rng, k_range=(640.0, 700.0)).pet_suvbw)
    assert np.array_equal(*pictures)


def test_organs_have_the_uptake_ranges_of_people() -> None:
    organs = [
        o for n in range(60) for o in anatomy.place_organs(np.random.default_rng(n), contrast=False)
    ]
    ranges = {"bladder": (3, 60), "myocardium": (1.2, 15), "kidney": (1.8, 5), "spleen": (1.4, 2.6)}
    for name, (low, high) in ranges.items():
        found = [o.suv for o in organs if o.name == name]
        assert found, name
        assert low <= min(found) <= max(found) <= high, name
