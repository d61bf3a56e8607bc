"""Outlines after an edit: only what it crosses is drawn anew, and all of it is right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.core.lesions.segmentation import Segmentation
from app.core.study.study import Study
from tests.support.phantoms import rotation, two_lesions
from viewers.make.contours import Outline, Outliner
from viewers.space.geometry import Plane
from viewers.space.turns import Turn

Point = tuple[float, float, float]


def same(one: tuple[Outline, ...], two: tuple[Outline, ...]) -> bool:
    return [x.label for x in one] == [x.label for x in two] and all(
        np.array_equal(a, b)
        for x, y in zip(one, two, strict=True)
        for a, b in zip(x.lines, y.lines, strict=True)
    )


def edited(segmentation: Segmentation) -> tuple[Segmentation, Point, Point]:
    """Return an edit of a slice of lesion a, a point on it and one two slices on."""
    box = segmentation.labels.boxes()[1]
    k, j, i = ((s.start + s.stop) // 2 for s in box)
    patch = segmentation.patch_in_box((k, j, i), np.zeros((1, 2, 2), np.uint16))
    on, off = (
        tuple(float(x) for x in segmentation.grid.points_lps_mm((k + n, j, i))) for n in (0, 2)
    )
    return segmentation.apply(patch), (on[0], on[1], on[2]), (off[0], off[1], off[2])


def test_slices_that_an_edit_does_not_cross_keep_their_outlines(study: Study) -> None:
    before = two_lesions(study)
    after, on, off = edited(before)
    kept, fresh = Outliner(), Outliner()
    kept.prepare(before, None, None)
    axial = [kept.on_slice(before, Plane.AXIAL, x) for x in (on, off)]
    coronal = kept.on_slice(before, Plane.CORONAL, on)
    kept.prepare(after, None, None)
    fresh.prepare(after, None, None)
    assert kept.on_slice(after, Plane.AXIAL, off) is axial[1], "nothing changed on it"
    assert not same(kept.on_slice(after, Plane.AXIAL, on), axial[0])
    assert not same(kept.on_slice(after, Plane.CORONAL, on), coronal)
    for plane in Plane:
        for point in (on, off):
            one, two = (x.on_slice(after, plane, point) for x in (kept, fresh))
            assert same(one, two)


def test_a_judgement_keeps_all_and_another_result_none(study: Study) -> None:
    before = two_lesions(study)
    point = edited(before)[1]
    outliner = Outliner()
    outliner.prepare(before, None, None)
    found = outliner.on_slice(before, Plane.AXIAL, point)
    judged = replace(before, revision=1)
    outliner.prepare(judged, None, None)
    assert outliner.on_slice(judged, Plane.AXIAL, point) is found
    other = replace(before, id="another", labels=before.labels.edited(*nothing_and_one()))
    outliner.prepare(other, None, None)
    assert outliner.on_slice(other, Plane.AXIAL, point) is not found


def nothing_and_one() -> tuple[np.ndarray, np.ndarray]:
    return np.array([0]), np.array([2], np.uint16)


def test_oblique_outlines_follow_an_edit(study: Study) -> None:
    before = two_lesions(study)
    after, on, _ = edited(before)
    x, y, z = (tuple(row) for row in rotation(0, 20).tolist())
    turn = Turn((x, y, z), on, on)
    kept, fresh = Outliner(), Outliner()
    kept.prepare(before, None, None)
    was = kept.on_slice(before, Plane.AXIAL, on, turn)
    kept.prepare(after, None, None)
    fresh.prepare(after, None, None)
    now = kept.on_slice(after, Plane.AXIAL, on, turn)
    assert not same(now, was)
    assert same(now, fresh.on_slice(after, Plane.AXIAL, on, turn))
