"""One image of a PET states another dose, weight or time: most of them decide, and it is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from app.io.open.study import open_study
from tests.support.dicom_files import FACTOR, affine_of, phantom, write_series
from tests.support.enhanced_files import write_enhanced
from tests.support.mixed_series import rewrite

STORED = phantom((6, 7, 9))
#: By what is said: whether it is of the tracer's item, keyword, another value.
OTHERS: dict[str, tuple[bool, str, Any]] = {
    "weight": (False, "PatientWeight", 90.0),
    "height": (False, "PatientSize", 1.5),
    "series time": (False, "SeriesTime", "103000"),
    "injected dose": (True, "RadionuclideTotalDose", 1.0e8),
    "half-life": (True, "RadionuclideHalfLife", 4057.0),
    "injection time": (True, "RadiopharmaceuticalStartDateTime", "20240102080000"),
}


def other(what: str, where: Callable[[int], bool]) -> Callable[[int, Dataset], None]:
    of_tracer, keyword, value = OTHERS[what]

    def change(n: int, dataset: Dataset) -> None:
        if where(n):
            item = dataset.RadiopharmaceuticalInformationSequence[0] if of_tracer else dataset
            setattr(item, keyword, value)

    return change


def in_file_order(folder: Path) -> list[int]:
    """Image numbers from 0, in the order in which the files are read."""
    return [int(dcmread(x).InstanceNumber) - 1 for x in sorted(folder.iterdir())]


@pytest.mark.parametrize("undefined", [False, True], ids=["defined length", "undefined length"])
@pytest.mark.parametrize("at", [0, 3, 5], ids=["first read", "middle", "last read"])
@pytest.mark.parametrize("what", OTHERS)
def test_one_image_that_states_another_value_decides_nothing(
    tmp_path: Path, what: str, at: int, undefined: bool
) -> None:
    write_series(tmp_path, STORED, affine_of())
    odd = in_file_order(tmp_path)[at]
    change = other(what, lambda n: n == odd)

    def spoil(n: int, dataset: Dataset) -> None:
        change(n, dataset)
        sequence = dataset["RadiopharmaceuticalInformationSequence"]
        sequence.is_undefined_length = undefined
        sequence.value[0].is_undefined_length_sequence_item = undefined

    rewrite(tmp_path, spoil)
    study = open_study([tmp_path])
    assert study.pet is not None
    np.testing.assert_allclose(study.pet.array, STORED * FACTOR, rtol=1e-6)
    assert study.suv is not None
    assert any(f"1 of 6 images states another {what}" in w for w in study.suv.warnings)
    assert any("what most images state is used" in w for w in study.warnings)


@pytest.mark.parametrize("what", OTHERS)
def test_where_half_say_otherwise_it_is_open(tmp_path: Path, what: str) -> None:
    write_series(tmp_path, STORED, affine_of())
    rewrite(tmp_path, other(what, lambda n: n < 3))
    study = open_study([tmp_path])
    said = [w for w in study.warnings if f"3 of 6 images state another {what}" in w]
    assert said
    assert "nothing tells which is right" in said[0]


def test_several_differences_are_named_together(tmp_path: Path) -> None:
    write_series(tmp_path, STORED, affine_of())
    for what in ("weight", "injected dose", "half-life"):
        rewrite(tmp_path, other(what, lambda n: n == 0))
    study = open_study([tmp_path])
    said = "1 of 6 images states another half-life, injected dose and weight"
    assert any(said in w for w in study.warnings)


def test_silence_is_no_difference(tmp_path: Path) -> None:
    write_series(tmp_path, STORED, affine_of())
    silent = in_file_order(tmp_path)[0]

    def forget(n: int, dataset: Dataset) -> None:
        if n == silent:
            del dataset.PatientWeight, dataset.RadiopharmaceuticalInformationSequence

    rewrite(tmp_path, forget)
    study = open_study([tmp_path])
    assert study.pet is not None
    np.testing.assert_allclose(study.pet.array, STORED * FACTOR, rtol=1e-6)
    assert not any("another" in w for w in study.warnings)


def test_numbers_are_compared_as_numbers(tmp_path: Path) -> None:
    write_series(tmp_path, STORED, affine_of())

    def spell(n: int, dataset: Dataset) -> None:
        if n < 2:
            dataset.PatientWeight = "70.00"
            item = dataset.RadiopharmaceuticalInformationSequence[0]
            item.RadionuclideTotalDose, item.RadionuclideHalfLife = "3.70E8", "6586.20"

    rewrite(tmp_path, spell)
    assert not any("another" in w for w in open_study([tmp_path]).warnings)


@pytest.mark.parametrize("at", [0, 4])
def test_of_a_series_uid_for_every_slice_most_decide_too(tmp_path: Path, at: int) -> None:
    write_series(tmp_path, STORED, affine_of())
    change = other("injected dose", lambda n: n == at)

    def spoil(n: int, dataset: Dataset) -> None:
        change(n, dataset)
        dataset.SeriesInstanceUID, dataset.StudyInstanceUID = generate_uid(), generate_uid()

    rewrite(tmp_path, spoil)
    study = open_study([tmp_path])
    assert study.pet is not None
    np.testing.assert_allclose(study.pet.array, STORED * FACTOR, rtol=1e-6)
    assert any("1 of 6 images states another injected dose" in w for w in study.warnings)


FACTORS = {"Philips SUV factor": 0x00, "Philips Bq/ml factor": 0x09}


def in_counts(stated: Callable[[int], str], element: int) -> Callable[[int, Dataset], None]:
    """Make Philips' images in counts, with a factor for each by its number."""

    def change(n: int, dataset: Dataset) -> None:
        dataset.Units = "CNTS"
        block = dataset.private_block(0x7053, "Philips PET Private Group", create=True)
        if stated(n):
            block.add_new(element, "LO", stated(n))

    return change


@pytest.mark.parametrize("odd", ["0.9", "", "0.0"], ids=["another", "absent", "zero"])
@pytest.mark.parametrize("at", [0, 3, 5], ids=["first read", "middle", "last read"])
@pytest.mark.parametrize("what", FACTORS)
def test_the_factor_of_philips_is_that_of_most_images(
    tmp_path: Path, what: str, at: int, odd: str
) -> None:
    write_series(tmp_path, STORED, affine_of())
    apart = in_file_order(tmp_path)[at]
    factor = FACTOR if "SUV" in what else 1.0
    rewrite(tmp_path, in_counts(lambda n: odd if n == apart else f"{factor:.12g}", FACTORS[what]))
    study = open_study([tmp_path])
    assert study.pet is not None
    np.testing.assert_allclose(study.pet.array, STORED * FACTOR, rtol=1e-6)
    said = [w for w in study.warnings if f"1 of 6 images states another {what}" in w]
    assert bool(said) == (odd == "0.9")


def test_factors_of_philips_that_all_differ_are_a_doubt(tmp_path: Path) -> None:
    write_series(tmp_path, STORED, affine_of())
    rewrite(tmp_path, in_counts(lambda n: f"{FACTOR * (1 + n / 10):.12g}", 0x00))
    study = open_study([tmp_path])
    said = [w for w in study.warnings if "5 of 6 images state another Philips SUV factor" in w]
    assert said
    assert "nothing tells which is right" in said[0]


@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
@pytest.mark.parametrize(
    "other",
    [{"DecayCorrectionDateTime": "20240102060000"}, {"DecayCorrected": "NO"}],
    ids=["another time", "not corrected"],
)
def test_enhanced_files_decayed_to_other_times_are_no_one_volume(
    tmp_path: Path, other: dict[str, str], first: bool
) -> None:
    """Two halves of one scan in two files; one time of decay is not that of both."""
    uids: dict[str, Any] = {
        "StudyInstanceUID": "1.2.3",
        "SeriesInstanceUID": "1.2.4",
        "FrameOfReferenceUID": "1.5",
    }
    for n, half in enumerate((slice(0, 3), slice(3, 6))):

        def cut(dataset: Dataset, half: slice = half) -> None:
            groups = list(dataset.PerFrameFunctionalGroupsSequence)
            dataset.PerFrameFunctionalGroupsSequence = groups[half]
            dataset.NumberOfFrames = 3
            dataset.PixelData = np.ascontiguousarray(STORED[half], dtype="<i2").tobytes()

        odd: dict[str, Any] = dict(other) if (n == 0) == first else {}
        write_enhanced(tmp_path / f"{n}.dcm", STORED.astype(np.int16), change=cut, **uids, **odd)
    study = open_study([tmp_path])
    assert any("3 of 6 images of this series are decay corrected" in w for w in study.warnings)
