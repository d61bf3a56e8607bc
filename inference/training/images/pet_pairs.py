"""Full-count PETs, and the pairs for denoising and super-resolution made from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from inference.prepare import image_prepare
from inference.prepare.image_prepare import FloatArray, Orientation, Prepared
from inference.prepare.noise import FWHM_PER_SIGMA, NoiseEstimate, estimate_noise
from inference.prepare.prepare import resample_smooth
from inference.training.bodies import simulate
from inference.training.bodies.counts import REDUCTIONS, thin_counts
from inference.training.fit.data import NativeCase, Simulator
from inference.training.images.image_data import Pair, make_pair

BoolArray = npt.NDArray[np.bool_]

CROP_MM = 210.0
"""Side of the part of a simulated body that a pair is made of."""
BLUR_SIGMA_VOXELS = 0.6
"""Gaussian before halving, in voxels of the full image: with the mean of 2 x 2 x 2 voxels it
leaves the blur of a scanner of 0.9 coarse voxels, as PETs commonly have."""


@dataclass(frozen=True, eq=False)
class FullCount:
    """A PET that counts as full-count, on canonical axes of its own voxel size.

    ``body`` comes from the CT; ``lesion`` marks the tumour that values are measured in.
    """

    name: str
    pet_suvbw: FloatArray
    spacing_kji_mm: tuple[float, float, float]
    noise: NoiseEstimate
    body: BoolArray
    lesion: BoolArray


def full_count(case: NativeCase) -> FullCount | None:
    """Take a real patient as full-count; ``None`` where its noise cannot be measured."""
    grid = case.pet.grid
    turned = Orientation.of(grid)
    pet = np.maximum(turned.turn(np.asarray(case.pet.array, dtype=np.float32)), 0.0)
    k, j, i = (grid.spacing_kji_mm[n] for n in turned.order)
    noise = estimate_noise(pet, (k, j, i))
    if noise is None:
        return None
    hu = turned.turn(resample_smooth(case.ct, grid, -1000.0))
    body = image_prepare.ct_body(hu)
    return FullCount(case.name, pet, (k, j, i), noise, body, turned.turn(case.truth) & body)


def simulated_full(
    study: simulate.SimulatedStudy, rng: np.random.Generator, crop_mm: float = CROP_MM
) -> FullCount:
    """Cut a simulated body, sample it with voxels of a scanner, and add full-count noise."""
    return simulated_pair(study, rng, crop_mm)[0]


def simulated_pair(
    study: simulate.SimulatedStudy, rng: np.random.Generator, crop_mm: float = CROP_MM
) -> tuple[FullCount, FloatArray]:
    """Return `simulated_full` and the same image ``[k, j, i]`` without noise, in SUV."""
    sigma = study.fwhm_mm / FWHM_PER_SIGMA / simulate.SPACING_MM
    spots = np.argwhere(study.lesions > 0) if rng.random() < 0.5 else np.zeros((0, 3), np.int64)
    if not len(spots):
        spots = np.argwhere(study.true_suv > (2.0 if rng.random() < 0.5 else 0.2))
    centre = spots[int(rng.integers(len(spots)))] if len(spots) else np.array(study.lesions.shape)
    half = int(crop_mm / simulate.SPACING_MM / 2.0)
    low = np.clip(centre - half, 0, np.maximum(0, np.array(study.lesions.shape) - 2 * half))
    where = tuple(slice(int(a), int(a) + 2 * half) for a in low)
    clean = ndimage.gaussian_filter(study.true_suv[where], sigma, truncate=3.0)
    plane, axial = rng.uniform(2.5, 5.6), rng.uniform(2.0, 5.0)
    spacing = (float(axial), float(plane), float(plane))
    zoom = [simulate.SPACING_MM / s for s in spacing]
    clean = np.maximum(ndimage.zoom(clean, zoom, order=1, grid_mode=True, mode="nearest"), 0.0)
    body = ndimage.zoom((study.ct_hu[where] > -400).astype(np.float32), zoom, order=1,
                        grid_mode=True, mode="nearest") > 0.5  # fmt: skip
    lesion = ndimage.zoom((study.lesions[where] > 0).astype(np.float32), zoom, order=1,
                          grid_mode=True, mode="nearest") > 0.5  # fmt: skip
    level = float(np.exp(rng.uniform(np.log(0.07), np.log(0.28))))
    width = float(rng.uniform(4.0, 8.0))
    noise = NoiseEstimate(level, (float(rng.uniform(2.5, 6.5)), width, width))
    # Halving adds level^2 x activity: to a noise-free image, the noise of a full count.
    clean = clean.astype(np.float32)
    pet = thin_counts(clean, 2.0, noise, spacing, rng)
    return FullCount("simulated", pet, spacing, noise, body, lesion & body), clean


class FullCounts:
    """Draws full-count PETs: real patients, and simulated bodies that are renewed.

    Parameters
    ----------
    real
        Patients of the training side of the split.
    simulator
        Makes bodies; ``None`` for real patients alone.
    real_share
        Chance of a real one.
    bodies, uses
        Simulated bodies held at a time, and draws after which one is replaced.
    crop_mm
        Side of the part of a body that is drawn.
    """

    def __init__(
        self,
        real: Sequence[FullCount],
        simulator: Simulator | None,
        real_share: float,
        bodies: int = 4,
        uses: int = 40,
        crop_mm: float = CROP_MM,
    ) -> None:
        if not real and simulator is None:
            raise ValueError("There is nothing to draw full-count images from.")
        self.real, self.simulator, self.real_share = list(real), simulator, real_share
        self.bodies, self.uses, self.crop_mm = bodies, uses, crop_mm
        self._studies: list[simulate.SimulatedStudy] = []
        self._draws = 0

    def draw(self, rng: np.random.Generator) -> FullCount:
        """Return the next one."""
        if self.simulator is None or (self.real and rng.random() < self.real_share):
            return self.real[int(rng.integers(len(self.real)))]
        if len(self._studies) < self.bodies:
            self._studies.append(self.simulator.study()[1])
        elif self._draws % self.uses == 0:
            self._studies[int(rng.integers(self.bodies))] = self.simulator.study()[1]
        self._draws += 1
        study = self._studies[int(rng.integers(len(self._studies)))]
        return simulated_full(study, rng, self.crop_mm)


def level_to_remove(low: FloatArray, full: FullCount, reduction: float, vary: float = 0.0) -> float:
    """Noise level told to the network, measured on the low-count image as inference does."""
    noise = estimate_noise(low, full.spacing_kji_mm)
    level = full.noise.level * np.sqrt(reduction) if noise is None else noise.level
    return float(level * np.sqrt(1.0 - 1.0 / reduction) * np.exp(vary))


def low_count(full: FullCount, reduction: float, seed: int) -> FloatArray:
    """Low-count image of a patient for evaluation: the same for every method."""
    rng = np.random.default_rng((seed, int(10 * reduction), *full.name.encode()))
    return thin_counts(full.pet_suvbw, reduction, full.noise, full.spacing_kji_mm, rng)


class DenoisePairs:
    """Makes pairs of low-count and full-count images."""

    def __init__(self, source: FullCounts) -> None:
        self.source = source

    def __call__(self, rng: np.random.Generator) -> Pair:
        """Return the next pair; half of the reductions are the stated ones, half lie between."""
        full = self.source.draw(rng)
        reduction = float(rng.choice(REDUCTIONS))
        if rng.random() < 0.5:
            reduction = float(np.exp(rng.uniform(np.log(REDUCTIONS[0]), np.log(REDUCTIONS[-1]))))
        low = thin_counts(full.pet_suvbw, reduction, full.noise, full.spacing_kji_mm, rng)
        # A person's dose reduction is not exact: neither is what the network is told here.
        level = level_to_remove(low, full, reduction, float(rng.normal(0.0, 0.08)))
        prepared = image_prepare.denoise_images(low, level)
        return make_pair(prepared, full.pet_suvbw, full.body & prepared.worth, rng)


def halved(pet_suvbw: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Image of twice the voxel size, anti-aliased, and the part of the full one that it covers.

    A Gaussian of `BLUR_SIGMA_VOXELS`, then the mean of each 2 x 2 x 2 voxels.
    """
    k, j, i = (n // 2 for n in pet_suvbw.shape)
    full = pet_suvbw[: 2 * k, : 2 * j, : 2 * i]
    smooth = ndimage.gaussian_filter(full, BLUR_SIGMA_VOXELS, mode="nearest", truncate=4.0)
    small = smooth.reshape(k, 2, j, 2, i, 2).mean(axis=(1, 3, 5), dtype=np.float32)
    return small, full


def superres_case(full: FullCount) -> tuple[Prepared, FloatArray, BoolArray, BoolArray]:
    """Return the prepared coarse image, truth, body and lesion, all of the truth's shape."""
    small, truth = halved(full.pet_suvbw)
    k, j, i = truth.shape
    prepared = image_prepare.superres_images(small)
    return prepared, truth, full.body[:k, :j, :i], full.lesion[:k, :j, :i]


class SuperresPairs:
    """Makes pairs of coarse and full images."""

    def __init__(self, source: FullCounts) -> None:
        self.source = source

    def __call__(self, rng: np.random.Generator) -> Pair:
        """Return the next pair."""
        prepared, truth, body, _ = superres_case(self.source.draw(rng))
        return make_pair(prepared, truth, body & prepared.worth, rng)
