"""Undo and redo of the session: changes of studies are made, taken back and made again here.

The changes themselves are kept in each study's `app.session.changes.history.History`.
"""

from __future__ import annotations

from app.core.kit.events import Event
from app.session.changes.change import Applied, Change
from app.session.jobs import Jobs
from app.session.open_studies import OpenStudy
from app.session.studies import Studies


class Undo:
    """Applies changes to open studies, each of which has a history of its own.

    ``applied`` tells the other parts of the session what a change did, on which study; they
    announce it. ``changed`` follows where it was the active study.
    """

    def __init__(self, studies: Studies, jobs: Jobs) -> None:
        self._studies, self._jobs = studies, jobs
        self.applied: Event[OpenStudy, Applied] = Event()
        self.changed: Event[()] = Event()

    def push(self, change: Change, record: OpenStudy | None = None) -> Applied:
        """Make a change of a study, by default the active one; it can be undone."""
        self._jobs.require_thread()
        record = record or self._studies.active
        applied = change.apply(record.content)
        record.history.push(change, record.content)
        self._tell(record, applied)
        return applied

    def undo(self) -> None:
        """Take the active study's last change back."""
        self._jobs.require_thread()
        record = self._studies.active
        change = record.history.take_back()
        if change is not None:
            self._tell(record, change.apply(record.content))

    def redo(self) -> None:
        """Make the last undone change again."""
        self._jobs.require_thread()
        record = self._studies.active
        change = record.history.take_again()
        if change is not None:
            self._tell(record, change.apply(record.content))

    @property
    def undo_text(self) -> str:
        """What undo would take back, or an empty text."""
        return self._studies.active.history.undo_text

    @property
    def redo_text(self) -> str:
        """What redo would do again, or an empty text."""
        return self._studies.active.history.redo_text

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return bool(self.undo_text)

    @property
    def can_redo(self) -> bool:
        """Whether there is something to redo."""
        return bool(self.redo_text)

    def on_switched(self) -> None:
        """Announce the history of another study."""
        self.changed.emit()

    def _tell(self, record: OpenStudy, applied: Applied) -> None:
        self.applied.emit(record, applied)
        if record is self._studies.active:
            self.changed.emit()
