"""Saliency on the MIP: what moved a score lies in a few voxels, projected when asked for."""

from __future__ import annotations

from weakref import ref

import numpy as np
import numpy.typing as npt

from app.core.space.volume import Volume
from viewers.make.mip_frames import MipFrames

#: Below this share of its greatest value a map says nothing that could be seen.
LEAST_SHOWN = 0.02


class SaliencyProjector:
    """Projects a sparse map onto MIP frames, and keeps the last frame it made."""

    def __init__(self) -> None:
        self._volume: ref[Volume] | None = None
        self._points: npt.NDArray[np.float64] = np.zeros((0, 3))
        self._values: npt.NDArray[np.float32] = np.zeros(0, np.float32)
        self._kept: tuple[MipFrames, int, npt.NDArray[np.float32]] | None = None

    def frame(self, saliency: Volume, frames: MipFrames, number: int) -> npt.NDArray[np.float32]:
        """Return the greatest saliency along each ray of a MIP frame: float32 [rows, columns].

        A voxel covers the detector pixels whose middles lie in its shadow, as in the MIP itself.
        """
        if self._volume is None or self._volume() is not saliency:
            self._take(saliency)
        number %= frames.count
        if self._kept is None or self._kept[0] is not frames or self._kept[1] != number:
            made = self._project(frames, number, saliency.grid.spacing_kji_mm)
            self._kept = (frames, number, made)
        return self._kept[2]

    def _take(self, saliency: Volume) -> None:
        index = np.argwhere(saliency.array > LEAST_SHOWN)
        self._values = saliency.array[tuple(index.T)].astype(np.float32)
        self._points = saliency.grid.points_lps_mm(index)
        self._volume, self._kept = ref(saliency), None

    def _project(
        self, frames: MipFrames, number: int, spacing_kji_mm: tuple[float, float, float]
    ) -> npt.NDArray[np.float32]:
        rows_count, columns_count = frames.shape
        picture = np.zeros((rows_count, columns_count), np.float32)
        place = frames.project(number, self._points)
        right = np.abs(frames.right_lps(number))
        half = float(right[0] + right[1]) * max(spacing_kji_mm[1:]) / frames.column_mm / 2
        high = spacing_kji_mm[0] / frames.row_mm / 2
        tops = np.ceil(place[:, 0] - high).astype(np.int64)
        lefts = np.ceil(place[:, 1] - half).astype(np.int64)
        for down in range(int(2 * high) + 1):
            for across in range(int(2 * half) + 1):
                rows, columns = tops + down, lefts + across
                covered = (rows <= place[:, 0] + high) & (columns <= place[:, 1] + half)
                covered &= (rows >= 0) & (rows < rows_count)
                covered &= (columns >= 0) & (columns < columns_count)
                at = (rows[covered], columns[covered])
                np.maximum.at(picture, at, self._values[covered])
        return picture
