"""The display panel: PET range, CT window, fusion, overlays; exact entry beside every key."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QWidget,
)

from app.core.volume import Quantity
from ui import text
from ui.actions import CT_PRESETS, Actions, translated

_SUV = (Quantity.SUV_BW, Quantity.SUV_LBM, Quantity.SUV_BSA, Quantity.SUV_IBW)


class DisplayPanel(QWidget):
    """Display settings; it states wishes by signals and shows what the panes really use.

    Signals
    -------
    pet_range_wanted(float, float)
        Lower and upper bound in the PET's unit.
    ct_window_wanted(float, float)
        Width and level in HU.
    fusion_wanted(float)
        Opacity of PET over CT, 0 to 1.
    """

    pet_range_wanted = Signal(float, float)
    ct_window_wanted = Signal(float, float)
    fusion_wanted = Signal(float)

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        form = QFormLayout(self)
        form.setContentsMargins(10, 8, 10, 10)
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.pet_lower, self.pet_upper = _spin(0.0, 1e7, 1), _spin(0.0, 1e7, 1)
        self.pet_lower.setAccessibleName(self.tr("Lower PET bound"))
        self.pet_upper.setAccessibleName(self.tr("Upper PET bound"))
        self.pet_label = QLabel(self.tr("SUV"))
        form.addRow(self.pet_label, _pair(self.pet_lower, self.pet_upper))
        self.preset = QComboBox()
        self.preset.addItem(self.tr("Own"))
        for place, (name, width, level) in enumerate(CT_PRESETS, start=1):
            self.preset.addItem(f"{translated(name)}  ({place})", (width, level))
        form.addRow(self.tr("CT"), self.preset)
        self.ct_width, self.ct_level = _spin(1.0, 10000.0, 0), _spin(-5000.0, 10000.0, 0)
        self.ct_width.setAccessibleName(self.tr("CT window width"))
        self.ct_level.setAccessibleName(self.tr("CT window level"))
        form.addRow(self.tr("W / L"), _pair(self.ct_width, self.ct_level))
        self.fusion = QSlider(Qt.Orientation.Horizontal)
        self.fusion.setRange(0, 100)
        self.fusion.setValue(50)
        self.fusion.setToolTip(self.tr("How strongly PET covers CT on fused panes"))
        self.fusion_value = QLabel(text.percent(0.5))
        self.fusion_value.setMinimumWidth(36)
        form.addRow(self.tr("Fusion"), _pair(self.fusion, self.fusion_value))
        self.uncertainty = _mirror(actions, "uncertainty")
        self.hidden = _mirror(actions, "hide_overlays")
        form.addRow(self.uncertainty)
        form.addRow(self.hidden)
        for spin in (self.pet_lower, self.pet_upper):
            spin.valueChanged.connect(self._on_pet)
        for spin in (self.ct_width, self.ct_level):
            spin.valueChanged.connect(self._on_ct)
        self.preset.activated.connect(self._on_preset)
        self.fusion.valueChanged.connect(self._on_fusion)

    def set_present(self, *, pet: Quantity | None, ct: bool, fused: bool) -> None:
        """Enable what there is something to set for; name the PET's unit."""
        for spin in (self.pet_lower, self.pet_upper):
            spin.setEnabled(pet is not None)
            with QSignalBlocker(spin):
                spin.setDecimals(1 if pet in _SUV or pet is None else 0)
        for part in (self.ct_width, self.ct_level, self.preset):
            part.setEnabled(ct)
        self.fusion.setEnabled(fused)
        self.pet_label.setText(str(pet) if pet is not None else self.tr("SUV"))

    def show_pet_range(self, lower: float, upper: float) -> None:
        """Show the range that the panes use."""
        step = 0.5 if upper < 100 else 10.0 ** max(0, len(str(int(upper))) - 2)
        for spin, value in ((self.pet_lower, lower), (self.pet_upper, upper)):
            with QSignalBlocker(spin):
                spin.setSingleStep(step)
                spin.setValue(value)

    def show_ct_window(self, width: float, level: float) -> None:
        """Show the window that the panes use, and its preset's name."""
        for spin, value in ((self.ct_width, width), (self.ct_level, level)):
            with QSignalBlocker(spin):
                spin.setSingleStep(10)
                spin.setValue(value)
        names = [(w, x) for _, w, x in CT_PRESETS]
        at = names.index((width, level)) + 1 if (width, level) in names else 0
        self.preset.setCurrentIndex(at)

    def show_fusion(self, opacity: float) -> None:
        """Show the opacity that the panes use."""
        with QSignalBlocker(self.fusion):
            self.fusion.setValue(round(100 * opacity))
        self.fusion_value.setText(text.percent(opacity))

    def _on_pet(self) -> None:
        lower, upper = self.pet_lower.value(), self.pet_upper.value()
        if lower < upper:
            self.pet_range_wanted.emit(lower, upper)

    def _on_ct(self) -> None:
        self.ct_window_wanted.emit(self.ct_width.value(), self.ct_level.value())

    def _on_preset(self, place: int) -> None:
        data = self.preset.itemData(place)
        if data is not None:
            width, level = data
            self.ct_window_wanted.emit(float(width), float(level))

    def _on_fusion(self, value: int) -> None:
        self.fusion_value.setText(text.percent(value / 100))
        self.fusion_wanted.emit(value / 100)


def _spin(least: float, most: float, decimals: int) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setRange(least, most)
    spin.setDecimals(decimals)
    spin.setKeyboardTracking(False)
    spin.setMinimumWidth(60)
    return spin


def _pair(left: QWidget, right: QWidget) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    row.addWidget(left, 1)
    row.addWidget(right, 0 if isinstance(right, QLabel) else 1)
    return holder


def _mirror(actions: Actions, name: str) -> QCheckBox:
    action = actions[name]
    box = QCheckBox(action.text())
    box.setToolTip(action.toolTip())

    def follow() -> None:
        box.setChecked(action.isChecked())
        box.setEnabled(action.isEnabled())

    action.changed.connect(follow)
    box.clicked.connect(lambda checked: action.trigger() if checked != action.isChecked() else None)
    follow()
    return box
