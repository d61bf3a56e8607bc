"""Biomarkers against analytic truth, a plain loop, and the IBSI digital phantom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.kit.errors import GridError, QuantityError
from app.core.lesions.biomarkers import MEASURED
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion, LesionStatus
from app.core.lesions.measure import SampleMasks, measure, measure_layers
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.peaks import PEAK_RADIUS_MM, sphere_means, sphere_rows
from app.core.space.volume import Quantity, Volume
from tests.support.nifti import load_nifti
from tests.support.places import SHARED_DATA

IBSI = SHARED_DATA / "ibsi"


def suv(array: np.ndarray, grid: ImageGrid) -> Volume:
    return Volume(grid, array, Quantity.SUV_BW)


def outlines(labels: np.ndarray, grid: ImageGrid, revision: int = 0) -> Segmentation:
    found = [int(n) for n in np.unique(labels) if n]
    table = tuple(Lesion(f"id{n}", n, f"L{n}") for n in found)
    return Segmentation("s", grid, Labelmap.from_array(labels), table, revision)


def oblique_grid(shape: tuple[int, int, int], rng: np.random.Generator) -> ImageGrid:
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    affine = np.eye(4)
    affine[:3, :3] = turn * rng.uniform(1.5, 5.0, 3)
    affine[:3, 3] = rng.uniform(-300, 300, 3)
    return ImageGrid(shape, affine)


def plain_sphere_mean(image: np.ndarray, grid: ImageGrid, index: tuple[int, ...]) -> float:
    every = np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape_kji], indexing="ij"), -1)
    away = np.linalg.norm(grid.points_lps_mm(every) - grid.points_lps_mm(index), axis=-1)
    return float(np.nanmean(image[away <= PEAK_RADIUS_MM]))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_value_agrees_with_a_plain_loop_on_oblique_grids(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k, j, i = (int(n) for n in rng.integers(1, 9, 3))
    shape = (k, j, i)
    grid = oblique_grid(shape, rng)
    image = rng.normal(3, 1, shape).astype(np.float32)
    labels = rng.integers(0, 4, shape)
    found = measure(suv(image, grid), outlines(labels, grid, 5))
    assert set(found) == {f"id{n}" for n in np.unique(labels) if n}
    for n in np.unique(labels[labels > 0]):
        inside = image[labels == n].astype(np.float64)
        b = found[f"id{n}"]
        places = np.argwhere(labels == n)
        peaks = [plain_sphere_mean(image, grid, tuple(p)) for p in places]
        hottest = int(np.argmax(inside))
        mtv = inside.size * abs(np.linalg.det(grid.affine_lps_mm[:3, :3])) / 1000
        expected = {
            "suv_min": inside.min(),
            "suv_median": np.median(inside),
            "suv_max": inside.max(),
            "suv_mean": inside.mean(),
            "suv_sd": inside.std(),
            "suv_q1": np.percentile(inside, 25),
            "suv_q3": np.percentile(inside, 75),
            "suv_peak": peaks[hottest],
            "suv_peak_global": max(peaks),
            "mtv_ml": mtv,
            "tlg": mtv * inside.mean(),
            "mtv_41_ml": mtv * np.mean(inside >= 0.41 * inside.max()),
        }
        assert set(b.values) == set(MEASURED) == set(expected)
        for key, value in expected.items():
            if key == "mtv_41_ml" and inside.max() <= 0:
                assert np.isnan(b[key])
                continue
            assert b[key] == pytest.approx(value, rel=1e-6, abs=1e-9), key
            assert b.values[key].definition == key
        assert b.voxels == inside.size
        assert b.revision == 5
        assert b.centroid_lps_mm == pytest.approx(grid.points_lps_mm(places).mean(axis=0), abs=1e-6)
        assert b.hottest_lps_mm == pytest.approx(grid.points_lps_mm(places[hottest]), abs=1e-6)


def test_ibsi_digital_phantom_peaks() -> None:
    if not IBSI.is_dir():
        pytest.skip("the IBSI digital phantom (../shared/data/ibsi) is not here")
    image = load_nifti(IBSI / "phantom.nii.gz")
    mask = load_nifti(IBSI / "mask.nii.gz")
    array = np.asarray(image.dataobj).T
    k_mm, j_mm, i_mm = (float(x) for x in image.header.get_zooms()[::-1])
    grid = ImageGrid.from_spacing(array.shape, (k_mm, j_mm, i_mm))
    b = measure(suv(array, grid), outlines(np.asarray(mask.dataobj).T, grid))["id1"]
    assert round(b["suv_peak"], 1) == 2.6
    assert round(b["suv_peak_global"], 1) == 3.1
    assert b["suv_mean"] == pytest.approx(2.15, abs=0.005)  # IBSI statistic Q4LE
    assert b["suv_max"] == 6
    assert b["mtv_ml"] == pytest.approx(0.592)


def test_peak_at_the_corner_uses_only_voxels_that_exist() -> None:
    grid = ImageGrid.from_spacing((3, 3, 3), (6.0, 6.0, 6.0))
    image = np.ones((3, 3, 3))
    image[0, 0, 0] = 9.0
    labels = np.zeros((3, 3, 3), np.uint16)
    labels[0, 0, 0] = 1
    b = measure(suv(image, grid), outlines(labels, grid))["id1"]
    # The corner has three face neighbours at 6 mm; the others are farther than 6.2 mm.
    assert b["suv_peak"] == pytest.approx((9 + 3) / 4)


def test_of_equal_maxima_the_one_with_the_highest_peak_is_the_hottest_point() -> None:
    grid = ImageGrid.from_spacing((1, 1, 9), (4.0, 4.0, 4.0))
    image = np.array([[[5, 0, 0, 0, 0, 0, 4, 5, 4]]], dtype=float)
    b = measure(suv(image, grid), outlines(np.ones((1, 1, 9)), grid))["id1"]
    assert b.hottest_lps_mm == (28.0, 0.0, 0.0)
    assert b["suv_peak"] == pytest.approx(13 / 3)


def test_one_voxel_image() -> None:
    grid = ImageGrid.from_spacing((1, 1, 1), (2.0, 2.0, 2.0), (1.0, 2.0, 3.0))
    b = measure(suv(np.full((1, 1, 1), 4.0), grid), outlines(np.ones((1, 1, 1)), grid))["id1"]
    for key in ("suv_min", "suv_mean", "suv_max", "suv_peak", "suv_peak_global"):
        assert b[key] == 4.0
    assert b["suv_sd"] == 0.0
    assert b["tlg"] == pytest.approx(0.032)
    assert b.centroid_lps_mm == (1.0, 2.0, 3.0)


def test_values_that_are_not_finite_are_no_measurements() -> None:
    grid = ImageGrid.from_spacing((1, 1, 4), (5.0, 5.0, 5.0))
    image = np.array([[[1.0, np.nan, 3.0, np.inf]]])
    b = measure(suv(image, grid), outlines(np.ones((1, 1, 4)), grid))["id1"]
    assert (b["suv_max"], b["suv_mean"], b["suv_min"]) == (3.0, 2.0, 1.0)
    assert b["mtv_ml"] == pytest.approx(0.5)  # the outline holds four voxels
    assert b["tlg"] == pytest.approx(1.0)
    assert b["suv_peak"] == 3.0


def test_a_lesion_of_nan_only_has_no_values_but_a_volume() -> None:
    grid = ImageGrid.from_spacing((1, 1, 2), (5.0, 5.0, 5.0))
    b = measure(suv(np.full((1, 1, 2), np.nan), grid), outlines(np.ones((1, 1, 2)), grid))["id1"]
    assert np.isnan(b["suv_max"])
    assert np.isnan(b["tlg"])
    assert b["mtv_ml"] == pytest.approx(0.25)
    assert b.hottest_lps_mm == b.centroid_lps_mm == (2.5, 0.0, 0.0)


def test_a_label_without_voxels_is_left_out_and_named() -> None:
    grid = ImageGrid.from_spacing((2, 2, 2), (1.0, 1.0, 1.0))
    labels = np.zeros((2, 2, 2), np.uint16)
    labels[0, 0, 0] = 7
    table = (Lesion("a", 3, "A"), Lesion("b", 7, "B"))
    segmentation = Segmentation("s", grid, Labelmap.from_array(labels), table)
    assert list(measure(suv(np.ones((2, 2, 2)), grid), segmentation)) == ["b"]
    nothing = Segmentation("s", grid, Labelmap.from_array(np.zeros((2, 2, 2), np.uint16)), table)
    assert measure(suv(np.ones((2, 2, 2)), grid), nothing) == {}


@pytest.mark.parametrize("size", [1, 3, 4, 5, 8, 9])
def test_the_last_voxels_of_any_size_are_seen(size: int) -> None:
    grid = ImageGrid.from_spacing((1, 1, size), (1.0, 1.0, 1.0))
    labels = np.zeros((1, 1, size), np.uint16)
    labels[0, 0, -1] = 65535
    b = measure(suv(np.arange(size, dtype=float).reshape(1, 1, size), grid), outlines(labels, grid))
    assert b["id65535"]["suv_max"] == size - 1


def test_the_wrong_grid_or_quantity_is_refused() -> None:
    grid = ImageGrid.from_spacing((2, 2, 2), (1.0, 1.0, 1.0))
    moved = ImageGrid.from_spacing((2, 2, 2), (1.0, 1.0, 1.0), (0.5, 0.0, 0.0))
    segmentation = outlines(np.ones((2, 2, 2)), grid)
    with pytest.raises(GridError):
        measure(suv(np.ones((2, 2, 2)), moved), segmentation)
    with pytest.raises(QuantityError):
        measure(Volume(grid, np.ones((2, 2, 2)), Quantity.BQML), segmentation)
    unit = measure(Volume(grid, np.ones((2, 2, 2)), Quantity.SUV_LBM), segmentation)["id1"]
    assert unit.values["suv_max"].unit == "SUVlbm"
    assert unit.values["mtv_ml"].unit == "ml"


def test_intervals_come_from_the_sample_masks() -> None:
    rng = np.random.default_rng(3)
    grid = ImageGrid.from_spacing((6, 7, 5), (2.0, 3.0, 4.0))
    image = rng.uniform(1, 9, grid.shape_kji)
    zones = np.zeros(grid.shape_kji, np.uint16)
    zones[:3], zones[3:] = 1, 2
    labels = np.where((image > 6) & (zones > 0), zones, 0)
    masks = [image > rng.uniform(4, 8) for _ in range(9)]
    packed = [np.packbits(m.reshape(-1)) for m in masks]
    found = measure(suv(image, grid), outlines(labels, grid), SampleMasks(masks, zones))
    same = measure(suv(image, grid), outlines(labels, grid), SampleMasks(packed, zones))
    for n in (1, 2):
        b = found[f"id{n}"]
        counts = np.array([(m & (zones == n)).sum() for m in masks])
        means = np.array([image[m & (zones == n)].mean() for m in masks])
        volumes = counts * 0.024
        assert b.values["mtv_ml"].samples == pytest.approx(volumes)
        assert b.interval("mtv_ml") == pytest.approx(np.percentile(volumes, (5, 95)))
        assert b.interval("suv_mean") == pytest.approx(np.percentile(means, (5, 95)))
        assert b.interval("tlg") == pytest.approx(np.percentile(volumes * means, (5, 95)))
        assert b.interval("suv_peak") is None
        assert same[f"id{n}"].values == b.values


def test_an_empty_sample_is_zero_volume_and_no_mean() -> None:
    grid = ImageGrid.from_spacing((1, 1, 4), (10.0, 10.0, 10.0))
    ones = np.ones((1, 1, 4), np.uint16)
    masks = [np.zeros((1, 1, 4), bool), np.ones((1, 1, 4), bool), np.ones((1, 1, 4), bool)]
    b = measure(suv(ones * 2.0, grid), outlines(ones, grid), SampleMasks(masks, ones))["id1"]
    assert b.values["mtv_ml"].samples == pytest.approx((0.0, 4.0, 4.0))
    assert b.values["tlg"].samples == pytest.approx((0.0, 8.0, 8.0))
    assert np.isnan(b.values["suv_mean"].samples[0])
    assert b.interval("suv_mean") == (2.0, 2.0)


def test_sample_masks_of_another_shape_are_refused() -> None:
    zones = np.ones((2, 3, 4), np.uint16)
    with pytest.raises(GridError):
        SampleMasks([np.ones((2, 3, 5), bool)], zones)
    with pytest.raises(GridError):
        SampleMasks([np.ones(4, np.uint8)], zones)


def test_sphere_means_do_not_depend_on_how_the_work_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(1)
    grid = ImageGrid.from_spacing((30, 8, 9), (2.0, 3.0, 2.5))
    image = rng.normal(size=grid.shape_kji)
    image[5, 2, 2] = np.nan
    flat = np.flatnonzero(rng.random(grid.shape_kji) < 0.3)
    k, j, i = (np.asarray(x, np.int64) for x in np.unravel_index(flat, grid.shape_kji))
    index = (k, j, i)
    rows = sphere_rows(grid)
    whole = sphere_means(image, index, rows)
    monkeypatch.setattr("app.core.space.peaks._BOX_VOXELS", 200)
    assert sphere_means(image, index, rows) == pytest.approx(whole, rel=1e-9, abs=1e-12)


def test_one_millilitre_sphere_on_a_fine_grid() -> None:
    rows = sphere_rows(ImageGrid.from_spacing((40, 40, 40), (0.5, 0.5, 0.5)))
    assert rows.voxels * 0.5**3 == pytest.approx(1000.0, rel=0.01)


def test_layers_are_each_measured_whole_and_added_up_once() -> None:
    grid = ImageGrid.from_spacing((1, 1, 6), (10.0, 10.0, 10.0))
    first = np.array([1, 1, 0, 0, 3, 3]).reshape(1, 1, 6)
    second = np.array([0, 2, 2, 2, 0, 0]).reshape(1, 1, 6)
    image = suv(np.arange(1.0, 7.0).reshape(1, 1, 6), grid)
    layers = [outlines(first, grid), outlines(second, grid)]
    found, summed = measure_layers(image, layers)
    assert [(key, b.voxels, b["suv_mean"]) for key, b in found.items()] == [
        ("id1", 2, 1.5), ("id3", 2, 5.5), ("id2", 3, 3.0),
    ]  # fmt: skip
    assert (summed.count, summed.suv_max) == (3, 6.0)
    assert summed.tmtv_ml == pytest.approx(6.0)
    assert summed.tlg == pytest.approx(1 + 2 + 3 + 4 + 5 + 6)
    alone, plain = measure_layers(image, layers[:1])
    assert plain.tmtv_ml == pytest.approx(4.0)
    assert plain.tlg == pytest.approx(14.0)
    assert list(alone) == ["id1", "id3"]


def test_what_does_not_count_is_not_added_up_from_any_layer() -> None:
    grid = ImageGrid.from_spacing((1, 1, 3), (10.0, 10.0, 10.0))
    image = suv(np.ones((1, 1, 3)), grid)
    one = outlines(np.array([1, 1, 0]).reshape(1, 1, 3), grid)
    two = outlines(np.array([0, 2, 2]).reshape(1, 1, 3), grid)
    rejected = replace(two, lesions=(two.lesions[0].with_status(LesionStatus.REJECTED),))
    _, summed = measure_layers(image, [one, rejected])
    assert summed.count == 1
    assert summed.tmtv_ml == pytest.approx(2.0)


@pytest.mark.parametrize("quantity", [Quantity.SUV_BSA, Quantity.SUV_IBW, Quantity.SUV_LBM])
def test_the_unit_of_an_suv_by_another_body_size_is_named(quantity: Quantity) -> None:
    grid = ImageGrid.from_spacing((4, 4, 4), (4.0, 4.0, 4.0))
    labels = np.zeros(grid.shape_kji, np.uint16)
    labels[1:3, 1:3, 1:3] = 1
    image = Volume(grid, np.full(grid.shape_kji, 2.0), quantity)
    found = measure(image, outlines(labels, grid))
    assert {x.values["suv_max"].unit for x in found.values()} == {str(quantity)}
