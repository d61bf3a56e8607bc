"""Lesions as a DICOM Segmentation on the PET's native grid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from app.core.lesions.lesion import Lesion
from app.core.lesions.segmentation import Segmentation
from app.core.space.grid import ImageGrid
from app.core.space.volume import Volume
from app.core.study.provenance import Provenance
from app.io.write.dicom.elements import MAKER, named_uid
from app.io.write.dicom.inherit import with_place
from app.io.write.dicom.sources import ODD, SeriesBlock, SkippedError, series_number

#: SEG frames and PET slices are the same plane if their positions agree within this.
_SAME_PLANE_MM = 0.1


def write_seg(
    path: Path,
    segmentation: Segmentation,
    lesions: Sequence[Lesion],
    pet: Volume,
    sources: Sequence[Dataset],
    provenance: Provenance,
) -> None:
    """Write lesions as a binary DICOM SEG that refers to the PET's instances.

    Each lesion is one segment with its id as tracking id and a tracking UID derived from it, so
    that a second export names the same lesions. Segment numbers run from 1 in the table's order.

    Raises
    ------
    SkippedError
        If no SEG can be made: no lesion, or a source that it cannot refer to.
    """
    present = segmentation.labels.present()
    drawn = [x for x in lesions if x.label in present]
    if not drawn:
        raise SkippedError("There is no lesion to write")
    if pet.grid.frame_of_reference_uid is None:
        raise SkippedError("The PET names no frame of reference")
    numbers = np.zeros(np.iinfo(np.uint16).max + 1, dtype=np.uint16)
    numbers[[x.label for x in drawn]] = np.arange(1, len(drawn) + 1)
    if len(drawn) < 256:
        numbers = numbers.astype(np.uint8)
    try:
        labels = numbers[segmentation.labels.dense()]
        dataset = _seg_dataset(labels, drawn, pet, sources, provenance)
    except ODD as error:
        # What it says may quote the header.
        raise SkippedError("The PET's DICOM headers do not allow one") from error
    dataset.save_as(path, enforce_file_format=True)


def _seg_dataset(
    labels: npt.NDArray[Any],
    lesions: Sequence[Lesion],
    pet: Volume,
    sources: Sequence[Dataset],
    provenance: Provenance,
) -> Any:
    # highdicom takes a second to import: only who exports pays it.
    import highdicom

    sources = [with_place(x, pet.grid) for x in sources]
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
        series_number=series_number(SeriesBlock.LESIONS, sources[0]),
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        **MAKER,
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


def _in_slice_order(sources: Sequence[Dataset], grid: ImageGrid) -> list[Dataset] | None:
    """Return the sources as the grid's slices 0, 1, ..., or ``None`` if they are not those."""
    count, rows, columns = grid.shape_kji
    if len(sources) != count:
        return None
    placed: dict[int, Dataset] = {}
    for source in sources:
        position, axes = source.get("ImagePositionPatient"), source.get("ImageOrientationPatient")
        if position is None or axes is None:
            return None
        if (source.get("Rows"), source.get("Columns")) != (rows, columns):
            return None
        point = np.array([float(x) for x in position])
        k = round(float(grid.indices_kji(point)[0]))
        cosines = np.array([float(x) for x in axes]).reshape(2, 3)
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
    return named_uid(f"uptake-lesion:{lesion_id}")
