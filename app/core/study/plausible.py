"""What numbers of a PET header and of its images can be true: one place for every road to SUV.

DICOM, enhanced objects, NIfTI and values that a person typed in are all judged here. A judgement
either gives a value, with a sentence where it is not what was stated, or none and the reason.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.space.volume import Volume
from app.core.study.provenance import SuvScale
from app.core.suv.nuclides import HALF_LIFE_UNITS, Nuclide, nuclides_with

#: Units in which headers state a dose instead of Bq.
_DOSE_UNITS = (
    ("kBq", 1.0e3), ("MBq", 1.0e6), ("GBq", 1.0e9),
    ("µCi", 3.7e4), ("mCi", 3.7e7), ("Ci", 3.7e10),
)  # fmt: skip
#: Any tracer in a person, MBq/kg; where the nuclide is not known.
_USUAL = (0.3, 20.0)
#: A dose in Bq is believed without a word up to these factors below and above what is usual.
_WIDE = (1.5, 3.0)
#: Below this weight (kg) it may be an animal, which is given far more for its weight.
_ANIMAL_KG, _ANIMAL_MBQ_PER_KG = 1.5, (1.0, 1500.0)
#: Less than this (Bq) is no dose of a PET in Bq; more is believed to be Bq, however unusual.
_LEAST_BQ = 1.0e6
#: Half-lives (s) of anything that is injected for a PET.
_HALF_LIVES_S = (60.0, 30 * 86400.0)
_BODY_MASS_INDEX = (11.0, 45.0)
#: Only an injection site exceeds this SUV, and it has few voxels.
_LARGEST_SUV, _HOT_SHARE = 1000.0, 0.001
#: The hottest voxel of any PET exceeds this SUV.
_LEAST_SUV_MAX = 0.1
#: Noise falls below zero by a small part of what the hottest voxel has; numbers whose sign is lost
#: fall as far as they rise.
_BELOW, _BELOW_PART = -1.0, 0.25
#: A CT holds air, a PET nothing near this.
_AIR_HU, _AIR_SHARE, _LEAST_HU = -200.0, 0.05, -4096.0
#: Nothing holds more than was injected; calibration and noise add some, a wrong unit far more.
_HELD_MOST, _HELD_NEVER = 1.3, 3.0
#: Length (mm) of an image that shows most of a body: there the mean SUV is what is left of the
#: dose, near 1. What is below a part of the image's mean is air.
_WHOLE_BODY_MM, _AIR_PART, _BODY_MEAN = 700.0, 0.3, (0.2, 3.0)


@dataclass(frozen=True)
class Judgement:
    """A value to be used, in its proper unit, and what is to be said of it.

    ``value`` is ``None`` where none can be used: ``said`` then is the reason, a clause that begins
    with what was stated, or empty where nothing was.
    """

    value: float | None
    said: str = ""


def _g(value: float) -> str:
    return f"{value:.6g}"


def judge_dose(stated: float | None, weight_kg: float, nuclide: Nuclide | None) -> Judgement:
    """Judge an injected dose that should be in Bq against what is usual for weight and nuclide.

    A number that is no dose in Bq but a usual one in exactly one other unit is taken in that.

    >>> judge_dose(350.0e6, 70.0, None)
    Judgement(value=350000000.0, said='')
    >>> judge_dose(350.0, 70.0, None).said
    'RadionuclideTotalDose 350 is taken as MBq.'
    """
    if stated is None:
        return Judgement(None)
    if not stated > 0:
        return Judgement(None, f"RadionuclideTotalDose is {_g(stated)}")
    low, high = _USUAL if nuclide is None else nuclide.usual_mbq_per_kg
    wide = (low / _WIDE[0], high * _WIDE[1])
    if weight_kg < _ANIMAL_KG:
        (low, high), wide = _ANIMAL_MBQ_PER_KG, (0.1, 2.0 * _ANIMAL_MBQ_PER_KG[1])
    per_kg = stated / 1.0e6 / weight_kg
    if wide[0] <= per_kg <= wide[1]:
        return Judgement(stated)
    whose = f" of {nuclide.name}" if nuclide else ""
    if wide[1] < per_kg <= 10.0 * wide[1] or (per_kg < wide[0] and stated >= _LEAST_BQ):
        kind = "high" if per_kg > wide[1] else "low"
        return Judgement(
            stated,
            f"RadionuclideTotalDose {_g(stated)} Bq ({_g(per_kg)} MBq/kg) is unusually {kind} for "
            f"a dose{whose}: check it.",
        )
    units = [
        (unit, bq) for unit, bq in _DOSE_UNITS if low <= stated * bq / 1.0e6 / weight_kg <= high
    ]
    if len(units) == 1:
        unit, bq = units[0]
        return Judgement(stated * bq, f"RadionuclideTotalDose {_g(stated)} is taken as {unit}.")
    if units:
        either = " or ".join(unit for unit, _ in units)
        return Judgement(
            None, f"RadionuclideTotalDose {_g(stated)} is no dose in Bq and may be {either}"
        )
    return Judgement(
        None, f"RadionuclideTotalDose {_g(stated)} is no plausible dose{whose} in any unit"
    )


def judge_half_life(stated: float | None, named: Sequence[Nuclide]) -> Judgement:
    """Judge a half-life that should be in s against the nuclides that the header names.

    Parameters
    ----------
    stated
        As the header has it; ``None`` or not positive where it has none.
    named
        Every nuclide that the header names anywhere; more than one is a contradiction.
    """
    if stated is None or not stated > 0:
        return _unstated(named)
    fitting = [x for x in named if x.has_half_life(stated)]
    if fitting:
        if len(named) == 1:
            return Judgement(stated)
        return Judgement(
            stated,
            f"The header names {_names(named)}; its half-life is that of {fitting[0].name}, which "
            "is used.",
        )
    if not named:
        return _of_no_nuclide(stated)
    others = [
        (x, unit, s) for x in named for unit, s in HALF_LIFE_UNITS if x.has_half_life(stated * s)
    ]
    if len(others) == 1:
        nuclide, unit, seconds = others[0]
        return Judgement(
            stated * seconds,
            f"RadionuclideHalfLife {_g(stated)} is taken as {unit}: it is that of {nuclide.name}.",
        )
    strangers = nuclides_with(stated)
    if strangers:
        return Judgement(
            None,
            f"RadionuclideHalfLife {_g(stated)} s is that of {_names(strangers, 'or')}, but the "
            f"header names {_names(named)}",
        )
    if len(named) > 1:
        return Judgement(None, f"the header names {_names(named)}, with the half-life of neither")
    return Judgement(
        named[0].half_life_s,
        f"RadionuclideHalfLife {_g(stated)} s is not that of {named[0].name}; "
        f"{named[0].half_life_s:g} s is used.",
    )


def _unstated(named: Sequence[Nuclide]) -> Judgement:
    if not named:
        return Judgement(None)
    if len(named) > 1:
        return Judgement(None, f"the header names {_names(named)} and no half-life")
    known = named[0].half_life_s
    return Judgement(
        known, f"The header states no half-life; {known:g} s of {named[0].name} is used."
    )


def _of_no_nuclide(stated: float) -> Judgement:
    if nuclides_with(stated):
        return Judgement(stated)
    others = [(unit, s) for unit, s in HALF_LIFE_UNITS if nuclides_with(stated * s)]
    if len(others) == 1:
        unit, seconds = others[0]
        names = _names(nuclides_with(stated * seconds), "or")
        return Judgement(
            stated * seconds,
            f"RadionuclideHalfLife {_g(stated)} is taken as {unit}: it is that of {names}, and of "
            "nothing in s.",
        )
    if others or not _HALF_LIVES_S[0] <= stated <= _HALF_LIVES_S[1]:
        return Judgement(None, f"RadionuclideHalfLife {_g(stated)} s is that of no PET nuclide")
    return Judgement(
        stated, f"RadionuclideHalfLife {_g(stated)} s is that of no nuclide known here: check it."
    )


def _names(nuclides: Sequence[Nuclide], joint: str = "and") -> str:
    names = [x.name for x in nuclides]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {joint} {names[-1]}"


def body_doubts(
    weight_kg: float, height_m: float | None, age_years: float | None
) -> tuple[str, ...]:
    """Say where a weight does not fit a height or an age; it is used as it is."""
    said = []
    if weight_kg < 1.0:
        said.append(f"PatientWeight {_g(weight_kg)} kg is that of no person: check it.")
    elif age_years is not None and not _fits_age(weight_kg, age_years):
        said.append(
            f"PatientWeight {_g(weight_kg)} kg does not fit an age of {_g(age_years)} years: check "
            "it."
        )
    if height_m is not None:
        low, high = _BODY_MASS_INDEX
        index = weight_kg / height_m**2
        # Infants are lighter for their height.
        if not (low if height_m > 0.75 else 8.0) <= index <= high:
            unit = " (is the weight in pounds?)" if index > high else ""
            said.append(
                f"PatientWeight {_g(weight_kg)} kg and height {_g(height_m)} m give a body mass "
                f"index of {index:.0f}: check them{unit}."
            )
    return tuple(said)


def _fits_age(weight_kg: float, age_years: float) -> bool:
    """Whether a weight is one of an age: beyond the 99.9th centiles of WHO and CDC none is."""
    if age_years >= 15:
        return weight_kg >= 20.0
    return weight_kg <= (15.0 if age_years < 0.9 else 20.0 + 9.0 * age_years)


@dataclass(frozen=True)
class ImageFacts:
    """What an image in SUV holds, as far as its plausibility goes.

    ``held`` is the part of the injected activity that the image would hold (decay corrected):
    the sum of SUVbw x ml over the weight in g; ``None`` without a weight. ``body_mean`` is the mean
    of what is not air, ``None`` where the image is no whole body.
    """

    least: float
    greatest: float
    mean: float
    cold: float
    hot: float
    held: float | None
    body_mean: float | None


def facts_of(
    array: npt.NDArray[Any],
    spacing_kji_mm: Sequence[float],
    weight_kg: float | None,
) -> ImageFacts:
    """Return the facts of an image ``[k, j, i]`` in SUVbw; values that are no numbers are left out.

    Three passes over the image, more only where its range is odd.
    """
    total = float(array.sum(dtype=np.float64))
    values = array
    if not math.isfinite(total):
        values = array[np.isfinite(array)]
        total = float(values.sum(dtype=np.float64))
    size = values.size
    if not size:
        return ImageFacts(0.0, 0.0, 0.0, 0.0, 0.0, None, None)
    least, greatest = float(values.min()), float(values.max())
    voxel_ml = math.prod(spacing_kji_mm) / 1000.0
    held = None if not weight_kg else total * voxel_ml / (1000.0 * weight_kg)
    body = None
    if array.shape[0] * spacing_kji_mm[0] >= _WHOLE_BODY_MM:
        # Every fourth voxel along each axis says as much of a mean.
        some = array[::4, ::4, ::4]
        some = some[np.isfinite(some)]
        inside = some[some > _AIR_PART * some.mean()] if some.size else some
        body = float(inside.mean()) if inside.size else None
    return ImageFacts(
        least,
        greatest,
        total / size,
        np.count_nonzero(values < _AIR_HU) / size if least < _AIR_HU else 0.0,
        np.count_nonzero(values > _LARGEST_SUV) / size if greatest > _LARGEST_SUV else 0.0,
        held,
        body,
    )


def like_ct(facts: ImageFacts) -> bool:
    """Whether an image holds as much air in HU as a CT does."""
    return facts.cold > _AIR_SHARE and facts.least >= _LEAST_HU


def image_obstacle(facts: ImageFacts) -> str:
    """Why an image's values cannot be SUV, as a clause; empty where they can."""
    least, greatest = _g(facts.least), _g(facts.greatest)
    if like_ct(facts):
        return f"the values go down to {least}, as those of a CT in HU do, and no SUV does"
    if facts.mean < 0 or (facts.least < -10.0 and -facts.least > 0.5 * facts.greatest):
        return f"the values go from {least} to {greatest}, which no SUV does"
    if facts.hot > _HOT_SHARE:
        return f"the values reach {greatest}, which no SUV does: they may be Bq/ml"
    if facts.held is not None and facts.held > _HELD_NEVER:
        return (
            f"the images would hold {_g(facts.held)} times the injected activity (values up to "
            f"{greatest}): dose, weight or units are not right"
        )
    return ""


def image_doubts(facts: ImageFacts) -> tuple[str, ...]:
    """Say what is odd in an image whose values may be SUV."""
    said = []
    if facts.greatest > _LARGEST_SUV:
        said.append(f"The SUV reaches {_g(facts.greatest)}: check dose, weight and units.")
    if facts.least < _BELOW and -facts.least > _BELOW_PART * facts.greatest:
        said.append(
            f"The SUV goes down to {_g(facts.least)}, with {_g(facts.greatest)} at most: check "
            "whether the images' values have a sign."
        )
    if facts.greatest < _LEAST_SUV_MAX:
        said.append(f"The SUV reaches {_g(facts.greatest)} only: check dose, weight and units.")
    if facts.held is not None and facts.held > _HELD_MOST:
        said.append(
            f"The images would hold {100 * facts.held:.0f} % of the injected activity: check dose, "
            "weight and units."
        )
    elif facts.body_mean is not None and not _BODY_MEAN[0] <= facts.body_mean <= _BODY_MEAN[1]:
        said.append(
            f"The mean SUV of the body is {_g(facts.body_mean)}, which should be near 1: check "
            "dose, weight and units."
        )
    return tuple(said)


def with_image(scale: SuvScale, image: Volume, weight_kg: float | None) -> SuvScale:
    """Return the scale judged by the image that it made: refused, with doubts, or as it is.

    Parameters
    ----------
    scale
        As the header gave it.
    image
        The PET in the scale's unit.
    weight_kg
        Of the patient, ``None`` where it is not known.
    """
    if scale.type is None:
        return scale
    known = weight_kg if scale.type == "SUVbw" else None
    facts = facts_of(image.array, image.grid.spacing_kji_mm, known)
    obstacle = image_obstacle(facts)
    if obstacle:
        return replace(
            scale,
            type=None,
            factor=None,
            frame_factors=None,
            rule="",
            why=f"No SUV: {obstacle}.",
            missing=tuple(dict.fromkeys(("Units", *scale.missing))),
        )
    return replace(scale, warnings=(*scale.warnings, *image_doubts(facts)))
