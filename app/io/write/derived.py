"""A derived image as files: NIfTI, DICOM and what it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.kit.jobs import JobContext
from app.core.space.series_uid import dicom_uid
from app.core.space.volume import Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.study import Study
from app.io.write.dicom.image_series import LABELS, DerivedSeries, write_series
from app.io.write.dicom.parametric_map import write_map
from app.io.write.documents.plain import plain, plain_document
from app.io.write.documents.study import software_versions, study_facts
from app.io.write.exporter import Writing
from app.io.write.names import ERROR_STEM, STEMS, derived_files
from app.io.write.synthetic_report import SyntheticReport, synthetic_report

#: Which original a kind refers to, the first that there is.
_SOURCE_ROLES = {
    DerivedKind.SYNTHETIC_CT: ("MR", "CT", "PET"),
    DerivedKind.MU_MAP: ("CT", "MR", "PET"),
}
#: Share of the progress that the comparison of a synthetic CT takes.
_COMPARING = 0.4


@dataclass(frozen=True, eq=False)
class DerivedFiles:
    """A derived image with its standard deviation, on its own grid and in its own unit.

    ``<kind>.nii.gz`` and ``<kind>_dicom/`` hold the image, ``<kind>_deviation…`` its standard
    deviation where there is one, ``summary.json`` its provenance. With a synthetic CT comes its
    attenuation map (``mu_map…``) and, where the study has a CT, the map of errors and a comparison
    by tissue and of attenuation factors in the summary. What could not be made (no DICOM source)
    is said there under ``warnings``.
    """

    image: DerivedImage

    @property
    def names(self) -> Sequence[str]:
        """See `app.io.write.exporter.Part`."""
        return derived_files(self.image.kind)

    def write(self, out: Writing) -> None:
        """Write images and summary.

        Raises
        ------
        GridError
            If the image's axes are not orthogonal.
        """
        study, image, report = out.study, self.image, None
        if image.kind is DerivedKind.SYNTHETIC_CT:
            report = synthetic_report(study, image, out.beforehand(_COMPARING))
        for name, made, volume in _volumes(image, report):
            text = f"DERIVED {LABELS[made.kind]}, {volume.quantity}, research use only"
            out.nifti(f"{name}.nii.gz", volume.array, volume.grid, text)
            _write_dicom(out, f"{name}_dicom", made, volume)
        if report is not None and report.error is not None:
            error = report.error.volume
            text = "Synthetic minus real CT, HU, research use only"
            out.nifti(f"{ERROR_STEM}.nii.gz", error.array, error.grid, text)
        document = derived_document(study, image, sorted(out.files), out.notes)
        if report is not None:
            document["comparison"] = plain(report.to_json())
        out.json("summary.json", document)


def _volumes(
    image: DerivedImage, report: SyntheticReport | None
) -> list[tuple[str, DerivedImage, Volume]]:
    """Names of what is written, the derived image each belongs to, and its voxels."""
    stem = STEMS[image.kind]
    found = [(stem, image, image.volume)]
    if image.deviation is not None:
        found.append((f"{stem}_deviation", image, image.deviation))
    if report is not None:
        found.append((STEMS[DerivedKind.MU_MAP], report.mu, report.mu.volume))
    return found


def _write_dicom(out: Writing, name: str, image: DerivedImage, volume: Volume) -> None:
    def write(folder: Path, step: JobContext) -> None:
        sources = out.sources.of(source_uid(image))
        made = DerivedSeries(image, volume, volume is image.deviation, sources)
        if image.kind is DerivedKind.MU_MAP:
            write_map(made, folder)
        else:
            write_series(made, folder, step)

    out.file(name, write, lost="no DICOM was written; the NIfTI holds the image")


def source_uid(image: DerivedImage) -> str | None:
    """Return the series that an image refers to as its source: the one whose place it takes."""
    for role in _SOURCE_ROLES.get(image.kind, ("PET", "CT", "MR")):
        for key, uid in image.source_uids.items():
            if key.upper() == role:
                return uid
    return next(iter(image.source_uids.values()), None)


def derived_document(
    study: Study, image: DerivedImage, files: list[str], notes: list[str]
) -> dict[str, Any]:
    """Return the document of ``summary.json``: what it is, from what, by what."""
    grid = image.volume.grid
    return plain_document(
        {
            "derived": {
                "kind": str(image.kind),
                "title": image.title,
                "quantity": str(image.volume.quantity),
                "shape_kji": grid.shape_kji,
                "spacing_kji_mm": grid.spacing_kji_mm,
                "has_deviation": image.deviation is not None,
                "source_series_uids": {k: dicom_uid(x) for k, x in image.source_uids.items()},
                "least": float(image.volume.array.min()),
                "greatest": float(image.volume.array.max()),
            },
            "files": [*files, "summary.json"],
            "warnings": list(dict.fromkeys([*study.warnings, *image.provenance.warnings, *notes])),
            "study": study_facts(study),
            "provenance": image.provenance.to_json(),
            "software": software_versions(),
            "note": "A derived image, for research use only; never a measurement by itself.",
        }
    )
