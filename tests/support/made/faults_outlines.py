"""Kind 8: outlines: contours far apart, doubled, overlapping, keyholes, lost frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from tests.support.made.fault import ANY, REFUSED, RIGHT, SAID, Apply, Fault, together
from tests.support.made.files import MadeStudy, set_raw
from tests.support.made.outlines import (
    Contour,
    as_mask,
    box_contours,
    rectangle,
    segmentation,
    structure_set,
)
from tests.support.trials.verdict import Values

Mask = npt.NDArray[np.bool_]
Truth = Callable[[MadeStudy], Mapping[str, Values]]
_OVERLAP, _CONTOUR = r"overlap|share|lost", r"contour|outline|ROI"
_FRAME = r"frame"


def values_of(study: MadeStudy, mask: Mask) -> Values:
    """Return SUVmax, SUVmean and volume within a mask ``[k, j, i]``."""
    voxel_ml = abs(float(np.linalg.det(study.made.recipe.affine_lps_mm[:3, :3]))) / 1000.0
    found = study.made.suv[mask]
    return float(found.max()), float(found.mean()), float(mask.sum() * voxel_ml)


def _mask(study: MadeStudy, rows: Sequence[Contour]) -> Mask:
    """Voxels within rectangles, each a slab of one slice."""
    mask = np.zeros(study.made.recipe.shape_kji, bool)
    for k, corners in rows:
        j, i = zip(*corners, strict=True)
        mask[round(k), round(min(j) + 0.5) : round(max(j) + 0.5),
             round(min(i) + 0.5) : round(max(i) + 0.5)] = True  # fmt: skip
    return mask


def _rt(rois: Callable[[MadeStudy], Mapping[str, Sequence[Contour]]], **more: Any) -> Apply:
    return lambda study: as_mask(study, structure_set(study, rois(study), **more)) and None


def _seg(masks: Callable[[MadeStudy], Mapping[str, Mask]], **more: Any) -> Apply:
    return lambda study: as_mask(study, segmentation(study, masks(study), **more)) and None


def _box(study: MadeStudy) -> dict[str, Sequence[Contour]]:
    return {"L1": box_contours(study)}


def _box_mask(study: MadeStudy) -> dict[str, Mask]:
    return {"L1": study.made.mask > 0}


def _upper_half(study: MadeStudy) -> list[Contour]:
    """The box's upper two slices and two above it."""
    k, j, i = study.made.recipe.box
    first = k.stop - 2
    return [rectangle(n, (j.start, j.stop), (i.start, i.stop)) for n in range(first, first + 4)]


def _two(study: MadeStudy) -> dict[str, Sequence[Contour]]:
    return {"A": box_contours(study), "B": _upper_half(study)}


def _two_masks(study: MadeStudy) -> dict[str, Mask]:
    return {name: _mask(study, rows) for name, rows in _two(study).items()}


def _two_true(study: MadeStudy) -> dict[str, Values]:
    return {name: values_of(study, mask) for name, mask in _two_masks(study).items()}


def _far_apart(study: MadeStudy) -> dict[str, Sequence[Contour]]:
    _, j, i = study.made.recipe.box
    return {"L1": [rectangle(k, (j.start, j.stop), (i.start, i.stop)) for k in (2, 17)]}


def _every_other(study: MadeStudy) -> dict[str, Sequence[Contour]]:
    return {"L1": box_contours(study)[::2]}


def _true_of(rois: Callable[[MadeStudy], Mapping[str, Sequence[Contour]]]) -> Truth:
    def truth(study: MadeStudy) -> Mapping[str, Values]:
        return {n: values_of(study, _mask(study, rows)) for n, rows in rois(study).items()}

    return truth


def _doubled(study: MadeStudy) -> dict[str, Sequence[Contour]]:
    rows = box_contours(study)
    return {"L1": [*rows, rows[2]]}


def _tripled_reversed(study: MadeStudy) -> dict[str, Sequence[Contour]]:
    rows = box_contours(study)
    k, corners = rows[2]
    return {"L1": [*rows, rows[2], (k, list(reversed(corners)))]}


def _overlapping_parts(study: MadeStudy) -> dict[str, Sequence[Contour]]:
    """Two rectangles a slice that share their middle."""
    k, j, i = study.made.recipe.box
    rows: list[Contour] = []
    for n in range(k.start, k.stop):
        rows.append(rectangle(n, (j.start, j.stop), (i.start, i.stop - 2)))
        rows.append(rectangle(n, (j.start, j.stop), (i.start + 2, i.stop)))
    return {"L1": rows}


def _with_hole(study: MadeStudy) -> dict[str, Sequence[Contour]]:
    k, j, i = study.made.recipe.box
    inner = [
        rectangle(n, (j.start + 1, j.stop - 1), (i.start + 2, i.stop - 2))
        for n in range(k.start, k.stop)
    ]
    outer = [(n, list(corners)) for n, corners in box_contours(study)]
    return {"L1": [*outer, *((n, list(reversed(c))) for n, c in inner)]}


def _hole_true(study: MadeStudy) -> dict[str, Values]:
    k, j, i = study.made.recipe.box
    mask = study.made.mask > 0
    mask[k, j.start + 1 : j.stop - 1, i.start + 2 : i.stop - 2] = False
    return {"L1": values_of(study, mask)}


def _keyhole(study: MadeStudy) -> dict[str, Sequence[Contour]]:
    """One contour that goes in along a seam, around the hole, and out again."""
    rows = []
    for n, outer in box_contours(study):
        (j0, i0), (_, i1), (j1, _), _ = outer
        a, b, c, d = j0 + 1, j1 - 1, i0 + 2, i1 - 2
        path = [(j0, i0), (j0, i1), (j1, i1), (j1, i0), (j0, i0),
                (a, c), (b, c), (b, d), (a, d), (a, c)]  # fmt: skip
        rows.append((n, path))
    return {"L1": rows}


def _between(study: MadeStudy) -> dict[str, Sequence[Contour]]:
    return {"L1": [(k + 0.3, corners) for k, corners in box_contours(study)]}


def _contour_data(text: str) -> Apply:
    def apply(study: MadeStudy) -> None:
        assert study.mask_file is not None
        item = study.mask_file.dataset.ROIContourSequence[0].ContourSequence[1]
        set_raw(item, "ContourData", "DS", text)

    return apply


def _far_corner(value: float, axis: int) -> Apply:
    def apply(study: MadeStudy) -> None:
        assert study.mask_file is not None
        item = study.mask_file.dataset.ROIContourSequence[0].ContourSequence[1]
        points = [float(x) for x in item.ContourData]
        points[axis] = value
        item.ContourData = points

    return apply


def _in_mask(change: Callable[[Dataset], None]) -> Apply:
    def apply(study: MadeStudy) -> None:
        assert study.mask_file is not None
        change(study.mask_file.dataset)

    return apply


def _frame_lost(dataset: Dataset) -> None:
    dataset.PerFrameFunctionalGroupsSequence = list(dataset.PerFrameFunctionalGroupsSequence)[:-1]


def outline_faults() -> list[Fault]:
    """Return the faults of this kind."""
    return [*_contours(), *_damaged_contours(), *_segments()]


def _contours() -> list[Fault]:
    kind, both = "outlines", ANY - REFUSED
    other = {"L1": "1.2.3.4"}
    rows = [
        Fault("13-a_sound", kind, "contours in order", _rt(_box), accepted=RIGHT),
        Fault("13-b_far_apart", kind, "two contours far apart", _rt(_far_apart), accepted=RIGHT,
              truth=_true_of(_far_apart)),
        Fault("13-b_every_other_slice", kind, "contours on every other slice", _rt(_every_other),
              r"contour|slices|between", truth=_true_of(_every_other)),
        Fault("13-b_one_slice", kind, "one contour alone",
              _rt(lambda s: {"L1": box_contours(s)[1:2]}), accepted=RIGHT,
              truth=_true_of(lambda s: {"L1": box_contours(s)[1:2]})),
        Fault("13-c_doubled", kind, "one contour twice", _rt(_doubled), accepted=RIGHT),
        Fault("13-c_thrice_reversed", kind, "one contour three times, once backwards",
              _rt(_tripled_reversed), _CONTOUR),
        Fault("13-c_overlapping_parts", kind, "two contours of one slice that overlap",
              _rt(_overlapping_parts), accepted=RIGHT),
        Fault("13-d_hole", kind, "an inner contour", _rt(_with_hole), accepted=RIGHT, truth=_hole_true),
        Fault("13-e_keyhole", kind, "a keyhole", _rt(_keyhole), accepted=RIGHT, truth=_hole_true),
        Fault("13-f_between_slices", kind, "contours between the PET's slices", _rt(_between),
              accepted=RIGHT),
        Fault("13-g_open", kind, "an open contour beside the box",
              _rt(lambda s: {"L1": box_contours(s), "O": box_contours(s)[:1]}, kinds={"O": "OPEN_PLANAR"}),
              accepted=both, note=_CONTOUR, always=r"\bO\b|open|contour"),
        Fault("13-h_point", kind, "a point beside the box",
              _rt(lambda s: {"L1": box_contours(s), "P": [(8, [(9.0, 12.0)])]}, kinds={"P": "POINT"}),
              accepted=both, note=_CONTOUR),
        Fault("13-i_other_frame", kind, "an ROI of another frame of reference",
              _rt(lambda s: {"A": box_contours(s), "L1": box_contours(s)}, frames={"A": "1.2.3.4"}),
              always=r"frame of reference|\bA\b", note=r"frame of reference"),
        Fault("13-i_all_other_frame", kind, "all ROIs of another frame", _rt(_box, frames=other),
              accepted=REFUSED, reason=r"frame of reference"),
        Fault("13-k_outside", kind, "contours outside the PET",
              _rt(lambda s: {"L1": [(k + 500, c) for k, c in box_contours(s)]}), accepted=REFUSED),
        Fault("13-k_partly_outside", kind, "contours that leave the PET",
              _rt(lambda s: {"L1": [*box_contours(s), *((k + 12, c) for k, c in box_contours(s))]}),
              r"outside|beyond|contour", always=r"outside|beyond|contour",
              truth=_true_of(lambda s: {"L1": [*box_contours(s), *((k, c[1]) for k, c in zip(
                  (18, 19), box_contours(s)[:2], strict=True))]})),
        Fault("13-l_empty_roi", kind, "an ROI without contours beside the box",
              _rt(lambda s: {"L1": box_contours(s), "E": []}), accepted=RIGHT,
              always=r"\bE\b|without|empty|no contour"),
        Fault("13-m_two_names", kind, "two ROIs of one name", _rt(lambda s: {"L1": box_contours(s)}),
              accepted=RIGHT),
        Fault("13-r_overlapping_rois", kind, "two ROIs that overlap", _rt(_two), _OVERLAP,
              accepted=both, truth=_two_true),
        Fault("13-r_roi_within_roi", kind, "an ROI within another",
              _rt(lambda s: {"A": [*box_contours(s), *_upper_half(s)[2:]], "B": box_contours(s)}),
              _OVERLAP, accepted=both,
              truth=_true_of(lambda s: {"A": [*box_contours(s), *_upper_half(s)[2:]],
                                        "B": box_contours(s)})),
        Fault("13-s_oblique", kind, "contours on an oblique PET", _rt(_box), accepted=RIGHT,
              recipe={"turned_deg": (10.0, 20.0, 30.0)}),
        Fault("13-s_sagittal", kind, "contours on a sagittal PET", _rt(_box), accepted=RIGHT,
              recipe={"turned_deg": (0.0, 90.0, 0.0)}),
    ]  # fmt: skip
    return rows


def _damaged_contours() -> list[Fault]:
    kind = "outlines"
    found = [
        Fault(f"13-n_contour_{name}", kind, f"one contour that is {says}",
              together(_rt(_box), _contour_data(text)), _CONTOUR, accepted=SAID, always=_CONTOUR)
        for name, says, text in (
            ("text", "text", "abc"), ("cut", "cut off", "1\\2\\3x"), ("four", "four numbers", "1\\2\\3\\4"),
            ("empty", "empty", ""), ("nan", "no number", "nan\\1\\2\\3\\4\\5\\6\\7\\8"),
            ("comma", "written with commas", "-26,0\\-22,5\\118,0\\-2,0\\-22,5\\118,0\\-2,0\\-2,5\\118,0"),
        )
    ]  # fmt: skip
    found += [
        Fault(f"13-o_corner_{name}", kind, f"one corner far off along {axis}",
              together(_rt(_box), _far_corner(value, axis)), _CONTOUR + r"|far|plane|outside",
              accepted=SAID)
        for name, value, axis in (("z_1000", 1000.0, 2), ("x_3000", 3000.0, 0), ("z_20_mm", 141.0, 2),
                                  ("x_1e9", 1e9, 0), ("y_1e300", 1e300, 1))
    ]  # fmt: skip
    return [
        *found,
        Fault("13-p_no_sequences", kind, "an RTSTRUCT without contours",
              together(_rt(_box), _in_mask(lambda d: delattr(d, "ROIContourSequence"))),
              accepted=REFUSED),
        Fault("13-p_number_lost", kind, "an ROI number that no ROI has",
              together(_rt(_two), _in_mask(lambda d: setattr(
                  d.ROIContourSequence[1], "ReferencedROINumber", 9))),
              r"\bROI\b|\bB\b|number", truth=_two_true),
    ]  # fmt: skip


def _segments() -> list[Fault]:
    kind, both = "outlines", ANY - REFUSED
    size = r"columns|size|frames|pixel"
    return [
        Fault("14-a_sound", kind, "a SEG in order", _seg(_box_mask), accepted=RIGHT),
        Fault("14-a_empty_frames", kind, "a SEG with empty frames", _seg(_box_mask, empty_frames=True),
              accepted=RIGHT),
        Fault("14-b_fractional", kind, "a fractional SEG", _seg(_box_mask, kind="FRACTIONAL"),
              accepted=RIGHT, always=r"fraction"),
        Fault("14-c_no_spacing", kind, "a SEG without spacing", _seg(_box_mask, spacing=False),
              accepted=RIGHT),
        Fault("14-c_sparse_no_spacing", kind, "two frames far apart, no spacing",
              _seg(lambda s: {"L1": _mask(s, _far_apart(s)["L1"])}, spacing=False), accepted=RIGHT,
              truth=_true_of(_far_apart)),
        Fault("14-c_sparse", kind, "two frames far apart",
              _seg(lambda s: {"L1": _mask(s, _far_apart(s)["L1"])}), accepted=RIGHT,
              truth=_true_of(_far_apart)),
        Fault("14-e_overlapping", kind, "two segments that overlap", _seg(_two_masks), _OVERLAP,
              accepted=both, truth=_two_true),
        Fault("14-e_overlapping_fractional", kind, "two fractional segments that overlap",
              _seg(_two_masks, kind="FRACTIONAL"), _OVERLAP, accepted=both, truth=_two_true),
        Fault("14-f_columns_halved", kind, "a SEG with halved columns",
              together(_seg(_box_mask), _in_mask(lambda d: setattr(d, "Columns", 16))), size,
              accepted=SAID),
        Fault("14-f_rows_halved", kind, "a SEG with halved rows",
              together(_seg(_box_mask), _in_mask(lambda d: setattr(d, "Rows", 12))), size,
              accepted=SAID),
        Fault("14-g_frame_lost", kind, "a frame without its item",
              together(_seg(_box_mask), _in_mask(_frame_lost)), _FRAME, accepted=SAID),
        Fault("14-g_frames_stated", kind, "one frame fewer stated",
              together(_seg(_box_mask), _in_mask(lambda d: setattr(d, "NumberOfFrames", 3))), _FRAME,
              accepted=SAID),
        Fault("14-h_other_frame", kind, "a SEG of another frame of reference",
              together(_seg(_box_mask), _in_mask(lambda d: setattr(d, "FrameOfReferenceUID", "1.2.3"))),
              accepted=REFUSED, reason=r"frame of reference"),
        Fault("14-i_position_absent", kind, "a frame without position",
              together(_seg(_box_mask), _in_mask(
                  lambda d: delattr(d.PerFrameFunctionalGroupsSequence[1], "PlanePositionSequence"))),
              _FRAME, accepted=SAID),
        Fault("14-i_position_far", kind, "a frame at 1e9 mm",
              together(_seg(_box_mask), _in_mask(lambda d: setattr(
                  d.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0],
                  "ImagePositionPatient", [-64, -60, 1e9]))), _FRAME + "|far|position", accepted=SAID),
        Fault("14-j_segment_unknown", kind, "a frame of a segment that is not described",
              together(_seg(_box_mask), _in_mask(lambda d: setattr(
                  d.PerFrameFunctionalGroupsSequence[1].SegmentIdentificationSequence[0],
                  "ReferencedSegmentNumber", 7))), _FRAME + "|segment", accepted=ANY),
    ]  # fmt: skip
