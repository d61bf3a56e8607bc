"""Statistics of the simulated studies."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from inference.training.bodies import anatomy, phantoms, simulate


@pytest.fixture(scope="module")
def study() -> simulate.SimulatedStudy:
    rng = np.random.default_rng(5)
    body = anatomy.analytic_fractions(rng)
    return simulate.simulate(body, rng, k_range=(560.0, 760.0), max_lesions=30)


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_same_seed_gives_the_same_study() -> None:
    pictures = []
    for _ in range(2):
        rng = np.random.default_rng(11)
        body = anatomy.analytic_fractions(rng)
        pictures.append(simulate.simulate(body, rng, k_range=(640.0, 700.0)).pet_suvbw)
    first, again = pictures
    assert np.array_equal(first, again)


def test_organs_have_the_uptake_ranges_of_people() -> None:
    organs = [
        o for n in range(60) for o in anatomy.place_organs(np.random.default_rng(n), contrast=False)
    ]
    ranges = {"bladder": (3, 60), "myocardium": (1.2, 15), "kidney": (1.8, 5), "spleen": (1.4, 2.6)}
    for name, (low, high) in ranges.items():
        found = [o.suv for o in organs if o.name == name]
        assert found, name
        assert low <= min(found) <= max(found) <= high, name


def test_lesions_of_the_phantoms_family_lie_at_every_site_and_in_no_hot_organ() -> None:
    """Organs are drawn from the body itself: each site has room, none of it in brain or bladder."""
    classes = np.zeros((40, 60, 60), dtype=np.uint8)
    fractions = np.zeros((8, *classes.shape), dtype=np.float32)
    fractions[0] = 1.0
    fractions[:, 4:36, 4:56, 4:56] = 0.0
    fractions[anatomy.SOFT, 4:36, 4:56, 4:56] = 1.0
    names = anatomy.ORGAN_CLASSES
    classes[10:14, 10:14, 10:14] = names.index("liver")
    classes[16:30, 20:40, 20:40] = names.index("bladder")
    for tissue, where in ((anatomy.LUNGS, np.s_[6:9, 10:20, 10:20]),
                          (anatomy.SKELETON, np.s_[6:9, 30:40, 30:40])):  # fmt: skip
        fractions[anatomy.SOFT][where], fractions[tissue][where] = 0.0, 1.0
    sites = phantoms.sites_of(fractions, classes)
    assert all(len(found) for found in sites.values())
    hot = np.flatnonzero(classes == names.index("bladder"))
    assert not any(np.isin(found, hot).any() for found in sites.values())
    assert set(classes.flat[sites["liver"]]) == {names.index("liver")}
    depth = ndimage.distance_transform_edt(fractions[0] < 0.5) * simulate.SPACING_MM
    assert depth.flat[sites["deep soft tissue"]].min() > 35.0


@pytest.mark.slow
def test_lesions_are_drawn_at_their_sites() -> None:
    study = phantoms.study(np.random.default_rng(4), max_lesions=60)
    assert len(set(study.lesion_site.values())) >= 4
    assert study.organs is not None
    assert set(np.unique(study.organs[study.lesions > 0])) == {anatomy.NO_CLASS}


def test_hearts_of_the_phantoms_family_take_up_unequally_and_nothing_else_changes() -> None:
    classes = np.zeros((20, 24, 24), dtype=np.uint8)
    heart = np.zeros(classes.shape, dtype=bool)
    heart[4:16, 6:18, 6:18] = True
    classes[heart] = anatomy.ORGAN_CLASSES.index("heart")
    rng = np.random.default_rng(2)
    means, spreads = [], []
    for _ in range(20):
        suv = np.full(classes.shape, 4.0, dtype=np.float32)
        phantoms.vary_heart(suv, classes, rng)
        assert (suv[~heart] == 4.0).all()
        assert suv[heart].min() >= 0.8
        assert suv[heart].max() <= 16.0
        means.append(suv[heart].mean())
        spreads.append(suv[heart].std() / suv[heart].mean())
    assert np.std(means) > 0.5
    assert max(spreads) > 0.3
    empty = np.zeros_like(classes)
    suv = np.full(classes.shape, 4.0, dtype=np.float32)
    phantoms.vary_heart(suv, empty, rng)
    assert (suv == 4.0).all()
