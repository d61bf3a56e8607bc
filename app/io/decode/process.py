"""One decoding process as its parent holds it."""

from __future__ import annotations

import mmap
import os
import secrets
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.kit.errors import InputError
from app.io.decode.child_flag import CHILD_FLAG
from app.io.decode.messages import ANSWER, Request, answered, output_offset
from app.io.decode.streams import EncodedFrame, UndecodableError

#: A frame may take this long, and so much longer for each million of its values.
LIMIT_S, LIMIT_S_PER_MILLION = 10.0, 4.0
#: Room for most frames, so that the area seldom grows.
_AREA_BYTES = 4 << 20
_CODE = (
    "import sys; sys.path += sys.argv[2:]; from app.io.decode.child import main; main(sys.argv[1])"
)


class DecoderDiedError(Exception):
    """The process ended in the middle of a frame."""


class DecoderProcess:
    """A process that decodes one frame at a time.

    It belongs to one thread while that decodes; `kill` and `overdue` may be called by any.
    """

    def __init__(self) -> None:
        self._area_file: Any = None
        self._size = _AREA_BYTES
        place, inherited = self._make_area()
        self._area = self._map()
        self._due_s = float("inf")
        # On Windows no console window appears for it.
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        try:
            self._process = subprocess.Popen(
                _command(place),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                pass_fds=inherited,
                env=_environment(),
                creationflags=flags,
            )
        except OSError as error:
            self._close_area()
            raise InputError(
                "The part of the program that decodes images cannot be started.",
                "Close other programs and try again.",
            ) from error

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def overdue(self) -> bool:
        """Whether its frame takes longer than any should."""
        return time.monotonic() > self._due_s

    def decode(self, frame: EncodedFrame, limit_s: float = LIMIT_S) -> npt.NDArray[Any]:
        """Return a frame's values; they lie in the shared area, until the next call.

        Raises
        ------
        UndecodableError
            If the frame cannot be decoded.
        DecoderDiedError
            If the process ends over it, by itself or because it was killed.
        """
        start = output_offset(len(frame.data))
        self._make_room(start + 2 * frame.decoded_bytes)
        self._area[: len(frame.data)] = frame.data
        values = frame.rows * frame.columns * frame.samples
        limit_s += LIMIT_S_PER_MILLION * values / 1e6
        request = Request(
            frame.codec,
            len(frame.data),
            frame.rows,
            frame.columns,
            frame.samples,
            frame.bits_allocated,
            self._size,
            limit_s,
        )
        self._due_s = time.monotonic() + limit_s
        dtype, reason = answered(self._exchanged(request.packed()))
        self._due_s = float("inf")
        if reason or not dtype:
            raise UndecodableError(reason or "its pixel data cannot be decoded")
        shape = (frame.rows, frame.columns, *((frame.samples,) if frame.samples > 1 else ()))
        flat = np.frombuffer(self._area, np.dtype(dtype), values, start)
        return flat.reshape(shape)

    def _exchanged(self, request: bytes) -> bytes:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        answer = b""
        try:
            self._process.stdin.write(request)
            while len(answer) < ANSWER.size:
                part = self._process.stdout.read(ANSWER.size - len(answer))
                if not part:
                    raise DecoderDiedError
                answer += part
        except (OSError, ValueError) as error:
            raise DecoderDiedError from error
        return answer

    def kill(self) -> None:
        """End the process at once; whoever waits for it gets a `DecoderDiedError`."""
        self._process.kill()

    def close(self) -> None:
        """End the process and give back what it took."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._close_area()

    def _make_area(self) -> tuple[str, tuple[int, ...]]:
        if sys.platform == "win32":
            self._tag = f"uptake-{secrets.token_hex(12)}"
            return f"tag:{self._tag}", ()
        if sys.platform == "linux":
            self._area_file = os.fdopen(os.memfd_create("uptake-decode"), "r+b", buffering=0)
        else:
            # Unlinked at once; no other program sees it.
            self._area_file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed in `close`
        self._area_file.truncate(self._size)
        return f"fd:{self._area_file.fileno()}", (self._area_file.fileno(),)

    def _map(self) -> mmap.mmap:
        if sys.platform == "win32":
            return mmap.mmap(-1, self._size, tagname=f"{self._tag}-{self._size}")
        return mmap.mmap(self._area_file.fileno(), self._size)

    def _make_room(self, size: int) -> None:
        """Let the area grow; values that were handed out keep the old one alive."""
        if size <= self._size:
            return
        self._size = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
        if self._area_file is not None:
            self._area_file.truncate(self._size)
        self._area = self._map()

    def _close_area(self) -> None:
        if self._area_file is not None:
            self._area_file.close()


def _command(place: str) -> list[str]:
    if getattr(sys, "frozen", False):
        # A packed program has no interpreter beside it: it starts itself, see `app.__main__`.
        return [sys.executable, CHILD_FLAG, place]
    # Without site and its own path the start takes half the time.
    return [sys.executable, "-I", "-S", "-c", _CODE, place, *_search_path()]


def _search_path() -> list[str]:
    """Return the folders from which the process imports what it needs."""
    root = str(Path(__file__).resolve().parents[3])
    specs = (find_spec(name) for name in ("numpy", "imagecodecs", "pydicom"))
    homes = (str(Path(x.origin).parents[1]) for x in specs if x is not None and x.origin)
    return list(dict.fromkeys((root, *homes)))


def _environment() -> dict[str, str]:
    # One thread decodes; libraries that make one for each core at their start take memory and time.
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
