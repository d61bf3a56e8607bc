"""Measuring tools driven with the mouse on the panes, and the true sections they draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from app.core.drawn.isocontour import grow
from app.core.drawn.voi import (
    Angle,
    Box,
    Ellipsoid,
    Isocontour,
    Point,
    Ruler,
    Shape,
    Sphere,
    ThresholdKind,
    ThresholdRule,
)
from app.core.study.study import Study
from tests.support.hands import HOT_B, box_of, drag, middle
from viewers.desk.desk import ReadingDesk
from viewers.paint.mark_painter import handles_px
from viewers.scene.marks import Mark, handles, middle_of, region_outline, reshaped, section
from viewers.scene.scene import PaneBox
from viewers.scene.wishes.tools import Tool
from viewers.space.geometry import Plane
from viewers.space.layouts import Content

LEFT = Qt.MouseButton.LeftButton
RULE = ThresholdRule(ThresholdKind.PERCENT_OF_MAX, 0.5)
Maker = Callable[..., ReadingDesk]


class Drawn:
    """What the desk announces."""

    def __init__(self, desk: ReadingDesk) -> None:
        self.shapes: list[tuple[Tool, Shape, str]] = []
        self.changes: list[tuple[str, Shape]] = []
        self.picked: list[str] = []
        desk.model.tools.drawn.connect(lambda *x: self.shapes.append(x))
        desk.model.tools.changed.connect(lambda *x: self.changes.append(x))
        desk.model.tools.picked.connect(self.picked.append)

    @property
    def shape(self) -> Shape:
        """The only shape that was drawn."""
        assert len(self.shapes) == 1
        return self.shapes[0][1]


def pixel(desk: ReadingDesk, box: PaneBox, point: Point) -> QPoint:
    x, y = desk.scene.pane_view(box.spec, box.width, box.height).to_px(point)
    return QPoint(box.x + int(x), box.y + int(y))


def point_of(desk: ReadingDesk, box: PaneBox, at: QPoint) -> Point:
    point = desk.point_at(box, QPointF(at))
    assert point is not None
    return point


def pane(desk: ReadingDesk, plane: Plane, content: Content = Content.FUSED) -> PaneBox:
    return box_of(desk, content, plane)


@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize("content", [Content.CT, Content.PET, Content.FUSED])
def test_a_ruler_measures_between_the_places_of_press_and_release(
    qtbot: QtBot, desk: ReadingDesk, plane: Plane, content: Content
) -> None:
    drawn, box = Drawn(desk), pane(desk, plane, content)
    a, b = middle(box) + QPoint(-30, 10), middle(box) + QPoint(25, -20)
    start, end = point_of(desk, box, a), point_of(desk, box, b)
    desk.model.tools.choose(Tool.RULER)
    drag(qtbot, desk, LEFT, a, b)
    assert drawn.shape == Ruler(start, end)
    assert isinstance(drawn.shape, Ruler)
    scale = desk.scene.pane_view(box.spec, box.width, box.height).mm_per_px
    assert drawn.shape.length_mm == pytest.approx(np.hypot(55, 30) * scale)
    assert desk.model.tools.tool is Tool.RULER, "the tool stays in the hand"


def test_an_angle_takes_a_drag_and_a_click(qtbot: QtBot, desk: ReadingDesk) -> None:
    drawn, box = Drawn(desk), pane(desk, Plane.AXIAL, Content.CT)
    apex = middle(box)
    desk.model.tools.choose(Tool.ANGLE)
    drag(qtbot, desk, LEFT, apex + QPoint(0, -40), apex)
    assert drawn.shapes == []
    qtbot.mouseMove(desk, apex + QPoint(20, 20))
    draft = desk.scene.marks.draft
    assert draft is not None
    assert isinstance(draft.shape, Angle)
    qtbot.mouseClick(desk, LEFT, pos=apex + QPoint(40, 0))
    assert isinstance(drawn.shape, Angle)
    assert drawn.shape.degrees == pytest.approx(90.0)
    assert desk.scene.marks.draft is None


def test_a_sphere_is_dragged_from_its_middle_or_clicked(qtbot: QtBot, desk: ReadingDesk) -> None:
    drawn, box = Drawn(desk), pane(desk, Plane.CORONAL)
    a, b = middle(box), middle(box) + QPoint(18, 0)
    desk.model.tools.choose(Tool.SPHERE)
    drag(qtbot, desk, LEFT, a, b)
    centre = point_of(desk, box, a)
    scale = desk.scene.pane_view(box.spec, box.width, box.height).mm_per_px
    assert isinstance(drawn.shape, Sphere)
    assert drawn.shape.centre_lps_mm == centre
    assert drawn.shape.radius_mm == pytest.approx(18 * scale)
    desk.model.tools.radius_mm = 11.0
    qtbot.mouseClick(desk, LEFT, pos=a + QPoint(-50, 0))
    assert isinstance(drawn.shapes[1][1], Sphere)
    assert drawn.shapes[1][1].radius_mm == 11.0


@pytest.mark.parametrize(
    ("tool", "radius_mm", "stays"),
    [
        (Tool.SPHERE_1CM, 5.0, True),
        (Tool.SPHERE_3CM, 15.0, True),
        (Tool.LIVER, 15.0, False),
        (Tool.AORTA, 5.0, False),
    ],
)
def test_one_click_places_a_sphere_of_its_size(
    qtbot: QtBot, desk: ReadingDesk, tool: Tool, radius_mm: float, stays: bool
) -> None:
    drawn, box = Drawn(desk), pane(desk, Plane.SAGITTAL, Content.PET)
    desk.model.tools.choose(tool)
    qtbot.mouseClick(desk, LEFT, pos=middle(box))
    assert drawn.shapes == [(tool, Sphere(point_of(desk, box, middle(box)), radius_mm), "both")]
    assert desk.model.tools.tool is (tool if stays else Tool.CROSSHAIR)


@pytest.mark.parametrize(("tool", "kind"), [(Tool.BOX, Box), (Tool.ELLIPSOID, Ellipsoid)])
def test_boxes_and_ellipsoids_are_dragged_from_corner_to_corner(
    qtbot: QtBot, desk: ReadingDesk, tool: Tool, kind: type
) -> None:
    drawn, box = Drawn(desk), pane(desk, Plane.CORONAL)
    a, b = middle(box) + QPoint(-20, -14), middle(box) + QPoint(24, 10)
    start, end = np.array(point_of(desk, box, a)), np.array(point_of(desk, box, b))
    desk.model.tools.choose(tool)
    drag(qtbot, desk, LEFT, a, b)
    shape = drawn.shape
    assert isinstance(shape, kind)
    assert isinstance(shape, Box | Ellipsoid)
    assert shape.centre_lps_mm == pytest.approx((start + end) / 2)
    half = np.abs(end - start) / 2
    assert shape.half_lps_mm == pytest.approx((half[0], (half[0] + half[2]) / 2, half[2]))
    qtbot.mouseClick(desk, LEFT, pos=middle(box) + QPoint(60, 0))
    assert len(drawn.shapes) == 1, "a click has no corners"


def test_an_isocontour_grows_while_it_is_dragged(
    qtbot: QtBot, desk: ReadingDesk, study: Study
) -> None:
    assert study.pet is not None
    desk.model.navigation.set_cursor(HOT_B)
    drawn, box = Drawn(desk), pane(desk, Plane.AXIAL)
    desk.model.tools.choose(Tool.ISOCONTOUR)
    desk.model.tools.rule = RULE
    at = pixel(desk, box, HOT_B)
    qtbot.mousePress(desk, LEFT, pos=at)
    qtbot.mouseMove(desk, at + QPoint(20, 0))
    draft = desk.scene.marks.draft
    assert draft is not None
    assert draft.region is not None
    shape = draft.shape
    assert isinstance(shape, Isocontour)
    found = grow(study.pet, shape)
    assert found.voxels is not None
    assert found.seed_value == pytest.approx(9.0)
    assert draft.region.labels.nonzero()[0].size == found.voxels.count
    first = study.pet.grid.points_lps_mm(found.voxels.start_kji)
    assert draft.region.grid.points_lps_mm((0, 0, 0)) == pytest.approx(first)
    assert any("ml" in x for x in draft.lines)
    qtbot.mouseRelease(desk, LEFT, pos=at + QPoint(20, 0))
    assert drawn.shape == shape


def test_escape_drops_what_is_being_drawn(qtbot: QtBot, desk: ReadingDesk) -> None:
    drawn, box = Drawn(desk), pane(desk, Plane.AXIAL)
    desk.model.tools.choose(Tool.BOX)
    qtbot.mousePress(desk, LEFT, pos=middle(box))
    qtbot.mouseMove(desk, middle(box) + QPoint(20, 20))
    assert desk.scene.marks.draft is not None
    desk.model.tools.choose(Tool.CROSSHAIR)
    qtbot.mouseRelease(desk, LEFT, pos=middle(box) + QPoint(20, 20))
    assert drawn.shapes == []
    assert desk.scene.marks.draft is None


def test_the_tool_is_seen_on_the_mouse_wherever_it_hovers(qtbot: QtBot, desk: ReadingDesk) -> None:
    box = pane(desk, Plane.AXIAL)
    desk.model.tools.choose(Tool.SPHERE)
    assert desk.cursor().shape() is Qt.CursorShape.CrossCursor
    for place in (middle(box), middle(box) + QPoint(9, 9)):
        qtbot.mouseMove(desk, place)
        assert desk.cursor().shape() is Qt.CursorShape.CrossCursor
    desk.model.tools.choose(Tool.CROSSHAIR)
    qtbot.mouseMove(desk, middle(box))
    assert desk.cursor().shape() is Qt.CursorShape.ArrowCursor


def test_the_crosshair_stays_the_tool_and_works_on_the_mip_with_any(
    qtbot: QtBot, desk: ReadingDesk
) -> None:
    drawn, box = Drawn(desk), pane(desk, Plane.AXIAL)
    assert desk.model.tools.tool is Tool.CROSSHAIR
    qtbot.mouseClick(desk, LEFT, pos=middle(box) + QPoint(9, 9))
    moved = desk.model.navigation.cursor_lps_mm
    assert moved == pytest.approx(point_of(desk, box, middle(box) + QPoint(9, 9)))
    desk.model.tools.choose(Tool.SPHERE_3CM)
    qtbot.mouseClick(desk, LEFT, pos=middle(box))
    assert desk.model.navigation.cursor_lps_mm == moved, "drawing does not move the crosshair"
    mip = box_of(desk, Content.MIP)
    qtbot.mouseClick(desk, LEFT, pos=middle(mip))
    assert desk.model.navigation.cursor_lps_mm != moved
    assert len(drawn.shapes) == 1


def test_other_buttons_work_while_a_tool_is_in_the_hand(qtbot: QtBot, desk: ReadingDesk) -> None:
    box = pane(desk, Plane.AXIAL, Content.CT)
    desk.model.tools.choose(Tool.RULER)
    before = desk.scene.window.ct_window
    drag(qtbot, desk, Qt.MouseButton.RightButton, middle(box), middle(box) + QPoint(20, 5))
    assert desk.scene.window.ct_window != before


def test_a_mark_is_taken_by_its_line_and_moved(qtbot: QtBot, desk: ReadingDesk) -> None:
    drawn, box = Drawn(desk), pane(desk, Plane.AXIAL)
    centre = point_of(desk, box, middle(box))
    mark = Mark("m", "Sphere 1", Sphere(centre, 20.0))
    desk.model.tools.set_marks((mark,), None)
    before = desk.model.navigation.cursor_lps_mm
    rim = section(mark.shape, Plane.AXIAL, centre[2], 4.0)[0][9]
    at = pixel(desk, box, (rim[0], rim[1], rim[2]))
    drag(qtbot, desk, LEFT, at, at + QPoint(12, -7))
    assert drawn.picked == ["m"]
    assert desk.model.navigation.cursor_lps_mm == before
    ((name, shape),) = drawn.changes
    scale = desk.scene.pane_view(box.spec, box.width, box.height).mm_per_px
    assert name == "m"
    assert isinstance(shape, Sphere)
    assert np.subtract(shape.centre_lps_mm, centre) == pytest.approx((12 * scale, -7 * scale, 0))
    assert desk.scene.marks.held is None


def test_a_press_on_the_line_alone_only_picks(qtbot: QtBot, desk: ReadingDesk) -> None:
    drawn, box = Drawn(desk), pane(desk, Plane.AXIAL)
    centre = point_of(desk, box, middle(box))
    desk.model.tools.set_marks((Mark("m", "S", Sphere(centre, 20.0)),), None)
    qtbot.mouseClick(desk, LEFT, pos=pixel(desk, box, (centre[0] + 20.0, centre[1], centre[2])))
    assert (drawn.picked, drawn.changes) == (["m"], [])


def test_the_chosen_mark_has_handles_with_any_tool(qtbot: QtBot, desk: ReadingDesk) -> None:
    drawn, box = Drawn(desk), pane(desk, Plane.CORONAL, Content.CT)
    centre = point_of(desk, box, middle(box))
    mark = Mark("m", "E", Ellipsoid(centre, (25.0, 10.0, 15.0)))
    desk.model.tools.set_marks((mark,), "m")
    desk.model.tools.choose(Tool.RULER)
    at = pixel(desk, box, (centre[0] + 25.0, centre[1], centre[2]))
    to = at + QPoint(10, 0)
    drag(qtbot, desk, LEFT, at, to)
    assert drawn.shapes == []
    shape = drawn.changes[0][1]
    assert isinstance(shape, Ellipsoid)
    assert shape.half_lps_mm[0] == pytest.approx(point_of(desk, box, to)[0] - centre[0], abs=1e-6)
    assert shape.half_lps_mm[1:] == (10.0, 15.0)
    # Beside a handle the tool draws.
    drag(qtbot, desk, LEFT, middle(box) + QPoint(-9, 5), middle(box) + QPoint(30, 40))
    assert isinstance(drawn.shape, Ruler)


def test_references_and_small_volumes_have_no_handles(desk: ReadingDesk) -> None:
    box = pane(desk, Plane.CORONAL, Content.CT)
    centre = point_of(desk, box, middle(box))
    large, small = Sphere(centre, 25.0), Sphere(centre, 5.0)
    assert len(handles_px(desk.scene, box, Mark("m", "", large))) == 4
    assert handles_px(desk.scene, box, Mark("m", "", large, fixed=True)) == {}
    assert handles_px(desk.scene, box, Mark("m", "", small)) == {}
    desk.model.navigation.zoom(box, 4.0)
    assert len(handles_px(desk.scene, box, Mark("m", "", small))) == 4


def test_where_pet_and_ct_are_not_aligned_a_mark_stays_with_its_image(
    qtbot: QtBot, make_desk: Maker, study: Study
) -> None:
    desk = make_desk(replace(study, aligned=False))
    drawn = Drawn(desk)
    desk.model.tools.choose(Tool.SPHERE_3CM)
    for content in (Content.CT, Content.PET):
        qtbot.mouseClick(desk, LEFT, pos=middle(pane(desk, Plane.AXIAL, content)))
    assert [x[2] for x in drawn.shapes] == ["ct", "pet"]


# Pictures


def lime(desk: ReadingDesk, box: PaneBox) -> npt.NDArray[np.bool_]:
    """Pixels [rows, columns] of a dark pane that have the colour of a mark."""
    part = desk.snapshot()[box.y : box.y + box.height, box.x : box.x + box.width].astype(int)
    red, green, blue = part[..., 0], part[..., 1], part[..., 2]
    found: npt.NDArray[np.bool_] = (green > 200) & (blue < 130) & (red > 120) & (green - red > 40)
    return found


def test_a_mark_is_drawn_where_it_is_and_only_there(desk: ReadingDesk) -> None:
    box = pane(desk, Plane.AXIAL, Content.CT)
    z = desk.model.navigation.cursor_lps_mm[2]
    desk.model.tools.set_marks((Mark("m", "", Sphere((10.0, -5.0, z + 12.0), 20.0)),), None)
    rows, columns = np.nonzero(lime(desk, box))
    assert len(rows) > 40
    view = desk.scene.pane_view(box.spec, box.width, box.height)
    centre = view.to_px((10.0, -5.0, z))
    away = np.hypot(columns + 0.5 - centre[0], rows + 0.5 - centre[1]) * view.mm_per_px
    # The circle in which the plane cuts the sphere: sqrt(20² − 12²) = 16 mm.
    assert np.abs(away - 16.0).max() < 2.5 * view.mm_per_px
    desk.model.navigation.set_cursor((10.0, -5.0, z - 9.0))
    assert not lime(desk, box).any(), "this plane does not cross the sphere"
    desk.model.navigation.set_cursor((10.0, -5.0, z))
    desk.model.overlays.hide_overlays(True)
    assert not lime(desk, box).any()


def test_the_outline_of_an_isocontour_is_on_slices_and_mip(desk: ReadingDesk, study: Study) -> None:
    assert study.pet is not None
    desk.model.navigation.set_cursor(HOT_B)
    without = desk.snapshot()
    shape = Isocontour(HOT_B, 12.0, RULE)
    region = grow(study.pet, shape)
    assert region.voxels is not None
    outline = region_outline(region.voxels, study.pet.grid)
    desk.model.tools.set_marks((Mark("m", "", shape, (), "both", outline),), None)
    changed = (desk.snapshot() != without).any(axis=2)
    for box in (pane(desk, Plane.AXIAL), pane(desk, Plane.SAGITTAL), box_of(desk, Content.MIP)):
        assert changed[box.y : box.y + box.height, box.x : box.x + box.width].any()


def test_numbers_stand_in_the_pane_that_the_hand_was_in(desk: ReadingDesk) -> None:
    box = pane(desk, Plane.AXIAL, Content.CT)
    shape = Sphere(desk.model.navigation.cursor_lps_mm, 12.0)
    desk.model.layouts.activate(box.number)
    desk.model.tools.set_marks((Mark("m", "Node", shape, ("SUV 1.00 ± 0.10",)),), "m")
    with_numbers = int(lime(desk, box).sum())
    desk.model.layouts.activate(box.number + 1)
    assert 0 < int(lime(desk, box).sum()) < with_numbers


# Geometry of marks


def test_handles_lie_on_the_section_and_reshape_through_the_hand() -> None:
    for shape in (Sphere((1.0, 2.0, 3.0), 20.0), Ellipsoid((1.0, 2.0, 3.0), (9.0, 14.0, 20.0))):
        found = handles(shape, Plane.AXIAL, 13.0, 4.0)
        line = section(shape, Plane.AXIAL, 13.0, 4.0)[0]
        assert set(found) == {"-0", "+0", "-1", "+1"}
        for place in found.values():
            assert np.linalg.norm(line - np.array(place), axis=1).min() < 1e-6
        x, y, z = found["+1"]
        again = reshaped(shape, "+1", (x, y, z), Plane.AXIAL)
        assert isinstance(again, Sphere | Ellipsoid)
        assert again.half_lps_mm == pytest.approx(shape.half_lps_mm)
        larger = reshaped(shape, "+1", (x, y + 5.0, z), Plane.AXIAL)
        outer = section(larger, Plane.AXIAL, 13.0, 4.0)[0]
        assert outer[:, 1].max() == pytest.approx(y + 5.0)
    assert handles(shape, Plane.AXIAL, 80.0, 4.0) == {}


def test_a_ruler_is_seen_on_its_slice_only() -> None:
    ruler = Ruler((0.0, 0.0, 10.0), (30.0, 5.0, 10.0))
    assert len(section(ruler, Plane.AXIAL, 11.5, 4.0)) == 1
    assert section(ruler, Plane.AXIAL, 14.0, 4.0) == []
    assert section(ruler, Plane.SAGITTAL, 0.0, 4.0) == []
    assert middle_of(ruler) == (15.0, 2.5, 10.0)
    assert reshaped(ruler, "point1", (1.0, 1.0, 10.0), Plane.AXIAL) == Ruler(
        (0.0, 0.0, 10.0), (1.0, 1.0, 10.0)
    )
