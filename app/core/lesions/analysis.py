"""The frozen result of a lesion search: what crosses from the device thread to the session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.core.lesions.biomarkers import (
    ON_REQUEST,
    Biomarkers,
    RecoveredValues,
    Totals,
    totals,
    with_recovered,
)
from app.core.lesions.segmentation import Patch, Segmentation
from app.core.space.volume import Volume
from app.core.study.provenance import ORIGINAL, Provenance


@dataclass(frozen=True, eq=False)
class Measured:
    """Values of all lesions, and the image that they were taken from.

    Parameters
    ----------
    biomarkers
        By lesion id.
    image_id
        Id of a derived image; empty for the original PET.
    on
        ``"original"``, or the derived image's title.
    by
        What made the derived image: model, version and weights; empty for the original.
    recovery_fwhm_mm
        Blur that recovered values among them assume; ``None`` where there are none.
    """

    biomarkers: Mapping[str, Biomarkers]
    image_id: str = ""
    on: str = ORIGINAL
    by: str = ""
    recovery_fwhm_mm: float | None = None

    def with_outlines_of(self, other: Measured) -> Measured:
        """Return these with what the outlines alone say, MTV and its interval, from others.

        Samples of the outlines were drawn once; SUV in them was measured on the original only.
        """
        merged = {}
        for key, b in self.biomarkers.items():
            volume = other.biomarkers[key].values["mtv_ml"]
            merged[key] = replace(b, values={**b.values, "mtv_ml": volume})
        return replace(self, biomarkers=merged)


@dataclass(frozen=True, eq=False)
class LesionAnalysis:
    """Lesions found by a model (or read from a file) with everything known about them.

    Parameters
    ----------
    segmentation
        All candidates on the PET's native grid; physiological ones have that status.
    biomarkers
        By lesion id, at the segmentation's revision.
    probability, uncertainty
        Mean lesion probability and predictive entropy in bits (0 to 1) on the PET's native
        grid, float32; ``None`` for outlines that no model drew.
    provenance
        Software, series, SUV rule, model, threshold, samples.
    measured_image_id
        Id of the derived image that ``biomarkers`` were taken from; empty for the original PET.
    original
        Values of the original PET while others stand in their place, else ``None``.
    """

    segmentation: Segmentation
    biomarkers: Mapping[str, Biomarkers]
    probability: Volume | None
    uncertainty: Volume | None
    provenance: Provenance
    measured_image_id: str = ""
    original: Measured | None = None

    def totals(self) -> Totals:
        """Whole-patient values over the lesions that count."""
        return totals(self.segmentation.lesions, self.biomarkers)

    @property
    def is_stale(self) -> bool:
        """Whether an outline changed after a value was measured."""
        now = self.segmentation.revision
        sets = [self.biomarkers, *([] if self.original is None else [self.original.biomarkers])]
        return any(b.revision != now for values in sets for b in values.values())

    @property
    def measured(self) -> Measured:
        """The values that are shown, with where they were taken from."""
        stated = self.provenance
        return Measured(
            self.biomarkers, self.measured_image_id, stated.measured_on, stated.measured_by,
            stated.recovery_fwhm_mm,
        )  # fmt: skip

    def with_measured(self, measured: Measured) -> LesionAnalysis:
        """Return the result with these values in the place of those that are shown.

        Both are of the same outlines: these are of the present revision if the shown ones are.
        """
        now = self.segmentation.revision
        original = None if not measured.image_id else self.original or self.measured
        values = measured.biomarkers
        if not self.is_stale:
            values = {key: replace(b, revision=now) for key, b in values.items()}
        return replace(
            self,
            biomarkers=values,
            measured_image_id=measured.image_id,
            original=original,
            provenance=replace(
                self.provenance, measured_on=measured.on, measured_by=measured.by,
                recovery_fwhm_mm=measured.recovery_fwhm_mm,
            ),
        )  # fmt: skip

    def patched(self, patch: Patch) -> LesionAnalysis:
        """Return the result after a patch of its outlines or table.

        Values of lesions that it does not redraw hold on; those of the others keep the revision
        at which they were measured, and are stale.
        """
        segmentation = self.segmentation.apply(patch)
        there = {x.id for x in segmentation.lesions}
        still = there - set(patch.redrawn_lesions())
        ends = (self.segmentation.revision, segmentation.revision)

        def carried(values: Mapping[str, Biomarkers]) -> dict[str, Biomarkers]:
            return {
                key: replace(b, revision=ends[1]) if key in still and b.revision == ends[0] else b
                for key, b in values.items()
                if key in there
            }

        original = self.original
        if original is not None:
            original = replace(original, biomarkers=carried(original.biomarkers))
        values = carried(self.biomarkers)
        return replace(self, segmentation=segmentation, biomarkers=values, original=original)

    def with_redrawn(
        self, shown: Mapping[str, Biomarkers], original: Mapping[str, Biomarkers]
    ) -> LesionAnalysis:
        """Return the result with values of some lesions, of the present outlines.

        Parameters
        ----------
        shown
            By lesion id, of the image that the values are taken from.
        original
            By lesion id, of the original PET; only used while another image's values are shown.
        """
        now = self.segmentation.revision

        def joined(
            values: Mapping[str, Biomarkers], new: Mapping[str, Biomarkers]
        ) -> dict[str, Biomarkers]:
            found = {**values, **{key: replace(b, revision=now) for key, b in new.items()}}
            ids = [x.id for x in self.segmentation.lesions]
            return {key: found[key] for key in ids if key in found}

        kept = self.original
        if kept is not None:
            kept = replace(kept, biomarkers=joined(kept.biomarkers, original))
        return replace(self, biomarkers=joined(self.biomarkers, shown), original=kept)

    def stale_lesions(self) -> frozenset[str]:
        """Return the ids of lesions with voxels whose values are of another outline, or missing."""
        now, present = self.segmentation.revision, self.segmentation.labels.present()
        sets = [self.biomarkers, *([] if self.original is None else [self.original.biomarkers])]
        return frozenset(
            x.id
            for x in self.segmentation.lesions
            if x.label in present
            and any(x.id not in values or values[x.id].revision != now for values in sets)
        )

    def without_empty(self) -> LesionAnalysis:
        """Return the result without values of lesions that have no voxel any more."""
        present = self.segmentation.labels.present()
        drawn = {x.id for x in self.segmentation.lesions if x.label in present}
        original = self.original
        if original is not None:
            left = {key: b for key, b in original.biomarkers.items() if key in drawn}
            original = replace(original, biomarkers=left)
        values = {key: b for key, b in self.biomarkers.items() if key in drawn}
        return replace(self, biomarkers=values, original=original)

    def on_original(self) -> LesionAnalysis:
        """Return the result with the values of the original PET."""
        return self if self.original is None else self.with_measured(self.original)

    @property
    def recovered(self) -> RecoveredValues | None:
        """The values of partial-volume recovery among the biomarkers, or ``None``."""
        fwhm_mm = self.provenance.recovery_fwhm_mm
        if fwhm_mm is None:
            return None
        found = {
            key: {k: v for k, v in b.values.items() if k in ON_REQUEST}
            for key, b in self.biomarkers.items()
        }
        return RecoveredValues(fwhm_mm, {key: x for key, x in found.items() if x})

    def with_recovered(self, recovered: RecoveredValues | None) -> LesionAnalysis:
        """Return the result with these recovered values beside the measured ones, or with none."""
        fwhm_mm = None if recovered is None else recovered.fwhm_mm
        return replace(
            self,
            biomarkers=with_recovered(self.biomarkers, recovered),
            provenance=replace(self.provenance, recovery_fwhm_mm=fwhm_mm),
        )
