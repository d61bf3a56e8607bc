"""Who was examined, as a study says it, and what follows from the body."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.drawn.percist import sul_scale
from app.io.open.study import open_study, with_overrides
from tests.support.dicom_files import affine_of, phantom, write_series


@pytest.mark.parametrize("stated", ["1.75", "175", "1750"], ids=["m", "cm", "mm"])
def test_sul_is_the_same_whatever_unit_the_height_is_stated_in(tmp_path: Path, stated: str) -> None:
    write_series(tmp_path, phantom(), affine_of(), PatientSize=stated)
    study = open_study([tmp_path])
    assert study.patient.height_m == pytest.approx(1.75)
    # Janmahasatian 2005 for a woman of 70 kg and 1.75 m.
    bmi = 70.0 / 1.75**2
    assert sul_scale(study).factor == pytest.approx(9270.0 / (8780.0 + 244.0 * bmi))


def test_a_height_of_thirty_metres_is_not_known(tmp_path: Path) -> None:
    write_series(tmp_path, phantom(), affine_of(), PatientSize="30000")
    study = open_study([tmp_path])
    assert study.patient.height_m is None
    assert "height" in sul_scale(study).why


def test_typing_in_another_value_leaves_the_patients_units_alone(tmp_path: Path) -> None:
    write_series(tmp_path, phantom(), affine_of(), PatientWeight="70000", PatientSize="1750")
    study = open_study([tmp_path])
    typed = with_overrides(study, {"RadionuclideTotalDose": 740.0e6})
    for patient in (study.patient, typed.patient):
        assert patient.weight_kg == pytest.approx(70.0)
        assert patient.height_m == pytest.approx(1.75)
