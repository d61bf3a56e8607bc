"""Outlines that overlap: as few labelmaps as hold every voxel of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import InputError

IntArray = npt.NDArray[np.int64]
LabelArray = npt.NDArray[np.uint16]

#: Memory of the layers while they are filled.
_MOST_BYTES = 4 << 30
_MOST_VOXELS = 1 << 30


@dataclass(eq=False)
class Layers:
    """uint16 labelmaps ``[k, j, i]`` of one shape; an outline lies in one of them, whole.

    Parameters
    ----------
    shape_kji
        Of every layer.
    arrays
        The layers, the fullest first.
    shared
        By label: voxels that an earlier outline holds too.

    Raises
    ------
    InputError
        If a layer of this shape is larger than can be held.
    """

    shape_kji: tuple[int, int, int]
    arrays: list[LabelArray] = field(default_factory=list)
    shared: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        voxels = 1
        for n in self.shape_kji:
            voxels *= int(n)
        if voxels > _MOST_VOXELS:
            raise InputError(
                f"The outlines span a grid of {voxels / 1e9:.1f} thousand million voxels, more "
                "than can be held.",
                "Check that their positions are those of the study.",
            )
        if not self.arrays:
            self.arrays.append(np.zeros(self.shape_kji, np.uint16))

    def add(self, label: int, parts: Sequence[IntArray]) -> None:
        """Put an outline into the first layer where no other holds a voxel of it.

        Parameters
        ----------
        label
            Of the outline, 1 or more.
        parts
            C-order flat indices of its voxels, in any number of arrays.

        Raises
        ------
        InputError
            If so many outlines overlap that their layers cannot be held.
        """
        held = [np.zeros(x.size, np.bool_) for x in parts]
        free = None
        for layer in self.arrays:
            flat = layer.reshape(-1)
            taken = [flat[x] > 0 for x in parts]
            if free is None and not any(x.any() for x in taken):
                free = flat
            held = [a | b for a, b in zip(held, taken, strict=True)]
        shared = sum(int(np.count_nonzero(x)) for x in held)
        if shared:
            self.shared[label] = shared
        if free is None:
            free = self._another().reshape(-1)
        for part in parts:
            free[part] = label

    def _another(self) -> LabelArray:
        if (len(self.arrays) + 1) * self.arrays[0].nbytes > _MOST_BYTES:
            raise InputError(
                f"More than {len(self.arrays)} outlines overlap one another; they cannot be held.",
                "Measure them from several files.",
            )
        self.arrays.append(np.zeros(self.shape_kji, np.uint16))
        return self.arrays[-1]
