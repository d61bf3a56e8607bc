from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from app.core.kit.errors import KnownError
from viewers.space.geometry import Plane
from viewers.space.layouts import Content, parse_layout, pixel_spans, read_layouts

GOOD = """
title = "Two"
rows = [1]
columns = [2, 1]
[[panes]]
content = "ct"
plane = "axial"
row = 0
column = 0
[[panes]]
content = "mip"
row = 0
column = 1
"""


def test_the_programs_own_layouts() -> None:
    layouts = read_layouts()
    assert next(iter(layouts)) == "default"
    assert {"default", "fused-row", "single"} <= set(layouts)
    panes = layouts["default"].panes
    assert len(panes) == 10
    shown = [(p.content, p.plane) for p in panes if p.content is not Content.MIP]
    wanted = [(c, p) for p in Plane for c in (Content.CT, Content.PET, Content.FUSED)]
    assert shown == wanted
    assert panes[-1].row_span == 3


def test_good_layout() -> None:
    layout = parse_layout("two", GOOD)
    assert layout.columns == (2.0, 1.0)
    assert [p.content for p in layout.panes] == [Content.CT, Content.MIP]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title = ", "TOML"),
        (GOOD.replace('title = "Two"', ""), "title is missing"),
        (GOOD.replace('content = "ct"', 'content = "xray"'), "xray"),
        (GOOD.replace('plane = "axial"', 'plane = "tilted"'), "tilted"),
        (GOOD.replace('plane = "axial"', ""), "plane is missing"),
        (GOOD.replace("columns = [2, 1]", "columns = [2, -1]"), "positive"),
        (GOOD.replace("columns = [2, 1]", "columns = []"), "positive"),
        (GOOD.replace("columns = [2, 1]", 'columns = "wide"'), "cannot be used"),
        (GOOD.replace("column = 1", "column = 2"), "outside"),
        (GOOD.replace("column = 1", "column = 0"), "overlap"),
        (GOOD.replace("column = 1", "column = 1.5"), "whole number"),
        (GOOD.replace("column = 1", "column = 1\ncolour = 1"), "colour"),
        ('title = "None"\nrows = [1]\ncolumns = [1]\npanes = []', "no panes"),
    ],
)
def test_malformed_layouts_are_refused(text: str, says: str) -> None:
    with pytest.raises(KnownError, match=says) as caught:
        parse_layout("mine", text)
    assert "mine" in caught.value.sentence
    assert caught.value.next_step


def test_a_folder_of_layouts(tmp_path: Path) -> None:
    (tmp_path / "two.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a layout", encoding="utf-8")
    assert list(read_layouts(tmp_path)) == ["two"]


@pytest.mark.parametrize("length", range(40, 60))
def test_equal_weights_give_equal_panes(length: int) -> None:
    spans = pixel_spans((1.0, 1.0, 1.0), length, 2)
    assert len({end - begin for begin, end in spans}) == 1
    assert (spans[0][0], spans[-1][1]) == (0, length)
    gaps = [b[0] - a[1] for a, b in pairwise(spans)]
    assert set(gaps) <= {2, 3}


def test_pixels_go_by_weight() -> None:
    assert pixel_spans((2.0, 1.0), 302, 2) == [(0, 200), (202, 302)]
    assert pixel_spans((1.0,), 7, 2) == [(0, 7)]
    assert pixel_spans((1.0, 1.0), 1, 2) == [(0, 0), (2, 2)]
