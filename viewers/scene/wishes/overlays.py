"""What lies over the images, or stands in for them: outlines, maps, derived images."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.lesions.segmentation import Segmentation
from app.core.space.volume import Volume
from app.core.study.derived import DerivedImage
from viewers.scene.scene import Colour, MapKind
from viewers.scene.wishes.layouts import Layouts
from viewers.scene.wishes.stage import Stage


class Overlays:
    """Takes what models and readers found in the active study, and whether it is shown."""

    def __init__(self, stage: Stage, layouts: Layouts) -> None:
        self._stage, self._layouts = stage, layouts

    # Outlines

    def set_segmentation(
        self, segmentation: Segmentation | None, colours: Mapping[str, Colour]
    ) -> None:
        """Show outlines, one colour per lesion id; rejected lesions are not drawn."""
        self._stage.scene.segmentation = segmentation
        self._stage.scene.colours = dict(colours)
        self._laid_over()

    def set_selected(self, lesion_id: str | None) -> None:
        """Draw one lesion brighter."""
        if lesion_id != self._stage.scene.selected:
            self._stage.scene.selected = lesion_id
            self._laid_over()

    def set_uncertainty(self, uncertainty: Volume | None) -> None:
        """Give the voxel entropy (bits, 0 to 1): rims and the uncertainty map come from it."""
        self._stage.scene.uncertainty = uncertainty
        self._laid_over()

    def show_uncertainty(self, shown: bool) -> None:
        """Lay the uncertainty map over the slices, or take it away."""
        self._stage.scene.show_uncertainty = shown
        self._laid_over()

    def hide_overlays(self, hidden: bool) -> None:
        """Hide outlines, uncertainty and saliency while true."""
        self._stage.scene.overlays_hidden = hidden
        self._laid_over()

    def set_saliency(self, saliency: Volume | None, title: str = "") -> None:
        """Give the map (0 to 1) of what moved a score, with the words of its legend."""
        self._stage.scene.saliency, self._stage.scene.saliency_title = saliency, title
        self._laid_over()

    def show_saliency(self, shown: bool) -> None:
        """Lay the saliency map over slices and MIP, or take it away."""
        self._stage.scene.show_saliency = shown
        self._laid_over()

    # Derived images

    def set_derived(self, image: DerivedImage | None) -> None:
        """Take the derived image that `show_derived` shows; ``None`` takes it away."""
        self._stage.scene.set_derived(image)
        self._layouts.offer()
        self._stage.changed.emit()

    def show_derived(self, shown: bool) -> None:
        """Let the derived image stand in for the one it was made for, or show that one again."""
        self._stage.scene.show_derived = shown
        self._stage.changed.emit()

    def set_difference_map(self, difference: Volume | None) -> None:
        """Give derived minus original (computed on a worker by `difference_of`)."""
        self._stage.scene.set_difference(difference)
        self._stage.changed.emit()

    def show_map(self, kind: MapKind | None) -> None:
        """Show a map where the derived image would stand, or take it away with ``None``."""
        self._stage.scene.shown_map = kind
        self._stage.changed.emit()

    def _laid_over(self) -> None:
        self._stage.scene.overlay_version += 1
        self._stage.changed.emit()
