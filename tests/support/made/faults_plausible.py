"""Kind 6: values that do not make sense together, by any road to the SUV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import UID

from tests.support.made.fault import ANY, REFUSED, RIGHT, SAID, Apply, Fault, each, together
from tests.support.made.files import MadeStudy, tracer_of
from tests.support.made.recipe import TRACERS, Recipe
from tests.support.made.series import tracer_item

_RANGE = r"|plausib|SUV (of|values|up to)"
_DOSE, _HALF, _WEIGHT = r"dose|activity" + _RANGE, r"half-?li", r"weight" + _RANGE
#: What no PET in SUV is.
_NO_PET = r"negative|HU\b|(?<!no )CT\b(?! in this)|cannot be|not SUV|implausib|plausib|no SUV|Bq/ml"
_HEIGHT, _SUV = r"height|PatientSize|size", r"SUV|Bq/ml|units|values"


def _in(keyword: str, value: Any, *, tracer: bool = False) -> Apply:
    def change(dataset: Dataset) -> None:
        item = tracer_of(dataset) if tracer else dataset
        if value is None:
            if keyword in item:
                delattr(item, keyword)
        else:
            setattr(item, keyword, value)

    return each("all", change)


def _dose(value: float | None) -> Apply:
    return _in("RadionuclideTotalDose", value, tracer=True)


def _half_life(value: float | None) -> Apply:
    return _in("RadionuclideHalfLife", value, tracer=True)


def _nuclide(name: str) -> Apply:
    """Name another nuclide; the half-life stays."""

    def change(dataset: Dataset) -> None:
        code = tracer_of(dataset).RadionuclideCodeSequence[0]
        code.CodeValue, code.CodeMeaning = TRACERS[name].code, TRACERS[name].meaning

    return each("all", change)


def _no_nuclide(dataset: Dataset) -> None:
    del tracer_of(dataset).RadionuclideCodeSequence


def _technetium(dataset: Dataset) -> None:
    code = tracer_of(dataset).RadionuclideCodeSequence[0]
    code.CodeValue, code.CodeMeaning = "C-163A8", "^99m^Technetium"
    tracer_of(dataset).RadionuclideHalfLife = 21624.0


def _second_tracer(nuclide: str, *, first: bool) -> Apply:
    def change(dataset: Dataset) -> None:
        item = tracer_item(Recipe(tracer=nuclide, dose_bq=150.0e6))
        there = list(dataset.RadiopharmaceuticalInformationSequence)
        both = [item, *there] if first else [*there, item]
        dataset.RadiopharmaceuticalInformationSequence = both

    return each("all", change)


def _as_suv(dataset: Dataset) -> None:
    dataset.Units, dataset.SUVType = "GML", "BW"


def _times_slope(factor: float) -> Apply:
    return each("all", lambda d: setattr(d, "RescaleSlope", float(d.RescaleSlope) * factor))


def _ct_as_pet(study: MadeStudy) -> None:
    """Call the CT's images a PET's, with everything a PET's header states."""
    for file, pet in zip(study.ct, study.pet, strict=True):
        file.dataset.Modality = "PT"
        file.dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.128")
        for keyword in ("Units", "DecayCorrection", "CorrectedImage", "FrameReferenceTime",
                        "RadiopharmaceuticalInformationSequence", "ActualFrameDuration"):  # fmt: skip
            setattr(file.dataset, keyword, getattr(pet.dataset, keyword))
    study.pet = []


def _as_nifti(values: Callable[[MadeStudy], Any], name: str = "x_pet.nii.gz") -> Apply:
    """Hold the images as NIfTI instead; written when the study is."""

    def apply(study: MadeStudy) -> None:
        made, write = study.made, study.write
        array = np.asarray(values(study), np.float32).transpose(2, 1, 0)
        affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ made.recipe.affine_lps_mm[:, [2, 1, 0, 3]]
        study.pet = []

        def written(folder: Path) -> Path:
            mask = write(folder)
            nib.save(nib.Nifti1Image(array, affine), folder / "study" / name)
            return mask

        study.write = written  # type: ignore[method-assign]

    return apply


def plausible_faults() -> list[Fault]:
    """Return the faults of this kind."""
    return [*_doses(), *_half_lives(), *_bodies(), *_tracers(), *_units(), *_nifti(), *_sound()]


def _doses() -> list[Fault]:
    kind = "plausibility"
    rows = (("MBq", 350.0), ("kBq", 350000.0), ("GBq", 0.35), ("mCi", 9.459), ("uCi", 9459.0),
            ("Ci", 0.009459))  # fmt: skip
    return [
        *(
            Fault(f"12-a_dose_in_{unit}", kind, f"dose in {unit}", _dose(value), _DOSE,
                  always=_DOSE, reason=_DOSE)
            for unit, value in rows
        ),
        Fault("12-b_dose_zero", kind, "a dose of zero", _dose(0.0), accepted=REFUSED, reason=_DOSE),
        Fault("12-b_dose_negative", kind, "a negative dose", _dose(-3.5e8), accepted=REFUSED,
              reason=_DOSE),
        Fault("12-b_dose_absent", kind, "no dose", _dose(None), accepted=REFUSED, reason=_DOSE),
        Fault("12-b_dose_35_gbq", kind, "a dose of 35 GBq", _dose(3.5e10), _DOSE, known=False,
              accepted=SAID, reason=_DOSE),
        Fault("12-b_dose_1e300", kind, "a dose of 1e300", _dose(1e300), _DOSE, known=False,
              accepted=SAID, reason=_DOSE),
        Fault("12-b_dose_mbq_given_as_bq_35", kind, "a dose of 35 Bq", _dose(35.0), _DOSE,
              known=False, accepted=SAID, reason=_DOSE),
    ]  # fmt: skip


def _half_lives() -> list[Fault]:
    kind = "plausibility"
    rows = (("minutes", 109.77), ("hours", 1.8295), ("milliseconds", 6586200.0), ("days", 0.0762))
    return [
        *(
            Fault(f"12-j_half_life_in_{unit}", kind, f"half-life in {unit}", _half_life(value),
                  _HALF, always=_HALF, reason=_HALF)
            for unit, value in rows
        ),
        *(
            Fault(f"12-k_half_life_of_{x.lower()}", kind, f"F-18 with the half-life of {x}",
                  _half_life(TRACERS[x].half_life_s), _HALF, always=_HALF, reason=_HALF)
            for x in ("GA68", "C11", "ZR89", "CU64")
        ),
        *(
            Fault(f"12-l_{x.lower()}_named", kind, f"half-life of F-18, nuclide named {x}",
                  _nuclide(x), _HALF + "|nuclide", always=_HALF + "|nuclide",
                  reason=_HALF + "|nuclide")
            for x in ("GA68", "ZR89")
        ),
        Fault("12-m_half_life_absent", kind, "no half-life, F-18 is named", _half_life(None),
              accepted=RIGHT, always=_HALF),
        Fault("12-m_half_life_and_nuclide_absent", kind, "no half-life and no nuclide",
              together(_half_life(None), each("all", _no_nuclide)), always=_HALF, reason=_HALF),
        Fault("12-m_half_life_zero", kind, "a half-life of zero", _half_life(0.0), _HALF,
              accepted=ANY, always=_HALF, reason=_HALF),
        Fault("12-m_half_life_negative", kind, "a negative half-life", _half_life(-6586.2), _HALF,
              always=_HALF, reason=_HALF),
        Fault("12-m_nuclide_absent", kind, "no nuclide, a half-life of minutes",
              together(_half_life(109.77), each("all", _no_nuclide)), _HALF, known=False, accepted=SAID, reason=_HALF),
    ]  # fmt: skip


def _bodies() -> list[Fault]:
    kind = "plausibility"
    lbm = {"units": "GML", "suv_type": "LBM"}
    heights = (("cm", 170.0), ("mm", 1700.0), ("feet", 5.577), ("inches", 66.93))
    return [
        Fault("12-n_weight_in_grams", kind, "weight in grams", _in("PatientWeight", 70000.0),
              _WEIGHT, always=_WEIGHT),
        Fault("12-n_weight_zero", kind, "a weight of zero", _in("PatientWeight", 0.0),
              accepted=REFUSED, reason=_WEIGHT),
        Fault("12-n_weight_absent", kind, "no weight", _in("PatientWeight", None),
              accepted=REFUSED, reason=_WEIGHT),
        Fault("12-n_weight_negative", kind, "a negative weight", _in("PatientWeight", -70.0),
              accepted=REFUSED, reason=_WEIGHT),
        Fault("12-n_weight_7", kind, "7 kg at 1.70 m", _in("PatientWeight", 7.0), _WEIGHT,
              known=False, accepted=SAID, reason=_WEIGHT),
        Fault("12-n_weight_700", kind, "700 kg", _in("PatientWeight", 700.0), _WEIGHT, known=False,
              accepted=SAID, reason=_WEIGHT),
        Fault("12-n_weight_in_pounds", kind, "185 pounds at 1.65 m",
              together(_in("PatientWeight", 185.0), _in("PatientSize", 1.65)), _WEIGHT, known=False,
              accepted=SAID, reason=_WEIGHT),
        Fault("12-n_weight_and_height_swapped", kind, "weight and height swapped",
              together(_in("PatientWeight", 1.7), _in("PatientSize", 70.0)),
              _WEIGHT + "|" + _HEIGHT, known=False, accepted=SAID, reason=_WEIGHT + "|" + _HEIGHT),
        *(
            Fault(f"12-o_height_in_{unit}", kind, f"SUV by lean mass, height in {unit}",
                  _in("PatientSize", value), _HEIGHT + "|SUVlbm", recipe=lbm,
                  always=_HEIGHT if unit == "cm" else "")
            for unit, value in heights
        ),
        *(
            Fault(f"12-o_height_{name}", kind, f"SUV by lean mass, height {name}",
                  _in("PatientSize", value), _HEIGHT + "|SUVlbm", recipe=lbm, known=False,
                  accepted=SAID, reason="|".join((_HEIGHT, "SUVlbm")))
            for name, value in (("absent", None), ("zero", 0.0), ("of 0.5 m", 0.5))
        ),
        Fault("12-o_sex_absent", kind, "SUV by lean mass, sex absent", _in("PatientSex", ""), r"sex",
              recipe=lbm, reason=r"sex"),
    ]  # fmt: skip


def _tracers() -> list[Fault]:
    kind, two = "plausibility", r"two|2 (tracers|different|radio)|several|both"
    return [
        *(
            Fault(f"12-s_two_tracers_{x.lower()}_{'first' if first else 'last'}", kind,
                  f"F-18 and {x} in one header", _second_tracer(x, first=first), two, known=False,
                  accepted=SAID, reason=two)
            for x in ("GA68", "F18")
            for first in (True, False)
        ),
        Fault("12-s_no_tracer", kind, "no radiopharmaceutical at all",
              _in("RadiopharmaceuticalInformationSequence", None), accepted=REFUSED,
              reason=r"dose|radiopharm|Dose"),
        Fault("12-s_empty_tracer", kind, "an empty radiopharmaceutical",
              _in("RadiopharmaceuticalInformationSequence", [Dataset()]), accepted=REFUSED,
              reason=r"dose|radiopharm|Dose"),
        Fault("12-t_technetium", kind, "a nuclide that sends no positrons",
              each("all", _technetium), r"nuclide|half-?li|positron|Tc", known=False,
              accepted=SAID),
    ]  # fmt: skip


def _units() -> list[Fault]:
    kind = "plausibility"
    counts = r"counts|Units"
    return [
        Fault("12-z_gml_holds_bqml", kind, "Bq/ml under GML", each("all", _as_suv), _SUV,
              known=False, accepted=SAID, reason=_SUV),
        Fault("12-z_gml_holds_kbqml", kind, "kBq/ml under GML",
              together(each("all", _as_suv), _times_slope(0.001 * 40)), _SUV, known=False,
              accepted=SAID, reason=_SUV),
        Fault("12-z_bqml_holds_kbqml", kind, "kBq/ml under BQML", _times_slope(0.001), _SUV,
              known=False, accepted=SAID, reason=_SUV),
        Fault("12-z_bqml_holds_suv", kind, "SUV under BQML", _times_slope(0.000292), _SUV,
              known=False, accepted=SAID, reason=_SUV),
        Fault("12-y_units_absent", kind, "no units", _in("Units", None), r"units",
              always=r"units", reason=r"units"),
        Fault("12-y_units_text", kind, "units as people write them", _in("Units", "BQ/ML"),
              r"units", reason=r"units"),
        Fault("12-y_units_small", kind, "units in small letters", _in("Units", "bqml"), accepted=RIGHT),
        *(
            Fault(f"12-y_units_{x.lower()}", kind, f"units {x}", _in("Units", x), accepted=REFUSED,
                  reason=counts)
            for x in ("CNTS", "PROPCNTS", "CPS", "NONE", "PCNT", "MGMINML", "1CM", "KBQCC")
        ),
        Fault("12-x_suv_type_unknown", kind, "an SUV type DICOM does not know",
              _in("SUVType", "XYZ"), accepted=REFUSED, reason=r"SUV", recipe={"units": "GML"}),
        Fault("12-w_decay_absent", kind, "no Decay Correction", _in("DecayCorrection", None),
              r"decay", always=r"decay"),
        Fault("12-w_decay_text", kind, "a Decay Correction DICOM does not know",
              _in("DecayCorrection", "YES"), r"decay", always=r"decay"),
        Fault("12-w_decay_none_but_decy", kind, "Decay Correction NONE, but DECY is listed",
              _in("DecayCorrection", "NONE"), r"decay", always=r"decay", reason=r"decay"),
        Fault("12-w_start_but_no_decy", kind, "START, but DECY is not listed",
              _in("CorrectedImage", ["ATTN", "SCAT"]), r"decay", reason=r"decay"),
        Fault("12-v_ct_as_pet", kind, "a CT under the modality of a PET", _ct_as_pet, _NO_PET,
              known=False, accepted=SAID, recipe={"with_ct": True}),
    ]  # fmt: skip


def _nifti() -> list[Fault]:
    kind = "plausibility"

    def bqml(study: MadeStudy) -> Any:
        return study.made.suv / 0.00029212

    def hounsfield(study: MadeStudy) -> Any:
        return np.where(study.made.suv > 1, 40.0, -1000.0) + 10 * study.made.suv

    def holed(study: MadeStudy) -> Any:
        values = study.made.suv.copy()
        values[0, 0, :4] = np.nan
        values[0, 1, :4] = np.inf
        return values

    word = {"path": "study/x_pet.nii.gz", "command": "nifti"}
    return [
        Fault("15-a_nifti_suv", kind, "NIfTI in SUV", _as_nifti(lambda s: s.made.suv),
              accepted=RIGHT, **word),
        Fault("15-b_nifti_bqml", kind, "NIfTI in Bq/ml given as a PET", _as_nifti(bqml), _NO_PET,
              known=False, accepted=SAID, reason=_NO_PET, **word),
        Fault("15-c_nifti_ct", kind, "a CT as NIfTI given as a PET", _as_nifti(hounsfield),
              _NO_PET, known=False, accepted=SAID, **word),
        Fault("15-d_nifti_nan", kind, "NIfTI with NaN and infinities outside the body",
              _as_nifti(holed), r"NaN|not numbers|infinit|finite", **word),
    ]  # fmt: skip


def _sound() -> list[Fault]:
    kind, found = "plausibility", list[Fault]()
    child = {"weight_kg": 9.0, "height_m": 0.72, "dose_bq": 40.0e6}
    for name, recipe in (
        *((f"tracer_{x.lower()}", {"tracer": x}) for x in TRACERS),
        ("child", child),
        ("heavy", {"weight_kg": 180.0, "height_m": 1.75}),
        ("gml", {"units": "GML"}),
        ("lbm", {"units": "GML", "suv_type": "LBM"}),
        ("james_man", {"units": "GML", "suv_type": "LBMJAMES128", "sex": "M"}),
        ("janma", {"units": "GML", "suv_type": "LBMJANMA"}),
        ("ibw", {"units": "GML", "suv_type": "IBW"}),
        ("bsa", {"units": "CM2ML"}),
        ("philips", {"units": "CNTS"}),
    ):
        found.append(
            Fault(f"12-sound_{name}", kind, f"sound values: {name.replace('_', ' ')}",
                  lambda _: None, accepted=RIGHT, recipe=recipe)
        )  # fmt: skip
    return found
