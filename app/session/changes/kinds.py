"""The kinds of change: edits, results, recovered values, their source, measurements, placements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from app.core.drawn.measurements import Measurements
from app.core.lesions.analysis import LesionAnalysis, Measured
from app.core.lesions.biomarkers import Biomarkers, RecoveredValues
from app.core.lesions.segmentation import LesionsChanged, Patch
from app.core.study.placement import Placement
from app.session.changes.change import Applied
from app.session.content import Content


@dataclass(frozen=True, eq=False)
class RedrawnValues:
    """Values of the lesions that an edit redraws, as they were measured before or after it.

    ``image_id`` names the image that ``shown`` are of, as `Measured.image_id` does; ``original``
    are those of the original PET where another's are shown.
    """

    image_id: str
    shown: Mapping[str, Biomarkers]
    original: Mapping[str, Biomarkers]


@dataclass(frozen=True, eq=False)
class Edit:
    """A person's edit of outlines or of the table of lesions.

    ``values_before`` come back when it is undone, as nobody can measure a model's samples again.
    """

    text: str
    patch: Patch
    values_before: RedrawnValues | None = None
    values_after: RedrawnValues | None = None

    is_edit: ClassVar[bool] = True

    def apply(self, content: Content) -> Applied:
        """Change outlines and table; lesions that were redrawn are stale, or have known values."""
        changed = content.patch(self.patch)
        known, analysis = self.values_after, content.analysis
        if known is None or analysis is None:
            return Applied(lesions=changed)
        # Values of an image that went away meanwhile would stand beside another's.
        if known.image_id == analysis.measured_image_id:
            content.analysis = analysis.with_redrawn(known.shown, known.original)
        return Applied(lesions=changed)

    def inverse(self) -> Edit:
        """Return the edit back."""
        return Edit(self.text, self.patch.inverted(), self.values_after, self.values_before)


@dataclass(frozen=True, eq=False)
class ResultChange:
    """A result that takes the place of another, or of none."""

    text: str
    before: LesionAnalysis | None
    after: LesionAnalysis | None

    is_edit: ClassVar[bool] = False

    def apply(self, content: Content) -> Applied:
        """Show the result; with the original's values where its image went away meanwhile."""
        content.analysis = self.after
        if self.after is not None and not content.is_there(self.after.measured_image_id):
            content.measure_original()
        return Applied(whole=True)

    def inverse(self) -> ResultChange:
        """Return the change to the result before."""
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, eq=False)
class RecoveryChange:
    """Recovered values that arrive beside the measured ones; ``None`` where there are none.

    ``image_id`` names the image that both are of, as `Measured.image_id` does.
    """

    text: str
    before: RecoveredValues | None
    after: RecoveredValues | None
    image_id: str = ""

    is_edit: ClassVar[bool] = False

    def apply(self, content: Content) -> Applied:
        """Show the recovered values, unless another image's values are shown meanwhile."""
        analysis = content.analysis
        if analysis is None or self.image_id != analysis.measured_image_id:
            return Applied()
        content.analysis = analysis.with_recovered(self.after)
        return Applied(lesions=_all_values(content.analysis))

    def inverse(self) -> RecoveryChange:
        """Return the change to the values before."""
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, eq=False)
class SourceChange:
    """Lesion values that were taken from another image."""

    text: str
    before: Measured
    after: Measured

    is_edit: ClassVar[bool] = False

    def apply(self, content: Content) -> Applied:
        """Show the values, unless their image went away: they would stand without a source."""
        if content.analysis is None or not content.is_there(self.after.image_id):
            return Applied()
        content.analysis = content.analysis.with_measured(self.after)
        return Applied(lesions=_all_values(content.analysis))

    def inverse(self) -> SourceChange:
        """Return the change to the source before."""
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, eq=False)
class MeasurementsChange:
    """What the reader drew, moved, renamed or took away: the small table before and after."""

    text: str
    before: Measurements
    after: Measurements

    # Unsaved measurements are known by comparing the tables.
    is_edit: ClassVar[bool] = False

    def apply(self, content: Content) -> Applied:
        """Show the table."""
        content.drawn.measurements = self.after
        return Applied(drawn=True)

    def inverse(self) -> MeasurementsChange:
        """Return the change to the table before."""
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, eq=False)
class PlacementChange:
    """An image that was moved: where it lay, and where it lies."""

    text: str
    before: Placement
    after: Placement

    is_edit: ClassVar[bool] = False

    def apply(self, content: Content) -> Applied:
        """Move the image, and what was made of it."""
        return Applied(placed=content.place(self.before, self.after))

    def inverse(self) -> PlacementChange:
        """Return the movement back."""
        return replace(self, before=self.after, after=self.before)


def _all_values(analysis: LesionAnalysis) -> LesionsChanged:
    return analysis.segmentation.values_changed(tuple(analysis.biomarkers))
