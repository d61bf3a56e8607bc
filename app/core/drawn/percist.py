"""The PERCIST threshold for a measurable lesion, from the liver or the blood pool, in SUL.

1.5 x mean + 2 SD of SUL in a 3 cm sphere in the right lobe of the liver; without a usable liver
2.0 x mean + 2 SD of the blood pool in the aorta (Wahl, J Nucl Med 2009;50 Suppl 1:122S; O and
Wahl, Radiology 2016;280:576).

SUL is SUV by lean body mass. Where the PET holds SUVbw it is SUVbw x lean body mass / weight, by
Janmahasatian 2005, which the EANM guideline for FDG (Boellaard 2015) names; Morgan's and James's
formulas fail in very obese patients.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.drawn.measurements import Role
from app.core.drawn.voi_statistics import Statistics
from app.core.space.volume import Quantity
from app.core.study.study import Study
from app.core.suv.body import sex_of
from app.core.suv.formulas import suvbw_per_suv

#: Role -> factor of the mean; two SD are added in both.
FACTORS = {Role.LIVER: 1.5, Role.BLOOD_POOL: 2.0}
SD_FACTOR = 2.0


@dataclass(frozen=True)
class SulScale:
    """How the PET's values become SUL.

    ``factor`` is SUL per unit of the PET, ``None`` where it is not known: ``why`` then says so
    and what to do. ``rule`` says how it came about.
    """

    factor: float | None
    rule: str = ""
    why: str = ""


@dataclass(frozen=True)
class PercistThreshold:
    """The threshold and what it was computed from.

    Parameters
    ----------
    role
        Which reference: liver or blood pool.
    mean, sd, value
        Of the reference and the threshold, in the PET's unit (``unit``).
    scale
        From there to SUL.
    """

    role: Role
    mean: float
    sd: float
    value: float
    unit: str
    scale: SulScale

    @property
    def sul(self) -> float | None:
        """The threshold in SUL; ``None`` where the lean body mass is not known."""
        return None if self.scale.factor is None else self.value * self.scale.factor

    @property
    def formula(self) -> str:
        """The rule in words."""
        return f"{FACTORS[self.role]:.1f} x mean + {SD_FACTOR:.0f} SD of the {self.role}"


def sul_scale(study: Study) -> SulScale:
    """Return how the study's PET becomes SUL."""
    pet, patient = study.pet, study.patient
    if pet is None or pet.quantity not in (Quantity.SUV_BW, Quantity.SUV_LBM):
        return SulScale(None, why="The PET holds no SUV by body weight or lean body mass.")
    if pet.quantity is Quantity.SUV_LBM:
        return SulScale(1.0, "the PET's own SUV by lean body mass")
    weight, height = patient.weight_kg, patient.height_m
    lacking = [n for n, x in (("weight", weight), ("height", height)) if not x]
    if weight is None or lacking:
        return SulScale(None, why=f"SUL needs the patient's {' and '.join(lacking)}; type it in.")
    sex = sex_of(patient.sex) or "O"
    try:
        factor = 1.0 / suvbw_per_suv("LBMJANMA", weight, height, sex)
    except ValueError as error:
        return SulScale(None, why=str(error))
    known = {"M": "male", "F": "female", "O": "sex not stated: mean of male and female"}[sex]
    rule = (
        f"lean body mass {factor * weight:.1f} kg of {weight:.1f} kg by Janmahasatian "
        f"({height:.2f} m, {known})"
    )
    return SulScale(factor, rule)


def threshold_of(
    study: Study, references: Iterable[tuple[Role, Statistics | None]]
) -> PercistThreshold | None:
    """Return the threshold of a study: from the liver if it is there, otherwise from the aorta.

    Parameters
    ----------
    study
        Whose PET was measured.
    references
        Measurements by role, on the PET; others than the two references are passed over.
    """
    measured = list(references)
    for wanted in FACTORS:
        for role, values in measured:
            found = percist_threshold(study, role, values) if role is wanted and values else None
            if found is not None:
                return found
    return None


def percist_threshold(study: Study, role: Role, reference: Statistics) -> PercistThreshold | None:
    """Return the threshold that follows from a reference; ``None`` where that holds no voxel."""
    if role not in FACTORS or reference.voxels == 0:
        return None
    value = FACTORS[role] * reference.mean + SD_FACTOR * reference.sd
    return PercistThreshold(
        role, reference.mean, reference.sd, value, reference.unit, sul_scale(study)
    )
