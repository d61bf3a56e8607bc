"""The session: history, stale results, totals, and only one thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.core.kit.errors import InputError, describe_problem
from app.core.kit.jobs import JobContext, JobState
from app.core.lesions.analysis import LesionAnalysis
from app.core.lesions.lesion import LesionStatus
from tests.support.session_desk import (
    Desk,
    derive,
    find,
    make_analysis,
    make_derived,
    make_study,
)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    assert desk.session.shutdown()


def test_totals_follow_status_undo_and_redo(desk: Desk) -> None:
    session = desk.session
    session.studies.show(make_study())
    find(desk)
    both = session.results.totals()
    assert both is not None
    assert (both.count, both.tmtv_ml, both.tlg, both.dmax_mm) == (2, 6.0, 15.0, 9.0)
    assert both.tmtv_ml_interval == pytest.approx((2.2, 5.8))
    changed: list[tuple[str, ...]] = []
    session.results.lesions_changed.connect(lambda x: changed.append(x.ids))
    session.edits.set_status(["id2"], LesionStatus.PHYSIOLOGICAL)
    one = session.results.totals()
    assert one is not None
    assert (one.count, one.tmtv_ml, one.dmax_mm) == (1, 2.0, 0.0)
    assert changed == [("id2",)]
    session.history.undo()
    assert session.results.totals() == both
    session.history.redo()
    assert session.results.totals() == one
    assert session.studies.has_unsaved_edits
    session.history.undo()
    session.history.undo()
    assert session.analysis is None
    assert not session.history.can_undo
    session.history.redo()
    assert session.results.totals() == both


def test_status_changes_keep_the_numbers_fresh(desk: Desk) -> None:
    session = desk.session
    session.studies.show(make_study())
    find(desk)
    session.edits.set_status(["id1"], LesionStatus.REJECTED)
    assert session.analysis is not None
    revision = session.analysis.segmentation.revision
    assert revision == 1
    assert {x.revision for x in session.analysis.biomarkers.values()} == {revision}


def test_a_result_of_a_closed_study_is_put_aside(desk: Desk) -> None:
    session = desk.session
    session.studies.show(make_study())
    go = threading.Event()

    def work(context: JobContext) -> LesionAnalysis:
        go.wait(10)
        return make_analysis()

    session.results.run("Find lesions", work)
    session.studies.show(make_study())
    go.set()
    desk.run_until(lambda: bool(desk.notices))
    assert session.analysis is None
    assert "put aside" in desk.notices[0]


def test_a_failing_network_is_a_problem_and_nothing_is_lost(desk: Desk) -> None:
    session = desk.session
    session.studies.show(make_study())
    find(desk)
    before = session.analysis

    def work(context: JobContext) -> LesionAnalysis:
        raise InputError("The network stopped.", "Try another model.")

    session.results.run("Find lesions", work)
    desk.run_until(lambda: bool(desk.problems))
    assert session.analysis is before
    assert describe_problem(desk.problems[0]) == ("The network stopped.", "Try another model.")
    assert "expect" in describe_problem(ValueError("secret name"))[0]
    assert "secret" not in " ".join(describe_problem(ValueError("secret name")))


def test_cancel_ends_the_job_and_the_next_one_runs(desk: Desk) -> None:
    session = desk.session
    session.studies.show(make_study())
    started = threading.Event()

    def forever(context: JobContext) -> LesionAnalysis:
        started.set()
        while True:
            context.progress(0.5, "window")

    job = session.results.run("Find lesions", forever)
    assert started.wait(10)
    session.jobs.cancel(job.id)
    desk.run_until(lambda: any(r.state is JobState.CANCELLED for r in desk.reports))
    find(desk)
    assert session.results.totals() is not None


def test_another_thread_may_not_change_the_session(desk: Desk) -> None:
    desk.session.studies.show(make_study())
    caught: list[BaseException] = []

    def intrude() -> None:
        try:
            desk.session.studies.show(None)
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=intrude)
    thread.start()
    thread.join()
    assert caught
    assert desk.session.study is not None


def test_shutdown_during_a_job_leaves_no_thread() -> None:
    desk = Desk()
    desk.session.studies.show(make_study())

    def forever(context: JobContext) -> LesionAnalysis:
        while True:
            context.check()

    desk.session.results.run("Find lesions", forever)
    assert desk.session.shutdown()
    assert not [t for t in threading.enumerate() if t.name.startswith("uptake-")]


def test_an_unknown_lesion_is_an_error(desk: Desk) -> None:
    desk.session.studies.show(make_study())
    find(desk)
    with pytest.raises(KeyError):
        desk.session.edits.set_status(["nobody"], LesionStatus.REJECTED)


def test_lesions_are_measured_on_a_denoised_image_beside_the_original(desk: Desk) -> None:
    session = desk.session
    session.studies.show(make_study())
    find(desk)
    assert session.analysis is not None
    before = session.analysis.biomarkers
    image = make_derived("Denoised", 3.0)
    derive(desk, image)
    desk.run_until(lambda: image.id in session.derived.values)
    assert session.derived.values[image.id]["id2"]["suv_max"] == pytest.approx(3.0)
    assert session.analysis.biomarkers is before
    newer = make_derived("Denoised", 2.0)
    derive(desk, newer)
    assert list(session.derived.images) == [newer]
    session.studies.show(make_study())
    assert list(session.derived.images) == []
    assert session.derived.values == {}


def test_numbers_of_an_image_that_was_taken_away_do_not_come_back(desk: Desk) -> None:
    session = desk.session
    session.studies.show(make_study())
    find(desk)
    image = make_derived("Denoised", 3.0)
    derive(desk, image)
    session.derived.remove(image.id)
    desk.run_until(lambda: not session.jobs.reports)
    assert list(session.derived.images) == []
    assert session.derived.values == {}


def test_a_derived_image_of_a_closed_study_is_put_aside(desk: Desk) -> None:
    desk.session.studies.show(make_study())
    desk.session.derived.run("Denoised", lambda context: make_derived("Denoised", 1.0))
    desk.session.studies.show(make_study())
    desk.run_until(lambda: bool(desk.notices))
    assert "put aside" in desk.notices[0]
    assert desk.session.derived.images == ()
