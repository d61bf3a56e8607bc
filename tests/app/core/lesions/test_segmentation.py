"""Outlines change through patches, and say what changed."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.kit.errors import GridError
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion, LesionStatus
from app.core.lesions.segmentation import Patch, Segmentation
from app.core.space.grid import ImageGrid


def test_a_patch_and_its_inverse() -> None:
    grid = ImageGrid.from_spacing((2, 2, 2), (1, 1, 1))
    lesion = Lesion("a", 1, "L1")
    segmentation = Segmentation(
        "s", grid, Labelmap.from_array(np.zeros((2, 2, 2), np.uint16)), (lesion,)
    )
    patch = Patch(
        np.array([3], np.int64),
        np.array([0], np.uint16),
        np.array([1], np.uint16),
        (lesion,),
        (lesion.with_status(LesionStatus.ACCEPTED),),
    )
    after = segmentation.apply(patch)
    assert after.labels.voxel((0, 1, 1)) == 1
    assert not segmentation.labels.present()
    assert after.lesion("a").status is LesionStatus.ACCEPTED
    back = after.apply(patch.inverted())
    assert not back.labels.present()
    assert back.lesions == segmentation.lesions
    assert back.revision == 2
    status_only = segmentation.apply(segmentation.status_patch(("a",), LesionStatus.REJECTED))
    assert status_only.labels is segmentation.labels or np.shares_memory(
        status_only.labels, segmentation.labels
    )


def test_patches_say_what_they_change_and_where() -> None:
    grid = ImageGrid.from_spacing((4, 5, 6), (1, 1, 1))
    labels = np.zeros(grid.shape_kji, np.uint16)
    labels[1, 1:3, 1:3] = 1
    table = (Lesion("a", 1, "L1"), Lesion("b", 2, "L2"))
    segmentation = Segmentation("s", grid, Labelmap.from_array(labels), table)
    new = np.full((1, 2, 2), 2, np.uint16)
    new[0, 0, 0] = 1  # as it is
    patch = segmentation.patch_in_box((1, 1, 1), new)
    assert patch.flat_index.tolist() == [38, 43, 44]
    assert (patch.old.tolist(), patch.new.tolist()) == ([1, 1, 1], [2, 2, 2])
    assert patch.labels() == (1, 2)
    assert patch.redrawn_lesions() == ("a", "b")
    assert patch.box(grid.shape_kji) == (slice(1, 2), slice(1, 3), slice(1, 3))
    after = segmentation.apply(patch)
    assert after.changed_by(patch).ids == ("a", "b")
    assert after.revision == 1
    assert not after.same_outlines(segmentation)
    judged = segmentation.apply(segmentation.status_patch(("b",), LesionStatus.REJECTED))
    told = judged.changed_by(segmentation.status_patch(("b",), LesionStatus.REJECTED))
    assert (told.ids, told.labels, told.box) == (("b",), (), None)
    assert judged.same_outlines(segmentation)
    with pytest.raises(GridError, match="beyond"):
        segmentation.patch_in_box((3, 4, 5), new)
    with pytest.raises(GridError, match="beyond"):
        segmentation.patch_in_box((-1, 0, 0), new)
