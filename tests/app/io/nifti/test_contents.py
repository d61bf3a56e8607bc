"""The bytes of a NIfTI file held against its header and its check sum."""

from __future__ import annotations

import contextlib
import gzip
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from app.core.kit import room
from app.core.kit.errors import InputError, JobCancelled
from app.core.kit.jobs import JobContext
from app.io.nifti.image import read_nifti
from app.io.open.named import open_files
from app.io.pixels.padding import AIR_HU
from tests.support.nifti import load_nifti

VALUES = np.random.default_rng(8).integers(0, 9000, (7, 6, 5)).astype(np.int16)


def write(path: Path, values: Any = VALUES, scale: tuple[float, float] | None = None) -> Path:
    image = nib.Nifti1Image(values, np.diag([2.0, 3.0, 4.0, 1.0]))
    if scale is not None:
        image.header.set_slope_inter(*scale)
    nib.save(image, path)
    return path


def raw(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


Damage = Callable[[bytes], bytes]

#: Of the unpacked bytes, with a word of what is said.
DAMAGES: dict[str, tuple[Damage, str]] = {
    "cut": (lambda x: x[:-1], "cut off: 771 of 772"),
    "cut in the header": (lambda x: x[:300], "NIfTI"),
    "nothing": (lambda _: b"", "not a NIfTI"),
    "one byte more": (lambda x: x + b"\0", "more than the 772 bytes"),
    "another image behind it": (lambda x: x + x, "more than the 772 bytes"),
    "half the columns": (lambda x: x[:42] + struct.pack("<h", 3) + x[44:], "more than"),
    "twice the slices": (lambda x: x[:46] + struct.pack("<h", 10) + x[48:], "cut off"),
    "8 bits": (lambda x: x[:70] + struct.pack("<hh", 2, 8) + x[74:], "more than"),
    "no slices": (lambda x: x[:46] + struct.pack("<h", 0) + x[48:], "size that no image has"),
    "less than no slices": (lambda x: x[:46] + struct.pack("<h", -5) + x[48:], "size|NIfTI"),
    "values in the header": (lambda x: x[:108] + struct.pack("<f", 0.0) + x[112:], "size"),
    "values far behind": (lambda x: x[:108] + struct.pack("<f", 1e9) + x[112:], "cut off|memory"),
    "unknown type": (lambda x: x[:70] + struct.pack("<hh", 77, 16) + x[74:], "NIfTI"),
    "of a pair of files": (lambda x: x[:344] + b"ni1\0" + x[348:], "not a NIfTI"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("packed", [True, False])
def test_a_file_that_is_not_what_its_header_says_is_refused(
    tmp_path: Path, damage: str, packed: bool
) -> None:
    what, said = DAMAGES[damage]
    data = what(raw(write(tmp_path / "pet_suv.nii.gz")))
    path = tmp_path / ("a.nii.gz" if packed else "a.nii")
    path.write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(InputError, match=said) as caught:
        read_nifti(path)
    assert caught.value.next_step


def test_whole_files_are_read_whichever_name_they_have(tmp_path: Path) -> None:
    packed = write(tmp_path / "a.nii.gz")
    head, rest = raw(packed)[:400], raw(packed)[400:]
    for path, data in (
        (tmp_path / "plain.nii", raw(packed)),
        (tmp_path / "packed.nii", packed.read_bytes()),
        (tmp_path / "plain.nii.gz", raw(packed)),
        (tmp_path / "two.nii.gz", gzip.compress(head) + gzip.compress(rest)),
        (tmp_path / "padded.nii.gz", packed.read_bytes() + b"\0" * 30),
    ):  # fmt: skip
        path.write_bytes(data)
        np.testing.assert_array_equal(read_nifti(path).array, VALUES.T)


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "f4", "f8"])
def test_forms_of_the_header_byte_orders_and_types(
    tmp_path: Path, kind: Any, order: str, dtype: str
) -> None:
    values = (VALUES % 200).astype(f"{order}{dtype}")
    header = kind.header_class(endianness=order)
    header.set_data_dtype(values.dtype)
    image = kind(values, np.eye(4), header)
    nib.save(image, tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(read_nifti(tmp_path / "a.nii.gz").array, (VALUES % 200).T)


def test_scaling_is_nibabels(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nii.gz", scale=(0.37, -12.5))
    expected = np.asarray(load_nifti(path).get_fdata(), np.float32)
    np.testing.assert_allclose(read_nifti(path).array, expected.T, rtol=1e-6)


def test_no_flipped_bit_of_a_packed_file_opens(tmp_path: Path) -> None:
    """Only what says nothing of the values may differ: the name, time and system of gzip."""
    path = write(tmp_path / "pet_suv.nii.gz")
    whole, random = path.read_bytes(), np.random.default_rng(314)
    opened = []
    for at in random.integers(10, len(whole), 400):
        data = bytearray(whole)
        data[at] ^= 1 << random.integers(8)
        path.write_bytes(data)
        with contextlib.suppress(InputError):
            found = read_nifti(path)
            opened.append(not np.array_equal(found.array, VALUES.T))
    assert not any(opened)
    assert len(opened) < 20


@pytest.mark.parametrize("tail", [b"garbage", b"\x1f\x8b\x08", b"\0\0x"])
def test_other_bytes_behind_a_packed_file_are_refused(tmp_path: Path, tail: bytes) -> None:
    path = write(tmp_path / "a.nii.gz")
    path.write_bytes(path.read_bytes() + tail)
    with pytest.raises(InputError):
        read_nifti(path)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_packed_file_that_was_cut_is_refused(tmp_path: Path, part: float) -> None:
    path = write(tmp_path / "a.nii.gz")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(InputError, match="cut off"):
        read_nifti(path)


def bomb(path: Path, shape: tuple[int, int, int], *, dtype: str = "u1") -> Path:
    """Write an image of zeros, as small as it packs."""
    small = nib.Nifti1Image(np.zeros((2, 2, 2), dtype), np.eye(4))
    small.header.set_data_shape(shape)
    head = bytearray(352)
    head[:348] = small.header.binaryblock
    head[344:348] = b"n+1\0"
    head[108:112] = struct.pack("<f", 352.0)
    engine = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [engine.compress(bytes(head))]
    left, chunk = int(np.prod(shape)) * np.dtype(dtype).itemsize, bytes(1 << 20)
    while left:
        parts.append(engine.compress(chunk[: min(left, len(chunk))]))
        left -= min(left, len(chunk))
    path.write_bytes(b"".join([*parts, engine.flush()]))
    return path


def test_a_bomb_is_refused_by_its_header_alone(tmp_path: Path) -> None:
    path = bomb(tmp_path / "pet_suv.nii.gz", (600, 600, 500))
    assert path.stat().st_size < 1e6
    with pytest.raises(InputError, match=r"would unpack from 0\.\d MB to 180 MB"):
        open_files(path, None)


def test_a_large_mask_packs_well_and_is_read(tmp_path: Path) -> None:
    path = bomb(tmp_path / "mask.nii.gz", (600, 600, 400))
    assert read_nifti(path).array.shape == (400, 600, 600)


def test_more_than_the_header_says_is_never_unpacked(tmp_path: Path) -> None:
    path = bomb(tmp_path / "a.nii.gz", (400, 400, 300))
    data = raw(path)
    changed = data[:42] + struct.pack("<hhh", 10, 10, 10) + data[48:]
    path.write_bytes(gzip.compress(changed))
    with pytest.raises(InputError, match="more than the 1352 bytes"):
        read_nifti(path, nothing=0.0)


def test_what_does_not_fit_into_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "pet_suv.nii.gz", np.random.default_rng(1).random((99, 99, 99)))
    monkeypatch.setattr(room, "free_memory_bytes", lambda: 9_000_000)
    with pytest.raises(InputError, match=r"needs \d+ MB of memory; 9 MB are free"):
        open_files(path, None)


def test_cancel(tmp_path: Path) -> None:
    context = JobContext()
    context.cancel()
    with pytest.raises(JobCancelled):
        read_nifti(write(tmp_path / "a.nii.gz"), context)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_of_an_image_that_are_no_numbers_are_nothing(
    tmp_path: Path, odd: float, dtype: type
) -> None:
    values = VALUES.astype(dtype) / 1000
    values[:2] = odd
    pet = write(tmp_path / "pet_suv.nii.gz", values)
    ct = write(tmp_path / "ct.nii.gz", values - 1)
    study = open_files(pet, ct)
    assert study.pet is not None
    assert study.ct is not None
    assert (study.pet.array[..., :2] == 0.0).all()
    assert (study.ct.array[..., :2] == AIR_HU).all()
    np.testing.assert_allclose(study.pet.array[..., 2:], values.T[..., 2:], rtol=1e-6)
    assert study.pet.unmeasured is not None
    np.testing.assert_array_equal(study.pet.unmeasured, ~np.isfinite(values.T))
    said = [w for w in study.warnings if w.startswith("60 voxels hold no measured value")]
    assert [w.endswith("(0).") for w in said] == [True, False]


def test_an_image_without_a_number_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "pet_suv.nii.gz", np.full((3, 4, 5), np.nan))
    with pytest.raises(InputError, match="not numbers, and no others"):
        open_files(path, None)


@pytest.mark.parametrize(
    ("name", "said"),
    [("bomb_pet_suv.nii.gz", "would unpack"), ("gz_bit_flip_pet_suv.nii.gz", "check sum")],
)
def test_shared_files_are_refused(shared_data: Path, name: str, said: str) -> None:
    path = shared_data / "reports" / "hostile" / name
    if not path.is_file():
        pytest.skip("the reports are not on this machine")
    with pytest.raises(InputError, match=said):
        open_files(path, None)
