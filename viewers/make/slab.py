"""Slabs: the projection of a thick layer in the place of one slice."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.space.grid import ImageGrid
from viewers.make.vtk_images import ThickCut

LEAST_MM, MOST_MM = 1.0, 300.0


class SlabMode(StrEnum):
    """What is shown of all values along the normal of a slab."""

    MAXIMUM = "maximum"
    MEAN = "mean"
    MINIMUM = "minimum"


#: Names in the corner of a pane, as readers say them.
SLAB_NAMES = {SlabMode.MAXIMUM: "MIP", SlabMode.MEAN: "Mean", SlabMode.MINIMUM: "MinIP"}
_VTK_NAMES = {SlabMode.MAXIMUM: "Max", SlabMode.MEAN: "Mean", SlabMode.MINIMUM: "Min"}


@dataclass(frozen=True)
class Slab:
    """A layer around the plane of the crosshair, half of it on either side; off without a mode."""

    mode: SlabMode | None = None
    thickness_mm: float = 10.0

    def slices(self, at: float, spacing_mm: float, nearest: int) -> slice:
        """Native slices whose middles lie in the slab; the nearest one at least.

        Parameters
        ----------
        at
            Fractional index of the crosshair along the slices.
        spacing_mm
            Distance of the slices.
        nearest
            Index of the slice that would be shown alone.
        """
        reach = self.thickness_mm / 2 / spacing_mm
        # A middle on the very face counts on both sides, whatever rounding did to it.
        first, last = math.ceil(at - reach - 1e-6), math.floor(at + reach + 1e-6)
        return slice(max(0, min(first, nearest)), max(last, nearest) + 1)

    def project(self, layer: npt.NDArray[Any], axis: int) -> npt.NDArray[Any]:
        """Maximum, minimum (in the array's type) or mean (float32) along an axis of a layer."""
        if self.mode is SlabMode.MEAN:
            mean: npt.NDArray[Any] = layer.mean(axis=axis, dtype=np.float32)
            return mean
        reduced: npt.NDArray[Any]
        reduced = layer.max(axis=axis) if self.mode is SlabMode.MAXIMUM else layer.min(axis=axis)
        return reduced

    def cuts(
        self, grid: ImageGrid, normal_lps: npt.NDArray[np.float64], pixel_mm: float
    ) -> ThickCut | None:
        """Cuts that fill the slab; ``None`` while off.

        They lie no wider apart than the native slices are along the normal, or than a pixel where
        that is larger.
        """
        if self.mode is None:
            return None
        per_mm = grid.inverse_affine[:3, :3] @ normal_lps
        apart_mm = max(1.0 / float(np.abs(per_mm).max()), pixel_mm)
        count = max(1, math.ceil(self.thickness_mm / apart_mm - 1e-6))
        return ThickCut(_VTK_NAMES[self.mode], count, per_mm * (self.thickness_mm / count))

    def with_thickness(self, thickness_mm: float) -> Slab:
        """Return it thicker or thinner, within 1 to 300 mm."""
        return Slab(self.mode, min(max(float(thickness_mm), LEAST_MM), MOST_MM))


#: No slab: one slice.
THIN = Slab()
