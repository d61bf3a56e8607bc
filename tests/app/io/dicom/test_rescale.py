"""Rescale Slope and Intercept that cannot be read: never 1 or 0 in silence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from app.core.space.volume import Quantity
from app.io.dicom.rescale import rescale_of
from app.io.open.phases import with_phase
from app.io.open.study import open_study
from tests.support.dicom_files import FACTOR, affine_of, phantom, write_series
from tests.support.raw_elements import set_raw

STORED = phantom((5, 4, 4))
SLOPE, INTERCEPT = "RescaleSlope", "RescaleIntercept"
#: What a header may state instead of a number, with what is said of it.
UNREADABLE = {
    "2,5": "is not a number", "2,500": "is not a number", "1.000,5": "is not a number",
    "1,000.5": "is not a number", "2.5.1": "is not a number", "abc": "is not a number",
    "2.5 Bq": "is not a number", "2.5D0": "is not a number", "2.5E": "is not a number",
    "1_0": "is not a number", "0x10": "is not a number", "nan": "is not a number",
    "inf": "is not a number", "1E999": "is not finite", "2\\3": "holds several values",
    "\\": "holds several values",
}  # fmt: skip
SLOPES = UNREADABLE | {
    "1e300": "is out of range", "1E-300": "is out of range", "0": "is zero", "0.000": "is zero",
    "-0": "is zero", "-2.5": "is negative",
}  # fmt: skip
READABLE = {
    "2.5": 2.5, " 2.5 ": 2.5, "+2.5": 2.5, "25e-1": 2.5, "2.5E+00": 2.5, ".25E1": 2.5, "2.": 2.0,
}  # fmt: skip


def _restate(folder: Path, keyword: str, value: str | None, which: slice = slice(None)) -> None:
    for path in sorted(folder.iterdir())[which]:
        dataset = dcmread(path)
        set_raw(dataset, keyword, value)
        dataset.save_as(path)


def _header(slope: str | None, intercept: str | None = "0") -> Dataset:
    dataset = Dataset()
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
    set_raw(dataset, SLOPE, slope)
    set_raw(dataset, INTERCEPT, intercept)
    return dataset


@pytest.mark.parametrize(("stated", "value"), READABLE.items())
def test_decimal_strings_are_read(stated: str, value: float) -> None:
    found = rescale_of(_header(stated, stated))
    assert (found.slope, found.intercept, found.doubt) == (value, value, "")


@pytest.mark.parametrize(("stated", "wrong"), SLOPES.items())
def test_slope_that_is_none_is_said_without_its_value(stated: str, wrong: str) -> None:
    found = rescale_of(_header(stated))
    assert found.doubt == f"Rescale Slope {wrong}"


WHICH: dict[str, slice] = {"all": slice(None), "first": slice(1), "last": slice(4, None)}


@pytest.mark.parametrize("which", ["all", "last"])
@pytest.mark.parametrize("stated", [*SLOPES, ""])
def test_pet_whose_slope_cannot_be_read_has_no_suv(tmp_path: Path, stated: str, which: str) -> None:
    write_series(tmp_path, STORED, affine_of(), slopes=[2.5] * 5)
    _restate(tmp_path, SLOPE, stated, WHICH[which])
    study = open_study([tmp_path])
    assert study.suv is not None
    assert study.suv.type is None
    assert study.suv.missing == ("RescaleSlope",)
    wrong = SLOPES.get(stated, "is empty")
    where = "all images" if which == "all" else "1 of 5 images"
    assert study.suv.why.startswith(f"No SUV: Rescale Slope {wrong} in {where}")
    assert study.suv.why in study.warnings
    assert study.pet is not None
    assert study.pet.quantity is Quantity.COUNTS


@pytest.mark.parametrize("which", ["first", "last"])
def test_pet_without_a_slope_in_some_images_has_no_suv(tmp_path: Path, which: str) -> None:
    write_series(tmp_path, STORED, affine_of(), slopes=[2.5] * 5)
    _restate(tmp_path, SLOPE, None, WHICH[which])
    suv = open_study([tmp_path]).suv
    assert suv is not None
    assert "Rescale Slope is absent in 1 of 5 images" in suv.why


def test_pet_without_any_slope_says_so(tmp_path: Path) -> None:
    write_series(tmp_path, STORED, affine_of())
    _restate(tmp_path, SLOPE, None)
    study = open_study([tmp_path])
    assert study.suv is not None
    assert any("Rescale Slope is absent in all images" in w for w in study.suv.warnings)
    assert study.pet is not None
    np.testing.assert_allclose(study.pet.array, STORED * FACTOR, rtol=1e-6)


@pytest.mark.parametrize("which", ["all", "first"])
@pytest.mark.parametrize("stated", ["0,5", "abc", "2\\3", "1E999"])
def test_pet_whose_intercept_cannot_be_read_has_no_suv(
    tmp_path: Path, stated: str, which: str
) -> None:
    write_series(tmp_path, STORED, affine_of())
    _restate(tmp_path, INTERCEPT, stated, WHICH[which])
    suv = open_study([tmp_path]).suv
    assert suv is not None
    assert suv.type is None
    wrong = UNREADABLE.get(stated, "is not a number")
    assert f"Rescale Intercept {wrong}" in suv.why


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        (None, "Rescale Intercept is absent in all images: 0 is taken"),
        ("", "Rescale Intercept is empty in all images: 0 is taken"),
        ("-7", "Rescale Intercept is not zero in all images"),
    ],
)
def test_odd_intercept_of_a_pet_is_said(tmp_path: Path, stated: str | None, said: str) -> None:
    write_series(tmp_path, STORED, affine_of(), slopes=[2.5] * 5)
    _restate(tmp_path, INTERCEPT, stated)
    study = open_study([tmp_path])
    assert study.suv is not None
    assert any(said in w for w in study.suv.warnings)
    assert study.pet is not None
    wanted = (STORED * 2.5 + float(stated or 0)) * FACTOR
    np.testing.assert_allclose(study.pet.array, wanted, rtol=1e-5, atol=1e-5)


def test_slope_of_another_time_frame_counts_too(tmp_path: Path) -> None:
    uid = write_series(tmp_path / "a", STORED, affine_of(), AcquisitionTime="110000")
    write_series(tmp_path / "b", STORED, affine_of(), series_uid=uid, AcquisitionTime="111000")
    _restate(tmp_path / "b", SLOPE, "2,5", slice(1))
    study = open_study([tmp_path])
    assert study.suv is not None
    assert study.suv.why.startswith("No SUV: Rescale Slope is not a number in 1 of 10 images")
    second = with_phase(study, uid, 1)
    assert second.pet is not None
    assert second.pet.quantity is Quantity.COUNTS


@pytest.mark.parametrize("keyword", [SLOPE, INTERCEPT])
@pytest.mark.parametrize("stated", ["2,5", "abc", "2\\3", "nan"])
@pytest.mark.parametrize("which", WHICH)
def test_ct_whose_hounsfield_units_are_not_known_is_refused(
    tmp_path: Path, keyword: str, stated: str, which: str
) -> None:
    write_series(tmp_path / "pet", STORED, affine_of())
    write_series(tmp_path / "ct", STORED, affine_of(), "CT", intercept=-1024)
    _restate(tmp_path / "ct", keyword, stated, WHICH[which])
    study = open_study([tmp_path])
    assert len(study.refused) == (5 if which == "all" else 1)
    name = {SLOPE: "Rescale Slope", INTERCEPT: "Rescale Intercept"}[keyword]
    assert all(f"its {name} {UNREADABLE[stated]}" in r.reason for r in study.refused)
    assert (study.ct is None) == (which == "all")


@pytest.mark.parametrize("stated", ["0", "-1"])
def test_ct_of_zero_or_negative_slope_is_refused(tmp_path: Path, stated: str) -> None:
    write_series(tmp_path / "pet", STORED, affine_of())
    write_series(tmp_path / "ct", STORED, affine_of(), "CT", intercept=-1024)
    _restate(tmp_path / "ct", SLOPE, stated)
    study = open_study([tmp_path])
    assert study.ct is None
    assert len(study.refused) == 5


@pytest.mark.parametrize("keyword", [SLOPE, INTERCEPT])
@pytest.mark.parametrize("which", WHICH)
def test_ct_without_a_rescale_says_so(tmp_path: Path, keyword: str, which: str) -> None:
    write_series(tmp_path / "pet", STORED, affine_of())
    write_series(tmp_path / "ct", STORED, affine_of(), "CT")
    _restate(tmp_path / "ct", keyword, None, WHICH[which])
    name = {SLOPE: "Rescale Slope", INTERCEPT: "Rescale Intercept"}[keyword]
    said = [w for w in open_study([tmp_path]).warnings if f"{name} is absent" in w]
    assert len(said) == 1
    assert ("All images" in said[0]) == (which == "all")


@pytest.mark.parametrize(("keyword", "stated"), [(SLOPE, "1e9"), (INTERCEPT, "-1e9")])
def test_ct_out_of_range_is_refused(tmp_path: Path, keyword: str, stated: str) -> None:
    write_series(tmp_path / "pet", STORED, affine_of())
    write_series(tmp_path / "ct", STORED, affine_of(), "CT", intercept=-1024)
    _restate(tmp_path / "ct", keyword, stated)
    study = open_study([tmp_path])
    assert study.ct is None
    assert all("out of range" in r.reason for r in study.refused)


@pytest.mark.parametrize("stated", ["1e-9", "1e9"])
def test_pet_of_far_different_slopes_says_so(tmp_path: Path, stated: str) -> None:
    write_series(tmp_path, STORED, affine_of(), slopes=[2.5] * 5)
    _restate(tmp_path, SLOPE, stated, slice(1))
    suv = open_study([tmp_path]).suv
    assert suv is not None
    assert any("Rescale Slope differs between the images" in w for w in suv.warnings)


def test_ct_of_several_slopes_says_so(tmp_path: Path) -> None:
    write_series(tmp_path / "pet", STORED, affine_of())
    write_series(tmp_path / "ct", STORED, affine_of(), "CT", intercept=-1024)
    _restate(tmp_path / "ct", INTERCEPT, "0", slice(1))
    said = [w for w in open_study([tmp_path]).warnings if "Rescale" in w]
    assert len(said) == 1
    assert "1 of 5 images" in said[0]


def test_mr_without_a_slope_is_usual(tmp_path: Path) -> None:
    write_series(tmp_path, STORED, affine_of(), "MR", SeriesDescription="T1")
    for keyword in (SLOPE, INTERCEPT):
        _restate(tmp_path, keyword, None)
    study = open_study([tmp_path])
    assert study.mr is not None
    np.testing.assert_array_equal(study.mr.array, STORED)
    assert not any("Rescale" in w for w in study.warnings)
