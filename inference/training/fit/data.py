"""Training studies in memory, and the patches drawn from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage

from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from inference.prepare.prepare import (
    CT_OUTSIDE_HU,
    PET_OUTSIDE_SUV,
    channels_from_arrays,
    network_grid,
    resample_smooth,
)
from inference.training.bodies import anatomy, phantoms, simulate
from inference.training.fit import fitting

FloatArray = npt.NDArray[np.float32]
HOT_SUV = 2.5
_ORGAN_TURNS = {"heart": 3}
"""Organs drawn more often than others: no uptake differs more between people than a heart's."""
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Case:
    """One study on the network's grid; ``kind`` is ``sts``, ``xcat``, ``analytic``, ``phantom``."""

    name: str
    kind: str
    pet_suvbw: npt.NDArray[np.float16]
    ct_hu: npt.NDArray[np.int16]
    lesions: npt.NDArray[np.uint8]
    lesion_spots: npt.NDArray[np.int64]
    hot_spots: npt.NDArray[np.int64]
    body_spots: npt.NDArray[np.int64]
    organs: npt.NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class NativeCase:
    """A real patient on the PET's own grid, for evaluation."""

    name: str
    pet: Volume
    ct: Volume
    truth: npt.NDArray[np.bool_]


def read_nifti(path: Path, quantity: Quantity) -> Volume:
    """Read a NIfTI file as a volume: ``[k, j, i]`` and RAS turned into LPS."""
    image: Any = nib.load(path)
    array = np.asarray(image.dataobj, dtype=np.float32).transpose(2, 1, 0)
    affine = (_RAS_TO_LPS @ image.affine)[:, [2, 1, 0, 3]]
    return Volume(ImageGrid(array.shape, affine), array, quantity, description=path.name)


def read_sts(folder: Path, name: str) -> NativeCase:
    """Read one patient of the soft-tissue sarcoma set."""
    here = folder / name
    pet = read_nifti(here / "pet_suvbw.nii.gz", Quantity.SUV_BW)
    ct = read_nifti(here / "ct_hu.nii.gz", Quantity.HU)
    truth = read_nifti(here / "gtv_on_pet.nii.gz", Quantity.LABEL)
    return NativeCase(name, pet, ct, truth.array > 0.5)


def _spots(
    mask: npt.NDArray[np.bool_], rng: np.random.Generator, most: int
) -> npt.NDArray[np.int64]:
    found = np.flatnonzero(mask)
    if found.size > most:
        found = rng.choice(found, most, replace=False)
    return np.stack(np.unravel_index(found, mask.shape), axis=1).astype(np.int64)


def _hot_spots(
    hot: npt.NDArray[np.bool_],
    rng: np.random.Generator,
    organs: npt.NDArray[np.uint8] | None = None,
) -> npt.NDArray[np.int64]:
    """Draw spots of uptake, each organ about as often: else most would lie in the brain.

    Hearts are drawn more often (`_ORGAN_TURNS`). Where organs are not known, connected uptake
    stands for them. Of many small parts (joints, marrow) each would be drawn as often as the whole
    brain, which was then seen too rarely.
    """
    found, other = [], hot
    if organs is not None:
        named = list(range(1, len(anatomy.ORGAN_CLASSES)))
        found = [
            _spots(hot & (organs == n), rng, 150 * _ORGAN_TURNS.get(anatomy.ORGAN_CLASSES[n], 1))
            for n in named
        ]
        other = hot & ~np.isin(organs, named)
    parts, count = ndimage.label(other)
    sizes = np.bincount(parts.ravel(), minlength=count + 1)[1:]
    large = np.argsort(sizes)[::-1][:60]
    rest = [_spots(parts == int(n) + 1, rng, 60) for n in large if sizes[n] >= 8]
    if rest and organs is not None:
        rest = [rng.permutation(np.concatenate(rest))[:300]]
    found += rest
    return np.concatenate(found) if found else np.zeros((0, 3), np.int64)


def make_case(
    name: str,
    kind: str,
    pet: FloatArray,
    ct: FloatArray,
    lesions: npt.NDArray[np.uint8],
    rng: np.random.Generator,
    organs: npt.NDArray[np.uint8] | None = None,
) -> Case:
    """Store a study compactly with the places that patches are centred on."""
    hot = (pet > HOT_SUV) & (lesions == 0)
    hot &= ~ndimage.binary_dilation(lesions > 0, iterations=2)
    # As many spots from each lesion, so that small ones are seen as often as large ones.
    per = [_spots(lesions == n, rng, 60) for n in range(1, int(lesions.max()) + 1)]
    spots = np.concatenate(per) if per else np.zeros((0, 3), np.int64)
    return Case(
        name, kind, pet.astype(np.float16), np.round(ct).astype(np.int16), lesions, spots,
        _hot_spots(hot, rng, organs), _spots(ct > -400, rng, 2000), organs,
    )  # fmt: skip


def sts_case(native: NativeCase, rng: np.random.Generator) -> Case:
    """Bring a real patient onto the network's grid."""
    grid = network_grid(native.pet.grid)
    pet = resample_smooth(native.pet, grid, PET_OUTSIDE_SUV)
    ct = resample_smooth(native.ct, grid, CT_OUTSIDE_HU)
    truth = Volume(native.pet.grid, native.truth.astype(np.float32), Quantity.LABEL)
    mask = (resample_smooth(truth, grid, 0.0) > 0.5).astype(np.uint8)
    return make_case(native.name, "sts", pet, ct, mask, rng)


class Simulator:
    """Draws simulated cases one after the other from one seed."""

    def __init__(
        self,
        xcat: Path | None,
        seed: int,
        analytic_share: float,
        field_of_view: tuple[float, float] | None = None,
        phantom_share: float = 0.0,
    ) -> None:
        self.phantom_share = phantom_share
        self.field_of_view = field_of_view
        self.seed = seed
        self._rng: np.random.Generator | None = None
        self.analytic_share = analytic_share if xcat else 1.0
        self.fractions = (
            [anatomy.xcat_fractions(xcat, arms=arms) for arms in (False, True)] if xcat else []
        )
        self.count = 0

    @property
    def rng(self) -> np.random.Generator:
        """The generator, made where it is first drawn from: each worker has a stream of its own."""
        if self._rng is None:
            self._rng = fitting.own_stream(np.random.default_rng(self.seed))
        return self._rng

    def study(self, max_lesions: int = 16) -> tuple[str, simulate.SimulatedStudy]:
        """Kind and study of the next patient."""
        if self.rng.random() < self.phantom_share:
            return "phantom", phantoms.study(self.rng, max_lesions)
        if self.rng.random() < self.analytic_share:
            kind, fractions = "analytic", anatomy.analytic_fractions(self.rng)
        else:
            kind, fractions = "xcat", self.fractions[int(self.rng.random() < 0.3)]
        return kind, simulate.simulate(
            fractions, self.rng, k_range=self.field_of_view, max_lesions=max_lesions
        )

    def native(self) -> tuple[NativeCase, npt.NDArray[np.uint8]]:
        """Make the next patient as volumes, with its lesion labelmap (for evaluation)."""
        kind, study = self.study()
        self.count += 1
        grid = ImageGrid.from_spacing(study.lesions.shape, (simulate.SPACING_MM,) * 3)
        case = NativeCase(
            f"{kind}-{self.count:05d}",
            Volume(grid, study.pet_suvbw, Quantity.SUV_BW),
            Volume(grid, study.ct_hu, Quantity.HU),
            study.lesions > 0,
        )
        return case, study.lesions

    def case(self) -> Case:
        """Make the next patient."""
        kind, study = self.study()
        self.count += 1
        name = f"{kind}-{self.count:05d}"
        return make_case(
            name, kind, study.pet_suvbw, study.ct_hu, study.lesions, self.rng, study.organs
        )


@dataclass(frozen=True)
class PatchSettings:
    """Patch size and augmentation strengths (see the recipe's ``[patches]``)."""

    shape: tuple[int, int, int] = (64, 64, 96)
    suv_scale: float = 0.13
    ct_missing: float = 0.08
    crop_simulated: float = 0.35
    physiology_weight: float = 1.0
    """Weight of simulated physiological uptake. Below 1 the network learns to propose it and
    leaves it to the score network; at 0.15 and 0.5 it outlined brain, liver and kidneys."""
    lesion_share: float = 0.45
    """Share of simulated patches centred on a lesion; most others on physiological uptake."""


@dataclass(frozen=True)
class Patch:
    """One training sample: channels ``[4, k, j, i]``, mask and voxel weight ``[k, j, i]``.

    ``classes`` holds 0 for lesion, 1 and on for `anatomy.ORGAN_CLASSES`, or `anatomy.NO_CLASS`.
    """

    channels: FloatArray
    mask: FloatArray
    weight: FloatArray
    classes: npt.NDArray[np.uint8]
    simulated: bool


def _centre(case: Case, settings: PatchSettings, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    draw = rng.random()
    share = 0.8 if case.kind == "sts" else settings.lesion_share
    if draw < share and len(case.lesion_spots):
        spots = case.lesion_spots
    elif draw < 0.9 and len(case.hot_spots):
        spots = case.hot_spots
    else:
        spots = case.body_spots
    if not len(spots):
        return np.array(case.lesions.shape) // 2
    picked: npt.NDArray[np.int64] = spots[int(rng.integers(len(spots)))]
    return picked


def _sampling_grid(
    case: Case,
    centre: npt.NDArray[np.int64],
    settings: PatchSettings,
    rng: np.random.Generator,
    *,
    augment: bool,
) -> npt.NDArray[np.float32]:
    """``[k, j, i, 3]`` source index of each patch voxel: turn, scale, bend, flip."""
    shape = np.array(settings.shape)
    if not augment:
        matrix = np.eye(3)
    else:
        angles = rng.normal(0.0, [0.06, 0.06, 0.12])
        (ck, cj, ci), (sk, sj, si) = np.cos(angles[::-1]), np.sin(angles[::-1])
        turn = np.array([[1, 0, 0], [0, ck, -sk], [0, sk, ck]])
        turn = turn @ np.array([[cj, 0, sj], [0, 1, 0], [-sj, 0, cj]])
        turn = turn @ np.array([[ci, -si, 0], [si, ci, 0], [0, 0, 1]])
        scale = np.exp(rng.normal(0.0, 0.10)) * np.exp(rng.normal(0.0, 0.04, 3))
        matrix = turn * scale
        if rng.random() < (0.5 if case.kind == "sts" else 0.12):
            matrix[:, 2] *= -1.0  # left and right; organs keep their sides mostly
    room = np.minimum(shape * 0.3, np.maximum(0.0, shape / 2 - 4))
    shift = rng.uniform(-room, room)
    axes = [np.arange(n, dtype=np.float32) - (n - 1) / 2 for n in settings.shape]
    local = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1) + shift.astype(np.float32)
    points = (local @ matrix.T.astype(np.float32) + centre.astype(np.float32)).astype(np.float32)
    if augment and rng.random() < (0.6 if case.kind == "sts" else 0.2):
        amount = rng.uniform(0.5, 2.0)
        for axis in range(3):
            points[..., axis] += amount * simulate.smooth_noise(rng, settings.shape, 60.0)
    return points


def _sample(
    case: Case, points: npt.NDArray[np.float32], bounds: npt.NDArray[np.int64]
) -> FloatArray:
    """PET, CT + 1000 and mask ``[3, k, j, i]`` at the points, zero outside the bounds."""
    low = np.maximum(bounds[0], np.floor(points.min(axis=(0, 1, 2))).astype(int) - 1)
    high = np.minimum(bounds[1], np.ceil(points.max(axis=(0, 1, 2))).astype(int) + 2)
    high = np.maximum(high, low + 2)
    where = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    block = np.stack(
        [
            case.pet_suvbw[where].astype(np.float32),
            case.ct_hu[where].astype(np.float32) - np.float32(CT_OUTSIDE_HU),
            (case.lesions[where] > 0).astype(np.float32),
        ]
    )
    size = np.array(block.shape[1:], dtype=np.float32)
    norm = ((points - low.astype(np.float32)) * 2.0 + 1.0) / size - 1.0
    out = torch.nn.functional.grid_sample(
        torch.from_numpy(block)[None],
        torch.from_numpy(np.ascontiguousarray(norm[..., ::-1], dtype=np.float32))[None],
        align_corners=False,
        padding_mode="zeros",
    )
    sampled: FloatArray = out[0].numpy()
    return sampled


def _classes(
    case: Case,
    points: npt.NDArray[np.float32],
    bounds: npt.NDArray[np.int64],
    lesion: npt.NDArray[np.bool_],
) -> npt.NDArray[np.uint8]:
    """Class at each point: 0 lesion, 1 and on `anatomy.ORGAN_CLASSES`, or `anatomy.NO_CLASS`."""
    if case.organs is None:
        return np.full(lesion.shape, anatomy.NO_CLASS, dtype=np.uint8)
    at = np.rint(points).astype(np.int32)
    inside = np.all((at >= bounds[0]) & (at < bounds[1]), axis=-1)
    k, j, i = np.moveaxis(np.clip(at, 0, np.array(case.organs.shape) - 1), -1, 0)
    organs = np.where(inside, case.organs[k, j, i], 0)
    out = np.where(organs == anatomy.NO_CLASS, anatomy.NO_CLASS, organs + 1)
    out[lesion] = 0
    return out.astype(np.uint8)


def _bounds(
    case: Case,
    centre: npt.NDArray[np.int64],
    settings: PatchSettings,
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Choose what of the study the patch may see: real and simulated crops are cut further.

    The real crops end 5 cm from every tumour; without this their borders would tell where it is.
    What a simulated patch sees lies around its own centre: around another, it would be empty.
    """
    shape = np.array(case.lesions.shape)
    low, high = np.zeros(3, np.int64), shape.astype(np.int64)
    if case.kind == "sts" and rng.random() < 0.6:
        low += (rng.uniform(0.0, 0.25, 3) * shape).astype(np.int64)
        high -= (rng.uniform(0.0, 0.25, 3) * shape).astype(np.int64)
    elif case.kind != "sts" and rng.random() < settings.crop_simulated:
        low = np.maximum(low, centre - rng.integers(10, 40, 3))
        high = np.minimum(high, centre + rng.integers(10, 40, 3))
    return np.stack([low, high])


def draw_patch(
    case: Case, settings: PatchSettings, rng: np.random.Generator, *, augment: bool = True
) -> Patch:
    """One sample. Augmentation keeps images quantitative: SUV moves by ``suv_scale`` at most."""
    centre = _centre(case, settings, rng)
    bounds = np.array([(0, 0, 0), case.lesions.shape])
    if augment:
        bounds = _bounds(case, centre, settings, rng)
    points = _sampling_grid(case, centre, settings, rng, augment=augment)
    pet, ct, mask = _sample(case, points, bounds)
    ct = ct + np.float32(CT_OUTSIDE_HU)
    if augment:
        pet = pet * np.float32(rng.uniform(1.0 - settings.suv_scale, 1.0 + settings.suv_scale))
        if rng.random() < 0.2:
            pet = ndimage.gaussian_filter(pet, rng.uniform(0.3, 0.8), truncate=2.0)
        if rng.random() < 0.25:
            cov = float(rng.uniform(0.02, 0.15))
            pet = simulate.add_noise(pet, rng, liver_cov=cov, fwhm_mm=7.0)
        ct = ct + np.float32(rng.normal(0.0, 8.0))
    missing = augment and rng.random() < settings.ct_missing
    channels = channels_from_arrays(pet, None if missing else ct)
    lesion = mask > 0.5
    weight = np.ones(lesion.shape, dtype=np.float32)
    if case.kind != "sts":
        hot = (pet > HOT_SUV) & ~ndimage.binary_dilation(lesion, iterations=2)
        weight[hot] = settings.physiology_weight
    classes = _classes(case, points, bounds, lesion)
    return Patch(channels, lesion.astype(np.float32), weight, classes, case.kind != "sts")
