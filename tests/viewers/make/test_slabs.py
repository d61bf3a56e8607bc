"""Slabs against sums made by hand, on aligned, flipped and oblique grids."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from pytestqt.qtbot import QtBot

from app.core.space.grid import ImageGrid
from tests.support.hands import HOT_B, box_of
from tests.support.heard import announced
from tests.support.phantoms import make_grid, rotation
from viewers.desk.desk import ReadingDesk
from viewers.make.slab import THIN, Slab, SlabMode
from viewers.make.slices import sample_slice
from viewers.paint.texts import pane_corners
from viewers.scene.shown import shown_in
from viewers.space.geometry import PaneView, Plane
from viewers.space.layouts import Content

Reduce = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]
REDUCE: dict[SlabMode, Reduce] = {
    SlabMode.MAXIMUM: lambda cuts: cuts.max(axis=0),
    SlabMode.MEAN: lambda cuts: cuts.mean(axis=0),
    SlabMode.MINIMUM: lambda cuts: cuts.min(axis=0),
}


def _view(plane: Plane) -> PaneView:
    return PaneView(plane, (0.0, 0.0, 0.0), 3.0, 30, 24)


def _noise(grid: ImageGrid) -> npt.NDArray[np.float32]:
    return np.random.default_rng(3).normal(size=grid.shape_kji).astype(np.float32)


@pytest.mark.parametrize("mode", list(SlabMode))
@pytest.mark.parametrize("plane", list(Plane))
@pytest.mark.parametrize("flips", [(), (0, 2)])
def test_slab_is_the_projection_of_its_slices(
    mode: SlabMode, plane: Plane, flips: tuple[int, ...]
) -> None:
    """Voxels of 3 mm: a slab of 12 mm around a slice holds it and two on either side."""
    grid = make_grid((3.0, 3.0, 3.0), flips=flips)
    array = _noise(grid)
    # Pixels on voxel centres: projecting before or after the sampling is the same.
    on_voxels = PaneView(plane, (1.5, 1.5, 1.5), 3.0, 30, 24)
    singles = []
    for step in (-6.0, -3.0, 0.0, 3.0, 6.0):
        point = [0.0, 0.0, 0.0]
        point[plane.normal_axis] = step
        place = (point[0], point[1], point[2])
        singles.append(sample_slice(array, grid, on_voxels, place).values)
    slab = sample_slice(array, grid, on_voxels, (0.0, 0.0, 0.0), Slab(mode, 12.0))
    wanted = REDUCE[mode](np.stack(singles))
    np.testing.assert_allclose(slab.values, wanted, atol=1e-5)
    assert slab.inside is None


def test_a_slab_thinner_than_a_slice_is_that_slice() -> None:
    grid = make_grid((5.0, 3.0, 3.0))
    array, view = _noise(grid), _view(Plane.AXIAL)
    point = (0.0, 0.0, 2.0)
    alone = sample_slice(array, grid, view, point).values
    for mode in SlabMode:
        thin = sample_slice(array, grid, view, point, Slab(mode, 1.0)).values
        np.testing.assert_allclose(thin, alone, atol=1e-6)


def test_a_slab_ends_with_the_volume() -> None:
    grid = make_grid((3.0, 3.0, 3.0))
    array, view = _noise(grid), _view(Plane.AXIAL)
    top = float(grid.bounds_lps_mm[1][2])
    # 150 mm down from the last of 47 slices: all of them, and nothing from above.
    slab = sample_slice(array, grid, view, (0.0, 0.0, top - 1.5), Slab(SlabMode.MEAN, 300.0))
    mean = np.broadcast_to(array.mean(axis=0), array.shape)
    wanted = sample_slice(mean, grid, view, (0.0, 0.0, 0.0))
    np.testing.assert_allclose(slab.values, wanted.values, atol=1e-5)
    outside = sample_slice(array, grid, view, (0.0, 0.0, top + 9.0), Slab(SlabMode.MEAN, 30.0))
    assert outside.inside is not None
    assert not outside.inside.any()


@pytest.mark.parametrize("mode", list(SlabMode))
def test_oblique_slab_is_the_projection_of_parallel_cuts(mode: SlabMode) -> None:
    grid = make_grid((3.0, 3.0, 3.0), turn=rotation(0, 25.0))
    array, view = _noise(grid), _view(Plane.CORONAL)
    # 9 mm of 3 mm voxels: three cuts, 3 mm apart.
    cuts = [sample_slice(array, grid, view, (0.0, y, 0.0)).values for y in (-3.0, 0.0, 3.0)]
    slab = sample_slice(array, grid, view, (0.0, 0.0, 0.0), Slab(mode, 9.0))
    inside = slab.inside if slab.inside is not None else np.ones(slab.values.shape, bool)
    middle = np.zeros_like(inside)
    middle[6:-6, 6:-6] = True
    assert (inside & middle).sum() > 100
    wanted = REDUCE[mode](np.stack(cuts))
    np.testing.assert_allclose(slab.values[middle], wanted[middle], atol=1e-4)


def test_thickness_stays_within_its_bounds() -> None:
    assert THIN.mode is None
    assert THIN.with_thickness(0.0).thickness_mm == 1.0
    assert THIN.with_thickness(1e6).thickness_mm == 300.0


def test_panes_show_slabs_and_say_so(desk: ReadingDesk, qtbot: QtBot) -> None:
    desk.model.navigation.set_cursor((HOT_B[0], HOT_B[1], HOT_B[2] + 16.0))
    thin = desk.snapshot()
    pet = box_of(desk, Content.PET, Plane.AXIAL)
    with announced(desk.model.navigation.slab_changed) as told:
        desk.model.navigation.set_slab(SlabMode.MAXIMUM)
    assert told.args == (Slab(SlabMode.MAXIMUM, 10.0),)
    desk.model.navigation.set_slab_thickness(40.0)
    thick = desk.snapshot()
    part = np.s_[pet.y + 40 : pet.y + pet.height - 40, pet.x + 20 : pet.x + pet.width - 60]
    # The ball below comes into the slab: on inverse grey the PET grows darker, never lighter.
    assert thick[part].min() < 20
    assert thick[part].mean() < thin[part].mean()
    for content, said in ((Content.PET, True), (Content.FUSED, True), (Content.MIP, False)):
        lines = pane_corners(shown_in(desk.scene, box_of(desk, content))).bottom_left
        assert ("MIP 40 mm" in [x.text for x in lines]) is said
    desk.model.navigation.set_slab(None)
    assert np.array_equal(desk.snapshot(), thin)


def test_minimum_of_the_ct_shows_the_air(desk: ReadingDesk) -> None:
    desk.model.navigation.set_cursor((0.0, 0.0, -60.0))
    box = box_of(desk, Content.CT, Plane.AXIAL)
    spot = (box.y + box.height // 2 + 20, box.x + box.width // 2 + 20)
    before = int(desk.snapshot()[spot][0])
    desk.model.navigation.set_slab(SlabMode.MINIMUM)
    desk.model.navigation.set_slab_thickness(60.0)
    after = int(desk.snapshot()[spot][0])
    # Below -75 mm there is nothing but air in the phantom.
    assert before > 60
    assert after == 0
