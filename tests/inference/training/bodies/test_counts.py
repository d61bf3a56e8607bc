"""Count thinning against its own statistics, and the noise estimate against known noise."""

from __future__ import annotations

import numpy as np
import pytest

from inference.prepare.noise import NoiseEstimate, estimate_noise
from inference.training.bodies.counts import added_variance, correlated_field, thin_counts

SPACING = (3.3, 4.7, 4.7)
NOISE = NoiseEstimate(0.15, (5.0, 7.0, 7.0))
SHAPE = (32, 40, 40)


def _flat(suv: float) -> np.ndarray:
    return np.full(SHAPE, suv, np.float32)


def _thinned(image: np.ndarray, reduction: float, seed: int = 0) -> np.ndarray:
    return thin_counts(image, reduction, NOISE, SPACING, np.random.default_rng(seed))


@pytest.mark.parametrize("reduction", [2.0, 4.0, 10.0, 20.0])
def test_the_mean_is_unbiased(reduction: float) -> None:
    for suv in (0.5, 3.0):
        low = _thinned(_flat(suv), reduction)
        # Neighbours are correlated: about (kernel volume) fewer independent voxels.
        error = np.sqrt((reduction - 1.0) * NOISE.level**2 * suv * 25.0 / low.size)
        assert low.mean() == pytest.approx(suv, abs=4.0 * error)
        assert low.min() >= 0.0


@pytest.mark.parametrize("reduction", [2.0, 4.0, 10.0, 20.0])
def test_variance_follows_activity_and_the_dose(reduction: float) -> None:
    for suv in (2.0, 8.0):
        low = _thinned(_flat(suv), reduction)
        wanted = (reduction - 1.0) * NOISE.level**2 * suv
        assert low.var() == pytest.approx(wanted, rel=0.12)


def test_variance_follows_the_activity_under_the_blur() -> None:
    image = _flat(1.0)
    image[:, :, 20:] = 9.0
    variance = added_variance(image, 10.0, NOISE, SPACING)
    unit = 9.0 * NOISE.level**2
    assert variance[16, 20, 5] == pytest.approx(1.0 * unit, rel=1e-3)
    assert variance[16, 20, 35] == pytest.approx(9.0 * unit, rel=1e-3)
    assert variance[16, 20, 19:21].mean() == pytest.approx(5.0 * unit, rel=0.05)


def test_noise_is_correlated_by_the_blur() -> None:
    sigma = (1.0, 2.0, 0.0)
    field = correlated_field((48, 64, 64), sigma, np.random.default_rng(1))
    assert field.mean() == pytest.approx(0.0, abs=0.05)
    assert field.std() == pytest.approx(1.0, abs=0.05)
    for axis, s in enumerate(sigma):
        moved = np.moveaxis(field, axis, 0)
        rho = float((moved[1:] * moved[:-1]).mean() / field.var())
        wanted = np.exp(-1.0 / (4.0 * s**2)) if s else 0.0
        assert rho == pytest.approx(wanted, abs=0.04)


def test_full_dose_is_the_image_itself_and_less_than_one_is_refused() -> None:
    image = np.random.default_rng(0).random((6, 6, 6), np.float32)
    np.testing.assert_array_equal(_thinned(image, 1.0), image)
    with pytest.raises(ValueError, match="factor of 1 or more"):
        _thinned(image, 0.5)


def test_thinning_twice_is_thinning_by_the_product() -> None:
    twice = thin_counts(
        _thinned(_flat(4.0), 2.0), 3.0, NoiseEstimate(NOISE.level * 2**0.5, NOISE.fwhm_kji_mm),
        SPACING, np.random.default_rng(9),
    )  # fmt: skip
    assert twice.var() == pytest.approx(_thinned(_flat(4.0), 6.0).var(), rel=0.15)


@pytest.mark.parametrize("reduction", [2.0, 10.0])
def test_the_estimate_finds_level_and_width(reduction: float) -> None:
    found = estimate_noise(_thinned(_flat(3.0), reduction), SPACING)
    assert found is not None
    assert found.level == pytest.approx(NOISE.level * np.sqrt(reduction - 1.0), rel=0.12)
    assert found.fwhm_kji_mm == pytest.approx(NOISE.fwhm_kji_mm, rel=0.25)


def test_edges_hardly_move_the_estimate() -> None:
    k, j, i = np.ogrid[:32, :40, :40]
    image = np.where((k - 16) ** 2 + (j - 20) ** 2 + (i - 20) ** 2 < 80, 8.0, 1.0)
    image = image.astype(np.float32)
    found = estimate_noise(_thinned(image, 10.0), SPACING)
    assert found is not None
    assert found.level == pytest.approx(3.0 * NOISE.level, rel=0.2)


def test_an_image_without_activity_has_no_estimate() -> None:
    assert estimate_noise(np.zeros((12, 12, 12), np.float32), SPACING) is None
    assert estimate_noise(np.ones((1, 1, 1), np.float32), SPACING) is None
    assert estimate_noise(np.ones((16, 16, 16), np.float32), SPACING) is None, "no noise at all"
