"""Drawn shapes against analytic truth: volumes, means of ramps, any grid; PERCIST."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from app.core.drawn.isocontour import grow
from app.core.drawn.measurements import Role
from app.core.drawn.percist import percist_threshold, sul_scale, threshold_of
from app.core.drawn.voi import (
    Angle,
    Box,
    Ellipsoid,
    Isocontour,
    Point,
    Ruler,
    Sphere,
    ThresholdKind,
    ThresholdRule,
    Voxels,
    moved,
    shape_volume_ml,
    voxels_in,
    voxels_under,
)
from app.core.drawn.voi_statistics import Statistics, measure_shape, statistics
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.study import Choice, Patient, Study

FIXED, SHARE = ThresholdKind.FIXED, ThresholdKind.PERCENT_OF_MAX
ADAPTED = ThresholdKind.BACKGROUND_ADAPTED


def turned_grid(
    shape: tuple[int, int, int], spacing: tuple[float, float, float], seed: int
) -> ImageGrid:
    """Return an oblique, anisotropic grid around the origin."""
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    affine = np.eye(4)
    affine[:3, :3] = turn * np.array(spacing)
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return ImageGrid(shape, affine, "1.2.3")


GRIDS = {
    "straight": ImageGrid.from_spacing((81, 81, 81), (1.0, 1.0, 1.0), (-40.0, -40.0, -40.0), "1"),
    "anisotropic": ImageGrid.from_spacing(
        (31, 121, 81), (2.5, 0.7, 1.1), (-44.0, -42.0, -37.5), "1"
    ),
    "oblique": turned_grid((60, 90, 80), (1.7, 0.9, 1.2), 3),
    "flipped": turned_grid((70, 70, 70), (1.4, -1.2, 1.3), 8),
}


def point_between(rng: np.random.Generator, low: float, high: float) -> Point:
    x, y, z = (float(n) for n in rng.uniform(low, high, 3))
    return (x, y, z)


def points_of(grid: ImageGrid) -> np.ndarray:
    return grid.points_lps_mm(np.moveaxis(np.indices(grid.shape_kji), 0, -1))


PATIENT = Patient("", "", "F", "", 75.0, 1.85)


def study_of(
    pet: Volume | None,
    ct: Volume | None = None,
    *,
    patient: Patient = PATIENT,
    aligned: bool = True,
) -> Study:
    return Study(
        patient,
        "",
        "",
        (),
        Choice(None, None, ""),
        pet,
        ct,
        None,
        aligned,
    )


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize(
    "shape",
    [
        Sphere((3.3, -2.1, 1.7), 15.0),
        Ellipsoid((1.0, 2.0, -3.0), (8.0, 14.0, 11.0)),
        Box((-2.2, 0.4, 3.1), (9.0, 12.0, 7.5)),
    ],
)
def test_the_voxels_of_a_shape_have_its_volume(name: str, shape: Sphere | Ellipsoid | Box) -> None:
    grid = GRIDS[name]
    found = voxels_in(shape, grid)
    assert found is not None
    volume_ml = found.count * grid.voxel_volume_ml
    assert volume_ml == pytest.approx(
        # A flat face takes or leaves a whole layer of voxels.
        shape_volume_ml(shape),
        rel=0.1 if isinstance(shape, Box) else 0.03,
    )


@pytest.mark.parametrize("name", GRIDS)
def test_the_mean_of_a_linear_ramp_is_its_value_in_the_middle(name: str) -> None:
    grid = GRIDS[name]
    slope = np.array([0.31, -0.17, 0.23])
    pet = Volume(grid, 10.0 + points_of(grid) @ slope, Quantity.SUV_BW)
    centre = (3.3, -2.1, 1.7)
    found = measure_shape(study_of(pet), Sphere(centre, 15.0)).pet
    assert found is not None
    middle = 10.0 + float(np.dot(slope, centre))
    assert found.mean == pytest.approx(middle, abs=0.05)
    assert found.median == pytest.approx(middle, abs=0.1)
    # Over a ball, a ramp of slope g has the variance g² r² / 5.
    assert found.sd == pytest.approx(np.linalg.norm(slope) * 15.0 / math.sqrt(5), rel=0.02)
    assert found.maximum == pytest.approx(middle + np.linalg.norm(slope) * 15.0, rel=0.03)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(["sphere", "ellipsoid", "box"]))
def test_exactly_the_voxels_whose_centres_lie_inside(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    k, j, i = (int(n) for n in rng.integers(1, 14, 3))
    grid = turned_grid((k, j, i), point_between(rng, 0.8, 6.0), seed)
    centre, half = point_between(rng, -25, 25), point_between(rng, 0.5, 20)
    away = (points_of(grid) - np.array(centre)) / np.array(half)
    if kind == "box":
        shape: Sphere | Ellipsoid | Box = Box(centre, half)
        inside = np.abs(away).max(axis=-1) <= 1.0
    elif kind == "ellipsoid":
        shape = Ellipsoid(centre, half)
        inside = (away**2).sum(axis=-1) <= 1.0
    else:
        shape = Sphere(centre, half[0])
        inside = np.linalg.norm(points_of(grid) - np.array(centre), axis=-1) <= half[0]
    found = voxels_in(shape, grid)
    drawn = np.zeros(grid.shape_kji, bool)
    if found is not None:
        drawn[found.box] = found.mask
    assert np.array_equal(drawn, inside)


def test_a_centre_on_the_surface_is_inside() -> None:
    grid = ImageGrid.from_spacing((9, 9, 9), (5.0, 5.0, 5.0), (-20.0, -20.0, -20.0))
    found = voxels_in(Sphere((0.0, 0.0, 0.0), 5.0), grid)
    assert found is not None
    assert found.count == 7
    found = voxels_in(Box((0.0, 0.0, 0.0), (5.0, 5.0, 5.0)), grid)
    assert found is not None
    assert found.count == 27


def test_outside_the_image_and_between_voxels_there_is_nothing() -> None:
    grid = ImageGrid.from_spacing((9, 9, 9), (5.0, 5.0, 5.0))
    assert voxels_in(Sphere((-100.0, 0.0, 0.0), 10.0), grid) is None
    assert voxels_in(Sphere((2.5, 2.5, 2.5), 1.0), grid) is None
    pet = Volume(grid, np.ones(grid.shape_kji), Quantity.SUV_BW)
    values = measure_shape(study_of(pet), Sphere((2.5, 2.5, 2.5), 1.0))
    assert values.pet is not None
    assert values.pet.voxels == 0
    assert math.isnan(values.pet.mean)
    assert values.volume_ml == pytest.approx(4 / 3 * math.pi / 1000)


def test_voxels_that_are_not_finite_are_not_counted() -> None:
    grid = ImageGrid.from_spacing((5, 5, 5), (2.0, 2.0, 2.0))
    array = np.full(grid.shape_kji, 3.0)
    array[2, 2, 2] = np.nan
    pet = Volume(grid, array, Quantity.SUV_BW)
    found = statistics(pet, voxels_in(Box((4.0, 4.0, 4.0), (2.0, 2.0, 2.0)), grid))
    assert found.voxels == 26
    assert (found.mean, found.sd) == (3.0, 0.0)


def test_a_peak_is_given_only_where_a_millilitre_fits() -> None:
    grid = ImageGrid.from_spacing((41, 41, 41), (2.0, 2.0, 2.0), (-40.0, -40.0, -40.0))
    away = np.linalg.norm(points_of(grid), axis=-1)
    pet = Volume(grid, np.maximum(10.0 - 0.2 * away, 0.0), Quantity.SUV_BW)
    study = study_of(pet)
    large = measure_shape(study, Sphere((0.0, 0.0, 0.0), 15.0)).pet
    small = measure_shape(study, Sphere((0.0, 0.0, 0.0), 5.0)).pet
    assert large is not None
    assert small is not None
    assert large.peak == pytest.approx(pet.array[away <= 6.2035].mean())
    assert math.isnan(small.peak)


def test_pet_and_ct_are_measured_on_their_own_voxels() -> None:
    pet_grid = ImageGrid.from_spacing((20, 20, 20), (4.0, 4.0, 4.0), (-38.0, -38.0, -38.0), "1")
    ct_grid = ImageGrid.from_spacing((60, 80, 80), (1.3, 1.0, 1.0), (-40.0, -40.0, -38.0), "1")
    rng = np.random.default_rng(0)
    pet = Volume(pet_grid, rng.normal(2, 1, pet_grid.shape_kji), Quantity.SUV_BW)
    ct = Volume(ct_grid, rng.normal(40, 9, ct_grid.shape_kji), Quantity.HU)
    values = measure_shape(study_of(pet, ct), Sphere((1.0, 2.0, 3.0), 12.0))
    for found, image in ((values.pet, pet), (values.under, ct)):
        assert found is not None
        near = np.linalg.norm(points_of(image.grid) - (1.0, 2.0, 3.0), axis=-1) <= 12.0
        assert found.voxels == near.sum()
        assert found.mean == pytest.approx(image.array[near].mean())
        assert found.median == pytest.approx(np.median(image.array[near]))
        assert (found.minimum, found.maximum) == (image.array[near].min(), image.array[near].max())


def test_what_is_drawn_on_one_image_says_nothing_of_one_that_is_not_aligned() -> None:
    grid = ImageGrid.from_spacing((9, 9, 9), (5.0, 5.0, 5.0))
    pet = Volume(grid, np.ones(grid.shape_kji), Quantity.SUV_BW)
    ct = Volume(grid, np.ones(grid.shape_kji), Quantity.HU)
    study = study_of(pet, ct, aligned=False)
    ball = Sphere((20.0, 20.0, 20.0), 10.0)
    on_pet, on_ct = (measure_shape(study, ball, x) for x in ("pet", "ct"))
    assert (on_pet.pet is None, on_pet.under is None) == (False, True)
    assert (on_ct.pet is None, on_ct.under is None) == (True, False)


def test_rulers_and_angles() -> None:
    assert Ruler((0.0, 0.0, 0.0), (3.0, 4.0, 12.0)).length_mm == 13.0
    square = Angle((1.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 5.0, 0.0))
    assert square.degrees == pytest.approx(90.0)
    flat = Angle((1.0, 0.0, 0.0), (0.0, 0.0, 0.0), (-2.0, 0.0, 0.0))
    assert flat.degrees == 180.0
    assert math.isnan(Angle((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (1.0, 0.0, 0.0)).degrees)
    away = moved(square, (10.0, 0.0, -1.0))
    assert isinstance(away, Angle)
    assert away.apex_lps_mm == (10.0, 0.0, -1.0)
    assert away.degrees == pytest.approx(90.0)


# Isocontours


def blob(grid: ImageGrid, *balls: tuple[tuple[float, float, float], float, float]) -> Volume:
    """Return uptake that falls linearly from a peak to 0 at a radius, the highest of several."""
    points = points_of(grid)
    array = np.zeros(grid.shape_kji)
    for centre, radius, height in balls:
        away = np.linalg.norm(points - np.array(centre), axis=-1)
        array = np.maximum(array, height * (1 - away / radius))
    return Volume(grid, np.maximum(array, 0.0).astype(np.float32), Quantity.SUV_BW)


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("share", [0.41, 0.5, 0.7])
def test_a_share_of_the_maximum_of_a_cone_is_a_ball(name: str, share: float) -> None:
    grid = GRIDS[name]
    pet = blob(grid, ((0.0, 0.0, 0.0), 25.0, 10.0))
    contour = Isocontour((2.0, -1.0, 1.0), 18.0, ThresholdRule(SHARE, share))
    values = measure_shape(study_of(pet), contour)
    assert values.region is not None
    assert not values.region.cut_off
    assert values.threshold == pytest.approx(share * pet.array.max(), rel=1e-6)
    radius = 25.0 * (1 - share * float(pet.array.max()) / 10.0)
    assert values.volume_ml == pytest.approx(shape_volume_ml(Sphere((0, 0, 0), radius)), rel=0.05)
    assert values.pet is not None
    assert values.tlg == pytest.approx(values.volume_ml * values.pet.mean)
    assert values.pet.minimum >= values.threshold


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_region_is_that_of_scipy_on_the_whole_image(seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = turned_grid((18, 20, 16), (3.0, 2.0, 2.5), seed)
    noise = ndimage.gaussian_filter(rng.normal(size=grid.shape_kji), 1.0)
    pet = Volume(grid, (noise * 10).astype(np.float32), Quantity.SUV_BW)
    centre = point_between(rng, -12, 12)
    radius = float(rng.uniform(4, 14))
    away = np.linalg.norm(points_of(grid) - np.array(centre), axis=-1)
    ball = away <= radius
    found = grow(pet, Isocontour(centre, radius, ThresholdRule(FIXED, 1.0)))
    if not ball.any():
        assert found.voxels is None
        return
    hottest = np.argmax(np.where(ball, pet.array, -np.inf))
    seed_at = tuple(int(n) for n in np.unravel_index(hottest, pet.array.shape))
    assert found.seed_kji == seed_at
    allowed = (away <= 2 * radius) & (pet.array >= 1.0)
    labels, _ = ndimage.label(allowed, ndimage.generate_binary_structure(3, 2))
    wanted = (labels == labels[seed_at]) & allowed if allowed[seed_at] else np.zeros_like(allowed)
    drawn = np.zeros_like(wanted)
    if found.voxels is not None:
        drawn[found.voxels.box] = found.voxels.mask
    assert np.array_equal(drawn, wanted)


def test_a_neighbour_that_does_not_touch_is_left_out() -> None:
    grid = GRIDS["straight"]
    pet = blob(grid, ((-12.0, 0.0, 0.0), 8.0, 10.0), ((12.0, 0.0, 0.0), 8.0, 30.0))
    rule = ThresholdRule(FIXED, 2.0)
    left = grow(pet, Isocontour((-12.0, 0.0, 0.0), 14.0, rule))
    assert left.voxels is not None
    assert left.seed_value == pytest.approx(10.0)
    assert not left.hotter_outside
    x = grid.points_lps_mm(np.argwhere(left.voxels.mask) + left.voxels.start_kji)[:, 0]
    assert x.max() < 0


def test_the_threshold_adapts_to_the_background() -> None:
    grid = GRIDS["straight"]
    away = np.linalg.norm(points_of(grid), axis=-1)
    hot = away <= 12.0
    # Another, hotter uptake in the shell must not raise the background.
    other = np.linalg.norm(points_of(grid) - (24.0, 0.0, 0.0), axis=-1) <= 4.0
    array = np.where(hot, 8.0, np.where(other, 40.0, 2.0)).astype(np.float32)
    pet = Volume(grid, array, Quantity.SUV_BW)
    found = grow(pet, Isocontour((0.0, 0.0, 0.0), 15.0, ThresholdRule(ADAPTED, 0.5)))
    assert (found.peak, found.background) == (8.0, 2.0)
    assert found.threshold == 5.0
    assert found.voxels is not None
    assert found.voxels.count == hot.sum()


def test_a_region_that_reaches_the_limit_says_so() -> None:
    grid = GRIDS["straight"]
    pet = Volume(grid, np.full(grid.shape_kji, 5.0, np.float32), Quantity.SUV_BW)
    found = grow(pet, Isocontour((0.0, 0.0, 0.0), 8.0, ThresholdRule(SHARE, 0.41)))
    assert found.cut_off
    assert found.voxels is not None
    assert found.voxels.count == pytest.approx(4 / 3 * math.pi * 16**3, rel=0.02)
    slope = Volume(grid, points_of(grid)[..., 0] + 50.0, Quantity.SUV_BW)
    assert grow(slope, Isocontour((0.0, 0.0, 0.0), 8.0, ThresholdRule(SHARE, 0.9))).hotter_outside


def test_nothing_grows_where_nothing_is_hot() -> None:
    grid = GRIDS["straight"]
    cold = Volume(grid, np.zeros(grid.shape_kji, np.float32), Quantity.SUV_BW)
    for rule in (ThresholdRule(SHARE, 0.41), ThresholdRule(FIXED, 2.5)):
        values = measure_shape(study_of(cold), Isocontour((0.0, 0.0, 0.0), 8.0, rule))
        assert values.region is not None
        assert values.region.voxels is None
        assert values.volume_ml == 0.0
    unknown = Volume(grid, np.full(grid.shape_kji, np.nan), Quantity.SUV_BW)
    found = grow(unknown, Isocontour((0.0, 0.0, 0.0), 8.0, ThresholdRule(FIXED, 1.0)))
    assert found.seed_kji is None


def test_the_ct_of_an_isocontour_is_what_lies_in_its_voxels() -> None:
    pet_grid = turned_grid((12, 12, 12), (4.0, 5.0, 4.5), 5)
    ct_grid = turned_grid((40, 44, 36), (1.5, 1.3, 1.4), 6)
    mask = np.random.default_rng(1).random((3, 4, 2)) < 0.6
    mask[0, 0, 0] = True
    voxels = Voxels((slice(4, 7), slice(3, 7), slice(5, 7)), mask)
    whole = np.zeros(pet_grid.shape_kji, bool)
    whole[voxels.box] = mask
    index = np.floor(pet_grid.indices_kji(points_of(ct_grid)) + 0.5).astype(int)
    fits = ((index >= 0) & (index < pet_grid.shape_kji)).all(axis=-1)
    wanted = np.zeros(ct_grid.shape_kji, bool)
    wanted[fits] = whole[tuple(index[fits].T)]
    found = voxels_under(voxels, pet_grid, ct_grid)
    assert found is not None
    drawn = np.zeros_like(wanted)
    drawn[found.box] = found.mask
    assert wanted.any()
    assert np.array_equal(drawn, wanted)


@pytest.mark.parametrize(("kind", "value"), [(SHARE, 1.2), (SHARE, 0.0), (FIXED, -1.0)])
def test_a_threshold_that_cannot_be_is_refused(kind: ThresholdKind, value: float) -> None:
    with pytest.raises(ValueError, match="no threshold"):
        ThresholdRule(kind, value)


# References


def test_the_percist_threshold_of_the_liver_and_of_the_blood_pool() -> None:
    grid = ImageGrid.from_spacing((21, 21, 21), (2.0, 2.0, 2.0), (-20.0, -20.0, -20.0))
    rng = np.random.default_rng(4)
    pet = Volume(grid, rng.normal(2.4, 0.3, grid.shape_kji), Quantity.SUV_BW)
    study = study_of(pet)
    found = measure_shape(study, Sphere((0.0, 0.0, 0.0), 15.0)).pet
    assert found is not None
    liver = percist_threshold(study, Role.LIVER, found)
    blood = percist_threshold(study, Role.BLOOD_POOL, found)
    assert liver is not None
    assert blood is not None
    assert liver.value == pytest.approx(1.5 * found.mean + 2 * found.sd)
    assert blood.value == pytest.approx(2.0 * found.mean + 2 * found.sd)
    # 75 kg, 1.85 m, female: 49.21438 kg lean body mass (Janmahasatian).
    assert liver.sul == pytest.approx(liver.value * 49.21438 / 75.0, rel=1e-6)
    assert "49.2 kg" in liver.scale.rule
    assert percist_threshold(study, Role.NONE, found) is None


def test_the_liver_comes_before_the_aorta_whichever_was_drawn_first() -> None:
    grid = ImageGrid.from_spacing((9, 9, 9), (2.0, 2.0, 2.0), (-8.0, -8.0, -8.0))
    pet = Volume(grid, np.full(grid.shape_kji, 2.0), Quantity.SUV_BW)
    study = study_of(pet)
    values = measure_shape(study, Sphere((0.0, 0.0, 0.0), 6.0)).pet
    nothing = measure_shape(study, Sphere((90.0, 0.0, 0.0), 6.0)).pet

    def role_of(*references: tuple[Role, Statistics | None]) -> Role | None:
        found = threshold_of(study, references)
        return None if found is None else found.role

    assert role_of((Role.BLOOD_POOL, values), (Role.LIVER, values)) is Role.LIVER
    assert role_of((Role.NONE, values), (Role.BLOOD_POOL, values)) is Role.BLOOD_POOL
    # A liver without a voxel of the PET, or off it, is none.
    assert role_of((Role.LIVER, nothing), (Role.BLOOD_POOL, values)) is Role.BLOOD_POOL
    assert role_of((Role.LIVER, None), (Role.BLOOD_POOL, values)) is Role.BLOOD_POOL
    assert role_of((Role.NONE, values)) is None
    assert role_of() is None


def test_sul_without_a_height_is_not_invented() -> None:
    grid = ImageGrid.from_spacing((3, 3, 3), (2.0, 2.0, 2.0))
    pet = Volume(grid, np.ones(grid.shape_kji), Quantity.SUV_BW)
    without = sul_scale(study_of(pet, patient=Patient(weight_kg=70.0, sex="F")))
    assert without.factor is None
    assert "height" in without.why
    assert sul_scale(study_of(replace(pet, quantity=Quantity.SUV_LBM))).factor == 1.0
    assert sul_scale(study_of(replace(pet, quantity=Quantity.BQML))).factor is None


def test_voxels_carried_to_their_own_grid_are_the_same_in_the_same_box() -> None:
    grid = GRIDS["anisotropic"]
    drawn = voxels_in(Sphere((3.0, -2.0, 4.0), 9.0), grid)
    assert drawn is not None
    carried = voxels_under(drawn, grid, grid)
    assert carried is not None
    own, other = (np.argwhere(x.mask) + x.start_kji for x in (drawn, carried))
    np.testing.assert_array_equal(own, other)
    # The box that is looked through follows the region, not the image.
    assert carried.mask.size <= 2.0 * drawn.mask.size
