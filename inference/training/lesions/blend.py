"""Weights between two stages of a training: what the later one forgot comes back.

A stage that goes on from another stays in the same basin of the loss, so that every mean of their
weights is a network as well (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models"). The
earlier stage of the lesion network is better on real sarcomas, the later one on simulated bodies.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from inference.training.fit import evaluate, recipes
from inference.training.fit.data import NativeCase
from inference.training.fit.evaluate import FloatArray
from inference.training.fit.fitting import Progress

State = Mapping[str, torch.Tensor]


def blended(early: State, late: State, share: float) -> dict[str, torch.Tensor]:
    """Return the mean of two stages' weights; ``share`` is the later one's, 0 to 1."""
    return {
        name: ((1.0 - share) * early[name].float() + share * value.float()).to(value.dtype)
        if value.dtype.is_floating_point
        else value
        for name, value in late.items()
    }


def blend_stages(
    recipe: Mapping[str, Any], data_dir: Path, out_dir: Path, progress: Progress | None
) -> dict[str, Any]:
    """Replace the trained weights by the best mean with an earlier stage, chosen on validation.

    Of the recipe's ``[blend]`` shares and thresholds, the pair is taken that finds lesions of
    simulated bodies best (``success``: found, of all lesions and false components) among those
    that reach ``least_dice`` on real patients; where none does, the pair that is best on real
    patients. One pass with mean weights each.

    Returns
    -------
    dict
        The chosen ``share`` and ``threshold``, and what was measured of each pair.
    """
    table, kept = recipe["blend"], out_dir / "weights.safetensors"
    early, late = load_file(out_dir / table["with"] / "weights.safetensors"), load_file(kept)
    native = recipes.load_real(recipe, data_dir, "sts_validation")
    simulated = recipes.simulated_validation(recipe, data_dir)
    network = recipes.load_network(recipe, kept)
    window = recipes.window_of(recipe)
    rows: list[dict[str, float]] = []

    def answers(cases: list[NativeCase]) -> list[FloatArray]:
        return [evaluate.samples(network, case, window, 0, 0)[0] for case in cases]

    for share in table["shares"]:
        network.load_state_dict(blended(early, late, float(share)))
        real, made = answers(native), answers([case for case, _ in simulated])
        for threshold in table["thresholds"]:
            found = [
                evaluate.lesion_detection(p >= threshold, labels)
                for p, (_, labels) in zip(made, simulated, strict=True)
            ]
            hits, false = (sum(f[key] for f in found) for key in ("lesions_found",
                                                                  "false_components"))  # fmt: skip
            lesions = sum(f["lesions"] for f in found)
            rows.append(
                {
                    "share": float(share),
                    "threshold": float(threshold),
                    "dice": _mean(
                        [evaluate.dice(p >= threshold, c.truth)
                         for p, c in zip(real, native, strict=True)]
                    ),
                    "simulated_dice": _mean([f["dice"] for f in found if f["lesions"]]),
                    "lesions_found": hits,
                    "false_components": false,
                    "success": hits / (lesions + false) if lesions + false else float("nan"),
                }
            )  # fmt: skip
            if progress:
                progress(0.0, f"blend {rows[-1]}")
    best = choose(rows, float(table["least_dice"]))
    _save(recipe, blended(early, late, best["share"]), kept)
    return {"with": str(table["with"]), **best, "tried": rows}


def choose(rows: list[dict[str, float]], least_dice: float) -> dict[str, float]:
    """Return the row with most success on bodies among those good enough on real patients.

    A share of 0 is the earlier stage itself: measured for comparison, never chosen.
    """
    rows = [row for row in rows if row["share"] > 0.0]
    enough = [row for row in rows if row["dice"] >= least_dice]
    if not enough:
        return max(rows, key=lambda row: row["dice"])
    return max(enough, key=lambda row: row["success"])


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _save(recipe: Mapping[str, Any], state: State, path: Path) -> None:
    network: nn.Module = recipes.load_network(recipe, path)
    network.load_state_dict(state)
    recipes.save_weights(network, path)
