"""Writing the result of a lesion search: tables, documents, outlines and maps.

Everything is written to a temporary folder inside the target first and moved in at the end, so
that a full disk or a cancel leaves an earlier export whole.
"""

from __future__ import annotations

import contextlib
import errno
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from app.core.kit.errors import ExportError
from app.core.kit.jobs import JobContext
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.lesion import LesionStatus
from app.core.study.study import Study
from app.io.write.documents import (
    csv_text,
    lesion_records,
    lesions_document,
    measure_document,
    study_provenance,
    summary_document,
)
from app.io.write.images import SegSkippedError, labels_of, write_nifti, write_seg

__all__ = [
    "FILES",
    "export_analysis",
    "lesion_records",
    "measure_document",
    "study_provenance",
]

#: Every file an export may write; those it does not write this time are taken away.
FILES = (
    "segmentation.nii.gz",
    "segmentation.seg.dcm",
    "physiological.nii.gz",
    "uncertainty.nii.gz",
    "lesions.csv",
    "lesions.json",
    "summary.json",
)


def export_analysis(
    study: Study, analysis: LesionAnalysis, folder: Path, context: JobContext | None = None
) -> tuple[Path, ...]:
    """Write everything ``uptake analyze`` writes, on the PET's native grid.

    ``segmentation`` holds the lesions that count (candidates and accepted), ``physiological``
    those judged physiological; label numbers are those of the table. What could not be made (no
    lesion for a DICOM SEG, no uncertainty) is said in ``summary.json`` under ``warnings``.

    Parameters
    ----------
    study, analysis
        What to write. The outlines are on the grid of ``study.pet``.
    folder
        Made if it is not there. Files of an earlier export in it are replaced, others stay.
    context
        Progress and cancel.

    Returns
    -------
    tuple of Path
        The files written, `summary.json` last.

    Raises
    ------
    ExportError
        If the values are stale, the outlines are of another image, or files cannot be written.
    JobCancelled
        If the context was cancelled; the folder is then as it was.
    """
    context = context or JobContext()
    rows = lesion_records(study, analysis)
    if study.pet is None or not analysis.segmentation.grid.same_grid(study.pet.grid):
        raise ExportError(
            "The outlines do not belong to the PET of the open study.",
            "Find lesions in this study, then export.",
        )
    with written_at_once(folder, FILES) as place:
        notes: list[str] = []
        steps: list[tuple[str, Callable[[Path], None]]] = [
            *_image_steps(study, analysis, notes),
            (
                "lesions.csv",
                lambda p: _write_text(p, csv_text(rows, analysis.provenance)),
            ),
            ("lesions.json", lambda p: _write_json(p, lesions_document(study, analysis))),
        ]
        for n, (name, write) in enumerate(steps):
            context.progress(n / (len(steps) + 1), f"Writing {name}")
            write(place / name)
        names = [x for x in FILES if (place / x).exists()] + ["summary.json"]
        _write_json(place / "summary.json", summary_document(study, analysis, names, notes))
        context.progress(1.0, "Written")
    return tuple(folder / name for name in names)


def _image_steps(
    study: Study, analysis: LesionAnalysis, notes: list[str]
) -> list[tuple[str, Callable[[Path], None]]]:
    """Files with voxels; a step that cannot be done adds a note instead of a file."""
    segmentation, grid = analysis.segmentation, analysis.segmentation.grid
    counted = [x for x in segmentation.lesions if x.counts]
    normal = [x for x in segmentation.lesions if x.status is LesionStatus.PHYSIOLOGICAL]

    def write_labels(path: Path) -> None:
        write_nifti(path, labels_of(segmentation, counted), grid, "Uptake lesions")

    def write_physiological(path: Path) -> None:
        labels = labels_of(segmentation, normal)
        write_nifti(path, labels, grid, "Uptake physiological uptake")

    def write_dicom_seg(path: Path) -> None:
        assert study.pet is not None
        series = study.series_of(study.choice.pet_uid)
        files = series.files if series is not None else ()
        dicom = [x for x in files if not x.name.endswith((".nii", ".nii.gz"))]
        try:
            write_seg(path, segmentation, counted, study.pet, dicom, analysis.provenance)
        except SegSkippedError as reason:
            notes.append(str(reason))

    def write_uncertainty(path: Path) -> None:
        if analysis.uncertainty is None:
            notes.append("No model drew these outlines, so there is no uncertainty map.")
            return
        volume = analysis.uncertainty
        write_nifti(path, volume.array, volume.grid, "Predictive entropy, bits (0 to 1)")

    return [
        ("segmentation.nii.gz", write_labels),
        ("segmentation.seg.dcm", write_dicom_seg),
        ("physiological.nii.gz", write_physiological),
        ("uncertainty.nii.gz", write_uncertainty),
    ]


@contextlib.contextmanager
def written_at_once(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """Give a temporary folder; on success its content replaces that of an earlier export.

    Parameters
    ----------
    folder
        Where the content goes; made if it is not there.
    names
        Files and folders that may be written; those not written this time are taken away.

    Raises
    ------
    ExportError
        If the folder cannot be written to, or the disk is full; it is then as it was.
    """
    new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=".uptake-export-", dir=folder))
    except OSError as error:
        raise _unwritable(folder, error) from error
    done = False
    try:
        yield place
        _move_in(place, folder, names)
        done = True
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(place, ignore_errors=True)
        if new and not done:
            with contextlib.suppress(OSError):  # not empty: someone else's files, leave them
                folder.rmdir()


def _move_in(place: Path, folder: Path, names: Sequence[str]) -> None:
    """Swap the files of an export; put the old ones back if a move fails."""
    kept = place / "before"
    kept.mkdir()
    moved: list[str] = []
    try:
        for name in names:
            if (folder / name).exists():
                (folder / name).replace(kept / name)
            if (place / name).exists():
                (place / name).replace(folder / name)
            moved.append(name)
    except OSError:
        for name in names:
            if name in moved and (folder / name).is_dir():
                shutil.rmtree(folder / name)
            elif name in moved:
                (folder / name).unlink(missing_ok=True)
            if (kept / name).exists():
                (kept / name).replace(folder / name)
        raise


def _unwritable(folder: Path, error: OSError) -> ExportError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ExportError(
            "The disk is full; nothing of this export was kept.",
            "Free some space or choose another folder, then export again.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ExportError(
            f"The folder {folder.name} cannot be written to.",
            "Choose a folder that you may write to.",
        )
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return ExportError(f"{folder.name} is a file, not a folder.", "Choose another folder.")
    return ExportError(
        f"The results could not be written: {error.strerror or 'unknown reason'}.",
        "Choose another folder, then export again.",
    )


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")


def _write_json(path: Path, document: object) -> None:
    _write_text(path, json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
