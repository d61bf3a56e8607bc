"""The table of measurements: names, references, changes of one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.drawn.measurements import Measurement, Measurements, Role, Space, renamed
from app.core.drawn.voi import Sphere


def test_a_new_reference_takes_the_place_of_the_old_one() -> None:
    ball = Sphere((0.0, 0.0, 0.0), 15.0)
    table = Measurements()
    first = Measurement("a", table.free_name(ball), ball)
    table = table.added(first)
    assert table.free_name(ball) == "Sphere 2"
    table = table.added(Measurement("b", table.free_name(ball, Role.LIVER), ball, Role.LIVER))
    table = table.added(Measurement("c", "Liver", ball, Role.LIVER, Space.PET))
    assert [x.id for x in table.items] == ["a", "c"]
    assert [x.role for x in table.items] == [Role.NONE, Role.LIVER]
    assert renamed(first, "  Node  left ").name == "Node left"
    assert renamed(first, "   ") == first
    assert table.without(["a", "zzz"]).items == (table.get("c"),)
    with pytest.raises(KeyError):
        table.changed(replace(first, id="gone"))


def test_a_change_touches_the_one_measurement_that_is_meant() -> None:
    ball = Sphere((0.0, 0.0, 0.0), 15.0)
    table = Measurements(tuple(Measurement(x, x.upper(), ball) for x in "abcd"))
    changed = table.changed(replace(table.get("b"), name="Node"))
    assert [x.name for x in changed.items] == ["A", "Node", "C", "D"]
