"""Which image the lesions' values come from: the original PET, or the denoised one."""

from __future__ import annotations

from app.core.kit.errors import InputError
from ui.derived.controller import DerivedController
from ui.derived.specs import SourceState
from ui.frame.capability import Controller, Frame
from ui.lesions.panel import LesionsPanel


class SourceController(Controller):
    """Wires the Tools menu and the line above the table to what the lesions are measured on."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self._derived = frame.controller(DerivedController)
        self._lesions = frame.panel(LesionsPanel)
        self.listen(self._session.results.changed, lambda _analysis: self._show())
        self.listen(self._session.results.lesions_changed, lambda _ids: self._show())
        self.on("measure_derived", self._choose)
        self.listen(self._lesions.original_wanted, lambda: self._measure_on(None))
        self._show()

    def state(self) -> SourceState:
        """Return whether the lesions are measured on the image that is compared."""
        image = self._derived.current
        return SourceState(image is not None and self._session.values.can_measure_on(image.id))

    def _show(self) -> None:
        """Bring check mark and the line above the table in line with what is measured."""
        analysis = self._session.analysis
        elsewhere = analysis is not None and bool(analysis.measured_image_id)
        self._actions["measure_derived"].setChecked(elsewhere)
        title = analysis.provenance.measured_on if analysis is not None and elsewhere else ""
        self._lesions.show_source(title)

    def _choose(self) -> None:
        image = self._derived.current
        wanted = self._actions["measure_derived"].isChecked()
        self._measure_on(image.id if wanted and image is not None else None)

    def _measure_on(self, image_id: str | None) -> None:
        try:
            self._session.values.measure_on(image_id)
        except InputError as error:  # an edit came between
            self._session.jobs.problem.emit(error)
        # A click has turned the check mark already, whatever came of it.
        self._show()
