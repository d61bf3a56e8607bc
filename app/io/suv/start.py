"""When a PET's scan started, which START images are decay corrected to: QIBA's rule and its traps.

Times that de-identification set to zero, private dates that it left unshifted, series made again.
When the tracer was injected is for `app.io.suv.injection` to find.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any

from app.core.suv import formulas as suv
from app.io.dicom.time import ZONE, at_midnight, joined, parse_datetime, zone_in
from app.io.suv.header import SuvFrame, SuvHeader

_DAY = timedelta(days=1)
#: Scanners write some times with fractions of a second and some without.
_ROUNDING = timedelta(seconds=1)
#: No scan is longer; images of one bed position are not further apart in time.
_LONGEST_SCAN, _SAME_SCAN = timedelta(hours=12), timedelta(hours=2)
#: A change of the SUV (as a part) that is worth a word.
_NOTABLE = 0.01


@dataclass(frozen=True)
class ScanStart:
    """The time that START images are decay corrected to."""

    when: datetime
    rule: str
    headers: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def clock_of(header: SuvHeader) -> str:
    """Return the zone of the images' clock: Timezone Offset From UTC, or that of an acquisition.

    Empty where neither is stated.
    """
    if ZONE.fullmatch(header.timezone.strip()):
        return header.timezone.strip()
    return next((z for z in (zone_in(f.acquisition) for f in header.frames) if z), "")


def _stated_acquisitions(header: SuvHeader) -> list[tuple[SuvFrame, datetime]]:
    """Frames with their acquisition times; none where all of those were set to zero."""
    zone = clock_of(header)
    read = ((f, parse_datetime(f.acquisition, zone)) for f in header.frames)
    found = [(f, when) for f, when in read if when is not None]
    return [] if all(at_midnight(when) for _, when in found) else found


def _acquired(header: SuvHeader) -> list[tuple[SuvFrame, datetime]]:
    """Frames with their acquisition times, those left out that are not of the scan of the most."""
    found = _stated_acquisitions(header)
    if not found:
        return found
    middle = median_low([when for _, when in found])
    kept = [(f, when) for f, when in found if abs(when - middle) <= _LONGEST_SCAN]
    # De-identification may have set the times of some images to zero.
    timed = [(f, when) for f, when in kept if not at_midnight(when)]
    apart = [when for _, when in kept if at_midnight(when)]
    far = timed and apart and min(abs(when - apart[0]) for _, when in timed) > _SAME_SCAN
    return timed if far else kept


def odd_acquisitions(header: SuvHeader) -> tuple[str, ...]:
    """Say how many images state an acquisition time that is not of the scan."""
    total = len(_stated_acquisitions(header))
    apart = total - len(_acquired(header))
    if not apart:
        return ()
    verb = "states" if apart == 1 else "state"
    return (
        f"{apart} of {total} images {verb} an acquisition time far from that of the others, which "
        "is not used.",
    )


def _series_start(header: SuvHeader) -> datetime | None:
    return parse_datetime(joined(header.series_date, header.series_time), clock_of(header))


def times_removed(header: SuvHeader) -> bool:
    """Whether every time of the scan that is stated is zero: de-identification removed them."""
    zone = clock_of(header)
    stated = [_series_start(header), *(parse_datetime(f.acquisition, zone) for f in header.frames)]
    known = [x for x in stated if x is not None]
    return bool(known) and all(at_midnight(x) for x in known)


def acquisitions(header: SuvHeader) -> list[datetime]:
    """Acquisition time of every frame that states one; none where all were set to zero."""
    return [when for _, when in _acquired(header)]


def option_b_starts(
    header: SuvHeader, half_life_s: float, *, to_reference: bool = True
) -> list[datetime]:
    """Scan start by every frame: t_acq + T_ave − Frame Reference Time (IBSI-SUV option B).

    With ``to_reference`` false: the acquisition times themselves. Frames without the times are
    left out.
    """
    found = []
    for frame, acquired in _acquired(header):
        if not to_reference:
            found.append(acquired)
        elif frame.frame_reference_s is not None and frame.duration_s:
            average = suv.average_count_time_s(frame.duration_s, half_life_s)
            found.append(acquired + timedelta(seconds=average - frame.frame_reference_s))
    return found


def find_scan_start(
    header: SuvHeader, half_life_s: float | None, *, not_before: datetime | None = None
) -> ScanStart | None:
    """Return the scan start by QIBA's rule, or ``None`` without any time.

    Series time if it is not after the earliest acquisition; otherwise the vendor's private scan
    start (GE (0009,100D), Siemens (0071,1022)); otherwise back from the acquisitions. Times of
    00:00:00 beside others that are not are taken as removed.

    Parameters
    ----------
    header
        As read.
    half_life_s
        Half-life in s, where it is known.
    not_before
        A series or private time before this is not the scan's start: the injection.
    """
    series = _series_start(header)
    acquired = acquisitions(header)
    first = min(acquired) if acquired else None
    stated = {"SeriesDateTime": None if series is None else series.isoformat()}
    if first is not None:
        stated["AcquisitionDateTimeFirst"] = first.isoformat()
    if series is not None and "SeriesTime" in header.typed:
        return ScanStart(series, "SeriesTime as it was typed in", stated)
    if series is not None and first is None:
        note = ("No image states an acquisition time; the series time is taken as the scan start.",)
        return ScanStart(series, "SeriesDate and SeriesTime", stated, note)
    if first is None:
        return None
    early = series is not None and not_before is not None and series < not_before
    removed = series is not None and at_midnight(series)
    day_before = first - _DAY
    if series is not None and day_before < series <= first + _ROUNDING and not (early or removed):
        rule = "SeriesDate and SeriesTime, which are not after the earliest acquisition"
        return ScanStart(series, rule, stated, _before_acquisition(header, series, half_life_s))
    later, notes = _why_not_series(series, first, early=early, removed=removed)
    private = _private_start(header, first)
    if private is not None and (not_before is None or private[0] >= not_before):
        stated["PrivateScanStart"] = header.private_scan_start
        rule = f"{header.private_source} private scan start"
        return ScanStart(private[0], rule, stated, (*notes, *private[1]))
    found = _back_from_acquisition(header, half_life_s, first, stated, later)
    return replace(found, warnings=(*notes, *found.warnings))


def _why_not_series(
    series: datetime | None, first: datetime, *, early: bool, removed: bool
) -> tuple[str, tuple[str, ...]]:
    """Return why the series time is not the scan's start, as a clause, and what is to be said."""
    if series is None:
        return "there is no SeriesTime", ()
    if removed:
        why = "SeriesTime is 00:00:00, as de-identification leaves it"
        return why, (f"{why}; it is not used.",)
    if early:
        why = "SeriesTime is before the injection"
        return why, (f"{why}; the scan start is found from the acquisitions.",)
    if series > first:
        return "SeriesTime is after the earliest acquisition", ()
    why = "SeriesDate is more than a day before the acquisition"
    return why, (f"{why}; the scan start is found from the acquisitions.",)


def _before_acquisition(
    header: SuvHeader, series: datetime, half_life_s: float | None
) -> tuple[str, ...]:
    """Say where a series time lies long before the images, and no frame time explains it."""
    if not half_life_s or option_b_starts(header, half_life_s):
        return ()
    gap_s = (min(acquisitions(header)) - series).total_seconds()
    change = math.expm1(math.log(2.0) * gap_s / half_life_s)
    if change <= _NOTABLE:
        return ()
    return (
        f"SeriesTime is {gap_s:.0f} s before the earliest acquisition ({100 * change:.1f} % in "
        "SUV) and no frame states its reference time: SeriesTime is used.",
    )


def _private_start(header: SuvHeader, first: datetime) -> tuple[datetime, tuple[str, ...]] | None:
    """Return the vendor's scan start; its date is moved where de-identification left it behind."""
    moment = parse_datetime(header.private_scan_start, clock_of(header))
    if moment is None or at_midnight(moment):
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
