"""Which images make a volume: jitter drops none, what lies astray is named, memory is bounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import JPEG2000

from app.core.kit.errors import InputError
from app.core.space.grid import ImageGrid
from app.core.study.study import Study
from app.io.dicom.scan import scan
from app.io.geometry.planes import normal_of
from app.io.geometry.stack import MOST_VOXELS, build_stack
from app.io.open.study import open_study
from tests.support.dicom_files import FACTOR, affine_of, phantom, write_series

STORED = phantom((20, 4, 5))
AFFINE = affine_of((3.0, 4.0, 4.0), (-40.0, -50.0, 100.0))
ALONE = "There is no CT in this study; the PET is shown alone."


def _write(folder: Path, stored: np.ndarray = STORED, **elements: Any) -> str:
    return write_series(folder, stored, AFFINE, **elements)


def _change(folder: Path, change: Callable[[Dataset, int], None]) -> None:
    """Change every image, given its slice from 0."""
    for path in folder.iterdir():
        dataset = dcmread(path)
        change(dataset, int(dataset.InstanceNumber) - 1)
        dataset.save_as(path)


def _grid(study: Study) -> ImageGrid:
    assert study.pet is not None
    return study.pet.grid


def _array(study: Study) -> np.ndarray:
    assert study.pet is not None
    return np.asarray(study.pet.array)


@pytest.mark.parametrize("size", [1e-6, 1e-4, 5e-4, 1e-3, 2e-3])
@pytest.mark.parametrize("which", ["one", "all"])
def test_jitter_of_the_orientation_drops_no_slice(tmp_path: Path, size: float, which: str) -> None:
    _write(tmp_path)
    rng = np.random.default_rng(3)

    def jitter(dataset: Dataset, k: int) -> None:
        if which == "all" or k == 7:
            cosines = np.array([1, 0, 0, 0, 1, 0]) + rng.uniform(-size, size, 6)
            dataset.ImageOrientationPatient = [round(float(x), 8) for x in cosines]

    _change(tmp_path, jitter)
    study = open_study([tmp_path])
    assert study.warnings == (ALONE,)
    np.testing.assert_allclose(_array(study), STORED * FACTOR, rtol=1e-6)
    apart = _grid(study).points_lps_mm((19, 3, 4)) - [-24.0, -38.0, 157.0]
    assert np.abs(apart).max() < (0.001 if which == "one" else 60 * size)


@pytest.mark.parametrize("size", [1e-6, 1e-4, 1e-3])
def test_jitter_of_the_spacing_drops_no_slice(tmp_path: Path, size: float) -> None:
    _write(tmp_path)
    rng = np.random.default_rng(4)

    def jitter(dataset: Dataset, k: int) -> None:
        dataset.PixelSpacing = [round(4.0 + x, 7) for x in rng.uniform(-size, size, 2)]

    _change(tmp_path, jitter)
    study = open_study([tmp_path])
    assert study.warnings == (ALONE,)
    assert _array(study).shape == STORED.shape


@pytest.mark.parametrize("size", [0.004, 0.0051, 0.009, 0.05])
def test_jitter_of_the_position_drops_no_slice(tmp_path: Path, size: float) -> None:
    """Rounding cuts no place in two: every slice twice, a little apart, is two time frames."""
    uid = _write(tmp_path / "a", AcquisitionTime="110000")
    _write(tmp_path / "b", STORED // 2, series_uid=uid, AcquisitionTime="120000")
    rng = np.random.default_rng(5)

    def jitter(dataset: Dataset, k: int) -> None:
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x, y, round(z + rng.uniform(-size, size), 5)]

    _change(tmp_path / "a", jitter)
    _change(tmp_path / "b", jitter)
    study = open_study([tmp_path])
    np.testing.assert_allclose(_array(study), STORED * FACTOR, rtol=1e-6)
    assert any("2 time frames" in w for w in study.warnings)


ASTRAY: dict[str, Mapping[int, tuple[float, float, float]]] = {
    "at the origin": {8: (0.0, 0.0, 0.0)},
    "at the origin, first": {0: (0.0, 0.0, 0.0)},
    "at the origin, last": {19: (0.0, 0.0, 0.0)},
    "three at the origin": {3: (0.0, 0.0, 0.0), 8: (0.0, 0.0, 0.0), 9: (0.0, 0.0, 0.0)},
    "far": {19: (-40.0, -50.0, 2.0e4)},
    "very far": {0: (-40.0, -50.0, 1.0e9)},
    "far both ways": {0: (-40.0, -50.0, 1.0e9), 19: (-40.0, -50.0, -1.0e9)},
    "beside": {8: (160.0, -50.0, 124.0)},
    "two beside": {8: (160.0, -50.0, 124.0), 12: (-40.0, 500.0, 136.0)},
    "a decimal lost": {8: (-40.0, -50.0, 1240.0)},
}


@pytest.mark.parametrize("name", ASTRAY)
def test_images_astray_are_left_out_and_named(tmp_path: Path, name: str) -> None:
    _write(tmp_path)
    astray = ASTRAY[name]

    def move(dataset: Dataset, k: int) -> None:
        if k in astray:
            dataset.ImagePositionPatient = list(astray[k])

    _change(tmp_path, move)
    study = open_study([tmp_path])
    said = [w for w in study.warnings if "left out" in w]
    assert sum(int(w.split(":")[1].split()[0]) for w in said) == len(astray)
    assert not any("sheared" in w for w in study.warnings)
    left = np.array(sorted(set(range(20)) - set(astray)))
    points = _grid(study).indices_kji([(-40.0, -50.0, 100.0 + 3.0 * k) for k in left])
    assert np.abs(points[:, 1:]).max() < 1e-6
    found = _array(study)[np.rint(points[:, 0]).astype(int)]
    np.testing.assert_allclose(found, STORED[left] * FACTOR, rtol=1e-6)
    assert len(_array(study)) <= 20


@pytest.mark.parametrize("shift", [0.0, 30.0])
def test_two_far_parts_are_not_bridged(tmp_path: Path, shift: float) -> None:
    """Half the images a metre away from the others: one half is read, memory stays."""
    _write(tmp_path)

    def move(dataset: Dataset, k: int) -> None:
        if k >= 8:
            x, y, z = dataset.ImagePositionPatient
            dataset.ImagePositionPatient = [x, y, z + 1000.0 + shift]

    _change(tmp_path, move)
    study = open_study([tmp_path])
    assert _array(study).shape == (12, 4, 5)
    assert any("8 of 20 images lie far from the others" in w for w in study.warnings)


def test_tilted_gantry_is_no_outlier(tmp_path: Path) -> None:
    _write(tmp_path)

    def tilt(dataset: Dataset, k: int) -> None:
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x, round(y + 1.5 * k, 4), z]

    _change(tmp_path, tilt)
    study = open_study([tmp_path])
    assert _array(study).shape == STORED.shape
    assert any("sheared by 26.6 degrees" in w for w in study.warnings)


@pytest.mark.parametrize(
    ("keyword", "value", "said"),
    [
        ("ImagePositionPatient", None, "without a position that can be read"),
        ("ImageOrientationPatient", None, "without an orientation that can be read"),
        ("ImageOrientationPatient", [0.0] * 6, "with an orientation that is none"),
        ("ImageOrientationPatient", [1, 0, 0, 1, 0, 0], "with an orientation that is none"),
        ("ImageOrientationPatient", [2, 0, 0, 0, 2, 0], "with an orientation that is none"),
        ("PixelSpacing", None, "without a pixel spacing that can be read"),
        ("PixelSpacing", [4.0], "without a pixel spacing that can be read"),
        ("PixelSpacing", [4.0, 0.0], "with a pixel spacing that no scanner has"),
        ("PixelSpacing", [4.0, -4.0], "with a pixel spacing that no scanner has"),
        ("PixelSpacing", [4.0e6, 4.0e6], "with a pixel spacing that no scanner has"),
        ("PixelSpacing", [4.1, 4.1], "of another pixel spacing"),
    ],
)
def test_place_that_cannot_be_used(
    tmp_path: Path, keyword: str, value: list[float] | None, said: str
) -> None:
    _write(tmp_path)

    def spoil(dataset: Dataset, k: int) -> None:
        if k == 8:
            if value is None:
                delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, value)

    _change(tmp_path, spoil)
    study = open_study([tmp_path])
    # One of quite another plane is no image of this series, and is listed apart.
    apart = "1 of 20 images of this series is of another plane or size: left out"
    said = f"1 of 20 images is left out: 1 {said}"
    assert any(said in w or apart in w for w in study.warnings)
    assert any("1 slice is missing" in w for w in study.warnings)


def test_the_largest_of_several_planes_is_read(tmp_path: Path) -> None:
    uid = write_series(tmp_path / "a", STORED, AFFINE, "MR", SeriesDescription="T1")
    coronal = affine_of(rotation=np.array([[0.0, 0, 1], [1, 0, 0], [0, -1, 0]]))
    write_series(tmp_path / "b", STORED[:6], coronal, "MR", series_uid=uid, SeriesDescription="T1")
    study = open_study([tmp_path])
    assert study.mr is not None
    assert study.mr.array.shape == STORED.shape
    said = "6 of 26 images are left out: 6 of another orientation"
    assert any(said in w for w in study.warnings)


@pytest.mark.parametrize("locations", [False, True])
def test_one_position_for_all_images_is_no_volume(tmp_path: Path, locations: bool) -> None:
    _write(tmp_path)

    def pile(dataset: Dataset, k: int) -> None:
        dataset.ImagePositionPatient = [-40.0, -50.0, 100.0]
        if locations:
            dataset.SliceLocation = 100.0 + 3.0 * k
            dataset.AcquisitionTime = f"1100{k:02d}"

    _change(tmp_path, pile)
    with pytest.raises(InputError, match="no usable position"):
        open_study([tmp_path])


def test_one_slice_over_time_is_a_series_of_phases(tmp_path: Path) -> None:
    _write(tmp_path)

    def pile(dataset: Dataset, k: int) -> None:
        dataset.ImagePositionPatient = [-40.0, -50.0, 100.0]
        dataset.AcquisitionTime = f"1100{k:02d}"

    _change(tmp_path, pile)
    study = open_study([tmp_path])
    assert any("20 time frames" in w for w in study.warnings)


@pytest.mark.parametrize("apart", [0.02, 0.025, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("order", ["same", "opposite"])
@pytest.mark.parametrize("numbers", ["own", "shared"])
def test_two_acquisitions_are_two_time_frames(
    tmp_path: Path, apart: float, order: str, numbers: str
) -> None:
    uid = _write(tmp_path / "a", AcquisitionTime="110000")
    _write(tmp_path / "b", STORED // 2, series_uid=uid, AcquisitionTime="113000")

    def shift(dataset: Dataset, k: int) -> None:
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x, y, round(z + apart, 4)]
        number = k if order == "same" else 19 - k
        dataset.InstanceNumber = number + (21 if numbers == "own" else 1)

    _change(tmp_path / "b", shift)
    study = open_study([tmp_path])
    np.testing.assert_allclose(_array(study), STORED * FACTOR, rtol=1e-6)
    assert any("2 time frames at each position; the first" in w for w in study.warnings)


@pytest.mark.parametrize("apart", [0.5, 1.0, 1.5])
@pytest.mark.parametrize("some", [slice(None), slice(5, 15), slice(0, None, 2)])
def test_acquisitions_between_one_another_are_not_interleaved(
    tmp_path: Path, apart: float, some: slice
) -> None:
    uid = _write(tmp_path / "a", AcquisitionTime="110000")
    skip = sorted(set(range(20)) - set(range(20)[some]))
    _write(tmp_path / "b", STORED // 2, skip=skip, series_uid=uid, AcquisitionTime="113000")

    def shift(dataset: Dataset, k: int) -> None:
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x, y, round(z + apart, 4)]

    _change(tmp_path / "b", shift)
    study = open_study([tmp_path])
    np.testing.assert_allclose(_array(study), STORED * FACTOR, rtol=1e-6)
    assert any("2 acquisitions whose slices lie between" in w for w in study.warnings)


def test_bed_positions_are_one_acquisition(tmp_path: Path) -> None:
    uid = _write(tmp_path / "a", skip=range(10, 20), AcquisitionTime="110000")
    _write(tmp_path / "b", skip=range(9), series_uid=uid, AcquisitionTime="113000")
    study = open_study([tmp_path])
    np.testing.assert_allclose(_array(study), STORED * FACTOR, rtol=1e-6)
    assert any("Several images lie at the same position" in w for w in study.warnings)


def test_mr_of_every_second_slice_is_one_volume(tmp_path: Path) -> None:
    uid = write_series(
        tmp_path / "a", STORED, AFFINE, "MR", skip=range(1, 20, 2), AcquisitionTime="110000",
        SeriesDescription="T1",
    )  # fmt: skip
    write_series(
        tmp_path / "b", STORED, AFFINE, "MR", skip=range(0, 20, 2), AcquisitionTime="110500",
        SeriesDescription="T1", series_uid=uid,
    )  # fmt: skip
    study = open_study([tmp_path])
    assert study.mr is not None
    np.testing.assert_array_equal(study.mr.array, STORED)


def test_grid_larger_than_any_scanner_s_is_refused(tmp_path: Path) -> None:
    """Compressed pixels hold any size; nothing is asked for before it is thought over."""
    _write(tmp_path, STORED[:3])
    items = b"\xfe\xff\x00\xe0\0\0\0\0\xfe\xff\x00\xe0\x04\0\0\0abcd\xfe\xff\xdd\xe0\0\0\0\0"

    def swell(dataset: Dataset, k: int) -> None:
        dataset.Rows = dataset.Columns = 65535
        dataset.file_meta.TransferSyntaxUID = JPEG2000
        dataset.PixelData = items
        dataset["PixelData"].is_undefined_length = True

    _change(tmp_path, swell)
    assert MOST_VOXELS < 3 * 65535**2
    (found,) = scan([tmp_path]).series
    with pytest.raises(InputError, match="which no scanner makes"):
        build_stack(found.instances, None)
    with pytest.raises(InputError):
        open_study([tmp_path])


@pytest.mark.parametrize("modality", ["PT", "CT"])
@pytest.mark.parametrize("stated", ["SpacingBetweenSlices", "SliceThickness", None])
def test_frames_without_functional_groups(
    tmp_path: Path, modality: str, stated: str | None
) -> None:
    write_series(tmp_path / "pet", STORED, AFFINE)
    folder = tmp_path / modality
    uid = write_series(folder, STORED[:1], AFFINE, modality)
    (path,) = folder.iterdir()
    dataset = dcmread(path)
    dataset.NumberOfFrames = len(STORED)
    dataset.PixelData = STORED.astype("<i2").tobytes()
    del dataset.SliceThickness
    if stated:
        setattr(dataset, stated, 3.0)
    dataset.save_as(path)
    if stated is None:
        (refused,) = open_study([tmp_path]).refused
        assert "20 frames and does not say where they lie" in refused.reason
        return
    study = open_study([folder if modality == "PT" else tmp_path])
    image = study.pet if modality == "PT" else study.ct
    assert image is not None
    assert image.series_uid == uid
    np.testing.assert_allclose(image.grid.affine_lps_mm, AFFINE, atol=1e-6)
    factor = FACTOR if modality == "PT" else 1.0
    np.testing.assert_allclose(image.array, STORED * factor, rtol=1e-6)
    assert any("frames lie in one file" in w and "3 mm apart" in w for w in study.warnings)


def test_normal_of_a_plane_that_is_none() -> None:
    with pytest.raises(InputError):
        normal_of((1, 0, 0, 1, 0, 0))
