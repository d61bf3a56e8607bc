"""A synthetic CT against the study's own CT: HU by tissue, and what it would do to the PET."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pydicom import dcmread

from app.core.attenuation import (
    MODEL,
    SYNTHETIC_KVP,
    AttenuationEffect,
    attenuation_effect,
    mu_image,
    mu_map,
    table_kvp,
)
from app.core.compare import TISSUES_HU, HuError, hu_error
from app.core.derived import DerivedImage
from app.core.errors import GridError, InputError
from app.core.jobs import JobContext
from app.core.resample import resample
from app.core.study import Study
from app.core.volume import Volume
from app.io.dicom_header import DAMAGED


@dataclass(frozen=True, eq=False)
class SyntheticReport:
    """What is known of a synthetic CT.

    ``error`` and ``effect`` are ``None`` where the study has no CT that lies in the same place;
    ``note`` then says why.
    """

    mu: DerivedImage
    kvp: float | None
    error: HuError | None = None
    effect: AttenuationEffect | None = None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary: models, bounds, errors by tissue, effect by slice."""
        document: dict[str, Any] = {
            "mu_model": MODEL,
            "synthetic_kvp": SYNTHETIC_KVP,
            "note": self.note,
        }
        if self.error is not None:
            document["hu_error"] = {
                "body": asdict(self.error.body),
                "tissues": {k: asdict(v) for k, v in self.error.tissues.items()},
                "bounds_hu": {k: list(v) for k, v in TISSUES_HU.items()},
            }
        if self.effect is not None:
            document["ct_kvp"] = table_kvp(self.kvp)
            document["attenuation_factors"] = asdict(self.effect)
        return document


def synthetic_report(
    study: Study, image: DerivedImage, context: JobContext | None = None
) -> SyntheticReport:
    """Make the attenuation map of a synthetic CT and compare it with the study's CT.

    Raises
    ------
    QuantityError
        If the image does not hold HU.
    JobCancelled
        If the context's token is set.
    """
    context = context or JobContext()
    context.progress(0.0, "Making the attenuation map")
    mu = mu_image(image.volume, image.source_uids, image.provenance, SYNTHETIC_KVP)
    if study.ct is None:
        return SyntheticReport(mu, None, note="There is no CT to compare with.")
    kvp = ct_kvp(study)
    try:
        error = hu_error(image.volume, study.ct)
        reference = mu_map(_on_grid(study.ct, image.volume), kvp)
        effect = attenuation_effect(mu.volume, reference, context=context)
    except (GridError, InputError) as reason:
        return SyntheticReport(mu, kvp, note=f"No comparison with the CT: {reason.sentence}")
    return SyntheticReport(mu, kvp, error, effect)


def _on_grid(ct: Volume, target: Volume) -> Volume:
    """Return the CT on the synthetic CT's grid: both are then cut off at the same place."""
    return resample(ct, target.grid, fill=-1000.0)


def ct_kvp(study: Study) -> float | None:
    """Return the tube voltage that the CT's header states, or ``None``."""
    series = study.series_of(study.choice.ct_uid)
    if series is None or not series.files:
        return None
    try:
        header = dcmread(series.files[0], stop_before_pixels=True, specific_tags=["KVP"])
        value = header.get("KVP")
        return None if value in (None, "") else float(value)
    except DAMAGED:
        return None
