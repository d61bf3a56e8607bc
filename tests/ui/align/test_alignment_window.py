"""Aligning in the window: the panel, nudges by keys and boxes, flicker, apply, undo, warnings."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.core.space.alignment import (
    AlignmentSource,
    RigidAlignment,
    RigidMotion,
    as_read,
    motion_matrix,
)
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.study import Study
from tests.support.drawn import watch_pictures
from tests.support.ui_study import FRAME, Desk, make_study, written_sheet
from ui.align.controller import AlignmentController
from ui.align.panel import AlignmentPanel
from ui.studies.provenance_page import provenance_html
from viewers.paint.bands import ALIGNED, AS_READ, pane_marks
from viewers.scene.empty import why_empty
from viewers.space.layouts import Content

KEY = Qt.Key
FOUND = RigidMotion((1.0, 0.0, -2.0), (6.0, 0.0, 8.0))


def study_with_bones() -> Study:
    """Make a study whose CT has something to see: a body with a rod in it."""
    study = make_study()
    assert study.ct is not None
    k, j, i = np.indices(study.ct.grid.shape_kji)
    body = ((i - 48) / 40.0) ** 2 + ((j - 48) / 30.0) ** 2 < 1
    array = np.where(body, 40, -1000).astype(np.int16)
    array[(np.hypot(i - 60, j - 50) < 6) & (k > 3)] = 700
    return replace(study, ct=replace(study.ct, array=array))


def apart(study: Study, shift_mm: float = 0.0) -> Study:
    """Return it with the CT in a frame of reference of its own, as the readers say it."""
    assert study.ct is not None
    affine = study.ct.grid.affine_lps_mm.copy()
    affine[2, 3] += shift_mm
    grid = ImageGrid(study.ct.grid.shape_kji, affine, "2.25.7")
    said = "PET and CT have different frames of reference: they are not aligned."
    ct = replace(study.ct, grid=grid)
    return replace(study, ct=ct, aligned=False, warnings=(said, "Something else."))


@pytest.fixture
def quick_register(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the registration find a known movement at once."""

    def found(fixed: Volume, moving: Volume, context: JobContext, **given: Any) -> RigidAlignment:
        context.progress(0.5, "Aligning")
        plain = as_read(moving, fixed, given["start"].moving_role)
        matrix = motion_matrix(FOUND, plain.pivot_lps_mm)
        return replace(
            plain, matrix_lps_mm=matrix, source=AlignmentSource.AUTOMATIC, metric=0.7, version="T"
        )

    monkeypatch.setattr("app.compute.align.registration.register", found)


def panel_of(desk: Desk) -> AlignmentPanel:
    return desk.controller(AlignmentController).panel


def key(desk: Desk, key: Qt.Key, held: Any = Qt.KeyboardModifier.NoModifier) -> None:
    assert desk.window.holder.desk is not None
    desk.qtbot.keyClick(desk.window.holder.desk, key, held)


def click(desk: Desk, button: Any) -> None:
    desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def shown_shift(desk: Desk) -> tuple[float, ...]:
    """Return by how much the CT on the panes lies from where it was read."""
    assert desk.window.holder.desk is not None
    study = desk.window.holder.desk.scene.study
    assert study is not None
    if not study.alignments:
        return (0.0, 0.0, 0.0)
    return tuple(round(x, 6) for x in study.alignments[0].decompose().shift_lps_mm)


def marks(desk: Desk) -> dict[str, str]:
    assert desk.window.holder.desk is not None
    scene = desk.window.holder.desk.scene
    found = {}
    for content in (Content.CT, Content.PET, Content.FUSED, Content.MIP):
        found[str(content)] = " ".join(f"{a} {b}" for a, b in pane_marks(scene, content))
    return found


def test_it_needs_two_images(desk: Desk) -> None:
    action = desk.window.actions_["align"]
    assert not action.isEnabled()
    desk.open(make_study(ct=None))
    assert not action.isEnabled()
    assert "PET and a CT" in action.toolTip()
    desk.open()
    assert action.isEnabled()
    assert "Ctrl+Shift+A" in action.toolTip()
    tools = desk.window.menus["Tools"]
    assert action in tools.actions()
    assert "Alt + left, right" in written_sheet()


def test_arrows_move_the_ct_in_the_active_pane_and_the_panes_follow(desk: Desk) -> None:
    study = desk.open(study_with_bones())
    desk.activate()
    assert desk.window.holder.desk is not None
    layouts = desk.window.holder.desk.model.layouts
    desk.trigger("align")
    panel = panel_of(desk)
    assert panel.isVisible()
    desk.qtbot.wait(20)
    before = desk.window.holder.desk.snapshot()
    assert panel.role.currentText() == "CT"
    assert not panel.role.isEnabled(), "there is only one image to move"
    # Axial unless a pane is active: right is L, down is P.
    key(desk, KEY.Key_Right)
    key(desk, KEY.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    key(desk, KEY.Key_Up)
    assert shown_shift(desk) == (1.2, -1.0, 0.0)
    assert panel.shifts[0].value() == pytest.approx(1.2)
    coronal = next(
        n
        for n, x in enumerate(desk.window.holder.desk.scene.layout.panes)
        if x.plane == "coronal" and x.content is Content.FUSED
    )
    layouts.activate(coronal)
    for _ in range(8):
        key(desk, KEY.Key_Up)
    assert shown_shift(desk) == (1.2, -1.0, 8.0)
    key(desk, KEY.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert panel.turns[1].value() == pytest.approx(1.0), "clockwise on a coronal pane is about P"
    assert marks(desk)["fused"].startswith(f"{ALIGNED} CT 8.2 mm, 1.0°")
    assert marks(desk)["ct"] == marks(desk)["fused"]
    assert not marks(desk)["pet"]
    assert not marks(desk)["mip"]
    assert (desk.window.holder.desk.snapshot() != before).any()
    assert desk.session.study is study, "nothing is applied before it is asked for"
    assert "by hand" in panel.state.text()


def test_numbers_are_typed_and_a_key_shows_how_it_was(desk: Desk) -> None:
    desk.open(study_with_bones())
    desk.activate()
    desk.trigger("align")
    panel, view = panel_of(desk), desk.window.holder.desk
    assert view is not None
    desk.qtbot.wait(20)
    before = view.snapshot()
    panel.shifts[2].setValue(-12.5)
    panel.turns[0].setValue(4.0)
    assert shown_shift(desk) == (0.0, 0.0, -12.5)
    after = view.snapshot()
    desk.qtbot.keyPress(view, KEY.Key_B)
    assert shown_shift(desk) == (0.0, 0.0, 0.0)
    assert not marks(desk)["fused"]
    assert (view.snapshot() == before).all(), "nothing else moves when it flickers"
    desk.qtbot.keyRelease(view, KEY.Key_B)
    assert (view.snapshot() == after).all()
    desk.qtbot.mousePress(panel.before, Qt.MouseButton.LeftButton)
    assert shown_shift(desk) == (0.0, 0.0, 0.0)
    desk.qtbot.mouseRelease(panel.before, Qt.MouseButton.LeftButton)
    assert shown_shift(desk) == (0.0, 0.0, -12.5)
    click(desk, panel.reset)
    assert shown_shift(desk) == (0.0, 0.0, 0.0)
    assert (panel.shifts[2].value(), panel.turns[0].value()) == (0.0, 0.0)


def test_escape_changes_nothing_and_return_applies(desk: Desk) -> None:
    study = desk.open(study_with_bones())
    desk.find()
    assert desk.session.analysis is not None
    numbers = desk.session.analysis.biomarkers
    desk.activate()
    desk.trigger("align")
    key(desk, KEY.Key_Left)
    key(desk, KEY.Key_Escape)
    assert not panel_of(desk).isVisible()
    assert desk.session.study is study
    assert shown_shift(desk) == (0.0, 0.0, 0.0)
    desk.trigger("align")
    key(desk, KEY.Key_Left)
    key(desk, KEY.Key_Return)
    assert not panel_of(desk).isVisible()
    now = desk.session.study
    assert now is not None
    assert now.alignments[0].source is AlignmentSource.MANUAL
    assert now.pet is study.pet
    assert now.ct is not None
    assert study.ct is not None
    assert now.ct.array is study.ct.array
    assert now.ct.grid.affine_lps_mm[0, 3] == study.ct.grid.affine_lps_mm[0, 3] - 1.0
    view = desk.window.holder.desk
    assert view is not None
    assert view.scene.study is now
    assert view.scene.overlays.segmentation is not None, "outlines on the PET stay"
    assert desk.session.analysis.biomarkers is numbers
    assert "CT was aligned (manual)" in desk.messages()[-1]
    assert "Alignment" in provenance_html(now, desk.session.analysis)
    # Keys go to the panes again.
    cursor = view.model.navigation.cursor_lps_mm
    key(desk, KEY.Key_Up)
    assert view.model.navigation.cursor_lps_mm != cursor
    desk.trigger("undo")
    assert desk.session.study.alignments == ()
    assert shown_shift(desk) == (0.0, 0.0, 0.0)
    assert not any("aligned" in x for x in desk.messages())
    desk.trigger("redo")
    assert shown_shift(desk) == (-1.0, 0.0, 0.0)


def test_the_program_finds_it_and_a_hand_corrects(desk: Desk, quick_register: None) -> None:
    desk.open(study_with_bones())
    desk.trigger("align")
    panel = panel_of(desk)
    click(desk, panel.automatic)
    assert not panel.automatic.isEnabled()
    desk.wait_idle()
    assert panel.automatic.isEnabled()
    assert shown_shift(desk) == (6.0, 0.0, 8.0)
    assert "found automatically" in panel.state.text()
    assert "mutual information 0.70" in panel.state.text()
    panel.shifts[1].setValue(0.5)
    assert "then adjusted" in panel.state.text()
    assert "mutual" not in panel.state.text()
    click(desk, panel.apply)
    assert desk.session.study is not None
    (applied,) = desk.session.study.alignments
    assert applied.source is AlignmentSource.ADJUSTED
    assert applied.decompose().angles_deg == pytest.approx(FOUND.angles_deg)
    # Opened again it starts from there.
    desk.trigger("align")
    assert panel.shifts[0].value() == 6.0


def test_a_closed_panel_stops_the_search(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(fixed: Volume, moving: Volume, context: JobContext, **_: Any) -> RigidAlignment:
        while True:
            context.progress(0.3, "Aligning")

    monkeypatch.setattr("app.compute.align.registration.register", endless)
    study = desk.open(study_with_bones())
    desk.trigger("align")
    click(desk, panel_of(desk).automatic)
    desk.qtbot.waitUntil(lambda: "Aligning" in desk.window.job_bar.title.text())
    click(desk, panel_of(desk).cancel)
    desk.wait_idle()
    assert desk.session.study is study
    assert not desk.messages()


def test_a_search_that_fails_says_why_and_the_panel_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> RigidAlignment:
        raise InputError("CT and PET have too little in common.", "Align them by hand.")

    monkeypatch.setattr("app.compute.align.registration.register", fail)
    desk.open(study_with_bones())
    desk.trigger("align")
    click(desk, panel_of(desk).automatic)
    desk.wait_idle()
    assert "too little in common" in desk.messages()[-1]
    assert panel_of(desk).isVisible()
    assert panel_of(desk).automatic.isEnabled()


def test_different_frames_offer_the_alignment_and_are_fused_after_it(desk: Desk) -> None:
    desk.open(apart(study_with_bones()))
    view = desk.window.holder.desk
    assert view is not None
    assert why_empty(view.scene, Content.FUSED) is not None
    banner = desk.window.holder.banners.shown[0]
    assert "different frames of reference" in banner.sentence
    button = next(b for b in banner.buttons if b.text() == "Align CT or MR to PET…")
    click(desk, button)
    assert panel_of(desk).isVisible()
    assert why_empty(view.scene, Content.FUSED) is None
    assert marks(desk)["fused"] == f"{ALIGNED} CT 0.0 mm, 0.0°", "never silently"
    click(desk, panel_of(desk).cancel)
    assert why_empty(view.scene, Content.FUSED) is not None
    desk.trigger("align")
    click(desk, panel_of(desk).apply)
    study = desk.session.study
    assert study is not None
    assert study.aligned
    assert study.ct is not None
    assert study.ct.grid.frame_of_reference_uid == FRAME
    assert desk.messages() == [study.alignments[0].sentence()]
    assert "Frames of reference differed" in desk.messages()[0]
    assert desk.window.holder.banners.shown[0].next_step == "Something else."
    desk.trigger("undo")
    assert "different frames of reference" in desk.messages()[0]
    assert why_empty(view.scene, Content.FUSED) is not None


def test_far_apart_images_begin_centre_on_centre(desk: Desk) -> None:
    desk.open(apart(study_with_bones(), 4000.0))
    desk.trigger("align")
    assert shown_shift(desk)[2] == pytest.approx(-4000.0)


def test_an_mr_is_moved_beside_a_ct(desk: Desk) -> None:
    study = study_with_bones()
    assert study.ct is not None
    mr = Volume(study.ct.grid, np.abs(study.ct.array).astype(np.float32), Quantity.MR, "1.5")
    desk.open(replace(study, mr=mr))
    desk.trigger("align")
    panel, view = panel_of(desk), desk.window.holder.desk
    assert view is not None
    assert [panel.role.itemText(n) for n in range(panel.role.count())] == ["CT", "MR"]
    desk.qtbot.keyClicks(panel.role, "M")
    panel.shifts[0].setValue(5.0)
    shown = view.scene.ct_of(Content.FUSED)
    assert shown is not None
    assert shown.quantity is Quantity.MR
    assert marks(desk)["fused"].startswith(f"{ALIGNED} MR 5.0 mm")
    click(desk, panel.apply)
    now = desk.session.study
    assert now is not None
    assert now.ct is study.ct
    assert now.mr is not None
    assert now.mr.grid.affine_lps_mm[0, 3] == mr.grid.affine_lps_mm[0, 3] + 5.0
    assert not marks(desk)["fused"], "the CT that is shown was not moved"


def answers(monkeypatch: pytest.MonkeyPatch, button: QMessageBox.StandardButton) -> list[str]:
    """Answer the question whether to fuse; returns what was asked."""
    asked: list[str] = []

    def question(
        _parent: QWidget, _title: str, words: str, _choices: object, default: object
    ) -> QMessageBox.StandardButton:
        assert default is QMessageBox.StandardButton.No
        asked.append(words)
        return button

    monkeypatch.setattr("ui.align.controller.QMessageBox.question", question)
    return asked


def test_different_frames_are_fused_as_they_lie_on_the_readers_word(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = desk.open(apart(study_with_bones()))
    assert study.ct is not None
    view = desk.window.holder.desk
    assert view is not None
    banner = desk.window.holder.banners.shown[0]
    button = next(b for b in banner.buttons if b.text() == "Fuse as They Lie…")
    asked = answers(monkeypatch, QMessageBox.StandardButton.No)
    click(desk, button)
    assert "PET and CT state different frames of reference" in asked[0]
    assert desk.session.study is study
    asked = answers(monkeypatch, QMessageBox.StandardButton.Yes)
    click(desk, button)
    fused = desk.session.study
    assert fused is not None
    assert fused.aligned
    assert fused.ct is not None
    assert fused.ct.array is study.ct.array
    np.testing.assert_array_equal(fused.ct.grid.affine_lps_mm, study.ct.grid.affine_lps_mm)
    assert why_empty(view.scene, Content.FUSED) is None
    assert "on the reader's word" in desk.messages()[0]
    assert marks(desk)["fused"] == f"{AS_READ} CT"
    assert desk.studies.rows["1.2"].where.text() == "in CT, fused"
    action = desk.window.frame.actions["fuse_as_read"]
    assert not action.isEnabled()
    desk.trigger("undo")
    assert why_empty(view.scene, Content.FUSED) is not None
    assert "different frames of reference" in desk.messages()[0]
    assert action.isEnabled()


def test_images_of_one_frame_need_no_word(desk: Desk) -> None:
    action = desk.window.frame.actions["fuse_as_read"]
    assert not action.isEnabled()
    desk.open(study_with_bones())
    assert not action.isEnabled()
    assert "in the PET's frame of reference" in action.toolTip()


def test_a_word_that_is_nudged_is_by_hand(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.open(apart(study_with_bones()))
    answers(monkeypatch, QMessageBox.StandardButton.Yes)
    desk.trigger("fuse_as_read")
    desk.trigger("align")
    assert "as it was read" in panel_of(desk).state.text()
    panel_of(desk).shifts[1].setValue(3.0)
    assert "by hand" in panel_of(desk).state.text()


def test_an_mr_without_a_ct_is_fused_once_it_was_aligned(desk: Desk) -> None:
    study = study_with_bones()
    assert study.ct is not None
    # One of the PET's frame of reference would be fused as it lies.
    grid = ImageGrid(study.ct.grid.shape_kji, study.ct.grid.affine_lps_mm, "1.2.9")
    mr = Volume(grid, np.abs(study.ct.array).astype(np.float32), Quantity.MR, "1.5")
    desk.open(replace(study, ct=None, mr=mr))
    view = desk.window.holder.desk
    assert view is not None
    assert why_empty(view.scene, Content.FUSED) is not None
    desk.trigger("align")
    panel_of(desk).shifts[1].setValue(3.0)
    click(desk, panel_of(desk).apply)
    assert why_empty(view.scene, Content.FUSED) is None
    assert marks(desk)["fused"].startswith(f"{ALIGNED} MR 3.0 mm")
    assert marks(desk)["ct"] == marks(desk)["fused"]
    desk.trigger("undo")
    assert why_empty(view.scene, Content.FUSED) is not None


def test_another_study_ends_it(desk: Desk) -> None:
    desk.open(study_with_bones())
    desk.trigger("align")
    key(desk, KEY.Key_Left)
    other = desk.open(study_with_bones())
    assert not panel_of(desk).isVisible()
    view = desk.window.holder.desk
    assert view is not None
    assert view.scene.study is other


def test_the_panel_fits_a_small_window(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    desk.window.resize(1000, 650)
    desk.window.docks.arrange()
    desk.open(study_with_bones())
    desk.find()
    desk.trigger("align")
    panel = panel_of(desk)
    desk.qtbot.waitUntil(panel.isVisible)
    desk.qtbot.wait(50)
    assert desk.window.width() == 1000
    wanted = panel.minimumSizeHint()
    assert panel.width() >= wanted.width()
    for part in (panel.apply, panel.turns[2]):
        place = part.mapTo(panel, part.rect().bottomRight())
        assert panel.rect().contains(place)
        assert part.accessibleName()
        assert part.toolTip()


def test_exports_say_it(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.open(study_with_bones())
    desk.find()
    desk.trigger("align")
    panel_of(desk).shifts[2].setValue(7.0)
    click(desk, panel_of(desk).apply)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    desk.trigger("export")
    desk.wait_idle()
    for name in ("lesions.json", "summary.json"):
        document = json.loads((tmp_path / name).read_text(encoding="utf-8"))
        stated = document.get("alignments") or document["study"]["alignments"]
        assert stated[0]["shift_lps_mm"] == pytest.approx([0, 0, 7.0])
        assert stated[0]["moving"] == "CT"


def test_a_flicker_draws_nothing_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.open(study_with_bones())
    desk.trigger("align")
    view = desk.window.holder.desk
    assert view is not None
    view.snapshot()
    panel_of(desk).shifts[0].setValue(9.0)
    view.snapshot()
    drawn = watch_pictures(monkeypatch)
    for on in (True, False, True):
        desk.controller(AlignmentController).show_before(on)
        view.snapshot()
    assert not drawn
    panel_of(desk).shifts[0].setValue(10.0)
    view.snapshot()
    contents = {content for content, _ in drawn}
    assert contents == {Content.CT, Content.FUSED}, "pictures of the PET stay"
