"""A study drawn without a window, with all that may lie over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from app.core.lesions.segmentation import Segmentation
from app.core.space.volume import Volume
from app.core.study.derived import DerivedImage
from app.core.study.study import Study
from viewers.film.offscreen import draw_picture
from viewers.make.difference import difference_of
from viewers.make.mip_frames import MipFrames
from viewers.paint.renderer import SceneRenderer
from viewers.scene.scene import Scene
from viewers.scene.values import Colour, DerivedState, MapKind, Overlays, Point
from viewers.space.layouts import DEFAULT_LAYOUT, read_layouts


def render_offscreen(
    study: Study,
    *,
    layout: str = DEFAULT_LAYOUT,
    size: tuple[int, int] = (1500, 1000),
    mip: MipFrames | None = None,
    segmentation: Segmentation | None = None,
    colours: Mapping[str, Colour] | None = None,
    uncertainty: Volume | None = None,
    show_uncertainty: bool = False,
    derived: DerivedImage | None = None,
    show_derived: bool = True,
    shown_map: MapKind | None = None,
    saliency: Volume | None = None,
    cursor_lps_mm: Point | None = None,
    writing: bool = True,
) -> npt.NDArray[np.uint8]:
    """Draw a study without a window: uint8 [rows, columns, 3] of ``size`` (width, height).

    Needs a QGuiApplication (any platform plugin, ``offscreen`` too), for the fonts. Without
    ``writing`` there are no texts, letters, bars and crosshair; that an image is derived is
    written all the same.

    Raises
    ------
    KeyError
        If there is no such layout.
    """
    made = DerivedState(stands_in=show_derived, shown_map=shown_map).with_image(derived)
    scene = Scene(read_layouts()[layout]).with_study(study)
    overlays = Overlays(
        segmentation=segmentation,
        colours=dict(colours or {}),
        uncertainty=uncertainty,
        show_uncertainty=show_uncertainty,
        saliency=saliency,
        saliency_title="Saliency",
        show_saliency=saliency is not None,
    )
    scene = replace(scene, made=made, mip=mip, overlays=overlays)
    original = scene.original()
    if derived is not None and original and original.quantity is derived.volume.quantity:
        difference = difference_of(original, derived.volume)
        scene = replace(scene, made=made.with_difference(difference))
    if cursor_lps_mm is not None:
        scene = replace(
            scene, crosshair=replace(scene.crosshair, pet=cursor_lps_mm, ct=cursor_lps_mm)
        )
    return draw_picture(SceneRenderer(writing=writing), scene, *size)
