"""What a CT, real or synthetic, does to a PET: attenuation at 511 keV and along lines.

Attenuation coefficients follow J. P. J. Carney, D. W. Townsend, V. Rappoport, B. Bendriem,
"Method for transforming CT images for attenuation correction in PET/CT imaging", Med. Phys. 33
(2006) 976 (doi 10.1118/1.2174132), a bilinear model whose upper part depends on the tube voltage:

    mu = 9.6e-5 (HU + 1000) / cm               up to the break point
    mu = a (HU + 1000) + b                     above it

An attenuation factor of a line is exp(integral of mu along it): what the PET's counts along that
line are multiplied with. Lines lie in the plane of a slice, as in two-dimensional PET; the
projector is scikit-image's Radon transform.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from app.core.kit.errors import GridError, InputError
from app.core.kit.jobs import JobContext
from app.core.lesions.lesion import new_lesion_id
from app.core.space.resample import resample
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.provenance import Provenance

FloatArray = npt.NDArray[np.float64]

#: Slope of the mixture of air and water, per cm and HU, at every tube voltage.
_WATER_SLOPE = 9.6e-5
#: Tube voltage (kV) -> slope a (per cm and HU), offset b (per cm), break point (HU); Carney's
#: table, whose break points are given as HU + 1000.
CARNEY: Mapping[int, tuple[float, float, float]] = MappingProxyType(
    {
        80: (3.64e-5, 6.26e-2, 50.0),
        100: (4.43e-5, 5.44e-2, 52.0),
        110: (4.92e-5, 4.88e-2, 43.0),
        120: (5.10e-5, 4.71e-2, 47.0),
        130: (5.51e-5, 4.24e-2, 37.0),
        140: (5.64e-5, 4.08e-2, 30.0),
    }
)
DEFAULT_KVP = 120
#: Tube voltages that a CT can have.
KVP_RANGE = (60.0, 160.0)
#: Tube voltage of the CTs that the synthetic CT was trained on (TCIA Soft-tissue-Sarcoma).
SYNTHETIC_KVP = 140
MODEL = "Carney et al. 2006 (bilinear)"

#: Steps between the projections of a slice, and the spacing that it is projected at.
ANGLES = 60
_PROJECTION_MM = 4.0
#: Lines with less attenuation than a centimetre of water tell nothing of the body.
_LEAST_INTEGRAL = 0.096


def mu_map(
    hu: Volume, kvp: float | None = DEFAULT_KVP, context: JobContext | None = None
) -> Volume:
    """Return linear attenuation coefficients at 511 keV in 1/cm, float32, on the same grid.

    Parameters
    ----------
    hu
        A CT, or a synthetic one.
    kvp
        Tube voltage of the CT in kV; the nearest of Carney's table is taken. A synthetic CT has
        the voltage of the CTs it was trained on. ``None`` stands for 120.
    context
        Progress and cancel, slice by slice.

    Raises
    ------
    QuantityError
        If the volume does not hold HU.
    InputError
        If no CT has such a voltage.
    JobCancelled
        If the context's token is set.
    """
    hu.require(Quantity.HU)
    context = context or JobContext()
    row = CARNEY[table_kvp(kvp)]
    mu = np.empty(hu.grid.shape_kji, dtype=np.float32)
    # By slices: a whole-body CT would take five times its memory otherwise.
    for k in range(len(mu)):
        context.progress(k / len(mu), "Making the attenuation map")
        mu[k] = _bilinear(hu.array[k], row)
    context.progress(1.0)
    described = f"Mu-map of {hu.description}".strip()
    return Volume(hu.grid, mu, Quantity.MU, hu.series_uid, described)


def _bilinear(hu: npt.NDArray[Any], row: tuple[float, float, float]) -> npt.NDArray[np.float32]:
    slope, offset, break_hu = row
    values = np.nan_to_num(hu.astype(np.float32), nan=-1000.0) + np.float32(1000.0)
    water = np.float32(_WATER_SLOPE) * values
    bone = np.float32(slope) * values + np.float32(offset)
    mu = np.where(values <= np.float32(break_hu + 1000.0), water, bone)
    return np.maximum(mu, np.float32(0.0))


def table_kvp(kvp: float | None) -> int:
    """Return the tube voltage of Carney's table that lies nearest.

    Raises
    ------
    InputError
        If no CT has such a voltage.
    """
    if kvp is None:
        return DEFAULT_KVP
    if not KVP_RANGE[0] <= kvp <= KVP_RANGE[1]:
        raise InputError(
            f"No CT is taken at {kvp:g} kV.", "Give the tube voltage, for example 120."
        )
    return min(CARNEY, key=lambda x: (abs(x - kvp), -x))


def mu_image(
    hu: Volume,
    source_uids: dict[str, str],
    provenance: Provenance,
    kvp: float | None = None,
    *,
    source: str = "CT",
    context: JobContext | None = None,
) -> DerivedImage:
    """Return the attenuation map of a CT as a derived image.

    Parameters
    ----------
    hu, kvp, context
        As `mu_map` takes them.
    source_uids
        Series UIDs of the originals by role.
    provenance
        That of the CT, or of the synthetic CT; the model's name and the voltage of the table are
        added as its method.
    source
        What the map is made of, for its title: ``CT`` or ``synthetic CT``.

    Raises
    ------
    QuantityError, InputError, JobCancelled
        As `mu_map`.
    """
    voltage = table_kvp(kvp)
    method = f"{MODEL}, attenuation at 511 keV from the {source} at {voltage} kV"
    return DerivedImage(
        id=new_lesion_id(),
        kind=DerivedKind.MU_MAP,
        title=f"Mu-map 511 keV ({source}, {voltage} kV)",
        volume=mu_map(hu, kvp, context),
        deviation=None,
        source_uids=dict(source_uids),
        provenance=replace(provenance, method=method),
    )


@dataclass(frozen=True)
class SliceEffect:
    """How attenuation factors of one slice differ, in % of the reference's.

    ``lines`` is how many lines cross tissue; values are NaN where there is none.
    """

    index_k: int
    lines: int
    mean_percent: float
    mean_absolute_percent: float
    p5_percent: float
    p95_percent: float


@dataclass(frozen=True)
class AttenuationEffect:
    """Relative difference of attenuation factors, over all lines and by slice.

    ``(exp(integral of mu) / exp(integral of reference mu) - 1)`` in %, over lines in the plane of
    a slice that cross more than 1 cm of water in either map. ``in_body_…`` is the same with both
    maps cut to the reference's body: without another pose and clothes between two scans. NaN where
    it was not computed.
    """

    slices: tuple[SliceEffect, ...]
    mean_percent: float
    mean_absolute_percent: float
    p5_percent: float
    p95_percent: float
    in_body_mean_percent: float = float("nan")
    in_body_mean_absolute_percent: float = float("nan")


def line_integrals(
    mu_per_cm: npt.NDArray[np.floating], spacing_ji_mm: tuple[float, float], angles: int = ANGLES
) -> FloatArray:
    """Return line integrals of a slice ``[j, i]``, without unit, as ``[offset, angle]``.

    The slice is brought to square pixels of 4 mm (finer ones are averaged) and projected by
    scikit-image's Radon transform at ``angles`` steps over 180 degrees.
    """
    from skimage import transform

    radon: Any = transform.radon  # scikit-image carries no types
    square = _square(np.asarray(mu_per_cm, dtype=np.float64), spacing_ji_mm)
    theta = np.arange(angles) * (180.0 / angles)
    with warnings.catch_warnings():
        # It warns of values outside its circle; the slice is padded so that there are none.
        warnings.simplefilter("ignore")
        sums: FloatArray = radon(square, theta=theta, circle=False)
    return sums * (_PROJECTION_MM / 10.0)


def _square(plane: FloatArray, spacing_ji_mm: tuple[float, float]) -> FloatArray:
    """Return the slice at square pixels, its sums over areas kept."""
    steps = [_PROJECTION_MM / s for s in spacing_ji_mm]
    # Averaged over a new pixel first: else thin bone would be hit or missed.
    smooth = ndimage.gaussian_filter(plane, [0.42 * max(s - 1.0, 0.0) for s in steps])
    shape = [int(np.ceil(n / s)) for n, s in zip(plane.shape, steps, strict=True)]
    offset = [0.5 * s - 0.5 for s in steps]
    square: FloatArray = ndimage.affine_transform(
        smooth, steps, offset, tuple(shape), order=1, mode="constant"
    )
    return square


def attenuation_effect(
    mu: Volume,
    reference: Volume,
    *,
    every: int = 1,
    angles: int = ANGLES,
    context: JobContext | None = None,
) -> AttenuationEffect:
    """Compare the attenuation factors of two maps, slice by slice of the reference's grid.

    Parameters
    ----------
    mu
        The map to judge, in 1/cm; brought onto the reference's grid, with air outside of it.
    reference
        The map of the real CT, in 1/cm. Only slices that ``mu`` covers are compared.
    every
        Take every n-th slice only.
    angles
        Projections over 180 degrees.
    context
        Progress and cancel.

    Raises
    ------
    QuantityError
        If a volume does not hold attenuation coefficients.
    GridError
        If the maps share no frame of reference or do not overlap.
    """
    for volume in (mu, reference):
        volume.require(Quantity.MU)
    context = context or JobContext()
    if not mu.grid.overlaps(reference.grid):
        raise GridError("The two images do not overlap in space.", "Choose images of one region.")
    moved = resample(mu, reference.grid).array
    covered = _covered(mu, reference)
    spacing = reference.grid.spacing_kji_mm[1:]
    chosen = np.flatnonzero(covered.any(axis=(1, 2)))[::every]
    effects: list[SliceEffect] = []
    pooled: list[FloatArray] = []
    for n, k in enumerate(chosen.tolist()):
        context.progress(n / len(chosen), "Comparing attenuation")
        # Lines beyond what both maps show would compare tissue with nothing.
        inside = covered[k]
        pair = [line_integrals(np.where(inside, x[k], 0.0), spacing, angles)
                for x in (moved, reference.array)]  # fmt: skip
        crossed = np.maximum(pair[0], pair[1]) > _LEAST_INTEGRAL
        percent = 100.0 * np.expm1((pair[0] - pair[1])[crossed])
        effects.append(SliceEffect(k, int(crossed.sum()), *_summary(percent)))
        pooled.append(percent)
    context.progress(1.0)
    return AttenuationEffect(
        tuple(effects), *_summary(np.concatenate(pooled) if pooled else np.empty(0))
    )


def _covered(mu: Volume, reference: Volume) -> npt.NDArray[np.bool_]:
    """Voxels of the reference whose centres the other map holds."""
    ones = Volume(mu.grid, np.ones(mu.grid.shape_kji, dtype=np.uint8), Quantity.LABEL)
    return np.asarray(resample(ones, reference.grid, order=0).array > 0)


def _summary(percent: FloatArray) -> tuple[float, float, float, float]:
    """Mean, mean absolute value, 5th and 95th percentile; NaN of nothing."""
    if not percent.size:
        nan = float("nan")
        return nan, nan, nan, nan
    low, high = np.percentile(percent, (5.0, 95.0))
    return float(percent.mean()), float(np.abs(percent).mean()), float(low), float(high)
