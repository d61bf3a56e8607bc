"""A low-count PET from a full-count one: thinning of counts, approximated in the image.

Of N Poisson counts each is kept with the chance 1 / r, and what is left is scaled by r. Given N,
the result has the mean N and the variance ``(r - 1) N``: thinning adds noise, and nothing else
(binomial thinning of a Poisson variable). Raw counts are not kept with studies, so this is done in
the reconstructed image:

- mean: that of the full-count voxel, unbiased;
- variance: ``(r - 1) level^2 a``, where ``level`` is the full-count image's own noise at SUV 1
  (`inference.prepare.noise.estimate_noise`) and ``a`` the activity under the scanner's blur;
- correlation: that of the image's own noise, a Gaussian along each axis;
- marginal distribution: gamma, as iterative reconstruction gives nearly (Barrett, Wilson and Tsui
  1994 find it lognormal, Mou, Huang and O'Sullivan 2017 gamma), so that nothing becomes negative.
  It is drawn by the transform of Wilson and Hilferty (1931), whose mean is exact up to a factor
  that is divided out.

Limits: no change of randoms, scatter, or convergence with the dose; positive bias of cold regions
in real low-count reconstructions is not modelled; the noise is stationary but for its variance;
where it would exceed 1.4 times the voxel's own value it is held there, so that noise in air is
too low.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from inference.prepare.noise import FWHM_PER_SIGMA, NoiseEstimate

FloatArray = npt.NDArray[np.float32]
Spacing = tuple[float, float, float]

REDUCTIONS = (2.0, 4.0, 10.0, 20.0)
LEAST_SHAPE = 0.5
"""Least shape of the gamma distribution: a relative standard deviation of 1.41 at most."""


def correlated_field(
    shape: tuple[int, ...], sigma_voxels: tuple[float, ...], rng: np.random.Generator
) -> FloatArray:
    """Draw a normal field ``[k, j, i]`` of unit variance that a Gaussian has smoothed."""
    field = rng.standard_normal(shape, dtype=np.float32)
    for axis, sigma in enumerate(sigma_voxels):
        if sigma < 0.15:  # nothing of the kernel reaches the next voxel
            continue
        field = ndimage.gaussian_filter1d(field, sigma, axis=axis, mode="wrap", truncate=3.0)
        impulse = np.zeros(2 * int(np.ceil(3.0 * sigma)) + 3)
        impulse[impulse.size // 2] = 1.0
        kernel = ndimage.gaussian_filter1d(impulse, sigma, truncate=3.0, mode="constant")
        field /= np.float32(np.sqrt((kernel**2).sum()))
    return field


def added_variance(
    pet_suvbw: FloatArray, reduction: float, noise: NoiseEstimate, spacing_kji_mm: Spacing
) -> FloatArray:
    """Variance ``[k, j, i]`` that a dose reduction adds: ``(r - 1) level^2`` x blurred activity."""
    sigma = [w / FWHM_PER_SIGMA / s for w, s in zip(noise.fwhm_kji_mm, spacing_kji_mm, strict=True)]
    activity = ndimage.gaussian_filter(
        np.maximum(pet_suvbw, 0.0, dtype=np.float32), sigma, mode="nearest", truncate=3.0
    )
    out: FloatArray = np.float32((reduction - 1.0) * noise.level**2) * activity
    return out


def thin_counts(
    pet_suvbw: FloatArray,
    reduction: float,
    noise: NoiseEstimate,
    spacing_kji_mm: Spacing,
    rng: np.random.Generator,
) -> FloatArray:
    """Make the image that ``1 / reduction`` of the counts would have given.

    Parameters
    ----------
    pet_suvbw
        The full-count image ``[k, j, i]``; what is below zero counts as zero.
    reduction
        At least 1; 1 gives the image itself.
    noise
        Level and correlation of the full-count image's noise.
    spacing_kji_mm
        Voxel size.
    rng
        Draws the noise.

    Raises
    ------
    ValueError
        If the reduction is below 1.
    """
    if not reduction >= 1.0:
        raise ValueError(f"A dose is reduced by a factor of 1 or more, not {reduction}.")
    pet = np.maximum(np.asarray(pet_suvbw, dtype=np.float32), 0.0)
    if reduction == 1.0:
        return pet
    variance = added_variance(pet, reduction, noise, spacing_kji_mm)
    shape = np.maximum(pet**2 / np.maximum(variance, 1e-12), LEAST_SHAPE)
    width = 1.0 / (9.0 * shape)
    sigma = tuple(
        w / FWHM_PER_SIGMA / s for w, s in zip(noise.fwhm_kji_mm, spacing_kji_mm, strict=True)
    )
    field = correlated_field(pet.shape, sigma, rng)
    ratio = np.maximum(1.0 - width + np.sqrt(width) * field, 0.0) ** 3
    # The cube of a Gaussian of this mean and width has the mean 1 - width^3.
    return np.asarray(pet * ratio / (1.0 - width**3), dtype=np.float32)
