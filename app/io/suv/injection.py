"""When the tracer was injected: which of a header's times says so, or why none can be believed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from app.io.dicom.time import at_midnight, parse_datetime, parse_time, zone_in
from app.io.suv.header import SuvHeader
from app.io.suv.start import ScanStart, acquisitions, clock_of

_DAY = timedelta(days=1)
#: Below this half-life a tracer is gone a day later, so that a time of day tells the day.
_SHORT_LIVED_S = 6 * 3600.0
#: No one images a short-lived tracer after more half-lives, or a long-lived one after more.
_MOST_HALF_LIVES, _MOST_LONG_LIVED = 4.0, 8.0
_LEAST_REACH, _MOST_REACH = timedelta(minutes=10), timedelta(days=60)
#: Clocks are read to the second, doses noted to the minute.
_SECOND, _MINUTE, _QUARTER = timedelta(seconds=1), timedelta(minutes=1), timedelta(minutes=15)
#: A dynamic scan may be started before the injection.
_DYNAMIC_GRACE = timedelta(minutes=10)


@dataclass(frozen=True)
class Injection:
    """When the tracer was given; ``when`` is ``None`` where that is not known.

    ``why`` then is the reason, a clause; it is empty where no time is stated at all.
    ``contradicts`` says that a time is stated which the scan rules out.
    """

    when: datetime | None
    headers: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    why: str = ""
    contradicts: bool = False


@dataclass
class _Case:
    """One header's times in the images' clock, and what is said while they are judged."""

    scan: datetime
    reach: timedelta
    grace: timedelta
    short_lived: bool
    notes: list[str] = field(default_factory=list)

    def fits(self, moment: datetime) -> bool:
        return -self.grace <= self.scan - moment <= self.reach

    def of_the_day(self, time: timedelta) -> datetime:
        """Return a time of day before the scan: on its date, otherwise on the day before."""
        moment = self.scan.replace(hour=0, minute=0, second=0, microsecond=0) + time
        return moment if moment <= self.scan + self.grace else moment - _DAY


def reach_of(half_life_s: float) -> timedelta:
    """Return the longest time from injection to scan that is believed."""
    most = _MOST_HALF_LIVES if half_life_s < _SHORT_LIVED_S else _MOST_LONG_LIVED
    seconds = min(most * half_life_s, _MOST_REACH.total_seconds())
    return max(_LEAST_REACH, timedelta(seconds=seconds))


def find_injection(header: SuvHeader, start: ScanStart, half_life_s: float) -> Injection:
    """Return when the tracer was given.

    The full date and time where it fits the scan: not after it, and not before it by more than a
    few half-lives. Otherwise the time of day, on the scan's date or the day before, where the
    tracer is so short-lived that no other day is possible. A time after the scan is never moved to
    another day unless its date is wrong by a day or more.
    """
    acquired = acquisitions(header)
    scan = min([start.when, *acquired]) if acquired else start.when
    case = _Case(
        scan,
        reach_of(half_life_s),
        _DYNAMIC_GRACE if header.dynamic else _SECOND,
        half_life_s < _SHORT_LIVED_S,
    )
    headers = {
        keyword: value.strip()
        for keyword, value in (
            ("RadiopharmaceuticalStartDateTime", header.injection_datetime),
            ("RadiopharmaceuticalStartTime", header.injection_time),
        )
        if value.strip()
    }
    found = _judged(header, case)
    return replace(found, headers=headers, warnings=(*case.notes, *found.warnings))


def _judged(header: SuvHeader, case: _Case) -> Injection:
    time = parse_time(header.injection_time)
    full = _full(header, time, case)
    if full is None and time is None:
        stated = bool(header.injection_datetime.strip() or header.injection_time.strip())
        return Injection(None, why="the time of the injection cannot be read" if stated else "")
    zero = full is not None and _at_zero(header) and not _same_time(full, time)
    if (full is None or zero) and not time:
        return Injection(
            None,
            why="the injection time is 00:00:00, as de-identification leaves it",
        )
    if full is not None and zero and time:
        full = _midnight_of(full) + time
        case.notes.append(
            "RadiopharmaceuticalStartDateTime is at 00:00:00; RadiopharmaceuticalStartTime is used "
            "on its date."
        )
    if full is None:
        assert time is not None
        return _by_time_of_day(time, case)
    if case.fits(full):
        return Injection(full, warnings=_disagreement(full, time))
    return _off(full, time, case)


def _full(header: SuvHeader, time: timedelta | None, case: _Case) -> datetime | None:
    """Return the stated date and time in the images' clock, or ``None``."""
    stated = header.injection_datetime.strip()
    zone, own = clock_of(header), zone_in(stated)
    full = parse_datetime(stated, zone)
    if full is None:
        date = parse_datetime(f"{stated}000000") if len(stated) == 8 else None
        if date is not None and time is not None:
            return date + time
        if stated and date is None:
            case.notes.append("RadiopharmaceuticalStartDateTime cannot be read and is not used.")
        return None
    if not own or zone or _at_zero(header):
        return full
    if time is None:
        case.notes.append(
            f"The injection is stated in the zone {own} and the images in none: their clocks are "
            "taken as one."
        )
        return full
    shift = time - (full - _midnight_of(full))
    shift -= round(shift / _DAY) * _DAY
    if abs(shift) <= _MINUTE:
        return full
    if abs(shift - round(shift / _QUARTER) * _QUARTER) <= _SECOND:
        case.notes.append(
            f"RadiopharmaceuticalStartDateTime is in the zone {own} and the images state none: "
            "RadiopharmaceuticalStartTime, in the clock of the images, is used."
        )
        return full + shift
    return full


def _at_zero(header: SuvHeader) -> bool:
    """Whether the date and time is at midnight of whatever clock it is written in."""
    own = parse_datetime(header.injection_datetime)
    return own is not None and at_midnight(own)


def _same_time(full: datetime, time: timedelta | None) -> bool:
    """Whether a time of day is stated, and is that of a moment that is not at midnight itself."""
    return bool(time) and abs(full - _midnight_of(full) - (time or _DAY)) <= _MINUTE


def _midnight_of(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _by_time_of_day(time: timedelta, case: _Case) -> Injection:
    if not case.short_lived:
        return Injection(
            None, why="the day of the injection is not stated, which matters for this half-life"
        )
    moment = case.of_the_day(time)
    if not case.fits(moment):
        return _not_fitting(_midnight_of(case.scan) + time, case)
    if moment.date() < case.scan.date():
        case.notes.append("The injection time is after the scan's: the day before is assumed.")
    return Injection(moment)


def _off(full: datetime, time: timedelta | None, case: _Case) -> Injection:
    """Judge a full time that does not fit: its date may be wrong, or its time of day."""
    off = case.scan - full
    wrong_date = off > _DAY - timedelta(hours=4) or off < -timedelta(hours=16)
    own_time = full - _midnight_of(full)
    if wrong_date and case.short_lived:
        moment = case.of_the_day(own_time if time is None else time)
        if case.fits(moment):
            case.notes.append(
                "The injection's date does not fit the scan; only its time of day is used."
            )
            return Injection(moment)
    elif time is not None and case.short_lived and abs(time - own_time) > _MINUTE:
        moment = case.of_the_day(time)
        if case.fits(moment):
            case.notes.append(
                f"RadiopharmaceuticalStartDateTime does not fit the scan ({_gap(full, case)}); "
                "RadiopharmaceuticalStartTime is used."
            )
            return Injection(moment)
    return _not_fitting(full, case)


def _not_fitting(moment: datetime, case: _Case) -> Injection:
    long = "" if moment > case.scan else ", too long for its half-life"
    why = f"the injection is stated {_gap(moment, case)}{long}"
    return Injection(None, why=why, contradicts=True)


def _gap(moment: datetime, case: _Case) -> str:
    seconds = (case.scan - moment).total_seconds()
    side = "before" if seconds >= 0 else "after"
    seconds = abs(seconds)
    if seconds < 120:
        long = f"{seconds:.0f} s"
    elif seconds < 7200:
        long = f"{seconds / 60:.0f} min"
    elif seconds < 48 * 3600:
        long = f"{seconds / 3600:.1f} h"
    else:
        long = f"{seconds / 86400:.1f} days"
    return f"{long} {side} the scan's start"


def _disagreement(full: datetime, time: timedelta | None) -> tuple[str, ...]:
    """Say where the time of day is another than that of the date and time."""
    if time is None or not time:
        return ()
    apart = time - (full - _midnight_of(full))
    apart -= round(apart / _DAY) * _DAY
    if abs(apart) <= _MINUTE:
        return ()
    minutes = abs(apart).total_seconds() / 60
    return (
        f"RadiopharmaceuticalStartTime and RadiopharmaceuticalStartDateTime are {minutes:.0f} min "
        "apart; the date and time is used.",
    )
