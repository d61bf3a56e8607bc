"""From images to a regular grid, and what is said where the images are not regular."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from app.core.kit.errors import InputError
from app.core.space.volume import Quantity
from app.core.study.study import Study
from app.io.open.study import open_study, with_overrides
from tests.support.dicom_files import FACTOR, affine_of, phantom, write_series


def _pet(study: Study) -> np.ndarray:
    assert study.pet is not None
    return study.pet.array


def test_missing_slice_opens_marked_and_interpolated(tmp_path: Path) -> None:
    stored = phantom((8, 5, 6))
    write_series(tmp_path, stored, affine_of(), skip=(3,))
    study = open_study([tmp_path])
    assert _pet(study).shape == (8, 5, 6)
    said = next(w for w in study.warnings if "missing" in w)
    # Slice 3 of a 4 mm stack that starts at 30 mm.
    assert "1 slice is missing at 42.0 mm" in said
    whole = np.delete(np.arange(8), 3)
    np.testing.assert_allclose(_pet(study)[whole], stored[whole] * FACTOR, rtol=1e-6)
    middle = (stored[2].astype(float) + stored[4]) / 2 * FACTOR
    np.testing.assert_allclose(_pet(study)[3], middle, rtol=1e-6)


def test_uneven_spacing_is_interpolated_and_said(tmp_path: Path) -> None:
    stored = np.stack([np.full((4, 4), 100 * k) for k in range(8)]).astype(np.int16)
    write_series(tmp_path, stored, affine_of(), shift_mm={3: 1.5, 5: -1.2})
    study = open_study([tmp_path])
    assert any("unevenly spaced" in w for w in study.warnings)
    assert study.pet is not None
    # The phantom's value is known at every written position; between them it is linear.
    along = np.array([30.0 + 4 * k + {3: 1.5, 5: -1.2}.get(k, 0.0) for k in range(8)])
    grid = study.pet.grid
    k_mm = grid.points_lps_mm([(k, 0, 0) for k in range(grid.shape_kji[0])])[:, 2]
    wanted = np.interp(k_mm, along, 100.0 * np.arange(8)) * FACTOR
    np.testing.assert_allclose(_pet(study)[:, 0, 0], wanted, rtol=1e-4, atol=1e-6)


def test_rounded_positions_stay_untouched(tmp_path: Path) -> None:
    stored = phantom((8, 4, 4))
    write_series(tmp_path, stored, affine_of(), shift_mm={2: 0.01, 5: -0.01})
    study = open_study([tmp_path])
    np.testing.assert_allclose(_pet(study), stored * FACTOR, rtol=1e-6)
    assert not any("spaced" in w or "off a regular" in w for w in study.warnings)


def test_per_slice_slopes_and_intercept(tmp_path: Path) -> None:
    stored = phantom((6, 4, 5))
    slopes = [0.1, 2.0, 0.5, 1.25, 3.0, 0.01]
    write_series(tmp_path, stored, affine_of(), slopes=slopes, intercept=-5.0)
    wanted = (stored * np.array(slopes)[:, None, None] - 5.0) * FACTOR
    np.testing.assert_allclose(_pet(open_study([tmp_path])), wanted, rtol=1e-5, atol=1e-6)


def test_ct_is_int16_where_whole_and_float_otherwise(tmp_path: Path) -> None:
    stored = phantom((4, 5, 6)) % 4096
    write_series(tmp_path / "pet", phantom((4, 5, 6)), affine_of())
    write_series(tmp_path / "ct", stored, affine_of(), "CT", intercept=-1024)
    ct = open_study([tmp_path]).ct
    assert ct is not None
    assert ct.array.dtype == np.int16
    np.testing.assert_array_equal(ct.array, stored - 1024)
    for path in (tmp_path / "ct").iterdir():
        dataset = dcmread(path)
        dataset.RescaleSlope = 0.5
        dataset.save_as(path)
    ct = open_study([tmp_path]).ct
    assert ct is not None
    assert ct.array.dtype == np.float32
    np.testing.assert_allclose(ct.array, stored * 0.5 - 1024)


def test_duplicate_position_is_said(tmp_path: Path) -> None:
    uid = write_series(tmp_path / "a", phantom((5, 4, 4)), affine_of())
    write_series(
        tmp_path / "b", phantom((5, 4, 4), 2), affine_of(), skip=(0, 1, 3, 4), series_uid=uid
    )
    study = open_study([tmp_path])
    assert _pet(study).shape[0] == 5
    assert any("same position" in w and "38.0" in w for w in study.warnings)


def test_time_frames_are_not_stacked(tmp_path: Path) -> None:
    first, second = phantom((4, 4, 4)), phantom((4, 4, 4), 2)
    uid = write_series(tmp_path / "a", first, affine_of(), AcquisitionTime="110000")
    write_series(tmp_path / "b", second, affine_of(), series_uid=uid, AcquisitionTime="111000")
    study = open_study([tmp_path])
    np.testing.assert_allclose(_pet(study), first * FACTOR, rtol=1e-6)
    assert any("2 time frames" in w for w in study.warnings)


def test_other_orientation_in_a_series_is_left_out(tmp_path: Path) -> None:
    stored = phantom((5, 4, 4))
    uid = write_series(tmp_path / "a", stored, affine_of())
    turned = affine_of(rotation=np.array([[0.0, 0, 1], [1, 0, 0], [0, -1, 0]]))
    write_series(tmp_path / "b", phantom((1, 4, 4)), turned, series_uid=uid)
    study = open_study([tmp_path])
    np.testing.assert_allclose(_pet(study), stored * FACTOR, rtol=1e-6)
    assert any("1 of 6 images" in w and "another plane or size" in w for w in study.warnings)


def test_missing_weight_gives_bqml_and_typing_it_gives_suv(tmp_path: Path) -> None:
    stored = phantom()
    write_series(tmp_path, stored, affine_of(), PatientWeight=None)
    study = open_study([tmp_path])
    assert study.pet is not None
    assert study.pet.quantity is Quantity.BQML
    assert study.suv is not None
    assert study.suv.missing == ("PatientWeight",)
    np.testing.assert_allclose(study.pet.array, stored)
    typed = with_overrides(study, {"PatientWeight": 70.0})
    assert typed.pet is not None
    assert typed.suv is not None
    assert typed.pet.quantity is Quantity.SUV_BW
    np.testing.assert_allclose(typed.pet.array, stored * FACTOR, rtol=1e-6)
    assert any("PatientWeight was typed in" in w for w in typed.warnings)
    assert not any("No SUV" in w for w in typed.warnings)
    # A correction of a typed value replaces it.
    again = with_overrides(typed, {"PatientWeight": 35.0, "RadionuclideTotalDose": 740.0e6})
    np.testing.assert_allclose(_pet(again), stored * FACTOR / 4, rtol=1e-6)
    with pytest.raises(InputError):
        with_overrides(study, {"PatientWeight": 0.0})


def test_missing_dose_is_named(tmp_path: Path) -> None:
    write_series(tmp_path, phantom(), affine_of(), tracer={"RadionuclideTotalDose": None})
    study = open_study([tmp_path])
    assert study.suv is not None
    assert study.suv.missing == ("RadionuclideTotalDose",)
    assert any("RadionuclideTotalDose" in w for w in study.warnings)


def test_decay_correction_none_with_a_missing_slice(tmp_path: Path) -> None:
    """Factors per slice survive a gap, and typing a weight scales them all."""
    stored = phantom((5, 4, 4))
    uid = write_series(tmp_path / "a", stored, affine_of(), skip=(1, 3, 4), DecayCorrection="NONE")
    write_series(
        tmp_path / "b",
        stored,
        affine_of(),
        skip=(0, 1, 2),
        series_uid=uid,
        DecayCorrection="NONE",
        AcquisitionTime="113000",
    )
    study = open_study([tmp_path])
    assert study.suv is not None
    assert study.suv.frame_factors is not None
    assert len(study.suv.frame_factors) == 5
    assert study.suv.frame_factors[4] / study.suv.frame_factors[0] == pytest.approx(
        2.0 ** (1800.0 / 6586.2)
    )
    np.testing.assert_allclose(_pet(study)[4], stored[4] * study.suv.frame_factors[4], rtol=1e-5)
    typed = with_overrides(study, {"PatientWeight": 140.0})
    np.testing.assert_allclose(_pet(typed), 2.0 * _pet(study), rtol=1e-5)


def test_thin_slices_beside_thick_ones_are_not_skipped(tmp_path: Path) -> None:
    """7 slices 2 mm apart below 9 that are 4 mm apart: what one thin slice shows stays."""
    stored = np.zeros((16, 4, 4), np.int16)
    stored[3] = 1000
    thick = {k: 2.0 * (k - 6) for k in range(7, 16)}
    write_series(tmp_path, stored, affine_of((2.0, 3.0, 2.0)), shift_mm=thick)
    study = open_study([tmp_path])
    assert _pet(study).max() == pytest.approx(1000 * FACTOR, rel=1e-5)
    assert study.pet is not None
    k, _, _ = np.unravel_index(np.argmax(_pet(study)), _pet(study).shape)
    assert study.pet.grid.points_lps_mm((int(k), 0, 0))[2] == pytest.approx(36.0, abs=1e-3)
