"""Body measures as headers state them."""

from __future__ import annotations

import pytest

from app.core.study.body import Measure, height_of, sex_of, weight_of


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
    [(0.9, 0.9, "kg"), (75.0, 75.0, "kg"), (1000.0, 1000.0, "kg"), (75000.0, 75.0, "g")],
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
