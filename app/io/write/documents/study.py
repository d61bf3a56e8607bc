"""What every document says of the study, without patient: software, series, SUV rule, grids."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Any

from app import __version__
from app.core.space.series_uid import dicom_uid
from app.core.study.provenance import Provenance
from app.core.study.study import Study

_PACKAGES = ("numpy", "scipy", "pydicom", "nibabel", "highdicom")


def software_versions() -> dict[str, str]:
    """Return the versions of the program, Python and the packages that numbers depend on."""
    found = {"uptake": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def study_provenance(study: Study) -> Provenance:
    """Return the provenance of numbers that no model drew: software, series, SUV rule."""
    uids = {"PET": study.choice.pet_uid, "CT": study.choice.ct_uid}
    if study.pet is not None and not uids["PET"]:
        uids["PET"] = study.pet.series_uid
    return Provenance(
        software=software_versions(),
        series_uids={role: uid for role, uid in uids.items() if uid},
        suv=study.suv,
        warnings=study.warnings,
        alignments=study.alignments,
    )


def csv_provenance(provenance: Provenance) -> dict[str, Any]:
    """Return the columns that repeat the provenance in every row of a table."""
    suv = provenance.suv
    return {
        "uptake_version": provenance.software.get("uptake", ""),
        "pet_series_uid": dicom_uid(provenance.series_uids.get("PET", "")),
        "ct_series_uid": dicom_uid(provenance.series_uids.get("CT", "")),
        "suv_type": "" if suv is None else suv.type,
        "suv_factor": "" if suv is None else suv.factor,
        "suv_rule": "" if suv is None else suv.rule,
        "model_id": provenance.model_id,
        "model_version": provenance.model_version,
        "weights_sha256": " ".join(f"{k}={v}" for k, v in provenance.weights_sha256.items()),
        "threshold": provenance.threshold,
        "samples": provenance.samples,
        "measured_on": provenance.measured_on,
        "recovery_fwhm_mm": provenance.recovery_fwhm_mm,
        "alignment": " ".join(x.sentence() for x in provenance.alignments),
    }


def study_facts(study: Study) -> dict[str, Any]:
    """Return how the study was read, without patient: choice, alignment, tracer, grids."""
    pet = study.series_of(study.choice.pet_uid)
    facts: dict[str, Any] = {
        "chosen": study.choice.why,
        "aligned": study.aligned,
        "alignments": [x.to_json() for x in study.alignments],
        "tracer": "" if pet is None else pet.tracer,
        "refused_files": len(study.refused),
    }
    for role, volume in study.images.items():
        facts[role.lower()] = {
            "series_uid": dicom_uid(volume.series_uid),
            "quantity": str(volume.quantity),
            "shape_kji": volume.grid.shape_kji,
            "spacing_kji_mm": volume.grid.spacing_kji_mm,
        }
    return facts
