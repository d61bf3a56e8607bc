"""The session's jobs: work in queues, whose results come back to the thread of the session."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from app.core.kit.events import Event
from app.core.kit.jobs import Job, JobContext, JobQueue, JobReport, JobState

Post = Callable[[Callable[[], None]], None]


class Jobs:
    """Runs work, knows the session's thread, and says what a person should hear.

    Parameters
    ----------
    cpu, device, post
        As `app.session.session.Session` takes them.
    """

    def __init__(self, cpu: JobQueue, device: JobQueue, post: Post) -> None:
        self._thread = threading.get_ident()
        self._cpu = cpu
        self._device = device
        self._post = post
        self._running: dict[int, Job] = {}
        self._closed = False
        self.changed: Event[JobReport] = Event()
        self.problem: Event[BaseException] = Event()
        self.notice: Event[str] = Event()

    @property
    def reports(self) -> tuple[JobReport, ...]:
        """Reports of the jobs that have not ended."""
        return tuple(job.report for job in self._running.values())

    def run(
        self,
        title: str,
        work: Callable[[JobContext], Any],
        done: Callable[[Any], None],
        *,
        on_device: bool = False,
    ) -> Job:
        """Run work on the CPU pool or the device thread and hand its result to ``done`` here."""
        self.require_thread()
        queue = self._device if on_device else self._cpu
        job = queue.submit(
            title, work, lambda report: self._post(lambda: self._on_report(report, done))
        )
        if not job.report.state.ended:
            self._running[job.id] = job
        return job

    def cancel(self, job_id: int) -> None:
        """Ask a job to stop; nothing happens if it has ended."""
        if job_id in self._running:
            self._running[job_id].cancel()

    def require_thread(self) -> None:
        """Refuse a call from a thread that does not own the session.

        Raises
        ------
        RuntimeError
            If the caller is on another thread.
        """
        if threading.get_ident() != self._thread:
            raise RuntimeError("Session was called from a thread that does not own it.")

    def shutdown(self, timeout_s: float = 10.0) -> bool:
        """Cancel everything and join the threads; return whether all of them ended in time."""
        self._closed = True
        end_s = time.monotonic() + timeout_s
        self._cpu.cancel_all()
        self._device.cancel_all()
        ended = self._cpu.close(timeout_s)
        return self._device.close(max(0.0, end_s - time.monotonic())) and ended

    def _on_report(self, report: JobReport, done: Callable[[Any], None]) -> None:
        if self._closed:
            return
        if report.state.ended:
            self._running.pop(report.job_id, None)
        # Listeners get no result: it enters the window only through the session.
        self.changed.emit(replace(report, result=None))
        if report.state is JobState.DONE:
            done(report.result)
        elif report.state is JobState.FAILED and report.error is not None:
            self.problem.emit(report.error)
