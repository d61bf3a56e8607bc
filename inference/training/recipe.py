"""Reading and running training recipes."""

from __future__ import annotations

import hashlib
import json
import math
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from app.core.kit.errors import ModelError
from inference.lesions import novelty
from inference.models.packages import find_model
from inference.nets.networks import LesionUNet, build_network
from inference.training.fit import card, evaluate
from inference.training.fit.data import NativeCase, PatchSettings, Simulator, read_sts, sts_case
from inference.training.fit.fitting import Checkpoints, Progress, device
from inference.training.lesions import candidates, score, segment
from inference.training.lesions.candidates import Candidate


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


def save_weights(network: nn.Module, path: Path) -> None:
    """Write float16 weights as safetensors."""
    state = {}
    for name, value in network.state_dict().items():
        kept = value.detach().cpu().contiguous()
        state[name] = kept.half() if kept.dtype.is_floating_point else kept
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path)


def run(
    recipe: str,
    data_dir: Path,
    out_dir: Path,
    *,
    progress: Progress | None = None,
    max_minutes: float | None = None,
) -> dict[str, object]:
    """Run a recipe; see `inference.training.run_recipe`."""
    table = read_recipe(recipe)
    check_split(table)
    out_dir.mkdir(parents=True, exist_ok=True)
    from inference.training.images import denoise, synthetic_ct

    kinds = {
        "segmentation": run_segmentation,
        "score": run_score,
        "denoise": denoise.run_denoise,
        "super-resolution": denoise.run_superres,
        "synthetic-ct": synthetic_ct.run_synthetic_ct,
    }
    if table.get("kind") not in kinds:
        raise ModelError(f"The training recipe {recipe} is of no known kind.")
    return kinds[table["kind"]](table, data_dir, out_dir, progress, max_minutes)


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
            rows = detect(average, simulated, window, threshold)
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
        from inference.training.lesions import blend  # it uses this module

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
        run(str(name), data_dir, out_dir / str(name), progress=progress)
    return weights


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


def simulated_validation(
    recipe: Mapping[str, Any], data_dir: Path
) -> list[tuple[NativeCase, npt.NDArray[np.uint8]]]:
    """Make the simulated validation studies, of a seed of their own."""
    simulator = make_simulator(recipe, data_dir, int(recipe["seed"]) + 1000)
    return [simulator.native() for _ in range(int(recipe.get("simulated_validation", 0)))]


def detect(
    network: nn.Module,
    studies: Sequence[tuple[NativeCase, npt.NDArray[np.uint8]]],
    window: tuple[int, int, int],
    threshold: float,
) -> list[dict[str, float]]:
    """Count found and false lesions in simulated studies, one pass with mean weights each."""
    return [
        evaluate.lesion_detection(
            evaluate.samples(network, case, window, 0, 0)[0] >= threshold, labels
        )
        for case, labels in studies
    ]


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
    simulated = detect(network, simulated_validation(recipe, data_dir), window, threshold)
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
