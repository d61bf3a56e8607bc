"""Decoding processes, lent to whoever reads a series and watched while they work."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

import numpy.typing as npt

from app.core.kit.errors import InputError
from app.core.kit.jobs import JobContext
from app.io.decode.process import LIMIT_S, DecoderDiedError, DecoderProcess
from app.io.decode.streams import Codec, EncodedFrame, UndecodableError, check_stream

T = TypeVar("T")

#: Threads that decode side by side, each with a process of its own.
THREADS = max(1, min(8, os.cpu_count() or 1))
#: A series of which more frames end their process is refused as a whole.
MOST_LOST = 8
#: How often the token and the time are looked at.
_WATCH_S = 0.05

_lock = threading.Lock()
#: Processes that wait for work; each ends by itself where none comes.
_idle: list[DecoderProcess] = []


def warm_up() -> None:
    """Start processes now, so that they are ready when frames come; those that wait are enough."""
    with _lock:
        missing = min(THREADS, 2) - len(_idle)
    for _ in range(missing):
        try:
            process = DecoderProcess()
        except InputError:
            # Said where a frame needs one.
            return
        with _lock:
            _idle.append(process)


def end_idle() -> None:
    """End the processes that wait for work."""
    with _lock:
        waiting = list(_idle)
        _idle.clear()
    for process in waiting:
        process.close()


atexit.register(end_idle)


class Decoders:
    """Decoding processes of one series, as a context manager.

    Parameters
    ----------
    context
        Its token is watched all the time: once it is set, the processes are killed.
    limit_s
        How long a small frame may take.
    """

    def __init__(self, context: JobContext, limit_s: float = LIMIT_S) -> None:
        self._context = context
        self._limit_s = limit_s
        self._working: set[DecoderProcess] = set()
        self._lost = 0
        self._ended = threading.Event()
        self._watch: threading.Thread | None = None

    def __enter__(self) -> Decoders:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._watch is not None:
            self._watch.join()

    def decode(self, frame: EncodedFrame, take: Callable[[npt.NDArray[Any]], T]) -> T:
        """Decode a frame and return what ``take`` makes of its values.

        Parameters
        ----------
        frame
            It is held against its header first.
        take
            Gets the values, ``[rows, columns]`` or ``[rows, columns, samples]``, which are valid
            until it returns.

        Raises
        ------
        UndecodableError
            If the frame cannot be decoded, its process ends over it twice, or it takes too long.
        InputError
            If too many frames of the series end their process.
        JobCancelled
            If the context's token is set.
        """
        if frame.codec is not Codec.PICTURE:
            check_stream(frame)
        # A process may die of what an earlier frame did to its memory: a fresh one judges.
        for process in (self._lend(), None):
            try:
                return self._decode(process or self._lend(fresh=True), frame, take)
            except DecoderDiedError:
                self._context.check()
        self._lose()
        raise UndecodableError("its pixel data made the decoder break down")

    def _decode(
        self, process: DecoderProcess, frame: EncodedFrame, take: Callable[[npt.NDArray[Any]], T]
    ) -> T:
        try:
            made = take(process.decode(frame, self._limit_s))
        except UndecodableError:
            self._give_back(process)
            raise
        except DecoderDiedError:
            late = process.overdue
            self._drop(process)
            if late and not self._context.cancelled:
                self._lose()
                raise UndecodableError("its pixel data takes the decoder too long") from None
            raise
        except BaseException:
            self._drop(process)
            raise
        self._give_back(process)
        return made

    def _lose(self) -> None:
        with _lock:
            self._lost += 1
            lost = self._lost
        if lost > MOST_LOST:
            raise InputError(
                f"The decoder broke down or stood still over {lost} images of one series.",
                "The series is damaged: copy it again from its source.",
            )

    def _lend(self, *, fresh: bool = False) -> DecoderProcess:
        self._context.check()
        process = None
        while process is None and not fresh:
            with _lock:
                if not _idle:
                    break
                process = _idle.pop()
            if not process.alive:
                process.close()
                process = None
        process = process or DecoderProcess()
        with _lock:
            self._working.add(process)
            if self._watch is None:
                self._watch = threading.Thread(
                    target=self._keep_watch, name="uptake-decode-watch", daemon=True
                )
                self._watch.start()
        return process

    def _give_back(self, process: DecoderProcess) -> None:
        with _lock:
            self._working.discard(process)
            if len(_idle) < THREADS:
                _idle.append(process)
                return
        process.close()

    def _drop(self, process: DecoderProcess) -> None:
        with _lock:
            self._working.discard(process)
        process.close()

    def _keep_watch(self) -> None:
        while not self._ended.wait(_WATCH_S):
            with _lock:
                working = list(self._working)
            for process in working:
                if self._context.cancelled or process.overdue:
                    process.kill()
