"""Why a network scored a lesion as it did, as a map on the PET's grid."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.space.volume import Volume


class SaliencyMethod(StrEnum):
    """How a map was computed."""

    GRAD_CAM = "Grad-CAM"
    INTEGRATED_GRADIENTS = "Integrated gradients"
    OCCLUSION = "Occlusion"


@dataclass(frozen=True, eq=False)
class SaliencyMap:
    """What moved one lesion's score.

    Parameters
    ----------
    lesion_id, segmentation_id, revision
        Whose outline it explains; a map of another revision is stale.
    method
        How it was computed.
    volume
        Non-negative float32 on the PET's native grid, scaled so that its greatest value is 1;
        0 outside of what the score network saw.
    score
        The score explained (0 to 1).
    model_id
        The score package.
    """

    lesion_id: str
    segmentation_id: str
    revision: int
    method: SaliencyMethod
    volume: Volume
    score: float
    model_id: str
