"""All variants: every fault on the PET that it needs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from tests.support.faults.contours import contour_faults
from tests.support.faults.encoding import encoding_faults
from tests.support.faults.enhanced import enhanced_faults
from tests.support.faults.fault import Fault
from tests.support.faults.geometry import geometry_faults
from tests.support.faults.numbers import number_faults
from tests.support.faults.pixels import pixel_faults
from tests.support.faults.plausible import plausible_faults
from tests.support.faults.segments import segment_faults
from tests.support.faults.series import series_faults
from tests.support.faults.streams import stream_faults
from tests.support.faults.times import time_faults
from tests.support.faults.tracers import tracer_faults
from tests.support.faults.wrapping import wrapping_faults
from tests.support.made.files import MadeStudy
from tests.support.made.recipe import Recipe
from tests.support.made.series import study_of

KINDS: tuple[Callable[[], list[Fault]], ...] = (
    encoding_faults,
    number_faults,
    series_faults,
    geometry_faults,
    time_faults,
    tracer_faults,
    plausible_faults,
    enhanced_faults,
    pixel_faults,
    stream_faults,
    contour_faults,
    segment_faults,
    wrapping_faults,
)


@cache
def variants() -> tuple[Fault, ...]:
    """Return all faults, in order of their names."""
    found = sorted((x for kind in KINDS for x in kind()), key=lambda x: x.name)
    assert len({x.name for x in found}) == len(found), "two faults of one name"
    return tuple(found)


def faulty(fault: Fault) -> MadeStudy:
    """Return the study of a fault's recipe with the fault in it."""
    study = study_of(Recipe(**fault.recipe))
    fault.apply(study)
    return study
