"""Dates and times as headers write them, well and badly."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.io.dicom.time import joined, parse_datetime, parse_time


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("12", 43200.0),
        ("1230", 45000.0),
        ("123015", 45015.0),
        (" 123015.25 ", 45015.25),
        ("12:30:15", 45015.0),
        ("000000", 0.0),
        ("235960", 86399.0),
    ],
)
def test_a_time_of_day(value: str, seconds: float) -> None:
    assert parse_time(value) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "   ", "1", "240000", "126000", "noon", "1230O0"])
def test_what_is_no_time_of_day(value: str) -> None:
    assert parse_time(value) is None


@pytest.mark.parametrize(
    ("value", "zone", "moment"),
    [
        ("20240102103000", "", datetime(2024, 1, 2, 10, 30)),
        ("2024010210", "", datetime(2024, 1, 2, 10)),
        (" 20240102103000.5 ", "", datetime(2024, 1, 2, 10, 30, 0, 500000)),
        ("20240102103060", "", datetime(2024, 1, 2, 10, 30, 59)),
        ("20240102103000-0500", "-0600", datetime(2024, 1, 2, 9, 30)),
        ("20240102003000+0100", "+0000", datetime(2024, 1, 1, 23, 30)),
        ("20240102103000+0530", " +0000 ", datetime(2024, 1, 2, 5, 0)),
        # Where one of the two says no zone, the clocks are taken as one.
        ("20240102103000+0100", "", datetime(2024, 1, 2, 10, 30)),
        ("20240102103000", "+0100", datetime(2024, 1, 2, 10, 30)),
        ("20240102103000+0100", "home", datetime(2024, 1, 2, 10, 30)),
    ],
)
def test_a_date_with_its_time(value: str, zone: str, moment: datetime) -> None:
    assert parse_datetime(value, zone) == moment


@pytest.mark.parametrize(
    "value",
    [
        "",
        "2024",
        "20240102",
        "20240230103000",
        "20240102250000",
        "20240102103O00",
        "20240102 1030",
        "20240102103000&0100",
        "2024-01-02 10:30",
        "20240102103000+2500",
        "103000",
    ],
)
def test_what_is_no_date_with_a_time(value: str) -> None:
    assert parse_datetime(value) is None


def test_a_value_at_the_end_of_the_calendar_does_not_raise() -> None:
    assert parse_datetime("99991231235959-1200", "+1400") == datetime(9999, 12, 31, 23, 59, 59)


def test_old_files_write_points_and_colons() -> None:
    assert parse_datetime(joined("2024.01.02", "10:30:15.5")) == datetime(
        2024, 1, 2, 10, 30, 15, 500000
    )
