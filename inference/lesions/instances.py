"""From a lesion probability to lesions on the PET's native grid.

1. Probabilities are brought back by linear interpolation; what was computed at 4 mm is not made
   sharper than it is.
2. Voxels at or above the card's threshold form components with 18-connectivity (autoPET).
3. Components below `LEAST_VOLUME_ML` are specks and are dropped.
4. A component is split only where it clearly holds several lesions: maxima of the smoothed SUV
   at least `SPLIT_DISTANCE_MM` apart, between which the uptake falls to `SPLIT_SADDLE` of the
   weaker one (their own 50 % isocontours do not touch), each part at least `SPLIT_VOLUME_ML`. A
   seeded watershed draws the border.

Arrays are C-ordered ``[k, j, i]``. No torch here.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from app.core.space.grid import ImageGrid
from inference.prepare.body import Box

Float32Array = npt.NDArray[np.float32]
LabelArray = npt.NDArray[np.uint16]
BoolArray = npt.NDArray[np.bool_]

LEAST_VOLUME_ML = 0.2
"""A sphere of 7 mm: less than a scanner resolves. Three voxels of the network's 4 mm grid."""
SPLIT_DISTANCE_MM = 15.0
SPLIT_SADDLE = 0.5
SPLIT_VOLUME_ML = 1.0
SPLIT_SMOOTHING_FWHM_MM = 6.0
ZONE_MARGIN_MM = 12.0
"""How far beyond its outline a lesion may grow in a Monte Carlo sample: three network voxels."""
MOST_CANDIDATES = 999
NEGLIGIBLE = 1e-3

_EIGHTEEN = ndimage.generate_binary_structure(3, 2)


def crop_grid(grid: ImageGrid, box: Box) -> ImageGrid:
    """Return the grid of a part of an array."""
    shape = (
        box[0].stop - box[0].start,
        box[1].stop - box[1].start,
        box[2].stop - box[2].start,
    )
    affine = np.array(grid.affine_lps_mm)
    affine[:3, 3] = grid.points_lps_mm([part.start for part in box])
    return ImageGrid(shape, affine, grid.frame_of_reference_uid)


def to_native(array: npt.NDArray[np.floating], grid: ImageGrid, native: ImageGrid) -> Float32Array:
    """Interpolate linearly onto the native grid, as float32.

    The source is extended by its border voxel on every side: its grid covers the native one, but
    its outermost voxel centres lie up to half a voxel inside.
    """
    matrix = grid.inverse_affine @ native.affine_lps_mm
    linear, offset = matrix[:3, :3], matrix[:3, 3]
    diagonal = np.diag(linear)
    # A diagonal map takes scipy's separable path, several times faster.
    plain = np.abs(linear - np.diag(diagonal)).max() < 1e-9
    moved = ndimage.affine_transform(
        np.pad(np.asarray(array, dtype=np.float32), 1, mode="edge"),
        diagonal if plain else linear,
        offset + 1.0,
        native.shape_kji,
        order=1,
        mode="constant",
        cval=0.0,
        output=np.float32,
    )
    return np.asarray(moved, dtype=np.float32)


def native_probability(
    probability: Float32Array, grid: ImageGrid, native: ImageGrid
) -> Float32Array:
    """Bring a probability onto the native grid, computing only where it is not negligible.

    Parameters
    ----------
    probability
        float32 ``[k, j, i]`` on ``grid``.
    grid, native
        The network's grid and the PET's.

    Returns
    -------
    numpy.ndarray
        float32 ``[k, j, i]``; values below `NEGLIGIBLE` may be 0.
    """
    out = np.zeros(native.shape_kji, dtype=np.float32)
    boxes = _boxes((probability > NEGLIGIBLE).astype(np.uint8))
    box = boxes[0] if boxes else None
    here = None if box is None else box_on(native, grid, box)
    if box is None or here is None:
        return out
    # One voxel around the box: interpolation falls off to its neighbours.
    wide = grow_box(box, np.ones(3, dtype=int), grid.shape_kji)
    out[here] = to_native(probability[wide], crop_grid(grid, wide), crop_grid(native, here))
    return np.clip(out, 0.0, 1.0, out=out)


def entropy_bits(probability: npt.ArrayLike) -> Float32Array:
    """Entropy of a yes-or-no answer in bits: 1 at probability 0.5, 0 at 0 and 1."""
    p = np.clip(np.asarray(probability, dtype=np.float32), 0.0, 1.0)
    q = np.float32(1.0) - p
    tiny = np.float32(1e-38)
    out = -(p * np.log2(np.maximum(p, tiny)) + q * np.log2(np.maximum(q, tiny)))
    return np.asarray(np.maximum(out, 0.0), dtype=np.float32)


def box_on(native: ImageGrid, grid: ImageGrid, box: Box) -> Box | None:
    """Return the part of a native grid that holds a part of another grid, or ``None``.

    A margin of one source voxel is added: linear interpolation reaches that far.
    """
    if any(part.stop <= part.start for part in box):
        return None
    ends = np.array([[part.start - 1.5, part.stop + 0.5] for part in box])
    corners = np.array(np.meshgrid(*ends, indexing="ij")).reshape(3, -1).T
    index = native.indices_kji(grid.points_lps_mm(corners))
    low = np.maximum(np.ceil(index.min(axis=0) - 1e-6).astype(int), 0)
    high = np.minimum(np.floor(index.max(axis=0) + 1e-6).astype(int) + 1, native.shape_kji)
    if np.any(high <= low):
        return None
    k, j, i = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return k, j, i


def grow_box(box: Box, margin_kji: npt.NDArray[np.integer], shape: tuple[int, ...]) -> Box:
    """Return a box with a margin on each side, inside the array."""
    k, j, i = (
        slice(max(0, part.start - int(m)), min(size, part.stop + int(m)))
        for part, m, size in zip(box, margin_kji, shape, strict=True)
    )
    return k, j, i


def find_instances(
    probability: Float32Array,
    pet_suvbw: npt.NDArray[np.floating],
    grid: ImageGrid,
    threshold: float,
    least_volume_ml: float = LEAST_VOLUME_ML,
) -> tuple[LabelArray, int]:
    """Label lesions in a native probability map.

    Parameters
    ----------
    probability, pet_suvbw
        ``[k, j, i]`` on the PET's native grid; finite.
    grid
        That grid.
    threshold
        Least probability of a lesion voxel.
    least_volume_ml
        Smaller components are dropped.

    Returns
    -------
    labels
        uint16 ``[k, j, i]``, 1 to n by falling TLG.
    left_out
        Number of the smallest lesions dropped because a labelmap holds `MOST_CANDIDATES`.
    """
    components, count = ndimage.label(probability >= threshold, structure=_EIGHTEEN)
    out = np.zeros(grid.shape_kji, dtype=np.int32)
    least = max(1, int(np.ceil(least_volume_ml / grid.voxel_volume_ml - 1e-9)))
    sizes = np.bincount(components[components > 0], minlength=count + 1)
    found = 0
    tlg: list[float] = []
    for number, box in enumerate(_boxes(components), start=1):
        if box is None or sizes[number] < least:
            continue
        wide = grow_box(box, _margin(grid, SPLIT_SMOOTHING_FWHM_MM), grid.shape_kji)
        mask = components[wide] == number
        parts = split_touching(mask, pet_suvbw[wide], grid)
        for part in range(1, int(parts.max()) + 1):
            found += 1
            here = parts == part
            out[wide][here] = found
            tlg.append(float(pet_suvbw[wide][here].sum()))
    order = np.argsort(-np.array(tlg), kind="stable")
    rank = np.zeros(found + 1, dtype=np.uint16)
    kept = order[:MOST_CANDIDATES]
    rank[kept + 1] = np.arange(1, kept.size + 1)
    return rank[out], found - int(kept.size)


def split_touching(
    mask: BoolArray, pet_suvbw: npt.NDArray[np.floating], grid: ImageGrid
) -> npt.NDArray[np.int32]:
    """Split one component where it clearly holds several lesions (see the module's text).

    Parameters
    ----------
    mask
        bool ``[k, j, i]``, one component.
    pet_suvbw
        SUV of the same part of the image.
    grid
        For spacing and voxel volume.

    Returns
    -------
    numpy.ndarray
        int32 ``[k, j, i]``: 1 to n inside the mask, 0 outside.
    """
    whole = mask.astype(np.int32)
    spacing = np.array(grid.spacing_kji_mm)
    index = np.argwhere(mask)
    span_mm = float(np.linalg.norm((index.max(axis=0) - index.min(axis=0)) * spacing))
    volume_ml = len(index) * grid.voxel_volume_ml
    if volume_ml < 2.0 * SPLIT_VOLUME_ML or span_mm < SPLIT_DISTANCE_MM:
        return whole
    sigma = SPLIT_SMOOTHING_FWHM_MM / np.sqrt(8.0 * np.log(2.0)) / spacing
    smooth = ndimage.gaussian_filter(pet_suvbw.astype(np.float32), sigma, mode="nearest")
    peaks = _separate_peaks(mask, smooth, spacing)
    while len(peaks) > 1:
        parts = _watershed(mask, smooth, peaks)
        volumes = np.bincount(parts.reshape(-1), minlength=len(peaks) + 1)[1:]
        least = int(volumes.argmin())
        if volumes[least] * grid.voxel_volume_ml >= SPLIT_VOLUME_ML:
            return parts
        del peaks[least]
    return whole


def _separate_peaks(
    mask: BoolArray, smooth: Float32Array, spacing: npt.NDArray[np.float64]
) -> list[tuple[int, ...]]:
    """Return maxima that stay apart down to `SPLIT_SADDLE` of the weaker one.

    A falling water level: an island that rises is a maximum; where islands meet, the weaker
    maximum is given up unless the level has fallen below its saddle limit.
    """
    highest = float(smooth[mask].max())
    if highest <= 0.0:
        return []
    lowest = max(float(smooth[mask].min()), 0.02 * highest)
    steps = int(np.ceil(np.log(highest / lowest) / 0.05)) + 1
    peaks: list[tuple[int, ...]] = []
    for level in highest * np.exp(-0.05 * np.arange(1, steps + 1)):
        islands, count = ndimage.label(mask & (smooth >= level), structure=_EIGHTEEN)
        on: dict[int, list[tuple[int, ...]]] = {n: [] for n in range(1, count + 1)}
        for peak in peaks:
            on[int(islands[peak])].append(peak)
        kept: list[tuple[int, ...]] = []
        for island, own in on.items():
            if not own:
                flat = np.where(islands == island, smooth, -np.inf).argmax()
                own = [tuple(int(x) for x in np.unravel_index(flat, mask.shape))]
            own = sorted(own, key=lambda p: -float(smooth[p]))
            strong = own[:1]
            for peak in own[1:]:
                apart_mm = min(
                    float(np.linalg.norm((np.array(peak) - q) * spacing)) for q in strong
                )
                if level <= SPLIT_SADDLE * smooth[peak] and apart_mm >= SPLIT_DISTANCE_MM:
                    strong.append(peak)
            kept += strong
        peaks = kept
    return peaks


def _watershed(
    mask: BoolArray, smooth: Float32Array, peaks: list[tuple[int, ...]]
) -> npt.NDArray[np.int32]:
    """Give each voxel of the mask to the maximum that it is reached from over the highest pass."""
    top = float(smooth[mask].max())
    height = np.where(mask, np.clip(smooth / top, 0.0, 1.0), 0.0)
    cost = np.where(mask, np.round(65000.0 * (1.0 - height)), 65535.0).astype(np.uint16)
    markers = np.zeros(mask.shape, dtype=np.int32)
    for n, peak in enumerate(peaks, start=1):
        markers[peak] = n
    flooded = ndimage.watershed_ift(cost, markers, structure=_EIGHTEEN)
    return np.where(mask, flooded, 0).astype(np.int32)


def make_zones(labels: LabelArray, grid: ImageGrid) -> LabelArray:
    """Where each lesion may grow in a Monte Carlo sample.

    Each voxel within `ZONE_MARGIN_MM` of an outline belongs to the nearest lesion (the larger TLG
    where two are equally near); lesions never enter each other.
    """
    zones = np.zeros_like(labels)
    spacing = grid.spacing_kji_mm
    margin = _margin(grid, ZONE_MARGIN_MM)
    boxes = _boxes(labels)
    if not boxes:
        return zones
    nearest = np.full(labels.shape, np.inf, dtype=np.float32)
    for label, box in enumerate(boxes, start=1):
        if box is None:
            continue
        wide = grow_box(box, margin, labels.shape)
        distance = ndimage.distance_transform_edt(labels[wide] != label, sampling=spacing)
        distance = np.asarray(distance, dtype=np.float32)
        closer = (distance < nearest[wide]) & (distance <= ZONE_MARGIN_MM)
        zones[wide][closer] = label
        nearest[wide][closer] = distance[closer]
    return zones


def sample_mask(
    sample: npt.NDArray[np.float16],
    sample_box: Box,
    grid: ImageGrid,
    native: ImageGrid,
    zones: LabelArray,
    threshold: float,
) -> npt.NDArray[np.uint8]:
    """Outlines of one Monte Carlo sample on the native grid, inside the zones.

    Parameters
    ----------
    sample
        Probabilities of a part of the network's grid; 0 elsewhere.
    sample_box, grid
        That part, and the network's grid.
    native, zones
        The PET's grid and `make_zones` on it.
    threshold
        Least probability of a lesion voxel.

    Returns
    -------
    numpy.ndarray
        uint8 vector: `numpy.packbits` of the flat mask.
    """
    mask = np.zeros(native.shape_kji, dtype=bool)
    part = crop_grid(grid, sample_box) if sample.size else None
    for label, box in enumerate(_boxes(zones), start=1):
        if box is None or part is None:
            continue
        here = to_native(sample, part, crop_grid(native, box)) >= threshold
        mask[box] |= here & (zones[box] == label)
    return np.packbits(mask.reshape(-1))


def labels_on(
    labels: LabelArray, native: ImageGrid, grid: ImageGrid, pet_suvbw: npt.NDArray[np.floating]
) -> LabelArray:
    """Bring a native labelmap onto the network's grid (nearest), losing no lesion.

    A lesion that falls between the voxels keeps the one nearest to its hottest voxel.
    """
    matrix = native.inverse_affine @ grid.affine_lps_mm
    out = np.zeros(grid.shape_kji, dtype=np.uint16)
    for label, box in enumerate(_boxes(labels), start=1):
        if box is None:
            continue
        wide = box_on(grid, native, box)
        if wide is not None:
            start = np.array([p.start for p in wide], dtype=np.float64)
            offset = matrix[:3, :3] @ start + matrix[:3, 3] - [p.start for p in box]
            here = ndimage.affine_transform(
                (labels[box] == label).astype(np.uint8),
                matrix[:3, :3],
                offset,
                crop_grid(grid, wide).shape_kji,
                order=0,
                mode="constant",
            )
            out[wide][here > 0] = label
        if wide is None or not (out[wide] == label).any():
            mask = labels[box] == label
            at = np.unravel_index(np.where(mask, pet_suvbw[box], -np.inf).argmax(), mask.shape)
            index = np.array(at) + [p.start for p in box]
            near = np.round(grid.indices_kji(native.points_lps_mm(index))).astype(int)
            k, j, i = np.clip(near, 0, np.array(grid.shape_kji) - 1)
            out[k, j, i] = label
    return out


def _margin(grid: ImageGrid, distance_mm: float) -> npt.NDArray[np.integer]:
    return np.ceil(distance_mm / np.array(grid.spacing_kji_mm)).astype(int)


def _boxes(labels: npt.NDArray[np.integer]) -> list[Box | None]:
    """Bounding box of each label from 1 on; ``None`` for labels that no voxel carries."""
    return cast("list[Box | None]", ndimage.find_objects(labels))
