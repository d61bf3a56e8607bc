"""Rows of the display panel for unit, ranges, fusion and colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QSizePolicy

from ui.display.lists import ListedRange
from ui.kit.elided import ElidedComboBox

#: Size of a colour map's picture in lists.
SWATCH_PX = QSize(36, 12)
#: Whether a listed range is for the study's tracer, or the reader's own.
FITS = int(Qt.ItemDataRole.UserRole) + 1
#: Where a list ends with the wish to save what is set now.
SAVE = "save"
#: Panes that have a colour map of their own: in the order of the rows.
PLACES = ("pet", "fused", "mip")


class DisplayRows(QObject):
    """Lists and fields that the display panel holds; they state wishes by signals.

    Signals
    -------
    unit_wanted(str)
        A value of `app.core.study.display_units.PetUnit`.
    range_wanted(float, float)
        A PET range in the PET's own unit.
    save_range_wanted()
        The present PET range is to be saved.
    fusion_wanted(str)
        A value of `viewers.make.fusion.FusionMode`.
    threshold_wanted(float)
        Least value that fused panes show, in the shown unit; 0 shows all.
    colours_wanted(str, str)
        One of `PLACES`, and the name of a colour map.
    """

    unit_wanted = Signal(str)
    range_wanted = Signal(float, float)
    save_range_wanted = Signal()
    fusion_wanted = Signal(str)
    threshold_wanted = Signal(float)
    colours_wanted = Signal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.unit = choice_box(self.tr("Unit of the PET"))
        self.range = choice_box(self.tr("PET range by tracer, or one you saved"))
        self.fusion = choice_box(self.tr("How PET is laid over CT"))
        self.threshold = QDoubleSpinBox()
        self.threshold.setAccessibleName(self.tr("Least PET value on fused panes"))
        self.threshold.setToolTip(self.tr("Fused panes show no PET below this value"))
        self.threshold.setSpecialValueText(self.tr("all"))
        self.threshold.setKeyboardTracking(False)
        self.threshold.setRange(0.0, 1e7)
        # Else the dock would be as wide as the longest number with its unit.
        self.threshold.setMinimumWidth(60)
        self.threshold.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        names = (
            self.tr("Colours of PET panes"),
            self.tr("Colours of the PET on fused panes"),
            self.tr("Colours of the MIP"),
        )
        self.colours = {x: choice_box(name) for x, name in zip(PLACES, names, strict=True)}
        self.unit.activated.connect(lambda at: self.unit_wanted.emit(self.unit.itemData(at)))
        self.range.activated.connect(self._on_range)
        self.fusion.activated.connect(lambda at: self.fusion_wanted.emit(self.fusion.itemData(at)))
        self.threshold.valueChanged.connect(self.threshold_wanted)
        for place, box in self.colours.items():
            box.activated.connect(
                lambda at, place=place, box=box: self.colours_wanted.emit(place, box.itemData(at))
            )
        self.set_present(pet=False, fused=False)

    def add_pet(self, form: QFormLayout) -> None:
        """Put the PET's ranges into the panel."""
        form.addRow(self.tr("Range"), self.range)
        form.addRow(self.tr("Unit"), self.unit)

    def add_fusion(self, form: QFormLayout) -> None:
        """Put fusion and colours into the panel."""
        form.addRow(self.tr("Mode"), self.fusion)
        form.addRow(self.tr("From"), self.threshold)
        titles = (self.tr("PET"), self.tr("Fused"), self.tr("MIP"))
        for title, box in zip(titles, self.colours.values(), strict=True):
            form.addRow(title, box)

    def set_present(self, *, pet: bool, fused: bool) -> None:
        """Enable what there is something to set for."""
        for part in (self.unit, self.range, self.colours["pet"], self.colours["mip"]):
            part.setEnabled(pet)
        for box in (self.fusion, self.colours["fused"]):
            box.setEnabled(fused)
        self.threshold.setEnabled(fused)

    def show_units(self, units: Sequence[tuple[str, str, str]], shown: str) -> None:
        """List units: name, title, and why it cannot be had (empty where it can)."""
        with QSignalBlocker(self.unit):
            self.unit.clear()
            for name, title, obstacle in units:
                self.unit.addItem(title, name)
                _explain(self.unit, obstacle, enabled=not obstacle)
            self.unit.setCurrentIndex(self.unit.findData(shown))

    def show_ranges(self, ranges: Sequence[ListedRange]) -> None:
        """List ranges; those that are not for this study are shown only if they were chosen."""
        with QSignalBlocker(self.range):
            self.range.clear()
            self.range.addItem(self.tr("Own"))
            for x in ranges:
                self.range.addItem(x.title, x.bounds)
                self.range.setItemData(self.range.count() - 1, x.fits, FITS)
                _explain(self.range, x.source)
            self.range.insertSeparator(self.range.count())
            self.range.addItem(self.tr("Save this range…"), SAVE)

    def show_range(self, bounds: tuple[float, float]) -> None:
        """Show which of the listed ranges the panes use.

        Several tracers have one range: the chosen one stays, and otherwise only one that fits the
        study is named.
        """
        box = self.range
        places = [at for at in range(box.count()) if box.itemData(at) == bounds]
        if box.currentIndex() in places:
            return
        with QSignalBlocker(box):
            box.setCurrentIndex(next((at for at in places if box.itemData(at, FITS)), 0))

    @property
    def range_title(self) -> str:
        """Title of the listed range that the panes use, or that of none of them."""
        return self.range.currentText()

    def show_fusion(self, modes: Sequence[tuple[str, str, str]]) -> None:
        """List ways of fusion: name, title, explanation."""
        with QSignalBlocker(self.fusion):
            self.fusion.clear()
            for name, title, tip in modes:
                self.fusion.addItem(title, name)
                _explain(self.fusion, tip)

    def show_chosen_fusion(self, mode: str, threshold: float) -> None:
        """Show which way is used, and the least value on fused panes in the shown unit."""
        with QSignalBlocker(self.fusion), QSignalBlocker(self.threshold):
            self.fusion.setCurrentIndex(self.fusion.findData(mode))
            self.threshold.setValue(threshold)

    def set_threshold_unit(self, unit: str, decimals: int) -> None:
        """Write the least value on fused panes in a unit."""
        with QSignalBlocker(self.threshold):
            self.threshold.setDecimals(decimals)
            self.threshold.setSingleStep(10.0**-decimals * 5 if decimals else 100.0)
            self.threshold.setSuffix(f" {unit}" if unit else "")

    def show_colours(self, maps: Sequence[tuple[str, str, Any]]) -> None:
        """List colour maps: name, title, table (uint8 [256, 3])."""
        icons = {name: swatch(table) for name, _, table in maps}
        for box in self.colours.values():
            with QSignalBlocker(box):
                box.clear()
                box.setIconSize(SWATCH_PX)
                for name, title, _ in maps:
                    box.addItem(icons[name], title, name)

    def show_chosen_colours(self, shown: Mapping[str, str]) -> None:
        """Show which colour map each of `PLACES` uses."""
        for place, box in self.colours.items():
            with QSignalBlocker(box):
                box.setCurrentIndex(box.findData(shown[place]))

    def _on_range(self, at: int) -> None:
        data = self.range.itemData(at)
        if data == SAVE:
            self.range.setCurrentIndex(0)
            self.save_range_wanted.emit()
        elif data is not None:
            self.range_wanted.emit(*data)


def swatch(table: Any) -> QIcon:
    """Picture of a colour map (uint8 [256, 3]), from its least to its greatest value."""
    image = QImage(table.tobytes(), 256, 1, 768, QImage.Format.Format_RGB888)
    return QIcon(QPixmap.fromImage(image.scaled(SWATCH_PX)))


def choice_box(name: str) -> QComboBox:
    """Make a list that takes the width there is."""
    box = ElidedComboBox()
    box.setAccessibleName(name)
    box.setToolTip(name)
    # A long entry must not widen the dock.
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return box


def _explain(box: QComboBox, words: str, *, enabled: bool = True) -> None:
    """Give the last entry a tooltip, and grey it out where it cannot be chosen."""
    at = box.count() - 1
    box.setItemData(at, words, Qt.ItemDataRole.ToolTipRole)
    model = box.model()
    if isinstance(model, QStandardItemModel):
        model.item(at).setEnabled(enabled)
