"""Writing measurements: a table, a document with definitions, and a DICOM SR (TID 1500).

The values are measured anew from the shapes on the native voxels of the study's images, so that a
file never holds what a screen has kept too long.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from app.core.drawn.measurements import Measurement, Measurements, Role, kind_of
from app.core.drawn.percist import FACTORS, PercistThreshold, percist_threshold
from app.core.drawn.voi import Angle, Isocontour, Ruler, Shape
from app.core.drawn.voi_statistics import (
    MEASUREMENT_DEFINITIONS,
    MeasuredShape,
    Statistics,
    measure_shape,
)
from app.core.study.study import Study
from app.io.write.documents import csv_cell, csv_provenance, plain_document, study_provenance
from app.io.write.export import written_at_once
from app.io.write.measurement_report import ReportSkippedError, write_report

MEASUREMENT_FILES = ("measurements.csv", "measurements.json", "measurements.sr.dcm")

_STATISTICS = (
    "voxels",
    "voxel_volume_ml",
    "minimum",
    "maximum",
    "mean",
    "sd",
    "median",
    "peak",
    "unit",
)


def export_measurements(study: Study, measurements: Measurements, folder: Path) -> tuple[Path, ...]:
    """Write ``measurements.csv``, ``.json`` and ``.sr.dcm`` into a folder.

    The DICOM SR is left out where the images did not come from DICOM; the JSON says so under
    ``warnings``.

    Raises
    ------
    ExportError
        If the folder cannot be written to; it is then as it was.
    """
    measured = [(x, measure_shape(study, x.shape, str(x.space))) for x in measurements.items]
    threshold = _percist(study, measured)
    rows = [_record(item, values) for item, values in measured]
    warnings: list[str] = []
    with written_at_once(folder, MEASUREMENT_FILES) as place:
        text = _csv_text(rows, study)
        (place / "measurements.csv").write_text(text, encoding="utf-8", newline="")
        try:
            write_report(place / "measurements.sr.dcm", study, measured, threshold)
        except ReportSkippedError as reason:
            warnings.append(str(reason))
        document = _document(study, rows, threshold, warnings)
        (place / "measurements.json").write_text(
            json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n",
            encoding="utf-8",
            newline="",
        )
        written = [x for x in MEASUREMENT_FILES if (place / x).exists()]
    return tuple(folder / name for name in written)


def with_measurements(
    files: tuple[Path, ...], study: Study, measurements: Measurements, folder: Path
) -> tuple[Path, ...]:
    """Write the measurements beside the files of another export, if there are any."""
    if not measurements.items:
        return files
    return (*files, *export_measurements(study, measurements, folder))


def _percist(
    study: Study, measured: list[tuple[Measurement, MeasuredShape]]
) -> PercistThreshold | None:
    for role in FACTORS:
        for item, values in measured:
            if item.role is role and values.pet is not None:
                found = percist_threshold(study, role, values.pet)
                if found is not None:
                    return found
    return None


def _document(
    study: Study,
    rows: list[dict[str, Any]],
    threshold: PercistThreshold | None,
    warnings: list[str],
) -> dict[str, Any]:
    percist = None
    if threshold is not None:
        percist = {
            "reference": str(threshold.role),
            "formula": threshold.formula,
            "mean": threshold.mean,
            "sd": threshold.sd,
            "threshold": threshold.value,
            "unit": threshold.unit,
            "threshold_sul": threshold.sul,
            "sul_rule": threshold.scale.rule,
            "sul_missing": threshold.scale.why,
        }
    definitions = {
        key: {"unit": unit, "definition": words}
        for key, (unit, words) in MEASUREMENT_DEFINITIONS.items()
    }
    return plain_document(
        {
            "measurements": rows,
            "percist": percist,
            "provenance": study_provenance(study).to_json(),
            "definitions": definitions,
            "warnings": [*study.warnings, *warnings],
        }
    )


def _record(item: Measurement, values: MeasuredShape) -> dict[str, Any]:
    """Return one JSON-ready row; what is not defined is ``None``."""
    shape = item.shape
    row: dict[str, Any] = {
        "id": item.id,
        "name": item.name,
        "kind": kind_of(shape).lower(),
        "reference": str(item.role) if item.role is not Role.NONE else None,
        "drawn_on": str(item.space),
        **_geometry(shape),
        "volume_ml": values.volume_ml,
        "tlg": values.tlg,
        "threshold": values.threshold,
        **_region_facts(values),
        "pet": _statistics(values.pet),
        "ct": _statistics(values.under),
    }
    return plain_document(row)


def _geometry(shape: Shape) -> dict[str, Any]:
    points: list[list[float]] = []
    facts: dict[str, Any] = {"length_mm": None, "angle_degrees": None}
    facts |= {"size_lps_mm": None, "threshold_rule": None, "threshold_rule_value": None}
    if isinstance(shape, Ruler):
        points = [list(shape.start_lps_mm), list(shape.end_lps_mm)]
        facts["length_mm"] = shape.length_mm
    elif isinstance(shape, Angle):
        points = [list(x) for x in (shape.first_lps_mm, shape.apex_lps_mm, shape.second_lps_mm)]
        facts["angle_degrees"] = shape.degrees
    else:
        points = [list(shape.centre_lps_mm)]
        facts["size_lps_mm"] = [2.0 * x for x in shape.half_lps_mm]
    if isinstance(shape, Isocontour):
        facts["threshold_rule"] = str(shape.rule.kind)
        facts["threshold_rule_value"] = shape.rule.value
    return {"points_lps_mm": points, **facts}


def _region_facts(values: MeasuredShape) -> dict[str, Any]:
    region = values.region
    return {
        "background": None if region is None else region.background,
        "cut_off": None if region is None else region.cut_off,
        "hotter_outside": None if region is None else region.hotter_outside,
    }


def _statistics(found: Statistics | None) -> dict[str, Any] | None:
    return None if found is None else {key: getattr(found, key) for key in _STATISTICS}


def _csv_text(rows: list[dict[str, Any]], study: Study) -> str:
    """Return the table: a row per measurement, columns of PET and CT side by side."""
    stated = csv_provenance(study_provenance(study))
    # No model has part in a measurement.
    kept = {k: v for k, v in stated.items() if v not in (None, "")}
    flat = [{**_flat(row), **kept} for row in rows]
    columns = list(dict.fromkeys(key for row in flat for key in row))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    for row in flat:
        writer.writerow({key: csv_cell(row.get(key)) for key in columns})
    return out.getvalue()


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if key in ("pet", "ct"):
            found = value or {}
            flat |= {f"{key}_{name}": found.get(name) for name in _STATISTICS}
        elif key == "points_lps_mm":
            flat[key] = "; ".join(" ".join(f"{x:.3f}" for x in point) for point in value)
        elif key == "size_lps_mm":
            size = value or (None, None, None)
            flat |= {f"size_{a}_mm": x for a, x in zip("lps", size, strict=True)}
        else:
            flat[key] = value
    return flat
