"""Totals over lesions and their intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.lesions.biomarkers import DEFINITIONS, Biomarkers, Value, interval90, totals
from app.core.lesions.lesion import Lesion, LesionStatus

Point = tuple[float, float, float]


def measured(
    lesion_id: str,
    mtv_ml: float,
    tlg: float,
    centroid: Point = (0.0, 0.0, 0.0),
    samples: tuple[float, ...] = (),
) -> Biomarkers:
    values = {key: Value(1.0, unit, key) for key, (_, unit, _) in DEFINITIONS.items()}
    values["mtv_ml"] = Value(mtv_ml, "ml", "mtv_ml", interval90(samples), samples)
    values["tlg"] = Value(tlg, "ml", "tlg", None, tuple(2 * x for x in samples))
    values["suv_max"] = Value(mtv_ml * 2, "SUV", "suv_max")
    return Biomarkers(lesion_id, 0, values, centroid, centroid, 1)


def test_only_lesions_that_count_enter_the_totals() -> None:
    lesions = [Lesion(str(s), n, str(s), s) for n, s in enumerate(LesionStatus, start=1)]
    found = {
        x.id: measured(x.id, 10.0**x.label, 2 * 10.0**x.label, (3.0 * x.label, 4.0 * x.label, 0.0))
        for x in lesions
    }
    by_status = {x.status: x.label for x in lesions}
    counted = [by_status[LesionStatus.CANDIDATE], by_status[LesionStatus.ACCEPTED]]
    result = totals(lesions, found)
    assert result.count == 2
    assert result.tmtv_ml == sum(10.0**n for n in counted)
    assert result.tlg == 2 * result.tmtv_ml
    assert result.suv_max == 2 * 10.0 ** max(counted)
    assert result.dmax_mm == pytest.approx(5.0 * abs(counted[1] - counted[0]))


def test_nothing_and_one_lesion() -> None:
    assert totals([], {}).to_json() == {
        "count": 0,
        "tmtv_ml": 0.0,
        "tlg": 0.0,
        "dmax_mm": 0.0,
        "suv_max": 0.0,
        "tmtv_ml_interval": None,
        "tlg_interval": None,
    }
    one = totals([Lesion("a", 1, "A")], {"a": measured("a", 2.0, 3.0)})
    assert (one.count, one.dmax_mm, one.tmtv_ml) == (1, 0.0, 2.0)
    unmeasured = totals([Lesion("a", 1, "A"), Lesion("b", 2, "B")], {"a": measured("a", 2.0, 3.0)})
    assert unmeasured.count == 1


def test_intervals_of_totals_add_up_sample_by_sample() -> None:
    rising, falling = (1.0, 2.0, 3.0, 4.0), (4.0, 3.0, 2.0, 1.0)
    lesions = [Lesion("a", 1, "A"), Lesion("b", 2, "B")]
    together = totals(
        lesions,
        {"a": measured("a", 2, 4, samples=rising), "b": measured("b", 2, 4, samples=rising)},
    )
    opposed = totals(
        lesions,
        {"a": measured("a", 2, 4, samples=rising), "b": measured("b", 2, 4, samples=falling)},
    )
    assert together.tmtv_ml_interval == pytest.approx(np.percentile([2, 4, 6, 8], (5, 95)))
    assert together.tlg_interval == pytest.approx(np.percentile([4, 8, 12, 16], (5, 95)))
    assert opposed.tmtv_ml_interval == pytest.approx((5.0, 5.0))


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40))
def test_an_interval_lies_within_its_samples(samples: list[float]) -> None:
    found = interval90([*samples, math.nan])
    assert found is not None
    low, high = found
    assert min(samples) <= low <= high <= max(samples)
    assert found == pytest.approx(tuple(np.percentile(samples, (5, 95))))


def test_too_few_samples_have_no_interval() -> None:
    assert interval90([]) is None
    assert interval90([1.0]) is None
    assert interval90([1.0, math.nan]) is None
