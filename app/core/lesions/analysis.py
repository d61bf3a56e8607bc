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
from app.core.lesions.segmentation import Segmentation
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
        return any(b.revision != now for b in self.biomarkers.values())

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
