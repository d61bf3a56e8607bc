"""The desk's picture: a widget that shows a scene, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.lesions.segmentation import Segmentation
from app.core.space.volume import Volume
from app.core.study.derived import DerivedImage
from app.core.study.display_units import PetUnit
from app.core.study.study import Study
from viewers.colour.display import PaneColours, PaneWindow, shown_unit
from viewers.film.offscreen import DEFAULT_LAYOUT, draw_picture
from viewers.make.fusion import Fusion
from viewers.make.mip import MipFrames
from viewers.make.surface import LesionSurfaces, Mesh
from viewers.paint.alignment import replace_study
from viewers.paint.renderer import SceneRenderer
from viewers.scene.offer import is_offered
from viewers.scene.scene import Colour, MapKind, Point, Scene
from viewers.scene.windowing import set_window, target, valid_range, window_of
from viewers.space.layout_store import LayoutStore


class SceneWidget(QWidget):
    """Shows a scene and takes wishes about what is shown; the hand is `ReadingDesk`'s.

    Signals
    -------
    moved()
        The crosshair of any space moved: some pane shows another position.
    cursor_changed(object)
        The crosshair moved: LPS mm as a tuple of three.
    pet_range_changed(float, float), ct_window_changed(float, float)
        What the panes now use.
    mip_turned(int)
        Number of the MIP frame.
    layout_changed(str)
        Name of the layout now shown.
    layouts_changed()
        Other layouts can be used than before: a study or a derived image came or went, or a layout
        was saved or removed.
    display_changed()
        Palettes, fusion or the unit are others than before.
    """

    cursor_changed = Signal(object)
    moved = Signal()
    pet_range_changed = Signal(float, float)
    ct_window_changed = Signal(float, float)
    mip_turned = Signal(int)
    layout_changed = Signal(str)
    layouts_changed = Signal()
    display_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = LayoutStore()
        self.scene = Scene(self._store.layouts[DEFAULT_LAYOUT])
        self._offered: tuple[str, ...] = self.layout_names()
        self._renderer = SceneRenderer(self.scene)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 240)
        self.setAccessibleName(self.tr("Reading desk"))

    # What is shown

    def set_study(self, study: Study | None) -> None:
        """Show a study (or none) from its middle; outlines, maps, MIP and derived are dropped."""
        self.set_derived(None)
        if not self.scene.set_study(study):
            self.scene.maximised = None
        self._offer_layouts()
        self.update()
        if study is not None:
            self.cursor_changed.emit(self.scene.cursor)
        self.display_changed.emit()
        self._tell_window()

    def replace_study(self, study: Study) -> None:
        """Show the same study with its CT or MR in another place; everything else stays."""
        replace_study(self.scene, study)
        self.update()

    def layout_names(self) -> tuple[str, ...]:
        """Names of the layouts that can be used now, in the order of their menu."""
        return tuple(
            name
            for name, layout in self._store.layouts.items()
            if is_offered(
                self.scene, layout, always=name == DEFAULT_LAYOUT or self._store.is_saved(name)
            )
        )

    def layout_title(self, name: str) -> str:
        """Title of a layout for menus."""
        return self._store.layouts[name].title

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
        self.scene.layout = self._store.layouts[name]
        self.scene.maximised = None
        self.scene.own_windows.clear()
        self.activate(None)
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
        self.scene.set_derived(image)
        self._offer_layouts()
        self.update()

    def _offer_layouts(self, *, again: bool = False) -> None:
        """Say so where other layouts can be used than before, and leave one that cannot.

        ``again`` says so even where the names are the same.
        """
        names = self.layout_names()
        # Two studies are left when the comparison goes, not while they change places.
        if self.layout_name not in names and not self.scene.layout.needs_comparison:
            self.set_layout(DEFAULT_LAYOUT)
        if again or names != self._offered:
            self._offered = names
            self.layouts_changed.emit()

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
        if space != "pet":
            if space == "ct":
                self.scene.ct_cursor = point
            else:
                self.scene.mr_cursor = point
            self.update()
            self.moved.emit()
        elif point != self.scene.cursor:
            self.scene.cursor = point
            if self.scene.aligned:
                self.scene.ct_cursor = point
            self.update()
            self.cursor_changed.emit(point)
            self.moved.emit()

    def set_pet_range(self, lower: float, upper: float) -> None:
        """Set the PET's display range in its own unit; the upper bound stays above the lower.

        Like `set_ct_window` of the linked panes, or of the active pane if it is not linked.
        """
        window = window_of(self.scene, target(self.scene))
        self.set_window(replace(window, pet_range=valid_range((lower, upper))))

    def set_ct_window(self, width: float, level: float) -> None:
        """Set the CT window in HU; the width is at least 1."""
        window = window_of(self.scene, target(self.scene))
        self.set_window(replace(window, ct_window=(max(1.0, float(width)), float(level))))

    def set_window(self, window: PaneWindow) -> None:
        """Use a window in the linked panes, or in the active pane if it is not linked."""
        pane = target(self.scene)
        before = window_of(self.scene, pane)
        set_window(self.scene, pane, window)
        if window != before:
            self.update()
        if window.pet_range != before.pet_range:
            self.pet_range_changed.emit(*window.pet_range)
        if window.ct_window != before.ct_window:
            self.ct_window_changed.emit(*window.ct_window)

    def activate(self, pane: int | None) -> None:
        """Make a pane the one that keys mean; what it is shown with is told if panes differ."""
        self.scene.active = pane
        if self.scene.own_windows:
            self._tell_window()

    def unlink_window(self, pane: int, unlinked: bool) -> None:
        """Give a pane a window of its own, or take it away again."""
        if unlinked:
            self.scene.own_windows.setdefault(pane, window_of(self.scene, None))
        else:
            self.scene.own_windows.pop(pane, None)
        self.update()
        self._tell_window()

    def _tell_window(self) -> None:
        window = window_of(self.scene, target(self.scene))
        self.pet_range_changed.emit(*window.pet_range)
        self.ct_window_changed.emit(*window.ct_window)

    def set_fusion_opacity(self, opacity: float) -> None:
        """Set the weight of PET in fused panes, 0 to 1."""
        self.set_fusion(replace(self.scene.fusion, opacity=min(max(float(opacity), 0.0), 1.0)))

    def set_fusion(self, fusion: Fusion) -> None:
        """Lay PET over CT in another way."""
        if fusion != self.scene.fusion:
            self.scene.fusion = fusion
            self.update()
            self.display_changed.emit()

    def set_palettes(self, palettes: PaneColours) -> None:
        """Use other colour maps for PET, fused panes and MIP."""
        if palettes != self.scene.palettes:
            self.scene.palettes = palettes
            self.update()
            self.display_changed.emit()

    def set_unit(self, unit: PetUnit | None) -> None:
        """Write the PET's numbers in a unit; the picture stays as it is.

        ``None`` stands for the PET's own unit, which also takes the place of one that cannot be
        had.
        """
        self.scene.unit = shown_unit(self.scene.study, unit)
        self.update()
        self.display_changed.emit()
        self._tell_window()

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
