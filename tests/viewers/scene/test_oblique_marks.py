"""Sections of shapes with an oblique plane, against analytic truth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.core.drawn.voi import Box, Ellipsoid, Ruler, Shape, Sphere
from tests.support.hands import box_of
from viewers.desk.desk import ReadingDesk
from viewers.paint.mark_painter import MarkPainter, handles_px
from viewers.scene.marks import Mark, oblique_handles, oblique_section, section
from viewers.space.geometry import Plane
from viewers.space.layouts import Content
from viewers.space.oblique import turned
from viewers.space.turns import Turn

PIVOT = (5.0, -3.0, 12.0)


def turn_of(plane: Plane, degrees: float, axis: tuple[float, float, float]) -> Turn:
    tilt = turned(None, np.array(axis), math.radians(degrees), PIVOT)
    assert tilt is not None
    return tilt.turns[plane]


def depth(turn: Turn, plane: Plane, at: tuple[float, float, float] = PIVOT) -> float:
    return float(turn.to_plane(at)[plane.normal_axis])


@pytest.mark.parametrize("shape", [Sphere(PIVOT, 9.0), Ellipsoid(PIVOT, (20.0, 9.0, 5.0))])
def test_the_rim_lies_on_the_plane_and_on_the_shape(shape: Sphere | Ellipsoid) -> None:
    turn = turn_of(Plane.AXIAL, 33.0, (1.0, 0.0, 0.0))
    (line,) = oblique_section(shape, Plane.AXIAL, turn, depth(turn, Plane.AXIAL) + 2.0, 3.0)
    assert turn.to_plane(line)[:, 2] == pytest.approx(depth(turn, Plane.AXIAL) + 2.0)
    away = (line - np.array(PIVOT)) / np.array(shape.half_lps_mm)
    assert np.linalg.norm(away, axis=1) == pytest.approx(1.0)
    assert len(line) > 60
    far = depth(turn, Plane.AXIAL) + 25.0
    assert oblique_section(shape, Plane.AXIAL, turn, far, 3.0) == []


def test_a_box_cut_at_45_degrees_is_as_long_as_its_diagonal() -> None:
    shape = Box(PIVOT, (10.0, 10.0, 10.0))
    turn = turn_of(Plane.AXIAL, 45.0, (1.0, 0.0, 0.0))
    (line,) = oblique_section(shape, Plane.AXIAL, turn, depth(turn, Plane.AXIAL), 3.0)
    size = np.ptp(turn.to_plane(line), axis=0)
    assert size == pytest.approx([20.0, 20.0 * math.sqrt(2.0), 0.0], abs=1e-9)
    # Away from the middle it shrinks, and at the edge of the cube it is gone.
    (line,) = oblique_section(shape, Plane.AXIAL, turn, depth(turn, Plane.AXIAL) + 10.0, 3.0)
    wanted = 2.0 * (10.0 * math.sqrt(2.0) - 10.0)
    assert np.ptp(turn.to_plane(line), axis=0)[1] == pytest.approx(wanted)
    edge = depth(turn, Plane.AXIAL) + 10.0 * math.sqrt(2.0) + 0.01
    assert oblique_section(shape, Plane.AXIAL, turn, edge, 3.0) == []


@pytest.mark.parametrize("shape", [Box(PIVOT, (10.0, 4.0, 7.0)), Ellipsoid(PIVOT, (9.0, 4.0, 7.0))])
def test_a_slightly_turned_plane_cuts_as_the_patients_does(shape: Shape) -> None:
    turn = turn_of(Plane.CORONAL, 1e-3, (0.0, 0.0, 1.0))
    (line,) = oblique_section(shape, Plane.CORONAL, turn, depth(turn, Plane.CORONAL), 3.0)
    (plain,) = section(shape, Plane.CORONAL, PIVOT[1], 3.0)
    for reach in (np.min, np.max):
        assert reach(line, axis=0) == pytest.approx(reach(plain, axis=0), abs=0.01)


def test_a_ruler_is_shown_and_held_on_the_plane_it_was_drawn_on() -> None:
    turn = turn_of(Plane.SAGITTAL, 20.0, (0.0, 0.0, 1.0))
    at = depth(turn, Plane.SAGITTAL)
    start, end = (turn.to_lps([at, y, 4.0 * y]) for y in (1.0, 9.0))
    ruler = Ruler(tuple(start.tolist()), tuple(end.tolist()))
    assert len(oblique_section(ruler, Plane.SAGITTAL, turn, at, 3.0)) == 1
    held = oblique_handles(ruler, Plane.SAGITTAL, turn, at, 3.0)
    assert held["point1"] == pytest.approx(tuple(end))
    assert oblique_section(ruler, Plane.SAGITTAL, turn, at + 5.0, 3.0) == []
    assert oblique_handles(Sphere(PIVOT, 9.0), Plane.SAGITTAL, turn, at, 3.0) == {}


def test_marks_follow_the_planes_of_the_desk(desk: ReadingDesk) -> None:
    box = box_of(desk, Content.CT, Plane.AXIAL)
    centre = desk.scene.crosshair.pet
    mark = Mark("a", "Ball", Sphere(centre, 25.0))
    desk.model.tools.set_marks((mark,), "a")
    desk.model.layouts.activate(box_of(desk, Content.CT, Plane.SAGITTAL).number)
    assert handles_px(desk.scene, box, mark)
    desk.model.navigation.turn_active(30.0)
    assert desk.scene.pane_view(box.spec, box.width, box.height).turn is not None
    (line,) = MarkPainter().lines_px(desk.scene, box, mark)
    view = desk.scene.pane_view(box.spec, box.width, box.height)
    # Through its middle a ball is a circle of its own radius on every plane.
    away = np.linalg.norm(line - view.to_px(centre), axis=1) * view.mm_per_px
    assert away == pytest.approx(25.0)
    assert handles_px(desk.scene, box, mark) == {}
    desk.snapshot()
