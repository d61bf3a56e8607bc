"""Running training recipes: which kind a recipe is of, and what runs that kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from app.core.kit.errors import ModelError
from inference.training.fit.fitting import Progress
from inference.training.fit.recipes import check_split, read_recipe
from inference.training.images.denoise import run_denoise, run_superres
from inference.training.images.synthetic_ct import run_synthetic_ct
from inference.training.lesions.train_score import run_score
from inference.training.lesions.train_segmentation import run_segmentation

Run = Callable[[Mapping[str, Any], Path, Path, Progress | None, float | None], dict[str, object]]
KINDS: Mapping[str, Run] = {
    "segmentation": run_segmentation,
    "score": run_score,
    "denoise": run_denoise,
    "super-resolution": run_superres,
    "synthetic-ct": run_synthetic_ct,
}


def run_recipe(
    recipe: str,
    data_dir: Path,
    out_dir: Path,
    *,
    progress: Progress | None = None,
    max_minutes: float | None = None,
) -> dict[str, object]:
    """Rerun a training recipe and write the model package to ``out_dir``.

    Parameters
    ----------
    recipe
        Name of a recipe in ``inference/training/recipes`` or path of a TOML file.
    data_dir
        Folder that holds ``sts/`` and ``phantoms/``.
    out_dir
        Gets ``weights.safetensors``, ``model.toml`` and ``history.json``.
    progress
        Called with the fraction done and a sentence.
    max_minutes
        Ends the schedule earlier than the recipe does.

    Returns
    -------
    dict
        The metrics on the validation patients, as the card states them.

    Raises
    ------
    app.core.kit.errors.ModelError
        If the recipe is unknown or malformed, or its data are missing.
    """
    table = read_recipe(recipe)
    check_split(table)
    if table.get("kind") not in KINDS:
        raise ModelError(f"The training recipe {recipe} is of no known kind.")
    out_dir.mkdir(parents=True, exist_ok=True)
    return KINDS[table["kind"]](table, data_dir, out_dir, progress, max_minutes)
