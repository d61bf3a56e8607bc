"""Recipes of the PET image networks: denoising and super-resolution."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from app.core.kit.jobs import JobContext
from inference.engine import devices
from inference.engine.image_predict import fitted, predict_image
from inference.engine.runner import Plan
from inference.engine.sliding import settings_for
from inference.engine.torch_runner import TorchRunner
from inference.nets.networks import build_network, divisor_of
from inference.prepare import image_prepare
from inference.prepare.image_prepare import FloatArray, Prepared
from inference.training.bodies.counts import REDUCTIONS
from inference.training.fit import card, recipes
from inference.training.fit.fitting import Checkpoints, Progress
from inference.training.images.image_card import write_image_card
from inference.training.images.image_data import Pair, PairBatches, PatchSettings
from inference.training.images.image_fit import ImageFitSettings, fit
from inference.training.images.image_quality import pet_quality, psnr
from inference.training.images.pet_pairs import (
    CROP_MM,
    DenoisePairs,
    FullCount,
    FullCounts,
    SuperresPairs,
    full_count,
    level_to_remove,
    low_count,
    simulated_full,
    superres_case,
)

EVALUATED_REDUCTION = 10.0
KEEP_SHARES = (0.0, 0.05, 0.1, 0.15, 0.2)
"""Shares of the noise that may be left in, see `choose_keep`."""
LEAST_MAX_BIAS_PERCENT = -4.0
MOST_LOSS_DB = 0.2
_KEEP_PATIENTS = 16
Row = dict[str, Any]


def patch_settings(recipe: Mapping[str, Any]) -> PatchSettings:
    """Read the recipe's ``[patches]`` table."""
    patches = dict(recipe["patches"])
    return PatchSettings(**{**patches, "shape": tuple(patches["shape"])})


def answer(
    network: nn.Module,
    prepared: Prepared,
    recipe: Mapping[str, Any],
    samples: int = 0,
    keep: float = 0.0,
) -> tuple[FloatArray, FloatArray | None]:
    """Image and Monte Carlo deviation by the engine that answers in the program."""
    k, j, i = recipe.get("extra", {}).get("window_kji", recipe["patches"]["shape"])
    settings = settings_for(devices.choose_device("auto"), (int(k), int(j), int(i)))
    settings = fitted(prepared, settings, divisor_of(network))
    runner = TorchRunner(network, Plan((), settings.device, settings.mixed))
    found = predict_image(
        runner, prepared, settings, JobContext(), samples=samples, seed=int(recipe["seed"]),
        share=1.0 - keep,
    )  # fmt: skip
    return found.image, found.deviation


def load_full(recipe: Mapping[str, Any], data_dir: Path, key: str) -> list[FullCount]:
    """Read the real patients of one side of the split; or simulated ones where it lists none."""
    found = [full_count(case) for case in recipes.load_real(recipe, data_dir, key)]
    real = [x for x in found if x is not None]
    if real or key == "sts_train":
        return real
    seed = int(recipe["seed"]) + 1000
    simulator, rng = recipes.make_simulator(recipe, data_dir, seed), np.random.default_rng(seed)
    count = int(recipe.get("simulated_validation", 0))
    crop_mm = float(recipe.get("crop_mm", CROP_MM))
    return [simulated_full(simulator.study()[1], rng, crop_mm) for _ in range(count)]


def train(
    recipe: Mapping[str, Any],
    make: Callable[[np.random.Generator], Pair],
    out_dir: Path,
    measure: Callable[[nn.Module], dict[str, float]],
    progress: Progress | None,
    minutes: float,
) -> tuple[nn.Module, list[dict[str, float]]]:
    """Train a recipe's network; the weights whose ``choice`` is highest on validation are kept."""
    seed = int(recipe["seed"])
    torch.manual_seed(seed)
    network = build_network(recipe["network"]["class"], recipe["network"]["args"])
    if recipe.get("initial_weights"):
        network.load_state_dict(load_file(Path(recipe["initial_weights"])))
    settings = ImageFitSettings(**recipe["fit"])
    kept = Checkpoints(out_dir / "weights.safetensors", recipes.save_weights, progress)
    begun = time.monotonic()

    def check(average: nn.Module, step: int) -> None:
        row = {"step": float(step), "minutes": (time.monotonic() - begun) / 60.0}
        kept.add(average, {**row, **measure(average)})

    batches = PairBatches(
        make, settings.pool, settings.renew_every, settings.batch, patch_settings(recipe), seed + 2
    )
    fit(
        network, batches, settings, seed=seed + 3, check=check, progress=progress,
        max_minutes=minutes,
    )  # fmt: skip
    (out_dir / "history.json").write_text(json.dumps(kept.history, indent=1), encoding="utf-8")
    return recipes.load_network(recipe, out_dir / "weights.safetensors"), kept.history


def run_denoise(
    recipe: Mapping[str, Any],
    data_dir: Path,
    out_dir: Path,
    progress: Progress | None,
    max_minutes: float | None,
) -> dict[str, object]:
    """Train the denoising network and measure it on validation."""
    devices.use_threads()
    held = load_full(recipe, data_dir, "sts_validation")
    source = _source(recipe, data_dir)
    lows = [prepare_low(full, EVALUATED_REDUCTION, int(recipe["seed"])) for full in held]

    def measure(network: nn.Module) -> dict[str, float]:
        gains = [
            psnr(answer(network, prepared, recipe)[0], full.pet_suvbw, full.body)
            - psnr(prepared.base, full.pet_suvbw, full.body)
            for prepared, full in zip(lows, held, strict=True)
        ]
        gain = float(np.mean(gains)) if gains else 0.0
        return {"psnr_gain_db": gain, "choice": gain}

    minutes = max_minutes or float(recipe["minutes"])
    network, history = train(recipe, DenoisePairs(source), out_dir, measure, progress, minutes)
    keep = choose_keep(recipe, network, source.real)
    metrics = _denoise_metrics(recipe, network, held, keep)
    levels = [x.noise.level for x in source.real] or [x.noise.level for x in held]
    write_image_card(
        recipe, out_dir, metrics=metrics, training={"history": history},
        extra={"reference_level": float(np.mean(levels)) if levels else 0.2,
               "dose_reductions": list(REDUCTIONS), "keep_share": keep,
               **recipe.get("extra", {})},
    )  # fmt: skip
    return metrics


def prepare_low(full: FullCount, reduction: float, seed: int) -> Prepared:
    """Low-count image of a patient as the network sees it; its base is the noisy input."""
    low = low_count(full, reduction, seed)
    return image_prepare.denoise_images(low, level_to_remove(low, full, reduction))


def choose_keep(
    recipe: Mapping[str, Any], network: nn.Module, patients: Sequence[FullCount]
) -> float:
    """Choose how much of the noise to leave in, on training patients.

    The most probable image has lower peaks than a full-count one, whose peaks are noise in part.
    The least share is taken that brings the mean bias of SUVmax above `LEAST_MAX_BIAS_PERCENT`,
    and none that costs more than `MOST_LOSS_DB` of PSNR.
    """
    found: dict[float, list[dict[str, float]]] = {share: [] for share in KEEP_SHARES}
    for full in patients[:_KEEP_PATIENTS]:
        prepared = prepare_low(full, EVALUATED_REDUCTION, int(recipe["seed"]) + 1)
        plain, _ = answer(network, prepared, recipe)
        for share, rows in found.items():
            image = np.maximum(plain + np.float32(share) * (prepared.base - plain), 0.0)
            rows.append(pet_quality(image, full.pet_suvbw, full.body, full.lesion))
    chosen = 0.0
    for share, rows in found.items():
        if not rows:
            break
        loss_db = card.spread(found[0.0], "psnr_db")["mean"] - card.spread(rows, "psnr_db")["mean"]
        if loss_db > MOST_LOSS_DB:
            break
        chosen = share
        if card.spread(rows, "lesion_max_bias_percent")["mean"] >= LEAST_MAX_BIAS_PERCENT:
            break
    return chosen


def _denoise_metrics(
    recipe: Mapping[str, Any], network: nn.Module, held: Sequence[FullCount], keep: float
) -> dict[str, Any]:
    """Network and noisy input against full counts; reduction 10 in full, the others by PSNR."""
    rows: list[Row] = []
    for full in held:
        row: Row = {"patient": full.name}
        for reduction in REDUCTIONS:
            prepared = prepare_low(full, reduction, int(recipe["seed"]))
            image, _ = answer(network, prepared, recipe, keep=keep)
            image = np.maximum(image, 0.0)
            truth, body = full.pet_suvbw, full.body
            if reduction == EVALUATED_REDUCTION:
                row |= pet_quality(image, truth, body, full.lesion)
                noisy = pet_quality(prepared.base, truth, body, full.lesion)
                row |= {f"noisy_{key}": value for key, value in noisy.items()}
            gain = psnr(image, truth, body) - psnr(prepared.base, truth, body)
            row[f"psnr_gain_at_{reduction:g}_db"] = gain
        rows.append(row)
    said = "PET's native grid, inside the body, low counts simulated at dose reduction 10"
    return metrics_table(rows, f"{len(rows)} patients, {said}")


def run_superres(
    recipe: Mapping[str, Any],
    data_dir: Path,
    out_dir: Path,
    progress: Progress | None,
    max_minutes: float | None,
) -> dict[str, object]:
    """Train the super-resolution network and measure it against cubic interpolation."""
    devices.use_threads()
    held = [(x.name, *superres_case(x)) for x in load_full(recipe, data_dir, "sts_validation")]

    def measure(network: nn.Module) -> dict[str, float]:
        gains = [
            psnr(answer(network, prepared, recipe)[0], truth, body)
            - psnr(prepared.base, truth, body)
            for _, prepared, truth, body, _ in held
        ]
        gain = float(np.mean(gains)) if gains else 0.0
        return {"psnr_gain_db": gain, "choice": gain}

    minutes = max_minutes or float(recipe["minutes"])
    pairs = SuperresPairs(_source(recipe, data_dir))
    network, history = train(recipe, pairs, out_dir, measure, progress, minutes)
    rows: list[Row] = []
    for name, prepared, truth, body, lesion in held:
        image = np.maximum(answer(network, prepared, recipe)[0], 0.0)
        cubic = pet_quality(prepared.base, truth, body, lesion)
        row: Row = {"patient": name, **pet_quality(image, truth, body, lesion)}
        row |= {f"cubic_{key}": value for key, value in cubic.items()}
        row["psnr_gain_db"] = row["psnr_db"] - row["cubic_psnr_db"]
        rows.append(row)
    said = "PETs of twice their voxel size brought back to it, inside the body"
    metrics = metrics_table(rows, f"{len(rows)} patients, {said}")
    write_image_card(
        recipe, out_dir, metrics=metrics, training={"history": history},
        extra=recipe.get("extra", {}),
    )  # fmt: skip
    return metrics


def _source(recipe: Mapping[str, Any], data_dir: Path) -> FullCounts:
    share = float(recipe.get("real_share", 0.6))
    real = load_full(recipe, data_dir, "sts_train")
    simulator = None
    if share < 1.0 or not real:
        simulator = recipes.make_simulator(recipe, data_dir, int(recipe["seed"]) + 1)
    return FullCounts(
        real, simulator, share, int(recipe.get("bodies", 4)),
        crop_mm=float(recipe.get("crop_mm", CROP_MM)),
    )  # fmt: skip


def metrics_table(rows: Sequence[Row], validated_on: str) -> dict[str, Any]:
    """Mean and spread of each column, and the rows."""
    metrics: dict[str, Any] = {"validated_on": validated_on}
    for key in rows[0] if rows else ():
        if key != "patient":
            metrics[key] = card.spread(rows, key)
    if rows:
        metrics["patients"] = list(rows)
    return metrics
