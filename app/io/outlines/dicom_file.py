"""A DICOM file with outlines, read whole, once it is known not to swell beyond memory."""

from __future__ import annotations

import zlib
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_file_meta_info
from pydicom.uid import DeflatedExplicitVRLittleEndian

from app.core.kit.errors import InputError

#: Outlines are smaller, unpacked.
_MOST_BYTES = 1 << 30
_PIECE = 1 << 20
#: Preamble, "DICM", and the element that states the length of the meta information.
_BEFORE_META = 128 + 4 + 12


def read_dicom(path: Path) -> Dataset:
    """Read a DICOM file.

    Raises
    ------
    InputError
        If it is not DICOM, or swells to more than outlines can hold.
    """
    try:
        meta = read_file_meta_info(path)
        if meta.get("TransferSyntaxUID", "") == DeflatedExplicitVRLittleEndian:
            _require_small(path, _BEFORE_META + int(meta.FileMetaInformationGroupLength))
        return dcmread(path)
    except InvalidDicomError as error:
        raise InputError(
            f"{path.name} is neither NIfTI nor DICOM.",
            "Give a DICOM SEG, an RTSTRUCT or a NIfTI labelmap.",
        ) from error


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
