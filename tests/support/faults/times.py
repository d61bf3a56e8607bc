"""Kind 5: the clock: when the tracer was given, when the scan began."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pydicom.dataset import Dataset

from tests.support.faults.fault import REFUSED, RIGHT, SAID, Apply, Fault, each, together
from tests.support.made.files import MadeStudy, set_raw, tracer_of
from tests.support.trials.verdict import Told

_ZERO = r"00:00|zero|midnight|de-?identif"
_INJECTION = r"inject"
_ZONE = r"zone|UTC|offset"
_TIME = r"time|inject|date"


def _header(**values: Any) -> Apply:
    def change(dataset: Dataset) -> None:
        for keyword, value in values.items():
            if value is None:
                if keyword in dataset:
                    delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, value)

    return each("all", change)


def _tracer(**values: Any) -> Apply:
    def change(dataset: Dataset) -> None:
        item = tracer_of(dataset)
        for keyword, value in values.items():
            if value is None:
                if keyword in item:
                    delattr(item, keyword)
            else:
                setattr(item, keyword, value)

    return each("all", change)


def _injected(after: timedelta, zone: str = "", *, dated: bool = True) -> Apply:
    """Set the injection to so long after the scan's start."""

    def apply(study: MadeStudy) -> None:
        moment = study.made.recipe.started + after
        time = moment.strftime("%H%M%S")
        both = moment.strftime("%Y%m%d") + time + zone
        _tracer(
            RadiopharmaceuticalStartTime=time,
            RadiopharmaceuticalStartDateTime=both if dated else None,
        )(study)

    return apply


def _zone_of_injection(hours: int, shift: int | None = None) -> Apply:
    """State the same moment in another zone; ``shift`` moves the clock otherwise."""

    def apply(study: MadeStudy) -> None:
        moved = study.made.recipe.injected + timedelta(hours=hours if shift is None else shift)
        text = moved.strftime("%Y%m%d%H%M%S") + f"{hours:+03d}00"
        _tracer(RadiopharmaceuticalStartDateTime=text)(study)

    return apply


_ALL_ZERO = dict.fromkeys(("StudyTime", "SeriesTime", "AcquisitionTime"), "000000")


def time_faults() -> list[Fault]:
    """Return the faults of this kind."""
    return [*_zeroed(), *_after_the_scan(), *_dateless(), *_zones(), *_disagreeing(), *_sound()]


def _zeroed() -> list[Fault]:
    kind = "times"
    date_time = {"RadiopharmaceuticalStartDateTime": "20240305000000"}
    time = {"RadiopharmaceuticalStartTime": "000000"}
    none = {"RadiopharmaceuticalStartDateTime": None}
    rows: tuple[tuple[str, str, Apply], ...] = (
        ("10-a1_injection", "the injection's time", _tracer(**time, **none)),
        (
            "10-a2_injection_dated",
            "the injection's time, with a date",
            _tracer(**time, **date_time),
        ),
        ("10-a3_all", "all times", together(_header(**_ALL_ZERO), _tracer(**time, **date_time))),
        (
            "10-a4_all_undated",
            "all times, no date",
            together(_header(**_ALL_ZERO), _tracer(**time, **none)),
        ),
        ("10-a5_scan", "the scan's times", _header(**_ALL_ZERO)),
        (
            "10-a6_all_absent_series",
            "all times, no series time",
            together(_header(**{**_ALL_ZERO, "SeriesTime": None}), _tracer(**time, **date_time)),
        ),
        (
            "10-a7_all_fraction",
            "all times, with fractions",
            together(
                _header(**dict.fromkeys(_ALL_ZERO, "000000.000000")),
                _tracer(RadiopharmaceuticalStartTime="000000.00", **none),
            ),
        ),
    )
    return [
        Fault(
            f"{name}_zeroed",
            kind,
            f"{says} 00:00:00 by de-identification",
            apply,
            _ZERO + "|" + _INJECTION,
            known=False,
            accepted=SAID,
            reason="time|inject|00:00",
        )
        for name, says, apply in rows
    ] + [
        Fault(
            "10-a8_series_time_zeroed",
            kind,
            "series and study time 00:00:00 alone",
            _header(SeriesTime="000000", StudyTime="000000"),
            _TIME,
        ),
        Fault(
            "10-a9_acquisition_zeroed",
            kind,
            "acquisition times 00:00:00 alone",
            _header(AcquisitionTime="000000"),
            _TIME,
        ),
    ]


def _no_day_before(told: Told) -> str:
    """Say where a day of decay was assumed: it gives 9,000 times the SUV, none gives 12.0."""
    found = [x[0] for x in told.measured.values()]
    return f"SUVmax {found[0]:.0f}: the day before is assumed" if found and found[0] > 20 else ""


def _after_the_scan() -> list[Fault]:
    kind, found = "times", list[Fault]()
    for minutes in (2, 5, 20, 90, 300):
        for dated in (True, False):
            found.append(
                Fault(
                    f"10-b_injection_{minutes}_min_after{'' if dated else '_undated'}",
                    kind,
                    f"injection {minutes} min after the start of the scan",
                    _injected(timedelta(minutes=minutes), dated=dated),
                    _INJECTION,
                    known=False,
                    accepted=SAID,
                    reason=_INJECTION,
                    bound=_no_day_before,
                )
            )
    for hours in (24, 26, 48):
        found.append(
            Fault(
                f"10-e_c11_{hours}_h",
                kind,
                f"C-11 given {hours} h before the scan",
                _injected(timedelta(hours=-hours)),
                r"half-li|inject",
                known=False,
                accepted=SAID,
                reason="half-li|inject",
                recipe={"tracer": "C11"},
            )
        )
    return [
        *found,
        Fault(
            "10-e_f18_day_before",
            kind,
            "F-18 given 25 h before the scan",
            _injected(timedelta(hours=-25)),
            r"half-li|inject|uptake",
            known=False,
            accepted=SAID,
            reason="half-li|inject",
        ),
        Fault(
            "10-e_rb82_one_hour",
            kind,
            "Rb-82 given an hour before the scan",
            _injected(timedelta(hours=-1)),
            r"half-li|inject",
            known=False,
            accepted=SAID,
            reason="half-li|inject",
            recipe={"tracer": "RB82"},
        ),
        Fault(
            "10-e_f18_year_before",
            kind,
            "injection a year before the scan",
            _injected(timedelta(days=-365, hours=-1)),
            r"inject|date",
            reason=r"inject|date",
        ),
    ]


def _dateless() -> list[Fault]:
    kind, found = "times", list[Fault]()
    for tracer in ("ZR89", "I124"):
        found.append(
            Fault(
                f"10-c_{tracer.lower()}_time_only",
                kind,
                f"{tracer}: a time of day alone",
                lambda _: None,
                r"day|date",
                known=False,
                accepted=SAID,
                reason=r"day|date",
                recipe={"tracer": tracer, "dated": False},
            )
        )
    return [
        *found,
        Fault(
            "10-c_cu64_time_only",
            kind,
            "CU64 given two hours before: a time of day alone",
            lambda _: None,
            r"day|date",
            recipe={"tracer": "CU64", "dated": False},
        ),
        Fault(
            "10-c_cu64_yesterday_time_only",
            kind,
            "CU64 given 26 h before: a time of day alone",
            lambda _: None,
            r"day|date",
            recipe={"tracer": "CU64", "dated": False, "waited_s": 93600.0},
        ),
        Fault(
            "10-c_no_time",
            kind,
            "no injection time at all",
            _tracer(RadiopharmaceuticalStartTime=None, RadiopharmaceuticalStartDateTime=None),
            accepted=REFUSED,
            reason=r"StartDateTime|inject",
        ),
        Fault(
            "10-c_date_alone",
            kind,
            "injection date without a time",
            _tracer(RadiopharmaceuticalStartTime=None, RadiopharmaceuticalStartDateTime="20240305"),
            accepted=REFUSED,
            reason=r"StartDateTime|inject",
        ),
        Fault(
            "10-c_text",
            kind,
            "an injection time that is text",
            _texts(lambda d: _raw_times(d, "abc")),
            accepted=REFUSED,
            reason=r"StartDateTime|inject|time",
        ),
    ]


def _texts(change: Callable[[Dataset], None]) -> Apply:
    return each("all", lambda d: change(tracer_of(d)))


def _raw_times(item: Dataset, text: str) -> None:
    set_raw(item, "RadiopharmaceuticalStartTime", "TM", text)
    set_raw(item, "RadiopharmaceuticalStartDateTime", "DT", text)


def _zones() -> list[Fault]:
    kind = "times"
    return [
        Fault(
            "11-a_injection_zone_as_scan",
            kind,
            "the same zone in both",
            _zone_of_injection(1, 0),
            accepted=RIGHT,
            recipe={"zone": "+0100"},
        ),
        Fault(
            "11-b_injection_other_zone",
            kind,
            "injection in UTC, scan in +0100",
            _zone_of_injection(0, -1),
            accepted=RIGHT,
            recipe={"zone": "+0100"},
        ),
        Fault(
            "11-c_injection_utc_scan_unknown",
            kind,
            "injection in UTC, scan's zone unknown",
            _zone_of_injection(0, -1),
            _ZONE,
            reason=_ZONE,
        ),
        Fault(
            "11-d_injection_zoned_same_clock",
            kind,
            "injection with a zone on the scan's clock, scan's zone unknown",
            _zone_of_injection(1, 0),
            _ZONE,
        ),
        Fault(
            "11-e_scan_zone_alone",
            kind,
            "a zone for the scan alone",
            lambda _: None,
            _ZONE,
            recipe={"zone": "+0200"},
        ),
        Fault(
            "11-f_zone_damaged",
            kind,
            "a zone that is text",
            together(_header(TimezoneOffsetFromUTC="CET"), _zone_of_injection(0, -1)),
            _ZONE,
        ),
        Fault(
            "11-g_injection_zone_far",
            kind,
            "injection in -0500, scan in +0900",
            _zone_of_injection(-5, -14),
            accepted=RIGHT,
            recipe={"zone": "+0900"},
        ),
        Fault(
            "11-h_zone_past_midnight",
            kind,
            "the zone's shift passes midnight",
            _zone_of_injection(-5, -6),
            accepted=RIGHT,
            recipe={"zone": "+0100", "started": datetime(2024, 3, 5, 3, 0)},
        ),
    ]


def _disagreeing() -> list[Fault]:
    kind, two = "times", r"disagree|differ|inject|apart"
    return [
        Fault(
            "10-d_time_and_datetime_30_min",
            kind,
            "start time and date-time 30 min apart",
            _tracer(RadiopharmaceuticalStartTime="093000"),
            two,
            always=two,
        ),
        Fault(
            "10-d_datetime_wrong_time_right",
            kind,
            "the date-time 30 min off",
            _tracer(RadiopharmaceuticalStartDateTime="20240305093000"),
            two,
            always=two,
        ),
        Fault(
            "10-d_datetime_other_day",
            kind,
            "the date-time of another day",
            _tracer(RadiopharmaceuticalStartDateTime="20240304100000"),
            two + r"|date",
        ),
        Fault(
            "10-d_datetime_zero",
            kind,
            "date-time of midnight, time right",
            _tracer(RadiopharmaceuticalStartDateTime="20240305000000"),
            two + "|00:00",
            always=two + "|00:00",
        ),
        Fault(
            "10-f_series_after_acquisition",
            kind,
            "series time of the reconstruction",
            _header(SeriesTime="123000"),
            _TIME,
            accepted=RIGHT,
            recipe={"bed_s": 60.0},
        ),
        Fault(
            "10-f_series_tomorrow",
            kind,
            "series date of the next day",
            _header(SeriesDate="20240306"),
            _TIME,
        ),
        Fault(
            "10-f_series_years_before",
            kind,
            "series date shifted by years",
            _header(SeriesDate="20100306"),
            _TIME,
        ),
        Fault(
            "10-f_acquisition_absent",
            kind,
            "no acquisition times",
            _header(AcquisitionTime=None, AcquisitionDate=None),
            _TIME,
        ),
        Fault("10-f_series_time_absent", kind, "no series time", _header(SeriesTime=None), _TIME),
        Fault(
            "10-f_none_at_all",
            kind,
            "no time of the scan",
            _header(SeriesTime=None, AcquisitionTime=None, StudyTime=None),
            accepted=REFUSED,
            reason=r"time",
        ),
        Fault(
            "10-f_reference_time_absurd",
            kind,
            "an absurd Frame Reference Time",
            _header(FrameReferenceTime=1.0e12),
            _TIME,
            recipe={"bed_s": 60.0},
        ),
        Fault(
            "10-f_dates_apart",
            kind,
            "acquisition dates of another year",
            _header(AcquisitionDate="20230305"),
            _TIME + "|start",
        ),
    ]


def _sound() -> list[Fault]:
    kind = "times"
    rows: tuple[tuple[str, dict[str, Any]], ...] = (
        ("midnight", {"started": datetime(2024, 3, 5, 0, 30)}),
        ("midnight_undated", {"started": datetime(2024, 3, 5, 0, 30), "dated": False}),
        ("new_year", {"started": datetime(2024, 1, 1, 0, 20)}),
        ("beds", {"bed_s": 60.0}),
        ("beds_over_midnight", {"bed_s": 600.0, "started": datetime(2024, 3, 5, 23, 30)}),
        ("none", {"decay": "NONE", "bed_s": 60.0}),
        ("admin", {"decay": "ADMIN"}),
        ("fractions", {"started": datetime(2024, 3, 5, 11, 0, 0, 250000)}),
    )
    found = [
        Fault(
            f"10-sound_{name}",
            kind,
            f"times in order: {name.replace('_', ' ')}",
            lambda _: None,
            accepted=RIGHT,
            recipe=recipe,
        )
        for name, recipe in rows
    ]
    return [
        *found,
        Fault(
            "10-sound_old_format",
            kind,
            "times with colons, as old files write them",
            _texts(_raw_times_old),
            accepted=RIGHT,
        ),
        Fault(
            "10-sound_minutes",
            kind,
            "an injection time of hours and minutes",
            _tracer(RadiopharmaceuticalStartTime="1000", RadiopharmaceuticalStartDateTime=None),
            accepted=RIGHT,
        ),
    ]


def _raw_times_old(item: Dataset) -> None:
    set_raw(item, "RadiopharmaceuticalStartTime", "TM", "10:00:00")
    del item["RadiopharmaceuticalStartDateTime"]
