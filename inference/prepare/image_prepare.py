"""What the image networks see and how their answer becomes an image. No torch here.

Each task turns its source into channels, a base and a scale; the network answers a correction
``f``, and the image is ``base + scale * f``. Correcting in the image's own unit, instead of in a
transformed one, needs no inverse that would shift means. Training and inference both go through
here. Arrays are C-ordered ``[k, j, i]``, the channels ``[C, k, j, i]``, float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from app.core.space.grid import ImageGrid

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
Shape = tuple[int, int, int]

LOCAL_SIGMA_VOXELS = 2.0
LEAST_SUV = 0.05
"""Added to the local activity, so that air has a scale too."""
WARM_SUV = 0.08
"""Windows that nowhere exceed this on average hold air; they are left as they are."""
SUPER_FACTOR = 2
DENOISE_CHANNELS = (
    "asinh((SUV - local mean) / noise)", "sqrt(local mean) / 2",
    "noise to take away (SD in SUV at each voxel)",
)  # fmt: skip
SUPERRES_CHANNELS = ("(cubic - local mean) / scale", "sqrt(local mean) / 2")
CT_CHANNELS = (
    "MR / 98th percentile in the body", "the same / its mean over 24 mm, less 1", "body mask",
)  # fmt: skip
CT_SPACING_MM = 2.0
CT_SCALE_HU = 1000.0
MR_BODY_SHARE = 0.12
"""Brighter than this share of the 98th percentile is body."""
LEAST_PART = 0.1
"""Parts of a body smaller than this share of the largest one are couch, clothes, or noise."""


HAZE_HU = -700.0
"""Less than this outside of the MR's body is air."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A source as a network sees it; the derived image is ``base + scale * answer``.

    ``worth`` marks what is worth computing, ``outside`` the channels' values outside. Beyond
    ``limit``, if there is one, what comes out below ``least`` is haze: the base stays.
    """

    channels: FloatArray
    base: FloatArray
    scale: FloatArray
    worth: BoolArray
    outside: tuple[float, ...]
    limit: BoolArray | None = None
    least: float = 0.0


def denoise_images(pet_suvbw: npt.NDArray[Any], level: float) -> Prepared:
    """Prepare a PET for denoising on its own grid.

    Parameters
    ----------
    pet_suvbw
        ``[k, j, i]``; negative values count as zero.
    level
        Standard deviation at SUV 1 of the noise to take away: the network is told
        ``level * sqrt(local mean)`` at each voxel.
    """
    pet = np.maximum(np.asarray(pet_suvbw, dtype=np.float32), 0.0)
    local = _local_mean(pet, LOCAL_SIGMA_VOXELS)
    scale = np.float32(max(level, 1e-3)) * np.sqrt(local + np.float32(LEAST_SUV))
    channels = np.stack([np.arcsinh((pet - local) / scale), np.sqrt(local) * 0.5, scale])
    outside = (0.0, 0.0, float(max(level, 1e-3) * np.sqrt(LEAST_SUV)))
    return Prepared(channels, pet, scale, local > WARM_SUV, outside)


def superres_images(pet_suvbw: npt.NDArray[Any]) -> Prepared:
    """Prepare a PET for half its voxel size; all arrays have twice its shape.

    The base is the cubic spline through the voxels; each voxel becomes 2 x 2 x 2 that fill it.
    """
    pet = np.maximum(np.asarray(pet_suvbw, dtype=np.float32), 0.0)
    fine = cubic(pet)
    local = _local_mean(fine, LOCAL_SIGMA_VOXELS * SUPER_FACTOR)
    scale = local + np.float32(LEAST_SUV)
    channels = np.stack([(fine - local) / scale, np.sqrt(local) * 0.5])
    return Prepared(channels, fine, scale, local > WARM_SUV, (0.0, 0.0))


def cubic(pet_suvbw: FloatArray) -> FloatArray:
    """Cubic spline interpolation ``[2k, 2j, 2i]`` at half the voxel size, not below zero."""
    zoomed = ndimage.zoom(pet_suvbw, SUPER_FACTOR, order=3, mode="nearest", grid_mode=True)
    return np.asarray(np.maximum(zoomed, 0.0), dtype=np.float32)


def ct_images(mr: npt.NDArray[Any]) -> Prepared:
    """Prepare an MR on the network's 2 mm grid for a synthetic CT in HU.

    The base is air outside of the body and water inside. Dark parts of a body can be missed by its
    mask and are answered for all the same; haze around the body, below `HAZE_HU`, stays air: else
    it would attenuate. Brightness is stated as a share of the
    98th percentile inside the body (fat on T1), which no receive coil or display scale changes.
    """
    image = np.maximum(np.asarray(mr, dtype=np.float32), 0.0)
    body = mr_body(image)
    bright = mr_brightness(image, body)
    relative = np.clip(image / np.float32(max(bright, 1e-6)), 0.0, 2.0)
    sigma = 12.0 / CT_SPACING_MM
    inside = body.astype(np.float32)
    mean = ndimage.gaussian_filter(relative * inside, sigma, truncate=2.5)
    mean /= np.maximum(ndimage.gaussian_filter(inside, sigma, truncate=2.5), 0.05)
    even = inside * (np.clip(relative / (mean + np.float32(0.05)), 0.0, 3.0) - 1.0)
    channels = np.stack([relative, even, inside])
    base = np.where(body, 0.0, -CT_SCALE_HU).astype(np.float32)
    worth = ndimage.binary_dilation(body, iterations=3)
    return Prepared(
        channels, base, np.full(body.shape, CT_SCALE_HU, np.float32), worth, (0.0, 0.0, 0.0),
        ndimage.binary_dilation(body), HAZE_HU,
    )  # fmt: skip


def mr_body(mr: FloatArray) -> BoolArray:
    """Body on an MR ``[k, j, i]`` (k to S): its large bright parts, closed and filled."""
    smooth = ndimage.gaussian_filter(mr, 1.0, mode="nearest", truncate=2.0)
    positive = smooth[smooth > 0.0]
    if positive.size == 0:
        return np.zeros(mr.shape, dtype=np.bool_)
    return large_filled(smooth > MR_BODY_SHARE * float(np.percentile(positive, 98.0)), 2)


def ct_body(ct_hu: FloatArray) -> BoolArray:
    """Body on a CT ``[k, j, i]`` (k to S) without the couch: opened, large parts, filled."""
    dense = ct_hu > -300.0
    return large_filled(dense & ndimage.binary_opening(dense, iterations=2), 1)


def large_filled(mask: BoolArray, close: int) -> BoolArray:
    """Close a mask, keep its large parts (two legs are two) and fill holes plane by plane."""
    # Edge values are carried on, so that a body cut by the border is not eroded there.
    padded = np.pad(mask, close, mode="edge")
    closed = ndimage.binary_closing(padded, iterations=close)
    closed = closed[close:-close, close:-close, close:-close]
    parts, count = ndimage.label(closed)
    if count > 1:
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        closed = (sizes >= LEAST_PART * sizes.max())[parts]
    filled = [ndimage.binary_fill_holes(plane) for plane in closed]
    return np.asarray(np.stack(filled), dtype=np.bool_)


def mr_brightness(mr: FloatArray, body: BoolArray) -> float:
    """98th percentile inside the body; 0 without a body."""
    return float(np.percentile(mr[body], 98.0)) if body.any() else 0.0


def mr_contrast(mr: npt.NDArray[Any]) -> float:
    """Median inside the body as a share of the 98th percentile: what a card's range states.

    Muscle against fat on T1. NaN without a body.
    """
    image = np.maximum(np.asarray(mr, dtype=np.float32), 0.0)
    body = mr_body(image)
    bright = mr_brightness(image, body)
    return float(np.median(image[body])) / bright if bright > 0.0 else float("nan")


def open_faces(body: BoolArray) -> float:
    """Share of the border voxels in plane (j and i faces) that the body touches."""
    faces = [body[:, 0], body[:, -1], body[:, :, 0], body[:, :, -1]]
    return float(sum(x.sum() for x in faces) / max(1, sum(x.size for x in faces)))


def half_size_grid(grid: ImageGrid) -> ImageGrid:
    """Grid of half the voxel size that fills the same box."""
    affine = np.array(grid.affine_lps_mm)
    affine[:3, :3] /= SUPER_FACTOR
    affine[:3, 3] = grid.points_lps_mm([(1.0 - SUPER_FACTOR) / (2.0 * SUPER_FACTOR)] * 3)
    k, j, i = (n * SUPER_FACTOR for n in grid.shape_kji)
    return ImageGrid((k, j, i), affine, grid.frame_of_reference_uid)


@dataclass(frozen=True)
class Orientation:
    """How an array is turned so that k runs nearest to S, j to P and i to L, and back."""

    order: tuple[int, int, int]
    flips: tuple[int, ...]

    @classmethod
    def of(cls, grid: ImageGrid) -> Orientation:
        """Return the orientation of a grid; oblique axes count as the nearest main axis."""
        weight = np.abs(grid.directions_lps)
        order = [0, 0, 0]
        free_lps, free_own = {0, 1, 2}, {0, 1, 2}
        for _ in range(3):
            lps, own = max(((a, b) for a in free_lps for b in free_own), key=lambda x: weight[x])
            order[2 - lps] = own
            free_lps.remove(lps)
            free_own.remove(own)
        flips = tuple(n for n in range(3) if grid.directions_lps[2 - n, order[n]] < 0.0)
        return cls((order[0], order[1], order[2]), flips)

    def turn(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """To the canonical axes."""
        return np.ascontiguousarray(np.flip(array.transpose(self.order), self.flips))

    def back(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """From the canonical axes."""
        inverse = np.argsort(self.order)
        return np.ascontiguousarray(np.flip(array, self.flips).transpose(inverse))


def _local_mean(image: FloatArray, sigma: float) -> FloatArray:
    out: FloatArray = ndimage.gaussian_filter(image, sigma, mode="nearest", truncate=3.0)
    return np.maximum(out, 0.0)
