"""Writing model cards: measured numbers only."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inference.prepare.prepare import CHANNELS, COARSE_FACTOR, COARSE_SHAPE, FINE_SHAPE, SPACING_MM

NOT_FOR = (
    "Not for diagnosis, treatment decisions, dose calculation or any clinical use; not for "
    "tracers other than FDG; not for PET without attenuation correction or images not in SUVbw; "
    "not for animals or children."
)
INTENDED = "Research use only. Not for diagnosis. It proposes; a trained reader decides."
CITATIONS = (
    "Vallieres M, Freeman CR, Skamene SR, El Naqa I (2015). A radiomics model from joint FDG-PET "
    "and MRI texture features for the prediction of lung metastases in soft-tissue sarcomas of "
    "the extremities. Data: The Cancer Imaging Archive, doi 10.7937/K9/TCIA.2015.7GO2GSKS; "
    "paper: doi 10.1088/0031-9155/60/14/5471.",
    "Clark K et al. (2013). The Cancer Imaging Archive. J Digit Imaging 26:1045-1057, "
    "doi 10.1007/s10278-013-9622-7.",
    "Converted and cropped by A. Zwanenburg for the Image Biomarker Standardisation Initiative "
    "(IBSI validation set).",
)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, str)):
        return json.dumps(value, ensure_ascii=False)
    number = float(value)
    if math.isnan(number):
        return "nan"
    text = repr(round(number, 6))
    return text if any(c in text for c in ".einf") else text + ".0"


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(v, str) for v in value) and len(value) > 3:
            return "[\n" + "".join(f"  {_scalar(v)},\n" for v in value) + "]"
        return "[" + ", ".join(_value(v) for v in value) + "]"
    return _scalar(value)


def to_toml(table: Mapping[str, Any], prefix: str = "") -> str:
    """Write nested tables (str, bool, int, float, lists, lists of tables) as TOML."""
    plain, nested = [], []
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            nested.append(f"\n[{name}]\n{to_toml(value, name + '.')}")
        elif isinstance(value, (list, tuple)) and value and isinstance(value[0], Mapping):
            nested += [f"\n[[{name}]]\n{to_toml(v, name + '.')}" for v in value]
        else:
            plain.append(f"{key} = {_value(value)}\n")
    return "".join(plain + nested)


def spread(rows: Sequence[Mapping[str, Any]], key: str) -> dict[str, float]:
    """Mean, standard deviation (n - 1), least and greatest of a column, NaN left out."""
    values = [float(r[key]) for r in rows if not math.isnan(float(r[key]))]
    if not values:
        return {"mean": math.nan, "sd": math.nan}
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / max(1, len(values) - 1)
    return {"mean": mean, "sd": math.sqrt(variance), "min": min(values), "max": max(values)}


def training_table(recipe: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return the card's account of data, licences, split and recipe."""
    table: dict[str, Any] = {"recipe": recipe["id"], "seed": recipe["seed"], **extra}
    data = []
    if recipe.get("sts_train"):
        table["split_train"] = list(recipe["sts_train"])
        table["split_validation"] = list(recipe["sts_validation"])
        data.append({
            "name": "Soft-tissue sarcoma FDG PET/CT (IBSI validation set), crops around the tumour",
            "doi": "10.7937/K9/TCIA.2015.7GO2GSKS", "licence": "CC BY 3.0",
            "licence_url": "https://creativecommons.org/licenses/by/3.0/",
            "changes": "Resampled to 4 mm; weights were trained on it, no image is included.",
            "cite": list(CITATIONS),
        })  # fmt: skip
    if recipe.get("xcat"):
        data.append({
            "name": "Whole-body FDG PET/CT simulated by "
            "inference/training/bodies/simulate.py from the "
            "mesh50-XCAT label phantom (voxelised at 2 mm)",
            "licence": "MIT (label phantom)", "changes": "Organs, uptake, lesions, noise added.",
        })  # fmt: skip
    data.append({
        "name": "Bodies of ellipsoids simulated by inference/training/bodies/anatomy.py",
        "licence": "Apache-2.0",
    })  # fmt: skip
    table["data"] = data
    return table


def write_card(
    recipe: Mapping[str, Any],
    folder: Path,
    *,
    threshold: float,
    metrics: Mapping[str, Any],
    training: Mapping[str, Any],
    extra: Mapping[str, Any],
) -> None:
    """Write ``model.toml`` beside the folder's ``weights.safetensors``."""
    score = recipe["kind"] == "score"
    text = recipe["card"]
    weights = folder / "weights.safetensors"
    crops = {
        "fine_shape_kji": list(FINE_SHAPE), "coarse_shape_kji": list(COARSE_SHAPE),
        "coarse_spacing_mm": COARSE_FACTOR * SPACING_MM,
    }  # fmt: skip
    table = {
        "id": recipe["id"],
        "name": text["name"],
        "version": text["version"],
        "task": "score-candidates" if score else "find-lesions",
        "summary": text["summary"],
        "outputs": ["logit of lesion against physiological uptake, divided by temperature"]
        if score
        else ["logit of lesion per voxel"],
        "spacing_mm": SPACING_MM,
        "threshold": threshold,
        "tracers": ["FDG (fluorodeoxyglucose F-18)"],
        "memory_mib": float(text["memory_mib"]),
        "weights_file": weights.name,
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "licence": "Apache-2.0 (weights); trained on CC BY 3.0 data, cite [training]",
        "intended_use": INTENDED,
        "not_for": NOT_FOR,
        "limits": list(text["limits"]),
        "inputs": [
            {"modality": "PT", "quantity": "SUVbw", "unit": "g/ml", "required": True,
             "expected_range": [0.0, 100.0]},
            {"modality": "CT", "quantity": "HU", "unit": "HU", "required": False,
             "expected_range": [-1024.0, 3071.0]},
        ],
        "network": recipe["network"],
        "training": training_table(recipe, training),
        "metrics": metrics,
        "extra": {
            "channels": list(CHANNELS) + (["candidate_mask"] if score else []),
            "orientation": "canonical LPS: i to L, j to P, k to S",
            "normalisation": "SUV/10 in [0,3]; asinh(SUV)/3; HU/1000 in [-1,1]; "
            "(HU-40)/200 in [-1,1]; outside: SUV 0, -1000 HU; no CT: -1000 HU everywhere",
            **(crops if score else {"window_kji": list(recipe["patches"]["shape"])}),
            **extra,
        },
    }  # fmt: skip
    (folder / "model.toml").write_text(to_toml(table), encoding="utf-8")
