"""Positron emitters: their half-lives, how headers name them, and what is usually injected.

Codes are those of DICOM PS3.16 CID 4020 (SCT, and the SNOMED-RT codes of older headers). Half-lives
are those of QIBA's FDG-PET profile (F-18) and of the evaluated nuclear data tables (NNDC), rounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3600.0, 86400.0
#: What a half-life may have been written in instead of s: word, and its s.
HALF_LIFE_UNITS: tuple[tuple[str, float], ...] = (
    ("minutes", _MINUTE_S), ("hours", _HOUR_S), ("days", _DAY_S), ("ms", 1e-3),
)  # fmt: skip
#: Sources of half-lives differ by up to 2 % (Rb-82, Sc-44); Cu-62 and N-13 lie 3 % apart.
SAME_HALF_LIFE = 0.025


@dataclass(frozen=True)
class Nuclide:
    """One positron emitter.

    Parameters
    ----------
    name
        As people write it: ``F-18``.
    half_life_s
        Half-life in s.
    codes
        Code values of CID 4020.
    element
        English name of the element, lower case.
    usual_mbq_per_kg
        Doses that are usual in persons, in MBq per kg of weight; where it is not known, a range
        that holds those of all PET tracers.
    """

    name: str
    half_life_s: float
    codes: tuple[str, ...]
    element: str
    usual_mbq_per_kg: tuple[float, float] = (0.3, 20.0)

    def has_half_life(self, seconds: float) -> bool:
        """Whether a half-life in s is that of this nuclide, within what sources differ by."""
        return abs(seconds / self.half_life_s - 1.0) <= SAME_HALF_LIFE


_TABLE = (
    Nuclide("F-18", 6586.2, ("77004003", "C-111A1"), "fluorine", (0.3, 15.0)),
    Nuclide("Ga-68", 4057.7, ("35337001", "C-131A3"), "gallium", (0.3, 8.0)),
    Nuclide("C-11", 1221.8, ("40565003", "C-105A1"), "carbon", (1.0, 20.0)),
    Nuclide("N-13", 597.9, ("21576001", "C-107A1"), "nitrogen", (1.0, 20.0)),
    Nuclide("O-15", 122.24, ("129504001", "C-B1038"), "oxygen", (2.0, 40.0)),
    Nuclide("Rb-82", 75.45, ("79197006", "C-159A2"), "rubidium", (3.0, 40.0)),
    Nuclide("Cu-64", 45723.6, ("3932008", "C-127A2"), "copper", (0.4, 10.0)),
    Nuclide("Zr-89", 282240.0, ("63360001", "C-168A4"), "zirconium", (0.15, 5.0)),
    Nuclide("I-124", 360806.0, ("40937006", "C-114A5"), "iodine", (0.15, 5.0)),
    Nuclide("Sc-44", 14292.0, ("126600",), "scandium"),
    Nuclide("Sc-43", 14008.0, ("126605",), "scandium"),
    Nuclide("Cu-60", 1422.0, ("425364008", "C-127A4"), "copper"),
    Nuclide("Cu-61", 12020.0, ("71425003", "C-127A1"), "copper"),
    Nuclide("Cu-62", 580.2, ("422934004", "C-127A5"), "copper"),
    Nuclide("Ga-66", 34164.0, ("79477007", "C-131A1"), "gallium"),
    Nuclide("Y-86", 53064.0, ("10738001", "C-162A3"), "yttrium"),
    Nuclide("Y-90", 230760.0, ("14691008", "C-162A7"), "yttrium", (2.0, 200.0)),
    Nuclide("Br-76", 58320.0, ("79523006", "C-113A2"), "bromine"),
    Nuclide("Tc-94m", 3120.0, ("424079002", "C-163AA"), "technetium"),
    Nuclide("Mn-52", 483062.0, ("37225000", "C-149A1"), "manganese"),
    Nuclide("K-38", 458.2, ("423764008", "C-135A4"), "potassium"),
    Nuclide("Ti-45", 11088.0, ("75696008", "C-166A2"), "titanium"),
    Nuclide("As-72", 93600.0, ("2705002", "C-115A2"), "arsenic"),
    Nuclide("Tb-152", 63000.0, ("126606",), "terbium"),
    # In phantoms and sources.
    Nuclide("Ge-68", 2.341e7, ("53315004", "C-128A2"), "germanium", (0.1, 50.0)),
    Nuclide("Na-22", 8.21e7, ("71633006", "C-155A1"), "sodium", (0.1, 50.0)),
)
#: By name: ``F-18``.
NUCLIDES: Mapping[str, Nuclide] = {x.name: x for x in _TABLE}
_BY_CODE = {code: x for x in _TABLE for code in x.codes}
#: Tracers that exist with one nuclide only and are often named without it.
_TRACERS = re.compile(
    r"(?<![a-z])f?(fdg|flt|fluorodeoxyglucose|fludeoxyglucose|fluorothymidine)(?![a-z])"
)


def nuclide_of_code(value: str) -> Nuclide | None:
    """Return the nuclide of a code value of CID 4020, whatever its scheme is called.

    >>> nuclide_of_code("C-111A1").name
    'F-18'
    """
    return _BY_CODE.get(value.strip())


def nuclides_named(text: str) -> tuple[Nuclide, ...]:
    """Return the nuclides that a text names, in the table's order.

    >>> [x.name for x in nuclides_named("^68^Gallium")], [x.name for x in nuclides_named("18F-FDG")]
    (['Ga-68'], ['F-18'])
    >>> [x.name for x in nuclides_named("PSMA-11")]
    []
    """
    words = re.sub(r"[\^\[\]()_]", " ", text.lower())
    found = [x for x, pattern in _PATTERNS if pattern.search(words)]
    if _TRACERS.search(words) and not found:
        found.append(NUCLIDES["F-18"])
    return tuple(found)


def nuclides_with(half_life_s: float) -> tuple[Nuclide, ...]:
    """Return the nuclides that have a half-life (s)."""
    return tuple(x for x in _TABLE if x.has_half_life(half_life_s))


def _pattern(nuclide: Nuclide) -> re.Pattern[str]:
    symbol, mass = nuclide.name.lower().split("-")
    either = f"(?:{symbol}|{nuclide.element})"
    # "18fdg" runs the symbol into the tracer; a mass run into other digits is another number.
    run_on = "" if nuclide.name == "F-18" else "(?![a-z])"
    return re.compile(
        rf"(?<![a-z]){either}[\s-]*{mass}(?![0-9a-z])|(?<!\d){mass}[\s-]*{either}{run_on}"
    )


_PATTERNS = tuple((x, _pattern(x)) for x in _TABLE)
