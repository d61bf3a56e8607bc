"""Structure sets and segmentations for tests, written by pydicom alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import UID, generate_uid

from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from tests.support.dicom_files import affine_of, base

SPACING, SHAPE = (4.0, 3.0, 2.0), (12, 20, 30)


def pet_of(
    shape_kji: tuple[int, int, int] = SHAPE,
    spacing_kji_mm: Sequence[float] = SPACING,
    rotation: np.ndarray | None = None,
    frame: str | None = None,
) -> Volume:
    """Return a PET whose values count its voxels, so that no two are alike."""
    grid = ImageGrid(shape_kji, affine_of(spacing_kji_mm, rotation=rotation), frame)
    values = np.arange(grid.size, dtype=np.float32).reshape(shape_kji) / grid.size
    return Volume(grid, values, Quantity.SUV_BW)


def box(
    grid: ImageGrid, k: float, low_ji: tuple[float, float], high_ji: tuple[float, float]
) -> np.ndarray:
    """Corners (LPS mm, ``[4, 3]``) of a rectangle at slice k, in indices of a grid."""
    (a, b), (c, d) = low_ji, high_ji
    return grid.points_lps_mm([(k, a, b), (k, a, d), (k, c, d), (k, c, b)])


def structure_set(
    regions: Mapping[str, Sequence[np.ndarray]],
    frame: str | Mapping[str, str] = "",
    kind: str = "CLOSED_PLANAR",
) -> Dataset:
    """Return an RTSTRUCT; ROI numbers count from 4."""
    dataset = base("CT", generate_uid(), FrameOfReferenceUID=None)
    dataset.Modality = "RTSTRUCT"
    dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.481.3")
    dataset.StructureSetROISequence, dataset.ROIContourSequence = [], []
    for number, (name, contours) in enumerate(regions.items(), start=4):
        roi, drawn = Dataset(), Dataset()
        roi.ROINumber, roi.ROIName = number, name
        roi.ReferencedFrameOfReferenceUID = frame if isinstance(frame, str) else frame[name]
        drawn.ReferencedROINumber = number
        drawn.ContourSequence = [contour_of(points, kind) for points in contours]
        dataset.StructureSetROISequence.append(roi)
        dataset.ROIContourSequence.append(drawn)
    return dataset


def contour_of(points: np.ndarray, kind: str = "CLOSED_PLANAR") -> Dataset:
    """Return one item of a contour sequence."""
    contour = Dataset()
    contour.ContourGeometricType = kind
    contour.NumberOfContourPoints = len(points)
    contour.ContourData = [round(float(x), 4) for x in points.ravel()]
    return contour


def with_raw_data(contour: Dataset, data: bytes) -> None:
    """Give a contour these bytes for coordinates, whatever they are."""
    tag = Tag(0x3006, 0x0050)
    data += b" " * (len(data) % 2)
    contour[tag] = RawDataElement(tag, "DS", len(data), data, 0, False, True)


def refer_to(dataset: Dataset, series_uid: str) -> None:
    """Let a structure set refer to a series."""
    frame, study, series = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = series_uid
    study.RTReferencedSeriesSequence = [series]
    frame.FrameOfReferenceUID = generate_uid()
    frame.RTReferencedStudySequence = [study]
    dataset.ReferencedFrameOfReferenceSequence = [frame]


def segmentation(
    grid: ImageGrid,
    frames: Sequence[tuple[int, int, np.ndarray]],
    kind: str = "BINARY",
    *,
    spacing_mm: float | None = None,
    thickness_mm: float | None = None,
    segments: Sequence[int] | None = None,
) -> Dataset:
    """Return a SEG of frames (segment, slice k, mask ``[j, i]``) on a grid."""
    dataset = base("CT", generate_uid())
    dataset.Modality = "SEG"
    dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.66.4")
    if grid.frame_of_reference_uid is None:
        del dataset.FrameOfReferenceUID
    else:
        dataset.FrameOfReferenceUID = grid.frame_of_reference_uid
    dataset.SegmentationType = kind
    dataset.Rows, dataset.Columns = grid.shape_kji[1:]
    dataset.NumberOfFrames, dataset.SamplesPerPixel = len(frames), 1
    dataset.PhotometricInterpretation, dataset.PixelRepresentation = "MONOCHROME2", 0
    bits = 1 if kind == "BINARY" else 8
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    if kind == "FRACTIONAL":
        dataset.MaximumFractionalValue = 200
    numbers = sorted({s for s, _, _ in frames}) if segments is None else segments
    dataset.SegmentSequence = [_segment(n) for n in numbers]
    dataset.SharedFunctionalGroupsSequence = [_shared(grid, spacing_mm, thickness_mm)]
    dataset.PerFrameFunctionalGroupsSequence = [_frame(grid, s, k) for s, k, _ in frames]
    pixels = np.concatenate([np.asarray(m).reshape(-1) for _, _, m in frames])
    if bits == 1:
        pixels = np.packbits(pixels > 0, bitorder="little")
    data = pixels.astype(np.uint8).tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    return dataset


def _segment(number: int) -> Dataset:
    segment = Dataset()
    segment.SegmentNumber, segment.SegmentLabel = number, f"S{number}"
    segment.SegmentAlgorithmType = "MANUAL"
    return segment


def _shared(grid: ImageGrid, spacing_mm: float | None, thickness_mm: float | None) -> Dataset:
    shared, plane, measures = Dataset(), Dataset(), Dataset()
    directions = grid.directions_lps
    plane.ImageOrientationPatient = [*directions[:, 2].tolist(), *directions[:, 1].tolist()]
    measures.PixelSpacing = list(grid.spacing_kji_mm[1:])
    if spacing_mm is not None:
        measures.SpacingBetweenSlices = spacing_mm
    if thickness_mm is not None:
        measures.SliceThickness = thickness_mm
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [plane], [measures]
    return shared


def _frame(grid: ImageGrid, segment: int, k: int) -> Dataset:
    frame, position, identified = Dataset(), Dataset(), Dataset()
    position.ImagePositionPatient = [round(float(x), 6) for x in grid.points_lps_mm((k, 0, 0))]
    identified.ReferencedSegmentNumber = segment
    frame.PlanePositionSequence = [position]
    frame.SegmentIdentificationSequence = [identified]
    return frame


def saved(dataset: Dataset, path: Path) -> Path:
    """Write a data set and return its path."""
    dataset.save_as(path, enforce_file_format=True)
    return path


def voxels(layers: Sequence[Any], label: int) -> np.ndarray:
    """Return whether each voxel ``[k, j, i]`` lies in an outline, in whichever layer."""
    (found,) = [x.labels.dense() == label for x in layers if label in x.labels.present()]
    return np.asarray(found)
