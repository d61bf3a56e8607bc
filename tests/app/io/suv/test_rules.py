"""SUV formulas against published check values, and header rules against worked examples."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from app.core.kit.errors import InputError
from app.core.suv import formulas as suv
from app.io.suv.header import SuvFrame, SuvHeader
from app.io.suv.override import override
from app.io.suv.rules import suv_scale

HALF_LIFE = 6586.2
HEADER = SuvHeader(
    units="BQML",
    decay_correction="START",
    corrected_image=("DECY", "ATTN"),
    sex="M",
    weight_kg=75.0,
    height_m=1.85,
    dose_bq=400.0e6,
    half_life_s=HALF_LIFE,
    injection_datetime="20240102100000",
    injection_time="100000",
    series_date="20240102",
    series_time="110000",
    frames=(SuvFrame("20240102110000", 149.6, 300.0),),
)


def expected(elapsed_s: float, dose_bq: float = 400.0e6, weight_kg: float = 75.0) -> float:
    return weight_kg * 1000.0 / dose_bq * math.pow(2.0, elapsed_s / HALF_LIFE)


def test_body_sizes_have_their_check_values() -> None:
    assert suv.body_surface_area_m2(75, 1.85) * 1e4 == pytest.approx(19813.7584, abs=1e-4)
    assert suv.lbm_morgan_kg(75, 1.85, "M") * 1e3 == pytest.approx(62777.5749, abs=1e-4)
    assert suv.lbm_morgan_kg(75, 1.85, "F") * 1e3 == pytest.approx(55925.6757, abs=1e-4)
    assert suv.lbm_janmahasatian_kg(75, 1.85, "M") * 1e3 == pytest.approx(60915.3359, abs=1e-4)
    assert suv.lbm_janmahasatian_kg(75, 1.85, "F") * 1e3 == pytest.approx(49214.3800, abs=1e-4)
    square = (75 / 185) ** 2
    assert suv.lbm_james128_kg(75, 1.85, "M") == pytest.approx(82.5 - 128 * square)
    assert suv.ideal_body_weight_kg(1.85, "M") == pytest.approx(48 + 1.06 * 33)
    assert suv.ideal_body_weight_kg(1.85, "F") == pytest.approx(45.5 + 0.91 * 33)
    both = (suv.lbm_morgan_kg(75, 1.85, "M") + suv.lbm_morgan_kg(75, 1.85, "F")) / 2
    assert suv.lbm_morgan_kg(75, 1.85, "O") == pytest.approx(both)


def test_decay_is_analytic() -> None:
    assert suv.remaining_fraction(2 * HALF_LIFE, HALF_LIFE) == pytest.approx(0.25)
    # The mean activity over a frame equals the activity at the average count time.
    constant, duration = math.log(2) / HALF_LIFE, 1800.0
    mean = (1 - math.exp(-constant * duration)) / (constant * duration)
    moment = suv.average_count_time_s(duration, HALF_LIFE)
    assert math.exp(-constant * moment) == pytest.approx(mean, rel=1e-12)
    assert suv.frame_decay_gain(duration, HALF_LIFE) == pytest.approx(1 / mean)
    with pytest.raises(ValueError, match="half-life"):
        suv.decay_constant_per_s(0.0)


def test_start_decays_the_dose_to_the_series_time() -> None:
    scale = suv_scale(HEADER)
    assert scale.type == "SUVbw"
    assert scale.factor == pytest.approx(expected(3600), rel=1e-12)
    assert not scale.warnings


def test_admin_does_not_decay_twice() -> None:
    scale = suv_scale(replace(HEADER, decay_correction="ADMIN", half_life_s=None))
    assert scale.factor == pytest.approx(expected(0), rel=1e-12)


def test_none_undoes_decay_frame_by_frame() -> None:
    frames = (SuvFrame("20240102110000", 0.0, 300.0), SuvFrame("20240102111000", 600.0, 300.0))
    scale = suv_scale(replace(HEADER, decay_correction="NONE", frames=frames))
    assert scale.factor is None
    assert scale.frame_factors is not None
    gain = suv.frame_decay_gain(300.0, HALF_LIFE)
    assert scale.frame_factors == pytest.approx((expected(3600) * gain, expected(4200) * gain))


def test_series_time_after_acquisition_goes_back_from_the_frames() -> None:
    average = suv.average_count_time_s(300.0, HALF_LIFE)
    frames = tuple(SuvFrame(f"2024010211{m:02d}00", m * 60 + average, 300.0) for m in (0, 5, 10))
    scale = suv_scale(replace(HEADER, series_time="113000", frames=frames))
    assert scale.factor == pytest.approx(expected(3600), rel=1e-9)
    assert "back from acquisition" in scale.rule


def test_private_scan_start_with_an_unshifted_date_gives_its_time_of_day() -> None:
    header = replace(
        HEADER,
        series_time="120000",
        private_scan_start="20231211105500.00",
        private_source="GE (0009,100D)",
    )
    scale = suv_scale(header)
    assert scale.factor == pytest.approx(expected(3300), rel=1e-9)
    assert any("another date" in w for w in scale.warnings)


def test_a_private_scan_start_after_the_acquisition_is_not_taken_from_the_day_before() -> None:
    header = replace(
        HEADER,
        series_time="120000",
        private_scan_start="20231211140000.00",
        private_source="GE (0009,100D)",
    )
    scale = suv_scale(header)
    # 14:00 of the day before would be 21 h before the acquisition of 11:00.
    assert "back from acquisition" in scale.rule
    assert scale.factor == pytest.approx(expected(3600), rel=1e-4)


def test_midnight_between_injection_and_scan() -> None:
    header = replace(
        HEADER,
        injection_datetime="",
        injection_time="233000",
        series_time="003000",
        frames=(SuvFrame("20240102003000", 149.6, 300.0),),
    )
    scale = suv_scale(header)
    assert scale.factor == pytest.approx(expected(3600), rel=1e-12)
    assert any("day before" in w for w in scale.warnings)
    # With the full date and time there is nothing to guess.
    scale = suv_scale(replace(header, injection_datetime="20240101233000"))
    assert scale.factor == pytest.approx(expected(3600), rel=1e-12)
    assert not scale.warnings


@pytest.mark.parametrize(
    "header",
    [
        replace(HEADER, injection_time=""),
        replace(HEADER, injection_datetime=""),
        replace(HEADER, injection_datetime="19991231100000"),
        replace(HEADER, injection_datetime="20240102090000.000000-0600", timezone="-0500"),
        replace(HEADER, injection_datetime="20240102100000+0100"),
    ],
    ids=["datetime only", "time only", "unshifted date", "two time zones", "one time zone"],
)
def test_injection_time_however_it_is_stated(header: SuvHeader) -> None:
    scale = suv_scale(header)
    assert scale.factor == pytest.approx(expected(3600), rel=1e-12)


def test_units_of_dose_weight_and_height() -> None:
    scale = suv_scale(replace(HEADER, dose_bq=400.0, weight_kg=75000.0))
    assert scale.factor == pytest.approx(expected(3600), rel=1e-12)
    assert any("MBq" in w for w in scale.warnings)
    assert any("grams" in w for w in scale.warnings)
    # What the header is shown to hold is what was used.
    assert scale.headers["RadionuclideTotalDose"] == pytest.approx(400.0e6)
    in_m = suv_scale(replace(HEADER, units="GML", suv_type="LBM"))
    for stated, unit in ((185.0, "cm"), (1850.0, "mm")):
        scale = suv_scale(replace(HEADER, units="GML", suv_type="LBM", height_m=stated))
        assert scale.factor == pytest.approx(in_m.factor)
        assert scale.warnings == (f"PatientSize {stated:g} is taken as {unit}.",)
    # No one is 30 m tall in any unit.
    scale = suv_scale(replace(HEADER, units="GML", suv_type="LBM", height_m=30000.0))
    assert "PatientSize" in scale.missing


@pytest.mark.parametrize("nuclide", ["F-18", "Ga-68", "Zr-89", ""])
@pytest.mark.parametrize(
    ("unit", "bq"), [("kBq", 1e3), ("MBq", 1e6), ("GBq", 1e9), ("µCi", 3.7e4), ("mCi", 3.7e7)]
)
def test_a_dose_in_another_unit_is_told_from_bq(nuclide: str, unit: str, bq: float) -> None:
    """Whatever the unit, the SUV is the one that the dose in Bq gives."""
    dose_bq, half_life = {"F-18": (400e6, 6586.2), "Ga-68": (150e6, 4057.7)}.get(
        nuclide, (74e6, 282240.0)
    )
    header = replace(
        HEADER,
        nuclides=(nuclide,) if nuclide else (),
        half_life_s=half_life,
        injection_datetime="20240102100000",
    )
    true = suv_scale(replace(header, dose_bq=dose_bq))
    assert true.factor is not None
    assert not true.warnings
    scale = suv_scale(replace(header, dose_bq=dose_bq / bq))
    assert scale.factor == pytest.approx(true.factor, rel=1e-12)
    assert scale.headers["RadionuclideTotalDose"] == pytest.approx(dose_bq)
    assert [f"is taken as {unit}" in w for w in scale.warnings] == [True]


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        (0.0, "lacks RadionuclideTotalDose"),
        (-4.0e8, "lacks RadionuclideTotalDose"),
        (25.0, "may be MBq or mCi"),
        (4.0e12, "no plausible dose"),
        (1.0e-9, "no plausible dose"),
    ],
)
def test_a_dose_that_cannot_be_told_is_asked_for(stated: float, said: str) -> None:
    scale = suv_scale(replace(HEADER, dose_bq=stated))
    assert scale.type is None
    assert said in scale.why
    assert scale.missing == ("RadionuclideTotalDose",)


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        (1.0e6, "unusually low"),
        (9.5e6, "unusually low"),
        (25.0e6, ""),
        (3.0e9, ""),
        (6.0e9, "unusually high"),
    ],
)
def test_a_dose_in_bq_is_believed_and_an_odd_one_said(stated: float, said: str) -> None:
    scale = suv_scale(replace(HEADER, dose_bq=stated))
    assert scale.factor == pytest.approx(expected(3600, dose_bq=stated), rel=1e-12)
    assert [said in w for w in scale.warnings] == ([True] if said else [])


@pytest.mark.parametrize("sex", ["M", "F", "O", ""])
@pytest.mark.parametrize("kind", ["LBM", "LBMJAMES128", "LBMJANMA", "IBW", "BSA"])
def test_other_suv_types_become_suvbw(kind: str, sex: str) -> None:
    scale = suv_scale(replace(HEADER, units="GML", suv_type=kind, sex=sex))
    sizes = {
        "LBM": suv.lbm_morgan_kg,
        "LBMJAMES128": suv.lbm_james128_kg,
        "LBMJANMA": suv.lbm_janmahasatian_kg,
    }
    known: suv.Sex = "M" if sex == "M" else "F" if sex == "F" else "O"
    if kind == "BSA":
        wanted = 75000.0 / 19813.7584
    elif kind == "IBW":
        wanted = 75.0 / suv.ideal_body_weight_kg(1.85, known)
    else:
        wanted = 75.0 / sizes[kind](75.0, 1.85, known)
    assert scale.type == "SUVbw"
    assert scale.factor == pytest.approx(wanted, rel=1e-6)


def test_gml_without_a_type_is_body_weight_and_cm2ml_is_surface() -> None:
    assert suv_scale(replace(HEADER, units="GML", weight_kg=None)).factor == 1.0
    scale = suv_scale(replace(HEADER, units="CM2ML"))
    assert scale.factor == pytest.approx(75000.0 / 19813.7584, rel=1e-6)


def test_an_suv_that_cannot_become_suvbw_keeps_its_name() -> None:
    scale = suv_scale(replace(HEADER, units="GML", suv_type="LBMJANMA", height_m=None))
    assert (scale.type, scale.factor, scale.missing) == ("SUVlbm", 1.0, ("PatientSize",))


@pytest.mark.parametrize("units", ["BQML", "bqml", " BQML ", "Bq/ml", "BQ_ML"])
def test_units_are_read_however_they_are_written(units: str) -> None:
    scale = suv_scale(replace(HEADER, units=units))
    assert scale.factor == pytest.approx(expected(3600), rel=1e-12)
    assert not scale.warnings


@pytest.mark.parametrize("units", ["KBQML", "g", "PCNT", "\x00"])
def test_units_that_are_no_activity_are_asked_for(units: str) -> None:
    scale = suv_scale(replace(HEADER, units=units))
    assert scale.type is None or scale.warnings
    assert "Units" in scale.missing


def test_units_that_are_not_stated_are_assumed_and_asked_for() -> None:
    scale = suv_scale(replace(HEADER, units=""))
    assert scale.factor == pytest.approx(expected(3600), rel=1e-12)
    assert any("Bq/ml is assumed" in w for w in scale.warnings)
    assert scale.missing == ("Units",)


@pytest.mark.parametrize(
    ("correction", "listed", "said"),
    [
        ("START", ("DECY", "ATTN"), False),
        ("ADMIN", ("DECY", "ATTN"), False),
        ("NONE", ("ATTN",), False),
        ("START", ("ATTN",), True),
        ("ADMIN", ("ATTN",), True),
        ("NONE", ("DECY", "ATTN"), True),
        ("start ", ("decy", "attn"), False),
    ],
)
@pytest.mark.parametrize("units", ["BQML", "GML"])
def test_decay_correction_against_the_list_of_corrections(
    units: str, correction: str, listed: tuple[str, ...], said: bool
) -> None:
    header = replace(HEADER, units=units, decay_correction=correction, corrected_image=listed)
    scale = suv_scale(header)
    assert scale.type == "SUVbw"
    if units == "GML":
        said = said or correction == "NONE"
    assert bool(scale.warnings) == said


@pytest.mark.parametrize("correction", ["START", "NONE", "ADMIN"])
@pytest.mark.parametrize("units", ["BQML", "GML"])
def test_two_tracers_are_never_taken_for_one(units: str, correction: str) -> None:
    header = replace(HEADER, units=units, decay_correction=correction, tracers=("Ga-68", "F-18"))
    scale = suv_scale(header)
    said = " ".join((scale.why, *scale.warnings))
    assert "Ga-68" in said
    assert "F-18" in said
    if units == "GML":
        return
    assert scale.type is None
    typed = override(
        header,
        {
            "RadionuclideTotalDose": 4e8,
            "RadionuclideHalfLife": HALF_LIFE,
            "RadiopharmaceuticalStartDateTime": "20240102100000",
        },
    )
    assert suv_scale(typed).type == "SUVbw"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"weight_kg": 154.0, "height_m": 1.7}, "body mass index of 53"),
        ({"weight_kg": 7.0, "height_m": 1.7}, "body mass index of 2"),
        ({"weight_kg": 0.07}, "no person"),
        ({"weight_kg": 80.0, "age_years": 0.0}, "does not fit an age of 0"),
        ({"weight_kg": 12.0, "age_years": 40.0, "height_m": None}, "does not fit an age of 40"),
        ({"height_m": 5.58}, "PatientSize 5.58 is no height"),
        ({"height_m": 67.0}, "is taken as inches"),
        ({"height_m": 170.0}, "is taken as cm"),
        ({"height_m": 1700.0}, "is taken as mm"),
    ],
)
@pytest.mark.parametrize("units", ["BQML", "GML"])
def test_a_body_that_is_no_body_is_said_on_every_road(
    units: str, changes: dict[str, Any], said: str
) -> None:
    healthy = replace(HEADER, units=units)
    assert not suv_scale(healthy).warnings
    scale = suv_scale(replace(healthy, **changes))
    assert any(said in w for w in scale.warnings)


@pytest.mark.parametrize("weight", [0.0, -70.0, 400.0, 1000.0, 1e9])
def test_a_weight_of_no_one_is_asked_for(weight: float) -> None:
    scale = suv_scale(replace(HEADER, weight_kg=weight))
    assert scale.type is None
    assert scale.missing == ("PatientWeight",)


def test_philips_counts_prefer_the_suv_factor() -> None:
    counts = replace(HEADER, units="CNTS", philips_suv=0.0005, philips_bqml=2.0)
    scale = suv_scale(counts)
    assert scale.factor == 0.0005
    assert "7053,1000" in scale.rule
    scale = suv_scale(replace(counts, philips_suv=None))
    assert scale.factor == pytest.approx(2.0 * expected(3600), rel=1e-12)
    assert "7053,1009" in scale.rule
    scale = suv_scale(replace(counts, philips_suv=None, philips_bqml=None))
    assert scale.type is None
    assert "7053,1000" in scale.why


def test_what_cannot_be_quantified_says_why() -> None:
    assert "not attenuation corrected" in suv_scale(replace(HEADER, uncorrected_sign="x")).why
    assert "PROPCNTS" in suv_scale(replace(HEADER, units="PROPCNTS")).why
    scale = suv_scale(replace(HEADER, weight_kg=None, dose_bq=None))
    assert scale.type is None
    assert scale.missing == ("PatientWeight", "RadionuclideTotalDose")
    assert "PatientWeight" in scale.why
    assert "RadionuclideTotalDose" in scale.why


def test_qiba_and_option_b_are_compared() -> None:
    scale = suv_scale(replace(HEADER, frames=(SuvFrame("20240102110000", 749.6, 300.0),)))
    assert scale.factor == pytest.approx(expected(3600), rel=1e-12)
    assert any("IBSI" in w and "600 s" in w for w in scale.warnings)


def test_typed_values_are_used_and_said() -> None:
    header = override(replace(HEADER, weight_kg=None), {"PatientWeight": 75.0})
    scale = suv_scale(header)
    assert scale.factor == pytest.approx(expected(3600), rel=1e-12)
    assert any("PatientWeight was typed in" in w for w in scale.warnings)
    for values in ({"PatientWeight": -1.0}, {"PatientWeight": math.nan}, {"PatientAge": 3.0}):
        with pytest.raises(InputError):
            override(HEADER, values)


@pytest.mark.parametrize(
    "header",
    [
        replace(HEADER, half_life_s=1e-3),
        replace(HEADER, half_life_s=1e-300),
        replace(HEADER, half_life_s=1.0, frames=(SuvFrame("20240102110000", 1e12, 300.0),)),
        replace(HEADER, frames=(SuvFrame("20240102110000", 1e300, 300.0),)),
        replace(HEADER, decay_correction="NONE", half_life_s=1e-3),
        replace(HEADER, dose_bq=1e-320, weight_kg=900.0),
    ],
)
def test_absurd_values_give_no_suv_and_never_raise(header: SuvHeader) -> None:
    """Found by fuzzing: a damaged half-life or time overflowed."""
    scale = suv_scale(header)
    if scale.type is None:
        assert "half-life" in scale.why or scale.missing
    else:
        assert scale.factor is not None
        assert math.isfinite(scale.factor)
