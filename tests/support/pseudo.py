"""A translator that marks every text it is given, and what a window shows without its mark."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt, QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QDockWidget,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QTabBar,
    QTextBrowser,
    QTreeWidget,
    QWidget,
)

OPEN, SHUT = "⟦", "⟧"


class PseudoTranslator(QTranslator):
    """Puts brackets round every text."""

    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str:
        return f"{OPEN}{source}{SHUT}"


def unmarked(text: str, allowed: frozenset[str]) -> str:
    """Return the words of a text that stand outside all marks and are not allowed."""
    text = re.sub(r"<style.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL)
    depth, outside = 0, []
    for letter in text:
        depth += letter == OPEN
        outside.append(letter if depth == 0 else " ")
        depth -= letter == SHUT
    words = re.findall(r"\b[^\W\d_][\w.’'-]*", "".join(outside))
    return " ".join(x for x in words if x.strip(".") not in allowed)


def texts(window: QWidget) -> Iterator[tuple[str, str]]:
    """Yield every text of a window, and where it stands."""
    for widget in (window, *window.findChildren(QWidget)):
        if widget.objectName().startswith("qt_") or isinstance(widget, QHeaderView):
            continue
        where = f"{type(widget).__name__} {widget.objectName()}".strip()
        yield f"{where} tooltip", widget.toolTip()
        yield f"{where} name", widget.accessibleName()
        if widget.isWindow() or isinstance(widget, QDockWidget):
            yield f"{where} title", widget.windowTitle()
        for text in _own(widget):
            yield where, text
    for action in window.findChildren(QAction):
        if action.parent() is not None and not isinstance(action.parent(), QLineEdit):
            yield f"action {action.objectName()}", action.text()
            yield f"action {action.objectName()} tooltip", action.toolTip()
            yield f"action {action.objectName()} status", action.statusTip()


def _own(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, (QLabel, QAbstractButton)):
        yield widget.text()
    elif isinstance(widget, QMenu):
        yield widget.title()
    elif isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QTextBrowser):
        yield widget.toPlainText()
    elif isinstance(widget, QComboBox):
        yield from (widget.itemText(n) for n in range(widget.count()))
    elif isinstance(widget, QTabBar):
        yield from (widget.tabText(n) for n in range(widget.count()))
    elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
        model = widget.model()
        for n in range(model.columnCount()):
            for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
                yield str(model.headerData(n, Qt.Orientation.Horizontal, role) or "")
        yield from _cells(model, QModelIndex())
    assert not isinstance(widget, QTreeWidget) or widget.model() is not None


def _cells(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[str]:
    for row in range(model.rowCount(parent)):
        for column in range(model.columnCount(parent)):
            index = model.index(row, column, parent)
            for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
                yield str(index.data(role) or "")
        yield from _cells(model, model.index(row, 0, parent))
