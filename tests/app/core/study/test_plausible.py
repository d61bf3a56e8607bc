"""Which numbers of a header and an image can be true: half-lives, doses, bodies, images."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.plausible import (
    body_doubts,
    facts_of,
    judge_dose,
    judge_half_life,
    like_ct,
    with_image,
)
from app.core.study.provenance import SuvScale
from app.core.suv.nuclides import NUCLIDES, nuclide_of_code, nuclides_named

SUV = SuvScale("SUVbw", 1.0, "a rule", {"Units": "GML"})


@pytest.mark.parametrize("name", NUCLIDES)
@pytest.mark.parametrize(
    ("unit", "seconds"), [("minutes", 60.0), ("hours", 3600.0), ("days", 86400.0), ("ms", 1e-3)]
)
def test_a_half_life_in_another_unit_is_that_of_the_nuclide(
    name: str, unit: str, seconds: float
) -> None:
    nuclide = NUCLIDES[name]
    judged = judge_half_life(nuclide.half_life_s / seconds, [nuclide])
    assert judged.value == pytest.approx(nuclide.half_life_s)
    assert unit in judged.said


@pytest.mark.parametrize("name", NUCLIDES)
@pytest.mark.parametrize("part", [0.98, 1.0, 1.02])
def test_a_half_life_within_what_sources_differ_by_is_used_as_it_is(name: str, part: float) -> None:
    stated = NUCLIDES[name].half_life_s * part
    judged = judge_half_life(stated, [NUCLIDES[name]])
    assert (judged.value, judged.said) == (stated, "")
    # Without a name it is still that of something.
    assert judge_half_life(stated, []).value == stated


@pytest.mark.parametrize("name", ["F-18", "Ga-68", "Zr-89", "C-11"])
@pytest.mark.parametrize("other", ["F-18", "Ga-68", "Zr-89", "C-11"])
def test_the_half_life_of_another_nuclide_is_refused(name: str, other: str) -> None:
    stated = NUCLIDES[other].half_life_s
    judged = judge_half_life(stated, [NUCLIDES[name]])
    assert (judged.value is None) == (name != other)
    if name != other:
        assert name in judged.said
        assert other in judged.said
    both = judge_half_life(stated, [NUCLIDES[name], NUCLIDES["I-124"]])
    assert both.said


@pytest.mark.parametrize("stated", [None, 0.0, -1.0, float("nan"), 7200.0, 5000.0])
def test_a_half_life_of_nothing_is_that_of_the_nuclide_and_said(stated: float | None) -> None:
    judged = judge_half_life(stated, [NUCLIDES["F-18"]])
    assert judged.value == 6586.2
    assert "6586.2 s" in judged.said


@pytest.mark.parametrize("stated", [None, 0.0, 1e-9, 1e-300, 3e9, float("inf")])
def test_a_half_life_of_nothing_known_is_none(stated: float | None) -> None:
    assert judge_half_life(stated, []).value is None


def test_two_names_without_a_half_life_are_no_nuclide() -> None:
    judged = judge_half_life(None, [NUCLIDES["F-18"], NUCLIDES["Ga-68"]])
    assert judged.value is None
    assert "F-18 and Ga-68" in judged.said


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("18F", ["F-18"]),
        ("F^18^[^18^Fluorine]", ["F-18"]),
        ("FDG -- fluorodeoxyglucose", ["F-18"]),
        ("Ga68-PSMA", ["Ga-68"]),
        ("[68Ga]Ga-PSMA-11", ["Ga-68"]),
        ("18F-PSMA-1007", ["F-18"]),
        ("PSMA-1007", []),
        ("Zr-89 girentuximab", ["Zr-89"]),
        ("^94m^Technetium", ["Tc-94m"]),
        ("64Cu-DOTATATE", ["Cu-64"]),
        ("AC-112", []),
        ("F-180", []),
        ("", []),
    ],
)
def test_nuclides_are_found_in_what_people_write(text: str, names: list[str]) -> None:
    assert [x.name for x in nuclides_named(text)] == names


@pytest.mark.parametrize("name", NUCLIDES)
def test_codes_name_one_nuclide_each(name: str) -> None:
    for code in NUCLIDES[name].codes:
        found = nuclide_of_code(code)
        assert found is not None
        assert found.name == name
    assert nuclide_of_code("C-000") is None


@pytest.mark.parametrize("weight_kg", [12.0, 40.0, 70.0, 150.0])
@pytest.mark.parametrize("mbq_per_kg", [0.5, 2.0, 5.0, 10.0])
def test_usual_doses_of_children_and_adults_are_believed(
    weight_kg: float, mbq_per_kg: float
) -> None:
    dose = mbq_per_kg * weight_kg * 1e6
    assert judge_dose(dose, weight_kg, NUCLIDES["F-18"]).said == ""
    in_mbq = judge_dose(dose / 1e6, weight_kg, NUCLIDES["F-18"])
    # The lowest in MBq are a usual dose in mCi, too: not to be told.
    assert in_mbq.value is None or in_mbq.value == pytest.approx(dose)


@pytest.mark.parametrize("dose", [5e6, 20e6, 37e6])
def test_a_mouse_gets_more_for_its_weight(dose: float) -> None:
    assert judge_dose(dose, 0.03, None).said == ""


@pytest.mark.parametrize(
    ("weight_kg", "height_m", "age_years"),
    [(3.4, 0.5, 0.0), (9.0, 0.75, 1.0), (20.0, 1.15, 6.0), (70.0, 1.7, 50.0), (120.0, 1.75, 40.0)],
)
def test_bodies_of_all_ages_are_believed(
    weight_kg: float, height_m: float, age_years: float
) -> None:
    assert body_doubts(weight_kg, height_m, age_years) == ()


def image(array: np.ndarray, spacing_mm: float = 4.0) -> Volume:
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    shape = (array.shape[0], array.shape[1], array.shape[2])
    return Volume(ImageGrid(shape, affine), array.astype(np.float32), Quantity.SUV_BW)


def body(length: int = 200, suv: float = 0.9) -> np.ndarray:
    """Return a cylinder of 32 cm in air, 80 cm long at 4 mm, with one hot lesion."""
    j, i = np.mgrid[:128, :128] - 63.5
    plane = np.where(j**2 + i**2 < 40**2, suv, 0.0)
    array = np.repeat(plane[None], length, axis=0)
    array[20:24, 60:64, 60:64] = 12.0
    return array


def test_a_body_in_suv_is_believed() -> None:
    # 64 l in the field at SUV 0.9: 82 % of what 70 kg were given.
    facts = facts_of(body(), (4.0, 4.0, 4.0), 70.0)
    assert facts.held == pytest.approx(0.9 * np.pi * 40**2 * 200 * 0.064 / 70e3, rel=0.01)
    assert with_image(SUV, image(body()), 70.0) == SUV


@pytest.mark.parametrize(
    ("factor", "refused", "said"),
    [
        (37.0, True, "times the injected activity"),
        (2.2, False, "% of the injected activity"),
        (1.0 / 37.0, False, "mean SUV of the body"),
        (1e-3, False, "only"),
        (5000.0, True, "no SUV does"),
    ],
)
def test_a_body_off_by_a_factor_is_refused_or_said(factor: float, refused: bool, said: str) -> None:
    scale = with_image(SUV, image(body() * factor), 70.0)
    assert (scale.type is None) == refused
    assert said in " ".join((scale.why, *scale.warnings))
    assert ("Units" in scale.missing) == refused


@pytest.mark.parametrize("factor", [10.0, 0.05])
def test_without_a_weight_the_mean_of_the_body_tells(factor: float) -> None:
    scale = with_image(SUV, image(body() * factor), None)
    assert scale.type is None or scale.warnings


def test_an_injection_site_is_said_and_not_refused() -> None:
    array = body()
    array[100, 60:63, 60:63] = 1500.0
    scale = with_image(SUV, image(array), 70.0)
    assert scale.type == "SUVbw"
    assert any("1500" in w for w in scale.warnings)


def test_a_ct_is_no_pet() -> None:
    ct = np.where(body() > 0, 40.0, -1000.0)
    assert like_ct(facts_of(ct, (4.0, 4.0, 4.0), None))
    scale = with_image(SUV, image(ct), 70.0)
    assert scale.type is None
    assert "CT in HU" in scale.why
    # A window of it, without its air.
    assert with_image(SUV, image(np.clip(ct, -160.0, 240.0)), 70.0).type is None


def test_noise_below_zero_is_no_obstacle() -> None:
    rng = np.random.default_rng(3)
    noisy = body() + rng.normal(0.0, 0.3, body().shape)
    assert with_image(SUV, image(noisy), 70.0) == SUV


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_left_out_of_the_judgement(odd: float) -> None:
    array = body()
    array[0, 0, :5] = odd
    array[150, 64, 64] = odd
    assert with_image(SUV, image(array), 70.0) == SUV


def test_what_is_no_suv_is_not_judged() -> None:
    none = SuvScale(None, why="No SUV: because.")
    assert with_image(none, image(body() * 1e6), 70.0) is none


@pytest.mark.parametrize("highest", [33000, 40000, 60000, 65535])
def test_values_whose_sign_is_lost_are_a_doubt(highest: int) -> None:
    stored = np.linspace(0, highest, 6 * 8 * 10).reshape(6, 8, 10)
    turned = stored.astype(np.uint16).view(np.int16).astype(np.float32)
    scale = with_image(SUV, image(turned * (20.0 / highest)), None)
    assert scale.type is None or any("have a sign" in x for x in scale.warnings)


@pytest.mark.parametrize("least", [0.0, -0.9, -2.0])
def test_noise_below_zero_is_none(least: float) -> None:
    values = np.linspace(0.0, 20.0, 6 * 8 * 10).reshape(6, 8, 10).astype(np.float32)
    values[0, 0, 0] = least
    assert with_image(SUV, image(values), None).warnings == ()
