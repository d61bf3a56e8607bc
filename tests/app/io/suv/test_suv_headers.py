"""What a DICOM header says of tracer, patient and units, from files to the SUV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from app.core.kit.errors import InputError
from app.core.space.volume import Quantity
from app.core.study.study import Study
from app.io.open.study import open_study, with_overrides
from app.io.outlines.masks import read_mask
from tests.support.dicom_files import DOSE_BQ, FACTOR, affine_of, phantom, write_series

STORED = phantom()


def changed(folder: Path, change: Callable[[Dataset], None], **elements: Any) -> Study:
    """Open a PET whose every header was changed."""
    write_series(folder, STORED, affine_of(), **elements)
    for path in folder.iterdir():
        dataset = dcmread(path)
        change(dataset)
        dataset.save_as(path)
    return open_study([folder])


def tracer(dataset: Dataset) -> Dataset:
    item = dataset.RadiopharmaceuticalInformationSequence[0]
    assert isinstance(item, Dataset)
    return item


def name(item: Dataset, code: str, meaning: str) -> None:
    entry = Dataset()
    entry.CodeValue, entry.CodingSchemeDesignator, entry.CodeMeaning = code, "SRT", meaning
    item.RadionuclideCodeSequence = [entry]


def right(study: Study) -> bool:
    return study.suv is not None and study.suv.factor == pytest.approx(FACTOR, rel=1e-9)


def said(study: Study) -> str:
    assert study.suv is not None
    return " ".join((study.suv.why, *study.suv.warnings))


@pytest.mark.parametrize(
    ("code", "meaning", "text", "half_life", "is_right", "words"),
    [
        ("C-111A1", "^18^Fluorine", "FDG", 6586.2, True, ()),
        ("77004003", "Fluorine-18", "18F-PSMA", 6588.0, None, ()),
        ("", "", "FDG", 6586.2, True, ()),
        ("C-131A1", "^18^Fluorine", "FDG", 6586.2, True, ("Ga-66",)),
        ("C-111A1", "^18^Fluorine", "FDG", 109.77, True, ("minutes",)),
        ("C-111A1", "^18^Fluorine", "FDG", 1.8295, True, ("hours",)),
        ("C-111A1", "^18^Fluorine", "FDG", 4057.7, False, ("F-18", "Ga-68")),
        ("C-111A1", "^18^Fluorine", "Ga-68 DOTATATE", 6586.2, True, ("F-18", "Ga-68")),
        ("C-131A3", "^68^Gallium", "FDG", 6586.2, True, ("F-18", "Ga-68")),
        ("", "", "", 109.77, True, ("minutes",)),
    ],
)
def test_nuclide_half_life_and_tracer_against_one_another(
    tmp_path: Path,
    code: str,
    meaning: str,
    text: str,
    half_life: float,
    is_right: bool | None,
    words: tuple[str, ...],
) -> None:
    def change(dataset: Dataset) -> None:
        item = tracer(dataset)
        item.Radiopharmaceutical, item.RadionuclideHalfLife = text, half_life
        if code or meaning:
            name(item, code, meaning)

    study = changed(tmp_path, change)
    if is_right is not None:
        assert right(study) == is_right
    for word in words:
        assert word in said(study)
    if not words:
        assert said(study).strip() == ""
    # Free text of a header goes nowhere.
    assert "DOTATATE" not in said(study)


def test_a_slip_in_the_code_of_one_element_is_no_doubt(tmp_path: Path) -> None:
    def change(dataset: Dataset) -> None:
        item = tracer(dataset)
        name(item, "C-131A1", "^68^Gallium")
        item.Radiopharmaceutical, item.RadionuclideHalfLife = "Ga68-PSMA", 4057.7

    assert said(changed(tmp_path, change)).strip() == ""


@pytest.mark.parametrize("other", ["nuclide", "dose", "time"])
@pytest.mark.parametrize("first", [True, False])
def test_two_radiopharmaceuticals_are_refused(tmp_path: Path, first: bool, other: str) -> None:
    def change(dataset: Dataset) -> None:
        item = tracer(dataset)
        name(item, "C-111A1", "^18^Fluorine")
        second = Dataset()
        second.update(item)
        if other == "nuclide":
            name(second, "C-131A3", "^68^Gallium")
            second.RadionuclideHalfLife = 4057.7
        elif other == "dose":
            second.RadionuclideTotalDose = DOSE_BQ / 2
        else:
            second.RadiopharmaceuticalStartDateTime = "20240102093000"
        both = [item, second] if first else [second, item]
        dataset.RadiopharmaceuticalInformationSequence = both

    study = changed(tmp_path, change)
    assert study.suv is not None
    assert study.suv.type is None
    assert "2 different radiopharmaceuticals" in study.suv.why
    assert "F-18" in study.suv.why


def test_one_radiopharmaceutical_written_twice_is_one(tmp_path: Path) -> None:
    def change(dataset: Dataset) -> None:
        item = tracer(dataset)
        dataset.RadiopharmaceuticalInformationSequence = [item, item, Dataset()]

    study = changed(tmp_path, change)
    assert right(study)
    assert said(study).strip() == ""


@pytest.mark.parametrize("value", ["70,5", "70 kg", "abc", "70\\80", "70\\70"])
@pytest.mark.parametrize(
    "keyword", ["PatientWeight", "RadionuclideTotalDose", "RadionuclideHalfLife"]
)
def test_a_number_that_cannot_be_read_is_none(tmp_path: Path, keyword: str, value: str) -> None:
    """Raw bytes: pydicom itself would refuse to write them."""
    write_series(tmp_path, STORED, affine_of())
    for path in tmp_path.iterdir():
        dataset = dcmread(path)
        item = dataset if keyword == "PatientWeight" else tracer(dataset)
        setattr(item, keyword, "1234567")
        dataset.save_as(path)
        path.write_bytes(path.read_bytes().replace(b"1234567 ", value.ljust(8).encode()))
    study = open_study([tmp_path])
    assert study.suv is not None
    if keyword == "RadionuclideHalfLife":
        # The tracer's name tells the nuclide.
        assert right(study)
        assert "6586.2 s" in said(study)
    else:
        assert study.suv.type is None
        assert study.suv.missing == (keyword,)
    assert keyword in said(study)
    assert value not in said(study)


@pytest.mark.parametrize(
    ("age", "weight", "doubted"),
    [("000Y", 80.0, True), ("003M", 5.0, False), ("040Y", 80.0, False), ("040Y", 9.0, True),
     ("010Y", 30.0, False), ("002W", 30.0, True), ("Y", 80.0, False)],
)  # fmt: skip
def test_an_age_against_the_weight(tmp_path: Path, age: str, weight: float, doubted: bool) -> None:
    def change(dataset: Dataset) -> None:
        dataset.add_new(0x00101010, "AS", None)
        dataset[0x00101010]._value = age
        dataset.PatientWeight = weight
        del dataset.PatientSize
        tracer(dataset).RadionuclideTotalDose = 4e6 * weight

    study = changed(tmp_path, change)
    assert ("does not fit an age" in said(study)) == doubted


@pytest.mark.parametrize("factor", [1.0, 10.0])
def test_activity_called_suv_is_refused_until_a_person_says_what_it_is(
    tmp_path: Path, factor: float
) -> None:
    study = changed(tmp_path, lambda _: None, Units="GML", slopes=[factor] * 6)
    assert study.suv is not None
    assert study.suv.type is None
    assert "Bq/ml" in study.suv.why
    assert study.suv.missing == ("Units",)
    assert study.pet is not None
    assert study.pet.quantity is Quantity.OTHER
    assert study.pet.array == pytest.approx(STORED * factor)
    typed = with_overrides(study, {"Units": "BQML"})  # type: ignore[dict-item]
    assert typed.suv is not None
    assert typed.suv.factor == pytest.approx(FACTOR)
    assert typed.pet is not None
    assert typed.pet.quantity is Quantity.SUV_BW
    assert typed.pet.array == pytest.approx(STORED * factor * FACTOR, rel=1e-6)


def test_a_refused_suv_of_another_type_gives_back_the_values_of_the_files(tmp_path: Path) -> None:
    study = changed(tmp_path, lambda d: setattr(d, "SUVType", "LBM"), Units="GML")
    assert study.suv is not None
    assert study.suv.type is None
    assert study.pet is not None
    assert study.pet.array == pytest.approx(STORED, rel=1e-6)


def test_typed_values_are_judged_by_the_image_too(tmp_path: Path) -> None:
    write_series(tmp_path, STORED, affine_of())
    study = open_study([tmp_path])
    assert right(study)
    typed = with_overrides(study, {"RadionuclideTotalDose": 2e6})
    assert typed.suv is not None
    assert any("unusually low" in w for w in typed.suv.warnings)
    assert any("SUV reaches" in w for w in typed.suv.warnings) or typed.suv.type is None


#: The right value of the hottest voxel of the shared reports, where it can be had.
HOT = 17.5276


@pytest.mark.parametrize(
    ("report", "hottest", "words"),
    [
        ("09-g_enhanced_decayed_to_injection", HOT, ()),
        ("10-a3_all_times_zeroed", None, ("00:00:00",)),
        ("10-b_injection_2min_after_start", None, ("2 min after",)),
        ("10-c_zr89_time_only", None, ("day of the injection",)),
        ("11-c_injection_in_utc_scan_offset_unknown", HOT, ("zone",)),
        ("12-j_half_life_minutes", HOT, ("minutes", "F-18")),
        ("12-s_two_tracers", None, ("Ga-68", "F-18")),
        ("12-z_bqml_values_called_gml", None, ("60000",)),
    ],
)
def test_shared_reports(
    shared_data: Path, report: str, hottest: float | None, words: tuple[str, ...]
) -> None:
    reports = shared_data / "reports"
    study = open_study([reports / report])
    assert study.pet is not None
    assert study.suv is not None
    sentences = " ".join(study.warnings)
    for word in words:
        assert word in sentences
    if hottest is None:
        assert study.suv.type is None
        return
    mask = read_mask(reports / "hot.nii.gz", study.pet)
    values = study.pet.array[np.asarray(mask.labels.dense()) > 0]
    assert float(values.max()) == pytest.approx(hottest, rel=1e-4)
    assert bool(study.suv.warnings) == bool(words)


def test_shared_report_of_an_enhanced_pet_without_attenuation_correction(shared_data: Path) -> None:
    with pytest.raises(InputError, match="attenuation"):
        open_study([shared_data / "reports" / "09-k_enhanced_not_atten_corrected"])
