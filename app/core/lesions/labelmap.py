"""A labelmap that can be edited many times a second: blocks that versions of it share.

A whole copy of 400 x 400 x 600 voxels is 192 MB. Here an edit makes a new `Labelmap` that holds
only the blocks it touched; the rest is the former's. Every version is immutable, so a worker may
read one while the next is made.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import GridError
from app.core.lesions.blocks import (
    BLOCK_VOXELS,
    EDGE,
    PART_LAYERS,
    ROW_BITS,
    ROW_MASK,
    IntArray,
    LabelArray,
    SlotArray,
    as_blocks,
    block_counts,
    blocks_in,
    by_slab,
    flat_of,
    is_uniform,
    not_empty,
    place_of,
    split_table,
)

Box = tuple[slice, slice, slice]

#: An edit adds a slab of blocks; beyond this many, small ones are put together.
MOST_SLABS = 128
_KEPT_WHEN_MERGED = 8
#: Blocks of the past that are held before they are looked for, beside as many as are in use.
SPARE_BLOCKS = 4096

_WHOLE = slice(0, EDGE)


class Labelmap:
    """An immutable uint16 labelmap ``[k, j, i]``, 0 = none. Made by `from_array` and `edited`.

    Parameters
    ----------
    shape_kji
        Number of voxels along k, j and i.
    parts
        int32 slots ``[layers, rows, columns]`` of blocks, `PART_LAYERS` layers each.
    slabs
        By number: blocks of more than one label, uint16 ``[blocks, 512]``, C order within a block.
    live
        By the same numbers: how many blocks of a slab this version uses.
    """

    __slots__ = ("_live", "_parts", "_slabs", "shape_kji")

    def __init__(
        self,
        shape_kji: tuple[int, int, int],
        parts: Sequence[SlotArray],
        slabs: Mapping[int, LabelArray],
        live: Mapping[int, int],
    ) -> None:
        self.shape_kji = shape_kji
        self._parts, self._slabs, self._live = tuple(parts), dict(slabs), dict(live)

    @classmethod
    def from_array(cls, labels: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> Labelmap:
        """Return the labelmap of an array ``[k, j, i]`` of whole numbers from 0 to 65,535.

        Raises
        ------
        GridError
            If the array has not three axes, or more voxels than slots can name.
        """
        if labels.ndim != 3 or labels.size > (ROW_MASK + 1) * BLOCK_VOXELS:
            raise GridError(f"An array of shape {labels.shape} is no labelmap.")
        shape = (labels.shape[0], labels.shape[1], labels.shape[2])
        layers, rows, columns = block_counts(shape)
        slots = np.full((layers, rows, columns), -1, dtype=np.int32)
        found: list[LabelArray] = []
        count = 0
        buffer = np.zeros((EDGE, rows * EDGE, columns * EDGE), dtype=np.uint16)
        for layer in range(layers):
            slices = labels[layer * EDGE : (layer + 1) * EDGE]
            if len(slices) < EDGE:
                buffer[len(slices) :] = 0
            buffer[: len(slices), : shape[1], : shape[2]] = slices
            at = np.nonzero(not_empty(buffer))
            blocks = as_blocks(buffer)[at].reshape(-1, BLOCK_VOXELS)
            uniform = is_uniform(blocks)
            here = np.empty(len(blocks), dtype=np.int32)
            here[uniform] = -1 - blocks[uniform, 0].astype(np.int32)
            mixed = blocks[~uniform]
            here[~uniform] = count + np.arange(len(mixed))
            count += len(mixed)
            slots[layer][at] = here
            found.append(mixed)
        slabs = {0: np.concatenate(found)} if count else {}
        return cls(shape, split_table(slots), slabs, {0: count} if count else {})

    @classmethod
    def from_blocks(
        cls, shape_kji: tuple[int, int, int], slots: SlotArray, blocks: LabelArray
    ) -> Labelmap:
        """Return the labelmap of what `to_blocks` gave."""
        held = {0: blocks} if len(blocks) else {}
        return cls(shape_kji, split_table(slots), held, {n: len(x) for n, x in held.items()})

    def to_blocks(self) -> tuple[SlotArray, LabelArray]:
        """Return the table of blocks and the blocks it names, as arrays to be stored."""
        alone = self._merged(tuple(self._slabs))
        blocks = next(iter(alone._slabs.values()), np.empty((0, BLOCK_VOXELS), np.uint16))
        slots = np.concatenate(alone._parts)
        return np.where(slots < 0, slots, slots & ROW_MASK).astype(np.int32), blocks

    # Reading

    @property
    def size(self) -> int:
        """Number of voxels."""
        k, j, i = self.shape_kji
        return k * j * i

    def voxel(self, index_kji: tuple[int, int, int]) -> int:
        """Return the label of one voxel.

        Raises
        ------
        IndexError
            If it is outside.
        """
        return int(self.take(np.array([np.ravel_multi_index(index_kji, self.shape_kji)]))[0])

    def take(self, flat_index: IntArray) -> LabelArray:
        """Return the labels at C-order flat indices ``[n]``, in their order.

        Raises
        ------
        IndexError
            If one is outside.
        """
        block, offset = place_of(flat_index, self.shape_kji)
        blocks, inverse = np.unique(block, return_inverse=True)
        slots = self._slots(blocks)[inverse]
        found = (-1 - slots).astype(np.uint16)
        for slab, at in by_slab(slots):
            found[at] = blocks_in(self._slabs[slab], slots[at])[np.arange(at.size), offset[at]]
        return found

    def box(self, box: Box) -> LabelArray:
        """Return a copy of a box, slices of steps of 1 as numpy takes them."""
        bounds = [s.indices(n)[:2] for s, n in zip(box, self.shape_kji, strict=True)]
        bounds = [(start, max(start, stop)) for start, stop in bounds]
        blocks = [slice(start // EDGE, -(-stop // EDGE)) for start, stop in bounds]
        padded = self._padded(blocks, (_WHOLE, _WHOLE, _WHOLE))
        inner = tuple(
            slice(start - b.start * EDGE, stop - b.start * EDGE)
            for (start, stop), b in zip(bounds, blocks, strict=True)
        )
        return np.ascontiguousarray(padded[inner])

    def plane(self, axis: int, index: int) -> LabelArray:
        """Return a copy of the plane at an index of an array axis (0 to 2), the axis left out.

        Raises
        ------
        IndexError
            If it is outside.
        """
        if not 0 <= index < self.shape_kji[axis]:
            raise IndexError(f"There is no plane {index} along axis {axis} of {self.shape_kji}.")
        blocks = [slice(0, n) for n in block_counts(self.shape_kji)]
        inner = [_WHOLE, _WHOLE, _WHOLE]
        blocks[axis] = slice(index // EDGE, index // EDGE + 1)
        inner[axis] = slice(index % EDGE, index % EDGE + 1)
        flat = self._padded(blocks, inner).squeeze(axis)
        rows, columns = (n for a, n in enumerate(self.shape_kji) if a != axis)
        return np.ascontiguousarray(flat[:rows, :columns])

    def dense(self) -> LabelArray:
        """Return the whole as a new array ``[k, j, i]``: for workers that need every voxel.

        It is not kept: an array of 192 MB behind a map of some MB would be what blocks avoid,
        and who needs it twice can hold it.
        """
        return self.box((slice(None), slice(None), slice(None)))

    def nonzero(self) -> tuple[IntArray, LabelArray]:
        """Return C-order flat indices of all voxels with a label, ascending, and their labels."""
        index, labels = [np.empty(0, np.int64)], [np.empty(0, np.uint16)]
        for first, part in self._numbered_parts():
            slots = part.reshape(-1)
            at = np.flatnonzero(slots != -1)
            blocks = self._rows(slots[at])
            which, offset = np.nonzero(blocks)
            index.append(flat_of(first + at[which], offset, self.shape_kji))
            labels.append(blocks[which, offset])
        flat = np.concatenate(index)
        order = np.argsort(flat, kind="stable")
        return flat[order], np.concatenate(labels)[order]

    def present(self) -> frozenset[int]:
        """Return the labels that have a voxel, without 0."""
        return frozenset(np.unique(self.nonzero()[1]).tolist())

    def of_label(self, label: int) -> IntArray:
        """Return C-order flat indices of the voxels of one label, ascending."""
        index, labels = self.nonzero()
        found: IntArray = index[labels == label]
        return found

    def by_label(self) -> Iterator[tuple[int, IntArray]]:
        """Yield each label but 0 with the C-order flat indices of its voxels, ascending."""
        index, labels = self.nonzero()
        order = np.argsort(labels, kind="stable")  # a radix sort for 16 bits
        index, labels = index[order], labels[order]
        starts = np.flatnonzero(np.diff(labels, prepend=0))
        ends = np.append(starts, labels.size)[1:]
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            yield int(labels[start]), index[start:end]

    def boxes(self) -> dict[int, Box]:
        """Return the smallest box around each label but 0, by label."""
        return {label: self._box_around(index) for label, index in self.by_label()}

    def changed_box(self, other: Labelmap) -> Box | None:
        """Return the smallest box that holds every voxel whose label differs, or ``None``.

        Blocks that both share are not looked at.

        Raises
        ------
        GridError
            If the shapes differ.
        """
        if self.shape_kji != other.shape_kji:
            raise GridError(f"{self.shape_kji} and {other.shape_kji} are no states of one map.")
        numbers = {*self._slabs, *other._slabs}
        moved = [n for n in numbers if self._slabs.get(n) is not other._slabs.get(n)]
        found = []
        for (first, one), two in zip(self._numbered_parts(), other._parts, strict=True):
            # Shared parts name slabs that both hold: their numbers are not given anew meanwhile.
            if one is two:
                continue
            mine, theirs = one.reshape(-1), two.reshape(-1)
            suspect = (mine != theirs) | ((mine >= 0) & np.isin(mine >> ROW_BITS, moved))
            at = np.flatnonzero(suspect)
            which, offset = np.nonzero(self._rows(mine[at]) != other._rows(theirs[at]))
            found.append(flat_of(first + at[which], offset, self.shape_kji))
        index = np.concatenate(found) if found else np.empty(0, np.int64)
        return self._box_around(index) if index.size else None

    def arrays(self) -> tuple[npt.NDArray[np.generic], ...]:
        """Return the arrays that hold it; versions of one map have some of them in common."""
        return (*self._parts, *self._slabs.values())

    @property
    def nbytes(self) -> int:
        """Memory of the arrays that hold it, shared with other versions or not."""
        return sum(x.nbytes for x in self.arrays())

    # Editing

    def edited(self, flat_index: IntArray, labels: LabelArray) -> Labelmap:
        """Return the labelmap with other labels at C-order flat indices ``[n]``.

        Blocks that hold none of these are shared with this one.

        Raises
        ------
        IndexError
            If an index is outside.
        """
        if not flat_index.size:
            return self
        block, offset = place_of(flat_index, self.shape_kji)
        # What numpy.unique would say of the blocks, in half of its time.
        order = block.argsort(kind="stable")
        grouped = block[order]
        bounds = np.concatenate([[0], (grouped[1:] != grouped[:-1]).nonzero()[0] + 1, [block.size]])
        blocks, touched = grouped[bounds[:-1]], bounds[1:] - bounds[:-1]
        before = self._slots(blocks)
        rows = self._rows(before)
        first = np.repeat(np.arange(0, rows.size, BLOCK_VOXELS), touched)
        rows.reshape(-1)[first + offset[order]] = labels[order]
        # What was of one label throughout is not any more, unless every voxel of it was set.
        asked = np.flatnonzero((before >= 0) | (touched == BLOCK_VOXELS))
        is_mixed = np.ones(len(blocks), dtype=np.bool_)
        is_mixed[asked] = ~is_uniform(rows[asked])
        mixed = rows if is_mixed.all() else rows[is_mixed]
        after = -1 - rows[:, 0].astype(np.int32)
        slabs, live = dict(self._slabs), dict(self._live)
        for slab, at in by_slab(before):
            live[slab] -= at.size
            if not live[slab]:
                del slabs[slab], live[slab]
        if len(mixed):
            number = next(n for n in range(len(slabs) + 1) if n not in slabs)
            slabs[number], live[number] = mixed, len(mixed)
            row = np.arange(len(mixed), dtype=np.int32)
            after[is_mixed] = (number << ROW_BITS) + row
        return Labelmap(self.shape_kji, self._parts_with(blocks, after), slabs, live)._tidied()

    def _parts_with(self, blocks: IntArray, slots: SlotArray) -> list[SlotArray]:
        """Return the table with other slots of some blocks (ascending); untouched parts stay."""
        parts = list(self._parts)
        for n, at, within in self._in_parts(blocks):
            changed = parts[n].copy()
            changed.reshape(-1)[within] = slots[at]
            parts[n] = changed
        return parts

    def _tidied(self) -> Labelmap:
        """Return it with fewer slabs where they are many, or mostly hold blocks of the past."""
        held = sum(len(x) for x in self._slabs.values())
        used = sum(self._live.values())
        if held > 2 * used + SPARE_BLOCKS:
            return self._merged(tuple(self._slabs))
        if len(self._slabs) <= MOST_SLABS:
            return self
        by_size = sorted(self._slabs, key=lambda n: len(self._slabs[n]))
        return self._merged(by_size[:-_KEPT_WHEN_MERGED])

    def _merged(self, numbers: Sequence[int]) -> Labelmap:
        """Return the same map with the blocks in use of some slabs in one."""
        if not numbers:
            return self
        into, count = numbers[0], 0
        parts, rows = [], []
        for part in self._parts:
            at = np.nonzero((part >= 0) & np.isin(part >> ROW_BITS, numbers))
            changed = part.copy()
            changed[at] = (into << ROW_BITS) + count + np.arange(at[0].size, dtype=np.int32)
            parts.append(changed)
            rows.append(self._rows(part[at]))
            count += at[0].size
        slabs = {n: x for n, x in self._slabs.items() if n not in numbers}
        live = {n: x for n, x in self._live.items() if n not in numbers}
        slabs[into], live[into] = np.concatenate(rows), count
        return Labelmap(self.shape_kji, parts, slabs, live)

    # Inside

    def _numbered_parts(self) -> Iterator[tuple[int, SlotArray]]:
        """Yield each part with the number of its first block."""
        first = 0
        for part in self._parts:
            yield first, part
            first += part.size

    def _in_parts(self, blocks: IntArray) -> Iterator[tuple[int, slice, IntArray]]:
        """Yield by part: its number, where its blocks stand among these (ascending), and in it."""
        size = self._parts[0].size
        ends = blocks.searchsorted(np.arange(len(self._parts) + 1) * size).tolist()
        for n, (start, stop) in enumerate(itertools.pairwise(ends)):
            if start < stop:
                at = slice(start, stop)
                yield n, at, blocks[at] - n * size

    def _slots(self, blocks: IntArray) -> SlotArray:
        """Return the slots of blocks (ascending)."""
        slots = np.empty(len(blocks), dtype=np.int32)
        for n, at, within in self._in_parts(blocks):
            slots[at] = self._parts[n].reshape(-1)[within]
        return slots

    def _rows(self, slots: SlotArray) -> LabelArray:
        """Return a copy of the blocks in slots, ``[n, 512]``."""
        rows = np.empty((slots.size, BLOCK_VOXELS), dtype=np.uint16)
        # Everywhere, as that is faster than where it is true.
        rows[:] = (-1 - slots).astype(np.uint16)[:, None]
        for slab, at in by_slab(slots):
            rows[at] = blocks_in(self._slabs[slab], slots[at])
        return rows

    def _padded(self, blocks: Sequence[slice], inner: Sequence[slice]) -> LabelArray:
        """Return a box of whole blocks; of each block the inner part (whole, or one plane)."""
        shape = [s.stop - s.start for s in inner]
        counts = [max(0, b.stop - b.start) for b in blocks]
        found = np.zeros([n for pair in zip(counts, shape, strict=True) for n in pair], np.uint16)
        for n, layer in enumerate(range(blocks[0].start, blocks[0].stop)):
            part = self._parts[layer // PART_LAYERS]
            slots = part[layer % PART_LAYERS, blocks[1], blocks[2]]
            into = found[n].transpose(1, 3, 0, 2, 4)
            uniform = slots < -1
            if uniform.any():
                into[uniform] = (-1 - slots[uniform]).astype(np.uint16)[:, None, None, None]
            rows, columns = np.nonzero(slots >= 0)
            mixed = slots[rows, columns]
            for slab, at in by_slab(mixed):
                cubes = blocks_in(self._slabs[slab], mixed[at]).reshape(-1, EDGE, EDGE, EDGE)
                into[rows[at], columns[at]] = cubes[:, inner[0], inner[1], inner[2]]
        return found.reshape([a * b for a, b in zip(counts, shape, strict=True)])

    def _box_around(self, flat_index: IntArray) -> Box:
        k, j, i = (
            slice(int(x.min()), int(x.max()) + 1)
            for x in np.unravel_index(flat_index, self.shape_kji)
        )
        return k, j, i
