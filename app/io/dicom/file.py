"""The one way in which DICOM files are read: as they are written, deflated ones within bounds."""

from __future__ import annotations

import io
import logging
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID

from app.io.dicom.encoding import (
    PIXELS,
    Encoding,
    PixelElement,
    encoding_of,
    inflated,
    pixel_element,
)
from app.io.dicom.header import DAMAGED

# What pydicom finds odd it logs with the value: that may be a name. It is judged here instead.
logging.getLogger("pydicom").setLevel(logging.CRITICAL)

#: Enough for nearly every header; longer ones are read from the file itself.
HEAD_BYTES = 48 * 1024
#: A deflated file that unpacks to more is not read: a few kilobytes can unpack to all of memory.
MOST_INFLATED_BYTES = 512 * 1024 * 1024
#: A header alone is never this long.
_LONGEST_HEADER_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024
_TOO_LONG = (
    f"its deflated data unpack to more than {MOST_INFLATED_BYTES // 1024**2} MB, which is not read"
)
_ITEM = b"\xfe\xff\x00\xe0"
_META_TEXTS = {
    0x00020002: "MediaStorageSOPClassUID", 0x00020003: "MediaStorageSOPInstanceUID",
    0x00020010: "TransferSyntaxUID", 0x00020012: "ImplementationClassUID",
    0x00020013: "ImplementationVersionName",
}  # fmt: skip


class FileError(ValueError):
    """Why one file cannot be read, as the end of a sentence that begins with the file."""


class NotDicomError(FileError):
    """Nothing in a file looks like DICOM."""


def read_header(
    path: Path, head: bytes, tags: Sequence[int]
) -> tuple[Dataset, PixelElement | None]:
    """Read elements of a file's header, and where its Pixel Data lies.

    Parameters
    ----------
    path
        The file.
    head
        Its first `HEAD_BYTES`; the file is opened again only where the header is longer.
    tags
        Elements that are kept.

    Returns
    -------
    tuple
        The data set, its ``file_meta`` naming the transfer syntax that the data has, and the
        Pixel Data, ``None`` where the file ends without any.

    Raises
    ------
    FileError
        If the file is no DICOM, or damaged.
    """
    size = path.stat().st_size
    encoding = _encoding(head, size)
    if encoding.deflated:
        return _deflated_header(path, encoding, tags)
    whole = len(head) < HEAD_BYTES
    try:
        header, pixels = _header(io.BytesIO(head), encoding, tags)
        if pixels is not None or whole:
            return header, pixels
    except FileError:
        raise
    except DAMAGED as error:
        if whole:
            raise FileError("its DICOM header is damaged or cut off") from error
    try:
        with path.open("rb") as file:
            return _header(file, encoding, tags)
    except FileError:
        raise
    except DAMAGED as error:
        raise FileError("its DICOM header is damaged or cut off") from error


def read_file(path: Path, tags: Sequence[int | str] = (), *, pixels: bool = True) -> Dataset:
    """Read a DICOM file whatever its meta header says of it, and whether it has one or not.

    Parameters
    ----------
    path
        The file.
    tags
        Elements that are kept, all where there are none.
    pixels
        Whether Pixel Data and what follows are read.

    Raises
    ------
    FileError
        If the file is no DICOM, or unpacks to more than `MOST_INFLATED_BYTES`.
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        encoding = _encoding(head, path.stat().st_size)
        stream: BinaryIO = file
        start = encoding.start
        if encoding.deflated:
            stream, start = io.BytesIO(inflate(path, MOST_INFLATED_BYTES)), 0
        stream.seek(start)
        found = _elements(stream, encoding, [Tag(x) for x in tags], pixels=pixels)
    element = found.get_item(0x7FE00010) if 0x7FE00010 in found else None
    value = getattr(element, "value", None)
    fragments = not pixels or (isinstance(value, bytes) and value[:4] == _ITEM)
    found.file_meta = _file_meta(encoding, encoding.syntax(fragments=fragments))
    return found


def inflate(path: Path, most_bytes: int) -> bytes:
    """Return a deflated file's data set, at most so many bytes of it.

    Raises
    ------
    FileError
        If the file is not deflated, damaged, or would unpack to more than `MOST_INFLATED_BYTES`.
    """
    with path.open("rb") as file:
        encoding = _encoding(file.read(HEAD_BYTES), path.stat().st_size)
        file.seek(encoding.start)
        parts, total = [], 0
        for part in _inflated_parts(file):
            parts.append(part[: most_bytes - total])
            total += len(parts[-1])
            if total >= most_bytes:
                break
    if total >= MOST_INFLATED_BYTES:
        raise FileError(_TOO_LONG)
    return b"".join(parts)


def _inflated_parts(file: BinaryIO) -> Iterator[bytes]:
    """Unpack a stream piece by piece, none longer than a chunk however well it was packed."""
    packed = file.read(_CHUNK_BYTES)
    # A header of zlib before the stream is not DICOM, but written.
    engine = zlib.decompressobj(
        -zlib.MAX_WBITS if inflated(packed, 1, raw=True) else zlib.MAX_WBITS
    )
    try:
        while packed:
            part = engine.decompress(packed, _CHUNK_BYTES)
            packed = engine.unconsumed_tail or file.read(_CHUNK_BYTES)
            if part:
                yield part
            elif engine.eof:
                return
    except zlib.error as error:
        raise FileError("it is damaged: its deflated data cannot be unpacked") from error


def _encoding(head: bytes, size: int) -> Encoding:
    found = encoding_of(head, size)
    if found is None:
        raise NotDicomError("it is not a DICOM file")
    return found


def _elements(
    stream: BinaryIO, encoding: Encoding, tags: Sequence[BaseTag], *, pixels: bool
) -> Dataset:
    return read_dataset(
        stream,
        encoding.implicit,
        encoding.little,
        stop_when=_Once(tags, pixels=pixels),
        specific_tags=list(tags) or None,
    )


class _Once:
    """Ends a data set at its pixels, and sees that no wanted element is stated twice.

    pydicom takes the last of several without a word.
    """

    def __init__(self, tags: Sequence[BaseTag], *, pixels: bool) -> None:
        self._wanted, self._pixels = frozenset(tags), pixels
        self._seen: set[BaseTag] = set()

    def __call__(self, tag: BaseTag, *_: object) -> bool:
        """Whether to stop before an element."""
        if tag in PIXELS and not self._pixels:
            return True
        if tag in self._seen and (tag in self._wanted or not self._wanted):
            raise FileError("it states an element twice, and nothing tells which is true")
        self._seen.add(tag)
        return False


def _header(
    stream: BinaryIO, encoding: Encoding, tags: Sequence[int]
) -> tuple[Dataset, PixelElement | None]:
    """Read the header of a stream of the whole file, or of its beginning."""
    stream.seek(encoding.start)
    header = _elements(stream, encoding, [BaseTag(x) for x in tags], pixels=False)
    at = stream.tell()
    stream.seek(at)
    ahead = stream.read(16)
    pixels = pixel_element(ahead, 0, implicit=encoding.implicit, little=encoding.little)
    if pixels is not None:
        # Native values may look like an item by chance.
        chance = pixels.length is not None and not encoding.stated_compressed
        fragments = pixels.fragments and not chance
        pixels = replace(pixels, offset=at + pixels.offset, fragments=fragments)
    fragments = pixels is not None and pixels.fragments
    header.file_meta = _file_meta(encoding, encoding.syntax(fragments=fragments))
    return header, pixels


def _deflated_header(
    path: Path, encoding: Encoding, tags: Sequence[int]
) -> tuple[Dataset, PixelElement | None]:
    """Unpack no more than the header, then count whether the pixels follow."""
    inside = replace(encoding, start=0)
    reach = HEAD_BYTES
    while True:
        data = inflate(path, reach)
        try:
            header, pixels = _header(io.BytesIO(data), inside, tags)
        except FileError:
            raise
        except DAMAGED as error:
            header, pixels = None, None
            if len(data) < reach:
                raise FileError("its DICOM header is damaged or cut off") from error
        if header is not None and (pixels is not None or len(data) < reach):
            break
        if reach >= _LONGEST_HEADER_BYTES:
            raise FileError("its DICOM header has no end")
        reach = min(reach * 8, _LONGEST_HEADER_BYTES)
    if pixels is not None and pixels.length is not None:
        end = pixels.offset + pixels.length
        if end > MOST_INFLATED_BYTES:
            raise FileError(_TOO_LONG)
        if _inflated_length(path, encoding.start, end) < end:
            raise FileError("it is truncated: its deflated data ends early")
    return header, pixels


def _inflated_length(path: Path, start: int, enough: int) -> int:
    """Count unpacked bytes until there are enough; nothing is kept."""
    total = 0
    with path.open("rb") as file:
        file.seek(start)
        for part in _inflated_parts(file):
            total += len(part)
            if total >= enough:
                break
    return total


def _file_meta(encoding: Encoding, syntax: UID) -> FileMetaDataset:
    meta = FileMetaDataset()
    for tag, keyword in _META_TEXTS.items():
        value = encoding.meta.get(tag, b"").decode("latin-1").strip(" \0")
        if value:
            setattr(meta, keyword, value)
    if syntax:
        meta.TransferSyntaxUID = syntax
    elif "TransferSyntaxUID" in meta:
        del meta.TransferSyntaxUID
    return meta
