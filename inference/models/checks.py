"""What the images of a study must be before a network sees them, and what to warn about.

Each check gives sentences for the result's provenance. No torch here.
"""

from __future__ import annotations

import re

import numpy as np

from app.core.kit.errors import ModelError
from app.core.models.card import ModelCard, ModelInput
from app.core.space.volume import Quantity, Volume
from app.core.study.tracers import OTHER, range_of_tracer

#: Names that studies and cards give to the same tracer, without case and signs.
_FDG = ("fdg", "fluorodeoxyglucose", "fludeoxyglucose")
LEAST_PLAUSIBLE_SUV = 1.0
"""A whole body always holds more than this somewhere; less means a wrong scale."""


def input_of(card: ModelCard, modality: str) -> ModelInput | None:
    """Return the card's entry for a modality (``PT`` or ``CT``), or ``None``."""
    names = ("PT", "PET") if modality == "PT" else (modality,)
    return next((x for x in card.inputs if x.modality in names), None)


def clean(volume: Volume, fill: float, name: str) -> tuple[Volume, list[str]]:
    """Replace values that are not finite.

    Returns
    -------
    volume
        The same object where nothing had to be replaced.
    warnings
        A sentence with the number of voxels where something was.
    """
    if not np.issubdtype(volume.array.dtype, np.floating):
        return volume, []
    bad = ~np.isfinite(volume.array)
    count = int(bad.sum())
    if not count:
        return volume, []
    array = np.where(bad, np.asarray(fill, dtype=volume.array.dtype), volume.array)
    warning = f"{count} voxels of the {name} are not numbers and were taken as {fill:g}."
    cleaned = Volume(volume.grid, array, volume.quantity, volume.series_uid, volume.description)
    return cleaned, [warning]


def check_pet(card: ModelCard, pet_suvbw: Volume) -> list[str]:
    """Warn where the SUV values are not those the model was trained for."""
    wanted = input_of(card, "PT")
    if wanted is None or wanted.expected_range is None:
        return []
    low, high = wanted.expected_range
    hottest = float(pet_suvbw.array.max())
    if hottest > high:
        return [
            f"The highest SUV is {hottest:.3g}, above the {high:g} the model was trained for; "
            "check the SUV scale."
        ]
    if hottest < max(low, LEAST_PLAUSIBLE_SUV):
        return [
            f"The highest SUV is only {hottest:.2g}; check the SUV scale before trusting the "
            "outlines."
        ]
    return []


def usable_ct(
    card: ModelCard, pet_suvbw: Volume, ct_hu: Volume | None
) -> tuple[Volume | None, list[str]]:
    """Decide whether the CT can be used with this PET.

    Returns
    -------
    ct
        The CT, or ``None`` where there is none or it is not aligned.
    warnings
        Why it is not used, or what part of the PET it leaves out.

    Raises
    ------
    ModelError
        If the model cannot do without a CT.
    """
    why = ""
    if ct_hu is None:
        why = "There is no CT"
    elif ct_hu.quantity is not Quantity.HU:
        why = "The CT does not hold HU"
    elif not ct_hu.grid.same_space(pet_suvbw.grid):
        why = "PET and CT have different frames of reference"
    elif not ct_hu.grid.overlaps(pet_suvbw.grid):
        why = "PET and CT do not overlap"
    if why:
        wanted = input_of(card, "CT")
        if wanted is not None and wanted.required:
            raise ModelError(
                f"{why}, and the model {card.id} needs a CT that is aligned with the PET.",
                "Choose another model, or align the images first.",
            )
        return None, [f"{why}: lesions were searched in the PET alone, which is less accurate."]
    assert ct_hu is not None
    covered = _axial_cover(pet_suvbw, ct_hu)
    if covered < 0.9:
        return ct_hu, [f"The CT covers {covered:.0%} of the PET's length; the rest has PET alone."]
    return ct_hu, []


def _axial_cover(pet: Volume, ct: Volume) -> float:
    (a0, a1), (b0, b1) = pet.grid.bounds_lps_mm[:, 2], ct.grid.bounds_lps_mm[:, 2]
    return float(max(0.0, min(a1, b1) - max(a0, b0)) / (a1 - a0))


def check_negative(pet_suvbw: Volume) -> list[str]:
    """Warn of values below zero: a network of uptake takes them as zero."""
    below = int((pet_suvbw.array < 0).sum())
    if not below:
        return []
    least = float(pet_suvbw.array.min())
    return [f"{below} voxels of the PET are below zero (down to {least:.2g}), taken as zero."]


#: What series descriptions call sequences other than plain T1.
_OTHER_SEQUENCES = ("t2", "stir", "flair", "dwi", "adc", "diff", "swi", "tof", "perf")


def check_mr(card: ModelCard, mr: Volume, contrast: float) -> list[str]:
    """Warn where an MR does not look like those the model was trained on.

    Parameters
    ----------
    card
        Its MR input's ``expected_range`` holds the median inside the body as a share of the 98th
        percentile.
    mr
        The MR, for its description and its values.
    contrast
        `inference.prepare.image_prepare.mr_contrast` of it.

    Raises
    ------
    ModelError
        If no body can be told from air, or the values are not those of an MR.
    """
    if not contrast > 0.0:
        raise ModelError(
            "No body can be told from air on the MR.", "Choose a T1 series that shows the patient."
        )
    if float((mr.array < -200).mean()) > 0.1:
        raise ModelError(
            "The MR holds values far below zero, as a CT does.", "Choose a T1 MR series."
        )
    warnings = []
    name = mr.description.lower()
    found = next((x for x in _OTHER_SEQUENCES if x in name), None)
    if found is not None:
        warnings.append(f"The series is named {mr.description}; the model was trained on T1 alone.")
    wanted = input_of(card, "MR")
    if wanted is not None and wanted.expected_range is not None:
        low, high = wanted.expected_range
        if not low <= contrast <= high:
            warnings.append(
                f"The MR's contrast ({contrast:.2f}, trained for {low:.2f} to {high:.2f}) is not "
                "that of the T1 images the model was trained on: another sequence?"
            )
    return warnings


def check_tracer(card: ModelCard, tracer: str) -> list[str]:
    """Warn where the study's tracer is not one the model was trained for, or is not stated."""
    if not card.tracers:
        return []
    known = " or ".join(card.tracers)
    if not tracer.strip():
        return [f"The study does not name its tracer; the model was trained for {known}."]
    if any(_same_tracer(tracer, x) for x in card.tracers):
        return []
    # What the header says is free text: only a name of the program's own list is repeated.
    found = range_of_tracer("", tracer)
    named = OTHER if found is None else found.title
    return [f"The tracer is {named}; the model was trained for {known} only."]


def _same_tracer(a: str, b: str) -> bool:
    a, b = (re.sub(r"[^a-z0-9]", "", x.lower()) for x in (a, b))
    if any(x in a for x in _FDG):
        return any(x in b for x in _FDG)
    return bool(a) and (a in b or b in a)
