"""Partial-volume recovery: asking for the scanner's blur, and starting the work."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from ui.frame.capability import Controller, Frame
from ui.kit import text
from ui.lesions.specs import RecoveryState, why_not_recover


class RecoveryForm(QDialog):
    """Asks how much the scanner blurs; says what comes of it and what does not."""

    def __init__(
        self, fwhm_mm: float, range_mm: tuple[float, float], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Recover partial volume"))
        self.setMinimumWidth(440)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        what = self.tr(
            "Estimates SUVmean and SUVmax as if the scanner did not blur (iterative Yang). They "
            "stand beside the measured values, never in their place."
        )
        limits = self.tr(
            "The recovered SUVmax rises with noise. Lesions smaller than the blur have no "
            "recovered values. Usual clinical scanners blur by 5 to 7 mm."
        )
        for words, name in ((what, ""), (limits, "dim")):
            label = QLabel(words)
            label.setObjectName(name)
            label.setWordWrap(True)
            column.addWidget(label)
        self.fwhm = QDoubleSpinBox()
        self.fwhm.setDecimals(1)
        self.fwhm.setSingleStep(0.5)
        self.fwhm.setRange(*range_mm)
        self.fwhm.setSuffix(self.tr(" mm"))
        self.fwhm.setValue(fwhm_mm)
        name = self.tr("Blur of the scanner (FWHM)")
        self.fwhm.setAccessibleName(name)
        self.fwhm.setToolTip(
            self.tr("Full width at half maximum of a point, {0} to {1} mm").format(
                *(text.number(x, 0) for x in range_mm)
            )
        )
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.addRow(name, self.fwhm)
        column.addLayout(form)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText(self.tr("Recover"))
        self.ok.setObjectName("primary")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column.addWidget(self.buttons)
        self.fwhm.selectAll()


class RecoveryController(Controller):
    """Wires the Tools menu to the session's partial-volume recovery."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self._running = False
        #: What the reader asked for last: a scanner's blur does not change from study to study.
        self._fwhm_mm: float | None = None
        self.on("recover", self.ask)

    def state(self) -> RecoveryState:
        """Return whether a recovery runs."""
        return RecoveryState(self._running)

    def ask(self) -> None:
        """Ask for the scanner's blur, then recover."""
        from app.core.lesions.partial_volume import DEFAULT_FWHM_MM, FWHM_RANGE_MM

        form = RecoveryForm(self._fwhm_mm or DEFAULT_FWHM_MM, FWHM_RANGE_MM, self._window)
        form.accepted.connect(lambda: self.recover(form.fwhm.value()))
        form.finished.connect(form.deleteLater)
        form.open()

    def recover(self, fwhm_mm: float) -> None:
        """Start the recovery in the background."""
        if why_not_recover(self.frame.situation()):  # the lesions may have gone meanwhile
            return
        self._fwhm_mm = fwhm_mm
        job = self._session.values.recover(fwhm_mm)
        if job is not None:
            self.own(job, lambda _report: self._run(False))
            self._run(True)

    def _run(self, runs: bool) -> None:
        self._running = runs
        self.frame.refresh()
