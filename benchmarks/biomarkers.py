"""Biomarkers of 200 lesions on 400 x 400 x 600 against a loop of scipy.ndimage calls per lesion.

What is done. A float32 image of 96 million voxels (2 mm) holds 200 separate ellipsoids of 4 to
18 mm radius. Ours: `app.core.lesions.measure.measure`, every value of `DEFINITIONS` with both
SUVpeaks, centroid and hottest point, all 200 lesions. Peer: for each lesion minimum, median,
maximum, mean, standard_deviation, sum, center_of_mass and maximum_position of scipy.ndimage on the
whole image with `labels` and that lesion's `index`; no quartiles, no peaks (less work than ours).
One lesion of the peer takes seconds, so the peer runs on the first lesions until 40 s are over and
is scaled to 200; the loop's cost per lesion does not depend on the lesion. With `--at-once` the
same eight calls with all 200 labels in one go (not the loop of the target) are timed too.

Prints one line per number; exits with 1 if the ratio is above the target or values differ.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
from scipy import ndimage

from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion
from app.core.lesions.measure import measure
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume

TARGET = 0.1
PEER = (
    ndimage.minimum,
    ndimage.median,
    ndimage.maximum,
    ndimage.mean,
    ndimage.standard_deviation,
    ndimage.sum,
    ndimage.center_of_mass,
    ndimage.maximum_position,
)
KEYS = ("suv_min", "suv_median", "suv_max", "suv_mean", "suv_sd")


def make(shape_kji: tuple[int, int, int], lesions: int) -> tuple[Volume, Segmentation]:
    """Return an image and its outlines: ellipsoids in the cells of a coarse lattice."""
    rng = np.random.default_rng(0)
    grid = ImageGrid.from_spacing(shape_kji, (2.0, 2.0, 2.0))
    image = rng.random(shape_kji, dtype=np.float32)
    labels = np.zeros(shape_kji, dtype=np.uint16)
    cells = [(k, j, i) for k in range(10) for j in range(5) for i in range(5)][:lesions]
    for label, cell in enumerate(cells, start=1):
        centre = [
            int((c + 0.5) * n / m) for c, n, m in zip(cell, shape_kji, (10, 5, 5), strict=True)
        ]
        radii = rng.uniform(2.0, 9.0, 3)
        box = tuple(slice(c - 10, c + 11) for c in centre)
        axes = np.meshgrid(*[np.arange(-10, 11)] * 3, indexing="ij")
        inside = sum((x / r) ** 2 for x, r in zip(axes, radii, strict=True)) <= 1
        labels[box][inside] = label
        image[box][inside] += rng.uniform(2.0, 15.0)
    table = tuple(Lesion(f"l{n}", n, f"L{n}") for n in range(1, len(cells) + 1))
    segmentation = Segmentation("bench", grid, Labelmap.from_array(labels), table)
    return Volume(grid, image, Quantity.SUV_BW), segmentation


def main() -> int:
    """Run both and print the ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--budget", type=float, default=40.0, help="seconds for the peer's loop")
    parser.add_argument("--at-once", action="store_true", help="also time all labels in one call")
    options = parser.parse_args()
    pet, segmentation = make((600, 400, 400), 200)
    count = len(segmentation.lesions)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        ours = measure(pet, segmentation)
        times.append(time.perf_counter() - start)
    ours_s = float(np.median(times))

    worst, done = 0.0, 0
    labels = segmentation.labels.dense()
    start = time.perf_counter()
    for lesion in segmentation.lesions:
        theirs = [call(pet.array, labels, lesion.label) for call in PEER]
        pairs = zip(KEYS, theirs, strict=False)
        worst = max(worst, *(abs(ours[lesion.id][key] - float(value)) for key, value in pairs))
        done += 1
        if time.perf_counter() - start > options.budget:
            break
    peer_s = (time.perf_counter() - start) / done * count

    ratio = ours_s / peer_s
    print(f"ours: {ours_s:.3f} s for {count} lesions (median of 3)")
    print(f"peer: {peer_s:.1f} s for {count} lesions (loop run on {done}, scaled)")
    if options.at_once:
        start = time.perf_counter()
        for call in PEER:
            call(pet.array, labels, np.arange(1, count + 1))
        at_once_s = time.perf_counter() - start
        print(f"all labels in one call: {at_once_s:.1f} s (ratio {ours_s / at_once_s:.4f})")
    print(f"largest difference of values: {worst:.2e}")
    print(f"ratio {ratio:.5f} (target {TARGET})")
    return 0 if ratio <= TARGET and worst < 1e-3 else 1


if __name__ == "__main__":
    sys.exit(main())
