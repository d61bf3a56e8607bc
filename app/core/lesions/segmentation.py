"""Outlines: an instance labelmap with its table, changed only through patches."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.core.kit.errors import GridError
from app.core.lesions.blocks import IntArray, LabelArray
from app.core.lesions.labelmap import Box, Labelmap
from app.core.lesions.lesion import Lesion, LesionStatus
from app.core.space.grid import ImageGrid


@dataclass(frozen=True, eq=False)
class Patch:
    """A sparse change of a labelmap: flat C-order indices with old and new labels.

    ``lesions`` is the whole table after the change (tables are small; voxels are not).
    """

    flat_index: IntArray
    old: LabelArray
    new: LabelArray
    lesions_before: tuple[Lesion, ...]
    lesions_after: tuple[Lesion, ...]

    def inverted(self) -> Patch:
        """Return the patch that undoes this one."""
        return Patch(self.flat_index, self.new, self.old, self.lesions_after, self.lesions_before)

    def changed_lesions(self) -> tuple[str, ...]:
        """Return the ids of lesions that come, go, or change in the table or in their voxels."""
        before = {x.id: x for x in self.lesions_before}
        after = {x.id: x for x in self.lesions_after}
        drawn = set(self.redrawn_lesions())
        return tuple(
            key for key in {**before, **after} if before.get(key) != after.get(key) or key in drawn
        )

    def redrawn_lesions(self) -> tuple[str, ...]:
        """Return the ids of lesions that lose or gain a voxel."""
        lost, gained = set(self.old.tolist()), set(self.new.tolist())
        ids = [x.id for x in self.lesions_before if x.label in lost]
        return tuple(
            dict.fromkeys([*ids, *(x.id for x in self.lesions_after if x.label in gained)])
        )

    def labels(self) -> tuple[int, ...]:
        """Return the labels that lose or gain a voxel, ascending, without 0."""
        found = np.union1d(self.old, self.new)
        return tuple(found[found != 0].tolist())

    def box(self, shape_kji: tuple[int, int, int]) -> Box | None:
        """Return the smallest box around the voxels that change; ``None`` if none does."""
        if not self.flat_index.size:
            return None
        places = np.unravel_index(self.flat_index, shape_kji)
        k, j, i = (slice(int(x.min()), int(x.max()) + 1) for x in places)
        return k, j, i


@dataclass(frozen=True)
class LesionsChanged:
    """What is announced where lesions changed: the table, values, or outlines.

    Parameters
    ----------
    ids
        Lesions whose row, values or outline changed; those that came or went too.
    segmentation_id, revision
        The state that it is now.
    labels
        Labels that lost or gained a voxel; empty where no outline changed.
    box
        Smallest box (slices of k, j, i) around the voxels that changed; ``None`` where none did.
        What it does not cross looks as before.
    """

    ids: tuple[str, ...]
    segmentation_id: str
    revision: int
    labels: tuple[int, ...] = ()
    box: Box | None = None


@dataclass(frozen=True, eq=False)
class Segmentation:
    """A uint16 instance labelmap ``[k, j, i]`` on one grid, 0 = none, with its lesions.

    Raises
    ------
    GridError
        If the labelmap's shape is not the grid's.
    """

    id: str
    grid: ImageGrid
    labels: Labelmap
    lesions: tuple[Lesion, ...]
    revision: int = 0
    source: str = ""

    def __post_init__(self) -> None:
        if self.labels.shape_kji != self.grid.shape_kji:
            raise GridError(
                f"The labelmap has shape {self.labels.shape_kji}, its grid {self.grid.shape_kji}."
            )
        object.__setattr__(self, "lesions", tuple(self.lesions))

    def lesion(self, lesion_id: str) -> Lesion:
        """Return the lesion of this id.

        Raises
        ------
        KeyError
            If there is none.
        """
        for lesion in self.lesions:
            if lesion.id == lesion_id:
                return lesion
        raise KeyError(lesion_id)

    def same_outlines(self, other: Segmentation) -> bool:
        """Whether both are states of one segmentation between which no voxel changed.

        Revisions that moved no voxel have one and the same labelmap.
        """
        return self.id == other.id and self.labels is other.labels

    def status_patch(self, lesion_ids: tuple[str, ...], status: LesionStatus) -> Patch:
        """Return the patch that gives these lesions a status; no voxel changes."""
        after = tuple(x.with_status(status) if x.id in lesion_ids else x for x in self.lesions)
        nothing = np.empty(0, dtype=np.int64)
        none = np.empty(0, dtype=np.uint16)
        return Patch(nothing, none, none, self.lesions, after)

    def values_changed(self, lesion_ids: tuple[str, ...]) -> LesionsChanged:
        """Return what is announced where only values of lesions changed."""
        return LesionsChanged(lesion_ids, self.id, self.revision)

    def changed_by(self, patch: Patch) -> LesionsChanged:
        """Return what is announced where a patch has led to this state."""
        ids, box = patch.changed_lesions(), patch.box(self.grid.shape_kji)
        return LesionsChanged(ids, self.id, self.revision, patch.labels(), box)

    def patch(
        self, flat_index: IntArray, new: LabelArray, lesions: tuple[Lesion, ...] | None = None
    ) -> Patch:
        """Return the patch that sets voxels (C-order flat indices ``[n]``), where they differ.

        ``lesions`` is the table with it; the present one, if ``None``.

        Raises
        ------
        IndexError
            If a voxel is outside of the grid.
        """
        old = self.labels.take(flat_index)
        differs = old != new
        after = self.lesions if lesions is None else tuple(lesions)
        return Patch(flat_index[differs], old[differs], new[differs], self.lesions, after)

    def patch_in_box(
        self,
        start_kji: tuple[int, int, int],
        labels: LabelArray,
        lesions: tuple[Lesion, ...] | None = None,
    ) -> Patch:
        """Return the patch that puts labels ``[k, j, i]`` into the box that begins at an index.

        Raises
        ------
        GridError
            If the box reaches beyond the grid.
        """
        ends = [a + n for a, n in zip(start_kji, labels.shape, strict=True)]
        if min(start_kji) < 0 or any(e > n for e, n in zip(ends, self.grid.shape_kji, strict=True)):
            raise GridError("The new labels reach beyond the grid of the outlines.")
        k, j, i = (slice(a, e) for a, e in zip(start_kji, ends, strict=True))
        inside = np.nonzero(self.labels.box((k, j, i)) != labels)
        index = tuple(x + a for x, a in zip(inside, start_kji, strict=True))
        flat = np.ravel_multi_index(index, self.grid.shape_kji).astype(np.int64)
        return self.patch(flat, labels[inside].astype(np.uint16), lesions)

    def apply(self, patch: Patch) -> Segmentation:
        """Return the segmentation after a patch, one revision later.

        Only the blocks that it touches are made anew; where no voxel changes, the labelmap stays.
        """
        labels = self.labels.edited(patch.flat_index, patch.new)
        return replace(self, labels=labels, lesions=patch.lesions_after, revision=self.revision + 1)
