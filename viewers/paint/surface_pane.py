"""The 3D pane of a scene: what is drawn in it, and what a ray meets."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.core.lesions.lesion import Lesion, LesionStatus
from app.core.lesions.segmentation import Segmentation
from viewers.colour.palettes import PHYSIOLOGICAL_COLOUR, Packed, lesion_colour
from viewers.paint.surface_render import SurfaceRenderer
from viewers.scene.scene import Scene
from viewers.scene.values import Colour
from viewers.space.geometry import PaneView

#: How much lighter the chosen lesion is, in parts of what is missing to white.
CHOSEN_LIGHTER = 0.4


def surface_picture(renderer: SurfaceRenderer, scene: Scene, view: PaneView) -> Packed:
    """Packed colours [rows, columns] of body and lesions.

    Raises
    ------
    KnownError
        If this computer cannot draw in three dimensions.
    """
    state = scene.surface
    return renderer.picture(
        state.body,
        state.lesions,
        {} if scene.overlays.hidden else shown_colours(scene),
        scene.camera,
        view,
        state.veil,
        coarse=state.moving,
    )


def shown_colours(scene: Scene) -> dict[int, Colour]:
    """Colours by label, as the outlines have them; rejected lesions have none."""
    segmentation, surfaces = scene.overlays.segmentation, scene.surface.lesions
    if segmentation is None or surfaces is None:
        return {}
    if not surfaces.segmentation.same_outlines(segmentation):
        # Other outlines than the surfaces were made from: rather none than old ones.
        return {}
    return {
        lesion.label: _colour(scene, number, lesion)
        for number, lesion in enumerate(segmentation.lesions)
        if lesion.status is not LesionStatus.REJECTED
    }


def _colour(scene: Scene, number: int, lesion: Lesion) -> Colour:
    colour = scene.overlays.colours.get(lesion.id, lesion_colour(number))
    if lesion.status is LesionStatus.PHYSIOLOGICAL:
        colour = PHYSIOLOGICAL_COLOUR
    if lesion.id != scene.overlays.selected:
        return colour
    red, green, blue = (round(c + (255 - c) * CHOSEN_LIGHTER) for c in colour)
    return red, green, blue


def lesion_on_ray(
    segmentation: Segmentation, point_lps_mm: npt.ArrayLike, direction_lps: npt.ArrayLike
) -> Lesion | None:
    """Return the first lesion along a ray that is drawn, or ``None`` if it meets none.

    The ray is sampled every quarter of the least voxel size; a sample takes the voxel it lies in.
    """
    grid = segmentation.grid
    length = float(np.linalg.norm(grid.bounds_lps_mm[1] - grid.bounds_lps_mm[0]))
    point = np.asarray(point_lps_mm, dtype=np.float64)
    direction = np.asarray(direction_lps, dtype=np.float64)
    middle = point + direction * float((grid.centre_lps_mm - point) @ direction)
    along = np.arange(-length / 2, length / 2, min(grid.spacing_kji_mm) / 4)
    index = np.floor(grid.indices_kji(middle + along[:, None] * direction) + 0.5).astype(np.int64)
    index = index[np.all((index >= 0) & (index < np.array(grid.shape_kji)), axis=1)]
    shown = {x.label: x for x in segmentation.lesions if x.status is not LesionStatus.REJECTED}
    met = segmentation.labels.take(np.ravel_multi_index(tuple(index.T), grid.shape_kji))
    return next((shown[x] for x in met[met > 0].tolist() if x in shown), None)


def hottest_of(scene: Scene, lesion: Lesion) -> tuple[float, float, float] | None:
    """Position of a lesion's hottest voxel, or of its middle where there is no PET on its grid."""
    segmentation, pet = scene.overlays.segmentation, scene.pet
    if segmentation is None:
        return None
    index = segmentation.labels.of_label(lesion.label)
    if not index.size:
        return None
    at = index[index.size // 2]
    if pet is not None and pet.grid.same_grid(segmentation.grid):
        at = index[int(np.argmax(pet.array.reshape(-1)[index]))]
    place = np.unravel_index(at, segmentation.grid.shape_kji)
    x, y, z = segmentation.grid.points_lps_mm(np.array(place))
    return float(x), float(y), float(z)
