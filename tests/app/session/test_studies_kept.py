"""Measurements, alignments and undo belong to one open study each."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.drawn.voi import Ruler, Sphere
from app.core.kit.errors import InputError
from app.core.lesions.lesion import LesionStatus
from app.core.space.alignment import RigidAlignment
from app.core.study.study import Study
from tests.support.session_desk import Desk, by_hand, study_with_ct

BALL = Sphere((0.0, 0.0, 0.0), 8.0)
LINE = Ruler((0.0, 0.0, 0.0), (10.0, 0.0, 0.0))


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    assert desk.session.shutdown()


def open_two(desk: Desk) -> tuple[Study, Study]:
    """Open two studies with a CT in memory; the first is active."""
    first, second = (replace(study_with_ct()[0], date=x) for x in ("20260110", "20250704"))
    desk.session.studies.add([first, second])
    return first, second


def names(desk: Desk) -> list[str]:
    return [x.name for x in desk.session.measuring.measurements.items]


def test_measurements_come_back_with_their_study(desk: Desk) -> None:
    session = desk.session
    first, second = open_two(desk)
    ball = session.measuring.add(BALL, name="ball")
    values = session.measuring.values_of(ball.id)
    assert values is not None
    heard: list[list[str]] = []
    session.measuring.changed.connect(lambda: heard.append(names(desk)))
    session.studies.activate(second)
    assert names(desk) == []
    assert heard == [[]]
    assert session.measuring.values_of(ball.id) is None
    session.measuring.add(LINE, name="line")
    session.studies.activate(first)
    assert names(desk) == ["ball"]
    assert session.measuring.values_of(ball.id) == values
    assert session.history.undo_text == "Draw ball"
    session.history.undo()
    assert names(desk) == []
    session.studies.activate(second)
    assert names(desk) == ["line"]
    assert session.history.undo_text == "Draw line"


def test_unsaved_measurements_are_asked_about_for_each_study(desk: Desk, tmp_path: Path) -> None:
    session = desk.session
    first, second = open_two(desk)
    session.measuring.add(BALL)
    session.studies.activate(second)
    assert list(session.studies.unsaved) == [first]
    assert not session.studies.has_unsaved_edits
    session.studies.activate(first)
    done: list[object] = []
    session.measuring.export(tmp_path, done.append)
    session.studies.activate(second)
    desk.run_until(lambda: bool(done))
    assert list(session.studies.unsaved) == []


def test_a_study_that_was_moved_keeps_its_record(desk: Desk) -> None:
    session = desk.session
    first, second = open_two(desk)
    assert first.ct is not None
    record = session.studies.content_of(first)
    ball = session.measuring.add(BALL, name="ball")
    before = session.measuring.values_of(ball.id)
    found = by_hand(first)
    lists: list[tuple[Study, ...]] = []
    session.studies.list_changed.connect(lists.append)
    session.alignment.apply(found)
    moved = session.study
    assert moved is not None
    assert moved is not first
    assert session.studies.content_of(moved) is record
    assert lists == [(moved, second)]
    after = session.measuring.values_of(ball.id)
    assert before is not None
    assert after is not None
    assert after is not before
    with pytest.raises(InputError):
        session.studies.content_of(first)
    session.studies.activate(second)
    assert session.study is not None
    assert list(session.study.alignments) == []
    assert not session.history.can_undo
    session.studies.activate(moved)
    assert list(session.study.alignments) == [found]
    assert names(desk) == ["ball"]
    session.history.undo()
    assert list(session.study.alignments) == []
    assert session.study.ct is not None
    assert session.study.ct.grid == first.ct.grid
    assert session.studies.content_of(session.study) is record


def test_an_alignment_goes_to_the_study_it_was_found_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = desk.session
    first, second = open_two(desk)
    go, found = threading.Event(), by_hand(first)

    def register(*_args: object, **_more: object) -> RigidAlignment:
        go.wait(10)
        return found

    monkeypatch.setattr("app.compute.align.registration.register", register)
    session.measuring.add(BALL, name="ball")
    session.alignment.run("CT")
    session.studies.activate(second)
    heard: list[Study] = []
    session.alignment.placed.connect(heard.append)
    go.set()
    desk.run_until(lambda: bool(desk.notices))
    assert heard == []
    assert session.study is second
    assert second.alignments == ()
    assert desk.notices[-1].endswith("This is the study of 20260110.")
    moved = session.studies.all[0]
    assert moved.alignments == (found,)
    session.studies.activate(moved)
    assert session.history.undo_text == "Align CT to PET"
    ball = session.measuring.measurements.items[0]
    assert session.measuring.values_of(ball.id) is not None


def test_another_time_frame_takes_the_place_of_its_study(desk: Desk) -> None:
    """Read for a study that is not the active one any more, it goes to that one's place."""
    session = desk.session
    first, second = open_two(desk)
    session.measuring.add(BALL, name="ball")
    session.studies.compare_with(second)
    session.studies.activate(second)
    assert session.studies.comparison is first
    changed = replace(first, description="Frame 2")
    told: list[Study | None] = []
    session.studies.comparison_changed.connect(told.append)
    session.studies.exchange(first, changed)
    assert session.studies.all == (changed, second)
    assert session.study is second
    assert session.studies.comparison is changed
    assert told == [changed]
    session.studies.activate(changed)
    assert names(desk) == ["ball"]


def test_typed_headers_keep_measurements_and_another_study_does_not(desk: Desk) -> None:
    session = desk.session
    first, _ = open_two(desk)
    session.measuring.add(BALL, name="ball")
    session.studies.show(replace(first, description="typed"))
    assert names(desk) == ["ball"]
    assert first.pet is not None
    other = replace(first, pet=replace(first.pet, series_uid="1.9"))
    session.studies.show(other)
    assert names(desk) == []


def test_a_revision_that_comes_again_is_not_what_was_exported(tmp_path: Path) -> None:
    """After undo and redo of the search another judgement has the exported one's revision."""
    desk = Desk()
    session = desk.session
    study, analysis = study_with_ct()
    session.studies.add([study])
    session.results.run("Find lesions", lambda context: analysis)
    desk.finish()
    ids = [x.id for x in analysis.segmentation.lesions]
    session.edits.set_status(ids[:1], LesionStatus.REJECTED)
    session.results.export(tmp_path)
    desk.finish()
    assert not session.studies.has_unsaved_edits
    exported = desk.analysis.segmentation.revision
    session.history.undo()
    session.history.undo()
    session.history.redo()
    session.edits.set_status(ids[1:2], LesionStatus.REJECTED)
    assert desk.analysis.segmentation.revision == exported
    assert session.studies.has_unsaved_edits
    assert session.shutdown()
