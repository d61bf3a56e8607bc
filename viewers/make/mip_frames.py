"""The frames of a rotating MIP: what was projected, and where its pixels lie in the patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MipFrames:
    """Projections of one volume around the patient's S axis.

    Frame ``n`` is looked at from angle ``n * 360 / count`` degrees: 0 from the front, 90 from the
    patient's left side. Rows run from S to I, columns along `right_lps`.

    Parameters
    ----------
    stored
        uint16 [count / 2, rows, columns]; the other half are mirror images.
    count
        Number of frames of a full turn, even.
    value_per_step, lowest
        ``value = lowest + stored * value_per_step`` in the volume's unit.
    axis_lps_mm
        A point on the axis of rotation; its S coordinate is that of the middle of the first row.
    row_mm, column_mm
        Size of a pixel.
    series_uid
        Series of the volume.
    """

    stored: npt.NDArray[np.uint16]
    count: int
    value_per_step: float
    lowest: float
    axis_lps_mm: tuple[float, float, float]
    row_mm: float
    column_mm: float
    series_uid: str = ""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of a frame."""
        return int(self.stored.shape[1]), int(self.stored.shape[2])

    def frame(self, number: int) -> npt.NDArray[np.uint16]:
        """Return the stored steps [rows, columns] of a frame, any number (modulo a turn)."""
        number %= self.count
        half = self.count // 2
        frame: npt.NDArray[np.uint16] = self.stored[number % half]
        return frame if number < half else frame[:, ::-1]

    def values(self, number: int) -> npt.NDArray[np.float32]:
        """Return a frame in the volume's unit."""
        return self.frame(number) * np.float32(self.value_per_step) + np.float32(self.lowest)

    def right_lps(self, number: int) -> FloatArray:
        """Return the unit vector along the columns of a frame."""
        angle = 2 * np.pi * (number % self.count) / self.count
        return np.array([np.cos(angle), np.sin(angle), 0.0])

    def away_lps(self, number: int) -> FloatArray:
        """Return the unit vector of the rays of a frame, away from the eye."""
        angle = 2 * np.pi * (number % self.count) / self.count
        return np.array([-np.sin(angle), np.cos(angle), 0.0])

    def project(self, number: int, points_lps_mm: npt.ArrayLike) -> FloatArray:
        """Map positions (``[..., 3]``) to fractional row and column (``[..., 2]``)."""
        offset = np.asarray(points_lps_mm, dtype=np.float64) - np.array(self.axis_lps_mm)
        columns = offset @ self.right_lps(number) / self.column_mm + (self.shape[1] - 1) / 2
        return np.stack([-offset[..., 2] / self.row_mm, columns], axis=-1)

    def on_plane_mm(self, places: npt.ArrayLike) -> FloatArray:
        """Map row and column (``[..., 2]``) to the turning plane of a MIP pane (``[..., 3]``).

        There the first coordinate counts from the axis along the columns, the last is S.
        """
        place = np.asarray(places, dtype=np.float64)
        along = (place[..., 1] - (self.shape[1] - 1) / 2) * self.column_mm
        up = self.axis_lps_mm[2] - place[..., 0] * self.row_mm
        return np.stack([along, np.zeros_like(along), up], axis=-1)

    def place_on(self, along_mm: float, up_mm: float) -> tuple[float, float]:
        """Fractional row and column of a place on the turning plane of a MIP pane."""
        row = (self.axis_lps_mm[2] - up_mm) / self.row_mm
        return row, along_mm / self.column_mm + (self.shape[1] - 1) / 2

    def ray_lps_mm(self, number: int, row: float, column: float) -> tuple[FloatArray, FloatArray]:
        """Return a point on the ray of a pixel (nearest the axis) and the ray's direction."""
        along = (column - (self.shape[1] - 1) / 2) * self.column_mm
        point = np.array(self.axis_lps_mm) + along * self.right_lps(number)
        point[2] -= row * self.row_mm
        return point, self.away_lps(number)
