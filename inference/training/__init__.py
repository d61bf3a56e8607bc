"""Training recipes of the project's own networks: ``uptake train RECIPE --data DIR --out DIR``.

Only `app.cli` and tests import it, and nothing else of `inference` does. Start at
`inference.training.recipe`, which says what runs each kind of recipe.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def run_recipe(
    recipe: str,
    data_dir: Path,
    out_dir: Path,
    *,
    progress: Callable[[float, str], None] | None = None,
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
    from inference.training.recipe import run  # torch loads here, not at program start

    return run(recipe, data_dir, out_dir, progress=progress, max_minutes=max_minutes)
