"""The space of an oblique plane: patient space turned so that the plane is one of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Turn:
    """How one plane is turned, and which place stayed where it was.

    A position ``p`` (LPS mm) lies at ``matrix^T (p - pivot) + place`` of the plane's space, in
    which the plane is axial, coronal or sagittal as before.

    Parameters
    ----------
    matrix
        3 x 3 rotation by rows: its columns are the LPS unit vectors of the plane's three axes.
    pivot_lps_mm
        Position about which it was turned last.
    place_mm
        Where the pivot lies in the plane's space: what keeps the picture under the crosshair.
    """

    matrix: tuple[Point, Point, Point]
    pivot_lps_mm: Point
    place_mm: Point

    @cached_property
    def array(self) -> FloatArray:
        """The matrix as an array."""
        return np.array(self.matrix)

    def to_plane(self, points_lps_mm: npt.ArrayLike) -> FloatArray:
        """Map positions (``[..., 3]``, LPS mm) to the plane's space."""
        points = np.asarray(points_lps_mm, dtype=np.float64) - np.array(self.pivot_lps_mm)
        placed: FloatArray = points @ self.array + np.array(self.place_mm)
        return placed

    def to_lps(self, points_mm: npt.ArrayLike) -> FloatArray:
        """Map places of the plane's space (``[..., 3]``) to LPS mm."""
        points = np.asarray(points_mm, dtype=np.float64) - np.array(self.place_mm)
        placed: FloatArray = points @ self.array.T + np.array(self.pivot_lps_mm)
        return placed

    def vector_lps(self, vector: FloatArray) -> FloatArray:
        """Turn a direction of the plane's space into LPS."""
        turned: FloatArray = self.array @ vector
        return turned
