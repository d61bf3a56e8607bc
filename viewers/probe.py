"""Native voxel values at a position."""

from __future__ import annotations

from dataclasses import dataclass

from viewers.layouts import Content
from viewers.scene import Point, Scene


@dataclass(frozen=True)
class Probe:
    """Native voxel values under the mouse; ``None`` outside an image.

    ``suv`` is in the PET's unit (`unit`): Bq/ml where no SUV is known.
    """

    point_lps_mm: Point
    hu: float | None
    suv: float | None
    unit: str
    pet_index_kji: tuple[int, int, int] | None
    ct_index_kji: tuple[int, int, int] | None


def probe_at(scene: Scene, content: Content, point_lps_mm: Point) -> Probe:
    """Read PET and CT at a position that was pointed at in a pane.

    Where the images are not aligned, a position in one says nothing about the other.
    """
    pet = scene.pet if scene.aligned or content is not Content.CT else None
    ct = scene.ct if scene.aligned or content is Content.CT else None
    return Probe(
        point_lps_mm=point_lps_mm,
        hu=ct.value_at(point_lps_mm) if ct else None,
        suv=pet.value_at(point_lps_mm) if pet else None,
        unit=scene.pet_unit,
        pet_index_kji=pet.grid.nearest_index_kji(point_lps_mm) if pet else None,
        ct_index_kji=ct.grid.nearest_index_kji(point_lps_mm) if ct else None,
    )
