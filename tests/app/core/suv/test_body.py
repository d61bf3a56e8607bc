"""Body measures as headers state them."""

from __future__ import annotations

import pytest

from app.core.suv.body import Measure, height_of, sex_of, weight_of


@pytest.mark.parametrize(
    ("stated", "metres", "unit"),
    [
        (1.75, 1.75, "m"),
        (3.0, 3.0, "m"),
        (20.0, 0.2, "cm"),
        (175.0, 1.75, "cm"),
        (300.0, 3.0, "cm"),
        (1750.0, 1.75, "mm"),
        (3000.0, 3.0, "mm"),
    ],
)
def test_a_height_is_brought_to_metres(stated: float, metres: float, unit: str) -> None:
    found = height_of(stated)
    assert isinstance(found, Measure)
    assert found.value == pytest.approx(metres)
    assert found.unit == unit


@pytest.mark.parametrize(
    ("stated", "kilograms", "unit"),
    [(0.9, 0.9, "kg"), (75.0, 75.0, "kg"), (350.0, 350.0, "kg"), (75000.0, 75.0, "g")],
)
def test_a_weight_is_brought_to_kilograms(stated: float, kilograms: float, unit: str) -> None:
    found = weight_of(stated)
    assert isinstance(found, Measure)
    assert found.value == pytest.approx(kilograms)
    assert found.unit == unit


@pytest.mark.parametrize("stated", [None, 0.0, -1.0, float("nan")])
def test_what_is_no_measure_is_not_known(stated: float | None) -> None:
    assert height_of(stated) is None
    assert weight_of(stated) is None


@pytest.mark.parametrize("stated", [351.0, 1000.0, 4.0e5])
def test_no_one_weighs_that_in_kg_or_g(stated: float) -> None:
    assert weight_of(stated) is None


@pytest.mark.parametrize(
    ("stated", "weight_kg", "metres"),
    [
        (67.0, 70.0, 67 * 0.0254),
        (50.0, 25.0, 50 * 0.0254),
        (55.0, 4.5, 0.55),
        (67.0, None, 0.67),
        (170.0, 70.0, 1.70),
        (170.0, 160.0, 1.70),
    ],
)
def test_inches_are_told_from_cm_by_the_weight(
    stated: float, weight_kg: float | None, metres: float
) -> None:
    found = height_of(stated, weight_kg)
    assert found is not None
    assert found.value == pytest.approx(metres)


@pytest.mark.parametrize("stated", [30000.0, 5.9, 3.01, 0.06])
def test_no_one_is_that_tall_or_small(stated: float) -> None:
    """Feet are in no header's unit; taken as cm a lean body mass would come of 6 cm."""
    assert height_of(stated) is None


@pytest.mark.parametrize(
    ("stated", "sex"),
    [("M", "M"), (" f ", "F"), ("Male", "M"), ("o", "O"), ("", None), ("unknown", None)],
)
def test_the_sex_of_the_formulas(stated: str, sex: str | None) -> None:
    assert sex_of(stated) == sex
