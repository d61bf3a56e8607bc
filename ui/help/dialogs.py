"""Reading matter: model cards, the guide, about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QCoreApplication, Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QWidget

import app
from app import __version__
from app.core.models.card import ModelCard
from ui.kit.pages import Row, TextDialog, escaped, table_html

if TYPE_CHECKING:
    from inference.models.packages import BrokenPackage


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


def cards_html(cards: Iterable[ModelCard], broken: Iterable[BrokenPackage] = ()) -> str:
    """Every model card, whole; before them what is wrong with packages that cannot be used."""
    parts = []
    for package in broken:
        parts.append(f"<h2>{escaped(package.folder.name)}</h2>")
        parts.append(f"<p class='w'>{_tr('This model package cannot be used.')} ")
        parts.append(f"{escaped(package.problem)}</p>")
    for card in cards:
        parts.append(f"<h2>{escaped(card.name)} {escaped(card.version)}</h2>")
        parts.append(f"<p>{escaped(card.summary)}</p>")
        parts.append(f"<p class='w'>{escaped(card.intended_use)} {escaped(card.not_for)}</p>")
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
        parts.append(table_html((k, v) for k, v in rows if v))
        for title, table in (
            (_tr("Measured quality"), card.metrics),
            (_tr("Training"), card.training),
        ):
            if table:
                parts.append(f"<h3>{title}</h3>{table_html(_flat(table))}")
        if card.limits:
            items = "".join(f"<li>{escaped(x)}</li>" for x in card.limits)
            parts.append(f"<h3>{_tr('Limits')}</h3><ul>{items}</ul>")
    if not parts:
        return f"<h2>{_tr('Models')}</h2><p>{_tr('No model package is installed.')}</p>"
    return "<hr>".join(["".join(parts)])


def about_html() -> str:
    """Say what the program is and is not."""
    return (
        f"<h2>Uptake {escaped(__version__)}</h2>"
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


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[Row]:
    rows: list[Row] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{prefix}{key} ")
        else:
            rows.append((f"{prefix}{key}".replace("_", " "), value))
    return rows
