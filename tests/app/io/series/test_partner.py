"""Which CT belongs to a PET, across studies, days, frames of reference and spellings of an id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.study.study import Study
from app.io.open.studies import open_studies
from app.io.open.study import open_study
from tests.support.dicom_files import affine_of, phantom, write_series
from tests.support.places import SHARED_DATA

STORED = phantom((6, 7, 9))
FAR = affine_of(origin_lps_mm=(-10.0, -20.0, 900.0))
OTHER_STUDY: dict[str, Any] = {"StudyInstanceUID": "1.2.3.1"}
NOT_READ = "is not read"


def opened(folder: Path, ct: dict[str, Any], pet: dict[str, Any], *, far: bool = False) -> Study:
    """Write a PET and a CT and open both, by the two ways there are."""
    write_series(folder / "pet", STORED, affine_of(), **pet)
    write_series(folder / "ct", STORED % 900, FAR if far else affine_of(), "CT", **ct)
    study = open_study([folder])
    (same,) = open_studies([folder])
    assert same.choice == study.choice
    assert same.warnings == study.warnings
    return study


@pytest.mark.parametrize("missing", [None, ""], ids=["differs", "empty"])
def test_a_ct_of_another_study_in_the_frame_of_the_pet_is_taken_and_said(
    tmp_path: Path, missing: str | None
) -> None:
    uid: dict[str, Any] = OTHER_STUDY if missing is None else {"StudyInstanceUID": missing}
    study = opened(tmp_path, uid, {})
    assert study.ct is not None
    np.testing.assert_array_equal(study.ct.array, STORED % 900)
    assert study.aligned
    assert any("another study of the same patient and day" in w for w in study.warnings)


def test_a_ct_of_another_study_and_frame_is_shown_beside_and_not_fused(tmp_path: Path) -> None:
    study = opened(tmp_path, {**OTHER_STUDY, "FrameOfReferenceUID": "1.2.9"}, {})
    assert study.ct is not None
    assert not study.aligned
    assert any("another study of the same patient and day" in w for w in study.warnings)
    assert any("fuse them as they lie if you know" in w for w in study.warnings)


DAYS: dict[str, Any] = {"StudyDate": "20240105", "SeriesDate": "20240105"}
NO_DAY: dict[str, Any] = {"StudyDate": None, "SeriesDate": None, "AcquisitionDate": None}
NO_FRAME: dict[str, Any] = {"FrameOfReferenceUID": None}


@pytest.mark.parametrize(
    ("ct", "taken"),
    [
        ({**OTHER_STUDY, **NO_DAY}, True),
        ({**OTHER_STUDY, **DAYS}, False),
        ({**OTHER_STUDY, **DAYS, "FrameOfReferenceUID": "1.2.9"}, False),
        ({**OTHER_STUDY, **NO_DAY, "FrameOfReferenceUID": "1.2.9"}, False),
        (DAYS, True),
        ({"FrameOfReferenceUID": "1.2.9"}, True),
        ({**OTHER_STUDY, **NO_FRAME}, True),
    ],
)
def test_day_study_and_frame(tmp_path: Path, ct: dict[str, Any], taken: bool) -> None:
    study = opened(tmp_path, ct, {})
    assert (study.ct is not None) is taken
    assert any(NOT_READ in w for w in study.warnings) is not taken
    if not taken:
        assert any("There is no CT in this study" in w for w in study.warnings)
    if "FrameOfReferenceUID" in ct and taken:
        assert not study.aligned


@pytest.mark.parametrize(
    ("ct", "pet", "taken", "said"),
    [
        ({"PatientID": "test-1"}, {}, True, "capitals or blanks"),
        ({"PatientID": "TEST -1 "}, {}, True, "capitals or blanks"),
        ({"PatientID": "TEST-1 "}, {}, True, ""),
        ({"PatientID": ""}, {}, True, ""),
        ({"PatientID": None}, {}, True, ""),
        ({"PatientID": "", "PatientName": ""}, {}, True, ""),
        ({"PatientName": "Test^Uno"}, {}, True, "another name or birth date"),
        ({"PatientName": "Test^Uno", "FrameOfReferenceUID": "1.2.9"}, {}, False, "another patient"),
        ({"PatientID": "TEST-2"}, {}, False, "another patient"),
        ({"PatientID": "TEST-2", "PatientName": ""}, {}, False, "another patient"),
        (
            {"PatientID": "TEST-2", "PatientBirthDate": "19500101"},
            {"PatientBirthDate": "19500101"},
            False,
            "the patient IDs differ",
        ),
        (
            {"PatientName": "Roe^Rita", "PatientBirthDate": "19500102"},
            {"PatientBirthDate": "19500101"},
            False,
            "another patient",
        ),
        ({"PatientID": "", "PatientName": "", **OTHER_STUDY}, {}, False, "not certain"),
        ({"PatientID": "test-1", **OTHER_STUDY}, {}, True, "capitals or blanks"),
    ],
)
def test_patients_are_compared_and_never_mixed(
    tmp_path: Path, ct: dict[str, Any], pet: dict[str, Any], taken: bool, said: str
) -> None:
    study = opened(tmp_path, ct, pet)
    assert (study.ct is not None) is taken
    if said:
        assert any(said in w for w in study.warnings), study.warnings
    elif taken:
        assert study.warnings == ()


def test_another_patient_in_the_folder_is_no_news(tmp_path: Path) -> None:
    elements: dict[str, Any] = {
        "PatientID": "B",
        "PatientName": "B^B",
        "FrameOfReferenceUID": "1.2.9",
    }
    study = opened(tmp_path, {**OTHER_STUDY, **elements}, {})
    assert study.ct is None
    assert not any("patient" in w for w in study.warnings)


def test_its_own_ct_comes_before_that_of_another_study(tmp_path: Path) -> None:
    own = write_series(tmp_path / "own", STORED[:4] % 900, affine_of(), "CT")
    study = opened(tmp_path, OTHER_STUDY, {})
    assert study.choice.ct_uid == own


def test_a_ct_that_fits_comes_before_its_own_of_another_frame(tmp_path: Path) -> None:
    write_series(tmp_path / "own", STORED % 900, affine_of(), "CT", FrameOfReferenceUID="1.2.9")
    study = opened(tmp_path, OTHER_STUDY, {})
    assert study.aligned
    chosen = study.series_of(study.choice.ct_uid)
    assert chosen is not None
    assert chosen.study_uid == "1.2.3.1"


def test_a_far_ct_of_another_study_is_not_read(tmp_path: Path) -> None:
    study = opened(tmp_path, OTHER_STUDY, {}, far=True)
    assert study.ct is None
    assert any(NOT_READ in w for w in study.warnings)


def test_a_study_without_ct_is_lent_that_of_another_pet_study(tmp_path: Path) -> None:
    write_series(tmp_path / "a", STORED, affine_of(), SeriesDescription="Early")
    other: dict[str, Any] = {**OTHER_STUDY, "SeriesDescription": "Late"}
    write_series(tmp_path / "b", STORED, affine_of(), **other)
    uid = write_series(tmp_path / "ct", STORED % 900, affine_of(), "CT", **OTHER_STUDY)
    studies = open_studies([tmp_path])
    assert [x.choice.ct_uid for x in studies] == [uid, uid]
    said = [any("another study of the same patient" in w for w in x.warnings) for x in studies]
    assert sorted(said) == [False, True]


def test_patients_without_a_study_uid_are_not_of_one_study(tmp_path: Path) -> None:
    """The most recent PET decides whose PET is read, not the longest under an empty UID."""
    nameless: dict[str, Any] = {"StudyInstanceUID": ""}
    write_series(tmp_path / "a", STORED, affine_of(), **nameless)
    older: dict[str, Any] = {**nameless, "PatientID": "B", "PatientName": "B^B"}
    older |= {"StudyDate": "20230102", "SeriesDate": "20230102"}
    write_series(tmp_path / "b", phantom((40, 7, 9)), affine_of(), **older)
    study = open_study([tmp_path])
    assert study.patient.id == "TEST-1"
    assert any("PET of 2 patients" in w for w in study.warnings)


def test_pet_and_ct_without_frames_are_fused_and_said(tmp_path: Path) -> None:
    study = opened(tmp_path, NO_FRAME, NO_FRAME)
    assert study.aligned
    assert any("state no frame of reference" in w for w in study.warnings)


def test_the_shared_ct_of_another_study() -> None:
    folder = SHARED_DATA / "reports" / "22-f_study_uid_of_ct_differs"
    if not folder.is_dir():
        pytest.skip("needs shared/data/reports beside the checkout")
    study = open_study([folder])
    assert study.ct is not None
    assert study.aligned
    assert any("another study of the same patient and day" in w for w in study.warnings)
