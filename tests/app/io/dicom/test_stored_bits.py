"""Stored values as they lie in a file: bits above the stored ones, signs, and what 16 bits hold."""

from __future__ import annotations

from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from app.io.dicom.scan import scan
from app.io.open.study import open_study
from app.io.series.series import candidate_of
from tests.support.dicom_files import FACTOR, affine_of, phantom, write_series


def _rewrite(folder: Path, bits: int, signed: bool, overlay: int = 0) -> None:
    """Say that fewer bits are stored, and set those above them as old overlays do."""
    for path in folder.iterdir():
        dataset = dcmread(path)
        if overlay:
            dataset.add_new(0x60000100, "US", 1)
            dataset.add_new(0x60000102, "US", 12)
        dataset.BitsStored, dataset.HighBit = bits, bits - 1
        dataset.PixelRepresentation = int(signed)
        plane = dataset.pixel_array.astype(np.int64) & ((1 << bits) - 1) | overlay
        dataset.PixelData = plane.astype("<u2").tobytes()
        dataset.save_as(path)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("overlay", [0, 0x1000, 0xF000])
def test_bits_above_the_stored_ones_are_no_value(
    signed: bool, overlay: int, tmp_path: Path
) -> None:
    low, high = (-100, 2048) if signed else (0, 4096)
    stored = np.random.default_rng(3).integers(low, high, (4, 5, 6)).astype(np.int16)
    write_series(tmp_path, stored, affine_of())
    _rewrite(tmp_path, 12, signed, overlay)
    study = open_study([tmp_path])
    assert study.pet is not None
    np.testing.assert_allclose(study.pet.array, stored * FACTOR, rtol=1e-6)


@pytest.mark.parametrize(("bits", "intercept"), [(15, 1), (16, 0), (15, 0), (12, -1024)])
def test_a_ct_that_sixteen_bits_cannot_hold_is_not_cut(
    bits: int, intercept: int, tmp_path: Path
) -> None:
    greatest = min((1 << bits) - 1, 32767)
    stored = np.array([[[0, 1], [greatest - 1, greatest]]] * 3, np.int16)
    write_series(tmp_path / "pet", phantom((3, 2, 2)), affine_of())
    write_series(tmp_path / "ct", stored, affine_of(), "CT", intercept=float(intercept))
    _rewrite(tmp_path / "ct", bits, False)
    study = open_study([tmp_path])
    assert study.ct is not None
    np.testing.assert_array_equal(study.ct.array, stored.astype(np.int64) + intercept)


@pytest.mark.parametrize("bits", [12, 16])
def test_signed_values_come_back_from_jpeg_2000_and_jpeg_ls(bits: int, tmp_path: Path) -> None:
    # A few values below zero, as some reconstructions give them.
    low, high = -(1 << (bits - 5)), 1 << (bits - 1)
    stored = np.random.default_rng(4).integers(low, high, (3, 6, 5)).astype(np.int16)
    for number, (syntax, encode) in enumerate(
        (
            (
                "1.2.840.10008.1.2.4.90",
                lambda x: imagecodecs.jpeg2k_encode(x, level=0, codecformat="j2k", reversible=True),
            ),
            ("1.2.840.10008.1.2.4.80", imagecodecs.jpegls_encode),
        )
    ):
        folder = tmp_path / str(number)
        write_series(folder, stored, affine_of())
        _rewrite(folder, bits, True)
        for path in folder.iterdir():
            dataset = dcmread(path)
            plane = np.frombuffer(dataset.PixelData, "<u2").reshape(6, 5)
            dataset.PixelData = encapsulate([bytes(encode(np.ascontiguousarray(plane)))])
            dataset["PixelData"].is_undefined_length = True
            dataset.file_meta.TransferSyntaxUID = UID(syntax)
            dataset.save_as(path)
        study = open_study([folder])
        assert study.pet is not None
        np.testing.assert_allclose(study.pet.array, stored * FACTOR, rtol=1e-6)


def test_a_gap_mostly_of_thin_slices_makes_a_fine_grid_but_not_without_bound(
    tmp_path: Path,
) -> None:
    # Gaps of 8 mm, every fifth of 1 mm: the grid is a quarter of the median at the finest.
    along = np.cumsum([0.0, *([8.0] * 4 + [1.0]) * 4])
    stored = np.stack([np.full((3, 3), round(100 * x)) for x in along]).astype(np.int16)
    regular = {k: float(x) - 4.0 * k for k, x in enumerate(along)}
    write_series(tmp_path, stored, affine_of(), shift_mm=regular)
    (series,) = scan([tmp_path]).series
    stack = candidate_of(series).stack
    assert stack is not None
    assert stack.grid.spacing_kji_mm[0] == pytest.approx(2.0, rel=0.05)
