"""RT Structure Sets: planar contours to voxels by the voxel-centre rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from app.core.kit.errors import InputError
from app.core.space.grid import ImageGrid

Points = npt.NDArray[np.float64]
_CLOSED = {"CLOSED_PLANAR", "CLOSED_PLANAR_XOR", "CLOSEDPLANAR_XOR", "INTERPOLATED_PLANAR", ""}
#: A contour whose points leave one slice of the grid by more than this is oblique to it.
_FLAT_WITHIN_SLICES = 0.05


@dataclass(frozen=True)
class Region:
    """One ROI: its label, its name and its closed contours (``[n, 3]``, LPS mm)."""

    label: int
    name: str
    contours: tuple[Points, ...]


@dataclass(frozen=True)
class Contours:
    """All ROIs of a structure set with the frames of reference it names."""

    regions: tuple[Region, ...]
    frames: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def names(self) -> dict[int, str]:
        """Names by label."""
        return {r.label: r.name for r in self.regions}

    def rasterise(
        self, grid: ImageGrid
    ) -> tuple[npt.NDArray[np.uint16], dict[str, int], list[str]]:
        """Turn the contours into labels on a grid.

        Returns
        -------
        labels, overlapping, notes
            ``[k, j, i]`` labels; by name, voxels that an earlier ROI holds already; sentences.
        """
        labels = np.zeros(grid.shape_kji, dtype=np.uint16)
        overlapping: dict[str, int] = {}
        notes: list[str] = []
        for region in self.regions:
            inside = region_mask(region.contours, grid)
            if not inside.any():
                inside = region_mask(region.contours, grid, thick=True)
                if inside.any():
                    notes.append(
                        f"{region.name} lies between PET slices; the nearest slice is taken."
                    )
            taken = inside & (labels > 0)
            if taken.any():
                overlapping[region.name] = int(taken.sum())
            labels[inside & (labels == 0)] = region.label
        return labels, overlapping, notes


def read_contours(dataset: Dataset, name: str) -> Contours:
    """Read the ROIs of an RTSTRUCT; labels count from 1 in the order of the file.

    Raises
    ------
    InputError
        If there is no ROI with a closed planar contour.
    """
    named: dict[str, tuple[str, str]] = {}
    for item in dataset.get("StructureSetROISequence", None) or []:
        named[str(item.get("ROINumber", ""))] = (
            str(item.get("ROIName", "") or "").strip(),
            str(item.get("ReferencedFrameOfReferenceUID", "") or ""),
        )
    regions: list[Region] = []
    notes: list[str] = []
    frames: list[str] = []
    for item in dataset.get("ROIContourSequence", None) or []:
        title, frame = named.get(str(item.get("ReferencedROINumber", "")), ("", ""))
        title = title or f"ROI {item.get('ReferencedROINumber', len(regions) + 1)}"
        contours = _closed(item)
        if not contours:
            notes.append(f"{title} has no closed planar contour and is left out.")
            continue
        regions.append(Region(len(regions) + 1, title, contours))
        frames.append(frame)
    if not regions:
        raise InputError(
            f"The structure set {name} has no closed contour.", "Give outlined structures."
        )
    return Contours(tuple(regions), tuple(frames), tuple(notes))


def _closed(item: Dataset) -> tuple[Points, ...]:
    found = []
    for contour in item.get("ContourSequence", None) or []:
        kind = str(contour.get("ContourGeometricType", "") or "").upper()
        try:
            values = np.array([float(v) for v in contour.get("ContourData", None) or []])
        except ValueError:
            continue
        if kind in _CLOSED and values.size >= 9 and values.size % 3 == 0:
            found.append(values.reshape(-1, 3))
    return tuple(found)


def region_mask(
    contours: Sequence[Points], grid: ImageGrid, *, thick: bool = False
) -> npt.NDArray[np.bool_]:
    """Voxels of a grid whose centres lie inside one ROI.

    Each contour stands for a slab of the contours' own spacing about its plane: a slice of the
    grid takes the nearest contour plane within half that spacing. Contours of one plane combine
    by even-odd, so that inner ones are holes.

    Parameters
    ----------
    contours
        Closed contours, ``[n, 3]`` LPS mm.
    grid
        Where to.
    thick
        Let every plane reach at least half a slice of the grid.
    """
    indices = [grid.indices_kji(c) for c in contours]
    if all(float(np.ptp(x[:, 0])) <= _FLAT_WITHIN_SLICES for x in indices):
        return _parallel(indices, grid.shape_kji, thick)
    own = _own_grid(contours, grid)
    if own is None:
        return np.zeros(grid.shape_kji, dtype=np.bool_)
    local = [own.indices_kji(c) for c in contours]
    return nearest(_parallel(local, own.shape_kji, True), own, grid)


def nearest(labels: npt.NDArray[Any], grid: ImageGrid, target: ImageGrid) -> npt.NDArray[Any]:
    """Value of the voxel of ``grid`` that holds each voxel centre of ``target``; 0 outside.

    Unlike a spline of order 0, the outer half voxel counts as inside: labels reach the voxels'
    faces, and a grid that differs by rounding loses no border.
    """
    out = np.zeros(target.shape_kji, dtype=labels.dtype)
    matrix = grid.inverse_affine @ target.affine_lps_mm
    k, j, i = np.ogrid[tuple(slice(n) for n in target.shape_kji)]
    shape = np.array(grid.shape_kji)
    # By slices: three float indices of a whole volume would take far more than the volume.
    for slice_k in range(target.shape_kji[0]):
        index = [
            np.floor(
                matrix[a, 0] * k[slice_k] + matrix[a, 1] * j[0] + matrix[a, 2] * i[0]
                + matrix[a, 3] + 0.5 + 1e-6
            ).astype(np.intp)
            for a in range(3)
        ]  # fmt: skip
        inside = np.ones(target.shape_kji[1:], dtype=np.bool_)
        for axis in range(3):
            inside &= (index[axis] >= 0) & (index[axis] < shape[axis])
        where = tuple(np.broadcast_to(x, inside.shape)[inside] for x in index)
        out[slice_k][inside] = labels[where]
    return out


def _parallel(
    indices: Sequence[Points], shape: tuple[int, int, int], thick: bool
) -> npt.NDArray[np.bool_]:
    planes: dict[float, list[Points]] = defaultdict(list)
    for points in sorted(indices, key=lambda p: float(p[:, 0].mean())):
        k = float(points[:, 0].mean())
        # Contours of one plane may differ by rounding of their coordinates.
        key = next((q for q in planes if abs(q - k) <= _FLAT_WITHIN_SLICES), k)
        planes[key].append(points[:, 1:])
    heights = np.array(sorted(planes))
    gaps = np.diff(heights)
    half = float(np.median(gaps)) / 2.0 if gaps.size else 0.5
    half = max(half, 0.5) if thick else half
    mask = np.zeros(shape, dtype=np.bool_)
    for k in range(
        max(0, int(np.floor(heights[0] - half))),
        min(shape[0], int(np.ceil(heights[-1] + half)) + 1),
    ):
        nearest = float(heights[np.argmin(np.abs(heights - k))])
        if abs(nearest - k) <= half + 1e-3:
            mask[k] = fill_even_odd(planes[nearest], shape[1:])
    return mask


def fill_even_odd(polygons: Sequence[Points], shape_ji: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Pixels whose centres lie inside polygons by the even-odd rule.

    Parameters
    ----------
    polygons
        Closed polygons, ``[n, 2]`` points (j, i) in pixel units, integers are pixel centres.
    shape_ji
        Rows and columns of the result.

    Notes
    -----
    A centre on an edge counts as inside at lesser and outside at greater coordinates, so that
    neighbouring polygons share no pixel and leave none out.
    """
    rows, columns = shape_ji
    # Parity changes at the first centre right of each crossing; a running sum gives the rest.
    flips = np.zeros((rows, columns + 1), dtype=np.int32)
    for polygon in polygons:
        j0, i0 = polygon[:, 0], polygon[:, 1]
        j1, i1 = np.roll(j0, -1), np.roll(i0, -1)
        low = np.ceil(np.minimum(j0, j1) - 1e-9).astype(int)
        high = np.ceil(np.maximum(j0, j1) - 1e-9).astype(int)
        low, high = np.clip(low, 0, rows), np.clip(high, 0, rows)
        count = np.maximum(0, high - low)
        edge = np.repeat(np.arange(count.size), count)
        start = np.cumsum(count) - count
        row = low[edge] + np.arange(edge.size) - start[edge]
        slope = (i1 - i0)[edge] / (j1 - j0)[edge]
        at = i0[edge] + (row - j0[edge]) * slope
        column = np.clip(np.ceil(at - 1e-9).astype(int), 0, columns)
        np.add.at(flips, (row, column), 1)
    inside = np.cumsum(flips, axis=1)[:, :columns] & 1
    return inside.astype(np.bool_)


def _own_grid(contours: Sequence[Points], grid: ImageGrid) -> ImageGrid | None:
    """Make a fine grid whose slices lie in the contours' planes."""
    normal = _newell(max(contours, key=len))
    if normal is None:
        return None
    u = np.cross(normal, (0.0, 0.0, 1.0) if abs(normal[2]) < 0.9 else (0.0, 1.0, 0.0))
    u /= np.linalg.norm(u)
    v = np.cross(normal, u)
    heights = np.unique(np.round([float((c @ normal).mean()) for c in contours], 2))
    gaps = np.diff(heights)
    step = float(np.median(gaps)) if gaps.size else min(grid.spacing_kji_mm)
    fine = min(1.0, min(grid.spacing_kji_mm) / 4.0)
    points = np.concatenate(contours)
    low = np.array([heights[0], (points @ v).min() - fine, (points @ u).min() - fine])
    high = np.array([heights[-1], (points @ v).max() + fine, (points @ u).max() + fine])
    shape = np.ceil((high - low) / (step, fine, fine) - 1e-6).astype(int) + 1
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = normal * step, v * fine, u * fine
    affine[:3, 3] = normal * low[0] + v * low[1] + u * low[2]
    return ImageGrid((int(shape[0]), int(shape[1]), int(shape[2])), affine)


def _newell(points: Points) -> Points | None:
    """Return the unit normal of a polygon, or ``None`` where it has no area."""
    normal = np.cross(points, np.roll(points, -1, axis=0)).sum(axis=0)
    length = float(np.linalg.norm(normal))
    return None if length < 1e-6 else np.asarray(normal / length)
