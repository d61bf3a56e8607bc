"""Tiny model packages for tests: real networks with weights whose answer is known."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from inference.nets.image_networks import ImageUNet
from inference.nets.networks import build_network

# Tiny networks gain nothing from threads, and on a busy machine they wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
torch.set_num_threads(1)

CARD = """
id = "{id}"
name = "A tiny model"
version = "0.1"
task = "{task}"
summary = "Weights set by hand, for tests."
outputs = ["logit"]
spacing_mm = 4.0
threshold = {threshold}
tracers = ["FDG"]
weights_file = "weights.safetensors"
weights_sha256 = "{sha256}"
licence = "Apache-2.0"
intended_use = "Tests."
not_for = "Anything else."
limits = ["Everything."]

[[inputs]]
modality = "PT"
quantity = "SUVbw"
unit = "g/ml"
expected_range = [0.0, 100.0]

[[inputs]]
modality = "CT"
quantity = "HU"
unit = "HU"
required = false

[network]
class = "{kind}"
[network.args]
{args}

[training]
data = "none"

[metrics]
none = true

[extra]
window_kji = [32, 32, 32]
temperature = 1.0
"""


def threshold_network(
    suv: float = 2.5, gain: float = 40.0, dropout: float = 0.1, features: int = 8
) -> torch.nn.Module:
    """Make a U-Net that answers sigmoid(gain x (SUV - suv) / 10) at each voxel.

    Its norms are silenced, so that only the shortcuts speak; each feature carries a copy of the
    PET channel, and dropout of some changes the answer as it does in a trained network.
    """
    network = build_network("LesionUNet", _unet_args(features, dropout))
    with torch.no_grad():
        for name, value in network.named_parameters():
            if "_norm" in name or name.startswith(("ups", "encoders.1")):
                value.zero_()
        state = dict(network.named_parameters())
        state["encoders.0.shortcut.weight"].zero_()[:, 0] = 1.0
        skip = state["decoders.0.shortcut.weight"].zero_()
        for n in range(features):
            skip[n, features + n] = 1.0
        state["heads.0.weight"].fill_(gain / features)
        state["heads.0.bias"].fill_(-gain * suv / 10.0)
    return network.eval()


def random_network(seed: int = 0, features: int = 8, dropout: float = 0.1) -> torch.nn.Module:
    """Make an untrained U-Net."""
    torch.manual_seed(seed)
    return build_network("LesionUNet", _unet_args(features, dropout)).eval()


def _unet_args(features: int, dropout: float) -> dict[str, Any]:
    return {
        "in_channels": 4,
        "features": [features, 2 * features],
        "dropout": [dropout, dropout],
    }


def write_segmentation_package(
    folder: Path,
    model_id: str = "petct-lesion",
    network: torch.nn.Module | None = None,
    *,
    features: int = 8,
    dropout: float = 0.1,
    threshold: float = 0.5,
) -> Path:
    """Write a package that outlines what is hotter than SUV 2.5 (or another network)."""
    network = network or threshold_network(features=features, dropout=dropout)
    args = _unet_args(features, dropout)
    return _write(
        folder / model_id, model_id, "find-lesions", "LesionUNet", args, network, threshold
    )


SCORE_ARGS: dict[str, Any] = {
    "in_channels": 5, "fine_features": [2, 4], "coarse_features": [2, 4],
    "hidden": 4, "dropout": 0.1,
}  # fmt: skip


def score_network() -> torch.nn.Module:
    """Make an untrained score network."""
    return build_network("CandidateScoreNet", SCORE_ARGS).eval()


def write_score_package(
    folder: Path, model_id: str = "petct-lesion-score", logit: float = 2.0
) -> Path:
    """Write a package that gives every candidate the same score, sigmoid(logit)."""
    args = SCORE_ARGS
    network = score_network()
    with torch.no_grad():
        last = dict(network.named_parameters())
        last["head.4.weight"].zero_()
        last["head.4.bias"].fill_(logit)
    return _write(
        folder / model_id, model_id, "score-candidates", "CandidateScoreNet", args, network, 0.5
    )


IMAGE_CARD = """
id = "{id}"
name = "A tiny model"
version = "0.1"
task = "{task}"
summary = "For tests."
outputs = ["correction"]
spacing_mm = 2.0
tracers = {tracers}
weights_file = "weights.safetensors"
weights_sha256 = "{sha256}"
licence = "Apache-2.0"
intended_use = "Tests."
not_for = "Anything else."
limits = ["Everything."]

[[inputs]]
modality = "{modality}"
quantity = "any"
unit = "any"
expected_range = {range}

[network]
class = "ImageUNet"
[network.args]
in_channels = {channels}
features = [4, 8]
dropout = [0.0, 0.3]
factor = {factor}

[training]
data = "none"

[metrics]
none = true

[extra]
window_kji = [64, 64, 64]
reference_level = 0.15
"""
#: Task, channels and factor of the packages that make images.
IMAGE_TASKS = {"pet-denoise": ("denoise-pet", 3, 1), "pet-superres": ("super-resolve-pet", 2, 2),
               "mr-synthetic-ct": ("synthetic-ct", 3, 1)}  # fmt: skip


def write_image_package(folder: Path, model_id: str) -> Path:
    """Write an untrained package that makes images, whose network says something of its input."""
    task, channels, factor = IMAGE_TASKS[model_id]
    folder.mkdir(parents=True)
    torch.manual_seed(3)
    network = ImageUNet(channels, [4, 8], [0.0, 0.3], factor)
    torch.nn.init.normal_(network.head.weight, std=0.05)
    weights = folder / "weights.safetensors"
    save_file({k: v.contiguous() for k, v in network.state_dict().items()}, weights)
    is_mr = task == "synthetic-ct"
    text = IMAGE_CARD.format(
        id=model_id, task=task, channels=channels, factor=factor,
        sha256=hashlib.sha256(weights.read_bytes()).hexdigest(),
        modality="MR" if is_mr else "PT", range="[0.2, 0.6]" if is_mr else "[0.0, 100.0]",
        tracers="[]" if is_mr else '["FDG"]',
    )  # fmt: skip
    (folder / "model.toml").write_text(text, encoding="utf-8")
    return folder


def _write(
    folder: Path,
    model_id: str,
    task: str,
    kind: str,
    args: dict[str, Any],
    network: torch.nn.Module,
    threshold: float,
) -> Path:
    folder.mkdir(parents=True)
    weights = folder / "weights.safetensors"
    save_file({k: v.contiguous() for k, v in network.state_dict().items()}, weights)
    text = CARD.format(
        id=model_id,
        task=task,
        threshold=threshold,
        sha256=hashlib.sha256(weights.read_bytes()).hexdigest(),
        kind=kind,
        args="\n".join(f"{k} = {v}" for k, v in args.items()),
    )
    (folder / "model.toml").write_text(text, encoding="utf-8")
    return folder
