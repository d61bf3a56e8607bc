"""How noisy a PET is: a robust estimate from the image alone. No torch here.

Model: the variance of a voxel follows the local activity (Poisson counting), and neighbours are
correlated by the scanner's blur: correlation ``exp(-d^2 / (4 s^2))`` at distance ``d`` for noise
smoothed by a Gaussian of standard deviation ``s``. Second differences along all three axes at
once remove what is smooth along any of them, so that edges count little; medians remove the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

FloatArray = npt.NDArray[np.float32]

FWHM_PER_SIGMA = 2.3548
LEAST_ACTIVITY_SUV = 0.15
"""Colder voxels hold mostly air and scatter; they are left out of the estimate."""
LEAST_VOXELS = 200
_MAD_TO_SD = 1.4826
_MOST_CORRELATION = 0.9


@dataclass(frozen=True)
class NoiseEstimate:
    """Noise of a PET.

    Parameters
    ----------
    level
        Standard deviation at SUV 1; at SUV x it is ``level * sqrt(x)``.
    fwhm_kji_mm
        Full width at half maximum of the Gaussian that correlates it, along each axis.
    """

    level: float
    fwhm_kji_mm: tuple[float, float, float]


def estimate_noise(
    pet_suvbw: npt.NDArray[Any], spacing_kji_mm: tuple[float, float, float]
) -> NoiseEstimate | None:
    """Estimate level and correlation of the noise in a PET.

    Parameters
    ----------
    pet_suvbw
        ``[k, j, i]`` in SUVbw.
    spacing_kji_mm
        Voxel size.

    Returns
    -------
    NoiseEstimate or None
        ``None`` where the image holds too little activity to tell.
    """
    if min(pet_suvbw.shape) < 5:
        return None
    pet = np.asarray(pet_suvbw, dtype=np.float32)
    local = ndimage.gaussian_filter(pet, 1.5, mode="nearest", truncate=3.0)
    warm = ndimage.binary_erosion(local > LEAST_ACTIVITY_SUV, iterations=2)
    if int(warm.sum()) < LEAST_VOXELS:
        return None
    root = np.sqrt(np.maximum(local, LEAST_ACTIVITY_SUV))
    gain, widths = 1.0, []
    for axis in range(3):
        others = [n for n in range(3) if n != axis]
        rho = _correlation(_roughness(pet, others) / root, warm, axis)
        # Var(a - 2 b + c) in units of the variance; lag 2 follows from lag 1 for a Gaussian.
        gain *= 6.0 - 8.0 * rho + 2.0 * rho**4
        sigma = 0.0 if rho <= 0.0 else spacing_kji_mm[axis] / (2.0 * np.sqrt(-np.log(rho)))
        widths.append(float(sigma * FWHM_PER_SIGMA))
    spread = _robust_sd((_roughness(pet, (0, 1, 2)) / root)[warm])
    if spread <= 0.0:
        return None
    return NoiseEstimate(float(spread / np.sqrt(gain)), (widths[0], widths[1], widths[2]))


def _roughness(pet: FloatArray, axes: list[int] | tuple[int, ...]) -> FloatArray:
    """Second difference along each of the axes, one after the other."""
    for axis in axes:
        pet = ndimage.correlate1d(pet, [1.0, -2.0, 1.0], axis=axis, mode="nearest")
    return pet


def _robust_sd(values: npt.NDArray[Any]) -> float:
    middle = np.median(values)
    return float(_MAD_TO_SD * np.median(np.abs(values - middle)))


def _correlation(field: npt.NDArray[Any], warm: npt.NDArray[np.bool_], axis: int) -> float:
    """Correlation of neighbours along an axis, from robust spreads of their sum and difference."""
    field, inside = np.moveaxis(field, axis, 0), np.moveaxis(warm, axis, 0)
    both = inside[1:] & inside[:-1]
    if int(both.sum()) < LEAST_VOXELS:
        return 0.0
    a, b = field[1:][both], field[:-1][both]
    plus, minus = _robust_sd(a + b) ** 2, _robust_sd(a - b) ** 2
    if plus + minus <= 0.0:
        return 0.0
    return float(np.clip((plus - minus) / (plus + minus), 0.0, _MOST_CORRELATION))
