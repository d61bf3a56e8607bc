"""The desk's picture: a widget that shows a scene, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.derived import DerivedImage
from app.core.segmentation import Segmentation
from app.core.study import Study
from app.core.volume import Volume
from viewers.layouts import Layout, read_layouts
from viewers.mip import MipFrames
from viewers.offscreen import DEFAULT_LAYOUT, draw_picture
from viewers.renderer import SceneRenderer
from viewers.scene import Colour, MapKind, Point, Scene
from viewers.surface import LesionSurfaces, Mesh


class SceneWidget(QWidget):
    """Shows a scene and takes wishes about what is shown; the hand is `ReadingDesk`'s.

    Signals
    -------
    cursor_changed(object)
        The crosshair moved: LPS mm as a tuple of three.
    pet_range_changed(float, float), ct_window_changed(float, float)
        What the panes now use.
    mip_turned(int)
        Number of the MIP frame.
    layout_changed(str)
        Name of the layout now shown.
    layouts_changed()
        Other layouts can be used than before: a derived image came or went.
    """

    cursor_changed = Signal(object)
    pet_range_changed = Signal(float, float)
    ct_window_changed = Signal(float, float)
    mip_turned = Signal(int)
    layout_changed = Signal(str)
    layouts_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layouts: dict[str, Layout] = read_layouts()
        self.scene = Scene(self._layouts[DEFAULT_LAYOUT])
        self._renderer = SceneRenderer(self.scene)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 240)
        self.setAccessibleName(self.tr("Reading desk"))

    # What is shown

    def set_study(self, study: Study | None) -> None:
        """Show a study (or none) from its middle; outlines, maps, MIP and derived are dropped."""
        self.set_derived(None)
        self.scene.set_study(study)
        self.scene.maximised = None
        self.update()
        if study is not None:
            self.cursor_changed.emit(self.scene.cursor)
        self.pet_range_changed.emit(*self.scene.pet_range)
        self.ct_window_changed.emit(*self.scene.ct_window)

    def layout_names(self) -> tuple[str, ...]:
        """Names of the layouts that can be used now, in the order of their menu."""
        made = self.scene.derived is not None
        return tuple(n for n, x in self._layouts.items() if made or not x.needs_derived)

    def layout_title(self, name: str) -> str:
        """Title of a layout for menus."""
        return self._layouts[name].title

    @property
    def layout_name(self) -> str:
        """Name of the present layout."""
        return self.scene.layout.name

    def set_layout(self, name: str) -> None:
        """Show another layout.

        Raises
        ------
        KeyError
            If there is no such layout.
        """
        self.scene.layout = self._layouts[name]
        self.scene.maximised = None
        self.scene.active = None
        self.update()
        self.layout_changed.emit(name)

    def set_segmentation(
        self, segmentation: Segmentation | None, colours: Mapping[str, Colour]
    ) -> None:
        """Show outlines, one colour per lesion id; rejected lesions are not drawn."""
        self.scene.segmentation = segmentation
        self.scene.colours = dict(colours)
        self._overlays_changed()

    def set_selected(self, lesion_id: str | None) -> None:
        """Draw one lesion brighter."""
        if lesion_id != self.scene.selected:
            self.scene.selected = lesion_id
            self._overlays_changed()

    def set_uncertainty(self, uncertainty: Volume | None) -> None:
        """Give the voxel entropy (bits, 0 to 1): rims and the uncertainty map come from it."""
        self.scene.uncertainty = uncertainty
        self._overlays_changed()

    def show_uncertainty(self, shown: bool) -> None:
        """Lay the uncertainty map over the slices, or take it away."""
        self.scene.show_uncertainty = shown
        self._overlays_changed()

    def hide_overlays(self, hidden: bool) -> None:
        """Hide outlines, uncertainty and saliency while true."""
        self.scene.overlays_hidden = hidden
        self._overlays_changed()

    # Derived images and saliency

    def set_derived(self, image: DerivedImage | None) -> None:
        """Take the derived image that `show_derived` shows; ``None`` takes it away."""
        before = self.scene.derived
        self.scene.set_derived(image)
        if (before is None) is not (image is None):
            if self.scene.layout.needs_derived and image is None:
                self.set_layout(DEFAULT_LAYOUT)
            self.layouts_changed.emit()
        self.update()

    def show_derived(self, shown: bool) -> None:
        """Let the derived image stand in for the one it was made for, or show that one again."""
        self.scene.show_derived = shown
        self.update()

    def set_difference_map(self, difference: Volume | None) -> None:
        """Give derived minus original (computed on a worker by `difference_of`)."""
        self.scene.set_difference(difference)
        self.update()

    def show_map(self, kind: MapKind | None) -> None:
        """Show a map where the derived image would stand, or take it away with ``None``."""
        self.scene.shown_map = kind
        self.update()

    def set_saliency(self, saliency: Volume | None, title: str = "") -> None:
        """Give the map (0 to 1) of what moved a score, with the words of its legend."""
        self.scene.saliency, self.scene.saliency_title = saliency, title
        self._overlays_changed()

    def show_saliency(self, shown: bool) -> None:
        """Lay the saliency map over slices and MIP, or take it away."""
        self.scene.show_saliency = shown
        self._overlays_changed()

    # MIP

    def set_mip_frames(self, frames: MipFrames | None) -> None:
        """Give the MIP pane its frames (computed on a worker by `compute_mip_frames`)."""
        self.scene.mip = frames
        self.update()

    def turn_mip(self, steps: int) -> None:
        """Turn the MIP by frames; positive towards the patient's left side."""
        if self.scene.mip is not None and steps:
            self.scene.mip_number = (self.scene.mip_number + steps) % self.scene.mip.count
            self.update()
            self.mip_turned.emit(self.scene.mip_number)

    # 3D

    def set_body_surface(self, body: Mesh | None) -> None:
        """Give the 3D pane its body (made on a worker by `body_surface`); ``None``: no body."""
        self.scene.surface.body, self.scene.surface.ready = body, True
        self.update()

    def set_lesion_surfaces(self, lesions: LesionSurfaces | None) -> None:
        """Give the 3D pane its lesions; they are shown while they are those of the outlines."""
        self.scene.surface.lesions = lesions
        self.update()

    def _overlays_changed(self) -> None:
        self.scene.overlay_version += 1
        self.update()

    # Where and how

    @property
    def cursor_lps_mm(self) -> Point:
        """Position of the linked crosshair."""
        return self.scene.cursor

    def set_cursor(self, point_lps_mm: npt.ArrayLike) -> None:
        """Move the linked crosshair; all panes follow."""
        x, y, z = (float(v) for v in np.asarray(point_lps_mm, dtype=np.float64))
        self._move("pet", (x, y, z))

    def _move(self, space: str, point: Point) -> None:
        if space == "ct":
            self.scene.ct_cursor = point
            self.update()
        elif point != self.scene.cursor:
            self.scene.cursor = point
            if self.scene.aligned:
                self.scene.ct_cursor = point
            self.update()
            self.cursor_changed.emit(point)

    def set_pet_range(self, lower: float, upper: float) -> None:
        """Set the PET's display range in its unit; the upper bound stays above the lower."""
        bounds = (float(lower), max(float(upper), float(lower) + 1e-6))
        if bounds != self.scene.pet_range:
            self.scene.pet_range = bounds
            self.update()
            self.pet_range_changed.emit(*bounds)

    def set_ct_window(self, width: float, level: float) -> None:
        """Set the CT window in HU; the width is at least 1."""
        window = (max(1.0, float(width)), float(level))
        if window != self.scene.ct_window:
            self.scene.ct_window = window
            self.update()
            self.ct_window_changed.emit(*window)

    def set_fusion_opacity(self, opacity: float) -> None:
        """Set the weight of PET in fused panes, 0 to 1."""
        self.scene.fusion_opacity = min(max(float(opacity), 0.0), 1.0)
        self.update()

    def reset_views(self) -> None:
        """Fit all panes again."""
        self.scene.views.clear()
        self.update()

    # Pictures

    def snapshot(self) -> npt.NDArray[np.uint8]:
        """Return the desk as it is drawn: uint8 [rows, columns, 3], device pixels."""
        scale = self.devicePixelRatioF()
        return draw_picture(self._renderer, self.width(), self.height(), scale)

    def sizeHint(self) -> QSize:
        """Size the desk asks for."""
        return QSize(1200, 800)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all panes; Qt calls this at most once a frame."""
        painter = QPainter(self)
        self._renderer.paint(painter, self.width(), self.height(), self.devicePixelRatioF())
        painter.end()
