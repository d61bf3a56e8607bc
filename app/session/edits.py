"""A person's edits of lesions: outlines and judgements, each an undoable change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.biomarkers import Biomarkers
from app.core.lesions.lesion import LesionStatus
from app.core.lesions.segmentation import LesionsChanged, Patch
from app.session.changes.kinds import Edit, RedrawnValues
from app.session.jobs import Jobs
from app.session.studies import Studies
from app.session.undo import Undo


class Edits:
    """Changes lesions of the active study; `app.session.results.Results` announces it."""

    def __init__(self, studies: Studies, history: Undo, jobs: Jobs) -> None:
        self._studies, self._history, self._jobs = studies, history, jobs

    def apply(self, patch: Patch, text: str) -> LesionsChanged | None:
        """Edit outlines, the table of lesions or both; one undoable change.

        `Segmentation.patch` and `Segmentation.patch_in_box` make the patch. Values of lesions
        that it redraws are stale until they are measured anew in the background; undo brings them
        back as they were. Nothing happens without a result, or where nothing changes.

        Parameters
        ----------
        patch
            Made from the present outlines.
        text
            What undo and redo call it.

        Returns
        -------
        LesionsChanged or None
            What was announced.

        Raises
        ------
        ValueError
            If the patch was made from other outlines, or draws a label that no lesion has.
        """
        self._jobs.require_thread()
        analysis = self._studies.active.content.analysis
        if analysis is None:
            return None
        _check(patch, analysis)
        if not patch.flat_index.size and patch.lesions_before == patch.lesions_after:
            return None
        values = _redrawn(analysis, patch)
        return self._history.push(Edit(text, patch, values_before=values)).lesions

    def set_status(self, lesion_ids: Sequence[str], status: LesionStatus) -> None:
        """Accept, reject or mark lesions; one undoable change. Unknown ids are an error."""
        self._jobs.require_thread()
        analysis = self._studies.active.content.analysis
        if analysis is None or not lesion_ids:
            return
        segmentation = analysis.segmentation
        ids = tuple(segmentation.lesion(x).id for x in lesion_ids)
        self.apply(segmentation.status_patch(ids, status), f"Mark as {status}")


def _check(patch: Patch, analysis: LesionAnalysis) -> None:
    segmentation = analysis.segmentation
    drawn = set(patch.new.tolist()) - {0}
    if drawn - {x.label for x in patch.lesions_after}:
        raise ValueError("The edit draws a label that no lesion of its table has.")
    same = (segmentation.labels.take(patch.flat_index) == patch.old).all()
    if patch.lesions_before != segmentation.lesions or not same:
        raise ValueError("The edit was made from other outlines than the present ones.")


def _redrawn(analysis: LesionAnalysis, patch: Patch) -> RedrawnValues | None:
    """Return the values of the lesions that the patch redraws, as far as they are measured."""
    ids, now = patch.redrawn_lesions(), analysis.segmentation.revision

    def measured(values: Mapping[str, Biomarkers]) -> dict[str, Biomarkers]:
        return {x: values[x] for x in ids if x in values and values[x].revision == now}

    if not ids:
        return None
    original = {} if analysis.original is None else measured(analysis.original.biomarkers)
    return RedrawnValues(analysis.measured_image_id, measured(analysis.biomarkers), original)
