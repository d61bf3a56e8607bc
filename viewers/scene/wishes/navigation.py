"""Where the panes are: crosshair, MIP angle, zoom and pan, slabs and oblique planes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from app.core.kit.events import Event
from viewers.make.mip_frames import MipFrames
from viewers.make.slab import Slab, SlabMode
from viewers.scene.followers import FollowerScene, scene_of
from viewers.scene.scene import PaneBox, Point, Scene
from viewers.scene.wishes.layouts import Layouts
from viewers.scene.wishes.stage import Stage
from viewers.space.geometry import scroll
from viewers.space.oblique import plane_normal, scroll_oblique, turned

MAX_ZOOM = 32.0
MIN_ZOOM = 0.2
#: More slices than any image has along a line: to the first or the last one.
TO_THE_END = 100_000


class Navigation:
    """Takes wishes about position, scale and planes.

    Attributes
    ----------
    cursor_changed
        The linked crosshair moved: LPS mm.
    moved
        The crosshair of any space moved: some pane shows another position.
    mip_turned
        Number of the MIP frame.
    slab_changed
        The slab that slice panes now show.
    planes_turned
        Whether any plane is oblique now.
    """

    def __init__(self, stage: Stage, layouts: Layouts) -> None:
        self._stage, self._layouts = stage, layouts
        self.cursor_changed: Event[Point] = Event()
        self.moved: Event[()] = Event()
        self.mip_turned: Event[int] = Event()
        self.slab_changed: Event[Slab] = Event()
        self.planes_turned: Event[bool] = Event()

    # Crosshair

    @property
    def cursor_lps_mm(self) -> Point:
        """Position of the linked crosshair."""
        return self._stage.scene.cursor

    def set_cursor(self, point_lps_mm: npt.ArrayLike) -> None:
        """Move the linked crosshair; all panes follow."""
        x, y, z = (float(v) for v in np.asarray(point_lps_mm, dtype=np.float64))
        self.move("pet", (x, y, z))

    def move(self, space: str, point: Point) -> None:
        """Move the active study's crosshair of one space (``pet``, ``ct`` or ``mr``)."""
        scene = self._stage.scene
        if space != "pet":
            if space == "ct":
                scene.ct_cursor = point
            else:
                scene.mr_cursor = point
            self._stage.changed.emit()
            self.moved.emit()
        elif point != scene.cursor:
            scene.cursor = point
            if scene.aligned:
                scene.ct_cursor = point
            self._stage.changed.emit()
            self.cursor_changed.emit(point)
            self.moved.emit()

    def move_in(self, scene: Scene, space: str, point: Point) -> None:
        """Move the crosshair of the scene that was pointed at; what is linked to it follows."""
        if not isinstance(scene, FollowerScene):
            self.move(space, point)
            return
        moved = scene.take_cursor(space, point)
        if moved is not None:
            self.move("pet", moved)
        self._stage.changed.emit()

    def scroll_pane(self, box: PaneBox, steps: int) -> None:
        """Move the crosshair by native slices of a pane; positive towards S, P or L."""
        scene, content = scene_of(self._stage.scene, box), box.spec.content
        grid = scene.grid_of(content)
        if grid is None:
            return
        view = scene.pane_view(box.spec, box.width, box.height)
        point = scene.position(content)
        if view.turn is not None:
            moved = scroll_oblique(grid, view, point, steps)
        else:
            moved = scroll(grid, box.spec.plane, point, steps)
        self.move_in(scene, scene.space(content), moved)

    def to_end(self, box: PaneBox, way: int) -> None:
        """Go to a pane's first or last slice: the last towards S, P or L for a positive way."""
        self.scroll_pane(box, TO_THE_END if way > 0 else -TO_THE_END)

    # MIP

    def set_mip_frames(self, frames: MipFrames | None) -> None:
        """Give the MIP pane its frames (computed on a worker by `compute_mip_frames`)."""
        self._stage.scene.mip = frames
        self._stage.changed.emit()

    def turn_mip(self, steps: int) -> None:
        """Turn the MIP by frames; positive towards the patient's left side."""
        scene = self._stage.scene
        if scene.mip is not None and steps:
            scene.mip_number = (scene.mip_number + steps) % scene.mip.count
            self._stage.changed.emit()
            self.mip_turned.emit(scene.mip_number)

    def turn_pane(self, box: PaneBox, steps: int) -> None:
        """Turn the MIP of a pane, with those that are linked to it."""
        scene = scene_of(self._stage.scene, box)
        if not isinstance(scene, FollowerScene) or scene.linked:
            self.turn_mip(steps)
        elif scene.mip is not None:
            scene.mip_number = (scene.mip_number + steps) % scene.mip.count
            self._stage.changed.emit()

    # Scale and part

    def zoom_active(self, factor: float) -> None:
        """Zoom the active pane, and all of its plane, about its middle."""
        self.zoom(self._layouts.active_pane(), factor)

    def zoom(self, box: PaneBox, factor: float) -> None:
        """Zoom a pane, and all of its plane, about its middle."""
        state = scene_of(self._stage.scene, box).view_state(box.spec.content, box.spec.plane)
        state.zoom = min(max(state.zoom * factor, MIN_ZOOM), MAX_ZOOM)
        self._stage.changed.emit()

    def pan(self, box: PaneBox, by_mm: tuple[float, ...]) -> None:
        """Move the part of the plane that a pane shows (LPS mm)."""
        state = scene_of(self._stage.scene, box).view_state(box.spec.content, box.spec.plane)
        x, y, z = (p + d for p, d in zip(state.pan_mm, by_mm, strict=True))
        state.pan_mm = (x, y, z)
        self._stage.changed.emit()

    def reset_views(self) -> None:
        """Fit all panes again, those that are not linked too."""
        for follower in self._stage.scene.followers.values():
            follower.views.clear()
        self._stage.scene.views.clear()
        self._stage.changed.emit()

    # Slabs

    def set_slab(self, mode: SlabMode | None) -> None:
        """Show slabs of this kind on the slice panes, or single slices with ``None``."""
        self._take_slab(Slab(mode, self._stage.scene.slab.thickness_mm))

    def set_slab_thickness(self, thickness_mm: float) -> None:
        """Set the thickness of slabs, 1 to 300 mm; shown once a slab is."""
        self._take_slab(self._stage.scene.slab.with_thickness(thickness_mm))

    def _take_slab(self, slab: Slab) -> None:
        if slab != self._stage.scene.slab:
            self._stage.scene.slab = slab
            self._stage.changed.emit()
            self.slab_changed.emit(slab)

    # Oblique planes

    def show_handles(self, shown: bool) -> None:
        """Give the crosshair handles that turn the planes when dragged."""
        self._stage.scene.show_handles = shown
        self._stage.changed.emit()

    def turn_active(self, degrees: float) -> None:
        """Turn the other two planes about the active pane's normal, clockwise on the screen."""
        box = self._layouts.active_slices()
        if box is not None and self._stage.scene.study is not None:
            self.turn_planes(box, math.radians(degrees))

    def turn_planes(self, box: PaneBox, radians: float) -> None:
        """Turn the other two planes about a pane's normal, clockwise on the screen."""
        plane, scene = box.spec.plane, self._stage.scene
        axis = plane_normal(plane) if scene.tilt is None else scene.tilt.normal(plane)
        scene.tilt = turned(scene.tilt, axis, radians, scene.position(box.spec.content))
        self._stage.changed.emit()
        self.planes_turned.emit(scene.tilt is not None)

    def reset_planes(self) -> None:
        """Show the patient's planes again; the crosshair stays in the patient."""
        if self._stage.scene.tilt is not None:
            self._stage.scene.tilt = None
            self._stage.changed.emit()
            self.planes_turned.emit(False)
