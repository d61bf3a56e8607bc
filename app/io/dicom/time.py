"""Dates and times as headers write them: whole, cut short, with zones, with points and colons."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from datetime import time as time_of_day

from pydicom import config
from pydicom.valuerep import DT, TM, validate_value

#: An offset from UTC as DICOM writes it.
ZONE = re.compile(r"[+-](?:0\d|1[0-4])[0-5]\d")


def parse_time(value: str) -> timedelta | None:
    """Time of day (TM) as a time since midnight, or ``None``."""
    try:
        time = TM(_without_leap(value.strip().replace(":", ""), 4))
    except ValueError:
        return None
    if time is None:
        return None
    return timedelta(0, time.second, time.microsecond, 0, time.minute, time.hour)


def parse_datetime(value: str, zone: str = "") -> datetime | None:
    """Date and time (DT, or DA and TM run together) in the clock of ``zone``.

    Parameters
    ----------
    value
        ``YYYYMMDDHHMMSS.ffffff&ZZXX``; a value without a time of day gives ``None``.
    zone
        Timezone Offset From UTC (0008,0201) of the data set. A value with its own offset is
        brought to that zone; where either is missing the clocks are taken as one.
    """
    text = _without_leap(value.strip(), 12)
    try:
        # DT alone reads as much as it understands: 10:00 of "20240102103O00".
        validate_value("DT", text, config.RAISE)
        stated = DT(text)
    except ValueError:
        return None
    if stated is None or not text[8:10].isdigit():
        return None
    moment = datetime.combine(stated.date(), stated.time())
    if stated.tzinfo is None:
        return moment
    try:
        wanted = datetime.strptime(zone.strip(), "%z").tzinfo
        return moment.replace(tzinfo=stated.tzinfo).astimezone(wanted).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return moment


def joined(date: str, time: str) -> str:
    """Return a date (DA) and a time of day (TM) run together, as `parse_datetime` reads them.

    Old files write ``2024.01.02`` and ``12:30:00``.
    """
    return date.replace(".", "") + time.replace(":", "")


def _without_leap(text: str, at: int) -> str:
    # A leap second counts as the one before it, as in pydicom, which would warn of each.
    return f"{text[:at]}59{text[at + 2 :]}" if text[at : at + 2] == "60" else text


def zone_in(value: str) -> str:
    """Return the offset that a DT value ends with (``+0100``), or an empty string."""
    tail = value.strip()[-5:]
    return tail if len(value.strip()) > 12 and ZONE.fullmatch(tail) else ""


def at_midnight(moment: datetime) -> bool:
    """Whether a time is 00:00:00 sharp, as de-identification leaves it and no scanner writes it."""
    return moment.time() == time_of_day.min
