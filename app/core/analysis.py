"""The frozen result of a lesion search: what crosses from the device thread to the session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.biomarkers import Biomarkers, Totals, totals
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
