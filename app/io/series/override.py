"""Header values that a person types in, marked as such wherever the SUV is explained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.core.kit.errors import InputError
from app.io.dicom.suv_header import SuvHeader

_OVERRIDES = {
    "PatientWeight": "weight_kg", "PatientSize": "height_m", "RadionuclideTotalDose": "dose_bq",
    "RadionuclideHalfLife": "half_life_s",
}  # fmt: skip


def override(header: SuvHeader, values: Mapping[str, float | str]) -> SuvHeader:
    """Return the header with values that a person typed in, marked as such.

    Keys are DICOM keywords: ``PatientWeight`` (kg), ``PatientSize`` (m),
    ``RadionuclideTotalDose`` (Bq), ``RadionuclideHalfLife`` (s), ``PatientSex``,
    ``RadiopharmaceuticalStartDateTime`` and ``RadiopharmaceuticalStartTime`` (DICOM text),
    ``Units``.

    Raises
    ------
    InputError
        If a key is another, or a number is not positive.
    """
    changes: dict[str, Any] = {}
    for keyword, value in values.items():
        if keyword in _OVERRIDES:
            changes[_OVERRIDES[keyword]] = _positive(keyword, value)
        elif keyword == "PatientSex":
            changes["sex"] = str(value)
        elif keyword == "Units":
            changes["units"] = str(value)
        elif keyword == "RadiopharmaceuticalStartDateTime":
            changes["injection_datetime"] = str(value)
        elif keyword == "RadiopharmaceuticalStartTime":
            changes |= {"injection_time": str(value), "injection_datetime": ""}
        else:
            raise InputError(f"{keyword} cannot be typed in.")
    return replace(header, **changes, typed=tuple(dict.fromkeys((*header.typed, *values))))


def _positive(keyword: str, value: float | str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not (number > 0 and math.isfinite(number)):
        raise InputError(f"{keyword} must be a positive number, not {value}.", "Type it again.")
    return number
