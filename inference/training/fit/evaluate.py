"""Validation of the segmentation network on real patients, on the PET's native grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage
from torch import nn

from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from inference.nets.dropout import disable_monte_carlo, enable_monte_carlo
from inference.prepare.prepare import (
    AIR_CHANNELS,
    network_grid,
    resample_smooth,
    segmentation_channels,
)
from inference.training.fit.data import NativeCase
from inference.training.fit.fitting import autocast

FloatArray = npt.NDArray[np.float32]


def _starts(size: int, window: int, overlap: float) -> list[int]:
    if size <= window:
        return [0]
    count = int(np.ceil((size - window) / (window * (1.0 - overlap)))) + 1
    return [round(n) for n in np.linspace(0, size - window, count)]


def _bump(window: Sequence[int]) -> torch.Tensor:
    """Weight of a window's voxels: highest in the middle, never zero."""
    sides = [np.exp(-0.5 * (np.linspace(-1, 1, n) / 0.35) ** 2) + 1e-3 for n in window]
    return torch.from_numpy(np.einsum("k,j,i->kji", *sides).astype(np.float32))


@torch.no_grad()
def predict(
    network: nn.Module, channels: FloatArray, window: tuple[int, int, int], overlap: float = 0.25
) -> FloatArray:
    """Probability ``[k, j, i]`` by overlapping windows; small images are padded with air."""
    where = next(network.parameters()).device
    shape = channels.shape[1:]
    full = [max(n, w) for n, w in zip(shape, window, strict=True)]
    before = [(f - n) // 2 for f, n in zip(full, shape, strict=True)]
    inner = tuple(slice(b, b + n) for b, n in zip(before, shape, strict=True))
    padded = np.empty((len(channels), *full), dtype=np.float32)
    for channel, value in enumerate(AIR_CHANNELS):
        padded[channel] = value
        padded[channel][inner] = channels[channel]
    image = torch.from_numpy(padded)[None]
    total, weight = torch.zeros(full), torch.zeros(full)
    bump = _bump(window)
    for start in product(*(_starts(f, w, overlap) for f, w in zip(full, window, strict=True))):
        box = tuple(slice(s, s + w) for s, w in zip(start, window, strict=True))
        x = image[(slice(None), slice(None), *box)]
        x = x.to(where, memory_format=torch.channels_last_3d)
        with autocast(where):
            logit = network(x)
        total[box] += torch.sigmoid(logit.float())[0, 0].cpu() * bump
        weight[box] += bump
    out: FloatArray = (total / weight).numpy()[inner]
    return out


def on_native(probability: FloatArray, grid: ImageGrid, pet: ImageGrid) -> FloatArray:
    """Bring a probability from the network's grid onto the PET's own grid (linear)."""
    return resample_smooth(Volume(grid, probability, Quantity.PROBABILITY), pet, 0.0)


def samples(
    network: nn.Module,
    case: NativeCase,
    window: tuple[int, int, int],
    count: int,
    seed: int,
    overlap: float = 0.25,
) -> FloatArray:
    """``[count, k, j, i]`` Monte Carlo probabilities on the native grid; 0: one mean pass."""
    grid = network_grid(case.pet.grid)
    channels = segmentation_channels(case.pet, case.ct, grid)
    out = []
    for n in range(max(1, count)):
        if count:
            enable_monte_carlo(network, seed + n)
        else:
            disable_monte_carlo(network)
        out.append(on_native(predict(network, channels, window, overlap), grid, case.pet.grid))
    disable_monte_carlo(network)
    return np.stack(out)


def dice(a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_]) -> float:
    """Overlap 2|A and B| / (|A| + |B|); 1 where both are empty."""
    total = int(a.sum()) + int(b.sum())
    return 2.0 * int((a & b).sum()) / total if total else 1.0


def false_volume(a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_], voxel_ml: float) -> float:
    """Volume in ml of 18-connected components of ``a`` that touch no voxel of ``b`` (autoPET)."""
    labels, count = ndimage.label(a, ndimage.generate_binary_structure(3, 2))
    touched = np.unique(labels[b & a])
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    alone = [n for n in range(1, count + 1) if n not in set(touched.tolist())]
    return float(sizes[alone].sum()) * voxel_ml if alone else 0.0


def calibration_error(p: npt.NDArray[Any], truth: npt.NDArray[np.bool_], bins: int = 15) -> float:
    """Return the expected calibration error of the foreground probability in equal bins."""
    index = np.minimum((p * bins).astype(int), bins - 1)
    count = np.bincount(index, minlength=bins)
    mean_p = np.bincount(index, weights=p, minlength=bins)
    mean_t = np.bincount(index, weights=truth, minlength=bins)
    return float(np.abs(mean_p - mean_t).sum() / count.sum())


def auroc(score: npt.NDArray[Any], positive: npt.NDArray[np.bool_]) -> float:
    """Area under the ROC curve by ranks (ties share); NaN without both classes."""
    yes, no = int(positive.sum()), int((~positive).sum())
    if not yes or not no:
        return float("nan")
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2.0
    return float((ranks[inverse][positive].sum() - yes * (yes + 1) / 2.0) / (yes * no))


def patient_metrics(
    probabilities: FloatArray, case: NativeCase, threshold: float
) -> dict[str, float]:
    """Return the quality on one patient from its Monte Carlo samples ``[n, k, j, i]``."""
    mean = probabilities.mean(axis=0)
    found, truth = mean >= threshold, case.truth
    ml = case.pet.grid.voxel_volume_ml
    p = np.clip(mean, 1e-6, 1.0 - 1e-6)
    entropy = -(p * np.log(p) + (1.0 - p) * np.log(1.0 - p))
    body = case.pet.array > 0.05
    volumes = (probabilities >= threshold).sum(axis=(1, 2, 3)) * ml
    low, high = np.quantile(volumes, [0.05, 0.95])
    true_ml = float(truth.sum()) * ml
    return {
        "dice": dice(found, truth),
        "false_positive_ml": false_volume(found, truth, ml),
        "false_negative_ml": false_volume(truth, found, ml),
        "ece": calibration_error(mean[body], truth[body]),
        "entropy_auroc": auroc(entropy[body], (found != truth)[body]),
        "mtv_ml": float(found.sum()) * ml,
        "mtv_true_ml": true_ml,
        "mtv_low_ml": float(low),
        "mtv_high_ml": float(high),
        "mtv_covered": float(low <= true_ml <= high),
    }


def validate(
    network: nn.Module,
    cases: Sequence[NativeCase],
    window: tuple[int, int, int],
    *,
    threshold: float,
    count: int = 0,
    seed: int = 0,
) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield name and metrics of each patient."""
    for case in cases:
        yield (
            case.name,
            patient_metrics(samples(network, case, window, count, seed), case, threshold),
        )


def lesion_detection(
    found: npt.NDArray[np.bool_], labels: npt.NDArray[np.uint8]
) -> dict[str, float]:
    """Count lesions that are touched, and found components (18-connected) that touch none."""
    parts, count = ndimage.label(found, ndimage.generate_binary_structure(3, 2))
    truth = labels > 0
    touched = len(np.unique(parts[truth & found]))
    lesions = np.unique(labels[truth])
    hit = len(np.unique(labels[truth & found]))
    return {
        "dice": dice(found, truth),
        "lesions": float(len(lesions)),
        "lesions_found": float(hit),
        "false_components": float(count - touched),
    }


def detect(
    network: nn.Module,
    studies: Sequence[tuple[NativeCase, npt.NDArray[np.uint8]]],
    window: tuple[int, int, int],
    threshold: float,
) -> list[dict[str, float]]:
    """Count found and false lesions in simulated studies, one pass with mean weights each."""
    return [
        lesion_detection(samples(network, case, window, 0, 0)[0] >= threshold, labels)
        for case, labels in studies
    ]
