"""Kind 8: contours far apart, doubled, overlapping, keyholes, damaged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.support.faults.fault import ANY, REFUSED, RIGHT, SAID, Apply, Fault, together
from tests.support.faults.shapes import (
    far_apart,
    in_mask,
    true_of,
    two,
    two_true,
    upper_half,
    values_of,
)
from tests.support.made.files import MadeStudy, set_raw
from tests.support.made.outlines import (
    Contour,
    as_mask,
    box_contours,
    rectangle,
    structure_set,
)
from tests.support.trials.verdict import Values

_OVERLAP, _CONTOUR = r"overlap|share|lost", r"contour|outline|ROI"


_FRAME = r"frame"


def _rt(rois: Callable[[MadeStudy], Mapping[str, Sequence[Contour]]], **more: Any) -> Apply:
    def apply(study: MadeStudy) -> None:
        as_mask(study, structure_set(study, rois(study), **more))

    return apply


def _box(study: MadeStudy) -> dict[str, Sequence[Contour]]:
    return {"L1": box_contours(study)}


def _every_other(study: MadeStudy) -> dict[str, Sequence[Contour]]:
    return {"L1": box_contours(study)[::2]}


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
        path = [
            (j0, i0),
            (j0, i1),
            (j1, i1),
            (j1, i0),
            (j0, i0),
            (a, c),
            (b, c),
            (b, d),
            (a, d),
            (a, c),
        ]
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


def contour_faults() -> list[Fault]:
    """Return the faults of contours."""
    return [*_contours(), *_damaged_contours()]


def _contours() -> list[Fault]:
    kind, both = "outlines", ANY - REFUSED
    other = {"L1": "1.2.3.4"}
    return [
        Fault("13-a_sound", kind, "contours in order", _rt(_box), accepted=RIGHT),
        Fault(
            "13-b_far_apart",
            kind,
            "two contours far apart",
            _rt(far_apart),
            accepted=RIGHT,
            truth=true_of(far_apart),
        ),
        Fault(
            "13-b_every_other_slice",
            kind,
            "contours on every other slice",
            _rt(_every_other),
            r"contour|slices|between",
            truth=true_of(_every_other),
        ),
        Fault(
            "13-b_one_slice",
            kind,
            "one contour alone",
            _rt(lambda s: {"L1": box_contours(s)[1:2]}),
            accepted=RIGHT,
            truth=true_of(lambda s: {"L1": box_contours(s)[1:2]}),
        ),
        Fault("13-c_doubled", kind, "one contour twice", _rt(_doubled), accepted=RIGHT),
        Fault(
            "13-c_thrice_reversed",
            kind,
            "one contour three times, once backwards",
            _rt(_tripled_reversed),
            _CONTOUR,
        ),
        Fault(
            "13-c_overlapping_parts",
            kind,
            "two contours of one slice that overlap",
            _rt(_overlapping_parts),
            accepted=RIGHT,
        ),
        Fault(
            "13-d_hole", kind, "an inner contour", _rt(_with_hole), accepted=RIGHT, truth=_hole_true
        ),
        Fault("13-e_keyhole", kind, "a keyhole", _rt(_keyhole), accepted=RIGHT, truth=_hole_true),
        Fault(
            "13-f_between_slices",
            kind,
            "contours between the PET's slices",
            _rt(_between),
            accepted=RIGHT,
        ),
        Fault(
            "13-g_open",
            kind,
            "an open contour beside the box",
            _rt(
                lambda s: {"L1": box_contours(s), "O": box_contours(s)[:1]},
                kinds={"O": "OPEN_PLANAR"},
            ),
            accepted=both,
            note=_CONTOUR,
            always=r"\bO\b|open|contour",
        ),
        Fault(
            "13-h_point",
            kind,
            "a point beside the box",
            _rt(lambda s: {"L1": box_contours(s), "P": [(8, [(9.0, 12.0)])]}, kinds={"P": "POINT"}),
            accepted=both,
            note=_CONTOUR,
        ),
        Fault(
            "13-i_other_frame",
            kind,
            "an ROI of another frame of reference",
            _rt(lambda s: {"A": box_contours(s), "L1": box_contours(s)}, frames={"A": "1.2.3.4"}),
            always=r"frame of reference|\bA\b",
            note=r"frame of reference",
        ),
        Fault(
            "13-i_all_other_frame",
            kind,
            "all ROIs of another frame",
            _rt(_box, frames=other),
            accepted=REFUSED,
            reason=r"frame of reference",
        ),
        Fault(
            "13-k_outside",
            kind,
            "contours outside the PET",
            _rt(lambda s: {"L1": [(k + 500, c) for k, c in box_contours(s)]}),
            accepted=REFUSED,
        ),
        Fault(
            "13-k_partly_outside",
            kind,
            "contours that leave the PET",
            _rt(lambda s: {"L1": [*box_contours(s), *((k + 12, c) for k, c in box_contours(s))]}),
            r"outside|beyond|contour",
            always=r"outside|beyond|contour",
            truth=true_of(
                lambda s: {
                    "L1": [
                        *box_contours(s),
                        *((k, c[1]) for k, c in zip((18, 19), box_contours(s)[:2], strict=True)),
                    ]
                }
            ),
        ),
        Fault(
            "13-l_empty_roi",
            kind,
            "an ROI without contours beside the box",
            _rt(lambda s: {"L1": box_contours(s), "E": []}),
            accepted=RIGHT,
            always=r"without|empty|no (closed planar )?contour",
        ),
        Fault(
            "13-m_two_names",
            kind,
            "two ROIs of one name",
            _rt(lambda s: {"L1": box_contours(s)}),
            accepted=RIGHT,
        ),
        Fault(
            "13-r_overlapping_rois",
            kind,
            "two ROIs that overlap",
            _rt(two),
            _OVERLAP,
            accepted=both,
            truth=two_true,
        ),
        Fault(
            "13-r_roi_within_roi",
            kind,
            "an ROI within another",
            _rt(lambda s: {"A": [*box_contours(s), *upper_half(s)[2:]], "B": box_contours(s)}),
            _OVERLAP,
            accepted=both,
            truth=true_of(
                lambda s: {"A": [*box_contours(s), *upper_half(s)[2:]], "B": box_contours(s)}
            ),
        ),
        Fault(
            "13-s_oblique",
            kind,
            "contours on an oblique PET",
            _rt(_box),
            accepted=RIGHT,
            recipe={"turned_deg": (10.0, 20.0, 30.0)},
        ),
        Fault(
            "13-s_sagittal",
            kind,
            "contours on a sagittal PET",
            _rt(_box),
            accepted=RIGHT,
            recipe={"turned_deg": (0.0, 90.0, 0.0)},
        ),
    ]


def _damaged_contours() -> list[Fault]:
    kind = "outlines"
    found = [
        Fault(
            f"13-n_contour_{name}",
            kind,
            f"one contour that is {says}",
            together(_rt(_box), _contour_data(text)),
            _CONTOUR,
            accepted=SAID,
            always=_CONTOUR,
        )
        for name, says, text in (
            ("text", "text", "abc"),
            ("cut", "cut off", "1\\2\\3x"),
            ("four", "four numbers", "1\\2\\3\\4"),
            ("empty", "empty", ""),
            ("nan", "no number", "nan\\1\\2\\3\\4\\5\\6\\7\\8"),
            (
                "comma",
                "written with commas",
                "-26,0\\-22,5\\118,0\\-2,0\\-22,5\\118,0\\-2,0\\-2,5\\118,0",
            ),
        )
    ]
    found += [
        Fault(
            f"13-o_corner_{name}",
            kind,
            f"one corner far off along {axis}",
            together(_rt(_box), _far_corner(value, axis)),
            _CONTOUR + r"|far|plane|outside",
            accepted=SAID,
        )
        for name, value, axis in (
            ("z_1000", 1000.0, 2),
            ("x_3000", 3000.0, 0),
            ("z_20_mm", 141.0, 2),
            ("x_1e9", 1e9, 0),
            ("y_1e300", 1e300, 1),
        )
    ]
    return [
        *found,
        Fault(
            "13-p_no_sequences",
            kind,
            "an RTSTRUCT without contours",
            together(_rt(_box), in_mask(lambda d: delattr(d, "ROIContourSequence"))),
            accepted=REFUSED,
        ),
        Fault(
            "13-p_number_lost",
            kind,
            "an ROI number that no ROI has",
            together(
                _rt(two),
                in_mask(lambda d: setattr(d.ROIContourSequence[1], "ReferencedROINumber", 9)),
            ),
            r"\bROI\b|\bB\b|number",
            truth=two_true,
        ),
    ]
