"""Surfaces of the 3D view as arrays: one of the body, one for every lesion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.core.lesions.segmentation import Segmentation


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles in patient space.

    Parameters
    ----------
    points
        float32 [points, 3], LPS mm.
    normals
        float32 [points, 3], unit length; their sign does not matter.
    triangles
        int64 [triangles, 3], numbers of points.
    """

    points: npt.NDArray[np.float32]
    normals: npt.NDArray[np.float32]
    triangles: npt.NDArray[np.int64]

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes."""
        return self.points.nbytes + self.normals.nbytes + self.triangles.nbytes


@dataclass(frozen=True, eq=False)
class LesionSurfaces:
    """Surfaces of all lesions, by label, and the outlines from which they were made."""

    segmentation: Segmentation
    meshes: Mapping[int, Mesh]
