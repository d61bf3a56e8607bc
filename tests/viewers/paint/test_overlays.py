from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pytestqt.qtbot import QtBot

from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import LesionStatus
from app.core.lesions.segmentation import Segmentation
from app.core.space.volume import Quantity, Volume
from app.core.study.study import Study
from tests.support.offscreen import render_offscreen
from tests.support.phantoms import make_study, two_lesions, voxel_points, with_status
from viewers.desk.desk import ReadingDesk
from viewers.make.contours import Outliner, mask_lines
from viewers.make.mip_frames import MipFrames
from viewers.paint.overlays import certainty_runs
from viewers.space.geometry import Plane
from viewers.space.layouts import Content

GREEN, PINK = (0, 255, 0), (255, 0, 255)
COLOURS = {"a": GREEN, "b": PINK}
HOT_A, HOT_B = (-30.0, -10.0, 30.0), (25.0, 12.0, -20.0)
Draw = Callable[..., npt.NDArray[np.uint8]]


@pytest.fixture
def draw(qtbot: QtBot, study: Study, frames: MipFrames) -> Draw:
    """Draw the phantom without writing, outlines at ``a``."""

    def run(segmentation: Segmentation | None, **options: Any) -> npt.NDArray[np.uint8]:
        chosen: dict[str, Any] = {"cursor_lps_mm": HOT_A, "mip": frames, **options}
        return render_offscreen(
            study,
            size=(960, 720),
            writing=False,
            segmentation=segmentation,
            colours=COLOURS,
            **chosen,
        )

    return run


def coloured(picture: npt.NDArray[np.uint8], colour: tuple[int, int, int]) -> npt.NDArray[np.bool_]:
    """Pixels that are nearly of a saturated colour."""
    near: npt.NDArray[np.bool_] = np.abs(picture.astype(int) - colour).max(axis=2) < 90
    return near


def test_lines_go_around_the_mask() -> None:
    mask = np.zeros((20, 30), bool)
    mask[5:12, 8:20] = True
    mask[8:10, 12:15] = False
    lines = mask_lines(mask)
    assert len(lines) == 2
    outer = max(lines, key=len)
    np.testing.assert_allclose(outer.min(axis=0), (4.5, 7.5), atol=0.15)
    np.testing.assert_allclose(outer.max(axis=0), (11.5, 19.5), atol=0.15)
    assert all(np.array_equal(line[0], line[-1]) for line in lines)


@pytest.mark.parametrize("where", [(0, 0), (19, 29), (7, 8)])
def test_a_single_voxel_keeps_its_outline(where: tuple[int, int]) -> None:
    mask = np.zeros((20, 30), bool)
    mask[where] = True
    (line,) = mask_lines(mask)
    np.testing.assert_allclose(line.mean(axis=0), where, atol=0.2)
    assert 0.5 < np.ptp(line, axis=0).min() < 1.3


def test_nothing_has_no_lines() -> None:
    assert mask_lines(np.zeros((4, 4), bool)) == ()


@pytest.mark.parametrize("plane", list(Plane))
def test_outlines_lie_on_the_lesion_in_patient_space(study: Study, plane: Plane) -> None:
    segmentation = two_lesions(study)
    outliner = Outliner()
    outliner.prepare(segmentation, None, None)
    (outline,) = outliner.on_slice(segmentation, plane, HOT_A)
    assert outline.label == 1
    radius = np.linalg.norm(outline.lines[0] - np.array(HOT_A), axis=1)
    assert radius.max() < 14 + 5
    assert radius.min() > 14 - 5
    assert outliner.on_slice(segmentation, plane, (500.0, 500.0, 500.0)) == ()
    assert outliner.on_slice(segmentation, plane, HOT_A)[0] is outline


def test_shadow_lies_around_the_lesion(study: Study, frames: MipFrames) -> None:
    segmentation = two_lesions(study)
    outliner = Outliner()
    outliner.prepare(segmentation, None, frames)
    for number in (0, 7, 18, 30):
        outlines = outliner.on_mip(segmentation, number)
        for outline, centre in zip(outlines, (HOT_A, HOT_B), strict=True):
            middle = (outline.lines[0].min(axis=0) + outline.lines[0].max(axis=0)) / 2
            off = (middle - frames.project(number, centre)) * (frames.row_mm, frames.column_mm)
            assert np.abs(off).max() < 4.0


def test_outlines_on_every_pane_that_the_lesion_crosses(
    draw: Draw, desk: ReadingDesk, study: Study
) -> None:
    picture = draw(two_lesions(study))
    plain = draw(None)
    for box in desk.scene.boxes(960, 720):
        tile = picture[box.y : box.y + box.height, box.x : box.x + box.width]
        assert coloured(tile, GREEN).sum() > 20, box.spec
        before = plain[box.y : box.y + box.height, box.x : box.x + box.width]
        assert coloured(before, GREEN).sum() == 0, box.spec
        # The other lesion lies elsewhere: only its shadow on the MIP is seen.
        assert (coloured(tile, PINK).sum() > 10) == (box.spec.content is Content.MIP)
        ys, xs = np.nonzero(coloured(tile, GREEN))
        desk.model.navigation.set_cursor(HOT_A)
        at = desk.crosshair_px(box)
        assert at is not None
        assert abs(xs.mean() - at[0]) < 6
        assert abs(ys.mean() - at[1]) < 6


def test_rejected_is_hidden_and_physiological_is_quiet(draw: Draw, study: Study) -> None:
    segmentation = two_lesions(study)
    rejected = with_status(segmentation, "a", LesionStatus.REJECTED)
    assert coloured(draw(rejected), GREEN).sum() == 0
    quiet = with_status(segmentation, "a", LesionStatus.PHYSIOLOGICAL)
    picture, plain = draw(quiet), draw(None)
    assert coloured(picture, GREEN).sum() == 0
    assert np.abs(picture.astype(int) - plain).max(axis=2).astype(bool).sum() > 200


def test_certain_rims_are_solid_and_uncertain_ones_are_not(draw: Draw, study: Study) -> None:
    segmentation = two_lesions(study)
    points = voxel_points(segmentation.grid)
    full, pictures = {}, {}
    for bits in (0.0, 0.5, 0.95):
        entropy = np.where(np.linalg.norm(points - np.array(HOT_A), axis=-1) < 25, bits, 0.0)
        volume = Volume(segmentation.grid, entropy.astype(np.float32), Quantity.ENTROPY)
        picture = draw(segmentation, uncertainty=volume)[:, :718].astype(int)
        # A full line: as green as can be, and nearly nothing else.
        full[bits] = int((picture[..., 1] - picture[..., [0, 2]].max(axis=2) > 200).sum())
        pictures[bits] = picture
    assert full[0.0] > 200
    assert full[0.5] < 0.2 * full[0.0]
    assert full[0.95] < 0.2 * full[0.0]
    # Faded and hatched can be told apart.
    assert (np.abs(pictures[0.95] - pictures[0.5]).max(axis=2) > 60).sum() > 500


def test_runs_cover_the_line_without_gaps() -> None:
    entropy = np.array([0.0, 0.1, 0.4, 0.5, 0.9, 0.9, 0.1, 0.0])
    runs = certainty_runs(entropy)
    assert [kind for kind, _ in runs] == [0, 1, 2, 0]
    assert runs[0][1].start == 0
    assert runs[-1][1].stop == len(entropy)
    for (_, a), (_, b) in itertools.pairwise(runs):
        assert a.stop - 1 == b.start
    assert certainty_runs(np.zeros(1)) == []


def test_selected_is_brighter_and_hiding_hides(desk: ReadingDesk, study: Study) -> None:
    desk.model.navigation.set_cursor(HOT_A)
    plain = desk.snapshot()
    desk.model.overlays.set_segmentation(two_lesions(study), COLOURS)
    usual = desk.snapshot()
    desk.model.overlays.set_selected("a")
    selected = desk.snapshot()
    assert coloured(selected, GREEN).sum() > 1.2 * coloured(usual, GREEN).sum()
    desk.model.overlays.set_selected(None)
    desk.model.overlays.hide_overlays(True)
    np.testing.assert_array_equal(desk.snapshot(), plain)
    desk.model.overlays.hide_overlays(False)
    np.testing.assert_array_equal(desk.snapshot(), usual)


def test_uncertainty_map_over_slices_only(draw: Draw, desk: ReadingDesk, study: Study) -> None:
    segmentation = two_lesions(study)
    entropy = np.where(segmentation.labels.dense() == 1, 1.0, 0.0).astype(np.float32)
    volume = Volume(segmentation.grid, entropy, Quantity.ENTROPY)
    plain = draw(None)
    shown = draw(None, uncertainty=volume, show_uncertainty=True)
    assert np.array_equal(draw(None, uncertainty=volume), plain)
    for box in desk.scene.boxes(960, 720):
        part = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
        changed = (plain[part] != shown[part]).any(axis=2)
        assert changed.any() == (box.spec.content is not Content.MIP)
        # Clear where the entropy is 0.
        assert changed.mean() < 0.1


def test_oblique_labelmap(study: Study, frames: MipFrames) -> None:
    from tests.support.phantoms import make_grid, rotation

    grid = make_grid((4.0, 4.0, 4.0), turn=rotation(0, 20) @ rotation(2, 30), uid="7")
    labels = np.zeros(grid.shape_kji, np.uint16)
    labels[np.linalg.norm(voxel_points(grid) - np.array(HOT_A), axis=-1) < 14] = 1
    base = two_lesions(study)
    segmentation = Segmentation("o", grid, Labelmap.from_array(labels), base.lesions[:1])
    outliner = Outliner()
    outliner.prepare(segmentation, None, frames)
    for plane in Plane:
        (outline,) = outliner.on_slice(segmentation, plane, HOT_A)
        radius = np.linalg.norm(outline.lines[0] - np.array(HOT_A), axis=1)
        assert 14 - 5 < radius.min() < radius.max() < 14 + 5


def test_nothing_of_the_pet_lies_on_a_ct_that_is_not_aligned(
    make_desk: Callable[..., ReadingDesk], study: Study
) -> None:
    desk = make_desk(replace(make_study(study.pet, study.ct), aligned=False))
    desk.model.navigation.set_cursor(HOT_A)
    desk.model.overlays.set_segmentation(two_lesions(study), COLOURS)
    picture = desk.snapshot()
    for box in desk.scene.boxes(960, 720):
        tile = picture[box.y : box.y + box.height, box.x : box.x + box.width]
        assert (coloured(tile, GREEN).sum() > 20) == (box.spec.content is Content.PET)


def test_outlines_on_slices_keep_those_on_the_mip_until_it_has_other_frames(
    study: Study, frames: MipFrames
) -> None:
    segmentation, outliner = two_lesions(study), Outliner()
    outliner.prepare(segmentation, None, frames)
    first = outliner.on_mip(segmentation, 3)
    outliner.prepare(segmentation, None, None)
    slices = outliner.on_slice(segmentation, Plane.AXIAL, (-30.0, -10.0, 30.0))
    assert slices
    outliner.prepare(segmentation, None, frames)
    assert outliner.on_mip(segmentation, 3) is first
    assert outliner.on_slice(segmentation, Plane.AXIAL, (-30.0, -10.0, 30.0)) is slices
    other = replace(frames, row_mm=frames.row_mm * 2)
    outliner.prepare(segmentation, None, other)
    again = outliner.on_mip(segmentation, 3)
    heights = [np.ptp(np.vstack(x[0].lines)[:, 0]) for x in (first, again)]
    assert heights[1] == pytest.approx(heights[0] / 2, abs=1.5)
