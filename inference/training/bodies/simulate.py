"""Simulated FDG PET/CT studies: anatomy, lesions, scanner blur and count noise.

Physics kept simple and stated: the true activity is blurred by a Gaussian of the scanner's full
width at half maximum; noise is Gaussian with zero mean, correlated by a second Gaussian, and with
a standard deviation that grows with the blurred activity to the power 3/4 (between Poisson's 1/2
and the 1 of iterative reconstruction); what falls below zero is folded to zero, as reconstructed
images have it. Everything is drawn from one numpy generator.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage

from inference.training.bodies import anatomy
from inference.training.bodies.anatomy import LIVER, LUNGS, SKELETON, SOFT, FloatArray, Organ

SPACING_MM = 4.0
FWHM_PER_SIGMA = 2.3548


@dataclass(frozen=True)
class SimulatedStudy:
    """One study on a canonical 4 mm grid; arrays are ``[k, j, i]``.

    ``lesions`` is an instance labelmap (0 background); ``lesion_suv`` the true mean uptake of
    each; ``true_suv`` the activity before blur and noise; ``organs`` the class of each voxel
    (`anatomy.ORGAN_CLASSES`), where the simulation knows it.
    """

    pet_suvbw: FloatArray
    ct_hu: FloatArray
    lesions: npt.NDArray[np.uint8]
    true_suv: FloatArray
    lesion_suv: dict[int, float]
    lesion_site: dict[int, str]
    fwhm_mm: float
    organs: npt.NDArray[np.uint8] | None = None


def smooth_noise(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    scale_mm: float,
    spacing_mm: float = SPACING_MM,
) -> FloatArray:
    """Unit-variance smooth random field with structures of about ``scale_mm``."""
    factor = max(1.0, scale_mm / spacing_mm)
    coarse = tuple(max(2, round(n / factor) + 2) for n in shape)
    seed = torch.from_numpy(rng.standard_normal((1, 1, *coarse)).astype(np.float32))
    out = torch.nn.functional.interpolate(
        seed, size=list(shape), mode="trilinear", align_corners=True
    )[0, 0].numpy()
    return np.asarray((out - out.mean()) / (out.std() + 1e-6), dtype=np.float32)


class Patient(Protocol):
    """What a lesion is painted into."""

    @property
    def rng(self) -> np.random.Generator:
        """The study's generator."""

    @property
    def shape(self) -> tuple[int, ...]:
        """``[k, j, i]`` voxels."""

    @property
    def fractions(self) -> FloatArray:
        """``[8, k, j, i]`` tissue fractions."""


class _Body:
    """A deformed patient on the target grid, painted organ by organ."""

    def __init__(
        self, fractions: FloatArray, k_range: tuple[float, float], rng: np.random.Generator
    ) -> None:
        self.rng = rng
        scale = np.array([rng.uniform(0.9, 1.08), rng.uniform(0.95, 1.45), rng.uniform(0.9, 1.2)])
        low = np.array([k_range[0], -8.0, -10.0])
        high = np.array([k_range[1], 148.0, 339.0])
        if not fractions[0, :, :, : 45 // 2].min() < 0.5:  # no arms: crop empty sides
            low[2], high[2] = 45.0, 270.0
        step = SPACING_MM / (2.0 * scale)
        self.shape = tuple(int(n) for n in np.maximum(16, np.round((high - low) / step)))
        self.low, self.step = low, step
        grids = [low[a] + step[a] * np.arange(self.shape[a], dtype=np.float32) for a in range(3)]
        source = np.empty((3, *self.shape), dtype=np.float32)
        for axis in range(3):
            view = [1, 1, 1]
            view[axis] = -1
            source[axis] = grids[axis].reshape(view)
            source[axis] += smooth_noise(rng, self.shape, 110.0) * rng.uniform(1.0, 3.5)
        self.source = source
        self.fractions = self._sample(fractions)

    def _sample(self, fractions: FloatArray) -> FloatArray:
        f = anatomy.FRACTION_FACTOR
        size = fractions.shape[1:]
        # Voxel centre n of the coarse maps lies at source index f n + (f - 1) / 2.
        norm = [
            ((self.source[a] - (f - 1) / 2) / f) * (2.0 / (size[a] - 1)) - 1.0 for a in (2, 1, 0)
        ]
        grid = torch.from_numpy(np.stack(norm, axis=-1).astype(np.float32))[None]
        maps = torch.from_numpy(fractions)[None]
        out = torch.nn.functional.grid_sample(maps, grid, padding_mode="border", align_corners=True)
        sampled: FloatArray = out[0].numpy()
        return sampled

    def box(self, centre: npt.ArrayLike, radii: npt.ArrayLike) -> tuple[slice, ...] | None:
        """Slices that hold an ellipsoid of the source frame, or ``None`` if it is outside."""
        middle = (np.asarray(centre) - self.low) / self.step
        reach = np.asarray(radii) / self.step + 5.0
        slices = []
        for m, r, n in zip(middle, reach, self.shape, strict=True):
            low, high = max(0, int(m - r)), min(n, int(m + r) + 2)
            if low >= high:
                return None
            slices.append(slice(low, high))
        return tuple(slices)

    def cover(self, organ: Organ, where: tuple[slice, ...], shrink: float = 0.0) -> FloatArray:
        """Coverage 0..1 of an organ (its radii less a share) in a box."""
        radii = np.array(organ.radii) * (1.0 - shrink)
        d = [self.source[a][where] - organ.centre[a] for a in range(3)]
        if organ.roll:
            c, s = np.cos(organ.roll), np.sin(organ.roll)
            d[1], d[2] = c * d[1] + s * d[2], -s * d[1] + c * d[2]
        r = np.sqrt((d[0] / radii[0]) ** 2 + (d[1] / radii[1]) ** 2 + (d[2] / radii[2]) ** 2)
        # Distance in source voxels of 2 mm; the edge is about one target voxel wide.
        out: FloatArray = np.clip(0.5 + (1.0 - r) * radii.min() / 2.0, 0.0, 1.0)
        return out.astype(np.float32)


def _tissue_maps(body: _Body, *, contrast: bool) -> tuple[FloatArray, FloatArray]:
    """Uptake and HU of the tissues that the label maps hold."""
    rng, f, shape = body.rng, body.fractions, body.shape
    inside = 1.0 - f[0]
    depth = ndimage.distance_transform_edt(inside > 0.5).astype(np.float32) * SPACING_MM
    fat_mm = rng.uniform(3.0, 28.0) * (1.0 + 0.3 * smooth_noise(rng, shape, 90.0))
    fat = np.clip((fat_mm - depth) / 4.0 + 0.5, 0.0, 1.0)
    streaks = smooth_noise(rng, shape, 14.0) + 0.7 * smooth_noise(rng, shape, 45.0)
    fat = np.maximum(fat, np.clip((streaks - rng.uniform(0.6, 1.6)) * 2.0, 0.0, 1.0))
    muscle = rng.uniform(0.5, 0.95)
    muscle_map = muscle * (1.0 + 0.15 * smooth_noise(rng, shape, 30.0))
    suv = f[SOFT] * (fat * rng.uniform(0.15, 0.4) + (1.0 - fat) * muscle_map)
    hu = f[0] * -1000.0 + f[SOFT] * (fat * -100.0 + (1.0 - fat) * (48.0 + 15.0 * contrast))
    hu += f[anatomy.CAVITY] * -1000.0 + f[anatomy.BRONCHI] * -950.0
    brain = rng.uniform(5.0, 12.0) * (1.0 + 0.25 * smooth_noise(rng, shape, 14.0))
    suv += f[anatomy.BRAIN] * np.clip(brain, 2.0, 16.0)
    hu += f[anatomy.BRAIN] * 35.0
    liver = rng.uniform(1.5, 3.2) * (1.0 + 0.06 * smooth_noise(rng, shape, 25.0))
    suv += f[LIVER] * liver
    hu += f[LIVER] * (rng.uniform(45, 62) + 45.0 * contrast)
    vessels = np.clip(smooth_noise(rng, shape, 9.0) - 1.8, 0.0, 1.0)
    suv += f[LUNGS] * (rng.uniform(0.3, 0.65) + 0.6 * vessels)
    hu += f[LUNGS] * (rng.uniform(-880, -740) + 500.0 * vessels)
    axial = np.clip((body.source[0] - 440.0) / 60.0, 0.25, 1.0)
    marrow = _marrow(rng) * axial * (1.0 + 0.2 * smooth_noise(rng, shape, 18.0))
    suv += f[SKELETON] * marrow
    core = ndimage.uniform_filter(f[SKELETON], 3)
    hu += f[SKELETON] * (rng.uniform(450, 800) - 380.0 * np.clip(core * 1.5 - 0.5, 0.0, 1.0))
    return np.maximum(suv, 0.0).astype(np.float32), hu.astype(np.float32)


def _marrow(rng: np.random.Generator) -> float:
    return float(rng.uniform(0.8, 2.0) if rng.random() < 0.85 else rng.uniform(2.0, 3.5))


def _paint(
    body: _Body,
    suv: FloatArray,
    hu: FloatArray,
    classes: npt.NDArray[np.uint8],
    organs: list[Organ],
) -> None:
    for organ in organs:
        where = body.box(organ.centre, organ.radii)
        if where is None:
            continue
        room = np.clip(sum(body.fractions[t][where] for t in organ.tissues), 0.0, 1.0)
        outer = body.cover(organ, where) * room
        texture = 1.0 + organ.spread * smooth_noise(body.rng, outer.shape, 12.0)
        value = organ.suv * np.clip(texture, 0.2, 2.0)
        if organ.wall:
            inner = body.cover(organ, where, organ.wall)
            value = inner * organ.inside_suv + (1.0 - inner) * value
        suv[where] += outer * (value - suv[where])
        classes[where][outer > 0.5] = anatomy.class_of(organ)
        if organ.hu is not None:
            hu[where] += outer * (organ.hu - hu[where])


SITES: dict[str, tuple[tuple[float, float, float], tuple[float, float, float], tuple[int, ...]]] = {
    "lung": ((680, 88, 158), (50, 45, 60), (LUNGS,)),
    "hilum": ((682, 80, 157), (18, 18, 36), (SOFT, LUNGS)),
    "mediastinum": ((700, 78, 157), (32, 20, 22), (SOFT,)),
    "neck": ((765, 70, 157), (35, 25, 35), (SOFT,)),
    "axilla": ((712, 85, 157), (22, 25, 85), (SOFT,)),
    "liver": ((622, 78, 126), (45, 45, 50), (LIVER,)),
    "bone": ((620, 90, 157), (260, 60, 90), (SKELETON,)),
    "abdomen": ((570, 85, 160), (50, 22, 45), (SOFT,)),
    "pelvis": ((485, 75, 157), (40, 35, 55), (SOFT,)),
    "near heart": ((665, 62, 172), (28, 28, 34), (SOFT, LUNGS)),
    "near kidney": ((590, 98, 157), (34, 24, 52), (SOFT,)),
    "soft tissue": ((450, 75, 157), (430, 65, 120), (SOFT,)),
}
_SITE_ODDS = (3.0, 2.5, 3.0, 1.5, 1.0, 1.5, 2.0, 1.5, 1.0, 0.7, 0.7, 2.5)


def _pick_centre(body: _Body, site: str) -> npt.NDArray[np.intp] | None:
    centre, radii, tissues = SITES[site]
    where = body.box(centre, radii)
    if where is None:
        return None
    room = sum(body.fractions[t][where] for t in tissues) > 0.6
    d = sum(((body.source[a][where] - centre[a]) / radii[a]) ** 2 for a in range(3))
    spots = np.flatnonzero(room & (d < 1.0))
    if spots.size < 20:
        return None
    index = np.unravel_index(int(body.rng.choice(spots)), room.shape)
    return np.array([n + s.start for n, s in zip(index, where, strict=True)])


def _blob(
    body: Patient, centre: npt.NDArray[np.intp], radius_mm: float, *, clustered: bool
) -> tuple[tuple[slice, ...], FloatArray]:
    """Signed depth in mm (positive inside) of an irregular lesion, in a box around it."""
    rng = body.rng
    reach = int(np.ceil(radius_mm * (2.6 if clustered else 1.7) / SPACING_MM)) + 3
    where = tuple(
        slice(max(0, int(c) - reach), min(n, int(c) + reach + 1))
        for c, n in zip(centre, body.shape, strict=True)
    )
    axes = np.meshgrid(
        *[np.arange(s.start, s.stop, dtype=np.float32) for s in where], indexing="ij"
    )
    points = np.stack(axes) * SPACING_MM
    depth = np.full(points.shape[1:], -1e3, dtype=np.float32)
    for part in range(int(rng.integers(2, 6)) if clustered else 1):
        offset = rng.normal(0.0, radius_mm * 0.75, 3) if part else np.zeros(3)
        middle = (centre * SPACING_MM + rng.uniform(-2, 2, 3) + offset)[:, None, None, None]
        turn = np.linalg.qr(rng.standard_normal((3, 3)))[0].astype(np.float32)
        stretch = rng.uniform(0.75, 1.3, 3)
        r = radius_mm * (rng.uniform(0.45, 0.9) if clustered else 1.0)
        local = np.tensordot(turn, points - middle, axes=1) / (stretch * r)[:, None, None, None]
        depth = np.maximum(depth, ((1.0 - np.sqrt((local**2).sum(axis=0))) * r).astype(np.float32))
    if radius_mm > 6.0:
        bumps = smooth_noise(rng, depth.shape, radius_mm * 0.7)
        depth += bumps * np.float32(radius_mm * rng.uniform(0.02, 0.14))
    return where, depth


def _radius(rng: np.random.Generator, site: str) -> float:
    if site == "soft tissue" and rng.random() < 0.5:
        return float(np.exp(rng.uniform(np.log(14.0), np.log(55.0))))
    high = 34.0 if rng.random() < 0.35 else 15.0
    return float(np.exp(rng.uniform(np.log(3.5), np.log(high))))


def paint_lesion(
    body: Patient,
    suv: FloatArray,
    hu: FloatArray,
    labels: npt.NDArray[np.uint8],
    label: int,
    site: str,
    centre: npt.NDArray[np.intp],
) -> float | None:
    """Paint one lesion; returns its mean true SUV, or ``None`` if there was no room for it."""
    rng = body.rng
    radius = _radius(rng, site)
    where, depth = _blob(body, centre, radius, clustered=bool(rng.random() < 0.3))
    free = (labels[where] == 0) & (body.fractions[0][where] < 0.5)
    if site == "bone" and rng.random() < 0.7:
        free &= ndimage.binary_dilation(body.fractions[SKELETON][where] > 0.3)
    alpha = np.clip(0.5 + depth / SPACING_MM, 0.0, 1.0) * free
    if (alpha > 0.5).sum() < 1:
        return None
    core = alpha > 0.5
    around = float(np.median(suv[where][core]))
    low = max(2.0, 1.6 * around) if radius > 6 else max(4.5, 2.5 * around)
    if radius > 14 and rng.random() < 0.35:
        low = max(1.6, 1.5 * around)  # faint masses, as low-grade sarcomas are
        target = rng.uniform(low, low * 2.5)
    else:
        target = float(np.clip(np.exp(rng.normal(np.log(7.0), 0.8)), low, max(60.0, low)))
    texture = 1.0 + rng.uniform(0.05, 0.35) * smooth_noise(rng, depth.shape, max(8.0, radius * 0.5))
    value = target * np.clip(texture, 0.3, 2.0)
    if radius > 11 and rng.random() < 0.5:  # necrosis
        hole = depth - radius * rng.uniform(0.3, 0.65)
        hole += smooth_noise(rng, depth.shape, radius * 0.6) * radius * 0.25
        dead = np.clip(0.5 + hole / 6.0, 0.0, 1.0)
        value = value * (1.0 - dead * rng.uniform(0.5, 0.9))
    suv[where] += alpha * (value - suv[where])
    _lesion_hu(rng, hu, where, alpha, site)
    labels[where][core] = label
    return float(suv[where][core].mean())


def _lesion_hu(
    rng: np.random.Generator, hu: FloatArray, where: tuple[slice, ...], alpha: FloatArray, site: str
) -> None:
    value = rng.uniform(15, 65)
    if site == "bone":
        if rng.random() < 0.4:
            return
        value = rng.choice([60.0, 250.0, 700.0])
    noise = 12.0 * smooth_noise(rng, alpha.shape, 10.0)
    hu[where] += alpha * (value + noise - hu[where])


def add_noise(
    suv: FloatArray, rng: np.random.Generator, *, liver_cov: float, fwhm_mm: float
) -> FloatArray:
    """Add zero-mean correlated noise: SD = cov x 2 x (SUV / 2)^(3/4), plus a small floor."""
    sigma = fwhm_mm / FWHM_PER_SIGMA / SPACING_MM
    white = rng.standard_normal(suv.shape).astype(np.float32)
    field = ndimage.gaussian_filter(white, sigma, mode="wrap", truncate=3.0)
    field /= field.std() + 1e-9
    sd = liver_cov * 2.0 * (np.maximum(suv, 0.0) / 2.0) ** 0.75 + 0.01 * liver_cov
    out: FloatArray = suv + sd.astype(np.float32) * field
    return out


def simulate(
    fractions: FloatArray,
    rng: np.random.Generator,
    *,
    k_range: tuple[float, float] | None = None,
    max_lesions: int = 16,
) -> SimulatedStudy:
    """Make one study from tissue fractions (`anatomy.xcat_fractions` or `analytic_fractions`).

    ``k_range`` is the field of view in source voxels of 2 mm from the feet; by default one of:
    neck to kidneys, eyes to thigh, head to thigh, chest and abdomen, legs, whole body.
    """
    ranges = [(555, 770), (380, 840), (380, 880), (470, 760), (0, 520), (60, 880)]
    if k_range is None:
        pick = ranges[int(rng.choice(6, p=[0.22, 0.33, 0.12, 0.13, 0.15, 0.05]))]
        k_range = (pick[0] + rng.uniform(-15, 15), pick[1] + rng.uniform(-15, 15))
    contrast = bool(rng.random() < 0.3)
    body = _Body(fractions, k_range, rng)
    suv, hu = _tissue_maps(body, contrast=contrast)
    classes = anatomy.tissue_classes(body.fractions)
    _paint(body, suv, hu, classes, anatomy.place_organs(rng, contrast=contrast))
    labels = np.zeros(body.shape, dtype=np.uint8)
    lesion_suv: dict[int, float] = {}
    lesion_site: dict[int, str] = {}
    odds = np.array(_SITE_ODDS) / sum(_SITE_ODDS)
    wanted = 0 if rng.random() < 0.08 else int(np.ceil(max_lesions * rng.random() ** 1.5))
    for _ in range(wanted):
        site = str(rng.choice(list(SITES), p=odds))
        centre = _pick_centre(body, site)
        if centre is None:
            continue
        label = len(lesion_suv) + 1
        mean = paint_lesion(body, suv, hu, labels, label, site, centre)
        if mean is not None:
            lesion_suv[label], lesion_site[label] = mean, site
    fwhm = float(rng.uniform(5.0, 9.0))
    classes[labels > 0] = anatomy.NO_CLASS
    return replace(scan(suv, hu, labels, rng, fwhm, lesion_suv, lesion_site, fwhm), organs=classes)


def scan(
    suv: FloatArray,
    hu: FloatArray,
    labels: npt.NDArray[np.uint8],
    rng: np.random.Generator,
    blur_fwhm_mm: float,
    lesion_suv: dict[int, float],
    lesion_site: dict[int, str],
    fwhm_mm: float,
) -> SimulatedStudy:
    """Blur the true uptake, add count noise and CT noise, and fold negatives to zero."""
    blurred = ndimage.gaussian_filter(suv, blur_fwhm_mm / FWHM_PER_SIGMA / SPACING_MM, truncate=3.0)
    noisy = add_noise(
        blurred, rng, liver_cov=float(rng.uniform(0.04, 0.32)), fwhm_mm=float(rng.uniform(6.0, 9.5))
    )
    noisy_hu = hu + rng.normal(0.0, rng.uniform(3, 15), hu.shape)
    pet = np.maximum(noisy, 0.0).astype(np.float32)
    ct = np.clip(noisy_hu, -1024, 2000).astype(np.float32)
    return SimulatedStudy(pet, ct, labels, suv, lesion_suv, lesion_site, fwhm_mm)
