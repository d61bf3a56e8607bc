"""What the 3D pane shows and from where it is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from viewers.make.meshes import LesionSurfaces, Mesh
from viewers.make.mip_frames import MipFrames

FloatArray = npt.NDArray[np.float64]
Point = tuple[float, float, float]

#: How much of what lies behind the body's skin is veiled where it is looked at squarely.
USUAL_VEIL = 0.16


@dataclass(frozen=True, eq=False)
class Camera:
    """A parallel look at the patient, like that of a MIP frame.

    Parameters
    ----------
    centre_lps_mm
        What is turned around; it lies on the axis of the MIP.
    right_lps, down_lps, away_lps
        Unit vectors along the screen's columns and rows, and away from the eye.
    """

    centre_lps_mm: FloatArray
    right_lps: FloatArray
    down_lps: FloatArray
    away_lps: FloatArray

    def project(self, points_lps_mm: npt.ArrayLike) -> FloatArray:
        """Map positions (``[..., 3]``) to mm right of and below the centre (``[..., 2]``)."""
        offset = np.asarray(points_lps_mm, dtype=np.float64) - self.centre_lps_mm
        return np.stack([offset @ self.right_lps, offset @ self.down_lps], axis=-1)

    def ray(self, right_mm: float, down_mm: float) -> tuple[FloatArray, FloatArray]:
        """Return a point on the ray through a place on the screen, and the ray's direction."""
        point = self.centre_lps_mm + right_mm * self.right_lps + down_mm * self.down_lps
        return point, self.away_lps


@dataclass(frozen=True)
class SurfaceState:
    """The 3D pane.

    It turns with the MIP: ``turn_degrees`` is added to the angle of the MIP's frame, and stays
    within half a frame's step while there is one. ``tilt_degrees`` looks from above (positive) or
    below. ``ready`` tells an empty body from one that is still to come.
    """

    body: Mesh | None = None
    lesions: LesionSurfaces | None = None
    ready: bool = False
    turn_degrees: float = 0.0
    tilt_degrees: float = 0.0
    veil: float = USUAL_VEIL
    #: Drawn coarsely while a hand turns it.
    moving: bool = False

    def angle_degrees(self, frames: MipFrames | None, number: int) -> float:
        """Return the angle around the S axis: 0 from the front, 90 from the patient's left."""
        step = 0.0 if frames is None else 360.0 / frames.count
        return (number * step + self.turn_degrees) % 360.0

    def turned(self, by_degrees: float, frames: MipFrames | None) -> tuple[SurfaceState, int]:
        """Return it turned, and by how many frames the MIP turns along."""
        degrees = self.turn_degrees + by_degrees
        if frames is None:
            return replace(self, turn_degrees=degrees % 360.0), 0
        step = 360.0 / frames.count
        moved = int(np.rint(degrees / step))
        return replace(self, turn_degrees=degrees - moved * step), moved

    def camera(self, frames: MipFrames | None, number: int) -> Camera:
        """Return where it is looked at from, with a frame of the MIP."""
        turn = np.radians(self.angle_degrees(frames, number))
        tilt = np.radians(self.tilt_degrees)
        right = np.array([np.cos(turn), np.sin(turn), 0.0])
        level = np.array([-np.sin(turn), np.cos(turn), 0.0])
        up = np.array([0.0, 0.0, 1.0])
        away = level * np.cos(tilt) - up * np.sin(tilt)
        down = -up * np.cos(tilt) - level * np.sin(tilt)
        return Camera(self._centre(frames), right, down, away)

    def extent(self, frames: MipFrames | None) -> tuple[Point, tuple[float, float]]:
        """Return centre and size (mm) of a view that fits from every side.

        Its height is that of the MIP beside it, unless the body is higher: the two can be compared.
        """
        centre = self._centre(frames)
        width, height = (1.0, 1.0)
        if frames is not None:
            rows, columns = frames.shape
            width, height = columns * frames.column_mm, rows * frames.row_mm
        for points in self._points():
            offset = points - centre
            width = max(width, 2 * float(np.hypot(offset[:, 0], offset[:, 1]).max()))
            height = max(height, 2 * float(np.abs(offset[:, 2]).max()))
        return (0.0, 0.0, 0.0), (width, height)

    def _points(self) -> list[npt.NDArray[np.float32]]:
        if self.body is not None:
            return [self.body.points]
        return [] if self.lesions is None else [x.points for x in self.lesions.meshes.values()]

    def _centre(self, frames: MipFrames | None) -> FloatArray:
        points = self._points()
        if frames is not None:
            rows = frames.shape[0]
            middle = frames.axis_lps_mm[2] - (rows - 1) * frames.row_mm / 2
            return np.array([frames.axis_lps_mm[0], frames.axis_lps_mm[1], middle])
        if not points:
            return np.zeros(3)
        low = np.min([x.min(axis=0) for x in points], axis=0)
        high = np.max([x.max(axis=0) for x in points], axis=0)
        return np.asarray((low + high) / 2, dtype=np.float64)
