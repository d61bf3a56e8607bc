"""Training of the candidate score network: lesion or physiological uptake."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage, optimize
from torch import nn

from inference.prepare import channels_from_arrays, score_inputs
from inference.training.data import Case
from inference.training.evaluate import auroc, calibration_error, predict
from inference.training.segment import Average, Progress, device

FloatArray = npt.NDArray[np.float32]
_REACH = 50
"""Voxels around a candidate that its crops can need (half of 96, and a little)."""


@dataclass(frozen=True)
class ScoreSettings:
    """Optimisation settings (the recipe's ``[fit]``)."""

    steps: int
    batch: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    crop_simulated: float = 0.4
    real_share: float = 0.25


@dataclass(frozen=True)
class Candidates:
    """Candidate components of one study: a labelmap, and 1 (lesion) or 0 of each label."""

    case: Case
    labels: npt.NDArray[np.uint16]
    target: dict[int, int]
    hottest: dict[int, tuple[int, int, int]]


def split_uptake(pet: FloatArray, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint16]:
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


def propose(case: Case, proposal: FloatArray | None, rng: np.random.Generator) -> Candidates:
    """Candidates of a study: pieces of uptake, or components of the network's proposal.

    A piece is a lesion if at least half of it is, physiological if less than 5 % of it is and
    it does not touch a lesion; pieces in between teach nothing and are left out.
    """
    pet = case.pet_suvbw.astype(np.float32)
    if proposal is None:
        level = (
            float(rng.choice([2.0, 2.5, 3.0, 4.0]))
            if case.kind == "sts"
            else float(rng.choice([2.5, 3.0, 4.0]))
        )
        labels = split_uptake(pet, pet > level)
    elif rng.random() < 0.5:
        labels = ndimage.label(proposal > 0.5, np.ones((3, 3, 3)))[0].astype(np.uint16)
    else:
        labels = split_uptake(pet, proposal > 0.3)
    target: dict[int, int] = {}
    hottest: dict[int, tuple[int, int, int]] = {}
    truth = case.lesions > 0
    near = ndimage.binary_dilation(truth, iterations=2)
    for label, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None:
            continue
        here = labels[box] == label
        size = int(here.sum())
        if size < 3:
            continue
        share = float(truth[box][here].mean())
        if share < 0.5 and (share > 0.05 or near[box][here].mean() > 0.5):
            continue
        target[label] = int(share >= 0.5)
        values = np.where(here, pet[box], -1.0)
        at = np.unravel_index(int(values.argmax()), values.shape)
        k, j, i = (int(n) + s.start for n, s in zip(at, box, strict=True))
        hottest[label] = (k, j, i)
    return Candidates(case, labels, target, hottest)


def network_candidates(
    cases: Iterable[Case],
    network: nn.Module,
    window: tuple[int, int, int],
    rng: np.random.Generator,
) -> list[Candidates]:
    """Candidates from what the segmentation network itself proposes."""
    out = []
    for case in cases:
        channels = channels_from_arrays(case.pet_suvbw, case.ct_hu)
        out.append(propose(case, predict(network, channels, window, 0.25), rng))
    return out


def crops(
    study: Candidates, label: int, rng: np.random.Generator | None, crop_chance: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Fine and coarse input of a candidate; with a generator also augmented.

    Augmentation: a random field of view (the real crops end 5 cm from a tumour), flips of real
    patients, SUV scale within 13 %, now and then no CT.
    """
    centre = np.array(study.hottest[label])
    shape = np.array(study.labels.shape)
    low = np.maximum(0, centre - _REACH)
    high = np.minimum(shape, centre + _REACH)
    if rng is not None and rng.random() < crop_chance:
        low = np.maximum(low, centre - rng.integers(9, 40, 3))
        high = np.minimum(high, centre + rng.integers(9, 40, 3))
    where = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    pet = study.case.pet_suvbw[where].astype(np.float32)
    ct: FloatArray | None = study.case.ct_hu[where].astype(np.float32)
    labels = study.labels[where]
    if rng is not None:
        pet = pet * np.float32(rng.uniform(0.87, 1.13))
        if rng.random() < 0.08:
            ct = None
    fine, coarse = score_inputs(channels_from_arrays(pet, ct), labels, label)
    if rng is not None:
        if rng.random() < (0.5 if study.case.kind == "sts" else 0.1):
            fine, coarse = fine[..., ::-1], coarse[..., ::-1]
        shift = rng.integers(-2, 3, 3)
        fine = np.roll(fine, shift, axis=(1, 2, 3))
    return fine, coarse


def _draw(
    studies: Sequence[Candidates], wanted: int, rng: np.random.Generator
) -> tuple[Candidates, int] | None:
    for _ in range(20):
        study = studies[int(rng.integers(len(studies)))]
        labels = [n for n, t in study.target.items() if t == wanted]
        if labels:
            return study, labels[int(rng.integers(len(labels)))]
    return None


def fit_score(
    network: nn.Module,
    real: Sequence[Candidates],
    simulated: Sequence[Candidates],
    settings: ScoreSettings,
    *,
    seed: int,
    progress: Progress | None = None,
    max_minutes: float | None = None,
) -> nn.Module:
    """Train with as many lesions as physiological candidates; returns averaged weights."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    where = device()
    network = network.to(where, memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    average = Average(network, 0.99)
    start, recent = time.monotonic(), []
    for step in range(settings.steps):
        clock = (time.monotonic() - start) / 60.0
        done = max(step / settings.steps, clock / max_minutes if max_minutes else 0.0)
        if done >= 1.0:
            break
        rate = settings.learning_rate * min(1.0, (step + 1) / 30) * 0.5
        for group in optimiser.param_groups:
            group["lr"] = rate * (1.0 + math.cos(math.pi * done)) + 1e-6
        fine, coarse, target = _batch(real, simulated, settings, rng)
        network.train()
        with torch.autocast(where.type, dtype=torch.bfloat16):
            logit = network(fine.to(where), coarse.to(where))
        value = nn.functional.binary_cross_entropy_with_logits(logit.float(), target.to(where))
        optimiser.zero_grad(set_to_none=True)
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        average.update(network)
        recent.append(float(value.detach()))
        if progress and step % 25 == 24:
            progress(done, f"score step {step + 1}, loss {np.mean(recent[-25:]):.3f}")
    return average.network


def _batch(
    real: Sequence[Candidates],
    simulated: Sequence[Candidates],
    settings: ScoreSettings,
    rng: np.random.Generator,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    fine: list[FloatArray] = []
    coarse: list[FloatArray] = []
    target: list[float] = []
    while len(target) < settings.batch:
        wanted = int(rng.random() < 0.5)
        source = real if real and rng.random() < settings.real_share else simulated
        drawn = _draw(source, wanted, rng)
        if drawn is None:
            continue
        chance = 0.5 if source is real else settings.crop_simulated
        a, b = crops(*drawn, rng, chance)
        fine.append(np.ascontiguousarray(a))
        coarse.append(np.ascontiguousarray(b))
        target.append(float(wanted))
    return (
        torch.from_numpy(np.stack(fine)).contiguous(memory_format=torch.channels_last_3d),
        torch.from_numpy(np.stack(coarse)).contiguous(memory_format=torch.channels_last_3d),
        torch.tensor(target),
    )


@torch.no_grad()
def score_study(network: nn.Module, study: Candidates) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Logits and targets of a study's candidates, without augmentation."""
    network.eval()
    where = next(network.parameters()).device
    logits, targets = [], []
    for label, target in study.target.items():
        fine, coarse = crops(study, label, None)
        out = network(
            torch.from_numpy(fine)[None].to(where), torch.from_numpy(coarse)[None].to(where)
        )
        logits.append(float(out[0]))
        targets.append(target)
    return np.array(logits, np.float32), np.array(targets, np.int64)


def best_temperature(logits: FloatArray, targets: npt.NDArray[np.int64]) -> float:
    """Temperature that minimises the cross-entropy (Guo et al. 2017)."""

    def cost(log_t: float) -> float:
        z = logits.astype(np.float64) / math.exp(log_t)
        return float(np.mean(np.logaddexp(0.0, z) - targets * z))

    found = optimize.minimize_scalar(cost, bounds=(-2.0, 2.5), method="bounded")
    return float(math.exp(found.x))


def score_metrics(
    per_study: Sequence[tuple[str, FloatArray, npt.NDArray[np.int64]]], temperature: float
) -> dict[str, object]:
    """Pooled and per-patient AUROC, accuracy, sensitivity, specificity and calibration."""
    logits = np.concatenate([z for _, z, _ in per_study]) / temperature
    targets = np.concatenate([t for _, _, t in per_study])
    p = 1.0 / (1.0 + np.exp(-logits.astype(np.float64)))
    right = (p >= 0.5) == (targets == 1)
    accuracy = [float(np.mean((z >= 0) == (t == 1))) for _, z, t in per_study if len(t)]
    areas = [auroc(z, t == 1) for _, z, t in per_study if 0 < t.sum() < len(t)]
    return {
        "candidates": len(targets),
        "lesions": int(targets.sum()),
        "patients": len(accuracy),
        "auroc": auroc(p, targets == 1),
        "auroc_by_patient_mean": float(np.mean(areas)) if areas else float("nan"),
        "auroc_by_patient_sd": float(np.std(areas, ddof=1)) if len(areas) > 1 else float("nan"),
        "auroc_patients": len(areas),
        "accuracy": float(right.mean()),
        "accuracy_by_patient_mean": float(np.mean(accuracy)),
        "accuracy_by_patient_sd": float(np.std(accuracy, ddof=1)) if len(accuracy) > 1 else 0.0,
        "sensitivity": float(right[targets == 1].mean()),
        "specificity": float(right[targets == 0].mean()),
        "ece": calibration_error(p, targets == 1, 10),
    }
