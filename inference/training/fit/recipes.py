"""Recipes: read, checked, and what they name: patients, simulated studies, networks, weights."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from app.core.kit.errors import ModelError
from inference.nets.networks import build_network
from inference.training.fit.data import NativeCase, PatchSettings, Simulator, read_sts
from inference.training.fit.fitting import device


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
    view = recipe.get("field_of_view")
    return Simulator(
        xcat,
        seed,
        float(recipe.get("analytic_share", 0.15)),
        (float(view[0]), float(view[1])) if view else None,
        float(recipe.get("phantom_share", 0.0)),
    )


def simulated_validation(
    recipe: Mapping[str, Any], data_dir: Path
) -> list[tuple[NativeCase, npt.NDArray[np.uint8]]]:
    """Make the simulated validation studies, of a seed of their own."""
    simulator = make_simulator(recipe, data_dir, int(recipe["seed"]) + 1000)
    return [simulator.native() for _ in range(int(recipe.get("simulated_validation", 0)))]


def patch_settings(recipe: Mapping[str, Any]) -> PatchSettings:
    """Read the recipe's ``[patches]`` table."""
    patches = dict(recipe["patches"])
    return PatchSettings(**{**patches, "shape": tuple(patches["shape"])})


def window_of(recipe: Mapping[str, Any]) -> tuple[int, int, int]:
    """Window for inference: the recipe's ``[extra] window_kji``, or the size of its patches."""
    k, j, i = recipe.get("extra", {}).get("window_kji", recipe["patches"]["shape"])
    return int(k), int(j), int(i)


def load_network(recipe: Mapping[str, Any], weights: Path) -> nn.Module:
    """Build a recipe's network with saved weights, ready to answer."""
    network = build_network(recipe["network"]["class"], recipe["network"]["args"])
    network.load_state_dict(load_file(weights))
    network.to(device(), memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    network.eval()
    return network


def save_weights(network: nn.Module, path: Path) -> None:
    """Write float16 weights as safetensors."""
    state = {}
    for name, value in network.state_dict().items():
        kept = value.detach().cpu().contiguous()
        state[name] = kept.half() if kept.dtype.is_floating_point else kept
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path)
