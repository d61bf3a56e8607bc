"""Which MR is read beside a PET/CT, and studies that hold an MR alone."""

from __future__ import annotations

import queue
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt
import pytest
from pydicom.uid import UID

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobQueue
from app.core.space.volume import Quantity
from app.io.nifti.pair import named_files
from app.io.open.info import describe
from app.io.open.named import open_files
from app.io.open.study import open_study
from app.session.session import Session
from tests.support.dicom_files import affine_of, phantom, write_series
from tests.support.nifti import load_nifti
from tests.support.places import SHARED_DATA

MR = UID("1.2.840.10008.5.1.4.1.1.4")
STS = SHARED_DATA / "sts" / "dicom"


def write_mr(folder: Path, name: str = "Ax T1 SE", **elements: Any) -> str:
    given = {"SOPClassUID": MR, "SeriesDescription": name, **elements}
    affine = given.pop("affine", affine_of((5.0, 1.5, 1.5)))
    return write_series(folder, phantom((5, 8, 9), seed=3), affine, "MR", **given)


def write_pet_ct(folder: Path) -> None:
    write_series(folder / "pet", phantom(), affine_of())
    write_series(folder / "ct", phantom(), affine_of(), "CT")


def test_a_t1_of_the_same_frame_is_read_with_the_pet_and_ct(tmp_path: Path) -> None:
    write_pet_ct(tmp_path)
    uid = write_mr(tmp_path / "mr")
    study = open_study([tmp_path])
    assert study.mr is not None
    assert study.choice.mr_uid == study.mr.series_uid == uid
    assert study.mr.quantity is Quantity.MR
    assert np.array_equal(study.mr.array, phantom((5, 8, 9), seed=3))
    assert study.mr.grid.spacing_kji_mm == pytest.approx((5.0, 1.5, 1.5))
    assert "MR “Ax T1 SE”: T1-weighted" in study.choice.why
    assert "same frame of reference" in study.choice.why
    chosen = describe([tmp_path])["chosen"]
    assert (chosen["pet"], chosen["ct"], chosen["mr"]) == (
        study.choice.pet_uid,
        study.choice.ct_uid,
        uid,
    )


def test_without_an_mr_nothing_is_chosen(tmp_path: Path) -> None:
    write_pet_ct(tmp_path)
    study = open_study([tmp_path])
    assert study.mr is None
    assert study.choice.mr_uid is None
    assert describe([tmp_path])["chosen"]["mr"] is None


def test_t1_before_others_without_contrast_before_with(tmp_path: Path) -> None:
    write_pet_ct(tmp_path)
    write_mr(tmp_path / "a", "T2 TSE", RepetitionTime=4000, EchoTime=90)
    write_mr(tmp_path / "b", "T1 post Gd")
    write_mr(tmp_path / "c", "T1 SE", ContrastBolusAgent="Magnevist")
    write_mr(tmp_path / "d", "T1 fs")
    write_mr(tmp_path / "e", "T1 localizer")
    uid = write_mr(tmp_path / "f", "AX SE", RepetitionTime=550, EchoTime=12)
    write_mr(tmp_path / "g", "AX SE", RepetitionTime=3000, EchoTime=90)
    study = open_study([tmp_path])
    assert study.choice.mr_uid == uid
    assert "TR 550 ms, TE 12 ms" in study.choice.why
    assert "best of 4 MR series" in study.choice.why


def test_contrast_agent_and_unknown_weighting_are_said(tmp_path: Path) -> None:
    write_pet_ct(tmp_path)
    write_mr(tmp_path / "mr", "AX", ContrastBolusAgent="Gadovist")
    warnings = open_study([tmp_path]).warnings
    assert any("contrast agent" in w for w in warnings)
    assert any("does not say whether" in w for w in warnings)


def test_a_t2_alone_is_not_taken(tmp_path: Path) -> None:
    write_pet_ct(tmp_path)
    write_mr(tmp_path / "mr", "T2 TSE")
    study = open_study([tmp_path])
    assert study.mr is None
    assert any("none of the 1 MR series is T1-weighted" in w for w in study.warnings)


def test_an_mr_elsewhere_or_of_another_patient_is_not_taken(tmp_path: Path) -> None:
    write_pet_ct(tmp_path)
    far = affine_of((5.0, 1.5, 1.5), (0.0, 0.0, 900.0))
    write_mr(tmp_path / "far", affine=far)
    study = open_study([tmp_path])
    assert study.mr is None
    assert any("do not overlap" in w for w in study.warnings)
    write_mr(tmp_path / "other", PatientID="OTHER")
    assert open_study([tmp_path]).mr is None


def test_another_frame_of_reference_is_read_and_said(tmp_path: Path) -> None:
    write_pet_ct(tmp_path)
    uid = write_mr(tmp_path / "mr", FrameOfReferenceUID="1.2.3", StudyInstanceUID="1.2.4")
    study = open_study([tmp_path])
    assert study.choice.mr_uid == uid
    assert any("MR and PET/CT have different frames" in w for w in study.warnings)
    same = write_mr(tmp_path / "same", "T1 fs")
    assert open_study([tmp_path]).choice.mr_uid == same


def test_an_mr_opens_alone_and_with_a_ct(tmp_path: Path) -> None:
    uid = write_mr(tmp_path / "mr")
    study = open_study([tmp_path])
    assert (study.pet, study.ct, study.suv) == (None, None, None)
    assert study.choice.mr_uid == uid
    assert study.patient.id == "TEST-1"
    assert any("no PET" in w for w in study.warnings)
    assert describe([tmp_path])["chosen"]["mr"] == uid
    ct = write_series(tmp_path / "ct", phantom(), affine_of(), "CT")
    study = open_study([tmp_path])
    assert (study.choice.pet_uid, study.choice.ct_uid) == (None, ct)
    assert study.mr is not None
    assert study.ct is not None


def test_an_uncorrected_pet_is_still_refused_beside_an_mr(tmp_path: Path) -> None:
    write_series(tmp_path / "nac", phantom(), affine_of(), CorrectedImage=["DECY"])
    write_mr(tmp_path / "mr")
    with pytest.raises(InputError, match="without attenuation correction"):
        open_study([tmp_path])


def test_a_t2_alone_says_that_there_is_no_pet(tmp_path: Path) -> None:
    write_mr(tmp_path / "mr", "T2 TSE")
    with pytest.raises(InputError, match="no PET series"):
        open_study([tmp_path])


def save(path: Path, value: float, kind: npt.DTypeLike = np.float32) -> Path:
    array = np.full((4, 5, 6), value, np.dtype(kind))
    nib.save(nib.Nifti1Image(array, np.diag([-2.0, -3.0, 4.0, 1.0])), path)
    return path


def test_nifti_by_name_and_by_option(tmp_path: Path) -> None:
    pet, ct = save(tmp_path / "pet_suvbw.nii.gz", 2.0), save(tmp_path / "ct_hu.nii.gz", -900)
    mr = save(tmp_path / "mr_t1.nii.gz", 300, np.int16)
    save(tmp_path / "gtv_on_pet.nii.gz", 1, np.uint8)
    for study in (open_study([tmp_path]), open_files(pet, ct, mr=mr)):
        assert study.mr is not None
        assert study.mr.quantity is Quantity.MR
        assert study.mr.array.dtype == np.int16
        assert study.choice.mr_uid == "nifti:mr_t1.nii.gz"
    document = describe([tmp_path])
    assert document["chosen"]["mr"] == "nifti:mr_t1.nii.gz"
    assert [x["role"] for x in document["series"]] == ["PET AC", "CT", "MR"]
    alone = open_files(None, None, mr=mr)
    assert (alone.pet, alone.suv) == (None, None)
    assert named_files([mr], [mr]) == named_files([tmp_path], [mr])
    assert open_study([mr]).mr is not None
    with pytest.raises(InputError):
        open_files(None, None)
    with pytest.raises(InputError, match="not numbers"):
        open_files(pet, ct, mr=save(tmp_path / "bad.nii", np.nan))


def moved(path: Path, name: str, by_mm: float) -> Path:
    image = load_nifti(path)
    affine = np.array(image.affine)
    affine[2, 3] += by_mm
    nib.save(nib.Nifti1Image(np.asarray(image.dataobj), affine), path.with_name(name))
    return path.with_name(name)


def test_nifti_opens_with_an_mr_in_the_place_of_a_ct(tmp_path: Path) -> None:
    pet, ct = save(tmp_path / "a_suv.nii.gz", 2.0), save(tmp_path / "b.nii.gz", -900)
    mr = save(tmp_path / "c.nii.gz", 300)
    study = open_files(pet, None, mr=mr)
    assert (study.choice.pet_uid, study.choice.mr_uid) == (f"nifti:{pet.name}", f"nifti:{mr.name}")
    assert study.ct is None
    assert study.warnings == ("There is no CT; the MR is shown in its place.",)
    assert open_files(pet, ct, mr=mr).warnings == ()


def test_an_mr_that_does_not_overlap_is_read_and_said_first(tmp_path: Path) -> None:
    pet, mr = save(tmp_path / "a_suv.nii.gz", 2.0), save(tmp_path / "c.nii.gz", 300)
    ct, far = save(tmp_path / "b.nii.gz", -900), moved(mr, "far.nii.gz", 500.0)
    for named, other in (((pet, None), "PET"), ((pet, ct), "PET"), ((None, ct), "CT")):
        study = open_files(*named, mr=far)
        assert study.mr is not None
        assert study.warnings[0].startswith(f"MR and {other} do not overlap in space")
    assert not any("overlap" in x for x in open_files(pet, ct, mr=mr).warnings)


def test_a_ct_alone_and_mixed_formats_are_refused(tmp_path: Path) -> None:
    pet, ct = save(tmp_path / "a_suv.nii.gz", 2.0), save(tmp_path / "b.nii.gz", -900)
    with pytest.raises(InputError, match=r"Only a CT was named\..*--mr FILE"):
        open_files(None, ct)
    folder = tmp_path / "mr"
    write_mr(folder)
    for named in ((pet, folder), (folder, pet)):
        with pytest.raises(InputError, match="mr is not NIfTI, but other images"):
            open_files(named[0], None, mr=named[1])


def test_a_session_opens_nifti_with_its_mr(tmp_path: Path) -> None:
    pet, mr = save(tmp_path / "a_suv.nii.gz", 2.0), save(tmp_path / "c.nii.gz", 300)
    calls: queue.Queue[Callable[[], None]] = queue.Queue()
    session = Session(JobQueue("cpu"), JobQueue("device"), calls.put)
    for named in ((pet, None, mr), (None, None, mr), (pet, None)):
        session.studies.close()
        session.studies.open_pair(*named)
        while session.study is None:
            calls.get(timeout=10)()
        assert (session.study.pet is None) == (named[0] is None)
        assert (session.study.mr is None) == (len(named) == 2)
    assert session.shutdown()


def test_a_real_sarcoma_study_opens_with_its_mr() -> None:
    if not STS.is_dir():
        pytest.skip("the sarcoma studies (../shared/data/sts) are not here")
    study = open_study([STS / "STS_012"])
    assert study.pet is not None
    assert study.ct is not None
    assert study.mr is not None
    assert study.mr.grid.same_space(study.ct.grid)
    assert study.pet.quantity is Quantity.SUV_BW
    assert study.choice.mr_uid in {s.uid for s in study.series if s.role == "MR"}
