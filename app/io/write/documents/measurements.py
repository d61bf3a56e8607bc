"""What exports say of measurements: the CSV table and the JSON document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.drawn.measurements import Measurement, Role, kind_of
from app.core.drawn.percist import PercistThreshold
from app.core.drawn.voi import Angle, Isocontour, Ruler, Shape
from app.core.drawn.voi_statistics import (
    MEASUREMENT_DEFINITIONS,
    MeasuredShape,
    Statistics,
)
from app.core.study.study import Study
from app.io.write.documents.plain import plain_document, table_text
from app.io.write.documents.study import (
    csv_provenance,
    provenance_facts,
    sentences,
    study_provenance,
)

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


def measurements_document(
    study: Study,
    rows: list[dict[str, Any]],
    threshold: PercistThreshold | None,
    warnings: Sequence[str],
) -> dict[str, Any]:
    """Return the document of ``measurements.json``: rows, PERCIST threshold, definitions."""
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
            "provenance": provenance_facts(study, study_provenance(study)),
            "definitions": definitions,
            "warnings": sentences(study, study.warnings, warnings),
        }
    )


def measurement_record(item: Measurement, values: MeasuredShape) -> dict[str, Any]:
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


def measurements_csv(rows: list[dict[str, Any]], study: Study) -> str:
    """Return the table: a row per measurement, columns of PET and CT side by side."""
    stated = csv_provenance(study_provenance(study))
    # No model has part in a measurement.
    kept = {k: v for k, v in stated.items() if v not in (None, "")}
    flat = [{**_flat(row), **kept} for row in rows]
    columns = list(dict.fromkeys(key for row in flat for key in row))
    return table_text(columns, flat)


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
