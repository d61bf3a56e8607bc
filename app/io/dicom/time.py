"""Dates and times of a PET study: when the tracer was injected, when the scan started.

All of DICOM's clock traps live here: missing dates, midnight, time zones, private dates that
de-identification left unshifted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any

from pydicom import config
from pydicom.valuerep import DT, TM, validate_value

from app.core.study import suv
from app.io.dicom.suv_header import SuvHeader

_DAY = timedelta(days=1)
#: Scanners write some times with fractions of a second and some without.
_ROUNDING = timedelta(seconds=1)


@dataclass(frozen=True)
class ScanStart:
    """The time that START images are decay corrected to."""

    when: datetime
    rule: str
    headers: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Injection:
    """When the tracer was given."""

    when: datetime
    headers: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


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


def acquisitions(header: SuvHeader) -> list[datetime]:
    """Acquisition time of every frame that states one."""
    found = (parse_datetime(f.acquisition, header.timezone) for f in header.frames)
    return [x for x in found if x is not None]


def option_b_starts(
    header: SuvHeader, half_life_s: float, *, to_reference: bool = True
) -> list[datetime]:
    """Scan start by every frame: t_acq + T_ave − Frame Reference Time (IBSI-SUV option B).

    With ``to_reference`` false: the acquisition times themselves. Frames without the times are
    left out.
    """
    found = []
    for frame in header.frames:
        acquired = parse_datetime(frame.acquisition, header.timezone)
        if acquired is None:
            continue
        if not to_reference:
            found.append(acquired)
        elif frame.frame_reference_s is not None and frame.duration_s:
            average = suv.average_count_time_s(frame.duration_s, half_life_s)
            found.append(acquired + timedelta(seconds=average - frame.frame_reference_s))
    return found


def find_scan_start(header: SuvHeader, half_life_s: float | None) -> ScanStart | None:
    """Return the scan start by QIBA's rule, or ``None`` without any time.

    Series time if it is not after the earliest acquisition; otherwise the vendor's private scan
    start (GE (0009,100D), Siemens (0071,1022)); otherwise back from the acquisitions.
    """
    series = parse_datetime(joined(header.series_date, header.series_time), header.timezone)
    acquired = acquisitions(header)
    first = min(acquired) if acquired else None
    stated = {"SeriesDateTime": None if series is None else series.isoformat()}
    if first is not None:
        stated["AcquisitionDateTimeFirst"] = first.isoformat()
    if series is not None and first is None:
        note = ("No image states an acquisition time; the series time is taken as the scan start.",)
        return ScanStart(series, "SeriesDate and SeriesTime", stated, note)
    if series is not None and first is not None and first - _DAY < series <= first + _ROUNDING:
        rule = "SeriesDate and SeriesTime, which are not after the earliest acquisition"
        return ScanStart(series, rule, stated)
    if first is None:
        return None
    private = _private_start(header, first)
    if private is not None:
        moment, notes = private
        stated["PrivateScanStart"] = header.private_scan_start
        return ScanStart(moment, f"{header.private_source} private scan start", stated, notes)
    later = (
        "there is no SeriesTime"
        if series is None
        else "SeriesTime is after the earliest acquisition"
        if series > first
        else "SeriesDate is more than a day before the acquisition"
    )
    return _back_from_acquisition(header, half_life_s, first, stated, later)


def _private_start(header: SuvHeader, first: datetime) -> tuple[datetime, tuple[str, ...]] | None:
    """Return the vendor's scan start; its date is moved where de-identification left it behind."""
    moment = parse_datetime(header.private_scan_start, header.timezone)
    if moment is None:
        return None
    if first - _DAY < moment <= first + timedelta(minutes=1):
        return moment, ()
    days = round((first - moment) / _DAY)
    moved = moment + days * _DAY
    if moved > first + timedelta(minutes=1):
        moved -= _DAY
    if first - moved > timedelta(hours=12):
        # Neither the date nor the time of day fits the acquisition: not usable.
        return None
    note = "The private scan start has another date than the images; only its time of day is used."
    return moved, (note,)


def _back_from_acquisition(
    header: SuvHeader,
    half_life_s: float | None,
    first: datetime,
    stated: dict[str, Any],
    later: str,
) -> ScanStart:
    starts = option_b_starts(header, half_life_s) if half_life_s else []
    if not starts:
        note = (
            f"The earliest acquisition is taken as the scan start, because {later} and frame "
            "times are missing.",
        )
        return ScanStart(first, "the earliest acquisition", stated, note)
    moment = median_low(starts)
    notes: tuple[str, ...] = ()
    spread_s = (max(starts) - min(starts)).total_seconds()
    if half_life_s and spread_s > 0.01 * half_life_s:
        notes = (f"Frames disagree on the scan start by {spread_s:.0f} s; the median is used.",)
    rule = f"back from acquisition by FrameReferenceTime, because {later}"
    return ScanStart(moment, rule, stated, notes)


def find_injection(
    header: SuvHeader, start: ScanStart | None, half_life_s: float | None
) -> Injection | None:
    """Return when the tracer was given, or ``None`` where no usable time is stated.

    The full date and time if it fits the scan; otherwise its time of day, or the time alone, on
    the scan's date, a day earlier where that would put the injection after the scan.
    """
    if start is None:
        return None
    acquired = acquisitions(header)
    scan = min([start.when, *acquired]) if acquired else start.when
    full = parse_datetime(header.injection_datetime, header.timezone)
    # A tracer is imaged within some half-lives; a longer gap is a date that was not shifted.
    longest = max(_DAY, timedelta(seconds=20 * (half_life_s or 0.0)))
    grace = timedelta(minutes=10) if header.dynamic else timedelta(seconds=1)
    headers: dict[str, Any] = {}
    if header.injection_datetime:
        headers["RadiopharmaceuticalStartDateTime"] = header.injection_datetime.strip()
    if full is not None and -grace <= scan - full <= longest:
        return Injection(full, headers)
    time = parse_time(header.injection_time)
    if header.injection_time:
        headers["RadiopharmaceuticalStartTime"] = header.injection_time.strip()
    notes: list[str] = []
    if full is not None:
        notes.append("The injection's date does not fit the scan; only its time of day is used.")
        if time is None:
            time = full - full.replace(hour=0, minute=0, second=0, microsecond=0)
    if time is None:
        return None
    moment = scan.replace(hour=0, minute=0, second=0, microsecond=0) + time
    if moment > scan + grace:
        moment -= _DAY
        notes.append("The injection time is after the scan's: the day before is assumed.")
    return Injection(moment, headers, tuple(notes))
