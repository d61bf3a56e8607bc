"""Pages of text: a dialog that shows one, and the pieces of HTML that they are made of."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from app.core.kit.plain_text import readable
from ui.kit.theme import COLOURS

Row = tuple[str, object]

#: Of a cell; a header may hold pages.
LONGEST_CELL = 2000


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
        buttons.button(QDialogButtonBox.StandardButton.Close).setText(
            QCoreApplication.translate("dialogs", "Close")
        )
        buttons.rejected.connect(self.reject)
        buttons.setContentsMargins(12, 0, 12, 0)
        column.addWidget(buttons)


def open_dialog(dialog: QDialog) -> None:
    """Open a dialog beside the window; it goes when it is closed."""
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def table_html(rows: Iterable[Row]) -> str:
    """Return a table of names and values."""
    cells = (
        f"<tr><td class='k'>{escaped(k)}</td><td>{escaped(cell_text(v))}</td></tr>" for k, v in rows
    )
    return f"<table cellspacing='0'>{''.join(cells)}</table>"


def warnings_html(sentences: Iterable[str]) -> str:
    """Return sentences in the colour of warnings."""
    return "".join(f"<p class='w'>{escaped(x)}</p>" for x in sentences)


def cell_text(value: object) -> str:
    """Write a value as it stands in a table."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(cell_text(x) for x in value)
    return str(value)


def escaped(value: object) -> str:
    """Write anything as HTML that shows it as it is."""
    return escape(readable(str(value), LONGEST_CELL, lines=True))
