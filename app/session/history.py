"""Undo and redo: steps kept up to a number of bytes, the oldest go first."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.drawn.measurements import Measurements
from app.core.lesions.analysis import LesionAnalysis, Measured
from app.core.lesions.biomarkers import RecoveredValues
from app.core.lesions.segmentation import Patch
from app.core.study.placement import PlacementChange

#: Undo keeps sparse patches up to this many bytes.
UNDO_BUDGET_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class RecoveryChange:
    """Recovered values that arrive beside the measured ones; ``None`` where there are none.

    ``image_id`` names the image that both are of, as `Measured.image_id` does.
    """

    before: RecoveredValues | None
    after: RecoveredValues | None
    image_id: str = ""


@dataclass(frozen=True)
class SourceChange:
    """Lesion values that were taken from another image."""

    before: Measured
    after: Measured


@dataclass(frozen=True)
class MeasurementsChange:
    """What the reader drew, moved, renamed or took away: the small table before and after."""

    before: Measurements
    after: Measurements


@dataclass(frozen=True)
class Step:
    """One undoable change: of outlines, values, measurements, a moved image, or a result.

    Exactly one of ``patch``, ``recovery``, ``source``, ``measurements``, ``placement`` and the pair
    ``before`` and ``after`` says what it was. Values do not take the pair: it would hold the
    labelmap twice.
    """

    text: str
    patch: Patch | None = None
    before: LesionAnalysis | None = None
    after: LesionAnalysis | None = None
    recovery: RecoveryChange | None = None
    source: SourceChange | None = None
    measurements: MeasurementsChange | None = None
    placement: PlacementChange | None = None

    @property
    def nbytes(self) -> int:
        """Memory that the step holds."""
        if self.patch is not None:
            return self.patch.nbytes
        held = (x.segmentation.labels.nbytes for x in (self.before, self.after) if x is not None)
        return sum(held)


class History:
    """Steps that can be undone and redone. It applies nothing itself: its owner does."""

    def __init__(self) -> None:
        self._undo: list[Step] = []
        self._redo: list[Step] = []

    def clear(self) -> None:
        """Forget everything."""
        self._undo.clear()
        self._redo.clear()

    def push(self, step: Step) -> None:
        """Add a step that was just made; what was undone before it is gone."""
        self._undo.append(step)
        self._redo.clear()
        while len(self._undo) > 1 and sum(s.nbytes for s in self._undo) > UNDO_BUDGET_BYTES:
            self._undo.pop(0)

    def take_back(self) -> Step | None:
        """Return the step to undo, which can then be redone; ``None`` if there is none."""
        if not self._undo:
            return None
        step = self._undo.pop()
        self._redo.append(step)
        return step

    def take_again(self) -> Step | None:
        """Return the step to redo; ``None`` if there is none."""
        if not self._redo:
            return None
        step = self._redo.pop()
        self._undo.append(step)
        return step

    @property
    def undo_text(self) -> str:
        """What undo would take back, or an empty text."""
        return self._undo[-1].text if self._undo else ""

    @property
    def redo_text(self) -> str:
        """What redo would do again, or an empty text."""
        return self._redo[-1].text if self._redo else ""

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to redo."""
        return bool(self._redo)

    @property
    def holds_edits(self) -> bool:
        """Whether a person's edit could still be undone."""
        return any(step.patch is not None for step in self._undo)
