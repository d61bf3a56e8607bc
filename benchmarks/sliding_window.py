"""Sliding-window lesion inference against MONAI's: one ratio, and the Dice of both results.

    python benchmarks/sliding_window.py [--model ID] [--models FOLDER] [--threads N] [--repeat N]

Both answer the same prepared volume with the same network, window, overlap and weighting, once each
(no Monte Carlo sampling). The volume is that of the real study acrin-nsclc-042 where it is on this
machine, otherwise a phantom. The peer is `monai.inferers.sliding_window_inference` with its default
settings (float32, every window); ours skips windows without uptake, adds up in place, and runs the
network as the program does: with the back end that is fastest here
(`inference.engine.choose_runner`), in mixed precision where that is faster. A second pair of lines
compares the search as it is done (cropped to the body) with the peer on the whole volume; there the
windows lie elsewhere, so the results may differ.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from monai.inferers import sliding_window_inference

from app.core.kit.jobs import JobContext
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from inference.engine import devices
from inference.engine.choose_runner import choose_runner
from inference.engine.runner import Plan
from inference.engine.sliding import SlidingWindow, settings_for
from inference.models import packages
from inference.nets.networks import build_network
from inference.prepare import prepare
from inference.prepare.body import body_box, has_uptake

STUDY = Path(__file__).resolve().parents[2] / "shared" / "data" / "acrin-nsclc-042"
TARGET = 0.6
LEAST_DICE = 0.999


def load_images() -> tuple[str, Volume, Volume]:
    """Return a name, PET and CT."""
    if STUDY.is_dir():
        from app.io.open.study import open_study

        study = open_study([STUDY])
        if study.pet is not None and study.ct is not None:
            return "acrin-nsclc-042", study.pet, study.ct
    grid = ImageGrid.from_spacing((200, 128, 128), (4.0, 4.5, 4.5))
    k, j, i = np.ogrid[:200, :128, :128]
    body = ((j - 64) / 30.0) ** 2 + ((i - 64) / 45.0) ** 2 + 0 * k < 1.0
    suv = np.where(body, 0.8, 0.02).astype(np.float32)
    for at in ((50, 60, 50), (120, 70, 80), (160, 55, 64)):
        suv[(k - at[0]) ** 2 + (j - at[1]) ** 2 + (i - at[2]) ** 2 < 25] = 8.0
    pet = Volume(grid, suv, Quantity.SUV_BW)
    return "a phantom", pet, Volume(grid, np.where(body, 40, -1000), Quantity.HU)


Model = tuple[str, torch.nn.Module, float, tuple[int, int, int], str]


def load_model(model_id: str, folders: list[Path]) -> Model:
    """Return name, network, threshold, window and hash; an untrained network without a package."""
    known = {x.id: x for x in packages.available_models(folders)}
    if model_id in known:
        card = known[model_id]
        window, _ = packages.window_settings(card, (64, 64, 64), 0.5)
        return model_id, packages.load_network(card), card.threshold, window, card.weights_sha256
    torch.manual_seed(0)
    args = {"in_channels": 4, "features": [16, 32, 64, 128, 192], "dropout": [0.0] * 5}
    network = build_network("LesionUNet", args).eval().requires_grad_(False)
    return "an untrained network (its Dice says nothing)", network, 0.5, (64, 64, 80), ""


def timed(work: Callable[[], torch.Tensor], repeat: int) -> tuple[float, np.ndarray]:
    """Return the least time in s and the last result; the first call is not counted."""
    work()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return min(times), result.cpu().numpy()


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Overlap of two masks; 1 where both are empty."""
    total = int(a.sum()) + int(b.sum())
    return 2.0 * int((a & b).sum()) / total if total else 1.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="petct-lesion")
    parser.add_argument("--models", type=Path, action="append", default=[])
    parser.add_argument("--overlap", type=float, default=0.5)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--repeat", type=int, default=2)
    options = parser.parse_args()
    devices.use_threads()
    if options.threads:
        torch.set_num_threads(options.threads)
    device = devices.choose_device("auto")
    name, pet, ct = load_images()
    model, network, threshold, size, sha256 = load_model(options.model, options.models)
    grid = prepare.network_grid(pet.grid)
    whole = prepare.segmentation_channels(pet, ct, grid)
    uptake = has_uptake(whole)
    box = body_box(uptake, size)
    settings = settings_for(device, size, options.overlap)
    runner = choose_runner(
        network, Plan(((len(whole), *size),), device, settings.mixed, sha256, model)
    )
    network = network.to(device)

    def probability(x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(network(x).float())

    def quick_probability(x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(runner.forward(x))

    def ours(channels: np.ndarray, worth: np.ndarray) -> torch.Tensor:
        volume = SlidingWindow(channels, settings, prepare.AIR_CHANNELS, worth)
        return volume.run(quick_probability, JobContext(), "").probability()

    def peer(channels: np.ndarray) -> torch.Tensor:
        x = torch.from_numpy(channels)[None].to(device)
        with torch.inference_mode():
            return sliding_window_inference(
                x, size, settings.batch, probability, options.overlap, "gaussian"
            )[0, 0]

    part = np.ascontiguousarray(whole[(slice(None), *box)])
    print(f"{name}: {whole.shape[1:]} at 4 mm, body {part.shape[1:]}; {model}; window {size}, "
          f"overlap {options.overlap}; {device}, {torch.get_num_threads()} thread(s), "
          f"{runner.info}")  # fmt: skip
    own_s, own = timed(lambda: ours(whole, uptake), options.repeat)
    body_s, body = timed(lambda: ours(part, uptake[box]), options.repeat)
    their_s, theirs = timed(lambda: peer(whole), options.repeat)
    same = dice(own >= threshold, theirs >= threshold)
    back = np.zeros_like(own)
    back[box] = body
    ratio = own_s / their_s
    voxels = int((theirs >= threshold).sum())
    print(f"MONAI {their_s:.2f} s ({voxels} voxels outlined), ours {own_s:.2f} s")
    print(f"ratio {ratio:.3f} (target {TARGET}), Dice {same:.5f} (target {LEAST_DICE})")
    print(f"cropped to the body: {body_s:.2f} s, ratio {body_s / their_s:.3f}, "
          f"Dice {dice(back >= threshold, theirs >= threshold):.5f}")  # fmt: skip


if __name__ == "__main__":
    main()
