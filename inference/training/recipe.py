"""Reading and running training recipes."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from app.core.errors import ModelError
from inference.networks import LesionUNet, build_network
from inference.training import evaluate, segment
from inference.training.data import NativeCase, PatchSettings, Simulator, read_sts, sts_case

Progress = segment.Progress


def read_recipe(recipe: str) -> dict[str, Any]:
    """Read a recipe by its name in ``inference/training/recipes`` or by its path.

    Raises
    ------
    ModelError
        If there is none, or it is malformed.
    """
    path = Path(recipe)
    if path.suffix != ".toml":
        folder = resources.files("inference.training") / "recipes"
        path = Path(str(folder / f"{recipe}.toml"))
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"There is no training recipe {recipe}.") from error
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"The training recipe {recipe} cannot be read: {error}.") from error


def check_split(recipe: Mapping[str, Any]) -> None:
    """Raise `ModelError` if a patient is listed twice, in one list or in both."""
    names = [*recipe.get("sts_train", ()), *recipe.get("sts_validation", ())]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise ModelError(f"Patients stand more than once in the split: {', '.join(twice)}.")


def load_real(recipe: Mapping[str, Any], data_dir: Path, key: str) -> list[NativeCase]:
    """Read the real patients of one side of the split."""
    names = recipe.get(key, [])
    if not names:
        return []
    folder = data_dir / str(recipe["sts"])
    if not folder.is_dir():
        raise ModelError(f"The recipe needs the sarcoma patients in {recipe['sts']}.")
    return [read_sts(folder, name) for name in names]


def make_simulator(recipe: Mapping[str, Any], data_dir: Path, seed: int) -> Simulator:
    """Make the recipe's source of simulated studies."""
    xcat = data_dir / str(recipe["xcat"]) if recipe.get("xcat") else None
    if xcat is not None and not xcat.is_file():
        raise ModelError(f"The recipe needs the label phantom {recipe['xcat']}.")
    return Simulator(xcat, seed, float(recipe.get("analytic_share", 0.15)))


def save_weights(network: nn.Module, path: Path) -> None:
    """Write float16 weights as safetensors."""
    state = {}
    for name, value in network.state_dict().items():
        kept = value.detach().cpu().contiguous()
        state[name] = kept.half() if kept.dtype.is_floating_point else kept
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path)


def run_segmentation(
    recipe: Mapping[str, Any],
    data_dir: Path,
    out_dir: Path,
    progress: Progress | None,
    max_minutes: float | None,
) -> dict[str, Any]:
    """Train the segmentation network; the best checkpoint on validation is kept."""
    check_split(recipe)
    seed = int(recipe["seed"])
    native = load_real(recipe, data_dir, "sts_validation")
    rng = np.random.default_rng(seed)
    real = [sts_case(c, rng) for c in load_real(recipe, data_dir, "sts_train")]
    torch.manual_seed(seed)
    network = build_network(recipe["network"]["class"], recipe["network"]["args"])
    assert isinstance(network, LesionUNet)
    patches = dict(recipe["patches"])
    settings = PatchSettings(**{**patches, "shape": tuple(patches["shape"])})
    threshold = float(recipe["threshold"])
    history: list[dict[str, float]] = []
    begun = time.monotonic()

    def check(average: nn.Module, step: int) -> None:
        scores = [
            m["dice"]
            for _, m in evaluate.validate(average, native, settings.shape, threshold=threshold)
        ]
        minutes = (time.monotonic() - begun) / 60.0
        score = float(np.mean(scores)) if scores else float(step)
        history.append({"step": step, "minutes": minutes, "dice": score})
        save_weights(average, out_dir / "last.safetensors")
        if score >= max(h["dice"] for h in history):
            save_weights(average, out_dir / "weights.safetensors")
        if progress:
            progress(0.0, f"step {step}, validation Dice {score:.4f}")

    final = segment.fit(
        network, real, make_simulator(recipe, data_dir, seed + 1), patches=settings,
        settings=segment.settings_from(recipe["fit"]), seed=seed + 2, check=check,
        progress=progress, max_minutes=max_minutes or float(recipe["minutes"]),
    )  # fmt: skip
    check(final, -1)
    return {"history": history, "best_dice": max(h["dice"] for h in history)}
