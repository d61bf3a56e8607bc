"""A DICOM file with outlines, read whole by the one reader of the program."""

from __future__ import annotations

from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.tag import Tag

from app.core.kit.errors import InputError
from app.io.dicom.file import FileError, NotDicomError, read_file

_PIXELS = Tag(0x7FE0, 0x0010)


def read_dicom(path: Path) -> Dataset:
    """Read a DICOM file, whatever its meta header says and whether it has one or not.

    Raises
    ------
    InputError
        If it is not DICOM, is damaged, or swells to more than is read.
    """
    try:
        dataset = read_file(path)
    except NotDicomError as error:
        raise InputError(
            f"{path.name} is neither NIfTI nor DICOM.",
            "Give a DICOM SEG, an RTSTRUCT or a NIfTI labelmap.",
        ) from error
    except FileError as error:
        raise InputError(
            f"{path.name} cannot be read: {error}.", "Check where the file came from."
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
