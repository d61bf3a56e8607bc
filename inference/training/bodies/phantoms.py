"""Training studies from the program's own analytic phantom, with lesions placed at random.

The sample study comes from the same generator. Its seed is never drawn here, and its lesions are
left out: what is learnt is the look of the organs, not where the ten lesions are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from app.compute.phantom.phantom import SAMPLE_SEED, make_phantom, phantom_organs
from app.core.space.grid import ImageGrid
from inference.training.bodies import anatomy, simulate
from inference.training.bodies.anatomy import LUNGS, SKELETON, SOFT, FloatArray

_EDGE_FWHM_MM = 3.0
"""Blur of the phantom as made: it keeps edges smooth on 4 mm voxels. The scanner's comes on top."""
_ORGANS = {
    name: anatomy.ORGAN_CLASSES.index(organ)
    for name, organ in (
        ("cortex", "brain"), ("myocardium", "heart"), ("liver", "liver"), ("spleen", "spleen"),
        ("kidney", "kidney"), ("renal pelvis", "kidney"), ("bladder", "bladder"),
        ("stomach", "gut"), ("lungs", "lung"), ("vertebra", "bone"),
    )
}  # fmt: skip
"""Class of what the phantom names; all else is other tissue."""
_SITE_ODDS = (0.3, 0.15, 0.2, 0.2, 0.15)
"""Of `sites_of`, in their order."""
_DEEP_MM = 35.0
"""From the skin: the mediastinum, the hila, what lies around the spine, the pelvis."""
_LOW_MM, _HIGH_MM, _HALF_MM = -560.0, 500.0, 260.0


@dataclass(frozen=True)
class _Patient:
    """What `simulate.paint_lesion` needs of a body: its generator, grid and tissues."""

    rng: np.random.Generator
    shape: tuple[int, ...]
    fractions: FloatArray


def _tissues(hu: FloatArray) -> FloatArray:
    """``[8, k, j, i]`` fractions as `anatomy.xcat_fractions` has them, told from the CT alone."""
    body = ndimage.binary_opening(hu > -400.0, iterations=2)
    parts, count = ndimage.label(body)
    if count > 1:  # the table is not the patient
        sizes = np.bincount(parts.ravel())
        body = parts == 1 + int(np.argmax(sizes[1:]))
    filled = np.stack([ndimage.binary_fill_holes(plane) for plane in body])
    out = np.zeros((8, *hu.shape), dtype=np.float32)
    out[0] = ~filled
    out[LUNGS] = filled & (hu < -500.0)
    out[SKELETON] = filled & (hu > 180.0)
    out[SOFT] = filled & (hu >= -150.0) & (hu <= 180.0)
    return out


def sites_of(
    fractions: FloatArray, classes: npt.NDArray[np.uint8]
) -> dict[str, npt.NDArray[np.intp]]:
    """Flat indices of the voxels that a lesion's centre may lie in, by site.

    Hot organs are left out: a lesion drawn into the brain or the bladder would teach that they are.
    """
    other = (fractions[SOFT] > 0) & (classes == 0)
    depth = ndimage.distance_transform_edt(fractions[0] < 0.5) * simulate.SPACING_MM
    return {
        "deep soft tissue": np.flatnonzero(other & (depth > _DEEP_MM)),
        "liver": np.flatnonzero(classes == anatomy.ORGAN_CLASSES.index("liver")),
        "lung": np.flatnonzero(fractions[LUNGS]),
        "bone": np.flatnonzero(fractions[SKELETON]),
        "soft tissue": np.flatnonzero(other),
    }


def vary_heart(suv: FloatArray, classes: npt.NDArray[np.uint8], rng: np.random.Generator) -> None:
    """Vary the heart's uptake in place, as a whole and from wall to wall.

    The phantom's own is as hot all around, and hearts are not: a bright lateral wall alone was
    outlined in acrin-nsclc-042.
    """
    heart = classes == anatomy.ORGAN_CLASSES.index("heart")
    if not heart.any():
        return
    where = tuple(slice(int(a.min()), int(a.max()) + 1) for a in np.nonzero(heart))
    inside = heart[where]
    walls = simulate.smooth_noise(rng, inside.shape, float(rng.uniform(25.0, 60.0)))
    factor = np.exp(rng.uniform(0.0, 0.8) * walls + rng.normal(0.0, 0.4)).astype(np.float32)
    suv[where] = np.where(inside, suv[where] * np.clip(factor, 0.2, 4.0), suv[where])


def study(rng: np.random.Generator, max_lesions: int = 16) -> simulate.SimulatedStudy:
    """Make one patient of the phantom's family on a canonical 4 mm grid.

    Body, uptake and lesions vary with ``rng``; a part of the body is shown as often as all of it.
    Lesions are drawn by site: drawn by volume, hardly one would lie in the liver or a hilum.
    """
    seed = int(rng.integers(0, 2**31 - 1))
    if seed == SAMPLE_SEED:
        seed += 1
    low, high = _LOW_MM, _HIGH_MM
    if rng.random() < 0.5:  # a part: patches then meet the border of a field of view
        low = float(rng.uniform(_LOW_MM, 200.0))
        high = low + float(rng.uniform(300.0, 600.0))
    spacing = simulate.SPACING_MM
    side = round(2 * _HALF_MM / spacing)
    shape = (int((min(high, _HIGH_MM) - low) / spacing), side, side)
    origin = (-_HALF_MM + spacing / 2, -_HALF_MM + spacing / 2, low)
    grid = ImageGrid.from_spacing(shape, (spacing,) * 3, origin)
    phantom = make_phantom(
        seed, blur_fwhm_mm=_EDGE_FWHM_MM, noise=0.0, pet_grid=grid, ct_grid=grid,
        with_lesions=False,
    )  # fmt: skip
    suv = phantom.pet_suvbw.array.astype(np.float32)
    hu = phantom.ct_hu.array.astype(np.float32)
    patient = _Patient(rng, shape, _tissues(hu))
    labels: npt.NDArray[np.uint8] = np.zeros(shape, dtype=np.uint8)
    lesion_suv: dict[int, float] = {}
    lesion_site: dict[int, str] = {}
    classes = phantom_organs(seed, grid, _ORGANS)
    vary_heart(suv, classes, rng)
    room = sites_of(patient.fractions, classes)
    for _ in range(int(np.ceil(max_lesions * rng.random() ** 1.5))):
        site = str(rng.choice(list(room), p=_SITE_ODDS))
        if not room[site].size:
            continue
        centre = np.array(np.unravel_index(int(rng.choice(room[site])), shape))
        label = len(lesion_suv) + 1
        mean = simulate.paint_lesion(patient, suv, hu, labels, label, site, centre)
        if mean is not None:
            lesion_suv[label], lesion_site[label] = mean, site
    classes[labels > 0] = anatomy.NO_CLASS
    fwhm = float(rng.uniform(5.0, 9.0))
    extra = float(np.sqrt(fwhm**2 - _EDGE_FWHM_MM**2))
    scanned = simulate.scan(suv, hu, labels, rng, extra, lesion_suv, lesion_site, fwhm)
    return replace(scanned, organs=classes)
