"""Arrays as NIfTI files, in the scanner's space."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import numpy.typing as npt

from app.core.space.grid import ImageGrid


def nifti_affine_ras_mm(grid: ImageGrid) -> npt.NDArray[np.float64]:
    """Return the 4 x 4 map from ``[i, j, k, 1]`` to NIfTI's RAS mm.

    RAS is LPS with the first two axes turned round; NIfTI arrays are indexed ``[i, j, k]``.
    """
    affine = grid.affine_lps_mm[:, [2, 1, 0, 3]].copy()
    affine[:2] *= -1.0
    return affine


def write_nifti(path: Path, array: npt.NDArray[Any], grid: ImageGrid, text: str) -> None:
    """Write an array ``[k, j, i]`` as NIfTI-1 in scanner space; ``text`` is its description."""
    affine = nifti_affine_ras_mm(grid)
    make: Any = nibabel.Nifti1Image  # nibabel carries no types
    image = make(np.asarray(array).transpose(2, 1, 0), affine)
    image.set_sform(affine, code=1)
    image.set_qform(affine, code=1)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = text.encode("ascii", "replace")[:79]
    nibabel.save(image, path)
