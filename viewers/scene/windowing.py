"""Windows of linked panes and of panes that have their own, and how a hand changes them.

Panes share one range for the PET, one window for the CT and one range for an MR. A pane that was
unlinked has all three to itself.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.core.space.volume import Quantity
from viewers.colour.display import PaneWindow, default_pet_range
from viewers.scene.scene import PaneBox, Scene
from viewers.space.layouts import Content

#: Change of a range by the factor e per pixel that the hand moves.
PER_PX = 0.005


def target(scene: Scene) -> int | None:
    """Return the active pane if it has a window of its own; ``None`` stands for the linked ones."""
    return scene.active if scene.active in scene.own_windows else None


def window_of(scene: Scene, pane: int | None) -> PaneWindow:
    """Return the window that a pane (or, with ``None``, the linked panes) is drawn with."""
    return scene.window if pane is None else scene.own_windows.get(pane, scene.window)


def with_window(scene: Scene, pane: int | None, window: PaneWindow) -> Scene:
    """Return the scene with a window of a pane's own, or with one of all linked panes."""
    if pane is None:
        return replace(scene, window=window)
    return replace(scene, own_windows={**scene.own_windows, pane: window})


def linked_again(scene: Scene, pane: int) -> Scene:
    """Return the scene with a pane that has no window of its own."""
    own = {n: x for n, x in scene.own_windows.items() if n != pane}
    return replace(scene, own_windows=own)


def valid_range(bounds: tuple[float, float]) -> tuple[float, float]:
    """Keep the upper bound above the lower."""
    lower, upper = float(bounds[0]), float(bounds[1])
    return lower, max(upper, lower + 1e-6)


def stepped_upper(scene: Scene, bounds: tuple[float, float], direction: int) -> float:
    """Return the upper PET bound a step further (+1) or nearer (-1), in the PET's own unit.

    Whole steps from 2 up to 40 in the shown unit, as on a workstation; otherwise a tenth.
    """
    factor = scene.unit.factor
    upper = bounds[1] * factor
    step = 1.0 if upper + direction >= 2.0 and upper <= 40.0 else 0.1 * upper
    new = (upper + direction * step) / factor
    return new if new > bounds[0] else bounds[1]


def dragged(
    scene: Scene, box: PaneBox, dx_px: float, dy_px: float, *, under: bool = False
) -> PaneWindow:
    """Return a pane's window after a drag; to the right it gets wider.

    Up and down move the level of a CT, and the upper bound of others. ``under`` changes the CT
    or MR of a fused pane in place of the PET.
    """
    content = box.spec.content
    window = window_of(scene, box.number if box.number in scene.own_windows else None)
    factor = float(np.exp((dx_px - dy_px) * PER_PX))
    base = scene.base(content)
    if base is Content.CT or (under and base is Content.FUSED):
        image = scene.ct_of(content)
        if image is not None and image.quantity is Quantity.MR:
            lower, upper = window.mr_range
            return replace(window, mr_range=valid_range((lower, lower + (upper - lower) * factor)))
        if image is not None and image.quantity is not Quantity.HU:
            return window
        width, level = window.ct_window
        speed = max(0.5, width / 400)
        ct = (max(1.0, width + dx_px * speed * 2), level + dy_px * speed)
        return replace(window, ct_window=ct)
    lower, upper = window.pet_range
    least = default_pet_range(scene.pet)[1] / 100
    return replace(window, pet_range=(lower, max(lower + (upper - lower) * factor, lower + least)))
