"""What a pane samples is where it should be, whatever way the grid is stored."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity
from tests.support.phantoms import in_letter, letter_volume, make_grid, rotation
from viewers.make.slices import palette_index, sample_slice
from viewers.space.geometry import (
    PaneView,
    Plane,
    array_axes,
    direction_letters,
    scroll,
    slice_number,
)

GRIDS = {
    "plain": make_grid(),
    "flipped i": make_grid(flips=(2,)),
    "flipped j": make_grid(flips=(1,)),
    "flipped k": make_grid(flips=(0,)),
    "all flipped": make_grid(flips=(0, 1, 2)),
    "stored coronal": make_grid(order=(1, 2, 0), flips=(1,)),
    "stored sagittal": make_grid(order=(0, 2, 1), flips=(1,)),
    "anisotropic": make_grid((5.0, 2.0, 3.0)),
    "fine": make_grid((2.0, 1.0, 1.0)),
    "oblique": make_grid((3.0, 2.0, 2.0), turn=rotation(0, 20) @ rotation(2, -35)),
    "tilted": make_grid((3.0, 2.0, 2.0), turn=rotation(0, 12), flips=(0,)),
    "sheared": make_grid((3.0, 2.0, 2.0), gantry_tilt=20.0),
    "sheared back": make_grid((4.0, 2.0, 2.0), gantry_tilt=-12.0, flips=(0, 2)),
}


def view_of(plane: Plane, mm_per_px: float = 1.5) -> PaneView:
    return PaneView(plane, (0.0, 0.0, 0.0), mm_per_px, 90, 80)


def expected_letter(view: PaneView) -> npt.NDArray[np.bool_]:
    right = (np.arange(view.width_px) + 0.5 - view.width_px / 2) * view.mm_per_px
    down = (np.arange(view.height_px) + 0.5 - view.height_px / 2) * view.mm_per_px
    return in_letter(right[None, :], down[:, None])


@pytest.mark.parametrize("plane", list(Plane))
@pytest.mark.parametrize("name", list(GRIDS))
def test_letter_reads_upright(name: str, plane: Plane) -> None:
    grid = GRIDS[name]
    volume = letter_volume(grid, plane, Quantity.SUV_BW, 1.0)
    view = view_of(plane)
    sampled = sample_slice(volume.array, grid, view, (0.0, 0.0, 0.0))
    shown = sampled.values > 0.5
    wanted = expected_letter(view)
    # Edges may be off by half a voxel: what is wrong must be less than the letter's rim.
    wrong = np.mean(shown != wanted) / wanted.mean()
    assert wrong < 0.25, (name, plane, wrong)
    for turned in (wanted[:, ::-1], wanted[::-1], wanted[::-1, ::-1]):
        assert np.mean(shown != turned) > 2.0 * np.mean(shown != wanted)


@pytest.mark.parametrize(("mm_per_px", "error"), [(0.7, 0.01), (1.9, 0.01), (3.0, 0.3), (9.0, 0.9)])
def test_values_are_linear_in_the_plane_at_any_zoom(mm_per_px: float, error: float) -> None:
    # Below a pixel a voxel exact; above, within a tenth of a pixel of the ramp.
    grid = make_grid((5.0, 2.0, 3.0), flips=(1,))
    points = grid.points_lps_mm(np.moveaxis(np.indices(grid.shape_kji), 0, -1))
    ramp = (points[..., 0] * 2 + points[..., 1] * 3).astype(np.float32)
    view = PaneView(Plane.AXIAL, (4.0, -5.0, 0.0), mm_per_px, 12, 10)
    sampled = sample_slice(ramp, grid, view, (0.0, 0.0, 0.0))
    wanted = 2 * view.column_positions_mm()[None, :] + 3 * view.row_positions_mm()[:, None]
    bounds = grid.bounds_lps_mm
    rim = max(3.0, mm_per_px) + mm_per_px
    columns = np.abs(view.column_positions_mm()) < bounds[1, 0] - rim
    rows = np.abs(view.row_positions_mm()) < bounds[1, 1] - rim
    middle = np.ix_(rows, columns)
    np.testing.assert_allclose(sampled.values[middle], wanted[middle], atol=error)


def test_outside_is_marked() -> None:
    grid = make_grid(half_mm=30)
    array = np.ones(grid.shape_kji, np.float32)
    view = view_of(Plane.AXIAL)
    sampled = sample_slice(array, grid, view, (0.0, 0.0, 0.0))
    assert sampled.inside is not None
    x = view.column_positions_mm()
    inside_mm = (x > grid.bounds_lps_mm[0, 0]) & (x < grid.bounds_lps_mm[1, 0])
    np.testing.assert_array_equal(sampled.inside[40], inside_mm)
    far = sample_slice(array, grid, view, (0.0, 0.0, 200.0))
    assert far.inside is not None
    assert not far.inside.any()


@pytest.mark.parametrize("flips", [(), (1,)])
@pytest.mark.parametrize("offset", [-0.49, -0.3, 0.0, 0.3, 0.49])
def test_coronal_row_is_the_nearest(flips: tuple[int, ...], offset: float) -> None:
    grid = make_grid((4.0, 5.0, 5.0), flips=flips)
    rows = np.broadcast_to(
        np.arange(grid.shape_kji[1], dtype=np.float32)[None, :, None], grid.shape_kji
    )
    for row in (3, 14, 20):
        point = grid.points_lps_mm((10, row + offset, 10))
        at = (float(point[0]), float(point[1]), float(point[2]))
        sampled = sample_slice(rows, grid, view_of(Plane.CORONAL), at)
        assert sampled.values[40, 45] == pytest.approx(row, abs=1e-4)
        assert slice_number(grid, Plane.CORONAL, at) == (row, grid.shape_kji[1])


@pytest.mark.parametrize("name", list(GRIDS))
@pytest.mark.parametrize("plane", list(Plane))
def test_scroll_goes_slice_by_slice(name: str, plane: Plane) -> None:
    grid = GRIDS[name]
    point = (1.3, 2.2, -0.7)
    index, _ = slice_number(grid, plane, point)
    moved = scroll(grid, plane, point, 3)
    after, _ = slice_number(grid, plane, moved)
    assert abs(after - index) == 3
    assert moved[plane.normal_axis] > point[plane.normal_axis]
    others = [a for a in range(3) if a != plane.normal_axis]
    assert [moved[a] for a in others] == [point[a] for a in others]
    assert scroll(grid, plane, moved, -3)[plane.normal_axis] == pytest.approx(
        point[plane.normal_axis], abs=max(grid.spacing_kji_mm)
    )


def test_scroll_stops_at_the_ends() -> None:
    grid = make_grid((4.0, 5.0, 5.0))
    top = scroll(grid, Plane.AXIAL, (0.0, 0.0, 0.0), 1000)
    assert slice_number(grid, Plane.AXIAL, top)[0] == grid.shape_kji[0] - 1
    assert top[2] == pytest.approx(grid.points_lps_mm((grid.shape_kji[0] - 1, 0, 0))[2])


def test_palette_index_of_known_values() -> None:
    grid = ImageGrid.from_spacing((1, 1, 4), (1, 1, 1), (-1.5, 0, 0))
    array = np.array([[[-1.0, 0.0, 3.51, 9.0]]], np.float32)
    view = PaneView(Plane.AXIAL, (0.0, 0.0, 0.0), 1.0, 4, 1)
    index = palette_index(sample_slice(array, grid, view, (0.0, 0.0, 0.0)), 0.0, 7.0)
    assert index.tolist() == [[0, 0, 128, 255]]


@pytest.mark.parametrize("plane", list(Plane))
def test_screen_and_patient_agree(plane: Plane) -> None:
    view = PaneView(plane, (10.0, -20.0, 30.0), 0.8, 301, 200)
    point = view.to_lps_mm(37.5, 120.25, 5.0)
    np.testing.assert_allclose(view.to_px(point), (37.5, 120.25))
    assert point[plane.normal_axis] == 5.0


def test_letters_of_directions() -> None:
    assert [direction_letters(v) for v in np.eye(3)] == ["L", "P", "S"]
    assert [direction_letters(-v) for v in np.eye(3)] == ["R", "A", "I"]
    assert direction_letters((0.5, -0.7, 0.0)) == "AL"
    assert direction_letters((0, 0, 0)) == ""


def test_oblique_grids_are_known() -> None:
    assert array_axes(GRIDS["oblique"]) is None
    assert array_axes(GRIDS["stored coronal"]) == (2, 0, 1)
