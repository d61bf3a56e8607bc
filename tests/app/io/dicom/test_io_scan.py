"""Scanning: everything in a folder is either taken or refused with a reason; nothing raises."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
)

from app.core.kit.errors import InputError, JobCancelled
from app.core.kit.jobs import JobContext
from app.io.dicom.file import HEAD_BYTES
from app.io.dicom.quick import quick_elements
from app.io.dicom.scan import scan
from app.io.open.info import describe
from app.io.open.study import open_study
from tests.support.dicom_files import FACTOR, affine_of, base, phantom, write_series


def test_odd_files_are_refused_with_a_reason(tmp_path: Path) -> None:
    write_series(tmp_path / "deep" / "pet", phantom(), affine_of())
    (tmp_path / "notes.dcm").write_text("this is not an image")
    (tmp_path / "empty.dcm").touch()
    whole = (tmp_path / "deep" / "pet" / "0000.dcm").read_bytes()
    (tmp_path / "deep" / "copy.dcm").write_bytes(whole)
    other = dcmread(tmp_path / "deep" / "pet" / "0000.dcm")
    other.SOPInstanceUID = "1.2.3"
    other.save_as(tmp_path / "cut.dcm")
    cut = (tmp_path / "cut.dcm").read_bytes()
    (tmp_path / "cut.dcm").write_bytes(cut[:-20])
    (tmp_path / "half.dcm").write_bytes(cut[: len(cut) // 3])
    found = scan([tmp_path])
    reasons = {r.path.name: r.reason for r in found.refused}
    assert "not a DICOM file" in reasons["notes.dcm"]
    assert "empty" in reasons["empty.dcm"]
    assert "truncated" in reasons["cut.dcm"]
    assert "106 of 126 bytes" in reasons["cut.dcm"]
    assert "half.dcm" in reasons
    assert any("same SOP Instance UID" in r for r in reasons.values())
    assert [len(s.instances) for s in found.series] == [6]
    study = open_study([tmp_path])
    assert study.pet is not None
    assert len(study.refused) == 5
    assert any("5 files were refused" in w for w in study.warnings)


def test_every_cut_of_a_file_is_survived(tmp_path: Path) -> None:
    write_series(tmp_path, phantom((1, 4, 4)), affine_of())
    data = (tmp_path / "0000.dcm").read_bytes()
    path = tmp_path / "0000.dcm"
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        found = scan([tmp_path])
        assert len(found.refused) + len(found.series) == 1, length
        # Header alone, or pixels too short: either way not an image.
        assert not any(x.pixels for s in found.series for x in s.instances), length


def test_random_damage_is_survived(tmp_path: Path) -> None:
    write_series(tmp_path, phantom((3, 4, 4)), affine_of())
    rng = np.random.default_rng(3)
    first = dcmread(tmp_path / "0000.dcm")
    first.PatientBirthDate, first.StudyDescription = "19500101", "Whole body"
    first.save_as(tmp_path / "0000.dcm")
    files = sorted(tmp_path.iterdir())
    clean = [f.read_bytes() for f in files]
    for _ in range(150):
        for file, data in zip(files, clean, strict=True):
            damaged = bytearray(data)
            for position in rng.integers(132, len(data), 6):
                damaged[position] = rng.integers(256)
            file.write_bytes(damaged)
        # Either it opens or it says why not; anything else would raise here.
        with contextlib.suppress(InputError):
            open_study([tmp_path])


@pytest.mark.parametrize("kind", [b"US", b"U\0"])
def test_a_size_that_cannot_be_read_refuses_the_file(tmp_path: Path, kind: bytes) -> None:
    write_series(tmp_path, phantom(), affine_of())
    path = min(tmp_path.glob("*.dcm"))
    written = path.read_bytes()
    # Rows is empty, in a representation that there is or not, and the file ends there.
    path.write_bytes(written[: written.index(b"\x28\x00\x10\x00US") + 4] + kind + bytes(2))
    refused = [x for x in open_study([tmp_path]).refused if x.path.name == path.name]
    assert [x.reason for x in refused] == ["its DICOM header is damaged or incomplete"]


def test_no_folder_empty_folder_no_images(tmp_path: Path) -> None:
    for paths in ([tmp_path / "none"], [tmp_path]):
        with pytest.raises(InputError) as caught:
            open_study(paths)
        assert caught.value.next_step
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(InputError, match="not a DICOM file"):
        open_study([tmp_path])
    document = describe([tmp_path])
    assert document["chosen"]["pet"] is None
    assert "not a DICOM file" in document["chosen"]["why"]
    assert document["refused"][0]["reason"] == "it is not a DICOM file"


def test_cancel_stops_the_scan(tmp_path: Path) -> None:
    write_series(tmp_path, phantom(), affine_of())
    context = JobContext()
    context.cancel()
    with pytest.raises(JobCancelled):
        open_study([tmp_path], context)


def test_cancel_while_reading_leaves_no_thread(tmp_path: Path) -> None:
    write_series(tmp_path, phantom((60, 4, 4)), affine_of())

    def stop(_: float, message: str) -> None:
        if message.startswith("Reading images"):
            context.cancel()

    context = JobContext(stop)
    with pytest.raises(JobCancelled):
        open_study([tmp_path], context)
    assert not [t for t in threading.enumerate() if t.name.startswith("uptake-")]


def test_files_that_are_no_files_do_not_block(tmp_path: Path) -> None:
    write_series(tmp_path, phantom((3, 4, 4)), affine_of())
    os.mkfifo(tmp_path / "pipe.dcm")
    (tmp_path / "broken.dcm").symlink_to(tmp_path / "nowhere")
    study = open_study([tmp_path])
    assert {r.path.name for r in study.refused} == {"pipe.dcm", "broken.dcm"}


def test_progress_runs_from_0_to_1(tmp_path: Path) -> None:
    write_series(tmp_path, phantom(), affine_of())
    seen: list[float] = []
    open_study([tmp_path], JobContext(lambda fraction, _: seen.append(fraction)))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_quick_walk_agrees_with_pydicom(tmp_path: Path) -> None:
    write_series(tmp_path, phantom((1, 4, 4)), affine_of())
    path = tmp_path / "0000.dcm"
    dataset = dcmread(path)
    for implicit in (False, True):
        if implicit:
            dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
            dataset.save_as(path)
        quick = quick_elements(path.read_bytes()[:HEAD_BYTES], {0x00200032, 0x00280010})
        assert quick is not None
        elements, pixels = quick
        assert pixels is not None
        assert pixels.length == len(dataset.PixelData)
        assert path.read_bytes()[pixels.offset :][: pixels.length] == dataset.PixelData
        assert elements[0x00280010] == b"\x04\x00"
        position = [float(x) for x in elements[0x00200032].split(b"\\")]
        assert position == list(dataset.ImagePositionPatient)


@pytest.mark.parametrize("undefined", [False, True])
def test_files_without_preamble_and_in_other_encodings(tmp_path: Path, undefined: bool) -> None:
    stored = phantom((4, 5, 6))
    write_series(tmp_path, stored, affine_of())
    for n, path in enumerate(sorted(tmp_path.iterdir())):
        dataset = dcmread(path)
        dataset["RadiopharmaceuticalInformationSequence"].is_undefined_length = undefined
        if n == 1:
            dataset.PixelData = dataset.pixel_array.astype(">i2").tobytes()
            dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
        elif n == 2:
            dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        else:
            dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        dcmwrite(path, dataset)
        if n == 3:
            path.write_bytes(_without_meta(path.read_bytes()))
    study = open_study([tmp_path])
    assert study.pet is not None
    assert not study.refused
    np.testing.assert_allclose(study.pet.array, stored * FACTOR, rtol=1e-6)


def _without_meta(data: bytes) -> bytes:
    length = int.from_bytes(data[140:144], "little")
    return data[144 + length :]


@pytest.mark.parametrize(
    ("syntax", "encode"),
    [
        ("1.2.840.10008.1.2.4.80", imagecodecs.jpegls_encode),
        ("1.2.840.10008.1.2.4.70", imagecodecs.ljpeg_encode),
        ("1.2.840.10008.1.2.4.90", lambda a: imagecodecs.jpeg2k_encode(a, reversible=True)),
        (
            "1.2.840.10008.1.2.4.201",
            lambda a: imagecodecs.htj2k_encode(a, reversible=True),
        ),
        ("1.2.840.10008.1.2.5", None),
    ],
    ids=["JPEG-LS", "JPEG lossless", "JPEG 2000", "HTJ2K", "RLE"],
)
def test_compressed_series(tmp_path: Path, syntax: str, encode: object) -> None:
    stored = phantom((4, 16, 18)) - 1000
    write_series(tmp_path, stored, affine_of())
    for path in sorted(tmp_path.iterdir()):
        dataset = dcmread(path)
        plane = dataset.pixel_array
        if callable(encode):
            unsigned = np.ascontiguousarray(plane).view(np.uint16)
            frame = encode(unsigned)
            dataset.PixelData = encapsulate([bytes(frame)])
            dataset["PixelData"].is_undefined_length = True
            dataset.file_meta.TransferSyntaxUID = UID(syntax)
        else:
            dataset.compress(syntax)
        dataset.save_as(path)
    study = open_study([tmp_path])
    assert study.pet is not None
    np.testing.assert_allclose(study.pet.array, stored * FACTOR, rtol=1e-6)
    victim = sorted(tmp_path.iterdir())[0]
    victim.write_bytes(victim.read_bytes()[:-12])
    assert "truncated" in scan([tmp_path]).refused[0].reason


def test_damaged_compressed_pixels_are_refused_and_the_rest_opens(tmp_path: Path) -> None:
    stored = phantom((5, 16, 18))
    write_series(tmp_path, stored, affine_of())
    for path in sorted(tmp_path.iterdir()):
        dataset = dcmread(path)
        frame = bytes(imagecodecs.jpegls_encode(dataset.pixel_array.astype(np.uint16)))
        if dataset.InstanceNumber == 3:
            frame = b"\x00" * len(frame)
        dataset.PixelData = encapsulate([frame])
        dataset["PixelData"].is_undefined_length = True
        dataset.file_meta.TransferSyntaxUID = JPEGLSLossless
        dataset.save_as(path)
    study = open_study([tmp_path])
    assert study.pet is not None
    assert study.pet.grid.shape_kji == (5, 16, 18)
    assert "is damaged" in study.refused[0].reason
    assert any("missing" in w for w in study.warnings)
    middle = (stored[1].astype(float) + stored[3]) / 2 * FACTOR
    np.testing.assert_allclose(study.pet.array[2], middle, rtol=1e-5)


def test_info_document(tmp_path: Path) -> None:
    pet = write_series(tmp_path / "a", phantom(), affine_of())
    ct = write_series(tmp_path / "b", phantom(), affine_of(), "CT")
    (tmp_path / "x.dcm").write_text("no")
    document = describe([tmp_path])
    assert (document["chosen"]["pet"], document["chosen"]["ct"]) == (pet, ct)
    by_uid = {s["uid"]: s for s in document["series"]}
    assert by_uid[pet]["suv"]["type"] == "SUVbw"
    assert by_uid[pet]["suv"]["factor"] == pytest.approx(FACTOR)
    assert by_uid[pet]["suv"]["headers"]["PatientWeight"] == 70
    assert by_uid[ct]["suv"] is None
    assert by_uid[ct]["why"] == "not a PET"
    assert document["refused"][0]["file"].endswith("x.dcm")
    assert document["patients"][0]["weight_kg"] == 70
    assert document["studies"][0]["series"] == 2


def test_info_of_a_pet_without_suv_says_why(tmp_path: Path) -> None:
    pet = write_series(tmp_path, phantom(), affine_of(), PatientWeight=None)
    document = describe([tmp_path])
    entry = document["series"][0]
    assert document["chosen"]["pet"] == pet
    assert entry["suv"] is None
    assert "PatientWeight" in entry["why"]
    assert entry["missing"] == ["PatientWeight"]


def test_a_pet_without_pixels_is_no_image(tmp_path: Path) -> None:
    dataset = base("PT", "1.2.3.4")
    dataset.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    with pytest.raises(InputError):
        open_study([tmp_path])
