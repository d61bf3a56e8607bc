"""What the desk says of studies that lack something, and in its corners."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from app.core.space.volume import Quantity, Volume
from app.core.study.study import Study
from tests.support.hands import Maker, box_of, middle, wheel
from tests.support.heard import heard
from tests.support.phantoms import make_study
from viewers.desk.desk import ReadingDesk
from viewers.make.mip_frames import MipFrames
from viewers.paint.numbers import number
from viewers.paint.texts import pane_corners
from viewers.scene.empty import why_empty
from viewers.scene.shown import shown_in
from viewers.space.geometry import Plane, slice_number
from viewers.space.layouts import Content


def test_no_ct(make_desk: Maker, study: Study, frames: MipFrames) -> None:
    desk = make_desk(replace(study, ct=None), frames)
    said = {
        box.spec.content: why_empty(desk.scene, box.spec.content)
        for box in desk.scene.boxes(960, 720)
    }
    assert said[Content.PET] is None
    assert said[Content.MIP] is None
    assert said[Content.CT] is not None
    assert said[Content.FUSED] is not None
    picture = desk.snapshot()
    ct = box_of(desk, Content.CT, Plane.AXIAL)
    assert desk.point_at(ct, QPointF(ct.x + 5, ct.y + 5)) is None
    tile = picture[ct.y : ct.y + ct.height, ct.x : ct.x + ct.width]
    assert 0.002 < (tile.max(axis=2) > 100).mean() < 0.1


def test_not_aligned_is_not_fused(make_desk: Maker, study: Study, qtbot: QtBot) -> None:
    desk = make_desk(make_study(study.pet, study.ct, aligned=False))
    said = why_empty(desk.scene, Content.FUSED)
    assert said is not None
    assert "PET and CT have different frames of reference: not fused" in said[1]
    ct_before = desk.scene.crosshair.ct
    pet = box_of(desk, Content.PET, Plane.AXIAL)
    qtbot.mouseClick(desk, Qt.MouseButton.LeftButton, pos=middle(pet) + QPoint(20, 5))
    assert desk.scene.crosshair.ct == ct_before
    cursor = desk.model.navigation.cursor_lps_mm
    ct = box_of(desk, Content.CT, Plane.AXIAL)
    qtbot.mouseClick(desk, Qt.MouseButton.LeftButton, pos=middle(ct) + QPoint(-20, 5))
    assert desk.model.navigation.cursor_lps_mm == cursor
    assert desk.scene.crosshair.ct != ct_before
    told = heard(desk.model.probe_changed)
    qtbot.mouseMove(desk, middle(ct))
    qtbot.waitUntil(lambda: bool(told))
    (probe,) = told[0]
    assert probe is not None
    assert probe.suv is None
    assert probe.hu is not None


def test_activity_has_its_own_unit_and_range(make_desk: Maker, study: Study) -> None:
    assert study.pet is not None
    pet = Volume(study.pet.grid, study.pet.array * 2500, Quantity.BQML, "p")
    desk = make_desk(make_study(pet, study.ct))
    lower, upper = desk.scene.window.pet_range
    assert lower == 0.0
    assert 5000 <= upper <= 25000
    corners = pane_corners(shown_in(desk.scene, box_of(desk, Content.PET, Plane.AXIAL)))
    assert corners.bottom_right[-1].text.startswith("Bq/ml 0–")
    desk.model.set_study(study)
    assert desk.scene.window.pet_range == (0.0, 7.0)


def test_corner_texts(desk: ReadingDesk) -> None:
    desk.model.navigation.set_cursor((0.0, 0.0, 12.3))
    corners = pane_corners(shown_in(desk.scene, box_of(desk, Content.FUSED, Plane.AXIAL)))
    written = [x.text for lines in vars(corners).values() for x in lines]
    assert "Fused axial" in written
    assert "Doe, Jane" in written
    assert "4711 · PET" in written
    assert "W 400 L 40" in written
    assert "SUV 0–7" in written
    assert f"S {number(12.3)} mm" in written
    assert desk.scene.pet is not None
    index, count = slice_number(
        desk.scene.pet.grid, Plane.AXIAL, desk.model.navigation.cursor_lps_mm
    )
    assert f"{index + 1} / {count}" in written


def test_no_study_teaches(make_desk: Maker) -> None:
    desk = make_desk(None)
    assert (desk.snapshot().max(axis=2) > 100).any()
    wheel(desk, QPoint(300, 300), 120)
    desk.model.navigation.set_cursor((1, 2, 3))
