"""NaN and infinities in an image change no other voxel of its pictures, and blacken none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from app.core.space.volume import Quantity, Volume
from tests.support.phantoms import make_grid, make_study, rotation
from viewers.colour.display import (
    default_limit,
    default_pet_range,
    deviation_limit,
    robust_range,
)
from viewers.film.thumbnails import thumbnail
from viewers.make.finite import finite_values, finite_volume
from viewers.make.mip import compute_mip_frames, hottest_on_ray
from viewers.make.mip_frames import MipFrames
from viewers.make.slab import Slab, SlabMode
from viewers.make.slices import palette_index, sample_slice
from viewers.make.surface import body_surface
from viewers.space.geometry import PaneView, Plane

ODD = (np.nan, np.inf, -np.inf)
#: Where the odd values are: one voxel, or a plane of padding.
PLACES: dict[str, Any] = {
    "one": (3, 4, 5),
    "some": (slice(2, 4), slice(None, None, 5), slice(None, None, 3)),
    "plane": (slice(0, 2), slice(None), slice(None)),
    "all": (slice(None), slice(None), slice(None)),
}


def image(quantity: Quantity = Quantity.SUV_BW, *, turned: bool = False) -> Volume:
    grid = make_grid((4.0, 4.0, 4.0), half_mm=40, turn=rotation(2, 20.0) if turned else None)
    array = np.random.default_rng(3).uniform(0.2, 1.0, grid.shape_kji).astype(np.float32)
    array[10, 8, 12] = 9.0
    return Volume(grid, array, quantity, "1")


def with_odd(volume: Volume, place: str, value: float) -> Volume:
    array = volume.array.copy()
    array[PLACES[place]] = value
    return replace(volume, array=array)


@pytest.mark.parametrize("kind", [np.int16, np.uint8, np.float32, np.float64])
def test_what_is_finite_is_handed_back_itself(kind: type) -> None:
    values: npt.NDArray[Any] = np.arange(8, dtype=kind)
    assert finite_values(values) is values
    volume = image()
    assert finite_volume(volume) is volume


@pytest.mark.parametrize("value", ODD)
def test_the_least_finite_value_stands_in(value: float) -> None:
    values = np.array([3.0, value, -2.0, 7.0], np.float32)
    assert finite_values(values).tolist() == [3.0, -2.0, -2.0, 7.0]
    assert finite_values(values).dtype == np.float32
    assert finite_values(np.full(3, value)).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("turned", [False, True])
def test_the_projection_keeps_what_is_hot(value: float, place: str, turned: bool) -> None:
    sure = image(turned=turned)
    odd = with_odd(sure, place, value)
    frames = compute_mip_frames(odd, 4)
    assert np.isfinite([frames.lowest, frames.value_per_step]).all()
    if place == "all":
        assert not frames.stored.any()
        return
    assert top_of(frames) == pytest.approx(top_of(compute_mip_frames(sure, 4)), rel=1e-3)


def top_of(frames: MipFrames) -> float:
    return frames.lowest + frames.value_per_step * float(frames.stored.max())


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    "slab", [Slab(), Slab(SlabMode.MAXIMUM, 12.0), Slab(SlabMode.MEAN, 12.0)], ids=str
)
def test_a_slice_is_the_same_elsewhere(value: float, turned: bool, slab: Slab) -> None:
    sure = image(turned=turned)
    odd = with_odd(sure, "one", value)
    point = tuple(float(x) for x in sure.grid.points_lps_mm((3, 4, 5)))
    view = PaneView(Plane.AXIAL, (0.0, 0.0, point[2]), 1.5, 60, 60)
    one, other = (
        sample_slice(x.array, x.grid, view, (point[0], point[1], point[2]), slab)
        for x in (sure, odd)
    )
    assert np.isfinite(other.values).all()
    rows = view.row_positions_mm()[:, None] - point[1]
    columns = view.column_positions_mm()[None, :] - point[0]
    far = np.hypot(rows, columns) > 14.0
    np.testing.assert_allclose(one.values[far], other.values[far], atol=1e-5)
    with np.errstate(all="raise"):
        palette_index(other, 0.0, 7.0)


@pytest.mark.parametrize("value", ODD)
def test_a_click_finds_the_hottest_number(value: float) -> None:
    odd = with_odd(image(), "one", value)
    through = odd.grid.points_lps_mm((3, 4, 0)), odd.grid.points_lps_mm((3, 4, 5))
    found = hottest_on_ray(odd, through[0], (1.0, 0.0, 0.0))
    assert found is not None
    assert np.isfinite(odd.array[found])


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("place", PLACES)
def test_ranges_come_from_numbers(value: float, place: str) -> None:
    for quantity in (Quantity.BQML, Quantity.COUNTS, Quantity.MR, Quantity.HU):
        odd = with_odd(image(quantity), place, value)
        found: list[float] = [
            *default_pet_range(odd), *robust_range(odd), default_limit(odd), deviation_limit(odd),
        ]  # fmt: skip
        assert np.isfinite(found).all()
        assert max(found) <= 500.0


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("quantity", [Quantity.SUV_BW, Quantity.BQML, Quantity.HU])
def test_thumbnails_are_as_without(value: float, quantity: Quantity) -> None:
    sure = image(quantity)
    odd = with_odd(sure, "one", value)
    one, other = (thumbnail(x, 32, 44).astype(int) for x in (sure, odd))
    assert (one != other).mean() < 0.05


@pytest.mark.parametrize("value", ODD)
def test_the_body_is_made_all_the_same(value: float) -> None:
    grid = make_grid((4.0, 4.0, 4.0), half_mm=60)
    hu = np.full(grid.shape_kji, -1000.0, np.float32)
    hu[4:-4, 6:-6, 6:-6] = 40.0
    mesh = []
    for array in (hu, with_odd(Volume(grid, hu, Quantity.HU, "2"), "plane", value).array):
        ct = Volume(grid, array, Quantity.HU, "2")
        pet = Volume(grid, np.ones(grid.shape_kji, np.float32), Quantity.SUV_BW, "1")
        found = body_surface(make_study(pet, ct))
        assert found is not None
        mesh.append(found)
    sure, odd = (np.asarray(x.points) for x in mesh)
    np.testing.assert_allclose(sure.min(axis=0), odd.min(axis=0), atol=8.0)
    np.testing.assert_allclose(sure.max(axis=0), odd.max(axis=0), atol=8.0)
