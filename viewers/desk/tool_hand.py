"""What the left hand does on the panes: draw a measurement, take hold of one, move it.

The crosshair is the tool when nothing else was chosen; it takes hold of marks on their line and
their handles, and moves the crosshair elsewhere. Every other tool draws, and takes hold of the
chosen mark's handles only. The MIP is no plane: there the crosshair's click works with any tool.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QCoreApplication, QObject, QPointF

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
    moved,
)
from viewers.desk.listening import Listening
from viewers.desk.port import Desk, kept_inside
from viewers.paint.mark_painter import HANDLE_PX, MarkPainter, belongs, handles_px
from viewers.paint.numbers import number
from viewers.scene.followers import scene_of
from viewers.scene.marks import Mark, region_outline, reshaped
from viewers.scene.scene import PaneBox
from viewers.scene.wishes.tools import Tool

#: A press so near to a line takes hold of it.
NEAR_PX = 5.0
#: A hand moves so far before it draws rather than clicks.
DRAG_PX = 3.0


@dataclass
class _Grip:
    """A press that is on its way: on a new shape, or on a mark (``mark``) by a handle or whole."""

    box: PaneBox
    start_px: QPointF
    start: Point
    mark: Mark | None = None
    handle: str = ""
    dragged: bool = False


class ToolHand:
    """Turns presses and moves into shapes; it keeps no measurement itself.

    Parameters
    ----------
    desk
        The panes; the tool in the hand is `model.tools`, which announces what was drawn.
    owner
        The widget with which it goes.
    """

    def __init__(self, desk: Desk, owner: QObject) -> None:
        self._desk, self._tools = desk, desk.model.tools
        self._lines = MarkPainter()
        self._grip: _Grip | None = None
        self._arms: tuple[Point, ...] = ()
        Listening(owner).to(self._tools.cancelled, self._let_go)

    def _let_go(self) -> None:
        self._grip, self._arms = None, ()

    # Events of the desk

    def press(self, box: PaneBox, at: QPointF) -> bool:
        """Begin; return whether the press was taken (otherwise the crosshair moves)."""
        point = self._desk.point_at(box, at) if self._takes(box) else None
        if point is None:
            return False
        if self._arms:
            self._grip = _Grip(box, at, point)
            return True
        found = self._under(box, at)
        if found is not None:
            mark, handle = found
            self._grip = _Grip(box, at, point, mark, handle)
            self._tools.picked.emit(mark.id)
            return True
        if self._tools.tool is Tool.CROSSHAIR:
            return False
        self._grip = _Grip(box, at, point)
        self._draft(self._shape(point))
        return True

    def move(self, at: QPointF) -> bool:
        """Go on with a press, or with an angle that waits for its second arm."""
        grip = self._grip
        if grip is None:
            if self._arms:
                self._hover(at)
            return bool(self._arms)
        delta = at - grip.start_px
        grip.dragged = grip.dragged or math.hypot(delta.x(), delta.y()) >= DRAG_PX
        point = self._inside(grip.box, at)
        if point is None or not grip.dragged:
            return True
        if self._arms:
            self._draft(Angle(self._arms[0], self._arms[1], point))
        elif grip.mark is not None:
            self._draft(self._grabbed(grip, point), grip.mark)
        else:
            self._draft(self._shape(point))
        return True

    def release(self, at: QPointF) -> None:
        """End a press: what was drawn or moved is announced."""
        grip, draft = self._grip, self._desk.scene.marks.draft
        if grip is None:
            return
        self._grip = None
        point = self._inside(grip.box, at) or grip.start
        if grip.mark is not None:
            self._tools.cancel()
            if draft is not None and draft.shape != grip.mark.shape:
                self._tools.changed.emit(grip.mark.id, draft.shape)
            return
        if self._tools.tool is Tool.ANGLE and not self._arms:
            # The first arm was dragged from its end to the apex; the second follows the hand.
            self._arms = (grip.start, point) if grip.dragged else ()
            if not self._arms:
                self._tools.cancel()
            return
        self._finish(grip, point, draft)

    def _finish(self, grip: _Grip, point: Point, draft: Mark | None) -> None:
        arms, tool = self._arms, self._tools.tool
        shape: Shape | None = None if draft is None else draft.shape
        if arms:
            shape = Angle(arms[0], arms[1], point)
        elif not grip.dragged and tool.radius_mm is None:
            # A click has no size: a ball takes the usual one, the rest needs a drag.
            shape = self._ball(grip.start, self._tools.radius_mm)
        self._tools.cancel()
        if isinstance(shape, Angle) and math.isnan(shape.degrees):
            shape = None
        if shape is None:
            return
        scene = self._desk.scene
        space = "both" if scene.aligned else scene.space(grip.box.spec.content)
        if tool in (Tool.LIVER, Tool.AORTA):
            # One click each: the crosshair comes back by itself.
            self._tools.choose(Tool.CROSSHAIR)
        self._tools.drawn.emit(tool, shape, space)

    # Inside

    def _takes(self, box: PaneBox) -> bool:
        """Whether a pane can be drawn on: slices of the active study."""
        return box.spec.content.is_slice and scene_of(self._desk.scene, box) is self._desk.scene

    def _under(self, box: PaneBox, at: QPointF) -> tuple[Mark, str] | None:
        """Mark (and handle) under the hand; the chosen one comes first."""
        scene = self._desk.scene
        if scene.overlays.hidden:
            return None
        here = np.array([at.x() - box.x, at.y() - box.y])
        marks = sorted(scene.marks.marks, key=lambda x: x.id != scene.marks.selected)
        for mark in marks:
            chosen = mark.id == scene.marks.selected
            if not (chosen or self._tools.tool is Tool.CROSSHAIR):
                continue
            if not belongs(scene, box.spec.content, mark):
                continue
            if chosen:
                # With a drawing tool too: what was just drawn is often not quite right.
                for name, at_px in handles_px(scene, box, mark).items():
                    if np.abs(np.array(at_px) - here).max() <= HANDLE_PX + 2.0:
                        return mark, name
            if self._tools.tool is not Tool.CROSSHAIR:
                continue
            for line in self._lines.lines_px(scene, box, mark):
                if _distance_px(line, here) <= NEAR_PX:
                    return mark, ""
        return None

    def _inside(self, box: PaneBox, at: QPointF) -> Point | None:
        """Position under the hand, kept inside the pane where the press began."""
        return self._desk.point_at(box, kept_inside(box, at))

    def _hover(self, at: QPointF) -> None:
        box = self._desk.box_at(at)
        if box is None or not self._takes(box):
            return
        point = self._desk.point_at(box, at)
        if point is not None:
            self._draft(Angle(self._arms[0], self._arms[1], point))

    def _grabbed(self, grip: _Grip, point: Point) -> Shape:
        assert grip.mark is not None
        if grip.handle:
            return reshaped(grip.mark.shape, grip.handle, point, grip.box.spec.plane)
        by = tuple(b - a for a, b in zip(grip.start, point, strict=True))
        return moved(grip.mark.shape, (by[0], by[1], by[2]))

    def _shape(self, point: Point) -> Shape | None:
        """Shape that the tool draws from the press to here."""
        grip, tool = self._grip, self._tools.tool
        assert grip is not None
        start = grip.start
        if tool.radius_mm is not None:
            return Sphere(point, tool.radius_mm)
        if tool in (Tool.SPHERE, Tool.ISOCONTOUR):
            return self._ball(
                start, math.dist(start, point) if grip.dragged else self._tools.radius_mm
            )
        if not grip.dragged:
            return None
        if tool in (Tool.RULER, Tool.ANGLE):
            return Ruler(start, point)
        middle = [(a + b) / 2 for a, b in zip(start, point, strict=True)]
        half = [max(abs(b - a) / 2, 0.5) for a, b in zip(start, point, strict=True)]
        plane = grip.box.spec.plane
        # The third extent is not drawn: it begins as the mean of the two, and has handles.
        half[plane.normal_axis] = (half[plane.right[0]] + half[plane.down[0]]) / 2
        kind = Box if tool is Tool.BOX else Ellipsoid
        return kind((middle[0], middle[1], middle[2]), (half[0], half[1], half[2]))

    def _ball(self, centre: Point, radius_mm: float) -> Shape | None:
        if self._tools.tool is Tool.SPHERE:
            return Sphere(centre, radius_mm)
        if self._tools.tool is Tool.ISOCONTOUR:
            return Isocontour(centre, radius_mm, self._tools.rule)
        return None

    def _draft(self, shape: Shape | None, mark: Mark | None = None) -> None:
        """Show a shape that is being drawn, or in the place of a mark while that is moved."""
        if shape is None:
            self._tools.set_draft(None)
            return
        space = mark.space if mark is not None else "both"
        draft = Mark("", "" if mark is None else mark.name, shape, size_words(shape), space)
        if isinstance(shape, Isocontour):
            draft = self._grown(draft, shape)
        self._tools.set_draft(draft, None if mark is None else mark.id)

    def _grown(self, draft: Mark, shape: Isocontour) -> Mark:
        """Grow the isocontour under the hand, live."""
        pet = self._desk.scene.pet
        if pet is None:
            return draft
        region = grow(pet, shape)
        unit = self._desk.scene.pet_unit
        if region.voxels is None:
            return replace(
                draft,
                lines=(QCoreApplication.translate("ToolHand", "nothing reaches the threshold"),),
            )
        volume_ml = region.voxels.count * pet.grid.voxel_volume_ml
        lines = (
            f"{number(volume_ml)} ml",
            f"{unit} max {number(region.seed_value)}, ≥ {number(region.threshold)}",
        )
        return replace(draft, lines=lines, region=region_outline(region.voxels, pet.grid))


def size_words(shape: Shape) -> tuple[str, ...]:
    """Size of a shape in words: length, angle, diameter, extents."""
    if isinstance(shape, Ruler):
        return (f"{number(shape.length_mm)} mm",)
    if isinstance(shape, Angle):
        return (f"{number(shape.degrees)}°",) if not math.isnan(shape.degrees) else ()
    if isinstance(shape, Box | Ellipsoid):
        extents = " × ".join(number(2 * x, 0) for x in shape.half_lps_mm)
        return (f"{extents} mm",)
    return (f"⌀ {number(2 * shape.radius_mm)} mm",)


def _distance_px(line: np.ndarray[tuple[int, ...], np.dtype[np.float64]], at: object) -> float:
    """Distance of a place from a polyline."""
    a, b = line[:-1], line[1:]
    if not len(a):
        return math.inf
    along = b - a
    lengths = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(((np.asarray(at) - a) * along).sum(axis=1) / lengths, 0.0, 1.0)
    away = a + share[:, None] * along - np.asarray(at)
    return float(np.sqrt((away**2).sum(axis=1).min()))
