"""Isocontour while dragging against scipy label and threshold on the whole volume.

What is done. A float32 PET of 200 x 200 x 600 voxels (4 mm in the plane, 3 mm slices) holds noise,
a body and 40 hot ellipsoids. A hand drags the ball of the isocontour tool out of one of them: at
each of 40 steps the ball is a millimetre larger (6 to 45 mm radius) and the region is grown anew,
with a share of the maximum (41 %), a fixed threshold and a background-adapted one in turn. Ours:
`app.core.drawn.isocontour.grow`. Peer: `scipy.ndimage.label` of the whole image at or above the
same threshold and the component of the same voxel, which is what a step costs without a limit (the
peer is given the threshold; it finds no maximum and no background). It runs on a few of the steps.

Prints one line per number; exits with 1 if the ratio of the medians is above the target, or if one
step of ours in ten is slower than that.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
from scipy import ndimage

from app.core.drawn.isocontour import grow
from app.core.drawn.voi import Isocontour, ThresholdKind, ThresholdRule
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume

TARGET = 0.1
RULES = (
    ThresholdRule(ThresholdKind.PERCENT_OF_MAX, 0.41),
    ThresholdRule(ThresholdKind.FIXED, 2.5),
    ThresholdRule(ThresholdKind.BACKGROUND_ADAPTED, 0.5),
)


def make(shape_kji: tuple[int, int, int]) -> tuple[Volume, tuple[float, float, float]]:
    """Return the image and the middle of one of its hot ellipsoids (LPS mm)."""
    rng = np.random.default_rng(0)
    grid = ImageGrid.from_spacing(shape_kji, (3.0, 4.0, 4.0))
    image = rng.random(shape_kji, dtype=np.float32) * 0.3
    size_k, size_j, size_i = shape_kji
    j, i = np.ogrid[:size_j, :size_i]
    body = ((j / size_j - 0.5) / 0.3) ** 2 + ((i / size_i - 0.5) / 0.4) ** 2 < 1
    image += body * np.float32(0.8)
    for n in range(40):
        at = (
            20 + int((n + 0.5) * (size_k - 40) / 40),
            size_j // 2 + 20 * (n % 3 - 1),
            size_i // 2 + 5 * n % 40,
        )
        radii = rng.uniform(2.0, 6.0, 3)
        box = tuple(slice(c - 8, c + 9) for c in at)
        axes = np.meshgrid(*[np.arange(-8, 9)] * 3, indexing="ij")
        far = sum((x / r) ** 2 for x, r in zip(axes, radii, strict=True))
        image[box] += (np.maximum(1 - far, 0) * rng.uniform(4, 12)).astype(np.float32)
        if n == 20:
            x, y, z = grid.points_lps_mm(at)
            middle = (float(x), float(y), float(z))
    return Volume(grid, image, Quantity.SUV_BW), middle


def main() -> int:
    """Run both and print the ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer-steps", type=int, default=6)
    options = parser.parse_args()
    pet, middle = make((600, 200, 200))
    ours, regions = [], []
    for step in range(40):
        contour = Isocontour(middle, 6.0 + step, RULES[step % len(RULES)])
        start = time.perf_counter()
        regions.append(grow(pet, contour))
        ours.append(time.perf_counter() - start)
    peer = []
    faces_and_edges = ndimage.generate_binary_structure(3, 2)
    for step in range(0, 40, max(1, 40 // options.peer_steps)):
        region = regions[step]
        assert region.seed_kji is not None
        start = time.perf_counter()
        labels, _ = ndimage.label(pet.array >= region.threshold, faces_and_edges)
        np.count_nonzero(labels == labels[region.seed_kji])
        peer.append(time.perf_counter() - start)
    ratio = float(np.median(ours)) / float(np.median(peer))
    slow = float(np.percentile(ours, 90)) / float(np.median(peer))
    voxels = [0 if x.voxels is None else x.voxels.count for x in regions]
    print(f"ours: {np.median(ours) * 1e3:.2f} ms a step, slowest {max(ours) * 1e3:.2f} ms")
    print(f"peer: {np.median(peer) * 1e3:.1f} ms a step ({len(peer)} steps)")
    print(f"region: {min(voxels)} to {max(voxels)} voxels")
    print(f"90th percentile of ours to the peer's median: {slow:.4f}")
    print(f"ratio {ratio:.5f} (target {TARGET})")
    return 0 if max(ratio, slow) <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
