"""From a PET header to SUV: which rule applies, with which values, or why none does.

Rules: QIBA FDG-PET/CT profile (vendor-neutral SUV), DICOM PS3.3 C.8.9, IBSI-SUV.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.study import suv
from app.core.study.body import height_of, sex_of, weight_of
from app.core.study.provenance import SuvScale
from app.io.dicom.suv_header import SuvHeader
from app.io.dicom.time import Injection, ScanStart, find_injection, find_scan_start, option_b_starts

#: Half-lives in s by nuclide, for headers that name the nuclide but not its half-life.
HALF_LIVES_S: Mapping[str, float] = {
    "F18": 6586.2, "GA68": 4057.7, "C11": 1221.8, "N13": 597.9, "O15": 122.24, "RB82": 75.45,
    "CU64": 45723.6, "ZR89": 282240.0, "I124": 360806.0, "SC44": 14292.0,
}  # fmt: skip


@dataclass
class _Work:
    """Values (as used, in kg, m, Bq, s) and notes collected while a rule is applied."""

    headers: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


_ABSURD = "weight, dose, half-life and times of the header do not make sense together"
_COUNTS = {"CNTS", "PROPCNTS", "CPS", "PROPCPS"}
_SUV_NAMES = {
    "BW": "SUVbw", "LBM": "SUVlbm", "LBMJAMES128": "SUVlbm", "LBMJANMA": "SUVlbm",
    "BSA": "SUVbsa", "IBW": "SUVibw",
}  # fmt: skip


def suv_scale(header: SuvHeader) -> SuvScale:
    """Return how the rescaled values of a PET series become SUVbw, or why they cannot.

    The factor is SUV per unit of the rescaled value (stored x slope + intercept). It never
    raises: whatever is missing or odd is said in ``why``, ``missing`` and ``warnings``.
    """
    work = _Work()
    try:
        scale = _by_rule(header, work)
    except ArithmeticError:
        # A damaged number or time: powers of two and dates run out of range.
        return _none(work, _ABSURD)
    factors = scale.frame_factors or (scale.factor,)
    if any(x is not None and not math.isfinite(x) for x in factors):
        return _none(work, _ABSURD)
    return scale


def _by_rule(header: SuvHeader, work: _Work) -> SuvScale:
    work.headers["Units"] = header.units
    if header.corrected_image is not None:
        work.headers["CorrectedImage"] = list(header.corrected_image)
    for keyword in header.typed:
        work.warnings.append(f"{keyword} was typed in by a person; it is not from the header.")
    if header.rescale_fault:
        work.missing.append("RescaleSlope")
        return _none(work, f"{header.rescale_fault}, so that the images' values are not known")
    work.warnings.extend(header.rescale_notes)
    if header.uncorrected_sign:
        why = f"the images are not attenuation corrected ({header.uncorrected_sign})"
        return _none(work, why)
    units = header.units.upper()
    if units == "BQML" or (not units and header.dose_bq):
        if not units:
            work.warnings.append("The header states no Units; Bq/ml is assumed.")
        return _from_activity(header, work, 1.0, "")
    if units == "GML":
        return _from_suv(header, work, header.suv_type.upper() or "BW")
    if units == "CM2ML":
        return _from_suv(header, work, "BSA")
    if units == "CNTS":
        return _from_philips(header, work)
    if units in _COUNTS:
        return _none(work, f"Units are {units}: counts that no calibration turns into activity")
    if not units:
        work.missing.extend(_missing_activity(header))
        work.missing.insert(0, "Units")
        return _none(work, "the header states no Units and no injected dose")
    return _none(work, f"Units are {units}, for which no SUV is defined")


def _none(work: _Work, why: str) -> SuvScale:
    sentence = f"No SUV: {why}."
    return SuvScale(
        None, None, "", work.headers, sentence, tuple(work.missing), tuple(work.warnings)
    )


def _from_philips(header: SuvHeader, work: _Work) -> SuvScale:
    if header.philips_suv:
        work.headers["PhilipsSUVScaleFactor"] = header.philips_suv
        if header.philips_bqml:
            work.headers["PhilipsActivityConcentrationScaleFactor"] = header.philips_bqml
        rule = "Units CNTS: Philips SUV scale factor (7053,1000), which QIBA prefers"
        return _done("SUVbw", header.philips_suv, rule, work)
    if header.philips_bqml:
        work.headers["PhilipsActivityConcentrationScaleFactor"] = header.philips_bqml
        prefix = "Units CNTS: Philips activity concentration scale factor (7053,1009) gives Bq/ml; "
        return _from_activity(header, work, header.philips_bqml, prefix)
    why = "Units are CNTS and neither Philips factor (7053,1000) SUV nor (7053,1009) Bq/ml is there"
    return _none(work, why)


def _from_suv(header: SuvHeader, work: _Work, kind: str) -> SuvScale:
    work.headers["SUVType"] = header.suv_type or None
    where = f"Units {header.units}"
    if kind not in _SUV_NAMES:
        return _none(work, f"SUV Type is {kind}, which DICOM does not define")
    if kind == "BW":
        said = "SUV type BW" if header.suv_type else "no SUV type, which means BW"
        return _done("SUVbw", 1.0, f"{where}, {said}: the values are SUVbw already", work)
    weight = _weight_kg(header, work)
    height = _height_m(header, work)
    sex = _sex(header, work, needed=kind != "BSA")
    if weight is None or height is None:
        what = " and ".join(work.missing)
        work.warnings.append(
            f"The values are {_SUV_NAMES[kind]} ({kind}); {what} is missing to turn them into "
            "SUVbw."
        )
        return _done(_SUV_NAMES[kind], 1.0, f"{where}, SUV type {kind}: values as they are", work)
    try:
        factor = suv.suvbw_per_suv(kind, weight, height, sex)
    except ValueError as error:
        work.warnings.append(str(error))
        return _done(_SUV_NAMES[kind], 1.0, f"{where}, SUV type {kind}: values as they are", work)
    rule = f"{where}, SUV type {kind}: turned into SUVbw by weight, height and sex ({sex})"
    return _done("SUVbw", factor, rule, work)


def _done(
    kind: str,
    factor: float | None,
    rule: str,
    work: _Work,
    frame_factors: Sequence[float] | None = None,
) -> SuvScale:
    return SuvScale(
        kind,
        factor,
        rule,
        work.headers,
        "",
        tuple(work.missing),
        tuple(work.warnings),
        None if frame_factors is None else tuple(frame_factors),
    )


def _weight_kg(header: SuvHeader, work: _Work) -> float | None:
    weight = weight_of(header.weight_kg)
    if weight is None:
        work.missing.append("PatientWeight")
        return None
    if weight.unit == "g":
        work.warnings.append(f"PatientWeight {header.weight_kg:g} is taken as grams.")
    work.headers["PatientWeight"] = weight.value
    return weight.value


def _height_m(header: SuvHeader, work: _Work) -> float | None:
    height = height_of(header.height_m)
    if height is None:
        work.missing.append("PatientSize")
        return None
    if height.unit != "m":
        work.warnings.append(f"PatientSize {header.height_m:g} is taken as {height.unit}.")
    work.headers["PatientSize"] = height.value
    return height.value


def _sex(header: SuvHeader, work: _Work, needed: bool) -> suv.Sex:
    if not needed:
        return "O"
    work.headers["PatientSex"] = header.sex
    sex = sex_of(header.sex)
    if sex in ("M", "F"):
        return sex
    work.warnings.append("PatientSex is not M or F: the mean of both formulas is used.")
    return "O"


def _dose_bq(header: SuvHeader, work: _Work) -> float | None:
    dose = header.dose_bq
    if dose is None or not dose > 0:
        work.missing.append("RadionuclideTotalDose")
        return None
    if dose < 1.0e4:
        # No one injects below 10 kBq: the header holds MBq.
        work.warnings.append(f"RadionuclideTotalDose {dose:g} is taken as MBq.")
        dose *= 1.0e6
    elif dose < 1.0e6:
        work.warnings.append(f"RadionuclideTotalDose {dose:g} Bq is unusually low.")
    work.headers["RadionuclideTotalDose"] = dose
    return dose


def _half_life_s(header: SuvHeader, work: _Work) -> float | None:
    half_life = header.half_life_s
    if half_life is None or not half_life > 0:
        known = HALF_LIVES_S.get(header.nuclide)
        if known is None:
            work.missing.append("RadionuclideHalfLife")
            return None
        work.warnings.append(
            f"The header states no half-life; {known:g} s of {header.nuclide} is used."
        )
        half_life = known
    work.headers["RadionuclideHalfLife"] = half_life
    return half_life


def _missing_activity(header: SuvHeader) -> list[str]:
    probe = _Work()
    _weight_kg(header, probe)
    _dose_bq(header, probe)
    return probe.missing


def _from_activity(header: SuvHeader, work: _Work, to_bqml: float, prefix: str) -> SuvScale:
    weight = _weight_kg(header, work)
    dose = _dose_bq(header, work)
    correction = header.decay_correction.upper()
    work.headers["DecayCorrection"] = correction
    if correction == "ADMIN":
        if weight is None or dose is None:
            return _none(work, _listing(work.missing))
        factor = to_bqml * suv.suvbw_per_bqml(weight, dose)
        rule = "DecayCorrection ADMIN: images are decayed to the injection, the dose is not decayed"
        return _done("SUVbw", factor, prefix + rule, work)
    half_life = _half_life_s(header, work)
    start = find_scan_start(header, half_life)
    injection = find_injection(header, start, half_life)
    if injection is None:
        work.missing.append("RadiopharmaceuticalStartDateTime")
    if start is None:
        work.missing.append("SeriesTime")
    if work.missing or not (weight and dose and half_life and injection and start):
        return _none(work, _listing(work.missing))
    listed = header.corrected_image
    if not correction and listed and "DECY" not in [w.upper() for w in listed]:
        work.warnings.append("DecayCorrection is not stated and DECY not listed; NONE is assumed.")
        correction = "NONE"
    elif correction not in ("START", "NONE"):
        work.warnings.append(f"DecayCorrection is {correction or 'not stated'}; START is assumed.")
    work.warnings.extend(injection.warnings)
    work.headers.update(injection.headers)
    per_bqml = to_bqml * suv.suvbw_per_bqml(weight, dose)
    if correction == "NONE":
        return _uncorrected(header, work, per_bqml, injection, half_life, prefix)
    return _to_start(header, work, per_bqml, injection, start, half_life, prefix)


def _listing(missing: Sequence[str]) -> str:
    return "the header lacks " + ", ".join(missing)


def _to_start(
    header: SuvHeader,
    work: _Work,
    per_bqml: float,
    injection: Injection,
    start: ScanStart,
    half_life: float,
    prefix: str,
) -> SuvScale:
    work.warnings.extend(start.warnings)
    work.headers.update(start.headers)
    elapsed_s = (start.when - injection.when).total_seconds()
    _note_elapsed(work, elapsed_s, half_life)
    work.headers["DecayTimeSeconds"] = elapsed_s
    factor = per_bqml / suv.remaining_fraction(elapsed_s, half_life)
    others = option_b_starts(header, half_life)
    if others:
        shifts = [(x - start.when).total_seconds() for x in others]
        worst = max(shifts, key=abs)
        change = math.expm1(math.log(2.0) * abs(worst) / half_life)
        work.headers["ScanStartByAcquisition"] = min(others).isoformat()
        if change > 0.01:
            work.warnings.append(
                f"The scan start by IBSI-SUV (back from each acquisition) differs by up to "
                f"{abs(worst):.0f} s ({100 * change:.1f} % in SUV) from QIBA's, which is used."
            )
    rule = f"DecayCorrection START: dose decayed from injection to scan start, {start.rule}"
    return _done("SUVbw", factor, prefix + rule, work)


def _note_elapsed(work: _Work, elapsed_s: float, half_life: float) -> None:
    if elapsed_s < 0:
        work.warnings.append(f"The scan starts {-elapsed_s:.0f} s before the injection.")
    elif elapsed_s > 10 * half_life:
        work.warnings.append(
            f"The injection is {elapsed_s / half_life:.1f} half-lives before the scan: check the "
            "times."
        )


def _uncorrected(
    header: SuvHeader,
    work: _Work,
    per_bqml: float,
    injection: Injection,
    half_life: float,
    prefix: str,
) -> SuvScale:
    starts = option_b_starts(header, half_life, to_reference=False)
    if len(starts) != len(header.frames) or any(not f.duration_s for f in header.frames):
        work.missing.extend(("AcquisitionTime", "ActualFrameDuration"))
        return _none(work, _listing(work.missing))
    factors = []
    for frame, acquired in zip(header.frames, starts, strict=True):
        elapsed_s = (acquired - injection.when).total_seconds()
        gain = suv.frame_decay_gain(frame.duration_s or 0.0, half_life)
        factors.append(per_bqml * gain / suv.remaining_fraction(elapsed_s, half_life))
    _note_elapsed(work, (min(starts) - injection.when).total_seconds(), half_life)
    work.headers["AcquisitionTimeFirst"] = min(starts).isoformat()
    work.headers["AcquisitionTimeLast"] = max(starts).isoformat()
    rule = prefix + (
        "DecayCorrection NONE: per frame, mean decay during the frame and decay from injection "
        "to its acquisition are undone"
    )
    if max(factors) - min(factors) <= 1e-9 * max(factors):
        return _done("SUVbw", factors[0], rule, work)
    return _done("SUVbw", None, rule, work, factors)


def scale_array(scale: SuvScale, images: int) -> npt.NDArray[np.float64] | None:
    """Return the factor of every image of a stack, or ``None`` where there is no SUV."""
    if scale.frame_factors is not None:
        return np.array(scale.frame_factors, dtype=np.float64)
    if scale.factor is None:
        return None
    return np.full(images, scale.factor)
