"""The session's jobs: work in queues, whose results come back to the thread of the session."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from app.core.kit.events import Event
from app.core.kit.jobs import Job, JobContext, JobQueue, JobReport, JobState

Post = Callable[[Callable[[], None]], None]


class SessionJobs:
    """The part of `app.session.session.Session` that runs work and knows its thread.

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
        self._jobs: dict[int, Job] = {}
        self._closed = False
        self.job_changed: Event[JobReport] = Event()
        self.problem: Event[BaseException] = Event()
        self.notice: Event[str] = Event()

    @property
    def jobs(self) -> tuple[JobReport, ...]:
        """Reports of the jobs that have not ended."""
        return tuple(job.report for job in self._jobs.values())

    def cancel_job(self, job_id: int) -> None:
        """Ask a job to stop; nothing happens if it has ended."""
        if job_id in self._jobs:
            self._jobs[job_id].cancel()

    def run_in_background(
        self,
        title: str,
        work: Callable[[JobContext], Any],
        done: Callable[[Any], None],
        *,
        on_device: bool = False,
    ) -> Job:
        """Run any other work (MIP frames, warm-up) and hand its result to ``done`` here."""
        return self._submit(self._device if on_device else self._cpu, title, work, done)

    def shutdown(self, timeout_s: float = 10.0) -> bool:
        """Cancel everything and join the threads; return whether all of them ended."""
        self._closed = True
        self._cpu.cancel_all()
        self._device.cancel_all()
        ended = self._cpu.close(timeout_s)
        return self._device.close(timeout_s) and ended

    def _submit(
        self,
        jobs: JobQueue,
        title: str,
        work: Callable[[JobContext], Any],
        done: Callable[[Any], None],
    ) -> Job:
        self._require_thread()
        job = jobs.submit(
            title, work, lambda report: self._post(lambda: self._on_report(report, done))
        )
        if not job.report.state.ended:
            self._jobs[job.id] = job
        return job

    def _on_report(self, report: JobReport, done: Callable[[Any], None]) -> None:
        if self._closed:
            return
        if report.state.ended:
            self._jobs.pop(report.job_id, None)
        # Listeners get no result: it enters the window only through the session.
        self.job_changed.emit(replace(report, result=None))
        if report.state is JobState.DONE:
            done(report.result)
        elif report.state is JobState.FAILED and report.error is not None:
            self.problem.emit(report.error)

    def _require_thread(self) -> None:
        if threading.get_ident() != self._thread:
            raise RuntimeError("Session was called from a thread that does not own it.")
