"""What all wishes have in common: the scene that they change, and who must hear of it."""

from __future__ import annotations

from app.core.kit.events import Event
from viewers.scene.followers import with_scene
from viewers.scene.scene import Scene


class Stage:
    """The scene of the panes, and the announcements that more than one kind of wish makes.

    Parameters
    ----------
    scene
        What the panes show at first.

    Attributes
    ----------
    scene
        What they show now; a wish puts another in its place, and announces that.
    changed
        Something on the panes is other than before: who draws them draws them anew.
    shown_changed
        Panes show other series than before.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.changed: Event[()] = Event()
        self.shown_changed: Event[()] = Event()

    def put(self, key: int | str | None, changed: Scene) -> None:
        """Take another state of the main scene (``None``), or of a follower that there is."""
        if key is None or key in self.scene.followers:
            self.scene = with_scene(self.scene, key, changed)
            self.changed.emit()
