"""Jobs, events and errors: what every room uses."""

from __future__ import annotations

import threading
import time

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
