"""NIfTI pairs: what their values are taken for, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from app.core.kit.errors import InputError
from app.core.space.volume import Quantity
from app.io.nifti.pair import guess_pair
from app.io.open.info import describe
from app.io.open.named import open_files
from app.io.open.study import open_study, with_overrides


def _write(path: Path, array: np.ndarray) -> Path:
    nib.save(nib.Nifti1Image(array, np.diag([-2.0, -3.0, 4.0, 1.0])), path)
    return path


def test_pair_without_units_is_assumed_suvbw_and_says_so(tmp_path: Path) -> None:
    pet = _write(tmp_path / "pet.nii.gz", np.full((4, 5, 6), 2.5))
    ct = _write(tmp_path / "ct.nii.gz", np.full((4, 5, 6), -1000, np.int16))
    study = open_files(pet, ct)
    assert study.pet is not None
    assert study.ct is not None
    assert study.pet.array.dtype == np.float32
    assert study.pet.quantity is Quantity.SUV_BW
    assert study.ct.quantity is Quantity.HU
    assert study.ct.array.dtype == np.int16
    assert study.suv is not None
    assert "assumed" in study.suv.rule
    assert any("taken as SUVbw" in w for w in study.warnings)
    assert study.aligned
    with pytest.raises(InputError):
        with_overrides(study, {"PatientWeight": 70.0})


def test_name_and_sidecar_say_otherwise(tmp_path: Path) -> None:
    array = np.full((4, 5, 6), 900.0, np.float32)
    study = open_files(_write(tmp_path / "pet_bqml.nii.gz", array), None)
    assert study.pet is not None
    assert study.pet.quantity is Quantity.BQML
    assert any("Bq/ml" in w for w in study.warnings)
    pet = _write(tmp_path / "sub-1_pet.nii.gz", array)
    (tmp_path / "sub-1_pet.json").write_text(json.dumps({"Units": "Bq/mL"}))
    study = open_files(pet, None)
    assert study.pet is not None
    assert study.pet.quantity is Quantity.BQML
    (tmp_path / "sub-1_pet.json").write_text("{ not json")
    study = open_files(pet, None)
    assert study.pet is not None
    assert study.pet.quantity is Quantity.SUV_BW
    study = open_files(_write(tmp_path / "suv.nii.gz", array), None)
    assert not any("taken as" in w for w in study.warnings)


def test_values_that_no_suv_reaches_are_not_called_suv(tmp_path: Path) -> None:
    study = open_files(_write(tmp_path / "pet.nii", np.full((3, 3, 3), 31000.0)), None)
    assert study.pet is not None
    assert study.suv is not None
    assert study.pet.quantity is Quantity.OTHER
    assert "31000" in study.suv.why


def _ct() -> np.ndarray:
    ct = np.full((8, 10, 12), -1000.0)
    ct[2:6, 3:8, 3:9] = 40.0
    return ct


@pytest.mark.parametrize("name", ["ct.nii.gz", "pet.nii.gz", "pet_suv.nii"])
@pytest.mark.parametrize("kind", [np.int16, np.float32])
def test_a_ct_named_as_pet_is_refused(tmp_path: Path, name: str, kind: type) -> None:
    with pytest.raises(InputError, match="CT in HU"):
        open_files(_write(tmp_path / name, _ct().astype(kind)), None)


def test_the_soft_tissue_window_of_a_ct_is_no_pet(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no PET"):
        open_files(_write(tmp_path / "pet.nii.gz", np.clip(_ct(), -160, 240)), None)


@pytest.mark.parametrize("values", [_ct() + 1024.0, 300.0 * np.abs(_ct())])
def test_a_ct_in_disguise_has_no_suv(tmp_path: Path, values: np.ndarray) -> None:
    study = open_files(_write(tmp_path / "pet.nii.gz", values), None)
    assert study.suv is not None
    assert study.suv.type is None
    assert study.suv.missing == ("Units",)


def test_negative_noise_in_activity_is_no_ct(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(100.0, 400.0, (12, 14, 16))
    study = open_files(_write(tmp_path / "pet_bqml.nii.gz", noise), None)
    assert study.pet is not None
    assert study.pet.quantity is Quantity.BQML


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.linspace(0.0, 1.0, 210, dtype=np.float32), "from 0 to 1"),
        (np.arange(210, dtype=np.uint8) * np.uint8(1) + np.uint8(46), "from 0 to 255"),
        (np.linspace(0.0, 0.05, 210, dtype=np.float32), "only"),
        (np.linspace(0.0, 7.3, 210, dtype=np.float32), ""),
    ],
)
def test_a_picture_of_a_pet_is_asked_about(tmp_path: Path, values: np.ndarray, said: str) -> None:
    values = values.copy()
    values[0] = 0
    study = open_files(_write(tmp_path / "suv.nii.gz", values.reshape(5, 6, 7)), None)
    assert study.suv is not None
    assert study.suv.type == "SUVbw"
    assert bool(study.suv.warnings) == bool(said)
    assert said in " ".join(study.warnings)


def test_bad_nifti_is_refused(tmp_path: Path) -> None:
    nan = _write(tmp_path / "nan.nii", np.full((3, 3, 3), np.nan))
    four = _write(tmp_path / "four.nii", np.zeros((3, 3, 3, 2), np.float32))
    cut = _write(tmp_path / "cut.nii.gz", np.random.default_rng(0).random((20, 20, 20)))
    cut.write_bytes(cut.read_bytes()[:-3000])
    text = tmp_path / "text.nii"
    text.write_text("hello")
    for path in (nan, four, cut, text, tmp_path / "none.nii"):
        with pytest.raises(InputError) as caught:
            open_files(path, None)
        assert caught.value.sentence


def test_a_folder_of_nifti_opens_where_names_are_clear(tmp_path: Path) -> None:
    pet = _write(tmp_path / "pet_suvbw.nii.gz", np.ones((3, 4, 5)))
    with pytest.raises(InputError):
        open_study([tmp_path / "none"])
    ct = _write(tmp_path / "ct_hu.nii.gz", np.full((3, 4, 5), -900, np.int16))
    mask = _write(tmp_path / "gtv_on_pet.nii.gz", np.ones((3, 4, 5), np.uint8))
    study = open_study([tmp_path])
    assert study.choice.pet_uid == f"nifti:{pet.name}"
    assert study.choice.ct_uid == f"nifti:{ct.name}"
    assert guess_pair([mask, ct]) is None
    second = _write(tmp_path / "pet_two.nii.gz", np.ones((3, 4, 5)))
    assert guess_pair([pet, second, ct]) is None
    with pytest.raises(InputError, match="--pet"):
        open_study([tmp_path])


def test_info_describes_a_pair_in_the_order_given(tmp_path: Path) -> None:
    first = _write(tmp_path / "a.nii.gz", np.ones((3, 4, 5)))
    second = _write(tmp_path / "b.nii.gz", np.full((3, 4, 5), -900, np.int16))
    document = describe([first, second])
    assert document["chosen"]["pet"] == "nifti:a.nii.gz"
    assert document["chosen"]["ct"] == "nifti:b.nii.gz"
    assert document["series"][0]["suv"]["type"] == "SUVbw"
    assert document["series"][1]["suv"] is None
