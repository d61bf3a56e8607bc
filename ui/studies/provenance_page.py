"""Where the numbers come from: every header value, rule, choice and model, as a page."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.core.lesions.analysis import LesionAnalysis
from app.core.study.provenance import SuvScale
from app.core.study.study import Study
from ui.align.keys import alignment_rows
from ui.kit.pages import Row, cell_text, escaped, table_html, warnings_html

#: Units of header values, by DICOM keyword (PS3.6).
_UNITS = {
    "PatientWeight": "kg",
    "PatientSize": "m",
    "RadionuclideTotalDose": "Bq",
    "RadionuclideHalfLife": "s",
    "DecayTimeSeconds": "s",
}


def _tr(words: str) -> str:
    return QCoreApplication.translate("dialogs", words)


def provenance_html(study: Study, analysis: LesionAnalysis | None) -> str:
    """Every header value behind the SUV, the rule, substitutions, the choice and the model."""
    parts = [f"<h2>{_tr('Where the numbers come from')}</h2>"]
    if study.suv is not None:
        parts.append(_suv_html(study.suv))
    parts.append(f"<h3>{_tr('Chosen images')}</h3><p>{escaped(study.choice.why)}</p>")
    said = study.suv.warnings if study.suv is not None else ()
    others = dict.fromkeys((*study.choice.warnings, *study.warnings))
    parts.append(warnings_html(x for x in others if x not in said))
    parts.append(
        table_html(
            (s.role or s.modality, f"{s.description} · {s.images} · {s.uid}") for s in study.series
        )
    )
    if analysis is not None:
        source = analysis.provenance
        parts.append(f"<h3>{_tr('Model')}</h3>")
        rows: list[Row] = [
            (_tr("Model"), f"{source.model_id or '–'} {source.model_version or ''}"),
            (_tr("Probability threshold"), source.threshold),
            (_tr("Monte Carlo samples"), source.samples),
            (_tr("Device"), source.device),
            (_tr("Seed"), source.seed),
            (_tr("Values were measured on"), source.measured_on),
            (_tr("which was made by"), source.measured_by),
            (_tr("Blur for recovered values, mm"), source.recovery_fwhm_mm),
        ]
        rows += [(_tr("{0} was computed by").format(k), x) for k, x in source.runners.items()]
        rows += [(f"SHA-256 {name}", sha) for name, sha in source.weights_sha256.items()]
        rows += list(source.software.items())
        parts.append(table_html((k, v) for k, v in rows if v not in (None, "")))
        parts.append(warnings_html(source.warnings))
    if study.alignments:
        parts.append(f"<h3>{_tr('Alignment')}</h3>{table_html(alignment_rows(study))}")
    if study.refused:
        parts.append(f"<h3>{_tr('Files that were not taken')}</h3>")
        parts.append(table_html((x.path.name, x.reason) for x in study.refused[:200]))
    return "".join(parts)


def _suv_html(suv: SuvScale) -> str:
    parts = [f"<h3>{escaped(suv.type or _tr('No SUV'))}</h3>"]
    if suv.type is None:
        parts.append(f"<p class='w'>{escaped(suv.why)}</p>")
    if suv.rule:
        parts.append(f"<p>{escaped(suv.rule)}</p>")
    parts.append(warnings_html(suv.warnings))
    rows: list[Row] = []
    if suv.factor is not None:
        rows.append((_tr("SUV per unit of the stored value"), f"{suv.factor:.8g}"))
    if suv.frame_factors:
        low, high = min(suv.frame_factors), max(suv.frame_factors)
        rows.append((_tr("Factors per slice"), f"{low:.8g} – {high:.8g}"))
    rows += [(key, _with_unit(key, value)) for key, value in suv.headers.items()]
    rows += [(name, _tr("missing")) for name in suv.missing]
    parts.append(table_html(rows))
    return "".join(parts)


def _with_unit(keyword: str, value: object) -> str:
    return f"{cell_text(value)} {_UNITS.get(keyword, '')}".strip()
