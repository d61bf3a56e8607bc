"""The 3D pane: its surfaces, and from where they are looked at."""

from __future__ import annotations

from viewers.make.meshes import LesionSurfaces, Mesh
from viewers.scene.wishes.navigation import Navigation
from viewers.scene.wishes.stage import Stage

MOST_VEIL = 0.9


class Surface:
    """Takes surfaces of body and lesions, and wishes about the look at them.

    It turns with the MIP, whichever of the two is turned.
    """

    def __init__(self, stage: Stage, navigation: Navigation) -> None:
        self._stage, self._navigation = stage, navigation
        navigation.mip_turned.connect(self._on_mip_turned)

    def set_body_surface(self, body: Mesh | None) -> None:
        """Give the 3D pane its body (made on a worker by `body_surface`); ``None``: no body."""
        self._stage.scene.surface.body, self._stage.scene.surface.ready = body, True
        self._stage.changed.emit()

    def set_lesion_surfaces(self, lesions: LesionSurfaces | None) -> None:
        """Give the 3D pane its lesions; they are shown while they are those of the outlines."""
        self._stage.scene.surface.lesions = lesions
        self._stage.changed.emit()

    def turn(self, around_degrees: float, tilt_degrees: float = 0.0) -> None:
        """Turn around the body's axis, the MIP along with it, and tilt as far as from the top."""
        scene = self._stage.scene
        state = scene.surface
        state.tilt_degrees = min(max(state.tilt_degrees + tilt_degrees, -90.0), 90.0)
        moved = state.turn(around_degrees, scene.mip)
        rest = state.turn_degrees
        self._navigation.turn_mip(moved)
        # Turning the MIP brings both to one angle; a hand may hold them between two frames.
        state.turn_degrees = rest
        self._stage.changed.emit()

    def set_veil(self, veil: float) -> None:
        """Set how much of what lies behind the skin is veiled, 0 to 0.9."""
        self._stage.scene.surface.veil = min(max(veil, 0.0), MOST_VEIL)
        self._stage.changed.emit()

    def set_moving(self, moving: bool) -> None:
        """Draw it coarsely while a hand turns it."""
        self._stage.scene.surface.moving = moving
        self._stage.changed.emit()

    def _on_mip_turned(self, _number: int) -> None:
        self._stage.scene.surface.turn_degrees = 0.0
