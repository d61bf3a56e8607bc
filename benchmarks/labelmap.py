"""An edit of 1,000 voxels in 400 x 400 x 600 against numpy's copy of the labelmap.

What is done. A uint16 labelmap of 96 million voxels holds 200 ellipsoids, as a search of a whole
body leaves them. Ours: `Segmentation.apply` of a patch of about 1,000 voxels, a new state that
shares the former's blocks. Peer: `numpy.copy` of the array and the same assignment, which is what
an edit that keeps the former state costs without blocks. Two cases: the voxels lie in a ball, as
a brush leaves them (the target holds for it), and anywhere in the image. Memory of ours is the
peak of what Python allocates during the edit, by tracemalloc in a run apart; of the peer the array.
Each is run in a loop of its own: a copy of 192 MB empties the processor's caches for the other.

The least time of each counts: the rest is other work on the machine. Prints one line per number;
exits with 1 if a share of the brush's time or memory is above the target.
"""

from __future__ import annotations

import sys
import time
import tracemalloc

import numpy as np
import numpy.typing as npt

from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion
from app.core.lesions.segmentation import Patch, Segmentation
from app.core.space.grid import ImageGrid

TARGET = 0.01
SHAPE_KJI = (600, 400, 400)
#: Edits take a quarter of a millisecond: the first ones of a loop are slower, and are few of these.
RUNS, PEER_RUNS = 200, 15

Indices = npt.NDArray[np.int64]


def make() -> npt.NDArray[np.uint16]:
    """Return the labels of ellipsoids in the cells of a coarse lattice."""
    rng = np.random.default_rng(0)
    labels = np.zeros(SHAPE_KJI, dtype=np.uint16)
    cells = [(k, j, i) for k in range(8) for j in range(5) for i in range(5)]
    for label, cell in enumerate(cells, start=1):
        centre = [
            int((c + 0.5) * n / m) for c, n, m in zip(cell, SHAPE_KJI, (8, 5, 5), strict=True)
        ]
        axes = np.meshgrid(*[np.arange(-10, 11)] * 3, indexing="ij")
        radii = rng.uniform(2.0, 9.0, 3)
        inside = sum((x / r) ** 2 for x, r in zip(axes, radii, strict=True)) <= 1
        labels[tuple(slice(c - 10, c + 11) for c in centre)][inside] = label
    return labels


def ball(centre_kji: tuple[int, int, int]) -> Indices:
    """Return flat indices of the 1,021 voxels of a ball."""
    offsets = np.stack(np.meshgrid(*[np.arange(-7, 8)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    near = offsets[(offsets**2).sum(axis=1) <= 38] + centre_kji
    return np.ravel_multi_index(tuple(near.T), SHAPE_KJI).astype(np.int64)


def measure(segmentation: Segmentation, labels: npt.NDArray[np.uint16], index: Indices) -> bool:
    """Print what an edit costs with both; return whether it is within the target."""
    patch: Patch = segmentation.patch(index, np.full(index.size, 999, np.uint16))
    ours_s, peer_s = [], []
    for _ in range(RUNS):
        start = time.perf_counter()
        segmentation.apply(patch)
        ours_s.append(time.perf_counter() - start)
    for _ in range(PEER_RUNS):
        start = time.perf_counter()
        copied = labels.copy()
        copied.reshape(-1)[patch.flat_index] = patch.new
        peer_s.append(time.perf_counter() - start)
    tracemalloc.start()
    edited = segmentation.apply(patch)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    same = np.array_equal(edited.labels.dense(), copied)
    ratio_s = min(ours_s) / min(peer_s)
    ratio_bytes = peak / labels.nbytes
    print(f"  voxels: {patch.flat_index.size}")
    print(f"  ours: {min(ours_s) * 1e3:.3f} ms, {peak / 1e6:.2f} MB")
    print(f"  peer: {min(peer_s) * 1e3:.1f} ms, {labels.nbytes / 1e6:.0f} MB")
    print(f"  ratio {ratio_s:.4f} of the time, {ratio_bytes:.4f} of the memory (target {TARGET})")
    if not same:
        print("  the two differ")
    return same and max(ratio_s, ratio_bytes) <= TARGET


def main() -> int:
    """Run both cases and print the ratios."""
    labels = make()
    grid = ImageGrid.from_spacing(SHAPE_KJI, (2.0, 2.0, 2.0))
    table = tuple(Lesion(f"l{n}", n, f"L{n}") for n in range(1, 201))
    segmentation = Segmentation("bench", grid, Labelmap.from_array(labels), table)
    print("in a ball, as a brush leaves them")
    brush = measure(segmentation, labels, ball((263, 200, 200)))
    print("anywhere in the image")
    anywhere = np.random.default_rng(1).choice(labels.size, 1000, replace=False)
    scattered = measure(segmentation, labels, np.sort(anywhere))
    if not scattered:
        print("the voxels anywhere cost more than the target, which is the brush's")
    return 0 if brush else 1


if __name__ == "__main__":
    sys.exit(main())
