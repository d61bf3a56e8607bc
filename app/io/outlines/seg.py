"""DICOM Segmentation objects: segments onto one regular grid of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from app.core.kit.errors import GridError, InputError
from app.core.space.grid import ImageGrid
from app.io.dicom.header import DAMAGED, slice_step_mm
from app.io.geometry.planes import normal_of


@dataclass(frozen=True)
class Segments:
    """A labelmap ``[k, j, i]`` on its own grid; labels are DICOM segment numbers.

    ``overlapping`` counts, by name, the voxels that an earlier segment holds already.
    """

    grid: ImageGrid
    labels: npt.NDArray[np.uint16]
    names: Mapping[int, str]
    overlapping: Mapping[str, int]
    notes: tuple[str, ...]


def read_segments(dataset: Dataset, name: str) -> Segments:
    """Read BINARY, FRACTIONAL (at least half) or LABELMAP segments.

    Raises
    ------
    InputError
        If geometry or pixels are missing, or every segment is empty.
    """
    try:
        return _read(dataset, name)
    except (*DAMAGED, RuntimeError, MemoryError, GridError) as error:
        raise InputError(
            f"The DICOM SEG {name} is incomplete or damaged.", "Export it again."
        ) from error


def _read(dataset: Dataset, name: str) -> Segments:
    frames = np.atleast_3d(dataset.pixel_array)
    if dataset.pixel_array.ndim == 2:
        frames = dataset.pixel_array[np.newaxis]
    kind = str(dataset.get("SegmentationType", "BINARY")).upper()
    notes: list[str] = []
    if kind == "FRACTIONAL":
        half = float(dataset.get("MaximumFractionalValue", 255)) / 2.0
        frames = frames >= half
        notes.append("Fractional segments: voxels of at least half are taken.")
    grid, places = _geometry(dataset)
    labels = np.zeros(grid.shape_kji, dtype=np.uint16)
    names = _names(dataset)
    overlapping: dict[str, int] = {}
    numbers = [0] * len(places) if kind == "LABELMAP" else _numbers(dataset)
    order = np.argsort(numbers, kind="stable")
    for n in order:
        out, frame = labels[places[n]], frames[n]
        if kind == "LABELMAP":
            np.copyto(out, frame.astype(np.uint16), where=frame > 0)
            continue
        inside = frame > 0
        taken = inside & (out > 0) & (out != numbers[n])
        if taken.any():
            key = names.get(numbers[n], str(numbers[n]))
            overlapping[key] = overlapping.get(key, 0) + int(taken.sum())
        out[inside & (out == 0)] = numbers[n]
    if kind == "LABELMAP":
        names = {k: v for k, v in names.items() if k > 0}
    if not labels.any():
        raise InputError(f"Every segment of {name} is empty.", "Give outlined voxels.")
    return Segments(grid, labels, names, overlapping, tuple(notes))


def _names(dataset: Dataset) -> dict[int, str]:
    """Name segments by their labels, or by their descriptions where labels repeat."""
    segments = list(dataset.SegmentSequence)
    labels = [_name(s) for s in segments]
    described = [str(s.get("SegmentDescription", "") or "").strip() for s in segments]
    if len(set(labels)) < len(labels) and len(set(described)) == len(described):
        # Both sides of the body often share a label, and only the description tells them apart.
        labels = [d or n for d, n in zip(described, labels, strict=True)]
    return {int(s.SegmentNumber): n for s, n in zip(segments, labels, strict=True)}


def _name(segment: Dataset) -> str:
    label = str(segment.get("SegmentLabel", "") or "").strip()
    described = str(segment.get("SegmentDescription", "") or "").strip()
    tracked = str(segment.get("TrackingID", "") or "").strip()
    generic = {"", "tissue", "segment", "lesion", "mass", "neoplasm, primary"}
    # Some writers put the kind of tissue in the label and the name in the description.
    if label.lower() in generic:
        label = described if described.lower() not in generic else tracked or label or described
    return label or f"Segment {int(segment.SegmentNumber)}"


def _numbers(dataset: Dataset) -> list[int]:
    shared = _item(dataset.get("SharedFunctionalGroupsSequence"))
    found = []
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        item = _group(frame, shared, "SegmentIdentificationSequence")
        found.append(int(item.ReferencedSegmentNumber))
    return found


def _item(sequence: Any) -> Any:
    return sequence[0] if sequence else None


def _group(frame: Any, shared: Any, keyword: str) -> Any:
    for source in (frame, shared):
        if source is not None and source.get(keyword):
            return source[keyword].value[0]
    raise KeyError(keyword)


def _geometry(dataset: Dataset) -> tuple[ImageGrid, list[int]]:
    """Return the regular grid of the frames and each frame's slice on it.

    Frames that hold nothing are often left out, so that gaps are whole steps and stay empty.
    """
    shared = _item(dataset.get("SharedFunctionalGroupsSequence"))
    frames = list(dataset.PerFrameFunctionalGroupsSequence)
    first = frames[0]
    orientation = np.array(
        _group(first, shared, "PlaneOrientationSequence").ImageOrientationPatient, dtype=float
    )
    measures = _group(first, shared, "PixelMeasuresSequence")
    spacing = [float(x) for x in measures.PixelSpacing]
    points = np.array(
        [_group(f, shared, "PlanePositionSequence").ImagePositionPatient for f in frames],
        dtype=float,
    )
    normal = normal_of(orientation.tolist())
    along = points @ normal
    step_mm = _step_mm(along, measures)
    low = float(along.min())
    places = np.rint((along - low) / step_mm).astype(int)
    affine = np.eye(4)
    affine[:3, 0] = _step(points, places, normal, step_mm)
    affine[:3, 1] = orientation[3:6] * spacing[0]
    affine[:3, 2] = orientation[:3] * spacing[1]
    affine[:3, 3] = points[int(np.argmin(along))]
    shape = (int(places.max()) + 1, int(dataset.Rows), int(dataset.Columns))
    frame_uid = str(dataset.get("FrameOfReferenceUID", "") or "") or None
    return ImageGrid(shape, affine, frame_uid), places.tolist()


def _step(
    points: npt.NDArray[np.float64],
    places: npt.NDArray[np.int_],
    normal: npt.NDArray[np.float64],
    step_mm: float,
) -> npt.NDArray[np.float64]:
    first, last = int(np.argmin(places)), int(np.argmax(places))
    if places[last] == places[first]:
        return np.asarray(normal * step_mm, dtype=np.float64)
    # From the outermost frames: exact over the whole height, sheared stacks included.
    return np.asarray((points[last] - points[first]) / (places[last] - places[first]))


def _step_mm(along: npt.NDArray[np.float64], measures: Dataset) -> float:
    gaps = np.diff(np.unique(np.round(along, 3)))
    gaps = gaps[gaps > 0.01]
    stated = abs(slice_step_mm(measures) or 0.0)
    if not gaps.size:
        return stated or 1.0
    least = float(gaps.min())
    # The stated spacing may differ from the positions by rounding; the positions decide.
    if stated and least > 1.5 * stated:
        count = round(least / stated)
        return least / count
    return float(np.median(gaps[gaps < 1.5 * least]))
