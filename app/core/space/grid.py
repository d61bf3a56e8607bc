"""Where voxels are: index [k, j, i] to patient space, in DICOM's LPS millimetres."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import GridError

FloatArray = npt.NDArray[np.float64]


def _locked(array: npt.ArrayLike) -> FloatArray:
    copy = np.array(array, dtype=np.float64, order="C")
    copy.flags.writeable = False
    return copy


@dataclass(frozen=True, eq=False)
class ImageGrid:
    """A regular grid of voxels in patient space.

    Parameters
    ----------
    shape_kji
        Number of voxels along slices (k), rows (j) and columns (i).
    affine_lps_mm
        4 x 4 float64 matrix from ``[k, j, i, 1]`` to LPS mm; integers are voxel centres.
    frame_of_reference_uid
        DICOM Frame of Reference UID, or ``None`` where the source has none.

    Raises
    ------
    GridError
        If the shape is empty or the affine is not an invertible affine map.
    """

    shape_kji: tuple[int, int, int]
    affine_lps_mm: FloatArray
    frame_of_reference_uid: str | None = None

    def __post_init__(self) -> None:
        shape = tuple(int(n) for n in self.shape_kji)
        if len(shape) != 3 or min(shape) < 1:
            raise GridError(f"A grid needs three positive sizes, not {self.shape_kji}.")
        affine = _locked(self.affine_lps_mm)
        if affine.shape != (4, 4) or not np.all(np.isfinite(affine)):
            raise GridError("A grid needs a finite 4 x 4 affine.")
        if not np.array_equal(affine[3], (0.0, 0.0, 0.0, 1.0)):
            raise GridError("The last row of a grid's affine must be 0 0 0 1.")
        if abs(np.linalg.det(affine[:3, :3])) < 1e-9:
            raise GridError("The grid's axes do not span space: voxel size zero or axes parallel.")
        object.__setattr__(self, "shape_kji", shape)
        object.__setattr__(self, "affine_lps_mm", affine)

    @classmethod
    def from_spacing(
        cls,
        shape_kji: tuple[int, int, int],
        spacing_kji_mm: tuple[float, float, float],
        origin_lps_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
        frame_of_reference_uid: str | None = None,
    ) -> ImageGrid:
        """Make an axis-aligned grid: i to L (left), j to P (posterior), k to S (superior)."""
        affine = np.zeros((4, 4))
        affine[2, 0], affine[1, 1], affine[0, 2] = spacing_kji_mm
        affine[:3, 3] = origin_lps_mm
        affine[3, 3] = 1.0
        return cls(shape_kji, affine, frame_of_reference_uid)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ImageGrid):
            return NotImplemented
        return self.same_grid(other) and (
            self.frame_of_reference_uid == other.frame_of_reference_uid
        )

    def __hash__(self) -> int:
        return hash((self.shape_kji, self.affine_lps_mm.tobytes(), self.frame_of_reference_uid))

    @cached_property
    def inverse_affine(self) -> FloatArray:
        """4 x 4 matrix from LPS mm to ``[k, j, i, 1]``."""
        return _locked(np.linalg.inv(self.affine_lps_mm))

    @cached_property
    def spacing_kji_mm(self) -> tuple[float, float, float]:
        """Distance between neighbouring voxel centres along k, j and i, in mm."""
        k, j, i = np.linalg.norm(self.affine_lps_mm[:3, :3], axis=0)
        return float(k), float(j), float(i)

    @cached_property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel in ml."""
        return float(abs(np.linalg.det(self.affine_lps_mm[:3, :3]))) / 1000.0

    @cached_property
    def directions_lps(self) -> FloatArray:
        """3 x 3 unit vectors: column 0 is the direction of k, 1 of j, 2 of i."""
        return _locked(self.affine_lps_mm[:3, :3] / np.array(self.spacing_kji_mm))

    @cached_property
    def size(self) -> int:
        """Number of voxels."""
        k, j, i = self.shape_kji
        return k * j * i

    def points_lps_mm(self, index_kji: npt.ArrayLike) -> FloatArray:
        """Patient positions (``[..., 3]``, LPS mm) of indices (``[..., 3]``, may be fractional)."""
        index = np.asarray(index_kji, dtype=np.float64)
        return index @ self.affine_lps_mm[:3, :3].T + self.affine_lps_mm[:3, 3]

    def indices_kji(self, points_lps_mm: npt.ArrayLike) -> FloatArray:
        """Fractional indices (``[..., 3]``) of patient positions (``[..., 3]``, LPS mm)."""
        points = np.asarray(points_lps_mm, dtype=np.float64)
        return points @ self.inverse_affine[:3, :3].T + self.inverse_affine[:3, 3]

    def nearest_index_kji(self, point_lps_mm: npt.ArrayLike) -> tuple[int, int, int] | None:
        """Index of the voxel that holds a position, or ``None`` outside the grid."""
        k, j, i = (int(n) for n in np.floor(self.indices_kji(point_lps_mm) + 0.5))
        inside = all(0 <= n < size for n, size in zip((k, j, i), self.shape_kji, strict=True))
        return (k, j, i) if inside else None

    @cached_property
    def centre_lps_mm(self) -> FloatArray:
        """Centre of the grid in LPS mm."""
        return self.points_lps_mm((np.array(self.shape_kji) - 1) / 2.0)

    @cached_property
    def bounds_lps_mm(self) -> FloatArray:
        """``[2, 3]``: least and greatest LPS mm of the outer voxel faces."""
        steps = np.array([[-0.5, n - 0.5] for n in self.shape_kji])
        corners = np.array(np.meshgrid(*steps, indexing="ij")).reshape(3, -1).T
        points = self.points_lps_mm(corners)
        return np.stack([points.min(axis=0), points.max(axis=0)])

    def same_grid(self, other: ImageGrid, tolerance_mm: float = 1e-3) -> bool:
        """Whether both have the same shape and every corner agrees within the tolerance."""
        if self.shape_kji != other.shape_kji:
            return False
        last = np.array(self.shape_kji) - 1
        corners = np.array([[0, 0, 0], [last[0], 0, 0], [0, last[1], 0], [0, 0, last[2]], last])
        difference = self.points_lps_mm(corners) - other.points_lps_mm(corners)
        return bool(np.abs(difference).max() <= tolerance_mm)

    def same_space(self, other: ImageGrid) -> bool:
        """Whether both state one and the same frame of reference.

        Two grids without a frame of reference (NIfTI) share the scanner space that the file
        names; one with and one without do not.
        """
        return self.frame_of_reference_uid == other.frame_of_reference_uid

    def meets(self, other: ImageGrid) -> bool:
        """Whether one position may lie in both: one frame of reference, and boxes that overlap."""
        return self.same_space(other) and self.overlaps(other)

    def overlaps(self, other: ImageGrid) -> bool:
        """Whether the bounding boxes in patient space overlap."""
        a, b = self.bounds_lps_mm, other.bounds_lps_mm
        return bool(np.all(np.minimum(a[1], b[1]) > np.maximum(a[0], b[0])))
