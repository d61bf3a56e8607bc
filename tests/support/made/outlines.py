"""Outlines of a made study as RTSTRUCT and SEG, written by pydicom alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.uid import UID, generate_uid

from tests.support.made.files import File, MadeStudy

#: One contour: the slice it lies on (a fraction lies between) and corners [j, i] in voxels.
Contour = tuple[float, Sequence[tuple[float, float]]]


def rectangle(k: float, j: tuple[float, float], i: tuple[float, float]) -> Contour:
    """Return a contour around voxels j[0]..j[1] - 1 and i[0]..i[1] - 1 of slice k."""
    (j0, j1), (i0, i1) = j, i
    corners = ((j0, i0), (j0, i1), (j1, i1), (j1, i0))
    return k, [(y - 0.5, x - 0.5) for y, x in corners]


def box_contours(study: MadeStudy) -> list[Contour]:
    """Return the contours of the hot box, one a slice."""
    k, j, i = study.made.recipe.box
    return [rectangle(n, (j.start, j.stop), (i.start, i.stop)) for n in range(k.start, k.stop)]


def structure_set(
    study: MadeStudy,
    rois: Mapping[str, Sequence[Contour]],
    frames: Mapping[str, str] | None = None,
    kinds: Mapping[str, str] | None = None,
) -> Dataset:
    """Return an RTSTRUCT; ``frames`` puts some ROIs into another frame of reference."""
    dataset = _common(study, "RTSTRUCT", "1.2.840.10008.5.1.4.1.1.481.3")
    uid = str(study.pet[0].dataset.FrameOfReferenceUID)
    dataset.StructureSetLabel = "made"
    dataset.StructureSetROISequence, dataset.ROIContourSequence = [], []
    for number, (name, contours) in enumerate(rois.items(), 1):
        roi, drawn = Dataset(), Dataset()
        roi.ROINumber, roi.ROIName, roi.ROIGenerationAlgorithm = number, name, "MANUAL"
        roi.ReferencedFrameOfReferenceUID = (frames or {}).get(name, uid)
        drawn.ReferencedROINumber = number
        drawn.ContourSequence = [
            _contour(study, c, (kinds or {}).get(name, "CLOSED_PLANAR")) for c in contours
        ]
        dataset.StructureSetROISequence.append(roi)
        dataset.ROIContourSequence.append(drawn)
    return dataset


def _contour(study: MadeStudy, contour: Contour, kind: str) -> Dataset:
    k, corners = contour
    points = np.array([[k, j, i, 1.0] for j, i in corners])
    at = (study.made.recipe.affine_lps_mm @ points.T).T[:, :3]
    item = Dataset()
    item.ContourGeometricType, item.NumberOfContourPoints = kind, len(corners)
    item.ContourData = [round(float(x), 6) for x in at.ravel()]
    return item


def segmentation(
    study: MadeStudy,
    segments: Mapping[str, npt.NDArray[np.bool_]],
    *,
    kind: str = "BINARY",
    spacing: bool = True,
    empty_frames: bool = False,
) -> Dataset:
    """Return a SEG of masks ``[k, j, i]`` on the PET's grid; empty frames are left out."""
    recipe, affine = study.made.recipe, study.made.recipe.affine_lps_mm
    dataset = _common(study, "SEG", "1.2.840.10008.5.1.4.1.1.66.4")
    dataset.FrameOfReferenceUID = study.pet[0].dataset.FrameOfReferenceUID
    dataset.SegmentationType, dataset.ImageType = kind, ["DERIVED", "PRIMARY"]
    dataset.SegmentSequence = [_segment(n, name) for n, name in enumerate(segments, 1)]
    shared, orientation, measures = Dataset(), Dataset(), Dataset()
    j, i = (affine[:3, n] / np.linalg.norm(affine[:3, n]) for n in (1, 2))
    orientation.ImageOrientationPatient = [round(float(x), 9) for x in (*i, *j)]
    measures.PixelSpacing = [recipe.spacing_kji_mm[1], recipe.spacing_kji_mm[2]]
    if spacing:
        measures.SpacingBetweenSlices = measures.SliceThickness = recipe.spacing_kji_mm[0]
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.ReferencedSeriesSequence = [_referenced(study)]
    frames, planes = [], []
    for number, mask in enumerate(segments.values(), 1):
        for k, plane in enumerate(mask):
            if plane.any() or empty_frames:
                frames.append(_frame(affine, k, number))
                planes.append(plane)
    dataset.PerFrameFunctionalGroupsSequence = frames
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = len(planes), *recipe.shape_kji[1:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    bits = 8 if kind == "FRACTIONAL" else 1
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit, dataset.PixelRepresentation = bits - 1, 0
    stacked = np.array(planes)
    if bits == 1:
        data = np.packbits(stacked.ravel(), bitorder="little").tobytes()
    else:
        dataset.SegmentationFractionalType, dataset.MaximumFractionalValue = "PROBABILITY", 255
        data = (stacked * 255).astype(np.uint8).tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    return dataset


def _segment(number: int, name: str) -> Dataset:
    item = Dataset()
    item.SegmentNumber, item.SegmentLabel = number, name
    item.SegmentAlgorithmType = "MANUAL"
    return item


def _frame(affine: npt.NDArray[np.float64], k: int, number: int) -> Dataset:
    frame, plane, segment = Dataset(), Dataset(), Dataset()
    plane.ImagePositionPatient = [round(float(x), 6) for x in affine[:3, 3] + affine[:3, 0] * k]
    segment.ReferencedSegmentNumber = number
    frame.PlanePositionSequence, frame.SegmentIdentificationSequence = [plane], [segment]
    return frame


def _referenced(study: MadeStudy) -> Dataset:
    item = Dataset()
    item.SeriesInstanceUID = study.pet[0].dataset.SeriesInstanceUID
    item.ReferencedInstanceSequence = []
    for file in study.pet:
        image = Dataset()
        image.ReferencedSOPClassUID = file.dataset.SOPClassUID
        image.ReferencedSOPInstanceUID = file.dataset.SOPInstanceUID
        item.ReferencedInstanceSequence.append(image)
    return item


def _common(study: MadeStudy, modality: str, sop_class: str) -> Dataset:
    source, dataset = study.pet[0].dataset, Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.SOPClassUID, dataset.Modality = UID(sop_class), modality
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[modality, repr(study.made.recipe)])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["series", modality])
    for keyword in ("StudyInstanceUID", "PatientID", "PatientName", "StudyDate", "StudyTime"):
        setattr(dataset, keyword, getattr(source, keyword))
    dataset.Manufacturer = "SYNTHETIC"
    return dataset


def as_mask(study: MadeStudy, dataset: Dataset) -> File:
    """Give the study these outlines, and return their file."""
    study.mask_file = File("m.dcm", dataset, "explicit")
    return study.mask_file
