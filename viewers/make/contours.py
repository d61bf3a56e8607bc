"""Outlines of a labelmap: smooth lines through a slice, or through its shadow on the MIP."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from app.core.lesions.blocks import LabelArray
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Volume
from viewers.make.mip_frames import MipFrames
from viewers.make.vtk_images import contour_lines, cut
from viewers.space.geometry import Plane, array_axes, unit_vector
from viewers.space.turns import Turn

FloatArray = npt.NDArray[np.float64]

#: Largest number of slices and frames whose outlines are kept.
KEPT = 400


@dataclass(frozen=True, eq=False)
class Outline:
    """Closed lines around one label.

    Parameters
    ----------
    label
        Value in the labelmap.
    lines
        Each [points, 3] LPS mm on a slice, or [points, 2] row and column on a MIP frame.
    uncertainty
        Per line, the entropy (bits) around each point; ``None`` where it is not known.
    """

    label: int
    lines: tuple[FloatArray, ...]
    uncertainty: tuple[FloatArray, ...] | None = None


class Outliner:
    """Finds the outlines of a segmentation slice by slice, and keeps them.

    The lines do not depend on zoom, colours or status: scrolling back costs nothing.
    """

    def __init__(self) -> None:
        self._of: Segmentation | None = None
        self._uncertainty: Volume | None = None
        self._frames: MipFrames | None = None
        self._kept: dict[tuple[object, ...], tuple[Outline, ...]] = {}
        self._voxels: dict[int, FloatArray] | None = None
        self._around: tuple[FloatArray, LabelArray] | None = None

    def prepare(
        self, segmentation: Segmentation, uncertainty: Volume | None, frames: MipFrames | None
    ) -> None:
        """Forget what belongs to other labels, another uncertainty or other frames.

        ``frames`` are those of a MIP pane; slices, which have none, leave the former ones.
        """
        turned = frames is not None and frames is not self._frames
        if uncertainty is not self._uncertainty or turned:
            self._kept.clear()
        if self._of is None or segmentation.labels is not self._of.labels:
            self._forget(segmentation)
        self._of, self._uncertainty = segmentation, uncertainty
        if turned:
            self._frames = frames

    def _forget(self, segmentation: Segmentation) -> None:
        """Forget the outlines of other labels: after an edit, those of what it crosses."""
        self._voxels = self._around = None
        before = self._of
        if before is None or before.id != segmentation.id:
            self._kept.clear()
            return
        box, axes = segmentation.labels.changed_box(before.labels), array_axes(segmentation.grid)
        if box is None:
            return

        def crosses(key: tuple[object, ...]) -> bool:
            plane, place = key
            if axes is None or not isinstance(plane, Plane) or not isinstance(place, int):
                return True
            along = box[axes[plane.normal_axis]]
            return bool(along.start <= place < along.stop)

        self._kept = {key: x for key, x in self._kept.items() if not crosses(key)}

    def on_slice(
        self,
        segmentation: Segmentation,
        plane: Plane,
        point_lps_mm: tuple[float, float, float],
        turn: Turn | None = None,
    ) -> tuple[Outline, ...]:
        """Outlines on the plane through a position (the nearest native slice).

        Of an oblique plane: exactly through the position.
        """
        grid = segmentation.grid
        axes = array_axes(grid) if turn is None else None
        place: object
        if turn is not None:
            depth_mm = turn.to_plane(point_lps_mm)[plane.normal_axis]
            place = (turn, float(depth_mm))
        elif axes is None:
            place = point_lps_mm[plane.normal_axis]
        else:
            axis = axes[plane.normal_axis]
            place = int(np.floor(grid.indices_kji(point_lps_mm)[axis] + 0.5))
            if not 0 <= place < grid.shape_kji[axis]:
                return ()
        key = (plane, place)
        if key not in self._kept:
            labels, entropy, origin, row, column = self._plane(
                segmentation, plane, point_lps_mm, turn
            )
            found = []
            for label in np.flatnonzero(np.bincount(labels.ravel()))[1:] if labels.any() else ():
                lines = mask_lines(labels == label)
                points = tuple(origin + x[:, :1] * row + x[:, 1:] * column for x in lines)
                around = None if entropy is None else tuple(_around(entropy, x) for x in lines)
                found.append(Outline(int(label), points, around))
            self._keep(key, tuple(found))
        return self._kept[key]

    def on_mip(self, segmentation: Segmentation, number: int) -> tuple[Outline, ...]:
        """Outlines of the lesions' shadows on a MIP frame."""
        frames = self._frames
        if frames is None:
            return ()
        key = ("mip", number % frames.count)
        if key not in self._kept:
            voxels = self._voxels_of(segmentation)
            spacing = segmentation.grid.spacing_kji_mm
            outlines = tuple(
                Outline(label, _shadow(frames, number, points, spacing))
                for label, points in voxels.items()
            )
            self._keep(key, outlines)
        return self._kept[key]

    def _keep(self, key: tuple[object, ...], outlines: tuple[Outline, ...]) -> None:
        if len(self._kept) >= KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[key] = outlines

    def _voxels_of(self, segmentation: Segmentation) -> dict[int, FloatArray]:
        if self._voxels is None:
            grid = segmentation.grid
            self._voxels = {
                label: grid.points_lps_mm(np.stack(np.unravel_index(flat, grid.shape_kji), axis=1))
                for label, flat in segmentation.labels.by_label()
            }
        return self._voxels

    def _labels_around(self, segmentation: Segmentation) -> tuple[FloatArray, LabelArray]:
        """Return the box around all lesions: index of its first voxel, and its labels."""
        if self._around is None:
            boxes = list(segmentation.labels.boxes().values())
            start = [min((b[n].start for b in boxes), default=0) for n in range(3)]
            stop = [max((b[n].stop for b in boxes), default=1) for n in range(3)]
            k, j, i = (slice(a, b) for a, b in zip(start, stop, strict=True))
            self._around = np.array(start, np.float64), segmentation.labels.box((k, j, i))
        return self._around

    def _plane(
        self,
        segmentation: Segmentation,
        plane: Plane,
        point: tuple[float, float, float],
        turn: Turn | None,
    ) -> tuple[LabelArray, FloatArray | None, FloatArray, FloatArray, FloatArray]:
        """Labels and entropy of a plane, with the LPS position of [0, 0] and steps in mm."""
        grid, uncertainty = segmentation.grid, self._uncertainty
        if uncertainty is not None and not uncertainty.grid.same_grid(grid):
            uncertainty = None
        axes = array_axes(grid)
        if axes is None or turn is not None:
            around = self._labels_around(segmentation)
            return _oblique_plane(around, uncertainty, grid, plane, point, turn)
        axis = axes[plane.normal_axis]
        index = np.zeros(3)
        index[axis] = np.floor(grid.indices_kji(point)[axis] + 0.5)
        rows, columns = (a for a in range(3) if a != axis)
        labels = segmentation.labels.plane(axis, int(index[axis]))
        entropy = None
        if uncertainty is not None:
            entropy = np.take(uncertainty.array, int(index[axis]), axis=axis).astype(np.float64)
        steps = grid.affine_lps_mm[:3, :3]
        return labels, entropy, grid.points_lps_mm(index), steps[:, rows], steps[:, columns]


def _oblique_plane(
    around: tuple[FloatArray, LabelArray],
    uncertainty: Volume | None,
    grid: ImageGrid,
    plane: Plane,
    point: tuple[float, float, float],
    turn: Turn | None,
) -> tuple[LabelArray, FloatArray | None, FloatArray, FloatArray, FloatArray]:
    step_mm = min(grid.spacing_kji_mm) / 2
    down, right = unit_vector(plane.down), unit_vector(plane.right)
    if turn is not None:
        down, right = turn.vector_lps(down), turn.vector_lps(right)
    row, column = down * step_mm, right * step_mm
    bounds = grid.bounds_lps_mm
    # The plane reaches as far as the grid's box does, seen along its own axes from the position.
    corners = np.array(list(itertools.product(*bounds.T))) - np.array(point)
    along = np.stack([corners @ down, corners @ right])
    least = along.min(axis=1)
    origin = np.array(point) + least[0] * down + least[1] * right
    size = (along.max(axis=1) - least) / step_mm
    shape = (int(size[0]) + 1, int(size[1]) + 1)
    matrix = grid.inverse_affine[:3, :3] @ np.stack([row, column], axis=1)
    offset = grid.indices_kji(origin)
    first, labels = around
    flat: LabelArray = cut(labels, matrix, offset - first, shape, outside=0, nearest=True)
    entropy = None
    if uncertainty is not None:
        entropy = cut(uncertainty.array, matrix, offset, shape, outside=0.0).astype(np.float64)
    return flat, entropy, origin, row, column


def mask_lines(mask: npt.NDArray[np.bool_]) -> tuple[FloatArray, ...]:
    """Return closed smooth lines around a mask: [points, 2] row and column each.

    Voxel edges are rounded; a single voxel keeps its outline.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return ()
    top, left = int(rows[0]), int(columns[0])
    small = np.pad(mask[top : rows[-1] + 1, left : columns[-1] + 1], 1)
    # Finer than the screen is of no use: large regions need less.
    finer = 3 if small.size < 40_000 else 1
    fine = small.repeat(finer, axis=0).repeat(finer, axis=1).astype(np.float32)
    if finer > 1:
        # Rounded by half a voxel; less on a few voxels, which must not vanish.
        sigma = 1.6 if np.count_nonzero(small) > 12 else 1.0
        fine = ndimage.gaussian_filter(fine, sigma, mode="constant", truncate=3.0)
    shift = np.array([top - 1, left - 1])
    return tuple((line + 0.5) / finer - 0.5 + shift for line in contour_lines(fine, 0.5))


def _around(entropy: FloatArray, line: FloatArray) -> FloatArray:
    """Mean entropy of the 3 x 3 voxels around each point of a line.

    Entropy is high on every threshold's edge; what tells a certain rim from an uncertain one is
    how wide it stays high.
    """
    low = np.maximum(np.floor(line.min(axis=0)).astype(int) - 2, 0)
    high = np.ceil(line.max(axis=0)).astype(int) + 3
    part = entropy[low[0] : high[0], low[1] : high[1]]
    mean = ndimage.uniform_filter(part, 3, mode="nearest")
    values: FloatArray = ndimage.map_coordinates(mean, (line - low).T, order=1, mode="nearest")
    return values


def _shadow(
    frames: MipFrames, number: int, points: FloatArray, spacing_kji_mm: tuple[float, float, float]
) -> tuple[FloatArray, ...]:
    """Lines around the projection of voxels onto a MIP frame, in its rows and columns."""
    place = frames.project(number, points)
    rows = np.rint(place[:, 0]).astype(np.int64)
    right = np.abs(frames.right_lps(number))
    half = float(right[0] + right[1]) * max(spacing_kji_mm[1:]) / frames.column_mm / 2
    first = np.ceil(place[:, 1] - half).astype(np.int64)
    last = np.floor(place[:, 1] + half).astype(np.int64)
    top, left = int(rows.min()), int(first.min())
    mask = np.zeros((int(rows.max()) - top + 1, int(last.max()) - left + 1), dtype=np.bool_)
    for extra in range(int((last - first).max()) + 1):
        column = np.minimum(first + extra, last)
        mask[rows - top, column - left] = True
    shift = np.array([top, left])
    return tuple(line + shift for line in mask_lines(mask))
