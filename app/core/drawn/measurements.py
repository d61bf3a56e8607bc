"""What a reader measured: a frozen table of named shapes, some of them references."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from app.core.drawn.voi import Angle, Box, Ellipsoid, Isocontour, Ruler, Shape

#: Radii of the reference volumes in mm: PERCIST's 3 cm sphere in the liver, 1 cm in the aorta.
LIVER_RADIUS_MM, AORTA_RADIUS_MM = 15.0, 5.0


class Role(StrEnum):
    """What a measurement stands for."""

    NONE = ""
    LIVER = "liver"
    BLOOD_POOL = "blood pool"


class Space(StrEnum):
    """Where a shape was drawn; it matters only where PET and CT are not aligned."""

    BOTH = "both"
    PET = "pet"
    CT = "ct"


@dataclass(frozen=True)
class Measurement:
    """A shape with a name. The id stays while it is moved and renamed."""

    id: str
    name: str
    shape: Shape
    role: Role = Role.NONE
    space: Space = Space.BOTH


@dataclass(frozen=True)
class Measurements:
    """All measurements of a study, in the order they were drawn."""

    items: tuple[Measurement, ...] = ()

    def get(self, measurement_id: str) -> Measurement:
        """Return the measurement of this id.

        Raises
        ------
        KeyError
            If there is none.
        """
        for item in self.items:
            if item.id == measurement_id:
                return item
        raise KeyError(measurement_id)

    def added(self, item: Measurement) -> Measurements:
        """Return the table with one more; a new reference takes the place of the old one."""
        kept = (x for x in self.items if item.role is Role.NONE or x.role is not item.role)
        return Measurements((*kept, item))

    def changed(self, item: Measurement) -> Measurements:
        """Return the table with another state of a measurement.

        Raises
        ------
        KeyError
            If it is not there.
        """
        self.get(item.id)
        return Measurements(tuple(item if x.id == item.id else x for x in self.items))

    def without(self, ids: Iterable[str]) -> Measurements:
        """Return the table without some; ids that are not there are passed over."""
        gone = set(ids)
        return Measurements(tuple(x for x in self.items if x.id not in gone))

    def free_name(self, shape: Shape, role: Role = Role.NONE) -> str:
        """Return a name that is not taken: the kind and the next number, or the reference's.

        >>> Measurements().free_name(Ruler((0, 0, 0), (1, 0, 0)))
        'Ruler 1'
        """
        if role is not Role.NONE:
            return {Role.LIVER: "Liver", Role.BLOOD_POOL: "Aorta"}[role]
        kind, taken = kind_of(shape), {x.name for x in self.items}
        number = 1
        while f"{kind} {number}" in taken:
            number += 1
        return f"{kind} {number}"


def kind_of(shape: Shape) -> str:
    """Name the kind of a shape, in English, as exports do."""
    if isinstance(shape, Ruler):
        return "Ruler"
    if isinstance(shape, Angle):
        return "Angle"
    if isinstance(shape, Isocontour):
        return "Isocontour"
    if isinstance(shape, Box):
        return "Box"
    return "Ellipsoid" if isinstance(shape, Ellipsoid) else "Sphere"


def renamed(item: Measurement, name: str) -> Measurement:
    """Return the measurement with another name; an empty name changes nothing."""
    words = " ".join(name.split())
    return replace(item, name=words) if words else item
