"""DICOM files and folders named as PET, CT and MR: taken as that, or refused with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.kit.errors import InputError
from app.core.study.placement import apart_roles, fused_as_read
from app.io.open.info import describe
from app.io.open.named import NamedPlaces, find, open_files
from tests.support.dicom_files import FACTOR, affine_of, phantom, write_series

STORED = phantom((6, 7, 9))
ELSEWHERE: dict[str, Any] = {
    "StudyInstanceUID": "1.2.3.1",
    "FrameOfReferenceUID": "1.2.3.2",
    "StudyDate": "20240105",
    "SeriesDate": "20240105",
}


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """PET AC and NAC with a CT of their own, and elsewhere two CTs and an MR of another day."""
    write_series(tmp_path / "study" / "ac", STORED, affine_of())
    write_series(tmp_path / "study" / "nac", STORED // 3, affine_of(), CorrectedImage=["DECY"])
    write_series(tmp_path / "study" / "ct", STORED % 500, affine_of(), "CT")
    write_series(tmp_path / "other" / "soft", STORED % 900, affine_of(), "CT", **ELSEWHERE)
    lung = {**ELSEWHERE, "ConvolutionKernel": "LUNG"}
    write_series(tmp_path / "other" / "lung", STORED % 800, affine_of(), "CT", **lung)
    mr: dict[str, Any] = {**ELSEWHERE, "SeriesDescription": "T2 axial"}
    write_series(tmp_path / "mr", STORED, affine_of(), "MR", **mr)
    return tmp_path


def test_the_named_ct_is_read_beside_the_pet_of_a_path(places: Path) -> None:
    study = open_files(None, places / "other", paths=[places / "study"])
    assert study.pet is not None
    assert study.ct is not None
    np.testing.assert_allclose(study.pet.array, STORED * FACTOR, rtol=1e-6)
    np.testing.assert_array_equal(study.ct.array, STORED % 900)
    assert not study.aligned
    assert any("named as CT holds 2 CT series" in w for w in study.warnings)
    assert "named, another frame of reference" in study.choice.why
    # What was not named stays listed.
    assert len(study.series) == 5


def test_files_and_folders_are_named_one_by_one(places: Path) -> None:
    study = open_files(places / "study" / "ac", places / "other" / "lung", mr=places / "mr")
    assert study.ct is not None
    np.testing.assert_array_equal(study.ct.array, STORED % 800)
    assert study.mr is not None
    assert any("not T1-weighted" in w for w in study.warnings)


def test_one_file_is_named(places: Path) -> None:
    study = open_files(places / "study" / "ac" / "0000.dcm", None)
    assert study.pet is not None
    assert study.pet.grid.shape_kji == (1, 7, 9)
    assert any("one image only" in w for w in study.warnings)


def test_one_folder_is_named_twice(places: Path) -> None:
    study = open_files(places / "study", places / "study")
    assert study.aligned
    assert len(study.series) == 3
    assert study.ct is not None
    np.testing.assert_array_equal(study.ct.array, STORED % 500)


@pytest.mark.parametrize(
    ("pet", "ct", "said"),
    [
        ("study/nac", None, r"named is not attenuation corrected \(Corrected Image does not list"),
        ("other", None, r"named as PET holds no PET that can be read \(found: CT\)"),
        ("study/ac", "study/nac", r"named as CT holds no CT that can be read \(found: PET NAC\)"),
        ("study/ac", "mr", r"named as CT holds no CT that can be read \(found: MR\)"),
    ],
)
def test_what_is_something_else_is_refused(
    places: Path, pet: str, ct: str | None, said: str
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        open_files(places / pet, None if ct is None else places / ct)
    assert caught.value.next_step
    with pytest.raises(InputError, match=said):
        open_files(places / pet, None if ct is None else places / ct, paths=[places / "study"])
    why = describe([], None, NamedPlaces(places / pet, None if ct is None else places / ct))
    assert why["chosen"]["pet"] is None


def test_an_uncorrected_pet_is_not_taken_from_the_path_instead(places: Path) -> None:
    with pytest.raises(InputError, match="not attenuation corrected"):
        open_files(places / "study" / "nac", None, paths=[places / "study"])


def test_a_ct_of_another_patient_is_refused_and_an_unsure_one_is_said(places: Path) -> None:
    other: dict[str, Any] = {**ELSEWHERE, "PatientID": "B", "PatientName": "B^B"}
    write_series(places / "b", STORED % 900, affine_of(), "CT", **other)
    with pytest.raises(InputError, match="patients are never mixed"):
        open_files(None, places / "b", paths=[places / "study"])
    silent: dict[str, Any] = {**ELSEWHERE, "PatientID": "", "PatientName": ""}
    write_series(places / "c", STORED % 900, affine_of(), "CT", **silent)
    study = open_files(None, places / "c", paths=[places / "study"])
    assert study.ct is not None
    assert any("does not say that it is of the same patient" in w for w in study.warnings)


def test_a_ct_alone_needs_leave_and_nothing_else_is_passed_over(places: Path) -> None:
    with pytest.raises(InputError, match="Only a CT was named"):
        open_files(None, places / "other")
    study = open_files(None, places / "other", ct_alone=True)
    assert study.pet is None
    assert study.ct is not None
    with pytest.raises(InputError, match="without attenuation correction"):
        open_files(None, places / "other", paths=[places / "study" / "nac"], ct_alone=True)


def test_a_place_that_holds_no_image_is_refused(places: Path) -> None:
    (places / "notes.txt").write_text("nothing")
    for wanted in (NamedPlaces(places / "notes.txt"), NamedPlaces(None, places / "notes.txt")):
        with pytest.raises(InputError, match="no usable DICOM image"):
            find([places / "study"], wanted)
    assert "no usable DICOM image" in describe([places / "notes.txt"])["chosen"]["why"]


def test_the_readers_word_fuses_and_is_recorded(places: Path) -> None:
    study = open_files(None, places / "other", paths=[places / "study"])
    assert apart_roles(study) == ("CT",)
    fused = fused_as_read(study)
    assert fused.aligned
    assert apart_roles(fused) == ()
    assert fused.ct is not None
    assert study.ct is not None
    assert fused.ct.array is study.ct.array
    assert fused.ct.grid.same_grid(study.ct.grid)
    (word,) = fused.alignments
    assert word.source == "as it was read, on the reader's word"
    assert any("on the reader's word" in w for w in fused.warnings)
    assert not any("different frames of reference" in w for w in fused.warnings)


def test_studies_that_fit_need_no_word(places: Path) -> None:
    study = open_files(places / "study" / "ac", places / "study" / "ct")
    assert fused_as_read(study) is study
