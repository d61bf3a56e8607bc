"""Candidates to train the score network on: found in a study, cut out, stored small.

What the engine scores are the outlines that `inference.lesions.instances.find_instances` makes of
the segmentation network's probability; those come first. A good network proposes little, so pieces
of uptake and the true outlines are added: they teach what an organ is wherever it is proposed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from app.core.kit.jobs import JobContext
from app.core.models.card import ModelCard
from app.core.space.grid import ImageGrid
from inference.engine.sliding import settings_for
from inference.engine.torch_runner import TorchRunner
from inference.engine.uncertainty import predict
from inference.lesions.instances import find_instances
from inference.models.packages import load_network, window_settings
from inference.prepare.body import body_box, has_uptake
from inference.prepare.prepare import (
    AIR_CHANNELS,
    COARSE_FACTOR,
    COARSE_SHAPE,
    CT_OUTSIDE_HU,
    FINE_SHAPE,
    SPACING_MM,
    channels_from_arrays,
    score_inputs,
)
from inference.tasks.find_lesions import DEFAULT_OVERLAP, DEFAULT_WINDOW_KJI
from inference.training.fit.data import HOT_SUV, Case
from inference.training.fit.fitting import device

FloatArray = npt.NDArray[np.float32]
LabelArray = npt.NDArray[np.uint16]

NETWORK, UPTAKE, OUTLINE = "network", "uptake", "outline"
SHIFT = 2
"""Voxels by which a fine crop may be moved: it is stored that much wider on each side."""
STORED = FINE_SHAPE[0] + 2 * SHIFT
REACH = COARSE_SHAPE[0] * COARSE_FACTOR // 2 + 1
LEAST_VOXELS = 3
LEAST_ORGAN_VOXELS = 30
_EIGHTEEN = ndimage.generate_binary_structure(3, 2)


@dataclass(frozen=True, eq=False)
class Candidate:
    """One candidate, cut out of its study.

    Parameters
    ----------
    study, kind
        Name and kind of the study (see `inference.training.fit.data.Case`).
    source
        ``network`` (proposed by it), ``uptake`` (a piece of it) or ``outline`` (the truth).
    organ
        Number of the lesion or hot organ that it lies in; 0 for the rest of the body.
    target
        1 for a lesion, 0 for physiological uptake.
    pet_suvbw, ct_hu, mask
        ``[STORED] * 3`` around its hottest voxel; air outside the study.
    coarse
        float16, the coarse input of `inference.prepare.prepare.score_inputs`.
    """

    study: str
    kind: str
    source: str
    organ: int
    target: int
    pet_suvbw: npt.NDArray[np.float16]
    ct_hu: npt.NDArray[np.int16]
    mask: npt.NDArray[np.bool_]
    coarse: npt.NDArray[np.float16]


class Segmenter:
    """The installed segmentation package, run as the engine runs it, without samples."""

    def __init__(self, card: ModelCard) -> None:
        self.threshold = card.threshold
        self._window, overlap = window_settings(card, DEFAULT_WINDOW_KJI, DEFAULT_OVERLAP)
        self._settings = settings_for(str(device()), self._window, overlap)
        self._runner = TorchRunner(load_network(card), self._settings.plan(card, len(AIR_CHANNELS)))
        self._temperature = float(card.extra.get("temperature", 1.0))

    def probability(self, channels: FloatArray) -> FloatArray:
        """Probability ``[k, j, i]`` of ``[4, k, j, i]`` channels; 0 where there is no uptake."""
        uptake = has_uptake(channels)
        box = body_box(uptake, self._window)
        found = predict(
            self._runner, np.ascontiguousarray(channels[(slice(None), *box)]), self._settings,
            JobContext(), outside=AIR_CHANNELS, worth=uptake[box], samples=0,
            temperature=self._temperature,
        )  # fmt: skip
        out = np.zeros(uptake.shape, dtype=np.float32)
        out[box] = found.probability
        return out


def split_uptake(pet: FloatArray, mask: npt.NDArray[np.bool_]) -> LabelArray:
    """Split a mask of uptake among its maxima: each voxel goes to the nearest of its component."""
    smooth = ndimage.gaussian_filter(pet, 1.0, truncate=2.0)
    parts, count = ndimage.label(mask, np.ones((3, 3, 3)))
    peaks = mask & (ndimage.maximum_filter(smooth, size=7) == smooth)
    markers, _ = ndimage.label(peaks, np.ones((3, 3, 3)))
    nearest = ndimage.distance_transform_edt(
        markers == 0, return_distances=False, return_indices=True
    )
    labels = np.where(mask, markers[tuple(nearest)], 0)
    # A nearer maximum of another component does not count, nor a component without any.
    owner = np.zeros(int(markers.max()) + 1, dtype=np.int64)
    owner[markers[peaks]] = parts[peaks]
    stray = mask & (owner[labels] != parts)
    first = int(markers.max()) + 1
    labels[stray] = first + parts[stray]
    if not count:
        return np.zeros(pet.shape, dtype=np.uint16)
    _, flat = np.unique(np.where(mask, labels, 0), return_inverse=True)
    # `unique` numbers the background 0, unless everything is uptake.
    return (flat.reshape(labels.shape) + int(mask.all())).astype(np.uint16)


def judge(labels: LabelArray, truth: npt.NDArray[np.bool_]) -> dict[int, int]:
    """Tell which labels are lesions (1) and which physiological uptake (0).

    A candidate is a lesion if at least half of it is, physiological if less than 5 % of it is and
    it does not touch a lesion; those in between teach nothing and are left out, as are specks.
    """
    near = ndimage.binary_dilation(truth, iterations=2)
    target = {}
    for label, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None:
            continue
        here = labels[box] == label
        if int(here.sum()) < LEAST_VOXELS:
            continue
        share = float(truth[box][here].mean())
        if share >= 0.5:
            target[label] = 1
        elif share <= 0.05 and near[box][here].mean() <= 0.5:
            target[label] = 0
    return target


def organs_of(case: Case) -> LabelArray:
    """Label what the study holds: lesions 1 to n, then connected hot organs, else 0."""
    hot = (case.pet_suvbw > HOT_SUV) & (case.lesions == 0)
    parts, count = ndimage.label(hot)
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    kept = (sizes >= LEAST_ORGAN_VOXELS) & (np.arange(count + 1) > 0)
    number = np.where(kept, np.cumsum(kept) + int(case.lesions.max()), 0)
    return np.where(case.lesions > 0, case.lesions, number[parts]).astype(np.uint16)


def labelmaps(
    case: Case, segmenter: Segmenter | None, rng: np.random.Generator, *, vary: bool
) -> Iterator[tuple[str, LabelArray]]:
    """Yield source and candidate labelmap of each way to propose something in a study.

    ``vary`` adds outlines of the network at another threshold, for more variety in training.
    """
    pet = case.pet_suvbw.astype(np.float32)
    if segmenter is not None:
        found = segmenter.probability(channels_from_arrays(pet, case.ct_hu))
        grid = ImageGrid.from_spacing(case.lesions.shape, (SPACING_MM,) * 3)
        thresholds = [segmenter.threshold]
        if vary:
            thresholds.append(float(rng.uniform(0.15, 0.7)))
        for threshold in thresholds:
            yield NETWORK, find_instances(found, pet, grid, threshold)[0]
    level = float(rng.choice([2.0, 2.5, 3.0, 4.0]))
    yield UPTAKE, split_uptake(pet, pet > level)
    whole = ndimage.label(pet > float(rng.choice([2.5, 3.0, 4.0, 5.0])), _EIGHTEEN)[0]
    yield UPTAKE, whole.astype(np.uint16)
    drawn = np.zeros(case.lesions.shape, dtype=np.uint16)
    for label, box in enumerate(ndimage.find_objects(case.lesions), start=1):
        if box is not None:
            here = case.lesions[box] == label
            core = here & (pet[box] >= rng.uniform(0.25, 0.5) * pet[box][here].max())
            drawn[box][core] = label
    yield OUTLINE, drawn


def find_candidates(
    case: Case,
    segmenter: Segmenter | None,
    rng: np.random.Generator,
    *,
    most: int,
    vary: bool = True,
) -> list[Candidate]:
    """Cut out the candidates of a study.

    Parameters
    ----------
    case
        The study.
    segmenter
        Whose proposals are all kept; ``None`` for pieces of uptake and true outlines alone.
    rng
        Draws thresholds and what is kept.
    most
        Pieces of uptake that are kept of each lesion or organ: a brain falls into dozens.
    vary
        See `labelmaps`.
    """
    pet = case.pet_suvbw.astype(np.float32)
    channels = channels_from_arrays(pet, case.ct_hu)
    organs = organs_of(case)
    truth = case.lesions > 0
    out: list[Candidate] = []
    for source, labels in labelmaps(case, segmenter, rng, vary=vary):
        groups: dict[tuple[int, int], list[tuple[int, tuple[int, int, int]]]] = {}
        boxes = ndimage.find_objects(labels)
        for label, target in judge(labels, truth).items():
            box = boxes[label - 1]
            values = np.where(labels[box] == label, channels[1][box], -1.0)
            at = np.unravel_index(int(values.argmax()), values.shape)
            k, j, i = (int(n) + s.start for n, s in zip(at, box, strict=True))
            groups.setdefault((int(organs[k, j, i]), target), []).append((label, (k, j, i)))
        for (organ, target), found in groups.items():
            picked = list(range(len(found)))
            if source == UPTAKE and len(found) > most:
                picked = sorted(int(n) for n in rng.choice(len(found), most, replace=False))
            out += [
                cut_out(case, channels, labels, source, organ, target, *found[n]) for n in picked
            ]
    return out


def cut_out(
    case: Case,
    channels: FloatArray,
    labels: LabelArray,
    source: str,
    organ: int,
    target: int,
    label: int,
    hottest: tuple[int, int, int],
) -> Candidate:
    """Return a candidate with its surroundings, cut where the engine cuts.

    ``channels`` are those of the segmentation network ``[c, k, j, i]``, ``label`` the candidate's
    in ``labels`` ``[k, j, i]``, and ``hottest`` its voxel ``k, j, i`` of greatest uptake.
    """
    # The part that its crops can reach: looking for the label in all of a study costs more.
    near = tuple(slice(max(0, n - REACH), n + REACH) for n in hottest)
    _, coarse = score_inputs(channels[(slice(None), *near)], labels[near], label)
    pet = _around(case.pet_suvbw, hottest, 0.0)
    ct = _around(case.ct_hu, hottest, CT_OUTSIDE_HU)
    mask = _around(labels, hottest, 0) == label
    return Candidate(
        case.name, case.kind, source, organ, target, pet.astype(np.float16), ct.astype(np.int16),
        mask, coarse.astype(np.float16),
    )  # fmt: skip


def _around(
    array: npt.NDArray[np.generic], centre: Sequence[int], fill: float
) -> npt.NDArray[np.generic]:
    """Cut ``[STORED] * 3`` around an index; ``fill`` outside the array."""
    out = np.full((STORED,) * 3, fill, dtype=array.dtype)
    source, target = [], []
    for middle, limit in zip(centre, array.shape, strict=True):
        start = middle - STORED // 2
        low, high = max(0, start), min(limit, start + STORED)
        source.append(slice(low, high))
        target.append(slice(low - start, high - start))
    out[tuple(target)] = array[tuple(source)]
    return out


def plain_inputs(candidate: Candidate) -> tuple[FloatArray, FloatArray]:
    """Fine and coarse input of a candidate, as the engine makes them."""
    middle = (slice(SHIFT, -SHIFT),) * 3
    fine = _fine(candidate.pet_suvbw[middle], candidate.ct_hu[middle], candidate.mask[middle])
    return fine, candidate.coarse.astype(np.float32)


def _fine(
    pet: npt.NDArray[np.floating],
    ct: npt.NDArray[np.integer] | FloatArray | None,
    mask: npt.NDArray[np.bool_],
) -> FloatArray:
    return np.concatenate([channels_from_arrays(pet, ct), mask[None].astype(np.float32)])


def varied_inputs(
    candidate: Candidate, rng: np.random.Generator, crop_chance: float
) -> tuple[FloatArray, FloatArray]:
    """Fine and coarse input of a candidate, augmented.

    A random field of view (the real crops end 5 cm from a tumour), SUV scale within 13 %, now and
    then no CT, a smoother PET or an outline that is a voxel larger or smaller; flips of real
    patients, and of few simulated ones: their organs keep their sides.
    """
    pet = candidate.pet_suvbw.astype(np.float32)
    ct = candidate.ct_hu.astype(np.float32) + np.float32(rng.normal(0.0, 8.0))
    mask, coarse = candidate.mask, candidate.coarse.astype(np.float32)
    scale = float(rng.uniform(0.87, 1.13))
    pet *= np.float32(scale)
    coarse[0] = np.minimum(coarse[0] * scale, 3.0)
    # The coarse voxels hold means of asinh(SUV) / 3: scaled as if each held one SUV.
    coarse[1] = np.arcsinh(np.sinh(coarse[1] * 3.0) * scale) / 3.0
    if rng.random() < 0.15:
        pet = ndimage.gaussian_filter(pet, rng.uniform(0.3, 0.8), truncate=2.0)
    if rng.random() < 0.25:
        mask = _other_outline(mask, rng)
    if rng.random() < crop_chance:
        before, behind = rng.integers(9, 40, 3), rng.integers(9, 40, 3)
        seen = seen_share(before, behind, STORED, 1)
        pet, mask = pet * seen, mask & (seen > 0.5)
        ct = CT_OUTSIDE_HU + (ct - CT_OUTSIDE_HU) * seen
        air = np.array((*AIR_CHANNELS, 0.0), dtype=np.float32)[:, None, None, None]
        coarse = air + (coarse - air) * seen_share(before, behind, COARSE_SHAPE[0], COARSE_FACTOR)
    missing = rng.random() < 0.08
    if missing:
        coarse[2:4] = -1.0
    k, j, i = (int(n) for n in rng.integers(0, 2 * SHIFT + 1, 3))
    where = (slice(k, k + FINE_SHAPE[0]), slice(j, j + FINE_SHAPE[1]), slice(i, i + FINE_SHAPE[2]))
    fine = _fine(pet[where], None if missing else ct[where], mask[where])
    if rng.random() < (0.5 if candidate.kind == "sts" else 0.1):
        fine, coarse = fine[..., ::-1], coarse[..., ::-1]
    return np.ascontiguousarray(fine), np.ascontiguousarray(coarse)


def _other_outline(mask: npt.NDArray[np.bool_], rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Return an outline one voxel larger or smaller; one that would vanish stays."""
    if rng.random() < 0.5:
        return np.asarray(ndimage.binary_dilation(mask), dtype=np.bool_)
    smaller = ndimage.binary_erosion(mask)
    return np.asarray(smaller if smaller.any() else mask, dtype=np.bool_)


def seen_share(
    before: npt.NDArray[np.integer], behind: npt.NDArray[np.integer], size: int, factor: int
) -> FloatArray:
    """``[size] * 3`` share of each voxel (``factor`` network voxels wide) in a field of view.

    The field reaches ``before`` and ``behind`` network voxels from the centre along each axis.
    """
    sides = []
    for low, high in zip(before, behind, strict=True):
        start = (np.arange(size) - size // 2) * factor
        inside = np.minimum(start + factor, int(high)) - np.maximum(start, -int(low))
        sides.append((np.clip(inside, 0, factor) / factor).astype(np.float32))
    return np.asarray(np.einsum("k,j,i->kji", *sides), dtype=np.float32)
