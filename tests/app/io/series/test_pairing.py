"""Which PET and which CT, and the sentences that explain it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.kit.errors import InputError
from app.io.open.study import open_study
from tests.support.dicom_files import Elements, affine_of, phantom, write_series

NAC: Elements = {"CorrectedImage": ["DECY"], "Units": "PROPCNTS", "SeriesDescription": "PET NAC"}


def test_attenuation_corrected_pet_is_chosen(tmp_path: Path) -> None:
    write_series(tmp_path / "nac", phantom((9, 5, 5)), affine_of(), **NAC)
    ac = write_series(tmp_path / "ac", phantom(), affine_of())
    ct = write_series(tmp_path / "ct", phantom(), affine_of(), "CT")
    study = open_study([tmp_path])
    assert (study.choice.pet_uid, study.choice.ct_uid) == (ac, ct)
    assert "attenuation corrected" in study.choice.why
    assert "1 series without attenuation correction left aside" in study.choice.why


@pytest.mark.parametrize(
    "signs",
    [
        {"CorrectedImage": ["DECY"]},
        {"Units": "PROPCNTS"},
        {"SeriesDescription": "WB_NAC_2mm"},
        {"AttenuationCorrectionMethod": "NONE"},
    ],
    ids=lambda signs: next(iter(signs)),
)
def test_only_an_uncorrected_pet_is_never_opened(tmp_path: Path, signs: Elements) -> None:
    write_series(tmp_path, phantom(), affine_of(), **signs)
    with pytest.raises(InputError, match="without attenuation correction") as caught:
        open_study([tmp_path])
    assert "attenuation-corrected PET series" in caught.value.next_step


def test_no_pet_says_what_is_there(tmp_path: Path) -> None:
    write_series(tmp_path, phantom(), affine_of(), "CT")
    with pytest.raises(InputError, match=r"no PET series .*CT") as caught:
        open_study([tmp_path])
    assert caught.value.next_step


def test_pet_without_ct_opens_alone(tmp_path: Path) -> None:
    write_series(tmp_path, phantom(), affine_of())
    study = open_study([tmp_path])
    assert study.ct is None
    assert any("no CT" in w for w in study.warnings)


def test_another_frame_of_reference_is_never_aligned(tmp_path: Path) -> None:
    write_series(tmp_path / "pet", phantom(), affine_of())
    write_series(tmp_path / "ct", phantom(), affine_of(), "CT", FrameOfReferenceUID="1.2.3")
    study = open_study([tmp_path])
    assert study.ct is not None
    assert study.aligned is False
    assert any("different frames of reference" in w for w in study.warnings)


def test_a_ct_that_lies_elsewhere_is_aligned_and_said(tmp_path: Path) -> None:
    write_series(tmp_path / "pet", phantom(), affine_of())
    away = affine_of(origin_lps_mm=(-10.0, -20.0, 900.0))
    write_series(tmp_path / "ct", phantom(), away, "CT")
    study = open_study([tmp_path])
    assert study.aligned
    assert "PET and CT do not overlap in space." in study.warnings


def test_ct_of_the_same_frame_then_overlap_then_kernel(tmp_path: Path) -> None:
    write_series(tmp_path / "pet", phantom(), affine_of())
    far = affine_of(origin_lps_mm=(-10, -20, 400))
    write_series(tmp_path / "far", phantom((30, 5, 5)), far, "CT")
    write_series(tmp_path / "lung", phantom(), affine_of(), "CT", ConvolutionKernel="LUNG")
    fine = affine_of((2.0, 1.0, 1.0))
    soft = write_series(
        tmp_path / "soft", phantom((14, 5, 5)), fine, "CT", ConvolutionKernel="STANDARD"
    )
    thick = affine_of((4.0, 1.0, 1.0))
    write_series(tmp_path / "thick", phantom((7, 5, 5)), thick, "CT", ConvolutionKernel="SOFT")
    write_series(tmp_path / "other", phantom(), affine_of(), "CT", FrameOfReferenceUID="1.2.3")
    write_series(
        tmp_path / "scout",
        phantom(),
        affine_of(),
        "CT",
        ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"],
    )
    study = open_study([tmp_path])
    assert study.choice.ct_uid == soft
    assert "same frame of reference" in study.choice.why


def test_original_before_derived_and_mip(tmp_path: Path) -> None:
    original = write_series(tmp_path / "a", phantom(), affine_of())
    write_series(
        tmp_path / "b", phantom((9, 5, 5)), affine_of(), ImageType=["DERIVED", "SECONDARY"]
    )
    write_series(
        tmp_path / "c", phantom((9, 5, 5)), affine_of(), ImageType=["DERIVED", "SECONDARY", "MIP"]
    )
    study = open_study([tmp_path])
    assert study.choice.pet_uid == original


def test_longer_pet_before_shorter(tmp_path: Path) -> None:
    write_series(tmp_path / "a", phantom((5, 5, 5)), affine_of(), SeriesNumber=1)
    body = write_series(tmp_path / "b", phantom((40, 5, 5)), affine_of(), SeriesNumber=2)
    assert open_study([tmp_path]).choice.pet_uid == body


def test_patients_are_never_mixed(tmp_path: Path) -> None:
    old: Elements = {"StudyInstanceUID": "1.2.1", "StudyDate": "20200101", "PatientID": "A"}
    new: Elements = {"StudyInstanceUID": "1.2.2", "StudyDate": "20230101", "PatientID": "B"}
    newest: Elements = {"StudyInstanceUID": "1.2.3", "StudyDate": "20240101", "PatientID": "C"}
    write_series(tmp_path / "a", phantom(), affine_of(), **old)
    write_series(tmp_path / "b", phantom(), affine_of(), "CT", **old)
    pet = write_series(tmp_path / "c", phantom(), affine_of(), **new)
    ct = write_series(tmp_path / "d", phantom(), affine_of(), "CT", **new)
    write_series(tmp_path / "e", phantom(), affine_of(), **newest)
    study = open_study([tmp_path])
    # The most recent study that has both, not the most recent PET.
    assert (study.choice.pet_uid, study.choice.ct_uid) == (pet, ct)
    assert study.patient.id == "B"
    assert any("3 patients" in w for w in study.warnings)
