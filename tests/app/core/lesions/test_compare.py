"""Shifts of lesion values, and errors of a synthetic CT by tissue, on planted differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.core.kit.errors import GridError, QuantityError
from app.core.lesions.biomarkers import Biomarkers, Value
from app.core.lesions.compare import SHIFTS, TISSUES_HU, body_of, hu_error, shift_percent
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion
from app.core.lesions.measure import measure
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume

GRID = ImageGrid.from_spacing((6, 40, 50), (3.0, 2.0, 2.0), frame_of_reference_uid="1.2")


def lesion_on(image: np.ndarray) -> Biomarkers:
    grid = ImageGrid.from_spacing(image.shape, (4.0, 4.0, 4.0))
    labels = np.zeros(image.shape, np.uint16)
    labels[2:6, 2:6, 2:6] = 1
    segmentation = Segmentation("s", grid, Labelmap.from_array(labels), (Lesion("a", 1, "L1"),))
    return measure(Volume(grid, image, Quantity.SUV_BW), segmentation)["a"]


def test_a_scaled_image_shifts_every_uptake_and_no_volume() -> None:
    image = np.random.default_rng(2).uniform(2, 9, (8, 8, 8))
    shift = shift_percent(lesion_on(image), lesion_on(0.9 * image))
    assert set(shift) == set(SHIFTS)
    for key in ("suv_max", "suv_mean", "suv_peak"):
        assert shift[key] == pytest.approx(-10.0)
    assert shift["mtv_41_ml"] == pytest.approx(0.0)


def test_a_lower_peak_gives_a_larger_volume_at_its_own_threshold() -> None:
    image = np.full((8, 8, 8), 3.0)
    image[3, 3, 3] = 10.0  # 41 %: one voxel
    smooth = image.copy()
    smooth[3, 3, 3] = 6.0  # 41 %: all 64
    shift = shift_percent(lesion_on(image), lesion_on(smooth))
    assert shift["mtv_41_ml"] == pytest.approx(6300.0)
    assert shift["suv_max"] == pytest.approx(-40.0)


def test_a_shift_that_is_not_defined_is_not_a_number() -> None:
    known = lesion_on(np.full((8, 8, 8), 3.0))
    nothing = lesion_on(np.zeros((8, 8, 8)))
    assert np.isnan(shift_percent(nothing, known)["suv_max"])
    assert np.isnan(shift_percent(nothing, known)["mtv_41_ml"])
    missing = replace(known, values={"suv_max": Value(3.0, "SUV", "suv_max")})
    assert np.isnan(shift_percent(known, missing)["suv_mean"])
    assert shift_percent(known, missing)["suv_max"] == 0.0


def body() -> np.ndarray:
    """Soft tissue with a piece of each other tissue, in air."""
    hu = np.full(GRID.shape_kji, -1000.0, np.float32)
    hu[:, 5:35, 5:45] = 40.0
    hu[:, 8:14, 8:14] = -100.0
    hu[:, 8:14, 20:26] = 800.0
    hu[:, 20:26, 20:30] = -850.0
    return hu


def test_planted_errors_are_found_in_their_tissue() -> None:
    real = body()
    planted = {"air": 60.0, "fat": -20.0, "soft": 10.0, "bone": -150.0}
    synthetic = real.copy()
    for name, (low, high) in TISSUES_HU.items():
        synthetic[(real >= low) & (real < high)] += planted[name]
    # Outside of the body nothing counts.
    synthetic[:, :4] = 500.0
    error = hu_error(Volume(GRID, synthetic, Quantity.HU), Volume(GRID, real, Quantity.HU))
    counts = {"air": 6 * 60, "fat": 6 * 36, "bone": 6 * 36}
    for name, value in planted.items():
        assert error.tissues[name].mean_hu == pytest.approx(value)
        assert error.tissues[name].mean_absolute_hu == pytest.approx(abs(value))
        assert name == "soft" or error.tissues[name].voxels == counts[name]
    assert error.body.voxels == 6 * 30 * 40
    weights = {n: error.tissues[n].voxels for n in planted}
    expected = sum(abs(planted[n]) * weights[n] for n in planted) / error.body.voxels
    assert error.body.mean_absolute_hu == pytest.approx(expected)
    assert error.volume.array[3, 10, 22] == pytest.approx(-150.0)
    assert error.volume.quantity is Quantity.HU


def test_the_real_ct_may_lie_on_another_grid_and_reach_less_far() -> None:
    real = body()
    affine = GRID.affine_lps_mm.copy()
    affine[:3, 3] += affine[:3, 0] * 2
    part = ImageGrid((4, 40, 50), affine, "1.2")
    synthetic = Volume(GRID, real + 25.0, Quantity.HU)
    error = hu_error(synthetic, Volume(part, real[2:], Quantity.HU))
    assert error.body.voxels == 4 * 30 * 40
    assert error.body.mean_hu == pytest.approx(25.0)
    assert np.all(error.volume.array[:2] == 0.0)
    assert error.volume.grid is GRID


def test_air_alone_has_no_body() -> None:
    air = Volume(GRID, np.full(GRID.shape_kji, -1000, np.int16), Quantity.HU)
    error = hu_error(air, air)
    assert error.body.voxels == 0
    assert np.isnan(error.body.mean_absolute_hu)


def test_what_cannot_be_compared_is_refused() -> None:
    ct = Volume(GRID, body(), Quantity.HU)
    with pytest.raises(QuantityError):
        hu_error(Volume(GRID, body(), Quantity.MR), ct)
    far = ImageGrid.from_spacing(GRID.shape_kji, (3.0, 2.0, 2.0), (0, 0, 900), "1.2")
    with pytest.raises(GridError):
        hu_error(Volume(far, body(), Quantity.HU), ct)
    other = ImageGrid(GRID.shape_kji, GRID.affine_lps_mm, "1.3")
    with pytest.raises(GridError):
        hu_error(Volume(other, body(), Quantity.HU), ct)


def test_two_legs_are_a_body_and_a_pen_beside_them_is_none() -> None:
    hu = np.full((4, 40, 60), -1000.0)
    hu[:, 10:25, 5:25] = 0.0
    hu[:, 10:25, 35:55] = 0.0
    hu[:, 30:33, 5:8] = 0.0
    found = body_of(hu)
    assert found[:, 10:25, 5:25].all()
    assert found[:, 10:25, 35:55].all()
    assert found.sum() == 2 * 4 * 15 * 20


def test_a_value_on_the_edge_of_a_tissue_belongs_to_the_denser_one() -> None:
    edges = {-200.0: "fat", -199.5: "fat", -20.0: "soft", 150.0: "bone", -200.5: "air"}
    for hu, tissue in edges.items():
        real = np.full(GRID.shape_kji, -1000.0, np.float32)
        real[:, 5:35, 5:45] = 40.0
        real[:, 8:14, 8:14] = hu
        shifted = np.where(real == np.float32(hu), real + 7.0, real)
        error = hu_error(Volume(GRID, shifted, Quantity.HU), Volume(GRID, real, Quantity.HU))
        share = 7.0 * 216 / error.tissues[tissue].voxels
        assert error.tissues[tissue].mean_hu == pytest.approx(share), hu
        # Each voxel of the body belongs to one tissue.
        assert sum(x.voxels for x in error.tissues.values()) == error.body.voxels
