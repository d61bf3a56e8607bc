"""The history: what it keeps within its bytes, and whether a person's edit is in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.core.drawn.measurements import Measurement, Measurements
from app.core.drawn.voi import Sphere
from app.core.kit.memory import memory_of
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.lesion import LesionStatus
from app.core.space.grid import ImageGrid
from app.core.space.volume import Quantity, Volume
from app.session.changes import history as history_module
from app.session.changes.change import Change
from app.session.changes.history import History
from app.session.changes.kinds import (
    Edit,
    MeasurementsChange,
    RecoveryChange,
    ResultChange,
    SourceChange,
)
from app.session.content import Content
from tests.support.session_desk import BALL_GRID, ball_analysis, ball_study


def result(seed: int) -> LesionAnalysis:
    """Return a result with a probability of 45 kB and values of its own."""
    array = np.random.default_rng(seed).random(BALL_GRID.shape_kji).astype(np.float32)
    volume = Volume(BALL_GRID, array, Quantity.PROBABILITY)
    return replace(ball_analysis(ball_study()), probability=volume, uncertainty=volume)


def nbytes(history: History, *present: object) -> int:
    return history.nbytes_beside(memory_of(*present))


def test_the_oldest_changes_go_where_the_bytes_are_used_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Results hold their images: four probabilities are three beside the one that is shown."""
    results = [result(n) for n in range(4)]
    one = results[0].probability
    assert one is not None
    monkeypatch.setattr(history_module, "UNDO_BUDGET_BYTES", int(2.7 * one.array.nbytes))
    history, content, before = History(), Content(None), None
    for after in results:
        change = ResultChange("Find lesions", before, after)
        change.apply(content)
        history.push(change, content)
        before = after
        assert nbytes(history, content) <= 2.7 * one.array.nbytes
    taken = 0
    while history.take_back() is not None:
        taken += 1
    assert taken == 2, "back to the second result, and not to the first"


def test_three_large_results_are_more_than_the_history_keeps() -> None:
    """Of 150 MiB each: one is shown, and only one of the other two fits into 256 MiB."""
    grid = ImageGrid.from_spacing((150, 512, 512), (1.0, 1.0, 1.0))
    results = [result(n) for n in range(3)]
    history, before = History(), None
    for found in results:
        # Never written to, so that the system gives it no memory.
        nothing = Volume(grid, np.zeros(grid.shape_kji, np.float32), Quantity.PROBABILITY)
        after = replace(found, probability=nothing)
        history.push(ResultChange("Find lesions", before, after), after)
        before = after
    taken = 0
    while history.take_back() is not None:
        taken += 1
    assert taken == 1


def test_what_is_shown_counts_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = result(1), result(2)
    assert first.probability is not None
    size = first.probability.array.nbytes
    history = History()
    change = ResultChange("Find lesions", first, second)
    history.push(change, second)
    assert 2 * size <= nbytes(history) <= 3 * size
    assert size <= nbytes(history, second) < 2 * size
    monkeypatch.setattr(history_module, "UNDO_BUDGET_BYTES", 1)
    history.push(change, second)
    assert history.undo_text, "the last change stays, however large it is"
    history.take_back()
    assert not history.undo_text


def test_every_kind_of_change_has_its_bytes() -> None:
    """Not only patches and results: values, tables of measurements and sources too."""
    analysis = ball_analysis(ball_study())
    items = [Measurement(f"m{n}", f"Ball {n}", Sphere((n, 2.5, 3.5), 1.5 + n)) for n in range(500)]
    flat = np.arange(2000, dtype=np.int64)
    patch = analysis.segmentation.patch(flat, np.ones(2000, np.uint16))
    recovered = analysis.with_recovered(None).recovered
    least: dict[Change, int] = {
        Edit("Draw", patch): 2000 * (8 + 2 + 2),
        MeasurementsChange("Draw", Measurements(), Measurements(tuple(items))): 500 * 200,
        SourceChange("Measure", analysis.measured, analysis.measured): 2 * 12 * 100,
        RecoveryChange("Recover", recovered, recovered): 50,
    }
    for change, size in least.items():
        history = History()
        history.push(change)
        assert size <= nbytes(history) < 20 * size + 10_000
    history.push(Edit("Draw", patch))
    assert sum(memory_of(*least).values()) > nbytes(history)


def test_a_redone_change_that_is_lost_gives_its_bytes_back() -> None:
    history = History()
    history.push(ResultChange("Find lesions", None, result(1)))
    history.take_back()
    assert history.redo_text == "Find lesions"
    history.push(MeasurementsChange("Draw", Measurements(), Measurements()))
    assert not history.redo_text
    assert nbytes(history) < 5000


def test_only_what_a_person_judged_or_drew_is_an_edit() -> None:
    analysis = ball_analysis(ball_study())
    history = History()
    history.push(ResultChange("Find lesions", None, analysis))
    history.push(SourceChange("Measure", analysis.measured, analysis.measured))
    assert not history.holds_edits
    history.push(Edit("Mark", analysis.segmentation.status_patch(("id1",), LesionStatus.REJECTED)))
    assert history.holds_edits
    history.take_back()
    assert not history.holds_edits
    history.take_again()
    assert history.holds_edits
