"""The run of a segmentation recipe: train, keep the best weights, measure, write the package."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from app.core.kit.errors import ModelError
from inference.nets.networks import LesionUNet, build_network
from inference.training.fit import card, evaluate
from inference.training.fit.data import sts_case
from inference.training.fit.fitting import Checkpoints, Progress
from inference.training.fit.recipes import (
    check_split,
    load_network,
    load_real,
    make_simulator,
    patch_settings,
    read_recipe,
    save_weights,
    simulated_validation,
    window_of,
)
from inference.training.lesions import blend, segment


def run_segmentation(
    recipe: Mapping[str, Any],
    data_dir: Path,
    out_dir: Path,
    progress: Progress | None,
    max_minutes: float | None,
) -> dict[str, object]:
    """Train the segmentation network; the best checkpoint on validation is kept."""
    seed = int(recipe["seed"])
    native = load_real(recipe, data_dir, "sts_validation")
    rng = np.random.default_rng(seed)
    real = [sts_case(c, rng) for c in load_real(recipe, data_dir, "sts_train")]
    torch.manual_seed(seed)
    network = build_network(recipe["network"]["class"], recipe["network"]["args"])
    assert isinstance(network, LesionUNet)
    before = first_stage(recipe, data_dir, out_dir, progress)
    if before is not None:
        network.load_state_dict(load_file(before))
    settings = patch_settings(recipe)
    window = window_of(recipe)
    threshold = float(recipe["threshold"])
    kept = Checkpoints(out_dir / "weights.safetensors", save_weights, progress)
    begun = time.monotonic()
    simulated = simulated_validation(recipe, data_dir)

    def check(average: nn.Module, step: int) -> None:
        minutes = (time.monotonic() - begun) / 60.0
        row = {"step": float(step), "minutes": minutes}
        if native:
            found = evaluate.validate(average, native, window, threshold=threshold)
            row["dice"] = float(np.mean([m["dice"] for _, m in found]))
        if simulated:
            rows = evaluate.detect(average, simulated, window, threshold)
            with_lesions = [r["dice"] for r in rows if r["lesions"]]
            if with_lesions:
                row["simulated_dice"] = float(np.mean(with_lesions))
            row["lesions_found"] = sum(r["lesions_found"] for r in rows)
            row["lesions"] = sum(r["lesions"] for r in rows)
            row["false_components"] = sum(r["false_components"] for r in rows)
        # Sarcomas alone would choose weights that outline organs: their crops hold few.
        known = [row[k] for k in ("dice", "simulated_dice") if k in row]
        row["choice"] = sum(known) / len(known) if known else math.nan
        save_weights(average, out_dir / "last.safetensors")
        kept.add(average, row)

    segment.fit(
        network, real, make_simulator(recipe, data_dir, seed + 1), patches=settings,
        settings=segment.settings_from(recipe["fit"]), seed=seed + 2, check=check,
        progress=progress, max_minutes=max_minutes or float(recipe["minutes"]),
    )  # fmt: skip
    (out_dir / "history.json").write_text(json.dumps(kept.history, indent=1), encoding="utf-8")
    return finish_segmentation(recipe, data_dir, out_dir, kept.history, progress)


def finish_segmentation(
    recipe: Mapping[str, Any],
    data_dir: Path,
    out_dir: Path,
    history: Sequence[Mapping[str, float]],
    progress: Progress | None = None,
) -> dict[str, object]:
    """Blend the trained weights with an earlier stage's where the recipe says so, and measure."""
    training: dict[str, Any] = {"history": list(history)}
    if recipe.get("blend"):
        chosen = blend.blend_stages(recipe, data_dir, out_dir, progress)
        training["blend"] = chosen
        recipe = {**recipe, "threshold": chosen["threshold"]}
    return describe_segmentation(recipe, data_dir, out_dir, training)


def first_stage(
    recipe: Mapping[str, Any], data_dir: Path, out_dir: Path, progress: Progress | None
) -> Path | None:
    """Return the weights that a recipe goes on from, or ``None`` if it starts from nothing.

    They are those of the recipe that ``goes_on_from`` names, in a folder of its name beside the
    results; where they are not there yet, that recipe is run first.
    """
    name = recipe.get("goes_on_from")
    if not name:
        return None
    weights = out_dir / str(name) / "weights.safetensors"
    if not weights.is_file():
        earlier = read_recipe(str(name))
        check_split(earlier)
        if earlier.get("kind") != "segmentation":
            raise ModelError(f"The training recipe {name} is no earlier stage of this network.")
        weights.parent.mkdir(parents=True, exist_ok=True)
        run_segmentation(earlier, data_dir, weights.parent, progress, None)
    return weights


def describe_segmentation(
    recipe: Mapping[str, Any],
    data_dir: Path,
    out_dir: Path,
    training: Mapping[str, Any],
) -> dict[str, object]:
    """Measure the saved weights on validation and write the card.

    Real validation patients get Monte Carlo samples; simulated studies with seeds of their own
    one pass with mean weights.
    """
    network = load_network(recipe, out_dir / "weights.safetensors")
    window, threshold = window_of(recipe), float(recipe["threshold"])
    native = load_real(recipe, data_dir, "sts_validation")
    rows: list[dict[str, Any]] = [
        {"patient": name, **found}
        for name, found in evaluate.validate(
            network, native, window, threshold=threshold,
            count=int(recipe["samples"]), seed=int(recipe["seed"]),
        )
    ]  # fmt: skip
    simulated = evaluate.detect(network, simulated_validation(recipe, data_dir), window, threshold)
    metrics: dict[str, Any] = {}
    if rows:
        metrics["validated_on"] = f"{len(rows)} sarcoma patients, PET's native grid, whole crop"
        metrics["monte_carlo_samples"] = int(recipe["samples"])
        metrics["mtv_interval_coverage"] = float(np.mean([r["mtv_covered"] for r in rows]))
        for key in ("dice", "false_positive_ml", "false_negative_ml", "ece", "entropy_auroc"):
            metrics[key] = card.spread(rows, key)
    if simulated:
        lesions = sum(r["lesions"] for r in simulated)
        metrics["simulated"] = {
            "studies": len(simulated),
            "dice": card.spread([r for r in simulated if r["lesions"]], "dice"),
            "lesions": int(lesions),
            "lesions_found_share": sum(r["lesions_found"] for r in simulated) / max(1.0, lesions),
            "false_components_per_study": card.spread(simulated, "false_components"),
        }
    if rows:
        metrics["patients"] = rows
    card.write_card(
        recipe, out_dir, threshold=threshold, metrics=metrics, training=training,
        extra=recipe.get("extra", {}),
    )  # fmt: skip
    return metrics
