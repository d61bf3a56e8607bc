"""A synthetic CT against the study's own CT: HU by tissue, and what it would do to the PET."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from app.compute.attenuation.factors import (
    DEFAULT_KVP,
    MODEL,
    SYNTHETIC_KVP,
    AttenuationEffect,
    attenuation_effect,
    mu_image,
    mu_map,
    table_kvp,
)
from app.core.kit.errors import GridError, InputError
from app.core.kit.jobs import JobContext
from app.core.lesions.compare import TISSUES_HU, HuError, body_of, hu_error
from app.core.space.resample import resample
from app.core.space.volume import Quantity, Volume
from app.core.study.derived import DerivedImage
from app.core.study.provenance import Provenance
from app.core.study.study import Study
from app.io.dicom.file import read_file
from app.io.dicom.header import DAMAGED
from app.io.write.documents.study import software_versions

_log = logging.getLogger(__name__)


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
    mu = mu_of_synthetic(image, context.part(0.0, 0.05))
    if study.ct is None:
        return SyntheticReport(mu, None, note="There is no CT to compare with.")
    kvp = ct_kvp(study)
    try:
        error = hu_error(image.volume, study.ct)
        effect = factors_against(study.ct, kvp, mu.volume, context.part(0.05, 1.0))
    except (GridError, InputError) as reason:
        return SyntheticReport(mu, kvp, note=f"No comparison with the CT: {reason.sentence}")
    return SyntheticReport(mu, kvp, error, effect)


def mu_of_synthetic(image: DerivedImage, context: JobContext | None = None) -> DerivedImage:
    """Return the attenuation map of a synthetic CT, at the voltage it was trained on.

    Raises
    ------
    QuantityError
        If the image does not hold HU.
    JobCancelled
        If the context's token is set.
    """
    return mu_image(
        image.volume,
        image.source_uids,
        image.provenance,
        SYNTHETIC_KVP,
        source="synthetic CT",
        context=context,
    )


def mu_of_ct(
    study: Study, kvp: float | None = None, context: JobContext | None = None
) -> DerivedImage:
    """Return the attenuation map of a study's CT, on its own grid.

    Parameters
    ----------
    study
        With a CT in HU.
    kvp
        Tube voltage in kV; ``None`` for that of the CT's header. Where that states none that a CT
        can have, 120 kV is taken, and the image's provenance warns of it.
    context
        Progress and cancel.

    Raises
    ------
    InputError
        If the study has no CT, or no CT has the given voltage.
    QuantityError
        If the CT does not hold HU.
    JobCancelled
        If the context's token is set.
    """
    ct = study.ct
    if ct is None:
        raise InputError(
            "There is no CT in this study.",
            "Open a folder that also holds a CT, or name one with --ct FILE.",
        )
    voltage, warning = (kvp, "") if kvp is not None else _stated_voltage(study)
    if not warning and voltage is not None and table_kvp(voltage) != voltage:
        warning = (
            f"The CT was taken at {voltage:g} kV; the model's nearest voltage, "
            f"{table_kvp(voltage)} kV, was used."
        )
    provenance = Provenance(
        software=software_versions(),
        series_uids={"CT": ct.series_uid},
        warnings=(warning,) if warning else (),
        alignments=tuple(x for x in study.alignments if x.moving_uid == ct.series_uid),
    )
    return mu_image(ct, {"CT": ct.series_uid}, provenance, voltage, context=context)


def _stated_voltage(study: Study) -> tuple[float, str]:
    """Tube voltage by the CT's header, or the usual one with a sentence that says so."""
    stated = ct_kvp(study)
    assumed = f"{DEFAULT_KVP} kV was assumed."
    if stated is None:
        return DEFAULT_KVP, f"The CT does not state its tube voltage; {assumed}"
    try:
        table_kvp(stated)
    except InputError:
        return DEFAULT_KVP, f"No CT is taken at {stated:g} kV, as its header states; {assumed}"
    return stated, ""


def factors_of_synthetic(
    study: Study, image: DerivedImage, context: JobContext | None = None
) -> tuple[AttenuationEffect, str]:
    """Compare the attenuation factors of a synthetic CT with those of the study's CT.

    Returns
    -------
    AttenuationEffect
        By slice of the synthetic CT's grid.
    str
        A sentence where the CT's tube voltage was assumed, otherwise empty.

    Raises
    ------
    InputError
        If the study has no CT.
    QuantityError
        If an image does not hold HU.
    GridError
        If the images share no frame of reference or do not overlap.
    JobCancelled
        If the context's token is set.
    """
    context = context or JobContext()
    if study.ct is None:
        raise InputError("There is no CT to compare with.", "Open a study that holds one.")
    mu = mu_of_synthetic(image, context.part(0.0, 0.05))
    kvp, assumed = _stated_voltage(study)
    return factors_against(study.ct, kvp, mu.volume, context.part(0.05, 1.0)), assumed


def factors_against(
    ct: Volume, kvp: float | None, mu: Volume, context: JobContext | None = None
) -> AttenuationEffect:
    """Compare the attenuation factors of a map with those of a real CT, slice by slice of the map.

    Parameters
    ----------
    ct
        The real CT in HU; it is brought onto the map's grid, and both count only where both are.
    kvp
        Its tube voltage in kV; ``None`` stands for 120.
    mu
        The map to judge, in 1/cm.
    context
        Progress and cancel.

    Raises
    ------
    QuantityError, GridError, InputError, JobCancelled
        As `app.compute.attenuation.factors.attenuation_effect` and
        `app.compute.attenuation.factors.mu_map`.
    """
    context = context or JobContext()
    real = resample(ct, mu.grid, fill=-1000.0)
    reference = mu_map(real, kvp)
    # Where the real CT does not reach there is nothing to compare with, and neither map counts.
    ones = Volume(ct.grid, np.ones(ct.grid.shape_kji, dtype=np.uint8), Quantity.LABEL)
    covered = resample(ones, mu.grid, order=0).array > 0

    def within(volume: Volume, where: npt.NDArray[np.bool_]) -> Volume:
        return replace(volume, array=np.where(where, volume.array, np.float32(0.0)))

    effect = attenuation_effect(within(mu, covered), reference, context=context.part(0.0, 0.5))
    body = covered & body_of(real.array)
    inside = attenuation_effect(
        within(mu, body), within(reference, body), context=context.part(0.5, 1.0)
    )
    return replace(
        effect,
        in_body_mean_percent=inside.mean_percent,
        in_body_mean_absolute_percent=inside.mean_absolute_percent,
    )


def ct_kvp(study: Study) -> float | None:
    """Return the tube voltage that the CT's header states, or ``None``."""
    series = study.series_of(study.choice.ct_uid)
    if series is None or not series.files:
        return None
    try:
        header = read_file(series.files[0], ["KVP"], pixels=False)
        value = header.get("KVP")
        return None if value in (None, "") else float(value)
    except DAMAGED as error:
        _log.info("the CT's tube voltage cannot be read: %s", type(error).__name__)
        return None
