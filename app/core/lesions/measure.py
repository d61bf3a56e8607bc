"""Biomarkers of outlines, on the PET's native grid, in one pass over the labelmap.

Rules that hold for every value:

- A voxel that is not finite (NaN, infinite) or holds no measurement (`Volume.unmeasured`) takes
  no part in SUV values or peaks; it counts for the volume, because the outline holds it. TLG is
  MTV x SUVmean all the same. `unmeasured_notes` says so.
- A lesion of the table without a voxel has no values and is left out.
- A lesion without any finite voxel has NaN for SUV values and TLG, and its centroid as hottest
  point.
- Where several voxels share the maximum, SUVpeak is the highest of their peaks (IBSI), and the
  hottest point is that voxel.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import GridError
from app.core.kit.jobs import JobContext
from app.core.lesions.biomarkers import (
    DEFINITIONS,
    MEASURED,
    Biomarkers,
    RecoveredValues,
    Totals,
    Value,
    interval90,
    totals,
    with_recovered,
)
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.peaks import SphereRows, sphere_means, sphere_rows
from app.core.space.volume import Quantity, Volume

if TYPE_CHECKING:
    from app.core.lesions.partial_volume import RecoveredUptake

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_] | npt.NDArray[np.uint8]

SUV_QUANTITIES = (Quantity.SUV_BW, Quantity.SUV_LBM, Quantity.SUV_BSA, Quantity.SUV_IBW)

#: Values that carry an interval when a model drew the outline.
SAMPLED = ("mtv_ml", "suv_mean", "tlg", "suv_max")


@dataclass(frozen=True, eq=False)
class SampleMasks:
    """Outlines of every Monte Carlo sample.

    Parameters
    ----------
    masks
        One per sample, in sample order: a bool array ``[k, j, i]``, or the uint8 vector that
        `numpy.packbits` makes of its C-order flat form (big bit order; an eighth of the memory).
    zones
        uint16 labelmap ``[k, j, i]``: the label of the lesion that a voxel may enter in a sample,
        0 for none. A zone is usually larger than its lesion.

    Raises
    ------
    GridError
        If the shapes do not fit.
    """

    masks: Sequence[Mask]
    zones: npt.NDArray[np.uint16]

    def __post_init__(self) -> None:
        packed = (self.zones.size + 7) // 8
        for mask in self.masks:
            fits = mask.shape == ((packed,) if mask.dtype == np.uint8 else self.zones.shape)
            if not fits or mask.dtype not in (np.uint8, np.bool_):
                raise GridError(
                    f"A sample mask of shape {mask.shape} and type {mask.dtype} does not fit "
                    f"zones of shape {self.zones.shape}."
                )

    def at(self, sample: int, flat_index: IntArray) -> npt.NDArray[np.bool_]:
        """Return whether voxels (C-order flat indices) are inside in one sample."""
        mask = self.masks[sample]
        if mask.dtype == np.uint8:
            bits = mask[flat_index >> 3] >> (7 - (flat_index & 7)).astype(np.uint8)
            return np.asarray(bits & 1, dtype=np.bool_)
        return np.asarray(mask.reshape(-1)[flat_index], dtype=np.bool_)


def measure(
    pet: Volume,
    segmentation: Segmentation,
    samples: SampleMasks | None = None,
    *,
    recovery_fwhm_mm: float | None = None,
    only: Collection[str] | None = None,
) -> dict[str, Biomarkers]:
    """Measure every lesion of a segmentation on the PET's native grid.

    Parameters
    ----------
    pet
        SUV of any kind; its quantity becomes the unit where it is not SUVbw.
    segmentation
        On the PET's own grid.
    samples
        Monte Carlo outlines; gives MTV, SUVmean, TLG and SUVmax their 90 % intervals.
    recovery_fwhm_mm
        Blur of the scanner in mm: gives recovered SUVmean and SUVmax too
        (`app.core.lesions.partial_volume`).
    only
        Ids of the lesions to measure; all, if ``None``.

    Returns
    -------
    dict
        `Biomarkers` by lesion id with every key of `MEASURED` (and the recovered values where
        asked for), in the table's order. Lesions without a voxel are left out.

    Raises
    ------
    QuantityError
        If the image does not hold SUV.
    GridError
        If the segmentation (or the samples) and the image are on different grids.
    InputError
        If the blur is none that a PET scanner has.
    """
    pet.require(*SUV_QUANTITIES)
    if not segmentation.grid.same_grid(pet.grid):
        raise GridError("The outlines are not on the PET's own grid.", "Read them for this PET.")
    if samples is not None and samples.zones.shape != pet.grid.shape_kji:
        raise GridError("The sample outlines are not on the PET's own grid.")
    suv_unit = _suv_unit(pet)
    groups = dict(segmentation.labels.by_label())
    drawn = {} if samples is None else _sample_values(pet, samples)
    rows, array = sphere_rows(pet.grid), pet.measured()
    found: dict[str, Biomarkers] = {}
    for lesion in segmentation.lesions:
        if lesion.label not in groups or (only is not None and lesion.id not in only):
            continue
        numbers, centroid, hottest = _one(pet.grid, array, groups[lesion.label], rows)
        found[lesion.id] = Biomarkers(
            lesion.id,
            segmentation.revision,
            {key: _value(key, numbers, drawn.get(lesion.label), suv_unit) for key in MEASURED},
            centroid,
            hottest,
            groups[lesion.label].size,
        )
    if recovery_fwhm_mm is not None:
        return with_recovered(found, recovered_values(pet, segmentation, recovery_fwhm_mm))
    return found


def unmeasured_notes(pet: Volume, layers: Sequence[Segmentation]) -> list[str]:
    """Return a sentence for every outline that holds voxels without a measurement.

    Parameters
    ----------
    pet
        What is measured.
    layers
        Segmentations on its grid.
    """
    if pet.unmeasured is None:
        return []
    flat, notes = pet.unmeasured.reshape(-1), []
    for layer in layers:
        held = dict(layer.labels.by_label())
        for lesion in (x for x in layer.lesions if x.label in held):
            voxels = held[lesion.label]
            if count := int(flat[voxels].sum()):
                notes.append(
                    f"{count} of the {voxels.size} voxels of L{lesion.label} hold no measured "
                    "value (padding, or not a number): they count for its volume, and for no SUV."
                )
    return notes


def measure_layers(
    pet: Volume, layers: Sequence[Segmentation], *, recovery_fwhm_mm: float | None = None
) -> tuple[dict[str, Biomarkers], Totals]:
    """Measure outlines that may overlap, each on all of its voxels, and add them up.

    Parameters
    ----------
    pet, recovery_fwhm_mm
        As for `measure`.
    layers
        Segmentations on the PET's own grid; a voxel may lie in an outline of each.

    Returns
    -------
    tuple
        `Biomarkers` by lesion id, and totals in which a voxel that several outlines hold counts
        once: TMTV and TLG are those of the union of the lesions that count.

    Raises
    ------
    QuantityError, GridError, InputError
        As `measure`.
    """
    found: dict[str, Biomarkers] = {}
    for layer in layers:
        found |= measure(pet, layer, recovery_fwhm_mm=recovery_fwhm_mm)
    summed = totals([x for layer in layers for x in layer.lesions], found)
    if len(layers) < 2:
        return found, summed
    union = measure(pet, _union(layers))
    if not union:
        return found, summed
    (whole,) = union.values()
    return found, replace(summed, tmtv_ml=whole["mtv_ml"], tlg=whole["tlg"])


def _union(layers: Sequence[Segmentation]) -> Segmentation:
    """Return one outline of all voxels that a lesion holds which counts."""
    held = np.zeros(layers[0].grid.shape_kji, dtype=np.bool_)
    for layer in layers:
        for lesion in (x for x in layer.lesions if x.counts):
            held.reshape(-1)[layer.labels.of_label(lesion.label)] = True
    return Segmentation(
        "union", layers[0].grid, Labelmap.from_array(held), (Lesion("union", 1, ""),)
    )


def recovered_values(
    pet: Volume, segmentation: Segmentation, fwhm_mm: float, context: JobContext | None = None
) -> RecoveredValues:
    """Return SUVmean and SUVmax after partial-volume recovery, for every lesion with a voxel.

    Raises
    ------
    QuantityError
        If the image does not hold SUV.
    GridError, InputError
        As `app.core.lesions.partial_volume.recover`.
    """
    pet.require(*SUV_QUANTITIES)
    # scipy's filters take part of a second to import: only who asks for recovery pays it.
    from app.core.lesions.partial_volume import recover

    found = recover(pet, segmentation, fwhm_mm, context=context)
    unit = _suv_unit(pet)
    return RecoveredValues(fwhm_mm, {key: _recovered(x, unit) for key, x in found.items()})


def _value(
    key: str, numbers: dict[str, float], drawn: dict[str, FloatArray] | None, suv_unit: str
) -> Value:
    unit = suv_unit if DEFINITIONS[key][1] == "SUV" else DEFINITIONS[key][1]
    if drawn is None or key not in drawn:
        return Value(numbers[key], unit, key)
    values = drawn[key]
    return Value(numbers[key], unit, key, interval90(values), tuple(values.tolist()))


def _suv_unit(pet: Volume) -> str:
    return "SUV" if pet.quantity is Quantity.SUV_BW else str(pet.quantity)


def _recovered(uptake: RecoveredUptake, suv_unit: str) -> dict[str, Value]:
    numbers = {"suv_mean_recovered": uptake.mean, "suv_max_recovered": uptake.greatest}
    return {key: Value(x, suv_unit, key, reason=uptake.reason) for key, x in numbers.items()}


def _point(grid: ImageGrid, index_kji: FloatArray) -> tuple[float, float, float]:
    x, y, z = grid.points_lps_mm(index_kji).tolist()
    return x, y, z


def _one(
    grid: ImageGrid, array: npt.NDArray[np.number], flat_index: IntArray, rows: SphereRows
) -> tuple[dict[str, float], tuple[float, float, float], tuple[float, float, float]]:
    """Values, centroid and hottest point (LPS mm) of the voxels of one lesion."""
    index = np.unravel_index(flat_index, grid.shape_kji)
    k, j, i = (np.asarray(x, dtype=np.int64) for x in index)
    centroid = _point(grid, np.array([k.mean(), j.mean(), i.mean()]))
    suv = array.reshape(-1)[flat_index].astype(np.float64)
    mtv_ml = flat_index.size * grid.voxel_volume_ml
    finite = np.isfinite(suv)
    if not finite.any():
        numbers = dict.fromkeys(MEASURED, float("nan"))
        return {**numbers, "mtv_ml": mtv_ml}, centroid, centroid
    peaks = sphere_means(array, (k, j, i), rows)
    known = suv[finite]
    hottest = np.flatnonzero(suv == known.max())
    hottest_at = int(hottest[np.argmax(peaks[hottest])])
    q1, median, q3 = np.percentile(known, (25.0, 50.0, 75.0))
    mean = float(known.mean())
    numbers = {
        "suv_min": float(known.min()),
        "suv_median": float(median),
        "suv_max": float(known.max()),
        "suv_mean": mean,
        "suv_sd": float(known.std()),
        "suv_q1": float(q1),
        "suv_q3": float(q3),
        "suv_peak": float(peaks[hottest_at]),
        "suv_peak_global": float(np.nanmax(peaks)),
        "mtv_ml": mtv_ml,
        "tlg": mtv_ml * mean,
        "mtv_41_ml": _isocontour_ml(known, grid),
    }
    place = np.array([k[hottest_at], j[hottest_at], i[hottest_at]], dtype=np.float64)
    return numbers, centroid, _point(grid, place)


def _isocontour_ml(suv: FloatArray, grid: ImageGrid) -> float:
    """Volume at 41 % of the maximum; not defined without uptake above zero."""
    greatest = float(suv.max())
    if greatest <= 0:
        return float("nan")
    return float(np.count_nonzero(suv >= 0.41 * greatest)) * grid.voxel_volume_ml


def _sample_values(pet: Volume, samples: SampleMasks) -> dict[int, dict[str, FloatArray]]:
    """Per label the values ``[sample]`` of `SAMPLED`; NaN for SUV where a sample is empty."""
    groups = list(Labelmap.from_array(samples.zones).by_label())
    if not groups or not len(samples.masks):
        return {}
    index = np.concatenate([x for _, x in groups])
    starts = np.cumsum([0] + [x.size for _, x in groups[:-1]])
    suv = pet.measured().reshape(-1)[index].astype(np.float64)
    finite = np.isfinite(suv)
    suv[~finite] = 0.0
    shape = (len(samples.masks), len(groups))
    volume_ml, mean, hottest = np.zeros(shape), np.full(shape, np.nan), np.full(shape, np.nan)
    for n in range(shape[0]):
        inside = samples.at(n, index)
        known = inside & finite
        count = np.add.reduceat(known, starts, dtype=np.float64)
        volume_ml[n] = np.add.reduceat(inside, starts, dtype=np.float64)
        total = np.add.reduceat(np.where(known, suv, 0.0), starts)
        np.divide(total, count, out=mean[n], where=count > 0)
        greatest = np.maximum.reduceat(np.where(known, suv, -np.inf), starts)
        hottest[n] = np.where(count > 0, greatest, np.nan)
    volume_ml *= pet.grid.voxel_volume_ml
    # An empty sample has no uptake to add up; one without a finite voxel is not known.
    tlg = np.where(volume_ml > 0, volume_ml * mean, 0.0)
    columns = dict(zip(SAMPLED, (volume_ml, mean, tlg, hottest), strict=True))
    return {
        label: {key: v[:, g] for key, v in columns.items()} for g, (label, _) in enumerate(groups)
    }
