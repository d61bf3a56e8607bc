"""Body measures as headers state them: the unit they are taken in, and the sex of the formulas.

One rule for everything that follows from a body: SUV, SUL, the PERCIST threshold, the panel.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.core.study.suv import Sex

#: Largest height that is taken as the unit, and its parts in a metre.
_HEIGHT_UNITS = (("m", 3.0, 1.0), ("cm", 300.0, 100.0), ("mm", 3000.0, 1000.0))
#: Below this it is no one's height: it was stated in another unit, such as feet.
_LEAST_M = 0.2
#: Above this a weight is in grams.
_LARGEST_KG = 1000.0


@dataclass(frozen=True)
class Measure:
    """A weight in kg or a height in m, and the unit that the header was taken to state it in."""

    value: float
    unit: str


def weight_of(stated: float | None) -> Measure | None:
    """Return a weight in kg; headers hold kg or g. ``None`` where none is stated.

    >>> weight_of(75000.0)
    Measure(value=75.0, unit='g')
    """
    if stated is None or not stated > 0:
        return None
    return Measure(stated / 1000.0, "g") if stated > _LARGEST_KG else Measure(stated, "kg")


def height_of(stated: float | None) -> Measure | None:
    """Return a height in m; headers hold m, cm or mm. ``None`` where that is no one's, or none.

    >>> height_of(1750.0)
    Measure(value=1.75, unit='mm')
    """
    if stated is None or not stated > 0:
        return None
    for unit, largest, parts in _HEIGHT_UNITS:
        if stated <= largest:
            metres = stated / parts
            return Measure(metres, unit) if metres >= _LEAST_M else None
    return None


def sex_of(stated: str) -> Sex | None:
    """Return the sex that body formulas know, or ``None`` where the header does not say.

    What follows from ``None`` is for who asks: a number that states its rule takes the mean of both
    formulas and says so; a display, which states none, refuses.
    """
    letters: dict[str, Sex] = {"M": "M", "F": "F", "O": "O"}
    return letters.get(stated.strip().upper()[:1])
