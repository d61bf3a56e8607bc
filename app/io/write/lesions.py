"""The result of a lesion search as files: outlines, maps, tables, what to know of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import ExportError
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.lesion import Lesion, LesionStatus
from app.core.lesions.segmentation import Segmentation
from app.io.write.dicom.seg import write_seg
from app.io.write.documents.lesions import (
    csv_text,
    lesion_records,
    lesions_document,
    summary_document,
)
from app.io.write.exporter import Writing
from app.io.write.names import LESION_FILES


@dataclass(frozen=True, eq=False)
class LesionFiles:
    """What ``uptake analyze`` writes, on the PET's native grid.

    ``segmentation`` holds the lesions that count (candidates and accepted), ``physiological``
    those judged physiological; label numbers are those of the table. What could not be made (no
    lesion for a DICOM SEG, no uncertainty) is said in ``summary.json`` under ``warnings``.
    """

    analysis: LesionAnalysis

    @property
    def names(self) -> Sequence[str]:
        """See `app.io.write.exporter.Part`."""
        return LESION_FILES

    def write(self, out: Writing) -> None:
        """Write maps, table and documents.

        Raises
        ------
        ExportError
            If the values are stale, or the outlines are of another image.
        """
        study, analysis = out.study, self.analysis
        rows = lesion_records(analysis)
        if study.pet is None or not analysis.segmentation.grid.same_grid(study.pet.grid):
            raise ExportError(
                "The outlines do not belong to the PET of the open study.",
                "Find lesions in this study, then export.",
            )
        self._write_images(out)
        out.text("lesions.csv", csv_text(rows, analysis.provenance))
        out.json("lesions.json", lesions_document(study, analysis))
        files = [*out.files, "summary.json"]
        out.json("summary.json", summary_document(study, analysis, files, out.notes))

    def _write_images(self, out: Writing) -> None:
        analysis, segmentation = self.analysis, self.analysis.segmentation
        grid, pet = segmentation.grid, out.study.pet
        counted = [x for x in segmentation.lesions if x.counts]
        normal = [x for x in segmentation.lesions if x.status is LesionStatus.PHYSIOLOGICAL]
        assert pet is not None

        def write_dicom(path: Path, _: object) -> None:
            sources = out.sources.of(out.study.choice.pet_uid)
            write_seg(path, segmentation, counted, pet, sources, analysis.provenance)

        out.nifti("segmentation.nii.gz", labels_of(segmentation, counted), grid, "Uptake lesions")
        lost = "no DICOM SEG was made; the NIfTI holds the outlines"
        out.file("segmentation.seg.dcm", write_dicom, lost=lost)
        uptake = labels_of(segmentation, normal)
        out.nifti("physiological.nii.gz", uptake, grid, "Uptake physiological uptake")
        volume = analysis.uncertainty
        if volume is None:
            out.notes.append("No model drew these outlines, so there is no uncertainty map.")
            return
        text = "Predictive entropy, bits (0 to 1)"
        out.nifti("uncertainty.nii.gz", volume.array, volume.grid, text)


def labels_of(segmentation: Segmentation, lesions: Sequence[Lesion]) -> npt.NDArray[np.uint16]:
    """Return the labelmap with only these lesions; label numbers stay."""
    keep = np.zeros(np.iinfo(np.uint16).max + 1, dtype=np.uint16)
    chosen = [x.label for x in lesions]
    keep[chosen] = chosen
    return keep[segmentation.labels.dense()]
