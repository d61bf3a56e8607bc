"""Series that are no plain stack: read with a sentence, or listed with the reason they are not."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID, generate_uid

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.core.space.grid import ImageGrid
from app.io.open.info import describe
from app.io.open.study import open_study
from tests.support.dicom_files import FACTOR, affine_of, base, phantom, write_series

SECONDARY = "1.2.840.10008.5.1.4.1.1.7"


def write_colour(
    folder: Path, modality: str, sop_class: str | None = SECONDARY, uid: str | None = None
) -> str:
    """Write one RGB picture of 7 x 9 pixels, where a PET or CT slice could be."""
    folder.mkdir(parents=True, exist_ok=True)
    dataset = base(modality, uid or generate_uid(), SeriesDescription="Fused screen")
    if sop_class:
        dataset.SOPClassUID = UID(sop_class)
    dataset.ImagePositionPatient, dataset.PixelSpacing = [-10.0, -20.0, 30.0], [3.0, 2.0]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = 7, 9, 3
    dataset.PhotometricInterpretation, dataset.PlanarConfiguration = "RGB", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelRepresentation = 0
    colours = np.zeros((7, 9, 3), np.uint8)
    colours[..., 0] = 200
    dataset.PixelData = colours.tobytes() + b"\0"
    dataset.save_as(folder / "picture.dcm", enforce_file_format=True)
    return str(dataset.SeriesInstanceUID)


@pytest.mark.parametrize("modality", ["PT", "CT", "OT"])
@pytest.mark.parametrize("sop_class", [SECONDARY, None, SECONDARY + ".4"])
def test_a_colour_picture_is_listed_and_never_measured(
    tmp_path: Path, modality: str, sop_class: str | None
) -> None:
    pet = write_series(tmp_path / "pet", phantom(), affine_of())
    ct = write_series(tmp_path / "ct", phantom() % 1000, affine_of(), "CT")
    picture = write_colour(tmp_path / "a", modality, sop_class)
    study = open_study([tmp_path])
    assert (study.choice.pet_uid, study.choice.ct_uid) == (pet, ct)
    document = describe([tmp_path])
    (listed,) = [s for s in document["series"] if s["uid"] == picture]
    assert listed["suv"] is None
    if modality == "OT" and sop_class is None:
        assert listed["role"] == "other"
        return
    assert listed["role"] == "secondary capture"
    assert any("picture of a screen" in w for w in listed["warnings"])


def test_a_folder_of_pictures_alone_says_what_to_open(tmp_path: Path) -> None:
    write_colour(tmp_path, "PT")
    with pytest.raises(InputError) as caught:
        open_study([tmp_path])
    assert "picture" in caught.value.sentence
    assert caught.value.next_step


def test_one_colour_picture_does_not_spoil_its_series(tmp_path: Path) -> None:
    stored = phantom()
    uid = write_series(tmp_path / "pet", stored, affine_of())
    write_colour(tmp_path / "a first", "PT", None, uid)
    study = open_study([tmp_path])
    assert study.pet is not None
    np.testing.assert_allclose(study.pet.array, stored * FACTOR, rtol=1e-6)
    assert any("1 of 7 images" in w for w in study.warnings)


def test_one_slice_is_a_volume_one_slice_thick(tmp_path: Path) -> None:
    stored = phantom((1, 5, 6))
    write_series(tmp_path / "pet", stored, affine_of((4.25, 3.0, 2.0)))
    write_series(tmp_path / "ct", phantom((1, 5, 6)) % 1000, affine_of(), "CT")
    study = open_study([tmp_path])
    assert study.pet is not None
    assert study.ct is not None
    np.testing.assert_allclose(study.pet.array, stored * FACTOR, rtol=1e-6)
    assert study.pet.grid.spacing_kji_mm == pytest.approx((4.25, 3.0, 2.0))
    assert sum("one image only" in w for w in study.warnings) == 2


def test_a_reprojection_is_no_volume(tmp_path: Path) -> None:
    """PS3.3 C.8.9.1.1.4: Series Type value 2 REPROJECTION is a picture from the side."""
    write_series(
        tmp_path / "mip", phantom(), affine_of(), SeriesType=["WHOLE BODY", "REPROJECTION"]
    )
    with pytest.raises(InputError):
        open_study([tmp_path])
    pet = write_series(tmp_path / "pet", phantom(), affine_of(), SeriesType=["WHOLE BODY", "IMAGE"])
    assert open_study([tmp_path]).choice.pet_uid == pet


@pytest.mark.slow
def test_fifteen_hundred_slices(tmp_path: Path) -> None:
    """Within twice the array and some kB a file; progress all the way; in order."""
    count, side = 1500, 48
    stored = np.zeros((count, side, side), np.int16)
    stored[:] = np.arange(count)[:, None, None]
    write_series(tmp_path / "ct", stored, affine_of((1.0, 2.0, 2.0)), "CT")
    write_series(tmp_path / "pet", phantom((5, 4, 4)), affine_of())
    seen: list[tuple[float, str]] = []
    tracemalloc.start()
    try:
        study = open_study([tmp_path], JobContext(lambda f, said: seen.append((f, said))))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert study.ct is not None
    np.testing.assert_array_equal(study.ct.array, stored)
    assert peak < 2 * stored.nbytes + 12_000 * count
    fractions = [f for f, _ in seen]
    assert fractions == sorted(fractions)
    assert sum("Reading headers" in said for _, said in seen) >= 20
    assert sum("Reading images" in said for _, said in seen) >= 80
    assert np.diff(fractions).max() < 0.1


@pytest.mark.parametrize("degrees", [-20.0, 12.0])
def test_gantry_tilt_keeps_every_voxel_in_its_place(tmp_path: Path, degrees: float) -> None:
    """The gantry leans, the table does not: slices are turned, and stand above each other."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    leaning = np.array([[0.0, 0.0, 1.0], [0.0, cosine, 0.0], [0.0, sine, 0.0]])
    leaning[:, 0] = (0.0, 0.0, 1.0)
    affine = affine_of((5.0, 2.0, 2.0), rotation=leaning)
    stored = phantom((8, 9, 10)) % 1000
    write_series(tmp_path / "ct", stored, affine, "CT")
    write_series(tmp_path / "pet", phantom((8, 9, 10)), affine_of())
    study = open_study([tmp_path])
    assert study.ct is not None
    np.testing.assert_array_equal(study.ct.array, stored)
    assert study.ct.grid.same_grid(ImageGrid(stored.shape, affine), tolerance_mm=1e-3)
    said = next(w for w in study.warnings if "gantry tilt" in w)
    assert f"{abs(degrees):.1f} degrees" in said
    # A voxel is as large as what it stands for: the table's step times the leaning plane.
    assert study.ct.grid.voxel_volume_ml == pytest.approx(0.02 * cosine)


def test_an_image_without_geometry_says_so(tmp_path: Path) -> None:
    write_series(tmp_path, phantom(), affine_of())
    for path in tmp_path.iterdir():
        dataset: Dataset = dcmread(path)
        del dataset.ImageOrientationPatient
        dataset.save_as(path)
    with pytest.raises(InputError) as caught:
        open_study([tmp_path])
    assert "position or orientation" in caught.value.sentence
    assert caught.value.next_step
