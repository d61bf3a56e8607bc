"""Where a registration may begin, and how much two images have in common there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.core.space.alignment import RigidAlignment
from app.core.space.grid import FloatArray
from app.core.space.volume import Volume

#: Steps of the search along the body where frames of reference differ.
_STEP_MM = 24.0
#: Most of them, on each side.
_MOST_STEPS = 20


@dataclass(frozen=True, eq=False)
class Candidate:
    """A movement from moving to fixed (4 x 4, LPS mm); trusted where headers or a person say so."""

    matrix: FloatArray
    trusted: bool = False


def candidates(
    fixed: Volume,
    moving: Volume,
    start: RigidAlignment | None,
    fixed_body_lps_mm: FloatArray,
    moving_body_lps_mm: FloatArray,
) -> list[Candidate]:
    """Return movements to try: the given one, as the headers say, mass on mass, centre on centre.

    Where the frames of reference differ nothing is known of the place along the body: the mass is
    then also shifted along S.
    """
    found: list[Candidate] = []
    same = fixed.grid.same_space(moving.grid)
    if start is not None:
        found.append(Candidate(start.matrix_lps_mm, trusted=same or not start.joins_frames))
    if same or fixed.grid.overlaps(moving.grid):
        found.append(Candidate(np.eye(4), trusted=same))
    mass = fixed_body_lps_mm.mean(axis=0) - moving_body_lps_mm.mean(axis=0)
    centre = fixed.grid.centre_lps_mm - moving.grid.centre_lps_mm
    found += [Candidate(_shift(mass)), Candidate(_shift(centre))]
    if not same:
        spans = [np.ptp(x[:, 2]) for x in (fixed_body_lps_mm, moving_body_lps_mm)]
        reach = min(_MOST_STEPS, int(max(spans) / 2 / _STEP_MM))
        steps = [n for n in range(-reach, reach + 1) if n]
        found += [Candidate(_shift(mass + np.array((0.0, 0.0, n * _STEP_MM)))) for n in steps]
    return found


def overlap_fraction(
    matrix: FloatArray, fixed: tuple[Any, FloatArray], moving: tuple[Any, FloatArray]
) -> float:
    """Return how much of the smaller body lies in the other image after a movement, 0 to 1.

    Parameters
    ----------
    matrix
        4 x 4, moving to fixed, LPS mm.
    fixed, moving
        SimpleITK image and voxel centres of its body (``[n, 3]``, LPS mm).
    """
    back = np.linalg.inv(matrix)
    here = moving[1] @ matrix[:3, :3].T + matrix[:3, 3]
    there = fixed[1] @ back[:3, :3].T + back[:3, 3]
    return max(_inside(fixed[0], here), _inside(moving[0], there))


def _inside(image: Any, points_lps_mm: FloatArray) -> float:
    steps = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    index = (points_lps_mm - np.array(image.GetOrigin())) @ np.linalg.inv(steps).T
    size = np.array(image.GetSize())
    return float(np.all((index > -0.5) & (index < size - 0.5), axis=1).mean())


def _shift(by_lps_mm: FloatArray) -> FloatArray:
    matrix = np.eye(4)
    matrix[:3, 3] = by_lps_mm
    return matrix
