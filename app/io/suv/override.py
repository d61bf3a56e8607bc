"""Header values that a person types in, marked as such wherever the SUV is explained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.core.kit.errors import InputError
from app.io.dicom.time import parse_datetime, parse_time
from app.io.suv.header import SuvHeader

_OVERRIDES = {
    "PatientWeight": "weight_kg", "PatientSize": "height_m", "RadionuclideTotalDose": "dose_bq",
    "RadionuclideHalfLife": "half_life_s",
}  # fmt: skip
_TEXTS = {"PatientSex": "sex", "Units": "units", "SeriesDate": "series_date"}


def override(header: SuvHeader, values: Mapping[str, float | str]) -> SuvHeader:
    """Return the header with values that a person typed in, marked as such.

    Keys are DICOM keywords: ``PatientWeight`` (kg), ``PatientSize`` (m),
    ``RadionuclideTotalDose`` (Bq), ``RadionuclideHalfLife`` (s), ``PatientSex``,
    ``RadiopharmaceuticalStartDateTime`` and ``RadiopharmaceuticalStartTime``, ``SeriesDate`` and
    ``SeriesTime`` (the start of the scan; all DICOM text), ``Units``. What is typed is judged like
    what a header states.

    Raises
    ------
    InputError
        If a key is another, a number is not positive, or a time cannot be read.
    """
    changes: dict[str, Any] = {}
    for keyword, value in values.items():
        if keyword in _OVERRIDES:
            changes[_OVERRIDES[keyword]] = _positive(keyword, value)
        elif keyword in _TEXTS:
            changes[_TEXTS[keyword]] = str(value)
        elif keyword == "RadiopharmaceuticalStartDateTime":
            _readable(keyword, parse_datetime(str(value)))
            changes |= {"injection_datetime": str(value), "injection_time": ""}
        elif keyword == "RadiopharmaceuticalStartTime":
            _readable(keyword, parse_time(str(value)))
            changes |= {"injection_time": str(value), "injection_datetime": ""}
        elif keyword == "SeriesTime":
            _readable(keyword, parse_time(str(value)))
            changes["series_time"] = str(value)
        else:
            raise InputError(f"{keyword} cannot be typed in.")
    return replace(header, **changes, typed=tuple(dict.fromkeys((*header.typed, *values))))


def _readable(keyword: str, read: object) -> None:
    if read is None:
        raise InputError(f"{keyword} cannot be read as a time.", "Type it again.")


def _positive(keyword: str, value: float | str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not (number > 0 and math.isfinite(number)):
        raise InputError(f"{keyword} must be a positive number, not {value}.", "Type it again.")
    return number
