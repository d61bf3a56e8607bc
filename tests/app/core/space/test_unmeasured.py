"""Voxels that hold no measurement take no part in any value, whatever number stands there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.core.drawn.voi import Sphere, voxels_in
from app.core.drawn.voi_statistics import statistics
from app.core.kit.errors import GridError
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion
from app.core.lesions.measure import SampleMasks, measure, unmeasured_notes
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume

SHAPE = (9, 10, 11)
GRID = ImageGrid(SHAPE, np.diag([3.0, 3.0, 3.0, 1.0])[:, [2, 1, 0, 3]])
VALUES = np.random.default_rng(5).uniform(1.0, 9.0, SHAPE).astype(np.float32)
LABELS = np.zeros(SHAPE, np.uint16)
LABELS[2:6, 3:7, 3:7] = 1
LABELS[7, 8, 8] = 2
UNMEASURED = np.zeros(SHAPE, bool)
UNMEASURED[2:4, 3:7, 3:5] = True


def volume(number: float, unmeasured: Any = UNMEASURED, dtype: type = np.float32) -> Volume:
    values: Any = VALUES.astype(dtype)
    values[UNMEASURED] = number
    return Volume(GRID, values, Quantity.SUV_BW, unmeasured=unmeasured)


def segmentation() -> Segmentation:
    lesions = (Lesion("a", 1, ""), Lesion("b", 2, ""))
    return Segmentation("s", GRID, Labelmap.from_array(LABELS), lesions)


@pytest.mark.parametrize("number", [0.0, 1e6, -1000.0])
def test_lesions_are_measured_without_them(number: float) -> None:
    """As where they are NaN, which is the rule of `measure`."""
    found = measure(volume(number), segmentation())
    expected = measure(volume(np.nan, None), segmentation())
    for lesion in ("a", "b"):
        for key, value in expected[lesion].values.items():
            np.testing.assert_equal(found[lesion].values[key].value, value.value, key)
    inside = VALUES[(LABELS == 1) & ~UNMEASURED]
    assert found["a"]["suv_mean"] == pytest.approx(inside.mean(dtype=float))
    assert found["a"]["suv_max"] == pytest.approx(inside.max())
    assert found["a"]["mtv_ml"] == pytest.approx(64 * 0.027)


@pytest.mark.parametrize("number", [0.0, 1e6])
def test_samples_of_an_outline_are_measured_without_them(number: float) -> None:
    samples = SampleMasks([LABELS > 0, (LABELS > 0) & (VALUES > 3.0)], LABELS)
    found = measure(volume(number), segmentation(), samples)
    expected = measure(volume(np.nan, None), segmentation(), samples)
    assert {k: repr(x.values) for k, x in found.items()} == {
        k: repr(x.values) for k, x in expected.items()
    }


def test_an_outline_that_holds_some_is_named() -> None:
    assert unmeasured_notes(volume(0.0), [segmentation()]) == [
        "16 of the 64 voxels of L1 hold no measured value (padding, or not a number): they count "
        "for its volume, and for no SUV."
    ]
    assert unmeasured_notes(volume(0.0, None), [segmentation()]) == []


@pytest.mark.parametrize("dtype", [np.float32, np.int16])
def test_drawn_shapes_are_measured_without_them(dtype: type) -> None:
    image = volume(-1000, dtype=dtype)
    sphere = Sphere((13.0, 14.0, 10.0), 9.0)
    voxels = voxels_in(sphere, GRID)
    assert voxels is not None
    found = statistics(image, voxels, peak=True)
    inside = np.zeros(SHAPE, bool)
    inside[voxels.box][voxels.mask] = True
    values = VALUES.astype(dtype)[inside & ~UNMEASURED].astype(float)
    assert (inside & UNMEASURED).any()
    assert found.voxels == values.size
    assert found.minimum == values.min()
    assert found.mean == pytest.approx(values.mean())
    assert found.peak > 0


def test_a_position_there_has_no_value() -> None:
    image = volume(0.0)
    point = GRID.points_lps_mm(np.array([2.0, 3.0, 3.0]))
    assert image.value_at(point) is None
    assert volume(0.0, None).value_at(point) == 0.0
    assert image.value_at(GRID.points_lps_mm(np.array([8.0, 9.0, 9.0]))) is not None


def test_the_mask_has_the_images_shape_and_is_locked() -> None:
    with pytest.raises(GridError):
        volume(0.0, np.zeros((2, 2, 2), bool))
    image = volume(0.0, UNMEASURED.copy())
    assert image.unmeasured is not None
    with pytest.raises(ValueError, match="read-only"):
        image.unmeasured[0, 0, 0] = True
