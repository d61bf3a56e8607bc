"""Kind 6: dose, half-life and nuclide that do not make sense together."""

from __future__ import annotations

from typing import Any

from pydicom.dataset import Dataset

from tests.support.faults.fault import ANY, REFUSED, RIGHT, SAID, Apply, Fault, each, together
from tests.support.made.files import tracer_of
from tests.support.made.recipe import TRACERS, Recipe
from tests.support.made.series import tracer_item

_RANGE = r"|plausib|SUV (of|values|up to)"
_DOSE, _HALF = r"dose|activity" + _RANGE, r"half-?li"


def stated(keyword: str, value: Any, *, tracer: bool = False) -> Apply:
    def change(dataset: Dataset) -> None:
        item = tracer_of(dataset) if tracer else dataset
        if value is None:
            if keyword in item:
                delattr(item, keyword)
        else:
            setattr(item, keyword, value)

    return each("all", change)


def _dose(value: float | None) -> Apply:
    return stated("RadionuclideTotalDose", value, tracer=True)


def _half_life(value: float | None) -> Apply:
    return stated("RadionuclideHalfLife", value, tracer=True)


def _nuclide(name: str) -> Apply:
    """Name another nuclide; the half-life stays."""

    def change(dataset: Dataset) -> None:
        code = tracer_of(dataset).RadionuclideCodeSequence[0]
        code.CodeValue, code.CodeMeaning = TRACERS[name].code, TRACERS[name].meaning

    return each("all", change)


def _no_nuclide(dataset: Dataset) -> None:
    del tracer_of(dataset).RadionuclideCodeSequence


def _technetium(dataset: Dataset) -> None:
    code = tracer_of(dataset).RadionuclideCodeSequence[0]
    code.CodeValue, code.CodeMeaning = "C-163A8", "^99m^Technetium"
    tracer_of(dataset).RadionuclideHalfLife = 21624.0


def _second_tracer(nuclide: str, *, first: bool) -> Apply:
    def change(dataset: Dataset) -> None:
        item = tracer_item(Recipe(tracer=nuclide, dose_bq=150.0e6))
        there = list(dataset.RadiopharmaceuticalInformationSequence)
        both = [item, *there] if first else [*there, item]
        dataset.RadiopharmaceuticalInformationSequence = both

    return each("all", change)


def tracer_faults() -> list[Fault]:
    """Return the faults of this kind."""
    return [*_doses(), *_half_lives(), *_tracers()]


def _doses() -> list[Fault]:
    kind = "plausibility"
    rows = (
        ("MBq", 350.0),
        ("kBq", 350000.0),
        ("GBq", 0.35),
        ("mCi", 9.459),
        ("uCi", 9459.0),
        ("Ci", 0.009459),
    )
    return [
        *(
            Fault(
                f"12-a_dose_in_{unit}",
                kind,
                f"dose in {unit}",
                _dose(value),
                _DOSE,
                always=_DOSE,
                reason=_DOSE,
            )
            for unit, value in rows
        ),
        Fault("12-b_dose_zero", kind, "a dose of zero", _dose(0.0), accepted=REFUSED, reason=_DOSE),
        Fault(
            "12-b_dose_negative",
            kind,
            "a negative dose",
            _dose(-3.5e8),
            accepted=REFUSED,
            reason=_DOSE,
        ),
        Fault("12-b_dose_absent", kind, "no dose", _dose(None), accepted=REFUSED, reason=_DOSE),
        Fault(
            "12-b_dose_35_gbq",
            kind,
            "a dose of 35 GBq",
            _dose(3.5e10),
            _DOSE,
            known=False,
            accepted=SAID,
            reason=_DOSE,
        ),
        Fault(
            "12-b_dose_1e300",
            kind,
            "a dose of 1e300",
            _dose(1e300),
            _DOSE,
            known=False,
            accepted=SAID,
            reason=_DOSE,
        ),
        Fault(
            "12-b_dose_mbq_given_as_bq_35",
            kind,
            "a dose of 35 Bq",
            _dose(35.0),
            _DOSE,
            known=False,
            accepted=SAID,
            reason=_DOSE,
        ),
    ]


def _half_lives() -> list[Fault]:
    kind = "plausibility"
    rows = (("minutes", 109.77), ("hours", 1.8295), ("milliseconds", 6586200.0), ("days", 0.0762))
    return [
        *(
            Fault(
                f"12-j_half_life_in_{unit}",
                kind,
                f"half-life in {unit}",
                _half_life(value),
                _HALF,
                always=_HALF,
                reason=_HALF,
            )
            for unit, value in rows
        ),
        *(
            Fault(
                f"12-k_half_life_of_{x.lower()}",
                kind,
                f"F-18 with the half-life of {x}",
                _half_life(TRACERS[x].half_life_s),
                _HALF,
                always=_HALF,
                reason=_HALF,
            )
            for x in ("GA68", "C11", "ZR89", "CU64")
        ),
        *(
            Fault(
                f"12-l_{x.lower()}_named",
                kind,
                f"half-life of F-18, nuclide named {x}",
                _nuclide(x),
                _HALF + "|nuclide",
                always=_HALF + "|nuclide",
                reason=_HALF + "|nuclide",
            )
            for x in ("GA68", "ZR89")
        ),
        Fault(
            "12-m_half_life_absent",
            kind,
            "no half-life, F-18 is named",
            _half_life(None),
            accepted=RIGHT,
            always=_HALF,
        ),
        Fault(
            "12-m_half_life_and_nuclide_absent",
            kind,
            "no half-life and no nuclide",
            together(_half_life(None), each("all", _no_nuclide)),
            always=_HALF,
            reason=_HALF,
        ),
        Fault(
            "12-m_half_life_zero",
            kind,
            "a half-life of zero",
            _half_life(0.0),
            _HALF,
            accepted=ANY,
            always=_HALF,
            reason=_HALF,
        ),
        Fault(
            "12-m_half_life_negative",
            kind,
            "a negative half-life",
            _half_life(-6586.2),
            _HALF,
            always=_HALF,
            reason=_HALF,
        ),
        Fault(
            "12-m_nuclide_absent",
            kind,
            "no nuclide, a half-life of minutes",
            together(_half_life(109.77), each("all", _no_nuclide)),
            _HALF,
            known=False,
            accepted=SAID,
            reason=_HALF,
        ),
    ]


def _tracers() -> list[Fault]:
    kind, two = "plausibility", r"two|2 (tracers|different|radio)|several|both"
    return [
        *(
            Fault(
                f"12-s_two_tracers_{x.lower()}_{'first' if first else 'last'}",
                kind,
                f"F-18 and {x} in one header",
                _second_tracer(x, first=first),
                two,
                known=False,
                accepted=SAID,
                reason=two,
            )
            for x in ("GA68", "F18")
            for first in (True, False)
        ),
        Fault(
            "12-s_no_tracer",
            kind,
            "no radiopharmaceutical at all",
            stated("RadiopharmaceuticalInformationSequence", None),
            accepted=REFUSED,
            reason=r"dose|radiopharm|Dose",
        ),
        Fault(
            "12-s_empty_tracer",
            kind,
            "an empty radiopharmaceutical",
            stated("RadiopharmaceuticalInformationSequence", [Dataset()]),
            accepted=REFUSED,
            reason=r"dose|radiopharm|Dose",
        ),
        Fault(
            "12-t_technetium",
            kind,
            "a nuclide that sends no positrons",
            each("all", _technetium),
            r"nuclide|half-?li|positron|Tc",
            known=False,
            accepted=SAID,
        ),
    ]
