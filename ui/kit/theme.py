"""How the program looks: dark and quiet, so that the images are the brightest thing."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from string import Template

from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

import resources
from app.core.lesions.lesion import LesionStatus
from viewers.colour.palettes import PHYSIOLOGICAL_COLOUR
from viewers.colour.palettes import lesion_colour as palette_colour

#: The one place of the colours; the style sheet names them with ``$``.
COLOURS = {
    "window": "#14161a",
    "panel": "#1a1d22",
    "field": "#101215",
    "raised": "#262b32",
    "hover": "#303740",
    "line": "#2b3038",
    "text": "#d3d8de",
    "dim": "#929ba6",
    "faint": "#646d78",
    "accent": "#3f7fae",
    "accent_high": "#4f95c8",
    "select": "#24425a",
    "good": "#78b27c",
    "warn": "#d3a850",
    "bad": "#d67a6c",
}

REJECTED_COLOUR = (95, 100, 108)


def resource(*parts: str) -> Path:
    """Path of a file of the resources package."""
    return Path(resources.__file__).parent.joinpath(*parts)


def colour(name: str) -> QColor:
    """Colour of the style, by name."""
    return QColor(COLOURS[name])


def lesion_colour(label: int, status: LesionStatus) -> tuple[int, int, int]:
    """Red, green, blue (0 to 255) of a lesion: its own while it counts, grey otherwise."""
    if status is LesionStatus.PHYSIOLOGICAL:
        return PHYSIOLOGICAL_COLOUR
    if status is LesionStatus.REJECTED:
        return REJECTED_COLOUR
    return palette_colour(label - 1)


@lru_cache(maxsize=64)
def icon(name: str) -> QIcon:
    """Icon of ``resources/icons`` by name."""
    return QIcon(str(resource("icons", f"{name}.svg")))


def apply_theme(application: QApplication) -> None:
    """Give the application its palette and style sheet."""
    application.setStyle(QStyleFactory.create("Fusion"))
    application.setPalette(_palette())
    text = resource("style", "uptake.qss").read_text(encoding="utf-8")
    names = {**COLOURS, "icons": resource("icons").as_posix()}
    application.setStyleSheet(Template(text).substitute(names))
    application.setWindowIcon(icon("uptake"))


def _palette() -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for group_role, name in (
        (role.Window, "window"),
        (role.WindowText, "text"),
        (role.Base, "field"),
        (role.AlternateBase, "panel"),
        (role.Text, "text"),
        (role.Button, "raised"),
        (role.ButtonText, "text"),
        (role.BrightText, "text"),
        (role.ToolTipBase, "raised"),
        (role.ToolTipText, "text"),
        (role.PlaceholderText, "faint"),
        (role.Highlight, "select"),
        (role.HighlightedText, "text"),
        (role.Link, "accent_high"),
        (role.Mid, "line"),
        (role.Dark, "field"),
        (role.Light, "hover"),
    ):
        palette.setColor(group_role, colour(name))
    for disabled in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, disabled, colour("faint"))
    return palette
