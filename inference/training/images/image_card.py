"""Cards of the packages that make images: measured numbers only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.prepare import image_prepare
from inference.training.fit.card import INTENDED, NOT_FOR, to_toml, training_table

NOT_FOR_IMAGES = (
    "Not for diagnosis, treatment decisions, dose calculation, attenuation correction of patients "
    "or any clinical use; not for animals or children. A derived image never replaces the original."
)
_PET_INPUT = {"modality": "PT", "quantity": "SUVbw", "unit": "g/ml", "required": True,
              "expected_range": [0.0, 100.0]}  # fmt: skip
_TASKS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "denoise": (
        "denoise-pet",
        "correction in noise SD per voxel: image = PET + SD x answer",
        image_prepare.DENOISE_CHANNELS,
    ),
    "super-resolution": (
        "super-resolve-pet",
        "correction in local means per half-size voxel: image = cubic + (mean + 0.05) x answer",
        image_prepare.SUPERRES_CHANNELS,
    ),
    "synthetic-ct": (
        "synthetic-ct",
        "HU / 1000 beyond air outside the body and water inside",
        image_prepare.CT_CHANNELS,
    ),
}


def write_image_card(
    recipe: Mapping[str, Any],
    folder: Path,
    *,
    metrics: Mapping[str, Any],
    training: Mapping[str, Any],
    extra: Mapping[str, Any],
    contrast: tuple[float, float] | None = None,
) -> None:
    """Write ``model.toml`` beside the folder's ``weights.safetensors``.

    ``contrast`` is the range of `inference.prepare.image_prepare.mr_contrast` over the training
    patients.
    """
    task, output, channels = _TASKS[recipe["kind"]]
    text, weights = recipe["card"], folder / "weights.safetensors"
    is_pet = contrast is None
    mr_input = {
        "modality": "MR", "quantity": "MR signal",
        "unit": "median inside the body / 98th percentile inside the body", "required": True,
        "expected_range": list(contrast or ()),
    }  # fmt: skip
    account = training_table(recipe, training)
    for data in account["data"]:
        if "changes" in data and "CC BY" in data["licence"]:
            data["name"] = data["name"].replace("PET/CT", "PET" if is_pet else "MR and CT")
            data["changes"] = (
                "Counts thinned or voxels doubled by simulation" if is_pet else "Resampled to 2 mm"
            ) + "; weights were trained on it, no image is included."
    table = {
        "id": recipe["id"],
        "name": text["name"],
        "version": text["version"],
        "task": task,
        "summary": text["summary"],
        "outputs": [output],
        "spacing_mm": 4.0 if is_pet else image_prepare.CT_SPACING_MM,
        "tracers": ["FDG (fluorodeoxyglucose F-18)"] if is_pet else [],
        "memory_mib": float(text["memory_mib"]),
        "weights_file": weights.name,
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "licence": "Apache-2.0 (weights); trained on CC BY 3.0 data, cite [training]",
        "intended_use": INTENDED,
        "not_for": NOT_FOR if is_pet else NOT_FOR_IMAGES,
        "limits": list(text["limits"]),
        "inputs": [_PET_INPUT if is_pet else mr_input],
        "network": recipe["network"],
        "training": account,
        "metrics": metrics,
        "extra": {
            "channels": list(channels),
            "grid": "the PET's own; spacing_mm is only a typical value"
            if is_pet
            else "canonical LPS at spacing_mm",
            "window_kji": list(recipe["patches"]["shape"]),
            **extra,
        },
    }
    (folder / "model.toml").write_text(to_toml(table), encoding="utf-8")
