"""How images are shown: windows, colours, fusion and unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.core.kit.events import Event
from app.core.study.display_units import PetUnit
from viewers.colour.display import PaneColours, PaneWindow, shown_unit
from viewers.make.fusion import Fusion
from viewers.scene.followers import FollowerScene, follower_of, scene_of
from viewers.scene.scene import PaneBox
from viewers.scene.windowing import (
    PER_PX,
    dragged,
    linked_again,
    target,
    valid_range,
    window_of,
    with_window,
)
from viewers.scene.wishes.stage import Stage


class Display:
    """Takes wishes about windows, colours, fusion and unit.

    Attributes
    ----------
    pet_range_changed, ct_window_changed
        What the panes now use: the linked ones, or the active pane if it is not linked.
    display_changed
        Palettes, fusion or the unit are others than before.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.pet_range_changed: Event[float, float] = Event()
        self.ct_window_changed: Event[float, float] = Event()
        self.display_changed: Event[()] = Event()

    def set_pet_range(self, lower: float, upper: float) -> None:
        """Set the PET's display range in its own unit; the upper bound stays above the lower.

        Like `set_ct_window` of the linked panes, or of the active pane if it is not linked.
        """
        window = window_of(self._stage.scene, target(self._stage.scene))
        self.set_window(replace(window, pet_range=valid_range((lower, upper))))

    def set_ct_window(self, width: float, level: float) -> None:
        """Set the CT window in HU; the width is at least 1."""
        window = window_of(self._stage.scene, target(self._stage.scene))
        self.set_window(replace(window, ct_window=(max(1.0, float(width)), float(level))))

    def set_window(self, window: PaneWindow) -> None:
        """Use a window in the linked panes, or in the active pane if it is not linked."""
        scene = self._stage.scene
        pane = target(scene)
        before = window_of(scene, pane)
        if window != before:
            self._stage.put(None, with_window(scene, pane, window))
        if window.pet_range != before.pet_range:
            self.pet_range_changed.emit(*window.pet_range)
        if window.ct_window != before.ct_window:
            self.ct_window_changed.emit(*window.ct_window)

    def unlink_window(self, pane: int, unlinked: bool) -> None:
        """Give a pane of the active study a window of its own, or take it away again."""
        scene = self._stage.scene
        box = next((b for b in scene.boxes(1000, 1000) if b.number == pane), None)
        follows = box is not None and scene_of(scene, box) is not scene
        if unlinked and not follows:
            changed = with_window(scene, pane, window_of(scene, pane))
        else:
            changed = linked_again(scene, pane)
        self._stage.put(None, changed)
        self.tell_window()

    def tell_window(self) -> None:
        """Announce the window that keys and panels now speak of."""
        window = window_of(self._stage.scene, target(self._stage.scene))
        self.pet_range_changed.emit(*window.pet_range)
        self.ct_window_changed.emit(*window.ct_window)

    def drag_window(self, box: PaneBox, dx_px: float, dy_px: float, *, under: bool = False) -> None:
        """Change a pane's window (or the limits of its map) as a hand drags it.

        What panes of another study share with the active one's changes in all panes. ``under``
        changes the CT or MR of a fused pane in place of the PET.
        """
        main = self._stage.scene
        scene = scene_of(main, box)
        kind = scene.map_kind(box.spec.content)
        if kind is not None:
            limit = scene.made.limits[kind] * float(np.exp((dx_px - dy_px) * PER_PX))
            changed = replace(scene, made=scene.made.with_limit(kind, limit))
            self._stage.put(follower_of(main, box), changed)
            return
        window = dragged(scene, box, dx_px, dy_px, under=under)
        if isinstance(scene, FollowerScene):
            own = replace(scene.window, mr_range=window.mr_range, pet_range=window.pet_range)
            self._stage.put(follower_of(main, box), replace(scene, window=own))
            shared = replace(window_of(main, None), ct_window=window.ct_window)
            if scene.shares_pet_range:
                shared = replace(shared, pet_range=window.pet_range)
            window = shared
        self.set_window(window)

    def set_fusion_opacity(self, opacity: float) -> None:
        """Set the weight of PET in fused panes, 0 to 1."""
        bounded = min(max(float(opacity), 0.0), 1.0)
        self.set_fusion(replace(self._stage.scene.fusion, opacity=bounded))

    def set_fusion(self, fusion: Fusion) -> None:
        """Lay PET over CT in another way."""
        if fusion != self._stage.scene.fusion:
            self._stage.scene = replace(self._stage.scene, fusion=fusion)
            self._told()

    def set_palettes(self, palettes: PaneColours) -> None:
        """Use other colour maps for PET, fused panes and MIP."""
        if palettes != self._stage.scene.palettes:
            self._stage.scene = replace(self._stage.scene, palettes=palettes)
            self._told()

    def set_unit(self, unit: PetUnit | None) -> None:
        """Write the PET's numbers in a unit; the picture stays as it is.

        ``None`` stands for the PET's own unit, which also takes the place of one that cannot be
        had.
        """
        scene = self._stage.scene
        self._stage.scene = replace(scene, unit=shown_unit(scene.study, unit))
        self._told()
        self.tell_window()

    def _told(self) -> None:
        self._stage.changed.emit()
        self.display_changed.emit()
