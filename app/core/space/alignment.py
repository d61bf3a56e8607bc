"""Rigid alignment: how one image was moved onto another. Only grids move; no voxel is resampled.

A movement turns an image about a pivot and shifts it: ``p' = R (p - c) + c + t`` in LPS mm, with
``R = Rs Rp Rl``: first about the axis to the left (L), then about that to the back (P), then about
that to the head (S); positive angles follow the right hand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import GridError
from app.core.space.grid import FloatArray, ImageGrid
from app.core.space.series_uid import dicom_uid
from app.core.space.volume import Volume

Triple = tuple[float, float, float]

#: How far from a rotation a matrix may be: rounding of a chain of products.
_TOLERANCE = 1e-6
#: Below this (mm, degrees) nothing was moved.
_NOTHING = 1e-6


class AlignmentSource(StrEnum):
    """Who found the alignment."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"
    ADJUSTED = "automatic, then adjusted by hand"
    AS_READ = "as it was read, on the reader's word"


@dataclass(frozen=True)
class RigidMotion:
    """A movement in numbers that a person can read.

    Parameters
    ----------
    angles_deg
        Turns about the axes L, P and S, in that order.
    shift_lps_mm
        Shift of the pivot.
    """

    angles_deg: Triple = (0.0, 0.0, 0.0)
    shift_lps_mm: Triple = (0.0, 0.0, 0.0)

    @property
    def distance_mm(self) -> float:
        """Length of the shift."""
        return float(np.linalg.norm(self.shift_lps_mm))

    @property
    def turn_deg(self) -> float:
        """Angle of the whole turn about its own axis, 0 to 180."""
        cosine = (np.trace(rotation_lps(self.angles_deg)) - 1.0) / 2.0
        return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def rotation_lps(angles_deg: Triple) -> FloatArray:
    """Return the 3 x 3 rotation ``Rs Rp Rl`` of turns about L, P and S in degrees."""
    (cl, cp, cs), (sl, sp, ss) = np.cos(np.radians(angles_deg)), np.sin(np.radians(angles_deg))
    about_l = np.array([[1.0, 0.0, 0.0], [0.0, cl, -sl], [0.0, sl, cl]])
    about_p = np.array([[cp, 0.0, sp], [0.0, 1.0, 0.0], [-sp, 0.0, cp]])
    about_s = np.array([[cs, -ss, 0.0], [ss, cs, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(about_s @ about_p @ about_l, dtype=np.float64)


def angles_of(rotation: npt.ArrayLike) -> Triple:
    """Return the turns about L, P and S in degrees of a rotation ``Rs Rp Rl``.

    Where the turn about P is 90 degrees, those about L and S are one and the same: S is then 0.
    """
    r = np.asarray(rotation, dtype=np.float64)
    about_p = np.arcsin(np.clip(-r[2, 0], -1.0, 1.0))
    if np.hypot(r[0, 0], r[1, 0]) > 1e-9:
        about_l, about_s = np.arctan2(r[2, 1], r[2, 2]), np.arctan2(r[1, 0], r[0, 0])
    else:
        about_l, about_s = np.arctan2(-r[1, 2], r[1, 1]), 0.0
    found = np.degrees((about_l, about_p, about_s))
    return float(found[0]), float(found[1]), float(found[2])


def motion_matrix(motion: RigidMotion, pivot_lps_mm: npt.ArrayLike) -> FloatArray:
    """Return the 4 x 4 matrix of a movement about a pivot, LPS mm."""
    pivot = np.asarray(pivot_lps_mm, dtype=np.float64)
    matrix = np.eye(4)
    matrix[:3, :3] = rotation_lps(motion.angles_deg)
    matrix[:3, 3] = pivot + motion.shift_lps_mm - matrix[:3, :3] @ pivot
    return matrix


@dataclass(frozen=True, eq=False)
class RigidAlignment:
    """A rigid movement of one image onto another, with where it comes from.

    Parameters
    ----------
    matrix_lps_mm
        4 x 4 float64: position in the moving image as it was read, to position in the fixed one.
    source
        Found by the program, set by hand, or both.
    moving_role
        ``CT``, ``MR`` or ``PET``: which image of the study moved.
    moving_uid, fixed_uid
        Series UIDs.
    moving_frame_uid, fixed_frame_uid
        Frames of reference as read; ``None`` where the source has none (NIfTI).
    pivot_lps_mm
        Where the shift is measured: the centre of the moving image as it was read.
    metric, metric_name
        What an automatic alignment reached, and what that is; ``None`` for one by hand.
    version
        Program and version that found it.

    Raises
    ------
    GridError
        If the matrix is not a rotation with a shift.
    """

    matrix_lps_mm: FloatArray
    source: AlignmentSource
    moving_role: str = ""
    moving_uid: str = ""
    fixed_uid: str = ""
    moving_frame_uid: str | None = None
    fixed_frame_uid: str | None = None
    pivot_lps_mm: Triple = (0.0, 0.0, 0.0)
    metric: float | None = None
    metric_name: str = ""
    version: str = ""

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix_lps_mm, dtype=np.float64, order="C")
        if matrix.shape != (4, 4) or not np.all(np.isfinite(matrix)):
            raise GridError("A rigid alignment needs a finite 4 x 4 matrix.")
        turn = matrix[:3, :3]
        rigid = np.abs(turn @ turn.T - np.eye(3)).max() < _TOLERANCE and np.linalg.det(turn) > 0
        if not rigid or not np.array_equal(matrix[3], (0.0, 0.0, 0.0, 1.0)):
            raise GridError("A rigid alignment turns and shifts; this matrix does more.")
        matrix.flags.writeable = False
        object.__setattr__(self, "matrix_lps_mm", matrix)

    def inverse(self) -> RigidAlignment:
        """Return the movement back: the fixed image onto the moving one as it was read."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.matrix_lps_mm[:3, :3].T
        matrix[:3, 3] = -matrix[:3, :3] @ self.matrix_lps_mm[:3, 3]
        return replace(
            self,
            matrix_lps_mm=matrix,
            moving_role="",
            moving_uid=self.fixed_uid,
            fixed_uid=self.moving_uid,
            moving_frame_uid=self.fixed_frame_uid,
            fixed_frame_uid=self.moving_frame_uid,
            pivot_lps_mm=_triple(self.points_lps_mm(self.pivot_lps_mm)),
        )

    def decompose(self) -> RigidMotion:
        """Return turns and the shift of the pivot."""
        shift = self.points_lps_mm(self.pivot_lps_mm) - np.array(self.pivot_lps_mm)
        return RigidMotion(angles_of(self.matrix_lps_mm[:3, :3]), _triple(shift))

    def points_lps_mm(self, points_lps_mm: npt.ArrayLike) -> FloatArray:
        """Move positions (``[..., 3]``, LPS mm)."""
        points = np.asarray(points_lps_mm, dtype=np.float64)
        return points @ self.matrix_lps_mm[:3, :3].T + self.matrix_lps_mm[:3, 3]

    @property
    def joins_frames(self) -> bool:
        """Whether it brings two frames of reference together."""
        return self.moving_frame_uid != self.fixed_frame_uid

    @property
    def changes_nothing(self) -> bool:
        """Whether the image is where it was read, in the frame where it was read."""
        motion = self.decompose()
        still = motion.distance_mm < _NOTHING and motion.turn_deg < _NOTHING
        return still and not self.joins_frames

    def sentence(self) -> str:
        """Say what was done, for warnings and documents; numbers in the C locale."""
        motion = self.decompose()
        left, back, head = motion.shift_lps_mm
        name = self.moving_role or "An image"
        if self.source is AlignmentSource.AS_READ:
            return (
                f"{name} is laid over the PET as it was read, on the reader's word: the frames of "
                "reference differ."
            )
        text = (
            f"{name} was aligned ({self.source}): moved by {motion.distance_mm:.1f} mm "
            f"(L {left:.1f}, P {back:.1f}, S {head:.1f}) and turned by {motion.turn_deg:.1f} "
            "degrees."
        )
        return f"{text} Frames of reference differed." if self.joins_frames else text

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary with everything that makes the movement again."""
        motion = self.decompose()
        return {
            "sentence": self.sentence(),
            "source": str(self.source),
            "moving": self.moving_role,
            "moving_series_uid": dicom_uid(self.moving_uid),
            "fixed_series_uid": dicom_uid(self.fixed_uid),
            "moving_frame_of_reference_uid": self.moving_frame_uid,
            "fixed_frame_of_reference_uid": self.fixed_frame_uid,
            "matrix_moving_to_fixed_lps_mm": self.matrix_lps_mm.tolist(),
            "angles_lps_deg": list(motion.angles_deg),
            "shift_lps_mm": list(motion.shift_lps_mm),
            "pivot_lps_mm": list(self.pivot_lps_mm),
            "metric": self.metric,
            "metric_name": self.metric_name,
            "version": self.version,
        }


def as_read(
    moving: Volume,
    fixed: Volume,
    role: str,
    source: AlignmentSource = AlignmentSource.MANUAL,
) -> RigidAlignment:
    """Return the alignment that moves nothing: what a person starts from, or says that it fits."""
    return RigidAlignment(
        np.eye(4),
        source,
        moving_role=role,
        moving_uid=moving.series_uid,
        fixed_uid=fixed.series_uid,
        moving_frame_uid=moving.grid.frame_of_reference_uid,
        fixed_frame_uid=fixed.grid.frame_of_reference_uid,
        pivot_lps_mm=_triple(moving.grid.centre_lps_mm),
    )


def moved_grid(grid: ImageGrid, alignment: RigidAlignment) -> ImageGrid:
    """Return a grid as read, moved: in the fixed image's frame of reference.

    Raises
    ------
    GridError
        If the grid is not in the frame of reference that the alignment begins in.
    """
    if grid.frame_of_reference_uid != alignment.moving_frame_uid:
        raise GridError("The alignment was made for an image of another frame of reference.")
    affine = alignment.matrix_lps_mm @ grid.affine_lps_mm
    return ImageGrid(grid.shape_kji, affine, alignment.fixed_frame_uid)


def _triple(values: npt.ArrayLike) -> Triple:
    a, b, c = (float(x) for x in np.asarray(values, dtype=np.float64))
    return a, b, c
