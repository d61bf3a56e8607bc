"""UIDs of series: the one that DICOM files state, and those of the parts it was taken into."""

from __future__ import annotations

import re

_PART = re.compile(r"(.+)#\d+")


def part_uid(series_uid: str, part: int) -> str:
    """Return the UID by which the program knows a part (from 0) of a DICOM series.

    A series may hold several things, of which each is a series to the program. The first part has
    the DICOM UID itself.

    >>> part_uid("1.2.3", 0), part_uid("1.2.3", 1)
    ('1.2.3', '1.2.3#2')
    """
    return f"{series_uid}#{part + 1}" if part else series_uid


def dicom_uid(series_uid: str) -> str:
    """Return the Series Instance UID that the files state.

    >>> dicom_uid("1.2.3#2")
    '1.2.3'
    """
    match = _PART.fullmatch(series_uid)
    return match[1] if match else series_uid
