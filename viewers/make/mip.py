"""Maximum intensity projections, computed once for every angle around the body axis.

Ray casting a frame in software takes longer than a reader waits; precomputed frames turn at once.
The opposite view of a maximum projection is its mirror image, so half of the angles suffice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.kit.jobs import JobContext
from app.core.space.grid import ImageGrid
from app.core.space.resample import resample
from app.core.space.volume import Volume
from viewers.make.finite import finite_values, finite_volume
from viewers.make.mip_frames import MipFrames
from viewers.space.geometry import array_axes

FloatArray = npt.NDArray[np.float64]


def compute_mip_frames(
    volume: Volume, count: int = 36, context: JobContext | None = None
) -> MipFrames:
    """Project a volume from all sides around the body axis.

    Columns of voxels along S are kept together, sorted by where they fall on the detector, and
    reduced at once; columns that hold nothing but air are left out. Every voxel reaches every
    frame, so the greatest value of each frame is the volume's. A detector pixel is half an
    in-plane voxel and takes every voxel whose shadow covers its middle.

    Parameters
    ----------
    volume
        PET, usually. An oblique grid is first resampled along the patient's axes.
    count
        Frames of a full turn, even.
    context
        For progress and cancel.

    Raises
    ------
    ValueError
        If ``count`` is odd or below 2.
    """
    if count < 2 or count % 2:
        raise ValueError("The number of frames must be even.")
    context = context or JobContext()
    context.progress(0.0, "Projecting")
    volume = _along_axes(finite_volume(volume))
    upright = _to_spl(volume)
    lowest, value_per_step, columns, points_mm = _body_columns(volume, upright)
    context.progress(0.1, "Projecting")
    spacing_mm = _in_plane_mm(volume.grid)
    bin_mm = spacing_mm / 2
    # Turning around the middle of the body, not of the field of view, keeps the frames narrow.
    axis_mm = (points_mm.min(axis=0) + points_mm.max(axis=0)) / 2
    offsets = points_mm - axis_mm
    reach = float(np.hypot(offsets[:, 0], offsets[:, 1]).max(initial=0.0)) + spacing_mm
    width = 2 * int(np.ceil(reach / bin_mm)) + 1
    rows = upright.shape[0]
    stored = np.zeros((count // 2, rows, width), dtype=np.uint16)
    for n in range(count // 2):
        context.progress(0.1 + 0.9 * n / (count // 2), "Projecting")
        angle = 2 * np.pi * n / count
        cosine, sine = np.cos(angle), np.sin(angle)
        centre = (offsets[:, 0] * cosine + offsets[:, 1] * sine) / bin_mm + (width - 1) / 2
        half = (abs(cosine) + abs(sine)) * spacing_mm / bin_mm / 2
        stored[n] = _project(columns, centre, half, width).T
    top_mm = _row_positions_mm(volume.grid)
    return MipFrames(
        stored=stored,
        count=count,
        value_per_step=value_per_step,
        lowest=lowest,
        axis_lps_mm=(float(axis_mm[0]), float(axis_mm[1]), top_mm[0]),
        row_mm=top_mm[1],
        column_mm=bin_mm,
        series_uid=volume.series_uid,
    )


def _along_axes(volume: Volume) -> Volume:
    if array_axes(volume.grid) is not None:
        return volume
    bounds = volume.grid.bounds_lps_mm
    spacing = min(volume.grid.spacing_kji_mm[1:])
    steps = (volume.grid.spacing_kji_mm[0], spacing, spacing)
    shape = tuple(
        max(1, int(np.ceil((bounds[1, a] - bounds[0, a]) / s)))
        for a, s in zip((2, 1, 0), steps, strict=True)
    )
    origin = bounds[0] + np.array(steps[::-1]) / 2
    grid = ImageGrid.from_spacing(
        (shape[0], shape[1], shape[2]),
        steps,
        (float(origin[0]), float(origin[1]), float(origin[2])),
        volume.grid.frame_of_reference_uid,
    )
    return resample(volume, grid)


def _axes(grid: ImageGrid) -> tuple[int, int, int]:
    axes = array_axes(grid)
    if axes is None:  # pragma: no cover - _along_axes comes first
        raise ValueError("The grid is oblique.")
    return axes


def _to_spl(volume: Volume) -> npt.NDArray[Any]:
    """View of the array as [row from S to I, P axis, L axis] (in-plane signs as stored)."""
    axes = _axes(volume.grid)
    view = volume.array.transpose(axes[2], axes[1], axes[0])
    return view[::-1] if volume.grid.directions_lps[2, axes[2]] > 0 else view


def _in_plane_mm(grid: ImageGrid) -> float:
    axes = _axes(grid)
    return max(grid.spacing_kji_mm[axes[0]], grid.spacing_kji_mm[axes[1]])


def _row_positions_mm(grid: ImageGrid) -> tuple[float, float]:
    """S of the middle of the first row, and the distance of rows."""
    axis = _axes(grid)[2]
    last = np.zeros((2, 3))
    last[1, axis] = grid.shape_kji[axis] - 1
    ends = grid.points_lps_mm(last)[:, 2]
    return float(ends.max()), grid.spacing_kji_mm[axis]


def _body_columns(
    volume: Volume, upright: npt.NDArray[Any]
) -> tuple[float, float, npt.NDArray[np.uint16], FloatArray]:
    """Quantise the columns that are not air.

    Returns the value of step 0, the value per step, uint16 [columns, rows] and the L and P
    positions [columns, 2] of the columns.
    """
    highest_of_column = upright.max(axis=0)
    top = float(highest_of_column.max())
    lowest = min(0.0, float(upright.min()))
    value_per_step = max(top - lowest, 1e-12) / 65535.0
    # Air holds a few hundredths of what the hot columns of a body hold.
    warm = float(np.percentile(highest_of_column, 95)) - lowest
    kept = highest_of_column > lowest + warm * 0.05
    if not kept.any():
        kept = np.ones_like(kept)
    p_index, l_index = np.nonzero(kept)
    columns = np.empty((len(p_index), upright.shape[0]), dtype=np.uint16)
    for start in range(0, len(p_index), 4096):
        part = slice(start, start + 4096)
        block = upright[:, p_index[part], l_index[part]].T.astype(np.float32)
        columns[part] = np.rint((block - lowest) / value_per_step)
    axes = _axes(volume.grid)
    index = np.zeros((len(p_index), 3))
    index[:, axes[1]], index[:, axes[0]] = p_index, l_index
    return lowest, value_per_step, columns, volume.grid.points_lps_mm(index)[:, :2]


def _project(
    columns: npt.NDArray[np.uint16], centre: FloatArray, half: float, width: int
) -> npt.NDArray[np.uint16]:
    """Greatest value of the columns over every detector pixel: uint16 [width, rows]."""
    first = np.ceil(centre - half).astype(np.int64)
    last = np.floor(centre + half).astype(np.int64)
    covered = last - first
    order = np.lexsort((covered, first))
    # Columns that cover the same pixels are reduced at once (the only pass over all voxels);
    # what remains is a row or two for every pixel.
    place = np.stack([first[order], covered[order]], axis=1)
    starts = np.flatnonzero(np.r_[True, (place[1:] != place[:-1]).any(axis=1)])
    reduced = np.maximum.reduceat(columns[order], starts, axis=0)
    picture = np.zeros((width, columns.shape[1]), dtype=np.uint16)
    for (pixel, further), row in zip(place[starts].tolist(), reduced, strict=True):
        # The frame is wider than the body by a voxel on each side: no pixel lies outside.
        part = picture[pixel : pixel + further + 1]
        np.maximum(part, row, out=part)
    return picture


def hottest_on_ray(
    volume: Volume, point_lps_mm: npt.ArrayLike, direction_lps: npt.ArrayLike
) -> tuple[int, int, int] | None:
    """Index [k, j, i] of the hottest native voxel along a ray, or ``None`` if it misses.

    The ray is sampled every quarter of the least voxel size; each sample takes the voxel that
    holds it.
    """
    grid = volume.grid
    length = float(np.linalg.norm(grid.bounds_lps_mm[1] - grid.bounds_lps_mm[0]))
    step = min(grid.spacing_kji_mm) / 4
    point = np.asarray(point_lps_mm, dtype=np.float64)
    direction = np.asarray(direction_lps, dtype=np.float64)
    # The point may lie far from the grid along the ray: start from the foot of the grid's centre.
    middle = point + direction * float((grid.centre_lps_mm - point) @ direction)
    along = np.arange(-length / 2, length / 2 + step, step)
    index = np.floor(grid.indices_kji(middle + along[:, None] * direction) + 0.5).astype(np.int64)
    index = index[np.all((index >= 0) & (index < np.array(grid.shape_kji)), axis=1)]
    if not len(index):
        return None
    k, j, i = index[int(np.argmax(finite_values(volume.array[tuple(index.T)])))]
    return int(k), int(j), int(i)
