"""Reading matter: provenance, model cards, shortcuts, the guide, about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QCoreApplication, Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

import app
from app import __version__
from app.core.lesions.analysis import LesionAnalysis
from app.core.models.card import ModelCard
from app.core.study.provenance import SuvScale
from app.core.study.study import Study
from ui.align.keys import alignment_rows
from ui.kit.theme import COLOURS

if TYPE_CHECKING:
    from inference.models.packages import BrokenPackage

Row = tuple[str, object]

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


class GuidePage(QTextBrowser):
    """A page whose pictures are no wider than it is."""

    WIDEST_PX = 820

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Load a picture scaled down, anything else as usual."""
        loaded = super().loadResource(kind, name)
        if kind == QTextDocument.ResourceType.ImageResource.value and loaded is not None:
            image = QImage.fromData(loaded) if isinstance(loaded, QByteArray) else QImage(loaded)
            if image.width() > self.WIDEST_PX:
                smooth = Qt.TransformationMode.SmoothTransformation
                return image.scaledToWidth(self.WIDEST_PX, smooth)
        return loaded


class TextDialog(QDialog):
    """A page of text that can be scrolled, selected and copied."""

    def __init__(
        self,
        title: str,
        html: str,
        parent: QWidget | None = None,
        size: tuple[int, int] = (680, 560),
        page: QTextBrowser | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(*size)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 10)
        self.page = QTextBrowser() if page is None else page
        self.page.setOpenExternalLinks(False)
        self.page.setAccessibleName(title)
        self.page.document().setDocumentMargin(18)
        self.page.document().setDefaultStyleSheet(
            f"h2 {{ color: {COLOURS['text']}; }} h3 {{ color: {COLOURS['text']}; }}"
            f"td {{ padding: 3px 16px 3px 0; }} .k {{ color: {COLOURS['dim']}; }}"
            f".w {{ color: {COLOURS['warn']}; }} a {{ color: {COLOURS['accent_high']}; }}"
        )
        self.page.setHtml(html)
        column.addWidget(self.page)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setText(_tr("Close"))
        buttons.rejected.connect(self.reject)
        buttons.setContentsMargins(12, 0, 12, 0)
        column.addWidget(buttons)


def provenance_html(study: Study, analysis: LesionAnalysis | None) -> str:
    """Every header value behind the SUV, the rule, substitutions, the choice and the model."""
    parts = [f"<h2>{_tr('Where the numbers come from')}</h2>"]
    if study.suv is not None:
        parts.append(_suv_html(study.suv))
    parts.append(f"<h3>{_tr('Chosen images')}</h3><p>{escape(study.choice.why)}</p>")
    said = study.suv.warnings if study.suv is not None else ()
    others = dict.fromkeys((*study.choice.warnings, *study.warnings))
    parts.append(_warnings(x for x in others if x not in said))
    parts.append(
        _table(
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
        parts.append(_table((k, v) for k, v in rows if v not in (None, "")))
        parts.append(_warnings(source.warnings))
    if study.alignments:
        parts.append(f"<h3>{_tr('Alignment')}</h3>{_table(alignment_rows(study))}")
    if study.refused:
        parts.append(f"<h3>{_tr('Files that were not taken')}</h3>")
        parts.append(_table((x.path.name, x.reason) for x in study.refused[:200]))
    return "".join(parts)


def _suv_html(suv: SuvScale) -> str:
    parts = [f"<h3>{escape(suv.type or _tr('No SUV'))}</h3>"]
    if suv.type is None:
        parts.append(f"<p class='w'>{escape(suv.why)}</p>")
    if suv.rule:
        parts.append(f"<p>{escape(suv.rule)}</p>")
    parts.append(_warnings(suv.warnings))
    rows: list[Row] = []
    if suv.factor is not None:
        rows.append((_tr("SUV per unit of the stored value"), f"{suv.factor:.8g}"))
    if suv.frame_factors:
        low, high = min(suv.frame_factors), max(suv.frame_factors)
        rows.append((_tr("Factors per slice"), f"{low:.8g} – {high:.8g}"))
    rows += [(key, _with_unit(key, value)) for key, value in suv.headers.items()]
    rows += [(name, _tr("missing")) for name in suv.missing]
    parts.append(_table(rows))
    return "".join(parts)


def cards_html(cards: Iterable[ModelCard], broken: Iterable[BrokenPackage] = ()) -> str:
    """Every model card, whole; before them what is wrong with packages that cannot be used."""
    parts = []
    for package in broken:
        parts.append(f"<h2>{escape(package.folder.name)}</h2>")
        parts.append(f"<p class='w'>{_tr('This model package cannot be used.')} ")
        parts.append(f"{escape(package.problem)}</p>")
    for card in cards:
        parts.append(f"<h2>{escape(card.name)} {escape(card.version)}</h2>")
        parts.append(f"<p>{escape(card.summary)}</p>")
        parts.append(f"<p class='w'>{escape(card.intended_use)} {escape(card.not_for)}</p>")
        inputs = ", ".join(f"{x.modality} ({x.unit})" for x in card.inputs)
        rows: list[Row] = [
            (_tr("Id"), card.id),
            (_tr("Task"), card.task),
            (_tr("Inputs"), inputs),
            (_tr("Outputs"), ", ".join(card.outputs)),
            (_tr("Voxel size"), f"{card.spacing_mm} mm"),
            (_tr("Tracers"), ", ".join(card.tracers)),
            (_tr("Licence"), card.licence),
            (_tr("SHA-256"), card.weights_sha256),
        ]
        parts.append(_table((k, v) for k, v in rows if v))
        for title, table in (
            (_tr("Measured quality"), card.metrics),
            (_tr("Training"), card.training),
        ):
            if table:
                parts.append(f"<h3>{title}</h3>{_table(_flat(table))}")
        if card.limits:
            items = "".join(f"<li>{escape(x)}</li>" for x in card.limits)
            parts.append(f"<h3>{_tr('Limits')}</h3><ul>{items}</ul>")
    if not parts:
        return f"<h2>{_tr('Models')}</h2><p>{_tr('No model package is installed.')}</p>"
    return "<hr>".join(["".join(parts)])


def about_html() -> str:
    """Say what the program is and is not."""
    return (
        f"<h2>Uptake {escape(__version__)}</h2>"
        f"<p>{_tr('A PET/CT reading desk in which deep learning works beside the reader.')}</p>"
        f"<p class='w'><b>{_tr('Research use only. Not for diagnosis.')}</b></p>"
        f"<p>{_tr('Licence: Apache-2.0. Made with Qt for Python, VTK, PyTorch, pydicom,')} "
        f"highdicom, nibabel, NumPy, SciPy.</p>"
    )


def guide_folder() -> Path:
    """Folder of the user guide of this checkout."""
    return Path(app.__file__).resolve().parent.parent / "docs" / "guide"


def guide_dialog(parent: QWidget | None) -> TextDialog:
    """Return the user guide as a dialog."""
    page = guide_folder() / "index.md"
    dialog = TextDialog(_tr("User guide"), "", parent, (900, 720), GuidePage())
    if page.is_file():
        dialog.page.setSearchPaths([str(page.parent)])
        dialog.page.document().setBaseUrl(QUrl.fromLocalFile(str(page.parent) + "/"))
        dialog.page.setMarkdown(page.read_text(encoding="utf-8"))
    else:
        dialog.page.setPlainText(_tr("The user guide is not part of this installation."))
    return dialog


def _table(rows: Iterable[Row]) -> str:
    cells = (
        f"<tr><td class='k'>{escape(str(k))}</td><td>{escape(_cell(v))}</td></tr>" for k, v in rows
    )
    return f"<table cellspacing='0'>{''.join(cells)}</table>"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_cell(x) for x in value)
    return str(value)


def _with_unit(keyword: str, value: object) -> str:
    return f"{_cell(value)} {_UNITS.get(keyword, '')}".strip()


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[Row]:
    rows: list[Row] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{prefix}{key} ")
        else:
            rows.append((f"{prefix}{key}".replace("_", " "), value))
    return rows


def _warnings(sentences: Iterable[str]) -> str:
    return "".join(f"<p class='w'>{escape(x)}</p>" for x in sentences)
