"""The slim panel above the panes while an image is aligned: numbers, flicker, apply, cancel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.space.alignment import AlignmentSource, RigidAlignment, RigidMotion, Triple
from ui.align.keys import FLICKER_KEY, SHIFT_MM, TURN_DEG
from ui.kit import text
from ui.kit.elided import ElidedLabel


class AlignmentPanel(QFrame):
    """States wishes by signals; the controller keeps the draft.

    Signals
    -------
    role_wanted(str)
        ``CT`` or ``MR``: which image moves.
    motion_wanted(object)
        A `RigidMotion` that was typed or stepped.
    automatic_wanted(), reset_wanted(), apply_wanted(), cancel_wanted()
        Buttons.
    before_wanted(bool)
        Show the images as they lay before, for as long as it is true.
    """

    role_wanted = Signal(str)
    motion_wanted = Signal(object)
    automatic_wanted = Signal()
    reset_wanted = Signal()
    apply_wanted = Signal()
    cancel_wanted = Signal()
    before_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAccessibleName(self.tr("Alignment"))
        self._motion = RigidMotion()
        self.role = QComboBox()
        self.role.setAccessibleName(self.tr("Image that moves"))
        self.role.setToolTip(self.tr("The image that is moved; the PET keeps its place"))
        self.role.textActivated.connect(self.role_wanted)
        self.state = ElidedLabel("")
        self.state.setObjectName("dim")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(5)
        column.addLayout(self._make_buttons())
        column.addLayout(self._make_numbers())
        column.addWidget(self.state)
        self.hide()

    # Building

    def _make_buttons(self) -> QHBoxLayout:
        key = FLICKER_KEY
        self.automatic = self._button(
            self.tr("Align automatically"),
            self.tr("Find the movement by mutual information, in the background"),
            self.automatic_wanted.emit,
        )
        self.before = self._button(
            self.tr("Before ({0})").format(key),
            self.tr("Hold it, or hold {0}: the images as they lay before").format(key),
        )
        self.before.pressed.connect(lambda: self.before_wanted.emit(True))
        self.before.released.connect(lambda: self.before_wanted.emit(False))
        self.reset = self._button(
            self.tr("Reset"), self.tr("Back to how the images lay before"), self.reset_wanted.emit
        )
        self.cancel = self._button(
            self.tr("Cancel"), self.tr("Close and change nothing (Escape)"), self.cancel_wanted.emit
        )
        self.apply = self._button(
            self.tr("Apply"),
            self.tr("Leave the image there; one step that can be undone (Return)"),
            self.apply_wanted.emit,
        )
        self.apply.setObjectName("primary")
        row = QHBoxLayout()
        row.setSpacing(5)
        title = QLabel(self.tr("Align"))
        title.setObjectName("title")
        row.addWidget(title)
        row.addWidget(self.role)
        row.addWidget(QLabel(self.tr("to PET")))
        row.addWidget(self.automatic)
        row.addWidget(self.before)
        row.addStretch(1)
        for button in (self.reset, self.cancel, self.apply):
            row.addWidget(button)
        return row

    def _button(
        self, words: str, tip: str, wish: Callable[[], object] | None = None
    ) -> QPushButton:
        button = QPushButton(words)
        button.setToolTip(tip)
        button.setAccessibleName(words)
        # A click leaves the keys with the panes.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAutoDefault(False)
        if wish is not None:
            button.clicked.connect(lambda _checked=False: wish())
        return button

    def _make_numbers(self) -> QGridLayout:
        axes = (self.tr("left"), self.tr("back"), self.tr("head"))
        shift, turn = self.tr("Shift towards {0}, mm"), self.tr("Turn about the axis to the {0}, °")
        self.shifts = [self._spin(shift.format(x), 2000.0, SHIFT_MM[0]) for x in axes]
        self.turns = [self._spin(turn.format(x), 180.0, TURN_DEG[0]) for x in axes]
        for spin in self.turns:
            spin.setWrapping(True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(5)
        groups = ((self.tr("Shift mm"), self.shifts), (self.tr("Turn °"), self.turns))
        place = 0
        for words, spins in groups:
            grid.addWidget(QLabel(words), 0, place)
            place += 1
            for letter, spin in zip("LPS", spins, strict=True):
                mark = QLabel(letter)
                mark.setObjectName("dim")
                grid.addWidget(mark, 0, place)
                grid.addWidget(spin, 0, place + 1)
                place += 2
            grid.setColumnMinimumWidth(place, 8)
            place += 1
        grid.setColumnStretch(place, 1)
        return grid

    def _spin(self, name: str, most: float, step: float) -> QDoubleSpinBox:
        spin = QDoubleSpinBox()
        spin.setRange(-most, most)
        spin.setDecimals(1)
        spin.setSingleStep(step)
        spin.setAccessibleName(name)
        spin.setToolTip(name)
        # Room for the numbers of a usual movement; wider where there is space.
        spin.setMinimumWidth(58)
        spin.valueChanged.connect(lambda value, spin=spin: self._on_value(spin, value))
        return spin

    # Showing

    def offer(self, roles: Sequence[str], role: str) -> None:
        """List the images that can be moved, and which is."""
        self.role.clear()
        self.role.addItems(list(roles))
        self.role.setCurrentText(role)
        self.role.setEnabled(len(roles) > 1)

    def show_alignment(self, alignment: RigidAlignment) -> None:
        """Show the numbers of the draft."""
        self._motion = motion = alignment.decompose()
        pairs = (*zip(self.shifts, motion.shift_lps_mm, strict=True),)
        for spin, value in (*pairs, *zip(self.turns, motion.angles_deg, strict=True)):
            with QSignalBlocker(spin):
                spin.setValue(value)
        said = self.tr("{0} moved by {1} mm and turned by {2}°").format(
            alignment.moving_role,
            text.number(motion.distance_mm, 1),
            text.number(motion.turn_deg, 1),
        )
        sources = {
            AlignmentSource.AUTOMATIC: self.tr("found automatically"),
            AlignmentSource.MANUAL: self.tr("by hand"),
            AlignmentSource.ADJUSTED: self.tr("found automatically, then adjusted"),
            AlignmentSource.AS_READ: self.tr("as it was read"),
        }
        parts = [said, sources[alignment.source]]
        if alignment.metric is not None:
            shown = text.significant(alignment.metric)
            parts.append(self.tr("mutual information {0}").format(shown))
        parts.append(self.tr("arrows nudge, Shift finer, Alt+arrows turn"))
        self.state.setText(" · ".join(parts))

    def show_running(self, running: bool) -> None:
        """Let nothing be started or applied while the program looks for the movement."""
        self.automatic.setEnabled(not running)
        self.role.setEnabled(not running and self.role.count() > 1)
        self.automatic.setText(self.tr("Aligning…") if running else self.tr("Align automatically"))

    def _on_value(self, spin: QDoubleSpinBox, value: float) -> None:
        """Take the one number that was changed; the others keep what the boxes round away."""
        shift, angles = [*self._motion.shift_lps_mm], [*self._motion.angles_deg]
        if spin in self.shifts:
            shift[self.shifts.index(spin)] = value
        else:
            angles[self.turns.index(spin)] = value
        self.motion_wanted.emit(RigidMotion(_three(angles), _three(shift)))


def _three(values: Sequence[float]) -> Triple:
    a, b, c = values
    return a, b, c
