"""Recipe of the synthetic CT: pairs of T1 MR and CT at 2 mm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from torch import nn

from app.compute.attenuation.factors import attenuation_effect, mu_map
from app.core.kit.errors import ModelError
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from inference.engine import devices
from inference.prepare import image_prepare
from inference.prepare.image_prepare import FloatArray, Prepared
from inference.prepare.prepare import network_grid, resample_smooth
from inference.training.bodies.simulate import SPACING_MM, SimulatedStudy, smooth_noise
from inference.training.fit import recipes
from inference.training.fit.data import read_nifti
from inference.training.fit.fitting import Progress
from inference.training.images.denoise import Row, answer, metrics_table, train
from inference.training.images.image_card import write_image_card
from inference.training.images.image_data import OUTSIDE_WEIGHT, Pair, make_pair
from inference.training.images.image_quality import hu_errors

BoolArray = npt.NDArray[np.bool_]

AIR_HU = -1000.0
MOST_HU = 2000.0
CONTRAST_MARGIN = 0.15
"""The stated range of MR contrasts is that of the training patients, wider by this share."""
_SIMULATED_HALF = (12, 22, 22)
#: MR signal (share of fat's) by HU: a T1 look of simulated bodies, for tests alone.
_HU_POINTS = (-1000.0, -300.0, -110.0, -60.0, -10.0, 60.0, 150.0, 400.0, 1000.0)
_MR_POINTS = (0.0, 0.05, 1.0, 0.95, 0.4, 0.35, 0.3, 0.12, 0.08)


@dataclass(frozen=True, eq=False)
class MrCase:
    """MR and CT of one patient on the network's 2 mm grid.

    ``ct_hu`` is air outside the body (no couch); ``body`` comes from the CT, within what both
    images cover; ``covered`` is all of that.
    """

    name: str
    mr: FloatArray
    ct_hu: FloatArray
    body: BoolArray
    covered: BoolArray


def mr_case(name: str, mr: Volume, ct: Volume) -> MrCase:
    """Bring a pair onto the network's grid and take the couch off the CT."""
    grid = network_grid(mr.grid, image_prepare.CT_SPACING_MM)
    hu = resample_smooth(ct, grid, AIR_HU)
    covered = np.ones(grid.shape_kji, dtype=bool)
    for image in (mr, ct):
        ones = Volume(image.grid, np.ones(image.grid.shape_kji, np.float32), Quantity.OTHER)
        covered &= resample_smooth(ones, grid, 0.0) > 0.5
    return _without_couch(name, resample_smooth(mr, grid, 0.0), hu, covered)


def _without_couch(name: str, mr: FloatArray, hu: FloatArray, covered: BoolArray) -> MrCase:
    body = image_prepare.ct_body(hu)
    # The skin's partial volume stays, the couch and clothes beyond it do not.
    near = ndimage.binary_dilation(body, iterations=1)
    clean = np.where(near, np.clip(hu, AIR_HU, MOST_HU), AIR_HU).astype(np.float32)
    return MrCase(name, mr, clean, body & covered, covered)


def read_mr_case(folder: Path, name: str) -> MrCase:
    """Read one patient of the soft-tissue sarcoma set."""
    here = folder / name
    mr = read_nifti(here / "mr_t1.nii.gz", Quantity.MR)
    return mr_case(name, mr, read_nifti(here / "ct_hu.nii.gz", Quantity.HU))


def simulated_mr_case(study: SimulatedStudy, rng: np.random.Generator) -> MrCase:
    """Make an MR look of a simulated CT at 2 mm; shows that the recipe runs, and no more."""
    zoom = SPACING_MM / image_prepare.CT_SPACING_MM
    # The middle of the body, as large as the sarcoma crops.
    where = tuple(
        slice(max(0, n // 2 - m), n // 2 + m)
        for n, m in zip(study.ct_hu.shape, _SIMULATED_HALF, strict=True)
    )
    hu = ndimage.zoom(study.ct_hu[where], zoom, order=1, grid_mode=True, mode="nearest")
    signal = np.interp(ndimage.gaussian_filter(hu, 0.7), _HU_POINTS, _MR_POINTS)
    shade = 1.0 + 0.1 * smooth_noise(rng, hu.shape, 150.0, image_prepare.CT_SPACING_MM)
    noise = rng.normal(0.0, 0.02, hu.shape)
    mr = np.maximum(signal * shade + noise, 0.0).astype(np.float32) * 900.0
    return _without_couch("simulated", mr, hu, np.ones(hu.shape, dtype=bool))


def to_pair(case: MrCase, rng: np.random.Generator) -> Pair:
    """Turn a patient into what the network sees and should answer."""
    prepared = image_prepare.ct_images(case.mr)
    inside = prepared.channels[2] > 0.5
    weight = np.where(case.body | inside, 1.0, OUTSIDE_WEIGHT) * case.covered
    return make_pair(prepared, case.ct_hu, case.body, rng, weight.astype(np.float32))


def load_cases(recipe: Mapping[str, Any], data_dir: Path, key: str) -> list[MrCase]:
    """Read the patients of one side of the split, or simulate as many as the recipe says."""
    names = recipe.get(key, [])
    if names:
        folder = data_dir / str(recipe["sts"])
        if not folder.is_dir():
            raise ModelError(f"The recipe needs the sarcoma patients in {recipe['sts']}.")
        return [read_mr_case(folder, name) for name in names]
    seed = int(recipe["seed"]) + (1000 if key == "sts_validation" else 1)
    simulator, rng = recipes.make_simulator(recipe, data_dir, seed), np.random.default_rng(seed)
    count = int(recipe.get("simulated", 1))
    return [simulated_mr_case(simulator.study()[1], rng) for _ in range(count)]


def run_synthetic_ct(
    recipe: Mapping[str, Any],
    data_dir: Path,
    out_dir: Path,
    progress: Progress | None,
    max_minutes: float | None,
) -> dict[str, object]:
    """Train the network from T1 MR to CT and measure it on validation."""
    devices.use_threads()
    rng = np.random.default_rng(int(recipe["seed"]))
    cases = load_cases(recipe, data_dir, "sts_train")
    contrast = contrast_range(cases)
    pairs = [to_pair(case, rng) for case in cases]
    held = [
        (case, image_prepare.ct_images(case.mr))
        for case in load_cases(recipe, data_dir, "sts_validation")
    ]

    def make(rng: np.random.Generator) -> Pair:
        return pairs[int(rng.integers(len(pairs)))]

    def measure(network: nn.Module) -> dict[str, float]:
        errors = [
            hu_errors(_ct(network, prepared, recipe), case.ct_hu, case.body)["mae_hu"]
            for case, prepared in held
        ]
        return {"mae_hu": float(np.mean(errors)), "choice": -float(np.mean(errors))}

    minutes = max_minutes or float(recipe["minutes"])
    network, history = train(recipe, make, out_dir, measure, progress, minutes)
    return describe_synthetic_ct(recipe, out_dir, network, held, history, contrast)


def describe_synthetic_ct(
    recipe: Mapping[str, Any],
    out_dir: Path,
    network: nn.Module,
    held: Sequence[tuple[MrCase, Prepared]],
    history: Sequence[Mapping[str, float]],
    contrast: tuple[float, float],
) -> dict[str, object]:
    """Measure the network on validation and write the card."""
    rows: list[Row] = []
    for case, prepared in held:
        image, deviation = answer(network, prepared, recipe, int(recipe["samples"]))
        row: Row = {"patient": case.name, **hu_errors(image, case.ct_hu, case.body)}
        water = np.where(prepared.channels[2] > 0.5, 0.0, AIR_HU)
        row["mae_of_water_hu"] = hu_errors(water, case.ct_hu, case.body)["mae_hu"]
        row |= attenuation_errors(image, case)
        if deviation is not None:
            row["mean_deviation_hu"] = float(deviation[case.body].mean())
        rows.append(row)
    metrics = metrics_table(rows, f"{len(rows)} patients at 2 mm, inside the CT's body")
    write_image_card(
        recipe, out_dir, metrics=metrics, training={"history": list(history)},
        extra=recipe.get("extra", {}), contrast=contrast,
    )  # fmt: skip
    return metrics


def attenuation_errors(image: FloatArray, case: MrCase) -> dict[str, float]:
    """Error of the attenuation factors at 511 keV in %, over lines through every fourth slice.

    Inside the CT's body, where HU errors are measured as well; and in the whole field that MR and
    CT share, where another pose and clothes between the two scans count as errors too.
    """
    grid = ImageGrid.from_spacing(image.shape, (image_prepare.CT_SPACING_MM,) * 3)
    out: dict[str, float] = {}
    for name, where in (("attenuation", case.body), ("attenuation_whole_field", case.covered)):
        own, real = (
            mu_map(Volume(grid, np.where(where, hu, AIR_HU).astype(np.float32), Quantity.HU))
            for hu in (image, case.ct_hu)
        )
        found = attenuation_effect(own, real, every=4)
        out[f"{name}_error_percent"] = found.mean_absolute_percent
        out[f"{name}_bias_percent"] = found.mean_percent
    return out


def _ct(network: nn.Module, prepared: Prepared, recipe: Mapping[str, Any]) -> FloatArray:
    return answer(network, prepared, recipe)[0]


def contrast_range(cases: Sequence[MrCase]) -> tuple[float, float]:
    """Range of MR contrasts that the card states, from the training patients."""
    found = [image_prepare.mr_contrast(case.mr) for case in cases]
    low, high = min(found) * (1.0 - CONTRAST_MARGIN), max(found) * (1.0 + CONTRAST_MARGIN)
    return float(low), float(min(high, 1.0))
