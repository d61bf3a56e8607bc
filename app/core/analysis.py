"""The frozen result of a lesion search: what crosses from the device thread to the session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.core.biomarkers import (
    ON_REQUEST,
    Biomarkers,
    RecoveredValues,
    Totals,
    totals,
    with_recovered,
)
from app.core.provenance import Provenance
from app.core.segmentation import Segmentation
from app.core.volume import Volume


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
    """

    segmentation: Segmentation
    biomarkers: Mapping[str, Biomarkers]
    probability: Volume | None
    uncertainty: Volume | None
    provenance: Provenance

    def totals(self) -> Totals:
        """Whole-patient values over the lesions that count."""
        return totals(self.segmentation.lesions, self.biomarkers)

    @property
    def is_stale(self) -> bool:
        """Whether an outline changed after a value was measured."""
        now = self.segmentation.revision
        return any(b.revision != now for b in self.biomarkers.values())

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
