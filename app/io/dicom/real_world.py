"""Real World Value Mappings: what stored values mean in a unit, in images and in maps of their own.

PS3.3 C.7.6.16.2.11; units are UCUM codes of CID 84 and 85 (``Bq/ml``, ``{SUVbw}g/ml``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

#: Units as PET headers write them, and the factor to those, by UCUM code without braces and case.
_UNITS = {"bq/ml": ("BQML", 1.0), "kbq/ml": ("BQML", 1000.0), "counts": ("CNTS", 1.0)}
_SUV_TYPES = {
    "suvbw": "BW", "suvlbm": "LBM", "suvlbmjames128": "LBMJAMES128", "suvlbmjanma": "LBMJANMA",
    "suvbsa": "BSA", "suvibw": "IBW",
}  # fmt: skip
#: What is taken first where an image is mapped to several units.
_ORDER = ("BQML", "GML", "CM2ML", "CNTS")


@dataclass(frozen=True)
class RealWorld:
    """A linear mapping: value in ``units`` = stored x ``slope`` + ``intercept``."""

    units: str
    suv_type: str
    slope: float
    intercept: float


def unit_of(code: str) -> tuple[str, str, float] | None:
    """Return Units (0054,1001), SUV Type and the factor to them of a UCUM code, or ``None``.

    >>> unit_of("{SUVbw}g/ml"), unit_of("Bq/ml")
    (('GML', 'BW', 1.0), ('BQML', '', 1.0))
    """
    plain = code.strip().lower().replace("millilitre", "ml")
    inside = "".join(re.findall(r"\{([^}]*)\}", plain))
    outside = re.sub(r"\{[^}]*\}", "", plain)
    named = re.sub(r"[^a-z0-9]", "", inside)
    if outside in _UNITS or named in _UNITS:
        units, factor = _UNITS[outside if outside in _UNITS else named]
        return units, "", factor
    suv_type = _SUV_TYPES.get(named, "")
    if outside == "g/ml" and (suv_type or not named):
        return "GML", suv_type or "BW", 1.0
    if outside == "cm2/ml":
        return "CM2ML", "BSA", 1.0
    return None


def mappings_of(items: Iterable[Any]) -> tuple[RealWorld, ...]:
    """Return the usable items of a Real World Value Mapping Sequence, Bq/ml first.

    Tables of values, and units that are no activity, SUV or counts, are left out.
    """
    found = []
    for item in items:
        slope, intercept = item.get("RealWorldValueSlope"), item.get("RealWorldValueIntercept", 0.0)
        codes = item.get("MeasurementUnitsCodeSequence") or []
        unit = unit_of(str(codes[0].get("CodeValue", "") or "")) if len(codes) else None
        if slope is None or unit is None:
            continue
        numbers = float(slope) * unit[2], float(intercept or 0.0) * unit[2]
        if all(map(math.isfinite, numbers)) and numbers[0] > 0:
            found.append(RealWorld(unit[0], unit[1], *numbers))
    return tuple(sorted(found, key=lambda x: _ORDER.index(x.units)))
