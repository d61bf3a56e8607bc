"""Frozen values that a scene is made of: each is replaced as a whole where something changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.core.lesions.segmentation import Segmentation
from app.core.space.volume import Volume
from app.core.study.derived import DerivedImage
from viewers.colour.display import default_limit, deviation_limit

Point = tuple[float, float, float]
Colour = tuple[int, int, int]


class MapKind(StrEnum):
    """What is shown of a derived image in place of an image."""

    DIFFERENCE = "difference"
    DEVIATION = "deviation"


@dataclass(frozen=True)
class Crosshair:
    """Positions of the crosshair (LPS mm), one for each space.

    Parameters
    ----------
    pet
        Of the PET and of all that is aligned with it.
    ct
        The CT's own where PET and CT are not aligned.
    mr
        The MR's own where it is aligned with neither.
    """

    pet: Point = (0.0, 0.0, 0.0)
    ct: Point = (0.0, 0.0, 0.0)
    mr: Point = (0.0, 0.0, 0.0)

    def of(self, space: str) -> Point:
        """Position in a space: ``pet``, ``ct`` or ``mr``."""
        return {"ct": self.ct, "mr": self.mr}.get(space, self.pet)

    def moved(self, space: str, point: Point, *, aligned: bool) -> Crosshair:
        """Return it elsewhere in a space; an aligned CT goes along with the PET."""
        if space == "ct":
            return replace(self, ct=point)
        if space == "mr":
            return replace(self, mr=point)
        return replace(self, pet=point, ct=point if aligned else self.ct)


@dataclass(frozen=True)
class ViewState:
    """Pan (mm against the fitted view, LPS) and zoom (1 fits) shared by panes of one kind."""

    pan_mm: Point = (0.0, 0.0, 0.0)
    zoom: float = 1.0


@dataclass(frozen=True)
class Overlays:
    """What lies over the images of a study.

    Parameters
    ----------
    segmentation
        Lesions; rejected ones are not drawn.
    colours
        One for each lesion id.
    selected
        Id of the lesion that is drawn brighter.
    uncertainty, show_uncertainty
        Voxel entropy (bits, 0 to 1): rims come from it, and a map while that is shown.
    saliency, saliency_title, show_saliency
        What moved a score (0 to 1), with the words of its legend.
    hidden
        Whether none of it is drawn, nor measurements.
    """

    segmentation: Segmentation | None = None
    colours: Mapping[str, Colour] = field(default_factory=dict)
    selected: str | None = None
    uncertainty: Volume | None = None
    show_uncertainty: bool = False
    saliency: Volume | None = None
    saliency_title: str = ""
    show_saliency: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class DerivedState:
    """A derived image and how it is shown.

    Parameters
    ----------
    image
        The derived image.
    stands_in
        Whether it stands in for the PET or the CT.
    difference
        Derived minus original; it comes after the image.
    shown_map
        The map that takes the place of both.
    limits
        Upper display bounds of the maps.
    """

    image: DerivedImage | None = None
    stands_in: bool = False
    difference: Volume | None = None
    shown_map: MapKind | None = None
    limits: Mapping[MapKind, float] = field(default_factory=lambda: dict.fromkeys(MapKind, 1.0))

    def with_image(self, image: DerivedImage | None) -> DerivedState:
        """Return it with another derived image (or none); its difference comes later."""
        if image is self.image:
            return self
        spread = None if image is None else image.deviation
        limit = 1.0 if spread is None else deviation_limit(spread)
        changed = replace(self, image=image, difference=None)
        return changed.with_limit(MapKind.DEVIATION, limit)

    def with_difference(self, difference: Volume | None) -> DerivedState:
        """Return it with the difference map of its image, and a scale that suits that."""
        limit = 1.0 if difference is None else default_limit(difference)
        changed = replace(self, difference=difference)
        return changed.with_limit(MapKind.DIFFERENCE, limit)

    def with_limit(self, kind: MapKind, limit: float) -> DerivedState:
        """Return it with another upper display bound of a map."""
        return replace(self, limits={**self.limits, kind: limit})

    def map_volume(self, kind: MapKind) -> Volume | None:
        """Return the values of a map, if they are there."""
        if kind is MapKind.DIFFERENCE:
            return self.difference
        return None if self.image is None else self.image.deviation

    def map_bounds(self, kind: MapKind) -> tuple[float, float]:
        """Values at both ends of a map's colours: symmetric for a difference, else from 0."""
        limit = self.limits[kind]
        return (-limit if kind is MapKind.DIFFERENCE else 0.0), limit
