from __future__ import annotations

import numpy as np
import pytest

from app.core.kit.errors import JobCancelled
from app.core.kit.jobs import JobContext
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from tests.support.phantoms import make_grid, rotation, voxel_points
from viewers.make.mip import compute_mip_frames, hottest_on_ray
from viewers.make.mip_frames import MipFrames
from viewers.space.geometry import array_axes

SOURCE = (31.0, -22.0, 17.0)
GRIDS = {
    "plain": make_grid((3.0, 4.0, 4.0)),
    "flipped": make_grid((3.0, 4.0, 4.0), flips=(0, 1)),
    "stored coronal": make_grid((4.0, 3.0, 4.0), order=(1, 2, 0), flips=(1,)),
    "away from zero": make_grid((3.0, 4.0, 4.0), centre_lps_mm=(5.0, -9.0, 11.0)),
    "sheared": make_grid((3.0, 4.0, 4.0), gantry_tilt=18.0),
    "oblique": make_grid((3.0, 4.0, 4.0), turn=rotation(0, 15) @ rotation(2, 25)),
}


def with_source(grid: ImageGrid) -> tuple[Volume, np.ndarray]:
    """Return a warm body with one hot voxel, and where that voxel's centre is."""
    points = voxel_points(grid)
    array = np.where(np.hypot(points[..., 0], points[..., 1]) < 55, 1.0, 0.0).astype(np.float32)
    index = grid.nearest_index_kji(SOURCE)
    assert index is not None
    array[index] = 40.0
    return Volume(grid, array, Quantity.SUV_BW, "9.1"), grid.points_lps_mm(index)


@pytest.mark.parametrize("name", list(GRIDS))
def test_a_point_source_is_where_each_angle_sees_it(name: str) -> None:
    volume, at = with_source(GRIDS[name])
    frames = compute_mip_frames(volume, 36)
    for number in range(36):
        frame = frames.values(number)
        places = np.argwhere(frame > 0.4 * frame.max())
        hot = np.average(places, axis=0, weights=frame[tuple(places.T)])
        # Seen from an angle, x runs along (cos, sin) in L and P, and rows run down from S.
        angle = np.radians(10 * number)
        across = (at[0] - frames.axis_lps_mm[0]) * np.cos(angle)
        across += (at[1] - frames.axis_lps_mm[1]) * np.sin(angle)
        column = across / frames.column_mm + (frames.shape[1] - 1) / 2
        row = (frames.axis_lps_mm[2] - at[2]) / frames.row_mm
        # Half a voxel; a grid that is resampled first may add a quarter of a pixel.
        error_mm = 2.0 if array_axes(volume.grid) else 2.5
        assert abs(hot[1] - column) * frames.column_mm <= error_mm, number
        assert abs(hot[0] - row) * frames.row_mm <= error_mm, number
        np.testing.assert_allclose(frames.project(number, at), (row, column))


def test_anterior_first_then_left() -> None:
    volume, _ = with_source(GRIDS["plain"])
    frames = compute_mip_frames(volume, 36)
    np.testing.assert_allclose(frames.right_lps(0), (1, 0, 0))
    np.testing.assert_allclose(frames.away_lps(0), (0, 1, 0))
    np.testing.assert_allclose(frames.right_lps(9), (0, 1, 0), atol=1e-12)
    np.testing.assert_allclose(frames.away_lps(9), (-1, 0, 0), atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_every_frame_holds_the_greatest_value(seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = make_grid((5.0, 4.0, 4.0), half_mm=40)
    array = rng.gamma(1.0, 1.0, grid.shape_kji).astype(np.float32)
    frames = compute_mip_frames(Volume(grid, array, Quantity.SUV_BW), 12)
    for number in range(12):
        assert frames.values(number).max() == pytest.approx(array.max(), rel=1e-4)
    # From the front, every pixel is the greatest of its column (checked on voxel middles).
    columns = ((np.arange(grid.shape_kji[2]) - 10) * 4.0 - 0.0) / frames.column_mm
    columns = np.rint(columns + (frames.shape[1] - 1) / 2).astype(int)
    straight = array.max(axis=1)[::-1]
    np.testing.assert_allclose(frames.values(0)[:, columns], straight, atol=1e-3)


def test_negative_values_and_one_slice() -> None:
    grid = ImageGrid.from_spacing((1, 20, 20), (3.0, 4.0, 4.0))
    array = np.full(grid.shape_kji, -0.5, np.float32)
    array[0, 10, 10] = 2.0
    frames = compute_mip_frames(Volume(grid, array, Quantity.SUV_BW), 4)
    assert frames.shape[0] == 1
    assert frames.values(1).max() == pytest.approx(2.0, abs=1e-3)


def test_nothing_but_zero() -> None:
    grid = ImageGrid.from_spacing((3, 5, 5), (3.0, 4.0, 4.0))
    frames = compute_mip_frames(Volume(grid, np.zeros(grid.shape_kji), Quantity.SUV_BW), 4)
    assert frames.values(0).max() == 0.0


def test_opposite_frames_mirror(frames: MipFrames) -> None:
    np.testing.assert_array_equal(frames.frame(3), frames.frame(21)[:, ::-1])
    np.testing.assert_array_equal(frames.frame(-1), frames.frame(35))


@pytest.mark.parametrize("count", [0, 1, 7])
def test_odd_counts_are_refused(count: int) -> None:
    volume, _ = with_source(GRIDS["plain"])
    with pytest.raises(ValueError, match="even"):
        compute_mip_frames(volume, count)


def test_cancel_and_progress() -> None:
    volume, _ = with_source(GRIDS["plain"])
    told: list[float] = []

    def report(fraction: float, message: str) -> None:
        told.append(fraction)
        if len(told) == 4:
            context.cancel()

    context = JobContext(report)
    with pytest.raises(JobCancelled):
        compute_mip_frames(volume, 36, context)
    assert told == sorted(told)
    assert len(told) == 4


@pytest.mark.parametrize("name", list(GRIDS))
@pytest.mark.parametrize("number", [0, 5, 9, 20, 35])
def test_the_ray_through_the_source_finds_it(name: str, number: int) -> None:
    volume, at = with_source(GRIDS[name])
    frames = compute_mip_frames(volume, 36)
    row, column = frames.project(number, at)
    index = hottest_on_ray(volume, *frames.ray_lps_mm(number, float(row), float(column)))
    assert index == volume.grid.nearest_index_kji(SOURCE)


def test_a_ray_beside_the_volume_finds_nothing() -> None:
    volume, _ = with_source(GRIDS["plain"])
    assert hottest_on_ray(volume, (500.0, 0.0, 0.0), (0.0, 1.0, 0.0)) is None
