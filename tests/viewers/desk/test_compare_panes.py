"""Two studies on one desk: what follows what, what is said, and which series fits which pane."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from pytestqt.qtbot import QtBot

from app.core.kit.errors import KnownError
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import Lesion
from app.core.lesions.segmentation import Segmentation
from app.core.space.volume import Quantity
from app.core.study.series_drag import SERIES_MIME
from app.core.study.study import SeriesInfo, Study
from tests.support.compare_case import MOVED_MM, follower, lung, pane, prior_of
from tests.support.hands import drop, middle, wheel
from tests.support.heard import announced
from tests.support.phantoms import make_grid, make_study, smooth_study
from viewers.desk.desk import ReadingDesk
from viewers.paint.bands import PATIENT_GROUND
from viewers.paint.texts import pane_corners
from viewers.scene.empty import NO_COMPARISON, why_empty
from viewers.scene.fitting import why_not
from viewers.scene.followers import (
    LinkKind,
    scene_of,
    study_with,
    usual_link,
)
from viewers.scene.scene import PaneBox
from viewers.scene.shown import shown_in
from viewers.space.geometry import Plane
from viewers.space.layouts import Content, StudyRole, parse_layout, read_layouts


def tile(desk: ReadingDesk, box: PaneBox) -> np.ndarray:
    return desk.snapshot()[box.y : box.y + box.height, box.x : box.x + box.width]


def test_a_layout_names_the_study_of_a_pane() -> None:
    layouts = read_layouts()
    roles = [p.study for p in layouts["compare"].panes]
    assert roles == [StudyRole.ACTIVE] * 4 + [StudyRole.COMPARISON] * 4
    assert [p.content for p in layouts["compare"].panes[:4]] == [
        p.content for p in layouts["compare"].panes[4:]
    ]
    assert not layouts["default"].needs_comparison
    text = 'title = "x"\nrows = [1]\ncolumns = [1]\n[[panes]]\ncontent = "ct"\nplane = "axial"\n'
    text += "row = 0\ncolumn = 0\n"
    assert parse_layout("x", text + 'study = "comparison"').needs_comparison
    with pytest.raises(KnownError, match="yesterday"):
        parse_layout("x", text + 'study = "yesterday"')


def test_the_layout_is_offered_only_with_a_comparison(desk: ReadingDesk, study: Study) -> None:
    assert "compare" not in desk.model.layouts.layout_names()
    desk.model.beside.set_comparison(prior_of(study))
    assert "compare" in desk.model.layouts.layout_names()
    desk.model.layouts.set_layout("compare")
    desk.model.beside.set_comparison(None)
    assert desk.model.layouts.layout_name == "default"


def test_panes_without_a_comparison_say_so(desk: ReadingDesk) -> None:
    desk.model.layouts.set_layout("compare")
    box = pane(desk, Content.CT, Plane.AXIAL, StudyRole.COMPARISON)
    assert why_empty(scene_of(desk.scene, box), Content.CT) == NO_COMPARISON
    assert (tile(desk, box).max(axis=2) > 100).any()
    assert desk.point_at(box, QPointF(box.x + 9, box.y + 9)) is None


def test_the_table_offset_brings_both_scans_to_one_height(compared: ReadingDesk) -> None:
    link = compared.model.beside.link
    assert link is not None
    assert link.kind is LinkKind.TABLE
    assert link.offset_mm == pytest.approx(MOVED_MM)
    compared.model.navigation.set_cursor((10.0, 5.0, -20.0))
    assert follower(compared).crosshair.pet == pytest.approx((22.0, -2.0, 20.0))


def test_one_frame_of_reference_is_linked_by_position(study: Study) -> None:
    prior = prior_of(study, frame="7")
    link = usual_link(study, prior)
    assert link.kind is LinkKind.FRAME
    assert link.offset_mm == (0.0, 0.0, 0.0)
    # Files without a frame state nothing about each other.
    assert study.pet is not None
    bare = replace(study.pet.grid, frame_of_reference_uid=None)
    one = replace(study, pet=replace(study.pet, grid=bare))
    assert usual_link(one, replace(one)).kind is LinkKind.TABLE


def test_linked_panes_show_the_same_part_of_the_body(compared: ReadingDesk) -> None:
    compared.model.navigation.set_cursor((25.0, 12.0, -20.0))
    for content, plane in ((Content.CT, Plane.AXIAL), (Content.FUSED, Plane.CORONAL)):
        up = pane(compared, content, plane, StudyRole.ACTIVE)
        low = pane(compared, content, plane, StudyRole.COMPARISON)
        a = compared.scene.pane_view(up.spec, 200, 200)
        b = follower(compared).pane_view(low.spec, 200, 200)
        assert a.mm_per_px == b.mm_per_px
        assert np.subtract(b.centre_lps_mm, a.centre_lps_mm) == pytest.approx(MOVED_MM)
        # The bodies are equal: so are the pictures, away from texts and crosshair.
        one, two = (tile(compared, x)[100:150, 20:90].astype(int) for x in (up, low))
        assert np.abs(one - two).mean() < 2.0


def test_a_hand_in_either_row_moves_both(compared: ReadingDesk, qtbot: QtBot) -> None:
    low = pane(compared, Content.CT, Plane.AXIAL, StudyRole.COMPARISON)
    before = compared.model.navigation.cursor_lps_mm
    wheel(compared, middle(low), 240)
    assert compared.scene.ct is not None
    grid = compared.scene.ct.grid
    moved_mm = compared.model.navigation.cursor_lps_mm[2] - before[2]
    assert moved_mm == pytest.approx(2 * grid.spacing_kji_mm[0], abs=grid.spacing_kji_mm[0])
    qtbot.mouseClick(compared, Qt.MouseButton.LeftButton, pos=middle(low))
    there = follower(compared).crosshair.pet
    assert np.subtract(there, compared.model.navigation.cursor_lps_mm) == pytest.approx(MOVED_MM)
    wheel(compared, middle(low), 120, ctrl=True)
    assert compared.scene.view_state(Content.CT, Plane.AXIAL).zoom == pytest.approx(1.15)
    mip = pane(compared, Content.MIP, Plane.CORONAL, StudyRole.COMPARISON)
    wheel(compared, middle(mip), 120)
    assert follower(compared).mip_number == compared.scene.mip_number != 0


def test_unlinked_studies_move_apart_and_link_here_aligns_them(
    compared: ReadingDesk, qtbot: QtBot
) -> None:
    compared.model.beside.set_linked(False)
    assert compared.model.beside.link is None
    before = compared.model.navigation.cursor_lps_mm
    low = pane(compared, Content.CT, Plane.AXIAL, StudyRole.COMPARISON)
    wheel(compared, middle(low), 480)
    assert compared.model.navigation.cursor_lps_mm == before
    there = follower(compared).crosshair.pet
    with announced(compared.model.beside.link_changed):
        compared.model.beside.link_here()
    link = compared.model.beside.link
    assert link is not None
    assert link.kind is LinkKind.READER
    assert link.offset_mm == pytest.approx(np.subtract(there, before))
    assert follower(compared).crosshair.pet == pytest.approx(there)
    corners = pane_corners(shown_in(compared.scene, low))
    assert "linked by reader" in [x.text for x in corners.top_right]


def test_corners_name_dates_and_the_link(compared: ReadingDesk) -> None:
    for role, date in ((StudyRole.ACTIVE, "2026-01-02"), (StudyRole.COMPARISON, "2025-01-02")):
        box = pane(compared, Content.FUSED, Plane.AXIAL, role)
        corners = pane_corners(shown_in(compared.scene, box))
        assert corners.top_right[0].text == date
        assert corners.top_right[0].rank == 0
        said = corners.top_right[1].text
        assert said == ("linked by table offset" if role is StudyRole.COMPARISON else "")


def test_a_position_outside_the_other_scan_is_said(compared: ReadingDesk) -> None:
    compared.model.navigation.set_cursor((0.0, 0.0, 500.0))
    box = pane(compared, Content.CT, Plane.AXIAL, StudyRole.COMPARISON)
    corners = pane_corners(shown_in(compared.scene, box))
    assert corners.bottom_left[-1].text == "outside the scan"


@pytest.mark.parametrize("role", list(StudyRole))
def test_another_patient_is_marked_across_every_pane(
    compared: ReadingDesk, study: Study, role: StudyRole
) -> None:
    compared.model.beside.set_comparison(prior_of(study), "OTHER PATIENT\nRoe, Rita")
    boxes = compared.scene.boxes(compared.width(), compared.height())
    found = [b for b in boxes if b.spec.study is role]
    assert len(found) == 4
    for box in found:
        picture = tile(compared, box)
        band = (picture == PATIENT_GROUND).all(axis=2)[2:-2]
        rows = band[:, 3:-3].mean(axis=1) > 0.95
        assert rows.any() is np.bool_(role is StudyRole.COMPARISON)


def test_outlines_of_the_comparison_are_not_in_the_table(
    compared: ReadingDesk, qtbot: QtBot
) -> None:
    prior = follower(compared).study
    assert prior is not None
    assert prior.pet is not None
    labels = np.ones(prior.pet.grid.shape_kji, np.uint16)
    outlines = Segmentation(
        "p", prior.pet.grid, Labelmap.from_array(labels), (Lesion("prior", 1, "P1"),)
    )
    compared.model.beside.set_comparison_outlines(outlines, {"prior": (255, 0, 0)})
    assert follower(compared).overlays.segmentation is outlines
    clicked: list[str] = []
    compared.model.lesion_clicked.connect(clicked.append)
    low = pane(compared, Content.FUSED, Plane.AXIAL, StudyRole.COMPARISON)
    qtbot.mouseClick(compared, Qt.MouseButton.LeftButton, pos=middle(low))
    assert clicked == []


# Series in panes


def test_a_series_that_fits_is_shown_and_taken_back(desk: ReadingDesk, study: Study) -> None:
    box = next(b for b in desk.scene.boxes(960, 720) if b.spec.content is Content.CT)
    before = tile(desk, box)
    assert desk.model.beside.show_series(box.number, study, lung(study)) is None
    scene = scene_of(desk.scene, box)
    assert scene.ct_of(Content.CT) is not study.ct
    assert scene.crosshair.pet == desk.model.navigation.cursor_lps_mm
    assert np.abs(tile(desk, box).astype(int) - before).mean() > 20
    assert desk.model.beside.shown_where()[(id(study), "9.5")] == ("CT axial",)
    desk.model.beside.reset_series()
    assert np.array_equal(tile(desk, box), before)
    assert (id(study), "9.5") not in desk.model.beside.shown_where()


def test_what_does_not_fit_is_a_sentence(study: Study) -> None:
    ct, pet = lung(study), study.pet
    assert pet is not None
    mr = replace(ct, quantity=Quantity.MR)
    assert why_not(Content.CT, study, ct, study) is None
    assert why_not(Content.CT, study, mr, study) is None
    assert "a CT" in str(why_not(Content.MIP, study, ct, study))
    assert "a PET" in str(why_not(Content.CT, study, pet, study))
    assert "an MR" in str(why_not(Content.FUSED, study, mr, study))
    assert "derived" in str(why_not(Content.DERIVED, study, pet, study))
    assert why_not(Content.FUSED, study, ct, study) is None
    elsewhere = lung(study, frame="other")
    assert "not fused" in str(why_not(Content.FUSED, study, elsewhere, study))
    assert why_not(Content.CT, study, elsewhere, study) is None
    place = make_grid((4.0, 2.0, 2.0), half_mm=60, centre_lps_mm=(0, 0, 900.0), uid="7")
    far = replace(ct, grid=place)
    assert "do not overlap" in str(why_not(Content.FUSED, study, far, study))
    scan = SeriesInfo("9.9", "1", "CT", "Another day", 40, "CT")
    other = replace(smooth_study(), series=(scan,))
    assert "another study" in str(why_not(Content.FUSED, other, ct, study))
    alone = make_study(None, study.ct)
    assert "no PET" in str(why_not(Content.FUSED, alone, ct, alone))


def test_a_series_of_another_frame_keeps_its_own_position(study: Study) -> None:
    changed = study_with(study, lung(study, frame="other"))
    assert not changed.aligned
    assert study_with(study, lung(study)).aligned
    assert study.aligned


def test_a_drop_says_which_series_and_which_pane(desk: ReadingDesk, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setData(SERIES_MIME, b"abc\n1.2.3")
    place = middle(desk.scene.boxes(960, 720)[4])
    with announced(desk.model.beside.series_dropped) as told:
        assert drop(desk, place, data)
    assert told.args == (4, "abc", "1.2.3")
    files = QMimeData()
    files.setText("hello")
    assert not drop(desk, place, files)
