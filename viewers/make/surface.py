"""Surfaces for the 3D view: the body's skin from CT or PET, and one for every lesion.

Everything here is made by a worker from frozen images and returned as plain arrays in patient
space; VTK finds and thins the surfaces and hands nothing of its own on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from app.core.kit.jobs import JobContext
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.core.study.study import Study
from viewers.make.finite import finite_values
from viewers.make.meshes import LesionSurfaces, Mesh
from viewers.make.vtk_images import as_image
from viewers.space.geometry import nearest_array_axis

FloatArray = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Voxels of the body's surface are averaged up to about this size: a glass body has no details,
#: and every triangle costs time at every turn.
BODY_MM = 6.0
#: What is denser than this is body (or table); halfway between air and fat.
SKIN_HU = -400.0
#: A loose piece is an arm, not a part of the table, if it is this large a share of the body, its
#: core is as dense as tissue (a head rest is foam), and it does not lie wholly before or behind
#: the body (the table's machinery does).
PIECE_SHARE, PIECE_HU = 0.003, -120.0
#: The skin in a PET: this share of the uptake of a warm column, far above air.
PET_SHARE = 0.12
#: More triangles than these are thinned out.
BODY_TRIANGLES, LESION_TRIANGLES = 60_000, 6_000
#: Lesions of fewer voxels are refined, so that a single voxel is a small ball and no needle.
REFINED_BELOW = 60_000


def body_surface(study: Study, context: JobContext | None = None) -> Mesh | None:
    """Find the skin in the CT that lies with the PET, else in the PET itself.

    Parameters
    ----------
    study
        Its PET is taken where there is no CT, or where that has another frame of reference.
    context
        For progress and cancel.

    Returns
    -------
    Mesh or None
        ``None`` where there is no image of a body, or nothing but air in it.
    """
    context = context or JobContext()
    source = body_source(study)
    if source is None:
        return None
    context.progress(0.0, "Finding the body")
    grid, values = block_mean(source, BODY_MM, context)
    if source.quantity is Quantity.HU:
        field, level = _skin_field(values, nearest_array_axis(grid, 1)), SKIN_HU
    else:
        field, level = _warm_field(values)
    context.progress(0.5, "Finding the body")
    mesh = surface(field, level, grid, BODY_TRIANGLES)
    context.progress(1.0, "Finding the body")
    return mesh


def body_source(study: Study) -> Volume | None:
    """Return the image whose outline is the body: the CT of the same space, else the PET."""
    if study.ct is not None and (study.aligned or study.pet is None):
        return study.ct
    return study.pet


def lesion_surfaces(
    segmentation: Segmentation, context: JobContext | None = None
) -> LesionSurfaces:
    """Find the surface of every label; a label without voxels has none.

    Only the box around a lesion is looked at: the time goes with their volume, not the body's.
    """
    context = context or JobContext()
    labels = segmentation.labels
    found: dict[int, Mesh] = {}
    boxes = labels.boxes()
    for n, (label, box) in enumerate(boxes.items()):
        context.progress(n / len(boxes), "Making surfaces")
        mesh = _lesion(labels.box(box) == label, [s.start for s in box], segmentation.grid)
        if mesh is not None:
            found[label] = mesh
    return LesionSurfaces(segmentation, found)


def _lesion(mask: Mask, start: list[int], grid: ImageGrid) -> Mesh | None:
    padded = np.pad(mask, 2)
    finer = 2 if mask.size < REFINED_BELOW else 1
    fine = padded.astype(np.float32)
    for axis in range(3):
        fine = fine.repeat(finer, axis=axis)
    # Rounded by about half a voxel; less on a few voxels, which must not vanish.
    many = np.count_nonzero(mask) > 12
    fine = ndimage.gaussian_filter(fine, finer * (0.6 if many else 0.4), mode="constant")
    level = min(0.5, 0.6 * float(fine.max()))
    affine = np.array(grid.affine_lps_mm)
    # The middle of the first of the finer voxels.
    first = np.array(start, dtype=np.float64) - 2 + (1 / finer - 1) / 2
    affine[:3, 3] = grid.points_lps_mm(first)
    affine[:3, :3] /= finer
    placed = ImageGrid((fine.shape[0], fine.shape[1], fine.shape[2]), affine)
    return surface(fine, level, placed, LESION_TRIANGLES)


def block_mean(
    volume: Volume, size_mm: float, context: JobContext
) -> tuple[ImageGrid, npt.NDArray[np.float32]]:
    """Average voxels in blocks of whole voxels, up to about a size.

    Returns
    -------
    ImageGrid
        Grid of the blocks; what does not fill a block at the end of an axis is left out.
    float32 [k, j, i]
    """
    factors = [max(1, round(size_mm / x)) for x in volume.grid.spacing_kji_mm]
    factors = [min(f, n) for f, n in zip(factors, volume.grid.shape_kji, strict=True)]
    shape = [n // f for n, f in zip(volume.grid.shape_kji, factors, strict=True)]
    means = np.empty(shape, dtype=np.float32)
    _, rows, columns = (n * f for n, f in zip(shape, factors, strict=True))
    for k in range(shape[0]):
        context.check()
        read = volume.array[k * factors[0] : (k + 1) * factors[0], :rows, :columns]
        slab = finite_values(read)
        blocks = slab.reshape(factors[0], shape[1], factors[1], shape[2], factors[2])
        means[k] = blocks.mean(axis=(0, 2, 4), dtype=np.float32)
    affine = np.array(volume.grid.affine_lps_mm)
    affine[:3, 3] = volume.grid.points_lps_mm((np.array(factors) - 1) / 2)
    affine[:3, :3] *= factors
    return ImageGrid((shape[0], shape[1], shape[2]), affine), means


def _skin_field(hu: npt.NDArray[np.float32], depth_axis: int) -> npt.NDArray[np.float32]:
    """HU, with air in place of table and clothes, and water inside of the body.

    ``depth_axis`` is the array axis that runs from the front to the back.
    """
    solid = hu > SKIN_HU
    # Shells of table and blankets are thinner than what an opening leaves; a chest's wall is not,
    # and what it lost comes back.
    core = ndimage.binary_opening(solid)
    body = _body_pieces(core if core.any() else solid, hu, depth_axis)
    body = ndimage.binary_dilation(body, iterations=2, mask=solid)
    # Bridged, so that a gap in a slice's ring does not leave the lungs open.
    closed = ndimage.binary_closing(np.pad(body, 2), iterations=2)[2:-2, 2:-2, 2:-2]
    filled = np.stack([ndimage.binary_fill_holes(plane) for plane in closed])
    near = ndimage.binary_dilation(filled, iterations=1)
    field = np.where(near, np.clip(hu, -1000.0, 0.0), np.float32(-1000.0))
    # Only around what was closed: the gap between arm and trunk stays one.
    holes = ndimage.binary_dilation(filled & ~closed, iterations=3)
    field[holes & ndimage.binary_erosion(filled, iterations=1)] = 0.0
    smooth: npt.NDArray[np.float32] = ndimage.gaussian_filter(field, 0.7)
    return smooth


def _body_pieces(solid: Mask, hu: npt.NDArray[np.float32], depth_axis: int) -> Mask:
    """Keep the largest piece, and others that are arms."""
    pieces, count = ndimage.label(solid)
    if not count:
        return solid
    sizes = np.bincount(pieces.reshape(-1), minlength=count + 1)[1:]
    largest = int(np.argmax(sizes))
    spans = [box[depth_axis] for box in ndimage.find_objects(pieces)]
    body = spans[largest]
    kept = np.zeros(count + 1, dtype=np.bool_)
    for n in np.flatnonzero(sizes >= PIECE_SHARE * sizes[largest]):
        beside = spans[n].start < body.stop and spans[n].stop > body.start
        kept[n + 1] = beside and float(hu[pieces == n + 1].mean()) > PIECE_HU
    kept[largest + 1] = True
    found: Mask = kept[pieces]
    return found


def _warm_field(values: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], float]:
    """Smoothed uptake, filled inside, and the level of the skin."""
    warm = float(np.percentile(np.nan_to_num(values).max(axis=0), 95))
    # One hot spot is not the body: the level goes by what most warm voxels hold.
    some = values[values > 0.02 * warm]
    level = PET_SHARE * float(np.percentile(some, 75)) if some.size else 1.0
    smooth = ndimage.gaussian_filter(np.clip(np.nan_to_num(values), 0.0, 4 * level), 1.0)
    pieces, count = ndimage.label(smooth > level)
    if count:
        sizes = np.bincount(pieces.reshape(-1))[1:]
        keep = np.concatenate([[False], sizes >= PIECE_SHARE * sizes.max()])[pieces]
        smooth[~ndimage.binary_dilation(keep, iterations=2)] = 0.0
        filled = np.stack([ndimage.binary_fill_holes(plane) for plane in keep])
        smooth[filled & ~keep] = 2 * level
    return smooth, level


def surface(
    field: npt.NDArray[np.float32], level: float, grid: ImageGrid, most: int
) -> Mesh | None:
    """Return the closed surface at a level of a field, smoothed and thinned.

    Parameters
    ----------
    field
        Values [k, j, i] on the grid. Outside of it everything lies below the level.
    level
        Value to follow.
    grid
        Where the values are; oblique and flipped grids too.
    most
        Number of triangles above which the surface is thinned (quadric error, Garland and
        Heckbert 1997).

    Returns
    -------
    Mesh or None
        ``None`` where nothing lies above the level.
    """
    low = min(float(field.min()), level - 1.0)
    padded = np.pad(field, 1, constant_values=low)
    found = _thinned(_edges(padded, level, grid), most)
    if not found.GetNumberOfPolys():
        return None
    return _mesh(found)


def _edges(field: npt.NDArray[np.float32], level: float, grid: ImageGrid) -> Any:
    """vtkFlyingEdges3D of a field padded by one voxel, in LPS mm."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    wrap: Any = numpy_to_vtk  # states no types
    unwrap: Any = vtk_to_numpy
    edges = vtkFlyingEdges3D()
    edges.SetInputData(as_image(field))
    edges.SetValue(0, level)
    edges.ComputeNormalsOff()
    edges.ComputeScalarsOff()
    edges.Update()
    found = edges.GetOutput()
    if found.GetNumberOfPolys():
        # VTK counts x along the last axis, and from the padding.
        index = unwrap(found.GetPoints().GetData())[:, ::-1].astype(np.float64) - 1.0
        placed = grid.points_lps_mm(index).astype(np.float32)
        found.GetPoints().SetData(wrap(placed, deep=True))
    return found


def _thinned(found: Any, most: int) -> Any:
    """Smooth without shrinking (windowed sinc, Taubin 1996), and thin where there is too much."""
    from vtkmodules.vtkFiltersCore import (
        vtkPolyDataNormals,
        vtkQuadricDecimation,
        vtkWindowedSincPolyDataFilter,
    )

    count = found.GetNumberOfPolys()
    if not count:
        return found
    smooth = vtkWindowedSincPolyDataFilter()
    smooth.SetInputData(found)
    smooth.SetNumberOfIterations(12)
    smooth.SetPassBand(0.1)
    smooth.NormalizeCoordinatesOn()
    last: Any = smooth
    if count > most:
        last = vtkQuadricDecimation()
        last.SetInputConnection(smooth.GetOutputPort())
        last.SetTargetReduction(1.0 - most / count)
    normals = vtkPolyDataNormals()
    normals.SetInputConnection(last.GetOutputPort())
    normals.SplittingOff()
    normals.ConsistencyOff()
    normals.Update()
    return normals.GetOutput()


def _mesh(found: Any) -> Mesh:
    from vtkmodules.util.numpy_support import vtk_to_numpy

    unwrap: Any = vtk_to_numpy  # states no types
    points = unwrap(found.GetPoints().GetData()).astype(np.float32)
    normals = unwrap(found.GetPointData().GetNormals()).astype(np.float32)
    corners = unwrap(found.GetPolys().GetConnectivityArray()).astype(np.int64).reshape(-1, 3)
    for array in (points, normals, corners):
        array.flags.writeable = False
    return Mesh(points, normals, corners)
