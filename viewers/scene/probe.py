"""Native voxel values at a position."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.space.volume import Volume
from viewers.scene.scene import Scene
from viewers.scene.values import Point
from viewers.space.layouts import Content


@dataclass(frozen=True)
class Probe:
    """Native voxel values under the mouse; ``None`` outside an image.

    ``suv`` is in the unit that the PET is shown in (`unit`): Bq/ml where no SUV is known. ``suv``,
    ``hu`` and ``mr`` are the originals' values, whatever a pane shows; ``derived`` is that of the
    derived image, which stands for ``derived_for`` (``pet`` or ``ct``), in the unit it is shown
    in, ``deviation`` its standard deviation. Indices count from 0.
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
    mr: float | None = None
    mr_index_kji: tuple[int, int, int] | None = None


def probe_at(scene: Scene, content: Content, point_lps_mm: Point) -> Probe:
    """Read PET, CT and MR at a position that was pointed at in a pane.

    Where the images are not aligned, a position in one says nothing about the other.
    """
    space = scene.space(content)
    linked = scene.aligned and space != "mr"
    pet = scene.pet if linked or space == "pet" else None
    ct = scene.ct if linked or space == "ct" else None
    mr = _mr_beside(scene, space)
    derived = scene.derived
    if derived is not None and not linked and space != derived.kind.stands_for:
        derived = None
    deviation = None if derived is None else derived.deviation
    factor = 1.0 if derived is None else scene.factor_of(derived.volume)
    return Probe(
        point_lps_mm=point_lps_mm,
        hu=_value(ct, point_lps_mm),
        suv=_value(pet, point_lps_mm, scene.unit.factor),
        unit=scene.pet_unit,
        pet_index_kji=_index(pet, point_lps_mm),
        ct_index_kji=_index(ct, point_lps_mm),
        derived=_value(derived.volume if derived else None, point_lps_mm, factor),
        derived_for=derived.kind.stands_for if derived else "",
        derived_unit=scene.unit_of(derived.volume) if derived else "",
        deviation=_value(deviation, point_lps_mm, factor),
        mr=_value(mr, point_lps_mm),
        mr_index_kji=_index(mr, point_lps_mm),
    )


def _mr_beside(scene: Scene, space: str) -> Volume | None:
    """Return the MR if a position of this space is one of its own space as well."""
    mr = None if scene.study is None else scene.study.mr
    on_ct = space == "ct"
    if mr is None or space == "mr" or (scene.ct is None and (on_ct or scene.aligned)):
        # Its own pane, or in the place of the CT, with the position of the pane.
        return mr
    beside = scene.ct if on_ct else scene.pet
    return mr if beside is not None and mr.grid.same_space(beside.grid) else None


def _value(image: Volume | None, point_lps_mm: Point, factor: float = 1.0) -> float | None:
    value = None if image is None else image.value_at(point_lps_mm)
    return None if value is None else value * factor


def _index(image: Volume | None, point_lps_mm: Point) -> tuple[int, int, int] | None:
    return None if image is None else image.grid.nearest_index_kji(point_lps_mm)
