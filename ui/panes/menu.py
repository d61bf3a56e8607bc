"""The menu of a pane: what it shows, and in which plane."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from viewers.scene.model import SceneModel
from viewers.space.geometry import Plane
from viewers.space.layouts import Content


def _tr(words: str) -> str:
    return QCoreApplication.translate("pane_menu", words)


def _contents() -> dict[str, str]:
    """Names of the contents, by their value in layouts."""
    return {
        "ct": _tr("CT"),
        "pet": _tr("PET"),
        "fused": _tr("Fused PET on CT"),
        "mr": _tr("MR"),
        "mip": _tr("Turning MIP"),
        "surface": _tr("3D view"),
        "original": _tr("Original"),
        "derived": _tr("Derived image"),
        "difference": _tr("Difference map"),
    }


def fill_pane_menu(menu: QMenu, scene: SceneModel, number: int) -> None:
    """List the contents (what the study lacks, disabled) and planes; the present ones checked."""
    layouts, spec = scene.layouts, scene.scene.layout.panes[number]
    contents = QActionGroup(menu)
    for value, name in _contents().items():
        content = Content(value)
        there = layouts.has_content(content)
        made = content in (Content.ORIGINAL, Content.DERIVED, Content.DIFFERENCE)
        if made and not there:
            continue
        entry = contents.addAction(name)
        entry.setCheckable(True)
        entry.setChecked(content is spec.content)
        entry.setEnabled(there)
        entry.triggered.connect(
            lambda _=False, content=content: layouts.set_pane(number, content, spec.plane)
        )
    menu.addActions(contents.actions())
    menu.addSeparator()
    planes = QActionGroup(menu)
    for plane, name in zip(Plane, (_tr("Axial"), _tr("Coronal"), _tr("Sagittal")), strict=True):
        entry = planes.addAction(name)
        entry.setCheckable(True)
        entry.setChecked(plane is spec.plane and spec.content.is_slice)
        entry.setEnabled(spec.content.is_slice)
        entry.triggered.connect(
            lambda _=False, plane=plane: layouts.set_pane(number, spec.content, plane)
        )
    menu.addActions(planes.actions())
