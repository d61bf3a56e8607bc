"""The list of open studies: what is known of each, which is active, which it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from app.core.kit.errors import InputError
from app.core.kit.jobs import Job
from app.core.lesions.segmentation import Segmentation
from app.core.space.volume import Volume
from app.core.study.study import Study
from app.session.changes.history import History
from app.session.content import Content, volumes_of


@dataclass(eq=False)
class OpenStudy:
    """The record of one open study: its content, its history, and work on the way.

    ``device_jobs`` are cancelled when the study is closed; a record is dropped as a whole then. A
    study of which an image was put elsewhere keeps its record. ``saved`` is the state
    of outlines and table that was exported last.
    """

    content: Content
    history: History = field(default_factory=History)
    saved: Segmentation | None = None
    recovering: Job | None = None
    measuring: Job | None = None
    device_jobs: set[Job] = field(default_factory=set)

    @property
    def study(self) -> Study | None:
        """The study in its present state; ``None`` in the record of no study."""
        return self.content.study

    @property
    def has_unsaved_edits(self) -> bool:
        """Whether a person changed outlines, their status or measurements since the last export."""
        if self.content.drawn.is_unsaved:
            return True
        if self.content.analysis is None:
            return False
        now, saved = self.content.analysis.segmentation, self.saved
        # Not the revision: after undo and redo of a whole result its numbers come again.
        if saved is not None and saved.same_outlines(now) and saved.lesions == now.lesions:
            return False
        return self.history.holds_edits

    def cancel_values(self) -> None:
        """Stop values on their way: a recovery, and what is measured anew."""
        for job in (self.recovering, self.measuring):
            if job is not None:
                job.cancel()

    def cancel_work(self) -> None:
        """Stop what was begun on this study: its result would have nowhere to go."""
        self.cancel_values()
        for job in self.device_jobs:
            job.cancel()


class OpenStudies:
    """Records of the open studies, oldest opening first. Owned and changed by the session only.

    ``active`` is a record without a study while none is open. The comparison is never the active
    study: when it becomes active, both change places.
    """

    def __init__(self) -> None:
        self.records: list[OpenStudy] = []
        self.active = OpenStudy(Content(None))
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
                self.records.append(OpenStudy(Content(study)))
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
        former.cancel_values()
        record = OpenStudy(Content(study, drawn=former.content.drawn.for_study(study)))
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
        self.active = self.comparison or nearest or OpenStudy(Content(None))
        if self.active is self.comparison:
            self.comparison = None

    def clear(self) -> None:
        """Close everything."""
        for record in self.records:
            record.cancel_values()
        self.records.clear()
        self.active, self.comparison = OpenStudy(Content(None)), None


def same_reading(a: Study, b: Study) -> bool:
    """Whether two studies are one and the same: equal images of the same series.

    Call it after `sharing`: images that are equal are then one object.
    """
    pairs = ((a.pet, b.pet), (a.ct, b.ct), (a.mr, b.mr))
    return all(x is y for x, y in pairs) and a.suv == b.suv and a.date == b.date


def sharing(study: Study, held: Sequence[Study]) -> Study:
    """Return the study with images that are already in memory in place of equal ones.

    Images are equal if series UID, quantity, grid and every value are; a series that was read
    twice is then held once.
    """
    known = [x for other in held for x in volumes_of(other) if x.series_uid]

    def kept(image: Volume | None) -> Volume | None:
        if image is None:
            return None
        return next((x for x in known if _equal(x, image)), image)

    found = {"pet": kept(study.pet), "ct": kept(study.ct), "mr": kept(study.mr)}
    same = all(image is getattr(study, name) for name, image in found.items())
    return study if same else replace(study, pet=found["pet"], ct=found["ct"], mr=found["mr"])


def _equal(a: Volume, b: Volume) -> bool:
    if (a.series_uid, a.quantity, a.description) != (b.series_uid, b.quantity, b.description):
        return False
    if a.array.dtype != b.array.dtype or a.grid != b.grid:
        return False
    return bool(np.array_equal(a.array, b.array))
