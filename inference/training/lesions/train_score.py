"""The run of a score recipe: make candidates, train, learn novelty, measure, write the package."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from inference.lesions import novelty
from inference.models.packages import find_model
from inference.nets.networks import build_network
from inference.training.fit import card
from inference.training.fit.data import sts_case
from inference.training.fit.fitting import Checkpoints, Progress
from inference.training.fit.recipes import load_network, load_real, make_simulator, save_weights
from inference.training.lesions import candidates, score
from inference.training.lesions.candidates import Candidate


def run_score(
    recipe: Mapping[str, Any],
    data_dir: Path,
    out_dir: Path,
    progress: Progress | None,
    max_minutes: float | None,
) -> dict[str, object]:
    """Train the score network; the weights with the best AUROCs on validation are kept."""
    begun, seed = time.monotonic(), int(recipe["seed"])
    settings = score.ScoreSettings(**recipe["fit"])

    def minutes() -> float:
        return (time.monotonic() - begun) / 60.0

    whole = max_minutes or float(recipe["minutes"])
    train, held = score_candidates(recipe, data_dir, lambda: minutes() > 0.5 * whole)
    everything = [x for found in held.values() for x in found]
    if progress:
        said = f"{len(train)} candidates of {len({x.study for x in train})} studies to train on, "
        progress(0.0, f"{said}{len(everything)} to validate on, {minutes():.1f} min")
    torch.manual_seed(seed)
    network = build_network(recipe["network"]["class"], recipe["network"]["args"])
    kept = Checkpoints(out_dir / "weights.safetensors", save_weights, progress)

    def check(average: nn.Module, step: int) -> None:
        row = {"step": float(step), "minutes": minutes()}
        areas = {group: score.area(average, found) for group, found in held.items() if found}
        known = [value for value in areas.values() if not math.isnan(value)]
        row |= {f"{group}_auroc": value for group, value in areas.items()}
        # Each group weighs as much: real patients are few, and hold little but tumours.
        row["choice"] = float(np.mean(known)) if known else math.nan
        kept.add(average, row)

    # A twentieth of the time is left for measuring and for the features' statistics.
    left = 0.95 * whole - minutes()
    score.fit_score(
        network, train, settings, seed=seed + 2, check=check, progress=progress,
        max_minutes=max(0.05, left),
    )  # fmt: skip
    (out_dir / "history.json").write_text(json.dumps(kept.history, indent=1), encoding="utf-8")
    network = load_network(recipe, out_dir / "weights.safetensors")
    known = score.learn_novelty(network, train, everything, settings, seed + 3)
    novelty.save_novelty(known, out_dir / novelty.FILE)
    return describe_score(recipe, out_dir, network, held, kept.history)


def score_candidates(
    recipe: Mapping[str, Any], data_dir: Path, late: Callable[[], bool] = lambda: False
) -> tuple[list[Candidate], dict[str, list[Candidate]]]:
    """Make the candidates to train on, and the groups to validate on, of seeds of their own.

    Studies are made, cut up and let go one after the other; no more of them once it is ``late``.
    """
    seed, most = int(recipe["seed"]), int(recipe["pieces_per_organ"])
    segmenter = None
    if recipe.get("segmenter"):
        package = find_model(str(recipe["segmenter"]))
        package.check_weights()
        segmenter = candidates.Segmenter(package)
    held: dict[str, list[Candidate]] = {"sarcoma": [], "simulated": []}
    rng = np.random.default_rng(seed + 4)
    for native in load_real(recipe, data_dir, "sts_validation"):
        held["sarcoma"] += candidates.find_candidates(
            sts_case(native, rng), segmenter, rng, most=most, vary=False
        )
    simulator = make_simulator(recipe, data_dir, seed + 1000)
    for _ in range(int(recipe["simulated_validation"])):
        held["simulated"] += candidates.find_candidates(
            simulator.case(), segmenter, rng, most=most, vary=False
        )
    rng = np.random.default_rng(seed)
    train: list[Candidate] = []
    for native in load_real(recipe, data_dir, "sts_train"):
        train += candidates.find_candidates(sts_case(native, rng), segmenter, rng, most=most)
    simulator = make_simulator(recipe, data_dir, seed + 1)
    for n in range(int(recipe["simulated_train"])):
        own = segmenter if rng.random() < float(recipe["proposal_share"]) else None
        train += candidates.find_candidates(simulator.case(), own, rng, most=most)
        # On a busy machine fewer studies are made: the rest of the time is the network's.
        if n and late():
            break
    return train, held


def describe_score(
    recipe: Mapping[str, Any],
    out_dir: Path,
    network: nn.Module,
    held: Mapping[str, Sequence[Candidate]],
    history: Sequence[Mapping[str, float]],
) -> dict[str, object]:
    """Set the temperature on validation, measure, and write the card."""
    temperature, metrics = score.measure_groups(network, held)
    known = (out_dir / novelty.FILE).read_bytes()
    card.write_card(
        recipe, out_dir, threshold=float(recipe["threshold"]), metrics=metrics,
        training={"history": list(history)},
        extra={
            **recipe.get("extra", {}), "temperature": temperature,
            f"{novelty.PART}_file": novelty.FILE,
            f"{novelty.PART}_sha256": hashlib.sha256(known).hexdigest(),
            "novelty_limit": novelty.DEFAULT_LIMIT, "novelty_method": novelty.METHOD,
        },
    )  # fmt: skip
    return metrics
