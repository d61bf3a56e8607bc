"""Jobs: long work on a worker thread, with progress, a time estimate and a cancel token."""

from __future__ import annotations

import itertools
import queue
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.core.kit.errors import JobCancelled, KnownError


class JobState(StrEnum):
    """Where a job is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True)
class JobReport:
    """A snapshot of a job, safe to hand to another thread."""

    job_id: int
    title: str
    state: JobState
    fraction: float = 0.0
    message: str = ""
    elapsed_s: float = 0.0
    remaining_s: float | None = None
    result: Any = None
    error: BaseException | None = None


class JobContext:
    """What the work sees of its job: report progress, obey cancel.

    Call `progress` at every window or file: it raises `JobCancelled` once the token is set.
    """

    def __init__(self, report: Callable[[float, str], None] | None = None) -> None:
        self._report = report
        self._cancel = threading.Event()

    def cancel(self) -> None:
        """Set the token; the work ends at its next check."""
        self._cancel.set()

    @property
    def cancelled(self) -> bool:
        """Whether the token is set."""
        return self._cancel.is_set()

    def check(self) -> None:
        """Raise `JobCancelled` if the token is set."""
        if self._cancel.is_set():
            raise JobCancelled

    def progress(self, fraction: float, message: str = "") -> None:
        """Report progress (0 to 1) with a short message, and obey the token."""
        self.check()
        report = self._report
        if report is not None:
            report(min(max(fraction, 0.0), 1.0), message)

    def fall_silent(self) -> None:
        """Report nothing more: the job has ended."""
        self._report = None

    def part(self, start: float, end: float) -> JobContext:
        """Return a context whose 0 to 1 is a part of this one's; it shares the token."""
        child = JobContext(lambda f, m: self.progress(start + f * (end - start), m))
        child._cancel = self._cancel
        return child


Work = Callable[[JobContext], Any]
Listener = Callable[[JobReport], None]


class Job:
    """One piece of work in a queue. Listeners are called on the worker's thread."""

    _ids = itertools.count(1)

    def __init__(self, title: str, work: Work, listener: Listener | None = None) -> None:
        self.id = next(Job._ids)
        self.title = title
        self._work = work
        self._listener: Listener | None = listener
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._started_s: float | None = None
        self._context = JobContext(self._on_progress)
        self._report = JobReport(self.id, title, JobState.QUEUED)

    @property
    def report(self) -> JobReport:
        """The latest snapshot."""
        return self._report

    def cancel(self) -> None:
        """Ask the job to stop; a queued job never starts."""
        self._context.cancel()
        with self._lock:
            if not self._report.state.ended:
                self._set(JobState.CANCELLING, self._report.fraction, "Cancelling")

    def wait(self, timeout_s: float | None = None) -> JobReport:
        """Block until the job has ended (or the time is over) and return its report."""
        self._ended.wait(timeout_s)
        return self._report

    def run(self) -> None:
        """Run the work on the calling thread (the queue does this)."""
        self._started_s = time.monotonic()
        try:
            self._context.check()
            with self._lock:
                self._set(JobState.RUNNING, 0.0, "")
            result = self._work(self._context)
        except JobCancelled:
            self._end(JobState.CANCELLED, None, None)
        except Exception as error:  # noqa: BLE001 - the queue's thread must survive any work
            self._end(JobState.FAILED, None, error)
        else:
            self._end(JobState.DONE, result, None)
            del result
        finally:
            # An import in the work may keep an error, its frame and thereby this one for long.
            del self

    def _on_progress(self, fraction: float, message: str) -> None:
        with self._lock:
            state = JobState.CANCELLING if self._context.cancelled else JobState.RUNNING
            self._set(state, fraction, message)

    def _end(self, state: JobState, result: Any, error: BaseException | None) -> None:
        message = error.sentence if isinstance(error, KnownError) else ""
        _let_go_of_values(error)
        with self._lock:
            fraction = 1.0 if state is JobState.DONE else self._report.fraction
            self._set(state, fraction, message, result, error)
            # All three may hold the job itself: a circle around its result, which is a study.
            self._work, self._listener = _over, None
            self._context.fall_silent()
        self._ended.set()

    def _set(
        self,
        state: JobState,
        fraction: float,
        message: str,
        result: Any = None,
        error: BaseException | None = None,
    ) -> None:
        elapsed = 0.0 if self._started_s is None else time.monotonic() - self._started_s
        # A linear estimate is only worth showing once a little of the work is done.
        known = state is JobState.RUNNING and fraction > 0.02 and elapsed > 0.5
        remaining = elapsed * (1.0 - fraction) / fraction if known else None
        self._report = JobReport(
            self.id,
            self.title,
            state,
            fraction,
            message,
            elapsed,
            remaining,
            result,
            error,
        )
        if self._listener is not None:
            self._listener(self._report)


def _over(_context: JobContext) -> None:
    """Stand in the place of work that is done."""


def _let_go_of_values(error: BaseException | None) -> None:
    """Free the variables where an error came about; the places in the code stay for a report."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


class JobQueue:
    """A small pool of named daemon threads that run jobs in order.

    One queue with one thread is the device thread; another with two is the CPU pool. Use as a
    context manager or call `close`, which cancels what runs and joins the threads.
    """

    def __init__(self, name: str, threads: int = 1) -> None:
        self.name = name
        self._queue: queue.Queue[Job | None] = queue.Queue()
        self._lock = threading.Lock()
        self._active: set[Job] = set()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._loop, name=f"uptake-{name}-{n}", daemon=True)
            for n in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, title: str, work: Work, listener: Listener | None = None) -> Job:
        """Queue work and return its job.

        Raises
        ------
        RuntimeError
            If the queue is closed.
        """
        job = Job(title, work, listener)
        with self._lock:
            if self._closed:
                raise RuntimeError(f"The queue {self.name} is closed.")
            self._active.add(job)
        self._queue.put(job)
        return job

    @property
    def busy(self) -> bool:
        """Whether a job is queued or running."""
        with self._lock:
            return bool(self._active)

    def cancel_all(self) -> None:
        """Cancel every queued and running job."""
        with self._lock:
            active = list(self._active)
        for job in active:
            job.cancel()

    def close(self, timeout_s: float = 10.0) -> bool:
        """Cancel everything and join the threads; return whether all of them ended."""
        with self._lock:
            already, self._closed = self._closed, True
        if not already:
            self.cancel_all()
            for _ in self._threads:
                self._queue.put(None)
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def __enter__(self) -> JobQueue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _loop(self) -> None:
        while (job := self._queue.get()) is not None:
            job.run()
            with self._lock:
                self._active.discard(job)
            # A thread that waits must not keep the last result (a whole study) in memory.
            del job
