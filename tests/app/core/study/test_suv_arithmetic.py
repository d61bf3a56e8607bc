"""Formulas of body size by hand, for each sex; what a unit lacks is said."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from app.core.kit.errors import QuantityError
from app.core.study.display_units import PetUnit, unit_factor, unit_obstacle
from app.core.study.provenance import SuvScale
from app.core.suv import formulas as suv
from tests.support.export_case import make

#: 60 kg and 1.5 m: a square of 0.16.
KG, M = 60.0, 1.5


@pytest.mark.parametrize(
    ("formula", "male", "female"),
    [
        (suv.lbm_morgan_kg, 66.0 - 120 * 0.16, 64.2 - 148 * 0.16),
        (suv.lbm_james128_kg, 66.0 - 128 * 0.16, 64.2 - 148 * 0.16),
        (
            suv.lbm_janmahasatian_kg,
            9270 * 60 / (6680 + 216 * 60 / 2.25),
            9270 * 60 / (8780 + 244 * 60 / 2.25),
        ),
    ],
)
def test_lean_body_mass(formula: object, male: float, female: float) -> None:
    assert callable(formula)
    assert formula(KG, M, "M") == pytest.approx(male)
    assert formula(KG, M, "F") == pytest.approx(female)
    assert formula(KG, M, "O") == pytest.approx((male + female) / 2)


def test_ideal_weight_and_surface() -> None:
    assert suv.ideal_body_weight_kg(1.62, "M") == pytest.approx(58.6)
    assert suv.ideal_body_weight_kg(1.62, "F") == pytest.approx(54.6)
    surface = 0.007184 * 60**0.425 * 150**0.725
    assert suv.body_surface_area_m2(KG, M) == pytest.approx(surface)


def test_decay_is_a_half_after_each_half_life() -> None:
    assert suv.decay_constant_per_s(100.0) == pytest.approx(math.log(2) / 100)


def test_a_study_without_a_pet_has_no_unit() -> None:
    study, _ = make(None)
    alone = replace(study, pet=None)
    with pytest.raises(QuantityError, match="no PET"):
        unit_factor(alone, PetUnit.SUL)
    assert "no PET" in unit_obstacle(alone, PetUnit.SUV_BW)


def test_every_unit_of_one_pet_by_hand() -> None:
    study, _ = make(None)
    person = replace(study.patient, weight_kg=KG, height_m=M, sex="F")
    scale = SuvScale("SUVbw", 0.0004, "a rule", {"Units": "BQML"})
    study = replace(study, patient=person, suv=scale)
    lean = 9270 * 60 / (8780 + 244 * 60 / 2.25)
    assert unit_factor(study, PetUnit.SUV_BW) == 1.0
    assert unit_factor(study, PetUnit.SUL) == pytest.approx(lean / KG)
    surface_cm2 = 1e4 * 0.007184 * 60**0.425 * 150**0.725
    assert unit_factor(study, PetUnit.SUV_BSA) == pytest.approx(surface_cm2 / (KG * 1000.0))
    assert unit_factor(study, PetUnit.BQML) == pytest.approx(2500.0)


def test_a_small_child_has_an_suv_by_lean_mass() -> None:
    assert suv.suvbw_per_suv("LBMJANMA", 14.0, 0.95, "M") == pytest.approx(
        14.0 / suv.lbm_janmahasatian_kg(14.0, 0.95, "M")
    )
    for weight, height in ((0.0, 1.7), (70.0, 0.0), (70.0, None)):
        with pytest.raises(ValueError, match="needs weight and height"):
            suv.suvbw_per_suv("BSA", weight, height, "F")
