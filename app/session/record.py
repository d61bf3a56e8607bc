"""What belongs to one open study: its result, history, derived images and work on the way.

`app.session.session.Session` owns the records of all open studies and is the only one that changes
them, on its own thread. A record is dropped as a whole when its study is closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from app.core.kit.jobs import Job
from app.core.lesions.analysis import LesionAnalysis, Measured
from app.core.lesions.biomarkers import Biomarkers
from app.core.lesions.saliency import SaliencyMap
from app.core.lesions.segmentation import Patch
from app.core.space.volume import Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.placement import Placement, derived_follow, image_of, placed
from app.core.study.study import Study
from app.session.history import History, Step
from app.session.measuring import Drawn


@dataclass(frozen=True)
class Applied:
    """What a step changed: the whole result, or lesions of these ids (none: voxels only).

    ``placed`` says that an image lies elsewhere now.
    """

    whole: bool = False
    lesions: tuple[str, ...] | None = None
    placed: bool = False


@dataclass(eq=False)
class OpenStudy:
    """One open study with everything that was made of it; ``study`` is ``None`` for no study.

    ``images`` holds further series that were read when they were asked for, by series UID.
    ``device_jobs`` are cancelled when the study is closed. ``drawn`` are its measurements. A study
    of which an image was put elsewhere keeps its record.
    """

    study: Study | None
    analysis: LesionAnalysis | None = None
    history: History = field(default_factory=History)
    derived: tuple[DerivedImage, ...] = ()
    derived_values: dict[str, Mapping[str, Biomarkers]] = field(default_factory=dict)
    saliency: SaliencyMap | None = None
    saved_revision: tuple[str, int] | None = None
    recovering: Job | None = None
    device_jobs: set[Job] = field(default_factory=set)
    images: dict[str, Volume] = field(default_factory=dict)
    drawn: Drawn = field(default_factory=Drawn)

    def __post_init__(self) -> None:
        """Measurements are of this study."""
        self.drawn.study = self.study

    @property
    def has_unsaved_edits(self) -> bool:
        """Whether a person changed outlines, their status or measurements since the last export."""
        if self.drawn.is_unsaved:
            return True
        if self.analysis is None:
            return False
        segmentation = self.analysis.segmentation
        if self.saved_revision == (segmentation.id, segmentation.revision):
            return False
        return self.history.holds_edits

    def cancel_recovery(self) -> None:
        """Stop a recovery on its way."""
        if self.recovering is not None:
            self.recovering.cancel()

    def cancel_work(self) -> None:
        """Stop what was begun on this study: its result would have nowhere to go."""
        self.cancel_recovery()
        for job in self.device_jobs:
            job.cancel()

    def image(self, series_uid: str) -> Volume | None:
        """Return the volume of a series, if it is in memory."""
        held = () if self.study is None else volumes_of(self.study)
        found = (x for x in held if x.series_uid == series_uid)
        return next(found, self.images.get(series_uid))

    def add_derived(self, image: DerivedImage) -> None:
        """Take a derived image; it replaces an earlier one of its kind and title."""
        older = self.replaced_by(image)
        self.derived = (*(x for x in self.derived if x not in older), image)

    def replaced_by(self, image: DerivedImage) -> tuple[DerivedImage, ...]:
        """Return the derived images whose place another one takes."""
        return tuple(x for x in self.derived if (x.kind, x.title) == (image.kind, image.title))

    def remove_derived(self, image_id: str) -> None:
        """Take a derived image away with its values; nothing happens if it is not there."""
        self.derived = tuple(x for x in self.derived if x.id != image_id)
        self.derived_values.pop(image_id, None)

    def measured_pet(self) -> Volume | None:
        """Return the PET that the lesion values are taken from: the original or a derived one."""
        if self.analysis is not None and self.analysis.measured_image_id:
            return next(x.volume for x in self.derived if x.id == self.analysis.measured_image_id)
        return None if self.study is None else self.study.pet

    def measure_original(self) -> None:
        """Show the original's values again, where those of a derived image are shown.

        No step of the history: that image goes away, and does not come back by undo either.
        """
        if self.analysis is not None:
            self.analysis = self.analysis.on_original()

    def _is_there(self, image_id: str) -> bool:
        """Whether a derived image is there; the original, whose id is empty, always is."""
        return not image_id or any(x.id == image_id for x in self.derived)

    def values_on(self, image_id: str) -> Measured | None:
        """Return the lesions' values on a derived image, or ``None`` where it lacks one of them."""
        analysis, values = self.analysis, self.derived_values.get(image_id)
        image = next((x for x in self.derived if x.id == image_id), None)
        if analysis is None or image is None or values is None or analysis.is_stale:
            return None
        shown = analysis.measured
        # Outlines that changed meanwhile are measured anew first.
        if any(k not in values or values[k].voxels != b.voxels
               for k, b in shown.biomarkers.items()):  # fmt: skip
            return None
        found = {key: values[key] for key in shown.biomarkers}
        made = Measured(found, image_id, image.title, image.provenance.maker)
        return made.with_outlines_of(shown)

    def unmeasured(self) -> tuple[DerivedImage, ...]:
        """Denoised images on which the present lesions are not measured yet."""
        if self.analysis is None:
            return ()
        ids = {x.id for x in self.analysis.segmentation.lesions}
        denoised = (x for x in self.derived if x.kind is DerivedKind.DENOISED)
        return tuple(
            x for x in denoised if ids and not ids <= set(self.derived_values.get(x.id, ()))
        )

    def keep_values(self, found: Mapping[str, Mapping[str, Biomarkers]]) -> None:
        """Take values of derived images that are still there."""
        there = {x.id for x in self.derived}
        self.derived_values.update({k: v for k, v in found.items() if k in there})

    def apply(self, step: Step, *, backwards: bool) -> Applied:
        """Do a step, or take it back."""
        if (change := step.placement) is not None:
            ends = (change.after, change.before) if backwards else (change.before, change.after)
            return Applied(placed=self.place(*ends))
        if step.recovery is not None:
            # Values of an image that went away meanwhile would stand beside another's.
            if self.analysis is None or step.recovery.image_id != self.analysis.measured_image_id:
                return Applied()
            values = step.recovery.before if backwards else step.recovery.after
            self.analysis = self.analysis.with_recovered(values)
            return Applied(lesions=tuple(self.analysis.biomarkers))
        if step.source is not None:
            return self._take_source(step.source.before if backwards else step.source.after)
        if step.patch is None:
            self.analysis = step.before if backwards else step.after
            if self.analysis is not None and not self._is_there(self.analysis.measured_image_id):
                self.measure_original()
            return Applied(whole=True)
        if self.analysis is None:
            return Applied()
        patch = step.patch.inverted() if backwards else step.patch
        return Applied(lesions=self.apply_patch(patch))

    def _take_source(self, measured: Measured) -> Applied:
        # Values of an image that went away meanwhile would stand there without their source.
        if self.analysis is None or not self._is_there(measured.image_id):
            return Applied()
        self.analysis = self.analysis.with_measured(measured)
        return Applied(lesions=tuple(self.analysis.biomarkers))

    def place(self, before: Placement, after: Placement) -> bool:
        """Move an image from one place to another, and what was made of it; whether it is there."""
        image = None if self.study is None else image_of(self.study, after.role)
        if self.study is None or image is None:
            return False
        self.study = placed(self.study, after)
        self.derived = derived_follow(self.derived, before, after, image.series_uid)
        self.drawn.take(self.study)
        return True

    def apply_patch(self, patch: Patch) -> tuple[str, ...]:
        """Change outlines or table; return the ids of the lesions that changed."""
        if self.analysis is None:
            return ()
        self.analysis, changed = _patched(self.analysis, patch)
        return changed


def _patched(analysis: LesionAnalysis, patch: Patch) -> tuple[LesionAnalysis, tuple[str, ...]]:
    segmentation = analysis.segmentation.apply(patch)
    biomarkers = analysis.biomarkers
    if not patch.flat_index.size:
        # No voxel changed, so the numbers are those of the new revision too.
        biomarkers = {
            key: replace(value, revision=segmentation.revision) for key, value in biomarkers.items()
        }
    before = {x.id: x for x in patch.lesions_before}
    after = {x.id: x for x in patch.lesions_after}
    changed = tuple(x for x in {**before, **after} if before.get(x) != after.get(x))
    return replace(analysis, segmentation=segmentation, biomarkers=biomarkers), changed


def volumes_of(study: Study) -> Iterator[Volume]:
    """Every image of a study that is in memory."""
    yield from (x for x in (study.pet, study.ct, study.mr, *study.others.values()) if x is not None)


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
