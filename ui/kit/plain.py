"""Texts that were not written for this program: names, descriptions, paths, titles of packages.

Qt takes a text for HTML where it looks like it (labels, tooltips, message boxes), an ampersand for
a mnemonic (menus, buttons), and ``[*]`` for a mark (window titles). Whoever shows text of a header
or a file goes through this module.
"""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget

from app.core.kit.plain_text import readable

LONGEST_TIP = 1000


def tip(words: str) -> str:
    """Return a tooltip that shows a text as it is, over as many lines as it has."""
    shown = readable(words, LONGEST_TIP, lines=True)
    if "<" not in shown:
        return shown
    return f"<span>{escape(shown)}</span>".replace("\n", "<br>")


def menu_text(words: str) -> str:
    """Return the text of an entry or a button, in which an ampersand is one."""
    return readable(words, 100).replace("&", "&&")


def window_title(words: str) -> str:
    """Return the title of a window."""
    return readable(words, 150).replace("[*]", "[*][*]")


def plain_label(words: str = "", name: str = "", *, wrapped: bool = False) -> QLabel:
    """Make a label that shows any text as it is; ``name`` is that of its style."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(readable(words, LONGEST_TIP, lines=True))
    label.setObjectName(name)
    label.setWordWrap(wrapped)
    return label


def ask(parent: QWidget, title: str, words: str) -> bool:
    """Ask a question about names of files or the like; whether the answer is yes."""
    answer = QMessageBox.question(parent, title, tip(words))
    return answer == QMessageBox.StandardButton.Yes
