"""Layouts as data: which pane shows what, read from ``resources/layouts/*.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any

from app.core.kit.errors import KnownError
from viewers.space.geometry import Plane

#: Name of the layout that is shown at first.
DEFAULT_LAYOUT = "default"


class Content(StrEnum):
    """What a pane shows.

    A CT pane shows the MR of a study without a CT; an MR pane shows the MR whether or not there is
    a CT beside it. Original, derived and difference are those of the present derived image: of a
    PET or of a CT, whichever it stands for.
    """

    CT = "ct"
    PET = "pet"
    FUSED = "fused"
    MR = "mr"
    MIP = "mip"
    SURFACE = "surface"
    ORIGINAL = "original"
    DERIVED = "derived"
    DIFFERENCE = "difference"

    @property
    def is_slice(self) -> bool:
        """Whether it is a slice of an image, with a plane of its own: neither MIP nor 3D view."""
        return self not in (Content.MIP, Content.SURFACE)


class StudyRole(StrEnum):
    """Which of the open studies a pane shows."""

    ACTIVE = "active"
    COMPARISON = "comparison"


class LayoutError(KnownError):
    """A layout file is malformed."""


@dataclass(frozen=True)
class PaneSpec:
    """One pane: what it shows and which cells of the layout it covers."""

    content: Content
    plane: Plane
    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    study: StudyRole = StudyRole.ACTIVE


@dataclass(frozen=True)
class Layout:
    """A grid of relative row heights and column widths with panes on it."""

    name: str
    title: str
    order: int
    rows: tuple[float, ...]
    columns: tuple[float, ...]
    panes: tuple[PaneSpec, ...]

    @property
    def needs_derived(self) -> bool:
        """Whether it is of no use without a derived image."""
        made = (Content.DERIVED, Content.DIFFERENCE)
        return any(pane.content in made for pane in self.panes)

    @property
    def needs_comparison(self) -> bool:
        """Whether it shows a second study."""
        return any(pane.study is StudyRole.COMPARISON for pane in self.panes)

    def needs(self, contents: tuple[Content, ...]) -> bool:
        """Whether a pane shows one of these contents."""
        return any(pane.content in contents for pane in self.panes)


#: A row is at most this many times as high as one of size 1, and at least as many times lower.
GREATEST_WEIGHT = 10_000.0


def parse_layout(name: str, text: str) -> Layout:
    """Read a layout from TOML.

    Raises
    ------
    LayoutError
        If the text is no TOML, a key is missing, unknown or of the wrong kind, or panes leave the
        grid or overlap.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise LayoutError(
            f"The layout {name} is not valid TOML: {error}.", "Correct the file or remove it."
        ) from error
    try:
        layout = Layout(
            name=name,
            title=str(data["title"]),
            order=int(data.get("order", 1000)),
            rows=_weights(data["rows"]),
            columns=_weights(data["columns"]),
            panes=tuple(_pane(entry) for entry in data["panes"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        detail = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise LayoutError(
            f"The layout {name} cannot be used: {detail}.",
            "Compare it with the layouts in resources/layouts.",
        ) from error
    _check_cells(layout)
    return layout


def _weights(values: Any) -> tuple[float, ...]:
    weights = tuple(float(v) for v in values)
    fit = all(1 / GREATEST_WEIGHT <= x <= GREATEST_WEIGHT for x in weights)
    if not 1 <= len(weights) <= 12 or not fit:
        raise ValueError("rows and columns need one to twelve positive sizes")
    return weights


def _pane(entry: Mapping[str, Any]) -> PaneSpec:
    known = {"content", "plane", "row", "column", "row_span", "column_span", "study"}
    if unknown := set(entry) - known:
        raise ValueError(f"the pane key {sorted(unknown)[0]} is unknown")
    content = Content(entry["content"])
    turns = content in (Content.MIP, Content.SURFACE)
    plane = Plane.CORONAL if turns else Plane(entry["plane"])
    cells = {}
    for key, default in (("row", None), ("column", None), ("row_span", 1), ("column_span", 1)):
        value = entry[key] if default is None else entry.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"{key} must be a whole number")
        cells[key] = value
    role = StudyRole(entry.get("study", StudyRole.ACTIVE))
    return PaneSpec(content, plane, **cells, study=role)


def _check_cells(layout: Layout) -> None:
    taken: set[tuple[int, int]] = set()
    if not layout.panes:
        raise LayoutError(f"The layout {layout.name} has no panes.", "Add at least one.")
    for pane in layout.panes:
        bottom, end = pane.row + pane.row_span, pane.column + pane.column_span
        inside = pane.row >= 0 and pane.column >= 0 and pane.row_span > 0 and pane.column_span > 0
        if not inside or bottom > len(layout.rows) or end > len(layout.columns):
            raise LayoutError(
                f"A pane of the layout {layout.name} lies outside its rows and columns.",
                "Rows and columns are counted from 0.",
            )
        cells = {(r, c) for r in range(pane.row, bottom) for c in range(pane.column, end)}
        if cells & taken:
            raise LayoutError(
                f"Two panes of the layout {layout.name} overlap.", "Give each its own cells."
            )
        taken |= cells


def pixel_spans(weights: tuple[float, ...], length_px: int, gap_px: int) -> list[tuple[int, int]]:
    """Where rows (or columns) of these sizes begin and end, with a gap between them.

    Equal weights give equal sizes, so that panes of one plane show the same part of it and can
    share what is sampled; what is left over makes some gaps a pixel wider.
    """
    gaps = len(weights) - 1
    room, total = max(0, length_px - gaps * gap_px), sum(weights)
    sizes = [int(room * weight / total + 1e-9) for weight in weights]
    left = room - sum(sizes)
    spans, at = [], 0
    for n, size in enumerate(sizes):
        spans.append((at, at + size))
        at += size + gap_px + (1 if n < left else 0)
    return spans


def read_layouts(folder: Path | None = None) -> dict[str, Layout]:
    """Read all layouts of a folder (the program's own by default), in their stated order.

    Raises
    ------
    LayoutError
        If a file is malformed.
    """
    source = files("resources").joinpath("layouts") if folder is None else folder
    found = [
        parse_layout(entry.name.removesuffix(".toml"), entry.read_text(encoding="utf-8"))
        for entry in source.iterdir()
        if entry.name.endswith(".toml")
    ]
    return {x.name: x for x in sorted(found, key=lambda x: (x.order, x.name))}
