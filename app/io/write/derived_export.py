"""Writing a derived image: NIfTI, DICOM and what it was made from.

Everything is written beside the target first and moved in at the end, as for an analysis.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.core.kit.jobs import JobContext
from app.core.space.volume import Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.study import Study
from app.io.write.derived_dicom import (
    LABELS,
    DerivedSeries,
    DicomSkippedError,
    read_sources,
    write_series,
)
from app.io.write.derived_map import write_map
from app.io.write.documents import plain, plain_document, software_versions, study_facts
from app.io.write.export import written_at_once
from app.io.write.images import write_nifti
from app.io.write.synthetic_report import SyntheticReport, synthetic_report

#: Start of the file names, by kind.
STEMS = {
    DerivedKind.DENOISED: "denoised_pet",
    DerivedKind.SUPER_RESOLVED: "super_resolved_pet",
    DerivedKind.SYNTHETIC_CT: "synthetic_ct",
    DerivedKind.MU_MAP: "mu_map",
    DerivedKind.RECOVERED: "recovered_pet",
}
ERROR_STEM = "synthetic_ct_error"
#: Which original a kind refers to, the first that there is.
_SOURCE_ROLES = {
    DerivedKind.SYNTHETIC_CT: ("MR", "CT", "PET"),
    DerivedKind.MU_MAP: ("CT", "MR", "PET"),
}


def export_derived(
    study: Study, image: DerivedImage, folder: Path, context: JobContext | None = None
) -> tuple[Path, ...]:
    """Write a derived image with its standard deviation.

    ``<kind>.nii.gz`` and ``<kind>_dicom/`` hold the image, ``<kind>_deviation…`` its standard
    deviation where there is one, ``summary.json`` its provenance. With a synthetic CT comes its
    attenuation map (``mu_map…``) and, where the study has a CT, the map of errors and a comparison
    by tissue and of attenuation factors in the summary. What could not be made (no
    DICOM source) is said there under ``warnings``.

    Parameters
    ----------
    study
        The study that the image was made from.
    image
        What to write, on its own grid and in its own unit.
    folder
        Made if it is not there. Files of an earlier export of this kind are replaced.
    context
        Progress and cancel.

    Returns
    -------
    tuple of Path
        The files written, ``summary.json`` last.

    Raises
    ------
    ExportError
        If the files cannot be written.
    GridError
        If the image's axes are not orthogonal.
    JobCancelled
        If the context was cancelled; the folder is then as it was.
    """
    context = context or JobContext()
    report = None
    if image.kind is DerivedKind.SYNTHETIC_CT:
        report = synthetic_report(study, image, context.part(0.0, 0.4))
    parts = _parts(image, report)
    notes: list[str] = []
    writing = context if report is None else context.part(0.4, 1.0)
    with written_at_once(folder, _names(image.kind)) as place:
        for n, (name, made, volume) in enumerate(parts):
            step = writing.part(n / len(parts), (n + 1) / len(parts))
            step.progress(0.0, f"Writing {name}.nii.gz")
            text = f"DERIVED {LABELS[made.kind]}, {volume.quantity}, research use only"
            write_nifti(place / f"{name}.nii.gz", volume.array, volume.grid, text)
            _write_dicom(study, made, place / f"{name}_dicom", volume, notes, step)
        if report is not None and report.error is not None:
            error = report.error.volume
            text = "Synthetic minus real CT, HU, research use only"
            write_nifti(place / f"{ERROR_STEM}.nii.gz", error.array, error.grid, text)
        names = sorted(str(p.relative_to(place)) for p in place.rglob("*") if p.is_file())
        document = derived_document(study, image, names, notes)
        if report is not None:
            document["comparison"] = plain(report.to_json())
        text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
        (place / "summary.json").write_text(text + "\n", encoding="utf-8")
        context.progress(1.0, "Written")
    return tuple(folder / name for name in (*names, "summary.json"))


def _parts(
    image: DerivedImage, report: SyntheticReport | None
) -> list[tuple[str, DerivedImage, Volume]]:
    """Names of what is written, the derived image each belongs to, and its voxels."""
    stem = STEMS[image.kind]
    parts = [(stem, image, image.volume)]
    if image.deviation is not None:
        parts.append((f"{stem}_deviation", image, image.deviation))
    if report is not None:
        parts.append((STEMS[DerivedKind.MU_MAP], report.mu, report.mu.volume))
    return parts


def _names(kind: DerivedKind) -> tuple[str, ...]:
    """Everything that an export of this kind may write."""
    stems = [STEMS[kind], f"{STEMS[kind]}_deviation"]
    if kind is DerivedKind.SYNTHETIC_CT:
        stems += [STEMS[DerivedKind.MU_MAP], ERROR_STEM]
    return (*(f"{n}{end}" for n in stems for end in (".nii.gz", "_dicom")), "summary.json")


def _write_dicom(
    study: Study,
    image: DerivedImage,
    folder: Path,
    volume: Volume,
    notes: list[str],
    context: JobContext,
) -> None:
    series = study.series_of(source_uid(image))
    try:
        sources = read_sources(() if series is None else series.files)
        made = DerivedSeries(image, volume, volume is image.deviation, sources)
        if image.kind is DerivedKind.MU_MAP:
            write_map(made, folder)
        else:
            write_series(made, folder, context)
    except DicomSkippedError as reason:
        notes.append(str(reason))
        if folder.exists():
            folder.rmdir()


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
                "source_series_uids": image.source_uids,
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
