"""What the networks see: one orientation and spacing whatever the source's grid."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.kit.errors import QuantityError
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from inference.prepare import prepare


def _smooth_pet() -> Volume:
    k, j, i = np.meshgrid(np.arange(20), np.arange(24), np.arange(28), indexing="ij")
    blob = 12.0 * np.exp(-((k - 9) ** 2 / 18 + (j - 7) ** 2 / 12 + (i - 20) ** 2 / 20))
    grid = ImageGrid.from_spacing((20, 24, 28), (3.27, 4.7, 4.7), (-30.0, 12.5, 100.0))
    return Volume(grid, blob.astype(np.float32) + 0.5, Quantity.SUV_BW)


def _flipped(volume: Volume) -> Volume:
    affine = np.array(volume.grid.affine_lps_mm)
    affine[:3, 3] += affine[:3, 1] * (volume.grid.shape_kji[1] - 1)
    affine[:3, 1] *= -1
    array = np.ascontiguousarray(volume.array[:, ::-1].transpose(2, 0, 1))
    return Volume(ImageGrid(array.shape, affine[:, [2, 0, 1, 3]]), array, volume.quantity)


def test_grid_covers_the_pet_at_4_mm() -> None:
    pet = _smooth_pet()
    grid = prepare.network_grid(pet.grid)
    assert grid.spacing_kji_mm == pytest.approx((4.0, 4.0, 4.0))
    assert np.all(grid.bounds_lps_mm[0] <= pet.grid.bounds_lps_mm[0] + 1e-6)
    assert np.all(grid.bounds_lps_mm[1] >= pet.grid.bounds_lps_mm[1] - 1e-6)


def test_flipped_and_permuted_sources_look_the_same() -> None:
    pet = _smooth_pet()
    grid = prepare.network_grid(pet.grid)
    straight = prepare.segmentation_channels(pet, None, grid)
    assert prepare.network_grid(_flipped(pet).grid).same_grid(grid)
    assert np.allclose(
        prepare.segmentation_channels(_flipped(pet), None, grid), straight, atol=1e-5
    )


def test_an_oblique_source_puts_the_blob_in_the_same_place() -> None:
    pet = _smooth_pet()
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]]
    oblique = Volume(
        ImageGrid(pet.grid.shape_kji, turn @ pet.grid.affine_lps_mm), pet.array, Quantity.SUV_BW
    )
    grid = prepare.network_grid(oblique.grid)
    seen = prepare.resample_smooth(oblique, grid, 0.0)
    hottest = grid.points_lps_mm(np.unravel_index(int(seen.argmax()), seen.shape))
    true = oblique.grid.points_lps_mm((9, 7, 20))
    assert np.linalg.norm(hottest - true) < 4.0
    assert seen.max() == pytest.approx(12.5, rel=0.1)


def test_resampling_keeps_a_constant_and_fills_outside() -> None:
    grid = ImageGrid.from_spacing((10, 10, 10), (1.0, 1.0, 1.0))
    ct = Volume(grid, np.full((10, 10, 10), 55, np.int16), Quantity.HU)
    wide = ImageGrid.from_spacing((6, 6, 6), (4.0, 4.0, 4.0), (-4.0, -4.0, -4.0))
    out = prepare.resample_smooth(ct, wide, -1000.0)
    assert out[1:4, 1:3, 1:3] == pytest.approx(55.0)
    assert out[0].max() == pytest.approx(-1000.0)
    assert out[5].max() == pytest.approx(-1000.0)


def test_channels_are_normalised_and_a_missing_ct_is_air() -> None:
    pet = np.array([-0.5, 0.0, 10.0, 100.0])[None, None]
    ct = np.array([-2000.0, -1000.0, 40.0, 3000.0])[None, None]
    with_ct = prepare.channels_from_arrays(pet, ct)[:, 0, 0]
    without = prepare.channels_from_arrays(pet, None)[:, 0, 0]
    assert with_ct[0] == pytest.approx([0.0, 0.0, 1.0, 3.0])
    assert with_ct[1] == pytest.approx(np.arcsinh([0.0, 0.0, 10.0, 100.0]) / 3)
    assert with_ct[2] == pytest.approx([-1.0, -1.0, 0.04, 1.0])
    assert with_ct[3] == pytest.approx([-1.0, -1.0, 0.0, 1.0])
    assert np.array_equal(without[2:], np.full((2, 4), -1.0))
    air = prepare.channels_from_arrays(np.zeros(1), np.full(1, -1000.0))[:, 0]
    assert tuple(air) == prepare.AIR_CHANNELS


def test_another_quantity_is_refused() -> None:
    pet = _smooth_pet()
    bqml = Volume(pet.grid, pet.array, Quantity.BQML)
    with pytest.raises(QuantityError):
        prepare.segmentation_channels(bqml, None, prepare.network_grid(pet.grid))


def test_score_inputs_are_centred_on_the_hottest_voxel() -> None:
    pet = np.ones((40, 40, 40), np.float32)
    pet[5:8, 20:23, 30:33] = 5.0
    pet[6, 21, 32] = 9.0
    labels = np.zeros(pet.shape, np.uint16)
    labels[5:8, 20:23, 30:33] = 3
    channels = prepare.channels_from_arrays(pet, np.zeros_like(pet))
    fine, coarse = prepare.score_inputs(channels, labels, 3)
    assert fine.shape == (5, *prepare.FINE_SHAPE)
    assert coarse.shape == (5, *prepare.COARSE_SHAPE)
    middle = tuple(n // 2 for n in prepare.FINE_SHAPE)
    assert fine[(0, *middle)] == pytest.approx(0.9)
    assert fine[4].sum() == 27
    assert coarse[4].sum() * prepare.COARSE_FACTOR**3 == pytest.approx(27.0)
    assert fine[2, 0].max() == -1.0  # beyond the image: air
    with pytest.raises(ValueError, match="label 9"):
        prepare.score_inputs(channels, labels, 9)
