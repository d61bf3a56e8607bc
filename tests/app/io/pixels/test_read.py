"""Pixels of a series: right, or left out with a reason."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from app.core.kit import room
from app.core.kit.errors import InputError, JobCancelled
from app.core.kit.jobs import JobContext, JobQueue, JobState
from app.core.study.study import Study
from app.io.decode import decoders
from app.io.open.phases import with_phase
from app.io.open.study import open_study
from tests.support.compressed import ENCODERS, HTJ2K, JPEG_LS, LOSSLESS, RLE, compress, wrap
from tests.support.dicom_files import FACTOR, affine_of, base, phantom, write_series

STORED = phantom((5, 12, 10)) % 4000
#: The file of the slice that is changed, first, last or between.
SLICES = (0, 2, 4)


def files(folder: Path) -> list[Path]:
    """Return the files of a series by their place along k."""
    found = {int(dcmread(x).InstanceNumber): x for x in folder.iterdir()}
    return [found[n] for n in sorted(found)]


def series(folder: Path, modality: str = "PT", stored: Any = STORED, **elements: Any) -> list[Path]:
    write_series(folder, stored, affine_of(), modality, **elements)
    return files(folder)


def pet(folder: Path) -> Any:
    study = open_study([folder])
    assert study.pet is not None
    return study.pet.array


def change(path: Path, what: Callable[[Dataset], None]) -> None:
    dataset = dcmread(path)
    what(dataset)
    dataset.save_as(path, enforce_file_format=False)


def left_out(study: Study) -> dict[str, str]:
    return {x.path.name: x.reason for x in study.refused}


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("fragments", [1, 3])
def test_compressed_series_are_read_right(tmp_path: Path, syntax: str, fragments: int) -> None:
    if syntax == RLE and fragments > 1:
        pytest.skip("a frame of RLE is one fragment")
    for path in series(tmp_path):
        compress(path, syntax, fragments=fragments)
    np.testing.assert_allclose(pet(tmp_path), STORED * FACTOR, rtol=1e-6)


@pytest.mark.parametrize("syntax", ENCODERS)
@pytest.mark.parametrize("n", SLICES)
def test_one_damaged_stream_costs_that_image_alone(tmp_path: Path, syntax: str, n: int) -> None:
    stored = STORED % 256
    paths = series(tmp_path, stored=stored)
    for k, path in enumerate(paths):
        if "4.50" in syntax:
            change(path, lambda x: _eight_bits(x))
        compress(path, syntax, (lambda x: x[: len(x) // 2]) if k == n else bytes)
    study = open_study([tmp_path])
    assert list(left_out(study)) == [paths[n].name]
    said = left_out(study)[paths[n].name]
    assert "truncated" in said or "damaged" in said or "cannot be decoded" in said
    assert any("1 file was refused" in w for w in study.warnings)


def _eight_bits(dataset: Dataset) -> None:
    plane = dataset.pixel_array.astype(np.uint8)
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelRepresentation = 0
    dataset.PixelData = plane.tobytes()


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_damage_by_chance_ends_in_a_study_or_a_sentence(tmp_path: Path, syntax: str) -> None:
    """Bytes of every stream changed: what is read has the right size, and no decoder hangs."""
    random = np.random.default_rng(31)

    def damaged(stream: bytes) -> bytes:
        data = bytearray(stream)
        for _ in range(random.integers(1, 4)):
            data[random.integers(len(data))] = random.integers(256)
        return bytes(data)

    for n in range(6):
        folder = tmp_path / str(n)
        for path in series(folder):
            compress(path, syntax, damaged)
        with contextlib.suppress(InputError):
            found = pet(folder)
            assert found.shape[1:] == STORED.shape[1:]
            assert np.isfinite(found).all()


def enhanced(path: Path, stored: Any, syntax: str = "", streams: list[bytes] | None = None) -> None:
    dataset = base("PT", "1.2.3.4")
    dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.130")
    affine = affine_of()
    shared, orientation, measures = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    measures.PixelSpacing, measures.SliceThickness = [3.0, 2.0], 4.0
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
    dataset.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for k in range(len(stored)):
        frame, plane, rescale = Dataset(), Dataset(), Dataset()
        plane.ImagePositionPatient = [float(x) for x in affine[:3, 3] + affine[:3, 0] * k]
        rescale.RescaleSlope, rescale.RescaleIntercept = 1.0, 0.0
        frame.PlanePositionSequence = [plane]
        frame.PixelValueTransformationSequence = [rescale]
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = frames
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = stored.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 1
    dataset.PixelData = stored.astype("<i2").tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    if syntax:
        wrap(path, syntax, streams or [ENCODERS[syntax](x.view(np.uint16)) for x in stored])


@pytest.mark.parametrize("syntax", ["", *LOSSLESS])
def test_frames_of_one_file(tmp_path: Path, syntax: str) -> None:
    enhanced(tmp_path / "one.dcm", STORED, syntax)
    np.testing.assert_allclose(pet(tmp_path), STORED * FACTOR, rtol=1e-6)


def test_a_file_of_many_frames_is_read_about_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = np.random.default_rng(2).integers(0, 30000, (60, 16, 16)).astype(np.int16)
    path = tmp_path / "one.dcm"
    enhanced(path, stored, JPEG_LS)
    counted = 0
    plain = Path.open

    class Counting:
        def __init__(self, file: Any) -> None:
            self._file = file

        def __enter__(self) -> Counting:
            return self

        def __exit__(self, *_: object) -> None:
            self._file.close()

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

        def read(self, size: int = -1) -> bytes:
            nonlocal counted
            data: bytes = self._file.read(size)
            counted += len(data)
            return data

    def opened(self: Path, *args: Any, **kinds: Any) -> Any:
        file = plain(self, *args, **kinds)
        return Counting(file) if kinds.get("buffering") == 0 else file

    monkeypatch.setattr(Path, "open", opened)
    np.testing.assert_allclose(pet(tmp_path), stored * FACTOR, rtol=1e-6)
    # The head for its header, the ends of all fragments, the fragments.
    assert 0 < counted < 3 * path.stat().st_size


@pytest.mark.parametrize("syntax", [JPEG_LS, RLE])
@pytest.mark.parametrize("kept", [3, 4])
def test_a_frame_that_is_missing_refuses_the_file(tmp_path: Path, syntax: str, kept: int) -> None:
    streams = [ENCODERS[syntax](x.view(np.uint16)) for x in STORED[:kept]]
    enhanced(tmp_path / "one.dcm", STORED, syntax, streams)
    with pytest.raises(InputError, match=r"5 frames and holds|holds \d frames"):
        pet(tmp_path)


@pytest.mark.parametrize("syntax", [JPEG_LS, RLE])
def test_a_frame_too_many_refuses_the_file(tmp_path: Path, syntax: str) -> None:
    """Which one is none of them cannot be known."""
    extra = np.concatenate([STORED, STORED[:1]])
    streams = [ENCODERS[syntax](x.view(np.uint16)) for x in extra]
    enhanced(tmp_path / "one.dcm", STORED, syntax, streams)
    with pytest.raises(InputError, match="holds 6 frames, its header says 5"):
        pet(tmp_path)


@pytest.mark.parametrize("syntax", [JPEG_LS, RLE])
def test_two_frames_in_a_file_of_one_are_refused(tmp_path: Path, syntax: str) -> None:
    paths = series(tmp_path)
    plane = STORED[2].view(np.uint16)
    wrap(paths[2], syntax, [ENCODERS[syntax](plane)] * 2)
    study = open_study([tmp_path])
    assert "2 frames" in left_out(study)[paths[2].name]


Change = Callable[[Dataset], None]


def elements(**values: Any) -> Change:
    def what(dataset: Dataset) -> None:
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    return what


#: What makes another picture of the same bytes, with a word of its reason.
LIES: dict[str, tuple[Change, str]] = {
    "half the columns": (elements(Columns=5), "bytes"),
    "half the rows": (elements(Rows=6), "bytes"),
    "twice the rows": (elements(Rows=24), "bytes"),
    "8 bits": (elements(BitsAllocated=8, BitsStored=8, HighBit=7), "bytes"),
    "8 bits alone": (elements(BitsAllocated=8), "contradict"),
    "32 bits": (elements(BitsAllocated=32), "bytes"),
    "12 bits": (elements(BitsAllocated=12, BitsStored=12, HighBit=11), "pixel"),
    "24 bits": (elements(BitsAllocated=24), "pixel"),
    "8 stored": (elements(BitsStored=8, HighBit=7), "more than the 8 bits"),
    "high bit": (elements(HighBit=11), "highest bit 11"),
    "high bit 16": (elements(HighBit=16), "highest bit 16"),
    "no high bit's place": (elements(BitsStored=12), "highest bit 15"),
    "two frames": (elements(NumberOfFrames=2), "bytes"),
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("n", SLICES)
def test_a_header_that_does_not_fit_its_data_costs_that_image(
    tmp_path: Path, lie: str, n: int
) -> None:
    paths = series(tmp_path)
    what, said = LIES[lie]
    change(paths[n], what)
    study = open_study([tmp_path])
    if "rows" in lie or "columns" in lie:
        # Left out by its size, or by its length: either is said.
        assert left_out(study) or any("left out" in w for w in study.warnings)
        return
    assert said in left_out(study).get(paths[n].name, ""), left_out(study)


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("modality", ["PT", "CT"])
def test_a_series_of_such_headers_is_refused(tmp_path: Path, lie: str, modality: str) -> None:
    for path in series(tmp_path, modality):
        change(path, LIES[lie][0])
    with pytest.raises(InputError):
        open_study([tmp_path])


@pytest.mark.parametrize("n", SLICES)
def test_bits_stored_of_one_slice(tmp_path: Path, n: int) -> None:
    """12 bits where the series has 16: harmless where the values fit, otherwise left out."""
    paths = series(tmp_path)
    change(paths[n], elements(BitsStored=13, HighBit=12))
    assert not open_study([tmp_path]).refused
    np.testing.assert_allclose(pet(tmp_path), STORED * FACTOR, rtol=1e-6)
    change(paths[n], elements(BitsStored=11, HighBit=10))
    assert list(left_out(open_study([tmp_path]))) == [paths[n].name]


@pytest.mark.parametrize("n", SLICES)
def test_sixteen_bits_stored_in_a_series_of_twelve(tmp_path: Path, n: int) -> None:
    """Negative values of 12 bits without the sign above them are another number in 16."""
    stored = STORED % 2000 - 300
    paths = series(tmp_path, "PT", (stored & 0x0FFF).astype(np.int16))
    for k, path in enumerate(paths):
        if k != n:
            change(path, elements(BitsStored=12, HighBit=11))
    study = open_study([tmp_path])
    assert "stored in 16 bits with sign, those of the series in 12" in str(left_out(study))
    change(paths[n], elements(BitsStored=12, HighBit=11))
    np.testing.assert_allclose(pet(tmp_path), stored * FACTOR, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("n", SLICES)
def test_sign_of_one_slice(tmp_path: Path, n: int) -> None:
    """Harmless where no value has its highest bit set, otherwise left out."""
    paths = series(tmp_path)
    change(paths[n], elements(PixelRepresentation=0))
    assert not open_study([tmp_path]).refused
    folder = tmp_path / "b"
    paths = series(folder, stored=STORED - 100)
    change(paths[n], elements(PixelRepresentation=0))
    study = open_study([folder])
    assert "without sign, those of the series" in left_out(study)[paths[n].name]


def test_overlay_bits_that_the_header_states_are_no_values(tmp_path: Path) -> None:
    for path in series(tmp_path, stored=STORED | 0x4000):
        change(path, elements(BitsStored=12, HighBit=11))
    with pytest.raises(InputError, match="more than the 12 bits"):
        open_study([tmp_path])
    for path in files(tmp_path):
        dataset = dcmread(path)
        dataset.add_new(0x60000102, "US", 14)
        dataset.save_as(path)
    signed = (STORED.astype(np.int16) << 4) >> 4
    np.testing.assert_allclose(pet(tmp_path), signed * FACTOR, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("tail", [b"\0", b"\0\0", b"x" * 500])
def test_one_byte_of_padding_at_most(tmp_path: Path, tail: bytes) -> None:
    """11 x 9 pixels of 8 bits are an odd number of bytes, which an element may not have."""
    paths = series(tmp_path, stored=STORED[:, :11, :9] % 128)
    for path in paths:
        change(path, _eight_bits)
        change(path, lambda x: setattr(x, "PixelData", x.PixelData[:99] + tail))
    if len(tail) == 1:
        expected = STORED[:, :11, :9] % 128
        np.testing.assert_allclose(pet(tmp_path), expected * FACTOR, rtol=1e-6)
    else:
        with pytest.raises(InputError):
            open_study([tmp_path])


def test_deflated_files_are_read(tmp_path: Path) -> None:
    for path in series(tmp_path):
        dataset = dcmread(path)
        dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        dataset.save_as(path)
    np.testing.assert_allclose(pet(tmp_path), STORED * FACTOR, rtol=1e-6)


def test_a_series_larger_than_the_memory_is_refused_before_any_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    series(tmp_path)
    monkeypatch.setattr(room, "free_memory_bytes", lambda: 2000)
    with pytest.raises(InputError, match="needs 0 MB of memory; 0 MB are free"):
        open_study([tmp_path])


@pytest.mark.parametrize("syntax", ["", JPEG_LS])
def test_cancel_leaves_no_thread(tmp_path: Path, syntax: str) -> None:
    for path in series(tmp_path):
        if syntax:
            compress(path, syntax)
    context = JobContext(lambda f, _: context.cancel() if f >= 0.3 else None)
    with pytest.raises(JobCancelled):
        open_study([tmp_path], context)
    assert not [t for t in threading.enumerate() if t.name.startswith("uptake-")]


def test_work_ends_when_its_queue_is_closed_though_a_stream_decodes_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing the window closes the queue."""

    def hanging(stream: bytes) -> bytes:
        data = bytearray(stream)
        data[16] |= 0x80
        return bytes(data)

    for path in series(tmp_path, stored=np.random.default_rng(3).integers(0, 4000, (4, 64, 48))):
        compress(path, HTJ2K, hanging)
    monkeypatch.setattr(decoders, "check_stream", lambda _: None)
    queue = JobQueue("cpu", 1)
    reading = threading.Event()

    def work(context: JobContext) -> Study:
        reading.set()
        return open_study([tmp_path], context)

    job = queue.submit("Opening", work)
    assert reading.wait(60.0)
    until = time.monotonic() + 60.0
    while not any(t.name == "uptake-decode-watch" for t in threading.enumerate()):
        assert time.monotonic() < until
        time.sleep(0.01)
    assert queue.close(60.0)
    assert job.report.state is JobState.CANCELLED
    assert not [t for t in threading.enumerate() if t.name.startswith("uptake-")]


def test_another_phase_is_read_with_its_own_padding(tmp_path: Path) -> None:
    uid = None
    for n in range(2):
        stored = STORED.copy()
        stored[:, 0, 0] = -2000 if n else 7
        uid = write_series(
            tmp_path / str(n), stored, affine_of(), series_uid=uid, AcquisitionTime=f"110{n}00",
            ActualFrameDuration="60000",
        )  # fmt: skip
        for path in files(tmp_path / str(n)):
            change(path, lambda x: x.add_new(0x00280120, "SS", -2000))
    study = open_study([tmp_path])
    assert study.pet is not None
    assert study.pet.unmeasured is None
    (phases,) = study.phases
    second = with_phase(study, phases.series_uid, 1)
    mean = with_phase(study, phases.series_uid, phases.MEAN)
    for found in (second, mean):
        assert found.pet is not None
        assert found.pet.unmeasured is not None
        assert found.pet.unmeasured.sum() == 5
        assert (found.pet.array[:, 0, 0] == 0.0).all()


@pytest.mark.parametrize(
    "name",
    ["rle_segfault", "ljpeg_segfault", "htj2k_truncated", "jpg8_truncated", "jpeg_huge",
     "htj2k_hang"],
)  # fmt: skip
def test_shared_streams_cost_one_image(shared_data: Path, tmp_path: Path, name: str) -> None:
    folder = shared_data / "reports" / "hostile" / name
    if not folder.is_dir():
        pytest.skip("the reports are not on this machine")
    shutil.copytree(folder, tmp_path / name)
    study = open_study([tmp_path / name])
    assert len(study.refused) == 1
    assert "001.dcm" in study.refused[0].path.name
    assert any("refused" in w for w in study.warnings)
