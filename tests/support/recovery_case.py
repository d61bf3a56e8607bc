"""Two blurred balls with their outlines, for what is recovered of them and measured elsewhere."""

from __future__ import annotations

import numpy as np

from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.lesion import Lesion
from app.core.lesions.measure import measure
from app.core.lesions.segmentation import Patch, Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.provenance import Provenance
from app.core.study.study import Choice, Patient, Study

GRID = ImageGrid.from_spacing((20, 24, 24), (4.0, 4.0, 4.0))


def make_study() -> Study:
    index = np.moveaxis(np.indices(GRID.shape_kji), 0, -1)
    suv = np.ones(GRID.shape_kji, np.float32)
    suv[np.linalg.norm(index - (10, 8, 8), axis=-1) <= 3.0] = 8.0
    suv[np.linalg.norm(index - (8, 17, 17), axis=-1) <= 1.5] = 5.0
    pet = Volume(GRID, suv, Quantity.SUV_BW, "1.2")
    return Study(Patient(), "", "", (), Choice(None, None, ""), pet, None, None, True)


def make_analysis(study: Study) -> LesionAnalysis:
    assert study.pet is not None
    labels = np.zeros(GRID.shape_kji, np.uint16)
    labels[study.pet.array == 8.0], labels[study.pet.array == 5.0] = 1, 2
    table = tuple(Lesion(f"id{n}", n, f"L{n}") for n in (1, 2))
    segmentation = Segmentation("s", GRID, labels, table)
    values = measure(study.pet, segmentation)
    return LesionAnalysis(segmentation, values, None, None, Provenance({}, {}))


def grown(segmentation: Segmentation) -> Patch:
    """Return an edit that gives one more voxel to the first lesion."""
    index = np.array([np.flatnonzero(segmentation.labels.reshape(-1) == 0)[0]])
    table = segmentation.lesions
    old, new = np.zeros(1, np.uint16), np.ones(1, np.uint16)
    return Patch(index, old, new, table, table)
