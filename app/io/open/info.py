"""What a folder holds and what Uptake would read: the document of ``uptake info --json``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.core.space.series_uid import dicom_uid
from app.core.study.study import Choice, RefusedFile, SeriesInfo, Study
from app.io.dicom.scan import Scan
from app.io.nifti.image import is_nifti
from app.io.nifti.pair import NiftiFiles, named_files, open_nifti
from app.io.open.named import NamedPlaces, find, require_one_format
from app.io.open.study import nothing_found
from app.io.series.maps import with_maps
from app.io.series.pairing import choose
from app.io.series.partner import patient_of
from app.io.series.series import Candidate


def describe(
    paths: Sequence[Path],
    context: JobContext | None = None,
    named: NamedPlaces | None = None,
) -> dict[str, Any]:
    """Describe patients, studies and series below some paths, and the choice of PET, CT and MR.

    Parameters
    ----------
    paths
        Folders and files.
    context
        Progress and cancel.
    named
        Files and folders of which a person said what they are; otherwise NIfTI files are told by
        their names.

    Returns
    -------
    dict
        ``patients``, ``studies``, ``series``, ``chosen`` (``pet``, ``ct``, ``mr``, ``why``,
        ``warnings``) and ``refused`` (``file``, ``reason``); ready for JSON. Files without a
        usable PET are described too: ``chosen.pet`` is null and ``why`` says what to do. Where
        nothing can be used ``series`` is empty.

    Raises
    ------
    InputError
        If a path does not exist or holds no file, or a named place holds no DICOM image.
    """
    named = named or NamedPlaces()
    if named.all and all(is_nifti(x) for x in named.all) and not paths:
        study = open_nifti(NiftiFiles(named.pet, named.ct, named.mr), JobContext())
        return _of_nifti(study, Scan((), (), len(named.all)))
    require_one_format(paths, named)
    places = find(paths, named, context, will_read=False)
    found, candidates = places.scan, places.candidates
    if not candidates:
        if not found.files:
            raise nothing_found(found)
        files = named_files(paths, found.nifti)
        if files is not None:
            return _of_nifti(open_nifti(files, JobContext()), found)
    try:
        if not candidates:
            raise nothing_found(found)
        choice = choose(candidates, places.named).choice
    except InputError as error:
        choice = Choice(None, None, str(error))
    return {
        "patients": _patients(candidates),
        "studies": _studies(candidates),
        "series": [series_document(c.info) for c in with_maps(candidates)],
        "chosen": _chosen(choice, choice.warnings),
        "refused": [refused_document(r) for r in found.refused],
        "files": found.files,
    }


def _chosen(choice: Choice, warnings: Sequence[str]) -> dict[str, Any]:
    return {
        "pet": choice.pet_uid,
        "ct": choice.ct_uid,
        "mr": choice.mr_uid,
        "why": choice.why,
        "warnings": list(warnings),
    }


def _of_nifti(study: Study, found: Scan) -> dict[str, Any]:
    """Describe a NIfTI pair: no patient, no study, one series for each file."""
    return {
        "patients": [],
        "studies": [],
        "series": [series_document(s) for s in study.series],
        "chosen": _chosen(study.choice, study.warnings),
        "refused": [refused_document(r) for r in found.refused],
        "files": found.files,
    }


def refused_document(refused: RefusedFile) -> dict[str, Any]:
    """JSON-ready refusal."""
    return {"file": str(refused.path), "reason": refused.reason}


def series_document(info: SeriesInfo) -> dict[str, Any]:
    """JSON-ready description of one series.

    ``suv`` is an object (``type``, ``factor``, ``rule``, ``headers`` …) or null with ``why``.
    """
    suv = info.suv
    document: dict[str, Any] = {
        "uid": info.uid,
        "dicom_uid": dicom_uid(info.uid),
        "study": info.study_uid,
        "modality": info.modality,
        "description": info.description,
        "number": info.number,
        "images": info.images,
        "role": info.role,
        "date": info.date,
        "time": info.time,
        "frame_of_reference": info.frame_of_reference_uid,
        "tracer": info.tracer,
        "suv": None,
        "warnings": list(info.warnings),
    }
    if info.phases is not None:
        document["phases"] = {"kind": info.phases.kind, "labels": list(info.phases.labels)}
    if suv is None:
        document["why"] = "not a PET"
    elif suv.type is None:
        document["why"] = suv.why
        document["missing"] = list(suv.missing)
        document["headers"] = dict(suv.headers)
    else:
        document["suv"] = suv.to_json()
    return document


def _patients(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for c in candidates:
        patient = patient_of(c)
        entry = found.setdefault(
            patient.id,
            {
                "id": patient.id,
                "name": patient.name,
                "sex": patient.sex,
                "weight_kg": None,
                "height_m": None,
                "studies": [],
            },
        )
        entry["weight_kg"] = entry["weight_kg"] or patient.weight_kg
        entry["height_m"] = entry["height_m"] or patient.height_m
        if c.info.study_uid not in entry["studies"]:
            entry["studies"].append(c.info.study_uid)
    return list(found.values())


def _studies(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for c in candidates:
        entry = found.setdefault(
            c.info.study_uid,
            {
                "uid": c.info.study_uid,
                "patient": c.info.headers.get("PatientID", ""),
                "date": c.info.headers.get("StudyDate", ""),
                "description": c.info.headers.get("StudyDescription", ""),
                "series": 0,
                "images": 0,
            },
        )
        entry["series"] += 1
        entry["images"] += c.info.images
    return list(found.values())
