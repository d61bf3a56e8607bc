"""Which images may be laid over each other, and why others may not."""

from __future__ import annotations

from app.core.space.volume import Quantity, Volume
from app.core.study.study import Study

#: What emission images (PET, NM) hold; a NIfTI PET may not say what its numbers are.
EMISSION = (
    Quantity.SUV_BW,
    Quantity.SUV_LBM,
    Quantity.SUV_BSA,
    Quantity.SUV_IBW,
    Quantity.BQML,
    Quantity.COUNTS,
    Quantity.OTHER,
)
#: Anatomy below; an attenuation map stands in for a CT.
_NAMES = {Quantity.HU: "CT", Quantity.MR: "MR", Quantity.MU: "attenuation map"}


def fusion_obstacle(over: Volume, under: Volume) -> str:
    """Why one image may not be laid over another, as part of a sentence; empty where it may.

    An emission image (PET, NM) lies over a CT or an MR if both state the same frame of reference,
    or neither states one (NIfTI: the scanner space of the files), and their boxes overlap.
    """
    if over.quantity not in EMISSION or under.quantity not in _NAMES:
        return f"only PET or NM is laid over CT or MR, not {over.quantity} over {under.quantity}"
    name = _NAMES[under.quantity]
    frames = over.grid.frame_of_reference_uid, under.grid.frame_of_reference_uid
    if None in frames and frames != (None, None):
        silent = "PET" if frames[0] is None else name
        return f"the {silent} states no frame of reference, and the other does"
    if frames[0] != frames[1]:
        return f"PET and {name} have different frames of reference"
    if not over.grid.overlaps(under.grid):
        return f"PET and {name} do not overlap in space"
    return ""


def can_fuse(study: Study) -> bool:
    """Whether a study's PET may be laid over its CT, or over the MR of a study without one."""
    if study.pet is None or study.under is None or not study.under_aligned:
        return False
    return not fusion_obstacle(study.pet, study.under)
