"""Pictures of screens: grey from the least to the greatest value, colours as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

from app.core.kit.errors import InputError
from app.io.pixels.plain_picture import MOST_PX, read_picture

SECONDARY_CAPTURE = UID("1.2.840.10008.5.1.4.1.1.7")


def write(path: Path, pixels: npt.NDArray[np.generic], kind: str, **changes: object) -> Path:
    picture = Dataset()
    picture.file_meta = FileMetaDataset()
    picture.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    picture.SOPClassUID, picture.SOPInstanceUID = SECONDARY_CAPTURE, generate_uid()
    picture.file_meta.MediaStorageSOPClassUID = SECONDARY_CAPTURE
    picture.file_meta.MediaStorageSOPInstanceUID = picture.SOPInstanceUID
    bits = pixels.dtype.itemsize * 8
    frames = pixels.shape[0] if kind == "frames" else None
    colour = pixels.ndim == 3 and frames is None
    picture.SamplesPerPixel = 3 if colour else 1
    picture.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        picture.PlanarConfiguration = 0
    if frames is not None:
        picture.NumberOfFrames = frames
    picture.Rows, picture.Columns = pixels.shape[1:3] if frames else pixels.shape[:2]
    picture.BitsAllocated = picture.BitsStored = bits
    picture.HighBit, picture.PixelRepresentation = bits - 1, 0
    picture.PixelData = pixels.tobytes()
    for keyword, value in changes.items():
        setattr(picture, keyword, value)
    picture.save_as(path, enforce_file_format=True)
    return path


def test_grey_goes_from_the_least_to_the_greatest(tmp_path: Path) -> None:
    pixels = np.array([[1000, 1050], [1102, 1200]], np.uint16)
    found = read_picture(write(tmp_path / "a.dcm", pixels, "grey"))
    assert found.shape == (2, 2, 3)
    assert found[..., 0].tolist() == [[0, 64], [130, 255]]
    assert (found == found[..., :1]).all()
    turned = write(tmp_path / "b.dcm", pixels, "grey", PhotometricInterpretation="MONOCHROME1")
    assert read_picture(turned)[..., 2].tolist() == [[255, 191], [125, 0]]


def test_an_even_picture_is_black_and_not_damaged(tmp_path: Path) -> None:
    found = read_picture(write(tmp_path / "a.dcm", np.full((2, 3), 7, np.uint16), "grey"))
    assert found.shape == (2, 3, 3)
    assert not found.any()


def test_colours_stay(tmp_path: Path) -> None:
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3) * 9
    assert (read_picture(write(tmp_path / "a.dcm", pixels, "colour")) == pixels).all()


def test_one_frame_is_read_and_the_last_stands_for_later_ones(tmp_path: Path) -> None:
    pixels = np.stack([np.full((2, 2), n, np.uint8) for n in range(3)])
    pixels[:, 0, 0], pixels[1, 1, 1] = 0, 9
    path = write(tmp_path / "a.dcm", pixels, "frames")
    assert read_picture(path, 1)[..., 0].tolist() == [[0, 28], [28, 255]]
    assert (read_picture(path, 7) == read_picture(path, 2)).all()


def test_a_huge_picture_is_thinned(tmp_path: Path) -> None:
    pixels = np.zeros((1, MOST_PX * 2 + 1), np.uint8)
    assert read_picture(write(tmp_path / "a.dcm", pixels, "grey")).shape == (1, 2731, 3)


def test_what_is_no_picture_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"a\.dcm cannot be read"):
        read_picture(path)
