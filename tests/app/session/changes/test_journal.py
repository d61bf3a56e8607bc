"""Every kind of change as plain data and back: through JSON, with its arrays by name."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
import pytest

from app.core.drawn.measurements import Measurement, Measurements, Role, Space
from app.core.drawn.voi import (
    Angle,
    Box,
    Ellipsoid,
    Isocontour,
    Ruler,
    Shape,
    Sphere,
    ThresholdKind,
    ThresholdRule,
)
from app.core.kit.errors import InputError
from app.core.lesions.labelmap import Labelmap
from app.core.lesions.lesion import LesionStatus
from app.core.lesions.measure import recovered_values
from app.core.space.volume import Quantity, Volume
from app.core.study.placement import aligned_placement, placement_of
from app.core.study.provenance import SuvScale
from app.session.changes.change import Applied, Change
from app.session.changes.journal import Entry, change_of, entry_of
from app.session.changes.kinds import (
    Edit,
    MeasurementsChange,
    PlacementChange,
    RecoveryChange,
    RedrawnValues,
    ResultChange,
    SourceChange,
)
from app.session.content import Content
from tests.support.session_desk import (
    BALL_GRID,
    ball_analysis,
    ball_study,
    by_hand,
    grown,
    study_with_ct,
)

ALL_SHAPES: tuple[Shape, ...] = (
    Ruler((0.0, 1.0, 2.0), (3.0, 4.0, 5.0)),
    Angle((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (1.0, 1.0, 0.0)),
    Sphere((1.0, 2.0, 3.0), 4.0),
    Ellipsoid((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)),
    Box((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)),
    Isocontour((1.0, 2.0, 3.0), 9.0, ThresholdRule(ThresholdKind.PERCENT_OF_MAX, 0.41)),
)


def edit() -> Change:
    analysis = ball_analysis(ball_study())
    patch = grown(analysis.segmentation)
    values = RedrawnValues("", {"id1": analysis.biomarkers["id1"]}, {})
    return Edit("Draw L1", patch, values_before=values)


def judgement() -> Change:
    segmentation = ball_analysis(ball_study()).segmentation
    return Edit("Mark as rejected", segmentation.status_patch(("id2",), LesionStatus.REJECTED))


def result() -> Change:
    analysis = ball_analysis(ball_study())
    volume = Volume(BALL_GRID, np.linspace(0, 1, BALL_GRID.size).reshape(BALL_GRID.shape_kji),
                    Quantity.PROBABILITY, "1.2", "mean")  # fmt: skip
    headers = {"PatientWeight": 71.5, "CorrectedImage": ["ATTN", "DECY"], "Frames": np.int64(3)}
    stated = replace(
        analysis.provenance, suv=SuvScale("SUVbw", math.inf, "rule", headers), samples=10
    )
    whole = replace(analysis, probability=volume, uncertainty=volume, provenance=stated)
    return ResultChange("Find lesions", analysis, whole)


def first_result() -> Change:
    return ResultChange("Find lesions", None, ball_analysis(ball_study()))


def recovery() -> Change:
    study = ball_study()
    assert study.pet is not None
    found = recovered_values(study.pet, ball_analysis(study).segmentation, 14.0)
    assert any(math.isnan(x["suv_mean_recovered"].value) for x in found.values.values())
    return RecoveryChange("Recover partial volume", None, found, "derived")


def source() -> Change:
    measured = ball_analysis(ball_study()).measured
    return SourceChange("Measure on Denoised", measured, replace(measured, image_id="d", on="D"))


def measured() -> Change:
    table = tuple(
        Measurement(f"m{n}", f"M{n}", shape, Role.LIVER if n == 2 else Role.NONE, Space.PET)
        for n, shape in enumerate(ALL_SHAPES)
    )
    return MeasurementsChange("Draw", Measurements(), Measurements(table))


def placement() -> Change:
    study, _ = study_with_ct("2.25.1")
    after = aligned_placement(study, by_hand(study))
    return PlacementChange("Align CT to PET", placement_of(study, "CT"), after)


MAKERS = (edit, judgement, result, first_result, recovery, source, measured, placement)


def assert_same(one: Any, two: Any) -> None:
    """Compare values field by field, arrays by their numbers."""
    if isinstance(one, np.ndarray):
        assert one.dtype == two.dtype
        np.testing.assert_array_equal(one, two)
    elif isinstance(one, Labelmap):
        np.testing.assert_array_equal(one.dense(), two.dense())
    elif isinstance(one, np.generic):
        assert one.item() == two
    elif isinstance(one, float) and math.isnan(one):
        assert math.isnan(two)
    elif isinstance(one, str | Enum):
        assert type(one) is type(two)
        assert one == two
    elif isinstance(one, Mapping):
        assert list(one) == list(two)
        for key in one:
            assert_same(one[key], two[key])
    elif isinstance(one, Sequence):
        assert type(one) is type(two)
        assert len(one) == len(two)
        for a, b in zip(one, two, strict=True):
            assert_same(a, b)
    elif is_dataclass(one):
        assert type(one) is type(two)
        for field in fields(one):
            assert_same(getattr(one, field.name), getattr(two, field.name))
    else:
        assert one == two


def through_json(entry: Entry) -> Entry:
    arrays = {name: array.copy() for name, array in entry.arrays.items()}
    return Entry(json.loads(json.dumps(entry.data, allow_nan=False)), arrays)


@pytest.mark.parametrize("make", MAKERS, ids=lambda x: x.__name__)
def test_a_change_comes_back_as_it_was(make: Any) -> None:
    change = make()
    back = change_of(through_json(entry_of(change)))
    assert_same(back, change)
    assert_same(back.inverse().inverse(), change)


def test_a_change_that_was_read_does_what_it_did() -> None:
    study = ball_study()
    one, two = Content(study), Content(study)
    for make in (first_result, judgement, edit):
        change = make()
        change.apply(one)
        change_of(through_json(entry_of(change))).apply(two)
    assert_same(two.analysis, one.analysis)
    assert two.analysis is not None
    assert two.analysis.segmentation.revision == 2


def test_arrays_that_stand_in_several_places_are_held_once() -> None:
    entry = entry_of(result())
    sizes = [x.nbytes for x in entry.arrays.values()]
    assert sum(n >= BALL_GRID.size * 8 for n in sizes) == 1, "probability is uncertainty here"


def test_what_is_no_change_is_refused() -> None:
    class Stranger:
        text, is_edit = "", False

        def apply(self, content: Content) -> Applied:
            raise AssertionError("nobody applies it")

        def inverse(self) -> Change:
            return self

    for data in (
        {"!": "Patient"},
        {"!": "Lesion", "id": "a", "label": 1, "name": "L1"},
        {"!": "Edit", "text": "without a patch"},
        {"!": "array", "name": "missing"},
        {"text": "no tag"},
    ):
        with pytest.raises(InputError, match="journal"):
            change_of(Entry(data, {}))
    with pytest.raises(TypeError, match="Stranger"):
        entry_of(Stranger())
