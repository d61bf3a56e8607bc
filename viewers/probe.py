"""Native voxel values at a position."""

from __future__ import annotations

from dataclasses import dataclass

from viewers.layouts import Content
from viewers.scene import Point, Scene


@dataclass(frozen=True)
class Probe:
    """Native voxel values under the mouse; ``None`` outside an image.

    ``suv`` is in the PET's unit (`unit`): Bq/ml where no SUV is known. ``suv`` and ``hu`` are the
    originals' values, whatever a pane shows; ``derived`` is that of the derived image, which
    stands for ``derived_for`` (``pet`` or ``ct``), in its own unit, ``deviation`` its standard
    deviation.
    """

    point_lps_mm: Point
    hu: float | None
    suv: float | None
    unit: str
    pet_index_kji: tuple[int, int, int] | None
    ct_index_kji: tuple[int, int, int] | None
    derived: float | None = None
    derived_for: str = ""
    derived_unit: str = ""
    deviation: float | None = None


def probe_at(scene: Scene, content: Content, point_lps_mm: Point) -> Probe:
    """Read PET and CT at a position that was pointed at in a pane.

    Where the images are not aligned, a position in one says nothing about the other.
    """
    space = scene.space(content)
    linked = scene.aligned and space != "mr"
    pet = scene.pet if linked or space == "pet" else None
    ct = scene.ct if linked or space == "ct" else None
    derived = scene.derived
    if derived is not None and not linked and space != derived.kind.stands_for:
        derived = None
    deviation = None if derived is None else derived.deviation
    return Probe(
        point_lps_mm=point_lps_mm,
        hu=ct.value_at(point_lps_mm) if ct else None,
        suv=pet.value_at(point_lps_mm) if pet else None,
        unit=scene.pet_unit,
        pet_index_kji=pet.grid.nearest_index_kji(point_lps_mm) if pet else None,
        ct_index_kji=ct.grid.nearest_index_kji(point_lps_mm) if ct else None,
        derived=derived.volume.value_at(point_lps_mm) if derived else None,
        derived_for=derived.kind.stands_for if derived else "",
        derived_unit=scene.unit_of(derived.volume) if derived else "",
        deviation=deviation.value_at(point_lps_mm) if deviation else None,
    )
