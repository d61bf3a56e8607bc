"""Images that a network or a formula made from others: always marked, never in their place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.space.volume import Volume
from app.core.study.provenance import Provenance


class DerivedKind(StrEnum):
    """What was made."""

    DENOISED = "denoised PET"
    SUPER_RESOLVED = "super-resolved PET"
    SYNTHETIC_CT = "synthetic CT"
    MU_MAP = "attenuation map"

    @property
    def stands_for(self) -> str:
        """Which image of a study it is compared with and shown like: ``pet`` or ``ct``."""
        return "ct" if self in (DerivedKind.SYNTHETIC_CT, DerivedKind.MU_MAP) else "pet"


@dataclass(frozen=True, eq=False)
class DerivedImage:
    """A derived image with everything known about its making.

    Parameters
    ----------
    id
        Unique in a session (`app.core.lesions.lesion.new_lesion_id`).
    kind
        What was made.
    title
        A short name for lists and panes: ``Denoised (dose / 4)``.
    volume
        The image. A denoised PET lies on the original's grid; a super-resolved one on a grid of
        half its voxel size; a synthetic CT on the MR's grid.
    deviation
        Standard deviation per voxel on the same grid and in the same unit, or ``None``.
    source_uids
        Series UIDs of the originals by role (``PET``, ``CT``, ``MR``).
    provenance
        Model, weights, samples, device, warnings.
    """

    id: str
    kind: DerivedKind
    title: str
    volume: Volume
    deviation: Volume | None
    source_uids: dict[str, str]
    provenance: Provenance
