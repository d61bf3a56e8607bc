"""Contour planes as slabs: how far each reaches along its normal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Planes up to this many steps apart are neighbours, and what lies between them is filled.
NEIGHBOURS_WITHIN = 1.5
#: Planes evenly this far apart, in mm, are still taken for the slices of one image.
MOST_EVEN_MM = 10.0
#: A slice this much beyond a slab, in its spacing, is within it: positions are rounded.
_ROUNDED = 1e-3


@dataclass(frozen=True, eq=False)
class Slabs:
    """Planes at heights, ascending ``[n]``, each with how far it reaches ``down`` and ``up``.

    Towards a neighbour a plane reaches half of the way (``inf`` here: the nearer plane has it).

    Parameters
    ----------
    step
        Own spacing of the planes: a plane without neighbour is a slab of that height.
    skipped
        Single planes that are missing between neighbours of two steps.
    sparse
        Whether the planes are evenly spaced, but wider than the image's slices.
    apart
        Whether no two planes are neighbours.
    """

    heights: Floats
    down: Floats
    up: Floats
    step: float
    skipped: int = 0
    sparse: bool = False
    apart: bool = False

    def plane_of(self, at: npt.ArrayLike) -> npt.NDArray[np.intp]:
        """Return the number of the plane whose slab holds each height, -1 where none does.

        Half-way between two planes the lower one has it, as at a slab's upper end.
        """
        place = np.asarray(at, dtype=np.float64)
        nearest = np.searchsorted((self.heights[:-1] + self.heights[1:]) / 2.0, place)
        off = place - self.heights[nearest]
        within = (off <= self.up[nearest] + _ROUNDED) & (off > _ROUNDED - self.down[nearest])
        return np.where(within, nearest, -1)


def slabs(heights: Floats, image_step: float, most_even: float, *, least: float = 0.0) -> Slabs:
    """Return the slabs of contour planes.

    Their own spacing comes from the planes where most of them are evenly spaced, otherwise from
    the image: contours far apart do not stand for what lies between them.

    Parameters
    ----------
    heights
        Of the planes, ascending ``[n]``.
    image_step
        Distance of the slices that the contours were drawn on, in the unit of the heights.
    most_even
        Even spacing up to which contours may have been drawn on every second slice.
    least
        Every plane without neighbour is at least that high.
    """
    gaps = np.diff(heights)
    own = own_step(gaps)
    sparse = own is not None and own > NEIGHBOURS_WITHIN * image_step
    if own is None or own > most_even:
        sparse = False
        near = gaps[gaps <= NEIGHBOURS_WITHIN * image_step]
        own = float(near.min()) if near.size else image_step
    half = max(own, least) / 2.0
    joined = gaps <= NEIGHBOURS_WITHIN * own
    reach = np.where(joined, np.inf, np.minimum(half, gaps / 2.0))
    return Slabs(
        heights,
        down=np.concatenate([[half], reach]),
        up=np.concatenate([reach, [half]]),
        step=own,
        skipped=int(np.count_nonzero(~joined & (gaps <= (1.0 + NEIGHBOURS_WITHIN) * own))),
        sparse=sparse,
        apart=bool(gaps.size) and not joined.any(),
    )


def own_step(gaps: Floats) -> float | None:
    """Return the spacing that at least half of the gaps between planes share, or ``None``.

    One gap alone says nothing, and multiples of the spacing are missing planes.
    """
    ordered = np.sort(gaps)
    for least in ordered:
        alike = ordered[(ordered >= least) & (ordered <= NEIGHBOURS_WITHIN * least)]
        if alike.size >= max(2.0, 0.5 * ordered.size):
            return float(np.median(alike))
    return None
