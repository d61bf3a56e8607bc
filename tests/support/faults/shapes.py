"""Outlines that faults are made of, with their true values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from tests.support.faults.fault import Apply
from tests.support.made.files import MadeStudy
from tests.support.made.outlines import (
    Contour,
    box_contours,
    rectangle,
)
from tests.support.trials.verdict import Values

Mask = npt.NDArray[np.bool_]
Truth = Callable[[MadeStudy], Mapping[str, Values]]


def values_of(study: MadeStudy, mask: Mask) -> Values:
    """Return SUVmax, SUVmean and volume within a mask ``[k, j, i]``."""
    voxel_ml = abs(float(np.linalg.det(study.made.recipe.affine_lps_mm[:3, :3]))) / 1000.0
    found = study.made.suv[mask]
    return float(found.max()), float(found.mean()), float(mask.sum() * voxel_ml)


def mask_of(study: MadeStudy, rows: Sequence[Contour]) -> Mask:
    """Voxels within rectangles, each a slab of one slice."""
    mask = np.zeros(study.made.recipe.shape_kji, bool)
    for k, corners in rows:
        j, i = zip(*corners, strict=True)
        mask[
            round(k),
            round(min(j) + 0.5) : round(max(j) + 0.5),
            round(min(i) + 0.5) : round(max(i) + 0.5),
        ] = True
    return mask


def box_mask(study: MadeStudy) -> dict[str, Mask]:
    return {"L1": study.made.mask > 0}


def upper_half(study: MadeStudy) -> list[Contour]:
    """Return contours of the box's upper two slices and of two above it."""
    k, j, i = study.made.recipe.box
    first = k.stop - 2
    return [rectangle(n, (j.start, j.stop), (i.start, i.stop)) for n in range(first, first + 4)]


def two(study: MadeStudy) -> dict[str, Sequence[Contour]]:
    return {"A": box_contours(study), "B": upper_half(study)}


def two_masks(study: MadeStudy) -> dict[str, Mask]:
    return {name: mask_of(study, rows) for name, rows in two(study).items()}


def two_true(study: MadeStudy) -> dict[str, Values]:
    return {name: values_of(study, mask) for name, mask in two_masks(study).items()}


def far_apart(study: MadeStudy) -> dict[str, Sequence[Contour]]:
    _, j, i = study.made.recipe.box
    return {"L1": [rectangle(k, (j.start, j.stop), (i.start, i.stop)) for k in (2, 17)]}


def true_of(rois: Callable[[MadeStudy], Mapping[str, Sequence[Contour]]]) -> Truth:
    def truth(study: MadeStudy) -> Mapping[str, Values]:
        return {n: values_of(study, mask_of(study, rows)) for n, rows in rois(study).items()}

    return truth


def in_mask(change: Callable[[Dataset], None]) -> Apply:
    def apply(study: MadeStudy) -> None:
        assert study.mask_file is not None
        change(study.mask_file.dataset)

    return apply
