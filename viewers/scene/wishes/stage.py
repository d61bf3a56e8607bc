"""What all wishes have in common: the scene that they change, and who must hear of it."""

from __future__ import annotations

from app.core.kit.events import Event
from viewers.scene.scene import Scene


class Stage:
    """The scene of the panes, and the announcements that more than one kind of wish makes.

    Parameters
    ----------
    scene
        What the panes show at first.

    Attributes
    ----------
    changed
        Something on the panes is other than before: who draws them draws them anew.
    shown_changed
        Panes show other series than before.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.changed: Event[()] = Event()
        self.shown_changed: Event[()] = Event()
