"""When the scan began: by series, acquisitions and reference times; what is typed; decay tags."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.core.kit.errors import InputError
from app.core.suv.formulas import average_count_time_s
from app.io.suv.header import SuvFrame
from app.io.suv.override import override
from app.io.suv.rules import suv_scale
from tests.support.suv_headers import (
    FRAME_S,
    SCAN,
    dt,
    header_of,
    right,
    tm,
    truth,
)


def test_a_series_time_before_the_injection_is_not_the_scan_start() -> None:
    header = replace(header_of("F-18"), series_time="094500")
    scale = suv_scale(header)
    assert right(scale, truth("F-18"))
    assert any("before the injection" in w for w in scale.warnings)


@pytest.mark.parametrize("gap_min", [1, 5, 60])
def test_a_series_time_long_before_the_images_is_said(gap_min: int) -> None:
    early = SCAN - timedelta(minutes=gap_min)
    header = replace(
        header_of("F-18"),
        series_time=tm(early),
        injection_datetime=dt(early - timedelta(hours=1)),
        injection_time="",
    )
    with_reference = suv_scale(header)
    bare = tuple(replace(f, frame_reference_s=None) for f in header.frames)
    without = suv_scale(replace(header, frames=bare))
    for scale in (with_reference, without):
        assert right(scale, truth("F-18"))
        assert bool(scale.warnings) == (gap_min > 1)


@pytest.mark.parametrize("decay", ["START", "NONE"])
@pytest.mark.parametrize("minutes", [20, 60, 180])
def test_acquisitions_that_do_not_belong_to_the_series_are_said(decay: str, minutes: int) -> None:
    """Their own reference times put the start of the scan elsewhere."""
    header = header_of("F-18", decay=decay)
    late = dt(SCAN + timedelta(minutes=minutes))
    scale = suv_scale(
        replace(header, frames=tuple(replace(f, acquisition=late) for f in header.frames))
    )
    assert any("IBSI-SUV" in w for w in scale.doubts)


@pytest.mark.parametrize(("minutes", "is_doubt"), [(5, False), (14, False), (16, True), (40, True)])
def test_two_standards_within_what_two_scans_differ_by_are_a_remark(
    minutes: int, is_doubt: bool
) -> None:
    # 10 % of F-18 is a quarter of an hour.
    header = header_of("F-18")
    late = dt(SCAN + timedelta(minutes=minutes))
    scale = suv_scale(
        replace(header, frames=tuple(replace(f, acquisition=late) for f in header.frames))
    )
    (said,) = (w for w in scale.warnings if "IBSI-SUV" in w)
    assert (said in scale.doubts) == is_doubt
    assert (said in scale.remarks) != is_doubt


@pytest.mark.parametrize("late_s", [0, 400])
def test_one_acquisition_time_of_all_beds_says_nothing_of_them(late_s: int) -> None:
    """GE states that of the series, and reference times from 0: nothing to hold them against."""
    header = header_of("F-18")
    acquired = dt(SCAN + timedelta(seconds=late_s))
    beds = tuple(SuvFrame(acquired, 303.0 * n, 300.0) for n in range(3))
    scale = suv_scale(replace(header, frames=beds))
    assert right(scale, truth("F-18"))
    assert any("IBSI-SUV" in w for w in scale.warnings) is (late_s > 0)


def test_later_beds_and_the_dates_of_acquisitions_do_not_move_the_start() -> None:
    header = header_of("F-18")
    frames = tuple(
        SuvFrame(
            dt(SCAN + timedelta(minutes=m)),
            average_count_time_s(FRAME_S, 6586.2) + 60.0 * m,
            FRAME_S,
        )
        for m in (6, 9, 12)
    )
    scale = suv_scale(replace(header, frames=frames))
    assert right(scale, truth("F-18"))
    assert scale.warnings == ()
    # Series made again later: back from the acquisitions, to the same start.
    scale = suv_scale(replace(header, frames=frames, series_time="180000"))
    assert right(scale, truth("F-18"))


@pytest.mark.parametrize(
    "values",
    [
        {"RadiopharmaceuticalStartDateTime": "yesterday"},
        {"RadiopharmaceuticalStartTime": "9999"},
        {"SeriesTime": ""},
        {"SeriesNumber": 1.0},
    ],
)
def test_what_is_typed_must_be_readable(values: dict[str, str | float]) -> None:
    with pytest.raises(InputError):
        override(header_of("F-18"), values)


def test_what_is_typed_is_judged_like_a_header() -> None:
    header = header_of("F-18")
    assert override(header, {"RadionuclideHalfLife": 4057.7}).half_life_s == 4057.7
    scale = suv_scale(override(header, {"RadionuclideHalfLife": 4057.7}))
    assert any("Ga-68" in w for w in scale.warnings)
    scale = suv_scale(override(header, {"RadionuclideTotalDose": 350.0}))
    assert right(scale, truth("F-18"))
    assert any("taken as MBq" in w for w in scale.warnings)
    late = override(header, {"RadiopharmaceuticalStartTime": "110500"})
    assert suv_scale(late).type is None


@pytest.mark.parametrize(
    ("correction", "own", "reference", "said"),
    [
        ("NONE", "YES", "20240305100000", True),
        ("NONE", "YES", "", True),
        ("START", "NO", "", True),
        ("ADMIN", "NO", "", True),
        ("", "NO", "20240305100000", True),
        ("", "NO", "", False),
        ("NONE", "NO", "", False),
        ("START", "YES", "", False),
        ("", "YES", "20240305100000", False),
    ],
)
def test_what_decay_corrected_contradicts_is_said(
    correction: str, own: str, reference: str, said: bool
) -> None:
    header = replace(
        header_of("F-18"),
        corrected_image=None,
        decay_correction=correction,
        decay_corrected=own,
        decay_reference=reference,
    )
    scale = suv_scale(header)
    assert scale.type == "SUVbw"
    assert any("(0018,9758)" in x for x in scale.warnings) == said


@pytest.mark.parametrize("at", [0, 5, 9], ids=["first", "middle", "last"])
@pytest.mark.parametrize(
    "odd", ["20240305000000", "20230305110000", "20240306110000", "20240304110000"]
)
def test_one_acquisition_of_another_day_decides_nothing(odd: str, at: int) -> None:
    header = header_of("F-18")
    frames = [header.frames[0]] * 10
    frames[at] = replace(frames[at], acquisition=odd)
    true = suv_scale(replace(header, frames=tuple([header.frames[0]] * 10)))
    found = suv_scale(replace(header, frames=tuple(frames)))
    assert true.factor is not None
    assert found.factor == pytest.approx(true.factor)
    assert [x for x in found.warnings if "1 of 10 images states an acquisition time far" in x]
    assert len(found.warnings) == len(true.warnings) + 1


def test_beds_over_midnight_are_one_scan() -> None:
    late = header_of("F-18", scan=datetime(2024, 3, 5, 23, 58))
    times = [dt(datetime(2024, 3, 5, 23, 58) + n * timedelta(minutes=2)) for n in range(3)]
    frames = tuple(replace(late.frames[0], acquisition=x, frame_reference_s=None) for x in times)
    found = suv_scale(replace(late, frames=frames))
    assert found.type == "SUVbw"
    assert not [x for x in found.warnings if "acquisition time far" in x]
