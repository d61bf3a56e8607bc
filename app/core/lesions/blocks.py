"""Blocks of a labelmap: how an array is cut into them, and what a slot of their table says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

LabelArray = npt.NDArray[np.uint16]
IntArray = npt.NDArray[np.int64]
SlotArray = npt.NDArray[np.int32]

#: Edge of a block in voxels: 1 kB, so that even voxels that lie far apart cost little each.
EDGE = 8
BLOCK_VOXELS = EDGE**3
#: The table of blocks is copied in parts of this many layers of blocks.
PART_LAYERS = 8
#: A slot says what a block holds: -1 - label for one label throughout, or slab and row.
ROW_BITS = 21
ROW_MASK = (1 << ROW_BITS) - 1


def blocks_in(slab: LabelArray, slots: SlotArray) -> LabelArray:
    """Return a copy of the blocks of a slab that slots name."""
    rows: LabelArray = slab[slots & ROW_MASK]
    return rows


def by_slab(slots: SlotArray) -> Iterator[tuple[int, IntArray]]:
    """Yield the number of each slab among slots, with where it is."""
    mixed = np.flatnonzero(slots >= 0)
    if not mixed.size:
        return
    numbers = slots[mixed] >> ROW_BITS
    for number in np.flatnonzero(np.bincount(numbers)).tolist():
        yield number, mixed[numbers == number]


def block_counts(shape_kji: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return how many blocks lie along k, j and i; the last ones may reach beyond the voxels."""
    k, j, i = (-(-n // EDGE) for n in shape_kji)
    return k, j, i


def place_of(flat_index: IntArray, shape_kji: tuple[int, int, int]) -> tuple[IntArray, IntArray]:
    """Return number of the block and C-order place in it, of voxels by C-order flat index.

    Raises
    ------
    IndexError
        If one lies outside.
    """
    try:
        k, j, i = np.unravel_index(flat_index, shape_kji)
    except ValueError as error:
        raise IndexError("A voxel lies outside of the labelmap.") from error
    _, rows, columns = block_counts(shape_kji)
    block = ((k >> 3) * rows + (j >> 3)) * columns + (i >> 3)
    return block, ((k & 7) << 6) + ((j & 7) << 3) + (i & 7)


def flat_of(block: IntArray, offset: IntArray, shape_kji: tuple[int, int, int]) -> IntArray:
    """Return C-order flat indices of voxels by block and place in it."""
    _, size_j, size_i = shape_kji
    _, rows, columns = block_counts(shape_kji)
    line, across = np.divmod(block, columns)
    layer, down = np.divmod(line, rows)
    k, j = layer * EDGE + (offset >> 6), down * EDGE + ((offset >> 3) & 7)
    flat: IntArray = (k * size_j + j) * size_i + across * EDGE + (offset & 7)
    return flat


def split_table(slots: SlotArray) -> list[SlotArray]:
    """Return a table of blocks ``[layers, rows, columns]`` in parts of their own memory."""
    return [slots[n : n + PART_LAYERS].copy() for n in range(0, len(slots), PART_LAYERS)]


def as_blocks(layer: LabelArray) -> LabelArray:
    """Return a view ``[rows, columns, 8, 8, 8]`` of a layer ``[8, j, i]`` of whole blocks."""
    _, size_j, size_i = layer.shape
    cut = layer.reshape(EDGE, size_j // EDGE, EDGE, size_i // EDGE, EDGE)
    return cut.transpose(1, 3, 0, 2, 4)


def not_empty(layer: LabelArray) -> npt.NDArray[np.bool_]:
    """Return which blocks ``[rows, columns]`` of a layer hold a label; four voxels at a time."""
    some = np.bitwise_or.reduce(layer.view(np.uint64), axis=0)
    fours = some.reshape(some.shape[0] // EDGE, EDGE, some.shape[1] // 2, 2)
    found: npt.NDArray[np.bool_] = np.bitwise_or.reduce(fours, axis=(1, 3)) != 0
    return found


def is_uniform(blocks: LabelArray) -> npt.NDArray[np.bool_]:
    """Return which blocks ``[n, 512]`` are of one label throughout."""
    uniform: npt.NDArray[np.bool_] = (blocks == blocks[:, :1]).all(axis=1)
    return uniform
