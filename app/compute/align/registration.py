"""Rigid registration of two series by SimpleITK: Mattes mutual information, coarse to fine.

Only the movement is found here; what becomes of it is the caller's affair. Both images are
averaged onto coarse voxels first, so that a whole body takes seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from app import __version__
from app.compute.align.start import Candidate, candidates, overlap_fraction
from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.core.space.alignment import AlignmentSource, RigidAlignment, as_read
from app.core.space.grid import FloatArray
from app.core.space.volume import Quantity, Volume

METRIC_NAME = "Mattes mutual information"
#: Fixes which voxels are sampled.
SEED = 20261
#: Voxels of the finest level: enough for a whole body, quick on two cores.
_FINEST_VOXELS = 1.5e6
_LEAST_MM, _MOST_MM = 2.0, 4.0
#: Coarser levels, as multiples of the finest voxel.
_LEVELS = (3, 2, 1)
_SAMPLES = 60_000
_BINS = 40
_ITERATIONS = 120
#: Fewest slices, rows and columns that fix a rigid movement.
_FEWEST = 4
#: Least part of the smaller body that must lie in the other image.
LEAST_OVERLAP = 0.25
#: Beyond these a result is no movement of a patient on a table (from the best start).
MOST_SHIFT_MM, MOST_TURN_DEG = 150.0, 45.0
_FOUND_BY = f"Uptake {__version__}"


@dataclass(frozen=True, eq=False)
class Prepared:
    """An image on coarse voxels, as SimpleITK takes it, with the mask of the body.

    ``image`` is float32 between 0 and 1, ``mask`` uint8; ``body_lps_mm`` are voxel centres of the
    body (``[n, 3]``, thinned), ``spacing_mm`` is the greatest voxel edge.
    """

    image: Any
    mask: Any
    body_lps_mm: FloatArray
    spacing_mm: float


def register(
    fixed: Volume,
    moving: Volume,
    context: JobContext | None = None,
    *,
    start: RigidAlignment | None = None,
) -> RigidAlignment:
    """Find the rigid movement that brings one image onto another.

    Parameters
    ----------
    fixed, moving
        Images of at least four slices, rows and columns, each on its own grid and in any unit.
    context
        Progress and cancel, asked at every step of the optimiser.
    start
        Where to begin, from the moving image as given; tried beside others.

    Returns
    -------
    RigidAlignment
        From ``moving`` as given to ``fixed``, with the mutual information that was reached.

    Raises
    ------
    InputError
        If an image has too few slices or holds no body, both have too little in common, or what
        was found cannot be a movement of one patient.
    JobCancelled
        Within one step of a cancel.
    """
    context = context or JobContext()
    for volume in (fixed, moving):
        _require_volume(volume)
    context.progress(0.0, "Preparing")
    spacing_mm = _finest_mm(fixed)
    a = prepare(fixed, spacing_mm)
    context.progress(0.06, "Preparing")
    b = prepare(moving, spacing_mm)
    context.progress(0.12, "Looking for a start")
    best = _best_start(fixed, moving, start, a, b, context.part(0.12, 0.25))
    matrix, value = _optimise(a, b, best, context.part(0.25, 1.0))
    _require_plausible(matrix, best, a, b)
    plain = as_read(moving, fixed, "" if start is None else start.moving_role)
    return RigidAlignment(
        matrix,
        AlignmentSource.AUTOMATIC,
        moving_role=plain.moving_role,
        moving_uid=plain.moving_uid,
        fixed_uid=plain.fixed_uid,
        moving_frame_uid=plain.moving_frame_uid,
        fixed_frame_uid=plain.fixed_frame_uid,
        pivot_lps_mm=plain.pivot_lps_mm,
        metric=value,
        metric_name=METRIC_NAME,
        version=f"{_FOUND_BY}, SimpleITK {_sitk().Version_VersionString()}",
    )


def _sitk() -> Any:
    import SimpleITK

    return SimpleITK


def _name(volume: Volume) -> str:
    known = {Quantity.HU: "CT", Quantity.MR: "MR"}
    return known.get(volume.quantity, "PET")


def _require_volume(volume: Volume) -> None:
    fewest = min(volume.grid.shape_kji)
    if fewest < _FEWEST:
        layers = "one slice" if fewest == 1 else f"{fewest} slices"
        raise InputError(
            f"The {_name(volume)} has only {layers}; a rigid alignment needs a volume.",
            "Align it by hand, or open a series with more slices.",
        )


def _finest_mm(fixed: Volume) -> float:
    extent = np.ptp(fixed.grid.bounds_lps_mm, axis=0)
    wanted = float(np.cbrt(np.prod(extent) / _FINEST_VOXELS))
    return min(max(wanted, _LEAST_MM), _MOST_MM)


# Preparing


def prepare(volume: Volume, spacing_mm: float) -> Prepared:
    """Average an image onto coarse voxels and find the body in it.

    Raises
    ------
    InputError
        If there is nothing in the image.
    """
    sitk = _sitk()
    image = sitk.BinShrink(_as_image(volume), _factors(volume, spacing_mm))
    array = sitk.GetArrayFromImage(sitk.Cast(image, sitk.sitkFloat32))
    body = _body(array, volume.quantity)
    if not body.any():
        raise InputError(
            f"The {_name(volume)} seems to be empty: no body was found in it.",
            "Align it by hand, or open another series.",
        )
    scaled = _like(_scaled(array, body, volume.quantity), image)
    k, j, i = np.nonzero(body)
    step = max(1, len(k) // 20_000)
    index = np.stack([i[::step], j[::step], k[::step]], axis=1)
    direction = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    points = index @ direction.T + np.array(image.GetOrigin())
    # What lies just outside the skin fixes its place as much as what lies inside.
    margin = max(1, round(12.0 / max(image.GetSpacing())))
    wide = ndimage.binary_dilation(body, iterations=margin)
    mask = _like(wide.astype(np.uint8), image)
    return Prepared(scaled, mask, points, float(max(image.GetSpacing())))


def _as_image(volume: Volume) -> Any:
    sitk = _sitk()
    array = volume.array
    if array.dtype.kind != "f" and array.dtype != np.int16:
        array = array.astype(np.float32)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    image = sitk.GetImageFromArray(array)
    # Both count in LPS mm; ITK names the axes i, j, k.
    grid = volume.grid
    image.SetSpacing(grid.spacing_kji_mm[::-1])
    image.SetDirection(grid.directions_lps[:, ::-1].ravel().tolist())
    image.SetOrigin(grid.affine_lps_mm[:3, 3].tolist())
    return image


def _like(array: npt.NDArray[Any], image: Any) -> Any:
    made = _sitk().GetImageFromArray(array)
    made.CopyInformation(image)
    return made


def _factors(volume: Volume, spacing_mm: float) -> list[int]:
    pairs = zip(volume.grid.spacing_kji_mm[::-1], volume.grid.shape_kji[::-1], strict=True)
    return [max(1, min(int(spacing_mm / mm + 0.25), n // _FEWEST)) for mm, n in pairs]


def _body(array: npt.NDArray[np.float32], quantity: Quantity) -> npt.NDArray[np.bool_]:
    """Largest part above air: HU by its number, else a tenth of what bright voxels hold."""
    if quantity is Quantity.HU:
        inside = array > -350.0
    else:
        positive = array[array > 0]
        limit = 0.1 * float(np.percentile(positive, 98)) if positive.size else 0.0
        inside = ndimage.gaussian_filter(array, 1.0) > limit
    # Takes off the table, which the body touches along a thin line.
    opened = ndimage.binary_opening(inside, iterations=1)
    labels, count = ndimage.label(opened)
    if count == 0:
        return np.asarray(inside, dtype=np.bool_)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    body = labels == int(sizes.argmax())
    return np.stack([ndimage.binary_fill_holes(x) for x in body])


def _scaled(
    array: npt.NDArray[np.float32], body: npt.NDArray[np.bool_], quantity: Quantity
) -> npt.NDArray[np.float32]:
    """Bring values to 0 to 1 so that the bins of the histogram fall where tissues differ."""
    if quantity is Quantity.HU:
        # Lung, fat, soft tissue and bone; metal and air say nothing more.
        return np.asarray(np.clip((array + 1000.0) / 1500.0, 0.0, 1.0), dtype=np.float32)
    high = max(float(np.percentile(array[body], 99.5)), 1e-6)
    part = np.clip(array / high, 0.0, 1.0)
    # The root keeps muscle, fat and air of a PET apart beside a hot bladder.
    return np.asarray(part if quantity is Quantity.MR else np.sqrt(part), dtype=np.float32)


# Searching


def _method(fixed: Prepared, samples: int) -> Any:
    sitk = _sitk()
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(_BINS)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetMetricFixedMask(fixed.mask)
    inside = int(np.count_nonzero(sitk.GetArrayViewFromImage(fixed.mask)))
    # Drawn from the whole image; those outside the mask are left out.
    share = min(1.0, samples / max(1, inside))
    method.SetMetricSamplingStrategy(method.RANDOM if share < 1.0 else method.NONE)
    method.SetMetricSamplingPercentage(share, SEED)
    return method


def _transform(matrix: FloatArray, centre_lps_mm: FloatArray) -> Any:
    """ITK's transform (fixed to moving positions) of a movement from moving to fixed."""
    back = np.linalg.inv(matrix)
    transform = _sitk().Euler3DTransform()
    transform.SetCenter(centre_lps_mm.tolist())
    transform.SetMatrix(back[:3, :3].ravel().tolist(), 1e-8)
    shift = back[:3, :3] @ centre_lps_mm + back[:3, 3] - centre_lps_mm
    transform.SetTranslation(shift.tolist())
    return transform


def _matrix(transform: Any) -> FloatArray:
    back = np.eye(4)
    back[:3, :3] = np.array(transform.GetMatrix()).reshape(3, 3)
    centre = np.array(transform.GetCenter())
    back[:3, 3] = centre + np.array(transform.GetTranslation()) - back[:3, :3] @ centre
    matrix = np.eye(4)
    matrix[:3, :3] = back[:3, :3].T
    matrix[:3, 3] = -matrix[:3, :3] @ back[:3, 3]
    return matrix


def _best_start(
    fixed: Volume,
    moving: Volume,
    start: RigidAlignment | None,
    a: Prepared,
    b: Prepared,
    context: JobContext,
) -> Candidate:
    """Try where the images lie, centre on centre, mass on mass, and shifts along the body."""
    found = candidates(fixed, moving, start, a.body_lps_mm, b.body_lps_mm)
    good = [x for x in found if _common(x.matrix, a, b) >= LEAST_OVERLAP]
    if not good:
        raise InputError(
            f"{_name(fixed)} and {_name(moving)} have too little in common to be aligned.",
            "Check that both show the same part of one patient, or align them by hand.",
        )
    if len(good) == 1:
        return good[0]
    method, best, least = _method(a, 20_000), good[0], np.inf
    for n, candidate in enumerate(good):
        context.progress(n / len(good), "Looking for a start")
        centre = candidate.matrix[:3, :3] @ b.body_lps_mm.mean(axis=0) + candidate.matrix[:3, 3]
        method.SetInitialTransform(_transform(candidate.matrix, centre))
        value = float(method.MetricEvaluate(a.image, b.image))
        # Where the images already lie is left only for something clearly better.
        if value < least * (1.0 if candidate.trusted or not best.trusted else 1.1):
            best, least = candidate, value
    return best


def _common(matrix: FloatArray, a: Prepared, b: Prepared) -> float:
    return overlap_fraction(matrix, (a.image, a.body_lps_mm), (b.image, b.body_lps_mm))


def _optimise(
    a: Prepared, b: Prepared, best: Candidate, context: JobContext
) -> tuple[FloatArray, float]:
    sitk = _sitk()
    centre = best.matrix[:3, :3] @ b.body_lps_mm.mean(axis=0) + best.matrix[:3, 3]
    transform = _transform(best.matrix, centre)
    method = _method(a, _SAMPLES)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=a.spacing_mm,
        minStep=0.002 * a.spacing_mm,
        numberOfIterations=_ITERATIONS,
        relaxationFactor=0.6,
        gradientMagnitudeTolerance=1e-7,
    )
    # A turn counts by how far it moves the body. (ITK's own scales, from the corners of the image,
    # let turns about the long axis of a body lag behind.)
    reach_mm2 = float(((a.body_lps_mm - a.body_lps_mm.mean(axis=0)) ** 2).sum(axis=1).mean())
    method.SetOptimizerScales([reach_mm2] * 3 + [1.0] * 3)
    method.SetShrinkFactorsPerLevel(_LEVELS)
    method.SetSmoothingSigmasPerLevel([0.6 * n * a.spacing_mm if n > 1 else 0.0 for n in _LEVELS])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetInitialTransform(transform, inPlace=True)
    _follow(method, context)
    try:
        method.Execute(a.image, b.image)
    except RuntimeError as error:
        context.check()
        # SimpleITK knows no other class: this one names what it is about.
        if "sample" not in str(error).lower():
            raise
        raise InputError(
            "The images slipped apart while they were aligned.",
            "Bring them near each other by hand, then align again.",
        ) from error
    context.check()
    return _matrix(sitk.Euler3DTransform(transform)), -float(method.GetMetricValue())


def _follow(method: Any, context: JobContext) -> None:
    sitk = _sitk()

    def step() -> None:
        # An exception may not cross ITK: it is told to stop, and the caller checks the token.
        if context.cancelled:
            method.StopRegistration()
            return
        level = min(int(method.GetCurrentLevel()), len(_LEVELS) - 1)
        part = min(1.0, int(method.GetOptimizerIteration()) / _ITERATIONS)
        context.progress((level + part) / len(_LEVELS), "Aligning")

    method.AddCommand(sitk.sitkIterationEvent, step)


def _require_plausible(matrix: FloatArray, best: Candidate, a: Prepared, b: Prepared) -> None:
    change = matrix @ np.linalg.inv(best.matrix)
    middle = a.body_lps_mm.mean(axis=0)
    shift = float(np.linalg.norm(change[:3, :3] @ middle + change[:3, 3] - middle))
    cosine = np.clip((np.trace(change[:3, :3]) - 1.0) / 2.0, -1.0, 1.0)
    turn = float(np.degrees(np.arccos(cosine)))
    common = _common(matrix, a, b)
    if shift > MOST_SHIFT_MM or turn > MOST_TURN_DEG or common < LEAST_OVERLAP:
        raise InputError(
            f"No alignment was found: the search ended {shift:.0f} mm and {turn:.0f} degrees away.",
            "Bring the images near each other by hand, then align again.",
        )
