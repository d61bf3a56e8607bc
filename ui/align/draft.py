"""An alignment that is being made: found by the program, moved by hand, not applied yet."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app import __version__
from app.core.space.alignment import (
    AlignmentSource,
    RigidAlignment,
    RigidMotion,
    Triple,
    angles_of,
    motion_matrix,
    rotation_lps,
)
from app.core.study.placement import pair_of, start_alignment
from app.core.study.study import Study


@dataclass(frozen=True, eq=False)
class Draft:
    """A movement with what it began from.

    ``begun`` is the alignment that the movement is nudged from: applied before, found by the
    program, or one that moves nothing.
    """

    begun: RigidAlignment
    motion: RigidMotion

    @classmethod
    def of(cls, alignment: RigidAlignment) -> Draft:
        """Begin from an alignment."""
        return cls(alignment, alignment.decompose())

    @property
    def alignment(self) -> RigidAlignment:
        """What would be applied now."""
        if self.motion == self.begun.decompose():
            return self.begun
        by_hand = self.begun.source in (AlignmentSource.MANUAL, AlignmentSource.AS_READ)
        return replace(
            self.begun,
            matrix_lps_mm=motion_matrix(self.motion, self.begun.pivot_lps_mm),
            source=AlignmentSource.MANUAL if by_hand else AlignmentSource.ADJUSTED,
            metric=None,
            metric_name="",
            version=f"Uptake {__version__}" if by_hand else self.begun.version,
        )

    def moved_to(self, motion: RigidMotion) -> Draft:
        """Return the draft with another movement."""
        return replace(self, motion=motion)

    def shifted(self, axis: int, by_mm: float) -> Draft:
        """Return it shifted along L (0), P (1) or S (2)."""
        shift = [*self.motion.shift_lps_mm]
        shift[axis] += by_mm
        return self.moved_to(replace(self.motion, shift_lps_mm=(shift[0], shift[1], shift[2])))

    def turned(self, axis: int, by_deg: float) -> Draft:
        """Return it turned about an axis through its own centre, after what was done so far."""
        turn = [0.0, 0.0, 0.0]
        turn[axis] = by_deg
        further: Triple = (turn[0], turn[1], turn[2])
        whole = rotation_lps(further) @ rotation_lps(self.motion.angles_deg)
        return self.moved_to(replace(self.motion, angles_deg=angles_of(whole)))


def first_draft(study: Study, role: str) -> Draft:
    """Begin from what was applied; images that lie far apart begin centre on centre.

    Raises
    ------
    InputError
        If the study lacks one of the two images.
    """
    draft = Draft.of(start_alignment(study, role))
    fixed, moving = pair_of(study, role)
    apart = draft.begun.joins_frames and not fixed.grid.overlaps(moving.grid)
    if not apart or draft.begun in study.alignments:
        return draft
    x, y, z = (float(v) for v in np.subtract(fixed.grid.centre_lps_mm, moving.grid.centre_lps_mm))
    return draft.moved_to(RigidMotion(shift_lps_mm=(x, y, z)))
