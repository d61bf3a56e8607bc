"""Jobs, events and errors: what every room uses."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.core.kit.errors import JobCancelled, KnownError
from app.core.kit.events import Event
from app.core.kit.jobs import JobContext, JobQueue, JobReport, JobState


def test_job_progress_estimate_and_parts() -> None:
    seen: list[tuple[float, str]] = []
    context = JobContext(lambda fraction, text: seen.append((round(fraction, 3), text)))
    context.part(0.5, 1.0).progress(0.5, "half of the second half")
    assert seen == [(0.75, "half of the second half")]
    context.cancel()
    with pytest.raises(JobCancelled):
        context.part(0.0, 0.5).check()


def test_queue_runs_in_order_and_survives_failures() -> None:
    order: list[int] = []

    def work(_context: JobContext) -> str:
        order.append(1)
        return "done"

    with JobQueue("test") as jobs:
        bad = jobs.submit("bad", lambda context: 1 / 0)
        good = jobs.submit("good", work)
        assert good.wait(10).result == "done"
        assert isinstance(bad.report.error, ZeroDivisionError)
        assert bad.report.state is JobState.FAILED
    with pytest.raises(RuntimeError, match="closed"):
        jobs.submit("late", lambda context: None)


def test_a_queued_job_that_is_cancelled_never_starts() -> None:
    release = threading.Event()
    ran: list[str] = []
    with JobQueue("test") as jobs:
        jobs.submit("first", lambda context: release.wait(10))
        second = jobs.submit("second", lambda context: ran.append("second"))
        second.cancel()
        release.set()
        assert second.wait(10).state is JobState.CANCELLED
    assert ran == []


def test_remaining_time_is_linear() -> None:
    with JobQueue("test") as jobs:
        reports: list[JobReport] = []

        def work(context: JobContext) -> None:
            time.sleep(0.6)
            context.progress(0.25, "quarter")

        jobs.submit("timed", work, reports.append).wait(10)
    quarter = next(r for r in reports if r.message == "quarter")
    assert quarter.remaining_s == pytest.approx(3 * quarter.elapsed_s)


def test_event_listeners_can_leave() -> None:
    event: Event[int] = Event()
    seen: list[int] = []
    leave = event.connect(seen.append)
    event.emit(1)
    leave()
    leave()
    event.emit(2)
    assert seen == [1]


def test_known_error_reads_as_sentences() -> None:
    assert str(KnownError("It is empty.", "Open another.")) == "It is empty. Open another."


class Large:
    """Stands for a study that a job reads or holds."""


def works(_context: JobContext) -> Large:
    return Large()


def fails(_context: JobContext) -> Large:
    held = Large()
    raise OSError(f"no {type(held).__name__}")


def fails_knowingly(context: JobContext) -> Large:
    try:
        return fails(context)
    except OSError as error:
        raise KnownError("It cannot be read.") from error


def is_cancelled(_context: JobContext) -> Large:
    held = Large()
    raise JobCancelled(type(held).__name__)


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("work", [works, fails, fails_knowingly, is_cancelled])
def test_what_a_job_held_is_free_without_the_cycle_collector(
    no_collector: None, monkeypatch: pytest.MonkeyPatch, work: Callable[[JobContext], Large]
) -> None:
    made: list[weakref.ref[Large]] = []
    monkeypatch.setattr(Large, "__init__", lambda self: made.append(weakref.ref(self)))

    def start(queue: JobQueue) -> None:
        kept: list[Any] = []
        given = Large()

        def done(_report: JobReport) -> None:
            # As the session does: what asked for the job holds the job, and a large thing.
            kept.append((job, given))

        job = queue.submit("Work", work, done)
        job.wait(5.0)

    with JobQueue("test") as queue:
        start(queue)
        queue.submit("Next", lambda _: None).wait(5.0)
        assert len(made) == 2
        assert [x() for x in made] == [None, None]


def test_a_frame_that_outlives_the_work_holds_no_result(no_collector: None) -> None:
    kept: list[BaseException] = []

    def work(_context: JobContext) -> Large:
        try:
            raise ImportError("an optional package")
        except ImportError as error:
            kept.append(error)
        return Large()

    with JobQueue("test") as queue:
        job = queue.submit("Work", work)
        found = weakref.ref(job.wait(5.0).result)
        del job
        queue.submit("Next", lambda _: None).wait(5.0)
        assert kept[0].__traceback__ is not None
        assert found() is None


def test_an_error_still_says_where_it_came_about() -> None:
    with JobQueue("test") as queue:
        error = queue.submit("Work", fails).wait(5.0).error
    assert error is not None
    trace = error.__traceback__
    names = []
    while trace is not None:
        names.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    assert names[-1] == "fails"


@pytest.mark.parametrize("work", [fails, fails_knowingly])
def test_an_error_that_is_kept_keeps_no_variables(
    no_collector: None, monkeypatch: pytest.MonkeyPatch, work: Callable[[JobContext], Large]
) -> None:
    made: list[weakref.ref[Large]] = []
    monkeypatch.setattr(Large, "__init__", lambda self: made.append(weakref.ref(self)))
    with JobQueue("test") as queue:
        error = queue.submit("Work", work).wait(5.0).error
        queue.submit("Next", lambda _: None).wait(5.0)
    assert error is not None
    assert [x() for x in made] == [None]
