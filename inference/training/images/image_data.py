"""Pairs that the image networks learn from, and the patches drawn from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import IterableDataset

from inference.prepare.image_prepare import FloatArray, Prepared
from inference.training.bodies.simulate import smooth_noise
from inference.training.fit import fitting

HalfArray = npt.NDArray[np.float16]
Shape = tuple[int, int, int]
OUTSIDE_WEIGHT = 0.05
"""Weight of voxels outside the body: air is most of a patch and holds nothing to learn."""
_MOST_SPOTS = 4000


@dataclass(frozen=True, eq=False)
class Pair:
    """One image as a network sees it, and what it should answer.

    Parameters
    ----------
    channels
        ``[C, k, j, i]``.
    answer
        ``[k, j, i]``: ``(truth - base) / scale`` of `inference.prepare.image_prepare.Prepared`.
    scale, weight
        ``[k, j, i]``.
    spots
        ``[n, 3]`` indices that patches are centred on.
    """

    channels: HalfArray
    answer: HalfArray
    scale: HalfArray
    weight: HalfArray
    spots: npt.NDArray[np.int32]


@dataclass(frozen=True)
class PatchSettings:
    """Patch size and augmentation (the recipe's ``[patches]``)."""

    shape: Shape = (40, 40, 40)
    step: int = 1
    """Patches start at multiples of this: 2 where a network folds voxels into channels."""
    swap_axes: bool = True
    """Exchange axes; only for cubes and for images without an up and down."""
    warp: bool = False
    """Turn and stretch a little; interpolates, which noise would not survive."""
    brightness: float = 0.0
    """Spread of a factor and of a gamma on the first channel (MR)."""


def make_pair(
    prepared: Prepared,
    truth: FloatArray,
    body: npt.NDArray[np.bool_],
    rng: np.random.Generator,
    weight: FloatArray | None = None,
) -> Pair:
    """Store a prepared image and its truth compactly."""
    answer = np.clip((truth - prepared.base) / prepared.scale, -1e3, 1e3)
    if weight is None:
        weight = np.where(body, 1.0, OUTSIDE_WEIGHT).astype(np.float32)
    found = np.flatnonzero(body)
    if found.size > _MOST_SPOTS:
        found = rng.choice(found, _MOST_SPOTS, replace=False)
    if found.size == 0:
        found = np.array([body.size // 2])
    spots = np.stack(np.unravel_index(found, body.shape), axis=1).astype(np.int32)
    return Pair(
        prepared.channels.astype(np.float16), answer.astype(np.float16),
        prepared.scale.astype(np.float16), weight.astype(np.float16), spots,
    )  # fmt: skip


def draw_patch(
    pair: Pair, settings: PatchSettings, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """One sample: channels ``[C, k, j, i]``, and answer, scale and weight ``[3, k, j, i]``.

    Outside the image all are zero, and so is the weight.
    """
    centre = pair.spots[int(rng.integers(len(pair.spots)))]
    whole = [pair.channels, pair.answer[None], pair.scale[None], pair.weight[None]]
    if settings.warp:
        block = _warped(whole, centre, settings.shape, rng)
    else:
        start = [
            _start(int(c), w, n, settings.step, rng)
            for c, w, n in zip(centre, settings.shape, pair.answer.shape, strict=True)
        ]
        block = np.concatenate([_cut(part, start, settings.shape) for part in whole])
    for axis in range(1, 4):
        if rng.random() < 0.5:
            block = np.flip(block, axis)
    if settings.swap_axes and len(set(settings.shape)) == 1:
        block = block.transpose(0, *(1 + rng.permutation(3)))
    block = np.ascontiguousarray(block, dtype=np.float32)
    channels, rest = block[:-3], block[-3:]
    if settings.brightness:
        _brighten(channels, settings.brightness, rng)
    return channels, rest


def _start(centre: int, window: int, size: int, step: int, rng: np.random.Generator) -> int:
    shift = int(rng.integers(-(window // 4), window // 4 + 1))
    start = min(max(0, centre - window // 2 + shift), max(0, size - window))
    return start // step * step


def _cut(part: npt.NDArray[Any], start: Sequence[int], shape: Shape) -> npt.NDArray[Any]:
    """``[c, *shape]`` from a start index; zeros beyond the far faces."""
    where = tuple(slice(a, a + n) for a, n in zip(start, shape, strict=True))
    block: npt.NDArray[Any] = part[(slice(None), *where)]
    lack = [(0, n - m) for n, m in zip(shape, block.shape[1:], strict=True)]
    return np.pad(block, [(0, 0), *lack]) if any(x for _, x in lack) else block


def _warped(
    whole: Sequence[HalfArray],
    centre: npt.NDArray[np.int32],
    shape: Shape,
    rng: np.random.Generator,
) -> FloatArray:
    """Patch around a centre, turned by some 5 degrees and stretched by some 8 %."""
    turn = np.eye(3) + np.cross(np.eye(3), rng.normal(0.0, 0.08, 3))
    turn, _ = np.linalg.qr(turn)
    turn *= np.sign(np.diag(turn))
    matrix = turn * np.exp(rng.normal(0.0, 0.08)) * np.exp(rng.normal(0.0, 0.03, 3))
    local = [np.arange(n, dtype=np.float32) - (n - 1) / 2 for n in shape]
    grid = np.stack(np.meshgrid(*local, indexing="ij"), axis=-1)
    middle = centre + rng.uniform(-0.2, 0.2, 3) * shape
    points = (grid @ matrix.T.astype(np.float32) + middle.astype(np.float32)).astype(np.float32)
    size = whole[1].shape[1:]
    low = np.clip(np.floor(points.min(axis=(0, 1, 2))).astype(int) - 1, 0, np.array(size) - 2)
    high = np.clip(np.ceil(points.max(axis=(0, 1, 2))).astype(int) + 2, low + 2, size)
    where = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    block = np.concatenate([part[(slice(None), *where)] for part in whole]).astype(np.float32)
    extent = np.array(block.shape[1:], dtype=np.float32)
    at = ((points - low.astype(np.float32)) * 2.0 + 1.0) / extent - 1.0
    out = torch.nn.functional.grid_sample(
        torch.from_numpy(block)[None],
        torch.from_numpy(np.ascontiguousarray(at[..., ::-1], dtype=np.float32))[None],
        align_corners=False,
    )
    warped: FloatArray = out[0].numpy()
    return warped


def _brighten(channels: FloatArray, amount: float, rng: np.random.Generator) -> None:
    """Vary an MR in place: factor, gamma, a slow shading as of a coil, and noise."""
    shape = channels.shape[1:]
    shade = 1.0 + amount * 0.7 * smooth_noise(rng, shape, 120.0)
    mr = np.maximum(channels[0], 0.0) ** np.float32(np.exp(rng.normal(0.0, amount)))
    channels[0] = np.clip(mr * shade * np.float32(np.exp(rng.normal(0.0, amount))), 0.0, 2.0)
    noise = rng.standard_normal(shape, dtype=np.float32) * np.float32(rng.uniform(0.0, 0.04))
    channels[0] += noise * channels[2]
    channels[1] += noise * channels[2]


Batch = tuple[torch.Tensor, torch.Tensor]


class PairBatches(IterableDataset[Batch]):
    """Patches of a pool of pairs that is renewed, without end.

    Parameters
    ----------
    make
        Makes the next pair from the generator.
    pool
        Pairs held at a time.
    renew_every
        Batches after which one of them is replaced; 0 keeps them.
    batch, patches, seed
        Size of a batch, see `PatchSettings`, and what fixes everything.
    """

    def __init__(
        self,
        make: Callable[[np.random.Generator], Pair],
        pool: int,
        renew_every: int,
        batch: int,
        patches: PatchSettings,
        seed: int,
    ) -> None:
        self.make, self.pool, self.renew_every = make, pool, renew_every
        self.batch, self.patches, self.seed = batch, patches, seed

    def __iter__(self) -> Iterator[Batch]:
        """Yield channels ``[n, C, ...]`` and answer, scale and weight ``[n, 3, ...]``."""
        rng = fitting.own_stream(np.random.default_rng(self.seed))
        pairs, pool = [self.make(rng)], fitting.own_share(self.pool)
        step = 0
        while True:
            # The pool fills while the first batches are already drawn from it.
            if len(pairs) < pool:
                pairs.append(self.make(rng))
            elif self.renew_every and step % self.renew_every == 0:
                pairs[int(rng.integers(len(pairs)))] = self.make(rng)
            drawn = [
                draw_patch(pairs[int(rng.integers(len(pairs)))], self.patches, rng)
                for _ in range(self.batch)
            ]
            x, y = (np.stack([d[n] for d in drawn]) for n in (0, 1))
            yield torch.from_numpy(x), torch.from_numpy(y)
            step += 1
