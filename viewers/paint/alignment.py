"""Images that were moved since they were read: their place on the panes, and marks that say it."""

from __future__ import annotations

from app.core.space.volume import Volume
from viewers.paint.numbers import number
from viewers.scene.scene import Scene
from viewers.space.layouts import Content

#: What a pane that shows a derived, or a moved image says, on screen and in every picture of it.
DERIVED = "DERIVED"
ALIGNED = "ALIGNED"


def pane_marks(scene: Scene, content: Content) -> list[tuple[str, str]]:
    """Return the marks of a pane as word and title, topmost first."""
    marks = []
    if scene.derived is not None and scene.shows_derived(content):
        marks.append((DERIVED, scene.derived.title))
    moved = alignment_title(scene, content)
    if moved:
        marks.append((ALIGNED, moved))
    return marks


def alignment_title(scene: Scene, content: Content) -> str:
    """Say by how much an image that a pane shows was moved; empty where none was."""
    if scene.study is None:
        return ""
    uids = {x.series_uid for x in _shown(scene, content) if x is not None}
    found = (x for x in scene.study.alignments if x.moving_uid in uids)
    parts = []
    for alignment in found:
        motion = alignment.decompose()
        by = f"{number(motion.distance_mm)} mm, {number(motion.turn_deg)}°"
        parts.append(f"{alignment.moving_role} {by}")
    return "; ".join(parts)


def placement_key(scene: Scene) -> tuple[object, ...]:
    """Return what the place of the CT (or of the MR in its place) on the panes depends on."""
    image = scene.under
    if image is None:
        return ()
    return scene.aligned, image.series_uid, image.grid.affine_lps_mm.tobytes()


def _shown(scene: Scene, content: Content) -> tuple[Volume | None, ...]:
    if scene.map_kind(content) is not None:
        derived = None if scene.derived is None else scene.derived.volume
        return (derived, scene.original())
    base = scene.base(content)
    return (scene.ct_of(content),) if base in (Content.CT, Content.FUSED) else ()
