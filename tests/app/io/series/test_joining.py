"""One volume under several Series Instance UIDs is read whole; what only looks alike is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from app.io.open.studies import read_further
from app.io.open.study import open_study
from tests.support.dicom_files import FACTOR, affine_of, phantom, write_series
from tests.support.mixed_series import rewrite

STORED = phantom((6, 7, 9))


def each(*keywords: str) -> Callable[[int, Dataset], None]:
    """Return what gives every image UIDs of its own."""

    def change(_: int, dataset: Dataset) -> None:
        for keyword in keywords:
            setattr(dataset, keyword, generate_uid())

    return change


def from_third(n: int, dataset: Dataset) -> None:
    if n >= 3:
        dataset.SeriesInstanceUID = "1.2.3.9"


def only(at: int) -> Callable[[int, Dataset], None]:
    def change(n: int, dataset: Dataset) -> None:
        if n == at:
            dataset.SeriesInstanceUID = "1.2.3.9"

    return change


def assert_read(folder: Path, series: int = 2) -> None:
    study = open_study([folder])
    assert study.pet is not None
    np.testing.assert_allclose(study.pet.array, STORED * FACTOR, rtol=1e-6)
    assert study.ct is not None
    np.testing.assert_array_equal(study.ct.array, STORED % 900)
    assert len(study.series) == series
    pet = study.series_of(study.choice.pet_uid)
    assert pet is not None
    assert pet.images == 6
    assert any("series UIDs; they are read as one series" in w for w in study.warnings)
    np.testing.assert_array_equal(read_further(study, pet.uid).array, study.pet.array)


@pytest.mark.parametrize("number", [None, 4], ids=["no number", "number"])
@pytest.mark.parametrize(
    "change",
    [
        each("SeriesInstanceUID"),
        each("SeriesInstanceUID", "StudyInstanceUID"),
        each("SeriesInstanceUID", "SOPInstanceUID"),
    ],
    ids=["series", "study", "all"],
)
def test_a_series_uid_for_every_slice(
    tmp_path: Path, change: Callable[[int, Dataset], None], number: int | None
) -> None:
    elements: dict[str, Any] = {} if number is None else {"SeriesNumber": number}
    write_series(tmp_path / "pet", STORED, affine_of(), **elements)
    write_series(tmp_path / "ct", STORED % 900, affine_of(), "CT")
    rewrite(tmp_path / "pet", change)
    rewrite(tmp_path / "ct", change)
    assert_read(tmp_path)


def test_a_frame_of_reference_for_every_slice_is_not_fused(tmp_path: Path) -> None:
    write_series(tmp_path / "pet", STORED, affine_of())
    write_series(tmp_path / "ct", STORED % 900, affine_of(), "CT")
    for name in ("pet", "ct"):
        rewrite(tmp_path / name, each("SeriesInstanceUID", "FrameOfReferenceUID"))
    assert_read(tmp_path)
    study = open_study([tmp_path])
    assert not study.aligned
    assert any("state 6 frames of reference" in w for w in study.warnings)


@pytest.mark.parametrize(
    "change", [from_third, only(0), only(2), only(5)], ids=["half", "first", "third", "last"]
)
def test_a_part_under_another_uid_with_the_same_number(
    tmp_path: Path, change: Callable[[int, Dataset], None]
) -> None:
    write_series(tmp_path / "pet", STORED, affine_of(), SeriesNumber=3)
    write_series(tmp_path / "ct", STORED % 900, affine_of(), "CT", SeriesNumber=2)
    rewrite(tmp_path / "pet", change)
    assert_read(tmp_path)


def test_slices_of_two_time_frames_make_two_series(tmp_path: Path) -> None:
    write_series(tmp_path / "a", STORED, affine_of())
    write_series(tmp_path / "b", STORED // 2, affine_of(), AcquisitionTime="110500")
    for name in "ab":
        rewrite(tmp_path / name, each("SeriesInstanceUID"))
    study = open_study([tmp_path])
    assert [x.images for x in study.series] == [6, 6]


def _stays(folder: Path, series: int) -> None:
    study = open_study([folder])
    assert len(study.series) == series
    assert not any("series UIDs" in w for x in study.series for w in x.warnings)


def test_two_parts_without_a_number_stay_two(tmp_path: Path) -> None:
    write_series(tmp_path, STORED, affine_of())
    rewrite(tmp_path, from_third)
    _stays(tmp_path, 2)


@pytest.mark.parametrize(
    "other",
    [
        {"SeriesDescription": "Another scan"},
        {"SeriesNumber": 4},
        {"FrameOfReferenceUID": "1.2.3.4"},
        {"StudyDate": "20240103"},
        {"PatientID": "TEST-2"},
        {"Units": "CNTS"},
        {"ReconstructionMethod": "FBP"},
    ],
    ids=lambda x: next(iter(x)),
)
def test_what_differs_is_not_joined(tmp_path: Path, other: dict[str, Any]) -> None:
    write_series(tmp_path, STORED, affine_of(), SeriesNumber=3)

    def change(n: int, dataset: Dataset) -> None:
        if n >= 3:
            dataset.SeriesInstanceUID = "1.2.3.9"
            for keyword, value in other.items():
                setattr(dataset, keyword, value)

    rewrite(tmp_path, change)
    _stays(tmp_path, 2)


def test_images_at_the_same_places_or_far_away_are_not_joined(tmp_path: Path) -> None:
    write_series(tmp_path / "a", STORED, affine_of(), SeriesNumber=3)
    write_series(tmp_path / "b", STORED[:4], affine_of(), SeriesNumber=3)
    far = affine_of(origin_lps_mm=(-10.0, -20.0, 900.0))
    write_series(tmp_path / "c", STORED, far, SeriesNumber=3)
    _stays(tmp_path, 3)


def test_two_single_images_are_no_volume(tmp_path: Path) -> None:
    write_series(tmp_path, STORED[:2], affine_of())
    rewrite(tmp_path, each("SeriesInstanceUID"))
    _stays(tmp_path, 2)
