"""DICOM Segmentation objects: segments onto one regular grid of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from app.core.kit.errors import GridError, InputError
from app.core.space.grid import ImageGrid
from app.io.dicom.header import DAMAGED, text
from app.io.outlines.layers import Layers
from app.io.outlines.seg_frames import SegFrames, seg_frames
from app.io.outlines.seg_geometry import group_of, seg_places, shared_groups


@dataclass(frozen=True, eq=False)
class Segments:
    """Labelmaps ``[k, j, i]`` on one grid of their own; labels are DICOM segment numbers.

    ``shared`` counts, by number, the voxels that an earlier segment holds too.
    """

    grid: ImageGrid
    layers: tuple[npt.NDArray[np.uint16], ...]
    names: Mapping[int, str]
    shared: Mapping[int, int]
    notes: tuple[str, ...]


def read_segments(
    dataset: Dataset, name: str, pet: ImageGrid, image_mm: float | None = None
) -> Segments:
    """Read BINARY, FRACTIONAL (at least half) or LABELMAP segments.

    Parameters
    ----------
    dataset, name
        The SEG, and its file's name.
    pet
        Gives the distance of slices where neither the SEG nor its image states one.
    image_mm
        Distance of the slices of the image that the SEG refers to, if that is known.

    Raises
    ------
    InputError
        If frames, geometry or pixels are missing or contradict each other, or every segment is
        empty.
    """
    try:
        return _read(dataset, pet, image_mm)
    except InputError as error:
        raise InputError(
            f"The DICOM SEG {name} cannot be read. {error.sentence}", error.next_step
        ) from error
    except (*DAMAGED, ArithmeticError, RuntimeError, MemoryError, GridError) as error:
        raise InputError(
            f"The DICOM SEG {name} is incomplete or damaged.", "Export it again."
        ) from error


def _read(dataset: Dataset, pet: ImageGrid, image_mm: float | None) -> Segments:
    frames = seg_frames(dataset)
    notes: list[str] = []
    if frames.kind == "FRACTIONAL":
        notes.append("Fractional segments: voxels of at least half are taken.")
    places = seg_places(dataset, pet, image_mm, notes)
    layers = Layers(places.grid.shape_kji)
    if frames.kind == "LABELMAP":
        notes.extend(_doubled(places.of_frame, [0] * frames.count))
        for n, place in places.of_frame:
            frame = frames.frame(n)
            np.copyto(layers.arrays[0][place], frame, where=frame > 0)
    else:
        numbers = _numbers(dataset)
        notes.extend(_doubled(places.of_frame, numbers))
        _fill(layers, frames, places.of_frame, numbers)
    if not any(x.any() for x in layers.arrays):
        raise InputError("Every segment is empty.", "Give outlined voxels.")
    names = _names(dataset, notes)
    present = sorted({int(n) for x in layers.arrays for n in np.unique(x) if n})
    unknown = [n for n in present if n not in names]
    if unknown:
        said = ", ".join(str(n) for n in unknown[:10])
        notes.append(f"Frames name segments that are not described: {said}.")
    names = {n: names.get(n, f"Segment {n}") for n in sorted({*names, *present}) if n > 0}
    return Segments(places.grid, tuple(layers.arrays), names, layers.shared, tuple(notes))


def _doubled(of_frame: Sequence[tuple[int, int]], numbers: Sequence[int]) -> list[str]:
    """Say how many frames lie where another one of their segment lies."""
    extra = len(of_frame) - len({(numbers[n], place) for n, place in of_frame})
    if not extra:
        return []
    frames = "1 frame lies" if extra == 1 else f"{extra} frames lie"
    return [
        f"{frames} where another frame of the same segment lies; they are put together, and a "
        "slice may be missing."
    ]


def _fill(
    layers: Layers, frames: SegFrames, of_frame: Sequence[tuple[int, int]], numbers: Sequence[int]
) -> None:
    """Put the segments into layers, in the order of their numbers."""
    by_segment: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for n, place in of_frame:
        by_segment[numbers[n]].append((n, place))
    for number in sorted(by_segment):
        planes = [(place, frames.frame(n) > 0) for n, place in by_segment[number]]
        layers.add(number, [(place, x) for place, x in planes if x.any()])


def _names(dataset: Dataset, notes: list[str]) -> dict[int, str]:
    """Name segments by their labels, or by their descriptions where labels repeat."""
    segments = list(dataset.SegmentSequence)
    labels = [_name(s) for s in segments]
    described = [str(s.get("SegmentDescription", "") or "").strip() for s in segments]
    if len(set(labels)) < len(labels) and len(set(described)) == len(described):
        # Both sides of the body often share a label, and only the description tells them apart.
        labels = [d or n for d, n in zip(described, labels, strict=True)]
    numbers = [int(s.SegmentNumber) for s in segments]
    if len(set(numbers)) < len(numbers):
        notes.append("Segments share a number; those are read as one.")
    return dict(zip(numbers, labels, strict=True))


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
    shared = shared_groups(dataset)
    found = []
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        item = group_of(frame, shared, "SegmentIdentificationSequence")
        number = int(item.ReferencedSegmentNumber)
        if not 0 < number <= 65535:
            raise InputError("A frame belongs to no segment.")
        found.append(number)
    return found


def referenced_series(dataset: Dataset) -> set[str]:
    """Return the UIDs of the series that a SEG says it was made from."""
    items = dataset.get("ReferencedSeriesSequence", None) or []
    return {text(x, 0x0020000E) for x in items} - {""}
