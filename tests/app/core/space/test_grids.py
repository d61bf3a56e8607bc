"""Grids, volumes and resampling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.kit.errors import GridError, QuantityError
from app.core.space.grid import ImageGrid
from app.core.space.resample import resample
from app.core.space.volume import Quantity, Volume


def oblique(shape: tuple[int, int, int] = (7, 8, 9), angle_rad: float = 0.3) -> ImageGrid:
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    rotation = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = rotation @ np.array([[0, 0, 2.0], [0, 3.0, 0], [-4.0, 0, 0]])
    affine[:3, 3] = (10.0, -20.0, 30.0)
    return ImageGrid(shape, affine, "1.2.3")


@given(
    st.tuples(*[st.floats(-50, 50)] * 3),
    st.floats(-3, 3),
)
def test_index_and_position_are_inverse(index: tuple[float, float, float], angle: float) -> None:
    grid = oblique(angle_rad=angle)
    assert np.allclose(grid.indices_kji(grid.points_lps_mm(index)), index, atol=1e-9)


def test_grid_measures() -> None:
    grid = oblique()
    assert grid.spacing_kji_mm == pytest.approx((4.0, 3.0, 2.0))
    assert grid.voxel_volume_ml == pytest.approx(0.024)
    assert grid.nearest_index_kji(grid.points_lps_mm((1.4, 2.6, 3.0))) == (1, 3, 3)
    assert grid.nearest_index_kji(grid.points_lps_mm((-0.6, 0, 0))) is None
    assert not grid.affine_lps_mm.flags.writeable
    straight = ImageGrid.from_spacing((2, 3, 4), (5.0, 2.0, 1.0), (1.0, 2.0, 3.0))
    assert straight.bounds_lps_mm.tolist() == [[0.5, 1.0, 0.5], [4.5, 7.0, 10.5]]


def test_same_space_compares_the_frame_of_reference() -> None:
    a = ImageGrid.from_spacing((2, 2, 2), (1, 1, 1), frame_of_reference_uid="1.2")
    b = ImageGrid.from_spacing((2, 2, 2), (1, 1, 1), frame_of_reference_uid="1.3")
    assert a.same_grid(b)
    assert not a.same_space(b)
    assert a != b
    volume = Volume(a, np.zeros((2, 2, 2)), Quantity.HU)
    with pytest.raises(GridError, match="frames of reference"):
        resample(volume, b)
    assert resample(volume, b, any_space=True).grid is b


@pytest.mark.parametrize(
    "affine", [np.zeros((4, 4)), np.eye(3), np.full((4, 4), np.nan), np.diag([1, 1, 0, 1.0])]
)
def test_impossible_grids_are_refused(affine: np.ndarray) -> None:
    with pytest.raises(GridError):
        ImageGrid((2, 2, 2), affine)


def test_volume_is_locked_and_knows_its_quantity() -> None:
    grid = ImageGrid.from_spacing((2, 2, 2), (1, 1, 1))
    volume = Volume(grid, np.arange(8.0).reshape(2, 2, 2), Quantity.HU)
    with pytest.raises(ValueError, match="read-only"):
        volume.array[0, 0, 0] = 1
    with pytest.raises(QuantityError, match="SUVbw"):
        volume.require(Quantity.SUV_BW)
    with pytest.raises(GridError):
        Volume(grid, np.zeros((2, 2, 3)), Quantity.HU)
    assert volume.value_at((1.2, 0.0, 0.9)) == 5.0
    assert volume.value_at((9.0, 0.0, 0.0)) is None


@pytest.mark.parametrize("angle", [0.0, 0.4])
def test_linear_resampling_reproduces_a_linear_field(angle: float) -> None:
    source = oblique((20, 20, 20), angle)
    slope = np.array([0.5, -1.0, 2.0])
    index = np.moveaxis(np.indices(source.shape_kji), 0, -1)
    field = (source.points_lps_mm(index) @ slope).astype(np.float32)
    centre = source.centre_lps_mm
    target = ImageGrid.from_spacing((3, 3, 3), (1.7, 1.3, 1.1), tuple(centre), "1.2.3")
    moved = resample(Volume(source, field, Quantity.OTHER), target)
    points = target.points_lps_mm(np.moveaxis(np.indices((3, 3, 3)), 0, -1))
    assert np.allclose(moved.array, points @ slope, atol=1e-3)


def test_resampling_fills_outside() -> None:
    grid = ImageGrid.from_spacing((2, 2, 2), (1, 1, 1))
    far = ImageGrid.from_spacing((2, 2, 2), (1, 1, 1), (100, 0, 0))
    moved = resample(Volume(grid, np.ones((2, 2, 2)), Quantity.HU), far, fill=-1000)
    assert (moved.array == -1000).all()


def test_nearest_resampling_keeps_border_voxels() -> None:
    source = ImageGrid.from_spacing((2, 2, 2), (4.0, 4.0, 4.0))
    target = ImageGrid.from_spacing((4, 4, 4), (2.0, 2.0, 2.0), (-1.0, -1.0, -1.0))
    labels = np.arange(1, 9, dtype=np.uint16).reshape(2, 2, 2)
    moved = resample(Volume(source, labels, Quantity.LABEL), target, order=0)
    expected = labels.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    assert moved.array.dtype == np.uint16
    assert np.array_equal(moved.array, expected)
