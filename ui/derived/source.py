"""Which image the lesions' values come from: the original PET, or the denoised one."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.core.kit.errors import InputError
from app.core.study.derived import DerivedKind
from app.session.session import Session
from ui.actions.actions import Actions
from ui.derived.controller import DerivedController
from ui.lesions.panel import LesionsPanel


class SourceController(QObject):
    """Wires the Tools menu and the line above the table to what the lesions are measured on."""

    def __init__(
        self,
        session: Session,
        actions: Actions,
        derived: DerivedController,
        lesions: LesionsPanel,
        window: QObject,
    ) -> None:
        super().__init__(window)
        self._session, self._derived, self._lesions = session, derived, lesions
        self._actions, self._action = actions, actions["measure_derived"]
        self._cancel = [
            session.results.changed.connect(lambda _analysis: self.refresh()),
            session.results.lesions_changed.connect(lambda _changed: self.refresh()),
            session.derived.changed.connect(lambda _images: self.refresh()),
            session.derived.values_changed.connect(self.refresh),
        ]
        derived.compared.connect(lambda _image: self.refresh())
        self._action.triggered.connect(self._choose)
        lesions.original_wanted.connect(lambda: self._measure_on(None))
        self.refresh()

    def disconnect_session(self) -> None:
        """Hear nothing more of the session."""
        for cancel in self._cancel:
            cancel()

    def refresh(self) -> None:
        """Bring the action and the line above the table in line with what is measured."""
        analysis = self._session.analysis
        elsewhere = analysis is not None and bool(analysis.measured_image_id)
        self._action.setChecked(elsewhere)
        # The way back is always open.
        self._actions.refuse("measure_derived", "" if elsewhere else self._obstacle())
        title = analysis.provenance.measured_on if analysis is not None and elsewhere else ""
        self._lesions.show_source(title)

    def _choose(self, wanted: bool) -> None:
        image = self._derived.current
        self._measure_on(image.id if wanted and image is not None else None)

    def _measure_on(self, image_id: str | None) -> None:
        try:
            self._session.values.measure_on(image_id)
        except InputError as error:  # an edit came between
            self._session.jobs.problem.emit(error)
        # A click has turned the check mark already, whatever came of it.
        self.refresh()

    def _obstacle(self) -> str:
        """Say why nothing else can be measured now, or return an empty text."""
        analysis, image = self._session.analysis, self._derived.current
        if analysis is None or not analysis.biomarkers:
            return self.tr("There are no lesions yet. Find lesions first.")
        if image is None or image.kind is not DerivedKind.DENOISED:
            return self.tr("No denoised PET is being compared. Make one in the Models menu.")
        if not self._session.values.can_measure_on(image.id):
            return self.tr("The lesions are not measured on it yet.")
        return ""
