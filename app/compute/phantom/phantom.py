"""A whole-body FDG PET/CT phantom with ten lesions of known volume and uptake.

Everything is analytic and made here: no third party's data. The CT holds tissue HU with noise and
a patient table; the PET holds tissue uptake, blurred by the scanner (Gaussian point spread) and
with noise whose variance follows activity and that is correlated like a reconstructed image.
Lesions are ellipsoids in patient millimetres, painted last, so that their volume and uptake are
exact whatever the body.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from app.compute.phantom.abdomen import abdomen
from app.compute.phantom.body import Variation, make_frame, trunk
from app.compute.phantom.bones import bones, head, neck, spine_y
from app.compute.phantom.shapes import Canvas, Ellipsoid, FloatArray, Paint, Point
from app.core.kit.jobs import JobContext
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion, LesionStatus
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume

#: Goes up whenever the same seed gives another phantom; part of the cache's name.
PHANTOM_VERSION = "1"

#: The seed of the sample study. Reserved: no training uses it.
SAMPLE_SEED = 20261

#: Point spread of the scanner, full width at half maximum.
BLUR_FWHM_MM = 6.0

PET_SPACING_KJI_MM = (3.0, 4.0728, 4.0728)
PET_COLUMNS = 168
CT_SPACING_KJI_MM = (4.0, 1.6, 1.6)
CT_COLUMNS = 320

_FWHM_PER_SIGMA = 2.354820045
_LOW_Z, _HIGH_Z = -570.0, 512.0
_NOISE = 0.018  # variance per SUV: about 9 % in the liver
_NOISE_FWHM_MM = 5.5

# Name, nominal centre (LPS mm), radii (mm), SUV, HU.
_LESIONS: tuple[tuple[str, Point, Point, float, float], ...] = (
    ("Left hilar mass", (58.0, 14.0, 100.0), (22.0, 20.0, 22.5), 11.0, 44.0),
    ("Right paratracheal node", (-23.0, 6.0, 158.0), (9.0, 8.5, 10.0), 8.5, 42.0),
    ("Left supraclavicular node", (50.0, -8.0, 246.0), (7.0, 7.0, 7.5), 6.5, 42.0),
    ("Right upper lobe nodule", (-88.0, -6.0, 152.0), (4.6, 4.6, 4.6), 5.0, 30.0),
    ("Liver segment VII", (-104.0, 26.0, -44.0), (14.0, 14.0, 14.0), 8.0, 36.0),
    ("Liver segment III", (30.0, -56.0, -34.0), (8.0, 8.0, 8.0), 7.0, 36.0),
    ("Left adrenal", (42.0, 30.0, -84.0), (11.0, 10.0, 13.0), 10.0, 38.0),
    ("Vertebra L2", (3.0, spine_y(-118.0) - 1.0, -118.0), (12.0, 11.0, 10.5), 12.0, 320.0),
    ("Right iliac bone", (-113.5, 38.0, -246.0), (9.0, 12.0, 15.0), 14.0, 420.0),
    ("Right inguinal node", (-64.0, -68.0, -404.0), (6.0, 6.0, 7.0), 5.5, 40.0),
)


@dataclass(frozen=True)
class PhantomLesion:
    """The truth of one lesion: an ellipsoid with its axes along LPS."""

    name: str
    label: int
    centre_lps_mm: Point
    radii_mm: Point
    volume_ml: float
    suv: float

    @property
    def ellipsoid(self) -> Ellipsoid:
        """The shape in patient mm."""
        return Ellipsoid(self.centre_lps_mm, self.radii_mm)


@dataclass(frozen=True, eq=False)
class Phantom:
    """Images with their truth.

    ``truth`` is a labelmap on the PET's grid. A lesion has as many voxels as come nearest to its
    volume, and they are the deepest ones: counting voxels whose centre lies inside would be off
    by a tenth for a small lesion.
    """

    pet_suvbw: Volume
    ct_hu: Volume
    truth: Segmentation
    lesions: tuple[PhantomLesion, ...]
    seed: int


def make_phantom(
    seed: int = SAMPLE_SEED,
    *,
    blur_fwhm_mm: float = BLUR_FWHM_MM,
    noise: float = 1.0,
    pet_grid: ImageGrid | None = None,
    ct_grid: ImageGrid | None = None,
    with_lesions: bool = True,
    context: JobContext | None = None,
) -> Phantom:
    """Make a phantom; the same arguments give the same arrays.

    Parameters
    ----------
    seed
        Varies body size, uptake, places of organs and lesions. `SAMPLE_SEED` is reserved.
    blur_fwhm_mm
        Point spread of the PET; 0 also makes edges hard: a voxel holds the uptake of one tissue,
        and a voxel of the truth exactly that of its lesion.
    noise
        Relative standard deviation of the noise of both images; 0 for none.
    pet_grid, ct_grid
        Axis-aligned grids as `ImageGrid.from_spacing` makes them; others than the usual.
    with_lesions
        Leave lesions out with ``False`` (the truth is then empty).
    context
        Progress and cancel.
    """
    context = context or JobContext()
    scale, paints = _patient(seed)
    # Streams of their own: an organ more does not move a lesion.
    lesions = _place_lesions(Variation(seed + 1_000_003), scale) if with_lesions else ()
    space = f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, f'uptake-phantom:{seed}').int}"
    pet_grid = pet_grid or _grid(PET_SPACING_KJI_MM, PET_COLUMNS, scale[2], space)
    ct_grid = ct_grid or _grid(CT_SPACING_KJI_MM, CT_COLUMNS, scale[2], space)
    # Each image has its own stream, so that one can change without the other.
    pet_rng, ct_rng = (np.random.default_rng((seed, n)) for n in (1, 2))
    truth = _truth(pet_grid, lesions)
    pet = _paint_pet(pet_grid, scale, paints, blur_fwhm_mm, context.part(0.0, 0.35))
    _paint_lesions(pet, truth, lesions, blur_fwhm_mm)
    if blur_fwhm_mm > 0:
        sigma = [blur_fwhm_mm / _FWHM_PER_SIGMA / s for s in pet_grid.spacing_kji_mm]
        pet = ndimage.gaussian_filter(pet, sigma, mode="nearest", truncate=3.5)
    if noise > 0:
        pet = _pet_noise(pet, pet_grid, noise, pet_rng)
    ct = _paint_ct(ct_grid, scale, paints, lesions, context.part(0.35, 0.9))
    if noise > 0:
        ct = _ct_noise(ct, noise, ct_rng)
    context.progress(1.0, "Phantom ready")
    return Phantom(
        Volume(pet_grid, pet, Quantity.SUV_BW, f"{space}.1", "Phantom PET"),
        Volume(ct_grid, np.rint(ct).astype(np.int16), Quantity.HU, f"{space}.2", "Phantom CT"),
        truth,
        lesions,
        seed,
    )


def _patient(seed: int) -> tuple[Point, list[Paint]]:
    """Body size and organs of a seed, in the order in which they are painted."""
    vary = Variation(seed)
    scale = (vary.uniform(0.95, 1.04), vary.uniform(0.95, 1.06), vary.uniform(0.96, 1.03))
    frame = make_frame()
    paints = [*trunk(frame, vary), *abdomen(frame, vary), *neck(vary)]
    return scale, [*paints, *bones(frame, vary), *head(vary)]


def phantom_organs(seed: int, grid: ImageGrid, numbers: Mapping[str, int]) -> npt.NDArray[np.uint8]:
    """Return which organ each voxel of a phantom lies in, ``[k, j, i]``.

    Parameters
    ----------
    seed, grid
        As for `make_phantom`; the grid is axis-aligned.
    numbers
        The number that a voxel holds, by the name of the organ; 0 where no named organ is.
    """
    scale, paints = _patient(seed)
    canvas = _body_canvas(grid, scale, 0.0, 0.0)
    for paint in paints:
        if paint.name in numbers:
            canvas.paint(paint.shape, numbers[paint.name], paint.over)
    return np.rint(canvas.image).astype(np.uint8)


def _grid(spacing: tuple[float, float, float], columns: int, scale: float, space: str) -> ImageGrid:
    low, high = _LOW_Z * scale, _HIGH_Z * scale
    slices = int((high - low) / spacing[0])
    edge = -(columns - 1) / 2.0 * spacing[2]
    shape = (slices, columns, columns)
    return ImageGrid.from_spacing(shape, spacing, (edge, edge, low + spacing[0] / 2), space)


def _place_lesions(vary: Variation, scale: Point) -> tuple[PhantomLesion, ...]:
    placed = []
    for label, (name, centre, radii, suv, _) in enumerate(_LESIONS, start=1):
        x, y, z = vary.shift(centre, 1.5)
        size = vary.uniform(0.88, 1.12)
        a, b, c = (r * size for r in radii)
        placed.append(
            PhantomLesion(
                name,
                label,
                (x * scale[0], y * scale[1], z * scale[2]),
                (a, b, c),
                4.0 / 3.0 * np.pi * a * b * c / 1000.0,
                vary.suv(suv, 0.1),
            )
        )
    return tuple(placed)


def _axes(grid: ImageGrid) -> tuple[FloatArray, FloatArray, FloatArray]:
    """LPS coordinates of columns, rows and slices of an axis-aligned grid."""
    k, j, i = (np.arange(n) for n in grid.shape_kji)
    a = grid.affine_lps_mm
    x, y, z = i * a[0, 2] + a[0, 3], j * a[1, 1] + a[1, 3], k * a[2, 0] + a[2, 3]
    return x.astype(np.float32), y.astype(np.float32), z.astype(np.float32)


def _body_canvas(grid: ImageGrid, scale: Point, background: float, edge_mm: float) -> Canvas:
    x, y, z = _axes(grid)
    return Canvas(x / scale[0], y / scale[1], z / scale[2], background, edge_mm)


def _paint_pet(
    grid: ImageGrid,
    scale: Point,
    paints: list[Paint],
    blur_fwhm_mm: float,
    context: JobContext,
) -> FloatArray:
    edge_mm = min(grid.spacing_kji_mm) if blur_fwhm_mm > 0 else 0.0
    canvas = _body_canvas(grid, scale, 0.0, edge_mm)
    for n, paint in enumerate(paints):
        if n % 25 == 0:
            context.progress(n / len(paints), "Painting the PET")
        if paint.suv is not None:
            canvas.paint(paint.shape, paint.suv, paint.over)
    canvas.image *= _mottle(grid, 14.0, 0.10)
    return canvas.image


def _paint_lesions(
    pet: FloatArray,
    truth: Segmentation,
    lesions: tuple[PhantomLesion, ...],
    blur_fwhm_mm: float,
) -> None:
    """Paint lesions over the organs: soft edges before blur, the truth's voxels without."""
    if blur_fwhm_mm > 0:
        canvas = Canvas(*_axes(truth.grid), 0.0, min(truth.grid.spacing_kji_mm))
        canvas.image = pet
        for lesion in lesions:
            canvas.paint(lesion.ellipsoid, lesion.suv)
        return
    uptake = np.array([0.0, *(x.suv for x in lesions)], dtype=np.float32)
    index, labels = truth.labels.nonzero()
    pet.reshape(-1)[index] = uptake[labels]


def _mottle(grid: ImageGrid, length_mm: float, strength: float) -> FloatArray:
    """Return a smooth random factor around 1: organs are never even. The same for every seed."""
    coarse = [
        max(int(n * s / length_mm) + 3, 4)
        for n, s in zip(grid.shape_kji, grid.spacing_kji_mm, strict=True)
    ]
    noise = np.random.default_rng(7).normal(0.0, 1.0, coarse).astype(np.float32)
    factors = [s / length_mm for s in grid.spacing_kji_mm]
    smooth = ndimage.affine_transform(
        noise, factors, output_shape=grid.shape_kji, order=1, mode="nearest"
    )
    mottled: FloatArray = 1 + np.float32(strength) * np.clip(smooth, -2, 2)
    return mottled


def _pet_noise(
    pet: FloatArray, grid: ImageGrid, strength: float, rng: np.random.Generator
) -> FloatArray:
    """Noise with variance in proportion to activity, correlated, never below zero."""
    white = rng.standard_normal(pet.shape, dtype=np.float32)
    sigma = [_NOISE_FWHM_MM / _FWHM_PER_SIGMA / s for s in grid.spacing_kji_mm]
    smooth = ndimage.gaussian_filter(white, sigma, mode="wrap", truncate=3.0)
    smooth /= smooth.std()
    deviation = np.sqrt(np.float32(_NOISE) * (np.maximum(pet, 0) + np.float32(0.02)))
    noisy: FloatArray = np.maximum(pet + np.float32(strength) * deviation * smooth, 0)
    return noisy


def _paint_ct(
    grid: ImageGrid,
    scale: Point,
    paints: list[Paint],
    lesions: tuple[PhantomLesion, ...],
    context: JobContext,
) -> FloatArray:
    edge_mm = grid.spacing_kji_mm[2] * 1.5
    canvas = _body_canvas(grid, scale, -1000.0, edge_mm)
    _paint_table(canvas.image, grid, scale)
    for n, paint in enumerate(paints):
        if n % 25 == 0:
            context.progress(n / len(paints), "Painting the CT")
        if paint.hu is not None:
            canvas.paint(paint.shape, paint.hu, paint.over)
    lesion_canvas = Canvas(*_axes(grid), 0.0, edge_mm)
    lesion_canvas.image = canvas.image
    for lesion, row in zip(lesions, _LESIONS, strict=False):
        lesion_canvas.paint(lesion.ellipsoid, row[4])
    return canvas.image


def _paint_table(image: FloatArray, grid: ImageGrid, scale: Point) -> None:
    """Paint a curved carbon shell with foam inside and a mat on it, the same in every slice."""
    x, y, _ = _axes(grid)
    across, down = x[None, :], y[:, None]
    top = 124.0 * scale[1] - np.square(across) / 900.0
    inside = np.abs(across) < 212
    depth = down - top

    def layer(low: float, high: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        chosen: npt.NDArray[np.bool_] = inside & (depth >= low) & (depth < np.asarray(high))
        return chosen

    bottom = 40.0 - np.square(across) / 1500.0
    plane = np.full(depth.shape, -1000.0, dtype=np.float32)
    plane[layer(-9.0, 0.0)] = -925.0
    plane[layer(0.0, bottom)] = -955.0
    plane[layer(0.0, 4.0)] = 90.0
    plane[inside & (depth >= bottom) & (depth < bottom + 4.0)] = 90.0
    image[:] = ndimage.gaussian_filter(plane, 0.5)


def _ct_noise(ct: FloatArray, strength: float, rng: np.random.Generator) -> FloatArray:
    """Noise that rises with the tissue in a slice, with streaks across shoulders and hips."""
    white = rng.standard_normal(ct.shape, dtype=np.float32)
    fine = ndimage.gaussian_filter(white, (0, 0.75, 0.75), truncate=3.0)
    fine /= fine.std()
    # Water-equivalent width along x: rows with much tissue or bone are seen by fewer photons.
    width = np.maximum(ct + 1000, 0).mean(axis=2, keepdims=True) / 1000
    level = 8.0 + 14.0 * ndimage.gaussian_filter1d(width, 2.0, axis=1)
    streaks = ndimage.gaussian_filter1d(white, 9.0, axis=2, truncate=3.0)
    streaks /= streaks.std()
    thick = np.clip(width - 0.5, 0, 1) * 26.0
    noisy = ct + np.float32(strength) * (level * fine + thick * streaks)
    clipped: FloatArray = np.clip(noisy, -1024, 3071).astype(np.float32)
    return clipped


def _truth(grid: ImageGrid, lesions: tuple[PhantomLesion, ...]) -> Segmentation:
    labels = np.zeros(grid.shape_kji, dtype=np.uint16)
    for lesion in lesions:
        _draw_truth(labels, grid, lesion)
    table = tuple(
        Lesion(f"truth-{x.label:02d}", x.label, x.name, LesionStatus.ACCEPTED, "phantom truth")
        for x in lesions
    )
    return Segmentation(
        "phantom-truth", grid, Labelmap.from_array(labels), table, source="phantom truth"
    )


def _draw_truth(labels: npt.NDArray[np.uint16], grid: ImageGrid, lesion: PhantomLesion) -> None:
    """Give the lesion's label to the deepest voxels, as many as its volume holds."""
    x, y, z = _axes(grid)
    margin = np.array(grid.spacing_kji_mm[::-1])
    low, high = np.array(lesion.ellipsoid.bounds) + np.stack([-margin, margin])
    parts = [
        slice(*np.searchsorted(axis, (a, b)).tolist())
        for axis, a, b in zip((x, y, z), low, high, strict=True)
    ]
    i, j, k = parts
    distance = lesion.ellipsoid.distance(
        x[i][None, None, :], y[j][None, :, None], z[k][:, None, None]
    )
    if not distance.size:
        return
    bounds = grid.bounds_lps_mm
    whole = bool((bounds[0] <= low + margin).all() and (bounds[1] >= high - margin).all())
    inside = distance <= 0
    if whole:
        count = min(round(lesion.volume_ml / grid.voxel_volume_ml), distance.size)
        order = np.argsort(distance, axis=None, kind="stable")
        inside = np.zeros(distance.shape, dtype=bool)
        inside.reshape(-1)[order[:count]] = True
    labels[k, j, i][inside] = lesion.label
