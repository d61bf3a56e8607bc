"""Partial-volume recovery: what a lesion would hold if the scanner did not blur.

Iterative Yang (iY), a region-based voxel-wise correction: K. Erlandsson, I. Buvat, P. H. Pretorius,
B. A. Thomas, B. F. Hutton, "A review of partial volume correction techniques for emission
tomography and their applications in neurology, cardiology and oncology", Phys. Med. Biol. 57
(2012) R119; the voxel-wise step is that of B. A. Thomas et al., Eur. J. Nucl. Med. Mol. Imaging 38
(2011) 1104 (region-based voxel-wise correction, RBV) after Yang et al. 1996:

    f(0) = g,    f(n+1) = g * s(n) / (h (x) s(n))

with g the measured image, h the scanner's Gaussian blur, (x) convolution, and s(n) the image that
the regions say: inside a lesion the mean of f(n) over it.

The published method takes one mean for each other region of a whole parcellation, as in the brain.
Around a lesion there is none, and one mean for "the rest" would mix fat, liver and bladder. Here
the background varies: outside of all lesions s(n) is f(n) smoothed by about the scanner's own
blur, counting only voxels outside of lesions (normalised convolution). It follows gradients and
neighbouring organs, and takes nothing from the lesions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from app.core.kit.errors import GridError, InputError
from app.core.kit.jobs import JobContext
from app.core.lesions.labelmap import Box
from app.core.lesions.segmentation import Segmentation
from app.core.space.volume import Volume

FloatArray = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Blur of usual clinical scanners, full width at half maximum.
DEFAULT_FWHM_MM = 6.0
#: Widths that a PET scanner and its reconstruction can have.
FWHM_RANGE_MM = (1.0, 20.0)
#: The region means have settled to a thousandth by then; more only sharpens the noise.
ITERATIONS = 5

_FWHM_PER_SIGMA = 2.354820045
#: The surroundings that take part, in widths of the blur: more than what spills in.
_MARGIN_WIDTHS = 3.0
_TRUNCATE_SIGMAS = 3.5
#: Width of the background's smoothing in widths of the blur. The image is blurred already: the
#: full width would carry neighbouring organs too far.
_BACKGROUND_WIDTHS = 0.85


@dataclass(frozen=True)
class RecoveredUptake:
    """Recovered values of one lesion in the image's unit; NaN where ``reason`` says why."""

    mean: float
    greatest: float
    reason: str = ""


def recover(
    pet: Volume,
    segmentation: Segmentation,
    fwhm_mm: float = DEFAULT_FWHM_MM,
    *,
    iterations: int = ITERATIONS,
    context: JobContext | None = None,
) -> Mapping[str, RecoveredUptake]:
    """Correct lesions for the scanner's blur.

    Parameters
    ----------
    pet
        The image ``[k, j, i]``, of any unit that adds up.
    segmentation
        On the PET's own grid; each of its labels is one region.
    fwhm_mm
        Full width at half maximum of the blur, taken as the same in all directions.
    iterations
        How often regions and image are brought into agreement.
    context
        Progress and cancel.

    Returns
    -------
    Mapping
        By lesion id, for every lesion that holds a voxel.

    Raises
    ------
    InputError
        If the width is none that a PET can have.
    GridError
        If the outlines are not on the PET's grid.
    """
    low, high = FWHM_RANGE_MM
    if not low <= fwhm_mm <= high:
        raise InputError(
            f"A blur of {fwhm_mm:g} mm is no PET scanner's.",
            f"Give a full width at half maximum between {low:g} and {high:g} mm.",
        )
    if not segmentation.grid.same_grid(pet.grid):
        raise GridError("The outlines are not on the PET's own grid.", "Read them for this PET.")
    context = context or JobContext()
    boxes = segmentation.labels.boxes()
    values: dict[str, RecoveredUptake] = {}
    for n, lesion in enumerate(segmentation.lesions):
        context.progress(n / len(segmentation.lesions), "Correcting for the blur")
        box = boxes.get(lesion.label)
        if box is None:
            continue
        around = _grown(box, pet, _MARGIN_WIDTHS * fwhm_mm)
        labels = segmentation.labels.box(around)
        image = pet.array[around].astype(np.float64)
        reason = _obstacle(image, labels == lesion.label, pet, fwhm_mm)
        if reason:
            values[lesion.id] = RecoveredUptake(float("nan"), float("nan"), reason)
            continue
        found = _iterate(image, labels, _sigma_voxels(pet, fwhm_mm), iterations, context)
        inside = found[labels == lesion.label]
        values[lesion.id] = RecoveredUptake(float(inside.mean()), float(inside.max()))
    context.progress(1.0)
    return MappingProxyType(values)


def _sigma_voxels(pet: Volume, fwhm_mm: float) -> list[float]:
    """Return the standard deviation of the blur along k, j and i, in voxels.

    Outlines are made of whole voxels, but a voxel at the edge of a lesion holds a mean over
    itself, lesion and background together. That is a blur too: a box of one voxel, of variance
    1/12; without it the recovered mean of small lesions would be up to a tenth too low.
    """
    sigma_mm = fwhm_mm / _FWHM_PER_SIGMA
    return [float(np.sqrt((sigma_mm / s) ** 2 + 1.0 / 12.0)) for s in pet.grid.spacing_kji_mm]


def _grown(box: Box, pet: Volume, margin_mm: float) -> Box:
    """Return the box with a margin, within the image."""
    steps = [int(np.ceil(margin_mm / s)) for s in pet.grid.spacing_kji_mm]
    k, j, i = (
        slice(max(part.start - step, 0), min(part.stop + step, size))
        for part, step, size in zip(box, steps, pet.grid.shape_kji, strict=True)
    )
    return k, j, i


def _obstacle(image: FloatArray, inside: Mask, pet: Volume, fwhm_mm: float) -> str:
    """Say why the recovered values of a lesion are not defined, or return an empty string."""
    if not np.isfinite(image).all():
        return "The lesion or its surroundings hold values that are not numbers."
    volume_mm3 = float(inside.sum()) * pet.grid.voxel_volume_ml * 1000.0
    diameter_mm = (6.0 * volume_mm3 / np.pi) ** (1.0 / 3.0)
    if diameter_mm < fwhm_mm:
        return (
            f"The lesion is smaller (sphere of {diameter_mm:.1f} mm) than the blur "
            f"({fwhm_mm:g} mm): its uptake cannot be told from its size."
        )
    if not image[inside].mean() > 0:
        return "The lesion holds no uptake above zero."
    return ""


def _iterate(
    image: FloatArray,
    labels: npt.NDArray[np.uint16],
    sigma: list[float],
    iterations: int,
    context: JobContext,
) -> FloatArray:
    """Return the image after iterative Yang; every label is a region, 0 varies."""
    narrow = [_BACKGROUND_WIDTHS * s for s in sigma]
    outside = (labels == 0).astype(np.float64)
    weight = np.maximum(_blurred(outside, narrow), 1e-6)
    regions, index = np.unique(labels, return_inverse=True)
    index = index.reshape(labels.shape)
    size = np.bincount(index.reshape(-1), minlength=regions.size)
    # Values at or below zero (some reconstructions hold them) would turn the quotient's sign.
    floor = 1e-3 * float(image.max())
    estimate = image
    for _ in range(iterations):
        context.check()  # a large lesion takes seconds
        means = np.bincount(index.reshape(-1), estimate.reshape(-1), regions.size) / size
        background = _blurred(estimate * outside, narrow) / weight
        said = np.maximum(np.where(labels > 0, means[index], background), floor)
        estimate = image * (said / np.maximum(_blurred(said, sigma), floor))
    return estimate


def _blurred(array: FloatArray, sigma: list[float]) -> FloatArray:
    smooth: FloatArray = ndimage.gaussian_filter(
        array, sigma, mode="nearest", truncate=_TRUNCATE_SIGMAS
    )
    return smooth
