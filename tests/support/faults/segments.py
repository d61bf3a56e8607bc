"""Kind 8: segmentations: sparse, overlapping, of another size, frames lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydicom.dataset import Dataset

from tests.support.faults.fault import ANY, REFUSED, RIGHT, SAID, Apply, Fault, together
from tests.support.faults.shapes import (
    Mask,
    box_mask,
    far_apart,
    in_mask,
    mask_of,
    true_of,
    two_masks,
    two_true,
)
from tests.support.made.files import MadeStudy
from tests.support.made.outlines import (
    as_mask,
    segmentation,
)

_OVERLAP, _FRAME = r"overlap|share|lost", r"frame"


def _seg(masks: Callable[[MadeStudy], Mapping[str, Mask]], **more: Any) -> Apply:
    def apply(study: MadeStudy) -> None:
        as_mask(study, segmentation(study, masks(study), **more))

    return apply


def _frame_lost(dataset: Dataset) -> None:
    dataset.PerFrameFunctionalGroupsSequence = list(dataset.PerFrameFunctionalGroupsSequence)[:-1]


def segment_faults() -> list[Fault]:
    """Return the faults of segmentations."""
    kind, both = "outlines", ANY - REFUSED
    size = r"columns|size|frames|pixel"
    return [
        Fault("14-a_sound", kind, "a SEG in order", _seg(box_mask), accepted=RIGHT),
        Fault(
            "14-a_empty_frames",
            kind,
            "a SEG with empty frames",
            _seg(box_mask, empty_frames=True),
            accepted=RIGHT,
        ),
        Fault(
            "14-b_fractional",
            kind,
            "a fractional SEG",
            _seg(box_mask, kind="FRACTIONAL"),
            accepted=RIGHT,
            always=r"fraction",
        ),
        Fault(
            "14-c_no_spacing",
            kind,
            "a SEG without spacing",
            _seg(box_mask, spacing=False),
            accepted=RIGHT,
        ),
        Fault(
            "14-c_sparse_no_spacing",
            kind,
            "two frames far apart, no spacing",
            _seg(lambda s: {"L1": mask_of(s, far_apart(s)["L1"])}, spacing=False),
            accepted=RIGHT,
            truth=true_of(far_apart),
        ),
        Fault(
            "14-c_sparse",
            kind,
            "two frames far apart",
            _seg(lambda s: {"L1": mask_of(s, far_apart(s)["L1"])}),
            accepted=RIGHT,
            truth=true_of(far_apart),
        ),
        Fault(
            "14-e_overlapping",
            kind,
            "two segments that overlap",
            _seg(two_masks),
            _OVERLAP,
            accepted=both,
            truth=two_true,
        ),
        Fault(
            "14-e_overlapping_fractional",
            kind,
            "two fractional segments that overlap",
            _seg(two_masks, kind="FRACTIONAL"),
            _OVERLAP,
            accepted=both,
            truth=two_true,
        ),
        Fault(
            "14-f_columns_halved",
            kind,
            "a SEG with halved columns",
            together(_seg(box_mask), in_mask(lambda d: setattr(d, "Columns", 16))),
            size,
            accepted=SAID,
        ),
        Fault(
            "14-f_rows_halved",
            kind,
            "a SEG with halved rows",
            together(_seg(box_mask), in_mask(lambda d: setattr(d, "Rows", 12))),
            size,
            accepted=SAID,
        ),
        Fault(
            "14-g_frame_lost",
            kind,
            "a frame without its item",
            together(_seg(box_mask), in_mask(_frame_lost)),
            _FRAME,
            accepted=SAID,
        ),
        Fault(
            "14-g_frames_stated",
            kind,
            "one frame fewer stated",
            together(_seg(box_mask), in_mask(lambda d: setattr(d, "NumberOfFrames", 3))),
            _FRAME,
            accepted=SAID,
        ),
        Fault(
            "14-h_other_frame",
            kind,
            "a SEG of another frame of reference",
            together(_seg(box_mask), in_mask(lambda d: setattr(d, "FrameOfReferenceUID", "1.2.3"))),
            accepted=REFUSED,
            reason=r"frame of reference",
        ),
        Fault(
            "14-i_position_absent",
            kind,
            "a frame without position",
            together(
                _seg(box_mask),
                in_mask(
                    lambda d: delattr(
                        d.PerFrameFunctionalGroupsSequence[1], "PlanePositionSequence"
                    )
                ),
            ),
            _FRAME,
            accepted=SAID,
        ),
        Fault(
            "14-i_position_far",
            kind,
            "a frame at 1e9 mm",
            together(
                _seg(box_mask),
                in_mask(
                    lambda d: setattr(
                        d.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0],
                        "ImagePositionPatient",
                        [-64, -60, 1e9],
                    )
                ),
            ),
            _FRAME + "|far|position",
            accepted=SAID,
        ),
        Fault(
            "14-j_segment_unknown",
            kind,
            "a frame of a segment that is not described",
            together(
                _seg(box_mask),
                in_mask(
                    lambda d: setattr(
                        d.PerFrameFunctionalGroupsSequence[1].SegmentIdentificationSequence[0],
                        "ReferencedSegmentNumber",
                        7,
                    )
                ),
            ),
            _FRAME + "|segment",
            accepted=ANY,
        ),
    ]
