"""From probability to lesions on the native grid."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import ndimage

from app.core.space.grid import ImageGrid
from inference.lesions import instances

GRID = ImageGrid.from_spacing((30, 40, 50), (4.0, 4.0, 4.0))


def _blob(centre: tuple[float, float, float], sigma: float = 2.0, peak: float = 10.0) -> np.ndarray:
    axes = np.ogrid[:30, :40, :50]
    square = sum((a - c) ** 2 for a, c in zip(axes, centre, strict=True))
    return np.asarray(peak * np.exp(-square / (2.0 * sigma**2)), dtype=np.float32)


def _p(mask: np.ndarray) -> np.ndarray:
    return mask.astype(np.float32)


def test_lesions_are_numbered_by_falling_tlg() -> None:
    pet = np.ones(GRID.shape_kji, np.float32)
    p = np.zeros_like(pet)
    p[2:5, 2:5, 2:5] = 0.9
    p[20:26, 20:26, 20:26] = 0.5  # at the threshold: inside
    p[10:13, 30:33, 40:43] = 0.9
    pet[10:13, 30:33, 40:43] = 20.0
    labels, left_out = instances.find_instances(p, pet, GRID, 0.5)
    assert (labels[11, 31, 41], labels[22, 22, 22], labels[3, 3, 3]) == (1, 2, 3)
    assert labels.dtype == np.uint16
    assert left_out == 0
    np.testing.assert_array_equal(labels > 0, p >= 0.5)


def test_components_join_over_edges_and_not_over_corners() -> None:
    p = np.zeros(GRID.shape_kji, np.float32)
    p[4:8, 4:8, 4:8] = p[8:12, 8:12, 4:8] = 1.0  # they share an edge
    p[20:24, 20:24, 20:24] = p[24:28, 24:28, 24:28] = 1.0  # they share a corner
    labels, _ = instances.find_instances(p, np.ones_like(p), GRID, 0.5)
    assert labels.max() == 3


def test_specks_are_dropped_by_volume() -> None:
    p = np.zeros(GRID.shape_kji, np.float32)
    p[5, 5, 5:8] = 1.0  # 3 voxels of 0.064 ml: 0.192 ml
    p[15, 15, 5:9] = 1.0  # 0.256 ml
    labels, _ = instances.find_instances(p, np.ones_like(p), GRID, 0.5)
    assert labels[5, 5, 6] == 0
    assert labels[15, 15, 6] == 1
    everything, _ = instances.find_instances(p, np.ones_like(p), GRID, 0.5, least_volume_ml=0.0)
    assert everything.max() == 2


def test_nothing_and_one_voxel() -> None:
    empty, _ = instances.find_instances(
        np.zeros(GRID.shape_kji, np.float32), np.ones(GRID.shape_kji), GRID, 0.5
    )
    assert not empty.any()
    assert not instances.make_zones(empty, GRID).any()
    one = ImageGrid.from_spacing((1, 1, 1), (10.0, 10.0, 10.0))
    labels, _ = instances.find_instances(
        np.ones((1, 1, 1), np.float32), np.ones((1, 1, 1)), one, 0.5
    )
    assert labels[0, 0, 0] == 1


def test_more_candidates_than_a_table_holds_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instances, "MOST_CANDIDATES", 3)
    p = np.zeros(GRID.shape_kji, np.float32)
    for n in range(5):
        p[5 * n : 5 * n + 3, 4:8, 4 : 6 + n] = 1.0
    labels, left_out = instances.find_instances(p, np.ones_like(p), GRID, 0.5)
    assert left_out == 2
    assert sorted(np.unique(labels)) == [0, 1, 2, 3]
    assert labels[1, 5, 5] == 0, "the smallest are left out"


def test_two_clearly_separate_maxima_are_two_lesions() -> None:
    pet = _blob((15, 20, 15)) + _blob((15, 20, 26), peak=6.0)
    mask = (pet > 0.5) & (np.abs(np.arange(30) - 15) < 6)[:, None, None]
    assert instances.find_instances(_p(mask), pet, GRID, 0.5)[0].max() == 2
    labels, _ = instances.find_instances(_p(mask), pet, GRID, 0.5)
    assert labels[15, 20, 15] == 1
    assert labels[15, 20, 26] == 2
    np.testing.assert_array_equal(labels > 0, mask)
    border = int(np.argmax(labels[15, 20, 15:27] == 2)) + 15
    assert abs(border - 21) <= 1, "the border runs through the valley"


@pytest.mark.parametrize(
    ("distance", "peak"),
    [(5, 10.0), (3, 10.0)],
    ids=["the valley is shallow", "the maxima are near"],
)
def test_what_is_not_clearly_separate_stays_one_lesion(distance: int, peak: float) -> None:
    pet = _blob((15, 20, 20)) + _blob((15, 20, 20 + distance), peak=peak)
    assert instances.find_instances(_p(pet > 2.0), pet, GRID, 0.5)[0].max() == 1


def _ridge(valley: float, weaker: float = 6.0) -> np.ndarray:
    """Make two flat tops of SUV 10 and ``weaker``, 40 mm apart, and between them SUV ``valley``."""
    pet = np.zeros(GRID.shape_kji, np.float32)
    pet[8:22, 12:28, 8:36] = valley
    pet[8:22, 12:28, 8:16] = 10.0
    pet[8:22, 12:28, 26:36] = weaker
    return pet


@pytest.mark.parametrize(("share", "lesions"), [(0.44, 2), (0.56, 1)])
def test_two_tops_are_two_lesions_where_the_valley_is_below_half_of_the_weaker(
    share: float, lesions: int
) -> None:
    pet = _ridge(share * 6.0)
    assert instances.find_instances(_p(pet > 0.0), pet, GRID, 0.5)[0].max() == lesions


def test_noise_does_not_split_a_large_lesion() -> None:
    rng = np.random.default_rng(0)
    mask = _blob((15, 20, 25), sigma=6.0) > 3.0
    pet = (8.0 + rng.normal(0.0, 1.5, GRID.shape_kji)).astype(np.float32)
    assert instances.find_instances(_p(mask), pet, GRID, 0.5)[0].max() == 1


def test_zones_reach_a_little_and_never_into_another_lesion() -> None:
    labels = np.zeros(GRID.shape_kji, np.uint16)
    labels[15, 20, 10:12] = 1
    labels[15, 20, 16:18] = 2
    zones = instances.make_zones(labels, GRID)
    assert zones[15, 20, 8:20].tolist() == [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]
    assert zones[15, 20, 7] == 1
    assert zones[15, 20, 6] == 0, "16 mm away"
    np.testing.assert_array_equal(zones[labels > 0], labels[labels > 0])


def _grids() -> list[ImageGrid]:
    """Native grids over about the same box: plain, flipped, permuted, oblique, anisotropic."""
    base = ImageGrid.from_spacing((24, 30, 36), (5.0, 4.0, 3.3), (-60.0, -70.0, 10.0))
    flipped = np.array(base.affine_lps_mm)
    flipped[:3, 3] = base.points_lps_mm((23, 0, 35))
    flipped[:, [0, 2]] *= -1.0
    flipped[3, 3] = 1.0
    permuted = np.array(base.affine_lps_mm)[:, [2, 0, 1, 3]]
    turn = np.eye(4)
    c, s = np.cos(0.3), np.sin(0.3)
    turn[:2, :2] = [[c, -s], [s, c]]
    return [
        base,
        ImageGrid((24, 30, 36), flipped),
        ImageGrid((36, 24, 30), permuted),
        ImageGrid((24, 30, 36), turn @ base.affine_lps_mm),
    ]


@pytest.mark.parametrize("native", _grids(), ids=["plain", "flipped", "permuted", "oblique"])
def test_probability_comes_back_to_where_it_was(native: ImageGrid) -> None:
    low, high = native.bounds_lps_mm
    count = np.ceil((high - low) / 4.0).astype(int)
    grid = ImageGrid.from_spacing(
        (int(count[2]), int(count[1]), int(count[0])), (4.0, 4.0, 4.0), tuple(low + 2.0)
    )
    # A linear function of position is interpolated without any error.
    index = np.stack(np.meshgrid(*map(np.arange, grid.shape_kji), indexing="ij"), axis=-1)
    slope = np.array([0.002, 0.001, 0.003])
    p = (grid.points_lps_mm(index) @ slope).astype(np.float32) + 0.4
    found = instances.to_native(p, grid, native)
    inside = np.stack(np.meshgrid(*map(np.arange, native.shape_kji), indexing="ij"), axis=-1)
    points = native.points_lps_mm(inside)
    reach = np.all(
        (grid.indices_kji(points) >= 0) & (grid.indices_kji(points) <= count[::-1] - 1), -1
    )
    np.testing.assert_allclose(found[reach], (points @ slope + 0.4)[reach], atol=1e-4)
    assert found.min() > 0.0, "no dark rim where the network's outermost voxels end"
    # The same by parts.
    box = (slice(5, 12), slice(6, 14), slice(4, 15))
    part = np.zeros_like(p)
    part[box] = p[box]
    whole = np.where(part > 0, instances.to_native(part, grid, native).max(), 0.0)
    assert whole.any()
    np.testing.assert_allclose(
        instances.native_probability(part, grid, native),
        np.clip(instances.to_native(part, grid, native), 0, 1),
        atol=1e-6,
    )


def test_a_sample_mask_is_the_sample_inside_the_zones() -> None:
    native = _grids()[0]
    grid = ImageGrid.from_spacing((31, 31, 30), (4.0, 4.0, 4.0), (-60.0, -70.0, 10.0))
    p = np.zeros(grid.shape_kji, np.float16)
    p[8:14, 8:14, 8:14] = 1.0
    p[20:24, 20:24, 20:24] = 1.0
    zones = np.zeros(native.shape_kji, np.uint16)
    zones[2:14, 4:20, 6:22] = 3
    whole = (instances.to_native(p, grid, native) >= 0.5) & (zones > 0)
    box = (slice(6, 26), slice(7, 27), slice(5, 28))
    packed = instances.sample_mask(p[box], box, grid, native, zones, 0.5)
    unpacked = np.unpackbits(packed, count=zones.size).reshape(zones.shape).astype(bool)
    np.testing.assert_array_equal(unpacked, whole)
    assert unpacked.any()
    nothing = instances.sample_mask(
        np.zeros((0, 0, 0), np.float16), (slice(0, 0),) * 3, grid, native, zones, 0.5
    )
    assert not nothing.any()


@pytest.mark.parametrize("native", _grids(), ids=["plain", "flipped", "permuted", "oblique"])
def test_no_lesion_is_lost_on_the_networks_grid(native: ImageGrid) -> None:
    low, high = native.bounds_lps_mm
    count = np.ceil((high - low) / 8.0).astype(int)
    grid = ImageGrid.from_spacing(
        (int(count[2]), int(count[1]), int(count[0])), (8.0, 8.0, 8.0), tuple(low + 4.0)
    )
    labels = np.zeros(native.shape_kji, np.uint16)
    for n, at in enumerate(itertools.product((3, 15), (4, 20), (5, 18)), start=1):
        labels[at] = n  # one voxel each
    labels[8:14, 8:14, 8:14] = 9
    found = instances.labels_on(labels, native, grid, np.ones(native.shape_kji))
    assert sorted(np.unique(found)) == list(range(10))
    where = np.argwhere(labels == 9).mean(axis=0)
    there = np.argwhere(found == 9).mean(axis=0)
    distance = np.linalg.norm(native.points_lps_mm(where) - grid.points_lps_mm(there))
    assert distance < 6.0  # voxels of 8 mm


@pytest.mark.parametrize(("sigma", "lesions"), [(1.9, 2), (2.05, 1)])
def test_two_maxima_part_where_the_valley_falls_to_half_of_the_weaker(
    sigma: float, lesions: int
) -> None:
    """The valley of the smoothed image is at 0.46 and 0.55 of the maxima; the limit is 0.5."""
    pet = _blob((15, 20, 15), sigma) + _blob((15, 20, 22), sigma)
    fwhm_voxels = instances.SPLIT_SMOOTHING_FWHM_MM / GRID.spacing_kji_mm[0]
    smooth = ndimage.gaussian_filter(pet, fwhm_voxels / 2.3548, mode="nearest")[15, 20, 15:23]
    valley = float(smooth.min() / smooth.max())
    assert (0.44 < valley < 0.5) if lesions == 2 else (0.5 < valley < 0.56)
    assert instances.find_instances(_p(pet > 2.0), pet, GRID, 0.5)[0].max() == lesions
