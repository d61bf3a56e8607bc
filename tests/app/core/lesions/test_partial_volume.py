"""Recovery against what is known: the phantom's uptake, and a blurred sphere in closed form."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.special import erf

from app.compute.phantom.phantom import SAMPLE_SEED, Phantom, make_phantom
from app.core.kit.errors import GridError, InputError, JobCancelled, QuantityError
from app.core.kit.jobs import JobContext
from app.core.lesions.biomarkers import MEASURED, ON_REQUEST
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion
from app.core.lesions.measure import measure
from app.core.lesions.partial_volume import recover
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume

TINY = ImageGrid.from_spacing((4, 8, 8), (200.0, 60.0, 60.0), (-210.0, -210.0, -300.0))
FWHM_MM = 6.0
SIGMA_MM = FWHM_MM / 2.354820045


@cache
def phantom(noise: float) -> Phantom:
    """Chest, liver and hips of the sample's patient: nine of its lesions."""
    spacing = (3.0, 4.0728, 4.0728)
    grid = ImageGrid.from_spacing((190, 78, 82), spacing, (-165.0, -125.0, -295.0))
    return make_phantom(SAMPLE_SEED, noise=noise, pet_grid=grid, ct_grid=TINY)


def blurred_sphere(away_mm: np.ndarray, radius_mm: float, sigma_mm: float) -> np.ndarray:
    """Ball of uptake 1 convolved with a Gaussian in three dimensions, in closed form."""
    r, s = np.maximum(away_mm, 1e-6), sigma_mm
    low, high = (radius_mm - r) / (s * np.sqrt(2)), (radius_mm + r) / (s * np.sqrt(2))
    edge = np.exp(-np.square(low)) - np.exp(-np.square(high))
    return np.asarray(0.5 * (erf(low) + erf(high)) - edge * s / (np.sqrt(2 * np.pi) * r))


def sphere_case(
    diameter_mm: float, uptake: float, slope: float = 0.0, spacing_mm: float = 2.5
) -> tuple[Volume, Segmentation]:
    """Make a blurred sphere on ground that rises to the left by ``slope`` a mm.

    A blur keeps a slope as it is.
    """
    n = int(70.0 / spacing_mm) | 1
    edge = -(n - 1) / 2 * spacing_mm
    # Off the middle of a voxel: no symmetry helps.
    origin = (edge + 0.4, edge - 0.3, edge + 0.2)
    grid = ImageGrid.from_spacing((n, n, n), (spacing_mm,) * 3, origin)
    points = grid.points_lps_mm(np.moveaxis(np.indices(grid.shape_kji), 0, -1))
    away = np.linalg.norm(points, axis=-1)
    ground = 1.0 + slope * points[..., 0]
    ball = blurred_sphere(away, diameter_mm / 2, SIGMA_MM)
    # Inside, the sphere is uptake alone; a linear ground under it is its own mean there.
    pet = ground + (uptake - 1.0) * ball
    count = round(np.pi / 6 * diameter_mm**3 / spacing_mm**3)
    labels = np.zeros(grid.shape_kji, np.uint16)
    labels.reshape(-1)[np.argsort(away, axis=None, kind="stable")[:count]] = 1
    table = (Lesion("a", 1, "L1"),)
    return Volume(grid, pet, Quantity.SUV_BW, "1.2"), Segmentation(
        "s", grid, Labelmap.from_array(labels), table
    )


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_the_phantom_s_uptake_comes_back_within_five_percent(noise: float) -> None:
    made = phantom(noise)
    found = measure(made.pet_suvbw, made.truth, recovery_fwhm_mm=FWHM_MM)
    checked = 0
    for lesion in made.lesions:
        diameter_mm = (6000 * lesion.volume_ml / np.pi) ** (1 / 3)
        values = found.get(f"truth-{lesion.label:02d}")
        if values is None or diameter_mm < 12.99:
            continue
        assert values["mtv_ml"] == pytest.approx(lesion.volume_ml, rel=0.05, abs=0.05)
        checked += 1
        assert values["suv_mean_recovered"] == pytest.approx(lesion.suv, rel=0.05), lesion.name
        # What is measured is untouched: the blur took from it.
        assert values["suv_mean"] < 0.9 * lesion.suv
        assert values["suv_max_recovered"] > values["suv_max"]
    assert checked == 8


@pytest.mark.parametrize("diameter_mm", [13.0, 17.0, 22.0, 37.0])
@pytest.mark.parametrize("slope", [0.0, 0.02])
def test_a_sphere_in_closed_form_comes_back(diameter_mm: float, slope: float) -> None:
    pet, segmentation = sphere_case(diameter_mm, 8.0, slope)
    value = recover(pet, segmentation, FWHM_MM)["a"]
    assert value.mean == pytest.approx(8.0, rel=0.04)
    assert value.reason == ""
    assert pet.array[segmentation.labels.dense() == 1].mean() < 0.9 * 8.0


def test_a_cold_sphere_comes_back_too() -> None:
    pet, segmentation = sphere_case(22.0, 0.2)
    value = recover(pet, segmentation, FWHM_MM)["a"]
    assert pet.array[segmentation.labels.dense() == 1].mean() > 0.35
    assert value.mean == pytest.approx(0.2, abs=0.05)


def test_another_blur_recovers_another_mean() -> None:
    pet, segmentation = sphere_case(17.0, 8.0)
    means = [recover(pet, segmentation, x)["a"].mean for x in (3.0, 6.0, 8.0)]
    assert means[0] < means[1] < means[2]
    assert means[0] < 0.93 * 8.0
    assert means[2] > 1.05 * 8.0


def test_even_uptake_stays_as_it_is() -> None:
    pet, segmentation = sphere_case(17.0, 1.0)
    value = recover(pet, segmentation, FWHM_MM)["a"]
    assert (value.mean, value.greatest) == pytest.approx((1.0, 1.0), abs=1e-5)


def test_values_that_are_not_defined_say_why() -> None:
    pet, segmentation = sphere_case(5.0, 8.0)
    value = measure(pet, segmentation, recovery_fwhm_mm=FWHM_MM)["a"].values["suv_mean_recovered"]
    assert np.isnan(value.value)
    assert "smaller" in value.reason
    pet, segmentation = sphere_case(17.0, 8.0)
    holed = pet.array.copy()
    holed[segmentation.labels.dense() == 1] = np.nan
    found = recover(Volume(pet.grid, holed, Quantity.SUV_BW), segmentation, FWHM_MM)["a"]
    assert "not numbers" in found.reason
    assert np.isnan(found.mean)
    empty = Volume(pet.grid, np.zeros(pet.grid.shape_kji), Quantity.SUV_BW)
    found = recover(empty, segmentation, FWHM_MM)["a"]
    assert "above zero" in found.reason


def test_recovered_values_are_there_only_where_asked_for() -> None:
    pet, segmentation = sphere_case(13.0, 8.0)
    plain = measure(pet, segmentation)["a"]
    asked = measure(pet, segmentation, recovery_fwhm_mm=FWHM_MM)["a"]
    assert set(plain.values) == set(MEASURED)
    assert set(asked.values) == set(MEASURED) | set(ON_REQUEST)
    assert all(asked.values[key] == plain.values[key] for key in MEASURED)


def test_a_lesion_that_fills_the_image_and_one_at_its_border() -> None:
    grid = ImageGrid.from_spacing((8, 8, 8), (4.0, 4.0, 4.0))
    ones = np.ones(grid.shape_kji, np.uint16)
    table = (Lesion("a", 1, "L1"), Lesion("absent", 2, "L2"))
    pet = Volume(grid, 3.0 * ones, Quantity.SUV_BW)
    found = recover(pet, Segmentation("s", grid, Labelmap.from_array(ones), table), FWHM_MM)
    assert set(found) == {"a"}
    assert found["a"].mean == pytest.approx(3.0)
    ones[3:] = 0
    found = recover(pet, Segmentation("s", grid, Labelmap.from_array(ones), table), FWHM_MM)
    assert found["a"].mean == pytest.approx(3.0, rel=1e-3)


def test_what_cannot_be_is_refused() -> None:
    pet, segmentation = sphere_case(13.0, 8.0)
    for width in (0.0, -6.0, 60.0, float("nan")):
        with pytest.raises(InputError):
            recover(pet, segmentation, width)
    other = ImageGrid.from_spacing(pet.grid.shape_kji, (2.5, 2.5, 2.5), (90.0, 0.0, 0.0))
    with pytest.raises(GridError):
        recover(Volume(other, pet.array, Quantity.SUV_BW), segmentation)
    with pytest.raises(QuantityError):
        measure(Volume(pet.grid, pet.array, Quantity.BQML), segmentation, recovery_fwhm_mm=6.0)
    context = JobContext()
    context.cancel()
    with pytest.raises(JobCancelled):
        recover(pet, segmentation, context=context)


def test_ground_below_zero_turns_no_sign() -> None:
    pet, outline = sphere_case(20.0, 8.0)
    below = Volume(pet.grid, pet.array - 1.3, Quantity.SUV_BW, "1.2")
    found = recover(below, outline, FWHM_MM)["a"]
    # The ball is 1.3 lower than 8; ground at -0.3 is taken as almost nothing.
    assert found.mean == pytest.approx(6.7, rel=0.06)
