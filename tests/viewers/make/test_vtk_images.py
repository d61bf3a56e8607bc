"""What VTK computes is what numpy and scipy say, and the program starts without it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from tests.support.phantoms import make_grid, rotation, voxel_points
from viewers.make.slices import sample_slice
from viewers.make.vtk_images import contour_lines, cut
from viewers.space.geometry import PaneView, Plane

OBLIQUE = {
    "turned": make_grid((3.0, 2.0, 2.0), turn=rotation(0, 20) @ rotation(2, -35)),
    "gantry tilt": make_grid((5.0, 1.5, 1.5), turn=rotation(0, 12), flips=(0,)),
    "stored coronal": make_grid((2.0, 3.0, 2.5), order=(1, 2, 0), turn=rotation(1, 25)),
}


@pytest.mark.parametrize("plane", list(Plane))
@pytest.mark.parametrize("name", list(OBLIQUE))
def test_oblique_slices_of_a_linear_field_are_exact(name: str, plane: Plane) -> None:
    grid = OBLIQUE[name]
    slopes = np.array((2.0, -3.0, 1.5))
    field = (voxel_points(grid) @ slopes + 40).astype(np.float32)
    view = PaneView(plane, (4.0, -5.0, 3.0), 0.9, 121, 110)
    at = (1.7, -2.3, 5.1)
    sampled = sample_slice(field, grid, view, at)
    points = np.empty((view.height_px, view.width_px, 3))
    points[...] = at
    points[..., plane.right[0]] = view.column_positions_mm()[None, :]
    points[..., plane.down[0]] = view.row_positions_mm()[:, None]
    index = grid.indices_kji(points)
    last = np.array(grid.shape_kji) - 1
    between = np.all((index >= 0) & (index <= last), axis=-1)
    assert between.sum() > 5000
    wanted = points @ slopes + 40
    np.testing.assert_allclose(sampled.values[between], wanted[between], atol=2e-3)
    # A voxel reaches half an index to every side, as on an aligned grid.
    off = np.minimum(np.abs(index + 0.5), np.abs(index - last - 0.5)).min(axis=-1)
    within = np.all((index >= -0.5) & (index <= last + 0.5), axis=-1)
    inside = np.ones_like(within) if sampled.inside is None else sampled.inside
    np.testing.assert_array_equal(inside[off > 1e-4], within[off > 1e-4])
    assert not sampled.values[~inside].any()


@pytest.mark.parametrize("dtype", ["<i2", ">i2", "u1", "u2", "f4", "f8", "f2", "?"])
def test_any_type_and_a_locked_array_can_be_cut(dtype: str) -> None:
    noise = np.random.default_rng(3).integers(0, 2 if dtype == "?" else 200, (9, 17, 21))
    array: npt.NDArray[np.generic] = noise.astype(dtype)
    array.setflags(write=False)
    turn = rotation(0, 30) @ rotation(1, 20)
    matrix = np.ascontiguousarray(turn[:, :2]) * 0.4
    offset = np.array((3.0, 4.0, 5.0))
    shape = (13, 16)
    flat = (*shape, 1)
    square = np.concatenate([matrix, np.zeros((3, 1))], axis=1)
    native = noise.astype(np.float64)
    wanted = ndimage.affine_transform(native, square, offset, flat, order=1, cval=np.nan)[..., 0]
    values = cut(array, matrix, offset, shape, outside=float("nan"))
    assert values.dtype == np.float32
    known = ~np.isnan(wanted)
    assert known.sum() > 100
    np.testing.assert_allclose(values[known], wanted[known], atol=2e-3)
    nearest = cut(array, matrix, offset, shape, outside=0, nearest=True)
    wanted = ndimage.affine_transform(native, square, offset, flat, order=0)[..., 0]
    np.testing.assert_array_equal(nearest[known], wanted[known])


def test_a_disk_has_one_closed_line_at_its_radius() -> None:
    y, x = np.mgrid[:40, :50]
    cone = (30 - np.hypot(y - 18.3, x - 24.6)).astype(np.float32)
    (line,) = contour_lines(cone, 18.0)
    np.testing.assert_array_equal(line[0], line[-1])
    np.testing.assert_allclose(np.hypot(line[:, 0] - 18.3, line[:, 1] - 24.6), 12.0, atol=0.03)
    # No point twice, no jump.
    assert len(np.unique(line[:-1], axis=0)) == len(line) - 1
    assert np.linalg.norm(np.diff(line, axis=0), axis=1).max() < 1.5


def test_lines_of_a_noisy_mask_are_closed_and_cross_every_edge_once() -> None:
    """Voxels that touch at a corner are where joining segments goes wrong."""
    mask = np.pad(np.random.default_rng(5).random((60, 70)) > 0.5, 1)
    lines = contour_lines(mask.astype(np.float32), 0.5)
    crossings = np.count_nonzero(mask[1:] != mask[:-1])
    crossings += np.count_nonzero(mask[:, 1:] != mask[:, :-1])
    assert all(np.array_equal(line[0], line[-1]) for line in lines)
    points = np.concatenate([line[:-1] for line in lines])
    assert len(points) == len(np.unique(points, axis=0)) == crossings


def test_no_line_and_open_lines() -> None:
    assert contour_lines(np.zeros((5, 6), np.float32), 0.5) == []
    half = np.zeros((5, 6), np.float32)
    half[:2] = 1
    with pytest.raises(ValueError, match="leaves"):
        contour_lines(half, 0.5)


def test_the_desk_starts_without_vtk() -> None:
    code = "import sys, viewers.desk.desk; print(sum(m.startswith('vtk') for m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "0"
