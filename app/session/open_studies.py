"""The list of open studies: which one is active, and which one it is compared with."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.kit.errors import InputError
from app.core.study.study import Study
from app.session.record import OpenStudy, same_reading


class OpenStudies:
    """Records of the open studies, oldest opening first. Owned and changed by `Session` only.

    ``active`` is a record without a study while none is open. The comparison is never the active
    study: when it becomes active, both change places.
    """

    def __init__(self) -> None:
        self.records: list[OpenStudy] = []
        self.active = OpenStudy(None)
        self.comparison: OpenStudy | None = None

    @property
    def studies(self) -> tuple[Study, ...]:
        """The open studies, oldest opening first."""
        return tuple(x.study for x in self.records if x.study is not None)

    def record_of(self, study: Study) -> OpenStudy:
        """Return the record of an open study.

        Raises
        ------
        InputError
            If the study is not open.
        """
        found = next((x for x in self.records if x.study is study), None)
        if found is None:
            raise InputError("This study is no longer open.", "Open it again.")
        return found

    def add(self, studies: Sequence[Study]) -> Study | None:
        """Add studies, except those that are open already; return the first, as it is open."""
        first = None
        for study in studies:
            held = next((x for x in self.studies if same_reading(x, study)), None)
            if held is None:
                self.records.append(OpenStudy(study))
            first = first or held or study
        return first

    def activate(self, record: OpenStudy) -> None:
        """Make another study the active one."""
        before, self.active = self.active, record
        if record is self.comparison:
            self.comparison = before

    def replace(self, former: OpenStudy, study: Study) -> None:
        """Put a study in the place of another; measurements stay if its images are the same.

        Nothing else of the former is kept.
        """
        former.cancel_recovery()
        record = OpenStudy(study, drawn=former.drawn.for_study(study))
        if former in self.records:
            self.records[self.records.index(former)] = record
        else:
            self.records.append(record)
        if former is self.comparison:
            self.comparison = record
        if former is self.active:
            self.active = record

    def close(self, record: OpenStudy) -> None:
        """Close a study; of the others the comparison, or else the nearest, becomes active."""
        place = self.records.index(record)
        self.records.remove(record)
        if record is self.comparison:
            self.comparison = None
        if record is not self.active:
            return
        nearest = self.records[min(place, len(self.records) - 1)] if self.records else None
        self.active = self.comparison or nearest or OpenStudy(None)
        if self.active is self.comparison:
            self.comparison = None

    def clear(self) -> None:
        """Close everything."""
        for record in self.records:
            record.cancel_recovery()
        self.records.clear()
        self.active, self.comparison = OpenStudy(None), None
