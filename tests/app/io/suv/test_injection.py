"""When the tracer was given: families of nuclide x times x decay x zone with an analytic truth.

Every case gives the true factor, or none with the reason, or a note: never a believable wrong
number in silence.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.io.suv.injection import reach_of
from app.io.suv.override import override
from app.io.suv.rules import suv_scale
from tests.support.suv_headers import (
    LONG_LIVED,
    SCAN,
    SHORT_LIVED,
    TRACERS,
    dt,
    header_of,
    right,
    tm,
    truth,
)


@pytest.mark.parametrize("decay", ["START", "ADMIN", "NONE"])
@pytest.mark.parametrize("nuclide", TRACERS)
def test_healthy_headers_give_the_truth_without_a_word(nuclide: str, decay: str) -> None:
    scale = suv_scale(header_of(nuclide, decay=decay))
    assert right(scale, truth(nuclide, decay))
    assert scale.warnings == ()


@pytest.mark.parametrize("decay", ["START", "NONE"])
@pytest.mark.parametrize("nuclide", TRACERS)
@pytest.mark.parametrize("zero", ["000000", "000000.00", "0000", "00:00:00"])
def test_times_that_were_all_set_to_zero_give_no_suv(zero: str, nuclide: str, decay: str) -> None:
    header = header_of(nuclide, decay=decay)
    date = header.series_date
    frames = tuple(replace(f, acquisition=date + zero.replace(":", "")) for f in header.frames)
    header = replace(
        header,
        injection_datetime=date + zero.replace(":", ""),
        injection_time=zero,
        series_time=zero,
        frames=frames,
    )
    scale = suv_scale(header)
    assert scale.type is None
    assert "00:00:00" in scale.why
    # What a person knows of the times is enough again.
    hours = TRACERS[nuclide][2]
    typed = override(
        header,
        {
            "SeriesTime": "110000",
            "RadiopharmaceuticalStartDateTime": dt(SCAN - timedelta(hours=hours)),
        },
    )
    if decay == "START":
        assert right(suv_scale(typed), truth(nuclide))


@pytest.mark.parametrize("nuclide", TRACERS)
def test_zero_times_do_not_matter_where_images_are_decayed_to_the_injection(nuclide: str) -> None:
    header = header_of(nuclide, decay="ADMIN")
    zero = header.series_date + "000000"
    header = replace(
        header,
        injection_datetime=zero,
        injection_time="000000",
        series_time="000000",
        frames=tuple(replace(f, acquisition=zero) for f in header.frames),
    )
    scale = suv_scale(header)
    assert right(scale, truth(nuclide, "ADMIN"))
    assert scale.warnings == ()


@pytest.mark.parametrize("nuclide", TRACERS)
def test_an_injection_at_zero_is_none(nuclide: str) -> None:
    header = header_of(nuclide)
    zero = header.injection_datetime[:8] + "000000"
    scale = suv_scale(replace(header, injection_datetime=zero, injection_time="000000"))
    assert scale.type is None
    assert scale.missing == ("RadiopharmaceuticalStartDateTime",)
    # The time of day alone completes the date.
    scale = suv_scale(replace(header, injection_datetime=zero))
    assert right(scale, truth(nuclide))
    assert scale.warnings
    scale = suv_scale(replace(header, injection_datetime=zero[:8]))
    assert right(scale, truth(nuclide))


@pytest.mark.parametrize("nuclide", TRACERS)
def test_one_zero_among_good_times_of_the_scan_is_not_used(nuclide: str) -> None:
    header = header_of(nuclide)
    scale = suv_scale(replace(header, series_time="000000"))
    assert right(scale, truth(nuclide))
    assert any("SeriesTime is 00:00:00" in w for w in scale.warnings)
    zero = header.series_date + "000000"
    frames = tuple(replace(f, acquisition=zero) for f in header.frames)
    scale = suv_scale(replace(header, frames=frames))
    assert right(scale, truth(nuclide))
    assert scale.warnings


@pytest.mark.parametrize("late", [2, 60, 120, 600, 3600, 5 * 3600, 11 * 3600])
@pytest.mark.parametrize("stated", ["both", "date and time", "time"])
@pytest.mark.parametrize("nuclide", TRACERS)
def test_an_injection_after_the_scan_is_never_of_the_day_before(
    nuclide: str, stated: str, late: int
) -> None:
    injected = SCAN + timedelta(seconds=late)
    header = replace(
        header_of(nuclide),
        injection_datetime="" if stated == "time" else dt(injected),
        injection_time="" if stated == "date and time" else tm(injected),
    )
    scale = suv_scale(header)
    assert scale.type is None
    assert "RadiopharmaceuticalStartDateTime" in scale.missing


@pytest.mark.parametrize("late_h", [9, 11, 14])
@pytest.mark.parametrize("stated", ["both", "date and time"])
def test_a_stated_day_is_not_changed_for_a_tracer_of_hours(stated: str, late_h: int) -> None:
    """The day before would be near enough for Sc-44 (4 h)."""
    injected = SCAN + timedelta(hours=late_h)
    header = replace(
        header_of("F-18"),
        half_life_s=14292.0,
        nuclides=("Sc-44",),
        injection_datetime=dt(injected),
        injection_time=tm(injected) if stated == "both" else "",
    )
    assert suv_scale(header).type is None


@pytest.mark.parametrize("nuclide", TRACERS)
@pytest.mark.parametrize("decay", ["START", "NONE", "ADMIN"])
def test_a_late_injection_is_said_even_where_it_does_not_enter(nuclide: str, decay: str) -> None:
    late = dt(SCAN + timedelta(minutes=30))
    scale = suv_scale(
        replace(header_of(nuclide, decay=decay), injection_datetime=late, injection_time="")
    )
    assert (scale.type is None) == (decay != "ADMIN")
    assert "after the scan's start" in " ".join((scale.why, *scale.warnings))


@pytest.mark.parametrize("nuclide", LONG_LIVED)
def test_a_time_of_day_does_not_tell_the_day_of_a_long_lived_tracer(nuclide: str) -> None:
    header = replace(header_of(nuclide), injection_datetime="")
    for time in ("100000", header.injection_time):
        scale = suv_scale(replace(header, injection_time=time))
        assert scale.type is None
        assert "day of the injection" in scale.why
    # Neither does a date that de-identification left elsewhere.
    scale = suv_scale(replace(header, injection_datetime="19990101100000"))
    assert scale.type is None


@pytest.mark.parametrize("nuclide", SHORT_LIVED)
@pytest.mark.parametrize("scan", [SCAN, datetime(2024, 3, 5, 0, 5), datetime(2024, 3, 1, 0, 30)])
def test_a_time_of_day_tells_the_day_of_a_short_lived_tracer(nuclide: str, scan: datetime) -> None:
    header = header_of(nuclide, scan=scan)
    for changed in (
        replace(header, injection_datetime=""),
        replace(header, injection_datetime="19000101" + header.injection_time),
        replace(header, injection_datetime="19000101" + header.injection_time, injection_time=""),
    ):
        assert right(suv_scale(changed), truth(nuclide))


@pytest.mark.parametrize("days", [-1, 1, -365, 365])
@pytest.mark.parametrize("nuclide", SHORT_LIVED)
def test_a_date_that_is_off_by_days_leaves_the_time_of_day(nuclide: str, days: int) -> None:
    header = header_of(nuclide)
    injected = SCAN - timedelta(hours=TRACERS[nuclide][2]) + timedelta(days=days)
    scale = suv_scale(replace(header, injection_datetime=dt(injected)))
    assert right(scale, truth(nuclide))
    assert any("date does not fit" in w for w in scale.warnings)


@pytest.mark.parametrize("nuclide", TRACERS)
def test_an_uptake_beyond_what_is_left_of_the_tracer_is_refused(nuclide: str) -> None:
    half_life = TRACERS[nuclide][0]
    longest = reach_of(half_life)
    for injected, offered in (
        (SCAN - longest + timedelta(minutes=1), True),
        (SCAN - longest - timedelta(minutes=1), False),
    ):
        scale = suv_scale(
            replace(header_of(nuclide), injection_datetime=dt(injected), injection_time="")
        )
        assert (scale.type is not None) == offered
        assert scale.why or scale.warnings
    assert longest <= timedelta(seconds=8 * half_life)


@pytest.mark.parametrize("minutes", [-90, -20, -2, 2, 20, 40])
def test_two_times_that_disagree_are_said(minutes: int) -> None:
    injected = SCAN - timedelta(hours=1)
    other = injected + timedelta(minutes=minutes)
    scale = suv_scale(replace(header_of("F-18"), injection_time=tm(other)))
    assert right(scale, truth("F-18"))
    assert any(f"{abs(minutes)} min apart" in w for w in scale.warnings)


def test_the_other_time_is_used_where_one_cannot_be() -> None:
    header = replace(header_of("F-18"), injection_datetime=dt(SCAN + timedelta(minutes=5)))
    scale = suv_scale(header)
    assert right(scale, truth("F-18"))
    assert any("does not fit" in w for w in scale.warnings)


@pytest.mark.parametrize("gap_s", [0, 30, 200])
def test_an_injection_at_the_start_of_a_static_scan_is_said(gap_s: int) -> None:
    injected = SCAN - timedelta(seconds=gap_s)
    header = replace(header_of("F-18"), injection_datetime=dt(injected), injection_time="")
    scale = suv_scale(header)
    assert right(scale, truth("F-18", hours=gap_s / 3600.0))
    assert any(f"{gap_s} s before the scan" in w for w in scale.warnings)
    assert suv_scale(replace(header, dynamic=True)).warnings == ()


@pytest.mark.parametrize("early_s", [60, 300, 590])
def test_a_dynamic_scan_may_begin_before_the_injection(early_s: int) -> None:
    injected = SCAN + timedelta(seconds=early_s)
    header = replace(
        header_of("F-18"), injection_datetime=dt(injected), injection_time="", dynamic=True
    )
    scale = suv_scale(header)
    assert right(scale, truth("F-18", hours=-early_s / 3600.0))
    assert any("before the injection" in w for w in scale.warnings)


ZONES = ["-0800", "-0330", "+0000", "+0100", "+0200", "+0545", "+1400"]


def in_zone(moment: datetime, zone: str, local: str) -> str:
    """Write a local time in another zone, with its offset."""

    def offset(text: str) -> timedelta:
        return datetime.strptime(text, "%z").utcoffset() or timedelta(0)

    return dt(moment - offset(local) + offset(zone)) + zone


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("local", ZONES)
@pytest.mark.parametrize("nuclide", ["F-18", "Zr-89"])
def test_zones_that_are_both_stated_are_arithmetic(nuclide: str, local: str, zone: str) -> None:
    header = header_of(nuclide)
    injected = SCAN - timedelta(hours=TRACERS[nuclide][2])
    stated = in_zone(injected, zone, local)
    for changed in (
        replace(header, timezone=local),
        # An acquisition that states its own zone tells that of the clock.
        replace(
            header, frames=tuple(replace(f, acquisition=dt(SCAN) + local) for f in header.frames)
        ),
    ):
        scale = suv_scale(replace(changed, injection_datetime=stated))
        assert right(scale, truth(nuclide))
        assert scale.warnings == ()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("local", ["-0500", "+0100"])
@pytest.mark.parametrize("nuclide", ["F-18", "Zr-89"])
def test_a_zone_of_the_injection_alone_is_settled_by_the_time_of_day(
    nuclide: str, local: str, zone: str
) -> None:
    injected = SCAN - timedelta(hours=TRACERS[nuclide][2])
    header = replace(header_of(nuclide), injection_datetime=in_zone(injected, zone, local))
    scale = suv_scale(header)
    assert right(scale, truth(nuclide)) or scale.type is None or scale.warnings
    if zone == local:
        assert right(scale, truth(nuclide))
        assert scale.warnings == ()
    # Without it nothing tells the clocks apart.
    scale = suv_scale(replace(header, injection_time=""))
    assert scale.type is None or scale.warnings


@pytest.mark.parametrize("zone", ["+0100", "-0500"])
def test_a_zone_of_the_images_alone_is_that_of_the_injection_too(zone: str) -> None:
    scale = suv_scale(replace(header_of("F-18"), timezone=zone))
    assert right(scale, truth("F-18"))
    assert scale.warnings == ()


@pytest.mark.parametrize(
    "stated", ["2024-03-05 10:00", "20240305 100000", "20240305100O00", "n/a", "20240305253000"]
)
def test_a_date_and_time_that_cannot_be_read_is_said(stated: str) -> None:
    header = replace(header_of("F-18"), injection_datetime=stated)
    scale = suv_scale(header)
    assert right(scale, truth("F-18"))
    assert any("cannot be read" in w for w in scale.warnings)
    assert not any(stated in w for w in scale.warnings)
    scale = suv_scale(replace(header, injection_time="noon"))
    assert scale.type is None
    assert "cannot be read" in scale.why
