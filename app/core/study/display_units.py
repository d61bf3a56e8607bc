"""Units that a PET is shown in: SUVbw, SUL, SUVbsa, Bq/ml. Only the display changes with them.

Images and biomarkers stay in their own unit (SUVbw); what is written on the screen is the value
times one factor for the whole image.
"""

from __future__ import annotations

from enum import StrEnum

from app.core.kit.errors import QuantityError
from app.core.space.volume import Quantity
from app.core.study.study import Study
from app.core.suv import formulas as suv
from app.core.suv.body import sex_of


class PetUnit(StrEnum):
    """A unit that a PET can be shown in, named as on screen."""

    SUV_BW = "SUV"
    SUL = "SUL"
    SUV_BSA = "SUVbsa"
    BQML = "Bq/ml"


_NATIVE = {
    Quantity.SUV_BW: PetUnit.SUV_BW,
    Quantity.SUV_LBM: PetUnit.SUL,
    Quantity.SUV_BSA: PetUnit.SUV_BSA,
    Quantity.BQML: PetUnit.BQML,
}
_TYPE_IN = "Type it in with Tools > Type in weight and dose."


def native_unit(study: Study) -> PetUnit | None:
    """Return the unit of the PET's own numbers, or ``None`` (no PET, counts)."""
    return None if study.pet is None else _NATIVE.get(study.pet.quantity)


def unit_factor(study: Study, unit: PetUnit) -> float:
    """Value in a unit per unit of the PET's own numbers.

    SUL is by the lean body mass of Janmahasatian 2005, SUVbsa (cm²/ml) by the body surface of
    Du Bois (`app.core.suv.formulas`). For sex O both formulas are averaged.

    Raises
    ------
    QuantityError
        If the unit cannot be had, with what is missing.
    """
    native = native_unit(study)
    if native is unit:
        return 1.0
    if study.pet is None:
        raise QuantityError("There is no PET to show.", "Open a study with a PET.")
    if native is not PetUnit.SUV_BW:
        why = "" if study.suv is None else study.suv.why
        said = f"{unit} needs SUVbw, and this PET is in {study.pet.quantity}"
        raise QuantityError(f"{said}: {why}" if why else f"{said}.", _TYPE_IN if why else "")
    if unit is PetUnit.BQML:
        return _bqml_per_suv(study)
    return 1.0 / _suvbw_per(study, unit)


def unit_obstacle(study: Study, unit: PetUnit) -> str:
    """Why the PET cannot be shown in a unit, with a next step; empty where it can."""
    try:
        unit_factor(study, unit)
    except QuantityError as error:
        return str(error)
    return ""


def _bqml_per_suv(study: Study) -> float:
    scale = study.suv
    units = "" if scale is None else str(scale.headers.get("Units") or "")
    if scale is None or units.upper() != "BQML":
        raise QuantityError("The images hold SUV and not activity: Bq/ml is not known.")
    if scale.factor is None:
        raise QuantityError(
            "Each slice has its own factor from Bq/ml to SUV: no single window would fit.",
            "Read this PET in SUV.",
        )
    return 1.0 / scale.factor


def _suvbw_per(study: Study, unit: PetUnit) -> float:
    patient = study.patient
    lacking = [
        name
        for name, value in (("weight", patient.weight_kg), ("height", patient.height_m))
        if value is None or not value > 0
    ]
    sex = sex_of(patient.sex)
    if unit is PetUnit.SUL and sex is None:
        lacking.append("sex")
    if lacking:
        names = " and ".join(lacking)
        step = _TYPE_IN if "sex" not in lacking else "Read this PET in SUVbw."
        raise QuantityError(f"{unit} needs the patient's {names}, which the header lacks.", step)
    assert patient.weight_kg is not None
    kind = "LBMJANMA" if unit is PetUnit.SUL else "BSA"
    return suv.suvbw_per_suv(kind, patient.weight_kg, patient.height_m, sex or "O")
