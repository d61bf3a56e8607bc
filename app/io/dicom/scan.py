"""Find DICOM files below paths and read what is needed of their headers, never their pixels."""

from __future__ import annotations

import itertools
import logging
import struct
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.uid import UID

from app.core.kit.jobs import JobContext
from app.core.study.study import RefusedFile
from app.io.decode.decoders import warm_up
from app.io.dicom.encoding import PixelElement
from app.io.dicom.file import HEAD_BYTES, FileError, NotDicomError, read_file, read_header
from app.io.dicom.files import dicomdir_files, find_files, is_dicomdir, no_dicom, unreadable
from app.io.dicom.header import (
    DAMAGED,
    HEADER_TAGS,
    Header,
    Instance,
    PixelLayout,
    number,
    text,
)
from app.io.dicom.instances import MEASURED, instances_of, stated_of
from app.io.dicom.multiframe.nm import is_tomo, tomo_frames
from app.io.dicom.multiframe.stacked import stacked_frames
from app.io.dicom.quick import quick_elements

_log = logging.getLogger(__name__)
_WANTED = frozenset(HEADER_TAGS)
_ONE_UID = "Images at different places share one SOP Instance UID; each is taken as an image."
#: No image is cut into more pieces; walking them is not endless.
_MOST_FRAGMENTS = 1_000_000


@dataclass
class ScannedSeries:
    """One series as found: the header of its first image, its instances, what is to be said.

    ``doubts`` are said of the SUV, ``notes`` of the images.
    """

    uid: str
    header: Dataset
    instances: list[Instance] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def study_uid(self) -> str:
        """Study Instance UID."""
        return text(self.header, 0x0020000D)


@dataclass(frozen=True)
class Scan:
    """All series found below some paths, and the files that were refused."""

    series: tuple[ScannedSeries, ...]
    refused: tuple[RefusedFile, ...]
    files: int
    nifti: tuple[Path, ...] = ()


def scan(
    paths: Sequence[Path], context: JobContext | None = None, *, will_read: bool = True
) -> Scan:
    """Read the headers of all files below the paths.

    A file that cannot be used is refused with a reason; none stops the scan. Where images are
    compressed and ``will_read`` says that pixels are read next, decoders start meanwhile.

    Raises
    ------
    InputError
        If a path does not exist.
    JobCancelled
        If the context's token is set.
    """
    context = context or JobContext()
    series: dict[str, ScannedSeries] = {}
    nifti: list[Path] = []
    seen: dict[str, set[object]] = {}
    warmed = False
    with warnings.catch_warnings():
        # Odd values in headers are judged here, not announced one by one by pydicom.
        warnings.simplefilter("ignore")
        found = find_files(paths, context)
        files, refused = found.files, found.refused
        for done, (path, head) in enumerate(_heads(files)):
            if done % 64 == 0:
                context.progress(done / max(1, len(files)), f"Reading headers: {done} files")
            if path.name.lower().endswith((".nii", ".nii.gz")):
                nifti.append(path)
                continue
            try:
                taken = _take(path, head, series, seen)
                if will_read and not warmed and taken and _is_compressed(taken[0]):
                    warmed = True
                    warm_up()
            except _RefusedError as reason:
                refused.append(RefusedFile(path, str(reason)))
            except DAMAGED as error:
                # Whatever was not foreseen: one odd file never stops a scan.
                _log.info("a file's header cannot be read: %s", type(error).__name__)
                refused.append(RefusedFile(path, "its DICOM header is damaged"))
    context.progress(1.0, f"{len(files)} files, {len(series)} series")
    return Scan(tuple(series.values()), tuple(refused), len(files), tuple(nifti))


class _RefusedError(Exception):
    """Why one file is not taken."""


def _heads(files: Iterable[Path]) -> Iterator[tuple[Path, bytes | OSError]]:
    """Read the first bytes of the files with a few threads, in order, some ahead."""

    def head(path: Path) -> tuple[Path, bytes | OSError]:
        try:
            if not path.is_file():
                # A pipe would block; a device may never end.
                return path, OSError(0, "it is not a regular file")
            with path.open("rb", buffering=0) as file:
                return path, file.read(HEAD_BYTES)
        except OSError as error:
            return path, error

    iterator = iter(files)
    with ThreadPoolExecutor(2, thread_name_prefix="uptake-scan") as pool:
        while chunk := list(itertools.islice(iterator, 128)):
            yield from pool.map(head, chunk)


def _take(
    path: Path,
    head: bytes | OSError,
    series: dict[str, ScannedSeries],
    seen: dict[str, set[object]],
) -> list[Instance]:
    """Add a file's images to its series, and return them."""
    if isinstance(head, OSError):
        raise _RefusedError(unreadable(head)) from head
    if not head:
        raise _RefusedError("it is empty")
    quick = quick_elements(head, _WANTED)
    # The first image of a series is always read by pydicom: its header speaks for the series.
    simple = quick is not None and text(quick[0], 0x00080060) != "NM"
    if quick is not None and simple and text(quick[0], 0x0020000E) in series:
        header: Header = quick[0]
        pixels = quick[1]
    else:
        try:
            header, pixels = read_header(path, head, HEADER_TAGS)
        except NotDicomError as error:
            raise _RefusedError(no_dicom(head)) from error
        except FileError as error:
            raise _RefusedError(str(error)) from error
        except OSError as error:
            raise _RefusedError(unreadable(error)) from error
    if is_dicomdir(header):
        _require_named(path)
        return []
    uid = text(header, 0x0020000E)
    if not uid:
        raise _RefusedError("it has no Series Instance UID")
    sop_uid = text(header, 0x00080018)
    instances = _instances(path, header, pixels)
    place, places = instances[0].position_lps_mm, seen.setdefault(sop_uid, set())
    if sop_uid and place in places:
        raise _RefusedError("another file holds the same image (same SOP Instance UID)")
    if uid not in series:
        assert isinstance(header, Dataset)
        series[uid] = ScannedSeries(uid, header)
        if quick is not None:
            # As of the images that follow: equal headers state the same to the byte.
            stated = stated_of(quick[0])
            instances = [replace(x, stated=stated) for x in instances]
    if sop_uid and places and _ONE_UID not in series[uid].notes:
        series[uid].notes += (_ONE_UID,)
    places.add(place)
    series[uid].instances.extend(instances)
    return instances


def _is_compressed(image: Instance) -> bool:
    return image.pixels is not None and image.pixels.encapsulated


def _require_named(path: Path) -> None:
    """Say that a DICOMDIR names files that do not lie below it."""
    try:
        there, missing = dicomdir_files(path)
    except FileError as error:
        raise _RefusedError(str(error)) from error
    if missing:
        raise _RefusedError(
            f"it names {len(there) + missing} files, of which {missing} do not lie below it"
        )


def _instances(path: Path, header: Header, pixels: PixelElement | None) -> list[Instance]:
    """Return a file's images, or refuse it where its pixels are not whole."""
    try:
        instances = instances_of(path, header, pixels)
        short = "" if pixels is None else _shortage(path, instances[0].pixels)
        # Only now is it known that the frames are there.
        if not short and is_tomo(header):
            assert isinstance(header, Dataset)
            instances = tomo_frames(header, instances[0])
        elif not short:
            instances = _placed(header, instances)
        is_image = pixels is None and _is_image(header)
    except FileError as error:
        raise _RefusedError(str(error)) from error
    except DAMAGED as error:
        raise _RefusedError("its DICOM header is damaged or incomplete") from error
    if short:
        raise _RefusedError(short)
    if is_image:
        raise _RefusedError("it is truncated: it ends before its pixel data")
    return instances


def _is_image(header: Header) -> bool:
    """Whether a header is that of an image, which has pixels (raw data of a scanner has none)."""
    sized = bool(number(header, 0x00280010))
    return text(header, 0x00080060) in MEASURED and (
        sized or UID(text(header, 0x00080016)).name.endswith("Image Storage")
    )


def _placed(header: Header, instances: list[Instance]) -> list[Instance]:
    """Return an image, or the frames of a file of slices that has no functional groups."""
    whole = instances[0]
    several = len(instances) == 1 and whole.pixels is not None and whole.pixels.frames > 1
    stacked = whole.stated.modality in ("PT", "CT", "MR")
    return stacked_frames(header, whole) if several and stacked else instances


def header_of(path: Path) -> Dataset:
    """Return the wanted header elements of a file that was scanned; none where it is gone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return read_file(path, HEADER_TAGS, pixels=False)
        except DAMAGED:
            return Dataset()


def _shortage(path: Path, layout: PixelLayout | None) -> str:
    """Say how the pixel data is not as long as it must be, or return an empty string."""
    if layout is None:
        return ""
    size = path.stat().st_size
    if layout.encapsulated:
        fragments = _whole_fragments(path, layout.offset, size)
        if not fragments:
            return "it is truncated: its compressed pixel data ends early"
        if layout.frames > fragments:
            return f"it states {layout.frames} frames and holds {fragments}"
        return ""
    bits = layout.rows * layout.columns * layout.samples * layout.bits_allocated * layout.frames
    wanted = (bits + 7) // 8
    there = wanted if layout.deflated else size - layout.offset
    if layout.length is not None and layout.length < wanted:
        there = min(there, layout.length)
    if there < wanted:
        return f"it is truncated: {max(0, there)} of {wanted} bytes of pixel data are there"
    # One byte of padding makes an odd length even.
    if layout.length not in (None, wanted, wanted + wanted % 2):
        return f"its pixel data has {layout.length} bytes where its header says {wanted}"
    return ""


def _whole_fragments(path: Path, offset: int, size: int) -> int:
    """Count the fragments of encapsulated pixel data; 0 where one is none or beyond the file."""
    with path.open("rb", buffering=0) as file:
        items = 0
        while offset + 8 <= size:
            file.seek(offset)
            tag, length = struct.unpack("<4sI", file.read(8))
            if tag == b"\xfe\xff\xdd\xe0":
                return max(0, items - 1)
            if tag != b"\xfe\xff\x00\xe0" or offset + 8 + length > size:
                return 0
            items += 1
            if items > _MOST_FRAGMENTS:
                return 0
            offset += 8 + length
    # No delimiter, but the last fragment is whole: some writers leave it out.
    return max(0, items - 1) if offset == size else 0
