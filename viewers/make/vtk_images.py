"""VTK's filters on numpy arrays: contours of a picture, and oblique cuts through a volume.

VTK's modules are imported by the first call that needs one, so that the program starts without
them. Arrays are handed over without a copy; only small results are copied back.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ThickCut:
    """Parallel cuts that are projected onto one: ``Max``, ``Min`` or ``Mean`` of them.

    ``step_kji`` leads from one to the next, in indices [k, j, i]; the middle of all ``count`` is
    the plane.
    """

    mode: str
    count: int
    step_kji: FloatArray


def as_image(array: npt.NDArray[Any]) -> Any:
    """Wrap an array [rows, columns] or [k, j, i] as vtkImageData in index space.

    VTK counts x along the last axis. The image's memory is the array's where the array is
    C-ordered and of a type that VTK has; VTK keeps it alive.
    """
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    wrap: Any = numpy_to_vtk  # states no types
    if array.dtype.kind == "b":
        array = array.view(np.uint8)
    elif array.dtype == np.float16:
        array = array.astype(np.float32)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    image = vtkImageData()
    image.SetDimensions(*array.shape[::-1], *(1,) * (3 - array.ndim))
    image.GetPointData().SetScalars(wrap(np.ascontiguousarray(array).reshape(-1)))
    return image


class _Kept(threading.local):
    """The contour filter of a thread: making one costs more than a lesion's outline."""

    parts: tuple[Any, Any, Any] | None = None

    def filter(self) -> tuple[Any, Any, Any]:
        """Return the image, its values and the filter that reads it."""
        if self.parts is None:
            from vtkmodules.vtkCommonCore import vtkFloatArray
            from vtkmodules.vtkCommonDataModel import vtkImageData
            from vtkmodules.vtkFiltersCore import vtkFlyingEdges2D

            image, values, edges = vtkImageData(), vtkFloatArray(), vtkFlyingEdges2D()
            image.GetPointData().SetScalars(values)
            edges.SetInputData(image)
            edges.ComputeScalarsOff()
            self.parts = image, values, edges
        return self.parts


_kept = _Kept()


def contour_lines(picture: npt.NDArray[np.float32], level: float) -> list[FloatArray]:
    """Return the closed lines at a level of a picture [rows, columns], linear between its pixels.

    Parameters
    ----------
    picture
        Values at pixel centres; its outermost pixels lie below the level.
    level
        Value to follow.

    Returns
    -------
    list
        Each line [points, 2] as row and column; its last point is its first.

    Raises
    ------
    ValueError
        If a line leaves the picture.
    """
    from vtkmodules.util.numpy_support import vtk_to_numpy

    unwrap: Any = vtk_to_numpy  # states no types
    picture = np.ascontiguousarray(picture, dtype=np.float32)
    image, values, edges = _kept.filter()
    image.SetDimensions(picture.shape[1], picture.shape[0], 1)
    values.SetVoidArray(picture, picture.size, 1)
    values.Modified()
    edges.SetValue(0, level)
    edges.Update()
    found = edges.GetOutput()
    if not found.GetNumberOfLines():
        return []
    points = unwrap(found.GetPoints().GetData())[:, 1::-1].astype(np.float64)
    loops = _loops(unwrap(found.GetLines().GetConnectivityArray()), len(points))
    return [points[loop] for loop in loops]


def _loops(ends: npt.NDArray[np.int64], count: int) -> list[list[int]]:
    """Join segments, given as pairs of point numbers, to closed loops of point numbers.

    Neither direction nor order of the segments matters. (vtkStripper does the same and takes
    three times as long on a lesion, ten times on a noisy slice.)
    """
    if len(ends) != 2 * count:
        raise ValueError("A line leaves the picture: its rim is not below the level.")
    # Every point ends two segments: its two neighbours are the other ends.
    neighbours = ends[np.argsort(ends, kind="stable") ^ 1].reshape(-1, 2).tolist()
    unseen = bytearray(b"\1") * count
    loops = []
    for start in range(count):
        if not unseen[start]:
            continue
        before, here = start, neighbours[start][1]
        loop = [start]
        while here != start:
            unseen[here] = 0
            loop.append(here)
            one, other = neighbours[here]
            before, here = here, other if one == before else one
        loop.append(start)
        loops.append(loop)
    return loops


def cut(
    array: npt.NDArray[Any],
    matrix: npt.NDArray[np.float64],
    offset_kji: npt.NDArray[np.float64],
    shape: tuple[int, int],
    *,
    outside: float,
    nearest: bool = False,
    thick: ThickCut | None = None,
) -> npt.NDArray[Any]:
    """Sample a plane through a volume, trilinear or nearest, on all cores.

    Parameters
    ----------
    array
        Values [k, j, i] at integer indices; a voxel reaches half an index to every side.
    matrix
        [3, 2]: steps of the index [k, j, i] from row to row and from column to column.
    offset_kji
        Index of the first row and column.
    shape
        Rows and columns.
    outside
        Value outside the volume, in the type of the result.
    nearest
        Take the nearest voxel, in the array's own type (labels), and do not interpolate.
    thick
        Project parallel cuts on both sides of the plane, as far as they lie in the volume.

    Returns
    -------
    array
        [rows, columns]; float32 unless ``nearest``.
    """
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import VTK_FLOAT
    from vtkmodules.vtkCommonMath import vtkMatrix4x4
    from vtkmodules.vtkImagingCore import vtkImageReslice

    unwrap: Any = vtk_to_numpy  # states no types
    axes = np.eye(4)
    axes[:3, 0], axes[:3, 1] = matrix[::-1, 1], matrix[::-1, 0]
    axes[:3, 2] = np.cross(axes[:3, 0], axes[:3, 1]) if thick is None else thick.step_kji[::-1]
    axes[:3, 3] = offset_kji[::-1]
    placed = vtkMatrix4x4()
    placed.DeepCopy(tuple(axes.ravel().tolist()))
    reslice = vtkImageReslice()
    reslice.SetInputData(as_image(array))
    reslice.SetResliceAxes(placed)
    reslice.SetOutputDimensionality(2)
    reslice.SetOutputOrigin(0.0, 0.0, 0.0)
    reslice.SetOutputSpacing(1.0, 1.0, 1.0)
    reslice.SetOutputExtent(0, shape[1] - 1, 0, shape[0] - 1, 0, 0)
    reslice.SetBackgroundLevel(outside)
    if nearest:
        reslice.SetInterpolationModeToNearestNeighbor()
    else:
        reslice.SetInterpolationModeToLinear()
        reslice.SetOutputScalarType(VTK_FLOAT)
    if thick is not None:
        getattr(reslice, f"SetSlabModeTo{thick.mode}")()
        reslice.SetSlabNumberOfSlices(thick.count)
    reslice.Update()
    flat = unwrap(reslice.GetOutput().GetPointData().GetScalars())
    values: npt.NDArray[Any] = flat.reshape(shape).copy()
    return values
