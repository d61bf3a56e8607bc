"""The display panel: PET range, CT window, fusion, overlays; exact entry beside every key."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.kit.plain_text import readable
from app.core.space.volume import Quantity
from app.core.study.derived import DerivedImage
from ui.actions.actions import Actions
from ui.actions.spec import translated
from ui.display.rows import SAVE, DisplayRows, choice_box
from ui.display.specs import CT_PRESETS, PRESET_SPECS
from ui.kit import text
from ui.kit.elided import ElidedComboBox, WrappedLabel
from ui.kit.plain import tip
from ui.kit.theme import icon

_NATIVE = QKeySequence.SequenceFormat.NativeText


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
    derived_wanted(str)
        Id of the derived image to compare with its original.
    removal_wanted()
        The reader does not need that image any more.
    save_ct_wanted()
        The present CT window is to be saved.
    """

    pet_range_wanted = Signal(float, float)
    ct_window_wanted = Signal(float, float)
    fusion_wanted = Signal(float)
    derived_wanted = Signal(str)
    removal_wanted = Signal()
    save_ct_wanted = Signal()

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        form = QFormLayout(self)
        form.setContentsMargins(10, 8, 10, 10)
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(4)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.rows = DisplayRows(self)
        self._factor, self._range = 1.0, (0.0, 7.0)
        self.pet_lower, self.pet_upper = _spin(0.0, 1e7, 1), _spin(0.0, 1e7, 1)
        self.pet_lower.setAccessibleName(self.tr("Lower PET bound"))
        self.pet_upper.setAccessibleName(self.tr("Upper PET bound"))
        self.pet_label = QLabel(self.tr("SUV"))
        form.addRow(self.pet_label, _pair(self.pet_lower, self.pet_upper))
        self.rows.add_pet(form)
        self.preset = choice_box(self.tr("CT window by name"))
        self._preset_actions = {n: actions[x.name] for n, x in enumerate(PRESET_SPECS, start=1)}
        self.show_ct_presets(())
        for place, action in self._preset_actions.items():
            action.changed.connect(lambda place=place: self._name_preset(place))
        form.addRow(self.tr("CT"), self.preset)
        self.ct_width, self.ct_level = _spin(1.0, 10000.0, 0), _spin(-5000.0, 10000.0, 0)
        self.ct_width.setAccessibleName(self.tr("CT window width"))
        self.ct_level.setAccessibleName(self.tr("CT window level"))
        form.addRow(self.tr("W / L"), _pair(self.ct_width, self.ct_level))
        self.fusion = QSlider(Qt.Orientation.Horizontal)
        self.fusion.setRange(0, 100)
        self.fusion.setAccessibleName(self.tr("Fusion"))
        self.fusion.setValue(50)
        self.fusion.setToolTip(self.tr("How strongly PET covers CT on fused panes"))
        self.fusion_value = QLabel(text.percent(0.5))
        self.fusion_value.setMinimumWidth(36)
        form.addRow(self.tr("Fusion"), _pair(self.fusion, self.fusion_value))
        self.rows.add_fusion(form)
        for box in _mirrors(actions, "uncertainty", "hide_overlays"):
            form.addRow(box)
        self.derived = self._make_derived(actions)
        form.addRow(self.derived)
        self.derived.hide()
        self.pet_lower.valueChanged.connect(lambda x: self._on_pet(x / self._factor, None))
        self.pet_upper.valueChanged.connect(lambda x: self._on_pet(None, x / self._factor))
        for spin in (self.ct_width, self.ct_level):
            spin.valueChanged.connect(self._on_ct)
        self.preset.activated.connect(self._on_preset)
        self.fusion.valueChanged.connect(self._on_fusion)

    def _name_preset(self, place: int) -> None:
        """Write a preset with the key that it has now."""
        key = self._preset_actions[place].shortcut().toString(_NATIVE)
        name = translated(CT_PRESETS[place - 1][0])
        self.preset.setItemText(place, f"{name}  ({key})" if key else name)

    def _make_derived(self, actions: Actions) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(6)
        self.derived_choice = ElidedComboBox()
        self.derived_choice.setAccessibleName(self.tr("Derived image"))
        # A long title must not widen the dock.
        self.derived_choice.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.derived_choice.setMinimumContentsLength(8)
        self.derived_choice.activated.connect(
            lambda place: self.derived_wanted.emit(str(self.derived_choice.itemData(place)))
        )
        remove = QToolButton()
        remove.setObjectName("flat")
        remove.setIcon(icon("close"))
        remove.setToolTip(self.tr("Take this derived image away; it can be made again"))
        remove.setAccessibleName(self.tr("Take the derived image away"))
        remove.clicked.connect(self.removal_wanted)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.derived_choice, 1)
        row.addWidget(remove)
        column.addLayout(row)
        for box in _mirrors(actions, "derived", "difference", "deviation"):
            column.addWidget(box)
        self.derived_note = WrappedLabel()
        self.derived_note.setObjectName("dim")
        self.derived_note.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.derived_note.hide()
        column.addWidget(self.derived_note)
        return holder

    def show_derived_images(self, images: Sequence[DerivedImage]) -> None:
        """List the derived images of the study; without any, the part is not there."""
        self.derived_choice.clear()
        for image in images:
            self.derived_choice.addItem(readable(image.title), image.id)
            place, said = self.derived_choice.count() - 1, tip(f"{image.title}: {image.kind}")
            self.derived_choice.setItemData(place, said, Qt.ItemDataRole.ToolTipRole)
        self.derived.setVisible(bool(images))

    def show_chosen_derived(self, image_id: str) -> None:
        """Show which derived image is compared."""
        self.derived_choice.setCurrentIndex(self.derived_choice.findData(image_id))
        self.derived_choice.setToolTip(tip(self.derived_choice.currentText()))

    def show_derived_note(self, words: str) -> None:
        """Say how the chosen derived image compares with its original; nothing hides the line."""
        self.derived_note.set_text(words)
        self.derived_note.setVisible(bool(words))

    def set_present(self, *, pet: Quantity | None, ct: bool, fused: bool) -> None:
        """Enable what there is something to set for."""
        for spin in (self.pet_lower, self.pet_upper):
            spin.setEnabled(pet is not None)
        self.rows.set_present(pet=pet is not None, fused=fused)
        for part in (self.ct_width, self.ct_level, self.preset):
            part.setEnabled(ct)
        self.fusion.setEnabled(fused)

    def set_unit(self, title: str, factor: float, decimals: int) -> None:
        """Write the PET's bounds in a unit: its value per unit of the PET's own."""
        self._factor = factor
        self.pet_label.setText(title or self.tr("SUV"))
        for spin in (self.pet_lower, self.pet_upper):
            with QSignalBlocker(spin):
                spin.setDecimals(decimals)
        self.show_pet_range(*self._range)

    def show_pet_range(self, lower: float, upper: float) -> None:
        """Show the range that the panes use, given in the PET's own unit."""
        self._range = (lower, upper)
        top = upper * self._factor
        step = 0.1 if top < 3 else 0.5 if top < 100 else 10.0 ** max(0, len(str(int(top))) - 2)
        for spin, value in ((self.pet_lower, lower), (self.pet_upper, upper)):
            with QSignalBlocker(spin):
                spin.setSingleStep(step)
                spin.setValue(value * self._factor)
        self.rows.show_range((lower, upper))

    def show_ct_presets(self, saved: Sequence[tuple[str, tuple[float, float]]]) -> None:
        """List the CT windows: those with keys, those that the reader saved, and a wish to save."""
        window = (self.ct_width.value(), self.ct_level.value()) if self.preset.count() else None
        with QSignalBlocker(self.preset):
            self.preset.clear()
            self.preset.addItem(self.tr("Own"))
            for place, (name, width, level) in enumerate(CT_PRESETS, start=1):
                self.preset.addItem(translated(name), (width, level))
                self._name_preset(place)
            for name, values in saved:
                self.preset.addItem(name, values)
            self.preset.insertSeparator(self.preset.count())
            self.preset.addItem(self.tr("Save this window…"), SAVE)
        if window is not None:
            self.show_ct_window(*window)

    def show_ct_window(self, width: float, level: float) -> None:
        """Show the window that the panes use, and its preset's name."""
        for spin, value in ((self.ct_width, width), (self.ct_level, level)):
            with QSignalBlocker(spin):
                spin.setSingleStep(10)
                spin.setValue(value)
        places = range(self.preset.count())
        same = (at for at in places if self.preset.itemData(at) == (width, level))
        self.preset.setCurrentIndex(next(same, 0))

    def show_fusion(self, opacity: float) -> None:
        """Show the opacity that the panes use."""
        with QSignalBlocker(self.fusion):
            self.fusion.setValue(round(100 * opacity))
        self.fusion_value.setText(text.percent(opacity))

    def _on_pet(self, lower: float | None, upper: float | None) -> None:
        # The bound that was not typed keeps the digits that the field does not show.
        low = self._range[0] if lower is None else lower
        high = self._range[1] if upper is None else upper
        if low < high:
            self.pet_range_wanted.emit(low, high)

    def _on_ct(self) -> None:
        self.ct_window_wanted.emit(self.ct_width.value(), self.ct_level.value())

    def _on_preset(self, place: int) -> None:
        data = self.preset.itemData(place)
        if data == SAVE:
            self.show_ct_window(self.ct_width.value(), self.ct_level.value())
            self.save_ct_wanted.emit()
        elif data is not None:
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


def _mirrors(actions: Actions, *names: str) -> list[QCheckBox]:
    """Make a box for each of these actions that is there: other parts of the program own them."""
    return [_mirror(actions, x) for x in names if x in actions]


def _mirror(actions: Actions, name: str) -> QCheckBox:
    action = actions[name]
    box = QCheckBox(action.text())

    def follow() -> None:
        box.setToolTip(action.toolTip())
        box.setChecked(action.isChecked())
        box.setEnabled(action.isEnabled())

    action.changed.connect(follow)
    box.clicked.connect(lambda checked: action.trigger() if checked != action.isChecked() else None)
    follow()
    return box
