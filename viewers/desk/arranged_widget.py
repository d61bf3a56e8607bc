"""How the panes are arranged and cut: layouts of the user, slabs, oblique planes, zoom."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.core.study.study import Study
from viewers.desk.scene_widget import SceneWidget
from viewers.make.slab import Slab, SlabMode
from viewers.scene.followers import scene_of
from viewers.scene.offer import available
from viewers.scene.scene import PaneBox
from viewers.space.geometry import PaneView, Plane
from viewers.space.layout_store import with_pane
from viewers.space.layouts import Content
from viewers.space.oblique import plane_normal, scroll_oblique, turned

MAX_ZOOM = 32.0
MIN_ZOOM = 0.2


class ArrangedWidget(SceneWidget):
    """Shows a scene, and lets panes, slabs and planes be chosen.

    Signals
    -------
    slab_changed(object)
        The `Slab` that slice panes now show.
    planes_turned(bool)
        Whether any plane is oblique now.
    """

    slab_changed = Signal(object)
    planes_turned = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        #: What of the user's layouts could not be read; whoever shows the desk says so.
        self.layout_problems = tuple(self._store.problems)

    def set_study(self, study: Study | None) -> None:
        """Show a study (or none); its planes are the patient's at first."""
        super().set_study(study)
        self.planes_turned.emit(self.scene.tilt is not None)

    # Layouts

    def is_saved_layout(self, name: str) -> bool:
        """Whether a layout is one of the user's own."""
        return self._store.is_saved(name)

    def saved_title(self, title: str) -> str | None:
        """Title of the user's layout that saving under this title would replace, if any."""
        found = self._store.named(title)
        return None if found is None else found.title

    def save_layout(self, title: str) -> str:
        """Keep the present arrangement as a layout of the user, and return its name.

        Raises
        ------
        LayoutError
            If the title is empty, or the file cannot be written.
        """
        kept = self._store.save(self.scene.layout, title)
        self.scene.layout = kept
        self.layouts_changed.emit()
        self.layout_changed.emit(kept.name)
        return kept.name

    def remove_layout(self, name: str) -> None:
        """Forget a layout of the user; the default one is shown in its place.

        Raises
        ------
        KeyError
            If it is not one of the user's.
        LayoutError
            If its file cannot be deleted.
        """
        self._store.remove(name)
        self._offer_layouts(again=True)

    def set_pane(self, number: int, content: Content, plane: Plane) -> None:
        """Let a pane of the present arrangement show something else.

        Raises
        ------
        IndexError
            If there is no such pane.
        """
        self.scene.layout = with_pane(self.scene.layout, number, content, plane)
        self.update()

    def has_content(self, content: Content) -> bool:
        """Whether the open study has what a pane of this content shows."""
        return content in available(self.scene)

    # Panes

    def active_box(self) -> PaneBox:
        """Return the pane that keys act on: the one last clicked, or the first."""
        boxes = self.scene.boxes(self.width(), self.height())
        return next((b for b in boxes if b.number == self.scene.active), boxes[0])

    def active_slices(self) -> PaneBox | None:
        """Return the active pane if it shows slices, otherwise the first one that does."""
        boxes = self.scene.boxes(self.width(), self.height())
        slices = [b for b in boxes if b.spec.content.is_slice]
        active = [b for b in slices if b.number == self.scene.active]
        return next(iter((*active, *slices)), None)

    def activate_pane(self, steps: int) -> None:
        """Go on to another pane in the layout's order, round the ends; also while maximised."""
        count = len(self.scene.layout.panes)
        here = self.active_box().number
        self.scene.active = (here + steps) % count
        if self.scene.maximised is not None:
            self.scene.maximised = self.scene.active
        self.update()

    def maximise(self, number: int | None) -> None:
        """Let one pane fill the desk, or show all again with ``None``."""
        self.scene.maximised = number
        self.update()

    def zoom_active(self, factor: float) -> None:
        """Zoom the active pane, and all of its plane, about its middle."""
        box = self.active_box()
        spec = box.spec
        state = scene_of(self.scene, box).view_state(spec.content, spec.plane)
        state.zoom = min(max(state.zoom * factor, MIN_ZOOM), MAX_ZOOM)
        self.update()

    # Slabs

    def set_slab(self, mode: SlabMode | None) -> None:
        """Show slabs of this kind on the slice panes, or single slices with ``None``."""
        self._take_slab(Slab(mode, self.scene.slab.thickness_mm))

    def set_slab_thickness(self, thickness_mm: float) -> None:
        """Set the thickness of slabs, 1 to 300 mm; shown once a slab is."""
        self._take_slab(self.scene.slab.with_thickness(thickness_mm))

    def _take_slab(self, slab: Slab) -> None:
        if slab != self.scene.slab:
            self.scene.slab = slab
            self.update()
            self.slab_changed.emit(slab)

    # Oblique planes

    def show_handles(self, shown: bool) -> None:
        """Give the crosshair handles that turn the planes when dragged."""
        self.scene.show_handles = shown
        self.update()

    def turn_active(self, degrees: float) -> None:
        """Turn the other two planes about the active pane's normal, clockwise on the screen."""
        box = self.active_slices()
        if box is not None and self.scene.study is not None:
            self._turn(box, math.radians(degrees))

    def reset_planes(self) -> None:
        """Show the patient's planes again; the crosshair stays in the patient."""
        if self.scene.tilt is not None:
            self.scene.tilt = None
            self.update()
            self.planes_turned.emit(False)

    def _turn(self, box: PaneBox, radians: float) -> None:
        plane, scene = box.spec.plane, self.scene
        axis = plane_normal(plane) if scene.tilt is None else scene.tilt.normal(plane)
        scene.tilt = turned(scene.tilt, axis, radians, scene.position(box.spec.content))
        self.update()
        self.planes_turned.emit(scene.tilt is not None)

    def _scroll_turned(self, box: PaneBox, view: PaneView, steps: int) -> None:
        grid, content = self.scene.grid_of(box.spec.content), box.spec.content
        if grid is not None:
            moved = scroll_oblique(grid, view, self.scene.position(content), steps)
            self._move(self.scene.space(content), moved)
