"""Where the frames of a DICOM SEG lie: one regular grid through them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from app.core.kit.errors import InputError
from app.core.space.grid import ImageGrid
from app.io.geometry.planes import normal_of
from app.io.outlines.regions import FLAT_WITHIN_SLICES, slice_mm
from app.io.outlines.slabs import MOST_EVEN_MM, NEIGHBOURS_WITHIN, own_step

Floats = npt.NDArray[np.float64]

#: Cosines and spacings of frames may differ by that much, relatively, and be the same.
_SAME_WITHIN = 1e-3
#: Frames may lie off the grid by that part of a slice without a word, and at all.
_OFF_UNSAID, _MOST_OFF = 0.1, 0.3
#: Frames may be shifted in their plane by that part of a pixel.
_MOST_SHIFT = 0.5
#: A slice that is thicker is none, where nothing else confirms it.
_MOST_THICK_MM = 20.0
#: Stated and found distances agree within that part of a step.
_WHOLE_WITHIN = 0.15
#: Beyond that many voxels only frames that meet the PET are placed.
_MANY_VOXELS = 1 << 29


@dataclass(frozen=True, eq=False)
class SegPlaces:
    """The grid of a SEG, and (number of the frame, its slice) of the frames that lie on it."""

    grid: ImageGrid
    of_frame: tuple[tuple[int, int], ...]


def group_of(frame: Dataset, shared: Dataset | None, keyword: str) -> Dataset:
    """Return the functional group of a frame, or the one that all frames share.

    Raises
    ------
    KeyError
        If there is neither.
    """
    for source in (frame, shared):
        if source is not None and source.get(keyword):
            found: Dataset = source[keyword].value[0]
            return found
    raise KeyError(keyword)


def shared_groups(dataset: Dataset) -> Dataset | None:
    """Return the functional groups that all frames share, or ``None``."""
    items: Any = dataset.get("SharedFunctionalGroupsSequence")
    return items[0] if items else None


def seg_places(
    dataset: Dataset, pet: ImageGrid, image_mm: float | None, notes: list[str]
) -> SegPlaces:
    """Lay a regular grid through the frames.

    Frames that hold nothing are often left out, so that gaps are whole steps and stay empty.

    Raises
    ------
    InputError
        If the frames are not those of one stack.
    """
    shared, frames = shared_groups(dataset), list(dataset.PerFrameFunctionalGroupsSequence)
    orientation = _common(frames, shared, "PlaneOrientationSequence", "ImageOrientationPatient", 6)
    spacing = _common(frames, shared, "PixelMeasuresSequence", "PixelSpacing", 2)
    if spacing.min() <= 0:
        raise InputError("Its pixel spacing is not positive.")
    points = np.array(
        [group_of(f, shared, "PlanePositionSequence").ImagePositionPatient for f in frames],
        dtype=float,
    )
    if points.shape != (len(frames), 3) or not np.isfinite(points).all():
        raise InputError("A frame states no position.")
    normal = normal_of(orientation.tolist())
    along = points @ normal
    measures = group_of(frames[0], shared, "PixelMeasuresSequence")
    step_mm = _step_mm(along, points[0], normal, measures, pet, image_mm, notes)
    low = float(along.min())
    places = np.rint((along - low) / step_mm).astype(np.int64)
    affine = np.eye(4)
    affine[:3, 0] = _step(points, places, normal, step_mm)
    affine[:3, 1] = orientation[3:6] * spacing[0]
    affine[:3, 2] = orientation[:3] * spacing[1]
    affine[:3, 3] = points[int(np.argmin(along))]
    _require_stack(points, places, affine, notes)
    shape = (int(places.max()) + 1, int(dataset.Rows), int(dataset.Columns))
    frame_uid = str(dataset.get("FrameOfReferenceUID", "") or "") or None
    grid = ImageGrid(shape, affine, frame_uid)
    if shape[0] * shape[1] * shape[2] <= _MANY_VOXELS:
        return SegPlaces(grid, tuple((n, int(k)) for n, k in enumerate(places)))
    return _within(grid, places, pet, notes)


def _common(
    frames: list[Dataset], shared: Dataset | None, sequence: str, keyword: str, count: int
) -> Floats:
    """Return a value that all frames have in common."""
    first: Floats | None = None
    before: Any = None
    for frame in frames:
        group = group_of(frame, shared, sequence)
        if group is before:
            continue
        before = group
        value = np.array([float(x) for x in group[keyword].value])
        if value.shape != (count,) or not np.isfinite(value).all():
            raise InputError("Its geometry is not stated in numbers.")
        first = value if first is None else first
        if not np.allclose(value, first, rtol=_SAME_WITHIN, atol=_SAME_WITHIN):
            raise InputError("Its frames differ in orientation or pixel spacing.")
    assert first is not None
    return first


def _step(points: Floats, places: npt.NDArray[np.int64], normal: Floats, step_mm: float) -> Floats:
    first, last = int(np.argmin(places)), int(np.argmax(places))
    if places[last] == places[first]:
        return np.asarray(normal * step_mm, dtype=np.float64)
    # From the outermost frames: exact over the whole height, sheared stacks included.
    return np.asarray((points[last] - points[first]) / (places[last] - places[first]))


def _require_stack(
    points: Floats, places: npt.NDArray[np.int64], affine: Floats, notes: list[str]
) -> None:
    """Refuse frames that lie off the grid: another geometry would be measured."""
    expected = affine[:3, 3] + places[:, None] * affine[:3, 0]
    off = (points - expected) @ np.linalg.inv(affine[:3, :3]).T
    most = np.abs(off).max(axis=0)
    if most[0] > _MOST_OFF or most[1:].max() > _MOST_SHIFT:
        raise InputError("The positions of its frames are not those of one even stack.")
    if most[0] > _OFF_UNSAID:
        notes.append(
            "Frames of the segmentation are unevenly spaced; each is taken for the nearest of "
            "even slices."
        )


def _within(
    grid: ImageGrid, places: npt.NDArray[np.int64], pet: ImageGrid, notes: list[str]
) -> SegPlaces:
    """Return the part of a far stretched stack that meets the PET."""
    steps = np.array([[-0.5, n - 0.5] for n in pet.shape_kji])
    corners = np.array(np.meshgrid(*steps, indexing="ij")).reshape(3, -1).T
    reach = grid.indices_kji(pet.points_lps_mm(corners))[:, 0]
    kept = np.flatnonzero((places >= reach.min() - 1.0) & (places <= reach.max() + 1.0))
    if not kept.size:
        raise InputError("Its frames lie outside the PET.", "Give the outlines of this study.")
    if kept.size < places.size:
        notes.append(
            f"{places.size - kept.size} frames of the segmentation lie far outside of the PET and "
            "are left out."
        )
    low = int(places[kept].min())
    affine = grid.affine_lps_mm.copy()
    affine[:3, 3] = grid.points_lps_mm((low, 0, 0))
    shape = (int(places[kept].max()) - low + 1, *grid.shape_kji[1:])
    placed = tuple((int(n), int(places[n]) - low) for n in kept)
    return SegPlaces(ImageGrid(shape, affine, grid.frame_of_reference_uid), placed)


def _step_mm(
    along: Floats,
    point: Floats,
    normal: Floats,
    measures: Dataset,
    pet: ImageGrid,
    image_mm: float | None,
    notes: list[str],
) -> float:
    """Return the distance of slices: from the positions, what is stated, or the image's."""
    gaps = np.diff(np.unique(np.round(along, 3)))
    gaps = gaps[gaps > 0.01]
    stated = _stated_step(gaps, measures)
    if stated is not None:
        return stated
    of_image = slice_mm(pet) if image_mm is None else image_mm
    whose = "PET" if image_mm is None else "referenced image"
    own = own_step(gaps)
    near = gaps[gaps <= NEIGHBOURS_WITHIN * of_image]
    if own is not None and own <= NEIGHBOURS_WITHIN * of_image:
        return own
    if near.size:
        return float(near.min())
    lattice = image_mm is not None or _on_slices(along, point, normal, pet)
    said = "The segmentation states no distance of slices that fits its frames"
    if own is not None and own <= MOST_EVEN_MM and not lattice:
        notes.append(f"{said}; these are {own:.2f} mm apart.")
        return own
    notes.append(f"{said}; the {whose}'s is taken ({of_image:.2f} mm).")
    least = float(gaps.min()) if gaps.size else of_image
    return least / max(1, round(least / of_image))


def _stated_step(gaps: Floats, measures: Dataset) -> float | None:
    """Return the distance of slices from what is stated, where the gaps of the frames fit it."""
    between = _stated(measures, "SpacingBetweenSlices")
    known = between or _stated(measures, "SliceThickness")
    if not known:
        return None
    if not gaps.size:
        return known if known <= _MOST_THICK_MM else None
    least = float(gaps.min())
    alike = gaps[gaps < NEIGHBOURS_WITHIN * least]
    if least * NEIGHBOURS_WITHIN < known and alike.size < 0.5 * gaps.size:
        # One frame is nearer to another than any slice: it lies elsewhere, and is refused.
        return known
    # What is stated may differ from the positions by rounding; the positions decide.
    if least <= NEIGHBOURS_WITHIN * known:
        return float(np.median(alike))
    count = round(least / known)
    fits = bool(between) or abs(least / known - count) <= _WHOLE_WITHIN
    return least / count if fits else None


def _stated(measures: Dataset, keyword: str) -> float:
    value = abs(float(measures.get(keyword, None) or 0.0))
    return value if np.isfinite(value) else 0.0


def _on_slices(along: Floats, point: Floats, normal: Floats, pet: ImageGrid) -> bool:
    """Whether frames at these heights lie in slices of the PET."""
    heights = point + (along - float(point @ normal))[:, None] * normal
    k = pet.indices_kji(heights)[:, 0]
    across = np.cross(pet.directions_lps[:, 1], pet.directions_lps[:, 2])
    parallel = abs(float(across @ normal)) > (1.0 - _SAME_WITHIN) * float(np.linalg.norm(across))
    return parallel and bool(np.abs(k - np.rint(k)).max() <= FLAT_WITHIN_SLICES)
