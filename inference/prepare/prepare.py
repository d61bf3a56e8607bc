"""What the lesion networks see: one orientation, one spacing, four channels.

Training and inference both go through here, so that they cannot disagree. Arrays are C-ordered
``[k, j, i]`` on a grid whose axes run to S, P and L (canonical LPS), whatever the source's axes.
No torch here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume

Float32Array = npt.NDArray[np.float32]

SPACING_MM = 4.0
CHANNELS = ("pet_suv_linear", "pet_suv_asinh", "ct_wide", "ct_soft_tissue")
PET_OUTSIDE_SUV = 0.0
CT_OUTSIDE_HU = -1000.0
"""Air. A missing CT is air everywhere; the networks are trained with that now and then."""
AIR_CHANNELS: tuple[float, float, float, float] = (0.0, 0.0, -1.0, -1.0)
"""Channel values outside the image (SUV 0, -1000 HU): what to pad windows with."""

FINE_SHAPE = (32, 32, 32)
COARSE_SHAPE = (32, 32, 32)
COARSE_FACTOR = 3
"""The coarse crop's voxels are this many network voxels wide: 32 x 12 mm = 384 mm."""


def network_grid(pet: ImageGrid, spacing_mm: float = SPACING_MM) -> ImageGrid:
    """Canonical grid (i to L, j to P, k to S) that covers a PET grid, oblique or flipped."""
    low, high = pet.bounds_lps_mm
    count = np.maximum(1, np.ceil((high - low) / spacing_mm - 1e-6).astype(int))
    middle = (low + high) / 2.0
    origin = middle - (count - 1) / 2.0 * spacing_mm
    return ImageGrid.from_spacing(
        (int(count[2]), int(count[1]), int(count[0])),
        (spacing_mm, spacing_mm, spacing_mm),
        (float(origin[0]), float(origin[1]), float(origin[2])),
        pet.frame_of_reference_uid,
    )


def resample_smooth(volume: Volume, grid: ImageGrid, fill: float) -> Float32Array:
    """Interpolate onto a grid, averaging where the target is coarser than the source.

    Linear interpolation with a triangle as wide as the coarser of the two spacings (the
    antialiased linear filter), along each axis on its own where the axes of both grids are
    parallel up to order and sign; otherwise a Gaussian first and trilinear interpolation.

    Returns
    -------
    numpy.ndarray
        float32 ``[k, j, i]`` of the grid's shape; ``fill`` outside the source.
    """
    to_source = volume.grid.inverse_affine @ grid.affine_lps_mm
    linear = to_source[:3, :3]
    order = np.abs(linear).argmax(axis=0)  # source axis that each target axis runs along
    parallel = len(set(order.tolist())) == 3
    if parallel:
        rest = linear.copy()
        rest[order, np.arange(3)] = 0.0
        reach = np.abs(rest) @ np.array(grid.shape_kji)
        parallel = bool(reach.max() < 0.05)
    if not parallel:
        return _resample_oblique(volume, grid, to_source, fill)
    array = np.asarray(volume.array, dtype=np.float32).transpose(order)
    if fill:
        array = array - np.float32(fill)
    # The axis that shrinks most goes first: the rest then works on less.
    steps = [float(linear[order[axis], axis]) for axis in range(3)]
    for axis in sorted(range(3), key=lambda n: grid.shape_kji[n] / array.shape[n]):
        weights = _axis_weights(
            array.shape[axis],
            grid.shape_kji[axis],
            float(to_source[order[axis], 3]),
            steps[axis],
        )
        array = np.moveaxis(np.tensordot(weights, array, axes=(1, axis)), 0, axis)
    out = np.ascontiguousarray(array, dtype=np.float32)
    return out + np.float32(fill) if fill else out


def _axis_weights(source: int, target: int, offset: float, step: float) -> Float32Array:
    """``[target, source]`` triangle weights of one axis; rows outside the source are zero."""
    centre = offset + step * np.arange(target)[:, None]
    width = max(1.0, abs(step))
    weights = np.maximum(0.0, 1.0 - np.abs(centre - np.arange(source)[None]) / width)
    total = weights.sum(axis=1, keepdims=True)
    inside = (centre >= -0.5 - 1e-6) & (centre <= source - 0.5 + 1e-6)
    # Normalised inside the source: half a voxel of border is extended, not faded.
    weights = np.where(inside & (total > 0.0), weights / np.where(total > 0.0, total, 1.0), 0.0)
    return weights.astype(np.float32)


def _resample_oblique(
    volume: Volume, grid: ImageGrid, to_source: npt.NDArray[np.float64], fill: float
) -> Float32Array:
    array = np.asarray(volume.array, dtype=np.float32)
    spacing = max(grid.spacing_kji_mm)
    ratio = np.array([spacing / s for s in volume.grid.spacing_kji_mm])
    # A triangle of width r and unit samples has the variance (r^2 - 1) / 6 beyond linear.
    sigma = np.sqrt(np.maximum(0.0, (ratio**2 - 1.0) / 6.0))
    if sigma.max() > 0.3:
        array = ndimage.gaussian_filter(array, sigma, mode="nearest", truncate=2.5)
    return np.asarray(
        ndimage.affine_transform(
            array,
            to_source[:3, :3],
            to_source[:3, 3],
            grid.shape_kji,
            order=1,
            mode="grid-constant",
            cval=fill,
            output=np.float32,
        ),
        dtype=np.float32,
    )


def channels_from_arrays(pet_suvbw: npt.ArrayLike, ct_hu: npt.ArrayLike | None) -> Float32Array:
    """Normalise PET (SUVbw) and CT (HU) arrays of one shape into ``[C, ...]`` float32.

    Channels: SUV / 10 clipped to [0, 3]; asinh(SUV) / 3; HU / 1000 clipped to [-1, 1]; the
    window -160 to 240 HU mapped to [-1, 1]. ``None`` for the CT means air everywhere.
    """
    suv = np.maximum(np.asarray(pet_suvbw, dtype=np.float32), 0.0)
    out = np.empty((4, *suv.shape), dtype=np.float32)
    np.minimum(suv * 0.1, 3.0, out=out[0])
    np.arcsinh(suv, out=out[1])
    out[1] /= 3.0
    if ct_hu is None:
        out[2:] = -1.0
        return out
    hu = np.asarray(ct_hu, dtype=np.float32)
    np.clip(hu / 1000.0, -1.0, 1.0, out=out[2])
    np.clip((hu - 40.0) / 200.0, -1.0, 1.0, out=out[3])
    return out


def segmentation_channels(pet_suvbw: Volume, ct_hu: Volume | None, grid: ImageGrid) -> Float32Array:
    """Bring PET and CT onto the network's grid and normalise them.

    Parameters
    ----------
    pet_suvbw
        PET in SUVbw on its own grid.
    ct_hu
        CT in HU on its own grid, or ``None``. The caller has made sure that it is aligned.
    grid
        From `network_grid`.

    Returns
    -------
    numpy.ndarray
        float32 ``[4, k, j, i]`` in the order of `CHANNELS`.

    Raises
    ------
    app.core.kit.errors.QuantityError
        If a volume holds another quantity.
    """
    pet_suvbw.require(Quantity.SUV_BW)
    pet = resample_smooth(pet_suvbw, grid, PET_OUTSIDE_SUV)
    if ct_hu is None:
        return channels_from_arrays(pet, None)
    ct_hu.require(Quantity.HU)
    return channels_from_arrays(pet, resample_smooth(ct_hu, grid, CT_OUTSIDE_HU))


def score_inputs(
    channels: Float32Array, labels: npt.NDArray[np.integer], label: int
) -> tuple[Float32Array, Float32Array]:
    """Crops around one candidate for the score network.

    Parameters
    ----------
    channels
        ``[4, k, j, i]`` from `segmentation_channels`, on the network's grid.
    labels
        ``[k, j, i]`` candidate labelmap on the same grid.
    label
        The candidate. Both crops are centred on its hottest voxel (the first one in C order).

    Returns
    -------
    fine, coarse
        float32 ``[5, *FINE_SHAPE]`` at the network's spacing and ``[5, *COARSE_SHAPE]`` at
        `COARSE_FACTOR` times that (means); the fifth channel is the candidate's mask.

    Raises
    ------
    ValueError
        If no voxel carries the label.
    """
    flat = np.flatnonzero(labels == label)
    if flat.size == 0:
        raise ValueError(f"No voxel carries the label {label}.")
    hottest = int(flat[channels[1].reshape(-1)[flat].argmax()])
    centre = np.unravel_index(hottest, labels.shape)
    fine = _crop(channels, labels, label, centre, FINE_SHAPE)
    wide = tuple(n * COARSE_FACTOR for n in COARSE_SHAPE)
    coarse = _crop(channels, labels, label, centre, wide)
    k, j, i = COARSE_SHAPE
    f = COARSE_FACTOR
    coarse = coarse.reshape(len(coarse), k, f, j, f, i, f).mean(axis=(2, 4, 6))
    return fine, np.ascontiguousarray(coarse, dtype=np.float32)


def _crop(
    channels: Float32Array,
    labels: npt.NDArray[np.integer],
    label: int,
    centre: tuple[np.intp, ...],
    shape: tuple[int, ...],
) -> Float32Array:
    """``[5, *shape]`` around an index; air outside the image."""
    out = np.empty((5, *shape), dtype=np.float32)
    for channel, value in enumerate((*AIR_CHANNELS, 0.0)):
        out[channel] = value
    source, target = [], []
    for middle, size, limit in zip(centre, shape, labels.shape, strict=True):
        start = int(middle) - size // 2
        low, high = max(0, start), min(limit, start + size)
        source.append(slice(low, high))
        target.append(slice(low - start, high - start))
    for channel in range(4):
        out[channel][tuple(target)] = channels[channel][tuple(source)]
    out[4][tuple(target)] = labels[tuple(source)] == label
    return out
