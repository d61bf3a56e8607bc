"""Headers of the images that exports refer to: read once for all files of one export."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset

from app.core.study.study import Study
from app.io.dicom.header import DAMAGED, number, text

_log = logging.getLogger(__name__)

#: Elements that must be there, empty where the source does not know them.
_EMPTY = (
    "StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName",
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PositionReferenceIndicator",
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
    """Headers of a study's series, without pixels, mended so that new objects may inherit them.

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
    try:
        read = [dcmread(x, stop_before_pixels=True) for x in files]
    except DAMAGED as error:
        _log.info("source headers cannot be read: %s", type(error).__name__)
        raise SkippedError("The DICOM files of the images can no longer be read") from error
    with warnings.catch_warnings():
        # Odd values of the source are mended here, not announced by pydicom.
        warnings.simplefilter("ignore")
        for dataset in read:
            _mend(dataset)
    if any("StudyInstanceUID" not in x or "SOPInstanceUID" not in x for x in read):
        raise SkippedError("The DICOM headers of the images name no study")
    return tuple(read)


def _mend(dataset: Dataset) -> None:
    """Take out of a source header what an object made from it would inherit as an error."""
    # Longer ones are in circulation. Replaced unread: pydicom would log each of them.
    study_id = text(dataset, 0x00200010)[:16]
    dataset.pop(0x00200010, None)
    dataset.StudyID = study_id
    name = str(dataset.get("PatientName", ""))
    if name and "^" not in name:
        # The standard's way to say that a name has one component only.
        dataset.PatientName = f"{name}^"
    subject = ("ClinicalTrialSubjectID", "ClinicalTrialSubjectReadingID")
    named = any(dataset.get(x) for x in subject)
    if not dataset.get("ClinicalTrialSponsorName") or not named:
        # De-identified collections leave a half-filled clinical trial module behind: it is
        # optional as a whole, but invalid in part.
        for element in [x for x in dataset if x.tag.group == 0x0012 and x.tag.element <= 0x0072]:
            if element.keyword.startswith("ClinicalTrial"):
                del dataset[element.tag]
    for keyword in _EMPTY:
        if keyword not in dataset:
            setattr(dataset, keyword, "")
