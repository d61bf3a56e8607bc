"""From Bq/ml to SUV: the dose decayed to what the images are decayed to, by DecayCorrection."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from app.core.study.provenance import SuvScale
from app.core.suv import formulas as suv
from app.io.dicom.time import at_midnight, parse_datetime
from app.io.suv.header import SuvHeader
from app.io.suv.injection import Injection, find_injection
from app.io.suv.start import (
    ScanStart,
    acquisitions,
    clock_of,
    find_scan_start,
    odd_acquisitions,
    option_b_starts,
    times_removed,
)
from app.io.suv.values import Work, dose_bq, half_life_s, offered, refused, weight_kg

#: A static scan that begins sooner (s) after the injection of a nuclide that lives longer (s).
_NO_UPTAKE_S, _QUICK_TRACER_S = 300.0, 1000.0
#: Half-lives from injection to scan that are worth a word.
_LONG_UPTAKE = 3.0
#: What a person may type to say which of several tracers was imaged.
_TRACER_KEYWORDS = (
    "RadionuclideTotalDose", "RadionuclideHalfLife", "RadiopharmaceuticalStartDateTime",
)  # fmt: skip
#: A part of the SUV that is worth a word.
_NOTABLE = 0.01
#: Two scans of one patient differ by that much (QIBA: SUVmax within 10 to 12 %): below it a choice
#: between two standards is worth a remark and no doubt.
_REPEATABLE = 0.10
#: Times (s) that are nearer are one.
_SAME_S = 1.0


@dataclass(frozen=True)
class _Decay:
    """What every rule that decays the dose needs; ``per_bqml`` is SUV per value at injection."""

    per_bqml: float
    half_life_s: float
    injection: datetime
    start: ScanStart
    prefix: str


def from_activity(header: SuvHeader, work: Work, to_bqml: float, prefix: str) -> SuvScale:
    """Return the SUV of images in Bq/ml, or in what ``to_bqml`` makes Bq/ml of."""
    if len(header.tracers) > 1 and not set(_TRACER_KEYWORDS) <= set(header.typed):
        work.missing.extend(_TRACER_KEYWORDS)
        return refused(work, several_tracers(header))
    weight = weight_kg(header, work)
    dose = dose_bq(header, work, weight)
    correction = _correction(header, work)
    work.headers["DecayCorrection"] = correction
    if correction == "ADMIN":
        return _to_injection(header, work, weight, dose, to_bqml, prefix)
    half_life = half_life_s(header, work)
    found = _times(header, work, half_life)
    if work.missing or found is None or not (weight and dose and half_life):
        return refused(work, work.why)
    start, injection = found
    decay = _Decay(to_bqml * suv.suvbw_per_bqml(weight, dose), half_life, injection, start, prefix)
    if correction == "NONE":
        return _uncorrected(header, work, decay)
    if correction == "" and header.decay_reference:
        return _to_reference(header, work, decay)
    if correction != "START":
        work.warnings.append(f"DecayCorrection is {_shown(correction)}; START is assumed.")
    return _to_start(header, work, decay)


def several_tracers(header: SuvHeader) -> str:
    """Say, as a clause, that the header holds more than one radiopharmaceutical."""
    names = [x or "an unnamed nuclide" for x in header.tracers]
    return (
        f"the header holds {len(names)} different radiopharmaceuticals ({', '.join(names)}), and "
        "which of them was imaged is not stated"
    )


def _shown(correction: str) -> str:
    # An unknown word may be anything: headers are not quoted.
    return "not one that DICOM defines" if correction else "not stated"


def _correction(header: SuvHeader, work: Work) -> str:
    """Return START, ADMIN, NONE, or what else is stated, against what the other tags say."""
    stated = header.decay_correction.strip().upper()
    listed = header.corrected_image
    decayed = None if not listed else "DECY" in [w.strip().upper() for w in listed]
    own = header.decay_corrected.strip().upper()
    if own:
        note_decay_corrected(stated, own, header.decay_reference, work)
    if not stated and own == "NO":
        return "NONE"
    if not stated and decayed is False and not header.decay_reference:
        work.warnings.append("DecayCorrection is not stated and DECY not listed; NONE is assumed.")
        return "NONE"
    if decayed is not None:
        note_contradiction(stated, decayed, work)
    return stated


def note_contradiction(correction: str, decayed: bool, work: Work) -> None:
    """Say where DecayCorrection and the list of corrections contradict one another."""
    if correction == "NONE" and decayed:
        work.warnings.append(
            "DecayCorrection is NONE, but CorrectedImage lists DECY: NONE is used."
        )
    elif correction in ("START", "ADMIN") and not decayed:
        work.warnings.append(
            f"DecayCorrection is {correction}, but CorrectedImage does not list DECY: {correction} "
            "is used."
        )


def note_decay_corrected(correction: str, own: str, reference: str, work: Work) -> None:
    """Say where Decay Corrected (0018,9758) contradicts what else is stated."""
    if own == "NO" and not correction and reference:
        work.warnings.append(
            "Decay Corrected (0018,9758) is NO, but a Decay Correction DateTime (0018,9701) is "
            "stated: NO is used."
        )
    elif (own == "YES" and correction == "NONE") or (
        own == "NO" and correction not in ("", "NONE")
    ):
        work.warnings.append(
            f"DecayCorrection is {_named(correction)}, but Decay Corrected (0018,9758) is {own}: "
            "DecayCorrection is used."
        )


def _named(correction: str) -> str:
    # An unknown word may be anything: headers are not quoted.
    return correction if correction in ("START", "ADMIN", "NONE") else "an unknown one"


def _to_injection(
    header: SuvHeader,
    work: Work,
    weight: float | None,
    dose: float | None,
    to_bqml: float,
    prefix: str,
) -> SuvScale:
    if weight is None or dose is None:
        return refused(work, work.why)
    aside = Work()
    half_life = half_life_s(header, aside)
    start = find_scan_start(header, half_life)
    if half_life and start is not None and not times_removed(header):
        # No time enters the number; one that contradicts the scan is said all the same.
        injection = find_injection(header, start, half_life)
        if injection.contradicts:
            work.warnings.append(
                f"DecayCorrection is ADMIN, which needs no times, but {injection.why}: check them."
            )
    factor = to_bqml * suv.suvbw_per_bqml(weight, dose)
    rule = "DecayCorrection ADMIN: images are decayed to the injection, the dose is not decayed"
    return offered("SUVbw", factor, prefix + rule, work)


def _times(
    header: SuvHeader, work: Work, half_life: float | None
) -> tuple[ScanStart, datetime] | None:
    """Return scan start and injection, or note why one of them is not known."""
    if times_removed(header) and "SeriesTime" not in header.typed:
        work.lack(
            "SeriesTime",
            "the times of the scan are all 00:00:00, as de-identification leaves them",
        )
        work.missing.append("RadiopharmaceuticalStartDateTime")
        return None
    start = find_scan_start(header, half_life)
    work.warnings.extend(odd_acquisitions(header))
    if start is None:
        work.lack("SeriesTime")
        if not (header.injection_datetime or header.injection_time):
            work.lack("RadiopharmaceuticalStartDateTime")
        return None
    if half_life is None:
        return None
    injection = find_injection(header, start, half_life)
    if injection.contradicts:
        start, injection = _from_acquisitions(header, start, injection, half_life)
    if injection.when is None:
        work.lack("RadiopharmaceuticalStartDateTime", injection.why)
        return None
    work.warnings.extend((*injection.warnings, *start.warnings))
    work.headers.update(injection.headers)
    return start, injection.when


def _from_acquisitions(
    header: SuvHeader, start: ScanStart, injection: Injection, half_life: float
) -> tuple[ScanStart, Injection]:
    """Try again with the acquisitions, where the series time is before the injection."""
    acquired = acquisitions(header)
    full = parse_datetime(header.injection_datetime, clock_of(header))
    if full is None or not acquired or not start.when < full <= min(acquired):
        return start, injection
    later = find_scan_start(header, half_life, not_before=full)
    if later is None or later.when < full:
        return start, injection
    return later, find_injection(header, later, half_life)


def _to_start(header: SuvHeader, work: Work, decay: _Decay) -> SuvScale:
    start, half_life = decay.start, decay.half_life_s
    work.headers.update(start.headers)
    elapsed_s = (start.when - decay.injection).total_seconds()
    _note_elapsed(header, work, elapsed_s, half_life)
    work.headers["DecayTimeSeconds"] = elapsed_s
    factor = decay.per_bqml / suv.remaining_fraction(elapsed_s, half_life)
    _compare_starts(header, work, start, half_life)
    _note_reference(header, work, start.when, half_life)
    rule = f"DecayCorrection START: dose decayed from injection to scan start, {start.rule}"
    return offered("SUVbw", factor, decay.prefix + rule, work)


def _compare_starts(header: SuvHeader, work: Work, start: ScanStart, half_life: float) -> None:
    """Say where the frames' own times give another scan start than the one that is used."""
    others = option_b_starts(header, half_life)
    if others and not _of_the_series(header, start.when):
        shifts = [(x - start.when).total_seconds() for x in others]
        worst = max(shifts, key=abs)
        change = math.expm1(math.log(2.0) * abs(worst) / half_life)
        work.headers["ScanStartByAcquisition"] = min(others).isoformat()
        if change > _NOTABLE:
            work.warnings.append(
                f"The scan start by IBSI-SUV (back from each acquisition) differs by up to "
                f"{abs(worst):.0f} s ({100 * change:.1f} % in SUV) from QIBA's, which is used."
            )
            if change <= _REPEATABLE:
                work.remarks.append(work.warnings[-1])


def _of_the_series(header: SuvHeader, start: datetime) -> bool:
    """Whether the acquisition times are that of the series alone, as GE writes them of all beds.

    Their reference times differ, but no time of a bed is stated that they could be held against.
    """
    references = {f.frame_reference_s for f in header.frames if f.frame_reference_s is not None}
    apart = [abs((x - start).total_seconds()) for x in acquisitions(header)]
    return len(references) > 1 and max(apart, default=0.0) < _SAME_S


def _note_reference(header: SuvHeader, work: Work, used: datetime, half_life: float) -> None:
    """Say where (0018,9701) beside DecayCorrection names another time than the one used."""
    stated = parse_datetime(header.decay_reference, clock_of(header))
    if stated is None or at_midnight(stated):
        return
    apart_s = (stated - used).total_seconds()
    change = math.expm1(min(50.0, math.log(2.0) * abs(apart_s) / half_life))
    if change > _NOTABLE:
        work.warnings.append(
            f"Decay Correction DateTime (0018,9701) is {apart_s:.0f} s from the scan start "
            f"({100 * change:.1f} % in SUV), which is used."
        )


def _to_reference(header: SuvHeader, work: Work, decay: _Decay) -> SuvScale:
    """Enhanced objects say themselves what time their images are decayed to."""
    reference = parse_datetime(header.decay_reference, clock_of(header))
    work.headers.update(decay.start.headers)
    if reference is None or at_midnight(reference):
        why = "Decay Correction DateTime (0018,9701) cannot be read or is 00:00:00"
        return refused(work, why)
    work.headers["DecayCorrectionDateTime"] = reference.isoformat()
    elapsed_s = (reference - decay.injection).total_seconds()
    waited_s = (decay.start.when - decay.injection).total_seconds()
    acquired = acquisitions(header)
    end = max([decay.start.when, *acquired])
    if elapsed_s < -60.0 or (reference - end).total_seconds() > decay.half_life_s:
        side = "before the injection" if elapsed_s < 0 else "after the last acquisition"
        return refused(work, f"the images are decayed to a time {side} (0018,9701)")
    _note_elapsed(header, work, waited_s, decay.half_life_s)
    work.headers["DecayTimeSeconds"] = elapsed_s
    factor = decay.per_bqml / suv.remaining_fraction(elapsed_s, decay.half_life_s)
    rule = "dose decayed from injection to Decay Correction DateTime (0018,9701)"
    return offered("SUVbw", factor, decay.prefix + rule, work)


def _note_elapsed(header: SuvHeader, work: Work, elapsed_s: float, half_life: float) -> None:
    if elapsed_s < 0:
        work.warnings.append(f"The scan starts {-elapsed_s:.0f} s before the injection.")
    elif elapsed_s > _LONG_UPTAKE * half_life:
        work.warnings.append(
            f"The injection is {elapsed_s / half_life:.1f} half-lives before the scan: check the "
            "times."
        )
    elif elapsed_s < _NO_UPTAKE_S and half_life > _QUICK_TRACER_S and not header.dynamic:
        work.warnings.append(
            f"The injection is stated {elapsed_s:.0f} s before the scan's start: check the times."
        )


def _uncorrected(header: SuvHeader, work: Work, decay: _Decay) -> SuvScale:
    half_life = decay.half_life_s
    starts = option_b_starts(header, half_life, to_reference=False)
    if len(starts) != len(header.frames) or any(not f.duration_s for f in header.frames):
        why = "DecayCorrection is NONE and the images lack AcquisitionTime or ActualFrameDuration"
        return refused(work, why)
    factors = []
    for frame, acquired in zip(header.frames, starts, strict=True):
        elapsed_s = (acquired - decay.injection).total_seconds()
        gain = suv.frame_decay_gain(frame.duration_s or 0.0, half_life)
        factors.append(decay.per_bqml * gain / suv.remaining_fraction(elapsed_s, half_life))
    _compare_starts(header, work, decay.start, half_life)
    first_s = (min(starts) - decay.injection).total_seconds()
    _note_elapsed(header, work, first_s, half_life)
    work.headers["AcquisitionTimeFirst"] = min(starts).isoformat()
    work.headers["AcquisitionTimeLast"] = max(starts).isoformat()
    rule = decay.prefix + (
        "DecayCorrection NONE: per frame, mean decay during the frame and decay from injection "
        "to its acquisition are undone"
    )
    if max(factors) - min(factors) <= 1e-9 * max(factors):
        return offered("SUVbw", factors[0], rule, work)
    return offered("SUVbw", None, rule, work, factors)
