"""Isocontours: what is as hot as a threshold and hangs together with the hottest voxel of a ball.

The reader drags a ball over an uptake. The seed is its hottest voxel. The region is every voxel at
or above the threshold that hangs together with the seed (18 neighbours: faces and edges), inside a
ball of twice the radius. A region that reaches that limit is marked as cut off; so is one that
holds a hotter voxel than the seed, because a share of the maximum then is not that of the region.

Thresholds x, of the seed's value M, its SUVpeak P (`app.core.space.peaks`, 1 ml sphere) and the
background B:

- fixed: x = value.
- percent of max: x = value · M (41 %: EANM guideline for FDG, Boellaard 2015).
- background adapted: x = B + value · (P − B), with value 0.5: the 50 % isocontour adapted to the
  local background (A50 of Boellaard and co-workers, for example Frings, J Nucl Med 2010;51:1870).
  Nestle 2005 and Schaefer 2008 have the same form, linear in uptake and background, with constants
  that were fitted to one scanner each; those are not used.

B is the median of the voxels between the ball and the limit that do not belong to the seed's
region at 50 % of P. The median, because another uptake nearby must not raise it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from app.core.drawn.voi import (
    BoolArray,
    Isocontour,
    Slices,
    ThresholdKind,
    ThresholdRule,
    Voxels,
    index_box,
    scaled_distance,
)
from app.core.space.peaks import sphere_means, sphere_rows
from app.core.space.volume import Volume

#: The region stays within a ball of so many times the dragged radius.
LIMIT_FACTOR = 2.0

IntArray = npt.NDArray[np.int64]

_ON_SURFACE = 1.0 + 1e-9
_NEIGHBOURS = ndimage.generate_binary_structure(3, 2)


@dataclass(frozen=True, eq=False)
class IsoRegion:
    """What grew, and from what.

    Parameters
    ----------
    voxels
        On the PET's grid; ``None`` where nothing reaches the threshold.
    threshold
        In the PET's unit; NaN where it is not defined.
    seed_kji, seed_value
        The hottest voxel of the ball; ``None`` and NaN where the ball holds no finite voxel.
    peak, background
        For a background-adapted threshold; NaN otherwise.
    cut_off
        Whether the region reaches the limit.
    hotter_outside
        Whether the region holds a voxel hotter than the seed.
    """

    voxels: Voxels | None
    threshold: float
    seed_kji: tuple[int, int, int] | None
    seed_value: float
    peak: float = float("nan")
    background: float = float("nan")
    cut_off: bool = False
    hotter_outside: bool = False


_NOTHING = IsoRegion(None, float("nan"), None, float("nan"))


def grow(pet: Volume, contour: Isocontour) -> IsoRegion:
    """Grow an isocontour on the PET's native voxels.

    Only a box around the ball is looked at: the cost does not depend on the image's size.
    """
    half = contour.half_lps_mm
    # One voxel more than the limit: there a region is seen to be cut off.
    reach = contour.radius_mm * LIMIT_FACTOR + max(pet.grid.spacing_kji_mm)
    wide = (reach, reach, reach)
    box = index_box(pet.grid, contour.centre_lps_mm, wide)
    if box is None or contour.radius_mm <= 0:
        return _NOTHING
    values = pet.measured(box)
    away = scaled_distance(pet.grid, box, contour.centre_lps_mm, half)
    finite = np.isfinite(values)
    ball = (away <= _ON_SURFACE) & finite
    if not ball.any():
        return _NOTHING
    limit = (away <= LIMIT_FACTOR**2 * _ON_SURFACE) & finite
    seed_value = float(values[ball].max())
    hottest = np.argwhere(ball & (values == seed_value))
    at, peak, background = hottest[0], float("nan"), float("nan")
    if contour.rule.kind is ThresholdKind.BACKGROUND_ADAPTED:
        at, peak = _highest_peak(pet, box, hottest)
        core = _connected(limit & (values >= 0.5 * peak), at)
        shell = limit & ~ball & ~core
        background = float(np.median(values[shell])) if shell.any() else float("nan")
    k, j, i = (int(x) for x in at)
    seed = (box[0].start + k, box[1].start + j, box[2].start + i)
    threshold = _threshold(contour.rule, seed_value, peak, background)
    region = _connected(limit & (values >= threshold), at)
    return IsoRegion(
        _trimmed(box, region),
        threshold,
        seed,
        seed_value,
        peak,
        background,
        _reaches(region, limit, finite),
        bool(region.any()) and float(values[region].max()) > seed_value,
    )


def _threshold(rule: ThresholdRule, greatest: float, peak: float, background: float) -> float:
    if rule.kind is ThresholdKind.FIXED:
        return rule.value
    if rule.kind is ThresholdKind.PERCENT_OF_MAX:
        # Of nothing hot every share is met: no region then, as for 41 % volumes of lesions.
        return rule.value * greatest if greatest > 0 else float("nan")
    return background + rule.value * (peak - background)


def _highest_peak(pet: Volume, box: Slices, hottest: IntArray) -> tuple[IntArray, float]:
    """Return which of several hottest voxels of a box has the highest SUVpeak (IBSI), and that."""
    k, j, i = (hottest[:, axis] + box[axis].start for axis in range(3))
    peaks = sphere_means(pet.array, (k, j, i), sphere_rows(pet.grid))
    best = int(np.nanargmax(peaks))
    return hottest[best], float(peaks[best])


def _connected(inside: BoolArray, seed: IntArray) -> BoolArray:
    """Return the part that hangs together with the seed; nothing if the seed is not in it."""
    at = tuple(seed.tolist())
    if not inside[at]:
        return np.zeros_like(inside)
    labels = np.asarray(ndimage.label(inside, _NEIGHBOURS)[0])
    return np.asarray(labels == labels[at], dtype=np.bool_)


def _reaches(region: BoolArray, limit: BoolArray, finite: BoolArray) -> bool:
    """Whether a voxel of the region has a neighbour outside the limit (not: of the image)."""
    if not region.any():
        return False
    # Only the surroundings of the region: they are small where the ball is large.
    found = ndimage.find_objects(region.view(np.uint8))[0]
    near = tuple(slice(max(s.start - 1, 0), s.stop + 1) for s in found)
    around = ndimage.binary_dilation(region[near], ndimage.generate_binary_structure(3, 1))
    return bool((around & ~limit[near] & finite[near]).any())


def _trimmed(box: Slices, region: BoolArray) -> Voxels | None:
    """Return the region in the smallest box."""
    if not region.any():
        return None
    found = ndimage.find_objects(region.view(np.uint8))[0]
    k, j, i = (
        slice(outer.start + inner.start, outer.start + inner.stop)
        for outer, inner in zip(box, found, strict=True)
    )
    return Voxels((k, j, i), np.ascontiguousarray(region[found]))
