"""Which image an alignment is of, and how one that is only tried is shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.core.space.alignment import AlignmentSource, RigidAlignment
from app.core.space.volume import Quantity, Volume
from app.core.study.placement import alignment_of, preview_study, start_alignment
from tests.support.phantoms import make_grid, make_study


def _image(quantity: Quantity, uid: str) -> Volume:
    grid = make_grid((10.0, 10.0, 10.0))
    return Volume(grid, np.zeros(grid.shape_kji, np.float32), quantity, uid)


def test_each_image_has_its_own_alignment() -> None:
    study = make_study(_image(Quantity.SUV_BW, "1"), _image(Quantity.HU, "2"))
    moved = tuple(
        RigidAlignment(np.eye(4), AlignmentSource.MANUAL, moving_role=role) for role in ("CT", "MR")
    )
    study = replace(study, alignments=moved)
    assert alignment_of(study, "CT") is moved[0]
    assert alignment_of(study, "MR") is moved[1]
    assert alignment_of(study, "PET") is None
    assert moved[0].pivot_lps_mm == (0.0, 0.0, 0.0)


def test_an_mr_that_is_tried_stands_in_the_cts_place_and_is_fused() -> None:
    study = make_study(_image(Quantity.SUV_BW, "1"), _image(Quantity.HU, "2"), aligned=False)
    study = replace(study, mr=_image(Quantity.MR, "3"))
    shown = preview_study(study, start_alignment(study, "MR"))
    assert shown.ct is not None
    assert shown.ct.quantity is Quantity.MR
    assert shown.mr is None
    assert shown.aligned
