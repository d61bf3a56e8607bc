"""Our PET denoising against Gaussian, non-local means and BM4D, each at its best setting.

    python benchmarks/denoise_pet.py [--models FOLDER] [--data DIR] [--patients N] [--reduction R]
                                     [--simulated] [--whole-body]

The low-count images are those of the recipe's own evaluation
(`inference.training.images.pet_pairs`, same seed): all methods see the same voxels. The best
setting of a peer is the one whose mean PSNR over all these patients is highest, which favours the
peers: ours has one setting. Non-local means (scikit-image) and BM4D expect stationary white or
coloured Gaussian noise, so both work on the square root of the SUV, where Poisson noise is
stationary; BM4D also gets the noise's measured correlation as a power spectrum. `bm4d` is free for
non-commercial use only: it is neither a dependency nor needed, and is left out of the table where
it is not installed.

``--simulated`` takes simulated bodies (another seed than training) in the place of patients, and
adds each method's PSNR against the noise-free image, which no patient has.

The last lines say how much of our error the best peer makes too: what two methods that share
nothing both miss is hardly in the low-count image.

``--whole-body`` prints the time for 200 x 200 x 300 voxels, without samples, and the ratio to BM4D.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import ndimage

from app.core.kit.jobs import JobContext
from app.core.models.card import ModelCard
from inference.engine import devices
from inference.engine.choose_runner import choose_runner
from inference.engine.image_predict import fitted, predict_image
from inference.engine.sliding import settings_for
from inference.models import packages
from inference.nets.networks import divisor_of
from inference.prepare import image_prepare
from inference.prepare.noise import FWHM_PER_SIGMA, NoiseEstimate
from inference.training.fit import card as cards
from inference.training.fit import recipes
from inference.training.fit.data import read_sts
from inference.training.images.image_quality import pet_quality, psnr
from inference.training.images.pet_pairs import (
    FullCount,
    full_count,
    level_to_remove,
    low_count,
    simulated_pair,
)

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
LEAST_BODY = 5000
"""Voxels of a body that a simulated part must hold."""
Method = Callable[[np.ndarray, FullCount, float], np.ndarray]
Row = dict[str, float]
SHOWN = (
    "psnr_db",
    "clean_psnr_db",
    "ssim",
    "nrmse",
    "lesion_mean_bias_percent",
    "lesion_max_bias_percent",
)


def gaussian(sigma_mm: float) -> Method:
    """Smooth by a Gaussian of so many mm."""

    def run(low: np.ndarray, full: FullCount, _: float) -> np.ndarray:
        return ndimage.gaussian_filter(low, [sigma_mm / s for s in full.spacing_kji_mm])

    return run


def root_sd(level: float) -> float:
    """Noise SD of the square root of an SUV whose noise has this level (delta method)."""
    return level / 2.0


def non_local_means(strength: float) -> Method:
    """Average like patches; ``strength`` is h in noise standard deviations."""
    from skimage.restoration import denoise_nl_means

    def run(low: np.ndarray, _full: FullCount, level: float) -> np.ndarray:
        sd = root_sd(level)
        found = denoise_nl_means(
            np.sqrt(low), patch_size=3, patch_distance=4, h=strength * sd, sigma=sd, fast_mode=True
        )
        return from_root(found, sd)

    return run


def from_root(root: np.ndarray, sd: float) -> np.ndarray:
    """Back from the square root: the mean of a square is the square of the mean plus variance."""
    return np.maximum(root, 0.0) ** 2 + np.float32(sd**2)


def bm4d_of(strength: float) -> Method:
    """Collaborative filtering; ``strength`` scales the noise that it is told."""
    if not hasattr(np, "trapz"):
        np.trapz = np.trapezoid  # bm4d 4.2.5 uses the name that numpy 2.4 took away
    import bm4d

    def run(low: np.ndarray, full: FullCount, level: float) -> np.ndarray:
        sd = root_sd(level)
        spectrum = power_spectrum(low.shape, full.noise, full.spacing_kji_mm) * (strength * sd) ** 2
        found = bm4d.bm4d(np.sqrt(low).astype(np.float64), spectrum)
        return from_root(np.asarray(found, dtype=np.float32), sd)

    return run


def power_spectrum(
    shape: tuple[int, ...], noise: NoiseEstimate, spacing_kji_mm: tuple[float, float, float]
) -> np.ndarray:
    """Power spectrum of unit-variance noise with the measured correlation, as BM4D wants it.

    It is the variance of each Fourier coefficient: its mean is the number of voxels.
    """
    total = np.ones(shape)
    for axis, (n, width, step) in enumerate(
        zip(shape, noise.fwhm_kji_mm, spacing_kji_mm, strict=True)
    ):
        sigma = width / FWHM_PER_SIGMA / step
        line = np.exp(-((2.0 * np.pi * np.fft.fftfreq(n) * sigma) ** 2))
        total = total * line.reshape([-1 if m == axis else 1 for m in range(3)])
    return total / total.mean() * total.size


def ours(model: ModelCard) -> Method:
    """Denoise with a package as the program does."""
    network = packages.load_network(model)
    k, j, i = (int(n) for n in model.extra["window_kji"])
    settings = settings_for(devices.choose_device("auto"), (k, j, i))

    def run(low: np.ndarray, _: FullCount, level: float) -> np.ndarray:
        prepared = image_prepare.denoise_images(low, level)
        share = 1.0 - float(model.extra.get("keep_share", 0.0))
        fit = fitted(prepared, settings, divisor_of(network))
        runner = choose_runner(network, fit.plan(model, len(prepared.channels)))
        found = predict_image(runner, prepared, fit, JobContext(), share=share)
        return np.maximum(found.image, 0.0)

    return run


def methods(model: ModelCard | None) -> Iterator[tuple[str, list[tuple[str, Method]]]]:
    """Yield names, and the settings to try."""
    yield "noisy input", [("", lambda low, *_: low)]
    if model is not None:
        yield f"ours ({model.id})", [("", ours(model))]
    yield "Gaussian", [(f"SD {s} mm", gaussian(s)) for s in (2.0, 2.5, 3.0, 3.5, 4.0, 5.0)]
    if find_spec("skimage") is not None:
        strengths = (0.4, 0.6, 0.8, 1.0, 1.3, 1.7)
        yield "non-local means", [(f"h {s} SD", non_local_means(s)) for s in strengths]
    if find_spec("bm4d") is not None:
        yield "BM4D", [(f"{s} x noise", bm4d_of(s)) for s in (0.7, 1.0, 1.3, 1.7)]


@dataclass(frozen=True)
class Tried:
    """One method at one setting: quality of every patient, and its errors inside the body."""

    setting: str
    rows: list[Row]
    errors: list[np.ndarray]

    @property
    def psnr_db(self) -> float:
        """Mean over the patients."""
        return cards.spread(self.rows, "psnr_db")["mean"]


def measure(
    setting: str,
    run: Method,
    fulls: list[FullCount],
    reduction: float,
    seed: int,
    clean: dict[str, np.ndarray],
) -> Tried:
    """Quality on every patient; ``clean`` holds noise-free images by name, where there are any."""
    rows, errors = [], []
    for full in fulls:
        low = low_count(full, reduction, seed)
        image = run(low, full, level_to_remove(low, full, reduction))
        row = pet_quality(image, full.pet_suvbw, full.body, full.lesion)
        if full.name in clean:
            row["clean_psnr_db"] = psnr(image, clean[full.name], full.body)
        rows.append(row)
        errors.append((image - full.pet_suvbw)[full.body].astype(np.float64))
    return Tried(setting, rows, errors)


def patients(recipe: dict[str, Any], data: Path, count: int) -> list[FullCount]:
    """Read the validation patients of the recipe."""
    folder = data / str(recipe["sts"])
    found = [full_count(read_sts(folder, n)) for n in recipe["sts_validation"][:count]]
    return [x for x in found if x is not None]


def bodies(
    recipe: dict[str, Any], data: Path, count: int
) -> tuple[list[FullCount], dict[str, np.ndarray]]:
    """Parts of simulated bodies, and their noise-free images by name."""
    seed = int(recipe["seed"]) + 1000
    simulator, rng = recipes.make_simulator(recipe, data, seed), np.random.default_rng(seed)
    fulls: list[FullCount] = []
    clean: dict[str, np.ndarray] = {}
    while len(fulls) < count:
        full, image = simulated_pair(simulator.study()[1], rng)
        if full.body.sum() >= LEAST_BODY:
            name = f"body {len(fulls)}"
            fulls.append(replace(full, name=name))
            clean[name] = image
    return fulls, clean


def shared_error(own: Tried, peer: Tried) -> str:
    """Say how alike two methods' errors are."""
    common, alike = [], []
    for a, b in zip(own.errors, peer.errors, strict=True):
        both = float(np.mean(a * b))
        common.append(both / float(np.mean(a * a)))
        alike.append(both / float(np.sqrt(np.mean(a * a) * np.mean(b * b))))
    without = -10.0 * float(np.mean(np.log10(np.maximum(common, 1e-6))))
    return (
        f"correlation of their errors {np.mean(alike):.3f}; common to both is "
        f"{np.mean(common):.2f} of our squared error, "
        f"without the rest we would gain {without:+.2f} dB"
    )


def whole_body(model: ModelCard) -> None:
    """Time of 200 x 200 x 300 voxels, ours and BM4D's."""
    k, j, i = np.ogrid[:300, :200, :200]
    body = (((j - 100) / 45.0) ** 2 + ((i - 100) / 65.0) ** 2 + 0 * k) < 1.0
    rng = np.random.default_rng(0)
    low = np.where(body, rng.gamma(4.0, 0.25, body.shape), 0.01).astype(np.float32)
    noise = NoiseEstimate(0.16, (6.0, 6.0, 6.0))
    full = FullCount("whole body", low, (4.0, 4.0, 4.0), noise, body, body)
    start = time.perf_counter()
    ours(model)(low, full, 0.48)
    own_s = time.perf_counter() - start
    print(f"200 x 200 x 300 voxels, {torch.get_num_threads()} thread(s): ours {own_s:.1f} s")
    if find_spec("bm4d") is not None:
        start = time.perf_counter()
        bm4d_of(1.0)(low, full, 0.48)
        peer_s = time.perf_counter() - start
        print(f"BM4D {peer_s:.1f} s, ratio {own_s / peer_s:.3f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, action="append", default=[])
    parser.add_argument("--model", default="pet-denoise")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--patients", type=int, default=10)
    parser.add_argument("--reduction", type=float, default=10.0)
    parser.add_argument("--simulated", action="store_true")
    parser.add_argument("--whole-body", action="store_true")
    options = parser.parse_args()
    devices.use_threads()
    known = {x.id: x for x in packages.available_models(options.models)}
    model = known.get(options.model)
    if options.whole_body:
        if model is None:
            parser.error(f"the package {options.model} is not installed")
        whole_body(model)
        return
    recipe = recipes.read_recipe("pet-denoise")
    clean: dict[str, np.ndarray] = {}
    if options.simulated:
        fulls, clean = bodies(recipe, options.data, options.patients)
    else:
        fulls = patients(recipe, options.data, options.patients)
    what = "parts of simulated bodies" if options.simulated else "validation patients"
    print(f"{len(fulls)} {what}, dose / {options.reduction:g}, inside the body")
    seed = int(recipe["seed"])
    best: dict[str, Tried] = {}
    for name, settings in methods(model):
        tried = [measure(x, run, fulls, options.reduction, seed, clean) for x, run in settings]
        best[name] = max(tried, key=lambda x: x.psnr_db)
        text = ", ".join(
            f"{key} {v['mean']:.3f} (SD {v['sd']:.3f})"
            for key in SHOWN
            if key in best[name].rows[0]
            for v in [cards.spread(best[name].rows, key)]
        )
        print(f"{name} {best[name].setting}: {text}", flush=True)
    own = next((v for k, v in best.items() if k.startswith("ours")), None)
    if own is not None:
        noisy = best.pop("noisy input")
        peers = [(k, v) for k, v in best.items() if v is not own]
        peer_name, peer = max(peers, key=lambda x: x[1].psnr_db)
        print(
            f"ours over noisy {own.psnr_db - noisy.psnr_db:+.2f} dB (target +3), "
            f"over the best peer {own.psnr_db - peer.psnr_db:+.2f} dB (target +1)"
        )
        print(f"ours and {peer_name}: {shared_error(own, peer)}")


if __name__ == "__main__":
    main()
