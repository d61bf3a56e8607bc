"""A PET with a CT that lies elsewhere, and an alignment that a hand made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.core.lesions.analysis import LesionAnalysis
from app.core.space.alignment import RigidAlignment, RigidMotion, motion_matrix
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.placement import start_alignment
from app.core.study.study import Study
from tests.support.export_case import make

MOVED = RigidMotion((2.0, -3.0, 5.0), (6.0, -2.0, 3.0))


def ct_of(study: Study, frame: str | None) -> Volume:
    assert study.pet is not None
    affine = study.pet.grid.affine_lps_mm.copy()
    affine[:3, 3] += (3.0, -4.0, 6.0)
    shape = study.pet.grid.shape_kji
    array = np.arange(np.prod(shape), dtype=np.int16).reshape(shape)
    return Volume(ImageGrid(shape, affine, frame), array, Quantity.HU, "9.8.8", "CT")


def study_with_ct(frame: str | None = "1.2.3.4") -> tuple[Study, LesionAnalysis]:
    study, analysis = make(None, "oblique")
    said: tuple[str, ...] = ()
    if frame != "1.2.3.4":
        said = ("PET and CT have different frames of reference: they are not aligned.",)
    study = replace(
        study, ct=ct_of(study, frame), aligned=not said, warnings=(*said, *study.warnings)
    )
    return study, analysis


def by_hand(study: Study, motion: RigidMotion = MOVED, role: str = "CT") -> RigidAlignment:
    start = start_alignment(study, role)
    return replace(start, matrix_lps_mm=motion_matrix(motion, start.pivot_lps_mm))
