"""Headers of the images that exports refer to: read once for all files of one export."""

from __future__ import annotations

import logging
import struct
import warnings
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

from pydicom.dataset import Dataset

from app.core.study.study import Study
from app.io.dicom.file import read_file
from app.io.dicom.header import DAMAGED, number
from app.io.write.dicom.inherit import TAGS, inherited

_log = logging.getLogger(__name__)


#: What a library raises over values that no object may hold; not a full disk, which stops all.
ODD = (
    ValueError, AttributeError, LookupError, TypeError, ArithmeticError, AssertionError,
    RuntimeError, EOFError, struct.error,
)  # fmt: skip


class SkippedError(Exception):
    """A file that cannot be made; the message is why, the first part of a sentence."""


class SeriesBlock(IntEnum):
    """Hundreds of series numbers that belong to one kind of object, above those of scanners."""

    LESIONS = 9000
    #: Two hundred for each kind of derived image: the image and its deviation take turns.
    DERIVED = 9100
    MEASUREMENTS = 10100


def series_number(block: SeriesBlock, source: Dataset, *, kind: int = 0, part: int = 0) -> int:
    """Return the number of a new series: no two kinds of object of one source share one.

    Parameters
    ----------
    block
        What is written.
    source
        Header of the series that it is made from: its number tells two sources apart.
    kind, part
        Of a derived image: place among the kinds; 0 for the image, 1 for its deviation.
    """
    own = int(number(source, 0x00200011) or 0) % 100
    return block + (200 * kind + 2 * own + part if block is SeriesBlock.DERIVED else own)


class Sources:
    """Headers of a study's series, without pixels, as new objects may inherit them.

    A series is read when it is first asked for. Readers share what they get: leave it as it is.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._read: dict[str, tuple[Dataset, ...]] = {}

    def of(self, *uids: str | None) -> tuple[Dataset, ...]:
        """Return the headers of some series, image by image in the order of their files.

        Raises
        ------
        SkippedError
            If none of them came from DICOM files, they are gone (a disk taken out, a folder
            moved), or name no study.
        """
        found = [header for uid in uids for header in self._of(uid)]
        if not found:
            raise SkippedError("The images did not come from DICOM files")
        return tuple(found)

    def _of(self, uid: str | None) -> tuple[Dataset, ...]:
        if uid is None:
            return ()
        if uid not in self._read:
            series = self._study.series_of(uid)
            files = () if series is None else series.files
            dicom = [x for x in files if not x.name.lower().endswith((".nii", ".nii.gz"))]
            self._read[uid] = _headers(dicom)
        return self._read[uid]


def _headers(files: Sequence[Path]) -> tuple[Dataset, ...]:
    found = []
    for path in files:
        try:
            with warnings.catch_warnings():
                # What is odd in a source is mended, not announced by pydicom.
                warnings.simplefilter("ignore")
                read = read_file(path, TAGS, pixels=False)
                header = inherited(read)
        except DAMAGED as error:
            raise _unreadable(type(error).__name__) from error
        if not header.get("SOPInstanceUID") or not header.get("SOPClassUID"):
            raise _unreadable("no DICOM")
        found.append(header)
    if not all(x.get("StudyInstanceUID") and x.get("SeriesInstanceUID") for x in found):
        raise SkippedError("The DICOM headers of the images name no study")
    return tuple(found)


def _unreadable(why: str) -> SkippedError:
    _log.info("a source header cannot be read: %s", why)
    return SkippedError("The DICOM files of the images can no longer be read")
