"""What exports say of lesions, in words and numbers: JSON documents and the CSV table.

Numbers are written in the C locale. A value that is not defined (NaN) is ``null`` in JSON and an
empty cell in CSV. No document holds a patient's name, id or a folder.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.core.kit.errors import ExportError
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.biomarkers import (
    DEFINITIONS,
    MEASURED,
    Biomarkers,
    Totals,
    Value,
    interval90,
    totals,
)
from app.core.lesions.lesion import SCORE_DEFINITIONS, Lesion, LesionStatus
from app.core.lesions.measure import unmeasured_notes
from app.core.lesions.segmentation import Segmentation
from app.core.study.placement import seen_otherwise
from app.core.study.provenance import ORIGINAL, Provenance
from app.core.study.study import Study
from app.io.write.documents.plain import plain_document, table_text
from app.io.write.documents.study import (
    csv_provenance,
    provenance_facts,
    sentences,
    study_facts,
    study_provenance,
)

#: Values that the documents give a ``_interval``.
INTERVALS = ("mtv_ml", "suv_mean", "tlg", "suv_max")
#: What a row of JSON holds and a row of CSV does not: lists of no fixed length.
JSON_ONLY = ("score_samples",)
#: A score is no surer than that: decimals of its samples.
SCORE_DECIMALS = 4


def definitions() -> dict[str, dict[str, str]]:
    """Return label, unit and definition of every value, by key."""
    return {
        key: {"label": label, "unit": unit, "definition": text}
        for key, (label, unit, text) in {**DEFINITIONS, **SCORE_DEFINITIONS}.items()
    }


def require_current(segmentation: Segmentation, biomarkers: Mapping[str, Biomarkers]) -> None:
    """Refuse numbers of an older revision of the outlines, and outlines without numbers.

    Raises
    ------
    ExportError
        If a value was measured on another revision, or a lesion with voxels was not measured.
    """
    table = {x.id for x in segmentation.lesions}
    if any(b.revision != segmentation.revision for key, b in biomarkers.items() if key in table):
        raise ExportError(
            "The outlines changed after their values were measured.",
            "Wait until the values are measured again, then export.",
        )
    unknown = {x.label for x in segmentation.lesions if x.id not in biomarkers}
    if unknown and unknown & segmentation.labels.present():
        raise ExportError(
            "Some outlines have not been measured.",
            "Wait until the values are measured, then export.",
        )


def records(
    segmentation: Segmentation, biomarkers: Mapping[str, Biomarkers]
) -> list[dict[str, Any]]:
    """Return one JSON-ready row per measured lesion, in the table's order."""
    return [
        _record(lesion, biomarkers[lesion.id])
        for lesion in segmentation.lesions
        if lesion.id in biomarkers
    ]


def lesion_records(analysis: LesionAnalysis) -> list[dict[str, Any]]:
    """Return the rows of ``lesions.json``: identity, values, intervals, places, status.

    Raises
    ------
    ExportError
        If the values are of an older revision of the outlines.
    """
    require_current(analysis.segmentation, analysis.biomarkers)
    return records(analysis.segmentation, analysis.biomarkers)


def measure_document(
    study: Study,
    segmentation: Segmentation,
    biomarkers: Mapping[str, Biomarkers],
    provenance: Provenance | None = None,
    *,
    mask: Path | None = None,
    more: Sequence[Segmentation] = (),
    summed: Totals | None = None,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the document of ``uptake measure --json``.

    Parameters
    ----------
    study, segmentation, biomarkers
        What was measured; every lesion of the table without a voxel is named in ``warnings``.
    provenance
        Of the numbers; made from the study where it is ``None``.
    mask
        The file the outlines came from: its name and SHA-256 are stated.
    more
        Further layers, where outlines overlap; lesions are listed by label whatever their layer.
    summed
        Totals of overlapping outlines; the sum of the lesions where it is ``None``.
    notes
        What was said about reading the outlines: stated first in ``warnings``.

    Raises
    ------
    ExportError
        If the values are of an older revision of the outlines.
    """
    layers = (segmentation, *more)
    for layer in layers:
        require_current(layer, biomarkers)
    stated = study_provenance(study) if provenance is None else provenance
    missing = [*notes, *measured_elsewhere(stated), *_unmeasured(study, layers)]
    for layer in layers:
        missing += [*left_out(layer, biomarkers), *undefined(layer, biomarkers)]
    rows = [row for layer in layers for row in records(layer, biomarkers)]
    if more:
        rows.sort(key=lambda row: int(row["label"]))
    if summed is None:
        summed = totals([x for layer in layers for x in layer.lesions], biomarkers)
    document: dict[str, Any] = {
        "lesions": rows,
        "totals": summed.to_json(),
        "provenance": provenance_facts(study, stated),
        "definitions": definitions(),
        "alignments": [x.to_json() for x in study.alignments],
        "warnings": [*dict.fromkeys([*_moved_since(study, stated), *missing])],
    }
    if mask is not None:
        with mask.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        document["mask"] = {"file": mask.name, "sha256": sha256}
    return plain_document(document)


def lesions_document(study: Study, analysis: LesionAnalysis) -> dict[str, Any]:
    """Return the document of ``lesions.json``."""
    return measure_document(study, analysis.segmentation, analysis.biomarkers, analysis.provenance)


def summary_document(
    study: Study, analysis: LesionAnalysis, files: Sequence[str], notes: Sequence[str]
) -> dict[str, Any]:
    """Return the document of ``summary.json``: totals, counts, files, and what to know."""
    lesions = [x for x in analysis.segmentation.lesions if x.id in analysis.biomarkers]
    counts = Counter(str(x.status) for x in lesions)
    missing = measured_elsewhere(analysis.provenance)
    missing += _unmeasured(study, [analysis.segmentation])
    missing += left_out(analysis.segmentation, analysis.biomarkers)
    missing += undefined(analysis.segmentation, analysis.biomarkers)
    moved, said = _moved_since(study, analysis.provenance), analysis.provenance.warnings
    return plain_document(
        {
            "totals": analysis.totals().to_json(),
            "counts": {str(status): counts[str(status)] for status in LesionStatus},
            "files": list(files),
            "warnings": sentences(study, study.warnings, said, moved, missing, notes),
            "study": study_facts(study),
            "provenance": provenance_facts(study, analysis.provenance),
            "definitions": definitions(),
        }
    )


def _unmeasured(study: Study, layers: Sequence[Segmentation]) -> list[str]:
    return [] if study.pet is None else unmeasured_notes(study.pet, layers)


def measured_elsewhere(provenance: Provenance) -> list[str]:
    """Return a sentence where the values are not those of the original PET."""
    if provenance.measured_on == ORIGINAL:
        return []
    by = f" ({provenance.measured_by})" if provenance.measured_by else ""
    return [
        f"DERIVED: SUV and what follows from it were measured on “{provenance.measured_on}”{by}, "
        "not on the original PET."
    ]


def left_out(segmentation: Segmentation, biomarkers: Mapping[str, Biomarkers]) -> list[str]:
    """Return a sentence per lesion of the table that has no values; by label, not by name."""
    return [
        f"Lesion L{x.label} holds no voxel of the PET and has no values."
        for x in segmentation.lesions
        if x.id not in biomarkers
    ]


def undefined(segmentation: Segmentation, biomarkers: Mapping[str, Biomarkers]) -> list[str]:
    """Return a sentence per lesion whose recovered values are not defined, with the reason."""
    found: dict[str, None] = {}
    for lesion in segmentation.lesions:
        values = biomarkers[lesion.id].values if lesion.id in biomarkers else {}
        for reason in (x.reason for x in values.values() if x.reason):
            found[f"L{lesion.label} has no recovered uptake. {reason}"] = None
    return list(found)


def csv_text(rows: Sequence[Mapping[str, Any]], provenance: Provenance) -> str:
    """Return the table as CSV: a header, then a row per lesion.

    Intervals are columns ``_low`` and ``_high``, points ``_l_mm``, ``_p_mm``, ``_s_mm`` (LPS);
    samples are left to ``lesions.json``; the provenance is repeated in the last columns so that
    a copied row keeps it.
    """
    stated = csv_provenance(provenance)
    flat = [{**_flat(row), **stated} for row in rows]
    # Recovered values are columns only where they were asked for.
    template = flat or [_flat(_record(Lesion("", 1, ""), _EMPTY)) | stated]
    columns = list(dict.fromkeys(key for row in template for key in row))
    return table_text(columns, flat)


def _record(lesion: Lesion, biomarkers: Biomarkers) -> dict[str, Any]:
    values = {key: value.value for key, value in biomarkers.values.items()}
    intervals = {
        f"{key}_interval": list(interval) if (interval := biomarkers.interval(key)) else None
        for key in INTERVALS
    }
    row: dict[str, Any] = {
        "id": lesion.id,
        "label": lesion.label,
        "name": lesion.name,
        "status": str(lesion.status),
        "lesion_score": lesion.lesion_score,
        "lesion_score_interval": interval90(lesion.score_samples),
        "score_samples": [round(x, SCORE_DECIMALS) for x in lesion.score_samples] or None,
        "uncertainty": lesion.uncertainty,
        "novelty": lesion.novelty,
        "outside_training": lesion.outside_training,
        **values,
        **intervals,
        "voxels": biomarkers.voxels,
        "centroid_lps_mm": list(biomarkers.centroid_lps_mm),
        "hottest_lps_mm": list(biomarkers.hottest_lps_mm),
        "source": lesion.source,
        "revision": biomarkers.revision,
    }
    return plain_document(row)


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if key in JSON_ONLY:
            continue
        if key.endswith("_interval"):
            low, high = (None, None) if value is None else value
            name = key.removesuffix("_interval")
            flat |= {f"{name}_low": low, f"{name}_high": high}
        elif key.endswith("_lps_mm"):
            name = key.removesuffix("_lps_mm")
            axes = ("l", "p", "s")
            flat |= {f"{name}_{axis}_mm": x for axis, x in zip(axes, value, strict=True)}
        else:
            flat[key] = value
    return flat


def _moved_since(study: Study, provenance: Provenance) -> list[str]:
    """Say which images that a network saw lay elsewhere then."""
    if provenance.model_id is None or "CT" not in provenance.series_uids:
        return []
    return seen_otherwise(study, provenance.alignments, ("CT",))


def _empty() -> Biomarkers:
    nan = float("nan")
    values = {key: Value(nan, DEFINITIONS[key][1], key) for key in MEASURED}
    return Biomarkers("", 0, values, (nan, nan, nan), (nan, nan, nan), 0)


_EMPTY = _empty()
