"""Attenuation against the published table and an analytic cylinder."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from app.compute.attenuation.factors import (
    CARNEY,
    attenuation_effect,
    line_integrals,
    mu_image,
    mu_map,
)
from app.core.kit.errors import GridError, InputError, QuantityError
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedKind
from app.core.study.provenance import Provenance

SPACING = (5.0, 2.5, 2.0)


def cylinder(mu: float, radius_mm: float, slices: int = 3, shift_mm: float = 0.0) -> Volume:
    """Make a cylinder along k with its axis in the middle, edges by area."""
    shape = (slices, 96, 120)
    origin = (-(shape[2] - 1) / 2 * SPACING[2], -(shape[1] - 1) / 2 * SPACING[1], 0.0)
    grid = ImageGrid.from_spacing(shape, SPACING, origin, "1.2")
    x = origin[0] + np.arange(shape[2]) * SPACING[2] - shift_mm
    y = origin[1] + np.arange(shape[1]) * SPACING[1]
    depth = radius_mm - np.hypot(y[:, None], x[None, :])
    plane = mu * np.clip(depth / 2.2 + 0.5, 0, 1)
    return Volume(grid, np.repeat(plane[None], slices, 0).astype(np.float32), Quantity.MU, "1.3")


def hu(values: npt.ArrayLike) -> Volume:
    array = np.asarray(values, dtype=np.float32).reshape(1, 1, -1)
    return Volume(ImageGrid.from_spacing(array.shape, (1.0, 1.0, 1.0)), array, Quantity.HU, "1.4")


@pytest.mark.parametrize("kvp", sorted(CARNEY))
def test_air_water_and_continuity_at_every_voltage(kvp: int) -> None:
    mu = mu_map(hu([-1000.0, 0.0, -1024.0]), kvp).array.ravel()
    assert mu.tolist() == pytest.approx([0.0, 0.096, 0.0], abs=1e-6)
    break_hu = CARNEY[kvp][2]
    around = mu_map(hu([break_hu - 0.5, break_hu + 0.5]), kvp).array.ravel()
    # The published table joins its lines within its own rounding.
    assert around[1] - around[0] == pytest.approx(7e-5, abs=2.5e-4)
    assert np.all(np.diff(mu_map(hu(np.arange(-1000, 2000, 25)), kvp).array.ravel()) > 0)


def test_dense_bone_at_two_voltages() -> None:
    # 1,000 HU by hand from the table: 2000 a + b.
    assert mu_map(hu([1000.0]), 120).array.item() == pytest.approx(0.1491, abs=1e-5)
    assert mu_map(hu([1000.0]), 140).array.item() == pytest.approx(0.1536, abs=1e-5)
    assert mu_map(hu([1000.0]), 135).array.item() == pytest.approx(0.1536, abs=1e-5)
    assert mu_map(hu([1000.0]), None).array.item() == pytest.approx(0.1491, abs=1e-5)


@pytest.mark.parametrize("radius_mm", [40.0, 80.0])
def test_lines_through_a_cylinder(radius_mm: float) -> None:
    integrals = line_integrals(cylinder(0.096, radius_mm).array[1], SPACING[1:], 12)
    # Through the middle: mu times the diameter in cm, whatever the angle.
    middle = integrals.max(axis=0)
    assert middle == pytest.approx(0.096 * 2 * radius_mm / 10.0, rel=0.02)
    factor = np.exp(-middle)
    assert factor == pytest.approx(np.exp(-0.096 * radius_mm / 5.0), rel=0.03)
    # All lines of an angle together hold the area, 4 mm apart.
    area_cm2 = np.pi * (radius_mm / 10.0) ** 2
    assert integrals.sum(axis=0) * 0.4 == pytest.approx(0.096 * area_cm2, rel=0.01)


def test_a_denser_cylinder_gives_the_analytic_difference() -> None:
    radius_mm = 80.0
    effect = attenuation_effect(cylinder(0.0979, radius_mm), cylinder(0.096, radius_mm), angles=12)
    assert len(effect.slices) == 3
    # Chords of a circle, evenly spread over its width.
    offset = np.linspace(-radius_mm, radius_mm, 4001)
    chord_cm = 2 * np.sqrt(radius_mm**2 - offset**2) / 10.0
    expected = 100 * np.expm1(0.0019 * chord_cm)
    expected = expected[0.0979 * chord_cm > 0.096]
    assert effect.mean_percent == pytest.approx(expected.mean(), rel=0.03)
    assert effect.mean_absolute_percent == pytest.approx(effect.mean_percent)
    assert effect.p95_percent == pytest.approx(np.percentile(expected, 95), rel=0.03)
    one = effect.slices[1]
    assert one.mean_percent == pytest.approx(effect.mean_percent)
    assert one.lines > 100


def test_the_same_map_has_no_effect_and_a_shift_has_none_on_average() -> None:
    mu = cylinder(0.096, 60.0)
    same = attenuation_effect(mu, mu, angles=6)
    assert (same.mean_absolute_percent, same.p5_percent, same.p95_percent) == (0.0, 0.0, 0.0)
    moved = attenuation_effect(cylinder(0.096, 60.0, shift_mm=6.0), mu, angles=6, every=2)
    assert len(moved.slices) == 2
    assert moved.mean_absolute_percent > 3.0
    assert moved.p5_percent < -3.0
    assert moved.p95_percent > 3.0


def test_only_slices_that_both_cover_are_compared() -> None:
    reference = cylinder(0.096, 60.0, slices=5)
    part = Volume(
        ImageGrid.from_spacing(
            (2, *reference.grid.shape_kji[1:]),
            SPACING,
            tuple(reference.grid.points_lps_mm((2, 0, 0)).tolist()),
            "1.2",
        ),
        reference.array[2:4],
        Quantity.MU,
    )
    effect = attenuation_effect(part, reference, angles=6)
    assert [x.index_k for x in effect.slices] == [2, 3]
    assert effect.mean_absolute_percent == pytest.approx(0.0, abs=1e-6)


def test_air_alone_has_no_lines() -> None:
    air = cylinder(0.0, 60.0)
    effect = attenuation_effect(air, air, angles=6)
    assert effect.slices[0].lines == 0
    assert np.isnan(effect.mean_percent)


def test_what_cannot_be_compared_is_refused() -> None:
    mu = cylinder(0.096, 60.0)
    with pytest.raises(QuantityError):
        mu_map(mu)
    with pytest.raises(QuantityError):
        attenuation_effect(hu([0.0]), mu)
    for kvp in (0.0, 400.0, float("nan")):
        with pytest.raises(InputError):
            mu_map(hu([0.0]), kvp)
    far = ImageGrid.from_spacing(mu.grid.shape_kji, SPACING, (0.0, 0.0, 900.0), "1.2")
    with pytest.raises(GridError):
        attenuation_effect(Volume(far, mu.array, Quantity.MU), mu)
    other = ImageGrid(mu.grid.shape_kji, mu.grid.affine_lps_mm, "9.9")
    with pytest.raises(GridError):
        attenuation_effect(Volume(other, mu.array, Quantity.MU), mu)


def test_a_map_as_a_derived_image() -> None:
    image = mu_image(hu([0.0, 1000.0]), {"CT": "1.4"}, Provenance({}, {}), 140)
    assert image.kind is DerivedKind.MU_MAP
    assert image.volume.quantity is Quantity.MU
    assert "140 kV" in image.title
    assert image.source_uids == {"CT": "1.4"}
