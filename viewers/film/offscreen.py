"""Pictures of the desk without a window, drawn by the same painter."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage, QPainter

from app.core.lesions.segmentation import Segmentation
from app.core.space.volume import Volume
from app.core.study.derived import DerivedImage
from app.core.study.study import Study
from viewers.make.difference import difference_of
from viewers.make.mip_frames import MipFrames
from viewers.paint.renderer import SceneRenderer
from viewers.scene.scene import Colour, MapKind, Point, Scene
from viewers.space.layouts import DEFAULT_LAYOUT, read_layouts


def draw_picture(
    renderer: SceneRenderer, width: int, height: int, scale: float = 1.0
) -> npt.NDArray[np.uint8]:
    """Draw a scene into an array: uint8 [rows, columns, 3]."""
    image = QImage(round(width * scale), round(height * scale), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    painter = QPainter(image)
    renderer.paint(painter, width, height, scale)
    painter.end()
    rows, columns = image.height(), image.width()
    bgra = np.frombuffer(image.constBits(), np.uint8).reshape(rows, image.bytesPerLine())
    pixels = bgra[:, : columns * 4].reshape(rows, columns, 4)
    return np.ascontiguousarray(pixels[..., 2::-1])


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
    scene = Scene(read_layouts()[layout])
    scene.set_study(study)
    scene.mip = mip
    scene.segmentation, scene.colours = segmentation, dict(colours or {})
    scene.uncertainty, scene.show_uncertainty = uncertainty, show_uncertainty
    scene.set_derived(derived)
    scene.show_derived, scene.shown_map = show_derived, shown_map
    original = scene.original()
    if derived is not None and original and original.quantity is derived.volume.quantity:
        scene.set_difference(difference_of(original, derived.volume))
    scene.saliency, scene.show_saliency = saliency, saliency is not None
    scene.saliency_title = "Saliency"
    if cursor_lps_mm is not None:
        scene.cursor = scene.ct_cursor = cursor_lps_mm
    return draw_picture(SceneRenderer(scene, writing=writing), *size)
