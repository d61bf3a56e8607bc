"""Outlines and maps as files: NIfTI and DICOM SEG, on the PET's native grid."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import numpy.typing as npt

from app import __version__
from app.core.lesions.lesion import Lesion
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Volume
from app.core.study.provenance import Provenance

#: SEG frames and PET slices are the same plane if their positions agree within this.
_SAME_PLANE_MM = 0.1


class SegSkippedError(Exception):
    """No DICOM SEG can be made of this; the message is a sentence for the summary."""


def nifti_affine_ras_mm(grid: ImageGrid) -> npt.NDArray[np.float64]:
    """Return the 4 x 4 map from ``[i, j, k, 1]`` to NIfTI's RAS mm.

    RAS is LPS with the first two axes turned round; NIfTI arrays are indexed ``[i, j, k]``.
    """
    affine = grid.affine_lps_mm[:, [2, 1, 0, 3]].copy()
    affine[:2] *= -1.0
    return affine


def write_nifti(path: Path, array: npt.NDArray[Any], grid: ImageGrid, text: str) -> None:
    """Write an array ``[k, j, i]`` as NIfTI-1 in scanner space; ``text`` is its description."""
    affine = nifti_affine_ras_mm(grid)
    make: Any = nibabel.Nifti1Image  # nibabel carries no types
    image = make(np.asarray(array).transpose(2, 1, 0), affine)
    image.set_sform(affine, code=1)
    image.set_qform(affine, code=1)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = text.encode("ascii", "replace")[:79]
    nibabel.save(image, path)


def labels_of(segmentation: Segmentation, lesions: Sequence[Lesion]) -> npt.NDArray[np.uint16]:
    """Return the labelmap with only these lesions; label numbers stay."""
    keep = np.zeros(np.iinfo(np.uint16).max + 1, dtype=np.uint16)
    chosen = [x.label for x in lesions]
    keep[chosen] = chosen
    return keep[segmentation.labels.dense()]


def write_seg(
    path: Path,
    segmentation: Segmentation,
    lesions: Sequence[Lesion],
    pet: Volume,
    pet_files: Sequence[Path],
    provenance: Provenance,
) -> None:
    """Write lesions as a binary DICOM SEG that refers to the PET's instances.

    Each lesion is one segment with its id as tracking id and a tracking UID derived from it, so
    that a second export names the same lesions. Segment numbers run from 1 in the table's order.

    Raises
    ------
    SegSkippedError
        If no SEG can be made: no lesion, no DICOM source, or a source that it cannot refer to.
    """
    present = segmentation.labels.present()
    drawn = [x for x in lesions if x.label in present]
    if not drawn:
        raise SegSkippedError("There is no lesion to write, so no DICOM SEG was made.")
    if not pet_files or pet.grid.frame_of_reference_uid is None:
        raise SegSkippedError(
            "The PET did not come from DICOM files, so no DICOM SEG was made; the NIfTI holds "
            "the outlines."
        )
    numbers = np.zeros(np.iinfo(np.uint16).max + 1, dtype=np.uint16)
    numbers[[x.label for x in drawn]] = np.arange(1, len(drawn) + 1)
    if len(drawn) < 256:
        numbers = numbers.astype(np.uint8)
    sources = _sources(pet_files)
    try:
        labels = numbers[segmentation.labels.dense()]
        dataset = _seg_dataset(labels, drawn, pet, sources, provenance)
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise SegSkippedError(
            f"The PET's DICOM headers do not allow a DICOM SEG ({error}); the NIfTI holds the "
            "outlines."
        ) from error
    dataset.save_as(path, enforce_file_format=True)


def _seg_dataset(
    labels: npt.NDArray[Any],
    lesions: Sequence[Lesion],
    pet: Volume,
    sources: Sequence[Any],
    provenance: Provenance,
) -> Any:
    # highdicom takes a second to import: only who exports pays it.
    import highdicom

    ordered = _in_slice_order(sources, pet.grid)
    pixels: Any = labels
    if ordered is None:
        # Slices were filled in, or the source is multi-frame: state the geometry ourselves.
        pixels = highdicom.Volume(
            labels,
            pet.grid.affine_lps_mm,
            coordinate_system="PATIENT",
            frame_of_reference_uid=pet.grid.frame_of_reference_uid,
        )
    made = highdicom.seg.Segmentation(
        source_images=sources if ordered is None else ordered,
        pixel_array=pixels,
        segmentation_type="BINARY",
        segment_descriptions=_segment_descriptions(lesions, provenance),
        series_instance_uid=highdicom.UID(),
        series_number=_free_series_number(sources),
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="Uptake",
        manufacturer_model_name="Uptake (research use only)",
        software_versions=__version__,
        device_serial_number="none",
        content_label="LESIONS",
        content_description="Lesions on PET, research use only",
        content_creator_name="Uptake^",
        series_description="Uptake lesions (research use only)",
        omit_empty_frames=True,
    )
    if provenance.alignments:
        # The lesions lie on the PET as it is; the network saw a CT that had been moved onto it.
        made.ImageComments = " ".join(x.sentence() for x in provenance.alignments)
    return made


def _segment_descriptions(lesions: Sequence[Lesion], provenance: Provenance) -> list[Any]:
    import highdicom
    from pydicom.sr.codedict import codes

    algorithm = None
    if provenance.model_id is not None:
        algorithm = highdicom.AlgorithmIdentificationSequence(
            name=provenance.model_id[:64],
            family=codes.DCM.ArtificialIntelligence,
            version=(provenance.model_version or "unknown")[:64],
        )
    return [
        highdicom.seg.SegmentDescription(
            segment_number=number,
            segment_label=(lesion.name or f"Lesion {lesion.label}")[:64],
            segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
            segmented_property_type=codes.SCT.Lesion,
            algorithm_type="MANUAL" if algorithm is None else "AUTOMATIC",
            algorithm_identification=algorithm,
            tracking_uid=tracking_uid(lesion.id),
            tracking_id=lesion.id,
        )
        for number, lesion in enumerate(lesions, start=1)
    ]


def _sources(files: Sequence[Path]) -> list[Any]:
    """Read the headers that a SEG refers to.

    Raises
    ------
    SegSkippedError
        If they are gone: a disk taken out, a folder moved.
    """
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        read = [dcmread(file, stop_before_pixels=True) for file in files]
    except (OSError, InvalidDicomError) as error:
        raise SegSkippedError(
            "The PET's DICOM files can no longer be read, so no DICOM SEG was made; the NIfTI "
            "holds the outlines."
        ) from error
    for dataset in read:
        mend(dataset)
    return read


def mend(dataset: Any) -> None:
    """Take out of a source header what a SEG would otherwise inherit as an error."""
    name = str(dataset.get("PatientName", ""))
    if name and "^" not in name:
        # The standard's way to say that a name has one component only.
        dataset.PatientName = f"{name}^"
    subject = ("ClinicalTrialSubjectID", "ClinicalTrialSubjectReadingID")
    named = any(dataset.get(x) for x in subject)
    if not dataset.get("ClinicalTrialSponsorName") or not named:
        # De-identified collections leave a half-filled clinical trial module behind: it is
        # optional as a whole, but invalid in part.
        for element in [x for x in dataset if x.tag.group == 0x0012 and x.tag.element <= 0x0072]:
            if element.keyword.startswith("ClinicalTrial"):
                del dataset[element.tag]


def _in_slice_order(sources: Sequence[Any], grid: ImageGrid) -> list[Any] | None:
    """Return the sources as the grid's slices 0, 1, ..., or ``None`` if they are not those."""
    count, rows, columns = grid.shape_kji
    if len(sources) != count:
        return None
    placed: dict[int, Any] = {}
    for source in sources:
        position = source.get("ImagePositionPatient")
        if position is None or (source.Rows, source.Columns) != (rows, columns):
            return None
        point = np.array([float(x) for x in position])
        k = round(float(grid.indices_kji(point)[0]))
        cosines = np.array([float(x) for x in source.ImageOrientationPatient]).reshape(2, 3)
        directions = grid.directions_lps[:, [2, 1]].T
        same_plane = np.abs(grid.points_lps_mm((k, 0, 0)) - point).max() <= _SAME_PLANE_MM
        if not same_plane or np.abs(cosines - directions).max() > 1e-3:
            return None
        placed[k] = source
    if sorted(placed) != list(range(count)):
        return None
    return [placed[k] for k in range(count)]


def tracking_uid(lesion_id: str) -> str:
    """Return the UID of a lesion: always the same for the same id.

    >>> tracking_uid("a1") == tracking_uid("a1")
    True
    """
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, f'uptake-lesion:{lesion_id}').int}"


def _free_series_number(sources: Sequence[Any]) -> int:
    number = sources[0].get("SeriesNumber")
    return 9000 + (int(number) % 1000 if number is not None else 0)
