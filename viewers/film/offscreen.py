"""Pictures of the desk without a window, drawn by the same painter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from viewers.paint.renderer import SceneRenderer, painting
from viewers.scene.scene import Scene


def draw_picture(
    renderer: SceneRenderer, scene: Scene, width: int, height: int, scale: float = 1.0
) -> npt.NDArray[np.uint8]:
    """Draw a scene into an array: uint8 [rows, columns, 3]."""
    image = QImage(round(width * scale), round(height * scale), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    with painting(image) as painter:
        renderer.paint(painter, scene, width, height, scale)
    rows, columns = image.height(), image.width()
    bgra = np.frombuffer(image.constBits(), np.uint8).reshape(rows, image.bytesPerLine())
    pixels = bgra[:, : columns * 4].reshape(rows, columns, 4)
    return np.ascontiguousarray(pixels[..., 2::-1])
