"""Outlines: an instance labelmap with its table, changed only through patches."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import GridError
from app.core.lesions.lesion import Lesion, LesionStatus
from app.core.space.grid import ImageGrid

LabelArray = npt.NDArray[np.uint16]


@dataclass(frozen=True, eq=False)
class Patch:
    """A sparse change of a labelmap: flat C-order indices with old and new labels.

    ``lesions`` is the whole table after the change (tables are small; voxels are not).
    """

    flat_index: npt.NDArray[np.int64]
    old: LabelArray
    new: LabelArray
    lesions_before: tuple[Lesion, ...]
    lesions_after: tuple[Lesion, ...]

    def inverted(self) -> Patch:
        """Return the patch that undoes this one."""
        return Patch(self.flat_index, self.new, self.old, self.lesions_after, self.lesions_before)

    @property
    def nbytes(self) -> int:
        """Memory of the patch in bytes, for the undo budget."""
        return int(self.flat_index.nbytes + self.old.nbytes + self.new.nbytes)


@dataclass(frozen=True, eq=False)
class Segmentation:
    """A uint16 instance labelmap ``[k, j, i]`` on one grid, 0 = none, with its lesions.

    Raises
    ------
    GridError
        If the array's shape is not the grid's.
    """

    id: str
    grid: ImageGrid
    labels: LabelArray
    lesions: tuple[Lesion, ...]
    revision: int = 0
    source: str = ""

    def __post_init__(self) -> None:
        if tuple(self.labels.shape) != self.grid.shape_kji:
            raise GridError(
                f"The labelmap has shape {self.labels.shape}, its grid {self.grid.shape_kji}."
            )
        labels = np.ascontiguousarray(self.labels, dtype=np.uint16).view()
        labels.flags.writeable = False
        object.__setattr__(self, "labels", labels)
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

        Revisions that moved no voxel share the labels' memory.
        """
        return self.id == other.id and bool(np.may_share_memory(self.labels, other.labels))

    def status_patch(self, lesion_ids: tuple[str, ...], status: LesionStatus) -> Patch:
        """Return the patch that gives these lesions a status; no voxel changes."""
        after = tuple(x.with_status(status) if x.id in lesion_ids else x for x in self.lesions)
        nothing = np.empty(0, dtype=np.int64)
        none = np.empty(0, dtype=np.uint16)
        return Patch(nothing, none, none, self.lesions, after)

    def apply(self, patch: Patch) -> Segmentation:
        """Return the segmentation after a patch, one revision later.

        The labelmap is shared when no voxel changes, and copied once otherwise.
        """
        labels = self.labels
        if patch.flat_index.size:
            labels = labels.copy()
            labels.reshape(-1)[patch.flat_index] = patch.new
        return replace(self, labels=labels, lesions=patch.lesions_after, revision=self.revision + 1)
