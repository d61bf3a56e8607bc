"""What one open study holds: images, result, derived images, what was drawn on it.

Changes act on it, and readers may look at it; only the session changes it, on its own thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.core.drawn.measurements import Measurements
from app.core.drawn.voi_statistics import MeasuredShape
from app.core.lesions.analysis import LesionAnalysis, Measured
from app.core.lesions.biomarkers import Biomarkers
from app.core.lesions.saliency import SaliencyMap
from app.core.lesions.segmentation import LesionsChanged, Patch
from app.core.space.volume import Volume
from app.core.study.derived import DerivedImage, DerivedKind
from app.core.study.placement import Placement, derived_follow, image_of, placed
from app.core.study.study import Study, same_images


@dataclass(eq=False)
class Drawn:
    """What the reader drew on one open study, with its values as far as they are measured.

    ``saved`` is what was exported last.
    """

    study: Study | None = None
    measurements: Measurements = field(default_factory=Measurements)
    saved: Measurements = field(default_factory=Measurements)
    values: dict[str, MeasuredShape] = field(default_factory=dict)

    @property
    def is_unsaved(self) -> bool:
        """Whether the measurements differ from those exported last."""
        return self.measurements != self.saved

    def take(self, study: Study) -> None:
        """Take the same study in another state: values have to be measured anew."""
        self.study = study
        self.values.clear()

    def for_study(self, study: Study) -> Drawn:
        """Return what stays for a study in the place of this one: all, if its images are the same.

        They are when a header value was typed in; the values are then measured anew.
        """
        if not same_images(self.study, study):
            return Drawn(study)
        return Drawn(study, self.measurements, self.saved)


@dataclass(eq=False)
class Content:
    """One open study with everything that was made of it; ``study`` is ``None`` for no study.

    ``images`` holds further series that were read when they were asked for, by series UID.
    ``derived_values`` are the lesions' values on derived images, by image id and lesion id.
    """

    study: Study | None
    analysis: LesionAnalysis | None = None
    derived: tuple[DerivedImage, ...] = ()
    derived_values: dict[str, Mapping[str, Biomarkers]] = field(default_factory=dict)
    saliency: SaliencyMap | None = None
    images: dict[str, Volume] = field(default_factory=dict)
    drawn: Drawn = field(default_factory=Drawn)

    def __post_init__(self) -> None:
        """Measurements are of this study."""
        self.drawn.study = self.study

    def image(self, series_uid: str) -> Volume | None:
        """Return the volume of a series, if it is in memory."""
        held = () if self.study is None else volumes_of(self.study)
        found = (x for x in held if x.series_uid == series_uid)
        return next(found, self.images.get(series_uid))

    # Derived images

    def derived_image(self, image_id: str) -> DerivedImage | None:
        """Return the derived image of an id, if it is there."""
        return next((x for x in self.derived if x.id == image_id), None)

    def is_there(self, image_id: str) -> bool:
        """Whether a derived image is there; the original, whose id is empty, always is."""
        return not image_id or self.derived_image(image_id) is not None

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

    # Values of the lesions

    def measured_pet(self) -> Volume | None:
        """Return the PET that the lesion values are taken from: the original or a derived one."""
        if self.analysis is not None and self.analysis.measured_image_id:
            image = self.derived_image(self.analysis.measured_image_id)
            return None if image is None else image.volume
        return None if self.study is None else self.study.pet

    def measure_original(self) -> None:
        """Show the original's values again, where those of a derived image are shown.

        No step of the history: that image goes away, and does not come back by undo either.
        """
        if self.analysis is not None:
            self.analysis = self.analysis.on_original()

    def values_on(self, image_id: str) -> Measured | None:
        """Return the lesions' values on a derived image, or ``None`` where it lacks one of them."""
        analysis, values = self.analysis, self.derived_values.get(image_id)
        image = self.derived_image(image_id)
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

    # What changes do

    def patch(self, patch: Patch) -> LesionsChanged | None:
        """Change outlines or table; values of lesions whose outline changed are stale then."""
        if self.analysis is None:
            return None
        self.analysis = self.analysis.patched(patch)
        drawn = set(patch.redrawn_lesions())
        for image_id, values in self.derived_values.items():
            self.derived_values[image_id] = {k: v for k, v in values.items() if k not in drawn}
        return self.analysis.segmentation.changed_by(patch)

    def place(self, before: Placement, after: Placement) -> bool:
        """Move an image from one place to another, and what was made of it; whether it is there."""
        image = None if self.study is None else image_of(self.study, after.role)
        if self.study is None or image is None:
            return False
        self.study = placed(self.study, after)
        self.derived = derived_follow(self.derived, before, after, image.series_uid)
        self.drawn.take(self.study)
        return True


def volumes_of(study: Study) -> Iterator[Volume]:
    """Every image of a study that is in memory."""
    yield from (x for x in (study.pet, study.ct, study.mr, *study.others.values()) if x is not None)
