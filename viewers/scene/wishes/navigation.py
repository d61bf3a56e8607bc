"""Where the panes are: crosshair, MIP angle, zoom and pan, slabs and oblique planes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from app.core.kit.events import Event
from viewers.make.mip_frames import MipFrames
from viewers.make.slab import Slab, SlabMode
from viewers.scene.followers import FollowerScene, follower_of, scene_of
from viewers.scene.scene import PaneBox
from viewers.scene.values import Point, ViewState
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
        return self._stage.scene.crosshair.pet

    def set_cursor(self, point_lps_mm: npt.ArrayLike) -> None:
        """Move the linked crosshair; all panes follow."""
        x, y, z = (float(v) for v in np.asarray(point_lps_mm, dtype=np.float64))
        self.move("pet", (x, y, z))

    def move(self, space: str, point: Point) -> None:
        """Move the active study's crosshair of one space (``pet``, ``ct`` or ``mr``)."""
        scene = self._stage.scene
        if space == "pet" and point == scene.crosshair.pet:
            return
        crosshair = scene.crosshair.moved(space, point, aligned=scene.aligned)
        self._stage.put(None, replace(scene, crosshair=crosshair))
        if space == "pet":
            self.cursor_changed.emit(point)
        self.moved.emit()

    def move_in(self, box: PaneBox, point: Point) -> None:
        """Move the crosshair of the study that a pane shows; what is linked to it follows."""
        main = self._stage.scene
        scene = scene_of(main, box)
        space = scene.space(box.spec.content)
        if not isinstance(scene, FollowerScene):
            self.move(space, point)
        elif space == "pet" and scene.linked:
            self.move("pet", scene.link.to_active(point))
        else:
            crosshair = scene.crosshair.moved(space, point, aligned=scene.aligned)
            self._stage.put(follower_of(main, box), replace(scene, crosshair=crosshair))

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
        self.move_in(box, moved)

    def to_end(self, box: PaneBox, way: int) -> None:
        """Go to a pane's first or last slice: the last towards S, P or L for a positive way."""
        self.scroll_pane(box, TO_THE_END if way > 0 else -TO_THE_END)

    # MIP

    def set_mip_frames(self, frames: MipFrames | None) -> None:
        """Give the MIP pane its frames (computed on a worker by `compute_mip_frames`)."""
        self._stage.put(None, replace(self._stage.scene, mip=frames))

    def turn_mip(self, steps: int) -> None:
        """Turn the MIP by frames; positive towards the patient's left side."""
        scene = self._stage.scene
        if scene.mip is not None and steps:
            number = (scene.mip_number + steps) % scene.mip.count
            self._stage.put(None, replace(scene, mip_number=number))
            self.mip_turned.emit(number)

    def turn_pane(self, box: PaneBox, steps: int) -> None:
        """Turn the MIP of a pane, with those that are linked to it."""
        main = self._stage.scene
        scene = scene_of(main, box)
        if not isinstance(scene, FollowerScene) or scene.linked:
            self.turn_mip(steps)
        elif scene.mip is not None:
            number = (scene.mip_number + steps) % scene.mip.count
            self._stage.put(follower_of(main, box), replace(scene, mip_number=number))

    # Scale and part

    def zoom_active(self, factor: float) -> None:
        """Zoom the active pane, and all of its plane, about its middle."""
        self.zoom(self._layouts.active_pane(), factor)

    def zoom(self, box: PaneBox, factor: float) -> None:
        """Zoom a pane, and all of its plane, about its middle."""

        def zoomed(view: ViewState) -> ViewState:
            return replace(view, zoom=min(max(view.zoom * factor, MIN_ZOOM), MAX_ZOOM))

        self._change_view(box, zoomed)

    def pan(self, box: PaneBox, by_mm: tuple[float, ...]) -> None:
        """Move the part of the plane that a pane shows (LPS mm)."""

        def panned(view: ViewState) -> ViewState:
            x, y, z = (p + d for p, d in zip(view.pan_mm, by_mm, strict=True))
            return replace(view, pan_mm=(x, y, z))

        self._change_view(box, panned)

    def _change_view(self, box: PaneBox, change: Callable[[ViewState], ViewState]) -> None:
        """Change the view of a pane, which is the main scene's where the pane follows that."""
        main, (content, plane) = self._stage.scene, (box.spec.content, box.spec.plane)
        owner, key = scene_of(main, box), follower_of(main, box)
        if isinstance(owner, FollowerScene) and owner.seen_like(content) is not None:
            owner, key = main, None
        state = change(owner.view_state(content, plane))
        views = {**owner.views, owner.view_key(content, plane): state}
        self._stage.put(key, replace(owner, views=views))

    def reset_views(self) -> None:
        """Fit all panes again, those that are not linked too."""
        scene = self._stage.scene
        fitted = {key: replace(x, views={}) for key, x in scene.followers.items()}
        self._stage.put(None, replace(scene, views={}, followers=fitted))

    # Slabs

    def set_slab(self, mode: SlabMode | None) -> None:
        """Show slabs of this kind on the slice panes, or single slices with ``None``."""
        self._take_slab(Slab(mode, self._stage.scene.slab.thickness_mm))

    def set_slab_thickness(self, thickness_mm: float) -> None:
        """Set the thickness of slabs, 1 to 300 mm; shown once a slab is."""
        self._take_slab(self._stage.scene.slab.with_thickness(thickness_mm))

    def _take_slab(self, slab: Slab) -> None:
        if slab != self._stage.scene.slab:
            self._stage.put(None, replace(self._stage.scene, slab=slab))
            self.slab_changed.emit(slab)

    # Oblique planes

    def show_handles(self, shown: bool) -> None:
        """Give the crosshair handles that turn the planes when dragged."""
        self._stage.put(None, replace(self._stage.scene, show_handles=shown))

    def turn_active(self, degrees: float) -> None:
        """Turn the other two planes about the active pane's normal, clockwise on the screen."""
        box = self._layouts.active_slices()
        if box is not None and self._stage.scene.study is not None:
            self.turn_planes(box, math.radians(degrees))

    def turn_planes(self, box: PaneBox, radians: float) -> None:
        """Turn the other two planes about a pane's normal, clockwise on the screen."""
        plane, scene = box.spec.plane, self._stage.scene
        axis = plane_normal(plane) if scene.tilt is None else scene.tilt.normal(plane)
        tilt = turned(scene.tilt, axis, radians, scene.position(box.spec.content))
        self._stage.put(None, replace(scene, tilt=tilt))
        self.planes_turned.emit(tilt is not None)

    def reset_planes(self) -> None:
        """Show the patient's planes again; the crosshair stays in the patient."""
        if self._stage.scene.tilt is not None:
            self._stage.put(None, replace(self._stage.scene, tilt=None))
            self.planes_turned.emit(False)
