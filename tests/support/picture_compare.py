"""Comparing pictures tile by tile: a small difference anywhere counts, not its share of all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

Picture = npt.NDArray[np.uint8]
#: Tiles of a few pixels: five pixels that change are a tenth of one.
TILE_PX = 8
#: Greatest mean difference of a tile (of 255).
MOST = 2.0


def worst_tile(actual: Picture, expected: Picture) -> tuple[float, tuple[int, int]]:
    """Greatest mean absolute difference of any tile, and the tile's row and column in pixels."""
    assert actual.shape == expected.shape, (actual.shape, expected.shape)
    difference = np.abs(actual.astype(np.int16) - expected).max(axis=2).astype(np.float64)
    rows = np.arange(0, difference.shape[0], TILE_PX)
    columns = np.arange(0, difference.shape[1], TILE_PX)
    sums = np.add.reduceat(np.add.reduceat(difference, rows, axis=0), columns, axis=1)
    worst = np.unravel_index(np.argmax(sums), sums.shape)
    tile = (int(worst[0]) * TILE_PX, int(worst[1]) * TILE_PX)
    return float(sums[worst]) / TILE_PX**2, tile


def assert_same(actual: Picture, expected: Picture) -> None:
    """Fail where any tile differs by more than the maximum."""
    value, tile = worst_tile(actual, expected)
    assert value <= MOST, f"tile at row, column {tile} differs by {value:.1f} of 255"


def read_png(path: Path) -> Picture:
    """Read a picture: uint8 [rows, columns, 3]."""
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32)
    assert not image.isNull(), path
    raw = np.frombuffer(image.constBits(), np.uint8)
    pixels = raw.reshape(image.height(), image.bytesPerLine() // 4, 4)
    return np.ascontiguousarray(pixels[:, : image.width(), 2::-1])


def write_png(path: Path, picture: Picture) -> None:
    """Write a picture."""
    rows, columns = picture.shape[:2]
    image = QImage(picture.tobytes(), columns, rows, columns * 3, QImage.Format.Format_RGB888)
    assert image.save(str(path))
