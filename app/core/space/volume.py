"""An image: numbers of one quantity on one grid."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import GridError, QuantityError
from app.core.space.grid import ImageGrid


class Quantity(StrEnum):
    """What the numbers of a volume are."""

    HU = "HU"
    SUV_BW = "SUVbw"
    SUV_LBM = "SUVlbm"
    SUV_BSA = "SUVbsa"
    SUV_IBW = "SUVibw"
    BQML = "Bq/ml"
    COUNTS = "counts"
    MR = "MR signal"
    PROBABILITY = "probability"
    ENTROPY = "entropy"
    LABEL = "label"
    MU = "1/cm"
    OTHER = "arbitrary"


@dataclass(frozen=True, eq=False)
class Volume:
    """Numbers of one quantity on one grid; the array is write-locked.

    Parameters
    ----------
    grid
        Where the voxels are.
    array
        C-ordered ``[k, j, i]`` array of the grid's shape, any real dtype.
    quantity
        What the numbers are.
    series_uid
        DICOM Series Instance UID (or a made-up id for NIfTI) that the numbers came from.
    description
        Series description or file name, for display.
    unmeasured
        True ``[k, j, i]`` where the array stands for no measurement (padding, not a number), or
        ``None`` where every voxel was measured.

    Raises
    ------
    GridError
        If the array's shape, or that of the mask, is not the grid's.
    """

    grid: ImageGrid
    array: npt.NDArray[Any]
    quantity: Quantity
    series_uid: str = ""
    description: str = ""
    unmeasured: npt.NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if tuple(self.array.shape) != self.grid.shape_kji:
            raise GridError(
                f"The array has shape {self.array.shape}, its grid {self.grid.shape_kji}."
            )
        if self.unmeasured is not None:
            if self.unmeasured.shape != self.array.shape:
                raise GridError("The mask of an image has not the image's shape.")
            self.unmeasured.flags.writeable = False
        array = np.ascontiguousarray(self.array)
        if array.flags.writeable:
            # A locked view: the caller's own reference may stay writable, ours is not.
            array = array.view()
            array.flags.writeable = False
        object.__setattr__(self, "array", array)

    def require(self, *quantities: Quantity) -> Volume:
        """Return the volume itself if it holds one of the quantities, otherwise raise.

        Raises
        ------
        QuantityError
            If the quantity is another.
        """
        if self.quantity not in quantities:
            wanted = " or ".join(str(q) for q in quantities)
            raise QuantityError(f"This image holds {self.quantity}, but {wanted} is needed.")
        return self

    def value_at(self, point_lps_mm: npt.ArrayLike) -> float | None:
        """Value of the native voxel that holds a position, or ``None`` outside."""
        index = self.grid.nearest_index_kji(point_lps_mm)
        return None if index is None else float(self.array[index])
