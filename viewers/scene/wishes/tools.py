"""Which tool the left hand holds, and the measurements that the panes show."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from app.core.drawn.measurements import AORTA_RADIUS_MM, LIVER_RADIUS_MM
from app.core.drawn.voi import Shape, ThresholdKind, ThresholdRule
from app.core.kit.events import Event
from viewers.scene.marks import Mark, MarkState
from viewers.scene.wishes.stage import Stage


class Tool(StrEnum):
    """What a left drag does."""

    CROSSHAIR = "crosshair"
    RULER = "ruler"
    ANGLE = "angle"
    SPHERE = "sphere"
    SPHERE_1CM = "sphere-1cm"
    SPHERE_3CM = "sphere-3cm"
    BOX = "box"
    ELLIPSOID = "ellipsoid"
    ISOCONTOUR = "isocontour"
    LIVER = "liver"
    AORTA = "aorta"

    @property
    def radius_mm(self) -> float | None:
        """Radius of tools that place a sphere of one size."""
        return _RADII.get(self)


_RADII = {
    Tool.SPHERE_1CM: 5.0,
    Tool.SPHERE_3CM: 15.0,
    Tool.LIVER: LIVER_RADIUS_MM,
    Tool.AORTA: AORTA_RADIUS_MM,
}


class Tools:
    """The tool in the hand and its settings; what the hand does with it is announced here.

    Attributes
    ----------
    tool
        What a left drag does now.
    radius_mm
        Of a sphere or an isocontour that is clicked, not dragged.
    rule
        Threshold of the next isocontour.
    tool_changed
        The tool now in the hand.
    drawn
        A new shape: tool, shape, and the space it was drawn in.
    changed
        A mark was moved or resized: id and shape.
    picked
        The reader took hold of a mark.
    cancelled
        What was being drawn or moved is dropped.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.tool = Tool.CROSSHAIR
        self.radius_mm = 10.0
        self.rule = ThresholdRule(ThresholdKind.PERCENT_OF_MAX, 0.41)
        self.tool_changed: Event[Tool] = Event()
        self.drawn: Event[Tool, Shape, str] = Event()
        self.changed: Event[str, Shape] = Event()
        self.picked: Event[str] = Event()
        self.cancelled: Event[()] = Event()

    def choose(self, tool: Tool) -> None:
        """Take another tool; what was being drawn is dropped."""
        self.cancel()
        if tool is not self.tool:
            self.tool = tool
            self.tool_changed.emit(tool)

    def cancel(self) -> None:
        """Drop what is being drawn or moved."""
        self.cancelled.emit()
        self.set_draft(None)

    def set_marks(self, marks: tuple[Mark, ...], selected: str | None) -> None:
        """Show measurements."""
        self._show(replace(self._stage.scene.marks, marks=marks, selected=selected))

    def set_draft(self, draft: Mark | None, held: str | None = None) -> None:
        """Show what is being drawn, or moved in the place of the mark ``held``."""
        self._show(replace(self._stage.scene.marks, draft=draft, held=held))

    def _show(self, marks: MarkState) -> None:
        self._stage.put(None, replace(self._stage.scene, marks=marks))
