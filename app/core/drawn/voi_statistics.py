"""Statistics of a drawn shape, on the native voxels of PET and CT. Nothing is resampled.

Which voxels a shape holds is said in `app.core.drawn.voi`: those whose centres lie in it. An
isocontour is made of PET voxels; of the CT it holds the voxels whose centres lie in them.

- A voxel that is not finite, or holds no measurement (`Volume.unmeasured`), takes no part, and is
  not counted.
- SD is that of the population (divided by N), as for lesions.
- SUVpeak is the mean of the image's voxels whose centres lie within 6.2035 mm (1 ml) of the
  hottest voxel (IBSI VJGA). It is given where 1 ml fits: the voxels hold at least 1 ml. A smaller
  shape has no peak, which would be a mean over its surroundings.
- TLG is given for isocontours: their volume is that of an uptake, a sphere's is that of a sphere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from app.core.drawn.voi import (
    Angle,
    Isocontour,
    Point,
    Ruler,
    Shape,
    Voxels,
    index_box,
    shape_volume_ml,
    voxels_in,
    voxels_under,
)
from app.core.space.grid import ImageGrid
from app.core.space.peaks import sphere_means, sphere_rows
from app.core.space.volume import Volume
from app.core.study.study import Study

if TYPE_CHECKING:
    from app.core.drawn.isocontour import IsoRegion

#: A peak is given for volumes of at least this; a hair less for rounding of voxel sizes.
PEAK_FITS_ML = 1.0 - 1e-9

#: Definition of every value of a measurement: key -> (unit, definition). ``SUV`` is the PET's unit,
#: ``HU`` that of the CT (or of the MR in its place).
MEASUREMENT_DEFINITIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "length_mm": ("mm", "distance of the two ends"),
        "angle_degrees": ("degrees", "angle between the two arms"),
        "volume_ml": ("ml", "of the shape itself; of an isocontour N x PET voxel volume"),
        "minimum": ("image", "least value of the native voxels whose centres lie in the shape"),
        "maximum": ("image", "greatest value of these voxels"),
        "mean": ("image", "mean of these voxels"),
        "sd": ("image", "standard deviation (N) of these voxels"),
        "median": ("image", "median of these voxels"),
        "peak": (
            "SUV",
            "IBSI local intensity peak VJGA: mean of image voxels whose centres lie within "
            "6.2035 mm of the hottest voxel; only where the voxels hold at least 1 ml",
        ),
        "voxels": ("", "number of finite native voxels whose centres lie in the shape"),
        "voxel_volume_ml": ("ml", "number of these voxels x voxel volume"),
        "tlg": ("ml", "volume x SUVmean, for isocontours"),
        "threshold": ("SUV", "of an isocontour: least value that belongs to it"),
    }
)


@dataclass(frozen=True)
class Statistics:
    """Values over native voxels of one image; NaN where there is no voxel.

    ``peak`` is NaN where it does not fit and for images that are no PET.
    """

    unit: str
    voxels: int
    voxel_volume_ml: float
    minimum: float
    maximum: float
    mean: float
    sd: float
    median: float
    peak: float


@dataclass(frozen=True, eq=False)
class MeasuredShape:
    """What a shape measures.

    Parameters
    ----------
    shape
        What was measured; a changed shape makes the values old.
    pet, under
        Statistics on the PET and on the CT (or the MR in its place); ``None`` where the shape has
        no inside, the study has no such image, or its position says nothing about it.
    volume_ml
        Of the shape, or of the voxels of an isocontour; NaN for a ruler and an angle.
    region
        What an isocontour grew to.
    """

    shape: Shape
    pet: Statistics | None = None
    under: Statistics | None = None
    volume_ml: float = float("nan")
    region: IsoRegion | None = None

    @property
    def tlg(self) -> float:
        """Volume x SUVmean of an isocontour in ml; NaN otherwise."""
        if self.region is None or self.pet is None:
            return float("nan")
        return self.volume_ml * self.pet.mean

    @property
    def threshold(self) -> float:
        """Threshold of an isocontour in the PET's unit; NaN otherwise."""
        return float("nan") if self.region is None else self.region.threshold


def images_at(study: Study, space: str = "both") -> tuple[Volume | None, Volume | None]:
    """PET, and CT or MR, that a position says something about.

    Parameters
    ----------
    space
        Where the position was drawn: ``pet`` or ``ct`` (or ``both``). It matters only for images
        that are not aligned: a position in one then says nothing about the other.
    """
    under = study.under
    if study.under_aligned or study.pet is None or under is None:
        return study.pet, under
    return (None, under) if space == "ct" else (study.pet, None)


def measure_shape(study: Study, shape: Shape, space: str = "both") -> MeasuredShape:
    """Measure a shape on the native voxels of the study's images."""
    if isinstance(shape, Ruler | Angle):
        return MeasuredShape(shape)
    pet, under = images_at(study, space)
    if isinstance(shape, Isocontour):
        return _measure_isocontour(shape, pet, under)
    return MeasuredShape(
        shape,
        None if pet is None else statistics(pet, voxels_in(shape, pet.grid), peak=True),
        None if under is None else statistics(under, voxels_in(shape, under.grid)),
        shape_volume_ml(shape),
    )


def _measure_isocontour(
    shape: Isocontour, pet: Volume | None, under: Volume | None
) -> MeasuredShape:
    if pet is None:
        return MeasuredShape(shape)
    # scipy's filters take part of a second to import: only who draws an isocontour pays it.
    from app.core.drawn.isocontour import grow

    region = grow(pet, shape)
    voxels = region.voxels
    below = None
    if under is not None:
        held = None if voxels is None else voxels_under(voxels, pet.grid, under.grid)
        below = statistics(under, held)
    volume_ml = 0.0 if voxels is None else voxels.count * pet.grid.voxel_volume_ml
    return MeasuredShape(shape, statistics(pet, voxels, peak=True), below, volume_ml, region)


def statistics(image: Volume, voxels: Voxels | None, *, peak: bool = False) -> Statistics:
    """Statistics of some voxels of an image; with ``peak`` the mean of 1 ml too, if it fits."""
    values = np.empty(0)
    if voxels is not None:
        values = image.measured(voxels.box)[voxels.mask].astype(np.float64)
        values = values[np.isfinite(values)]
    volume_ml = values.size * image.grid.voxel_volume_ml
    nan = float("nan")
    unit = str(image.quantity)
    if voxels is None or not values.size:
        return Statistics(unit, 0, 0.0, nan, nan, nan, nan, nan, nan)
    return Statistics(
        unit,
        int(values.size),
        volume_ml,
        float(values.min()),
        float(values.max()),
        float(values.mean()),
        float(values.std()),
        float(np.median(values)),
        _peak(image, voxels) if peak and volume_ml >= PEAK_FITS_ML else nan,
    )


def _peak(image: Volume, voxels: Voxels) -> float:
    """SUVpeak; of several hottest voxels that of the highest peak (IBSI)."""
    values = image.measured(voxels.box)
    inside = voxels.mask & np.isfinite(values)
    greatest = values[inside].max()
    k, j, i = np.nonzero(inside & (values == greatest))
    start = voxels.start_kji
    index = (k + start[0], j + start[1], i + start[2])
    return float(np.nanmax(sphere_means(image.measured(), index, sphere_rows(image.grid))))


def voxels_to_look_at(study: Study, shape: Shape) -> int:
    """Count the voxels of a box around a shape on the study's images: what measuring it costs."""
    if isinstance(shape, Ruler | Angle):
        return 0
    images = (x for x in (study.pet, study.under) if x is not None)
    return sum(_box_voxels(x.grid, shape.centre_lps_mm, shape.half_lps_mm) for x in images)


def _box_voxels(grid: ImageGrid, centre_lps_mm: Point, half_lps_mm: Point) -> int:
    box = index_box(grid, centre_lps_mm, half_lps_mm, corners=True)
    return 0 if box is None else int(np.prod([s.stop - s.start for s in box]))
