"""What lies over the images, or stands in for them: outlines, maps, derived images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.core.lesions.segmentation import Segmentation
from app.core.space.volume import Volume
from app.core.study.derived import DerivedImage
from viewers.scene.values import Colour, DerivedState, MapKind
from viewers.scene.values import Overlays as Over
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
        self._lay(replace(self._over, segmentation=segmentation, colours=dict(colours)))

    def set_selected(self, lesion_id: str | None) -> None:
        """Draw one lesion brighter."""
        if lesion_id != self._over.selected:
            self._lay(replace(self._over, selected=lesion_id))

    def set_uncertainty(self, uncertainty: Volume | None) -> None:
        """Give the voxel entropy (bits, 0 to 1): rims and the uncertainty map come from it."""
        self._lay(replace(self._over, uncertainty=uncertainty))

    def show_uncertainty(self, shown: bool) -> None:
        """Lay the uncertainty map over the slices, or take it away."""
        self._lay(replace(self._over, show_uncertainty=shown))

    def hide_overlays(self, hidden: bool) -> None:
        """Hide outlines, uncertainty and saliency while true."""
        self._lay(replace(self._over, hidden=hidden))

    def set_saliency(self, saliency: Volume | None, title: str = "") -> None:
        """Give the map (0 to 1) of what moved a score, with the words of its legend."""
        self._lay(replace(self._over, saliency=saliency, saliency_title=title))

    def show_saliency(self, shown: bool) -> None:
        """Lay the saliency map over slices and MIP, or take it away."""
        self._lay(replace(self._over, show_saliency=shown))

    # Derived images

    def set_derived(self, image: DerivedImage | None) -> None:
        """Take the derived image that `show_derived` shows; ``None`` takes it away."""
        scene = self._stage.scene
        self._stage.scene = replace(scene, made=scene.made.with_image(image))
        self._layouts.offer()
        self._stage.changed.emit()

    def show_derived(self, shown: bool) -> None:
        """Let the derived image stand in for the one it was made for, or show that one again."""
        self._make(replace(self._stage.scene.made, stands_in=shown))

    def set_difference_map(self, difference: Volume | None) -> None:
        """Give derived minus original (computed on a worker by `difference_of`)."""
        self._make(self._stage.scene.made.with_difference(difference))

    def show_map(self, kind: MapKind | None) -> None:
        """Show a map where the derived image would stand, or take it away with ``None``."""
        self._make(replace(self._stage.scene.made, shown_map=kind))

    @property
    def _over(self) -> Over:
        return self._stage.scene.overlays

    def _lay(self, over: Over) -> None:
        self._stage.put(None, replace(self._stage.scene, overlays=over))

    def _make(self, made: DerivedState) -> None:
        self._stage.put(None, replace(self._stage.scene, made=made))
