"""Where a number comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.space.alignment import RigidAlignment
from app.core.space.series_uid import dicom_uid

#: What `Provenance.measured_on` says of values taken from the PET itself.
ORIGINAL = "original"


@dataclass(frozen=True)
class SuvScale:
    """How the stored PET values become SUV, or why they cannot.

    Parameters
    ----------
    type
        ``"SUVbw"``, ``"SUVlbm"`` ..., or ``None`` when no SUV is offered.
    factor
        SUV per unit of the rescaled value (1/(Bq/ml) for BQML); ``None`` without SUV, and also
        ``None`` where frames differ: then ``frame_factors`` holds one per slice.
    rule
        One sentence: which rule gave the factor.
    headers
        The header values used, by DICOM keyword; no patient name or id.
    why
        Why no SUV is offered, with what is missing.
    missing
        DICOM keywords a person could type in to obtain SUV.
    warnings
        Sentences to show beside the SUV (for example: QIBA and IBSI start times differ).
    frame_factors
        One factor per slice [k], when they differ (decay correction NONE).
    remarks
        Those of ``warnings`` that put the number in no doubt: two standards that differ by less
        than what two scans of one patient do.
    """

    type: str | None
    factor: float | None = None
    rule: str = ""
    headers: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    frame_factors: tuple[float, ...] | None = None
    remarks: tuple[str, ...] = ()

    @property
    def doubts(self) -> tuple[str, ...]:
        """What the number rests on: marked wherever it stands."""
        return tuple(x for x in self.warnings if x not in self.remarks)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary: ``type``, ``factor``, ``rule``, ``headers``, ``why``."""
        return {
            "type": self.type,
            "factor": self.factor,
            "rule": self.rule,
            "headers": dict(self.headers),
            "why": self.why,
            "missing": list(self.missing),
            "warnings": list(self.warnings),
            "frame_factors": None if self.frame_factors is None else list(self.frame_factors),
        }


@dataclass(frozen=True)
class Provenance:
    """What every exported number states about its origin.

    ``series_uids`` are by role: ``PET``, ``CT``, ``MR``.
    """

    software: Mapping[str, str]
    series_uids: Mapping[str, str]
    suv: SuvScale | None = None
    model_id: str | None = None
    model_version: str | None = None
    weights_sha256: Mapping[str, str] = field(default_factory=dict)
    threshold: float | None = None
    samples: int | None = None
    device: str | None = None
    seed: int | None = None
    runners: Mapping[str, str] = field(default_factory=dict)
    """What computed each network, by model id: library, version and number format."""
    warnings: tuple[str, ...] = ()
    measured_on: str = ORIGINAL
    """Which image the biomarkers were taken from: the original, or a derived one by its title."""
    measured_by: str = ""
    """What made that derived image (model, version, weights); empty for the original."""
    recovery_fwhm_mm: float | None = None
    """Blur that recovered values assume, in mm; ``None`` where there are none."""
    alignments: tuple[RigidAlignment, ...] = ()
    """Images that lay elsewhere than they were read."""
    method: str | None = None
    """Published formula that made an image, with what it was told; ``None`` where none did."""

    @property
    def maker(self) -> str:
        """What made an image: model, version and the SHA-256 of its weights."""
        named = f"{self.model_id or ''} {self.model_version or ''}".strip()
        weights = (f"{name} sha256 {sha}" for name, sha in self.weights_sha256.items())
        return ", ".join(x for x in (named, *weights) if x)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {
            "software": dict(self.software),
            "series_uids": {role: dicom_uid(uid) for role, uid in self.series_uids.items()},
            "suv": None if self.suv is None else self.suv.to_json(),
            "model_id": self.model_id,
            "model_version": self.model_version,
            "weights_sha256": dict(self.weights_sha256),
            "threshold": self.threshold,
            "samples": self.samples,
            "device": self.device,
            "seed": self.seed,
            "runners": dict(self.runners),
            "warnings": list(self.warnings),
            "measured_on": self.measured_on,
            "measured_by": self.measured_by,
            "recovery_fwhm_mm": self.recovery_fwhm_mm,
            "alignments": [x.to_json() for x in self.alignments],
            "method": self.method,
        }
