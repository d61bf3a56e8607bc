"""NIfTI labelmaps: what may be taken for a mask, and what is an image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import InputError
from app.core.space.grid import ImageGrid
from app.io.nifti.image import read_nifti

#: Values this near to whole numbers are these: scaled values are rounded.
_WHOLE_WITHIN = 1e-3
#: More labels than any table of outlines has: the file is an image.
_MOST_LABELS = 2000


def read_labelmap(path: Path) -> tuple[npt.NDArray[np.uint16], ImageGrid, list[str]]:
    """Read a NIfTI file as labels ``[k, j, i]`` on its own grid, with notes.

    Raises
    ------
    InputError
        If it cannot be read, is empty, or holds other values than labels.
    """
    image = read_nifti(path)
    notes = list(image.notes)
    values = _whole(image.array, path.name, notes)
    if not values.any():
        raise InputError(
            f"The mask {path.name} is empty.", "Give a mask with at least one outlined voxel."
        )
    if values.min() < 0 or values.max() > 65535:
        raise InputError(
            f"{path.name} holds labels outside 0 to 65535.", "Give the mask, not the image."
        )
    labels = values.astype(np.uint16)
    count = int(np.count_nonzero(np.bincount(labels.reshape(-1))[1:]))
    if count > _MOST_LABELS:
        raise InputError(
            f"{path.name} holds {count} labels; it is an image.", "Give the mask, not the image."
        )
    if labels.all():
        notes.append("The mask outlines every voxel of its grid; none is background.")
    return labels, ImageGrid(image.grid.shape_kji, image.grid.affine_lps_mm, None), notes


def _whole(values: npt.NDArray[Any], name: str, notes: list[str]) -> npt.NDArray[Any]:
    """Return whole numbers: labels, or where fractions lie between 0 and 1, their half."""
    if values.dtype.kind != "f":
        return values
    if not np.isfinite(values).all():
        raise InputError(
            f"{name} holds values that are not numbers.", "Give a mask of whole numbers."
        )
    rounded = np.rint(values)
    if float(np.abs(values - rounded).max(initial=0.0)) <= _WHOLE_WITHIN:
        return np.asarray(rounded)
    if values.min() < 0 or values.max() > 1:
        raise InputError(
            f"{name} holds fractions; a labelmap of whole numbers is needed.",
            "Give the mask, not the image.",
        )
    notes.append("The mask holds fractions; voxels of at least 0.5 are taken.")
    return np.asarray(values >= 0.5)
