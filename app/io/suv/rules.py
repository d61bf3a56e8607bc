"""From a PET header to SUV: which rule applies, with which values, or why none does.

Rules: QIBA FDG-PET/CT profile (vendor-neutral SUV), DICOM PS3.3 C.8.9, IBSI-SUV. Images in Bq/ml
are for `app.io.suv.activity`; whether a value can be true is judged in
`app.core.study.plausible`.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from app.core.study.provenance import SuvScale
from app.core.suv import formulas as suv
from app.io.suv.activity import from_activity, note_contradiction, several_tracers
from app.io.suv.header import SuvHeader
from app.io.suv.values import (
    Work,
    dose_bq,
    height_m,
    note_body,
    offered,
    refused,
    sex,
    weight_kg,
)

_ABSURD = "weight, dose, half-life and times of the header do not make sense together"
_COUNTS = {"CNTS", "PROPCNTS", "CPS", "PROPCPS"}
#: What DICOM defines for a PET and no rule here turns into SUV.
_OTHER_UNITS = {
    "NONE", "CM2", "PCNT", "MGMINML", "UMOLMINML", "MLMING", "MLG", "1CM", "UMOLML", "MLMINML",
    "MLML", "STDDEV",
}  # fmt: skip
_SUV_NAMES = {
    "BW": "SUVbw", "LBM": "SUVlbm", "LBMJAMES128": "SUVlbm", "LBMJANMA": "SUVlbm",
    "BSA": "SUVbsa", "IBW": "SUVibw",
}  # fmt: skip
#: Factors of Philips that should give one SUV may differ by this part.
_SAME_FACTORS = 0.02


def suv_scale(header: SuvHeader) -> SuvScale:
    """Return how the rescaled values of a PET series become SUVbw, or why they cannot.

    The factor is SUV per unit of the rescaled value (stored x slope + intercept). It never
    raises: whatever is missing or odd is said in ``why``, ``missing`` and ``warnings``.
    """
    work = Work()
    try:
        scale = _by_rule(header, work)
    except ArithmeticError:
        # A damaged number or time: powers of two and dates run out of range.
        return refused(work, _ABSURD)
    factors = scale.frame_factors or (scale.factor,)
    if any(x is not None and not (math.isfinite(x) and x > 0) for x in factors):
        return refused(work, _ABSURD)
    return scale


def units_of(stated: str) -> str:
    """Return Units (0054,1001) as DICOM writes them: ``Bq/ml`` and `` bqml `` are ``BQML``."""
    return re.sub(r"[^A-Z0-9]", "", stated.upper())


def _by_rule(header: SuvHeader, work: Work) -> SuvScale:
    units = units_of(header.units)
    work.headers["Units"] = units
    if header.corrected_image is not None:
        work.headers["CorrectedImage"] = list(header.corrected_image)
    for keyword in header.typed:
        work.warnings.append(f"{keyword} was typed in by a person; it is not from the header.")
    work.warnings.extend(header.notes)
    if header.rescale_fault:
        work.missing.append("RescaleSlope")
        return refused(work, f"{header.rescale_fault}, so that the images' values are not known")
    work.warnings.extend(header.rescale_notes)
    if header.uncorrected_sign:
        why = f"the images are not attenuation corrected ({header.uncorrected_sign})"
        return refused(work, why)
    note_body(header, work)
    if units == "BQML":
        return from_activity(header, work, 1.0, "")
    if units == "GML":
        return _from_suv(header, work, header.suv_type.strip().upper() or "BW")
    if units == "CM2ML":
        return _from_suv(header, work, "BSA")
    if units == "CNTS":
        return _from_philips(header, work)
    if units in _COUNTS:
        return refused(work, f"Units are {units}: counts that no calibration turns into activity")
    if not units:
        return _without_units(header, work)
    if units == "MIXED":
        return refused(work, "the frames are in several units")
    named = units if units in _OTHER_UNITS else "none that DICOM defines"
    work.missing.append("Units")
    return refused(work, f"Units are {named}, for which no SUV is defined")


def _without_units(header: SuvHeader, work: Work) -> SuvScale:
    work.missing.append("Units")
    if header.dose_bq:
        work.warnings.append("The header states no Units; Bq/ml is assumed.")
        probe = Work(work.headers, work.warnings)
        scale = from_activity(header, probe, 1.0, "")
        return replace(scale, missing=tuple(dict.fromkeys(("Units", *scale.missing))))
    probe = Work()
    dose_bq(header, probe, weight_kg(header, probe))
    work.missing.extend(probe.missing)
    return refused(work, "the header states no Units and no injected dose")


def _from_philips(header: SuvHeader, work: Work) -> SuvScale:
    if header.philips_suv:
        work.headers["PhilipsSUVScaleFactor"] = header.philips_suv
        if header.philips_bqml:
            work.headers["PhilipsActivityConcentrationScaleFactor"] = header.philips_bqml
            _compare_philips(header, work)
        _note_tracers(header, work)
        rule = "Units CNTS: Philips SUV scale factor (7053,1000), which QIBA prefers"
        return offered("SUVbw", header.philips_suv, rule, work)
    if header.philips_bqml:
        work.headers["PhilipsActivityConcentrationScaleFactor"] = header.philips_bqml
        prefix = "Units CNTS: Philips activity concentration scale factor (7053,1009) gives Bq/ml; "
        return from_activity(header, work, header.philips_bqml, prefix)
    why = (
        "Units are CNTS and neither Philips factor (7053,1000) SUV nor (7053,1009) Bq/ml is there "
        "and positive"
    )
    return refused(work, why)


def _compare_philips(header: SuvHeader, work: Work) -> None:
    """Say where the two factors of Philips do not give one SUV."""
    other = from_activity(header, Work(), header.philips_bqml or 0.0, "").factor
    stated = header.philips_suv or 0.0
    if other is not None and abs(other / stated - 1.0) > _SAME_FACTORS:
        work.warnings.append(
            f"The Philips SUV factor (7053,1000) is {stated:.5g}, but (7053,1009) with dose, "
            f"weight and times gives {other:.5g}; (7053,1000) is used."
        )


def _note_tracers(header: SuvHeader, work: Work) -> None:
    if len(header.tracers) > 1:
        said = several_tracers(header)
        work.warnings.append(f"{said[0].upper()}{said[1:]}.")


def _from_suv(header: SuvHeader, work: Work, kind: str) -> SuvScale:
    work.headers["SUVType"] = header.suv_type or None
    where = f"Units {units_of(header.units)}"
    if kind not in _SUV_NAMES:
        work.missing.append("Units")
        return refused(work, "SUV Type is one that DICOM does not define")
    _note_tracers(header, work)
    listed = [w.strip().upper() for w in header.corrected_image or ()]
    correction = header.decay_correction.strip().upper()
    if correction == "NONE" or (listed and "DECY" not in listed):
        work.warnings.append(
            "The header calls its values SUV, but says that they are not decay corrected."
        )
    elif listed:
        note_contradiction(correction, "DECY" in listed, work)
    if kind == "BW":
        said = "SUV type BW" if header.suv_type else "no SUV type, which means BW"
        return offered("SUVbw", 1.0, f"{where}, {said}: the values are SUVbw already", work)
    weight = weight_kg(header, work)
    height = height_m(header, work, weight)
    who = sex(header, work, needed=kind != "BSA")
    if weight is None or height is None:
        what = " and ".join(work.missing)
        work.warnings.append(
            f"The values are {_SUV_NAMES[kind]} ({kind}); {what} is missing to turn them into "
            "SUVbw."
        )
        return offered(_SUV_NAMES[kind], 1.0, f"{where}, SUV type {kind}: values as they are", work)
    try:
        factor = suv.suvbw_per_suv(kind, weight, height, who)
    except ValueError as error:
        work.warnings.append(str(error))
        return offered(_SUV_NAMES[kind], 1.0, f"{where}, SUV type {kind}: values as they are", work)
    rule = f"{where}, SUV type {kind}: turned into SUVbw by weight, height and sex ({who})"
    return offered("SUVbw", factor, rule, work)


def scale_array(scale: SuvScale, images: int) -> npt.NDArray[np.float64] | None:
    """Return the factor of every image of a stack, or ``None`` where there is no SUV."""
    if scale.frame_factors is not None:
        return np.array(scale.frame_factors, dtype=np.float64)
    if scale.factor is None:
        return None
    return np.full(images, scale.factor)
