"""The 3D pane: its surfaces, and from where they are looked at."""

from __future__ import annotations

from dataclasses import replace

from viewers.make.meshes import LesionSurfaces, Mesh
from viewers.scene.surface_state import SurfaceState
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
        self._show(replace(self._stage.scene.surface, body=body, ready=True))

    def set_lesion_surfaces(self, lesions: LesionSurfaces | None) -> None:
        """Give the 3D pane its lesions; they are shown while they are those of the outlines."""
        self._show(replace(self._stage.scene.surface, lesions=lesions))

    def turn(self, around_degrees: float, tilt_degrees: float = 0.0) -> None:
        """Turn around the body's axis, the MIP along with it, and tilt as far as from the top."""
        scene = self._stage.scene
        tilt = min(max(scene.surface.tilt_degrees + tilt_degrees, -90.0), 90.0)
        turned, moved = scene.surface.turned(around_degrees, scene.mip)
        self._navigation.turn_mip(moved)
        # Turning the MIP brings both to one angle; a hand may hold them between two frames.
        now, degrees = self._stage.scene.surface, turned.turn_degrees
        self._show(replace(now, turn_degrees=degrees, tilt_degrees=tilt))

    def set_veil(self, veil: float) -> None:
        """Set how much of what lies behind the skin is veiled, 0 to 0.9."""
        self._show(replace(self._stage.scene.surface, veil=min(max(veil, 0.0), MOST_VEIL)))

    def set_moving(self, moving: bool) -> None:
        """Draw it coarsely while a hand turns it."""
        self._show(replace(self._stage.scene.surface, moving=moving))

    def _on_mip_turned(self, _number: int) -> None:
        scene = self._stage.scene
        self._stage.scene = replace(scene, surface=replace(scene.surface, turn_degrees=0.0))

    def _show(self, surface: SurfaceState) -> None:
        self._stage.put(None, replace(self._stage.scene, surface=surface))
