"""One Series Instance UID for several things: each is a series of its own, and that is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.uid import UID

from app.core.space.series_uid import dicom_uid
from app.core.study.study import Study
from app.io.open.info import describe
from app.io.open.studies import read_further
from app.io.open.study import open_study
from tests.support.dicom_files import FACTOR, affine_of, phantom, write_series
from tests.support.mixed_series import SECONDARY, front, rewrite, write_outlines_object
from tests.support.places import SHARED_DATA

REPORTS = SHARED_DATA / "reports"
MIP = ["DERIVED", "SECONDARY", "MIP"]
STORED = phantom((6, 7, 9))
#: By name: modality, elements, and whether it is seen from the front.
STRANGERS: dict[str, tuple[str, dict[str, Any], bool]] = {
    "CT": ("CT", {}, False),
    "NAC by Corrected Image": ("PT", {"CorrectedImage": ["DECY"]}, False),
    "NAC by name": ("PT", {"SeriesDescription": "PET NAC", "CorrectedImage": None}, False),
    "NAC by method": ("PT", {"AttenuationCorrectionMethod": "NONE"}, False),
    "counts": ("PT", {"Units": "PROPCNTS"}, False),
    "GML": ("PT", {"Units": "GML"}, False),
    "SUV of another type": ("PT", {"SUVType": "LBM", "Units": "GML"}, False),
    "not decay corrected": ("PT", {"DecayCorrection": "NONE"}, False),
    "MIP": ("PT", {"ImageType": MIP}, True),
    "MIP in the same plane": ("PT", {"ImageType": MIP}, False),
    "reprojection": ("PT", {"SeriesType": ["WHOLE BODY", "REPROJECTION"]}, False),
    "from the front, unmarked": ("PT", {}, True),
    "picture": ("PT", {"SOPClassUID": SECONDARY}, False),
    "screen": ("PT", {"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, False),
    "dynamic": ("PT", {"SeriesType": ["DYNAMIC", "IMAGE"]}, False),
    "another patient": ("PT", {"PatientID": "TEST-2", "PatientName": "Test^Two"}, False),
    "other reconstruction": ("PT", {"ReconstructionMethod": "FBP"}, False),
    "derived copy": ("PT", {"ImageType": ["DERIVED", "SECONDARY"]}, False),
    "other name": ("PT", {"SeriesDescription": "PET smoothed"}, False),
}
#: As good as the PET itself where they are whole: either is right, a mixture never.
EQUALS = {"GML", "not decay corrected", "dynamic", "another patient", "other reconstruction",
          "other name"}  # fmt: skip
SERIES_TYPE = ["WHOLE BODY", "IMAGE"]


def write_stranger(folder: Path, name: str, uid: str, images: int) -> None:
    modality, elements, turned = STRANGERS[name]
    affine = front() if turned else affine_of()
    said = {"SeriesType": SERIES_TYPE, "ReconstructionMethod": "OSEM", **elements}
    if "SOPClassUID" in said:
        said["SOPClassUID"] = UID(said["SOPClassUID"])
    write_series(
        folder, STORED[:images] // 3, affine, modality, series_uid=uid, **said
    )  # fmt: skip


def write_pet(folder: Path) -> str:
    return write_series(
        folder, STORED, affine_of(), SeriesType=SERIES_TYPE, ReconstructionMethod="OSEM"
    )


def assert_whole(study: Study, stored: np.ndarray = STORED) -> None:
    """Hold that the PET is the attenuation-corrected one in every voxel."""
    assert study.pet is not None
    np.testing.assert_allclose(study.pet.array, stored * FACTOR, rtol=1e-6)
    assert study.suv is not None
    assert study.suv.type == "SUVbw"


@pytest.mark.parametrize("images", [1, 6])
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_under_the_uid_of_the_pet_is_told_apart(
    tmp_path: Path, name: str, first: bool, images: int
) -> None:
    uid = write_pet(tmp_path / "m")
    write_stranger(tmp_path / ("a" if first else "z"), name, uid, images)
    study = open_study([tmp_path])
    if images == 1 or name not in EQUALS:
        assert_whole(study)
    assert all(len({file.parent for file in x.files}) == 1 for x in study.series)
    assert len(study.series) == 2
    assert {dicom_uid(x.uid) for x in study.series} == {uid}
    assert len({x.uid for x in study.series}) == 2
    said = [w for w in study.warnings if "listed apart" in w]
    assert any(f"{images} of {images + 6} images of this series" in w for w in said)
    for series in study.series:
        assert series.images in (6, images)
        assert any("listed apart" in w for w in series.warnings)


@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
@pytest.mark.parametrize("name", ["NAC by Corrected Image", "NAC by name", "CT", "MIP"])
def test_the_majority_does_not_decide_what_the_pet_is(
    tmp_path: Path, name: str, first: bool
) -> None:
    uid = write_pet(tmp_path / "m")
    modality, elements, turned = STRANGERS[name]
    affine = front() if turned else affine_of()
    folder = tmp_path / ("a" if first else "z")
    write_series(folder, phantom((15, 7, 9), 2) % 900, affine, modality, series_uid=uid, **elements)
    study = open_study([tmp_path])
    assert_whole(study)
    assert study.choice.pet_uid == uid


@pytest.mark.parametrize("at", [0, 2, 5])
@pytest.mark.parametrize("name", ["NAC by Corrected Image", "CT", "GML", "counts"])
def test_one_slice_that_is_something_else_is_left_out_and_said(
    tmp_path: Path, name: str, at: int
) -> None:
    uid = write_pet(tmp_path)
    modality, elements, _ = STRANGERS[name]

    def spoil(n: int, dataset: Any) -> None:
        if n == at:
            dataset.Modality = modality
            for keyword, value in elements.items():
                setattr(dataset, keyword, value)

    rewrite(tmp_path, spoil)
    study = open_study([tmp_path])
    assert study.choice.pet_uid == uid
    assert any("1 of 6 images of this series" in w for w in study.warnings)
    assert study.pet is not None
    true = np.delete(STORED, at, 0) * FACTOR
    found = study.pet.array if at in (0, 5) else np.delete(study.pet.array, at, 0)
    np.testing.assert_allclose(found, true, rtol=1e-6)


@pytest.mark.parametrize("at", [0, 3])
@pytest.mark.parametrize(
    "keyword", ["Units", "CorrectedImage", "DecayCorrection", "PatientID", "SOPClassUID"]
)
def test_what_a_slice_leaves_unsaid_makes_it_no_other(
    tmp_path: Path, keyword: str, at: int
) -> None:
    uid = write_pet(tmp_path)
    rewrite(tmp_path, lambda n, x: delattr(x, keyword) if n == at else None)
    study = open_study([tmp_path])
    assert study.choice.pet_uid == uid
    assert len(study.series) == 1
    assert_whole(study)


def test_silence_at_the_same_place_is_another_image(tmp_path: Path) -> None:
    """A second image of each slice that says nothing of attenuation is not laid between."""
    uid = write_pet(tmp_path / "m")
    said: dict[str, Any] = {
        "SeriesType": SERIES_TYPE,
        "ReconstructionMethod": "OSEM",
        "CorrectedImage": None,
    }
    write_series(tmp_path / "a", STORED // 3, affine_of(), series_uid=uid, **said)
    study = open_study([tmp_path])
    assert_whole(study)
    assert len(study.series) == 2


@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
def test_outlines_under_the_uid_of_the_pet_are_no_image(tmp_path: Path, first: bool) -> None:
    uid = write_pet(tmp_path / "m")
    write_outlines_object(tmp_path / ("a" if first else "z") / "rs.dcm", uid)
    study = open_study([tmp_path])
    assert_whole(study)
    assert sorted(x.role for x in study.series) == ["PET AC", "RTSTRUCT"]
    assert any("1 of 7 objects of this series is an object of kind" in w for w in study.warnings)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
@pytest.mark.parametrize("marked", [True, False])
def test_a_localizer_is_not_the_ct(tmp_path: Path, first: bool, marked: bool, count: int) -> None:
    write_pet(tmp_path / "pet")
    uid = write_series(tmp_path / "m", STORED % 900, affine_of(), "CT")
    elements: dict[str, Any] = {}
    if marked:
        elements["ImageType"] = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    folder = tmp_path / ("a" if first else "z")
    write_series(folder, phantom((count, 7, 9)), front(), "CT", series_uid=uid, **elements)
    study = open_study([tmp_path])
    assert study.ct is not None
    np.testing.assert_array_equal(study.ct.array, STORED % 900)
    assert any(f"{count} of {6 + count} images" in w for w in study.warnings)


def test_pet_and_ct_of_one_series_are_both_read(tmp_path: Path) -> None:
    uid = write_pet(tmp_path / "b")
    write_series(tmp_path / "a", STORED % 900, affine_of(), "CT", series_uid=uid)
    study = open_study([tmp_path])
    assert_whole(study)
    assert study.ct is not None
    np.testing.assert_array_equal(study.ct.array, STORED % 900)
    assert (study.choice.pet_uid, study.choice.ct_uid) == (uid, f"{uid}#2")
    again = read_further(study, f"{uid}#2")
    assert again.series_uid == f"{uid}#2"
    np.testing.assert_array_equal(again.array, STORED % 900)


def test_time_frames_stay_one_series(tmp_path: Path) -> None:
    """Frames of one scan lie at one place too, but were not taken at one time."""
    uid = write_series(tmp_path / "a", STORED, affine_of(), SeriesDescription="Frame 1")
    write_series(
        tmp_path / "b",
        STORED // 2,
        affine_of(),
        series_uid=uid,
        SeriesDescription="Frame 2",
        AcquisitionTime="110500",
        FrameReferenceTime=449605.0,
    )
    study = open_study([tmp_path])
    assert len(study.series) == 1
    (phases,) = study.phases
    assert len(phases.labels) == 2


def test_frames_of_reference_that_change_in_a_series_are_said(tmp_path: Path) -> None:
    write_pet(tmp_path)
    rewrite(tmp_path, lambda n, x: setattr(x, "FrameOfReferenceUID", f"1.2.{n // 4}"))
    study = open_study([tmp_path])
    assert_whole(study)
    assert study.pet is not None
    assert study.pet.grid.frame_of_reference_uid == "1.2.0"
    assert any("state 2 frames of reference" in w for w in study.warnings)


@pytest.mark.parametrize(
    ("name", "series", "said"),
    [
        ("06-a_mip_pet_class_first", 3, "1 of 21 images of this series is a projection"),
        ("06-f_ct_localizer_first", 3, "1 of 21 images of this series is a localizer"),
        ("07-g_ac_first_nac_lower_number", 2, "20 of 40 images of this series are not attenuation"),
        ("07-k_pet_first_ct_lower_number", 2, "20 of 40 images of this series are of CT"),
    ],
)
def test_shared_inputs(name: str, series: int, said: str) -> None:
    if not REPORTS.is_dir():
        pytest.skip("needs shared/data/reports beside the checkout")
    study = open_study([REPORTS / name])
    assert study.pet is not None
    assert float(study.pet.array.max()) == pytest.approx(17.5276, abs=5e-5)
    assert len(study.series) == series
    assert any(said in w for w in study.warnings)


def test_the_shared_pet_under_the_uid_of_its_ct_is_found() -> None:
    folder = REPORTS / "hostile" / "pet_with_uid_of_ct"
    if not folder.is_dir():
        pytest.skip("needs shared/data/reports beside the checkout")
    chosen = describe([folder])["chosen"]
    assert chosen["pet"]
    assert chosen["ct"]
    assert chosen["mr"]


def test_healthy_series_say_nothing_new() -> None:
    folder = SHARED_DATA / "acrin-nsclc-042"
    if not folder.is_dir():
        pytest.skip("needs shared/data/acrin-nsclc-042 beside the checkout")
    document = describe([folder])
    assert not any("listed apart" in w for s in document["series"] for w in s["warnings"])
    assert "without attenuation correction left aside" in document["chosen"]["why"]
