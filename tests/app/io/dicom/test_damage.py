"""One odd file never stops a scan: it is read right, or refused, and the rest is read."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from app.io.dicom.file import HEAD_BYTES
from app.io.dicom.scan import scan
from app.io.open.study import open_study
from tests.support.dicom_files import FACTOR, affine_of, phantom, write_series
from tests.support.encodings import EXPLICIT, IMPLICIT, MARK, PREAMBLE, data_of, meta_of

STORED = phantom((6, 4, 4))


def _nested(depth: int, syntax: str) -> bytes:
    """Return a private sequence, so deep, all of undefined length, with private data at the end."""
    if syntax == EXPLICIT:
        begin = struct.pack("<HH2sHI", 0x0009, 0x1001, b"SQ", 0, 0xFFFFFFFF)
    else:
        begin = struct.pack("<HHI", 0x0009, 0x1001, 0xFFFFFFFF)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    end = struct.pack("<HHI", 0xFFFE, 0xE00D, 0) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return (begin + item) * depth + end * depth


def _with(element: bytes, syntax: str) -> Callable[[bytes], bytes]:
    """Insert an element of group 0009 before group 0010."""

    def change(data: bytes) -> bytes:
        at = data.index(b"\x10\0\x10\0")
        return PREAMBLE + MARK + meta_of(syntax) + data[:at] + element + data[at:]

    return change


def _length(tag: bytes, length: int, explicit: bool) -> Callable[[bytes], bytes]:
    """Give an element another length without another value."""

    def change(data: bytes) -> bytes:
        at = data.index(tag)
        said = struct.pack("<H", length & 0xFFFF) if explicit else struct.pack("<I", length)
        at += 6 if explicit else 4
        syntax = EXPLICIT if explicit else IMPLICIT
        return PREAMBLE + MARK + meta_of(syntax) + data[:at] + said + data[at + len(said) :]

    return change


DAMAGES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    **{
        f"nested {n} deep, {name}": (syntax, _with(_nested(n, syntax), syntax))
        for n in (20, 600, 5000)
        for name, syntax in (("explicit", EXPLICIT), ("implicit", IMPLICIT))
    },
    **{
        f"{name} of length {length}": (EXPLICIT, _length(tag, length, True))
        for name, tag in (
            ("Rows", b"\x28\0\x10\0US"),
            ("Pixel Spacing", b"\x28\0\x30\0DS"),
            ("Instance Number", b"\x20\0\x13\0IS"),
            ("Character Set", b"\x08\0\x16\0UI"),
        )
        for length in (0, 1, 3, 0xFFFE)
    },
    **{
        f"implicit Rows of length {length}": (IMPLICIT, _length(b"\x28\0\x10\0", length, False))
        for length in (0, 1, 0x7FFFFFFF, 0xFFFFFFFE)
    },
}


@pytest.mark.parametrize("which", [0, 3])
@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_file_is_read_right_or_refused(tmp_path: Path, name: str, which: int) -> None:
    write_series(tmp_path, STORED, affine_of())
    path = sorted(tmp_path.iterdir())[which]
    k = int(dcmread(path).InstanceNumber) - 1
    syntax, damage = DAMAGES[name]
    path.write_bytes(damage(data_of(dcmread(path), syntax)))
    study = open_study([tmp_path])
    assert study.pet is not None
    found = np.asarray(study.pet.array)
    wanted = STORED * FACTOR
    if study.refused or any("left out" in w for w in study.warnings):
        assert [x.path for x in study.refused] in ([], [path])
        wanted, whole = np.delete(wanted, k, 0), len(found) == 6
        found = np.delete(found, k, 0) if whole else found
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


@pytest.mark.parametrize("cut", [1, 100, 132, 200, 400, 800, -1, -40])
@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_cut_file_is_refused(tmp_path: Path, cut: int, syntax: str) -> None:
    write_series(tmp_path, STORED, affine_of())
    path = sorted(tmp_path.iterdir())[0]
    path.write_bytes((PREAMBLE + MARK + meta_of(syntax) + data_of(dcmread(path), syntax))[:cut])
    study = open_study([tmp_path])
    assert [x.path for x in study.refused] == [path]


def test_header_longer_than_what_is_read_first(tmp_path: Path) -> None:
    write_series(tmp_path, STORED, affine_of())
    for path in tmp_path.iterdir():
        dataset = dcmread(path)
        dataset.add_new(0x00091001, "OB", bytes(2 * HEAD_BYTES))
        dataset.save_as(path)
    study = open_study([tmp_path])
    assert study.pet is not None
    np.testing.assert_allclose(study.pet.array, STORED * FACTOR, rtol=1e-6)


@pytest.mark.parametrize("place", ["first", "all"])
@pytest.mark.parametrize("ahead", [True, False])
def test_a_slope_that_is_stated_twice_is_not_chosen(
    tmp_path: Path, place: str, ahead: bool
) -> None:
    """Pydicom keeps the last of two elements without a word."""
    write_series(tmp_path, STORED, affine_of())
    paths = sorted(tmp_path.iterdir())
    element = struct.pack("<HH2s", 0x0028, 0x1053, b"DS")
    for path in paths[:1] if place == "first" else paths:
        data = path.read_bytes()
        at = data.index(element)
        second = element + b"\x02\x009 "
        cut = at if ahead else at + 8 + data[at + 6]
        path.write_bytes(data[:cut] + second + data[cut:])
    found = scan([tmp_path])
    refused = [x.path for x in found.refused if "an element twice" in x.reason]
    assert refused == (paths[:1] if place == "first" else paths)


def test_slices_that_share_one_sop_instance_uid_are_slices_and_a_copy_is_none(
    tmp_path: Path,
) -> None:
    write_series(tmp_path, STORED, affine_of(), SOPInstanceUID="1.2.3.4")
    paths = sorted(tmp_path.iterdir())
    (tmp_path / "copy.dcm").write_bytes(paths[0].read_bytes())
    found = scan([tmp_path])
    (series,) = found.series
    assert len(series.instances) == len(paths)
    assert len(found.refused) == 1
    assert "same SOP Instance UID" in found.refused[0].reason
    assert any("share one SOP Instance UID" in x for x in series.notes)
