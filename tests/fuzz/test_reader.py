"""Damaged DICOM: reading ends in a study or in a sentence, never otherwise, and never hangs.

Examples are drawn anew from one fixed seed on every run, so that CI repeats itself.
"""

from __future__ import annotations

import faulthandler
import io
import os
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from app.core.kit.errors import KnownError
from app.core.study.study import Study
from app.io.open.info import describe
from app.io.open.phases import with_phase
from app.io.open.study import open_study
from tests.support.dicom_files import affine_of, base, phantom, write_series, write_spect

#: A reader that takes longer than this is stuck: the run ends with the place where it is.
STUCK_AFTER_S = 120
REPEATABLE = settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(autouse=True)
def not_stuck() -> Iterator[None]:
    """End the run, with a traceback, where the reader hangs."""
    # Where pytest catches the output there may be no stderr to write to but the process's own.
    with os.fdopen(os.dup(2), "w") as out:
        faulthandler.dump_traceback_later(STUCK_AFTER_S, exit=True, file=out)
        yield
        faulthandler.cancel_dump_traceback_later()


@cache
def clean(name: str) -> tuple[bytes, ...]:
    """Files of a small study: plain, compressed, dynamic, or one multi-frame file."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if name == "enhanced":
            _write_enhanced(place)
        elif name == "spect":
            gated = {"SliceVector": [1, 2, 1, 2], "TimeSlotVector": [1, 1, 2, 2]}
            write_spect(
                place / "one.dcm", phantom((4, 5, 6)), affine_of(), "RECON GATED TOMO", **gated
            )
        elif name == "dynamic":
            uid = None
            for n in range(2):
                uid = write_series(
                    place / str(n), phantom((2, 4, 4), n), affine_of(), series_uid=uid,
                    AcquisitionTime=f"110{n}00", ActualFrameDuration="60000",
                )  # fmt: skip
        else:
            write_series(place / "pet", phantom((3, 8, 8)), affine_of())
            write_series(place / "ct", phantom((3, 8, 8)) % 1000, affine_of(), "CT")
        files = sorted(x for x in place.rglob("*") if x.is_file())
        if name == "compressed":
            for path in files:
                _compress(path)
        return tuple(x.read_bytes() for x in files)


def _compress(path: Path) -> None:
    dataset = dcmread(path)
    plane = np.ascontiguousarray(dataset.pixel_array).view(np.uint16)
    dataset.PixelData = encapsulate([bytes(imagecodecs.jpegls_encode(plane))])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.80")
    dataset.save_as(path)


def _write_enhanced(folder: Path) -> None:
    stored, affine = phantom((4, 5, 6)), affine_of()
    dataset = base("PT", "1.2.3.4")
    dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.130")
    shared, orientation, measures = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    measures.PixelSpacing, measures.SliceThickness = [3.0, 2.0], 4.0
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
    dataset.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for k in range(4):
        frame, plane, content = Dataset(), Dataset(), Dataset()
        plane.ImagePositionPatient = [float(x) for x in affine[:3, 3] + affine[:3, 0] * (k // 2)]
        content.TemporalPositionIndex = k % 2 + 1
        frame.PlanePositionSequence, frame.FrameContentSequence = [plane], [content]
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = frames
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = 4, 5, 6
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 1
    dataset.PixelData = stored.astype("<i2").tobytes()
    dataset.save_as(folder / "one.dcm", enforce_file_format=True)


def read(folder: Path) -> Study | None:
    """Describe and open a folder; every other phase too. Only a known error may come."""
    refusals: list[KnownError] = []
    study = None
    try:
        assert isinstance(describe([folder])["series"], list)
        study = open_study([folder])
    except KnownError as error:
        refusals.append(error)
    assert all(x.sentence and x.next_step for x in refusals), refusals
    if study is None:
        return None
    for image in (study.pet, study.ct, study.mr):
        if image is not None:
            assert image.array.shape == image.grid.shape_kji
            assert np.isfinite(image.grid.affine_lps_mm).all()
    for phases in study.phases:
        with_phase(study, phases.series_uid, len(phases.labels) - 1)
    return study


def read_files(files: list[bytes]) -> Study | None:
    """Write files to a folder of their own and read it."""
    with tempfile.TemporaryDirectory() as folder:
        for n, data in enumerate(files):
            (Path(folder) / f"{n}.dcm").write_bytes(data)
        return read(Path(folder))


@dataclass(frozen=True)
class Damage:
    """What is done to one file: ``kind``, where (0 to 1 of its length or elements), with what."""

    kind: str
    file: int
    where: float
    value: int


damages = st.lists(
    st.builds(
        Damage,
        st.sampled_from(["cut", "flip", "remove", "odd", "zero"]),
        st.integers(0, 5),
        st.floats(0.0, 1.0, exclude_max=True),
        st.integers(0, 2**16 - 1),
    ),
    min_size=1,
    max_size=5,
)
#: Values that are legal text but no sensible number, time or identifier.
ODD = ("", "nan", "inf", "1e400", "-1", "0", "abc", "1\\2", "99999999999", "\0", "2.5.", "é")
NAMES = ("plain", "compressed", "dynamic", "enhanced", "spect")


def damaged(data: bytes, damage: Damage) -> bytes:
    """Return the bytes of a file with one damage done to them."""
    at = int(damage.where * len(data))
    if damage.kind == "cut":
        return data[:at]
    if damage.kind == "flip":
        changed = bytearray(data)
        if changed:
            changed[at] ^= 1 << damage.value % 8
        return bytes(changed)
    if damage.kind == "zero":
        return data[:at] + b"\0" * min(64, len(data) - at) + data[at + 64 :]
    return _changed_element(data, damage)


def _changed_element(data: bytes, damage: Damage) -> bytes:
    try:
        dataset = dcmread(io.BytesIO(data))
        elements = [*dataset]
        element = elements[int(damage.where * len(elements))]
        if damage.kind == "remove":
            del dataset[element.tag]
        else:
            _set_odd(dataset, element.tag, element.VR, damage.value)
        out = io.BytesIO()
        dataset.save_as(out)
        return out.getvalue()
    except Exception:  # noqa: BLE001 - an earlier damage, or pydicom will not write it: no matter
        return data


def _set_odd(dataset: Dataset, tag: Any, vr: str, value: int) -> None:
    if vr in ("US", "SS", "UL", "SL"):
        dataset[tag].value = (0, 1, 3, 65535, 32768)[value % 5]
    elif vr == "SQ":
        dataset[tag].value = []
    elif vr in ("OW", "OB"):
        dataset[tag].value = b""
    else:
        # Raw, under its own VR: pydicom would refuse what is not legal.
        odd = ODD[value % len(ODD)].encode("latin-1")
        odd += b" " * (len(odd) % 2)
        dataset[tag] = RawDataElement(tag, vr, len(odd), odd, 0, False, True)


@pytest.mark.parametrize("name", NAMES)
@REPEATABLE
@given(found=damages)
@pytest.mark.slow
def test_damaged_studies_are_read_or_refused(name: str, found: list[Damage]) -> None:
    files = list(clean(name))
    for damage in found:
        n = damage.file % len(files)
        files[n] = damaged(files[n], damage)
    read_files(files)


@pytest.mark.parametrize("name", ["plain", "enhanced"])
@pytest.mark.slow
def test_each_element_missing_or_odd_in_every_file(name: str) -> None:
    """Nothing in a header is needed to end in a sentence, whatever it says."""
    files = clean(name)
    tags = [element.tag for element in dcmread(io.BytesIO(files[0]))]
    for n, tag in enumerate(tags):
        for kind in ("remove", "odd"):
            changed = []
            for data in files:
                dataset = dcmread(io.BytesIO(data))
                if tag in dataset:
                    if kind == "remove":
                        del dataset[tag]
                    else:
                        _set_odd(dataset, tag, dataset[tag].VR, n)
                out = io.BytesIO()
                try:
                    dataset.save_as(out)
                except Exception:  # noqa: BLE001 - pydicom will not write it
                    out = io.BytesIO(data)
                changed.append(out.getvalue())
            read_files(changed)


@pytest.mark.parametrize("tag", [b"\x28\x00\x10\x00", b"\x28\x00\x11\x00", b"\x28\x00\x08\x00"])
@pytest.mark.parametrize("name", NAMES)
def test_a_header_that_promises_gigabytes_allocates_none(name: str, tag: bytes) -> None:
    """Rows, columns or frames of 65,535: no memory is taken on a header's word alone."""
    files = []
    for data in clean(name):
        at = data.find(tag)
        if at >= 0 and data[at + 4 : at + 6] == b"US":
            data = data[: at + 8] + struct.pack("<H", 65535) + data[at + 10 :]
        files.append(data)
    read_files(files)


def test_clean_studies_are_read() -> None:
    """What is damaged above is whole before."""
    for name in NAMES:
        study = read_files(list(clean(name)))
        assert study is not None
        assert study.pet is not None
        assert bool(study.phases) is (name in ("dynamic", "enhanced", "spect"))
