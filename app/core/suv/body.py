"""Body measures as headers state them: the unit they are taken in, and the sex of the formulas.

One rule for everything that follows from a body: SUV, SUL, the PERCIST threshold, the panel.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.core.suv.formulas import Sex

#: Largest height that is taken as the unit, and its parts in a metre.
_HEIGHT_UNITS = (("m", 3.0, 1.0), ("cm", 300.0, 100.0), ("mm", 3000.0, 1000.0))
#: Below this it is no one's height: it was stated in another unit, such as feet.
_LEAST_M = 0.2
_INCH_M, _TALLEST_M = 0.0254, 2.4
#: Body mass index (kg/m²) beyond which a height in cm is not believed, and that of a person.
_NO_INDEX, _INDEX = 60.0, (10.0, 60.0)
#: Above this a weight is no one's in kg; below the other it is in no one's grams.
_LARGEST_KG, _LEAST_G = 350.0, 1000.0


@dataclass(frozen=True)
class Measure:
    """A weight in kg or a height in m, and the unit that the header was taken to state it in."""

    value: float
    unit: str


def weight_of(stated: float | None) -> Measure | None:
    """Return a weight in kg; headers hold kg or g. ``None`` where that is no one's, or none.

    >>> weight_of(75000.0)
    Measure(value=75.0, unit='g')
    """
    if stated is None or not stated > 0:
        return None
    if stated <= _LARGEST_KG:
        return Measure(stated, "kg")
    grams = _LEAST_G < stated <= 1000.0 * _LARGEST_KG
    return Measure(stated / 1000.0, "g") if grams else None


def height_of(stated: float | None, weight_kg: float | None = None) -> Measure | None:
    """Return a height in m; headers hold m, cm, mm or in. ``None`` where that is no one's, or none.

    Inches are told from cm by the weight: 67 cm at 70 kg is nobody. Feet are not taken, since 5.11
    may be 5 feet 11.

    >>> height_of(1750.0)
    Measure(value=1.75, unit='mm')
    >>> round(height_of(67.0, 70.0).value, 3)
    1.702
    """
    if stated is None or not stated > 0:
        return None
    for unit, largest, parts in _HEIGHT_UNITS:
        if stated <= largest:
            metres = stated / parts
            if unit == "cm" and weight_kg and weight_kg / metres**2 > _NO_INDEX:
                inches = Measure(stated * _INCH_M, "inches")
                likely = _INDEX[0] <= weight_kg / inches.value**2 <= _INDEX[1]
                return inches if likely and inches.value <= _TALLEST_M else None
            return Measure(metres, unit) if metres >= _LEAST_M else None
    return None


def sex_of(stated: str) -> Sex | None:
    """Return the sex that body formulas know, or ``None`` where the header does not say.

    What follows from ``None`` is for who asks: a number that states its rule takes the mean of both
    formulas and says so; a display, which states none, refuses.
    """
    letters: dict[str, Sex] = {"M": "M", "F": "F", "O": "O"}
    return letters.get(stated.strip().upper()[:1])
