"""Aligning the CT or the MR to the PET: a draft that the panes follow, applied when asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDockWidget, QMessageBox, QWidget

from app.core.kit.errors import KnownError
from app.core.kit.jobs import Job, JobReport
from app.core.space.alignment import RigidAlignment, RigidMotion
from app.core.space.grid import FloatArray
from app.core.study.placement import apart_roles, as_it_lies, movable_roles, preview_study
from app.core.study.study import Study
from ui.align.draft import Draft, first_draft
from ui.align.keys import FLICKER_KEY, SHIFT_MM, TURN_DEG
from ui.align.panel import AlignmentPanel
from ui.frame.capability import Controller, Frame
from viewers.space.geometry import Plane, unit_vector

#: Screen directions of the arrow keys: right and down.
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class AlignmentController(Controller):
    """Wires Tools > Align CT or MR to PET, and Fuse as They Lie, to panel, panes and session."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        #: Widths of the docks before the panel asked for room.
        self._docks: dict[QDockWidget, int] = {}
        self.panel = AlignmentPanel()
        self._holder.add_panel(self.panel)
        self.at_close(self.panel.deleteLater)
        self.at_close(self.cancel)
        self._draft: Draft | None = None
        self._before: Draft | None = None
        #: The studies as previewed before and after, so that a flicker draws nothing anew.
        self._shown: dict[bool, Study] = {}
        self._job: Job | None = None
        self.listen(self._session.studies.active_changed, lambda _study: self._end())
        self.listen(self._session.alignment.placed, lambda _study: self._end())
        self.on("align", self.open)
        self.on("fuse_as_read", self.fuse_as_read)
        panel = self.panel
        panel.role_wanted.connect(self._begin)
        panel.motion_wanted.connect(self._take_motion)
        panel.automatic_wanted.connect(self.align)
        panel.reset_wanted.connect(self.reset)
        panel.apply_wanted.connect(self.apply)
        panel.cancel_wanted.connect(self.cancel)
        panel.before_wanted.connect(self.show_before)
        self.on_desk(self._watch)

    def _watch(self, desk: QWidget) -> None:
        """Hear the keys of the panes."""
        desk.installEventFilter(self)
        self.at_close(lambda: desk.removeEventFilter(self))

    # What the reader asks for

    def open(self) -> None:
        """Show the panel, and the panes with what was applied so far."""
        roles = movable_roles(self._session.study)
        if not roles or self._draft is not None:
            return
        docks = self._window.findChildren(QDockWidget)
        self._docks = {x: x.width() for x in docks if x.isVisible() and not x.isFloating()}
        self.panel.offer(roles, roles[0])
        self._begin(roles[0])
        self.panel.show()
        self._holder.middle.setFocus()

    def align(self) -> None:
        """Let the program find the movement, from where the image is now."""
        if self._draft is None or self._job is not None:
            return
        draft = self._draft.alignment
        try:
            job = self._session.alignment.run(draft.moving_role, draft, self._take_found)
        except KnownError as error:
            self._session.jobs.problem.emit(error)
            return
        self._job = self.own(job, self._on_end)
        self.panel.show_running(True)

    def fuse_as_read(self) -> None:
        """Take the reader's word that images of other frames of reference fit as they lie."""
        study = self._session.study
        roles = apart_roles(study)
        if study is None or not roles or not self._may_fuse(roles):
            return
        self.cancel()
        try:
            for role in roles:
                study = self._session.study
                if study is not None and role in apart_roles(study):
                    self._session.alignment.apply(as_it_lies(study, role))
        except KnownError as error:
            self._session.jobs.problem.emit(error)

    def _may_fuse(self, roles: Sequence[str]) -> bool:
        words = self.tr(
            "PET and {0} state different frames of reference: nothing says that they fit. Fuse "
            "them as they lie only if you know that they do. Your word is written into every "
            "export, and undo takes it back."
        )
        title = self.tr("Fuse as they lie?")
        named = self.tr(" and ").join(roles)
        choices = QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No
        no = QMessageBox.StandardButton.No
        answer = QMessageBox.question(self._window, title, words.format(named), choices, no)
        return answer == QMessageBox.StandardButton.Yes

    def reset(self) -> None:
        """Go back to how the images lay before."""
        if self._before is not None:
            self._show(self._before)

    def apply(self) -> None:
        """Leave the image where it is shown; one undoable step."""
        if self._draft is None:
            return
        alignment = self._draft.alignment
        self.cancel()
        try:
            self._session.alignment.apply(alignment)
        except KnownError as error:
            self._session.jobs.problem.emit(error)

    def cancel(self) -> None:
        """Close the panel and show the study as it is."""
        if self._draft is None:
            return
        self._end()
        if self._session.study is not None:
            self._scene.replace_study(self._session.study)

    def show_before(self, on: bool) -> None:
        """Show how the images lay before, or the draft again."""
        if self._draft is not None and self._shown:
            self._scene.replace_study(self._shown[not on])

    # The draft

    def _begin(self, role: str) -> None:
        study = self._session.study
        if study is None:
            return
        self._before = first_draft(study, role)
        self._show(self._before)

    def _take_motion(self, motion: RigidMotion) -> None:
        if self._draft is not None:
            self._show(self._draft.moved_to(motion))

    def _take_found(self, found: RigidAlignment) -> None:
        if self._draft is not None and self._draft.begun.moving_role == found.moving_role:
            self._show(Draft.of(found))

    def _show(self, draft: Draft) -> None:
        study = self._session.study
        if study is None or self._before is None:
            return
        self._draft = draft
        alignment = draft.alignment
        self.panel.show_alignment(alignment)
        # The key is whether it is the draft: false is how the images lay before.
        after = preview_study(study, alignment)
        still = draft is self._before
        before = self._shown.get(False)
        if before is None or still:
            before = after if still else preview_study(study, self._before.alignment)
        self._shown = {False: before, True: after}
        self._scene.replace_study(after)

    def _end(self) -> None:
        self._draft = self._before = None
        self._shown = {}
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self.panel.show_running(False)
        self.panel.hide()
        # Also where there is another study, or undo: the draft belongs to what was.
        docks, self._docks = self._docks, {}
        self._window.resizeDocks([*docks], [*docks.values()], Qt.Orientation.Horizontal)

    def _on_end(self, report: JobReport) -> None:
        if self._job is not None and report.job_id == self._job.id:
            self._job = None
            self.panel.show_running(False)

    # Keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys of the panes while the panel is open."""
        kinds = (QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride)
        if self._draft is None or event.type() not in kinds:
            return super().eventFilter(watched, event)
        assert isinstance(event, QKeyEvent)
        act = self._wish(event)
        if act is None:
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # else a shortcut of the window would take the key
        elif event.type() == QEvent.Type.KeyPress or Qt.Key(event.key()) == _flicker_key():
            act()
        return True

    def _wish(self, event: QKeyEvent) -> Callable[[], None] | None:
        """Return what a key asks for, or ``None`` where it is not the alignment's."""
        key, held = Qt.Key(event.key()), event.modifiers()
        plain = held & ~Qt.KeyboardModifier.KeypadModifier
        bare = plain == Qt.KeyboardModifier.NoModifier
        if key in _ARROWS:
            return self._nudge_of(_ARROWS[key], plain)
        if key == _flicker_key() and bare:
            if event.isAutoRepeat():
                return _nothing
            pressed = event.type() == QEvent.Type.KeyPress
            return lambda: self.show_before(pressed)
        if key == Qt.Key.Key_Escape and bare:
            return self.cancel
        return self.apply if key in _ENTER and bare else None

    def _nudge_of(
        self, arrow: tuple[int, int], held: Qt.KeyboardModifier
    ) -> Callable[[], None] | None:
        alt, shift = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
        if held & ~(alt | shift):
            return None
        fine = int(bool(held & shift))
        if held & alt:
            return (lambda: self._turn(arrow[0] * TURN_DEG[fine])) if arrow[0] else _nothing
        return lambda: self._shift(arrow, SHIFT_MM[fine])

    def _shift(self, arrow: tuple[int, int], by_mm: float) -> None:
        """Move the image over the screen of the active pane."""
        directions = self._directions()
        if self._draft is None:
            return
        vector = arrow[0] * directions[0] + arrow[1] * directions[1]
        axis = int(np.argmax(np.abs(vector)))
        self._show(self._draft.shifted(axis, float(vector[axis]) * by_mm))

    def _turn(self, by_deg: float) -> None:
        """Turn the image clockwise on the screen of the active pane."""
        directions = self._directions()
        if self._draft is None:
            return
        normal = np.cross(*directions)
        axis = int(np.argmax(np.abs(normal)))
        self._show(self._draft.turned(axis, float(normal[axis]) * by_deg))

    def _directions(self) -> tuple[FloatArray, FloatArray]:
        """Return unit vectors (LPS) to the right and down of the active pane, else of an axial."""
        panes, number = self._scene.scene.layout.panes, self._scene.scene.active
        spec = panes[number] if number is not None and number < len(panes) else None
        flat = spec is None or not spec.content.is_slice
        plane = Plane.AXIAL if spec is None or flat else spec.plane
        return unit_vector(plane.right), unit_vector(plane.down)


def _flicker_key() -> Qt.Key:
    return Qt.Key(ord(FLICKER_KEY))


def _nothing() -> None:
    """Take a key that is held, or has no meaning here."""
