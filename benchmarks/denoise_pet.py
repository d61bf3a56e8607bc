"""Our PET denoising against Gaussian, non-local means and BM4D, each at its best setting.

    python benchmarks/denoise_pet.py [--models FOLDER] [--data DIR] [--patients N] [--reduction R]
                                     [--whole-body]

The low-count images are those of the recipe's own evaluation (`inference.training.pet_pairs`,
same seed): all methods see the same voxels. The best setting of a peer is the one whose mean PSNR
over all these patients is highest, which favours the peers: ours has one setting. Non-local means
(scikit-image) and BM4D expect stationary white or coloured Gaussian noise, so both work on the
square root of the SUV, where Poisson noise is stationary; BM4D also gets the noise's measured
correlation as a power spectrum. `bm4d` is free for non-commercial use only: it is neither a
dependency nor needed, and is left out of the table where it is not installed.

``--whole-body`` prints the time for 200 x 200 x 300 voxels, without samples, and the ratio to BM4D.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage

from app.core.card import ModelCard
from app.core.jobs import JobContext
from inference import devices, image_prepare, packages
from inference.image_predict import predict_image
from inference.noise import FWHM_PER_SIGMA, NoiseEstimate
from inference.sliding import settings_for
from inference.training import card as cards
from inference.training.data import read_sts
from inference.training.image_quality import pet_quality
from inference.training.pet_pairs import FullCount, full_count, level_to_remove, low_count
from inference.training.recipe import read_recipe

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
Method = Callable[[np.ndarray, FullCount, float], np.ndarray]
SHOWN = ("psnr_db", "ssim", "nrmse", "lesion_mean_bias_percent", "lesion_max_bias_percent")


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

    def run(low: np.ndarray, full: FullCount, level: float) -> np.ndarray:
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
        found = predict_image(network, prepared, settings, JobContext(), share=share)
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


def measure(run: Method, fulls: list[FullCount], reduction: float, seed: int) -> list[dict]:
    """Quality on every patient."""
    rows = []
    for full in fulls:
        low = low_count(full, reduction, seed)
        image = run(low, full, level_to_remove(low, full, reduction))
        rows.append(pet_quality(image, full.pet_suvbw, full.body, full.lesion))
    return rows


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
    recipe = read_recipe("pet-denoise")
    folder = options.data / str(recipe["sts"])
    found = [full_count(read_sts(folder, n)) for n in recipe["sts_validation"][: options.patients]]
    fulls = [x for x in found if x is not None]
    print(f"{len(fulls)} validation patients, dose / {options.reduction:g}, inside the body")
    best: dict[str, float] = {}
    for name, settings in methods(model):
        tried = [
            (setting, measure(run, fulls, options.reduction, int(recipe["seed"])))
            for setting, run in settings
        ]
        setting, rows = max(tried, key=lambda x: cards.spread(x[1], "psnr_db")["mean"])
        columns = {key: cards.spread(rows, key) for key in SHOWN}
        best[name] = columns["psnr_db"]["mean"]
        text = ", ".join(f"{k} {v['mean']:.3f} (SD {v['sd']:.3f})" for k, v in columns.items())
        print(f"{name} {setting}: {text}", flush=True)
    own = next((v for k, v in best.items() if k.startswith("ours")), None)
    if own is not None:
        peer = max(v for k, v in best.items() if k not in ("noisy input",) and "ours" not in k)
        print(
            f"ours over noisy {own - best['noisy input']:+.2f} dB (target +3), "
            f"over the best peer {own - peer:+.2f} dB (target +1)"
        )


if __name__ == "__main__":
    main()
