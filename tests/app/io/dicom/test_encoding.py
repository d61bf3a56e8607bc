"""How a file is written is told by its data: every encoding under every meta header."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from app.io.dicom.encoding import encoding_of
from app.io.dicom.file import MOST_INFLATED_BYTES, FileError, inflate, read_file
from app.io.dicom.scan import scan
from app.io.open.study import open_study
from tests.support.dicom_files import FACTOR, affine_of, phantom, write_series
from tests.support.encodings import (
    DEFLATED,
    ENCODINGS,
    EXPLICIT,
    IMPLICIT,
    MARK,
    PREAMBLE,
    PRIVATE,
    data_of,
    meta_of,
)

STORED = phantom((4, 5, 6))


def _rewrite(folder: Path, name: str, which: slice) -> None:
    for path in sorted(folder.iterdir())[which]:
        path.write_bytes(ENCODINGS[name](dcmread(path)))


@pytest.mark.parametrize("which", ["all", "first", "last"])
@pytest.mark.parametrize("name", ENCODINGS)
def test_pet_is_right_however_its_files_are_written(tmp_path: Path, name: str, which: str) -> None:
    write_series(tmp_path, STORED, affine_of())
    slices = {"all": slice(None), "first": slice(1), "last": slice(3, None)}
    _rewrite(tmp_path, name, slices[which])
    study = open_study([tmp_path])
    assert study.pet is not None
    assert not study.refused
    np.testing.assert_allclose(study.pet.array, STORED * FACTOR, rtol=1e-6)
    assert study.warnings == ("There is no CT in this study; the PET is shown alone.",)


@pytest.mark.parametrize("name", ENCODINGS)
def test_layout_is_that_of_the_pixel_element(tmp_path: Path, name: str) -> None:
    write_series(tmp_path, STORED[:1], affine_of())
    (path,) = tmp_path.iterdir()
    pixels = dcmread(path).PixelData
    _rewrite(tmp_path, name, slice(None))
    layout = scan([path]).series[0].instances[0].pixels
    assert layout is not None
    assert layout.length == len(pixels)
    data = path.read_bytes()
    if layout.deflated:
        data = inflate(path, layout.offset + layout.length)
    found = np.frombuffer(data[layout.offset :], ">i2" if layout.big_endian else "<i2", 30)
    np.testing.assert_array_equal(found, np.frombuffer(pixels, "<i2"))


@pytest.mark.parametrize("name", ENCODINGS)
def test_whole_file_is_read_with_the_syntax_of_its_data(tmp_path: Path, name: str) -> None:
    write_series(tmp_path, STORED[:1], affine_of())
    (path,) = tmp_path.iterdir()
    original = dcmread(path)
    _rewrite(tmp_path, name, slice(None))
    found = read_file(path)
    np.testing.assert_array_equal(found.pixel_array, original.pixel_array)
    assert found.PatientID == original.PatientID
    some = read_file(path, ["PatientID", "Rows"], pixels=False)
    assert [x.keyword for x in some] == ["PatientID", "Rows"]


def test_private_syntax_is_refused(tmp_path: Path) -> None:
    write_series(tmp_path, STORED, affine_of())
    path = sorted(tmp_path.iterdir())[0]
    data = data_of(dcmread(path), EXPLICIT)
    path.write_bytes(PREAMBLE + MARK + meta_of(PRIVATE) + data)
    (refused,) = scan([tmp_path]).refused
    assert "transfer syntax is private" in refused.reason


def test_fragments_without_a_codec_are_refused(tmp_path: Path) -> None:
    write_series(tmp_path, STORED, affine_of())
    path = sorted(tmp_path.iterdir())[0]
    dataset = dcmread(path)
    del dataset.PixelData
    data = data_of_head(dataset) + struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OB", 0, 0xFFFFFFFF)
    items = b"\xfe\xff\x00\xe0\0\0\0\0\xfe\xff\x00\xe0\x04\0\0\0abcd\xfe\xff\xdd\xe0\0\0\0\0"
    path.write_bytes(PREAMBLE + MARK + meta_of(EXPLICIT) + data + items)
    (refused,) = scan([tmp_path]).refused
    assert "no transfer syntax says how" in refused.reason


def data_of_head(dataset: Dataset) -> bytes:
    """Write a data set without its pixels."""
    dataset.PixelData = b""
    return data_of(dataset, EXPLICIT)[:-12]


@pytest.mark.parametrize(
    ("keyword", "value", "reason"),
    [
        ("Columns", 3, "bytes where its header says"),
        ("BitsAllocated", 8, "contradicts itself"),
        ("Rows", None, "how large"),
        ("Rows", 0, "how large"),
        ("Columns", 60000, "truncated"),
        ("BitsAllocated", None, "how its values are stored"),
        ("BitsStored", None, "how its values are stored"),
        ("BitsStored", 17, "contradicts itself"),
        ("PixelRepresentation", None, "how its values are stored"),
        ("PixelRepresentation", 2, "contradicts itself"),
        ("NumberOfFrames", 100_000_000, "more frames than any scanner"),
        ("NumberOfFrames", 4, "truncated"),
    ],
)
@pytest.mark.parametrize("modality", ["PT", "CT"])
def test_pixels_that_do_not_fit_their_header(
    tmp_path: Path, keyword: str, value: int | None, reason: str, modality: str
) -> None:
    write_series(tmp_path, STORED, affine_of(), modality)
    for path in sorted(tmp_path.iterdir())[1:2]:
        dataset = dcmread(path)
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
        dataset.save_as(path)
    (refused,) = scan([tmp_path]).refused
    assert reason in refused.reason


def test_deflated_bomb_is_refused_in_little_memory(tmp_path: Path) -> None:
    write_series(tmp_path, STORED, affine_of())
    path = sorted(tmp_path.iterdir())[0]
    dataset = dcmread(path)
    dataset.NumberOfFrames = 65535
    head = data_of_head(dataset)
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    size = MOST_INFLATED_BYTES + 4
    packed = [engine.compress(head + struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, size))]
    zeros = bytes(1 << 20)
    packed += [engine.compress(zeros) for _ in range(size >> 20)]
    path.write_bytes(PREAMBLE + MARK + meta_of(DEFLATED) + b"".join(packed) + engine.flush())
    assert path.stat().st_size < 1_000_000
    (refused,) = scan([tmp_path]).refused
    assert "unpack to more than" in refused.reason
    with pytest.raises(FileError, match="unpack to more than"):
        read_file(path)


def test_deflated_file_that_ends_early_is_refused(tmp_path: Path) -> None:
    write_series(tmp_path, STORED, affine_of())
    path = sorted(tmp_path.iterdir())[0]
    path.write_bytes(ENCODINGS["deflated"](dcmread(path))[:-40])
    (refused,) = scan([tmp_path]).refused
    assert "truncated" in refused.reason or "damaged" in refused.reason


@pytest.mark.parametrize("data", [b"", b"DICM", b"\x08\0", b"GIF89a" + b"\1" * 300, bytes(400)])
def test_other_bytes_are_no_dicom(data: bytes) -> None:
    assert encoding_of(data, len(data)) is None


def test_first_element_of_a_long_implicit_file_is_no_vr(tmp_path: Path) -> None:
    """A length whose two low bytes are letters does not make the data explicit."""
    write_series(tmp_path, STORED[:1], affine_of())
    (path,) = tmp_path.iterdir()
    data = data_of(dcmread(path), IMPLICIT)
    length = struct.unpack("<H", b"SH")[0]
    first = struct.pack("<HHI", 0x0008, 0x0001, length) + b"x" * length
    path.write_bytes(PREAMBLE + MARK + meta_of(IMPLICIT) + first + data)
    found = encoding_of(path.read_bytes(), path.stat().st_size)
    assert found is not None
    assert found.implicit
