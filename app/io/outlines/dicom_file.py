"""A DICOM file with outlines, read whole, once it is known not to swell beyond memory."""

from __future__ import annotations

import zlib
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_file_meta_info
from pydicom.tag import Tag
from pydicom.uid import DeflatedExplicitVRLittleEndian

from app.core.kit.errors import InputError

#: Outlines are smaller, unpacked.
_MOST_BYTES = 1 << 30
_PIECE = 1 << 20
_PIXELS = Tag(0x7FE0, 0x0010)
#: Preamble, "DICM", and the element that states the length of the meta information.
_BEFORE_META = 128 + 4 + 12


def read_dicom(path: Path) -> Dataset:
    """Read a DICOM file.

    Raises
    ------
    InputError
        If it is not DICOM, is damaged, or swells to more than outlines can hold.
    """
    try:
        meta = read_file_meta_info(path)
        if meta.get("TransferSyntaxUID", "") == DeflatedExplicitVRLittleEndian:
            _require_small(path, _BEFORE_META + int(meta.FileMetaInformationGroupLength))
        dataset = dcmread(path)
    except InvalidDicomError as error:
        raise InputError(
            f"{path.name} is neither NIfTI nor DICOM.",
            "Give a DICOM SEG, an RTSTRUCT or a NIfTI labelmap.",
        ) from error

    require_whole(dataset)
    return dataset


def require_whole(*datasets: Dataset) -> None:
    """Refuse data sets (nested ones are not looked into) whose lengths swallow what follows.

    pydicom reads on where a length is wrong, and what comes is then lost without a word: it shows
    in delimiters that stand as elements, and in elements behind the pixels.

    Raises
    ------
    InputError
        If there are such.
    """
    for dataset in datasets:
        tags = list(dataset.keys())
        stray = any(x.group in (0x0000, 0xFFFE) for x in tags)
        pixels = tags.index(_PIXELS) if _PIXELS in tags else len(tags)
        if stray or any(x < _PIXELS for x in tags[pixels:]):
            raise InputError("Lengths in the file contradict each other.", "Copy it again.")


def _require_small(path: Path, offset: int) -> None:
    """Unpack a deflated file piece by piece, keeping nothing, and refuse one that swells."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    size = 0
    with path.open("rb") as file:
        file.seek(offset)
        while piece := file.read(_PIECE):
            while piece:
                size += len(unpacker.decompress(piece, _PIECE))
                piece = unpacker.unconsumed_tail
                if size > _MOST_BYTES:
                    raise InputError(
                        f"{path.name} holds more than a thousand million bytes, unpacked.",
                        "Check where the file came from.",
                    )
