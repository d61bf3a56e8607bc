"""Voxels that hold no measurement are nothing: not tissue, not interpolated, and said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread

from app.compute.attenuation.factors import mu_map
from app.core.kit.errors import InputError
from app.io.open.study import open_study
from app.io.pixels.padding import AIR_HU
from tests.support.compressed import JPEG_LS, compress
from tests.support.dicom_files import FACTOR, affine_of, write_series

SHAPE = (6, 10, 8)
#: Two corners of each slice, or a whole column of voxels.
PADDED = np.zeros(SHAPE, bool)
PADDED[:, :3, :2] = True
PADDED[2, 5:, 6:] = True
TISSUE = np.random.default_rng(4).integers(900, 1100, SHAPE)


def padded_series(
    folder: Path,
    modality: str,
    value: int,
    *,
    signed: bool,
    tag_vr: str = "US",
    limit: int | None = None,
    intercept: float = 0.0,
    bits: int = 16,
    syntax: str = "",
    slope: float = 1.0,
) -> None:
    """Write a series with padding, whose stored bits are those of ``value`` (to ``limit``)."""
    stored = np.where(PADDED, value, TISSUE).astype(np.int64)
    if limit is not None:
        stored[:, :3, 1][PADDED[:, :3, 1]] = limit
        stored[:, 1, 0] = (value + limit) // 2
    raw = (stored & 0xFFFF).astype(np.uint16).view(np.int16)
    write_series(folder, raw, affine_of(), modality, intercept=intercept, slopes=[slope] * SHAPE[0])
    for path in folder.iterdir():
        dataset = dcmread(path)
        dataset.PixelRepresentation = int(signed)
        dataset.BitsStored, dataset.HighBit = bits, bits - 1
        for tag, number in ((0x00280120, value), (0x00280121, limit)):
            if number is not None:
                bits16 = number & 0xFFFF
                said = bits16 - 0x10000 if tag_vr == "SS" and bits16 > 0x7FFF else bits16
                dataset.add_new(tag, tag_vr, said)
        dataset.save_as(path)
        if syntax:
            compress(path, syntax)


#: Padding value, sign, VR of the element, range limit, bits stored, intercept.
KINDS: dict[str, dict[str, Any]] = {
    "signed": {"value": -2000, "signed": True, "tag_vr": "SS"},
    "signed, written unsigned": {"value": -2000, "signed": True},
    "unsigned": {"value": 63536, "signed": False, "intercept": -1024.0},
    "unsigned, written signed": {
        "value": 63536, "signed": False, "tag_vr": "SS", "intercept": -1024.0
    },
    "bright": {"value": 32767, "signed": True, "tag_vr": "SS"},
    "least": {"value": -32768, "signed": True, "tag_vr": "SS"},
    "range": {"value": 60000, "limit": 65535, "signed": False, "intercept": -1024.0},
    "range, downwards": {"value": 65535, "limit": 60000, "signed": False, "intercept": -1024.0},
    "range, signed": {"value": -3000, "limit": -2000, "signed": True, "tag_vr": "SS"},
    "above 12 bits": {"value": 63536, "signed": False, "bits": 12, "intercept": -1024.0},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("syntax", ["", JPEG_LS])
def test_padding_of_a_ct_is_air(tmp_path: Path, kind: str, syntax: str) -> None:
    if syntax and kind == "above 12 bits":
        pytest.skip("pydicom leaves those bits out where it decodes for the encoder")
    padded_series(tmp_path, "CT", **KINDS[kind], syntax=syntax)
    padded_series(tmp_path / "pet", "PT", 0, signed=True)
    study = open_study([tmp_path])
    assert study.ct is not None
    array, intercept = study.ct.array, KINDS[kind].get("intercept", 0.0)
    np.testing.assert_array_equal(array[~PADDED], (TISSUE + intercept)[~PADDED])
    assert (array[PADDED] <= AIR_HU).all()
    assert mu_map(study.ct).array[PADDED].max() == 0.0
    said = [w for w in study.warnings if "no measured value" in w]
    if KINDS[kind]["value"] + intercept > AIR_HU:
        assert said == [
            f"CT: {PADDED.sum()} voxels hold no measured value (padding, or not a number) and are "
            "taken as air (-1000 HU)."
        ]
        assert study.ct.unmeasured is not None
        np.testing.assert_array_equal(study.ct.unmeasured, PADDED)
    else:
        # What is air or less in the file stays as it is, and needs no word: scanners write it.
        assert said == []
        assert (array[PADDED] < -1900).all()


@pytest.mark.parametrize("kind", KINDS)
def test_padding_of_a_pet_is_nothing(tmp_path: Path, kind: str) -> None:
    padded_series(tmp_path, "PT", **{**KINDS[kind], "intercept": 0.0}, slope=2.0)
    study = open_study([tmp_path])
    assert study.pet is not None
    np.testing.assert_allclose(study.pet.array[~PADDED], 2.0 * TISSUE[~PADDED] * FACTOR, rtol=1e-6)
    assert (study.pet.array[PADDED] == 0.0).all()
    assert any(f"{PADDED.sum()} voxels hold no measured value" in w for w in study.warnings)


def test_padding_of_zero_needs_no_word(tmp_path: Path) -> None:
    padded_series(tmp_path, "PT", 0, signed=True)
    study = open_study([tmp_path])
    assert study.pet is not None
    assert study.pet.unmeasured is None
    assert not any("no measured value" in w for w in study.warnings)


def test_padding_is_not_interpolated(tmp_path: Path) -> None:
    """A missing slice is made of its neighbours, but for voxels where one of them has none."""
    stored = TISSUE.astype(np.int16)
    stored[2, :4] = -2000
    write_series(tmp_path, stored, affine_of(), skip=[3])
    for path in tmp_path.iterdir():
        dataset = dcmread(path)
        dataset.add_new(0x00280120, "SS", -2000)
        dataset.save_as(path)
    study = open_study([tmp_path])
    assert study.pet is not None
    assert study.pet.unmeasured is not None
    assert study.pet.unmeasured.sum() == 2 * 4 * SHAPE[2]
    assert (study.pet.array[3, :4] == 0.0).all()
    between = 0.5 * (stored[2, 4:].astype(float) + stored[4, 4:]) * FACTOR
    np.testing.assert_allclose(study.pet.array[3, 4:], between, rtol=1e-6)


def write_floats(
    folder: Path,
    values: Any,
    modality: str = "PT",
    elements: Mapping[str, float] = MappingProxyType({}),
) -> None:
    """Write Float (32 bits) or Double Float Pixel Data."""
    write_series(folder, np.zeros(values.shape, np.int16), affine_of(), modality)
    for path in folder.iterdir():
        dataset = dcmread(path)
        del dataset.PixelData
        for keyword in ("BitsStored", "HighBit", "PixelRepresentation"):
            delattr(dataset, keyword)
        plane = values[int(dataset.InstanceNumber) - 1]
        dataset.BitsAllocated = 8 * plane.dtype.itemsize
        name = "FloatPixelData" if plane.dtype == np.float32 else "DoubleFloatPixelData"
        setattr(dataset, name, plane.tobytes())
        for keyword, value in elements.items():
            setattr(dataset, keyword, value)
        dataset.save_as(path)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("modality", ["PT", "CT"])
def test_values_that_are_no_numbers_are_nothing(
    tmp_path: Path, dtype: type, odd: float, modality: str
) -> None:
    values: Any = np.where(PADDED, odd, TISSUE).astype(dtype)
    write_floats(tmp_path / "a", values, modality)
    if modality == "CT":
        padded_series(tmp_path / "pet", "PT", 0, signed=True)
    study = open_study([tmp_path])
    image = study.pet if modality == "PT" else study.ct
    assert image is not None
    factor, nothing = (FACTOR, 0.0) if modality == "PT" else (1.0, AIR_HU)
    np.testing.assert_allclose(image.array[~PADDED], TISSUE[~PADDED] * factor, rtol=1e-6)
    assert (image.array[PADDED] == nothing).all()
    assert any(f"{PADDED.sum()} voxels hold no measured value" in w for w in study.warnings)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floating_point_padding_is_nothing(tmp_path: Path, dtype: type) -> None:
    values: Any = np.where(PADDED, -1e6, TISSUE).astype(dtype)
    kind = "" if dtype is np.float32 else "Double"
    write_floats(tmp_path, values, elements={f"{kind}FloatPixelPaddingValue": -1e6})
    study = open_study([tmp_path])
    assert study.pet is not None
    assert (study.pet.array[PADDED] == 0.0).all()
    assert (study.pet.array[~PADDED] > 0.0).all()


def test_a_series_of_padding_alone_is_refused(tmp_path: Path) -> None:
    write_floats(tmp_path, np.full(SHAPE, np.nan, np.float32))
    with pytest.raises(InputError, match="No voxel"):
        open_study([tmp_path])


def test_values_too_large_for_numbers_are_left_out(tmp_path: Path) -> None:
    values = TISSUE.astype(np.float64)
    values[1, 4, 4] = 1e300
    write_floats(tmp_path, values)
    study = open_study([tmp_path])
    assert [x.reason for x in study.refused] == [
        "its rescaled values are larger than numbers can be"
    ]


def test_shared_padding(shared_data: Path) -> None:
    folder = shared_data / "reports"
    if not folder.is_dir():
        pytest.skip("the reports are not on this machine")
    study = open_study([folder / "17-d_ct_unsigned_pad"])
    assert study.ct is not None
    assert mu_map(study.ct).array.max() == pytest.approx(0.0998, abs=1e-4)
    nan = open_study([folder / "17-f_float_nan"])
    assert nan.pet is not None
    assert nan.pet.array.max() == pytest.approx(17.5276, abs=1e-4)
    assert np.isfinite(nan.pet.array.max(axis=1)).all()
