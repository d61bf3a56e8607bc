"""Kind 6: body size, units and values that do not make sense, by any road to the SUV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import UID

from tests.support.faults.fault import REFUSED, RIGHT, SAID, Apply, Fault, each, together
from tests.support.faults.tracers import stated
from tests.support.made.files import MadeStudy
from tests.support.made.recipe import TRACERS

_RANGE = r"|plausib|SUV (of|values|up to)"
_WEIGHT = r"weight" + _RANGE
#: What no PET in SUV is.
_NO_PET = r"negative|HU\b|(?<!no )CT\b(?! in this)|cannot be|not SUV|implausib|plausib|no SUV|Bq/ml"
_HEIGHT, _SUV = r"height|PatientSize|size", r"SUV|Bq/ml|units|values"


def _as_suv(dataset: Dataset) -> None:
    dataset.Units, dataset.SUVType = "GML", "BW"


def _times_slope(factor: float) -> Apply:
    return each("all", lambda d: setattr(d, "RescaleSlope", float(d.RescaleSlope) * factor))


def _ct_as_pet(study: MadeStudy) -> None:
    """Call the CT's images a PET's, with everything a PET's header states."""
    for file, pet in zip(study.ct, study.pet, strict=True):
        file.dataset.Modality = "PT"
        file.dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.128")
        for keyword in (
            "Units",
            "DecayCorrection",
            "CorrectedImage",
            "FrameReferenceTime",
            "RadiopharmaceuticalInformationSequence",
            "ActualFrameDuration",
        ):
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
    return [*_bodies(), *_units(), *_nifti(), *_sound()]


def _bodies() -> list[Fault]:
    kind = "plausibility"
    lbm = {"units": "GML", "suv_type": "LBM"}
    heights = (("cm", 170.0), ("mm", 1700.0), ("feet", 5.577), ("inches", 66.93))
    return [
        Fault(
            "12-n_weight_in_grams",
            kind,
            "weight in grams",
            stated("PatientWeight", 70000.0),
            _WEIGHT,
            always=_WEIGHT,
        ),
        Fault(
            "12-n_weight_zero",
            kind,
            "a weight of zero",
            stated("PatientWeight", 0.0),
            accepted=REFUSED,
            reason=_WEIGHT,
        ),
        Fault(
            "12-n_weight_absent",
            kind,
            "no weight",
            stated("PatientWeight", None),
            accepted=REFUSED,
            reason=_WEIGHT,
        ),
        Fault(
            "12-n_weight_negative",
            kind,
            "a negative weight",
            stated("PatientWeight", -70.0),
            accepted=REFUSED,
            reason=_WEIGHT,
        ),
        Fault(
            "12-n_weight_7",
            kind,
            "7 kg at 1.70 m",
            stated("PatientWeight", 7.0),
            _WEIGHT,
            known=False,
            accepted=SAID,
            reason=_WEIGHT,
        ),
        Fault(
            "12-n_weight_700",
            kind,
            "700 kg",
            stated("PatientWeight", 700.0),
            _WEIGHT,
            known=False,
            accepted=SAID,
            reason=_WEIGHT,
        ),
        Fault(
            "12-n_weight_in_pounds",
            kind,
            "185 pounds at 1.65 m",
            together(stated("PatientWeight", 185.0), stated("PatientSize", 1.65)),
            _WEIGHT,
            known=False,
            accepted=SAID,
            reason=_WEIGHT,
        ),
        Fault(
            "12-n_weight_and_height_swapped",
            kind,
            "weight and height swapped",
            together(stated("PatientWeight", 1.7), stated("PatientSize", 70.0)),
            _WEIGHT + "|" + _HEIGHT,
            known=False,
            accepted=SAID,
            reason=_WEIGHT + "|" + _HEIGHT,
        ),
        *(
            Fault(
                f"12-o_height_in_{unit}",
                kind,
                f"SUV by lean mass, height in {unit}",
                stated("PatientSize", value),
                _HEIGHT + "|SUVlbm",
                recipe=lbm,
                always=_HEIGHT if unit == "cm" else "",
            )
            for unit, value in heights
        ),
        *(
            Fault(
                f"12-o_height_{name}",
                kind,
                f"SUV by lean mass, height {name}",
                stated("PatientSize", value),
                _HEIGHT + "|SUVlbm",
                recipe=lbm,
                known=False,
                accepted=SAID,
                reason="|".join((_HEIGHT, "SUVlbm")),
            )
            for name, value in (("absent", None), ("zero", 0.0), ("of 0.5 m", 0.5))
        ),
        Fault(
            "12-o_sex_absent",
            kind,
            "SUV by lean mass, sex absent",
            stated("PatientSex", ""),
            r"sex",
            recipe=lbm,
            reason=r"sex",
        ),
    ]


def _units() -> list[Fault]:
    kind = "plausibility"
    counts = r"counts|Units"
    return [
        Fault(
            "12-z_gml_holds_bqml",
            kind,
            "Bq/ml under GML",
            each("all", _as_suv),
            _SUV,
            known=False,
            accepted=SAID,
            reason=_SUV,
        ),
        Fault(
            "12-z_gml_holds_kbqml",
            kind,
            "kBq/ml under GML",
            together(each("all", _as_suv), _times_slope(0.001 * 40)),
            _SUV,
            known=False,
            accepted=SAID,
            reason=_SUV,
        ),
        Fault(
            "12-z_bqml_holds_kbqml",
            kind,
            "kBq/ml under BQML",
            _times_slope(0.001),
            _SUV,
            known=False,
            accepted=SAID,
            reason=_SUV,
        ),
        Fault(
            "12-z_bqml_holds_suv",
            kind,
            "SUV under BQML",
            _times_slope(0.000292),
            _SUV,
            known=False,
            accepted=SAID,
            reason=_SUV,
        ),
        Fault(
            "12-y_units_absent",
            kind,
            "no units",
            stated("Units", None),
            r"units",
            always=r"units",
            reason=r"units",
        ),
        Fault(
            "12-y_units_text",
            kind,
            "units as people write them",
            stated("Units", "BQ/ML"),
            r"units",
            reason=r"units",
        ),
        Fault(
            "12-y_units_small",
            kind,
            "units in small letters",
            stated("Units", "bqml"),
            accepted=RIGHT,
        ),
        *(
            Fault(
                f"12-y_units_{x.lower()}",
                kind,
                f"units {x}",
                stated("Units", x),
                accepted=REFUSED,
                reason=counts,
            )
            for x in ("CNTS", "PROPCNTS", "CPS", "NONE", "PCNT", "MGMINML", "1CM", "KBQCC")
        ),
        Fault(
            "12-x_suv_type_unknown",
            kind,
            "an SUV type DICOM does not know",
            stated("SUVType", "XYZ"),
            accepted=REFUSED,
            reason=r"SUV",
            recipe={"units": "GML"},
        ),
        Fault(
            "12-w_decay_absent",
            kind,
            "no Decay Correction",
            stated("DecayCorrection", None),
            r"decay",
            always=r"decay",
        ),
        Fault(
            "12-w_decay_text",
            kind,
            "a Decay Correction DICOM does not know",
            stated("DecayCorrection", "YES"),
            r"decay",
            always=r"decay",
        ),
        Fault(
            "12-w_decay_none_but_decy",
            kind,
            "Decay Correction NONE, but DECY is listed",
            stated("DecayCorrection", "NONE"),
            r"decay",
            always=r"decay",
            reason=r"decay",
        ),
        Fault(
            "12-w_start_but_no_decy",
            kind,
            "START, but DECY is not listed",
            stated("CorrectedImage", ["ATTN", "SCAT"]),
            r"decay",
            reason=r"decay",
        ),
        Fault(
            "12-v_ct_as_pet",
            kind,
            "a CT under the modality of a PET",
            _ct_as_pet,
            _NO_PET,
            known=False,
            accepted=SAID,
            recipe={"with_ct": True},
        ),
    ]


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

    word: dict[str, Any] = {"path": "study/x_pet.nii.gz", "command": "nifti"}
    return [
        Fault(
            "15-a_nifti_suv",
            kind,
            "NIfTI in SUV",
            _as_nifti(lambda s: s.made.suv),
            accepted=RIGHT,
            **word,
        ),
        Fault(
            "15-b_nifti_bqml",
            kind,
            "NIfTI in Bq/ml given as a PET",
            _as_nifti(bqml),
            _NO_PET,
            known=False,
            accepted=SAID,
            reason=_NO_PET,
            **word,
        ),
        Fault(
            "15-c_nifti_ct",
            kind,
            "a CT as NIfTI given as a PET",
            _as_nifti(hounsfield),
            _NO_PET,
            known=False,
            accepted=SAID,
            **word,
        ),
        Fault(
            "15-d_nifti_nan",
            kind,
            "NIfTI with NaN and infinities outside the body",
            _as_nifti(holed),
            r"NaN|not numbers|infinit|finite",
            **word,
        ),
    ]


def _sound() -> list[Fault]:
    kind, found = "plausibility", list[Fault]()
    child: dict[str, Any] = {"weight_kg": 9.0, "height_m": 0.72, "dose_bq": 40.0e6}
    rows: tuple[tuple[str, dict[str, Any]], ...] = (
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
    )
    for name, recipe in rows:
        found.append(
            Fault(
                f"12-sound_{name}",
                kind,
                f"sound values: {name.replace('_', ' ')}",
                lambda _: None,
                accepted=RIGHT,
                recipe=recipe,
            )
        )
    return found
